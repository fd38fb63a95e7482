//! Copies that are here only because another device sent them, and that go when what they came through ends.
//!
//! `records.via_grant` says that a record came from elsewhere, and `received` lists every grant it came or was sent through. When a
//! grant has been withdrawn or is over, its lines are worked off, some in each transaction: what is left of the work stands in
//! the table itself, so that a device that stops in between goes on where it was. A record that was made or edited here, or that
//! another live grant covers, stays; one that stays because it was edited here is this device's own from then on. The device
//! that withdraws a grant keeps what it has.

use super::changes::Changed;
use super::transaction::SyncTransaction;
use crate::log::Author;
use crate::{Error, Result, Store};
use rusqlite::{Connection, params};
use stillroom_consent::{GrantId, GrantRecord, cbor};

impl Store {
    /// Whether a grant that has ended by `now_millis` still has copies here to be looked at.
    ///
    /// # Errors
    /// [`Error::Damaged`] when a grant cannot be read.
    pub fn has_ended_copies(&self, now_millis: i64) -> Result<bool> {
        Ok(!ended_grants(&self.connection, now_millis)?.is_empty())
    }
}

impl SyncTransaction<'_> {
    /// Looks at up to `limit` copies that came through grants that have ended, and removes those that nothing else keeps here: the
    /// record, its values in the change log, its conflicts and its data keys. Returns how many were looked at; 0 when none is left.
    ///
    /// # Errors
    /// [`Error::ChangesNotNoted`] when local changes of the backup purpose were not noted, or customers have no record id yet.
    pub fn remove_ended_copies(&mut self, limit: usize) -> Result<usize> {
        self.require_noted()?;
        let mut n_seen = 0;
        let mut removed = Vec::new();
        for grant in ended_grants(self.connection, self.now_millis)? {
            for customer in copies_of(self.connection, grant, limit.saturating_sub(n_seen))? {
                n_seen += 1;
                if self.end_copy(grant, customer)? {
                    removed.push(customer);
                }
            }
        }
        removed.sort_unstable();
        if !removed.is_empty() {
            crate::redaction::redact_copies(self.connection, &removed, &Author::sync(self.now_millis))?;
        }
        Ok(n_seen)
    }

    /// Takes one grant off a copy; says whether the copy went by that.
    fn end_copy(&mut self, grant: GrantId, customer: i64) -> Result<bool> {
        self.connection
            .prepare_cached("DELETE FROM received WHERE grant_id = ? AND customer_id = ?")?
            .execute(params![grant.0, customer])?;
        let has_other = self
            .connection
            .prepare_cached("SELECT 1 FROM received WHERE customer_id = ?")?
            .exists([customer])?;
        let is_here =
            self.connection.prepare_cached("SELECT 1 FROM customers WHERE id = ?")?.exists([customer])?;
        if has_other || !is_here {
            return Ok(false);
        }
        if self.was_edited_here(customer)? {
            disown(self.connection, customer)?;
            return Ok(false);
        }
        crate::rights::mark_models(self.connection, customer, self.now_millis)?;
        self.drop_customer(customer)?;
        for sql in [
            "DELETE FROM conflicts WHERE customer_id = ?",
            "DELETE FROM versions WHERE subject_id IN (SELECT id FROM subjects WHERE customer_id = ?)",
            "UPDATE data_keys SET is_retired = 1 WHERE subject_id IN (SELECT id FROM subjects WHERE customer_id = ?)",
        ] {
            self.connection.prepare_cached(sql)?.execute([customer])?;
        }
        Ok(true)
    }

    fn was_edited_here(&self, customer: i64) -> Result<bool> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM change_log WHERE kind = 'customer_edited' AND first_id = ?1)
                     OR EXISTS (SELECT 1 FROM change_images i JOIN change_log l ON l.seq = i.seq
                                WHERE i.customer_id = ?1 AND l.actor <> 'sync')
                     OR EXISTS (SELECT 1 FROM order_lines WHERE customer_id = ?1 AND import_id <> 0)
                     OR EXISTS (SELECT 1 FROM dirty WHERE customer_id = ?1 AND NOT is_again)",
            )?
            .query_row([customer], |row| row.get(0))?)
    }
}

/// Notes that something of a record came through a grant. A record that was made here is nobody's copy.
pub(crate) fn note(connection: &Connection, customer: i64, grant: GrantId) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO received SELECT ?1, customer_id FROM records
             WHERE customer_id = ?2 AND via_grant IS NOT NULL",
        )?
        .execute(params![grant.0, customer])?;
    Ok(())
}

/// A copy that this device sends on under another grant is held through that one too.
pub(crate) fn note_sent_through(connection: &Connection, changed: &Changed, grant: GrantId) -> Result<()> {
    if grant == GrantId([0; 16]) { Ok(()) } else { note(connection, changed.customer.0, grant) }
}

/// What came through a grant that somebody withdraws on this device stays here.
pub(crate) fn keep_all(connection: &Connection, grant: GrantId) -> Result<()> {
    connection
        .prepare_cached(
            "UPDATE records SET via_grant = NULL WHERE customer_id IN (SELECT customer_id FROM received WHERE grant_id = ?1)
             AND NOT EXISTS (SELECT 1 FROM received r WHERE r.customer_id = records.customer_id AND r.grant_id <> ?1)",
        )?
        .execute([grant.0])?;
    connection.prepare_cached("DELETE FROM received WHERE grant_id = ?")?.execute([grant.0])?;
    Ok(())
}

fn disown(connection: &Connection, customer: i64) -> Result<()> {
    connection
        .prepare_cached("UPDATE records SET via_grant = NULL WHERE customer_id = ?")?
        .execute([customer])?;
    Ok(())
}

fn copies_of(connection: &Connection, grant: GrantId, limit: usize) -> Result<Vec<i64>> {
    let mut statement = connection
        .prepare_cached("SELECT customer_id FROM received WHERE grant_id = ? ORDER BY customer_id LIMIT ?")?;
    let customers = statement.query_map(params![grant.0, limit as i64], |row| row.get(0))?;
    Ok(customers.collect::<rusqlite::Result<_>>()?)
}

/// Grants that have ended and still have copies here.
fn ended_grants(connection: &Connection, now_millis: i64) -> Result<Vec<GrantId>> {
    let mut statement = connection.prepare_cached(
        "SELECT record FROM ledger_grants g WHERE EXISTS (SELECT 1 FROM received r WHERE r.grant_id = g.grant_id)
         ORDER BY grant_id",
    )?;
    let mut ended = Vec::new();
    for record in statement.query_map([], |row| row.get::<_, Vec<u8>>(0))? {
        let record: GrantRecord = cbor::decode(&record?).map_err(|_| Error::Damaged)?;
        if record.withdrawn_at.is_some() || now_millis >= record.grant.expires_at {
            ended.push(record.grant.id);
        }
    }
    Ok(ended)
}
