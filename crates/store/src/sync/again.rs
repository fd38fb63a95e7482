//! What a server removed and may have again.
//!
//! When a consent ends, the server removes rows and data keys, and what this device knows of them stays: the parts have versions and
//! count as sent. When a consent comes back, every such part is noted as to be sent again. It goes out under the stamp it had,
//! since nothing about it is newer, so that it never overtakes what another device wrote since; and under a new data key, since
//! the old one was deleted to make older copies unreadable.

use super::transaction::SyncTransaction;
use crate::Result;
use rusqlite::{Connection, OptionalExtension, params};
use stillroom_consent::{BasisState, Purpose, SubjectBasis, SubjectToken};

/// Most customers that one step looks at.
const CUSTOMERS_A_STEP: i64 = 2_000;

impl SyncTransaction<'_> {
    /// One step of noting everything that was sent for a purpose as to be sent again, after a grant was given; says whether there is
    /// another.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn note_again(&mut self, purpose: Purpose) -> Result<bool> {
        let from: Option<i64> = self
            .connection
            .prepare_cached("SELECT cursor FROM again WHERE purpose = ?")?
            .query_row([purpose.key()], |row| row.get(0))
            .optional()?;
        let Some(from) = from else { return Ok(false) };
        let until: Option<i64> = self
            .connection
            .prepare_cached(
                "SELECT max(id) FROM (SELECT id FROM customers WHERE id > ? ORDER BY id LIMIT ?)",
            )?
            .query_row(params![from, CUSTOMERS_A_STEP], |row| row.get(0))?;
        let Some(until) = until else {
            self.connection.execute("DELETE FROM again WHERE purpose = ?", [purpose.key()])?;
            return Ok(false);
        };
        let window = "purpose = ?1 AND customer_id > ?2 AND customer_id <= ?3";
        note(self.connection, window, params![purpose.key(), from, until])?;
        self.connection
            .execute("UPDATE again SET cursor = ? WHERE purpose = ?", params![until, purpose.key()])?;
        Ok(true)
    }
}

/// Asks for everything that was sent for a purpose to be sent again.
pub(crate) fn note_purpose(connection: &Connection, purpose: Purpose) -> Result<()> {
    connection.prepare_cached("INSERT OR REPLACE INTO again VALUES (?, 0)")?.execute([purpose.key()])?;
    Ok(())
}

/// Notes what was sent about some records for a purpose as to be sent again.
pub(crate) fn note_tokens(connection: &Connection, purpose: Purpose, tokens: &[SubjectToken]) -> Result<()> {
    let which = "purpose = ?1 AND token = ?2";
    tokens.iter().try_for_each(|token| note(connection, which, params![purpose.key(), token.0]))
}

/// Whether a server may have removed what it had under this basis.
pub(crate) fn is_over(basis: &SubjectBasis, now_millis: i64) -> bool {
    basis.state != BasisState::Given || basis.gpc || basis.expires_at.is_some_and(|end| now_millis >= end)
}

fn note(connection: &Connection, which: &str, parameters: impl rusqlite::Params + Clone) -> Result<()> {
    connection
        .prepare_cached(&format!(
            "INSERT OR IGNORE INTO dirty (purpose, customer_id, field_group, part, held, is_again)
             SELECT s.purpose, s.customer_id, v.field_group, v.part, NULL, 1
             FROM (SELECT * FROM subjects WHERE {which}) s JOIN versions v ON v.subject_id = s.id
             WHERE EXISTS (SELECT 1 FROM customers c WHERE c.id = s.customer_id)"
        ))?
        .execute(parameters.clone())?;
    connection
        .prepare_cached(&format!(
            "UPDATE data_keys SET is_retired = 1 WHERE NOT is_retired
             AND subject_id IN (SELECT id FROM subjects WHERE {which})"
        ))?
        .execute(parameters)?;
    Ok(())
}
