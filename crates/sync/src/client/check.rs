//! Checks of everything a server answers, before a replica hears of it. Pure, but for what the replica knows.

use crate::clock::is_ahead;
use crate::replica::{CheckedEntries, CheckedPage, Made, Position, Stored};
use crate::wire::{
    Kind, Ledger, MAX_OP_BYTES, MAX_OPS, Op, Page, Pushed, Row, SequenceHead, SignedSequenceHead, WrappedDek,
    encode, next_chain,
};
use crate::{Error, Replica};
use std::collections::{BTreeMap, BTreeSet};
use stillroom_consent::{
    DeviceId, Hash, LedgerHead, PublicKey, SignedEntry, SignedHead, WorkspaceId, witness::Place,
};

/// Whom the answers must be from and about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    pub(crate) workspace: WorkspaceId,
    pub(crate) device: DeviceId,
    pub(crate) server_key: PublicKey,
}

impl Expected {
    pub(crate) fn ledger_head(&self, signed: &SignedHead) -> Result<LedgerHead, Error> {
        signed.verify(&self.server_key).map_err(|_| Error::BadSignature)?;
        if signed.head.workspace != self.workspace {
            return Err(Error::OtherWorkspace);
        }
        Ok(signed.head)
    }

    fn sequence_head(&self, signed: &SignedSequenceHead) -> Result<SequenceHead, Error> {
        signed.verify(&self.server_key).map_err(|_| Error::BadSignature)?;
        if signed.head.workspace != self.workspace {
            return Err(Error::OtherWorkspace);
        }
        Ok(signed.head)
    }
}

/// A head that is shown must not be before, nor beside, what was seen.
fn check_shown(shown: Place, seen: Place) -> Result<(), Error> {
    if shown.seq < seen.seq {
        return Err(Error::Rollback);
    }
    if shown.seq == seen.seq && shown.hash != seen.hash { Err(Error::Forked) } else { Ok(()) }
}

/// Follows entries from where the replica stands to the head, or towards it.
pub(crate) fn ledger(expected: &Expected, at: &Position, ledger: Ledger) -> Result<CheckedEntries, Error> {
    let head = expected.ledger_head(&ledger.head)?;
    let shown = Place { seq: head.seq, hash: head.hash };
    check_shown(shown, at.ledger_seen)?;
    if ledger.has_more && ledger.entries.is_empty() {
        return Err(Error::Malformed);
    }
    let end = follow_entries(at, &ledger.entries)?;
    let is_complete = end == shown;
    if is_complete == ledger.has_more || end.seq > shown.seq {
        return Err(Error::BrokenChain);
    }
    Ok(CheckedEntries { entries: ledger.entries, head })
}

fn follow_entries(at: &Position, entries: &[SignedEntry]) -> Result<Place, Error> {
    let mut end = at.ledger;
    for signed in entries {
        if signed.entry.seq != end.seq.saturating_add(1) {
            return Err(Error::BrokenChain);
        }
        if signed.entry.prev != end.hash {
            return Err(if end == at.ledger { Error::Forked } else { Error::BrokenChain });
        }
        end = Place { seq: signed.entry.seq, hash: signed.entry.hash() };
        if end.seq == at.ledger_seen.seq && end.hash != at.ledger_seen.hash {
            return Err(Error::Forked);
        }
    }
    Ok(end)
}

/// The head after an append must be the last entry that was sent.
pub(crate) fn appended(
    expected: &Expected,
    at: &Position,
    sent: Vec<SignedEntry>,
    head: &SignedHead,
) -> Result<CheckedEntries, Error> {
    let head = expected.ledger_head(head)?;
    let shown = Place { seq: head.seq, hash: head.hash };
    check_shown(shown, at.ledger_seen)?;
    if follow_entries(at, &sent)? != shown {
        return Err(Error::Forked);
    }
    Ok(CheckedEntries { entries: sent, head })
}

/// Why a page was not taken.
#[derive(Debug)]
pub(crate) enum Objection<E> {
    /// It is not to be believed.
    Error(Error),
    /// It erases a record that no entry read so far erases: perhaps the entry is newer.
    UnknownErasure,
    /// A copy of this device made some of it.
    CopiedDevice,
    /// The replica failed.
    Replica(E),
}

impl<E> From<Error> for Objection<E> {
    fn from(error: Error) -> Self {
        Objection::Error(error)
    }
}

/// Follows a page's rows from where the replica stands to the page's head.
pub(crate) fn page<R: Replica>(
    expected: &Expected,
    at: &Position,
    replica: &mut R,
    page: Page,
) -> Result<CheckedPage, Objection<R::Error>> {
    let head = expected.sequence_head(&page.head)?;
    if page.rows.len() > MAX_OPS || (page.has_more && page.rows.is_empty()) {
        return Err(Error::Malformed.into());
    }
    let hashes = follow_rows(at, &page.rows, &head)?;
    if !page.has_more {
        check_shown(Place { seq: head.seq, hash: head.chain }, at.sequence_seen)?;
    }
    check_operations(expected, replica, &page.rows, &page.deks, &head)?;
    let lost = replica.acknowledged_by(head.seq).map_err(Objection::Replica)?;
    if lost.iter().any(|hash| !hashes.contains(hash)) {
        return Err(Error::LostOperation.into());
    }
    Ok(CheckedPage { rows: page.rows, deks: page.deks, cursor: page.cursor, head })
}

fn follow_rows(at: &Position, rows: &[Row], head: &SequenceHead) -> Result<BTreeSet<Hash>, Error> {
    let mut end = at.sequence;
    let mut hashes = BTreeSet::new();
    for row in rows {
        if row.seq() != end.seq.saturating_add(1) {
            return Err(Error::BrokenChain);
        }
        let op_hash = row.op_hash();
        end = Place { seq: row.seq(), hash: next_chain(&end.hash, &op_hash) };
        if end.seq == at.sequence_seen.seq && end.hash != at.sequence_seen.hash {
            return Err(Error::Forked);
        }
        hashes.insert(op_hash);
    }
    let shown = Place { seq: head.seq, hash: head.chain };
    if rows.is_empty() {
        check_shown(shown, at.sequence)?;
    }
    if end == shown { Ok(hashes) } else { Err(Error::BrokenChain) }
}

/// An erasure is believed because a signed entry of the ledger asks for it, whoever's operation it is; everything else must be the
/// next of its device.
fn check_operations<R: Replica>(
    expected: &Expected,
    replica: &mut R,
    rows: &[Row],
    deks: &[WrappedDek],
    head: &SequenceHead,
) -> Result<(), Objection<R::Error>> {
    let mut last_of: BTreeMap<DeviceId, u64> = BTreeMap::new();
    for row in rows {
        let Row::Op { op, .. } = row else { continue };
        check_fit(op, head)?;
        if op.kind == Kind::Erase {
            if !replica.is_erased(op.token).map_err(Objection::Replica)? {
                return Err(Objection::UnknownErasure);
            }
            continue;
        }
        let last = match last_of.get(&op.device) {
            Some(last) => *last,
            None => replica.last_seen(op.device).map_err(Objection::Replica)?,
        };
        if op.device_seq <= last {
            return Err(Error::Replayed.into());
        }
        last_of.insert(op.device, op.device_seq);
        if op.device == expected.device && !is_own(replica, op)? {
            return Err(blame(expected, replica, rows, deks)?);
        }
    }
    Ok(())
}

fn check_fit(op: &Op, head: &SequenceHead) -> Result<(), Error> {
    let is_fit = op.is_well_formed() && !is_ahead(op.hlc, head.at) && encode(op).len() <= MAX_OP_BYTES;
    if is_fit { Ok(()) } else { Err(Error::UnfitOperation) }
}

fn is_own<R: Replica>(replica: &mut R, op: &Op) -> Result<bool, Objection<R::Error>> {
    Ok(match replica.made(op.device_seq).map_err(Objection::Replica)? {
        Made::Settled => true,
        Made::Outbox(versions) => versions.contains(&op.hash()),
        Made::Never => false,
    })
}

/// Who made what this device did not: a copy of it, when the workspace's keys sealed any of it, or else the server.
fn blame<R: Replica>(
    expected: &Expected,
    replica: &mut R,
    rows: &[Row],
    deks: &[WrappedDek],
) -> Result<Objection<R::Error>, Objection<R::Error>> {
    for row in rows {
        let Row::Op { op, .. } = row else { continue };
        if op.device == expected.device
            && !is_own(replica, op)?
            && replica.is_sealed_here(op, deks).map_err(Objection::Replica)?
        {
            return Ok(Objection::CopiedDevice);
        }
    }
    Ok(Error::Forged.into())
}

/// What an answer to a push says about the operations that were sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CheckedPush {
    /// So many from the front are safe.
    pub(crate) n_safe: usize,
    /// Those of them that were numbered just now.
    pub(crate) stored: Option<Stored>,
    pub(crate) head: SequenceHead,
}

/// Checks an answer to a push against what was sent and what was seen before.
pub(crate) fn pushed(
    expected: &Expected,
    at: &Position,
    sent: &[Op],
    answer: &Pushed,
) -> Result<CheckedPush, Error> {
    let head = expected.sequence_head(&answer.head)?;
    let (n_known, n_accepted) = (answer.n_known as usize, answer.n_accepted as usize);
    let n_safe = n_known.saturating_add(n_accepted);
    let is_whole = match &answer.denied {
        Some(denied) => n_safe < sent.len() && denied.index as usize == n_safe,
        None => (1..=sent.len()).contains(&n_safe),
    };
    if !is_whole || answer.first_seq.is_some() != (n_accepted > 0) {
        return Err(Error::Malformed);
    }
    check_shown(Place { seq: head.seq, hash: head.chain }, at.sequence_seen)?;
    if let Some(first_seq) = answer.first_seq {
        check_accepted(at.sequence_seen, first_seq, &sent[n_known..n_safe], &head)?;
    }
    let stored = answer.first_seq.and_then(|first_seq| {
        let (first, last) = (sent.get(n_known)?, sent.get(n_safe.checked_sub(1)?)?);
        let last_seq = first_seq.checked_add(last.device_seq.checked_sub(first.device_seq)?)?;
        Some(Stored { device_seqs: (first.device_seq, last.device_seq), seqs: (first_seq, last_seq) })
    });
    Ok(CheckedPush { n_safe, stored, head })
}

/// New numbers come after everything that was ever shown; where they follow it directly, the chain can be followed at once.
fn check_accepted(seen: Place, first_seq: u64, accepted: &[Op], head: &SequenceHead) -> Result<(), Error> {
    let last_seq = first_seq.saturating_add(accepted.len() as u64 - 1);
    if first_seq <= seen.seq || last_seq > head.seq {
        return Err(Error::Rollback);
    }
    let is_followed = first_seq == seen.seq + 1 && last_seq == head.seq;
    let chain = accepted.iter().fold(seen.hash, |chain, op| next_chain(&chain, &op.hash()));
    if is_followed && chain != head.chain { Err(Error::Forked) } else { Ok(()) }
}
