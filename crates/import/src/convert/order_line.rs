//! A record as a line of an order.

use std::sync::Arc;

use crate::values::{is_missing, is_missing_in_name};
use crate::{ColumnType, Outcome, Reason, Record, ValueKind};

use super::cell::{number_cell, time_cell};
use super::{Cell, Converter};

/// The standard fields of an order line.
pub const ORDER_LINE_FIELDS: [&str; 8] =
    ["order_no", "customer", "item_code", "item_name", "quantity", "unit_price", "at", "country"];

/// One line of an order.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderLineRow {
    /// The data row it comes from, counted from 1.
    pub row: u64,
    /// The order's number; cancelled orders keep their mark (`C536379`).
    pub order_no: String,
    /// The customer's external id, where the file knows it.
    pub customer: Option<String>,
    /// The item's code; its name where the file has no code.
    pub item_code: String,
    /// The item's name.
    pub item_name: Option<String>,
    /// How many; negative for returns, 1 where the file has no quantity column.
    pub quantity: f64,
    /// Price of one, in the file's currency.
    pub unit_price: f64,
    /// When, in milliseconds since 1970-01-01T00:00:00Z.
    pub at_millis: i64,
    /// The country.
    pub country: Option<String>,
    /// Columns without a standard field, by key.
    pub custom: Vec<(Arc<str>, Cell)>,
}

impl Converter {
    pub(super) fn read_order_line(&mut self, record: &Record<'_>) -> Option<OrderLineRow> {
        if self.sources.iter().all(|source| is_missing(record.get(source.column))) {
            self.report(record, None, Reason::EmptyRow, ValueKind::Empty, Outcome::Refused);
            return None;
        }
        let n_before = self.issues.len();
        let order_no = self.required_text(record, "order_no");
        let item_name = self.optional_text(record, "item_name");
        let item_code = match self.optional_text(record, "item_code").or_else(|| item_name.clone()) {
            Some(code) => Some(code),
            None => self.refuse(record, "item_code", Reason::RequiredEmpty, ValueKind::Empty),
        };
        let quantity = match self.source_of(record, "quantity") {
            Some(_) => self.required_number(record, "quantity"),
            None => Some(1.0),
        };
        let unit_price = self.required_number(record, "unit_price");
        let at_millis = self.required_time(record, "at");
        let customer = self.optional_text(record, "customer");
        let country = self.optional_text(record, "country");
        let custom = self.custom_cells(record);
        let row = OrderLineRow {
            row: record.row(),
            order_no: order_no.unwrap_or_default(),
            customer,
            item_code: item_code.unwrap_or_default(),
            item_name,
            quantity: quantity.unwrap_or_default(),
            unit_price: unit_price.unwrap_or_default(),
            at_millis: at_millis.unwrap_or_default(),
            country,
            custom,
        };
        let is_refused = self.issues.iter().skip(n_before).any(|issue| issue.outcome == Outcome::Refused);
        (!is_refused).then_some(row)
    }

    fn source_of<'r>(&self, record: &Record<'r>, field: &str) -> Option<(&'r str, ColumnType)> {
        let source = self.sources.iter().find(|source| source.is_standard && &*source.key == field)?;
        Some((record.get(source.column), source.column_type))
    }

    fn refuse<T>(&mut self, record: &Record<'_>, field: &str, reason: Reason, kind: ValueKind) -> Option<T> {
        self.report(record, Some(field), reason, kind, Outcome::Refused);
        None
    }

    fn optional_text(&self, record: &Record<'_>, field: &str) -> Option<String> {
        let (value, _) = self.source_of(record, field)?;
        let is_unknown = if field == "customer" { is_missing(value) } else { is_missing_in_name(value) };
        (!is_unknown).then(|| value.trim().to_owned())
    }

    fn required_text(&mut self, record: &Record<'_>, field: &str) -> Option<String> {
        match self.optional_text(record, field) {
            Some(text) => Some(text),
            None => self.refuse(record, field, Reason::RequiredEmpty, ValueKind::Empty),
        }
    }

    fn required_number(&mut self, record: &Record<'_>, field: &str) -> Option<f64> {
        let (value, column_type) = self.source_of(record, field)?;
        match number_cell(value, column_type) {
            Some(Cell::Number(number)) => Some(number),
            _ => self.refuse_value(record, field, value, Reason::NotANumber),
        }
    }

    fn required_time(&mut self, record: &Record<'_>, field: &str) -> Option<i64> {
        let (value, column_type) = self.source_of(record, field)?;
        match time_cell(value, column_type) {
            Some(Cell::Time(millis)) => Some(millis),
            _ => self.refuse_value(record, field, value, Reason::NotADate),
        }
    }

    fn refuse_value<T>(
        &mut self,
        record: &Record<'_>,
        field: &str,
        value: &str,
        reason: Reason,
    ) -> Option<T> {
        let reason = if is_missing(value) { Reason::RequiredEmpty } else { reason };
        self.refuse(record, field, reason, ValueKind::of(value))
    }

    fn custom_cells(&mut self, record: &Record<'_>) -> Vec<(Arc<str>, Cell)> {
        let sources = Arc::clone(&self.sources);
        let custom = sources.iter().filter(|source| !source.is_standard);
        custom
            .map(|source| {
                let value = record.get(source.column);
                let cell = self.cell_or_issue(record, &source.key, value, source.column_type);
                (Arc::clone(&source.key), cell)
            })
            .collect()
    }
}
