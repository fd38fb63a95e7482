//! What a new device is handed when it is paired, before it is sealed and after it is opened.

use std::fmt;

use zeroize::Zeroizing;

use crate::cbor::{CborReader, CborWriter};
use crate::error::{Damage, Error};
use crate::keys::Id16;
use crate::sync_keys::SyncKeys;

const VERSION: u32 = 1;
/// More than everything but the keys and the caller's bytes takes when encoded.
const FRAME_LEN: usize = 64;

/// The content of a pairing bundle.
pub struct PairBundle {
    /// The workspace that the new device joins.
    pub workspace_id: Id16,
    /// The sync keys of every epoch, and the token key.
    pub keys: SyncKeys,
    /// What the sealing device added, for example the server's origin and key. Not a secret.
    pub extra: Vec<u8>,
}

impl fmt::Debug for PairBundle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PairBundle({}, hidden, {} bytes)", self.workspace_id, self.extra.len())
    }
}

impl SyncKeys {
    /// The bundle's bytes: `[1, workspace id, keys, extra]` in deterministic CBOR. To be sealed, never stored.
    pub fn to_bundle(&self, workspace_id: Id16, extra: &[u8]) -> Zeroizing<Vec<u8>> {
        let keys = self.to_bytes();
        let bundle =
            CborWriter::with_capacity(FRAME_LEN.saturating_add(keys.len()).saturating_add(extra.len()))
                .array(4)
                .uint(VERSION.into())
                .bytes(&workspace_id.0)
                .bytes(&keys)
                .bytes(extra);
        Zeroizing::new(bundle.finish())
    }

    /// Reads the bytes that [`SyncKeys::to_bundle`] wrote, and only those.
    ///
    /// # Errors
    /// [`Error::UnknownVersion`] for a newer format; [`Error::Damaged`] for anything else.
    pub fn from_bundle(bytes: &[u8]) -> Result<PairBundle, Error> {
        let mut reader = CborReader::versioned(bytes, 4, VERSION, Damage::PairBundle)?;
        let parts = read_parts(&mut reader).filter(|_| reader.is_empty());
        let (workspace_id, keys, extra) = parts.ok_or(Error::Damaged(Damage::PairBundle))?;
        Ok(PairBundle { workspace_id, keys: SyncKeys::from_bytes(keys)?, extra: extra.to_vec() })
    }
}

fn read_parts<'a>(reader: &mut CborReader<'a>) -> Option<(Id16, &'a [u8], &'a [u8])> {
    Some((Id16(*reader.exactly()?), reader.bytes()?, reader.bytes()?))
}
