//! The outbox: what was sealed and numbered and waits to be sent, in order.
//!
//! Numbers have no gaps, so nothing that has one is ever removed before the server has it: what may no longer travel is emptied,
//! and goes out as an operation that holds nothing. What it held counts as changed again, so that nothing is forgotten should a
//! consent come back.

use crate::{Result, Store};
use rusqlite::{Connection, Params, params};
use stillroom_consent::{GrantId, SubjectToken};

/// What the outbox holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutboxCounts {
    /// Operations that wait and were never sent.
    pub waiting: u64,
    /// Operations that were sent and not yet acknowledged.
    pub sent: u64,
    /// Of both, operations that were emptied.
    pub emptied: u64,
}

impl Store {
    /// Counts what the outbox holds.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn outbox_counts(&self) -> Result<OutboxCounts> {
        let sql = "SELECT count(*) FILTER (WHERE NOT is_sent), count(*) FILTER (WHERE is_sent),
                   count(*) FILTER (WHERE op IS NULL) FROM outbox";
        Ok(self.connection.prepare_cached(sql)?.query_row([], |row| {
            Ok(OutboxCounts {
                waiting: row.get::<_, i64>(0)? as u64,
                sent: row.get::<_, i64>(1)? as u64,
                emptied: row.get::<_, i64>(2)? as u64,
            })
        })?)
    }
}

/// Empties what was queued under a grant.
pub(crate) fn empty_for_grant(connection: &Connection, grant: GrantId) -> Result<()> {
    empty(connection, "grant_id = ?1", [grant.0])
}

/// Empties what was queued about some subjects.
pub(crate) fn empty_for_tokens(connection: &Connection, tokens: &[SubjectToken]) -> Result<()> {
    let which = "subject_id = (SELECT id FROM subjects WHERE token = ?1)";
    tokens.iter().try_for_each(|token| empty(connection, which, params![token.0]))
}

/// Notes everything queued as changed again and drops it with its numbers: for a device that begins anew under another id.
pub(crate) fn requeue_all(connection: &Connection) -> Result<()> {
    empty(connection, "1", [])?;
    connection.execute("DELETE FROM outbox", [])?;
    Ok(())
}

/// Empties the operations that carry something; those that only remove need no consent and go on.
fn empty(connection: &Connection, which: &str, parameters: impl Params + Clone) -> Result<()> {
    let is_full = "op IS NOT NULL AND kind = 'set'";
    connection
        .prepare_cached(&format!(
            "INSERT INTO dirty
             SELECT s.purpose, s.customer_id, o.field_group, o.part, NULL
             FROM outbox o JOIN subjects s ON s.id = o.subject_id
             WHERE {is_full} AND s.customer_id IS NOT NULL AND {which}
             ON CONFLICT DO UPDATE SET held = NULL"
        ))?
        .execute(parameters.clone())?;
    connection
        .prepare_cached(&format!("UPDATE outbox SET op = NULL, kind = 'void' WHERE {is_full} AND {which}"))?
        .execute(parameters)?;
    Ok(())
}
