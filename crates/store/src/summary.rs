//! Counts of what the workspace holds, and the list of imports with their issues.

use crate::view::not_found;
use crate::{Error, ImportIssue, ImportKind, ImportState, ImportSummary, Result, Store};
use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};
use stillroom_records::ImportId;

/// What the workspace holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Customers.
    pub customers: u64,
    /// Distinct order numbers that were not cancelled, lines without one counting each.
    pub orders: u64,
    /// Order lines, cancelled ones included.
    pub order_lines: u64,
    /// Items.
    pub items: u64,
    /// Saved models.
    pub models: u64,
    /// The first moment of an order line, in milliseconds since 1970-01-01 UTC.
    pub first_order_millis: Option<i64>,
    /// The last moment of an order line.
    pub last_order_millis: Option<i64>,
    /// Bytes of the database.
    pub database_bytes: u64,
}

/// One import, as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRecord {
    /// The import.
    pub id: ImportId,
    /// What its file held.
    pub kind: ImportKind,
    /// What people recognise it by.
    pub label: String,
    /// Whether its records are in the workspace.
    pub state: ImportState,
    /// When it began, in milliseconds since 1970-01-01 UTC.
    pub started_millis: i64,
    /// When it was finished.
    pub finished_millis: Option<i64>,
    /// What it did.
    pub summary: ImportSummary,
}

const IMPORT_COLUMNS: &str = "id, kind, label, state, started_ms, finished_ms, summary";

fn import_from_row(row: &Row<'_>) -> rusqlite::Result<Option<ImportRecord>> {
    let texts: [String; 4] = [row.get(1)?, row.get(2)?, row.get(3)?, row.get(6)?];
    let [kind, label, state, summary] = texts;
    let (Some(kind), Some(state), Ok(summary)) =
        (ImportKind::from_key(&kind), ImportState::from_key(&state), serde_json::from_str(&summary))
    else {
        return Ok(None);
    };
    Ok(Some(ImportRecord {
        id: ImportId(row.get(0)?),
        kind,
        label,
        state,
        started_millis: row.get(4)?,
        finished_millis: row.get(5)?,
        summary,
    }))
}

impl Store {
    /// Counts what the workspace holds; cost linear in the order lines.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn summary(&self) -> Result<Summary> {
        let sql = "SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM items), (SELECT count(*) FROM models),
                          count(*), count(DISTINCT CASE WHEN cancelled = 0 THEN coalesce(order_number, id) END),
                          min(at_ms), max(at_ms),
                          (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)
                   FROM order_lines";
        let count = |row: &Row<'_>, column| Ok::<_, rusqlite::Error>(row.get::<_, i64>(column)? as u64);
        Ok(self.connection.prepare_cached(sql)?.query_row([], |row| {
            Ok(Summary {
                customers: count(row, 0)?,
                items: count(row, 1)?,
                models: count(row, 2)?,
                order_lines: count(row, 3)?,
                orders: count(row, 4)?,
                first_order_millis: row.get(5)?,
                last_order_millis: row.get(6)?,
                database_bytes: count(row, 7)?,
            })
        })?)
    }

    /// Every import, newest first.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn imports(&self) -> Result<Vec<ImportRecord>> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("SELECT {IMPORT_COLUMNS} FROM imports ORDER BY id DESC"))?;
        let imports = statement.query_map([], import_from_row)?;
        imports.map(|import| import?.ok_or(Error::Damaged)).collect()
    }

    /// One import.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn import(&self, import: ImportId) -> Result<ImportRecord> {
        let mut statement =
            self.connection.prepare_cached(&format!("SELECT {IMPORT_COLUMNS} FROM imports WHERE id = ?"))?;
        let found = statement.query_row([import.0], import_from_row).map_err(not_found("import"))?;
        found.ok_or(Error::Damaged)
    }

    /// A page of the issues of an import, in order of the file.
    ///
    /// # Errors
    /// What the database refuses; an import that does not exist has no issues.
    pub fn import_issues(&self, import: ImportId, offset: usize, limit: usize) -> Result<Vec<ImportIssue>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT row_number, field, reason, value_kind FROM import_issues
             WHERE import_id = ? ORDER BY id LIMIT ? OFFSET ?",
        )?;
        let issues = statement.query_map(params![import.0, limit as i64, offset as i64], |row| {
            Ok(ImportIssue {
                row: row.get::<_, i64>(0)? as u64,
                field: row.get(1)?,
                reason: row.get(2)?,
                value_kind: row.get(3)?,
            })
        })?;
        Ok(issues.collect::<rusqlite::Result<_>>()?)
    }
}
