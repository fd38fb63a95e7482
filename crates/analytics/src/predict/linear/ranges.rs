//! The least and greatest value of each column, and the powers of two that bring columns near 1 without rounding.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use stillroom_kernels::columns::widen;

use crate::Matrix;
use crate::partial::Partial;

/// The least and greatest value of each column: a partial whose merge is exact in any order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ranges {
    pub(crate) low: Vec<f64>,
    pub(crate) high: Vec<f64>,
}

impl Ranges {
    pub(crate) fn new(n_columns: usize) -> Self {
        Self { low: vec![f64::MAX; n_columns], high: vec![f64::MIN; n_columns] }
    }

    /// A value amid the column when zero lies outside it, else zero: subtracting it keeps digits, and keeping zero where
    /// it is keeps indicator columns sparse.
    pub(crate) fn shift(&self, column: usize) -> f64 {
        let (low, high) = (self.low[column], self.high[column]);
        if low <= 0.0 && high >= 0.0 { 0.0 } else { low + 0.5 * (high - low) }
    }

    /// The power of two that brings the column's largest distance from `shift` into `0.5..1`.
    pub(crate) fn scale(&self, column: usize, shift: f64) -> f64 {
        power_of_two_scale((self.high[column] - shift).abs().max((self.low[column] - shift).abs()))
    }
}

impl Partial for Ranges {
    fn absorb(&mut self, matrix: &Matrix, rows: Range<usize>) {
        widen(matrix.rows(rows), &mut self.low, &mut self.high);
    }

    fn merge(&mut self, later: Self) {
        for column in 0..self.low.len() {
            self.low[column] = self.low[column].min(later.low[column]);
            self.high[column] = self.high[column].max(later.high[column]);
        }
    }
}

/// The power of two that brings `magnitude >= 0` into `0.5..1`; 1 for zero. Multiplying by it never rounds a column
/// whose values span less than 300 orders of magnitude.
pub(crate) fn power_of_two_scale(magnitude: f64) -> f64 {
    const WIDEST: i32 = 1000;
    let (_, exponent) = libm::frexp(magnitude);
    if magnitude == 0.0 { 1.0 } else { libm::ldexp(1.0, -exponent.clamp(-WIDEST, WIDEST)) }
}
