//! One flipped bit anywhere in anything stored is noticed: 24,000 seeded trials.

use crate::common::{PASSPHRASE, Repeatable, content, created, new_backup, passphrase};
use stillroom_vault::{
    BackupHeader, BackupReader, Id16, KeyRecord, Namespace, Place, Position, SealingKey, open, read_backup,
    seal, write_backup,
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
