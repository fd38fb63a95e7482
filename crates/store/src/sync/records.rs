//! Records: customers under an id that every device of the workspace knows, and subjects: records under a purpose's token.

use super::transaction::SyncTransaction;
use crate::fields::take_ids;
use crate::{Error, Result, Store};
use rusqlite::{Connection, OptionalExtension, params};
use stillroom_consent::{Purpose, RecordId, SubjectToken};
use stillroom_records::CustomerId;

/// A record under one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    pub(crate) id: i64,
    /// What for.
    pub purpose: Purpose,
    /// Its token.
    pub token: SubjectToken,
    /// The customer, when the record is known here. A customer that was deleted keeps its number.
    pub customer: Option<CustomerId>,
}

impl Store {
    /// The record id of a customer, also of one that was deleted; none while it has none.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn record_of(&self, customer: CustomerId) -> Result<Option<RecordId>> {
        find_record(&self.connection, customer.0)
    }

    /// The token of a customer for a purpose; none while its record has no id.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn token_of(&self, customer: CustomerId, purpose: Purpose) -> Result<Option<SubjectToken>> {
        Ok(find_subject_of(&self.connection, customer.0, purpose)?.map(|subject| subject.token))
    }

    /// The tokens of many customers for a purpose, in their order; customers without a record id are left out.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn tokens_of(&self, customers: &[CustomerId], purpose: Purpose) -> Result<Vec<SubjectToken>> {
        let tokens = customers.iter().map(|customer| self.token_of(*customer, purpose));
        Ok(tokens.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
    }

    /// The customer behind a token, when the record is known here and not deleted.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn customer_of_token(&self, token: SubjectToken) -> Result<Option<CustomerId>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT c.id FROM subjects s JOIN customers c ON c.id = s.customer_id WHERE s.token = ?",
        )?;
        Ok(statement.query_row([token.0], |row| row.get(0).map(CustomerId)).optional()?)
    }
}

impl SyncTransaction<'_> {
    /// Gives up to `limit` customers their record id, in order of creation, and returns how many got one; 0 when all have one.
    /// `new_id` draws 16 random bytes, `token` computes the token of a record for a purpose.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn name_records(
        &mut self,
        limit: usize,
        mut new_id: impl FnMut() -> RecordId,
        mut token: impl FnMut(RecordId, Purpose) -> SubjectToken,
    ) -> Result<usize> {
        let next = take_ids(self.connection, "records_named", 0)?;
        let unnamed: Vec<i64> = self
            .connection
            .prepare_cached(
                "SELECT id FROM customers WHERE id >= ?
                 AND NOT EXISTS (SELECT 1 FROM records WHERE customer_id = customers.id) ORDER BY id LIMIT ?",
            )?
            .query_map(params![next, limit as i64], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for customer in &unnamed {
            let record = new_id();
            insert_record(self.connection, *customer, record)?;
            for purpose in Purpose::ALL {
                join_subject(self.connection, token(record, purpose), purpose, *customer)?;
            }
        }
        let named_until = match unnamed.last() {
            Some(last) if unnamed.len() == limit => last + 1,
            _ => take_ids(self.connection, "customers", 0)?,
        };
        take_ids(self.connection, "records_named", named_until - next)?;
        Ok(unnamed.len())
    }

    /// What is known about a token; none when it was never heard of.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn subject(&self, token: SubjectToken) -> Result<Option<Subject>> {
        find_subject(self.connection, token)
    }
}

/// Whether every customer has its record id.
pub(crate) fn are_named(connection: &Connection) -> Result<bool> {
    let has_unnamed = connection
        .prepare_cached(
            "SELECT 1 FROM customers WHERE id >= (SELECT next FROM counters WHERE name = 'records_named')
             AND NOT EXISTS (SELECT 1 FROM records WHERE customer_id = customers.id)",
        )?
        .exists([])?;
    Ok(!has_unnamed)
}

pub(crate) fn insert_record(connection: &Connection, customer: i64, record: RecordId) -> Result<()> {
    connection
        .prepare_cached("INSERT INTO records (customer_id, record_id) VALUES (?, ?)")?
        .execute(params![customer, record.0])?;
    Ok(())
}

/// Notes whose token it is; what was said about the token before the record came counts from now on.
pub(crate) fn join_subject(
    connection: &Connection,
    token: SubjectToken,
    purpose: Purpose,
    customer: i64,
) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO subjects (token, purpose, customer_id) VALUES (?, ?, ?)
             ON CONFLICT (token) DO UPDATE SET customer_id = excluded.customer_id",
        )?
        .execute(params![token.0, purpose.key(), customer])?;
    connection
        .prepare_cached(
            "UPDATE customers SET restricted_ms = coalesce(restricted_ms, 0)
             WHERE id = ? AND EXISTS (SELECT 1 FROM ledger_flags WHERE token = ? AND is_restricted)",
        )?
        .execute(params![customer, token.0])?;
    Ok(())
}

/// The subject of a token, made when it was never heard of.
pub(crate) fn subject_of(connection: &Connection, token: SubjectToken, purpose: Purpose) -> Result<Subject> {
    if let Some(subject) = find_subject(connection, token)? {
        return if subject.purpose == purpose { Ok(subject) } else { Err(Error::MalformedContent) };
    }
    connection
        .prepare_cached("INSERT INTO subjects (token, purpose) VALUES (?, ?)")?
        .execute(params![token.0, purpose.key()])?;
    Ok(Subject { id: connection.last_insert_rowid(), purpose, token, customer: None })
}

pub(crate) fn find_subject(connection: &Connection, token: SubjectToken) -> Result<Option<Subject>> {
    let mut statement =
        connection.prepare_cached("SELECT id, purpose, token, customer_id FROM subjects WHERE token = ?")?;
    statement.query_row([token.0], subject_from_row).optional()?.transpose()
}

pub(crate) fn find_subject_of(
    connection: &Connection,
    customer: i64,
    purpose: Purpose,
) -> Result<Option<Subject>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, purpose, token, customer_id FROM subjects WHERE customer_id = ? AND purpose = ?",
    )?;
    statement.query_row(params![customer, purpose.key()], subject_from_row).optional()?.transpose()
}

fn subject_from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Result<Subject>> {
    let purpose: String = row.get(1)?;
    let (id, token, customer) = (row.get(0)?, SubjectToken(row.get(2)?), row.get::<_, Option<i64>>(3)?);
    Ok(super::purpose_from_key(&purpose).map(|purpose| Subject {
        id,
        purpose,
        token,
        customer: customer.map(CustomerId),
    }))
}

pub(crate) fn find_record(connection: &Connection, customer: i64) -> Result<Option<RecordId>> {
    let mut statement = connection.prepare_cached("SELECT record_id FROM records WHERE customer_id = ?")?;
    Ok(statement.query_row([customer], |row| row.get(0).map(RecordId)).optional()?)
}

pub(crate) fn customer_of_record(connection: &Connection, record: RecordId) -> Result<Option<i64>> {
    let mut statement = connection.prepare_cached("SELECT customer_id FROM records WHERE record_id = ?")?;
    Ok(statement.query_row([record.0], |row| row.get(0)).optional()?)
}

/// Whether a subject is gone for ever, by what was said about its token or about its record.
pub(crate) fn is_erased(connection: &Connection, subject: i64, record: RecordId) -> Result<bool> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM erased_records WHERE record_id = ?1)
                 OR EXISTS (SELECT 1 FROM subjects s LEFT JOIN ledger_flags f ON f.token = s.token
                            WHERE s.id = ?2 AND (s.is_erased OR f.is_erased))",
        )?
        .query_row(params![record.0, subject], |row| row.get(0))?)
}
