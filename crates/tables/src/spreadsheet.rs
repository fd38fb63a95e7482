//! The first sheet of a spreadsheet, its first row being the names.

use std::io::Cursor;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray, TimestampMillisecondArray};
use calamine::{Data, DataType as _, Reader as _, open_workbook_auto_from_rs};
use stillroom_import::{Column, DateOrder, columns_from_headers, date_text_from_millis, read_date};

use crate::{Error, Kind, Table};

const UNREADABLE: Error = Error::Unreadable { kind: Kind::Spreadsheet, reason: "structure" };
/// Days from the spreadsheets' first day, 1899-12-30, to 1970-01-01.
const DAYS_TO_1970: f64 = 25_569.0;
const MILLIS_A_DAY: f64 = 86_400_000.0;

pub(crate) fn read(bytes: Vec<u8>) -> Result<Table, Error> {
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|_| UNREADABLE)?;
    let sheet = book.worksheet_range_at(0).ok_or(Error::NoRows)?.map_err(|_| UNREADABLE)?;
    let mut rows = sheet.rows();
    let headers: Vec<String> =
        rows.next().ok_or(Error::NoRows)?.iter().map(|cell| text_of(cell).unwrap_or_default()).collect();
    let names = columns_from_headers(headers.iter().map(String::as_str));
    let rows: Vec<&[Data]> = rows.filter(|row| row.iter().any(|cell| !cell.is_empty())).collect();
    let columns = names.into_iter().enumerate().map(|(place, Column { name, .. })| {
        let cells: Vec<&Data> = rows.iter().map(|row| row.get(place).unwrap_or(&Data::Empty)).collect();
        (name, column(&cells))
    });
    Table::from_columns(columns.collect(), Kind::Spreadsheet)
}

/// The cells as the one type that all of them have, otherwise as text.
fn column(cells: &[&Data]) -> ArrayRef {
    let all = |is: fn(&Data) -> bool| cells.iter().all(|cell| cell.is_empty() || is(cell));
    let cells = cells.iter().copied();
    if all(|cell| matches!(cell, Data::Bool(_))) {
        Arc::new(cells.map(|cell| cell.get_bool()).collect::<BooleanArray>())
    } else if all(is_whole) {
        Arc::new(cells.map(|cell| number_of(cell).map(|value| value as i64)).collect::<Int64Array>())
    } else if all(|cell| number_of(cell).is_some()) {
        Arc::new(cells.map(number_of).collect::<Float64Array>())
    } else if all(|cell| millis_of(cell).is_some()) {
        Arc::new(cells.map(millis_of).collect::<TimestampMillisecondArray>())
    } else {
        Arc::new(cells.map(text_of).collect::<StringArray>())
    }
}

fn number_of(cell: &Data) -> Option<f64> {
    match cell {
        Data::Int(value) => Some(*value as f64),
        Data::Float(value) => Some(*value),
        _ => None,
    }
}

fn is_whole(cell: &Data) -> bool {
    number_of(cell).is_some_and(|value| value.fract() == 0.0 && value.abs() < 9e15)
}

fn millis_of(cell: &Data) -> Option<i64> {
    match cell {
        Data::DateTime(moment) if moment.is_datetime() => {
            Some(((moment.as_f64() - DAYS_TO_1970) * MILLIS_A_DAY).round() as i64)
        }
        Data::DateTimeIso(text) => read_date(text, DateOrder::YearFirst),
        _ => None,
    }
}

/// The cell as people see it. Errors of formulas are no values.
fn text_of(cell: &Data) -> Option<String> {
    match cell {
        Data::Empty | Data::Error(_) => None,
        Data::String(text) => Some(text.clone()),
        cell => match millis_of(cell) {
            Some(millis) => Some(date_text_from_millis(millis)),
            None => Some(cell.to_string()),
        },
    }
}
