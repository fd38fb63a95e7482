//! Entries of the ledger: what waits, in the order in which it must go, and what came.

use stillroom_consent::{Event, Hash, Purpose, SignedEntry};
use stillroom_store::{
    Error as StoreError,
    sync::{ledger::LedgerPlace, noted::NotedBases},
};
use stillroom_sync::{
    order::urgent_first,
    replica::{CheckedEntries, Folding},
};
use stillroom_vault::Id16;

use super::Workspace;
use crate::{
    platform::Platform,
    protocol::Failure,
    session::{keys::Randomness, receipts::filed_kind, rights::forget_models_with_rows},
};

/// Customers whose noted bases are entered in one step.
const NOTES_A_STEP: usize = 500;

impl<P: Platform> Workspace<'_, P> {
    /// The entries that wait; endings overtake what they do not need, by being signed anew in front of it.
    pub(super) fn pending_in_order(&mut self, max: usize) -> Result<Vec<SignedEntry>, Failure> {
        let entries = self.store.pending_entries()?;
        let mut ordered = entries.clone();
        urgent_first(&mut ordered, |signed| &signed.entry.event);
        if ordered != entries {
            let place = self.store.confirmed_ledger_head()?;
            ordered = self.sign_anew((place.seq, place.hash), &ordered);
            self.store.rebase_ledger(&[], &ordered)?;
        }
        ordered.truncate(max);
        Ok(ordered)
    }

    /// Dates what waits no later than the server's clock, and signs it anew.
    pub(super) fn redate_pending(&mut self, server_millis: i64) -> Result<(), Failure> {
        let mut waiting = self.store.pending_entries()?;
        for signed in &mut waiting {
            signed.entry.at = signed.entry.at.min(server_millis);
        }
        let place = self.store.confirmed_ledger_head()?;
        let again = self.sign_anew((place.seq, place.hash), &waiting);
        Ok(self.store.rebase_ledger(&[], &again)?)
    }

    /// Folds what the server has. What waits here goes behind it; what can no longer be recorded there is dropped.
    pub(super) fn fold_entries(
        &mut self,
        checked: &CheckedEntries,
        receipt: Option<&str>,
    ) -> Result<Folding, Failure> {
        let folded = match self.store.add_confirmed_entries(&checked.entries) {
            Err(StoreError::LedgerMoved) => self.rebase(&checked.entries),
            folded => folded,
        };
        match folded {
            Ok(()) => {}
            Err(StoreError::Consent(refused)) => return Ok(Folding::Refused(refused)),
            Err(error) => return Err(error.into()),
        }
        for signed in &checked.entries {
            self.take_keys(&signed.entry.event)?;
        }
        let now_millis = self.platform.now_millis();
        self.store.sync_transaction(now_millis, |tx| {
            tx.see_ledger(LedgerPlace { seq: checked.head.seq, hash: checked.head.hash })?;
            if checked.entries.iter().any(|signed| may_allow(&signed.entry.event)) {
                for purpose in Purpose::ALL {
                    tx.release_held(purpose)?;
                }
            }
            Ok::<_, Failure>(())
        })?;
        forget_models_with_rows(self.store, now_millis)?;
        if let Some(receipt) = receipt {
            self.store.add_receipt(filed_kind(receipt), receipt, now_millis)?;
        }
        Ok(Folding::Folded)
    }

    /// Puts the server's entries in front of those that wait.
    fn rebase(&mut self, entries: &[SignedEntry]) -> Result<(), StoreError> {
        let place = self.store.confirmed_ledger_head()?;
        let missed: Vec<SignedEntry> =
            entries.iter().filter(|signed| signed.entry.seq > place.seq).cloned().collect();
        let is_among = |waiting: &SignedEntry| {
            missed.iter().any(|signed| {
                let (one, other) = (&signed.entry, &waiting.entry);
                one.device == other.device && one.at == other.at && one.event == other.event
            })
        };
        let mut waiting = self.store.pending_entries()?;
        waiting.retain(|signed| !is_among(signed));
        let last =
            missed.last().map_or((place.seq, place.hash), |signed| (signed.entry.seq, signed.entry.hash()));
        let again = self.sign_anew(last, &waiting);
        match self.store.rebase_ledger(&missed, &again) {
            Err(StoreError::Consent(_)) if !again.is_empty() => {
                self.rebase_one_by_one(&missed, last, &waiting)
            }
            rebased => rebased,
        }
    }

    /// The same when one of the waiting entries no longer fits: it is found and dropped.
    fn rebase_one_by_one(
        &mut self,
        missed: &[SignedEntry],
        last: (u64, Hash),
        waiting: &[SignedEntry],
    ) -> Result<(), StoreError> {
        self.store.rebase_ledger(missed, &[])?;
        let mut place = last;
        for signed in waiting {
            let again = self.sign_anew(place, std::slice::from_ref(signed));
            for signed in again {
                match self.store.append_entry(&signed) {
                    Ok(hash) => place = (signed.entry.seq, hash),
                    Err(StoreError::Consent(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Enters some of the bases that were recorded before there was a ledger; says whether there may be more. Nothing happens before
    /// the ledger lists this device.
    pub(in super::super) fn enter_noted_step(&mut self) -> Result<bool, Failure> {
        let own = self.enrolment.device();
        if !self.store.has_noted()? || !self.store.devices()?.iter().any(|record| record.info.device == own) {
            return Ok(false);
        }
        while self.name_step()? {}
        let Some(noted) = self.store.next_noted(NOTES_A_STEP)? else { return Ok(false) };
        match self.enter_noted(&noted) {
            Err(StoreError::Consent(_)) => {
                for customer in &noted.customers {
                    let one = NotedBases { customers: vec![*customer], ..noted.clone() };
                    match self.enter_noted(&one) {
                        Err(StoreError::Consent(_)) => self.store.forget_noted(&one)?,
                        entered => entered?,
                    }
                }
            }
            entered => entered?,
        }
        Ok(true)
    }

    fn enter_noted(&mut self, noted: &NotedBases) -> Result<(), StoreError> {
        let NotedBases { purpose, basis, customers } = noted;
        let tokens = self.store.tokens_of(customers, *purpose)?;
        let place = self.store.ledger_head()?;
        let event = Event::Bases { purpose: *purpose, basis: *basis, tokens };
        let signed = self.enrolment.sign((place.seq, place.hash), self.platform.now_millis(), event);
        self.store.append_noted(&signed, noted).map(|_| ())
    }

    fn sign_anew(&self, after: (u64, Hash), entries: &[SignedEntry]) -> Vec<SignedEntry> {
        let mut place = after;
        let sign = |signed: &SignedEntry| {
            let again = self.enrolment.sign(place, signed.entry.at, signed.entry.event.clone());
            place = (again.entry.seq, again.entry.hash());
            again
        };
        entries.iter().map(sign).collect()
    }

    /// Takes the new sync key that a revocation brings for this device.
    fn take_keys(&mut self, event: &Event) -> Result<(), Failure> {
        let Event::DeviceRevoked { epoch, keys, .. } = event else { return Ok(()) };
        let own = self.enrolment.device();
        let Some(sealed) = keys.iter().find(|key| key.device == own) else { return Ok(()) };
        if self.enrolment.sync_keys.has_epoch(*epoch) {
            return Ok(());
        }
        let workspace = Id16(self.enrolment.workspace.0);
        let key = self.enrolment.device_keys.open_epoch(workspace, *epoch, &sealed.sealed.0)?;
        self.enrolment.sync_keys.add_epoch(*epoch, key)?;
        let wrapped = self.enrolment.seal(self.key, &mut Randomness(self.platform))?;
        Ok(self.store.set_enrolment(&wrapped)?)
    }
}

/// Whether an event may let through what was held back.
fn may_allow(event: &Event) -> bool {
    matches!(
        event,
        Event::GrantGiven(_)
            | Event::Members { .. }
            | Event::Bases { .. }
            | Event::Restricted { on: false, .. }
            | Event::DeviceAdded(_)
    )
}
