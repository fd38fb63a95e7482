//! The change log: every write is an entry in the transaction of the write, and every entry is bound to the one before it.
//!
//! `hash = SHA-256(previous hash ‖ fields)`, the first previous hash being 32 zeros and every field written as its length in
//! eight big-endian bytes and its bytes, with a missing field as the length 2⁶⁴−1. Where an import updates many customers, their
//! images before and after lie in `change_images` and the entry holds the digest of those.

use crate::redaction::Redactions;
use crate::{Error, Result, Store};
use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};
use stillroom_records::{ChangeEntry, ChangeKind, ChangeRange, CustomerId, FieldGroup};

/// Who and why, for every entry that one operation writes.
#[derive(Clone, Debug)]
pub(crate) struct Author {
    pub(crate) now_millis: i64,
    pub(crate) actor: &'static str,
    pub(crate) cause: String,
}

impl Author {
    pub(crate) fn user(now_millis: i64, cause: &str) -> Self {
        Author { now_millis, actor: "user", cause: cause.to_owned() }
    }

    pub(crate) fn import(now_millis: i64, import: i64) -> Self {
        Author { now_millis, actor: "import", cause: import_cause(import) }
    }

    /// What another device did.
    pub(crate) fn sync(now_millis: i64) -> Self {
        Author { now_millis, actor: "sync", cause: "sync".to_owned() }
    }

    pub(crate) fn model(now_millis: i64, model: Option<i64>) -> Self {
        Author {
            now_millis,
            actor: "model",
            cause: model.map_or("score".to_owned(), |id| format!("model:{id}")),
        }
    }
}

/// How the entries of an import name it.
pub(crate) fn import_cause(import: i64) -> String {
    format!("import:{import}")
}

/// What an entry says, before it has a place in the log.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) kind: ChangeKind,
    pub(crate) range: Option<ChangeRange>,
    pub(crate) group: Option<FieldGroup>,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

impl Draft {
    pub(crate) fn new(kind: ChangeKind) -> Self {
        Draft { kind, range: None, group: None, before: None, after: None }
    }

    pub(crate) fn range(mut self, first: i64, last: i64) -> Self {
        self.range = Some(ChangeRange { first, last });
        self
    }

    pub(crate) fn group(mut self, group: FieldGroup) -> Self {
        self.group = Some(group);
        self
    }

    pub(crate) fn before(mut self, json: serde_json::Value) -> Self {
        self.before = Some(json.to_string());
        self
    }

    pub(crate) fn after(mut self, json: serde_json::Value) -> Self {
        self.after = Some(json.to_string());
        self
    }
}

/// Appends an entry and returns its position.
pub(crate) fn append(connection: &Connection, author: &Author, draft: Draft) -> Result<i64> {
    let head: Option<(i64, Vec<u8>)> = connection
        .prepare_cached("SELECT seq, hash FROM change_log ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (last_seq, previous_hash) = head.unwrap_or((0, vec![0; 32]));
    let seq = last_seq + 1;
    let hash = hash_entry(&previous_hash, seq, author, &draft);
    connection.prepare_cached("INSERT INTO change_log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?.execute(
        params![
            seq,
            author.now_millis,
            author.actor,
            author.cause,
            draft.kind.key(),
            draft.range.map(|range| range.first),
            draft.range.map(|range| range.last),
            draft.group.map(FieldGroup::key),
            draft.before,
            draft.after,
            hash.as_slice(),
        ],
    )?;
    Ok(seq)
}

fn hash_entry(previous_hash: &[u8], seq: i64, author: &Author, draft: &Draft) -> [u8; 32] {
    hash_fields(
        previous_hash,
        [
            Some(seq.to_be_bytes().as_slice()),
            Some(author.now_millis.to_be_bytes().as_slice()),
            Some(author.actor.as_bytes()),
            Some(author.cause.as_bytes()),
            Some(draft.kind.key().as_bytes()),
            draft.range.map(|range| range.first.to_be_bytes()).as_ref().map(|bytes| bytes.as_slice()),
            draft.range.map(|range| range.last.to_be_bytes()).as_ref().map(|bytes| bytes.as_slice()),
            draft.group.map(|group| group.key().as_bytes()),
            draft.before.as_deref().map(str::as_bytes),
            draft.after.as_deref().map(str::as_bytes),
        ],
    )
}

fn hash_fields<'a>(previous_hash: &[u8], fields: impl IntoIterator<Item = Option<&'a [u8]>>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(previous_hash);
    for field in fields {
        hasher.update(field.map_or(u64::MAX, |bytes| bytes.len() as u64).to_be_bytes());
        hasher.update(field.unwrap_or_default());
    }
    hasher.finalize().into()
}

/// The digest of the images that belong to an entry, in order of customer.
pub(crate) fn images_digest<'a>(images: impl IntoIterator<Item = (i64, &'a str, &'a str)>) -> String {
    let mut hash = [0; 32];
    for (customer, before, after) in images {
        hash = hash_fields(
            &hash,
            [Some(&customer.to_be_bytes()[..]), Some(before.as_bytes()), Some(after.as_bytes())],
        );
    }
    hex(&hash)
}

/// The digest after one more image, from the digest before it, both in hexadecimal.
pub(crate) fn image_hash(previous: &str, customer: i64, before: &str, after: &str) -> String {
    let fields = [Some(&customer.to_be_bytes()[..]), Some(before.as_bytes()), Some(after.as_bytes())];
    hex(&hash_fields(&bytes_from_hex(previous), fields))
}

fn bytes_from_hex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok());
    pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}

/// Bytes in hexadecimal, lower case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const ENTRY_COLUMNS: &str =
    "seq, at_ms, actor, cause, kind, first_id, last_id, field_group, before, after, hash";

fn entry_from_row(row: &Row<'_>) -> rusqlite::Result<Option<ChangeEntry>> {
    let kind: String = row.get(4)?;
    let (first, last): (Option<i64>, Option<i64>) = (row.get(5)?, row.get(6)?);
    let group: Option<String> = row.get(7)?;
    let hash: Vec<u8> = row.get(10)?;
    let Some(kind) = ChangeKind::from_key(&kind) else { return Ok(None) };
    Ok(Some(ChangeEntry {
        seq: row.get(0)?,
        at_millis: row.get(1)?,
        actor: row.get(2)?,
        cause: row.get(3)?,
        kind,
        range: first.zip(last).map(|(first, last)| ChangeRange { first, last }),
        group: group.as_deref().and_then(FieldGroup::from_key),
        before: row.get(8)?,
        after: row.get(9)?,
        hash: hex(&hash),
    }))
}

impl Store {
    /// Entries of the change log, newest first.
    ///
    /// # Errors
    /// [`Error::Damaged`] when the log cannot be read.
    pub fn change_log(&self, offset: usize, limit: usize) -> Result<Vec<ChangeEntry>> {
        let sql = format!("SELECT {ENTRY_COLUMNS} FROM change_log ORDER BY seq DESC LIMIT ? OFFSET ?");
        self.read_entries(&sql, params![limit as i64, offset as i64])
    }

    /// What happened to one customer, newest first. Where an import changed it among others, the entry holds this customer's
    /// fields before and after.
    ///
    /// # Errors
    /// [`Error::Damaged`] when the log cannot be read.
    pub fn customer_history(&self, customer: CustomerId) -> Result<Vec<ChangeEntry>> {
        let own = format!(
            "SELECT {ENTRY_COLUMNS} FROM change_log WHERE kind IN ('customer_edited', 'customer_deleted', 'customer_restricted', 'customer_erased') AND first_id = ?1
             UNION ALL
             SELECT {ENTRY_COLUMNS} FROM change_log
             WHERE kind = 'customers_created' AND first_id <= ?1 AND last_id >= ?1
             UNION ALL
             SELECT l.seq, l.at_ms, l.actor, l.cause, l.kind, ?1, ?1, l.field_group, i.before, i.after, l.hash
             FROM change_images i JOIN change_log l ON l.seq = i.seq WHERE i.customer_id = ?1
             ORDER BY seq DESC"
        );
        self.read_entries(&own, params![customer.0])
    }

    fn read_entries(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<Vec<ChangeEntry>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let entries = statement.query_map(parameters, entry_from_row)?;
        entries.map(|entry| entry?.ok_or(Error::Damaged)).collect()
    }

    /// The position and the hash of the newest entry; `(0, zeros)` for an empty log.
    ///
    /// # Errors
    /// [`Error::Damaged`] when the log cannot be read.
    pub fn chain_head(&self) -> Result<(i64, String)> {
        let head = self
            .connection
            .query_row("SELECT seq, hash FROM change_log ORDER BY seq DESC LIMIT 1", [], |row| {
                Ok((row.get(0)?, hex(&row.get::<_, Vec<u8>>(1)?)))
            })
            .optional()?;
        Ok(head.unwrap_or_else(|| (0, hex(&[0; 32]))))
    }

    /// Recomputes the hash of every entry, and of the images beside the log, and returns how many entries there are. What an erasure
    /// emptied is compared with what the erasure's own entry says of it.
    ///
    /// # Errors
    /// [`Error::ChainBroken`] with the first entry that was changed, removed or put in.
    pub fn verify_chain(&self) -> Result<u64> {
        let sql = "SELECT seq, at_ms, actor, cause, kind, first_id, last_id, field_group, before, after, hash
                   FROM change_log ORDER BY seq";
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        let redactions = Redactions::load(&self.connection)?;
        let mut previous_hash = vec![0; 32];
        let mut n_entries = 0;
        while let Some(row) = rows.next()? {
            n_entries += 1;
            let seq: i64 = row.get(0)?;
            let stored: Vec<u8> = row.get(10)?;
            let holds = match redactions.entry(seq) {
                Some(listed) => hex(&stored) == listed && row.get_ref(8)? == row.get_ref(9)?,
                None => stored == rehash_row(&previous_hash, row)?,
            };
            let images_hold = row.get_ref(4)?.as_str() != Ok(ChangeKind::CustomersUpdated.key())
                || self.images_hold(&redactions, seq, row.get_ref(9)?.as_str().unwrap_or_default())?;
            if seq != n_entries || !holds || !images_hold {
                return Err(Error::ChainBroken { seq: n_entries });
            }
            previous_hash = stored;
        }
        Ok(n_entries as u64)
    }

    fn images_hold(&self, redactions: &Redactions, seq: i64, after: &str) -> Result<bool> {
        let digest = redactions.images_digest(&self.connection, seq)?;
        let entry: serde_json::Value = serde_json::from_str(after).unwrap_or_default();
        let listed = entry.get("images").and_then(serde_json::Value::as_str);
        Ok(digest.is_some() && listed == digest.as_deref())
    }
}

fn rehash_row(previous_hash: &[u8], row: &Row<'_>) -> rusqlite::Result<[u8; 32]> {
    let number = |column| row.get::<_, Option<i64>>(column).map(|number| number.map(i64::to_be_bytes));
    let (seq, at_ms, first, last) = (number(0)?, number(1)?, number(5)?, number(6)?);
    let text = |column| row.get_ref(column).map(|value| value.as_bytes().ok());
    Ok(hash_fields(
        previous_hash,
        [
            seq.as_ref().map(|bytes| bytes.as_slice()),
            at_ms.as_ref().map(|bytes| bytes.as_slice()),
            text(2)?,
            text(3)?,
            text(4)?,
            first.as_ref().map(|bytes| bytes.as_slice()),
            last.as_ref().map(|bytes| bytes.as_slice()),
            text(7)?,
            text(8)?,
            text(9)?,
        ],
    ))
}
