//! What a person is told about rows that did not fit: where, why, and what kind of value stood there.
//!
//! An issue never holds the value itself, so a list of issues can be shown, saved and sent for help without showing
//! a customer's data.

use serde::{Deserialize, Serialize};

use crate::CsvWriter;

/// Why a row or a cell is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The row has fewer cells than the header; the missing ones are empty.
    TooFewCells,
    /// The row has more cells than the header; the extra ones are left out.
    TooManyCells,
    /// Text follows a closing quote; it is kept as part of the cell.
    StrayQuote,
    /// A quote is never closed; it is read as an ordinary character.
    UnclosedQuote,
    /// Bytes are not valid in the file's encoding; U+FFFD stands in their place.
    InvalidEncoding,
    /// A cell is longer than the limit.
    CellTooLong,
    /// The record is longer than the limit.
    RecordTooLong,
    /// The record has more cells than the limit.
    TooManyColumns,
    /// A line after the end of a report's table; it is not a row.
    FooterLine,
    /// Every cell of the row is empty.
    EmptyRow,
    /// A cell the row cannot do without is empty.
    RequiredEmpty,
    /// The value is not a number.
    NotANumber,
    /// The value is not a date, or not one between the years 1 and 9999.
    NotADate,
    /// The value is not a yes or a no.
    NotABoolean,
    /// The value does not look like an e-mail address; it is kept as it stands.
    NotAnEmail,
}

impl Reason {
    /// A stable name for programs; it never changes once released.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooFewCells => "too_few_cells",
            Self::TooManyCells => "too_many_cells",
            Self::StrayQuote => "stray_quote",
            Self::UnclosedQuote => "unclosed_quote",
            Self::InvalidEncoding => "invalid_encoding",
            Self::CellTooLong => "cell_too_long",
            Self::RecordTooLong => "record_too_long",
            Self::TooManyColumns => "too_many_columns",
            Self::FooterLine => "footer_line",
            Self::EmptyRow => "empty_row",
            Self::RequiredEmpty => "required_empty",
            Self::NotANumber => "not_a_number",
            Self::NotADate => "not_a_date",
            Self::NotABoolean => "not_a_boolean",
            Self::NotAnEmail => "not_an_email",
        }
    }
}

/// What stood in the cell, without saying what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    /// The issue is about the row, not about one cell.
    Row,
    /// Nothing, or a placeholder for nothing.
    Empty,
    /// A number.
    Number,
    /// A date or a time.
    Date,
    /// A yes or a no.
    Boolean,
    /// Something with the shape of an e-mail address.
    Email,
    /// Any other text.
    Text,
}

impl ValueKind {
    /// A stable name for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Row => "row",
            Self::Empty => "empty",
            Self::Number => "number",
            Self::Date => "date",
            Self::Boolean => "boolean",
            Self::Email => "email",
            Self::Text => "text",
        }
    }
}

/// What became of the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The row is in, with the cell repaired, emptied or as it stood.
    Kept,
    /// The row is out.
    Refused,
    /// The line was never a row: a header or a footer.
    NotARow,
}

impl Outcome {
    /// A stable name for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Refused => "refused",
            Self::NotARow => "not_a_row",
        }
    }
}

/// One thing that did not fit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RowIssue {
    /// The data row, counted from 1 without header, blank lines and footer; 0 for a line that is no row.
    pub row: u64,
    /// The physical line the record starts on, counted from 1.
    pub line: u64,
    /// The field's key, or nothing when the whole row is meant.
    pub field: Option<String>,
    /// Why.
    pub reason: Reason,
    /// What stood there.
    pub value_kind: ValueKind,
    /// What became of the row.
    pub outcome: Outcome,
}

/// Rows counted so far. `rows_read == rows_kept + rows_refused`, always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Data rows met.
    pub rows_read: u64,
    /// Rows that came out.
    pub rows_kept: u64,
    /// Rows that did not; each has an issue with [`Outcome::Refused`].
    pub rows_refused: u64,
}

impl Tally {
    pub(crate) fn keep(&mut self) {
        self.rows_read += 1;
        self.rows_kept += 1;
    }

    pub(crate) fn refuse(&mut self) {
        self.rows_read += 1;
        self.rows_refused += 1;
    }

    /// The tally of a reader (`self`) followed by the converter it fed: every row read is kept or refused by one of them.
    #[must_use]
    pub fn then(self, converter: Tally) -> Tally {
        Tally {
            rows_read: self.rows_read,
            rows_kept: converter.rows_kept,
            rows_refused: self.rows_refused + converter.rows_refused,
        }
    }
}

/// Writes issues as lines of `row,line,field,reason,value_kind,outcome` with stable codes, for a person to download.
///
/// Headers can hold anything a vendor put there, so the writer's formula guard applies to the field's name.
pub fn write_issues<'a>(issues: impl IntoIterator<Item = &'a RowIssue>, writer: &mut CsvWriter) {
    writer.write_record(["row", "line", "field", "reason", "value_kind", "outcome"]);
    for issue in issues {
        writer.write_record([
            issue.row.to_string().as_str(),
            issue.line.to_string().as_str(),
            issue.field.as_deref().unwrap_or_default(),
            issue.reason.code(),
            issue.value_kind.code(),
            issue.outcome.code(),
        ]);
    }
}
