use arrow_schema::ArrowError;

use crate::Kind;

/// Why a file is no table, or a table no file. No message holds a cell.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file breaks the rules of its kind.
    #[error(
        "the file looks like {kind} and cannot be read as that ({reason}): write it anew, or convert it where it came from"
    )]
    Unreadable {
        /// What it looks like.
        kind: Kind,
        /// Which rule, in a word or two.
        reason: &'static str,
    },
    /// A column whose cells are lists or records.
    #[error("the column {column} holds lists or records: turn them into plain columns first")]
    NestedColumn {
        /// Its name.
        column: String,
    },
    /// A spreadsheet without rows.
    #[error(
        "the spreadsheet's first sheet is empty: put the table on the first sheet, its names in the first row"
    )]
    NoRows,
    /// JSON that is no list of objects.
    #[error("the file is JSON, but entry {entry} is no object: give a list of objects, or one object a line")]
    NotAnObject {
        /// Which, counted from 1.
        entry: usize,
    },
    /// Rows that break the file's own form.
    #[error(
        "{count} rows of the file do not have its form: import it in the app, which lists them, or mend them"
    )]
    RowsRefused {
        /// How many.
        count: u64,
    },
    /// A kind that is only read.
    #[error("{kind} is read and not written: choose csv, json, arrow or parquet")]
    NotWritten {
        /// Which.
        kind: Kind,
    },
    /// The output takes no more.
    #[error("the output cannot be written ({reason}): see whether the disk is full")]
    Output {
        /// The kind of failure.
        reason: &'static str,
    },
}

impl Error {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "table-unreadable",
            Self::NestedColumn { .. } => "column-nested",
            Self::NoRows => "sheet-empty",
            Self::NotAnObject { .. } => "json-no-object",
            Self::RowsRefused { .. } => "rows-refused",
            Self::NotWritten { .. } => "kind-not-written",
            Self::Output { .. } => "output-unwritable",
        }
    }

    /// Arrow's own words may repeat a cell, so only the sort of failure is kept.
    pub(crate) fn unreadable(kind: Kind, error: &ArrowError) -> Self {
        Self::Unreadable { kind, reason: sort_of(error) }
    }

    pub(crate) fn output(error: &ArrowError) -> Self {
        Self::Output { reason: sort_of(error) }
    }
}

fn sort_of(error: &ArrowError) -> &'static str {
    match error {
        ArrowError::IoError(..) => "input or output",
        ArrowError::ParseError(_) | ArrowError::JsonError(_) | ArrowError::CsvError(_) => "syntax",
        ArrowError::ParquetError(_) | ArrowError::IpcError(_) => "structure",
        ArrowError::SchemaError(_) => "columns",
        ArrowError::CastError(_) | ArrowError::ComputeError(_) => "types",
        ArrowError::NotYetImplemented(_) => "a newer feature of the format",
        ArrowError::MemoryError(_) => "memory",
        _ => "content",
    }
}
