//! The reference replica: one device's side of a sync in memory, for tests and simulations.
//!
//! It keeps records of the sealed lane (`backup`). Nothing is sealed here: the bodies of its operations are the bytes themselves, so that a
//! test can read what travelled. Everything else is as a workspace must do it, and where the contract of [`Replica`](crate::Replica) leaves
//! room, this is the reading to follow.

mod ledger;
mod outbox;
mod replica;

use crate::client::{Exchange, Outcome};
use crate::merge::{Part, PartKey, Record, Removal, Version};
use crate::wire::{Kind, Refusal};
use crate::{Clock, Hlc, merge::Lineage};
use outbox::Slot;
use std::collections::{BTreeMap, BTreeSet};
use stillroom_consent::{
    Blob, DeviceInfo, Error as ConsentError, GrantId, Hash, MemoryRegister, Register, Signature, SignedEntry,
    SubjectToken, WorkspaceId, witness::Place,
};

/// Signs with the device's key.
pub trait Sign {
    /// The Ed25519 signature over `message`.
    fn sign(&self, message: &[u8]) -> Signature;
}

/// What a part holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The grant it came under; zeros when it was written here.
    pub grant: GrantId,
}

/// A change that is to travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// A part was set.
    Part(SubjectToken, PartKey),
    /// The record was deleted.
    Deleted(SubjectToken),
    /// The record was erased.
    Erased(SubjectToken),
}

impl Change {
    /// The record.
    #[must_use]
    pub fn token(&self) -> SubjectToken {
        match self {
            Change::Part(token, _) | Change::Deleted(token) | Change::Erased(token) => *token,
        }
    }
}

/// A value on the conflict shelf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelved {
    /// The record.
    pub token: SubjectToken,
    /// The part.
    pub key: PartKey,
    /// The value that lost, and its version.
    pub part: Part<Content>,
}

/// What it is made with.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// This device.
    pub device: DeviceInfo,
    /// The origin of the server it sends to.
    pub origin: String,
    /// The grant it sends under.
    pub grant: GrantId,
}

/// One device's side of a sync, in memory.
#[derive(Clone, Debug)]
pub struct MemoryReplica<S> {
    identity: Identity,
    signer: S,
    clock: Clock,
    records: BTreeMap<SubjectToken, Record<Content>>,
    shelf: Vec<Shelved>,
    changes: BTreeMap<Change, Option<Hlc>>,
    parked: BTreeMap<Change, (Refusal, Option<Hlc>)>,
    last_given: u64,
    outbox: BTreeMap<u64, Slot>,
    keys_sent: BTreeSet<SubjectToken>,
    cursor: Option<Blob>,
    sequence: Place,
    sequence_seen: Place,
    seen_of: BTreeMap<stillroom_consent::DeviceId, u64>,
    /// What the server's ledger says.
    confirmed: MemoryRegister,
    ledger_seen: Place,
    pending: Vec<SignedEntry>,
    /// What the server's ledger and the pending entries say.
    standing: MemoryRegister,
    receipts: Vec<String>,
    network: Vec<(Exchange, Option<Outcome>)>,
}

impl<S: Sign> MemoryReplica<S> {
    /// A device that knows nothing yet.
    #[must_use]
    pub fn new(identity: Identity, signer: S) -> Self {
        let register = MemoryRegister::new(identity.workspace);
        MemoryReplica {
            identity,
            signer,
            clock: Clock::default(),
            records: BTreeMap::new(),
            shelf: Vec::new(),
            changes: BTreeMap::new(),
            parked: BTreeMap::new(),
            last_given: 0,
            outbox: BTreeMap::new(),
            keys_sent: BTreeSet::new(),
            cursor: None,
            sequence: Place::START,
            sequence_seen: Place::START,
            seen_of: BTreeMap::new(),
            confirmed: register.clone(),
            ledger_seen: Place::START,
            pending: Vec::new(),
            standing: register,
            receipts: Vec::new(),
            network: Vec::new(),
        }
    }

    /// Writes one part of a record. Refused for a record that was erased.
    ///
    /// # Errors
    /// [`ConsentError::Invalid`].
    pub fn edit(
        &mut self,
        token: SubjectToken,
        key: PartKey,
        bytes: Vec<u8>,
        now_millis: i64,
    ) -> Result<(), ConsentError> {
        let record = self.records.entry(token).or_default();
        if record.removal() == Some(&Removal::Erased) {
            return Err(ConsentError::Invalid { reason: "the record was erased" });
        }
        let before = record.parts().get(&key).map(|part| part.lineage.version.hlc);
        let removed = match record.removal() {
            Some(Removal::Deleted(deletion)) => Some(deletion.version.hlc),
            _ => None,
        };
        let version = unsent(&mut self.clock, &self.identity, now_millis);
        let base = *self.changes.entry(Change::Part(token, key)).or_insert(before.max(removed));
        let content = Content { bytes, grant: GrantId([0; 16]) };
        record.set(key, Part { lineage: Lineage { version, base }, value: content });
        self.parked.remove(&Change::Part(token, key));
        Ok(())
    }

    /// Deletes a record; a later edit brings it back.
    pub fn delete(&mut self, token: SubjectToken, now_millis: i64) {
        let Some(record) = self.records.get_mut(&token) else { return };
        let version = unsent(&mut self.clock, &self.identity, now_millis);
        let base = *self.changes.entry(Change::Deleted(token)).or_insert(record.newest());
        record.remove(Removal::Deleted(Lineage { version, base }));
        self.changes.retain(|change, _| !matches!(change, Change::Part(other, _) if *other == token));
    }

    /// Erases a record for ever, with everything that waits about it: an entry of the ledger, then an operation.
    ///
    /// # Errors
    /// As [`MemoryReplica::record`].
    pub fn erase(&mut self, token: SubjectToken, now_millis: i64) -> Result<(), ConsentError> {
        self.record(stillroom_consent::Event::Erased { tokens: vec![token] }, now_millis)?;
        self.erase_here(token);
        self.changes.insert(Change::Erased(token), None);
        Ok(())
    }

    fn erase_here(&mut self, token: SubjectToken) {
        self.records.entry(token).or_default().remove(Removal::Erased);
        self.shelf.retain(|shelved| shelved.token != token);
        let is_kept = |change: &Change| change.token() != token || matches!(change, Change::Erased(_));
        self.changes.retain(|change, _| is_kept(change));
        self.parked.retain(|change, _| is_kept(change));
    }

    /// Tries parked changes again.
    pub fn retry_parked(&mut self) {
        for (change, (_, base)) in std::mem::take(&mut self.parked) {
            self.changes.entry(change).or_insert(base);
        }
    }

    /// The records, by token.
    #[must_use]
    pub fn records(&self) -> &BTreeMap<SubjectToken, Record<Content>> {
        &self.records
    }

    /// The conflict shelf, oldest first.
    #[must_use]
    pub fn shelf(&self) -> &[Shelved] {
        &self.shelf
    }

    /// What may not travel, and why.
    pub fn parked(&self) -> impl Iterator<Item = (&Change, &Refusal)> {
        self.parked.iter().map(|(change, (refusal, _))| (change, refusal))
    }

    /// The network ledger.
    #[must_use]
    pub fn network(&self) -> &[(Exchange, Option<Outcome>)] {
        &self.network
    }

    /// Receipts that came with confirmed endings.
    #[must_use]
    pub fn receipts(&self) -> &[String] {
        &self.receipts
    }

    /// The standing as this device sees it, pending entries included.
    #[must_use]
    pub fn standing(&self) -> &MemoryRegister {
        &self.standing
    }

    /// The last number given to an operation.
    #[must_use]
    pub fn last_given(&self) -> u64 {
        self.last_given
    }

    /// Its keys and names.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// A hash of what the device holds of the records that `is_wanted`: equal exactly when removals, parts, versions and values are.
    #[must_use]
    pub fn state_hash(&self, is_wanted: impl Fn(SubjectToken) -> bool) -> Hash {
        let mut parts = Vec::new();
        for (token, record) in self.records.iter().filter(|(token, _)| is_wanted(**token)) {
            parts.extend(state_of(*token, record));
        }
        Hash::of(&[&parts])
    }
}

/// One record's contribution to the state, in bytes; nothing for a record that holds nothing.
#[must_use]
pub fn state_of(token: SubjectToken, record: &Record<Content>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut write = |piece: &[u8]| {
        bytes.extend_from_slice(&(piece.len() as u64).to_be_bytes());
        bytes.extend_from_slice(piece);
    };
    match record.removal() {
        Some(Removal::Erased) => write(b"erased"),
        Some(Removal::Deleted(deletion)) => write(&version_bytes(&deletion.version)),
        None => {}
    }
    for ((group, part), held) in record.parts() {
        write(group.key().as_bytes());
        write(&part.to_be_bytes());
        write(&version_bytes(&held.lineage.version));
        write(&held.value.bytes);
    }
    if bytes.is_empty() { bytes } else { [token.0.as_slice(), &bytes].concat() }
}

fn version_bytes(version: &Version) -> Vec<u8> {
    [&version.hlc.0.to_be_bytes()[..], &version.device.0, &version.tie.to_be_bytes()].concat()
}

/// The version of something that has no operation yet.
fn unsent(clock: &mut Clock, identity: &Identity, now_millis: i64) -> Version {
    Version { hlc: clock.stamp(now_millis), device: identity.device.device, tie: 0 }
}

fn place_of(register: &mut MemoryRegister) -> Result<Place, ConsentError> {
    let (seq, hash) = register.head()?;
    Ok(Place { seq, hash })
}

/// The kinds of operation a change becomes.
fn kind_of(change: &Change) -> Kind {
    match change {
        Change::Part(..) => Kind::Set,
        Change::Deleted(_) => Kind::Delete,
        Change::Erased(_) => Kind::Erase,
    }
}
