//! Imports: a file becomes customers or order lines, as one change set.
//!
//! An import is a state inside the store, not a borrow of it, so that the caller may wait for the next piece of its file between
//! batches: [`Store::begin_import`], any number of `append_*`, then [`Store::commit_import`] or [`Store::cancel_import`]. It is
//! one transaction from begin to commit; before the commit returns nothing is saved, and dropping the store cancels it.
//!
//! Importing again updates instead of duplicating: a row whose external id is known changes that customer, field by field, and
//! only where the file has a value. What was there before is kept beside the change log, so that the import can be undone.

use crate::fields::{StoredField, take_ids};
use crate::import_customers::{Images, Matches};
use crate::import_lines::{Caches, unmark_ordinary_sales};
use crate::log::{Author, Draft, append};
use crate::{Error, Result, Store};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use serde_json::json;
use stillroom_records::{ChangeKind, FieldKey, ImportId};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportKind {
    /// One customer a row.
    Customers,
    /// One order line a row.
    OrderLines,
}

impl ImportKind {
    pub(crate) fn key(self) -> &'static str {
        match self {
            ImportKind::Customers => "customers",
            ImportKind::OrderLines => "order_lines",
        }
    }

    pub(crate) fn from_key(key: &str) -> Option<Self> {
        [ImportKind::Customers, ImportKind::OrderLines].into_iter().find(|kind| kind.key() == key)
    }
}

/// Whether an import's records are in the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// Being written; seen only while the import runs.
    Running,
    /// Written.
    Finished,
    /// Taken back.
    Undone,
}

impl ImportState {
    pub(crate) fn key(self) -> &'static str {
        match self {
            ImportState::Running => "running",
            ImportState::Finished => "finished",
            ImportState::Undone => "undone",
        }
    }

    pub(crate) fn from_key(key: &str) -> Option<Self> {
        [ImportState::Running, ImportState::Finished, ImportState::Undone]
            .into_iter()
            .find(|state| state.key() == key)
    }
}

/// One thing in a file that could not be read as it stands. It never holds the value, only what kind of value it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportIssue {
    /// The row of the file, from 1, counting the heading where there is one.
    pub row: u64,
    /// The field concerned, or the column's heading.
    pub field: String,
    /// Why, as a stable code.
    pub reason: String,
    /// What stood there, as a kind: `empty`, `text`, `number`, `date`, …
    pub value_kind: String,
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImportSummary {
    /// Customers that were not known before, those named only by order lines included.
    pub customers_created: u64,
    /// Rows whose customer was known and changed.
    pub customers_updated: u64,
    /// Rows whose customer was known and already had these values.
    pub customers_unchanged: u64,
    /// Order lines written.
    pub order_lines: u64,
    /// Order lines that take something back.
    pub cancelled_lines: u64,
    /// Order lines without a customer.
    pub anonymous_lines: u64,
    /// Items that were not known before.
    pub items_created: u64,
    /// Issues recorded.
    pub issues: u64,
    /// Rows the file held, as the reader counted them; see [`Store::note_rows`].
    pub rows_read: u64,
    /// Of those, rows that could not be used.
    pub rows_refused: u64,
}

/// The state of the import being written.
pub(crate) struct OpenImport {
    pub(crate) id: i64,
    pub(crate) now_millis: i64,
    pub(crate) columns: Vec<StoredField>,
    pub(crate) external_id_column: Option<usize>,
    pub(crate) next_customer: i64,
    pub(crate) first_customer: i64,
    pub(crate) next_line: i64,
    pub(crate) first_line: i64,
    pub(crate) next_item: i64,
    /// Lines that sell something and whose order number has the mark of a cancelled order.
    pub(crate) marked_sales: u64,
    /// Lines that sell something and whose order number has not.
    pub(crate) plain_sales: u64,
    pub(crate) caches: Caches,
    pub(crate) images: Images,
    pub(crate) matches: Matches,
    pub(crate) summary: ImportSummary,
}

impl Store {
    /// Begins an import. `columns` are the customer fields its rows will hold, in order; none for order lines. `label` is what
    /// people will recognise it by, such as the file's name.
    ///
    /// # Errors
    /// [`Error::ImportInProgress`]; [`Error::UnknownField`] and [`Error::FieldNotEditable`] for the columns.
    pub fn begin_import(
        &mut self,
        kind: ImportKind,
        label: &str,
        columns: &[FieldKey],
        now_millis: i64,
    ) -> Result<ImportId> {
        self.refuse_during_import()?;
        let columns = columns.iter().map(|key| self.fields.get(key).cloned()).collect::<Result<Vec<_>>>()?;
        columns.iter().try_for_each(|column| column.editable_column().map(|_| ()))?;
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        match begin(&self.connection, kind, label, columns, now_millis) {
            Ok(import) => {
                let id = import.id;
                self.import = Some(import);
                Ok(ImportId(id))
            }
            Err(error) => {
                self.roll_back();
                Err(error)
            }
        }
    }

    /// Whether an import is being written.
    pub fn is_importing(&self) -> bool {
        self.import.is_some()
    }

    /// What the running import did so far.
    ///
    /// # Errors
    /// [`Error::NoImport`].
    pub fn import_progress(&self) -> Result<ImportSummary> {
        self.import.as_ref().map(|import| import.summary).ok_or(Error::NoImport)
    }

    /// Notes how many rows the file of the running import held, and how many of them could not be used.
    ///
    /// # Errors
    /// [`Error::NoImport`].
    pub fn note_rows(&mut self, rows_read: u64, rows_refused: u64) -> Result<()> {
        let import = self.import.as_mut().ok_or(Error::NoImport)?;
        import.summary.rows_read = rows_read;
        import.summary.rows_refused = rows_refused;
        Ok(())
    }

    /// Records issues of the running import.
    ///
    /// # Errors
    /// [`Error::NoImport`], or what the database refuses; the import stays open and can be cancelled.
    pub fn append_issues(&mut self, issues: &[ImportIssue]) -> Result<()> {
        let import = self.import.as_mut().ok_or(Error::NoImport)?;
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO import_issues (import_id, row_number, field, reason, value_kind) VALUES (?, ?, ?, ?, ?)",
        )?;
        for issue in issues {
            insert.execute(params![
                import.id,
                issue.row as i64,
                issue.field,
                issue.reason,
                issue.value_kind
            ])?;
        }
        import.summary.issues += issues.len() as u64;
        Ok(())
    }

    /// Finishes the import: counts orders of the customers concerned, logs the change set and commits. When this returns, the
    /// rows are on the disk. On an error nothing of the import stays.
    ///
    /// # Errors
    /// [`Error::NoImport`]; [`Error::StorageFull`] and what else the database refuses.
    pub fn commit_import(&mut self, now_millis: i64) -> Result<ImportSummary> {
        let import = self.import.take().ok_or(Error::NoImport)?;
        let finished = finish(&self.connection, import, now_millis).and_then(|summary| {
            self.connection.execute_batch("COMMIT").map_err(Error::from).map(|()| summary)
        });
        if finished.is_err() {
            self.roll_back();
        }
        finished
    }

    /// Cancels the import; the workspace is as it was before. Does nothing when none is running.
    pub fn cancel_import(&mut self) {
        if self.import.take().is_some() {
            self.roll_back();
        }
    }

    /// Ends the transaction without it. Where the failure itself already rolled back, there is nothing left to end.
    fn roll_back(&self) {
        if !self.connection.is_autocommit() {
            self.connection.execute_batch("ROLLBACK").ok();
        }
    }
}

fn begin(
    connection: &Connection,
    kind: ImportKind,
    label: &str,
    columns: Vec<StoredField>,
    now_millis: i64,
) -> Result<OpenImport> {
    connection.execute(
        "INSERT INTO imports (kind, label, state, started_ms) VALUES (?, ?, 'running', ?)",
        params![kind.key(), label, now_millis],
    )?;
    let id = connection.last_insert_rowid();
    let next = |counter| take_ids(connection, counter, 0);
    let (next_customer, next_line, next_item) = (next("customers")?, next("order_lines")?, next("items")?);
    Ok(OpenImport {
        id,
        now_millis,
        external_id_column: columns.iter().position(|column| column.key().as_str() == "external_id"),
        columns,
        next_customer,
        first_customer: next_customer,
        next_line,
        first_line: next_line,
        next_item,
        marked_sales: 0,
        plain_sales: 0,
        caches: Caches::default(),
        images: Images::default(),
        matches: Matches::default(),
        summary: ImportSummary::default(),
    })
}

fn finish(connection: &Connection, mut import: OpenImport, now_millis: i64) -> Result<ImportSummary> {
    import.images.flush(connection, &Author::import(import.now_millis, import.id))?;
    import.matches.flush(connection, import.id)?;
    unmark_ordinary_sales(connection, &mut import)?;
    let author = Author::import(now_millis, import.id);
    let customers = written_range(import.first_customer, import.next_customer);
    let lines = written_range(import.first_line, import.next_line);
    for (counter, next) in
        [("customers", import.next_customer), ("order_lines", import.next_line), ("items", import.next_item)]
    {
        connection.execute("UPDATE counters SET next = ? WHERE name = ?", params![next, counter])?;
    }
    if let Some((first, last)) = customers {
        append(connection, &author, Draft::new(ChangeKind::CustomersCreated).range(first, last))?;
    }
    if let Some((first, last)) = lines {
        append(connection, &author, Draft::new(ChangeKind::OrderLinesCreated).range(first, last))?;
        count_orders_after(connection, first, last)?;
    }
    let summary = import.summary;
    let draft = Draft::new(ChangeKind::ImportFinished).range(import.id, import.id).after(json!(summary));
    append(connection, &author, draft)?;
    connection.execute(
        "UPDATE imports SET state = 'finished', finished_ms = ?, summary = ?, first_line = ?, last_line = ?,
         first_customer = ?, last_customer = ? WHERE id = ?",
        params![
            now_millis,
            serde_json::to_string(&summary)?,
            lines.map(|range| range.0),
            lines.map(|range| range.1),
            customers.map(|range| range.0),
            customers.map(|range| range.1),
            import.id
        ],
    )?;
    Ok(summary)
}

fn written_range(first: i64, next: i64) -> Option<(i64, i64)> {
    (next > first).then_some((first, next - 1))
}

fn count_orders_after(connection: &Connection, first_line: i64, last_line: i64) -> Result<()> {
    note_customers_of_lines(connection, first_line, last_line)?;
    count_orders(connection)
}

/// Notes whose counts a range of order lines decides, for [`count_orders`].
pub(crate) fn note_customers_of_lines(
    connection: &Connection,
    first_line: i64,
    last_line: i64,
) -> Result<()> {
    connection.execute_batch(
        "CREATE TEMP TABLE IF NOT EXISTS touched (customer_id INTEGER PRIMARY KEY); DELETE FROM temp.touched",
    )?;
    connection.execute(
        "INSERT OR IGNORE INTO temp.touched
         SELECT customer_id FROM order_lines WHERE id BETWEEN ? AND ? AND customer_id IS NOT NULL",
        [first_line, last_line],
    )?;
    Ok(())
}

/// Counts orders and sums for the noted customers. A line without an order number counts as an order of its own; what came back
/// lowers the sum and is no order.
pub(crate) fn count_orders(connection: &Connection) -> Result<()> {
    connection.execute(
        "UPDATE customers SET (orders, spent, first_order_at, last_order_at) = (
             SELECT count(DISTINCT CASE WHEN cancelled = 0 THEN coalesce(order_number, id) END),
                    coalesce(sum(quantity * unit_price), 0.0),
                    min(CASE WHEN cancelled = 0 THEN at_ms END),
                    max(CASE WHEN cancelled = 0 THEN at_ms END)
             FROM order_lines WHERE order_lines.customer_id = customers.id)
         WHERE id IN (SELECT customer_id FROM temp.touched)",
        [],
    )?;
    connection.execute("DELETE FROM temp.touched", [])?;
    Ok(())
}
