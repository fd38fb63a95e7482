//! Ordering customers by fields, at a million rows.
//!
//! The keys are read in one pass and sorted here: SQLite would sort as well, but keeping missing values last in both directions
//! defeats its indexes, and an index on every field would cost every import. Texts compare without ASCII case, by bytes, through
//! their first eight bytes wherever those decide.

use crate::view::Direction;
use rusqlite::types::ValueRef;
use std::cmp::Ordering;

/// The values of one field, in row order, ready to compare.
pub(crate) enum SortKeys {
    Numbers(Vec<f64>),
    Texts { prefixes: Vec<u64>, ends: Vec<usize>, bytes: Vec<u8> },
}

impl SortKeys {
    pub(crate) fn numbers() -> Self {
        SortKeys::Numbers(Vec::new())
    }

    pub(crate) fn texts() -> Self {
        SortKeys::Texts { prefixes: Vec::new(), ends: Vec::new(), bytes: Vec::new() }
    }

    /// Adds the next row's value.
    pub(crate) fn push(&mut self, stored: ValueRef<'_>) {
        match self {
            SortKeys::Numbers(numbers) => numbers.push(match stored {
                ValueRef::Integer(number) => number as f64,
                ValueRef::Real(number) => number,
                ValueRef::Null | ValueRef::Text(_) | ValueRef::Blob(_) => f64::NAN,
            }),
            SortKeys::Texts { prefixes, ends, bytes } => {
                let text = if let ValueRef::Text(text) = stored { text } else { &[] };
                let start = bytes.len();
                bytes.extend(text.iter().map(u8::to_ascii_lowercase));
                ends.push(bytes.len());
                prefixes.push(prefix_of(bytes.get(start..).unwrap_or_default()));
            }
        }
    }

    /// Compares two rows; missing values come last in both directions.
    fn compare(&self, direction: Direction, a: usize, b: usize) -> Ordering {
        let (is_missing_a, is_missing_b) = (self.is_missing(a), self.is_missing(b));
        if is_missing_a || is_missing_b {
            return is_missing_a.cmp(&is_missing_b);
        }
        let ordering = match self {
            SortKeys::Numbers(numbers) => {
                numbers.get(a).partial_cmp(&numbers.get(b)).unwrap_or(Ordering::Equal)
            }
            SortKeys::Texts { prefixes, .. } => {
                prefixes.get(a).cmp(&prefixes.get(b)).then_with(|| self.text(a).cmp(self.text(b)))
            }
        };
        match direction {
            Direction::Ascending => ordering,
            Direction::Descending => ordering.reverse(),
        }
    }

    fn is_missing(&self, row: usize) -> bool {
        match self {
            SortKeys::Numbers(numbers) => numbers.get(row).is_none_or(|number| number.is_nan()),
            SortKeys::Texts { .. } => self.text(row).is_empty(),
        }
    }

    fn text(&self, row: usize) -> &[u8] {
        let SortKeys::Texts { ends, bytes, .. } = self else { return &[] };
        let start = row.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
        ends.get(row).and_then(|end| bytes.get(start..*end)).unwrap_or_default()
    }
}

fn prefix_of(text: &[u8]) -> u64 {
    let mut prefix = [0; 8];
    prefix.iter_mut().zip(text).for_each(|(byte, letter)| *byte = *letter);
    u64::from_be_bytes(prefix)
}

/// The ids in order of the keys; rows that tie in every key keep the order of their ids.
pub(crate) fn sort_ids(ids: Vec<i64>, keys: &[(SortKeys, Direction)]) -> Vec<i64> {
    let mut rows: Vec<u32> = (0..ids.len() as u32).collect();
    rows.sort_by(|a, b| {
        let compare_key =
            |(keys, direction): &(SortKeys, Direction)| keys.compare(*direction, *a as usize, *b as usize);
        keys.iter().map(compare_key).find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
    });
    rows.into_iter().filter_map(|row| ids.get(row as usize).copied()).collect()
}
