//! The conflict shelf: values that lost a merge, kept beside what stands for 30 days.

use super::content::PartContent;
use super::merge_fields::{stored_value, write_score};
use crate::customers::write_fields_of;
use crate::fields::FieldTable;
use crate::log::{Author, Draft, append};
use crate::{Error, Result, Store};
use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};
use serde_json::json;
use stillroom_consent::DeviceId;
use stillroom_records::field::FieldOrigin;
use stillroom_records::{ChangeKind, CustomerId, FieldGroup};

/// How long a value stays on the shelf, in milliseconds.
pub const SHELF_MILLIS: i64 = 30 * 86_400_000;

/// Why a value is on the shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictReason {
    /// Two devices changed the same part without having seen each other's change.
    EditedTwice,
    /// One device changed the record while another deleted it.
    Deleted,
    /// Another record has the same external id.
    ExternalIdTaken,
    /// A field of that key has another type here, or there is no room for it.
    OtherKind,
}

impl ConflictReason {
    const ALL: [(ConflictReason, &'static str); 4] = [
        (ConflictReason::EditedTwice, "edited_twice"),
        (ConflictReason::Deleted, "deleted"),
        (ConflictReason::ExternalIdTaken, "external_id_taken"),
        (ConflictReason::OtherKind, "other_kind"),
    ];

    fn key(self) -> &'static str {
        Self::ALL.into_iter().find(|(reason, _)| *reason == self).map_or("edited_twice", |(_, key)| key)
    }
}

/// Two values of one part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Conflict {
    /// Its number on the shelf.
    pub id: i64,
    /// The customer.
    pub customer: CustomerId,
    /// Why.
    pub reason: ConflictReason,
    /// What stood when the conflict was noticed.
    pub kept: PartContent,
    /// The value on the shelf.
    pub other: PartContent,
    /// The device whose value it is.
    pub other_device: DeviceId,
    /// When it was noticed, in milliseconds since 1970-01-01 UTC.
    pub noticed_millis: i64,
}

/// How to settle a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// What stands stays.
    Keep,
    /// The value on the shelf takes its place, as an edit made here and now.
    Other,
}

impl Store {
    /// The conflicts on the shelf, oldest first.
    ///
    /// # Errors
    /// [`Error::Damaged`] when one cannot be read.
    pub fn conflicts(&self, offset: usize, limit: usize) -> Result<Vec<Conflict>> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM conflicts ORDER BY id LIMIT ? OFFSET ?"))?;
        let mut rows = statement.query(params![limit as i64, offset as i64])?;
        let mut conflicts = Vec::new();
        while let Some(row) = rows.next()? {
            conflicts.push(conflict_from_row(row)?);
        }
        Ok(conflicts)
    }

    /// The conflicts about one customer, oldest first.
    ///
    /// # Errors
    /// [`Error::Damaged`] when one cannot be read.
    pub fn conflicts_of(&self, customer: CustomerId) -> Result<Vec<Conflict>> {
        let sql = format!("SELECT {COLUMNS} FROM conflicts WHERE customer_id = ? ORDER BY id");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([customer.0])?;
        let mut conflicts = Vec::new();
        while let Some(row) = rows.next()? {
            conflicts.push(conflict_from_row(row)?);
        }
        Ok(conflicts)
    }

    /// How many conflicts there are.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn n_conflicts(&self) -> Result<u64> {
        let count: i64 = self
            .connection
            .prepare_cached("SELECT count(*) FROM conflicts")?
            .query_row([], |row| row.get(0))?;
        Ok(count as u64)
    }

    /// Settles a conflict and takes it off the shelf. A customer that was deleted meanwhile cannot get the other value.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the conflict or its customer is gone; [`Error::DuplicateExternalId`] when another customer still
    /// has the external id; [`Error::WrongKind`] when the field still has another type; [`Error::ImportInProgress`]. On an error
    /// the conflict stays.
    pub fn resolve_conflict(&mut self, conflict: i64, choice: Choice, now_millis: i64) -> Result<()> {
        self.write(|connection, fields| {
            let found = connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM conflicts WHERE id = ?"))?
                .query_row([conflict], |row| Ok(conflict_from_row(row)))
                .map_err(crate::view::not_found("conflict"))??;
            if found.reason == ConflictReason::ExternalIdTaken {
                super::external_ids::drop_claim(connection, found.customer.0)?;
            }
            if choice == Choice::Other {
                let customer = found.customer.0;
                if found.other.part == 0 {
                    let is_whole = found.reason == ConflictReason::EditedTwice;
                    write_fields_of(connection, fields, customer, &found.other, is_whole, now_millis)?;
                    write_scores_of(connection, fields, customer, &found.other, is_whole, now_millis)?;
                } else {
                    write_lines(connection, customer, &found.other, now_millis)?;
                }
            }
            connection.execute("DELETE FROM conflicts WHERE id = ?", [conflict])?;
            Ok(())
        })
    }

    /// Takes off the shelf what has been there for 30 days; returns how many values went.
    ///
    /// # Errors
    /// [`Error::ImportInProgress`].
    pub fn expire_conflicts(&mut self, now_millis: i64) -> Result<u64> {
        self.write(|connection, _| {
            let n_gone = connection.execute(
                "DELETE FROM conflicts WHERE noticed_ms <= ?",
                [now_millis.saturating_sub(SHELF_MILLIS)],
            )?;
            Ok(n_gone as u64)
        })
    }
}

fn write_scores_of(
    connection: &Connection,
    fields: &FieldTable,
    customer: i64,
    other: &PartContent,
    is_whole: bool,
    now_millis: i64,
) -> Result<()> {
    if other.group != FieldGroup::Scores {
        return Ok(());
    }
    for score in &other.scores {
        let definition = &fields.get(&score.key)?.definition;
        if definition.origin != FieldOrigin::Score || definition.kind != score.kind {
            return Err(Error::WrongKind { field: score.key.clone(), expected: definition.kind });
        }
    }
    for field in fields.all().iter().filter(|field| field.definition.origin == FieldOrigin::Score) {
        let named = other.scores.iter().find(|score| score.key == *field.key());
        let before = stored_value(connection, field, customer)?;
        let after = named.map(|score| score.value.clone()).unwrap_or_default();
        if before == after || named.is_none() && !is_whole {
            continue;
        }
        write_score(connection, customer, field, &after)?;
        let draft = Draft::new(ChangeKind::CustomerEdited)
            .range(customer, customer)
            .group(FieldGroup::Scores)
            .before(json!({ field.key().as_str(): before }))
            .after(json!({ field.key().as_str(): after }));
        append(connection, &Author::user(now_millis, "conflict"), draft)?;
    }
    Ok(())
}

fn write_lines(connection: &Connection, customer: i64, other: &PartContent, now_millis: i64) -> Result<()> {
    let is_here = connection.prepare_cached("SELECT 1 FROM customers WHERE id = ?")?.exists([customer])?;
    if !is_here {
        return Err(Error::NotFound { record: "customer" });
    }
    let range = super::merge_lines::replace(connection, customer, other.part, &other.lines)?;
    super::merge_lines::recount(connection, &std::collections::BTreeSet::from([customer]))?;
    super::changes::note(
        connection,
        stillroom_consent::Purpose::Backup,
        customer,
        super::changes::ChangedPart::Part(FieldGroup::Behaviour, other.part),
    )?;
    if let Some((first, last)) = range {
        let draft = Draft::new(ChangeKind::OrderLinesCreated)
            .range(first, last)
            .after(json!({ "customer": customer }));
        append(connection, &Author::user(now_millis, "conflict"), draft)?;
    }
    Ok(())
}

const COLUMNS: &str = "id, customer_id, reason, kept, other, other_device, noticed_ms";

pub(crate) fn conflict_from_row(row: &Row<'_>) -> Result<Conflict> {
    let key: String = row.get(2)?;
    let reason = ConflictReason::ALL.into_iter().find(|(_, of)| *of == key).ok_or(Error::Damaged)?.0;
    let content = |column| -> Result<PartContent> {
        PartContent::from_bytes(&row.get::<_, Vec<u8>>(column)?).map_err(|_| Error::Damaged)
    };
    Ok(Conflict {
        id: row.get(0)?,
        customer: CustomerId(row.get(1)?),
        reason,
        kept: content(3)?,
        other: content(4)?,
        other_device: DeviceId(row.get(5)?),
        noticed_millis: row.get(6)?,
    })
}

/// Puts a value on the shelf, once.
pub(crate) fn shelve(
    connection: &Connection,
    customer: i64,
    reason: ConflictReason,
    kept: &PartContent,
    other: &PartContent,
    device: DeviceId,
    now_millis: i64,
) -> Result<bool> {
    let (kept, bytes) = (kept.to_bytes(), other.to_bytes());
    let n_rows = connection
        .prepare_cached(
            "INSERT INTO conflicts (customer_id, field_group, part, reason, kept, other, other_device, noticed_ms)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE NOT EXISTS
             (SELECT 1 FROM conflicts WHERE customer_id = ?1 AND reason = ?4 AND other = ?6)",
        )?
        .execute(params![
            customer,
            other.group.key(),
            other.part as i64,
            reason.key(),
            kept,
            bytes,
            device.0,
            now_millis
        ])?;
    Ok(n_rows > 0)
}
