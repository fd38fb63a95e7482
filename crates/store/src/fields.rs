//! Which fields this workspace has, and where in the database each one lies.

use crate::log::{Author, Draft, append};
use crate::sync::note_definition;
use crate::{Error, Result, Store};
use rusqlite::types::{ToSqlOutput, Value as SqlValue, ValueRef};
use rusqlite::{Connection, ToSql};
use serde_json::json;
use stillroom_records::field::FieldOrigin;
use stillroom_records::{
    ChangeKind, FieldDefinition, FieldGroup, FieldKey, FieldKind, Value, date, standard_fields,
};

/// Most custom fields a workspace holds; SQLite tables end at 2000 columns and every row pays for each.
pub const MAX_CUSTOM_FIELDS: usize = 400;
/// Longest text a field holds, in bytes.
pub const MAX_TEXT_BYTES: usize = 65_536;

/// A field and the SQL expression that reads it from a row of `customers`.
#[derive(Clone, Debug)]
pub(crate) struct StoredField {
    pub(crate) definition: FieldDefinition,
    /// The SQL that reads it; made of fixed names and numbers only, never of what people typed.
    pub(crate) expression: String,
}

impl StoredField {
    pub(crate) fn key(&self) -> &FieldKey {
        &self.definition.key
    }

    /// The column, for fields that are written.
    pub(crate) fn editable_column(&self) -> Result<&str> {
        if self.definition.is_editable() {
            Ok(&self.expression)
        } else {
            Err(Error::FieldNotEditable { field: self.key().clone() })
        }
    }

    /// Turns a stored value into the field's type.
    pub(crate) fn value_from(&self, stored: ValueRef<'_>) -> Value {
        match (self.definition.kind, stored) {
            (FieldKind::Date, ValueRef::Integer(millis)) => Value::time(millis),
            (FieldKind::Boolean, ValueRef::Integer(number)) => Value::Boolean(number != 0),
            (_, ValueRef::Integer(number)) => Value::Number(number as f64),
            (_, ValueRef::Real(number)) => Value::Number(number),
            (_, ValueRef::Text(bytes)) => Value::text(String::from_utf8_lossy(bytes)),
            (_, ValueRef::Null | ValueRef::Blob(_)) => Value::Missing,
        }
    }

    /// Checks that the field can hold the value.
    pub(crate) fn check(&self, value: &Value) -> Result<()> {
        let invalid = |reason| Err(Error::InvalidValue { field: self.key().clone(), reason });
        match (self.definition.kind, value) {
            (_, Value::Missing) => Ok(()),
            (FieldKind::Number, Value::Number(number)) if !number.is_finite() => {
                invalid("the number is not finite")
            }
            (FieldKind::Date, Value::Time { millis })
                if !(date::MIN_MILLIS..=date::MAX_MILLIS).contains(millis) =>
            {
                invalid("the year is not between 0000 and 9999")
            }
            (FieldKind::Text | FieldKind::Category, Value::Text(text)) if text.len() > MAX_TEXT_BYTES => {
                invalid("the text is too long")
            }
            (FieldKind::Text | FieldKind::Category, Value::Text(text)) if text.is_empty() => {
                invalid("the text is empty: leave it missing")
            }
            (FieldKind::Text | FieldKind::Category, Value::Text(_))
            | (FieldKind::Number, Value::Number(_))
            | (FieldKind::Date, Value::Time { .. })
            | (FieldKind::Boolean, Value::Boolean(_)) => Ok(()),
            (expected, _) => Err(Error::WrongKind { field: self.key().clone(), expected }),
        }
    }
}

/// A value on its way into a statement.
pub(crate) struct Bound<'a>(pub(crate) &'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Value::Missing => ToSqlOutput::Owned(SqlValue::Null),
            Value::Boolean(yes) => ToSqlOutput::Owned(SqlValue::Integer(i64::from(*yes))),
            Value::Number(number) => ToSqlOutput::Owned(SqlValue::Real(*number)),
            Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Value::Time { millis } => ToSqlOutput::Owned(SqlValue::Integer(*millis)),
        })
    }
}

/// All fields of a workspace, read once when it is opened and again when they change.
pub(crate) struct FieldTable(Vec<StoredField>);

impl FieldTable {
    pub(crate) fn load(connection: &Connection) -> Result<Self> {
        let mut fields: Vec<StoredField> = standard_fields()
            .into_iter()
            .map(|definition| {
                let expression = format!("customers.{}", definition.key.as_str());
                StoredField { definition, expression }
            })
            .collect();
        fields.extend(custom_fields(connection)?);
        fields.extend(score_fields(connection)?);
        Ok(FieldTable(fields))
    }

    pub(crate) fn get(&self, key: &FieldKey) -> Result<&StoredField> {
        let found = self.0.iter().find(|field| field.key() == key);
        found.ok_or_else(|| Error::UnknownField { field: key.clone() })
    }

    pub(crate) fn all(&self) -> &[StoredField] {
        &self.0
    }
}

fn custom_fields(connection: &Connection) -> Result<Vec<StoredField>> {
    let mut statement = connection
        .prepare_cached("SELECT id, key, label, kind, field_group FROM custom_fields ORDER BY id")?;
    let rows = statement.query_map([], |row| {
        let texts: [String; 4] = [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
        Ok((row.get::<_, i64>(0)?, texts))
    })?;
    rows.map(|row| {
        let (id, [key, label, kind, group]) = row?;
        let definition = FieldDefinition {
            key: FieldKey::new(key)?,
            label,
            kind: FieldKind::from_key(&kind).ok_or(Error::Damaged)?,
            group: FieldGroup::from_key(&group).ok_or(Error::Damaged)?,
            origin: FieldOrigin::Custom,
        };
        Ok(StoredField { definition, expression: format!("customers.x_{id}") })
    })
    .collect()
}

fn score_fields(connection: &Connection) -> Result<Vec<StoredField>> {
    let mut statement =
        connection.prepare_cached("SELECT id, key, label, kind FROM score_sets ORDER BY id")?;
    let rows = statement.query_map([], |row| {
        let texts: [String; 3] = [row.get(1)?, row.get(2)?, row.get(3)?];
        Ok((row.get::<_, i64>(0)?, texts))
    })?;
    rows.map(|row| {
        let (id, [key, label, kind]) = row?;
        let kind = FieldKind::from_key(&kind).ok_or(Error::Damaged)?;
        let expression = match kind {
            FieldKind::Category => format!(
                "(SELECT l.text FROM scores s JOIN score_levels l ON l.set_id = s.set_id AND l.code = s.level
                  WHERE s.customer_id = customers.id AND s.set_id = {id})"
            ),
            _ => format!(
                "(SELECT s.number FROM scores s WHERE s.customer_id = customers.id AND s.set_id = {id})"
            ),
        };
        let definition = FieldDefinition {
            key: FieldKey::new(key)?,
            label,
            kind,
            group: FieldGroup::Scores,
            origin: FieldOrigin::Score,
        };
        Ok(StoredField { definition, expression })
    })
    .collect()
}

impl Store {
    /// Every field a customer of this workspace has: standard, counted, custom and scores, in that order.
    pub fn fields(&self) -> Vec<FieldDefinition> {
        self.fields.all().iter().map(|field| field.definition.clone()).collect()
    }

    /// One field.
    ///
    /// # Errors
    /// [`Error::UnknownField`] when there is none with this key.
    pub fn field(&self, key: &FieldKey) -> Result<FieldDefinition> {
        self.fields.get(key).map(|field| field.definition.clone())
    }

    /// Adds a custom field and returns it. Its key is made from the label and, where that is taken, numbered.
    ///
    /// # Errors
    /// [`Error::TooManyFields`] past [`MAX_CUSTOM_FIELDS`]; [`Error::ImportInProgress`].
    pub fn add_field(
        &mut self,
        label: &str,
        kind: FieldKind,
        group: FieldGroup,
        now_millis: i64,
    ) -> Result<FieldDefinition> {
        let definition = self.write_fields(|connection, fields| {
            let n_custom =
                fields.all().iter().filter(|field| field.definition.origin == FieldOrigin::Custom).count();
            if n_custom >= MAX_CUSTOM_FIELDS {
                return Err(Error::TooManyFields { limit: MAX_CUSTOM_FIELDS });
            }
            let key = free_key(fields, label)?;
            let id = take_ids(connection, "custom_fields", 1)?;
            connection.execute(
                "INSERT INTO custom_fields VALUES (?, ?, ?, ?, ?)",
                (id, key.as_str(), label, kind.key(), group.key()),
            )?;
            connection
                .execute_batch(&format!("ALTER TABLE customers ADD COLUMN x_{id} {}", column_type(kind)))?;
            let definition =
                FieldDefinition { key, label: label.to_owned(), kind, group, origin: FieldOrigin::Custom };
            let draft = Draft::new(ChangeKind::FieldChanged).group(group).after(json!(definition));
            append(connection, &Author::user(now_millis, "field"), draft)?;
            note_definition(connection, definition.key.as_str(), now_millis)?;
            Ok(definition)
        })?;
        Ok(definition)
    }

    /// Gives a custom field another label and field group; its key and its values stay.
    ///
    /// # Errors
    /// [`Error::UnknownField`]; [`Error::FieldNotEditable`] when it is not a custom field; [`Error::ImportInProgress`].
    pub fn change_field(
        &mut self,
        key: &FieldKey,
        label: &str,
        group: FieldGroup,
        now_millis: i64,
    ) -> Result<FieldDefinition> {
        self.write_fields(|connection, fields| {
            let before = &fields.get(key)?.definition;
            if before.origin != FieldOrigin::Custom {
                return Err(Error::FieldNotEditable { field: key.clone() });
            }
            let after = FieldDefinition { label: label.to_owned(), group, ..before.clone() };
            connection.execute(
                "UPDATE custom_fields SET label = ?, field_group = ? WHERE key = ?",
                (label, group.key(), key.as_str()),
            )?;
            let draft =
                Draft::new(ChangeKind::FieldChanged).group(group).before(json!(before)).after(json!(after));
            append(connection, &Author::user(now_millis, "field"), draft)?;
            note_definition(connection, key.as_str(), now_millis)?;
            Ok(after)
        })
    }
}

pub(crate) fn column_type(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Text | FieldKind::Category => "TEXT COLLATE NOCASE",
        FieldKind::Number => "REAL",
        FieldKind::Date | FieldKind::Boolean => "INTEGER",
    }
}

fn free_key(fields: &FieldTable, label: &str) -> Result<FieldKey> {
    let wanted = FieldKey::from_heading(label);
    let mut key = wanted.clone();
    let mut number = 2;
    while fields.get(&key).is_ok() {
        key = FieldKey::new(format!("{wanted}_{number}"))?;
        number += 1;
    }
    Ok(key)
}

/// Takes `n` fresh ids and returns the first; ids are never given twice, so that the change log stays unambiguous.
pub(crate) fn take_ids(connection: &Connection, counter: &str, n: i64) -> Result<i64> {
    let next = connection
        .prepare_cached("UPDATE counters SET next = next + ? WHERE name = ? RETURNING next")?
        .query_row((n, counter), |row| row.get::<_, i64>(0))?;
    Ok(next - n)
}
