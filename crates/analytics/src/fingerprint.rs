//! Which rows these are, told at the speed of memory: a cryptographic hash would take longer than most analyses of the same
//! rows.
//!
//! Values go into four lanes of 64 bits in turn. Every step of a lane is reversible, so two columns that differ in one value
//! never agree, and others do by a chance of about 2⁻⁶⁴; the lanes of all columns, their names and types then go
//! through SHA-256. It tells rows apart and is no proof against somebody who makes rows to match.

use sha2::{Digest as _, Sha256};

use crate::keep::hex;
use crate::{Column, ColumnData, Table};

const LANES: usize = 4;
/// Odd, so that multiplying by it is reversible; its bits are those of the golden ratio.
const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

/// Takes columns one after the other and says which they are.
#[derive(Debug, Clone)]
pub struct Fingerprint {
    hash: Sha256,
}

impl Default for Fingerprint {
    fn default() -> Self {
        Self::new()
    }
}

impl Fingerprint {
    /// Of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self { hash: Sha256::new() }
    }

    /// Takes the columns of `table` with their names and types. Missing values count; the order of a category's levels does
    /// too.
    pub fn table(&mut self, table: &Table) {
        table.columns().for_each(|column| self.column(column));
    }

    /// Takes one column with its name and type.
    pub fn column(&mut self, column: &Column) {
        self.texts([column.name.as_str(), column.data.type_name()]);
        match &column.data {
            ColumnData::Number(values) => self.numbers(values),
            ColumnData::Category { codes, levels } => {
                self.codes(codes);
                self.texts(levels.iter().map(String::as_str));
            }
            ColumnData::Time(values) => {
                self.words(values.iter().map(|time| time.map_or(u64::MAX, |time| time as u64)));
                self.words(values.iter().map(|time| u64::from(time.is_some())));
            }
            ColumnData::Boolean(values) => {
                self.words(values.iter().map(|value| value.map_or(2, u64::from)));
            }
            ColumnData::Text(values) => {
                self.words(values.iter().map(|value| u64::from(value.is_some())));
                self.texts(values.iter().map(|value| value.as_deref().unwrap_or_default()));
            }
        }
    }

    /// Takes numbers; every `NaN` is the same.
    pub fn numbers(&mut self, values: &[f64]) {
        let bits = |value: f64| if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() };
        let (blocks, rest) = values.as_chunks::<LANES>();
        let lanes = blocks.iter().fold([MULTIPLIER; LANES], |lanes, block| stirred(lanes, block.map(bits)));
        self.end(lanes, rest.iter().map(|&value| bits(value)), values.len());
    }

    /// Takes codes, where [`crate::table::MISSING_CATEGORY`] is like any other.
    pub fn codes(&mut self, codes: &[u32]) {
        let pair = |low: u32, high: u32| (u64::from(high) << 32) | u64::from(low);
        let (blocks, rest) = codes.as_chunks::<{ 2 * LANES }>();
        let lanes = blocks.iter().fold([MULTIPLIER; LANES], |lanes, block| {
            let [a, b, c, d, e, f, g, h] = *block;
            stirred(lanes, [pair(a, b), pair(c, d), pair(e, f), pair(g, h)])
        });
        self.end(lanes, rest.iter().map(|&code| u64::from(code)), codes.len());
    }

    /// Takes yes and no.
    pub fn flags(&mut self, flags: &[bool]) {
        let bits = |flags: &[bool]| flags.iter().fold(0, |bits, &flag| (bits << 1) | u64::from(flag));
        self.words(flags.chunks(64).map(bits));
        self.words([flags.len() as u64].into_iter());
    }

    /// Takes any values as words.
    pub fn words(&mut self, words: impl ExactSizeIterator<Item = u64>) {
        let n_words = words.len();
        self.end([MULTIPLIER; LANES], words, n_words);
    }

    /// Takes texts, each with its length.
    pub fn texts<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) {
        for text in texts {
            self.hash.update((text.len() as u64).to_le_bytes());
            self.hash.update(text);
        }
    }

    /// What it comes to: 64 hexadecimal digits.
    #[must_use]
    pub fn finish(self) -> String {
        hex(&self.hash.finalize())
    }

    fn end(&mut self, lanes: [u64; LANES], rest: impl Iterator<Item = u64>, n_values: usize) {
        let lanes = rest.fold(lanes, |[a, b, c, d], word| {
            let [next, ..] = stirred([a, b, c, d], [word, 0, 0, 0]);
            [b, c, d, next]
        });
        self.hash.update((n_values as u64).to_le_bytes());
        lanes.iter().for_each(|lane| self.hash.update(lane.to_le_bytes()));
    }
}

/// One step of each lane.
#[inline(always)]
fn stirred(lanes: [u64; LANES], words: [u64; LANES]) -> [u64; LANES] {
    let step = |lane: u64, word: u64| (lane ^ word).wrapping_mul(MULTIPLIER).rotate_left(29);
    let ([a, b, c, d], [e, f, g, h]) = (lanes, words);
    [step(a, e), step(b, f), step(c, g), step(d, h)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::MISSING_CATEGORY;

    fn of(fill: impl Fn(&mut Fingerprint)) -> String {
        let mut fingerprint = Fingerprint::new();
        fill(&mut fingerprint);
        fingerprint.finish()
    }

    #[test]
    fn every_value_and_its_place_count() {
        for n in [0_usize, 1, 3, 4, 9, 64] {
            let numbers: Vec<f64> = (0..n).map(|row| row as f64 + 0.25).collect();
            let codes: Vec<u32> = (0..n as u32).collect();
            let mut seen = vec![of(|all| all.numbers(&numbers)), of(|all| all.codes(&codes))];
            for row in 0..n {
                let mut other = numbers.clone();
                other[row] = -0.5;
                seen.push(of(|all| all.numbers(&other)));
                let mut other = codes.clone();
                other[row] = MISSING_CATEGORY;
                seen.push(of(|all| all.codes(&other)));
                if row > 0 {
                    let mut other = numbers.clone();
                    other.swap(row - 1, row);
                    seen.push(of(|all| all.numbers(&other)));
                }
            }
            let n_seen = seen.len();
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), if n == 0 { 1 } else { n_seen }, "{n} rows");
        }
    }

    #[test]
    fn where_one_column_ends_counts() {
        let split = of(|all| {
            all.numbers(&[1.0]);
            all.numbers(&[2.0]);
        });
        assert_ne!(split, of(|all| all.numbers(&[1.0, 2.0])));
        assert_ne!(of(|all| all.texts(["ab", "c"])), of(|all| all.texts(["a", "bc"])));
        let (quiet, other) = (f64::NAN, f64::from_bits(f64::NAN.to_bits() + 1));
        assert_eq!(of(|all| all.numbers(&[quiet])), of(|all| all.numbers(&[other])));
    }

    #[test]
    fn names_types_and_missing_values_of_a_table_count() {
        let one = |name: &str, data| {
            let table = Table::new(vec![Column { name: name.into(), data }]).expect("one column is a table");
            of(|all| all.table(&table))
        };
        let mut seen = vec![
            one("a", ColumnData::Number(vec![1.0])),
            one("b", ColumnData::Number(vec![1.0])),
            one("a", ColumnData::Time(vec![Some(1)])),
            one("a", ColumnData::Time(vec![None])),
            one("a", ColumnData::Time(vec![Some(-1)])),
            one("a", ColumnData::Boolean(vec![Some(true)])),
            one("a", ColumnData::Boolean(vec![None])),
            one("a", ColumnData::Text(vec![None])),
            one("a", ColumnData::Text(vec![Some(String::new())])),
            one("a", ColumnData::from_labels([Some("x")])),
            one("a", ColumnData::from_labels([Some("y")])),
        ];
        let n_seen = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), n_seen);
    }
}
