//! One typed value.

use serde::{Deserialize, Serialize};

use crate::values::{DateShape, NumberShape, date_shape, is_email, is_missing, number_shape};
use crate::{ColumnType, DateOrder, DecimalMark, Reason, ValueKind, read_boolean, read_date, read_number};

/// A typed value of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "value")]
pub enum Cell {
    /// Nothing is known.
    Missing,
    /// Text without blanks at its ends.
    Text(String),
    /// A finite number.
    Number(f64),
    /// Milliseconds since 1970-01-01T00:00:00Z.
    Time(i64),
    /// Yes or no.
    Boolean(bool),
}

impl Cell {
    pub(super) fn text(value: &str) -> Self {
        Self::Text(value.trim().to_owned())
    }

    /// True for [`Cell::Missing`].
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }
}

impl ValueKind {
    /// What a value looks like, for an issue that must not say what it is.
    pub fn of(value: &str) -> Self {
        if is_missing(value) {
            Self::Empty
        } else if date_shape(value) != DateShape::None {
            Self::Date
        } else if number_shape(value) != NumberShape::None {
            Self::Number
        } else if read_boolean(value).is_some() {
            Self::Boolean
        } else if is_email(value.trim()) {
            Self::Email
        } else {
            Self::Text
        }
    }
}

/// Reads a value by its column's type.
///
/// ```
/// use stillroom_import::{Cell, ColumnType, Reason, read_cell};
/// assert_eq!(read_cell(" Wien ", ColumnType::Text), Ok(Cell::Text("Wien".into())));
/// assert_eq!(read_cell("n/a", ColumnType::Boolean), Ok(Cell::Missing));
/// assert_eq!(read_cell("maybe", ColumnType::Boolean), Err(Reason::NotABoolean));
/// ```
///
/// # Errors
/// The reason why the value is not one of the column's.
pub fn read_cell(value: &str, column_type: ColumnType) -> Result<Cell, Reason> {
    if is_missing(value) {
        return Ok(Cell::Missing);
    }
    match column_type {
        ColumnType::Integer { .. } | ColumnType::Number { .. } => {
            number_cell(value, column_type).ok_or(Reason::NotANumber)
        }
        ColumnType::Date { .. } => time_cell(value, column_type).ok_or(Reason::NotADate),
        ColumnType::Boolean => read_boolean(value).map(Cell::Boolean).ok_or(Reason::NotABoolean),
        ColumnType::Empty | ColumnType::Category | ColumnType::Identifier | ColumnType::Text => {
            Ok(Cell::text(value))
        }
    }
}

/// Reads a number, with the column's decimal mark if it has one.
pub(super) fn number_cell(value: &str, column_type: ColumnType) -> Option<Cell> {
    let mark = match column_type {
        ColumnType::Integer { mark } | ColumnType::Number { mark, .. } => mark,
        _ => DecimalMark::default(),
    };
    read_number(value, mark).map(Cell::Number)
}

/// Reads a time, with the column's date order if it has one.
pub(super) fn time_cell(value: &str, column_type: ColumnType) -> Option<Cell> {
    let order = match column_type {
        ColumnType::Date { style } => style.order,
        _ => DateOrder::DayFirst,
    };
    read_date(value, order).map(Cell::Time)
}
