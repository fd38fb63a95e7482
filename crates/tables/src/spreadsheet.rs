//! The first sheet of a spreadsheet, its first row being the names.

use std::io::Cursor;

use calamine::{Data, DataType as _, Reader as _, open_workbook_auto_from_rs};

use crate::typed::Cells;
use crate::{Error, Kind, Table};

const UNREADABLE: Error = Error::Unreadable { kind: Kind::Spreadsheet, reason: "structure" };
/// Days from the spreadsheets' first day, 1899-12-30, to 1970-01-01.
const DAYS_TO_1970: f64 = 25_569.0;
const MILLIS_A_DAY: f64 = 86_400_000.0;

pub(crate) fn read(bytes: Vec<u8>) -> Result<Table, Error> {
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|_| UNREADABLE)?;
    let sheet = book.worksheet_range_at(0).ok_or(Error::NoRows)?.map_err(|_| UNREADABLE)?;
    let mut rows = sheet.rows();
    let names = names(rows.next().ok_or(Error::NoRows)?);
    let rows: Vec<&[Data]> = rows.filter(|row| row.iter().any(|cell| !cell.is_empty())).collect();
    let columns = names.into_iter().enumerate().map(|(place, name)| {
        let cells: Vec<&Data> = rows.iter().map(|row| row.get(place).unwrap_or(&Data::Empty)).collect();
        (name, column(&cells).finish())
    });
    Table::from_columns(columns.collect(), Kind::Spreadsheet)
}

/// A name for each column that no other has.
fn names(header: &[Data]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (place, cell) in header.iter().enumerate() {
        let text = text_of(cell).filter(|text| !text.trim().is_empty());
        let base = text.map_or(format!("Column {}", place + 1), |text| text.trim().to_owned());
        let copies = (2..).map(|copy| format!("{base} ({copy})"));
        let free = std::iter::once(base.clone()).chain(copies).find(|name| !names.contains(name));
        names.push(free.unwrap_or(base));
    }
    names
}

/// The cells as the one type that all of them have, otherwise as text.
fn column(cells: &[&Data]) -> Cells {
    let all = |is: fn(&Data) -> bool| cells.iter().all(|cell| cell.is_empty() || is(cell));
    if all(|cell| matches!(cell, Data::Bool(_))) {
        let mut column = arrow_array::builder::BooleanBuilder::new();
        cells.iter().for_each(|cell| column.append_option(cell.get_bool()));
        Cells::Boolean(column)
    } else if all(is_whole) {
        let mut column = arrow_array::builder::Int64Builder::new();
        cells.iter().for_each(|cell| column.append_option(number_of(cell).map(|value| value as i64)));
        Cells::Integer(column)
    } else if all(|cell| number_of(cell).is_some()) {
        let mut column = arrow_array::builder::Float64Builder::new();
        cells.iter().for_each(|cell| column.append_option(number_of(cell)));
        Cells::Number(column)
    } else if all(|cell| millis_of(cell).is_some()) {
        let mut column = arrow_array::builder::TimestampMillisecondBuilder::new();
        cells.iter().for_each(|cell| column.append_option(millis_of(cell)));
        Cells::Moment(column)
    } else {
        let mut column = arrow_array::builder::StringBuilder::new();
        cells.iter().for_each(|cell| column.append_option(text_of(cell)));
        Cells::Text(column)
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
        Data::DateTimeIso(text) => stillroom_import::read_date(text, stillroom_import::DateOrder::YearFirst),
        _ => None,
    }
}

/// The cell as people see it. Errors of formulas are no values.
fn text_of(cell: &Data) -> Option<String> {
    match cell {
        Data::Empty | Data::Error(_) => None,
        Data::String(text) => Some(text.clone()),
        cell => match millis_of(cell) {
            Some(millis) => Some(stillroom_import::date_text_from_millis(millis)),
            None => Some(cell.to_string()),
        },
    }
}
