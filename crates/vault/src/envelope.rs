//! SR1, the one envelope for everything that leaves the database sealed.
//!
//! `"SR" | version = 1 | algorithm | key_id[16] | nonce[24] | ciphertext | tag[16]`. Algorithm 1 is XChaCha20-Poly1305
//! (draft-irtf-cfrg-xchacha-03), whose 192-bit nonces may be drawn at random without a practical limit; 2 is reserved for
//! AES-256-GCM; every other value is refused.

use std::fmt;
use std::ops::Deref;

use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{KeyInit, Tag, XChaCha20Poly1305, XNonce};
use zeroize::{Zeroize, Zeroizing};

use crate::entropy::{Entropy, draw};
use crate::error::{Damage, Error};
use crate::keys::SealingKey;
use crate::padding::{content_len, pad};
use crate::place::Place;

const VERSION: u8 = 1;
const XCHACHA20_POLY1305: u8 = 1;
const HEADER_LEN: usize = 44;
const TAG_LEN: usize = 16;

/// Bytes that sealing adds to the [padded](crate::padded_len) content.
pub const SEAL_OVERHEAD: usize = HEADER_LEN + TAG_LEN;

/// Opened content. Wiped when dropped; prints only its length.
pub struct Opened(Zeroizing<Vec<u8>>);

impl Deref for Opened {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Opened({} bytes)", self.0.len())
    }
}

/// Seals `content` under `key` for one `place`. The result is `padded_len(content.len()) + SEAL_OVERHEAD` bytes long.
///
/// # Errors
/// [`Error::NoEntropy`] when no nonce can be drawn.
pub fn seal(
    key: &SealingKey,
    place: &Place<'_>,
    content: &[u8],
    entropy: &mut dyn Entropy,
) -> Result<Vec<u8>, Error> {
    let key_id = key.key_id();
    let nonce: [u8; 24] = draw(entropy)?;
    let mut bytes = Vec::with_capacity(crate::padded_len(content.len()).saturating_add(SEAL_OVERHEAD));
    bytes.extend_from_slice(&[b'S', b'R', VERSION, XCHACHA20_POLY1305]);
    bytes.extend_from_slice(&key_id.0);
    bytes.extend_from_slice(&nonce);
    let mut body = Zeroizing::new(pad(content, 0));
    let tag = cipher(key)
        .encrypt_inout_detached(
            &XNonce::from(nonce),
            &place.associated_data(key_id),
            body.as_mut_slice().into(),
        )
        .expect("the content fits in memory, far below the cipher's 256 GiB");
    bytes.extend_from_slice(&body);
    bytes.extend_from_slice(&tag);
    Ok(bytes)
}

/// Opens an envelope that was sealed under `key` for the same `place`.
///
/// # Errors
/// [`Error::UnknownVersion`] or [`Error::UnknownAlgorithm`] for a newer format, [`Error::OtherKey`] when the envelope
/// names another key, [`Error::Damaged`] when anything was altered or the place is another one.
pub fn open(key: &SealingKey, place: &Place<'_>, sealed: &[u8]) -> Result<Opened, Error> {
    let damaged = Error::Damaged(Damage::Envelope);
    let (header, rest) = sealed.split_first_chunk::<HEADER_LEN>().ok_or(damaged.clone())?;
    let (body, tag) = rest.split_last_chunk::<TAG_LEN>().ok_or(damaged.clone())?;
    if header[..2] != *b"SR" {
        return Err(damaged);
    }
    if header[2] != VERSION {
        return Err(Error::UnknownVersion { found: u32::from(header[2]) });
    }
    if header[3] != XCHACHA20_POLY1305 {
        return Err(Error::UnknownAlgorithm { found: header[3] });
    }
    let key_id = key.key_id();
    if header[4..20] != key_id.0 {
        return Err(Error::OtherKey);
    }
    let nonce = header.last_chunk::<24>().expect("the header is 44 bytes long");
    let mut content = Zeroizing::new(body.to_vec());
    cipher(key)
        .decrypt_inout_detached(
            &XNonce::from(*nonce),
            &place.associated_data(key_id),
            content.as_mut_slice().into(),
            &Tag::from(*tag),
        )
        .map_err(|_| damaged.clone())?;
    let len = content_len(&content).ok_or(damaged)?;
    content[len..].zeroize();
    content.truncate(len);
    Ok(Opened(content))
}

fn cipher(key: &SealingKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.expose().into())
}
