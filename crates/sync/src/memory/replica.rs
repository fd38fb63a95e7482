//! [`Replica`] over memory.

use super::{Change, Content, MemoryReplica, Shelved, Sign};
use crate::client::{Exchange, Outcome};
use crate::merge::{Lineage, Merged, Part, PartKey, Removal};
use crate::replica::{
    Applied, CheckedEntries, CheckedPage, Folding, Limits, Made, Outgoing, Position, Stored, Waiting,
};
use crate::wire::{Body, Kind, Op, Refusal, Row, SequenceHead};
use crate::{Hlc, Replica};
use stillroom_consent::{
    DeviceId, Error, Hash, MemoryRegister, Register, SubjectFlags, SubjectToken, witness::Place,
};

impl<S: Sign> Replica for MemoryReplica<S> {
    type Error = Error;

    fn position(&mut self) -> Result<Position, Error> {
        Ok(Position {
            cursor: self.cursor.clone(),
            sequence: self.sequence,
            sequence_seen: self.sequence_seen,
            ledger: super::place_of(&mut self.confirmed)?,
            ledger_seen: self.ledger_seen,
            is_enrolled: self.is_enrolled()?,
        })
    }

    fn waiting(&mut self) -> Result<Waiting, Error> {
        let n_unacknowledged = self.outbox.values().filter(|slot| slot.acknowledged_by.is_none()).count();
        Ok(Waiting {
            n_ops: (n_unacknowledged + self.changes.len()) as u64,
            n_parked: self.parked.len() as u64,
            n_entries: self.pending.len() as u64,
            n_conflicts: self.shelf.len() as u64,
        })
    }

    fn pending(&mut self, max: usize) -> Result<Vec<stillroom_consent::SignedEntry>, Error> {
        Ok(self.pending.iter().take(max).cloned().collect())
    }

    fn fold(&mut self, entries: &CheckedEntries, receipt: Option<&str>) -> Result<Folding, Error> {
        self.fold_entries(entries, receipt)
    }

    fn redate(&mut self, server_millis: i64) -> Result<(), Error> {
        self.redate_pending(server_millis)
    }

    fn made(&mut self, device_seq: u64) -> Result<Made, Error> {
        Ok(match self.outbox.get(&device_seq) {
            Some(slot) => Made::Outbox(slot.versions().collect()),
            None if device_seq > self.last_given => Made::Never,
            None => Made::Settled,
        })
    }

    fn last_seen(&mut self, device: DeviceId) -> Result<u64, Error> {
        Ok(self.seen_of.get(&device).copied().unwrap_or(0))
    }

    fn acknowledged_by(&mut self, seq: u64) -> Result<Vec<Hash>, Error> {
        let is_due = |by: &Option<u64>| by.is_some_and(|by| by <= seq);
        let due = self.outbox.values().filter(|slot| is_due(&slot.acknowledged_by));
        Ok(due.map(|slot| slot.hash).collect())
    }

    fn is_erased(&mut self, token: SubjectToken) -> Result<bool, Error> {
        Ok(self.confirmed_flags(token)?.is_erased)
    }

    fn apply(&mut self, page: &CheckedPage, now_millis: i64) -> Result<Applied, Error> {
        let mut applied = Applied::default();
        for row in &page.rows {
            let settled = self.settle(&row.op_hash());
            match (row, settled) {
                (Row::Op { op, .. }, Some(Settled::Earlier(_))) => {
                    let before = self.parts_under(op);
                    self.merge(op, page, &mut applied);
                    self.hold_on_to(op.token, before, Some(op.hlc), now_millis);
                }
                (Row::Op { op, .. }, _) => self.merge(op, page, &mut applied),
                (Row::Gone { .. }, Some(Settled::Earlier(op))) => {
                    let before = self.parts_under(&op);
                    self.hold_on_to(op.token, before, None, now_millis);
                }
                (Row::Gone { .. }, _) => {}
            }
        }
        self.cursor = Some(page.cursor.clone());
        self.sequence = Place { seq: page.head.seq, hash: page.head.chain };
        self.see(&page.head);
        Ok(applied)
    }

    fn resync(&mut self) -> Result<(), Error> {
        self.cursor = None;
        self.sequence = Place::START;
        self.seen_of.clear();
        Ok(())
    }

    fn outgoing(&mut self, limits: Limits, now_millis: i64) -> Result<Outgoing, Error> {
        self.prepare(limits, now_millis)
    }

    fn acknowledged(
        &mut self,
        device_seq: u64,
        _stored: Option<Stored>,
        head: &SequenceHead,
    ) -> Result<(), Error> {
        for slot in self.outbox.range_mut(..=device_seq).map(|(_, slot)| slot) {
            if slot.acknowledged_by.is_none() {
                slot.acknowledged_by = Some(head.seq);
                self.clock.shared = self.clock.shared.max(slot.op.hlc);
                self.keys_sent.extend(slot.op.dek.map(|_| slot.op.token));
            }
        }
        self.see(head);
        Ok(())
    }

    fn refused(
        &mut self,
        device_seq: u64,
        refusal: Refusal,
        server_millis: i64,
        now_millis: i64,
    ) -> Result<(), Error> {
        match refusal {
            Refusal::ClockAhead => self.restamp(device_seq, server_millis, now_millis),
            _ => self.park(device_seq, refusal, now_millis),
        }
        Ok(())
    }

    fn note_request(&mut self, exchange: &Exchange) -> Result<(), Error> {
        self.network.push((exchange.clone(), None));
        Ok(())
    }

    fn note_outcome(&mut self, outcome: &Outcome) -> Result<(), Error> {
        if let Some((_, ended)) =
            self.network.iter_mut().rev().find(|(exchange, _)| exchange.id == outcome.id)
        {
            *ended = Some(*outcome);
        }
        Ok(())
    }
}

/// What a row settled.
enum Settled {
    /// The operation as it is in the outbox.
    Current,
    /// An earlier version of this one.
    Earlier(Op),
}

impl<S: Sign> MemoryReplica<S> {
    fn see(&mut self, head: &SequenceHead) {
        if head.seq > self.sequence_seen.seq {
            self.sequence_seen = Place { seq: head.seq, hash: head.chain };
        }
    }

    pub(super) fn confirmed_flags(&mut self, token: SubjectToken) -> Result<SubjectFlags, Error> {
        MemoryRegister::flags(&mut self.confirmed, token)
    }

    /// Takes the operation with this hash, in any of its versions, out of the outbox.
    fn settle(&mut self, hash: &Hash) -> Option<Settled> {
        let (device_seq, is_current) = self.outbox.iter().find_map(|(device_seq, slot)| {
            let position = slot.versions().position(|version| version == *hash)?;
            Some((*device_seq, position == 0))
        })?;
        let slot = self.outbox.remove(&device_seq)?;
        self.keys_sent.extend(slot.op.dek.filter(|_| is_current).map(|_| slot.op.token));
        let is_void = slot.op.kind == Kind::Void;
        Some(if is_current || is_void { Settled::Current } else { Settled::Earlier(slot.op) })
    }

    /// The parts an operation is about.
    fn parts_under(&self, op: &Op) -> Vec<(PartKey, Part<Content>)> {
        let parts = self.records.get(&op.token).map(|record| record.parts().clone()).unwrap_or_default();
        parts.into_iter().filter(|(key, _)| op.group.is_none_or(|group| (group, op.part) == *key)).collect()
    }

    fn merge(&mut self, op: &Op, page: &CheckedPage, applied: &mut Applied) {
        let last = self.seen_of.entry(op.device).or_default();
        *last = (*last).max(op.device_seq);
        // The client took no page with a stamp that is too far ahead.
        let _ = self.clock.receive(op.hlc, page.head.at);
        match (op.kind, op.group, &op.body) {
            (Kind::Set, Some(group), Body::Sealed(sealed)) => {
                let value = Content { bytes: sealed.0.clone(), grant: op.grant };
                self.merge_part(op, (group, op.part), value, applied);
            }
            (Kind::Delete, ..) => {
                let record = self.records.entry(op.token).or_default();
                let merged = record.remove(Removal::Deleted(Lineage::of(op)));
                applied.n_removed += u64::from(merged.is_changed);
                self.shelve(op.token, merged, applied);
                self.drop_changes_without_parts(op.token);
            }
            (Kind::Erase, ..) => {
                self.erase_here(op.token);
                applied.n_removed += 1;
            }
            _ => {}
        }
    }

    fn merge_part(&mut self, op: &Op, key: PartKey, value: Content, applied: &mut Applied) {
        let record = self.records.entry(op.token).or_default();
        let merged = record.set(key, Part { lineage: Lineage::of(op), value });
        applied.n_set += u64::from(merged.is_changed);
        if merged.is_changed {
            let change = Change::Part(op.token, key);
            self.changes.remove(&change);
            self.parked.remove(&change);
        }
        self.shelve(op.token, merged, applied);
    }

    fn shelve(&mut self, token: SubjectToken, merged: Merged<Content>, applied: &mut Applied) {
        for (key, part) in merged.shelved {
            let version = part.lineage.version;
            let is_there = self.shelf.iter().any(|shelved| {
                let other = shelved.part.lineage.version;
                (shelved.token, shelved.key, other.hlc, other.device)
                    == (token, key, version.hlc, version.device)
            });
            if !is_there {
                applied.n_conflicts += 1;
                self.shelf.push(Shelved { token, key, part });
            }
        }
    }

    /// Changes to parts that a deletion took need not travel.
    fn drop_changes_without_parts(&mut self, token: SubjectToken) {
        let parts = self.records.get(&token).map(|record| record.parts().clone()).unwrap_or_default();
        let is_kept = |change: &Change| match change {
            Change::Part(other, key) => *other != token || parts.contains_key(key),
            _ => true,
        };
        self.changes.retain(|change, _| is_kept(change));
        self.parked.retain(|change, _| is_kept(change));
    }

    /// The last stamp it gave.
    #[must_use]
    pub fn last_stamp(&self) -> Hlc {
        self.clock.last
    }
}
