//! From a passphrase to keys: Argon2id (RFC 9106), and the limits within which stored parameters are believed.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::error::Error;
use crate::keys::SealingKey;

/// What one guess costs: memory in KiB, passes over it, and lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KdfCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes; more than one does not help in a single-threaded worker.
    pub lanes: u32,
}

impl KdfCost {
    /// What new slots use: 64 MiB, three passes.
    pub const STANDARD: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };
    /// What new slots use where 64 MiB cannot be had, and the floor below which a stored slot is refused: the OWASP
    /// minimum of 19 MiB and two passes.
    pub const REDUCED: Self = Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 };
    const MOST: Self = Self { memory_kib: 1024 * 1024, passes: 64, lanes: 16 };

    /// Refuses what is below the floor or beyond reason.
    ///
    /// # Errors
    /// [`Error::WeakParameters`] below 19 MiB, two passes or one lane; [`Error::CostlyParameters`] above 1 GiB, 64 passes
    /// or 16 lanes.
    pub fn check(self) -> Result<Self, Error> {
        let floor = Self::REDUCED;
        if self.memory_kib < floor.memory_kib || self.passes < floor.passes || self.lanes < floor.lanes {
            return Err(Error::WeakParameters);
        }
        let most = Self::MOST;
        if self.memory_kib > most.memory_kib || self.passes > most.passes || self.lanes > most.lanes {
            return Err(Error::CostlyParameters);
        }
        Ok(self)
    }
}

/// What a slot's secret gives: the key that wraps, and a commitment that tells a wrong secret from a damaged slot.
///
/// The commitment also makes it impossible to craft one slot that opens under two passphrases.
pub(crate) struct SlotKeys {
    pub(crate) wrap: SealingKey,
    pub(crate) commitment: Commitment,
}

/// The second half of the derived bytes, stored beside the wrapped key. One way: it tells nothing about the first half.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Commitment(pub(crate) [u8; 32]);

impl SlotKeys {
    /// Splits 64 derived bytes.
    pub(crate) fn from_bytes(bytes: &[u8; 64]) -> Self {
        let mut wrap = Zeroizing::new([0; 32]);
        wrap.copy_from_slice(&bytes[..32]);
        let mut commitment = [0; 32];
        commitment.copy_from_slice(&bytes[32..]);
        Self { wrap: SealingKey::from_bytes(*wrap), commitment: Commitment(commitment) }
    }
}

/// Derives a slot's keys from a passphrase, spelled in NFKC so that keyboards and systems agree on its bytes.
///
/// The working memory is wiped before it is given back: its last block determines the keys.
pub(crate) fn slot_keys_from_passphrase(
    passphrase: &str,
    salt: &[u8; 16],
    cost: KdfCost,
) -> Result<SlotKeys, Error> {
    let cost = cost.check()?;
    let normalized = normalize(passphrase);
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(64))
        .map_err(|_| Error::CostlyParameters)?;
    let mut memory = allocate(params.block_count())?;
    let mut bytes = Zeroizing::new([0; 64]);
    let derived = Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into_with_memory(
        normalized.as_bytes(),
        salt,
        bytes.as_mut_slice(),
        &mut memory,
    );
    memory.iter_mut().for_each(Zeroize::zeroize);
    derived.map_err(|_| Error::CostlyParameters)?;
    Ok(SlotKeys::from_bytes(&bytes))
}

fn allocate(n_blocks: usize) -> Result<Vec<Block>, Error> {
    let mut memory = Vec::new();
    memory.try_reserve_exact(n_blocks).map_err(|_| Error::NotEnoughMemory)?;
    memory.resize(n_blocks, Block::new());
    Ok(memory)
}

/// The NFKC spelling. Its length is counted first, so that no smaller copy is left behind by a growing string.
pub(crate) fn normalize(passphrase: &str) -> Zeroizing<String> {
    let len = passphrase.nfkc().map(char::len_utf8).sum();
    let mut normalized = Zeroizing::new(String::with_capacity(len));
    normalized.extend(passphrase.nfkc());
    normalized
}
