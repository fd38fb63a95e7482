//! A repeatable stand-in for randomness, and keys cheap enough for thousands of trials.

use std::collections::VecDeque;

use stillroom_vault::{
    BackupLabel, Created, DeviceKeys, Entropy, Error, Id16, KdfCost, NewBackup, NewPassphrase, SealingKey,
    SyncKeys, WorkspaceKey, create_with_cost,
};

pub(crate) const PASSPHRASE: &str = "seven grey herons over Linz";

/// SplitMix64 (Steele, Lea, Flood 2014): repeatable, and good enough to stand in for randomness in tests.
pub(crate) struct Repeatable(pub(crate) u64);

impl Repeatable {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

impl Entropy for Repeatable {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        bytes.fill_with(|| self.next().to_le_bytes()[0]);
        Ok(())
    }
}

/// Hands out stated bytes, one piece for each draw.
pub(crate) struct Stated(VecDeque<Vec<u8>>);

impl Entropy for Stated {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        bytes.copy_from_slice(&self.0.pop_front().expect("as many pieces as draws"));
        Ok(())
    }
}

pub(crate) fn stated<const N: usize>(pieces: [&[u8]; N]) -> Stated {
    Stated(pieces.into_iter().map(<[u8]>::to_vec).collect())
}

pub(crate) const WORKSPACE: Id16 = Id16([7; 16]);
pub(crate) const OTHER_WORKSPACE: Id16 = Id16([8; 16]);

pub(crate) fn workspace_key(seed: u64) -> WorkspaceKey {
    WorkspaceKey::draw(&mut Repeatable(seed)).expect("key")
}

pub(crate) fn sync_keys(seed: u64) -> SyncKeys {
    SyncKeys::create(&mut Repeatable(seed)).expect("keys")
}

pub(crate) fn device_keys(seed: u64) -> DeviceKeys {
    DeviceKeys::create(&mut Repeatable(seed)).expect("keys")
}

pub(crate) fn same(left: &SealingKey, right: &SealingKey) -> bool {
    left.expose() == right.expose()
}

pub(crate) fn bytes_from_hex(hex: &str) -> Vec<u8> {
    let digit_pairs = hex.as_bytes().chunks(2);
    let value =
        |pair| u8::from_str_radix(std::str::from_utf8(pair).expect("ascii"), 16).expect("hexadecimal");
    digit_pairs.map(value).collect()
}

pub(crate) fn array_from_hex<const N: usize>(hex: &str) -> [u8; N] {
    bytes_from_hex(hex).try_into().expect("as long as stated")
}

pub(crate) fn passphrase() -> NewPassphrase {
    NewPassphrase::check(PASSPHRASE, &[]).expect("a strong passphrase")
}

pub(crate) fn created(seed: u64) -> Created {
    create_with_cost(&passphrase(), KdfCost::REDUCED, &mut Repeatable(seed)).expect("keys")
}

pub(crate) fn new_backup(passphrase: &NewPassphrase) -> NewBackup<'_> {
    NewBackup {
        label: BackupLabel {
            workspace_id: Id16([7; 16]),
            created_at_millis: 1_790_000_000_000,
            content_version: 4,
        },
        passphrase: Some(passphrase),
        recovery_code: None,
        workspace_key: None,
        cost: KdfCost::REDUCED,
    }
}

pub(crate) fn content(len: usize) -> Vec<u8> {
    let mut random = Repeatable(len as u64);
    (0..len).map(|_| random.next().to_le_bytes()[3]).collect()
}
