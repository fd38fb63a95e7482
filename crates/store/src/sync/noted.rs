//! Lawful bases that were recorded before there was a ledger to enter them into: kept here, and entered once there is one.

use super::ledger::counted_bases;
use crate::{Error, Result, Store};
use rusqlite::{Connection, OptionalExtension, params};
use stillroom_consent::{Hash, Purpose, SignedEntry, SubjectBasis, cbor};
use stillroom_records::CustomerId;

/// One basis for one purpose and the customers that have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotedBases {
    /// What for.
    pub purpose: Purpose,
    /// The basis.
    pub basis: SubjectBasis,
    /// The customers, in order.
    pub customers: Vec<CustomerId>,
}

impl Store {
    /// Notes the basis of customers for a purpose, in place of what was noted before.
    ///
    /// # Errors
    /// [`Error::Consent`] when one of them said no before and this is not a new yes with evidence, as the ledger has it; then nothing
    /// has changed. [`Error::ImportInProgress`].
    pub fn note_bases(
        &mut self,
        customers: &[CustomerId],
        purpose: Purpose,
        basis: &SubjectBasis,
    ) -> Result<()> {
        self.write(|connection, _| {
            let bytes = cbor::encode(basis);
            for customer in customers {
                if find(connection, *customer, purpose)?.is_some_and(|before| !basis.may_follow(&before)) {
                    let reason = "after a no, a basis needs evidence and a later date";
                    return Err(stillroom_consent::Error::Invalid { reason }.into());
                }
                connection
                    .prepare_cached("INSERT OR REPLACE INTO noted_bases VALUES (?, ?, ?)")?
                    .execute(params![customer.0, purpose.key(), bytes])?;
            }
            Ok(())
        })
    }

    /// What was noted of a customer and is not in the ledger yet.
    ///
    /// # Errors
    /// [`Error::Damaged`] when it cannot be read.
    pub fn noted_basis(&self, customer: CustomerId, purpose: Purpose) -> Result<Option<SubjectBasis>> {
        find(&self.connection, customer, purpose)
    }

    /// The distinct noted bases for a purpose, each with how many customers have it.
    ///
    /// # Errors
    /// [`Error::Damaged`] when one cannot be read.
    pub fn noted_counts(&self, purpose: Purpose) -> Result<Vec<(SubjectBasis, u64)>> {
        let sql = "SELECT basis, count(*) FROM noted_bases n WHERE purpose = ?
             AND EXISTS (SELECT 1 FROM customers WHERE id = n.customer_id) GROUP BY basis ORDER BY count(*) DESC, basis";
        counted_bases(&self.connection, sql, purpose)
    }

    /// Up to `limit` customers of one noted basis, the next to be entered into the ledger; none when nothing is noted. What was noted
    /// of customers that are gone is forgotten.
    ///
    /// # Errors
    /// [`Error::Damaged`] when one cannot be read; [`Error::ImportInProgress`].
    pub fn next_noted(&mut self, limit: usize) -> Result<Option<NotedBases>> {
        self.write(|connection, _| {
            let gone = "NOT EXISTS (SELECT 1 FROM customers WHERE id = noted_bases.customer_id)";
            connection.prepare_cached(&format!("DELETE FROM noted_bases WHERE {gone}"))?.execute([])?;
            let first: Option<(String, Vec<u8>)> = connection
                .prepare_cached("SELECT purpose, basis FROM noted_bases ORDER BY customer_id, purpose LIMIT 1")?
                .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let Some((purpose, bytes)) = first else { return Ok(None) };
            let customers = connection
                .prepare_cached(
                    "SELECT customer_id FROM noted_bases WHERE purpose = ? AND basis = ? ORDER BY customer_id LIMIT ?",
                )?
                .query_map(params![purpose, bytes, limit as i64], |row| row.get(0).map(CustomerId))?
                .collect::<rusqlite::Result<_>>()?;
            let purpose = super::purpose_from_key(&purpose)?;
            Ok(Some(NotedBases { purpose, basis: read(&bytes)?, customers }))
        })
    }

    /// Whether anything is noted that is not in the ledger yet.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn has_noted(&self) -> Result<bool> {
        Ok(self.connection.prepare_cached("SELECT 1 FROM noted_bases")?.exists([])?)
    }

    /// Appends the entry that enters what was noted, and forgets the notes with that.
    ///
    /// # Errors
    /// As [`Store::append_entry`].
    pub fn append_noted(&mut self, signed: &SignedEntry, noted: &NotedBases) -> Result<Hash> {
        self.write(|connection, _| {
            forget(connection, noted)?;
            super::ledger::add_entry(connection, signed, true)
        })
    }

    /// Forgets notes that can no longer be entered.
    ///
    /// # Errors
    /// [`Error::ImportInProgress`].
    pub fn forget_noted(&mut self, noted: &NotedBases) -> Result<()> {
        self.write(|connection, _| forget(connection, noted))
    }
}

fn forget(connection: &Connection, noted: &NotedBases) -> Result<()> {
    let mut delete =
        connection.prepare_cached("DELETE FROM noted_bases WHERE customer_id = ? AND purpose = ?")?;
    let key = noted.purpose.key();
    noted.customers.iter().try_for_each(|customer| delete.execute(params![customer.0, key]).map(|_| ()))?;
    Ok(())
}

fn find(connection: &Connection, customer: CustomerId, purpose: Purpose) -> Result<Option<SubjectBasis>> {
    let bytes: Option<Vec<u8>> = connection
        .prepare_cached("SELECT basis FROM noted_bases WHERE customer_id = ? AND purpose = ?")?
        .query_row(params![customer.0, purpose.key()], |row| row.get(0))
        .optional()?;
    bytes.map(|bytes| read(&bytes)).transpose()
}

fn read(bytes: &[u8]) -> Result<SubjectBasis> {
    cbor::decode(bytes).map_err(|_| Error::Damaged)
}
