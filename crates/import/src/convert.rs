//! Records to typed customers and order lines, every row accounted for.

mod cell;
mod customer;
mod order_line;

use std::sync::Arc;

use crate::{
    ColumnType, Error, FieldChoice, Mapping, Outcome, Reason, Record, RowIssue, Tally, TargetKind, ValueKind,
};

pub use cell::{Cell, read_cell};
pub use customer::CUSTOMER_FIELDS;
pub use customer::CustomerRow;
pub use order_line::{ORDER_LINE_FIELDS, OrderLineRow};

/// What a record becomes.
#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    /// A customer.
    Customer(CustomerRow),
    /// A line of an order.
    OrderLine(OrderLineRow),
}

/// A column, ready to be read.
#[derive(Debug, Clone)]
struct Source {
    column: usize,
    key: Arc<str>,
    is_standard: bool,
    column_type: ColumnType,
}

/// Turns records into rows and whatever does not fit into issues.
#[derive(Debug)]
pub struct Converter {
    target: TargetKind,
    id_rule: crate::IdRule,
    id_key: Arc<str>,
    sources: Arc<[Source]>,
    tally: Tally,
    issues: Vec<RowIssue>,
}

impl Converter {
    /// A converter for `mapping`, with the columns' types: those of the mapping, or better ones learned since.
    ///
    /// # Errors
    /// What [`Mapping::check`] finds; [`Error::NoSuchColumn`] when `types` has fewer columns than the mapping.
    pub fn new(mapping: &Mapping, types: &[ColumnType]) -> Result<Self, Error> {
        mapping.check()?;
        let mut sources = Vec::new();
        for (column, mapped) in mapping.columns.iter().enumerate() {
            let (key, is_standard) = match &mapped.choice {
                FieldChoice::Standard { field } => (field, true),
                FieldChoice::Custom { key, .. } => (key, false),
                FieldChoice::Skip => continue,
            };
            let no_such_column = Error::NoSuchColumn { column, n_columns: types.len() };
            let column_type = *types.get(column).ok_or(no_such_column)?;
            sources.push(Source { column, key: Arc::from(key.as_str()), is_standard, column_type });
        }
        Ok(Self {
            target: mapping.target,
            id_rule: mapping.id_rule,
            id_key: Arc::from("external_id"),
            sources: sources.into(),
            tally: Tally::default(),
            issues: Vec::new(),
        })
    }

    /// Makes a row of a record, or refuses it with an issue.
    pub fn convert(&mut self, record: &Record<'_>) -> Option<Row> {
        let row = match self.target {
            TargetKind::Customers => self.read_customer(record).map(Row::Customer),
            TargetKind::OrderLines => self.read_order_line(record).map(Row::OrderLine),
        };
        match row {
            Some(_) => self.tally.keep(),
            None => self.tally.refuse(),
        }
        row
    }

    /// Rows counted so far: [`Tally::then`] joins it to the reader's.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Hands over the issues found since the last call.
    pub fn take_issues(&mut self) -> Vec<RowIssue> {
        std::mem::take(&mut self.issues)
    }

    fn report(
        &mut self,
        record: &Record<'_>,
        field: Option<&str>,
        reason: Reason,
        kind: ValueKind,
        outcome: Outcome,
    ) {
        self.issues.push(RowIssue {
            row: record.row(),
            line: record.line(),
            field: field.map(str::to_owned),
            reason,
            value_kind: kind,
            outcome,
        });
    }
}
