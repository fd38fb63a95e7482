//! What of the outbox goes next, and what the server said about it.

use std::collections::BTreeMap;

use stillroom_consent::{Decision, GrantId, SubjectToken};
use stillroom_store::sync::{
    SyncTransaction,
    changes::{Changed, HeldReason},
    clock::ClockParts,
    ledger::LedgerPlace,
    outbox::{Destination, OutboxRow},
    state::SyncState,
};
use stillroom_sync::{
    Clock, Hlc,
    replica::{Limits, Outgoing, Stored, Waiting},
    wire::{Body, Kind, Op, Refusal, SCHEMA, SequenceHead, WrappedDek, decode, encode},
};

use super::{Sealer, Workspace, prepare::lineage_of};
use crate::{failure::failure, platform::Platform, protocol::Failure, session::keys::Randomness};

impl<P: Platform> Workspace<'_, P> {
    pub(super) fn state(&self) -> Result<SyncState, Failure> {
        Ok(self.store.sync_state()?.ok_or(stillroom_store::Error::NotSynced)?)
    }

    pub(super) fn count_waiting(&mut self) -> Result<Waiting, Failure> {
        let now_millis = self.platform.now_millis();
        let mut waiting = Waiting {
            n_ops: self.store.outbox_counts()?.waiting,
            n_entries: self.store.pending_entries()?.len() as u64,
            n_conflicts: self.store.n_conflicts()?,
            ..Waiting::default()
        };
        for record in self.live_grants(now_millis)? {
            let (n_ready, held) = self.store.change_counts(record.grant.purpose)?;
            waiting.n_ops += n_ready;
            waiting.n_parked += held.iter().map(|(_, n_held)| n_held).sum::<u64>();
        }
        Ok(waiting)
    }

    /// The oldest operations that were not acknowledged, as far as they are of one purpose and grant. Each is put to the decision
    /// again: what may no longer travel is parked, and goes as an operation that holds nothing.
    pub(super) fn next_push(&mut self, limits: Limits, now_millis: i64) -> Result<Outgoing, Failure> {
        let gpc = self.gpc;
        let origin = self.enrolment.origin.clone();
        let to = Destination { origin: &origin, gpc };
        self.store.sync_transaction(now_millis, |tx| {
            let mut outgoing = Outgoing::default();
            let (mut n_bytes, mut lane) = (0, None);
            for row in tx.waiting(limits.max_ops)? {
                let op = checked_op(tx, &row, to)?;
                let of = op.group.map(|_| (op.purpose, op.grant));
                let deks = needed_key(tx, &op, &outgoing.deks)?;
                n_bytes += encode(&op).len() + deks.as_ref().map_or(0, |dek| encode(dek).len());
                let is_other = of.is_some() && lane.is_some() && of != lane;
                if !outgoing.ops.is_empty() && (n_bytes > limits.max_bytes || is_other) {
                    break;
                }
                lane = lane.or(of);
                tx.note_sent(row.device_seq, op.hash())?;
                outgoing.deks.extend(deks);
                outgoing.ops.push(op);
            }
            Ok(outgoing)
        })
    }

    pub(super) fn note_acknowledged(
        &mut self,
        device_seq: u64,
        stored: Option<Stored>,
        head: &SequenceHead,
    ) -> Result<(), Failure> {
        let now_millis = self.platform.now_millis();
        self.store.sync_transaction(now_millis, |tx| {
            let mut clock = clock_of(tx)?;
            for row in tx.waiting(usize::MAX >> 1)?.iter().take_while(|row| row.device_seq <= device_seq) {
                clock.shared = clock.shared.max(Hlc(row.hlc));
            }
            tx.set_clock_parts(parts_of(&clock))?;
            if let Some(stored) = stored {
                tx.count_pushed(stored.device_seqs, stored.seqs)?;
            }
            tx.acknowledge(device_seq, head.seq)?;
            Ok(tx.see_sequence(LedgerPlace { seq: head.seq, hash: head.chain })?)
        })
    }

    pub(super) fn note_refused(
        &mut self,
        device_seq: u64,
        refusal: Refusal,
        server_millis: i64,
        now_millis: i64,
    ) -> Result<(), Failure> {
        let reason = match refusal {
            Refusal::ClockAhead => return self.restamp_all(server_millis, now_millis),
            Refusal::NoDataKey => {
                let taken_back = |tx: &mut SyncTransaction<'_>| Ok(tx.take_back_without_key(device_seq)?);
                return self.store.sync_transaction(now_millis, taken_back);
            }
            Refusal::Consent(reason) => HeldReason::Consent(reason),
            Refusal::Malformed => HeldReason::Malformed,
            Refusal::TooLarge => HeldReason::TooLarge,
        };
        self.store.sync_transaction(now_millis, |tx| Ok(tx.park(device_seq, reason)?))
    }

    /// Gives everything that was not acknowledged another stamp, in its order, and seals it anew: the envelope is bound to the stamp.
    /// What is sent again keeps the stamp that the server took before.
    fn restamp_all(&mut self, server_millis: i64, now_millis: i64) -> Result<(), Failure> {
        let Self { platform, store, enrolment, .. } = self;
        store.sync_transaction(now_millis, |tx| {
            let mut clock = clock_of(tx)?;
            clock.restart(server_millis, now_millis);
            tx.restart_clock(clock.last.0)?;
            tx.set_clock_parts(parts_of(&clock))?;
            let mut entropy = Randomness(*platform);
            let mut sealer = Sealer::new(enrolment, &mut entropy);
            let mut stamps: BTreeMap<Hlc, Hlc> = BTreeMap::new();
            for row in tx.waiting(usize::MAX >> 1)? {
                let Some(bytes) = row.op.as_ref().filter(|_| Hlc(row.hlc) > clock.shared) else { continue };
                let mut op = read_op(bytes)?;
                let content = sealer.open(tx, &op)?;
                let stamp = clock.stamp(now_millis);
                stamps.insert(op.hlc, stamp);
                op.base = op.base.map(|base| stamps.get(&base).copied().unwrap_or(base));
                op.hlc = stamp;
                if let Some(content) = content {
                    sealer.seal(tx, &mut op, &content)?;
                }
                tx.restamp(row.device_seq, &lineage_of(&op), &encode(&op), op.hash())?;
            }
            Ok(())
        })
    }
}

/// The hybrid clock as it stands.
pub(super) fn clock_of(tx: &SyncTransaction<'_>) -> Result<Clock, Failure> {
    let parts = tx.clock_parts()?;
    Ok(Clock {
        last: Hlc(tx.state().last_hlc),
        shared: Hlc(parts.shared_hlc),
        ahead_millis: parts.ahead_millis,
    })
}

fn parts_of(clock: &Clock) -> ClockParts {
    ClockParts { shared_hlc: clock.shared.0, ahead_millis: clock.ahead_millis }
}

pub(super) fn read_op(bytes: &[u8]) -> Result<Op, Failure> {
    decode(bytes).map_err(|_| failure("outbox-damaged", "the outbox cannot be read: restore a backup"))
}

/// The operation of a row, unless it may no longer travel: then it is parked and holds nothing.
fn checked_op(tx: &mut SyncTransaction<'_>, row: &OutboxRow, to: Destination<'_>) -> Result<Op, Failure> {
    let Some(bytes) = &row.op else { return Ok(void(tx, row)) };
    let changed = Changed {
        purpose: row.purpose,
        customer: stillroom_records::CustomerId(0),
        record: stillroom_consent::RecordId([0; 16]),
        token: row.token,
        part: row.part,
        is_again: row.is_again,
    };
    match tx.decide_change(&changed, row.grant, to)? {
        Decision::Allow => read_op(bytes),
        Decision::Deny(reason) => {
            tx.park(row.device_seq, HeldReason::Consent(reason))?;
            Ok(void(tx, row))
        }
    }
}

/// What stands in the place of an operation that may not travel; the same every time it is made.
fn void(tx: &SyncTransaction<'_>, row: &OutboxRow) -> Op {
    Op {
        kind: Kind::Void,
        device: tx.state().device,
        device_seq: row.device_seq,
        hlc: Hlc::default(),
        base: None,
        token: SubjectToken([0; 32]),
        purpose: row.purpose,
        grant: GrantId([0; 16]),
        group: None,
        part: 0,
        schema: SCHEMA,
        dek: None,
        body: Body::None,
    }
}

/// The data key of an operation, when the server may not have it and it does not go along yet.
fn needed_key(
    tx: &SyncTransaction<'_>,
    op: &Op,
    along: &[WrappedDek],
) -> Result<Option<WrappedDek>, Failure> {
    let Some(dek) = op.dek.filter(|dek| along.iter().all(|known| known.dek != *dek)) else { return Ok(None) };
    let key = tx.data_key(dek)?.filter(|key| !key.is_shared);
    Ok(key.map(|key| WrappedDek {
        dek,
        token: key.token,
        epoch: key.epoch,
        wrapped: stillroom_consent::Blob(key.wrapped),
    }))
}
