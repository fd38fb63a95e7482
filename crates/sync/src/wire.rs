//! Requests, answers and operations of `docs/SYNC.md`, version 1.
//!
//! Everything is written by [`encode`] and read by [`decode`], which takes exactly what was written. Limits that a peer must
//! keep are constants here; whoever reads checks them.

use crate::Hlc;
use serde::{Deserialize, Serialize};
use stillroom_consent::{
    Blob, DataKeyId, DeviceId, DeviceInfo, GrantId, Groups, Hash, PairingId, PublicKey, Purpose, Reason,
    ReportColumn, Signature, SignedEntry, SignedHead, SubjectToken, WorkspaceId, ledger,
};
use stillroom_records::FieldGroup;

pub use stillroom_consent::cbor::{decode, encode};

/// The protocol's version, as the header `stillroom-version` names it.
pub const VERSION: u32 = 1;
/// Most operations in one push or page.
pub const MAX_OPS: usize = 500;
/// Most entries of the ledger in one request or answer.
pub const MAX_ENTRIES: usize = 64;
/// Most bytes of one request or answer body.
pub const MAX_BYTES: usize = 1 << 20;
/// Most bytes of one operation's encoding.
pub const MAX_OP_BYTES: usize = 64 << 10;
/// The media type of every body.
pub const MEDIA_TYPE: &str = "application/cbor";

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Sets one part of one field group.
    Set,
    /// Removes the record; a later `Set` brings it back.
    Delete,
    /// Removes the record for ever.
    Erase,
    /// Holds the place of an operation that was denied.
    Void,
}

/// The version of the content's format; readers of one major version can read each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// Breaking changes.
    pub major: u16,
    /// Additions.
    pub minor: u16,
}

/// The format this program writes.
pub const SCHEMA: Schema = Schema { major: 1, minor: 0 };

/// One number of the readable lane.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportNumber {
    /// Which.
    pub column: ReportColumn,
    /// Its value, finite.
    pub value: f64,
}

/// What an operation carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// Nothing.
    None,
    /// An SR1 envelope.
    Sealed(Blob),
    /// Numbers the purpose allows, in the order of their columns, each once.
    Readable(Vec<ReportNumber>),
}

/// One operation. Two operations are the same exactly when their [`Op::hash`] is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Op {
    /// What it does.
    pub kind: Kind,
    /// The device that made it.
    pub device: DeviceId,
    /// Its number on that device, from 1, without gaps.
    pub device_seq: u64,
    /// When, by the hybrid clock.
    pub hlc: Hlc,
    /// The version it was made from.
    pub base: Option<Hlc>,
    /// The record; zeros for `Void`.
    pub token: SubjectToken,
    /// What for.
    pub purpose: Purpose,
    /// Under which grant; zeros where nothing is carried.
    pub grant: GrantId,
    /// The group that is set.
    pub group: Option<FieldGroup>,
    /// 0 for the group's fields; otherwise a bundle of order lines.
    pub part: u64,
    /// The content's format.
    pub schema: Schema,
    /// The data key that opens the envelope.
    pub dek: Option<DataKeyId>,
    /// What it carries.
    pub body: Body,
}

impl Op {
    /// SHA-256 of the whole encoding.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&[&encode(self)])
    }

    /// SHA-256 of the encoding without the body, to which the envelope is bound.
    #[must_use]
    pub fn header_hash(&self) -> Hash {
        Hash::of(&[b"stillroom/1 op-header ", &encode(&Op { body: Body::None, ..self.clone() })])
    }

    /// The groups it carries, as [`stillroom_consent::allow`] wants them.
    #[must_use]
    pub fn groups(&self) -> Groups {
        self.group.map_or(Groups::NONE, |group| Groups::of(&[group]))
    }

    /// Whether kind, group, body, key and purpose fit each other and the lane carries what it may. Says nothing about consent.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        if self.device_seq == 0 || self.schema.major == 0 {
            return false;
        }
        match (self.kind, self.group, &self.body) {
            (Kind::Set, Some(group), Body::Sealed(_)) => {
                self.dek.is_some()
                    && self.purpose.terms().lane == stillroom_consent::Lane::Sealed
                    && (self.part == 0 || group == FieldGroup::Behaviour)
            }
            (Kind::Set, Some(group), Body::Readable(numbers)) => {
                let terms = self.purpose.terms();
                self.dek.is_none()
                    && self.part == 0
                    && terms.lane == stillroom_consent::Lane::Readable
                    && !numbers.is_empty()
                    && numbers.is_sorted_by(|one, next| one.column < next.column)
                    && numbers.iter().all(|number| {
                        number.value.is_finite()
                            && number.column.group() == group
                            && terms.columns.contains(&number.column)
                    })
            }
            (Kind::Delete | Kind::Erase, None, Body::None) => self.dek.is_none() && self.part == 0,
            (Kind::Void, None, Body::None) => {
                self.dek.is_none() && self.part == 0 && self.token == SubjectToken([0; 32])
            }
            _ => false,
        }
    }
}

/// A record's data key, wrapped by a sync key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrappedDek {
    /// Its id.
    pub dek: DataKeyId,
    /// The record it is of.
    pub token: SubjectToken,
    /// The number of the sync key.
    pub epoch: u32,
    /// The wrapped key.
    pub wrapped: Blob,
}

/// Where the server's sequence of a workspace stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SequenceHead {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The last number given; 0 for none.
    pub seq: u64,
    /// The chain's hash after it.
    pub chain: Hash,
    /// When the server said so, in milliseconds since 1970.
    pub at: i64,
}

/// A sequence head with the server's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedSequenceHead {
    /// The head.
    pub head: SequenceHead,
    /// Over [`SequenceHead::message`].
    pub signature: Signature,
}

impl SequenceHead {
    /// What the server signs.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        [b"stillroom/1 sequence-head ".as_slice(), &encode(self)].concat()
    }
}

impl SignedSequenceHead {
    /// Checks the signature.
    ///
    /// # Errors
    /// [`stillroom_consent::Error::BadSignature`].
    pub fn verify(&self, server_key: &PublicKey) -> stillroom_consent::Result<()> {
        ledger::verify(server_key, &self.head.message(), &self.signature)
    }
}

/// The chain's next hash.
#[must_use]
pub fn next_chain(chain: &Hash, op_hash: &Hash) -> Hash {
    Hash::of(&[&chain.0, &op_hash.0])
}

macro_rules! messages {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$field_doc])* pub $field: $type),* }
    )*};
}

messages! {
    /// `GET /v1/server`.
    ServerInfo {
        /// Protocol versions, lowest and highest.
        versions: (u32, u32),
        /// The server's Ed25519 key.
        server_key: PublicKey,
        /// Most operations in one push.
        max_ops: u32,
        /// Most bytes of one body.
        max_bytes: u32,
        /// Whether new workspaces may be made.
        is_open: bool,
    }

    /// `POST /v1/workspaces`.
    NewWorkspace {
        /// Chosen at random by the device.
        workspace: WorkspaceId,
        /// Ledger entry 1: `device_added` of the device itself.
        entry: SignedEntry,
    }

    /// Its answer.
    Enrolled {
        /// The device's token, shown this once: 32 random bytes.
        token: Blob,
        /// The ledger's head.
        head: SignedHead,
    }

    /// `POST /v1/pair`.
    PairOffer {
        /// Derived from the pairing secret.
        pairing: PairingId,
        /// What the new device needs, sealed under the pairing secret.
        bundle: Blob,
    }

    /// Its answer.
    PairOffered {
        /// Until when it can be claimed, in milliseconds since 1970.
        expires_at: i64,
    }

    /// `POST /v1/pair/claim`.
    PairClaim {
        /// Derived from the pairing secret.
        pairing: PairingId,
        /// The new device's keys.
        device: DeviceInfo,
        /// That it knows the secret: checked by the enrolling device, not by the server.
        proof: Hash,
    }

    /// Its answer.
    Claimed {
        /// The workspace.
        workspace: WorkspaceId,
        /// The new device's token, shown this once.
        token: Blob,
        /// As offered.
        bundle: Blob,
    }

    /// `GET /v1/pair/{pairing}`.
    PairState {
        /// Who claimed it, once somebody did.
        claim: Option<PairClaim>,
    }

    /// One device as the server knows it.
    DeviceState {
        /// Which.
        device: DeviceId,
        /// When it got its token, in milliseconds since 1970.
        enrolled_at: i64,
        /// Its last request.
        last_seen_at: i64,
        /// Everything up to this number is safe on it.
        acknowledged_seq: u64,
        /// Its token was revoked.
        is_revoked: bool,
    }

    /// `GET /v1/devices`.
    Devices {
        /// In order of enrolment.
        devices: Vec<DeviceState>,
    }

    /// Entries to append: `POST /v1/consent`, `/v1/consent/withdraw`, `/v1/erase`, `DELETE /v1/devices/{device}`.
    Append {
        /// In order, the first following the server's head.
        entries: Vec<SignedEntry>,
    }

    /// What appending answers.
    Appended {
        /// The ledger's head after the last entry.
        head: SignedHead,
    }

    /// `POST /v1/consent/withdraw` and `/v1/erase`.
    Withdrawn {
        /// The ledger's head after the last entry.
        head: SignedHead,
        /// The receipt, JSON; it says whether removal is complete.
        receipt: String,
    }

    /// `GET /v1/consent?since=n`.
    Ledger {
        /// Entries after number `n`.
        entries: Vec<SignedEntry>,
        /// The ledger's head.
        head: SignedHead,
        /// More can be read.
        has_more: bool,
    }

    /// `POST /v1/push`.
    Push {
        /// In order of `device_seq`.
        ops: Vec<Op>,
        /// Keys that operations here need and the server may not have.
        deks: Vec<WrappedDek>,
    }

    /// The first operation that was not stored.
    Denied {
        /// Its index in the push.
        index: u32,
        /// Why.
        reason: Refusal,
    }

    /// Its answer. `n_known + n_accepted` operations from the front are safe.
    Pushed {
        /// Operations that were there already.
        n_known: u32,
        /// Operations stored now.
        n_accepted: u32,
        /// The number of the first one stored now.
        first_seq: Option<u64>,
        /// What ended it early.
        denied: Option<Denied>,
        /// The sequence's head.
        head: SignedSequenceHead,
    }

    /// `GET /v1/pull?since=cursor`.
    Page {
        /// In order of `seq`, without gaps.
        rows: Vec<Row>,
        /// The data keys of the operations here.
        deks: Vec<WrappedDek>,
        /// To ask for what follows.
        cursor: Blob,
        /// The head at the last row of this page.
        head: SignedSequenceHead,
        /// More can be read.
        has_more: bool,
    }

    /// `GET /v1/receipts`.
    Receipts {
        /// JSON texts, oldest first.
        receipts: Vec<String>,
    }

    /// Any refusal.
    Problem {
        /// A stable code.
        code: String,
        /// The number that was expected, for `gap`.
        expected: Option<u64>,
        /// The ledger's head, for `head_moved`.
        head: Option<SignedHead>,
        /// When to try again, for `slow_down` and `busy`.
        retry_after_seconds: Option<u32>,
    }
}

/// One item of `GET /v1/export`, a CBOR sequence (RFC 8742) of everything the server holds about a workspace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exported {
    /// Comes first: where ledger and sequence stood.
    Heads {
        /// The ledger's head.
        ledger: SignedHead,
        /// The sequence's head.
        sequence: SignedSequenceHead,
    },
    /// A device.
    Device(DeviceState),
    /// A ledger entry, in order.
    Entry(SignedEntry),
    /// A row of the sequence, in order, exactly as it is held.
    Row(Row),
    /// A wrapped data key.
    Key(WrappedDek),
    /// A receipt, a JSON text.
    Receipt(String),
}

/// Why an operation was not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Consent does not allow it.
    Consent(Reason),
    /// Its clock is more than five minutes ahead; the server's time is in the head.
    ClockAhead,
    /// Its parts do not fit each other.
    Malformed,
    /// It needs a data key that neither came along nor is there.
    NoDataKey,
    /// It is larger than 64 KiB.
    TooLarge,
}

/// One row of the server's sequence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Row {
    /// An operation.
    Op {
        /// Its number.
        seq: u64,
        /// The operation.
        op: Op,
    },
    /// An operation that was removed; its hash keeps the chain whole.
    Gone {
        /// Its number.
        seq: u64,
        /// The hash of what was there.
        op_hash: Hash,
    },
}

impl Row {
    /// Its number in the sequence.
    #[must_use]
    pub fn seq(&self) -> u64 {
        match self {
            Row::Op { seq, .. } | Row::Gone { seq, .. } => *seq,
        }
    }

    /// The hash that goes into the chain.
    #[must_use]
    pub fn op_hash(&self) -> Hash {
        match self {
            Row::Op { op, .. } => op.hash(),
            Row::Gone { op_hash, .. } => *op_hash,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn op() -> Op {
        Op {
            kind: Kind::Set,
            device: DeviceId([1; 16]),
            device_seq: 1,
            hlc: Hlc::at(1_700_000_000_000),
            base: None,
            token: SubjectToken([2; 32]),
            purpose: Purpose::Backup,
            grant: GrantId([3; 16]),
            group: Some(FieldGroup::Identity),
            part: 0,
            schema: SCHEMA,
            dek: Some(DataKeyId([4; 16])),
            body: Body::Sealed(Blob(vec![5; 124])),
        }
    }

    fn report(numbers: &[(ReportColumn, f64)], group: FieldGroup) -> Op {
        let numbers =
            numbers.iter().map(|(column, value)| ReportNumber { column: *column, value: *value }).collect();
        Op {
            purpose: Purpose::HostedReport,
            group: Some(group),
            dek: None,
            body: Body::Readable(numbers),
            ..op()
        }
    }

    #[test]
    fn what_was_written_is_read_and_nothing_else() {
        let push = Push {
            ops: vec![op(), report(&[(ReportColumn::Orders, 3.0)], FieldGroup::Behaviour)],
            deks: vec![],
        };
        let bytes = encode(&push);
        assert_eq!(decode::<Push>(&bytes).as_ref(), Ok(&push));
        assert!(decode::<Push>(&[bytes.as_slice(), &[0]].concat()).is_err(), "a trailing byte");
        assert!(decode::<Push>(&bytes[..bytes.len() - 1]).is_err(), "a missing byte");
        assert!(decode::<Page>(&bytes).is_err(), "another message");
    }

    #[test]
    fn the_header_hash_covers_everything_but_the_body() {
        let other_body = Op { body: Body::Sealed(Blob(vec![6; 124])), ..op() };
        assert_eq!(op().header_hash(), other_body.header_hash());
        assert_ne!(op().hash(), other_body.hash());
        for changed in [
            Op { device_seq: 2, ..op() },
            Op { hlc: Hlc(op().hlc.0 + 1), ..op() },
            Op { token: SubjectToken([9; 32]), ..op() },
            Op { group: Some(FieldGroup::Notes), ..op() },
            Op { base: Some(Hlc(1)), ..op() },
        ] {
            assert_ne!(op().header_hash(), changed.header_hash());
        }
    }

    #[test]
    fn only_operations_whose_parts_fit_are_well_formed() {
        let orders = [(ReportColumn::Orders, 3.0)];
        for (is_fine, op) in [
            (true, op()),
            (true, report(&orders, FieldGroup::Behaviour)),
            (false, report(&orders, FieldGroup::Commercial)),
            (false, report(&[], FieldGroup::Behaviour)),
            (false, report(&[(ReportColumn::Orders, f64::NAN)], FieldGroup::Behaviour)),
            (
                false,
                report(&[(ReportColumn::Spent, 1.0), (ReportColumn::Orders, 3.0)], FieldGroup::Behaviour),
            ),
            (
                false,
                report(&[(ReportColumn::Orders, 1.0), (ReportColumn::Orders, 3.0)], FieldGroup::Behaviour),
            ),
            (false, Op { purpose: Purpose::Backup, ..report(&orders, FieldGroup::Behaviour) }),
            (false, Op { purpose: Purpose::HostedReport, ..op() }),
            (false, Op { dek: None, ..op() }),
            (false, Op { group: None, ..op() }),
            (false, Op { part: 7, ..op() }),
            (true, Op { part: 7, group: Some(FieldGroup::Behaviour), ..op() }),
            (false, Op { kind: Kind::Erase, ..op() }),
            (true, Op { kind: Kind::Erase, group: None, dek: None, body: Body::None, ..op() }),
            (false, Op { kind: Kind::Void, group: None, dek: None, body: Body::None, ..op() }),
            (false, Op { device_seq: 0, ..op() }),
        ] {
            assert_eq!(op.is_well_formed(), is_fine, "{op:?}");
        }
    }
}
