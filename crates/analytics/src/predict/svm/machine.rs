//! One machine: a line between two classes, or through numbers.

use super::interior;
use super::kernel::{Columns, Kernel, Points};
use super::smo::{self, Effort, Problem};
use crate::progress::Watch;
use crate::{Error, Matrix, Result};

/// What all machines of a fit share.
#[derive(Debug)]
pub(super) struct Shop<'a> {
    pub(super) matrix: &'a Matrix,
    pub(super) kernel: Kernel,
    /// Taken from every row before kernels: distances keep their digits, and differences of values are the same.
    pub(super) origin: &'a [f64],
    pub(super) effort: Effort,
}

/// A function of rows: `value(x) = bias + Σ weight · x`, or `bias + Σ coefficient · kernel(support row, x)`.
#[derive(Debug, Clone)]
pub(super) enum Surface {
    Plane { weights: Vec<f64>, bias: f64 },
    Supported { rows: Vec<u32>, coefficients: Vec<f64>, bias: f64 },
}

impl Shop<'_> {
    /// Solves `problem`, of one entry for each of `rows`.
    pub(super) fn train(&self, rows: &[u32], problem: &Problem, watch: &mut Watch<'_>) -> Result<Surface> {
        if self.kernel == Kernel::Linear && self.matrix.n_columns() <= interior::MOST_COLUMNS {
            if let Some(plane) = interior::solve(self.matrix, rows, problem, watch)? {
                return Ok(Surface::Plane { weights: plane.weights, bias: plane.bias });
            }
        }
        let columns = Columns::new(self.matrix, rows, self.origin);
        if self.kernel == Kernel::Linear {
            self.check_products(columns.greatest_norm())?;
        }
        let solution = smo::solve(&columns, self.kernel, problem, &self.effort, watch)?;
        let support = rows.iter().zip(&solution.coefficients).filter(|(_, coefficient)| **coefficient != 0.0);
        let (rows, coefficients): (Vec<u32>, Vec<f64>) = support.map(|(&row, &by)| (row, by)).unzip();
        Ok(match self.kernel {
            Kernel::Linear => self.plane(&rows, &coefficients, solution.bias),
            Kernel::Rbf { .. } => Surface::Supported { rows, coefficients, bias: solution.bias },
        })
    }

    /// Kernel rows are kept as 32-bit numbers.
    fn check_products(&self, greatest: f64) -> Result<()> {
        match (1e-30..1e30).contains(&greatest) || greatest == 0.0 {
            true => Ok(()),
            false => Err(Error::OutOfScale { column: self.matrix.names()[0].clone() }),
        }
    }

    fn plane(&self, rows: &[u32], coefficients: &[f64], bias: f64) -> Surface {
        let mut weights = vec![0.0; self.origin.len()];
        for (&row, by) in rows.iter().zip(coefficients) {
            let values = self.matrix.row(row as usize).iter().zip(self.origin);
            weights
                .iter_mut()
                .zip(values)
                .for_each(|(weight, (value, origin))| *weight += by * (value - origin));
        }
        let shifted: f64 = weights.iter().zip(self.origin).map(|(weight, origin)| weight * origin).sum();
        Surface::Plane { weights, bias: bias - shifted }
    }

    /// The values of the rows at `rows`.
    pub(super) fn values(&self, surface: &Surface, rows: &[u32]) -> Vec<f64> {
        match surface {
            Surface::Plane { weights, bias } => {
                let value = |&row: &u32| plane_value(self.matrix.row(row as usize), weights, *bias);
                rows.iter().map(value).collect()
            }
            Surface::Supported { rows: support, coefficients, bias } => {
                let mut sums = vec![*bias; rows.len()];
                let columns = Columns::new(self.matrix, support, self.origin);
                let points = Points { matrix: self.matrix, rows, origin: self.origin };
                self.kernel.weighted_sums(&columns, coefficients, &points, &mut sums);
                sums
            }
        }
    }
}

/// `bias + Σ weight · value`.
pub(super) fn plane_value(row: &[f64], weights: &[f64], bias: f64) -> f64 {
    row.iter().zip(weights).fold(bias, |sum, (value, weight)| sum + value * weight)
}
