//! CSV files as columns: the form that [`crate::run`] takes.

use std::collections::BTreeMap;

use js_sys::{Array, Float64Array, Object, Reflect, Uint8Array, Uint32Array};
use serde::{Deserialize, Serialize};
use stillroom_engine::{failure::failure, protocol::Failure};
use stillroom_import::{
    ColumnType, ColumnsReader, Dialect, Encoding, Error, Finished, Header, Quote, ReadColumns, RowIssue,
    Values, sniff,
};
use wasm_bindgen::prelude::*;

use crate::answer::{failed, plain};

/// Issues told one by one; of the others only the number.
const MAX_ISSUES: usize = 1_000;

/// What a caller knows of the file; what they leave out is guessed from its beginning.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    encoding: Option<String>,
    delimiter: Option<String>,
    quote: Option<String>,
    header: Option<bool>,
    types: BTreeMap<String, String>,
}

/// How a file was read, beside its columns.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct About<'a> {
    rows: u64,
    rows_refused: u64,
    types: Vec<(&'a str, &'static str)>,
    issues: &'a [RowIssue],
    issue_count: usize,
}

/// Reads a CSV file in pieces.
#[wasm_bindgen]
pub struct CsvReader {
    reader: Option<ColumnsReader>,
    read: Option<ReadColumns>,
}

impl std::fmt::Debug for CsvReader {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("CsvReader").field("reader", &self.reader).finish_non_exhaustive()
    }
}

#[wasm_bindgen]
impl CsvReader {
    /// A reader of a file of `total_bytes` that starts with `head`; `options` is JSON.
    ///
    /// # Errors
    /// `options-unreadable`, and what the reader finds wrong with them.
    #[wasm_bindgen(constructor)]
    pub fn new(head: &[u8], total_bytes: f64, options: &str) -> Result<Self, JsValue> {
        let open = || -> Result<ColumnsReader, Failure> {
            let options: Options = crate::read("options", options)?;
            let dialect = options.over(sniff(head, head.len() as f64 >= total_bytes).dialect)?;
            ColumnsReader::new(dialect, head, total_bytes as u64, options.types).map_err(|error| said(&error))
        };
        Ok(Self { reader: Some(open().map_err(|failure| failed(&failure))?), read: None })
    }

    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        if let Some(reader) = &mut self.reader {
            reader.push(bytes);
        }
    }

    /// Ends the file; `false` when it must be pushed once more, because late rows changed what a column is.
    ///
    /// # Errors
    /// As the reader's.
    pub fn finish(&mut self) -> Result<bool, JsValue> {
        let finished = self.reader.take().map(ColumnsReader::finish).transpose();
        match finished.map_err(|error| failed(&said(&error)))? {
            Some(Finished::Columns(read)) => self.read = Some(read),
            Some(Finished::Again(again)) => self.reader = Some(*again),
            None => {}
        }
        Ok(self.read.is_some())
    }

    /// `[about, [[name, column], …]]`, once the file is read.
    ///
    /// # Errors
    /// `protocol` before.
    pub fn take(self) -> Result<Array, JsValue> {
        let taken = || -> Result<Array, Failure> {
            let read = self.read.ok_or_else(|| failure("protocol", "the file is not read to its end"))?;
            let about = About {
                rows: read.tally.rows_kept,
                rows_refused: read.tally.rows_refused,
                types: read
                    .columns
                    .iter()
                    .map(|column| (&*column.name, type_name(column.column_type)))
                    .collect(),
                issues: read.issues.get(..MAX_ISSUES).unwrap_or(&read.issues),
                issue_count: read.issues.len(),
            };
            let about = plain(&about)?;
            let columns =
                read.columns.into_iter().map(|column| Array::of2(&column.name.into(), &as_js(column.values)));
            Ok(Array::of2(&about, &columns.collect::<Array>()))
        };
        taken().map_err(|failure| failed(&failure))
    }
}

impl Options {
    /// `guessed` with what the caller said in its place.
    fn over(&self, guessed: Dialect) -> Result<Dialect, Failure> {
        let mut dialect = guessed;
        if let Some(label) = &self.encoding {
            let known = Encoding::from_label(label);
            dialect.encoding = known.ok_or_else(|| {
                failure(
                    "options-unreadable",
                    "the encoding is UTF-8, UTF-16LE, UTF-16BE, windows-1252 or GB18030",
                )
            })?;
        }
        if let Some(delimiter) = &self.delimiter {
            dialect.delimiter = byte(delimiter).ok_or_else(|| said(&Error::UnusableDelimiter))?;
        }
        if let Some(quote) = &self.quote {
            dialect.quote = match quote.as_str() {
                "\"" => Quote::Double,
                "'" => Quote::Single,
                "" => Quote::None,
                _ => return Err(failure("options-unreadable", "the quote is \", ' or nothing")),
            };
        }
        if let Some(has_header) = self.header {
            dialect.header = if has_header { Header::Present } else { Header::Absent };
        }
        Ok(dialect)
    }
}

fn byte(text: &str) -> Option<u8> {
    let [byte] = text.as_bytes() else { return None };
    Some(*byte)
}

fn said(error: &Error) -> Failure {
    failure(&error.code().replace('_', "-"), &error.to_string())
}

fn type_name(column_type: ColumnType) -> &'static str {
    match column_type {
        ColumnType::Empty => "empty",
        ColumnType::Integer { .. } => "integer",
        ColumnType::Number { .. } => "number",
        ColumnType::Boolean => "boolean",
        ColumnType::Date { .. } => "date",
        ColumnType::Category => "category",
        ColumnType::Identifier => "identifier",
        ColumnType::Text => "text",
    }
}

/// A column as `engine.run` takes it.
fn as_js(values: Values) -> Object {
    let column = Object::new();
    let set = |key: &str, value: JsValue| {
        Reflect::set(&column, &key.into(), &value).expect("a fresh object takes any property");
    };
    match values {
        Values::Number(values) => {
            set("type", "number".into());
            set("values", Float64Array::from(values.as_slice()).into());
        }
        Values::Time(values) => {
            set("type", "time".into());
            set("values", Float64Array::from(values.as_slice()).into());
        }
        Values::Boolean { values, is_known } => {
            let code =
                |(row, flag): (usize, &u8)| if is_known.get(row) { u32::from(*flag) } else { u32::MAX };
            let codes: Vec<u32> = values.iter().enumerate().map(code).collect();
            set("codes", Uint32Array::from(codes.as_slice()).into());
            set("levels", ["no", "yes"].map(JsValue::from).into_iter().collect::<Array>().into());
        }
        Values::Category { codes, levels } => {
            set("codes", Uint32Array::from(codes.as_slice()).into());
            set("levels", levels.into_iter().map(JsValue::from).collect::<Array>().into());
        }
        Values::Text { text, ends, is_known } => {
            let offsets: Vec<u32> =
                std::iter::once(0).chain(ends.into_iter().map(|end| end as u32)).collect();
            set("type", "text".into());
            set("bytes", Uint8Array::from(text.as_bytes()).into());
            set("offsets", Uint32Array::from(offsets.as_slice()).into());
            if !is_known.is_all_set() {
                set("validity", Uint8Array::from(is_known.bytes()).into());
            }
        }
    }
    column
}
