//! One column on its way: what its values look like, and the values themselves as the type expected of them.
//!
//! A column is built as the first rows suggest while its [`ColumnProfile`] watches all of them. Where the profile comes to
//! another type in the end, what was built is thrown away and the file read again.

use super::plain::{DateClass, NumberClass, plain_date, plain_number};
use super::text::{Texts, observe_text};
use super::words::Words;
use super::{Bits, MISSING, Values};
use crate::reader::Block;
use crate::values::is_missing;
use crate::{
    Cell, ColumnProfile, ColumnType, DateOrder, DecimalMark, Reason, ValueKind, read_boolean, read_cell,
};

/// A value that does not fit its column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Misfit {
    pub(super) row: u64,
    pub(super) line: u64,
    pub(super) column: usize,
    pub(super) reason: Reason,
    pub(super) value_kind: ValueKind,
}

/// Where a value stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) row: u64,
    pub(super) line: u64,
    pub(super) column: usize,
}

/// What columns of a type are built as. Types that are built alike need no second reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Number(DecimalMark),
    Time { is_month_first: bool },
    Boolean,
    Category,
    Text,
}

impl Form {
    pub(super) fn of(column_type: ColumnType) -> Self {
        match column_type {
            ColumnType::Integer { mark } | ColumnType::Number { mark, .. } => Self::Number(mark),
            ColumnType::Date { style } => Self::Time { is_month_first: style.order == DateOrder::MonthFirst },
            ColumnType::Boolean => Self::Boolean,
            ColumnType::Category => Self::Category,
            ColumnType::Empty | ColumnType::Identifier | ColumnType::Text => Self::Text,
        }
    }
}

/// A word of the column.
#[derive(Debug, Clone, Copy)]
struct Seen {
    count: u64,
    /// Neither a yes nor a no.
    is_misfit: bool,
}

pub(super) struct Builder {
    column: usize,
    column_type: ColumnType,
    pub(super) form: Form,
    profile: ColumnProfile,
    /// Plain values that the profile was shown, while they are few.
    shown: Words,
    numbers: Vec<f64>,
    texts: Texts,
    words: Words,
    seen: Vec<Seen>,
    /// The number of each row's word.
    codes: Vec<u32>,
}

impl Builder {
    pub(super) fn new(column: usize, column_type: ColumnType) -> Self {
        Self {
            column,
            column_type,
            form: Form::of(column_type),
            profile: ColumnProfile::default(),
            shown: Words::default(),
            numbers: Vec::new(),
            texts: Texts::default(),
            words: Words::default(),
            seen: Vec::new(),
            codes: Vec::new(),
        }
    }

    /// Makes room for `n_rows` more.
    pub(super) fn reserve(&mut self, n_rows: usize) {
        match self.form {
            Form::Number(_) | Form::Time { .. } => self.numbers.reserve_exact(n_rows),
            Form::Boolean | Form::Category => self.codes.reserve_exact(n_rows),
            Form::Text => self.texts.reserve(n_rows),
        }
    }

    /// Adds the column's cells of all records in `block`.
    pub(super) fn add_block(&mut self, block: &Block<'_>, misfits: &mut Vec<Misfit>) {
        let (text, column) = (block.text, self.column);
        let cells = block.column(column).zip(0..).map(|((start, end), idx)| {
            let place = Place { row: block.first_row + idx, line: block.first_line + idx, column };
            (place, text.get(start..end).unwrap_or_default())
        });
        self.add_cells(cells, misfits);
    }

    /// Adds the column's cell of one record.
    pub(super) fn add(&mut self, row: u64, line: u64, cell: &str, misfits: &mut Vec<Misfit>) {
        let place = Place { row, line, column: self.column };
        self.add_cells(std::iter::once((place, cell)), misfits);
    }

    #[inline(always)]
    fn add_cells<'a>(&mut self, cells: impl Iterator<Item = (Place, &'a str)>, misfits: &mut Vec<Misfit>) {
        match self.form {
            Form::Number(mark) => self.add_numbers(cells, mark, misfits),
            Form::Time { is_month_first } => self.add_times(cells, is_month_first, misfits),
            Form::Boolean | Form::Category => {
                cells.for_each(|(place, cell)| self.add_word(place, cell, misfits))
            }
            Form::Text => cells.for_each(|(_, cell)| self.texts.push(observe_text(&mut self.profile, cell))),
        }
    }

    #[inline(always)]
    fn add_numbers<'a>(
        &mut self,
        cells: impl Iterator<Item = (Place, &'a str)>,
        mark: DecimalMark,
        misfits: &mut Vec<Misfit>,
    ) {
        let mark_byte = if mark == DecimalMark::Point { b'.' } else { b',' };
        let mut counts = [0_u64; 4];
        for (place, cell) in cells {
            let Some((value, class)) = plain_number(cell.as_bytes(), mark_byte) else {
                self.add_written(place, cell, misfits);
                continue;
            };
            counts[class as usize] += 1;
            self.numbers.push(value);
            self.show(cell);
        }
        let count = |class: NumberClass| counts[class as usize];
        let profile = &mut self.profile;
        profile.n_values += counts.iter().sum::<u64>();
        profile.n_integers += count(NumberClass::Integer) + count(NumberClass::LeadingZeros);
        profile.n_leading_zeros += count(NumberClass::LeadingZeros);
        let (certain, either) = match mark {
            DecimalMark::Point => (&mut profile.n_point, &mut profile.n_point_or_thousands),
            DecimalMark::Comma => (&mut profile.n_comma, &mut profile.n_comma_or_thousands),
        };
        *certain += count(NumberClass::Fraction);
        *either += count(NumberClass::FractionOrThousands);
    }

    #[inline(always)]
    fn add_times<'a>(
        &mut self,
        cells: impl Iterator<Item = (Place, &'a str)>,
        is_month_first: bool,
        misfits: &mut Vec<Misfit>,
    ) {
        let mut counts = [0_u64; 4];
        for (place, cell) in cells {
            let Some((millis, class)) = plain_date(cell.as_bytes(), is_month_first) else {
                self.add_written(place, cell, misfits);
                continue;
            };
            counts[class as usize] += 1;
            self.numbers.push(millis);
            self.show(cell);
        }
        let profile = &mut self.profile;
        profile.n_values += counts.iter().sum::<u64>();
        profile.n_year_first += counts[DateClass::YearFirst as usize];
        profile.n_day_first += counts[DateClass::DayFirst as usize];
        profile.n_month_first += counts[DateClass::MonthFirst as usize];
        profile.n_either_order += counts[DateClass::Either as usize];
    }

    /// Shows a plain value to the profile, which counts the different ones while they are few.
    #[inline(always)]
    fn show(&mut self, cell: &str) {
        if !self.profile.has_more_distinct && self.shown.number(cell).1 {
            self.profile.observe_distinct(cell);
        }
    }

    /// Adds a number or a time in any writing.
    fn add_written(&mut self, place: Place, cell: &str, misfits: &mut Vec<Misfit>) {
        if cell.is_empty() {
            self.profile.n_values += 1;
            self.profile.n_missing += 1;
            self.numbers.push(f64::NAN);
            return;
        }
        self.profile.observe(cell);
        let value = match read_cell(cell, self.column_type) {
            Ok(Cell::Number(number)) => number,
            Ok(Cell::Time(millis)) => millis as f64,
            Ok(_) => f64::NAN,
            Err(reason) => {
                misfits.push(misfit(place, reason, cell));
                f64::NAN
            }
        };
        self.numbers.push(value);
    }

    fn add_word(&mut self, place: Place, cell: &str, misfits: &mut Vec<Misfit>) {
        let (code, is_new) = self.words.number(cell);
        if is_new {
            let is_misfit = self.form == Form::Boolean && !is_missing(cell) && read_boolean(cell).is_none();
            self.seen.push(Seen { count: 0, is_misfit });
        }
        if let Some(seen) = self.seen.get_mut(code as usize) {
            seen.count += 1;
            if seen.is_misfit {
                misfits.push(misfit(place, Reason::NotABoolean, cell));
            }
        }
        self.codes.push(code);
    }

    /// The type that all values seen come to.
    pub(super) fn learned_type(&self) -> ColumnType {
        let mut profile = self.profile.clone();
        for (number, seen) in self.seen.iter().enumerate() {
            profile.observe_many(self.words.get(number), seen.count);
        }
        profile.column_type()
    }

    /// The values as their form has them.
    pub(super) fn into_values(self) -> Values {
        match self.form {
            Form::Number(_) => Values::Number(self.numbers),
            Form::Time { .. } => Values::Time(self.numbers),
            Form::Boolean => {
                let read: Vec<_> =
                    (0..self.words.len()).map(|word| read_boolean(self.words.get(word))).collect();
                let flag = |code: &u32| read.get(*code as usize).copied().flatten();
                let is_known = Bits::from_iter(self.codes.iter().map(|code| flag(code).is_some()));
                let values = self.codes.iter().map(|code| u8::from(flag(code) == Some(true))).collect();
                Values::Boolean { values, is_known }
            }
            Form::Category => {
                // Words that differ in blanks around them are one level, those for nothing none.
                let mut levels = Words::default();
                let words = (0..self.words.len()).map(|word| self.words.get(word));
                let level_of: Vec<u32> = words
                    .map(|word| if is_missing(word) { MISSING } else { levels.number(word.trim()).0 })
                    .collect();
                let codes =
                    self.codes.iter().map(|code| level_of.get(*code as usize).copied().unwrap_or(MISSING));
                let codes = codes.collect();
                Values::Category {
                    codes,
                    levels: (0..levels.len()).map(|level| levels.get(level).to_owned()).collect(),
                }
            }
            Form::Text => self.texts.into_values(),
        }
    }
}

fn misfit(place: Place, reason: Reason, cell: &str) -> Misfit {
    let Place { row, line, column } = place;
    Misfit { row, line, column, reason, value_kind: ValueKind::of(cell) }
}
