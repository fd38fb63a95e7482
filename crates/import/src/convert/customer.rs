//! A record as a customer.

use std::sync::Arc;

use crate::values::{is_email, is_missing, is_missing_in_name};
use crate::{ColumnType, IdRule, Outcome, Reason, Record, ValueKind};

use super::cell::{read_cell, time_cell};
use super::{Cell, Converter};

/// The standard fields of a customer.
pub const CUSTOMER_FIELDS: [&str; 15] = [
    "external_id",
    "name",
    "given_name",
    "family_name",
    "email",
    "phone",
    "company",
    "street",
    "city",
    "region",
    "postcode",
    "country",
    "birthday",
    "created_at",
    "notes",
];

/// One customer.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerRow {
    /// The data row it comes from, counted from 1.
    pub row: u64,
    /// The field's key and its value: `external_id` first, then the mapped columns in the file's order. A field stands
    /// once for each value, so a cell with three e-mail addresses gives `email` three times, the main one first. Every
    /// mapped column stands at least once, [`Cell::Missing`] where nothing is known.
    pub fields: Vec<(Arc<str>, Cell)>,
}

impl Converter {
    pub(super) fn read_customer(&mut self, record: &Record<'_>) -> Option<CustomerRow> {
        let mut fields = Vec::with_capacity(self.sources.len() + 1);
        fields.push((Arc::clone(&self.id_key), Cell::Missing));
        let mut has_value = false;
        let sources = Arc::clone(&self.sources);
        for source in sources.iter() {
            let value = record.get(source.column);
            let before = fields.len();
            match (source.is_standard, &*source.key) {
                (true, "external_id") => {
                    if !is_missing(value)
                        && let Some(id) = fields.first_mut()
                    {
                        id.1 = Cell::text(value);
                        has_value = true;
                    }
                    continue;
                }
                (true, "email") => self.push_emails(record, &source.key, value, &mut fields),
                (true, "phone") => push_parts(&source.key, value, &[" ::: "], &mut fields),
                (true, "created_at" | "birthday") => {
                    let cell = self.time_or_issue(record, &source.key, value, source.column_type);
                    fields.push((Arc::clone(&source.key), cell));
                }
                (true, _) if is_missing_in_name(value) => {
                    fields.push((Arc::clone(&source.key), Cell::Missing))
                }
                (true, _) => fields.push((Arc::clone(&source.key), Cell::text(value))),
                (false, _) => {
                    let cell = self.cell_or_issue(record, &source.key, value, source.column_type);
                    fields.push((Arc::clone(&source.key), cell));
                }
            }
            let added = fields.get(before..).unwrap_or_default();
            has_value |= added.iter().any(|(_, cell)| !cell.is_missing()) || !is_missing(value);
        }
        if !has_value {
            self.report(record, None, Reason::EmptyRow, ValueKind::Empty, Outcome::Refused);
            return None;
        }
        self.settle_id(record, &mut fields)?;
        Some(CustomerRow { row: record.row(), fields })
    }

    /// Gives the customer an id by the rule, or refuses the row.
    fn settle_id(&mut self, record: &Record<'_>, fields: &mut [(Arc<str>, Cell)]) -> Option<()> {
        let email = fields.iter().find_map(|(key, cell)| match cell {
            Cell::Text(email) if &**key == "email" && self.id_rule == IdRule::Email => {
                Some(email.to_lowercase())
            }
            _ => None,
        });
        let (_, id) = fields.first_mut()?;
        if !id.is_missing() {
            return Some(());
        }
        if self.id_rule == IdRule::Column {
            let field = Some("external_id");
            self.report(record, field, Reason::RequiredEmpty, ValueKind::Empty, Outcome::Refused);
            return None;
        }
        *id = Cell::Text(email.unwrap_or_else(|| format!("row-{}", record.row())));
        Some(())
    }

    fn push_emails(
        &mut self,
        record: &Record<'_>,
        key: &Arc<str>,
        value: &str,
        fields: &mut Vec<(Arc<str>, Cell)>,
    ) {
        let before = fields.len();
        push_parts(key, value, &[" ::: ", ",", ";"], fields);
        let added = fields.get(before..).unwrap_or_default();
        let n_odd =
            added.iter().filter(|(_, cell)| matches!(cell, Cell::Text(text) if !is_email(text))).count();
        for _ in 0..n_odd {
            self.report(record, Some(key), Reason::NotAnEmail, ValueKind::of(value), Outcome::Kept);
        }
    }

    /// Reads a value, or reports it and leaves the cell missing.
    pub(super) fn cell_or_issue(
        &mut self,
        record: &Record<'_>,
        key: &str,
        value: &str,
        column_type: ColumnType,
    ) -> Cell {
        read_cell(value, column_type).unwrap_or_else(|reason| self.report_value(record, key, value, reason))
    }

    fn time_or_issue(
        &mut self,
        record: &Record<'_>,
        key: &str,
        value: &str,
        column_type: ColumnType,
    ) -> Cell {
        match time_cell(value, column_type) {
            Some(time) => time,
            None if is_missing(value) => Cell::Missing,
            None => self.report_value(record, key, value, Reason::NotADate),
        }
    }

    fn report_value(&mut self, record: &Record<'_>, key: &str, value: &str, reason: Reason) -> Cell {
        self.report(record, Some(key), reason, ValueKind::of(value), Outcome::Kept);
        Cell::Missing
    }
}

/// Adds each part of a cell that holds several values.
fn push_parts(key: &Arc<str>, value: &str, separators: &[&str], fields: &mut Vec<(Arc<str>, Cell)>) {
    let before = fields.len();
    let mut parts = vec![value];
    for separator in separators {
        parts = parts.into_iter().flat_map(|part| part.split(separator)).collect();
    }
    let known = parts.into_iter().filter(|part| !is_missing(part));
    fields.extend(known.map(|part| (Arc::clone(key), Cell::text(part))));
    if fields.len() == before {
        fields.push((Arc::clone(key), Cell::Missing));
    }
}
