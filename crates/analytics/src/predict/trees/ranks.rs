//! Columns as ranks of their distinct values: what exact splits are searched on.
//!
//! A rank is one byte where a column has up to 256 distinct values, two up to 65,536, else four; sorting ranks is sorting
//! values, and equal values share a rank.

use super::pace::Pace;
use crate::{Matrix, Result};

/// The ranks of all columns.
#[derive(Debug)]
pub(super) struct Ranks {
    columns: Vec<RankColumn>,
}

/// The ranks of one column.
#[derive(Debug)]
pub(super) struct RankColumn {
    /// The distinct values, ascending.
    values: Vec<f64>,
    ranks: Bytes,
}

#[derive(Debug)]
enum Bytes {
    One(Vec<u8>),
    Two(Vec<u16>),
    Four(Vec<u32>),
}

impl Ranks {
    /// The ranks of every column of `matrix`.
    pub(super) fn new(matrix: &Matrix, pace: &mut Pace<'_, '_>) -> Result<Self> {
        let mut order: Vec<u32> = Vec::new();
        let mut columns = Vec::with_capacity(matrix.n_columns());
        for column in 0..matrix.n_columns() {
            pace.work(8 * matrix.n_rows())?;
            columns.push(RankColumn::new(&matrix.column(column), &mut order));
        }
        Ok(Self { columns })
    }

    pub(super) fn n_columns(&self) -> usize {
        self.columns.len()
    }

    pub(super) fn column(&self, column: usize) -> &RankColumn {
        &self.columns[column]
    }
}

impl RankColumn {
    fn new(column: &[f64], order: &mut Vec<u32>) -> Self {
        order.clear();
        order.extend(0..column.len() as u32);
        order.sort_unstable_by(|&left, &right| column[left as usize].total_cmp(&column[right as usize]));
        let mut values: Vec<f64> = Vec::new();
        let mut ranks = vec![0u32; column.len()];
        for &row in order.iter() {
            // A negative zero equals zero.
            let value = column[row as usize] + 0.0;
            if values.last() != Some(&value) {
                values.push(value);
            }
            ranks[row as usize] = values.len() as u32 - 1;
        }
        let ranks = match values.len() {
            0..=256 => Bytes::One(ranks.into_iter().map(|rank| rank as u8).collect()),
            257..=65_536 => Bytes::Two(ranks.into_iter().map(|rank| rank as u16).collect()),
            _ => Bytes::Four(ranks),
        };
        Self { values, ranks }
    }

    /// The number of distinct values.
    pub(super) fn n_distinct(&self) -> usize {
        self.values.len()
    }

    /// The threshold between the values of two ranks, `low < high`: their middle, or the lower one where rounding leaves
    /// nothing between.
    pub(super) fn threshold(&self, low: u32, high: u32) -> f64 {
        middle(self.values[low as usize], self.values[high as usize])
    }

    /// Whether the keys of `n_rows` rows fit the short form.
    pub(super) fn has_short_keys(&self, n_rows: usize) -> bool {
        n_rows.max(self.n_distinct()) <= 1 << 16
    }

    /// One key for each of `rows`: the rank above, the position in `rows` below.
    pub(super) fn keys<K: Key>(&self, rows: &[u32], keys: &mut Vec<K>) {
        fn fill<R: Copy + Into<u32>, K: Key>(ranks: &[R], rows: &[u32], keys: &mut Vec<K>) {
            keys.clear();
            keys.extend(
                rows.iter().zip(0..).map(|(&row, position)| K::new(ranks[row as usize].into(), position)),
            );
        }
        match &self.ranks {
            Bytes::One(ranks) => fill(ranks, rows, keys),
            Bytes::Two(ranks) => fill(ranks, rows, keys),
            Bytes::Four(ranks) => fill(ranks, rows, keys),
        }
    }

    /// Moves the rows with a rank of at most `low` to the front, keeping the order on both sides; returns their number.
    pub(super) fn partition(&self, rows: &mut [u32], low: u32, spare: &mut Vec<u32>) -> usize {
        fn split<R: Copy + Into<u32>>(
            ranks: &[R],
            rows: &mut [u32],
            low: u32,
            spare: &mut Vec<u32>,
        ) -> usize {
            spare.clear();
            let mut n_left = 0;
            for position in 0..rows.len() {
                let row = rows[position];
                let rank: u32 = ranks[row as usize].into();
                if rank <= low {
                    rows[n_left] = row;
                    n_left += 1;
                } else {
                    spare.push(row);
                }
            }
            rows[n_left..].copy_from_slice(spare);
            n_left
        }
        match &self.ranks {
            Bytes::One(ranks) => split(ranks, rows, low, spare),
            Bytes::Two(ranks) => split(ranks, rows, low, spare),
            Bytes::Four(ranks) => split(ranks, rows, low, spare),
        }
    }
}

/// The middle of `low < high`, at least `low` and below `high` however close or large they are.
pub(super) fn middle(low: f64, high: f64) -> f64 {
    let middle = low / 2.0 + high / 2.0;
    if middle >= low && middle < high { middle } else { low }
}

/// A rank and a position in one number that sorts by both.
pub(super) trait Key: Copy + Default + Ord {
    fn new(rank: u32, position: u32) -> Self;
    fn rank(self) -> u32;
    fn position(self) -> u32;
}

/// Of ranks and positions of 16 bits: half the memory to sort.
impl Key for u32 {
    #[inline(always)]
    fn new(rank: u32, position: u32) -> Self {
        rank << 16 | position
    }

    #[inline(always)]
    fn rank(self) -> u32 {
        self >> 16
    }

    #[inline(always)]
    fn position(self) -> u32 {
        self & 0xFFFF
    }
}

impl Key for u64 {
    #[inline(always)]
    fn new(rank: u32, position: u32) -> Self {
        Self::from(rank) << 32 | Self::from(position)
    }

    #[inline(always)]
    fn rank(self) -> u32 {
        (self >> 32) as u32
    }

    #[inline(always)]
    fn position(self) -> u32 {
        self as u32
    }
}

/// Keys being sorted, and room to do it.
#[derive(Debug, Default)]
pub(super) struct Keys<K> {
    pub(super) keys: Vec<K>,
    spare: Vec<K>,
}

impl<K: Key> Keys<K> {
    /// Sorts keys of ranks below `n_distinct`, whose positions ascend as they stand.
    pub(super) fn sort(&mut self, counts: &mut Vec<u32>, n_distinct: usize) {
        const FEW: usize = 192;
        if n_distinct <= 4 * self.keys.len() {
            self.scatter(counts, n_distinct, |key| key.rank() as usize);
        } else if self.keys.len() < FEW {
            self.keys.sort_unstable();
        } else {
            let bits = usize::BITS - (n_distinct - 1).leading_zeros();
            for shift in (0..bits).step_by(8) {
                self.scatter(counts, 256, |key| (key.rank() >> shift) as usize & 255);
            }
        }
    }

    /// One stable counting sort by `digit`, which is below `n_digits`.
    fn scatter(&mut self, counts: &mut Vec<u32>, n_digits: usize, digit: impl Fn(K) -> usize) {
        let Self { keys, spare } = self;
        counts.clear();
        counts.resize(n_digits, 0);
        for &key in keys.iter() {
            counts[digit(key)] += 1;
        }
        let mut start = 0;
        for count in counts.iter_mut() {
            let next = start + *count;
            *count = start;
            start = next;
        }
        spare.resize(keys.len(), K::default());
        for &key in keys.iter() {
            let place = &mut counts[digit(key)];
            spare[*place as usize] = key;
            *place += 1;
        }
        std::mem::swap(keys, spare);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorts_alike<K: Key + std::fmt::Debug>(n_keys: u32, n_distinct: u32) {
        let key = |position: u32| K::new(position.wrapping_mul(0x9E37_79B9) % n_distinct, position);
        let mut keys: Keys<K> = Keys { keys: (0..n_keys).map(key).collect(), spare: Vec::new() };
        let mut expected = keys.keys.clone();
        expected.sort_unstable();
        keys.sort(&mut Vec::new(), n_distinct as usize);
        assert_eq!(keys.keys, expected);
        let found = expected.iter().map(|found| (found.rank(), found.position()));
        assert!(found.clone().is_sorted() && found.clone().all(|(rank, _)| rank < n_distinct));
        let positions: u64 = found.map(|(_, position)| u64::from(position)).sum();
        assert_eq!(positions, (0..u64::from(n_keys)).sum::<u64>());
    }

    #[test]
    fn keys_sort_alike_however_many_ranks_there_are() {
        for (n_keys, n_distinct) in
            [(1, 1), (3, 2), (100, 9), (100, 5000), (191, 65_536), (192, 65_536), (3000, 60_000)]
        {
            sorts_alike::<u32>(n_keys, n_distinct);
            sorts_alike::<u64>(n_keys, n_distinct);
        }
        sorts_alike::<u32>(65_536, 65_536);
        sorts_alike::<u64>(3000, 100_000);
    }

    #[test]
    fn a_middle_separates_the_closest_and_the_largest_numbers() {
        let pairs = [
            (1.0, 1.0 + f64::EPSILON),
            (-1.0 - f64::EPSILON, -1.0),
            (0.0, 5e-324),
            (-5e-324, 0.0),
            (-f64::MAX, f64::MAX),
            (1.7e308, f64::MAX),
        ];
        for (low, high) in pairs {
            let middle = middle(low, high);
            assert!(low <= middle && middle < high, "{low:e} {high:e}");
        }
    }

    #[test]
    fn negative_zero_is_zero() {
        let column = RankColumn::new(&[0.0, -0.0, 1.0], &mut Vec::new());
        assert_eq!(column.n_distinct(), 2);
        assert_eq!(column.threshold(0, 1), 0.5);
    }
}
