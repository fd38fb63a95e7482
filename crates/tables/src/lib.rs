//! Tables as files: CSV in every dialect, JSON, Arrow, Parquet and spreadsheets, each read to columns with types and written from them.
//!
//! A file's kind is told by its first bytes, never by its name, so that what comes through a pipe is read as well. The columns are
//! Arrow's. What has lists or records inside is refused by name: nothing is flattened behind anybody's back, except objects
//! inside JSON, whose fields become columns `outer.inner`.

mod columnar;
mod csv;
mod error;
mod json;
mod kind;
mod plain;
mod spreadsheet;

use std::io::Write;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Schema, SchemaRef};

pub use error::Error;
pub use kind::{Kind, MARK_BYTES};
pub use plain::{MISSING, Plain};

/// Columns with names and types, in pieces of rows.
#[derive(Debug, Clone)]
pub struct Table {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

impl Table {
    /// Reads a whole file. The memory it takes is that of the columns beside the bytes.
    ///
    /// # Errors
    /// [`Error`] says which kind the file was taken for and what does not fit.
    pub fn read(bytes: Vec<u8>) -> Result<Self, Error> {
        match Kind::of(&bytes) {
            Kind::Csv => csv::read(&bytes)?.flat(),
            _ => Self::read_marked(bytes),
        }
    }

    /// As [`Self::read`], of a file that is no CSV: for callers that read CSV themselves.
    ///
    /// # Errors
    /// As [`Self::read`]; [`Error::Unreadable`] for what is taken for CSV.
    pub fn read_marked(bytes: Vec<u8>) -> Result<Self, Error> {
        let kind = Kind::of(&bytes);
        let table = match kind {
            Kind::Csv => Err(Error::Unreadable { kind, reason: "no other kind" }),
            Kind::Json => json::read(&bytes),
            Kind::Arrow => columnar::read_arrow(&bytes),
            Kind::Parquet => columnar::read_parquet(bytes),
            Kind::Spreadsheet => spreadsheet::read(bytes),
        };
        table?.flat()
    }

    /// Writes every row as `kind`.
    ///
    /// # Errors
    /// [`Error::NotWritten`] for a spreadsheet; [`Error::Output`] when `out` takes no more.
    pub fn write(&self, kind: Kind, out: &mut (dyn Write + Send)) -> Result<(), Error> {
        match kind {
            Kind::Csv => csv::write(self, out),
            Kind::Json => json::write(self, out),
            Kind::Arrow => columnar::write_arrow(self, out),
            Kind::Parquet => columnar::write_parquet(self, out),
            Kind::Spreadsheet => Err(Error::NotWritten { kind }),
        }
    }

    /// The columns' names and types.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The rows, in pieces.
    pub fn batches(&self) -> &[RecordBatch] {
        &self.batches
    }

    /// How many rows there are.
    pub fn n_rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    pub(crate) fn from_batches(
        schema: SchemaRef,
        batches: impl IntoIterator<Item = Result<RecordBatch, ArrowError>>,
        kind: Kind,
    ) -> Result<Self, Error> {
        let batches = batches.into_iter().collect::<Result<_, _>>();
        Ok(Self { schema, batches: batches.map_err(|error| Error::unreadable(kind, &error))? })
    }

    /// A table of whole columns, which may all lack values.
    pub(crate) fn from_columns(columns: Vec<(String, ArrayRef)>, kind: Kind) -> Result<Self, Error> {
        let fields: Vec<_> = columns
            .iter()
            .map(|(name, array)| arrow_schema::Field::new(name, array.data_type().clone(), true))
            .collect();
        let schema = Arc::new(Schema::new(fields));
        if columns.is_empty() {
            return Ok(Self { schema, batches: Vec::new() });
        }
        let arrays = columns.into_iter().map(|(_, array)| array).collect();
        let batch = RecordBatch::try_new(Arc::clone(&schema), arrays);
        Self::from_batches(schema, [batch], kind)
    }

    /// Itself, when every cell is one value.
    fn flat(self) -> Result<Self, Error> {
        let is_nested = |data_type: &DataType| match data_type {
            DataType::Dictionary(_, values) => values.is_nested(),
            other => other.is_nested(),
        };
        match self.schema.fields().iter().find(|field| is_nested(field.data_type())) {
            Some(field) => Err(Error::NestedColumn { column: field.name().clone() }),
            None => Ok(self),
        }
    }
}
