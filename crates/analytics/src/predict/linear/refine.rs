//! Iterative refinement: the last digits of the coefficients, from normal equations whose residuals have 32 digits.
//!
//! The R factor alone loses as many digits as the columns' condition has. Solving `RᵀR δ = Xᵀ(y − Xβ)` with the right
//! side in double-double, and adding δ, gives them back. Björck, Å. (1987). Stability analysis of the method of
//! seminormal equations. Linear Algebra Appl. 88/89, 31–48.

use serde::{Deserialize, Serialize};

use super::design::Design;
use super::double_double::DoubleDouble;
use super::r_factor::Triangle;
use crate::Result;
use crate::predict::weighted::WeightedSum;
use crate::progress::Watch;
use crate::shards::SharedRows;

/// `Xᵀ W (y − Xβ)` for given coefficients and the rows' weights `W`, summed in double-double.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct NormalResidual {
    design: Design,
    coefficients: Vec<DoubleDouble>,
    sums: Vec<DoubleDouble>,
}

impl NormalResidual {
    pub(crate) fn new(design: &Design, coefficients: &[DoubleDouble]) -> Self {
        let sums = vec![DoubleDouble::default(); coefficients.len()];
        Self { design: design.clone(), coefficients: coefficients.to_vec(), sums }
    }
}

impl WeightedSum for NormalResidual {
    fn absorb(&mut self, rows: &[f64], target: &[f64], weights: Option<&[f64]>) {
        for (at, (row, &target)) in rows.chunks_exact(self.design.n_columns()).zip(target).enumerate() {
            let mut residual = residual(&self.design, &self.coefficients, row, target);
            if let Some(weights) = weights {
                residual = residual.times(weights[at]);
            }
            for (sum, term) in self.sums.iter_mut().zip(self.design.terms(row)) {
                if term != 0.0 {
                    *sum += residual.times(term);
                }
            }
        }
    }

    fn merge(&mut self, later: Self) {
        self.sums.iter_mut().zip(later.sums).for_each(|(sum, later)| *sum += later);
    }
}

/// The scaled target less the scaled prediction of one row.
pub(crate) fn residual(
    design: &Design,
    coefficients: &[DoubleDouble],
    row: &[f64],
    target: f64,
) -> DoubleDouble {
    let mut residual = DoubleDouble::from(design.target(target));
    for (coefficient, term) in coefficients.iter().zip(design.terms(row)) {
        if term != 0.0 {
            residual += coefficient.times(term).negated();
        }
    }
    residual
}

/// Improves the scaled coefficients `start` until a further round would not change a digit.
pub(crate) async fn refine(
    shared: &mut SharedRows<'_>,
    design: &Design,
    triangle: &Triangle,
    start: Vec<f64>,
    watch: &mut Watch<'_>,
) -> Result<Vec<DoubleDouble>> {
    // A round shrinks the error by about the factor it found, so a step below the square root of the precision is the last.
    const LAST_STEP: f64 = 1e-10;
    const NEGLIGIBLE: f64 = 1e-20;
    const MAX_ROUNDS: usize = 6;
    let mut coefficients: Vec<DoubleDouble> = start.into_iter().map(DoubleDouble::from).collect();
    for _ in 0..MAX_ROUNDS {
        let round = shared.sum(super::STAGE, watch, &NormalResidual::new(design, &coefficients)).await?;
        let right = round.sums.iter().map(|sum| sum.high).collect();
        let step = triangle.solve(triangle.solve_transposed(right));
        let largest = coefficients.iter().fold(0.0_f64, |largest, value| largest.max(value.high.abs()));
        for (coefficient, &step) in coefficients.iter_mut().zip(&step) {
            *coefficient += DoubleDouble::from(step);
        }
        let is_settled = |(coefficient, step): (&DoubleDouble, &f64)| {
            step.abs() <= (LAST_STEP * coefficient.high.abs()).max(NEGLIGIBLE * largest)
        };
        if coefficients.iter().zip(&step).all(is_settled) {
            break;
        }
    }
    Ok(coefficients)
}
