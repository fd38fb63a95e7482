//! Messages that only one device can open, above all a new sync key after another device was revoked.
//!
//! `"SB" | version = 1 | ephemeral public key[32] | SR1 envelope`. The envelope's key is HKDF-SHA256 of the X25519 shared
//! secret, salted with both public keys; the envelope is bound to the workspace and to the caller's context. A message
//! says nothing about who sent it: that is the business of the signed ledger entry it travels in.

use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use crate::device_keys::DeviceKeys;
use crate::entropy::{Entropy, draw};
use crate::envelope::{Opened, open, seal};
use crate::error::{Damage, Error};
use crate::keys::{Id16, SealingKey, derive};
use crate::place::{Namespace, Place, Position};

const MAGIC: &[u8; 2] = b"SB";
const VERSION: u8 = 1;
const HEADER_LEN: usize = 35;
const SCHEMA_VERSION: u32 = 1;

/// Seals `content` for the device whose [`DeviceKeys::box_public`] is given. `context` says what it is for; the same must
/// be given to open it. The result is 35 bytes longer than an [envelope](crate::seal).
///
/// # Errors
/// [`Error::WeakPublicKey`] when the public key is of low order; [`Error::NoEntropy`].
pub fn seal_for_device(
    box_public: &[u8; 32],
    workspace_id: Id16,
    context: &[u8],
    content: &[u8],
    entropy: &mut dyn Entropy,
) -> Result<Vec<u8>, Error> {
    let drawn = Zeroizing::new(draw(entropy)?);
    let ephemeral = StaticSecret::from(*drawn);
    let ephemeral_public = PublicKey::from(&ephemeral).to_bytes();
    let key = message_key(&ephemeral, box_public, &ephemeral_public, box_public)?;
    let envelope = seal(&key, &place(workspace_id, context), content, entropy)?;
    Ok([MAGIC, [VERSION].as_slice(), &ephemeral_public, &envelope].concat())
}

/// Seals the sync key of `epoch` for a device: what [`DeviceKeys::open_epoch`] opens.
///
/// # Errors
/// As [`seal_for_device`].
pub fn seal_epoch_for_device(
    box_public: &[u8; 32],
    workspace_id: Id16,
    epoch: u32,
    key: &SealingKey,
    entropy: &mut dyn Entropy,
) -> Result<Vec<u8>, Error> {
    seal_for_device(box_public, workspace_id, &epoch_context(epoch), key.expose(), entropy)
}

impl DeviceKeys {
    /// Opens what [`seal_for_device`] sealed for this device with the same `context`.
    ///
    /// # Errors
    /// [`Error::OtherKey`] when it is for another device, or the ephemeral key was altered; [`Error::Damaged`] when
    /// anything else was altered, or the workspace or context is another; [`Error::WeakPublicKey`];
    /// [`Error::UnknownVersion`] and [`Error::UnknownAlgorithm`] for a newer format.
    pub fn open_sealed(&self, workspace_id: Id16, context: &[u8], sealed: &[u8]) -> Result<Opened, Error> {
        let damaged = Error::Damaged(Damage::Envelope);
        let (header, envelope) = sealed.split_first_chunk::<HEADER_LEN>().ok_or(damaged.clone())?;
        let ([magic @ .., version], ephemeral_public) =
            header.split_first_chunk::<3>().expect("the header is 35 bytes long");
        if magic != MAGIC {
            return Err(damaged);
        }
        if *version != VERSION {
            return Err(Error::UnknownVersion { found: u32::from(*version) });
        }
        let ephemeral_public: &[u8; 32] = ephemeral_public.try_into().expect("35 less 3 is 32");
        let key = message_key(self.agreement(), ephemeral_public, ephemeral_public, &self.box_public())?;
        open(&key, &place(workspace_id, context), envelope)
    }

    /// Opens the sync key of `epoch` that [`seal_epoch_for_device`] sealed for this device.
    ///
    /// # Errors
    /// As [`DeviceKeys::open_sealed`].
    pub fn open_epoch(&self, workspace_id: Id16, epoch: u32, sealed: &[u8]) -> Result<SealingKey, Error> {
        let opened = self.open_sealed(workspace_id, &epoch_context(epoch), sealed)?;
        SealingKey::from_slice(&opened).ok_or(Error::Damaged(Damage::Envelope))
    }
}

/// The salt holds the public keys as they travel, so a second spelling of the same point gives another key.
fn message_key(
    secret: &StaticSecret,
    their_public: &[u8; 32],
    ephemeral_public: &[u8; 32],
    box_public: &[u8; 32],
) -> Result<SealingKey, Error> {
    let shared = secret.diffie_hellman(&PublicKey::from(*their_public));
    if !shared.was_contributory() {
        return Err(Error::WeakPublicKey);
    }
    let mut key = Zeroizing::new([0; 32]);
    let salt = [ephemeral_public.as_slice(), box_public].concat();
    derive(shared.as_bytes(), Some(&salt), "for-device", key.as_mut_slice());
    Ok(SealingKey::from_bytes(*key))
}

fn epoch_context(epoch: u32) -> [u8; 14] {
    let mut context = *b"sync-epoch0000";
    context[10..].copy_from_slice(&epoch.to_be_bytes());
    context
}

fn place(workspace_id: Id16, context: &[u8]) -> Place<'_> {
    Place {
        namespace: Namespace::ForDevice,
        workspace_id,
        object_id: context,
        schema_version: SCHEMA_VERSION,
        position: Position::Single,
    }
}
