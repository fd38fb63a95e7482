//! Secrets that stay in their workspace: sealed once more where the database keeps them.
//!
//! The database is encrypted already. The second seal ties them to the workspace key, so that rows copied into another
//! database, or an older version of themselves from another workspace, do not open there.

use crate::entropy::Entropy;
use crate::envelope::{Opened, open, seal};
use crate::error::Error;
use crate::keys::{Id16, Subkey, WorkspaceKey};
use crate::place::{Namespace, Place, Position};

const SCHEMA_VERSION: u32 = 1;

pub(crate) fn wrap_at_home(
    namespace: Namespace,
    key: &WorkspaceKey,
    workspace_id: Id16,
    content: &[u8],
    entropy: &mut dyn Entropy,
) -> Result<Vec<u8>, Error> {
    seal(&key.subkey(Subkey::Sync), &home_place(namespace, workspace_id), content, entropy)
}

pub(crate) fn unwrap_at_home(
    namespace: Namespace,
    key: &WorkspaceKey,
    workspace_id: Id16,
    wrapped: &[u8],
) -> Result<Opened, Error> {
    open(&key.subkey(Subkey::Sync), &home_place(namespace, workspace_id), wrapped)
}

fn home_place(namespace: Namespace, workspace_id: Id16) -> Place<'static> {
    Place {
        namespace,
        workspace_id,
        object_id: b"home",
        schema_version: SCHEMA_VERSION,
        position: Position::Single,
    }
}
