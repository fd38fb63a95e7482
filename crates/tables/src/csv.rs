//! CSV in every dialect that can be imported; written as UTF-8 with commas.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use arrow_array::types::UInt32Type;
use arrow_array::{
    ArrayRef, BooleanArray, DictionaryArray, Float64Array, Int64Array, PrimitiveArray, StringArray,
    TimestampMillisecondArray,
};
use stillroom_import::{ColumnType, ReadColumns, TypedColumn, Values, read_columns, sniff};

use crate::{Error, Kind, Table};

/// Codes of no level, as the reader gives them.
const MISSING: u32 = u32::MAX;

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
    let arrays = columns.columns.into_iter().map(|column| (column.name.clone(), array(column)));
    Table::from_columns(arrays.collect(), Kind::Csv)
}

const UNREADABLE: Error = Error::Unreadable { kind: Kind::Csv, reason: "dialect" };

/// The columns in which a cell did not fit, as text.
fn with_misfits(columns: &ReadColumns) -> BTreeMap<String, String> {
    let names = columns.issues.iter().filter_map(|issue| issue.field.clone());
    names.map(|name| (name, "text".to_owned())).collect()
}

fn array(column: TypedColumn) -> ArrayRef {
    match column.values {
        Values::Number(values) if matches!(column.column_type, ColumnType::Integer { .. }) => Arc::new(
            values.iter().map(|value| known(*value).map(|value| value as i64)).collect::<Int64Array>(),
        ),
        Values::Number(values) => {
            Arc::new(values.iter().map(|value| known(*value)).collect::<Float64Array>())
        }
        Values::Time(values) => {
            let millis = values.iter().map(|value| known(*value).map(|value| value as i64));
            Arc::new(millis.collect::<TimestampMillisecondArray>())
        }
        Values::Boolean { values, is_known } => {
            let cells =
                values.iter().enumerate().map(|(row, value)| is_known.get(row).then_some(*value == 1));
            Arc::new(cells.collect::<BooleanArray>())
        }
        Values::Category { codes, levels } => {
            let codes = codes.iter().map(|code| (*code != MISSING).then_some(*code));
            let codes: PrimitiveArray<UInt32Type> = codes.collect();
            Arc::new(DictionaryArray::new(codes, Arc::new(StringArray::from(levels))))
        }
        Values::Text { text, ends, is_known } => {
            let starts = std::iter::once(0).chain(ends.iter().copied());
            let cells = starts.zip(&ends).enumerate();
            let cells = cells.map(|(row, (start, end))| text.get(start..*end).filter(|_| is_known.get(row)));
            Arc::new(cells.collect::<StringArray>())
        }
    }
}

fn known(value: f64) -> Option<f64> {
    (!value.is_nan()).then_some(value)
}

pub(crate) fn write(table: &Table, out: &mut dyn Write) -> Result<(), Error> {
    let mut writer = arrow_csv::WriterBuilder::new().with_header(true).build(out);
    if table.batches.is_empty() {
        let empty = arrow_array::RecordBatch::new_empty(Arc::clone(&table.schema));
        writer.write(&empty).map_err(|error| Error::output(&error))?;
    }
    table.batches.iter().try_for_each(|batch| writer.write(batch)).map_err(|error| Error::output(&error))
}
