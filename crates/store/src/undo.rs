//! Undoing an import: what it created goes, what it changed gets its former values back.
//!
//! The rules, in order. An import that a later one builds on (its lines belong to customers this one created, it updated the same
//! customers, or it matched customers this one created) is not undone before that one. Customers it created are removed with
//! everything on them, edits made by hand since included; the preview counts those. Fields it changed get their former value
//! back, except where somebody has edited the value since: that edit stays, and is counted.

use crate::fields::{Bound, FieldTable};
use crate::import::{count_orders, note_customers_of_lines};
use crate::log::{Author, Draft, append, import_cause};
use crate::{Error, Result, Store};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use stillroom_records::{ChangeKind, FieldKey, ImportId, Value};

/// What undoing an import would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoPreview {
    /// Customers it created, which would be removed.
    pub customers_removed: u64,
    /// Of those, the customers with a field edited by hand since.
    pub edited_customers_removed: u64,
    /// Of those, the customers with scores or labels.
    pub scored_customers_removed: u64,
    /// Customers it changed, which would get former values back.
    pub customers_restored: u64,
    /// Fields somebody has edited since, which would keep the edit.
    pub edits_kept: u64,
    /// Order lines, which would be removed.
    pub order_lines_removed: u64,
    /// The latest import that builds on this one and has to be undone first.
    pub blocked_by: Option<ImportId>,
}

/// What undoing an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoSummary {
    /// Customers removed.
    pub customers_removed: u64,
    /// Customers that got former values back.
    pub customers_restored: u64,
    /// Fields that kept a later edit.
    pub edits_kept: u64,
    /// Order lines removed.
    pub order_lines_removed: u64,
}

impl Store {
    /// Says what [`Store::undo_import`] would do, and changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::AlreadyUndone`].
    pub fn undo_preview(&self, import: ImportId) -> Result<UndoPreview> {
        let lines = finished_lines(&self.connection, import.0)?;
        let count = |sql: &str| -> Result<u64> {
            Ok(self.connection.prepare_cached(sql)?.query_row([import.0], |row| row.get::<_, i64>(0))? as u64)
        };
        let restores = plan_restores(&self.connection, &self.fields, import.0)?;
        Ok(UndoPreview {
            customers_removed: count(&format!("SELECT count(*) FROM customers WHERE id {CREATED}"))?,
            edited_customers_removed: count(&format!(
                "SELECT count(DISTINCT c.id) FROM change_log l JOIN customers c ON c.id = l.first_id
                 WHERE l.kind = 'customer_edited' AND l.first_id {CREATED}"
            ))?,
            scored_customers_removed: count(&format!(
                "SELECT count(*) FROM customers c
                 WHERE c.id {CREATED} AND EXISTS (SELECT 1 FROM scores s WHERE s.customer_id = c.id)"
            ))?,
            customers_restored: n_customers(&restores.assignments),
            edits_kept: restores.edits_kept,
            order_lines_removed: count_lines(&self.connection, lines)?,
            blocked_by: depending_import(&self.connection, import.0)?,
        })
    }

    /// Undoes an import in one transaction, by the rules above.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::AlreadyUndone`], [`Error::LaterImportDepends`], [`Error::ImportInProgress`].
    pub fn undo_import(&mut self, import: ImportId, now_millis: i64) -> Result<UndoSummary> {
        self.write(|connection, fields| {
            let lines = finished_lines(connection, import.0)?;
            if let Some(import) = depending_import(connection, import.0)? {
                return Err(Error::LaterImportDepends { import });
            }
            let restores = plan_restores(connection, fields, import.0)?;
            for (customer, column, value) in &restores.assignments {
                connection
                    .prepare_cached(&format!("UPDATE customers SET {column} = ? WHERE id = ?"))?
                    .execute(params![Bound(value), customer])?;
            }
            remove_synced_lines(connection, import.0)?;
            let order_lines_removed = remove_lines(connection, lines)?;
            remove_items(connection, import.0)?;
            let customers_removed =
                connection.execute(&format!("DELETE FROM customers WHERE id {CREATED}"), [import.0])? as u64;
            connection.execute("DELETE FROM import_matches WHERE import_id = ?", [import.0])?;
            connection.execute("UPDATE imports SET state = 'undone' WHERE id = ?", [import.0])?;
            let summary = UndoSummary {
                customers_removed,
                customers_restored: n_customers(&restores.assignments),
                edits_kept: restores.edits_kept,
                order_lines_removed,
            };
            let author = Author::user(now_millis, &import_cause(import.0));
            let draft = Draft::new(ChangeKind::ImportUndone).range(import.0, import.0).after(json!(summary));
            append(connection, &author, draft)?;
            Ok(summary)
        })
    }
}

/// The ids of the customers that import `?1` created: one range, since nothing else is written while an import is. Comparing with
/// a missing range is never true.
const CREATED: &str = "BETWEEN (SELECT first_customer FROM imports WHERE id = ?1)
                           AND (SELECT last_customer FROM imports WHERE id = ?1)";

type LineRange = Option<(i64, i64)>;

fn finished_lines(connection: &Connection, import: i64) -> Result<LineRange> {
    let found: Option<(String, Option<i64>, Option<i64>)> = connection
        .query_row("SELECT state, first_line, last_line FROM imports WHERE id = ?", [import], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    match found {
        None => Err(Error::NotFound { record: "import" }),
        Some((state, ..)) if state == "undone" => Err(Error::AlreadyUndone),
        Some((state, ..)) if state == "running" => Err(Error::ImportInProgress),
        Some((_, first, last)) => Ok(first.zip(last)),
    }
}

fn count_lines(connection: &Connection, lines: LineRange) -> Result<u64> {
    let Some((first, last)) = lines else { return Ok(0) };
    let n_lines: i64 = connection.query_row(
        "SELECT count(*) FROM order_lines WHERE id BETWEEN ? AND ?",
        [first, last],
        |row| row.get(0),
    )?;
    Ok(n_lines as u64)
}

/// The latest live import that needs this one's records.
fn depending_import(connection: &Connection, import: i64) -> Result<Option<ImportId>> {
    let sql = format!(
        "SELECT max(later) FROM (
            SELECT max(l.import_id) AS later FROM order_lines l WHERE l.customer_id {CREATED} AND l.import_id NOT IN (?1, 0)
            UNION ALL
            SELECT max(m.import_id) FROM import_matches m
            WHERE m.import_id > ?1
              AND EXISTS (SELECT 1 FROM customers c WHERE c.id BETWEEN m.first_id AND m.last_id AND c.id {CREATED})
            UNION ALL
            SELECT max(later.id) FROM imports later
            WHERE later.id > ?1 AND later.state = 'finished' AND EXISTS (
                SELECT 1 FROM change_log own JOIN change_images own_image ON own_image.seq = own.seq
                JOIN change_images later_image ON later_image.customer_id = own_image.customer_id
                JOIN change_log later_log ON later_log.seq = later_image.seq
                WHERE own.cause = ?2 AND own.kind = 'customers_updated' AND later_log.cause = 'import:' || later.id)
        )"
    );
    let later: Option<i64> = connection
        .prepare_cached(&sql)?
        .query_row(params![import, import_cause(import)], |row| row.get(0))?;
    Ok(later.map(ImportId))
}

/// The former values to write back: `(customer, column, value)`, oldest image last, so that it wins.
#[derive(Default)]
struct Restores {
    assignments: Vec<(i64, String, Value)>,
    edits_kept: u64,
}

fn plan_restores(connection: &Connection, fields: &FieldTable, import: i64) -> Result<Restores> {
    let mut restores = Restores::default();
    let mut statement = connection.prepare_cached(
        "SELECT i.customer_id, i.before, i.after FROM change_log l JOIN change_images i ON i.seq = l.seq
         WHERE l.cause = ? AND l.kind = 'customers_updated'
           AND EXISTS (SELECT 1 FROM customers c WHERE c.id = i.customer_id)
         ORDER BY i.customer_id, i.seq DESC",
    )?;
    let mut rows = statement.query([import_cause(import)])?;
    let mut current: Map<String, serde_json::Value> = Map::new();
    let mut current_customer = None;
    while let Some(row) = rows.next()? {
        let customer: i64 = row.get(0)?;
        let before: Map<String, serde_json::Value> =
            serde_json::from_str(row.get_ref(1)?.as_str().unwrap_or_default())?;
        let after: Map<String, serde_json::Value> =
            serde_json::from_str(row.get_ref(2)?.as_str().unwrap_or_default())?;
        if current_customer != Some(customer) {
            current.clear();
            current_customer = Some(customer);
        }
        for (key, former) in before {
            let field = fields.get(&FieldKey::new(key.as_str())?)?;
            let found = match current.get(&key) {
                Some(found) => found.clone(),
                None => json!(stored_value(connection, field, customer)?),
            };
            if Some(&found) == after.get(&key) {
                let column = field.editable_column()?.trim_start_matches("customers.").to_owned();
                restores.assignments.push((customer, column, serde_json::from_value(former.clone())?));
                current.insert(key, former);
            } else {
                restores.edits_kept += 1;
                current.insert(key, found);
            }
        }
    }
    Ok(restores)
}

fn stored_value(connection: &Connection, field: &crate::fields::StoredField, customer: i64) -> Result<Value> {
    let sql = format!("SELECT {} FROM customers WHERE id = ?", field.expression);
    Ok(connection.prepare_cached(&sql)?.query_row([customer], |row| Ok(field.value_from(row.get_ref(0)?)))?)
}

fn n_customers(assignments: &[(i64, String, Value)]) -> u64 {
    assignments.chunk_by(|earlier, later| earlier.0 == later.0).count() as u64
}

fn remove_lines(connection: &Connection, lines: LineRange) -> Result<u64> {
    let Some((first, last)) = lines else { return Ok(0) };
    note_customers_of_lines(connection, first, last)?;
    let n_lines = connection.execute("DELETE FROM order_lines WHERE id BETWEEN ? AND ?", [first, last])?;
    count_orders(connection)?;
    Ok(n_lines as u64)
}

/// Removes what other devices sent about the customers that go; it would belong to nobody.
fn remove_synced_lines(connection: &Connection, import: i64) -> Result<()> {
    connection
        .prepare_cached(&format!("DELETE FROM order_lines WHERE import_id = 0 AND customer_id {CREATED}"))?
        .execute([import])?;
    Ok(())
}

/// Removes the items no line sells any more, and takes back the names the import gave to the others.
fn remove_items(connection: &Connection, import: i64) -> Result<()> {
    connection.execute("UPDATE items SET name = NULL, named_by = NULL WHERE named_by = ?", [import])?;
    connection.execute(
        "DELETE FROM items WHERE import_id = ? AND id NOT IN (SELECT item_id FROM order_lines)",
        [import],
    )?;
    Ok(())
}
