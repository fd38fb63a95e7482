//! The R factor of a QR decomposition as a partial: chunks of rows fold into a small triangle, triangles fold into each other.
//!
//! Golub, G. H., Van Loan, C. F. (2013). Matrix Computations, 4th ed., sections 5.2 and 5.3; Demmel, J. et al. (2012).
//! Communication-optimal parallel and sequential QR and LU factorizations. SIAM J. Sci. Comput. 34, A206–A239.

use serde::{Deserialize, Serialize};
use stillroom_kernels::products::solve_transposed;

use super::design::Design;
use crate::predict::penalized::ridge::Core;
use crate::predict::weighted::{BLOCK_ROWS, WeightedSum, dot};

/// The upper triangle `R` of the design's columns and, last, the target: shape `(width, width)`, row-major.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RFactor {
    design: Design,
    width: usize,
    triangle: Vec<f64>,
}

impl RFactor {
    /// The factor of no rows.
    pub(crate) fn new(design: &Design) -> Self {
        let width = design.n_terms() + 1;
        Self { design: design.clone(), width, triangle: vec![0.0; width * width] }
    }

    /// The triangle of the design's columns alone.
    pub(crate) fn columns(&self) -> Triangle {
        let n = self.width - 1;
        let values =
            (0..n).flat_map(|row| self.triangle[row * self.width..row * self.width + n].iter().copied());
        Triangle { n, values: values.collect() }
    }

    /// The target's coordinates along the design's orthogonal directions.
    pub(crate) fn projected_target(&self) -> Vec<f64> {
        (0..self.width - 1).map(|row| self.triangle[row * self.width + self.width - 1]).collect()
    }

    /// The columns' own part, from term `first` on.
    pub(crate) fn without_first(&self, first: usize) -> Core {
        let n = self.width - 1 - first;
        let at = |row: usize, column: usize| self.triangle[(first + row) * self.width + first + column];
        let values = (0..n).flat_map(|row| (0..n).map(move |column| at(row, column))).collect();
        let rest = self.triangle[self.width * self.width - 1];
        let target = (0..n).map(|row| at(row, n)).collect();
        Core { triangle: Triangle { n, values }, target, rest: rest * rest }
    }

    /// Folds in one row a column, with `value` in it and zeros elsewhere, the target's too.
    pub(crate) fn fold_diagonal(&mut self, value: f64) {
        let n = self.design.n_columns();
        let mut block = vec![0.0; self.width * n];
        for column in 0..n {
            block[(self.design.first_column() + column) * n + column] = value;
        }
        self.fold(&mut block, n);
    }

    /// Folds in a block of `n_rows` rows stored column by column; the block is used up.
    pub(crate) fn fold(&mut self, block: &mut [f64], n_rows: usize) {
        let width = self.width;
        for pivot in 0..width {
            let (done, rest) = block.split_at_mut((pivot + 1) * n_rows);
            let reflector = &mut done[pivot * n_rows..];
            let norm = dot(reflector, reflector).sqrt();
            if norm == 0.0 {
                continue;
            }
            let row = &mut self.triangle[pivot * width..(pivot + 1) * width];
            let alpha = row[pivot];
            let beta = -libm::hypot(alpha, norm).copysign(alpha);
            let tau = (beta - alpha) / beta;
            let divisor = alpha - beta;
            reflector.iter_mut().for_each(|value| *value /= divisor);
            row[pivot] = beta;
            for (entry, column) in row[pivot + 1..].iter_mut().zip(rest.chunks_exact_mut(n_rows)) {
                let share = tau * (*entry + dot(reflector, column));
                *entry -= share;
                column.iter_mut().zip(&*reflector).for_each(|(value, part)| *value -= share * part);
            }
        }
    }
}

impl WeightedSum for RFactor {
    fn absorb(&mut self, rows: &[f64], target: &[f64], weights: Option<&[f64]>) {
        let n_columns = self.design.n_columns();
        for (at, (rows, target)) in
            rows.chunks(BLOCK_ROWS * n_columns).zip(target.chunks(BLOCK_ROWS)).enumerate()
        {
            let first = at * BLOCK_ROWS;
            let weights = weights.map(|weights| &weights[first..first + target.len()]);
            let mut block = self.design.block(rows, target, weights);
            self.fold(&mut block, target.len());
        }
    }

    fn merge(&mut self, later: Self) {
        let width = self.width;
        let mut block = vec![0.0; width * width];
        for row in 0..width {
            for column in 0..width {
                block[column * width + row] = later.triangle[row * width + column];
            }
        }
        self.fold(&mut block, width);
    }
}

/// An upper triangle of shape `(n, n)`, row-major, with no zero on its diagonal once checked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Triangle {
    pub(crate) n: usize,
    values: Vec<f64>,
}

impl Triangle {
    /// A triangle of shape `(n, n)`, row-major; what lies below the diagonal is not looked at.
    pub(crate) fn new(n: usize, values: Vec<f64>) -> Self {
        Self { n, values }
    }

    /// Any entry, zero below the diagonal.
    pub(crate) fn entry(&self, row: usize, column: usize) -> f64 {
        if row > column { 0.0 } else { self.at(row, column) }
    }

    pub(crate) fn at(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.n + column]
    }

    /// The length of the part of `column` in the rows from `first_row` on.
    pub(crate) fn column_norm(&self, column: usize, first_row: usize) -> f64 {
        (first_row..=column).map(|row| self.at(row, column) * self.at(row, column)).sum::<f64>().sqrt()
    }

    /// The first column that the columns before it span to within `tolerance` of its own length.
    pub(crate) fn first_dependent(&self, tolerance: f64) -> Option<usize> {
        (0..self.n).find(|&column| self.at(column, column).abs() <= tolerance * self.column_norm(column, 0))
    }

    /// Solves `R x = right`.
    pub(crate) fn solve(&self, mut right: Vec<f64>) -> Vec<f64> {
        for row in (0..self.n).rev() {
            let known: f64 = (row + 1..self.n).map(|column| self.at(row, column) * right[column]).sum();
            right[row] = (right[row] - known) / self.at(row, row);
        }
        right
    }

    /// Solves `Rᵀ x = right`.
    pub(crate) fn solve_transposed(&self, mut right: Vec<f64>) -> Vec<f64> {
        for row in 0..self.n {
            right[row] /= self.at(row, row);
            for column in row + 1..self.n {
                right[column] -= self.at(row, column) * right[row];
            }
        }
        right
    }

    /// Solves `Rᵀ x = right` for many right sides: `block` holds one column of `n_rows` values a row of the triangle.
    pub(crate) fn solve_transposed_columns(&self, block: &mut [f64], n_rows: usize) {
        solve_transposed(&self.values, self.n, block, n_rows);
    }

    /// The diagonal of `(RᵀR)⁻¹`.
    pub(crate) fn inverse_gram_diagonal(&self) -> Vec<f64> {
        let mut diagonal = vec![0.0; self.n];
        for column in 0..self.n {
            let mut unit = vec![0.0; self.n];
            unit[column] = 1.0;
            for (sum, value) in diagonal.iter_mut().zip(self.solve(unit)) {
                *sum += value * value;
            }
        }
        diagonal
    }

    /// The ratio of the largest to the least singular value once every column has length 1 (Belsley, Kuh and Welsch
    /// 1980, Regression Diagnostics), by one-sided Jacobi rotations.
    pub(crate) fn scaled_condition(&self) -> f64 {
        let mut columns: Vec<Vec<f64>> = (0..self.n)
            .map(|column| {
                let norm = self.column_norm(column, 0);
                (0..self.n).map(|row| self.at(row, column) / norm).collect()
            })
            .collect();
        const SWEEPS: usize = 30;
        for _ in 0..SWEEPS {
            if !rotate_all(&mut columns) {
                break;
            }
        }
        let lengths = columns.iter().map(|column| dot(column, column).sqrt());
        let (low, high) =
            lengths.fold((f64::MAX, 0.0_f64), |(low, high), length| (low.min(length), high.max(length)));
        high / low
    }
}

/// One sweep of Jacobi rotations over all pairs; whether any was needed.
fn rotate_all(columns: &mut [Vec<f64>]) -> bool {
    const ORTHOGONAL: f64 = 1e-13;
    let mut rotated = false;
    for first in 0..columns.len() {
        let (done, rest) = columns.split_at_mut(first + 1);
        let left = &mut done[first];
        for right in rest {
            let (aa, bb, ab) = (dot(left, left), dot(right, right), dot(left, right));
            if ab.abs() <= ORTHOGONAL * (aa * bb).sqrt() {
                continue;
            }
            rotated = true;
            let zeta = (bb - aa) / (2.0 * ab);
            let tangent = 1.0_f64.copysign(zeta) / (zeta.abs() + libm::hypot(1.0, zeta));
            let cosine = 1.0 / libm::hypot(1.0, tangent);
            let sine = cosine * tangent;
            for (a, b) in left.iter_mut().zip(right) {
                (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
            }
        }
    }
    rotated
}
