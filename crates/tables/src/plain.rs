//! Columns in the few forms that callers who know no Arrow compute with, and back.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, TimestampMillisecondType, UInt32Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, Float64Array, Int64Array, PrimitiveArray, StringArray,
    TimestampMillisecondArray,
};
use arrow_cast::cast;
use arrow_schema::{ArrowError, DataType, TimeUnit};
use arrow_select::concat::concat;
use stillroom_import::{ColumnProfile, ColumnType, columns_from_headers, read_date};

use crate::{Error, Kind, Table};

/// The code of no value.
pub const MISSING: u32 = u32::MAX;

/// One column whole.
#[derive(Debug, Clone, PartialEq)]
pub enum Plain {
    /// Numbers; `NaN` for none.
    Number {
        /// One a row.
        values: Vec<f64>,
        /// Whether the file holds whole numbers.
        is_whole: bool,
    },
    /// Milliseconds since 1970-01-01 UTC; `NaN` for none.
    Time(Vec<f64>),
    /// 0 for no, 1 for yes, [`MISSING`] for none.
    Boolean(Vec<u32>),
    /// Positions in `levels`, or [`MISSING`].
    Category {
        /// One a row.
        codes: Vec<u32>,
        /// The labels.
        levels: Vec<String>,
    },
    /// Texts one behind the other.
    Text {
        /// All of them.
        text: String,
        /// Where each ends.
        ends: Vec<usize>,
        /// Whether there is one.
        is_known: Vec<bool>,
    },
}

impl Plain {
    /// What the column was found to hold, as the reader of CSV calls it.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Number { is_whole: true, .. } => "integer",
            Self::Number { .. } => "number",
            Self::Time(_) => "date",
            Self::Boolean(_) => "boolean",
            Self::Category { .. } => "category",
            Self::Text { .. } => "text",
        }
    }
}

impl Table {
    /// Every column in one piece, under a name of its own. Text becomes times where all of it reads as dates, and a dictionary where a column of CSV would;
    /// what is neither number, time, yes or no, nor text is written out as text.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when a column is too long or its cells cannot be turned; `kind` says what the file was.
    pub fn plain(&self, kind: Kind) -> Result<Vec<(String, Plain)>, Error> {
        let names = columns_from_headers(self.schema.fields().iter().map(|field| field.name().as_str()));
        let columns = self.schema.fields().iter().zip(names).enumerate().map(|(place, (field, column))| {
            let pieces: Vec<&dyn Array> =
                self.batches.iter().map(|batch| batch.column(place).as_ref()).collect();
            let plain = plain(&pieces, field.data_type());
            Ok((column.name, plain.map_err(|error| Error::unreadable(kind, &error))?))
        });
        columns.collect()
    }

    /// The table of whole columns.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when they are not of one length; `kind` says where they are from or go.
    pub fn of_plain(columns: Vec<(String, Plain)>, kind: Kind) -> Result<Self, Error> {
        let arrays = columns.into_iter().map(|(name, column)| (name, array(column)));
        Self::from_columns(arrays.collect(), kind)
    }
}

fn plain(pieces: &[&dyn Array], data_type: &DataType) -> Result<Plain, ArrowError> {
    let wanted = wanted(data_type);
    let turned: Vec<ArrayRef> =
        pieces.iter().map(|piece| cast(*piece, &wanted)).collect::<Result<_, ArrowError>>()?;
    let turned: Vec<&dyn Array> = turned.iter().map(AsRef::as_ref).collect();
    let whole = if turned.is_empty() { arrow_array::new_empty_array(&wanted) } else { concat(&turned)? };
    Ok(match &wanted {
        DataType::Float64 => Plain::Number {
            values: numbers(whole.as_primitive::<Float64Type>().iter()),
            is_whole: data_type.is_integer(),
        },
        DataType::Timestamp(..) => {
            let millis = whole.as_primitive::<TimestampMillisecondType>().iter();
            Plain::Time(numbers(millis.map(|millis| millis.map(|millis| millis as f64))))
        }
        DataType::Boolean => {
            Plain::Boolean(whole.as_boolean().iter().map(|flag| flag.map_or(MISSING, u32::from)).collect())
        }
        DataType::Dictionary(..) => category(whole.as_dictionary::<UInt32Type>()),
        _ => of_texts(whole.as_string::<i32>())?,
    })
}

/// The type that a column is turned to.
fn wanted(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Boolean => DataType::Boolean,
        DataType::Null => DataType::Float64,
        number if number.is_numeric() => DataType::Float64,
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => {
            DataType::Timestamp(TimeUnit::Millisecond, None)
        }
        DataType::Dictionary(_, values) => match wanted(values) {
            DataType::Utf8 => DataType::Dictionary(Box::new(DataType::UInt32), Box::new(DataType::Utf8)),
            other => other,
        },
        _ => DataType::Utf8,
    }
}

fn numbers(values: impl Iterator<Item = Option<f64>>) -> Vec<f64> {
    values.map(|value| value.unwrap_or(f64::NAN)).collect()
}

/// The dictionary with its levels in the order of their bytes, each once; levels that are missing themselves are missing values.
fn category(array: &DictionaryArray<UInt32Type>) -> Plain {
    let levels = array.values().as_string::<i32>();
    let mut sorted: Vec<&str> = levels.iter().flatten().collect();
    sorted.sort_unstable();
    sorted.dedup();
    let place = |level: &str| sorted.partition_point(|other| *other < level) as u32;
    let places: Vec<u32> = levels.iter().map(|level| level.map_or(MISSING, place)).collect();
    let code = |code: Option<u32>| code.map_or(MISSING, |code| places[code as usize]);
    Plain::Category {
        codes: array.keys().iter().map(code).collect(),
        levels: sorted.into_iter().map(str::to_owned).collect(),
    }
}

/// Text as what it holds: times, a dictionary, or itself.
fn of_texts(array: &StringArray) -> Result<Plain, ArrowError> {
    let mut profile = ColumnProfile::default();
    array.iter().flatten().for_each(|value| profile.observe(value));
    match profile.column_type() {
        ColumnType::Date { style } => {
            let times = || array.iter().map(|text| text.map(|text| read_date(text, style.order)));
            if times().all(|time| time != Some(None)) {
                let millis = times().map(|time| time.flatten().map(|millis| millis as f64));
                return Ok(Plain::Time(numbers(millis)));
            }
        }
        ColumnType::Category | ColumnType::Boolean => {
            let dictionary = DataType::Dictionary(Box::new(DataType::UInt32), Box::new(DataType::Utf8));
            return Ok(category(cast(array, &dictionary)?.as_dictionary::<UInt32Type>()));
        }
        _ => {}
    }
    let mut text = String::new();
    let mut ends = Vec::with_capacity(array.len());
    for value in array.iter() {
        text.push_str(value.unwrap_or_default());
        ends.push(text.len());
    }
    Ok(Plain::Text { text, ends, is_known: array.iter().map(|value| value.is_some()).collect() })
}

fn array(column: Plain) -> ArrayRef {
    let known = |value: &f64| (!value.is_nan()).then_some(*value);
    match column {
        Plain::Number { values, is_whole: true } => {
            let whole = values.iter().map(|value| known(value).map(|value| value as i64));
            Arc::new(whole.collect::<Int64Array>())
        }
        Plain::Number { values, .. } => Arc::new(values.iter().map(known).collect::<Float64Array>()),
        Plain::Time(values) => {
            let millis = values.iter().map(|value| known(value).map(|value| value as i64));
            Arc::new(millis.collect::<TimestampMillisecondArray>())
        }
        Plain::Boolean(codes) => {
            let flags = codes.iter().map(|code| (*code != MISSING).then_some(*code == 1));
            Arc::new(flags.collect::<BooleanArray>())
        }
        Plain::Category { codes, levels } => {
            let codes = codes.iter().map(|code| Some(*code).filter(|code| (*code as usize) < levels.len()));
            let codes: PrimitiveArray<UInt32Type> = codes.collect();
            Arc::new(DictionaryArray::new(codes, Arc::new(StringArray::from(levels))))
        }
        Plain::Text { text, ends, is_known } => {
            let starts = std::iter::once(0).chain(ends.iter().copied());
            let cells = starts.zip(&ends).zip(is_known);
            let cells = cells.map(|((start, end), is_known)| text.get(start..*end).filter(|_| is_known));
            Arc::new(cells.collect::<StringArray>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<(String, Plain)> {
        let text = |values: &[Option<&str>]| {
            let mut ends = Vec::new();
            let text = values.iter().fold(String::new(), |all, value| {
                let all = all + value.unwrap_or_default();
                ends.push(all.len());
                all
            });
            Plain::Text { text, ends, is_known: values.iter().map(Option::is_some).collect() }
        };
        let levels = ["Linz", "Wien"].map(str::to_owned).to_vec();
        vec![
            ("spend".to_owned(), Plain::Number { values: vec![0.5, -1e300, 7.0], is_whole: false }),
            // The largest that doubles hold to the millisecond.
            ("joined".to_owned(), Plain::Time(vec![1.7e12, 9_007_199_254_740_992.0, -1.0])),
            ("left".to_owned(), Plain::Boolean(vec![1, MISSING, 0])),
            ("city".to_owned(), Plain::Category { codes: vec![1, 0, MISSING], levels }),
            ("name".to_owned(), text(&[Some("Ä"), None, Some("")])),
        ]
    }

    #[test]
    fn columns_come_back_from_arrow_and_parquet_as_they_went() {
        let table = Table::of_plain(columns(), Kind::Arrow).expect("a table");
        for kind in [Kind::Arrow, Kind::Parquet] {
            let mut bytes = Vec::new();
            table.write(kind, &mut bytes).expect("written");
            assert_eq!(Kind::of(&bytes), kind);
            let back = Table::read_marked(bytes).expect("read").plain(kind).expect("plain");
            assert_eq!(back, columns(), "{kind}");
        }
    }

    #[test]
    fn text_is_what_it_holds_and_json_is_read_to_it() {
        let rows: Vec<String> = (0..120)
            .map(|row| {
                let (day, tier) = (row % 28 + 1, ["gold", "basic"][row % 2]);
                format!(r#"{{"n":{row},"day":"2024-05-{day:02}","tier":"{tier}","note":"n{row} of all","code":"0{row:04}"}}"#)
            })
            .collect();
        let json = format!("[{}]", rows.join(",")).into_bytes();
        let columns = Table::read_marked(json).expect("read").plain(Kind::Json).expect("plain");
        let types: Vec<(&str, &str)> =
            columns.iter().map(|(name, column)| (name.as_str(), column.type_name())).collect();
        let expected =
            [("code", "text"), ("day", "date"), ("n", "integer"), ("note", "text"), ("tier", "category")];
        assert_eq!(types, expected);
        let Plain::Time(days) = &columns[1].1 else { panic!("days are times") };
        assert_eq!(days[0], 1_714_521_600_000.0);
    }

    #[test]
    fn what_has_no_mark_is_not_guessed() {
        let refused = Table::read_marked(b"a,b\n1,2\n".to_vec()).map(drop);
        assert_eq!(refused.map_err(|error| error.code()), Err("table-unreadable"));
    }
}
