//! The columns a linear model sees: an optional column of ones, then the matrix's columns brought near 1.

use serde::{Deserialize, Serialize};
use stillroom_kernels::columns::larger;

use super::ranges::{Ranges, power_of_two_scale};
use crate::Matrix;
use crate::partial::summarize;

/// The design's terms and the powers of two its columns are multiplied by, which change no digit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Design {
    intercept: bool,
    scales: Vec<f64>,
    target_scale: f64,
}

impl Design {
    pub(crate) fn new(matrix: &Matrix, target: &[f64], intercept: bool) -> Self {
        let ranges = summarize(matrix, || Ranges::new(matrix.n_columns()));
        let scales = (0..matrix.n_columns()).map(|column| ranges.scale(column, 0.0)).collect();
        let largest = target.iter().fold(0.0, |largest, value| larger(value.abs(), largest));
        Self { intercept, scales, target_scale: power_of_two_scale(largest) }
    }

    /// The columns as they are.
    pub(crate) fn unscaled(n_columns: usize, intercept: bool) -> Self {
        Self { intercept, scales: vec![1.0; n_columns], target_scale: 1.0 }
    }

    /// The matrix's columns.
    pub(crate) fn n_columns(&self) -> usize {
        self.scales.len()
    }

    /// The columns and the intercept.
    pub(crate) fn n_terms(&self) -> usize {
        self.scales.len() + usize::from(self.intercept)
    }

    /// Where the columns start among the terms: after the intercept.
    pub(crate) fn first_column(&self) -> usize {
        usize::from(self.intercept)
    }

    /// One row's terms, scaled.
    pub(crate) fn terms<'a>(&'a self, row: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        let one = self.intercept.then_some(1.0);
        one.into_iter().chain(row.iter().zip(&self.scales).map(|(value, scale)| value * scale))
    }

    /// A value of the target, scaled.
    pub(crate) fn target(&self, value: f64) -> f64 {
        value * self.target_scale
    }

    /// The multiplier from a scaled coefficient of `term` to the one in the user's units.
    pub(crate) fn unit(&self, term: usize) -> f64 {
        match term.checked_sub(self.first_column()) {
            Some(column) => self.scales[column] / self.target_scale,
            None => 1.0 / self.target_scale,
        }
    }

    /// The multiplier from scaled target units to the user's.
    pub(crate) fn target_unit(&self) -> f64 {
        1.0 / self.target_scale
    }

    /// Rows and target as scaled columns, one after the other, each row times the root of its weight.
    pub(crate) fn block(&self, rows: &[f64], target: &[f64], weights: Option<&[f64]>) -> Vec<f64> {
        let n_rows = target.len();
        let mut block = vec![0.0; (self.n_terms() + 1) * n_rows];
        for (row, values) in rows.chunks_exact(self.n_columns()).enumerate() {
            for (term, value) in self.terms(values).enumerate() {
                block[term * n_rows + row] = value;
            }
            block[self.n_terms() * n_rows + row] = self.target(target[row]);
        }
        if let Some(weights) = weights {
            let roots: Vec<f64> = weights.iter().map(|weight| weight.sqrt()).collect();
            for column in block.chunks_exact_mut(n_rows) {
                column.iter_mut().zip(&roots).for_each(|(value, root)| *value *= root);
            }
        }
        block
    }
}
