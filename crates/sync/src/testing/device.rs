//! Simulated devices: fixed keys, a wrong clock, a client that can be started anew.

use crate::client::{Client, Settings};
use crate::memory::{Identity, MemoryReplica, Sign};
use ed25519_dalek::{Signer as _, SigningKey};
use stillroom_consent::{DeviceId, DeviceInfo, GrantId, PublicKey, Signature, WorkspaceId};

/// How often a device looks by itself, in milliseconds: rarely, so that devices drift apart.
const POLL: i64 = 180_000;

/// A fixed key for tests; it keeps no secret.
#[derive(Clone, Debug)]
pub struct TestKey(SigningKey);

impl TestKey {
    /// The key of a number.
    #[must_use]
    pub fn new(number: u8) -> Self {
        TestKey(SigningKey::from_bytes(&[number; 32]))
    }

    /// Its public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }
}

impl Sign for TestKey {
    fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

/// The keys and names of device `number`.
pub(crate) fn info(number: u8) -> DeviceInfo {
    DeviceInfo {
        device: DeviceId([number; 16]),
        signing_key: TestKey::new(number).public(),
        sealing_key: PublicKey([number; 32]),
    }
}

/// One simulated device.
pub(crate) struct Device {
    pub(crate) replica: MemoryReplica<TestKey>,
    pub(crate) client: Client,
    settings: Settings,
    /// How often it was started.
    pub(crate) start: u32,
    /// How far its clock is ahead, in milliseconds.
    pub(crate) ahead_millis: i64,
    pub(crate) is_cut_off: bool,
    pub(crate) is_revoked: bool,
}

impl Device {
    pub(crate) fn new(number: u8, place: &Place, ahead_millis: i64, seed: u64) -> Self {
        let identity = Identity {
            workspace: place.workspace,
            device: info(number),
            origin: place.origin.clone(),
            grant: place.grant,
        };
        let device = identity.device.device;
        let settings = Settings::new(place.workspace, device, place.server_key, seed);
        let settings = Settings { poll_millis: POLL, ..settings };
        Device {
            replica: MemoryReplica::new(identity, TestKey::new(number)),
            client: Client::new(settings),
            settings,
            start: 0,
            ahead_millis,
            is_cut_off: false,
            is_revoked: false,
        }
    }

    /// Stops the device and starts it again: what is in the replica is there, what the client knew is not.
    pub(crate) fn restart(&mut self) {
        self.start += 1;
        self.client = Client::new(self.settings);
    }

    pub(crate) fn id(&self) -> DeviceId {
        self.settings.device
    }

    /// What its clock shows.
    pub(crate) fn clock(&self, now_millis: i64) -> i64 {
        now_millis + self.ahead_millis
    }
}

/// Where the devices meet.
pub(crate) struct Place {
    pub(crate) workspace: WorkspaceId,
    pub(crate) origin: String,
    pub(crate) server_key: PublicKey,
    pub(crate) grant: GrantId,
}
