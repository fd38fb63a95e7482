//! A session that is one of the devices of a synced workspace: becoming one, being one, and no longer being one.

use stillroom_consent::{Hash, SignedEntry, SignedHead};
use stillroom_store::sync::{ledger::LedgerPlace, state::SyncStart};

use super::{
    Open, Session,
    enrolment::{Enrolment, fingerprint},
    keys::Randomness,
    sync::Syncing,
};
use crate::{
    failure::failure,
    platform::Platform,
    protocol::{Failure, ServerView},
};

impl<P: Platform> Session<P> {
    /// Whether this workspace is connected to a server, and this device can speak for it.
    pub(super) fn is_connected(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.syncing.is_some())
    }

    /// This device's place; `not-connected` without one, `restored` in a workspace that came from a backup.
    pub(super) fn enrolment(&mut self) -> Result<&Enrolment, Failure> {
        self.platform_and_enrolment().map(|(_, enrolment)| &*enrolment)
    }

    /// The same with the platform beside it, for work that needs randomness.
    pub(super) fn platform_and_enrolment(&mut self) -> Result<(&mut P, &mut Enrolment), Failure> {
        self.store()?;
        match &mut self.open {
            Some(Open { syncing: Some(syncing), .. }) => Ok((&mut self.platform, &mut syncing.enrolment)),
            Some(Open { store, .. }) if store.sync_state()?.is_some() => Err(failure(
                "restored",
                "this workspace was restored from a backup: join it again with a code from another device, or connect it anew",
            )),
            _ => {
                Err(failure("not-connected", "this workspace is not connected to a server: connect it first"))
            }
        }
    }

    /// Opens this device's place after the database was opened. In a workspace restored from a backup there is none: its keys
    /// were sealed for the device it came from. Keys that do not open keep nobody from the customers.
    pub(super) fn open_syncing(&mut self) -> Result<(), Failure> {
        let seed = self.draw_seed()?;
        let Some(open) = &mut self.open else { return Ok(()) };
        open.syncing = match open.store.sync_state()? {
            Some(state) if !state.was_restored => {
                Enrolment::open(&state, &open.key).ok().map(|enrolment| Syncing::new(enrolment, seed))
            }
            _ => None,
        };
        Ok(())
    }

    /// Makes this workspace one of the devices of a synced one. Nothing travels by that.
    pub(super) fn start_sync(&mut self, enrolment: Enrolment) -> Result<(), Failure> {
        self.keep_enrolment(enrolment, |store, start| {
            if store.sync_state()?.is_some() {
                store.stop_sync()?;
            }
            store.start_sync(&start)
        })
    }

    /// Goes on in the same workspace as another device, after a backup was restored.
    pub(super) fn come_back(&mut self, enrolment: Enrolment) -> Result<(), Failure> {
        self.keep_enrolment(enrolment, |store, start| store.change_device(start.device, &start.enrolment))
    }

    fn keep_enrolment(
        &mut self,
        enrolment: Enrolment,
        keep: impl FnOnce(&mut stillroom_store::Store, SyncStart) -> stillroom_store::Result<()>,
    ) -> Result<(), Failure> {
        let seed = self.draw_seed()?;
        self.store_for_write()?;
        let open = self.open.as_mut().ok_or_else(super::locked)?;
        let start = SyncStart {
            workspace: enrolment.workspace,
            device: enrolment.device(),
            enrolment: enrolment.seal(&open.key, &mut Randomness(&mut self.platform))?,
            origin: enrolment.origin.clone(),
            server_key: enrolment.server_key,
        };
        keep(&mut open.store, start)?;
        open.syncing = Some(Syncing::new(enrolment, seed));
        Ok(())
    }

    /// Takes the first entry of the ledger, which this device made and the server has confirmed.
    pub(super) fn fold_first(&mut self, entry: &SignedEntry, head: &SignedHead) -> Result<(), Failure> {
        self.store()?.add_confirmed_entries(std::slice::from_ref(entry))?;
        self.see_ledger(head.head.seq, head.head.hash)
    }

    /// Notes how far the ledger goes at least: a server that shows less is caught.
    pub(super) fn see_ledger(&mut self, seq: u64, hash: Hash) -> Result<(), Failure> {
        let now_millis = self.platform.now_millis();
        self.store()?.sync_transaction(now_millis, |tx| Ok(tx.see_ledger(LedgerPlace { seq, hash })?))
    }

    /// The server as people may compare it.
    pub(super) fn server_view(&mut self) -> Result<ServerView, Failure> {
        let enrolment = self.enrolment()?;
        Ok(ServerView {
            origin: enrolment.origin.clone(),
            fingerprint: fingerprint(&enrolment.server_key),
            workspace: enrolment.workspace.to_string(),
            device: enrolment.device().to_string(),
        })
    }

    pub(super) fn refuse_when_connected(&mut self) -> Result<(), Failure> {
        self.store_for_write()?;
        if self.is_connected() {
            return Err(failure("already-connected", "this workspace is connected to a server already"));
        }
        Ok(())
    }

    fn draw_seed(&mut self) -> Result<u64, Failure> {
        let mut seed = [0; 8];
        self.platform.fill_random(&mut seed)?;
        Ok(u64::from_le_bytes(seed))
    }
}
