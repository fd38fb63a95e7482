//! A backup file: a header, then the content in sealed chunks of 64 KiB.
//!
//! Each chunk is preceded by four bytes, big end first: its sealed length, with the highest bit set on the last chunk.
//! Index, last-flag and the header's hash are authenticated with every chunk, so chunks cannot be dropped, moved,
//! exchanged or appended. Writer and reader each hold one chunk at a time (under 140 KiB), whatever the content's size.

use std::fmt;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::backup_header::{BackupHeader, NewBackup};
use crate::entropy::Entropy;
use crate::envelope::{SEAL_OVERHEAD, open, seal};
use crate::error::{Damage, Error};
use crate::keys::{Id16, SealingKey};
use crate::padding::padded_len;
use crate::place::{Namespace, Place, Position};

/// With its end mark a full chunk is 64 KiB, which needs no padding.
const CHUNK_CONTENT: usize = 64 * 1024 - 1;
const FULL_SEALED: usize = CHUNK_CONTENT + 1 + SEAL_OVERHEAD;
const FRAME_LEN: usize = 4;
const LAST_FLAG: u32 = 1 << 31;

/// What was written into or read out of a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackupSummary {
    /// Bytes of content.
    pub content_len: u64,
    /// The SHA-256 hash of the content.
    pub content_sha256: [u8; 32],
    /// Chunks it was cut into, at least one.
    pub n_chunks: u64,
}

/// What writer and reader share: the key, the place of the next chunk and the running totals.
struct Chunks {
    key: SealingKey,
    workspace_id: Id16,
    content_version: u32,
    header_hash: [u8; 32],
    next_index: u64,
    content_len: u64,
    hasher: Sha256,
}

impl Chunks {
    fn new(header: &BackupHeader, key: SealingKey) -> Result<Self, Error> {
        if key.key_id() != header.key_id() {
            return Err(Error::OtherKey);
        }
        let label = header.label();
        Ok(Self {
            key,
            workspace_id: label.workspace_id,
            content_version: label.content_version,
            header_hash: header.hash(),
            next_index: 0,
            content_len: 0,
            hasher: Sha256::new(),
        })
    }

    fn place(&self, last: bool) -> Place<'_> {
        Place {
            namespace: Namespace::Backup,
            workspace_id: self.workspace_id,
            object_id: &self.header_hash,
            schema_version: self.content_version,
            position: Position::Chunk { index: self.next_index, last },
        }
    }

    fn count(&mut self, content: &[u8]) {
        self.hasher.update(content);
        self.content_len += content.len() as u64;
        self.next_index += 1;
    }

    fn summary(self) -> BackupSummary {
        BackupSummary {
            content_len: self.content_len,
            content_sha256: self.hasher.finalize().into(),
            n_chunks: self.next_index,
        }
    }
}

/// Writes a backup piece by piece.
pub struct BackupWriter {
    chunks: Chunks,
    pending: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for BackupWriter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "BackupWriter({} bytes so far)", self.chunks.content_len)
    }
}

impl BackupWriter {
    /// Starts a backup whose file already begins with [`header.to_bytes()`](BackupHeader::to_bytes).
    ///
    /// # Errors
    /// [`Error::OtherKey`] when `key` is not the header's.
    pub fn new(header: &BackupHeader, key: SealingKey) -> Result<Self, Error> {
        Ok(Self {
            chunks: Chunks::new(header, key)?,
            pending: Zeroizing::new(Vec::with_capacity(CHUNK_CONTENT)),
        })
    }

    /// Takes the next piece of content, of any size, and appends to `file` the chunks it completes.
    ///
    /// # Errors
    /// [`Error::NoEntropy`].
    pub fn write(
        &mut self,
        mut content: &[u8],
        entropy: &mut dyn Entropy,
        file: &mut Vec<u8>,
    ) -> Result<(), Error> {
        while !content.is_empty() {
            if self.pending.len() == CHUNK_CONTENT {
                self.seal_pending(false, entropy, file)?;
            }
            let taken = content.len().min(CHUNK_CONTENT - self.pending.len());
            let (piece, rest) = content.split_at(taken);
            self.pending.extend_from_slice(piece);
            content = rest;
        }
        Ok(())
    }

    /// Appends the last chunk. The file is complete after it.
    ///
    /// # Errors
    /// [`Error::NoEntropy`].
    pub fn finish(mut self, entropy: &mut dyn Entropy, file: &mut Vec<u8>) -> Result<BackupSummary, Error> {
        self.seal_pending(true, entropy, file)?;
        Ok(self.chunks.summary())
    }

    fn seal_pending(
        &mut self,
        last: bool,
        entropy: &mut dyn Entropy,
        file: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let sealed = seal(&self.chunks.key, &self.chunks.place(last), &self.pending, entropy)?;
        let len = u32::try_from(sealed.len()).expect("a sealed chunk is under 66 KiB");
        file.extend_from_slice(&(if last { len | LAST_FLAG } else { len }).to_be_bytes());
        file.extend_from_slice(&sealed);
        self.chunks.count(&self.pending);
        self.pending.clear();
        Ok(())
    }
}

/// Reads a backup piece by piece.
pub struct BackupReader {
    chunks: Chunks,
    pending: Vec<u8>,
    is_complete: bool,
}

impl fmt::Debug for BackupReader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "BackupReader({} bytes so far)", self.chunks.content_len)
    }
}

impl BackupReader {
    /// Starts reading behind the header.
    ///
    /// # Errors
    /// [`Error::OtherKey`] when `key` is not the header's.
    pub fn new(header: &BackupHeader, key: SealingKey) -> Result<Self, Error> {
        Ok(Self { chunks: Chunks::new(header, key)?, pending: Vec::new(), is_complete: false })
    }

    /// Takes the next piece of the file behind the header, of any size, and appends to `content` what it completes.
    ///
    /// Content is genuine as soon as it is appended, but it is the whole content only after [`BackupReader::finish`].
    ///
    /// # Errors
    /// [`Error::Damaged`] with the chunk's index; the reader is of no use after it.
    pub fn push(&mut self, mut file: &[u8], content: &mut Vec<u8>) -> Result<(), Error> {
        while !file.is_empty() {
            if self.is_complete {
                return Err(Error::Damaged(Damage::BackupTail));
            }
            let (sealed_len, _) = self.frame()?.unwrap_or((0, false));
            let wanted = FRAME_LEN + sealed_len - self.pending.len();
            let (piece, rest) = file.split_at(wanted.min(file.len()));
            self.pending.extend_from_slice(piece);
            file = rest;
            self.open_pending(content)?;
        }
        Ok(())
    }

    /// Ends reading.
    ///
    /// # Errors
    /// [`Error::BackupTruncated`] when the last chunk was not reached.
    pub fn finish(self) -> Result<BackupSummary, Error> {
        if self.is_complete { Ok(self.chunks.summary()) } else { Err(Error::BackupTruncated) }
    }

    /// The sealed length and last-flag of the pending chunk, once its four bytes are there.
    fn frame(&self) -> Result<Option<(usize, bool)>, Error> {
        let Some(frame) = self.pending.first_chunk::<FRAME_LEN>() else { return Ok(None) };
        let frame = u32::from_be_bytes(*frame);
        let last = frame & LAST_FLAG != 0;
        let len = usize::try_from(frame & !LAST_FLAG).map_err(|_| self.damaged())?;
        let is_possible =
            len == FULL_SEALED || (last && (padded_len(0) + SEAL_OVERHEAD..FULL_SEALED).contains(&len));
        if is_possible { Ok(Some((len, last))) } else { Err(self.damaged()) }
    }

    fn open_pending(&mut self, content: &mut Vec<u8>) -> Result<(), Error> {
        let Some((len, last)) = self.frame()? else { return Ok(()) };
        let Some(sealed) = self.pending.get(FRAME_LEN..FRAME_LEN + len) else { return Ok(()) };
        let opened = open(&self.chunks.key, &self.chunks.place(last), sealed).map_err(|_| self.damaged())?;
        self.chunks.count(&opened);
        content.extend_from_slice(&opened);
        self.pending.clear();
        self.is_complete = last;
        Ok(())
    }

    fn damaged(&self) -> Error {
        Error::Damaged(Damage::BackupChunk(self.chunks.next_index))
    }
}

/// Makes a whole backup in memory, about as large as its content, and reads it again before returning it.
///
/// # Errors
/// As [`BackupHeader::create`]; [`Error::Damaged`] when what was written does not read back the same.
pub fn write_backup(
    new: &NewBackup<'_>,
    content: &[u8],
    entropy: &mut dyn Entropy,
) -> Result<(Vec<u8>, BackupSummary), Error> {
    let (header, key) = BackupHeader::create(new, entropy)?;
    let mut file = header.to_bytes();
    file.reserve(content.len() + content.len() / 512 + FULL_SEALED);
    let mut writer = BackupWriter::new(&header, SealingKey::from_bytes(*key.expose()))?;
    writer.write(content, entropy, &mut file)?;
    let written = writer.finish(entropy, &mut file)?;
    if verify(&file, key)? == written {
        Ok((file, written))
    } else {
        Err(Error::Damaged(Damage::BackupHeader))
    }
}

/// Reads a whole backup in memory. `unlock` opens the header's key, for example
/// `|header| header.unlock_with_passphrase(typed)`.
///
/// # Errors
/// As [`BackupHeader::read`], `unlock`, [`BackupReader::push`] and [`BackupReader::finish`].
pub fn read_backup(
    file: &[u8],
    unlock: impl FnOnce(&BackupHeader) -> Result<SealingKey, Error>,
) -> Result<(Vec<u8>, BackupSummary), Error> {
    let (header, header_len) = BackupHeader::read(file)?;
    let mut reader = BackupReader::new(&header, unlock(&header)?)?;
    let mut content = Vec::with_capacity(file.len());
    reader.push(&file[header_len..], &mut content)?;
    Ok((content, reader.finish()?))
}

/// Reads a backup without keeping its content.
fn verify(file: &[u8], key: SealingKey) -> Result<BackupSummary, Error> {
    let (header, header_len) = BackupHeader::read(file)?;
    let mut reader = BackupReader::new(&header, key)?;
    let mut content = Vec::new();
    for piece in file[header_len..].chunks(FULL_SEALED) {
        content.clear();
        reader.push(piece, &mut content)?;
    }
    reader.finish()
}
