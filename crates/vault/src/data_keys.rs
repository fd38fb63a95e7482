//! Data keys: one random key for each synced record and purpose, wrapped by a sync key.
//!
//! A server keeps the wrapped form beside the record's envelopes. Deleting it there makes every copy of those envelopes
//! unreadable, also the copies in the server's backups. The wrapped key is bound to the workspace, the record's token and
//! its own id, so that a server cannot exchange the keys of two records.

use crate::entropy::Entropy;
use crate::envelope::{open, seal};
use crate::error::{Damage, Error};
use crate::keys::{Id16, SealingKey};
use crate::place::{Namespace, Place, Position};
use crate::sync_keys::SyncKeys;

const SCHEMA_VERSION: u32 = 1;

/// Draws a data key and its random id.
///
/// # Errors
/// [`Error::NoEntropy`] when the source fails.
pub fn draw_data_key(entropy: &mut dyn Entropy) -> Result<(Id16, SealingKey), Error> {
    Ok((Id16::draw(entropy)?, SealingKey::draw(entropy)?))
}

impl SyncKeys {
    /// Wraps a data key under the newest sync key; says also which epoch that is. The wrapped form is 124 bytes long.
    ///
    /// # Errors
    /// [`Error::NoEntropy`].
    pub fn wrap_data_key(
        &self,
        workspace_id: Id16,
        token: &[u8; 32],
        dek_id: Id16,
        key: &SealingKey,
        entropy: &mut dyn Entropy,
    ) -> Result<(u32, Vec<u8>), Error> {
        let object_id = object_id(token, dek_id);
        let wrapped = seal(self.current_key(), &place(workspace_id, &object_id), key.expose(), entropy)?;
        Ok((self.current_epoch(), wrapped))
    }

    /// Opens a data key that any device of the workspace wrapped in `epoch`.
    ///
    /// # Errors
    /// [`Error::NoSuchEpoch`] when that epoch's sync key is not held; [`Error::OtherKey`] when it was wrapped in another
    /// epoch or workspace; [`Error::Damaged`] when anything was altered, or it is the key of another record.
    pub fn unwrap_data_key(
        &self,
        workspace_id: Id16,
        token: &[u8; 32],
        dek_id: Id16,
        epoch: u32,
        wrapped: &[u8],
    ) -> Result<SealingKey, Error> {
        let object_id = object_id(token, dek_id);
        let opened = open(self.key_of(epoch)?, &place(workspace_id, &object_id), wrapped)?;
        SealingKey::from_slice(&opened).ok_or(Error::Damaged(Damage::Envelope))
    }
}

fn object_id(token: &[u8; 32], dek_id: Id16) -> [u8; 48] {
    let mut object_id = [0; 48];
    object_id[..32].copy_from_slice(token);
    object_id[32..].copy_from_slice(&dek_id.0);
    object_id
}

fn place(workspace_id: Id16, object_id: &[u8]) -> Place<'_> {
    Place {
        namespace: Namespace::DataKey,
        workspace_id,
        object_id,
        schema_version: SCHEMA_VERSION,
        position: Position::Single,
    }
}
