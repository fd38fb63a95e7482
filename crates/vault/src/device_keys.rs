//! The keys of one device: Ed25519 (RFC 8032) to sign with, X25519 (RFC 7748) to be sent keys.
//!
//! They are drawn on the device, stay in its workspace, and are never handed over; other devices and the server know
//! only the public halves.

use std::fmt;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::cbor::{CborReader, CborWriter};
use crate::entropy::{Entropy, draw};
use crate::error::{Damage, Error};
use crate::home::{unwrap_at_home, wrap_at_home};
use crate::keys::{Id16, WorkspaceKey};
use crate::place::Namespace;

const VERSION: u32 = 1;
const ENCODED_LEN: usize = 128;

/// One device's id and secret keys. Wiped when dropped.
#[derive(ZeroizeOnDrop)]
pub struct DeviceKeys {
    #[zeroize(skip)]
    device_id: Id16,
    signing: SigningKey,
    agreement: StaticSecret,
}

impl DeviceKeys {
    /// Draws a device's id, then its signing key, then its receiving key.
    ///
    /// # Errors
    /// [`Error::NoEntropy`] when the source fails.
    pub fn create(entropy: &mut dyn Entropy) -> Result<Self, Error> {
        let device_id = Id16::draw(entropy)?;
        let signing = Zeroizing::new(draw(entropy)?);
        let agreement = Zeroizing::new(draw(entropy)?);
        Ok(Self::from_parts(device_id, &signing, &agreement))
    }

    /// The device's random id.
    pub fn device_id(&self) -> Id16 {
        self.device_id
    }

    /// The public half that signatures are checked with.
    pub fn signing_public(&self) -> [u8; 32] {
        self.signing.verifying_key().to_bytes()
    }

    /// The public half that keys are [sealed for](crate::seal_for_device).
    pub fn box_public(&self) -> [u8; 32] {
        PublicKey::from(&self.agreement).to_bytes()
    }

    /// The Ed25519 signature of `message`.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.signing.sign(message).to_bytes()
    }

    /// The keys as the workspace stores them.
    ///
    /// # Errors
    /// [`Error::NoEntropy`].
    pub fn wrap(
        &self,
        key: &WorkspaceKey,
        workspace_id: Id16,
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<u8>, Error> {
        let content = CborWriter::with_capacity(ENCODED_LEN)
            .array(4)
            .uint(VERSION.into())
            .bytes(&self.device_id.0)
            .bytes(self.signing.as_bytes())
            .bytes(self.agreement.as_bytes())
            .finish();
        wrap_at_home(Namespace::DeviceKeys, key, workspace_id, &Zeroizing::new(content), entropy)
    }

    /// Reads what [`DeviceKeys::wrap`] wrote.
    ///
    /// # Errors
    /// [`Error::OtherKey`] under another workspace key; [`Error::Damaged`] when anything was altered or belongs to
    /// another workspace; [`Error::UnknownVersion`] and [`Error::UnknownAlgorithm`] for a newer format.
    pub fn unwrap(wrapped: &[u8], key: &WorkspaceKey, workspace_id: Id16) -> Result<Self, Error> {
        let content = unwrap_at_home(Namespace::DeviceKeys, key, workspace_id, wrapped)?;
        let mut reader = CborReader::versioned(&content, 4, VERSION, Damage::DeviceKeys)?;
        read_keys(&mut reader).filter(|_| reader.is_empty()).ok_or(Error::Damaged(Damage::DeviceKeys))
    }

    pub(crate) fn agreement(&self) -> &StaticSecret {
        &self.agreement
    }

    fn from_parts(device_id: Id16, signing: &[u8; 32], agreement: &[u8; 32]) -> Self {
        Self {
            device_id,
            signing: SigningKey::from_bytes(signing),
            agreement: StaticSecret::from(*agreement),
        }
    }
}

impl fmt::Debug for DeviceKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "DeviceKeys({}, hidden)", self.device_id)
    }
}

/// Whether `signature` is the Ed25519 signature of `message` under `public`.
///
/// Strict: a key or a nonce of low order is refused, so that no signature fits two messages or two keys.
pub fn verify_signature(public: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(public)
        .is_ok_and(|key| key.verify_strict(message, &Signature::from_bytes(signature)).is_ok())
}

fn read_keys(reader: &mut CborReader<'_>) -> Option<DeviceKeys> {
    let device_id = Id16(*reader.exactly()?);
    let signing = reader.exactly()?;
    Some(DeviceKeys::from_parts(device_id, signing, reader.exactly()?))
}
