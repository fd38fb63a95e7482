//! Files to rows and back: CSV in every dialect, with bounds and named issues.
//!
//! The room is sans-IO: bytes are pushed in chunks of any size and rows are pulled out, so the same code serves a
//! browser worker, the command line and the tests. It never panics on any input and holds at most one record and one
//! chunk at a time. A path through it:
//!
//! 1. [`sniff`] guesses the [`Dialect`] from the file's first bytes; every guess can be overridden.
//! 2. [`Reader`] decodes and parses; [`Inference`] watches the records and learns each column's [`ColumnType`].
//! 3. [`guess_mapping`] says what the columns mean; a person corrects it.
//! 4. [`Converter`] turns records into [`CustomerRow`]s or [`OrderLineRow`]s.
//! 5. Whatever does not fit is a [`RowIssue`], never lost and never fatal. Rows read are always rows kept plus refused.
//!
//! [`ColumnsReader`] goes from bytes to typed columns at once, for whoever computes and keeps no rows.
//!
//! [`CsvWriter`] goes the other way, and keeps spreadsheets from running what a customer typed.
//!
//! ```
//! use stillroom_import::{Reader, sniff};
//!
//! let file = b"Email;Umsatz\r\na@example.com;1,5\r\n";
//! let mut reader = Reader::new(sniff(file, true).dialect)?;
//! reader.push(file);
//! reader.finish();
//! let record = reader.next_record().expect("the file has one data row");
//! assert_eq!(record.iter().collect::<Vec<_>>(), ["a@example.com", "1,5"]);
//! # Ok::<(), stillroom_import::Error>(())
//! ```

mod columns;
mod convert;
mod decode;
mod dialect;
mod entry;
mod error;
mod infer;
mod issue;
mod mapping;
mod parse;
mod reader;
mod record;
mod sniff;
mod values;
mod write;

pub use columns::{Bits, ColumnsReader, Finished, ReadColumns, TypedColumn, Values, read_columns};
pub use convert::{
    CUSTOMER_FIELDS, Cell, Converter, CustomerRow, ORDER_LINE_FIELDS, OrderLineRow, Row, read_cell,
};
pub use dialect::{Dialect, Encoding, Footer, Header, Limits, Newline, Quote};
pub use entry::{FileSummary, read_whole};
pub use error::Error;
pub use infer::{ColumnProfile, ColumnType, Inference};
pub use issue::{Outcome, Reason, RowIssue, Tally, ValueKind, write_issues};
pub use mapping::{
    ColumnMapping, FieldChoice, IdRule, Mapping, MatchReason, TargetKind, Warning, custom_key, guess_mapping,
};
pub use reader::Reader;
pub use record::{Column, Record, columns_from_headers};
pub use sniff::{QuoteStyle, Sniffed, sniff};
pub use values::{
    DateOrder, DateStyle, DecimalMark, date_text_from_millis, read_boolean, read_date, read_number,
};
pub use write::{CsvWriter, FormulaGuard, guarded};
