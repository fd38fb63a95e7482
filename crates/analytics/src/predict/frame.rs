//! Columns brought near 1 for Newton's method, whatever their units.

use serde::{Deserialize, Serialize};
use stillroom_kernels::columns::lay_columns;

use super::linear::ranges::Ranges;
use crate::{Error, Matrix, Result};

/// How columns are brought near 1: `(value − shift) × scale`, so that the Hessian is well conditioned whatever the units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Frame {
    pub(crate) intercept: bool,
    pub(crate) shifts: Vec<f64>,
    pub(crate) scales: Vec<f64>,
}

impl Frame {
    /// A column is shifted only when an intercept can take up the shift.
    pub(crate) fn new(ranges: &Ranges, intercept: bool) -> Self {
        let n_columns = ranges.low.len();
        let shift = |column| if intercept { ranges.shift(column) } else { 0.0 };
        let shifts: Vec<f64> = (0..n_columns).map(shift).collect();
        let scales = (0..n_columns).map(|column| ranges.scale(column, shifts[column])).collect();
        Self { intercept, shifts, scales }
    }

    pub(crate) fn n_columns(&self) -> usize {
        self.scales.len()
    }

    pub(crate) fn n_terms(&self) -> usize {
        self.scales.len() + usize::from(self.intercept)
    }

    /// Where the columns start among the terms.
    pub(crate) fn first_column(&self) -> usize {
        usize::from(self.intercept)
    }

    /// The terms of rows, one column of `n_rows` values after the other.
    pub(crate) fn block(&self, rows: &[f64], n_rows: usize) -> Vec<f64> {
        let mut block = vec![1.0; self.n_terms() * n_rows];
        lay_columns(rows, &self.shifts, &self.scales, &mut block[self.first_column() * n_rows..]);
        block
    }

    /// The intercept in the columns' own units is a sum over the frame's terms with these weights.
    pub(crate) fn intercept_weights(&self) -> Vec<f64> {
        let columns = self.shifts.iter().zip(&self.scales).map(|(shift, scale)| -shift * scale);
        std::iter::once(1.0).chain(columns).collect()
    }

    /// Intercept, 0 without one, and slopes in the columns' own units.
    pub(crate) fn in_units(&self, point: &[f64]) -> (f64, Vec<f64>) {
        let slopes = point[self.first_column()..]
            .iter()
            .zip(&self.scales)
            .map(|(value, scale)| value * scale)
            .collect();
        let intercept = match self.intercept {
            true => self.intercept_weights().iter().zip(point).map(|(weight, value)| weight * value).sum(),
            false => 0.0,
        };
        (intercept, slopes)
    }

    /// The penalty of each term on squares, where a term's coefficient is its column's divided by the column's scale.
    pub(crate) fn square_penalties(&self, l2: f64) -> Vec<f64> {
        const STRONGEST: f64 = 1e100;
        let column = |scale: &f64| if l2 == 0.0 { 0.0 } else { (l2 * scale * scale).min(STRONGEST) };
        self.intercept.then_some(0.0).into_iter().chain(self.scales.iter().map(column)).collect()
    }

    /// The penalty of each term on sizes.
    pub(crate) fn size_penalties(&self, l1: f64) -> Vec<f64> {
        self.intercept.then_some(0.0).into_iter().chain(self.scales.iter().map(|scale| l1 * scale)).collect()
    }

    /// The column at `term`, as one that follows from those before it.
    pub(crate) fn collinear(&self, matrix: &Matrix, term: usize) -> Error {
        let column = term.saturating_sub(self.first_column());
        Error::Collinear { column: matrix.names()[column].clone() }
    }
}

/// A column of one value is a multiple of the intercept; one of zeros has no coefficient at all.
pub(crate) fn refuse_constants(matrix: &Matrix, ranges: &Ranges, intercept: bool) -> Result<()> {
    let is_constant = |column: &usize| {
        let (low, high) = (ranges.low[*column], ranges.high[*column]);
        low == high && (intercept || low == 0.0)
    };
    match (0..matrix.n_columns()).find(is_constant) {
        Some(column) => Err(Error::Collinear { column: matrix.names()[column].clone() }),
        None => Ok(()),
    }
}

/// `block × point` for a block of columns.
pub(crate) fn combine(block: &[f64], point: &[f64], n_rows: usize) -> Vec<f64> {
    let mut sums = vec![0.0; n_rows];
    for (column, &share) in block.chunks_exact(n_rows).zip(point) {
        if share != 0.0 {
            sums.iter_mut().zip(column).for_each(|(sum, value)| *sum += share * value);
        }
    }
    sums
}

/// Each column of a block times `weights`, one a row.
pub(crate) fn weigh(block: &[f64], weights: &[f64]) -> Vec<f64> {
    let mut weighted = block.to_vec();
    for column in weighted.chunks_exact_mut(weights.len()) {
        column.iter_mut().zip(weights).for_each(|(value, weight)| *value *= weight);
    }
    weighted
}
