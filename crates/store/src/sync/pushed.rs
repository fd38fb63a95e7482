//! What the server stored since the last receipt of a sync, counted by grant, purpose and group.

use super::changes::ChangedPart;
use super::transaction::SyncTransaction;
use super::{number_to_sql, purpose_from_key};
use crate::{Result, Store};
use rusqlite::params;
use stillroom_consent::{GrantId, Purpose};
use stillroom_records::FieldGroup;

/// What the server stored of one group under one grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// Under which grant; zeros for removals.
    pub grant: GrantId,
    /// What for.
    pub purpose: Purpose,
    /// Which group; none for removals.
    pub group: Option<FieldGroup>,
    /// How many operations.
    pub n_operations: u64,
    /// Bytes of their encodings.
    pub n_bytes: u64,
    /// The first and the last number the server gave, among those of other groups.
    pub seqs: (u64, u64),
}

impl Store {
    /// What the server stored since the last receipt, in order of grant, purpose and group.
    ///
    /// # Errors
    /// [`crate::Error::Damaged`] when it cannot be read.
    pub fn pushed(&self) -> Result<Vec<Pushed>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT grant_id, purpose, field_group, n_operations, n_bytes, first_seq, last_seq FROM pushed
             ORDER BY grant_id, purpose, field_group",
        )?;
        let mut rows = statement.query([])?;
        let mut pushed = Vec::new();
        while let Some(row) = rows.next()? {
            let number = |column| row.get::<_, i64>(column).map(|number| number as u64);
            let part = ChangedPart::from_keys(row.get_ref(2)?.as_str().unwrap_or_default(), 0)?;
            pushed.push(Pushed {
                grant: GrantId(row.get(0)?),
                purpose: purpose_from_key(row.get_ref(1)?.as_str().unwrap_or_default())?,
                group: match part {
                    ChangedPart::Part(group, _) => Some(group),
                    ChangedPart::Deletion => None,
                },
                n_operations: number(3)?,
                n_bytes: number(4)?,
                seqs: (number(5)?, number(6)?),
            });
        }
        Ok(pushed)
    }

    /// Stores the receipt of everything that [`Store::pushed`] says, which begins anew with that. Returns its number.
    ///
    /// # Errors
    /// [`crate::Error::Json`] when it is not JSON; [`crate::Error::ImportInProgress`].
    pub fn add_sync_receipt(&mut self, json: &str, now_millis: i64) -> Result<i64> {
        crate::models::check_json(json)?;
        self.write(|connection, _| {
            connection.execute(
                "INSERT INTO receipts (kind, at_ms, json) VALUES ('sync', ?, ?)",
                params![now_millis, json],
            )?;
            let number = connection.last_insert_rowid();
            connection.execute("DELETE FROM pushed", [])?;
            Ok(number)
        })
    }
}

impl SyncTransaction<'_> {
    /// Counts operations of this device that the server numbered, once each, while they are in the outbox: those with numbers in
    /// `device_seqs`, which got the numbers in `seqs`, both from the first to the last.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn count_pushed(&mut self, device_seqs: (u64, u64), seqs: (u64, u64)) -> Result<()> {
        let (first, last) = (number_to_sql(device_seqs.0)?, number_to_sql(device_seqs.1)?);
        let which = "device_seq BETWEEN ?1 AND ?2 AND NOT is_counted AND op IS NOT NULL AND kind <> 'void'";
        self.connection
            .prepare_cached(&format!(
                "INSERT INTO pushed
                 SELECT grant_id, purpose, field_group, count(*), sum(length(op)), ?3, ?4 FROM outbox WHERE {which}
                 GROUP BY grant_id, purpose, field_group
                 ON CONFLICT DO UPDATE SET n_operations = n_operations + excluded.n_operations,
                     n_bytes = n_bytes + excluded.n_bytes, first_seq = min(first_seq, excluded.first_seq),
                     last_seq = max(last_seq, excluded.last_seq)"
            ))?
            .execute(params![first, last, number_to_sql(seqs.0)?, number_to_sql(seqs.1)?])?;
        self.connection
            .prepare_cached(&format!("UPDATE outbox SET is_counted = 1 WHERE {which}"))?
            .execute(params![first, last])?;
        Ok(())
    }
}
