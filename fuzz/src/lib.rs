//! What the targets share: reading a message and writing it again, and the keys of the seeds.

use serde::{Serialize, de::DeserializeOwned};
use stillroom_consent::{DeviceId, DeviceInfo, PublicKey, WorkspaceId};
use stillroom_sync::wire;
use stillroom_vault::{DeviceKeys, Entropy, Error, Id16, PairingSecret, SealingKey, SyncKeys, WorkspaceKey};

/// Reads `bytes` as one message; what is read must be written as the same bytes.
///
/// Bytes that mean a message but are not its one encoding are refused, and must be read once they are written in it.
pub fn read<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    if let Ok(value) = wire::decode::<T>(bytes) {
        assert_eq!(wire::encode(&value), bytes, "a message has one encoding");
        return Some(value);
    }
    let meant: T = ciborium::from_reader(bytes).ok()?;
    let encoding = wire::encode(&meant);
    assert!(encoding != bytes, "the one encoding is not refused");
    Some(wire::decode(&encoding).expect("every message can be sent"))
}

/// Hands out the same byte for ever: the seeds are the same every time they are made.
struct Always(u8);

impl Entropy for Always {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        bytes.fill(self.0);
        Ok(())
    }
}

/// A source that always hands out `byte`, which is not 0.
pub fn always(byte: u8) -> impl Entropy {
    Always(byte)
}

/// The workspace of the seeds.
pub const WORKSPACE: WorkspaceId = WorkspaceId([7; 16]);

/// The same workspace, as the vault names it.
pub const VAULT_WORKSPACE: Id16 = Id16(WORKSPACE.0);

/// The key that the seeds' envelopes are sealed under.
pub fn sealing_key() -> SealingKey {
    SealingKey::from_bytes([1; 32])
}

/// The key of the workspace of the seeds.
pub fn workspace_key() -> WorkspaceKey {
    WorkspaceKey::draw(&mut always(2)).expect("a constant is entropy enough here")
}

/// The sync keys of the seeds, of one epoch.
pub fn sync_keys() -> SyncKeys {
    SyncKeys::create(&mut always(3)).expect("a constant is entropy enough here")
}

/// The device that signed the seeds.
pub fn device_keys() -> DeviceKeys {
    DeviceKeys::create(&mut always(4)).expect("a constant is entropy enough here")
}

/// The secret that the seeds' pairing bundle is sealed under.
pub fn pairing_secret() -> PairingSecret {
    PairingSecret::draw(&mut always(5)).expect("a constant is entropy enough here")
}

/// What others know of the device that signed the seeds.
pub fn device_info() -> DeviceInfo {
    let keys = device_keys();
    DeviceInfo {
        device: DeviceId(keys.device_id().0),
        signing_key: PublicKey(keys.signing_public()),
        sealing_key: PublicKey(keys.box_public()),
    }
}
