//! Where a device keeps its side of a sync: the workspace database, or memory.
//!
//! Every method is one transaction, or part of one: it happened whole or not at all when the device stops in between. A replica
//! trusts its caller, the [`Client`](crate::Client), which has checked everything that came from a server before it gets here.
//!
//! What a replica keeps beside its records:
//!
//! - the **outbox**: operations with a number. An operation stays until a pulled page shows it (or its hash, when it is gone), even
//!   after the server acknowledged it, so that a server that loses it is noticed. While nothing was acknowledged an operation may
//!   be replaced under its number (stamped anew, or by a `void`); because an earlier copy may still be under way, the hashes of
//!   replaced versions that were handed out by [`Replica::outgoing`] are kept beside it;
//! - **parked** changes: what may not travel, and why;
//! - the **conflict shelf**;
//! - the **pending entries** of the ledger, signed, not yet confirmed by the server;
//! - the **network ledger**: every request.

use crate::client::{Exchange, Outcome};
use crate::wire::{Op, Refusal, Row, SequenceHead, WrappedDek};
use stillroom_consent::{Blob, DeviceId, Hash, LedgerHead, SignedEntry, SubjectToken, witness::Place};

/// How far a device has read, and the furthest it was ever shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// What to ask for the next page with; none for the start.
    pub cursor: Option<Blob>,
    /// The last row that was applied.
    pub sequence: Place,
    /// The furthest head of the sequence the server ever signed: whatever it shows later must lead through it.
    pub sequence_seen: Place,
    /// The last entry of the server's ledger that was folded.
    pub ledger: Place,
    /// The furthest head of the ledger the server ever signed, or that pairing named.
    pub ledger_seen: Place,
    /// The server's ledger lists this device, and does not revoke it.
    pub is_enrolled: bool,
}

/// What this device knows about one of its own numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    /// It never gave this number.
    Never,
    /// It gave it, and the operation was seen in the server's sequence before; its hash may be forgotten.
    Settled,
    /// It is in the outbox, with the hashes of every version that was handed out.
    Outbox(Vec<Hash>),
}

/// Rows that follow one another from where the replica stands, checked against a signed head.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedPage {
    /// The rows, in order.
    pub rows: Vec<Row>,
    /// The data keys of the operations here.
    pub deks: Vec<WrappedDek>,
    /// What to ask for the next page with.
    pub cursor: Blob,
    /// The head at the last row; becomes [`Position::sequence`], and [`Position::sequence_seen`] when it is further.
    pub head: SequenceHead,
}

/// What a page changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Parts of records that were set.
    pub n_set: u64,
    /// Records that were deleted or erased.
    pub n_removed: u64,
    /// Values that went to the conflict shelf.
    pub n_conflicts: u64,
    /// Operations that could not be opened and are kept aside as they came: their key is of another epoch, or the content of a
    /// newer minor version.
    pub n_unread: u64,
}

/// Entries of the ledger that follow one another from where the replica stands, and the head they lead to or towards.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedEntries {
    /// The entries, in order.
    pub entries: Vec<SignedEntry>,
    /// The server's head. Further than the last entry when there are more to read.
    pub head: LedgerHead,
}

/// What became of entries that were to be folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Folding {
    /// They are folded.
    Folded,
    /// One of them cannot be: nothing was changed.
    Refused(stillroom_consent::Error),
}

/// Most of what one request may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Operations.
    pub max_ops: usize,
    /// Bytes of the encoded operations and keys together.
    pub max_bytes: usize,
}

/// Operations to send, the oldest not acknowledged first, and the keys they need.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outgoing {
    /// In order of `device_seq`, without gaps.
    pub ops: Vec<Op>,
    /// Keys the server may not have.
    pub deks: Vec<WrappedDek>,
}

/// Operations that the server numbered, both of this device's numbers and of the server's from the first to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// This device's numbers.
    pub device_seqs: (u64, u64),
    /// The server's numbers, as many.
    pub seqs: (u64, u64),
}

/// How much has not travelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Operations in the outbox that were not acknowledged, and changes that will become operations as far as it is known.
    pub n_ops: u64,
    /// Changes that may not travel.
    pub n_parked: u64,
    /// Entries of the ledger that the server does not have.
    pub n_entries: u64,
    /// Conflicts on the shelf.
    pub n_conflicts: u64,
}

/// A device's side of a sync.
pub trait Replica {
    /// What reading or writing can fail with.
    type Error;

    /// How far this device has read.
    ///
    /// # Errors
    /// What the place refuses; so for all.
    fn position(&mut self) -> Result<Position, Self::Error>;

    /// How much has not travelled.
    fn waiting(&mut self) -> Result<Waiting, Self::Error>;

    /// Entries this device made and the server has not confirmed: at most `max`, in order, chained to [`Position::ledger`]. What
    /// ends a consent comes before what does not, except behind an entry it needs (see [`urgent_first`](crate::order::urgent_first)).
    fn pending(&mut self, max: usize) -> Result<Vec<SignedEntry>, Self::Error>;

    /// Folds entries that follow [`Position::ledger`] (`stillroom_consent::fold` checks their signatures), keeps `entries.head` as
    /// [`Position::ledger_seen`] when it is further, and keeps the receipt that came with them. Pending entries among them (same device,
    /// same `at`, same event) are pending no longer; what remains is chained to the new head and signed anew, and what can no longer be
    /// recorded is dropped. Records whose erasure this brought go in the same transaction.
    fn fold(&mut self, entries: &CheckedEntries, receipt: Option<&str>) -> Result<Folding, Self::Error>;

    /// The server refused pending entries as dated ahead: those dated after `server_millis` get that date, and all are signed anew. A
    /// server can make a date earlier, never later.
    fn redate(&mut self, server_millis: i64) -> Result<(), Self::Error>;

    /// What is known about one of this device's numbers.
    fn made(&mut self, device_seq: u64) -> Result<Made, Self::Error>;

    /// Whether an operation in this device's name, whatever its number, was sealed by somebody who has the workspace's keys. `keys` came with
    /// it. A server cannot make such an operation; a copy of this device can. A replica that cannot tell says no.
    fn is_sealed_here(&mut self, _op: &Op, _keys: &[WrappedDek]) -> Result<bool, Self::Error> {
        Ok(false)
    }

    /// The highest number of `device` among the rows that were applied since the start or the last [`Replica::resync`]; 0 for none.
    fn last_seen(&mut self, device: DeviceId) -> Result<u64, Self::Error>;

    /// Hashes of this device's operations that the server acknowledged under a head not after `seq`, and that no applied row has
    /// shown yet.
    fn acknowledged_by(&mut self, seq: u64) -> Result<Vec<Hash>, Self::Error>;

    /// Whether a signed entry of the server's ledger erased the record.
    fn is_erased(&mut self, token: SubjectToken) -> Result<bool, Self::Error>;

    /// Merges the rows (see [`merge`](crate::merge)), settles this device's own among them, and moves the position, in one
    /// transaction. A row of this device that shows an earlier version of an operation than the outbox has settles that number; the part it
    /// sets counts as changed again, so that what the device holds travels under a new number.
    fn apply(&mut self, page: &CheckedPage, now_millis: i64) -> Result<Applied, Self::Error>;

    /// Forgets cursor, [`Position::sequence`] and [`Replica::last_seen`], and nothing else, to read the sequence from its start.
    fn resync(&mut self) -> Result<(), Self::Error>;

    /// The oldest operations that were not acknowledged. Asks `stillroom_consent::allow` about each, at `now_millis`: one that may no longer
    /// travel is parked and a `void` takes its place. Where there is room, prepares new ones from the change log: what is allowed
    /// gets its number, its stamp and its sealed body in this transaction, the groups that are not granted being left out before anything
    /// is sealed.
    fn outgoing(&mut self, limits: Limits, now_millis: i64) -> Result<Outgoing, Self::Error>;

    /// The server has every operation up to `device_seq`, under `head`, which becomes [`Position::sequence_seen`] when it is further.
    /// `stored` says which of them it numbered just now; the others it had before.
    fn acknowledged(
        &mut self,
        device_seq: u64,
        stored: Option<Stored>,
        head: &SequenceHead,
    ) -> Result<(), Self::Error>;

    /// The server did not store an operation. [`Refusal::ClockAhead`]: everything not acknowledged is stamped anew after
    /// [`Clock::restart`](crate::Clock::restart) at `server_millis`. Anything else: parked with its reason, a `void` in its place.
    fn refused(
        &mut self,
        device_seq: u64,
        refusal: Refusal,
        server_millis: i64,
        now_millis: i64,
    ) -> Result<(), Self::Error>;

    /// Notes a request in the network ledger, before it leaves. For a push, the operations are in the outbox: a preview of what was sealed is
    /// made from there.
    fn note_request(&mut self, exchange: &Exchange) -> Result<(), Self::Error>;

    /// Notes how a request ended.
    fn note_outcome(&mut self, outcome: &Outcome) -> Result<(), Self::Error>;
}
