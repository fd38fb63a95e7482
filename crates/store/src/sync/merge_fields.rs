//! The fields and scores of a part from another device, written to a customer.
//!
//! A custom field or a score set that is missing here is made. Of two definitions of a field the one that was written later holds,
//! on every device. A field that has another type here, or for which there is no room, goes to the shelf with its value.

use super::apply::Incoming;
use super::conflicts::ConflictReason;
use super::content::{FieldContent, FieldShape, PartContent};
use super::external_ids;
use super::transaction::SyncTransaction;
use crate::fields::{Bound, MAX_CUSTOM_FIELDS, StoredField, column_type, take_ids};
use crate::log::{Author, Draft, append};
use crate::{Error, Result};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;
use stillroom_records::field::{FieldOrigin, keys};
use stillroom_records::{ChangeKind, FieldDefinition, FieldGroup, FieldKey, FieldKind, Value};

/// Writes every field of the part's group; what the part does not name is emptied.
pub(crate) fn write(
    tx: &mut SyncTransaction<'_>,
    customer: i64,
    incoming: &Incoming<'_>,
    held: &PartContent,
) -> Result<()> {
    let content = incoming.content;
    let mut misfits = PartContent::empty(content.record, content.group, 0);
    for field in &content.fields {
        if !make_field(tx, content.group, field)? {
            misfits.fields.push(field.clone());
        }
    }
    for score in &content.scores {
        if !make_score_set(tx, score)? {
            misfits.scores.push(score.clone());
        }
    }
    if !misfits.is_empty() {
        let device = incoming.lineage.version.device;
        tx.shelve(customer, ConflictReason::OtherKind, held, &misfits, device)?;
    }
    let is_misfit =
        |key: &str| misfits.fields.iter().chain(&misfits.scores).any(|misfit| misfit.key.as_str() == key);
    let targets: Vec<(StoredField, Value)> = tx
        .fields
        .all()
        .iter()
        .filter(|field| field.definition.origin != FieldOrigin::Computed && !is_misfit(field.key().as_str()))
        .filter_map(|field| Some((field.clone(), target_of(field, content)?)))
        .collect();
    for (field, value) in targets {
        write_value(tx, customer, &field, &value)?;
    }
    Ok(())
}

/// What a field is to hold; `None` when the part says nothing about it.
fn target_of(field: &StoredField, content: &PartContent) -> Option<Value> {
    let named = content.fields.iter().chain(&content.scores).find(|named| named.key == *field.key());
    match named {
        Some(named) => Some(named.value.clone()),
        None => (field.definition.group == content.group).then_some(Value::Missing),
    }
}

fn write_value(
    tx: &mut SyncTransaction<'_>,
    customer: i64,
    field: &StoredField,
    value: &Value,
) -> Result<()> {
    let before = stored_value(tx.connection, field, customer)?;
    match field.definition.origin {
        _ if field.key().as_str() == keys::EXTERNAL_ID => {
            return write_external_id(tx, customer, field, value);
        }
        _ if before == *value => return Ok(()),
        FieldOrigin::Score => write_score(tx.connection, customer, field, value)?,
        _ => {
            let column = field.editable_column()?.trim_start_matches("customers.");
            tx.connection
                .prepare_cached(&format!("UPDATE customers SET {column} = ? WHERE id = ?"))?
                .execute(params![Bound(value), customer])?;
        }
    }
    note_image(tx, customer, field, &before, value)
}

/// A customer that was made in this transaction has no image: what it holds is what it was made with.
fn note_image(
    tx: &mut SyncTransaction<'_>,
    customer: i64,
    field: &StoredField,
    before: &Value,
    after: &Value,
) -> Result<()> {
    if before != after && !tx.written.created.contains(&customer) {
        tx.written.images.note(customer, field, before, after);
        tx.written.images.flush_when_full(tx.connection, &Author::sync(tx.now_millis))?;
    }
    Ok(())
}

fn write_external_id(
    tx: &mut SyncTransaction<'_>,
    customer: i64,
    field: &StoredField,
    value: &Value,
) -> Result<()> {
    let before = stored_value(tx.connection, field, customer)?;
    let claimed = external_ids::claim(tx.connection, customer, value.as_text())?;
    let after = stored_value(tx.connection, field, customer)?;
    note_image(tx, customer, field, &before, &after)?;
    note_heirs(tx, claimed.heir)?;
    let Some(loser) = claimed.loser else { return Ok(()) };
    if loser != customer {
        note_image(tx, loser, field, value, &Value::Missing)?;
    }
    let record = super::records::find_record(tx.connection, loser)?.ok_or(Error::Damaged)?;
    let mut claim = PartContent::empty(record, FieldGroup::Identity, 0);
    let key = field.key().clone();
    claim.fields.push(FieldContent { key, kind: FieldKind::Text, shape: None, value: value.clone() });
    let kept = PartContent::empty(record, FieldGroup::Identity, 0);
    let device = tx.state.device;
    tx.shelve(loser, ConflictReason::ExternalIdTaken, &kept, &claim, device)
}

/// Notes in the log that customers got an external id that became free.
pub(crate) fn note_heirs(
    tx: &mut SyncTransaction<'_>,
    heirs: impl IntoIterator<Item = external_ids::Heir>,
) -> Result<()> {
    let field = tx.fields.get(&FieldKey::new(keys::EXTERNAL_ID)?)?.clone();
    for heir in heirs {
        note_image(tx, heir.customer, &field, &Value::Missing, &Value::text(heir.external_id))?;
    }
    Ok(())
}

pub(crate) fn write_score(
    connection: &Connection,
    customer: i64,
    field: &StoredField,
    value: &Value,
) -> Result<()> {
    let set: i64 = connection
        .prepare_cached("SELECT id FROM score_sets WHERE key = ?")?
        .query_row([field.key().as_str()], |row| row.get(0))?;
    let (number, level) = match value {
        Value::Number(number) => (Some(*number), None),
        Value::Text(text) => (None, Some(level_of(connection, set, text)?)),
        _ => {
            connection
                .prepare_cached("DELETE FROM scores WHERE customer_id = ? AND set_id = ?")?
                .execute([customer, set])?;
            return Ok(());
        }
    };
    connection
        .prepare_cached("INSERT OR REPLACE INTO scores VALUES (?, ?, ?, ?)")?
        .execute(params![customer, set, number, level])?;
    Ok(())
}

fn level_of(connection: &Connection, set: i64, text: &str) -> Result<i64> {
    let known: Option<i64> = connection
        .prepare_cached("SELECT code FROM score_levels WHERE set_id = ? AND text = ?")?
        .query_row(params![set, text], |row| row.get(0))
        .optional()?;
    if let Some(code) = known {
        return Ok(code);
    }
    Ok(connection
        .prepare_cached(
            "INSERT INTO score_levels
             SELECT ?1, coalesce(max(code), -1) + 1, ?2 FROM score_levels WHERE set_id = ?1 RETURNING code",
        )?
        .query_row(params![set, text], |row| row.get(0))?)
}

/// Sees to it that there is a field that can hold the value; says no when there cannot be one.
fn make_field(tx: &mut SyncTransaction<'_>, group: FieldGroup, field: &FieldContent) -> Result<bool> {
    let Ok(stored) = tx.fields.get(&field.key).cloned() else {
        let Some(shape) = &field.shape else { return Ok(false) };
        if !is_room(tx) {
            return Ok(false);
        }
        return add_field(tx, group, field, shape).map(|()| true);
    };
    let definition = &stored.definition;
    if definition.kind != field.kind || !definition.is_editable() || stored.check(&field.value).is_err() {
        return Ok(false);
    }
    match (&field.shape, definition.origin) {
        (None, FieldOrigin::Standard) => Ok(definition.group == group),
        (Some(shape), FieldOrigin::Custom) => adopt(tx, definition, group, shape).map(|()| true),
        _ => Ok(false),
    }
}

fn is_room(tx: &SyncTransaction<'_>) -> bool {
    let is_custom = |field: &&StoredField| field.definition.origin == FieldOrigin::Custom;
    tx.fields.all().iter().filter(is_custom).count() < MAX_CUSTOM_FIELDS
}

fn add_field(
    tx: &mut SyncTransaction<'_>,
    group: FieldGroup,
    field: &FieldContent,
    shape: &FieldShape,
) -> Result<()> {
    let id = take_ids(tx.connection, "custom_fields", 1)?;
    tx.connection.execute(
        "INSERT INTO custom_fields VALUES (?, ?, ?, ?, ?)",
        (id, field.key.as_str(), &shape.label, field.kind.key(), group.key()),
    )?;
    tx.connection
        .execute_batch(&format!("ALTER TABLE customers ADD COLUMN x_{id} {}", column_type(field.kind)))?;
    note_definition(tx.connection, field.key.as_str(), shape.defined_at)?;
    let definition = FieldDefinition {
        key: field.key.clone(),
        label: shape.label.clone(),
        kind: field.kind,
        group,
        origin: FieldOrigin::Custom,
    };
    let draft = Draft::new(ChangeKind::FieldChanged).group(group).after(json!(definition));
    append(tx.connection, &Author::sync(tx.now_millis), draft)?;
    tx.reload_fields()
}

fn adopt(
    tx: &mut SyncTransaction<'_>,
    held: &FieldDefinition,
    group: FieldGroup,
    shape: &FieldShape,
) -> Result<()> {
    let held_at = defined_at(tx.connection, held.key.as_str())?;
    let is_later = (shape.defined_at, &shape.label, group.key()) > (held_at, &held.label, held.group.key());
    if !is_later {
        return Ok(());
    }
    note_definition(tx.connection, held.key.as_str(), shape.defined_at)?;
    if held.label == shape.label && held.group == group {
        return Ok(());
    }
    tx.connection.execute(
        "UPDATE custom_fields SET label = ?, field_group = ? WHERE key = ?",
        (&shape.label, group.key(), held.key.as_str()),
    )?;
    let after = FieldDefinition { label: shape.label.clone(), group, ..held.clone() };
    let draft = Draft::new(ChangeKind::FieldChanged).group(group).before(json!(held)).after(json!(after));
    append(tx.connection, &Author::sync(tx.now_millis), draft)?;
    tx.reload_fields()
}

fn make_score_set(tx: &mut SyncTransaction<'_>, score: &FieldContent) -> Result<bool> {
    if let Ok(stored) = tx.fields.get(&score.key) {
        let definition = &stored.definition;
        return Ok(definition.origin == FieldOrigin::Score && definition.kind == score.kind);
    }
    let label = score.shape.as_ref().map_or(score.key.as_str(), |shape| &shape.label);
    tx.connection.execute(
        "INSERT INTO score_sets (key, label, kind, model_id, created_ms) VALUES (?, ?, ?, NULL, ?)",
        params![score.key.as_str(), label, score.kind.key(), tx.now_millis],
    )?;
    tx.reload_fields()?;
    Ok(true)
}

pub(crate) fn stored_value(connection: &Connection, field: &StoredField, customer: i64) -> Result<Value> {
    let sql = format!("SELECT {} FROM customers WHERE id = ?", field.expression);
    Ok(connection.prepare_cached(&sql)?.query_row([customer], |row| Ok(field.value_from(row.get_ref(0)?)))?)
}

/// Notes when the definition of a custom field was written.
pub(crate) fn note_definition(connection: &Connection, key: &str, at_millis: i64) -> Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO field_versions VALUES (?, ?)")?
        .execute(params![key, at_millis])?;
    Ok(())
}

/// When the definition of a custom field was written, in milliseconds since 1970; 0 for before anybody noted it.
pub(crate) fn defined_at(connection: &Connection, key: &str) -> Result<i64> {
    let mut statement = connection.prepare_cached("SELECT defined_ms FROM field_versions WHERE key = ?")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?.unwrap_or(0))
}
