//! Keys: the workspace key, what is derived from it, and the random identifiers beside them.

use std::fmt;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::encoding::hex_from_bytes;
use crate::entropy::{Entropy, draw};
use crate::error::Error;

/// A 128-bit identifier: of a workspace, a key, an object. Not a secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id16(pub [u8; 16]);

impl Id16 {
    /// Draws a random identifier.
    ///
    /// # Errors
    /// [`Error::NoEntropy`] when the source fails.
    pub fn draw(entropy: &mut dyn Entropy) -> Result<Self, Error> {
        draw(entropy).map(Self)
    }
}

impl fmt::Display for Id16 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex_from_bytes(&self.0))
    }
}

impl fmt::Debug for Id16 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Id16({self})")
    }
}

/// What a subkey of the workspace key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subkey {
    /// Opens the database, as its raw 256-bit key.
    Database,
    /// Seals entries of the consent ledger and the change log.
    Ledger,
    /// Wraps the keys of backups made by this workspace.
    Backup,
    /// Wraps the sync keys and the device's own keys where they are stored at home.
    Sync,
}

impl Subkey {
    fn label(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Ledger => "ledger",
            Self::Backup => "backup",
            Self::Sync => "sync",
        }
    }
}

/// A 256-bit key for one purpose: sealing envelopes or opening the database. Wiped when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SealingKey([u8; 32]);

impl SealingKey {
    /// Takes 32 secret bytes as a key. The caller's own copy, if any, is the caller's to wipe.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) fn draw(entropy: &mut dyn Entropy) -> Result<Self, Error> {
        draw(entropy).map(Self)
    }

    /// A key of exactly 32 bytes; `None` for any other length.
    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The key's public name, derived one way from it, so that a wrong key is told apart from damaged data.
    pub fn key_id(&self) -> Id16 {
        let mut id = [0; 16];
        derive(&self.0, None, "key-id", &mut id);
        Id16(id)
    }

    /// The raw bytes, for the one library call that needs them. Do not copy them into anything that is not wiped.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SealingKey(hidden)")
    }
}

/// The random 256-bit key from which everything in one workspace on one device derives. Wiped when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct WorkspaceKey([u8; 32]);

impl WorkspaceKey {
    /// Draws a new key.
    ///
    /// # Errors
    /// [`Error::NoEntropy`] when the source fails.
    pub fn draw(entropy: &mut dyn Entropy) -> Result<Self, Error> {
        draw(entropy).map(Self)
    }

    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key's public name, the same in every record that wraps it.
    pub fn key_id(&self) -> Id16 {
        let mut id = [0; 16];
        derive(&self.0, None, "workspace-key-id", &mut id);
        Id16(id)
    }

    /// Derives the key for one purpose by HKDF-SHA256 (RFC 5869). The same workspace key gives the same subkey always.
    pub fn subkey(&self, purpose: Subkey) -> SealingKey {
        let mut bytes = [0; 32];
        derive(&self.0, None, purpose.label(), &mut bytes);
        SealingKey(bytes)
    }
}

impl fmt::Debug for WorkspaceKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("WorkspaceKey(hidden)")
    }
}

/// HMAC-SHA256 (RFC 2104) of the parts, one after the other, under `key`.
pub(crate) fn authenticate(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// HKDF-SHA256 with this product's label prefix. `output` is at most 64 bytes long.
pub(crate) fn derive(secret: &[u8], salt: Option<&[u8]>, label: &str, output: &mut [u8]) {
    Hkdf::<Sha256>::new(salt, secret)
        .expand_multi_info(&[b"stillroom/1 ", label.as_bytes()], output)
        .expect("64 bytes are far below the 8,160 that HKDF-SHA256 can give");
}
