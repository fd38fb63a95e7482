//! A repeatable stand-in for randomness, and keys cheap enough for thousands of trials.

use stillroom_vault::{
    BackupLabel, Created, Entropy, Error, Id16, KdfCost, NewBackup, NewPassphrase, create_with_cost,
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
