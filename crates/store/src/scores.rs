//! What models say about customers, written back to them: numbers, or labels such as segments.
//!
//! A set of scores has a name and becomes a field, `score.<name>`: it shows in views, filters and sorts like any other. Writing a
//! set of the same name again replaces it. A label is stored once and customers point to it, so that renaming a segment is one
//! row, whatever its size.

use crate::log::{Author, Draft, append};
use crate::view::not_found;
use crate::{Error, Result, Store};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use serde_json::json;
use stillroom_records::{ChangeKind, CustomerId, FieldGroup, FieldKey, FieldKind, ModelId};

/// The values to write, each with its customer.
#[derive(Clone, Copy, Debug)]
pub enum ScoreValues<'a> {
    /// A finite number a customer.
    Numbers(&'a [(CustomerId, f64)]),
    /// A label a customer, as a position in `levels`.
    Labels {
        /// The names of the labels, distinct.
        levels: &'a [String],
        /// Positions in `levels`.
        codes: &'a [(CustomerId, u32)],
    },
}

/// A set of scores.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreSet {
    /// The field it is read through.
    pub key: FieldKey,
    /// What people call it.
    pub label: String,
    /// [`FieldKind::Number`] or [`FieldKind::Category`].
    pub kind: FieldKind,
    /// The model that said so, when it is kept.
    pub model: Option<ModelId>,
    /// When it was written, in milliseconds since 1970-01-01 UTC.
    pub created_millis: i64,
    /// How many customers have one.
    pub n_customers: u64,
    /// The labels and how many customers each has, in their order; none for numbers.
    pub levels: Vec<(String, u64)>,
}

impl Store {
    /// Writes a set of scores, replacing the set of that name, and returns the field it is read through. Customers removed or
    /// restricted since they were read are left out.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a number that is not finite or a code outside `levels`; [`Error::NotFound`] when the model is
    /// not there; [`Error::ImportInProgress`].
    pub fn write_scores(
        &mut self,
        model: Option<ModelId>,
        name: &str,
        values: ScoreValues<'_>,
        now_millis: i64,
    ) -> Result<FieldKey> {
        let key = FieldKey::score(name);
        check(&key, values)?;
        self.write_fields(|connection, _| {
            if let Some(model) = model {
                connection
                    .query_row("SELECT 1 FROM models WHERE id = ?", [model.0], |_| Ok(()))
                    .map_err(not_found("model"))?;
            }
            remove_set(connection, &key)?;
            let kind = match values {
                ScoreValues::Numbers(_) => FieldKind::Number,
                ScoreValues::Labels { .. } => FieldKind::Category,
            };
            connection.execute(
                "INSERT INTO score_sets (key, label, kind, model_id, created_ms) VALUES (?, ?, ?, ?, ?)",
                params![key.as_str(), name, kind.key(), model.map(|model| model.0), now_millis],
            )?;
            let n_customers = insert_values(connection, connection.last_insert_rowid(), values)?;
            let draft = Draft::new(ChangeKind::ScoresWritten)
                .group(FieldGroup::Scores)
                .after(json!({ "field": key, "customers": n_customers }));
            append(connection, &Author::model(now_millis, model.map(|model| model.0)), draft)?;
            Ok(())
        })?;
        Ok(key)
    }

    /// Every set of scores, in order of writing.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn score_sets(&self) -> Result<Vec<ScoreSet>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, key, label, kind, model_id, created_ms,
                    (SELECT count(*) FROM scores WHERE set_id = score_sets.id) FROM score_sets ORDER BY id",
        )?;
        let mut rows = statement.query([])?;
        let mut sets = Vec::new();
        while let Some(row) = rows.next()? {
            sets.push(ScoreSet {
                levels: self.score_levels(row.get(0)?)?,
                key: FieldKey::new(row.get::<_, String>(1)?)?,
                label: row.get(2)?,
                kind: FieldKind::from_key(row.get_ref(3)?.as_str().unwrap_or_default())
                    .ok_or(Error::Damaged)?,
                model: row.get::<_, Option<i64>>(4)?.map(ModelId),
                created_millis: row.get(5)?,
                n_customers: row.get::<_, i64>(6)? as u64,
            });
        }
        Ok(sets)
    }

    fn score_levels(&self, set: i64) -> Result<Vec<(String, u64)>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT l.text, count(s.customer_id) FROM score_levels l
             LEFT JOIN scores s ON s.set_id = l.set_id AND s.level = l.code
             WHERE l.set_id = ? GROUP BY l.code ORDER BY l.code",
        )?;
        let levels = statement.query_map([set], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)))?;
        Ok(levels.collect::<rusqlite::Result<_>>()?)
    }

    /// Renames one label of a set.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the set or the label is not there; [`Error::InvalidValue`] when the new name is empty or already
    /// another label of the set; [`Error::ImportInProgress`].
    pub fn rename_label(&mut self, key: &FieldKey, from: &str, to: &str, now_millis: i64) -> Result<()> {
        self.write(|connection, _| {
            let set = set_id(connection, key)?.ok_or(Error::NotFound { record: "score" })?;
            let invalid = |reason| Err(Error::InvalidValue { field: key.clone(), reason });
            if to.trim().is_empty() {
                return invalid("a label needs a name");
            }
            let code = level_code(connection, set, from)?.ok_or(Error::NotFound { record: "score" })?;
            if level_code(connection, set, to)?.is_some_and(|taken| taken != code) {
                return invalid("another label of this set has that name");
            }
            connection.execute(
                "UPDATE score_levels SET text = ? WHERE set_id = ? AND code = ?",
                params![to, set, code],
            )?;
            let draft = Draft::new(ChangeKind::ScoreRenamed)
                .group(FieldGroup::Scores)
                .before(json!({ "field": key, "label": from }))
                .after(json!({ "field": key, "label": to }));
            append(connection, &Author::user(now_millis, "rename"), draft)?;
            Ok(())
        })
    }

    /// Removes a set of scores.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::ImportInProgress`].
    pub fn remove_scores(&mut self, key: &FieldKey, now_millis: i64) -> Result<()> {
        self.write_fields(|connection, _| {
            let n_customers = remove_set(connection, key)?.ok_or(Error::NotFound { record: "score" })?;
            let draft = Draft::new(ChangeKind::ScoresRemoved)
                .group(FieldGroup::Scores)
                .before(json!({ "field": key, "customers": n_customers }));
            append(connection, &Author::user(now_millis, "remove"), draft)?;
            Ok(())
        })
    }
}

fn check(key: &FieldKey, values: ScoreValues<'_>) -> Result<()> {
    let is_fine = match values {
        ScoreValues::Numbers(numbers) => numbers.iter().all(|(_, number)| number.is_finite()),
        ScoreValues::Labels { levels, codes } => {
            codes.iter().all(|(_, code)| (*code as usize) < levels.len())
        }
    };
    let reason = "every score is a finite number or one of the labels";
    if is_fine { Ok(()) } else { Err(Error::InvalidValue { field: key.clone(), reason }) }
}

fn insert_values(connection: &Connection, set: i64, values: ScoreValues<'_>) -> Result<u64> {
    let mut insert = connection.prepare_cached(
        "INSERT OR REPLACE INTO scores (customer_id, set_id, number, level)
         SELECT id, ?2, ?3, ?4 FROM customers WHERE id = ?1 AND restricted_ms IS NULL",
    )?;
    let mut n_customers = 0;
    match values {
        ScoreValues::Numbers(numbers) => {
            for (customer, number) in numbers {
                n_customers += insert.execute(params![customer.0, set, number, None::<i64>])? as u64;
            }
        }
        ScoreValues::Labels { levels, codes } => {
            for (code, text) in levels.iter().enumerate() {
                connection
                    .execute("INSERT INTO score_levels VALUES (?, ?, ?)", params![set, code as i64, text])?;
            }
            for (customer, code) in codes {
                n_customers += insert.execute(params![customer.0, set, None::<f64>, code])? as u64;
            }
        }
    }
    Ok(n_customers)
}

fn set_id(connection: &Connection, key: &FieldKey) -> Result<Option<i64>> {
    let mut statement = connection.prepare_cached("SELECT id FROM score_sets WHERE key = ?")?;
    Ok(statement.query_row([key.as_str()], |row| row.get(0)).optional()?)
}

fn level_code(connection: &Connection, set: i64, text: &str) -> Result<Option<i64>> {
    let mut statement =
        connection.prepare_cached("SELECT code FROM score_levels WHERE set_id = ? AND text = ?")?;
    Ok(statement.query_row(params![set, text], |row| row.get(0)).optional()?)
}

/// Removes a set and says how many customers had a score of it; `None` when there was none.
fn remove_set(connection: &Connection, key: &FieldKey) -> Result<Option<u64>> {
    let Some(set) = set_id(connection, key)? else { return Ok(None) };
    let n_customers = connection.execute("DELETE FROM scores WHERE set_id = ?", [set])? as u64;
    connection.execute("DELETE FROM score_sets WHERE id = ?", [set])?;
    Ok(Some(n_customers))
}
