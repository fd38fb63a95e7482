//! Pairing: how a new device gets the sync keys without the server, which relays them, ever seeing any.
//!
//! An enrolled device draws a [`PairingSecret`] and shows it; a person carries it over. From the secret each side derives
//! the public pairing id that the server finds the bundle by, the key that seals the bundle, and the key of the proof that
//! the claiming device holds the secret. The three tell nothing about each other.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::entropy::{Entropy, draw};
use crate::envelope::{open, seal};
use crate::error::{Damage, Error};
use crate::keys::{Id16, SealingKey, authenticate, derive};
use crate::pair_bundle::PairBundle;
use crate::place::{Namespace, Place, Position};
use crate::spelling::{CodeKind, read_spelling, spell};
use crate::sync_keys::SyncKeys;

const SCHEMA_VERSION: u32 = 1;

/// 128 random bits for pairing one device, once. Wiped when dropped; prints no content.
///
/// It is spelled like a [`RecoveryCode`](crate::RecoveryCode), but neither is taken for the other.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct PairingSecret([u8; 16]);

impl PairingSecret {
    /// Draws a new secret.
    ///
    /// # Errors
    /// [`Error::NoEntropy`] when the source fails.
    pub fn draw(entropy: &mut dyn Entropy) -> Result<Self, Error> {
        draw(entropy).map(Self)
    }

    /// The secret as seven groups of four characters with hyphens between, to be shown for ten minutes.
    pub fn to_text(&self) -> Zeroizing<String> {
        spell(CodeKind::Pairing, &self.0)
    }

    /// Reads a typed or scanned secret, as forgiving as [`RecoveryCode::parse`](crate::RecoveryCode::parse).
    ///
    /// # Errors
    /// [`Error::CodeMistyped`] when a character cannot occur, the length is wrong or the check fails;
    /// [`Error::OtherCode`] when it is a recovery code.
    pub fn parse(typed: &str) -> Result<Self, Error> {
        read_spelling(CodeKind::Pairing, typed).map(|secret| Self(*secret))
    }

    /// What the server finds the bundle by. Not a secret, and no help in finding the secret.
    pub fn pairing_id(&self) -> Id16 {
        let mut id = [0; 16];
        derive(&self.0, None, "pairing-id", &mut id);
        Id16(id)
    }

    /// Seals the sync keys, and what the caller adds to them, for the device that will hold this secret.
    ///
    /// # Errors
    /// [`Error::NoEntropy`].
    pub fn seal_bundle(
        &self,
        keys: &SyncKeys,
        workspace_id: Id16,
        extra: &[u8],
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<u8>, Error> {
        let content = keys.to_bundle(workspace_id, extra);
        seal(&self.bundle_key(), &place(workspace_id, &self.pairing_id()), &content, entropy)
    }

    /// Opens a bundle that was sealed under this secret for this workspace.
    ///
    /// # Errors
    /// [`Error::OtherKey`] when it was sealed under another secret; [`Error::Damaged`] when anything was altered or it is
    /// of another workspace; [`Error::UnknownVersion`] and [`Error::UnknownAlgorithm`] for a newer format.
    pub fn open_bundle(&self, workspace_id: Id16, sealed: &[u8]) -> Result<PairBundle, Error> {
        let content = open(&self.bundle_key(), &place(workspace_id, &self.pairing_id()), sealed)?;
        let bundle = SyncKeys::from_bundle(&content)?;
        if bundle.workspace_id == workspace_id { Ok(bundle) } else { Err(Error::Damaged(Damage::PairBundle)) }
    }

    /// What a claiming device shows for its id and public keys; only who holds the secret can make it.
    pub fn proof(&self, device_id: Id16, signing_public: &[u8; 32], box_public: &[u8; 32]) -> [u8; 32] {
        let mut key = Zeroizing::new([0; 32]);
        derive(&self.0, None, "pairing-proof", key.as_mut_slice());
        authenticate(&key, &[&device_id.0, signing_public, box_public])
    }

    /// Whether `proof` is the one for this id and these public keys, compared in constant time.
    pub fn proof_matches(
        &self,
        device_id: Id16,
        signing_public: &[u8; 32],
        box_public: &[u8; 32],
        proof: &[u8; 32],
    ) -> bool {
        self.proof(device_id, signing_public, box_public).ct_eq(proof).into()
    }

    fn bundle_key(&self) -> SealingKey {
        let mut key = Zeroizing::new([0; 32]);
        derive(&self.0, None, "pairing-bundle", key.as_mut_slice());
        SealingKey::from_bytes(*key)
    }
}

impl fmt::Debug for PairingSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PairingSecret(hidden)")
    }
}

fn place(workspace_id: Id16, pairing_id: &Id16) -> Place<'_> {
    Place {
        namespace: Namespace::PairBundle,
        workspace_id,
        object_id: &pairing_id.0,
        schema_version: SCHEMA_VERSION,
        position: Position::Single,
    }
}
