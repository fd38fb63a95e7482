//! A small workspace for tests: devices and a server with fixed keys, and words for what they do.

use ed25519_dalek::{Signer as _, SigningKey};
use stillroom_consent::{
    DeviceId, DeviceInfo, GrantId, Groups, Hash, PublicKey, Purpose, Scope, Signature, SubjectToken,
    SyncGrant, WorkspaceId,
};

/// The workspace all tests play in.
pub(crate) const WORKSPACE: WorkspaceId = WorkspaceId([7; 16]);
/// The origin of the tests' server.
pub(crate) const ORIGIN: &str = "https://sync.example.org";
/// The tests' present, in milliseconds since 1970.
pub(crate) const NOW: i64 = 1_800_000_000_000;
/// A day in milliseconds.
pub(crate) const DAY: i64 = 86_400_000;

/// Somebody who signs.
pub(crate) struct Signer(SigningKey);

impl Signer {
    pub(crate) fn new(number: u8) -> Self {
        Signer(SigningKey::from_bytes(&[number; 32]))
    }

    pub(crate) fn key(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

/// Device number `number`, whose signer has the same number.
pub(crate) fn device(number: u8) -> DeviceInfo {
    DeviceInfo {
        device: DeviceId([number; 16]),
        signing_key: Signer::new(number).key(),
        sealing_key: PublicKey([number; 32]),
    }
}

/// The server's keys.
pub(crate) fn server() -> Signer {
    Signer::new(200)
}

pub(crate) fn token(number: u8) -> SubjectToken {
    SubjectToken([number; 32])
}

/// Grant number `number` of device 1 for `purpose`: all its groups, all records, from now for a year.
pub(crate) fn grant(number: u8, purpose: Purpose) -> SyncGrant {
    SyncGrant {
        id: GrantId([number; 16]),
        workspace: WORKSPACE,
        device: DeviceId([1; 16]),
        purpose,
        version: purpose.terms().version,
        groups: purpose.terms().groups.and(Groups::ALL),
        scope: Scope::All,
        origin: ORIGIN.to_owned(),
        server_key: server().key(),
        notice: Hash([9; 32]),
        language: "en".to_owned(),
        valid_from: NOW,
        expires_at: NOW + 365 * DAY,
    }
}
