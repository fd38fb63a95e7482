//! What pages ask about consent and sync, line by line.

use super::changes::{ChangedPart, HeldReason};
use super::journal::{NetworkRequest, StoredReceipt};
use super::purpose_from_key;
use crate::view::not_found;
use crate::{Result, Store};
use rusqlite::{OptionalExtension, params};
use stillroom_consent::Purpose;
use stillroom_records::CustomerId;

/// A change that does not travel now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// What for it would be sent.
    pub purpose: Purpose,
    /// The customer.
    pub customer: CustomerId,
    /// What changed.
    pub part: ChangedPart,
    /// Why it does not.
    pub reason: HeldReason,
    /// Since when, in milliseconds since 1970-01-01 UTC; none for what was held by an earlier version of this program.
    pub since_millis: Option<i64>,
}

impl Store {
    /// A page of the changes that do not travel now, in order of purpose and customer.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn held_changes(&self, offset: usize, limit: usize) -> Result<Vec<Held>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT purpose, customer_id, field_group, part, held, held_ms FROM dirty WHERE held IS NOT NULL
             ORDER BY purpose, customer_id, field_group, part LIMIT ? OFFSET ?",
        )?;
        let mut rows = statement.query(params![limit as i64, offset as i64])?;
        let mut held = Vec::new();
        while let Some(row) = rows.next()? {
            held.push(Held {
                purpose: purpose_from_key(row.get_ref(0)?.as_str().unwrap_or_default())?,
                customer: CustomerId(row.get(1)?),
                part: ChangedPart::from_keys(row.get_ref(2)?.as_str().unwrap_or_default(), row.get(3)?)?,
                reason: serde_json::from_str(row.get_ref(4)?.as_str().unwrap_or_default())?,
                since_millis: row.get(5)?,
            });
        }
        Ok(held)
    }

    /// The numbers of the requests that [`Store::network_log`] lists with the same window.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn network_lines(&self, offset: usize, limit: usize) -> Result<Vec<(i64, NetworkRequest)>> {
        let mut statement =
            self.connection.prepare_cached("SELECT id FROM network_log ORDER BY id DESC LIMIT ? OFFSET ?")?;
        let ids: Vec<i64> = statement
            .query_map(params![limit as i64, offset as i64], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(ids.into_iter().zip(self.network_log(offset, limit)?).collect())
    }

    /// What a request contained before it was sealed; empty when it was about nobody.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
    pub fn network_preview(&self, request: i64) -> Result<String> {
        let mut statement = self.connection.prepare_cached("SELECT preview FROM network_log WHERE id = ?")?;
        statement.query_row([request], |row| row.get(0)).map_err(not_found("request"))
    }

    /// One receipt.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
    pub fn receipt(&self, id: i64) -> Result<StoredReceipt> {
        let mut statement =
            self.connection.prepare_cached("SELECT id, kind, at_ms, json FROM receipts WHERE id = ?")?;
        let read = |row: &rusqlite::Row<'_>| {
            Ok(StoredReceipt {
                id: row.get(0)?,
                kind: row.get(1)?,
                at_millis: row.get(2)?,
                json: row.get(3)?,
            })
        };
        statement.query_row([id], read).map_err(not_found("receipt"))
    }

    /// Whether the processing of a customer is restricted.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
    pub fn is_restricted(&self, customer: CustomerId) -> Result<bool> {
        let mut statement =
            self.connection.prepare_cached("SELECT restricted_ms IS NOT NULL FROM customers WHERE id = ?")?;
        statement.query_row([customer.0], |row| row.get(0)).map_err(not_found("customer"))
    }

    /// Whether anything about a customer was ever acknowledged by a server, or came from another device.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn has_travelled(&self, customer: CustomerId) -> Result<bool> {
        let mut statement = self.connection.prepare_cached(
            "SELECT 1 FROM subjects s WHERE s.customer_id = ?
             AND (EXISTS (SELECT 1 FROM disclosures d WHERE d.subject_id = s.id)
                  OR EXISTS (SELECT 1 FROM versions v WHERE v.subject_id = s.id))",
        )?;
        Ok(statement.query_row([customer.0], |_| Ok(())).optional()?.is_some())
    }
}
