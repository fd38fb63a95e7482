//! Columns cut into at most 256 bins: one byte a cell.

use crate::predict::trees::pace::Pace;
use crate::predict::trees::ranks::middle;
use crate::{Matrix, Result};

/// The bins of all columns.
#[derive(Debug)]
pub(super) struct Bins {
    n_rows: usize,
    /// Each cell's bin, column by column.
    cells: Vec<u8>,
    /// By column: the greatest value of each bin but the last, ascending.
    thresholds: Vec<Vec<f64>>,
    /// Where each column's bins begin among the bins of all columns, and their number at the end.
    offsets: Vec<usize>,
}

impl Bins {
    /// A bin for each distinct value where there are at most `max_bins`, else bins of equally many rows.
    pub(super) fn new(matrix: &Matrix, max_bins: usize, pace: &mut Pace<'_, '_>) -> Result<Self> {
        let (n_rows, n_columns) = (matrix.n_rows(), matrix.n_columns());
        let mut cells = Vec::with_capacity(n_rows * n_columns);
        let mut thresholds = Vec::with_capacity(n_columns);
        let mut offsets = vec![0];
        let mut sorted = Vec::new();
        for column in 0..n_columns {
            pace.work(8 * n_rows)?;
            let values = matrix.column(column);
            sorted.clone_from(&values);
            sorted.sort_unstable_by(f64::total_cmp);
            let cuts = cuts(&sorted, max_bins);
            cells.extend(values.iter().map(|value| cuts.partition_point(|cut| cut < value) as u8));
            offsets.push(offsets[column] + cuts.len() + 1);
            thresholds.push(cuts);
        }
        Ok(Self { n_rows, cells, thresholds, offsets })
    }

    pub(super) fn n_rows(&self) -> usize {
        self.n_rows
    }

    pub(super) fn n_columns(&self) -> usize {
        self.thresholds.len()
    }

    /// The number of bins of all columns.
    pub(super) fn n_bins(&self) -> usize {
        self.offsets[self.n_columns()]
    }

    /// Where the bins of `column` are among the bins of all columns.
    pub(super) fn range(&self, column: usize) -> std::ops::Range<usize> {
        self.offsets[column]..self.offsets[column + 1]
    }

    /// The bin of every row in `column`.
    pub(super) fn column(&self, column: usize) -> &[u8] {
        &self.cells[column * self.n_rows..(column + 1) * self.n_rows]
    }

    /// The greatest value of `bin` of `column`, which is not the last.
    pub(super) fn threshold(&self, column: usize, bin: usize) -> f64 {
        self.thresholds[column][bin]
    }
}

/// What separates the bins of ascending values.
fn cuts(sorted: &[f64], max_bins: usize) -> Vec<f64> {
    let mut cuts: Vec<f64> = Vec::new();
    for pair in sorted.windows(2) {
        if pair[0] < pair[1] {
            if cuts.len() + 1 == max_bins {
                return quantile_cuts(sorted, max_bins);
            }
            cuts.push(middle(pair[0], pair[1]));
        }
    }
    cuts
}

/// The quantiles at equal steps: the least value that the share of rows does not exceed, or where a share ends with a value
/// the middle of it and the next. Equal ones make one cut.
fn quantile_cuts(sorted: &[f64], max_bins: usize) -> Vec<f64> {
    let mut cuts: Vec<f64> = Vec::with_capacity(max_bins - 1);
    for step in 1..max_bins {
        // The product leaves 32 bits, which is all a position has in a browser.
        let place = step as u64 * sorted.len() as u64;
        let (above, is_end) = ((place / max_bins as u64) as usize, place.is_multiple_of(max_bins as u64));
        let high = sorted[above];
        let low = if is_end { sorted[above - 1] } else { high };
        let cut = if low < high { middle(low, high) } else { high };
        if cuts.last().is_none_or(|last| *last < cut) && cut < sorted[sorted.len() - 1] {
            cuts.push(cut);
        }
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_get_a_bin_each_and_many_get_equal_shares() {
        assert_eq!(cuts(&[1.0, 1.0, 2.0, 4.0], 3), [1.5, 3.0]);
        assert!(cuts(&[1.0; 5], 4).is_empty());
        let many: Vec<f64> = (0..1000).map(f64::from).collect();
        let cuts_of_many = cuts(&many, 4);
        assert_eq!(cuts_of_many, [249.5, 499.5, 749.5]);
        let mut heavy = vec![0.0; 900];
        heavy.extend((1..=100).map(f64::from));
        let cuts_of_heavy = cuts(&heavy, 10);
        assert_eq!(cuts_of_heavy[0], 0.0);
        assert!(cuts_of_heavy.len() < 10 && cuts_of_heavy.is_sorted_by(|left, right| left < right));
    }
}
