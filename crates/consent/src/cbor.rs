//! The one encoding that is signed, hashed and sent: CBOR (RFC 8949) with definite lengths, shortest numbers and keys in the
//! order the types give them.
//!
//! A value has exactly one encoding, and [`decode`] takes nothing else: what is read, written again, must give the bytes that came
//! in. Unknown fields, other orders, longer forms and trailing bytes all fail that.

use crate::{Error, Result};
use serde::{Serialize, de::DeserializeOwned};

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 16;

/// The encoding of `value`.
///
/// # Panics
/// Never for the types of this protocol: they hold no value that CBOR cannot, and writing to memory does not fail.
#[must_use]
pub fn encode(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes)
        .expect("the protocol's types have an encoding, and memory takes it");
    bytes
}

/// Reads exactly one value, and only in its one encoding. Costs the length of `bytes`.
///
/// # Errors
/// [`Error::Malformed`].
pub fn decode<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let value: T =
        ciborium::de::from_reader_with_recursion_limit(bytes, MAX_DEPTH).map_err(|_| Error::Malformed)?;
    if encode(&value) == bytes { Ok(value) } else { Err(Error::Malformed) }
}

/// Looks into bytes that [`decode`] refuses, without insisting on the one encoding: to say what they are, never to act on them.
#[must_use]
pub fn peek<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    ciborium::de::from_reader_with_recursion_limit(bytes, MAX_DEPTH).ok()
}
