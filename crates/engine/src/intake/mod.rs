//! A file on its way in: looked at, planned, then read piece by piece into the store.

mod inspect;
mod plan;
mod rows;

use stillroom_import::{Converter, IdRule, Reader, Row, RowIssue};
use stillroom_records::FieldKind;
use stillroom_store::{ImportIssue, Store};

use crate::{
    failure::failure,
    protocol::{Failure, ImportPlan},
};

pub(crate) use inspect::inspect;
use inspect::look;
use plan::FieldColumn;

/// How much of a file decides its dialect, types and columns.
pub(crate) const HEAD_BYTES: usize = 1 << 20;
/// Rows handed to the store at once.
const BATCH_ROWS: usize = 1000;

/// An import under way.
pub(crate) struct Intake {
    plan: ImportPlan,
    now_millis: i64,
    head: Vec<u8>,
    reading: Option<Reading>,
}

struct Reading {
    reader: Reader,
    converter: Converter,
    columns: Vec<FieldColumn>,
    numbers_rows: bool,
}

impl Intake {
    /// An import to be read; nothing is written before its first pieces have told what it is.
    pub(crate) fn new(plan: ImportPlan, now_millis: i64) -> Self {
        Self { plan, now_millis, head: Vec::new(), reading: None }
    }

    /// Takes the next piece of the file. Memory: the head, one piece and one batch of rows.
    pub(crate) fn push(&mut self, store: &mut Store, bytes: &[u8]) -> Result<(), Failure> {
        if let Some(reading) = &mut self.reading {
            reading.reader.push(bytes);
            return reading.drain(store);
        }
        self.head.extend_from_slice(bytes);
        if self.head.len() < HEAD_BYTES { Ok(()) } else { self.start(store, false) }
    }

    /// Reads what is left, writes the issues and commits.
    pub(crate) fn finish(mut self, store: &mut Store) -> Result<(), Failure> {
        if self.reading.is_none() {
            self.start(store, true)?;
        }
        let Some(mut reading) = self.reading else {
            return Err(failure("empty-file", "the file is empty: choose another one"));
        };
        reading.reader.finish();
        reading.drain(store)?;
        let tally = reading.reader.tally().then(reading.converter.tally());
        store.note_rows(tally.rows_read, tally.rows_refused)?;
        store.commit_import(self.now_millis)?;
        Ok(())
    }

    fn start(&mut self, store: &mut Store, is_whole: bool) -> Result<(), Failure> {
        let head = std::mem::take(&mut self.head);
        let looked = look(&head, is_whole, &self.plan.dialect, Some(self.plan.kind))?;
        if looked.sniffed.is_empty {
            return Err(failure("empty-file", "the file is empty: choose another one"));
        }
        let mapping = plan::apply(looked.mapping, &self.plan)?;
        let types: Vec<_> = mapping.columns.iter().map(|column| column.column_type).collect();
        let converter = Converter::new(&mapping, &types)?;
        let columns = plan::columns(store, &mapping, self.now_millis)?;
        let keys: Vec<_> = columns.iter().map(|column| column.key.clone()).collect();
        store.begin_import(plan::store_kind(self.plan.kind), &self.plan.label, &keys, self.now_millis)?;
        let mut reading = Reading {
            reader: Reader::new(looked.sniffed.dialect)?,
            converter,
            columns,
            numbers_rows: mapping.id_rule == IdRule::RowNumber,
        };
        reading.reader.push(&head);
        reading.drain(store)?;
        self.reading = Some(reading);
        Ok(())
    }
}

impl Reading {
    /// Moves every complete record into the store.
    fn drain(&mut self, store: &mut Store) -> Result<(), Failure> {
        let (mut customers, mut lines) = (Vec::new(), Vec::new());
        let mut issues: Vec<ImportIssue> = Vec::new();
        while let Some(record) = self.reader.next_record() {
            match self.converter.convert(&record) {
                Some(Row::Customer(row)) => {
                    customers.push(rows::customer_values(row, &self.columns, self.numbers_rows, &mut issues));
                }
                Some(Row::OrderLine(row)) => lines.push(rows::order_line(row)),
                None => {}
            }
            if customers.len() + lines.len() >= BATCH_ROWS {
                store.append_customers(&std::mem::take(&mut customers))?;
                store.append_order_lines(&std::mem::take(&mut lines))?;
            }
        }
        store.append_customers(&customers)?;
        store.append_order_lines(&lines)?;
        issues.extend(self.reader.take_issues().iter().map(issue));
        issues.extend(self.converter.take_issues().iter().map(issue));
        Ok(store.append_issues(&issues)?)
    }
}

fn issue(issue: &RowIssue) -> ImportIssue {
    ImportIssue {
        row: issue.row,
        field: issue.field.clone().unwrap_or_default(),
        reason: issue.reason.code().to_owned(),
        value_kind: issue.value_kind.code().to_owned(),
    }
}

/// The kind of field that holds values of an inferred type.
fn field_kind(column_type: stillroom_import::ColumnType) -> FieldKind {
    FieldKind::from_key(column_type.field_kind()).unwrap_or(FieldKind::Text)
}
