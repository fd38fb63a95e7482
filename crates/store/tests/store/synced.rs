//! Synced workspaces to test against: devices that sign, grants, and keys that are no keys.

use crate::common::memory;
use ed25519_dalek::{Signer as _, SigningKey};
use stillroom_consent::{
    BasisMethod, DeviceId, DeviceInfo, Entry, Event, GrantId, Groups, Hash, LawfulBasis, PublicKey, Purpose,
    Scope, Signature, SignedEntry, SubjectBasis, SubjectToken, SyncGrant, WorkspaceId,
};
use stillroom_store::Store;
use stillroom_store::sync::ledger::LedgerPlace;
use stillroom_store::sync::state::SyncStart;

pub(crate) const WORKSPACE: WorkspaceId = WorkspaceId([7; 16]);
pub(crate) const ORIGIN: &str = "https://sync.example.org";
/// The moment tests happen at, in milliseconds since 1970.
pub(crate) const NOW: i64 = 1_700_000_000_000;

pub(crate) fn device(number: u8) -> DeviceId {
    DeviceId([number; 16])
}

fn key_of(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

pub(crate) fn info(number: u8) -> DeviceInfo {
    DeviceInfo {
        device: device(number),
        signing_key: PublicKey(key_of(number).verifying_key().to_bytes()),
        sealing_key: PublicKey([number; 32]),
    }
}

/// An entry of a device, after a place of the ledger.
pub(crate) fn signed(number: u8, after: LedgerPlace, event: Event) -> SignedEntry {
    let entry = Entry {
        workspace: WORKSPACE,
        seq: after.seq + 1,
        prev: after.hash,
        at: NOW,
        device: device(number),
        event,
    };
    let signature = Signature(key_of(number).sign(&entry.message()).to_bytes());
    SignedEntry { entry, signature }
}

pub(crate) fn place_after(signed: &SignedEntry) -> LedgerPlace {
    LedgerPlace { seq: signed.entry.seq, hash: signed.entry.hash() }
}

pub(crate) fn grant(id: u8, number: u8, purpose: Purpose) -> SyncGrant {
    SyncGrant {
        id: GrantId([id; 16]),
        workspace: WORKSPACE,
        device: device(number),
        purpose,
        version: 1,
        groups: Groups::ALL.and(purpose.terms().groups),
        scope: Scope::All,
        origin: ORIGIN.to_owned(),
        server_key: PublicKey([9; 32]),
        notice: Hash([3; 32]),
        language: "en".to_owned(),
        valid_from: NOW - 1_000,
        expires_at: NOW + 86_400_000,
    }
}

pub(crate) fn contract() -> SubjectBasis {
    SubjectBasis::given(LawfulBasis::Contract, BasisMethod::Contract, NOW - 500)
}

pub(crate) fn token(number: u8) -> SubjectToken {
    SubjectToken([number; 32])
}

/// A workspace that syncs as a device; its ledger is empty.
pub(crate) fn syncing(number: u8) -> Store {
    let mut store = memory();
    start(&mut store, number);
    store
}

pub(crate) fn start(store: &mut Store, number: u8) {
    let start = SyncStart {
        workspace: WORKSPACE,
        device: device(number),
        enrolment: vec![number],
        origin: ORIGIN.to_owned(),
        server_key: PublicKey([9; 32]),
    };
    store.start_sync(&start).expect("it did not sync before");
}

/// Appends what a device says.
pub(crate) fn say(store: &mut Store, number: u8, event: Event) -> SignedEntry {
    let signed = signed(number, store.ledger_head().expect("the ledger is readable"), event);
    store.append_entry(&signed).expect("the event can be recorded");
    signed
}
