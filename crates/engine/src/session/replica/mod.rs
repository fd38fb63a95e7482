//! The workspace as the sync room sees it. This is the one place where changes become operations, and operations changes.
//!
//! - [`prepare`]: changes that a consent allows become sealed operations in the outbox;
//! - [`send`]: what of the outbox goes next, and what became of it;
//! - [`ledger`]: entries of the ledger, made here and elsewhere;
//! - [`apply`]: operations of other devices;
//! - [`preview`]: what a push contained, in words.

mod apply;
mod keys;
mod ledger;
mod prepare;
mod preview;
mod send;

use stillroom_consent::{Blob, DeviceId, Hash, SignedEntry, SubjectToken, witness::Place};
use stillroom_store::{Store, sync::ledger::LedgerPlace};
use stillroom_sync::{
    Replica,
    client::{Exchange, Outcome},
    replica::{
        Applied, CheckedEntries, CheckedPage, Folding, Limits, Made, Outgoing, Position, Stored, Waiting,
    },
    wire::{Op, Refusal, SequenceHead, WrappedDek},
};
use stillroom_vault::WorkspaceKey;

use super::{enrolment::Enrolment, keys::Randomness};
use crate::{platform::Platform, protocol::Failure};

pub(super) use keys::Sealer;

/// An open workspace with the keys of its device.
pub(super) struct Workspace<'a, P> {
    pub(super) platform: &'a mut P,
    pub(super) store: &'a mut Store,
    pub(super) key: &'a WorkspaceKey,
    pub(super) enrolment: &'a mut Enrolment,
    /// The line of the request under way in the network ledger.
    pub(super) line: &'a mut i64,
    /// Global Privacy Control is on here.
    pub(super) gpc: bool,
}

fn place(place: LedgerPlace) -> Place {
    Place { seq: place.seq, hash: place.hash }
}

impl<P: Platform> Replica for Workspace<'_, P> {
    type Error = Failure;

    fn position(&mut self) -> Result<Position, Failure> {
        let state = self.state()?;
        let device = self.enrolment.device();
        let ledger = self.store.confirmed_ledger_head()?;
        let is_enrolled = ledger.seq > 0
            && self.store.devices()?.iter().any(|record| record.info.device == device && !record.is_revoked);
        Ok(Position {
            cursor: state.cursor.map(Blob),
            sequence: Place { seq: state.seq, hash: state.chain },
            sequence_seen: place(state.seen),
            ledger: place(ledger),
            ledger_seen: place(state.seen_ledger),
            is_enrolled,
        })
    }

    fn waiting(&mut self) -> Result<Waiting, Failure> {
        self.count_waiting()
    }

    fn pending(&mut self, max: usize) -> Result<Vec<SignedEntry>, Failure> {
        self.pending_in_order(max)
    }

    fn fold(&mut self, entries: &CheckedEntries, receipt: Option<&str>) -> Result<Folding, Failure> {
        self.fold_entries(entries, receipt)
    }

    fn redate(&mut self, server_millis: i64) -> Result<(), Failure> {
        self.redate_pending(server_millis)
    }

    fn made(&mut self, device_seq: u64) -> Result<Made, Failure> {
        if device_seq == 0 || device_seq >= self.state()?.next_device_seq {
            return Ok(Made::Never);
        }
        let now_millis = self.platform.now_millis();
        let hashes = self.store.sync_transaction(now_millis, |tx| {
            Ok::<_, Failure>(match tx.outbox_row(device_seq)? {
                Some(_) => Some(tx.hashes(device_seq)?),
                None => None,
            })
        })?;
        Ok(hashes.map_or(Made::Settled, Made::Outbox))
    }

    fn is_sealed_here(&mut self, op: &Op, keys: &[WrappedDek]) -> Result<bool, Failure> {
        let now_millis = self.platform.now_millis();
        let Self { platform, store, enrolment, .. } = self;
        store.sync_transaction(now_millis, |tx| {
            let mut entropy = Randomness(*platform);
            Sealer::new(enrolment, &mut entropy).is_sealed_here(tx, op, keys)
        })
    }

    fn last_seen(&mut self, device: DeviceId) -> Result<u64, Failure> {
        let now_millis = self.platform.now_millis();
        self.store.sync_transaction(now_millis, |tx| Ok(tx.last_seen(device)?))
    }

    fn acknowledged_by(&mut self, seq: u64) -> Result<Vec<Hash>, Failure> {
        let now_millis = self.platform.now_millis();
        self.store.sync_transaction(now_millis, |tx| Ok(tx.acknowledged_by(seq)?))
    }

    fn is_erased(&mut self, token: SubjectToken) -> Result<bool, Failure> {
        let purpose = stillroom_consent::Purpose::Backup;
        Ok(self.store.standing_of(token, purpose)?.1.is_erased)
    }

    fn apply(&mut self, page: &CheckedPage, now_millis: i64) -> Result<Applied, Failure> {
        self.apply_page(page, now_millis)
    }

    fn resync(&mut self) -> Result<(), Failure> {
        Ok(self.store.reset_pull()?)
    }

    fn outgoing(&mut self, limits: Limits, now_millis: i64) -> Result<Outgoing, Failure> {
        while self.prepare_step(limits.max_ops, now_millis)? {}
        self.next_push(limits, now_millis)
    }

    fn acknowledged(
        &mut self,
        device_seq: u64,
        stored: Option<Stored>,
        head: &SequenceHead,
    ) -> Result<(), Failure> {
        self.note_acknowledged(device_seq, stored, head)
    }

    fn refused(
        &mut self,
        device_seq: u64,
        refusal: Refusal,
        server_millis: i64,
        now_millis: i64,
    ) -> Result<(), Failure> {
        self.note_refused(device_seq, refusal, server_millis, now_millis)
    }

    fn note_request(&mut self, exchange: &Exchange) -> Result<(), Failure> {
        self.note_exchange(exchange)
    }

    fn note_outcome(&mut self, outcome: &Outcome) -> Result<(), Failure> {
        Ok(self.store.note_answer(*self.line, outcome.status, outcome.bytes_received)?)
    }
}
