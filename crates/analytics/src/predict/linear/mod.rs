//! Ordinary least squares by QR, with the inference people expect beside a coefficient.
//!
//! The columns are never squared: an R factor is folded together chunk by chunk, and the coefficients are
//! then refined to the last digit with double-double residuals. Exactly dependent columns are refused by name
//! rather than dropped, because which column to drop is the user's decision.

mod design;
mod double_double;
mod independent;
mod r_factor;
pub(crate) mod ranges;
mod refine;
mod report;

use serde::{Deserialize, Serialize};

use self::design::Design;
use self::r_factor::RFactor;
use crate::predict::supervised::{LEVEL, check_columns, check_level, check_target, sum_rows};
use crate::progress::Watch;
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Matrix, Result};

pub use self::independent::{Independent, independent_columns};
pub(crate) use self::report::INTERCEPT;
pub use self::report::{Coefficient, ResidualSummary};

/// The stage that progress reports name.
const STAGE: &str = "ols";

/// How the method stands in the registry.
pub const METHOD: Method = Method {
    name: "ols",
    family: Family::Predict,
    summary: "Predicts a number as a weighted sum of columns, with standard errors and intervals.",
    parameters: &[
        Parameter {
            name: "intercept",
            kind: Kind::Boolean,
            default: "true",
            doc: "Adds a constant term; without it the line passes through zero.",
        },
        LEVEL,
    ],
    formula: "b = argmin Σ (y − b0 − Σ bj xj)²; s² = Σ r² / (n − p); se(bj) = s √[(XᵀX)⁻¹]jj; intervals by Student's t",
    source: "Golub and Van Loan (2013), Matrix Computations, 4th ed., ch. 5; Belsley, Kuh and Welsch (1980), \
             Regression Diagnostics; Björck (1987), Linear Algebra Appl. 88/89, 31–48",
    cost: "Time grows with rows × columns², memory with columns².",
};

/// The parameters of [`fit`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OlsParams {
    /// Whether the model has a constant term.
    pub intercept: bool,
    /// The confidence of the intervals, `0.5 <= level <= 0.999`.
    pub level: f64,
}

impl Default for OlsParams {
    fn default() -> Self {
        Self { intercept: true, level: 0.95 }
    }
}

impl OlsParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `level` lies outside its range.
    pub fn check(&self) -> Result<()> {
        check_level(self.level)
    }
}

/// A fitted line, with everything needed to judge it on the rows it was fitted on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ols {
    /// The constant term, unless left out.
    pub intercept: Option<Coefficient>,
    /// One coefficient a column, in the matrix's order.
    pub coefficients: Vec<Coefficient>,
    /// The rows fitted.
    pub n_rows: usize,
    /// The rows less the terms, at least 1.
    pub residual_degrees: usize,
    /// The confidence of the intervals.
    pub level: f64,
    /// The share of the target's variance explained (around its mean with an intercept, around zero without); `None`
    /// when the target does not vary.
    pub r_squared: Option<f64>,
    /// `r_squared` corrected for the number of columns.
    pub adjusted_r_squared: Option<f64>,
    /// The F statistic of all columns together; `None` when the target does not vary or the fit is exact.
    pub f: Option<f64>,
    /// The probability of a larger F when no column matters.
    pub f_p: Option<f64>,
    /// The residual standard error: the root of the squared residuals' sum over `residual_degrees`, in target units.
    pub residual_standard_error: f64,
    /// The spread of the residuals, in target units.
    pub residuals: ResidualSummary,
    /// The scaled condition number of the terms, the intercept included; 1 is orthogonal.
    pub condition: f64,
    /// The columns whose variance inflation is over 10: their coefficients share what they explain, so read them together.
    pub collinear: Vec<String>,
}

/// Fits `target` (length `n_rows`) by the columns of `matrix`, of shape `(n_rows, n_columns)`.
///
/// Coefficients are in target units per column unit. The result does not depend on how rows are sharded.
///
/// # Errors
/// [`Error::LengthMismatch`] or [`Error::NotFinite`] for an unusable target; [`Error::TooFewRows`] unless there are more
/// rows than terms; [`Error::Collinear`] names the first column that the intercept and the columns before it give exactly
/// (to 1e-12 of its length), so a constant column too; [`Error::OutOfScale`] when a result leaves the range of numbers;
/// [`Error::Parameter`]; [`Error::Cancelled`].
pub fn fit(matrix: &Matrix, target: &[f64], params: &OlsParams, watch: &mut Watch<'_>) -> Result<Ols> {
    params.check()?;
    check_target(matrix, target)?;
    let design = Design::new(matrix, target, params.intercept);
    let needed = design.n_terms() + 1;
    if matrix.n_rows() < needed {
        return Err(Error::TooFewRows { needed, found: matrix.n_rows() });
    }
    let factor = sum_rows(matrix, target, STAGE, watch, || RFactor::new(&design))?;
    let triangle = factor.columns();
    const DEPENDENT: f64 = 1e-12;
    if let Some(term) = triangle.first_dependent(DEPENDENT) {
        let column = term.saturating_sub(design.first_column());
        return Err(Error::Collinear { column: matrix.names()[column].clone() });
    }
    let start = triangle.solve(factor.projected_target());
    let coefficients = refine::refine(matrix, target, &design, &triangle, start, watch)?;
    report::report(matrix, target, &design, &triangle, &coefficients, params)
}

impl Ols {
    /// The predictions for the rows of `matrix`, in target units.
    ///
    /// # Errors
    /// [`Error::ColumnsDiffer`] or [`Error::UnknownColumn`] when the columns are not those of the fit;
    /// [`Error::OutOfScale`] when a prediction leaves the range of numbers.
    pub fn predict(&self, matrix: &Matrix) -> Result<Vec<f64>> {
        check_columns(self.coefficients.iter().map(|coefficient| coefficient.name.as_str()), matrix)?;
        let base = self.intercept.as_ref().map_or(0.0, |intercept| intercept.estimate);
        let predictions: Vec<f64> = matrix
            .values()
            .chunks_exact(self.coefficients.len())
            .map(|row| {
                self.coefficients.iter().zip(row).fold(base, |sum, (term, value)| sum + term.estimate * value)
            })
            .collect();
        match predictions.iter().all(|prediction| prediction.is_finite()) {
            true => Ok(predictions),
            false => Err(Error::OutOfScale { column: self.coefficients[0].name.clone() }),
        }
    }
}

#[cfg(test)]
mod tests;
