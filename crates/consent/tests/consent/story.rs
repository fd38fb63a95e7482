//! A ledger as it grows: who does what, signed and folded.

use crate::common::{NOW, Signer, WORKSPACE, device};
use stillroom_consent::{
    Entry, Event, Hash, LedgerHead, MemoryRegister, Register as _, Result, SignedEntry, SignedHead, fold,
};

/// A ledger and what follows from it.
#[derive(Clone)]
pub(crate) struct Story {
    pub(crate) register: MemoryRegister,
    pub(crate) entries: Vec<SignedEntry>,
}

impl Story {
    /// Device 1 has begun a workspace.
    pub(crate) fn begun() -> Self {
        let mut story = Story { register: MemoryRegister::new(WORKSPACE), entries: Vec::new() };
        story.tell(1, Event::DeviceAdded(device(1)));
        story
    }

    /// Where the ledger stands.
    pub(crate) fn head(&self) -> (u64, Hash) {
        self.register.clone().head().expect("memory answers")
    }

    /// The entry that device `number` would make next.
    pub(crate) fn entry(&self, number: u8, event: Event) -> Entry {
        let (seq, prev) = self.head();
        Entry { workspace: WORKSPACE, seq: seq + 1, prev, at: NOW, device: device(number).device, event }
    }

    /// Folds an entry as it is.
    pub(crate) fn take(&mut self, entry: SignedEntry) -> Result<Hash> {
        let hash = fold(&mut self.register, &entry)?;
        self.entries.push(entry);
        Ok(hash)
    }

    /// Device `number` makes the next entry.
    pub(crate) fn try_tell(&mut self, number: u8, event: Event) -> Result<Hash> {
        self.take(signed(number, self.entry(number, event)))
    }

    /// As [`Story::try_tell`], for what must be possible.
    #[track_caller]
    pub(crate) fn tell(&mut self, number: u8, event: Event) -> Hash {
        self.try_tell(number, event).expect("the entry says something that can be")
    }
}

/// An entry with the signature of device `number`.
pub(crate) fn signed(number: u8, entry: Entry) -> SignedEntry {
    SignedEntry { signature: Signer::new(number).sign(&entry.message()), entry }
}

/// A head with the signature of `server`.
pub(crate) fn signed_head(server: &Signer, seq: u64, hash: Hash) -> SignedHead {
    let head = LedgerHead { workspace: WORKSPACE, seq, hash, at: NOW };
    SignedHead { signature: server.sign(&head.message()), head }
}
