//! The device's side of the consent ledger: entries that wait for the server, and what follows from those that it has.

use super::{Change, MemoryReplica, Sign, place_of};
use crate::order::urgent_first;
use crate::replica::{CheckedEntries, Folding};
use crate::wire::Refusal;
use stillroom_consent::{
    Entry, Error, Event, GrantId, MemoryRegister, Register, SignedEntry, fold, witness::Place,
};

impl<S: Sign> MemoryReplica<S> {
    /// Founds the workspace: the ledger's first entry, to be sent with `POST /v1/workspaces`.
    ///
    /// # Errors
    /// What `stillroom_consent::fold` refuses; nothing is changed then.
    pub fn found(&mut self, now_millis: i64) -> Result<SignedEntry, Error> {
        let event = Event::DeviceAdded(self.identity.device);
        let signed = self.sign(Place::START, now_millis, event);
        let mut register = self.confirmed.clone();
        fold(&mut register, &signed)?;
        self.confirmed = register.clone();
        self.standing = register;
        self.ledger_seen = place_of(&mut self.confirmed)?;
        Ok(signed)
    }

    /// Records an event: it holds here at once, and is pending until the server has it.
    ///
    /// # Errors
    /// What `stillroom_consent::fold` refuses; nothing is changed then.
    pub fn record(&mut self, event: Event, now_millis: i64) -> Result<(), Error> {
        let mut standing = self.standing.clone();
        let signed = self.sign(place_of(&mut standing)?, now_millis, event);
        fold(&mut standing, &signed)?;
        self.pending.push(signed);
        self.standing = standing;
        let mut waiting: Vec<_> = self.pending.clone();
        urgent_first(&mut waiting, |signed| &signed.entry.event);
        if waiting != self.pending {
            self.pending = waiting;
            self.rechain()?;
        }
        Ok(())
    }

    fn sign(&self, after: Place, at: i64, event: Event) -> SignedEntry {
        let entry = Entry {
            workspace: self.identity.workspace,
            seq: after.seq + 1,
            prev: after.hash,
            at,
            device: self.identity.device.device,
            event,
        };
        let signature = self.signer.sign(&entry.message());
        SignedEntry { entry, signature }
    }

    /// Chains the pending entries to the confirmed head and signs them anew. What can no longer be recorded is dropped.
    fn rechain(&mut self) -> Result<(), Error> {
        self.standing = self.confirmed.clone();
        for signed in std::mem::take(&mut self.pending) {
            let after = place_of(&mut self.standing)?;
            let Entry { at, event, .. } = signed.entry;
            let anew = self.sign(after, at, event);
            let mut next = self.standing.clone();
            if fold(&mut next, &anew).is_ok() {
                self.standing = next;
                self.pending.push(anew);
            }
        }
        Ok(())
    }

    /// Dates what waits no later than the server's clock.
    pub(super) fn redate_pending(&mut self, server_millis: i64) -> Result<(), Error> {
        for signed in &mut self.pending {
            signed.entry.at = signed.entry.at.min(server_millis);
        }
        self.rechain()
    }

    pub(super) fn fold_entries(
        &mut self,
        checked: &CheckedEntries,
        receipt: Option<&str>,
    ) -> Result<Folding, Error> {
        let mut confirmed = self.confirmed.clone();
        for signed in &checked.entries {
            if let Err(error) = fold(&mut confirmed, signed) {
                return Ok(Folding::Refused(error));
            }
        }
        self.confirmed = confirmed;
        if checked.head.seq > self.ledger_seen.seq {
            self.ledger_seen = Place { seq: checked.head.seq, hash: checked.head.hash };
        }
        self.receipts.extend(receipt.map(str::to_owned));
        for signed in &checked.entries {
            self.pending.retain(|waiting| !is_same_event(waiting, signed));
            self.take_effect(&signed.entry.event);
        }
        self.rechain()?;
        if !checked.entries.is_empty() {
            self.retry_what_consent_parked();
        }
        Ok(Folding::Folded)
    }

    fn take_effect(&mut self, event: &Event) {
        match event {
            Event::Erased { tokens } => tokens.iter().for_each(|token| self.erase_here(*token)),
            Event::GrantWithdrawn { grant } => self.forget_what_came_under(*grant),
            _ => {}
        }
    }

    /// Drops records that are here only through a grant, untouched by anybody on this device.
    fn forget_what_came_under(&mut self, grant: GrantId) {
        let device = self.identity.device.device;
        for record in self.records.values_mut() {
            let mut parts = record.parts().values();
            if parts.all(|part| part.lineage.version.device != device && part.value.grant == grant) {
                record.forget_parts();
            }
        }
    }

    fn retry_what_consent_parked(&mut self) {
        let by_consent: Vec<Change> = self
            .parked
            .iter()
            .filter(|(_, (refusal, _))| matches!(refusal, Refusal::Consent(_)))
            .map(|(change, _)| *change)
            .collect();
        for change in by_consent {
            if let Some((_, base)) = self.parked.remove(&change) {
                self.changes.entry(change).or_insert(base);
            }
        }
    }

    /// Whether the server's ledger lists this device.
    pub(super) fn is_enrolled(&mut self) -> Result<bool, Error> {
        let record = MemoryRegister::device(&mut self.confirmed, self.identity.device.device)?;
        Ok(record.is_some_and(|record| !record.is_revoked))
    }
}

/// Whether two entries say the same, wherever in the chain.
fn is_same_event(one: &SignedEntry, other: &SignedEntry) -> bool {
    let (one, other) = (&one.entry, &other.entry);
    one.device == other.device && one.at == other.at && one.event == other.event
}
