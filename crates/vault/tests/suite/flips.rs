//! One flipped bit anywhere in anything stored or sent is noticed: 24,000 seeded trials, and every bit of what syncs.

use crate::common::{
    PASSPHRASE, Repeatable, WORKSPACE, content, created, device_keys, new_backup, passphrase, sync_keys,
    workspace_key,
};
use stillroom_vault::{
    BackupHeader, BackupReader, DeviceKeys, Id16, KeyRecord, Namespace, PairingSecret, Place, Position,
    SealingKey, SyncKeys, open, open_operation, read_backup, seal, seal_epoch_for_device, seal_operation,
    write_backup,
};

/// Flips `n_trials` random bits, one at a time, and hands each altered copy to `is_noticed`.
fn check(stored: &[u8], n_trials: usize, seed: u64, mut is_noticed: impl FnMut(&[u8]) -> bool) {
    let mut random = Repeatable(seed);
    let mut altered = stored.to_vec();
    for _ in 0..n_trials {
        let (byte_idx, bit) = (random.below(stored.len()), 1 << random.below(8));
        altered[byte_idx] ^= bit;
        assert!(is_noticed(&altered), "seed {seed}: bit {bit:#x} of byte {byte_idx} flipped unnoticed");
        altered[byte_idx] ^= bit;
    }
}

#[test]
fn in_key_records() {
    let text = created(40).record.to_json();
    check(text.as_bytes(), 10_000, 41, |altered| {
        std::str::from_utf8(altered).ok().and_then(|text| KeyRecord::from_json(text).ok()).is_none()
    });
}

#[test]
fn in_envelopes() {
    let key = SealingKey::from_bytes([3; 32]);
    let place = Place {
        namespace: Namespace::Model,
        workspace_id: Id16([4; 16]),
        object_id: b"model",
        schema_version: 1,
        position: Position::Single,
    };
    let sealed = seal(&key, &place, &content(300), &mut Repeatable(42)).expect("sealed");
    check(&sealed, 10_000, 43, |altered| open(&key, &place, altered).is_err());
}

#[test]
fn in_backups() {
    let passphrase = passphrase();
    let (file, _) =
        write_backup(&new_backup(&passphrase), &content(5_000), &mut Repeatable(44)).expect("backup");
    let (header, header_len) = BackupHeader::read(&file).expect("header");
    let key = header.unlock_with_passphrase(PASSPHRASE).expect("key");
    let copy_of_key = || Ok(SealingKey::from_bytes(*key.expose()));
    assert!(read_backup(&file, |_| copy_of_key()).is_ok());
    check(&file, 3_000, 45, |altered| read_backup(altered, |_| copy_of_key()).is_err());
    check(&file[header_len..], 1_000, 46, |altered| {
        let mut reader = BackupReader::new(&header, SealingKey::from_bytes(*key.expose())).expect("reader");
        reader.push(altered, &mut Vec::new()).is_err() || reader.finish().is_err()
    });
}

/// Flips every bit, one at a time.
fn check_all(stored: &[u8], is_read: impl Fn(&[u8]) -> bool) {
    assert!(is_read(stored), "the unaltered form is read");
    let mut altered = stored.to_vec();
    for bit_idx in 0..8 * stored.len() {
        altered[bit_idx / 8] ^= 1 << (bit_idx % 8);
        assert!(!is_read(&altered), "bit {} of byte {} flipped unnoticed", bit_idx % 8, bit_idx / 8);
        altered[bit_idx / 8] ^= 1 << (bit_idx % 8);
    }
}

#[test]
fn in_stored_sync_and_device_keys() {
    let home = workspace_key(50);
    let wrapped = sync_keys(51).wrap(&home, WORKSPACE, &mut Repeatable(52)).expect("wrapped");
    check_all(&wrapped, |altered| SyncKeys::unwrap(altered, &home, WORKSPACE).is_ok());
    let wrapped = device_keys(53).wrap(&home, WORKSPACE, &mut Repeatable(54)).expect("wrapped");
    check_all(&wrapped, |altered| DeviceKeys::unwrap(altered, &home, WORKSPACE).is_ok());
}

#[test]
fn in_data_keys_and_operations() {
    let (keys, data_key) = (sync_keys(55), SealingKey::from_bytes([5; 32]));
    let (token, dek_id) = ([6; 32], Id16([7; 16]));
    let (epoch, wrapped) =
        keys.wrap_data_key(WORKSPACE, &token, dek_id, &data_key, &mut Repeatable(56)).expect("wrapped");
    check_all(&wrapped, |altered| keys.unwrap_data_key(WORKSPACE, &token, dek_id, epoch, altered).is_ok());
    let sealed = seal_operation(&data_key, WORKSPACE, &token, 1, &content(100), &mut Repeatable(57));
    let sealed = sealed.expect("sealed");
    check_all(&sealed, |altered| open_operation(&data_key, WORKSPACE, &token, 1, altered).is_ok());
}

#[test]
fn in_messages_for_a_device_and_pairing_bundles() {
    let device = device_keys(58);
    let key = SealingKey::from_bytes([8; 32]);
    let sealed = seal_epoch_for_device(&device.box_public(), WORKSPACE, 2, &key, &mut Repeatable(59));
    check_all(&sealed.expect("sealed"), |altered| device.open_epoch(WORKSPACE, 2, altered).is_ok());
    let secret = PairingSecret::draw(&mut Repeatable(60)).expect("secret");
    let sealed = secret.seal_bundle(&sync_keys(61), WORKSPACE, b"extra", &mut Repeatable(62));
    check_all(&sealed.expect("sealed"), |altered| secret.open_bundle(WORKSPACE, altered).is_ok());
}
