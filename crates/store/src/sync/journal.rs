//! Receipts, the list of requests that left this device, and the evidence behind lawful bases, which never leaves it.

use crate::{Error, Result, Store};
use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use stillroom_consent::{GrantId, Groups, Hash, Purpose};

/// A receipt as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReceipt {
    /// Its number here.
    pub id: i64,
    /// What it is a receipt of, such as `consent` or `withdrawal`.
    pub kind: String,
    /// When it was stored, in milliseconds since 1970-01-01 UTC.
    pub at_millis: i64,
    /// The receipt.
    pub json: String,
}

/// What one request carried for one purpose under one grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// What for.
    pub purpose: Purpose,
    /// Under which grant.
    pub grant: GrantId,
    /// The groups among the operations.
    pub groups: Groups,
    /// Operations that carried something.
    pub n_operations: u64,
    /// Records.
    pub n_records: u64,
}

/// One request that left this device. It holds counts and field names, never a token of the device.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct NetworkRequest {
    /// When, in milliseconds since 1970-01-01 UTC.
    pub at_millis: i64,
    /// The method and the template of the path, such as `POST /v1/push`.
    pub request: String,
    /// What it carried; empty for housekeeping.
    pub carried: Vec<Carried>,
    /// Operations in it, placeholders and removals too.
    pub n_operations: u64,
    /// Entries of the ledger in it.
    pub n_entries: u64,
    /// The numbers of the first and the last operation in it.
    pub device_seqs: Option<(u64, u64)>,
    /// Bytes of the request's body.
    pub bytes_sent: u64,
    /// Bytes of the answer's body.
    pub bytes_received: u64,
    /// The answer's status; none when there was no answer, or not yet.
    pub status: Option<u16>,
    /// What it contained before it was sealed, as JSON for people.
    pub preview: String,
}

impl std::fmt::Debug for NetworkRequest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("NetworkRequest")
            .field("request", &self.request)
            .field("n_operations", &self.n_operations)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Stores a receipt and returns its number.
    ///
    /// # Errors
    /// [`Error::Json`] when it is not JSON; [`Error::ImportInProgress`].
    pub fn add_receipt(&mut self, kind: &str, json: &str, now_millis: i64) -> Result<i64> {
        crate::models::check_json(json)?;
        self.write(|connection, _| {
            connection.execute(
                "INSERT INTO receipts (kind, at_ms, json) VALUES (?, ?, ?)",
                params![kind, now_millis, json],
            )?;
            Ok(connection.last_insert_rowid())
        })
    }

    /// A page of the receipts, newest first.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn receipts(&self, offset: usize, limit: usize) -> Result<Vec<StoredReceipt>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT id, kind, at_ms, json FROM receipts ORDER BY id DESC LIMIT ? OFFSET ?")?;
        let receipts = statement.query_map(params![limit as i64, offset as i64], |row| {
            Ok(StoredReceipt {
                id: row.get(0)?,
                kind: row.get(1)?,
                at_millis: row.get(2)?,
                json: row.get(3)?,
            })
        })?;
        Ok(receipts.collect::<rusqlite::Result<_>>()?)
    }

    /// Notes a request before it leaves, and returns its number for [`Store::note_answer`].
    ///
    /// # Errors
    /// [`Error::ImportInProgress`].
    pub fn note_request(&mut self, request: &NetworkRequest) -> Result<i64> {
        let carried = serde_json::to_string(&request.carried)?;
        self.write(|connection, _| {
            connection.execute(
                "INSERT INTO network_log (at_ms, request, carried, n_operations, n_entries, first_device_seq,
                     last_device_seq, bytes_sent, bytes_received, status, preview)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                params![
                    request.at_millis,
                    request.request,
                    carried,
                    request.n_operations as i64,
                    request.n_entries as i64,
                    request.device_seqs.map(|(first, _)| first as i64),
                    request.device_seqs.map(|(_, last)| last as i64),
                    request.bytes_sent as i64,
                    request.bytes_received as i64,
                    request.status,
                    request.preview,
                ],
            )?;
            Ok(connection.last_insert_rowid())
        })
    }

    /// Notes how a request ended.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::ImportInProgress`].
    pub fn note_answer(&mut self, request: i64, status: Option<u16>, bytes_received: u64) -> Result<()> {
        self.write(|connection, _| {
            let n_rows = connection.execute(
                "UPDATE network_log SET status = ?, bytes_received = ? WHERE id = ?",
                params![status, bytes_received as i64, request],
            )?;
            if n_rows == 1 { Ok(()) } else { Err(Error::NotFound { record: "request" }) }
        })
    }

    /// A page of the requests, newest first.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn network_log(&self, offset: usize, limit: usize) -> Result<Vec<NetworkRequest>> {
        let sql = format!("SELECT {REQUEST_COLUMNS} FROM network_log ORDER BY id DESC LIMIT ? OFFSET ?");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let requests = statement.query_map(params![limit as i64, offset as i64], request_from_row)?;
        requests.map(|request| request?).collect()
    }

    /// How many requests there were, and how many bytes they carried out and in.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn network_totals(&self) -> Result<(u64, u64, u64)> {
        let sql = "SELECT count(*), coalesce(sum(bytes_sent), 0), coalesce(sum(bytes_received), 0) FROM network_log";
        Ok(self.connection.prepare_cached(sql)?.query_row([], |row| {
            let number = |column| row.get::<_, i64>(column).map(|number| number as u64);
            Ok((number(0)?, number(1)?, number(2)?))
        })?)
    }

    /// Keeps the evidence of a basis, and returns its hash: that is what the ledger names.
    ///
    /// # Errors
    /// [`Error::ImportInProgress`].
    pub fn keep_basis_note(&mut self, text: &str, now_millis: i64) -> Result<Hash> {
        let hash = Hash::of(&[text.as_bytes()]);
        self.write(|connection, _| {
            connection.execute(
                "INSERT OR IGNORE INTO basis_notes VALUES (?, ?, ?)",
                params![hash.0, text, now_millis],
            )?;
            Ok(hash)
        })
    }

    /// The evidence with a hash; none when it was kept on another device.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn basis_note(&self, hash: Hash) -> Result<Option<String>> {
        let mut statement = self.connection.prepare_cached("SELECT text FROM basis_notes WHERE hash = ?")?;
        Ok(statement.query_row([hash.0], |row| row.get(0)).optional()?)
    }
}

pub(crate) const REQUEST_COLUMNS: &str =
    "at_ms, request, carried, n_operations, n_entries, first_device_seq, last_device_seq, bytes_sent,
     bytes_received, status, preview";

pub(crate) fn request_from_row(row: &Row<'_>) -> rusqlite::Result<Result<NetworkRequest>> {
    let number = |column| row.get::<_, i64>(column).map(|number| number as u64);
    let optional = |column| row.get::<_, Option<i64>>(column).map(|found| found.map(|number| number as u64));
    let Ok(carried) = serde_json::from_str(row.get_ref(2)?.as_str().unwrap_or_default()) else {
        return Ok(Err(Error::Damaged));
    };
    let (first, last) = (optional(5)?, optional(6)?);
    Ok(Ok(NetworkRequest {
        at_millis: row.get(0)?,
        request: row.get(1)?,
        carried,
        n_operations: number(3)?,
        n_entries: number(4)?,
        device_seqs: first.zip(last),
        bytes_sent: number(7)?,
        bytes_received: number(8)?,
        status: row.get(9)?,
        preview: row.get(10)?,
    }))
}
