//! What an independent writer (`fixtures/make_frozen_sync.py`) wrote in the first version opens forever, and is written
//! the same today.

use crate::common::{array_from_hex, bytes_from_hex, same, stated};
use stillroom_vault::{
    DeviceKeys, Id16, PairingSecret, SealingKey, SyncKeys, WorkspaceKey, open_operation,
    seal_epoch_for_device, seal_for_device, seal_operation, verify_signature,
};

const RECORD: Id16 = Id16([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
const DATA_KEY_ID: Id16 = Id16([0x55; 16]);
const DATA_KEY: [u8; 32] = [0x66; 32];
const HEADER_HASH: [u8; 32] = [0x77; 32];
const NOTE: &str = "a note about 客户";
const EXTRA: &[u8] = b"https://sync.example";

fn frozen(name: &str) -> Vec<u8> {
    let lines = include_str!("../fixtures/sync_v1.txt").lines();
    let hex =
        lines.filter_map(|line| line.split_once(' ')).find(|line| line.0 == name).expect("a frozen line");
    bytes_from_hex(hex.1)
}

fn frozen_array<const N: usize>(name: &str) -> [u8; N] {
    frozen(name).try_into().expect("as long as stated")
}

fn workspace() -> Id16 {
    Id16(array_from_hex("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"))
}

fn home() -> WorkspaceKey {
    let bytes: [u8; 32] = std::array::from_fn(|idx| 32 + idx as u8);
    WorkspaceKey::draw(&mut stated([&bytes])).expect("key")
}

fn sync_keys() -> SyncKeys {
    SyncKeys::unwrap(&frozen("sync_keys"), &home(), workspace()).expect("sync keys")
}

fn device() -> DeviceKeys {
    DeviceKeys::unwrap(&frozen("device_keys"), &home(), workspace()).expect("device keys")
}

fn pairing() -> PairingSecret {
    let text = String::from_utf8(frozen("pairing_text")).expect("text");
    let secret = PairingSecret::parse(&text).expect("secret");
    assert_eq!(*secret.to_text(), text);
    secret
}

#[test]
fn the_frozen_sync_keys_open_and_are_written_the_same() {
    let keys = sync_keys();
    assert_eq!(keys.epochs().collect::<Vec<u32>>(), [1, 2, 300]);
    for (epoch, byte) in [(1, 0x11), (2, 0x22), (300, 0x33)] {
        assert!(same(&keys.export_epoch(epoch).expect("held"), &SealingKey::from_bytes([byte; 32])));
    }
    assert_eq!(keys.subject_token("backup", RECORD), frozen_array("token"));
    let wrapped = keys.wrap(&home(), workspace(), &mut stated([&[1; 24]]));
    assert_eq!(wrapped, Ok(frozen("sync_keys")));
}

#[test]
fn the_frozen_data_key_opens_and_is_written_the_same() {
    let (keys, token) = (sync_keys(), frozen_array("token"));
    let opened = keys.unwrap_data_key(workspace(), &token, DATA_KEY_ID, 300, &frozen("data_key"));
    assert!(same(&opened.expect("opened"), &SealingKey::from_bytes(DATA_KEY)));
    let key = SealingKey::from_bytes(DATA_KEY);
    let wrapped = keys.wrap_data_key(workspace(), &token, DATA_KEY_ID, &key, &mut stated([&[2; 24]]));
    assert_eq!(wrapped, Ok((300, frozen("data_key"))));
}

#[test]
fn the_frozen_operation_opens_and_is_written_the_same() {
    let key = SealingKey::from_bytes(DATA_KEY);
    let opened = open_operation(&key, workspace(), &HEADER_HASH, 7, &frozen("operation")).expect("opened");
    assert_eq!(*opened, *NOTE.as_bytes());
    let mut entropy = stated([&[3; 24]]);
    let sealed = seal_operation(&key, workspace(), &HEADER_HASH, 7, NOTE.as_bytes(), &mut entropy);
    assert_eq!(sealed, Ok(frozen("operation")));
}

#[test]
fn the_frozen_device_keys_open_and_are_written_the_same() {
    let device = device();
    assert_eq!(device.device_id(), Id16([0x88; 16]));
    assert_eq!(device.signing_public(), frozen_array("signing_public"));
    assert_eq!(device.box_public(), frozen_array("box_public"));
    assert_eq!(device.sign(b"an entry"), frozen_array("signature"));
    assert!(verify_signature(&frozen_array("signing_public"), b"an entry", &frozen_array("signature")));
    assert_eq!(device.wrap(&home(), workspace(), &mut stated([&[4; 24]])), Ok(frozen("device_keys")));
}

#[test]
fn the_frozen_messages_for_a_device_open_and_are_written_the_same() {
    let (device, ephemeral) = (device(), [0xbb; 32]);
    let opened = device.open_sealed(workspace(), b"a context", &frozen("for_device")).expect("opened");
    assert_eq!(*opened, *b"a message");
    let epoch_key = device.open_epoch(workspace(), 300, &frozen("epoch_for_device")).expect("opened");
    assert!(same(&epoch_key, &SealingKey::from_bytes([0x33; 32])));
    let public = device.box_public();
    let mut entropy = stated([&ephemeral, &[5; 24]]);
    let sealed = seal_for_device(&public, workspace(), b"a context", b"a message", &mut entropy);
    assert_eq!(sealed, Ok(frozen("for_device")));
    let mut entropy = stated([&ephemeral, &[6; 24]]);
    let sealed = seal_epoch_for_device(&public, workspace(), 300, &epoch_key, &mut entropy);
    assert_eq!(sealed, Ok(frozen("epoch_for_device")));
}

#[test]
fn the_frozen_pairing_opens_and_is_written_the_same() {
    let (secret, device) = (pairing(), device());
    assert_eq!(secret.pairing_id(), Id16(frozen_array("pairing_id")));
    let proof = secret.proof(device.device_id(), &device.signing_public(), &device.box_public());
    assert_eq!(proof, frozen_array("pairing_proof"));
    let bundle = secret.open_bundle(workspace(), &frozen("sealed_bundle")).expect("bundle");
    assert_eq!((bundle.workspace_id, bundle.extra.as_slice()), (workspace(), EXTRA));
    assert_eq!(*bundle.keys.to_bundle(workspace(), EXTRA), frozen("bundle"));
    let sealed = secret.seal_bundle(&sync_keys(), workspace(), EXTRA, &mut stated([&[7; 24]]));
    assert_eq!(sealed, Ok(frozen("sealed_bundle")));
}
