//! The bytes of an artefact: one JSON object whose content is hashed as it stands.

use sha2::{Digest, Sha256};

use super::Artefact;
use crate::{Error, Result};

/// The version written, and the only one read.
pub const FORMAT_VERSION: u32 = 1;

/// The most bytes read: larger models do not belong in a browser.
pub const MOST_BYTES: usize = 64 << 20;

const START: &[u8] = b"{\"format\":\"stillroom-model\",\"version\":";
const HASH: &[u8] = b",\"sha256\":\"";
const CONTENT: &[u8] = b"\",\"content\":";
const END: &[u8] = b"}";
const HASH_LENGTH: usize = 64;

/// The bytes of `artefact`: a JSON object with fields in a fixed order and the SHA-256 of its content. The same content gives
/// the same bytes everywhere.
///
/// # Errors
/// [`Error::ModelBroken`] for what [`read`] would refuse, such as a number that is not finite; [`Error::ModelTooLarge`].
pub fn write(artefact: &Artefact) -> Result<Vec<u8>> {
    artefact.check()?;
    let content = serde_json::to_vec(artefact).map_err(|_| Error::ModelBroken { part: "content" })?;
    // A number that is not finite is written as null, so what comes back tells.
    let is_whole = serde_json::from_slice::<Artefact>(&content).is_ok_and(|again| again == *artefact);
    if !is_whole {
        return Err(Error::ModelBroken { part: "content" });
    }
    let version = FORMAT_VERSION.to_string();
    let hash = hex(&Sha256::digest(&content));
    let bytes = [START, version.as_bytes(), HASH, hash.as_bytes(), CONTENT, &content, END].concat();
    if bytes.len() > MOST_BYTES {
        return Err(Error::ModelTooLarge { limit: MOST_BYTES, found: bytes.len() });
    }
    Ok(bytes)
}

/// The artefact in `bytes`, which may come from anyone. Memory is at most a small multiple of the bytes.
///
/// # Errors
/// [`Error::ModelTooLarge`]; [`Error::NotAModel`] for other data; [`Error::ModelVersion`]; [`Error::Tampered`] when the content is not
/// what was hashed; [`Error::ModelUnreadable`] for content that is no artefact; [`Error::ModelBroken`] for one that could not
/// predict safely.
pub fn read(bytes: &[u8]) -> Result<Artefact> {
    let (hash, content) = parts(bytes)?;
    if hash != hex(&Sha256::digest(content)).as_bytes() {
        return Err(Error::Tampered);
    }
    let artefact: Artefact = serde_json::from_slice(content)
        .map_err(|error| Error::ModelUnreadable { position: error.column() })?;
    artefact.check()?;
    Ok(artefact)
}

/// The hash in the bytes of an artefact: its name among others. It is not checked here.
///
/// # Errors
/// As [`read`] for bytes that are no artefact of this version.
pub fn fingerprint(bytes: &[u8]) -> Result<String> {
    parts(bytes).map(|(hash, _)| String::from_utf8_lossy(hash).into_owned())
}

/// The hash and the content.
fn parts(bytes: &[u8]) -> Result<(&[u8], &[u8])> {
    if bytes.len() > MOST_BYTES {
        return Err(Error::ModelTooLarge { limit: MOST_BYTES, found: bytes.len() });
    }
    let rest = bytes.strip_prefix(START).ok_or(Error::NotAModel)?;
    let digits = rest.iter().take(10).take_while(|byte| byte.is_ascii_digit()).count();
    let version = std::str::from_utf8(&rest[..digits]).ok().and_then(|text| text.parse::<u32>().ok());
    match version.ok_or(Error::NotAModel)? {
        FORMAT_VERSION => {}
        found => return Err(Error::ModelVersion { supported: FORMAT_VERSION, found }),
    }
    let rest = rest[digits..].strip_prefix(HASH).ok_or(Error::NotAModel)?;
    let (hash, rest) = rest.split_at_checked(HASH_LENGTH).ok_or(Error::NotAModel)?;
    let content = rest.strip_prefix(CONTENT).and_then(|rest| rest.strip_suffix(END));
    Ok((hash, content.ok_or(Error::NotAModel)?))
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}
