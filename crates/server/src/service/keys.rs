//! What the server signs and seals with: its Ed25519 key, and the key of its cursors.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use stillroom_consent::{Blob, Hash, LedgerHead, PublicKey, Signature, SignedHead, WorkspaceId};
use stillroom_sync::wire::{SequenceHead, SignedSequenceHead};
use subtle::ConstantTimeEq as _;

use crate::{Error, Fault};

const MAC_BYTES: usize = 16;
const CURSOR_BYTES: usize = WorkspaceId::LEN + 2 * size_of::<u64>() + MAC_BYTES;

/// How far a device has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// It has everything up to this number.
    pub(crate) seq: u64,
    /// The last number whose deletion was dropped when it read.
    pub(crate) floor: u64,
}

/// The server's secrets. Neither shown nor copied.
pub(crate) struct ServerKeys {
    signing: SigningKey,
}

impl std::fmt::Debug for ServerKeys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ServerKeys")
    }
}

impl ServerKeys {
    /// Reads the key file, or makes one that only its owner can read.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::ServerKey { path: path.to_path_buf(), source };
        match fs::read(path) {
            Ok(bytes) => Self::from_seed(&bytes).ok_or_else(|| failed(io::ErrorKind::InvalidData.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let seed = random::<32>().map_err(|_| failed(io::ErrorKind::Other.into()))?;
                write_durably(path, &seed).map_err(failed)?;
                Self::from_seed(&seed).ok_or_else(|| failed(io::ErrorKind::InvalidData.into()))
            }
            Err(error) => Err(failed(error)),
        }
    }

    fn from_seed(bytes: &[u8]) -> Option<Self> {
        Some(Self { signing: SigningKey::from_bytes(bytes.try_into().ok()?) })
    }

    /// The key others check with.
    pub(crate) fn public(&self) -> PublicKey {
        PublicKey(self.signing.verifying_key().to_bytes())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.signing.sign(message).to_bytes())
    }

    pub(crate) fn ledger_head(
        &self,
        workspace: WorkspaceId,
        (seq, hash): (u64, Hash),
        at: i64,
    ) -> SignedHead {
        let head = LedgerHead { workspace, seq, hash, at };
        SignedHead { head, signature: self.sign(&head.message()) }
    }

    pub(crate) fn sequence_head(
        &self,
        workspace: WorkspaceId,
        (seq, chain): (u64, Hash),
        at: i64,
    ) -> SignedSequenceHead {
        let head = SequenceHead { workspace, seq, chain, at };
        SignedSequenceHead { head, signature: self.sign(&head.message()) }
    }

    /// A cursor that says a device has everything up to its number.
    pub(crate) fn cursor(&self, workspace: WorkspaceId, cursor: Cursor) -> Blob {
        let Cursor { seq, floor } = cursor;
        let mut bytes = [workspace.0.as_slice(), &seq.to_be_bytes(), &floor.to_be_bytes()].concat();
        let mac = self.cursor_mac(&bytes);
        bytes.extend_from_slice(&mac);
        Blob(bytes)
    }

    /// A cursor made here for `workspace`.
    pub(crate) fn read_cursor(&self, workspace: WorkspaceId, cursor: &[u8]) -> Result<Cursor, Fault> {
        let cursor: &[u8; CURSOR_BYTES] = cursor.try_into().map_err(|_| Fault::Malformed)?;
        let (said, mac) = cursor.split_at(CURSOR_BYTES - MAC_BYTES);
        if !bool::from(self.cursor_mac(said).as_slice().ct_eq(mac)) {
            return Err(Fault::Malformed);
        }
        let (of, numbers) = said.split_at(WorkspaceId::LEN);
        if of != workspace.0 {
            return Err(Fault::Unauthorized);
        }
        let (seq, floor) = numbers.split_at(size_of::<u64>());
        let number = |bytes: &[u8]| bytes.try_into().map(u64::from_be_bytes).map_err(|_| Fault::Malformed);
        Ok(Cursor { seq: number(seq)?, floor: number(floor)? })
    }

    fn cursor_mac(&self, said: &[u8]) -> [u8; MAC_BYTES] {
        let mut key = Hmac::<Sha256>::new_from_slice(self.signing.as_bytes()).expect("any length is a key");
        key.update(b"stillroom/1 cursor-key");
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&key.finalize().into_bytes()).expect("any length is a key");
        mac.update(said);
        let mut short = [0; MAC_BYTES];
        short.copy_from_slice(&mac.finalize().into_bytes()[..MAC_BYTES]);
        short
    }
}

/// Bytes of the system's generator.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| Fault::Storage { kind: "no entropy".to_owned() })?;
    Ok(bytes)
}

fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> ServerKeys {
        ServerKeys::from_seed(&[7; 32]).unwrap()
    }

    #[test]
    fn a_cursor_is_read_only_where_and_as_it_was_made() {
        let (here, there) = (WorkspaceId([1; 16]), WorkspaceId([2; 16]));
        let said = Cursor { seq: 42, floor: 7 };
        let cursor = keys().cursor(here, said).0;
        assert_eq!(keys().read_cursor(here, &cursor), Ok(said));
        assert_eq!(keys().read_cursor(there, &cursor), Err(Fault::Unauthorized));
        for position in 0..cursor.len() {
            let mut changed = cursor.clone();
            changed[position] ^= 1;
            assert_eq!(keys().read_cursor(here, &changed), Err(Fault::Malformed), "{position}");
        }
        assert_eq!(keys().read_cursor(here, &cursor[..cursor.len() - 1]), Err(Fault::Malformed));
    }

    #[test]
    fn the_key_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.key");
        let first = ServerKeys::open(&path).unwrap().public();
        assert_eq!(ServerKeys::open(&path).unwrap().public(), first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::write(&path, b"short").unwrap();
        assert_eq!(ServerKeys::open(&path).unwrap_err().code(), "server_key");
    }
}
