//! The sealed content of a sync operation, bound to everything the operation says in clear.

use crate::entropy::Entropy;
use crate::envelope::{Opened, open, seal};
use crate::error::Error;
use crate::keys::{Id16, SealingKey};
use crate::place::{Namespace, Place, Position};

/// Seals the content of one operation under its record's data key.
///
/// `header_hash` is the SHA-256 hash of the operation without its body, so that nothing about the operation can be
/// changed on the way without its reader noticing; `schema` is the version of the content's own format. The result is
/// `padded_len(content.len()) + SEAL_OVERHEAD` bytes long, whatever the content.
///
/// # Errors
/// [`Error::NoEntropy`].
pub fn seal_operation(
    key: &SealingKey,
    workspace_id: Id16,
    header_hash: &[u8; 32],
    schema: u32,
    content: &[u8],
    entropy: &mut dyn Entropy,
) -> Result<Vec<u8>, Error> {
    seal(key, &place(workspace_id, header_hash, schema), content, entropy)
}

/// Opens the content of one operation.
///
/// # Errors
/// [`Error::OtherKey`] when it was sealed under another data key; [`Error::Damaged`] when the content or anything the
/// operation says in clear was altered; [`Error::UnknownVersion`] and [`Error::UnknownAlgorithm`] for a newer format.
pub fn open_operation(
    key: &SealingKey,
    workspace_id: Id16,
    header_hash: &[u8; 32],
    schema: u32,
    sealed: &[u8],
) -> Result<Opened, Error> {
    open(key, &place(workspace_id, header_hash, schema), sealed)
}

fn place(workspace_id: Id16, header_hash: &[u8; 32], schema_version: u32) -> Place<'_> {
    Place {
        namespace: Namespace::SyncField,
        workspace_id,
        object_id: header_hash,
        schema_version,
        position: Position::Single,
    }
}
