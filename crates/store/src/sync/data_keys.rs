//! Data keys of records, wrapped: opaque here.

use super::records::subject_of;
use super::transaction::SyncTransaction;
use crate::{Error, Result};
use rusqlite::{Connection, OptionalExtension, Row, params};
use stillroom_consent::{DataKeyId, Purpose, SubjectToken};

/// A record's data key, wrapped by a sync key.
#[derive(Clone, PartialEq, Eq)]
pub struct DataKey {
    /// Its id.
    pub dek: DataKeyId,
    /// The record it is of.
    pub token: SubjectToken,
    /// The number of the sync key.
    pub epoch: u32,
    /// The wrapped key.
    pub wrapped: Vec<u8>,
    /// The server has it.
    pub is_shared: bool,
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("DataKey").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

const COLUMNS: &str = "k.dek, s.token, k.epoch, k.wrapped, k.is_shared";

impl SyncTransaction<'_> {
    /// Keeps a data key; one of the same id is replaced.
    ///
    /// # Errors
    /// [`Error::MalformedContent`] when the token belongs to another purpose.
    pub fn put_data_key(&mut self, key: &DataKey, purpose: Purpose) -> Result<()> {
        let subject = subject_of(self.connection, key.token, purpose)?;
        self.connection
            .prepare_cached(
                "INSERT INTO data_keys (dek, subject_id, epoch, wrapped, is_shared) VALUES (?, ?, ?, ?, ?)
                 ON CONFLICT (dek) DO UPDATE SET epoch = excluded.epoch, wrapped = excluded.wrapped,
                     is_shared = max(is_shared, excluded.is_shared) WHERE subject_id = excluded.subject_id",
            )?
            .execute(params![key.dek.0, subject.id, key.epoch, key.wrapped, key.is_shared])?;
        Ok(())
    }

    /// The key to seal a record under: the newest, unless the server may have deleted it.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn data_key_of(&self, token: SubjectToken) -> Result<Option<DataKey>> {
        self.find_key(
            "s.token = ? AND NOT k.is_retired ORDER BY k.epoch DESC, k.id DESC LIMIT 1",
            token.0.as_slice(),
        )
    }

    /// The key with an id.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn data_key(&self, dek: DataKeyId) -> Result<Option<DataKey>> {
        self.find_key("k.dek = ?", dek.0.as_slice())
    }

    fn find_key(&self, which: &str, id: &[u8]) -> Result<Option<DataKey>> {
        let sql =
            format!("SELECT {COLUMNS} FROM data_keys k JOIN subjects s ON s.id = k.subject_id WHERE {which}");
        Ok(self.connection.prepare_cached(&sql)?.query_row([id], key_from_row).optional()?)
    }

    /// Keys that are wrapped by an older sync key than `epoch`: to be wrapped anew.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn keys_before_epoch(&self, epoch: u32, limit: usize) -> Result<Vec<DataKey>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM data_keys k JOIN subjects s ON s.id = k.subject_id WHERE k.epoch < ? LIMIT ?"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let keys = statement.query_map(params![epoch, limit as i64], key_from_row)?;
        Ok(keys.collect::<rusqlite::Result<_>>()?)
    }

    /// Keeps an operation that could not be opened as it came, to be tried again.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn set_aside(&mut self, op: &[u8], reason: &str) -> Result<()> {
        self.connection
            .prepare_cached("INSERT INTO set_aside (op, reason, at_ms) VALUES (?, ?, ?)")?
            .execute(params![op, reason, self.now_millis])?;
        Ok(())
    }

    /// Takes out up to `limit` operations that were set aside, oldest first.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn take_set_aside(&mut self, limit: usize) -> Result<Vec<Vec<u8>>> {
        let mut statement = self.connection.prepare_cached(
            "DELETE FROM set_aside WHERE id IN (SELECT id FROM set_aside ORDER BY id LIMIT ?) RETURNING id, op",
        )?;
        let rows = statement.query_map([limit as i64], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))?;
        let mut taken: Vec<(i64, Vec<u8>)> = rows.collect::<rusqlite::Result<_>>()?;
        taken.sort_unstable();
        Ok(taken.into_iter().map(|(_, op)| op).collect())
    }
}

fn key_from_row(row: &Row<'_>) -> rusqlite::Result<DataKey> {
    Ok(DataKey {
        dek: DataKeyId(row.get(0)?),
        token: SubjectToken(row.get(1)?),
        epoch: row.get(2)?,
        wrapped: row.get(3)?,
        is_shared: row.get(4)?,
    })
}

/// The number of a key here.
pub(crate) fn number_of(connection: &Connection, dek: DataKeyId) -> Result<i64> {
    connection
        .prepare_cached("SELECT id FROM data_keys WHERE dek = ?")?
        .query_row([dek.0], |row| row.get(0))
        .optional()?
        .ok_or(Error::NotFound { record: "data key" })
}
