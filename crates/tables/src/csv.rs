//! CSV in every dialect that can be imported; written as UTF-8 with commas.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use stillroom_import::{ColumnType, ReadColumns, TypedColumn, Values, read_columns, sniff};

use crate::{Error, Kind, MISSING, Plain, Table};

pub(crate) fn read(bytes: &[u8]) -> Result<Table, Error> {
    let dialect = sniff(bytes, true).dialect;
    let read = |kinds| read_columns(dialect, bytes, kinds).map_err(|_| UNREADABLE);
    let mut columns = read(BTreeMap::new())?;
    let misfits = with_misfits(&columns);
    if !misfits.is_empty() {
        // A few cells of another sort than their column's others would be lost.
        columns = read(misfits)?;
    }
    if columns.tally.rows_refused > 0 {
        return Err(Error::RowsRefused { count: columns.tally.rows_refused });
    }
    let columns = columns.columns.into_iter().map(|column| (column.name.clone(), plain(column)));
    Table::of_plain(columns.collect(), Kind::Csv)
}

const UNREADABLE: Error = Error::Unreadable { kind: Kind::Csv, reason: "dialect" };

/// The columns in which a cell did not fit, as text.
fn with_misfits(columns: &ReadColumns) -> BTreeMap<String, String> {
    let names = columns.issues.iter().filter_map(|issue| issue.field.clone());
    names.map(|name| (name, "text".to_owned())).collect()
}

fn plain(column: TypedColumn) -> Plain {
    match column.values {
        Values::Number(values) => {
            Plain::Number { values, is_whole: matches!(column.column_type, ColumnType::Integer { .. }) }
        }
        Values::Time(values) => Plain::Time(values),
        Values::Boolean { values, is_known } => {
            let code = |(row, value): (usize, &u8)| {
                if is_known.get(row) { u32::from(*value) } else { MISSING }
            };
            Plain::Boolean(values.iter().enumerate().map(code).collect())
        }
        Values::Category { codes, levels } => Plain::Category { codes, levels },
        Values::Text { text, ends, is_known } => {
            let is_known = (0..ends.len()).map(|row| is_known.get(row)).collect();
            Plain::Text { text, ends, is_known }
        }
    }
}

pub(crate) fn write(table: &Table, out: &mut dyn Write) -> Result<(), Error> {
    let mut writer = arrow_csv::WriterBuilder::new().with_header(true).build(out);
    if table.batches.is_empty() {
        let empty = arrow_array::RecordBatch::new_empty(Arc::clone(&table.schema));
        writer.write(&empty).map_err(|error| Error::output(&error))?;
    }
    table.batches.iter().try_for_each(|batch| writer.write(batch)).map_err(|error| Error::output(&error))
}
