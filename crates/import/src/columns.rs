//! Bytes to typed columns: arrays of numbers and times, yes and no, codes into levels, and texts behind one another.
//!
//! The types are learned from every row, as [`crate::Inference`] does. The first rows only say as what to build a column while
//! the others are read; where later rows make it another, the file is read once more, with the types now certain.

mod bits;
mod builder;
mod plain;
mod text;
mod words;

use std::collections::BTreeMap;

pub use self::bits::Bits;
use self::builder::{Builder, Form, Misfit};
use crate::{ColumnType, Dialect, Error, Inference, Outcome, Reader, RowIssue, Tally};

/// The code of a row without a level in [`Values::Category`].
pub(crate) const MISSING: u32 = u32::MAX;
/// Records that say as what columns are built at first.
const SAMPLE_RECORDS: usize = 2_000;

/// A column's values, one a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Numbers; `NaN` where nothing is known.
    Number(Vec<f64>),
    /// Milliseconds since 1970-01-01T00:00:00Z; `NaN` where nothing is known.
    Time(Vec<f64>),
    /// Yes as 1 and no as 0.
    Boolean {
        /// One a row; 0 where nothing is known.
        values: Vec<u8>,
        /// Whether a row's value is known.
        is_known: Bits,
    },
    /// Texts that repeat.
    Category {
        /// Positions in `levels`; `u32::MAX` where nothing is known.
        codes: Vec<u32>,
        /// Each text once, in the order in which they first stand.
        levels: Vec<String>,
    },
    /// Texts without blanks around them.
    Text {
        /// All of them, one behind the other.
        text: String,
        /// Where each ends in `text`, in bytes.
        ends: Vec<usize>,
        /// Whether a row's value is known.
        is_known: Bits,
    },
}

/// A column of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct TypedColumn {
    /// A name no other column has; see [`crate::Column`].
    pub name: String,
    /// What it holds.
    pub column_type: ColumnType,
    /// Its values, one for each row kept.
    pub values: Values,
}

/// A file as columns.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadColumns {
    /// In the file's order.
    pub columns: Vec<TypedColumn>,
    /// Rows read, kept and refused. Columns have one value for each row kept.
    pub tally: Tally,
    /// What did not fit, by row; a row's own issues come before those of its cells. A cell that does not fit is emptied.
    pub issues: Vec<RowIssue>,
}

/// What reading came to.
#[derive(Debug)]
pub enum Finished {
    /// The columns.
    Columns(ReadColumns),
    /// Late rows changed a column's type: push the file to this reader once more. It never asks again.
    Again(Box<ColumnsReader>),
}

/// A streaming reader of typed columns: push the file in chunks of any size, then [`ColumnsReader::finish`].
///
/// Held are the columns, what [`Reader`] holds, and the issues. Cost is linear in the bytes; text that is not plain (doubled
/// quotes, line ends in cells, numbers with thousands separators) costs several times as much as text that is.
pub struct ColumnsReader {
    reader: Reader,
    kinds: BTreeMap<String, String>,
    /// The types columns are built as, as far as the first rows said.
    types: Vec<ColumnType>,
    is_settled: bool,
    room: Room,
    builders: Vec<Builder>,
    misfits: Vec<Misfit>,
}

/// What the first rows say of how many there are.
#[derive(Debug, Clone, Copy)]
struct Room {
    n_rows: u64,
    /// The bytes those took.
    n_bytes: u64,
    total_bytes: u64,
}

impl Room {
    /// Rows to make room for at once in each of `width` columns: a little more than there seem to be, and no more than
    /// twice the file's bytes.
    fn n_expected(self, width: usize) -> usize {
        const BYTES_A_CELL: u64 = 8;
        let expected = self.total_bytes as f64 / self.n_bytes.max(1) as f64 * self.n_rows as f64 * 1.02;
        let most = 2 * self.total_bytes / (BYTES_A_CELL * width.max(1) as u64);
        (expected as u64).min(most) as usize
    }
}

impl std::fmt::Debug for ColumnsReader {
    /// Says where the reader stands without showing any of the file.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ColumnsReader").field("reader", &self.reader).finish_non_exhaustive()
    }
}

impl ColumnsReader {
    /// A reader of a file in `dialect` of `total_bytes` that starts with `head`, which should hold some thousand rows. `kinds` gives columns a type by name (`number`, `boolean`, `date`, `category`, `text`) in place
    /// of the one learned.
    ///
    /// The head is only looked at: push it with the rest.
    ///
    /// # Errors
    /// What [`Dialect::check`] finds; [`Error::UnknownKind`].
    pub fn new(
        dialect: Dialect,
        head: &[u8],
        total_bytes: u64,
        kinds: BTreeMap<String, String>,
    ) -> Result<Self, Error> {
        if let Some(kind) = kinds.values().find(|kind| ColumnType::Text.with_field_kind(kind).is_none()) {
            return Err(Error::UnknownKind { kind: kind.clone() });
        }
        let mut reader = Reader::new(dialect)?;
        reader.push(head);
        if head.len() as u64 >= total_bytes {
            reader.finish();
        }
        let mut inference = Inference::new(0);
        for _ in 0..SAMPLE_RECORDS {
            let Some(record) = reader.next_record() else { break };
            inference.observe(&record);
        }
        let profiles = inference.into_profiles(reader.columns().len());
        let learned = profiles.iter().map(crate::ColumnProfile::column_type).collect();
        let types = chosen(&kinds, &reader, learned);
        let room = Room { n_rows: reader.tally().rows_read, n_bytes: reader.n_bytes_read(), total_bytes };
        Self::with_types(dialect, kinds, types, false, room)
    }

    fn with_types(
        dialect: Dialect,
        kinds: BTreeMap<String, String>,
        types: Vec<ColumnType>,
        is_settled: bool,
        room: Room,
    ) -> Result<Self, Error> {
        let reader = Reader::new(dialect)?;
        Ok(Self { reader, kinds, types, is_settled, room, builders: Vec::new(), misfits: Vec::new() })
    }

    /// Takes the next bytes of the file, in chunks of any size.
    pub fn push(&mut self, bytes: &[u8]) {
        self.reader.push(bytes);
        self.drain();
    }

    /// Ends the file.
    ///
    /// # Errors
    /// [`Error::NoSuchName`] when a type was given to a column the file does not have.
    pub fn finish(mut self) -> Result<Finished, Error> {
        self.reader.finish();
        self.drain();
        self.begin(self.reader.columns().len());
        let columns = self.reader.columns();
        if let Some(name) = self.kinds.keys().find(|name| columns.iter().all(|column| column.name != **name))
        {
            return Err(Error::NoSuchName { name: name.clone() });
        }
        if !self.is_settled {
            let learned = self.builders.iter().map(Builder::learned_type).collect();
            self.types = chosen(&self.kinds, &self.reader, learned);
            let is_as_built =
                |(builder, column_type): (&Builder, &ColumnType)| builder.form == Form::of(*column_type);
            if !self.builders.iter().zip(&self.types).all(is_as_built) {
                let again =
                    Self::with_types(*self.reader.dialect(), self.kinds, self.types, true, self.room)?;
                return Ok(Finished::Again(Box::new(again)));
            }
        }
        Ok(Finished::Columns(self.into_columns()))
    }

    fn into_columns(mut self) -> ReadColumns {
        let mut issues = self.reader.take_issues();
        let names = self.reader.columns();
        issues.extend(self.misfits.iter().map(|misfit| RowIssue {
            row: misfit.row,
            line: misfit.line,
            field: names.get(misfit.column).map(|column| column.name.clone()),
            reason: misfit.reason,
            value_kind: misfit.value_kind,
            outcome: Outcome::Kept,
        }));
        let columns =
            names.iter().zip(self.builders).zip(&self.types).map(|((column, builder), column_type)| {
                TypedColumn {
                    name: column.name.clone(),
                    column_type: *column_type,
                    values: builder.into_values(),
                }
            });
        let columns = columns.collect();
        issues.sort_by_key(|issue| issue.line);
        ReadColumns { columns, tally: self.reader.tally(), issues }
    }

    fn drain(&mut self) {
        loop {
            if !self.reader.columns().is_empty() {
                self.begin(self.reader.columns().len());
            }
            while let Some(block) = self.reader.next_block() {
                for builder in &mut self.builders {
                    builder.add_block(&block, &mut self.misfits);
                }
            }
            let Some(record) = self.reader.next_record() else { return };
            if self.builders.is_empty() {
                begin(&mut self.builders, &self.types, record.n_columns, self.room);
            }
            for (idx, builder) in self.builders.iter_mut().enumerate() {
                builder.add(record.row(), record.line(), record.get(idx), &mut self.misfits);
            }
        }
    }

    /// Begins the columns, once it is known how many there are.
    fn begin(&mut self, width: usize) {
        if self.builders.is_empty() {
            begin(&mut self.builders, &self.types, width, self.room);
        }
    }
}

fn begin(builders: &mut Vec<Builder>, types: &[ColumnType], width: usize, room: Room) {
    let type_of = |idx| types.get(idx).copied().unwrap_or(ColumnType::Empty);
    builders.extend((0..width).map(|idx| Builder::new(idx, type_of(idx))));
    builders.iter_mut().for_each(|builder| builder.reserve(room.n_expected(width)));
}

/// The learned types, but for the columns that are given another.
fn chosen(kinds: &BTreeMap<String, String>, reader: &Reader, learned: Vec<ColumnType>) -> Vec<ColumnType> {
    let given = |name: &str, learned: ColumnType| {
        kinds.get(name).and_then(|kind| learned.with_field_kind(kind)).unwrap_or(learned)
    };
    reader.columns().iter().zip(learned).map(|(column, learned)| given(&column.name, learned)).collect()
}

/// Reads a file that is in memory to columns.
///
/// ```
/// use stillroom_import::{Dialect, Values, read_columns};
/// let read = read_columns(Dialect::default(), b"city,spend\nWien,1.5\nLinz,\nWien,2\nLinz,3\n", [].into())?;
/// let [city, spend] = &read.columns[..] else { panic!("two columns") };
/// assert_eq!(city.values, Values::Category { codes: vec![0, 1, 0, 1], levels: vec!["Wien".into(), "Linz".into()] });
/// assert!(matches!(&spend.values, Values::Number(spend) if spend[0] == 1.5 && spend[1].is_nan()));
/// # Ok::<(), stillroom_import::Error>(())
/// ```
///
/// # Errors
/// As [`ColumnsReader::new`] and [`ColumnsReader::finish`].
pub fn read_columns(
    dialect: Dialect,
    bytes: &[u8],
    kinds: BTreeMap<String, String>,
) -> Result<ReadColumns, Error> {
    const HEAD_BYTES: usize = 1 << 20;
    let head = bytes.get(..HEAD_BYTES).unwrap_or(bytes);
    let mut reader = ColumnsReader::new(dialect, head, bytes.len() as u64, kinds)?;
    loop {
        for chunk in bytes.chunks(HEAD_BYTES) {
            reader.push(chunk);
        }
        match reader.finish()? {
            Finished::Columns(columns) => return Ok(columns),
            Finished::Again(again) => reader = *again,
        }
    }
}
