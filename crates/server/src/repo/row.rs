//! What the tables hold, one row each.

use stillroom_consent::{DeviceId, GrantId, Hash, PairingId, Purpose, SubjectToken, WorkspaceId};
use stillroom_sync::wire::{Kind, Op};

/// A device's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenRow {
    /// The workspace it opens.
    pub workspace: WorkspaceId,
    /// The device it was given to; one token each.
    pub device: DeviceId,
    /// SHA-256 of the token.
    pub hash: Hash,
    /// When it was given, in milliseconds since 1970.
    pub enrolled_at: i64,
    /// The last request, to the hour.
    pub last_seen_at: i64,
    /// From when on it opens nothing.
    pub expires_at: i64,
    /// It was revoked.
    pub is_revoked: bool,
}

/// An offer to pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairingRow {
    /// Its id.
    pub pairing: PairingId,
    /// The workspace to join.
    pub workspace: WorkspaceId,
    /// What the new device needs, sealed.
    pub bundle: Vec<u8>,
    /// From when on it cannot be claimed.
    pub expires_at: i64,
    /// The claim's encoding, once there is one.
    pub claim: Option<Vec<u8>>,
}

/// How far a device is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Acknowledged {
    /// Everything up to this number of the sequence is safe on it.
    pub seq: u64,
    /// It has read the ledger up to this entry.
    pub entry: u64,
}

/// One entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    /// Its number.
    pub seq: u64,
    /// The chain's hash after it.
    pub hash: Hash,
    /// When the server took it, in milliseconds since 1970.
    pub received_at: i64,
    /// The signed entry's encoding.
    pub bytes: Vec<u8>,
}

/// Where the sequence stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tail {
    /// The last number given; 0 for none.
    pub seq: u64,
    /// The chain's hash after it.
    pub chain: Hash,
    /// What is held.
    pub held: Held,
    /// The last number whose deletion was dropped: what read only a part of what is before it must read all of it again.
    pub floor: u64,
}

/// What a workspace holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Held {
    /// Operations with content.
    pub ops: u64,
    /// Bytes of their encodings.
    pub bytes: u64,
}

/// An operation to store.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRow {
    /// Its number.
    pub seq: u64,
    /// The chain's hash after it.
    pub chain: Hash,
    /// SHA-256 of `bytes`.
    pub op_hash: Hash,
    /// When the server took it, in milliseconds since 1970.
    pub received_at: i64,
    /// The operation.
    pub op: Op,
    /// Its encoding.
    pub bytes: Vec<u8>,
}

/// An operation as stored, or what is left of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRow {
    /// Its number.
    pub seq: u64,
    /// What it does, or did.
    pub kind: Kind,
    /// The chain's hash after it.
    pub chain: Hash,
    /// SHA-256 of its encoding.
    pub op_hash: Hash,
    /// Its encoding; none once it is gone.
    pub bytes: Option<Vec<u8>>,
}

/// Which operations are to go. Only operations with content are selected, and never an `erase`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection<'a> {
    /// `set` under a grant.
    Grant(GrantId),
    /// `set` and `delete` of records.
    Tokens(&'a [SubjectToken]),
    /// `set` under any grant whose end is at or before this time.
    ExpiredGrants(i64),
    /// `set` of records whose basis for the purpose ends at or before this time.
    ExpiredBases(i64),
    /// `set` for a purpose that the server took before a time.
    ReceivedBefore {
        /// What for.
        purpose: Purpose,
        /// In milliseconds since 1970.
        before: i64,
    },
    /// `set` that a `set` of the same record, group and part, or a `delete` of the record, with a later `(hlc, device)` made useless,
    /// taken before a time and numbered after `from` up to `up_to`.
    Superseded {
        /// In milliseconds since 1970.
        before: i64,
        /// The number before the first one looked at.
        from: u64,
        /// The last number looked at: what every live device has, or less.
        up_to: u64,
    },
    /// `delete` taken before a time and numbered up to `up_to`, where no `set` with content is left that it wins over.
    Deletions {
        /// In milliseconds since 1970.
        before: i64,
        /// The last number looked at: what every live device has.
        up_to: u64,
    },
}

/// An operation whose content went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemovedRow {
    /// Its number.
    pub seq: u64,
    /// The record it was of.
    pub token: SubjectToken,
    /// How long its encoding was.
    pub bytes: u64,
}

/// What ending entries of the ledger removed, and whether that is all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removal {
    /// The first ending entry of the request.
    pub first_entry: u64,
    /// The last ending entry of the request.
    pub last_entry: u64,
    /// The first entry whose records may still be held.
    pub next_entry: u64,
    /// When it was asked for, in milliseconds since 1970.
    pub requested_at: i64,
    /// When everything was gone.
    pub completed_at: Option<i64>,
    /// Operations removed.
    pub n_rows: u64,
    /// Data keys removed.
    pub n_keys: u64,
    /// The sequence's number when it was asked for; devices that have less may hold what was removed.
    pub seq: u64,
}
