//! Ordinary least squares by QR, with the inference people expect beside a coefficient.
//!
//! An R factor is folded together chunk by chunk without squaring the columns, and the coefficients are then refined to the last
//! digit with double-double residuals; many rows of well-behaved columns are solved by way of their products (`plenty`). Exactly dependent columns are refused by name
//! rather than dropped, because which column to drop is the user's decision.

mod design;
mod diagnostics;
mod double_double;
mod independent;
mod plenty;
mod r_factor;
pub(crate) mod ranges;
mod refine;
mod report;

use serde::{Deserialize, Serialize};

use self::double_double::DoubleDouble;
use self::report::{Solved, Squares};
use crate::predict::TrainingSet;
use crate::predict::contributions::{Predictor, Scale};
use crate::predict::supervised::{LEVEL, check_columns, check_level};
use crate::predict::weighted::{Rows, column_means};
use crate::progress::Watch;
use crate::registry::{Family, Kind, Method, Parameter};
use crate::shards::{Crew, SharedRows, at_once};
use crate::{Error, Matrix, Result};

pub(crate) use self::design::Design;
pub use self::diagnostics::{Influence, InfluentialRow, ResidualTests, Test};
pub(crate) use self::independent::independent_columns_among;
pub use self::independent::{Independent, independent_columns};
pub(crate) use self::r_factor::{RFactor, Triangle};
pub(crate) use self::refine::NormalResidual;
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
        Parameter {
            name: "errors",
            kind: Kind::Choice { options: &["classical", "hc0", "hc1", "hc2", "hc3"] },
            default: "\"classical\"",
            doc: "How standard errors are found: classical ones take all rows to scatter alike, hc0 to hc3 do not; hc3 is \
                  the careful one for few rows.",
        },
        LEVEL,
    ],
    formula: "b = argmin Σ w (y − b0 − Σ bj xj)²; s² = Σ w r² / (n − p); se(bj) = s √[(XᵀWX)⁻¹]jj, or with hc: \
              √[(XᵀWX)⁻¹ (Σ w² r² c x xᵀ) (XᵀWX)⁻¹]jj, c = 1, n/(n−p), 1/(1−h), 1/(1−h)²; intervals by Student's t",
    source: "Golub and Van Loan (2013), Matrix Computations, 4th ed., ch. 5; Belsley, Kuh and Welsch (1980), \
             Regression Diagnostics; Björck (1987), Linear Algebra Appl. 88/89, 31–48; White (1980), Econometrica 48, \
             817–838; MacKinnon and White (1985), J. Econometrics 29, 305–325; Cook (1977), Technometrics 19, 15–18; \
             Koenker (1981), J. Econometrics 17, 107–112; Durbin and Watson (1950), Biometrika 37, 409–428; Jarque and \
             Bera (1987), Int. Statist. Rev. 55, 163–172",
    cost: "Time grows with rows × columns², memory with columns².",
};

/// How the standard errors of coefficients are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Errors {
    /// All rows scatter alike around the line.
    #[default]
    Classical,
    /// White's: each row's squared residual stands for its own variance.
    Hc0,
    /// [`Self::Hc0`] times `n / (n − p)`.
    Hc1,
    /// Each squared residual over `1 − leverage`.
    Hc2,
    /// Each squared residual over `(1 − leverage)²`: close to leaving the row out.
    Hc3,
}

/// The parameters of [`fit`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OlsParams {
    /// Whether the model has a constant term.
    pub intercept: bool,
    /// How standard errors are found. A row with leverage 1, which the line passes through whatever its value, says nothing
    /// of the scatter and is left out of `Hc2` and `Hc3`.
    pub errors: Errors,
    /// The confidence of the intervals, `0.5 <= level <= 0.999`.
    pub level: f64,
}

impl Default for OlsParams {
    fn default() -> Self {
        Self { intercept: true, errors: Errors::Classical, level: 0.95 }
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
    /// How the standard errors were found.
    #[serde(default)]
    pub errors: Errors,
    /// The share of the target's variance explained (around its mean with an intercept, around zero without); `None`
    /// when the target does not vary.
    pub r_squared: Option<f64>,
    /// `r_squared` corrected for the number of columns.
    pub adjusted_r_squared: Option<f64>,
    /// The F statistic of all columns together, Wald's under robust errors; `None` when the target does not vary or the fit is exact.
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
    /// The rows that move the line most.
    #[serde(default)]
    pub influence: Influence,
    /// Whether the residuals look as the inference takes them to be.
    #[serde(default)]
    pub tests: ResidualTests,
    /// The mean of each column over the rows fitted, from which contributions are counted.
    #[serde(default)]
    pub means: Vec<f64>,
}

/// Fits `target` (length `n_rows`) by the columns of `matrix`, of shape `(n_rows, n_columns)`, all rows counting alike.
///
/// # Errors
/// As [`fit_set`].
pub fn fit(matrix: &Matrix, target: &[f64], params: &OlsParams, watch: &mut Watch<'_>) -> Result<Ols> {
    at_once(fit_rows(Rows::new(matrix, target, None)?, params, &Crew::alone(), watch))
}

/// Fits the numbers of `set` by its columns. With weights, rows of weight `w` are taken to scatter `1 / √w` times as far
/// (weighted least squares): estimates are those of rows counted `w` times, errors do not depend on the weights' unit.
///
/// Coefficients are in target units per column unit. The result does not depend on how rows are sharded.
///
/// # Errors
/// [`Error::WrongType`] for classes; [`Error::TooFewRows`] unless there are more rows than terms; [`Error::Collinear`] names the
/// first column that the intercept and the columns before it give exactly (to 1e-12 of its length), so a constant column
/// too; [`Error::OutOfScale`] when a result leaves the range of numbers; [`Error::Parameter`]; [`Error::Cancelled`].
pub fn fit_set(set: &TrainingSet<'_>, params: &OlsParams, watch: &mut Watch<'_>) -> Result<Ols> {
    at_once(fit_among(set, params, &Crew::alone(), watch))
}

/// As [`fit_set`], the rows shared with `crew`.
pub(crate) async fn fit_among(
    set: &TrainingSet<'_>,
    params: &OlsParams,
    crew: &Crew,
    watch: &mut Watch<'_>,
) -> Result<Ols> {
    fit_rows(Rows::new(set.matrix(), set.numbers()?, set.weights())?, params, crew, watch).await
}

async fn fit_rows(rows: Rows<'_>, params: &OlsParams, crew: &Crew, watch: &mut Watch<'_>) -> Result<Ols> {
    params.check()?;
    let matrix = rows.matrix;
    let largest = rows.weights.map_or(1.0, |weights| weights.iter().copied().fold(0.0, f64::max));
    let weight_scale = if rows.weights.is_some() { ranges::power_of_two_scale(largest) } else { 1.0 };
    let scaled: Option<Vec<f64>> =
        rows.weights.map(|weights| weights.iter().map(|weight| weight * weight_scale).collect());
    let rows = Rows { weights: scaled.as_deref(), ..rows };
    let design = Design::new(matrix, rows.target, params.intercept);
    let needed = design.n_terms() + 1;
    if matrix.n_rows() < needed {
        return Err(Error::TooFewRows { needed, found: matrix.n_rows() });
    }
    let line = match plenty::solve(&rows, &design, watch)? {
        Some(line) => line,
        None => careful(rows, &design, crew, watch).await?,
    };
    let solved = Solved {
        rows,
        design: &design,
        triangle: &line.triangle,
        coefficients: &line.coefficients,
        residuals: &line.residuals,
        weight_scale,
        means: &line.means,
    };
    let squares = line.squares.unwrap_or_else(|| Squares::of(&solved, params.intercept));
    let diagnostics = diagnostics::diagnose(&solved, &squares, params, watch)?;
    report::report(&solved, &squares, diagnostics, params)
}

/// What is solved, in the design's units.
struct Line {
    triangle: Triangle,
    coefficients: Vec<DoubleDouble>,
    residuals: Vec<f64>,
    /// Where the way to the line has them.
    squares: Option<Squares>,
    /// The means of the columns, in their own units.
    means: Vec<f64>,
}

/// The line by QR, refined in twice the digits.
async fn careful(rows: Rows<'_>, design: &Design, crew: &Crew, watch: &mut Watch<'_>) -> Result<Line> {
    let (matrix, needed) = (rows.matrix, design.n_terms() + 1);
    let mut shared = SharedRows::new(crew, rows, needed * needed);
    let factor = shared.sum(STAGE, watch, &RFactor::new(design)).await?;
    let triangle = factor.columns();
    if let Some(term) = triangle.first_dependent(DEPENDENT) {
        let column = term.saturating_sub(design.first_column());
        return Err(Error::Collinear { column: matrix.names()[column].clone() });
    }
    let start = triangle.solve(factor.projected_target());
    let coefficients = refine::refine(&mut shared, design, &triangle, start, watch).await?;
    drop(shared);
    let pairs = matrix.values().chunks_exact(matrix.n_columns()).zip(rows.target);
    let residuals =
        pairs.map(|(row, &target)| refine::residual(design, &coefficients, row, target).high).collect();
    Ok(Line { triangle, coefficients, residuals, squares: None, means: column_means(&rows, watch)? })
}

/// A column left to this share of its length by the columns before it follows from them.
const DEPENDENT: f64 = 1e-12;

impl Ols {
    /// The predictions for the rows of `matrix`, in target units.
    ///
    /// # Errors
    /// [`Error::ColumnsDiffer`] or [`Error::UnknownColumn`] when the columns are not those of the fit;
    /// [`Error::OutOfScale`] when a prediction leaves the range of numbers.
    pub fn predict(&self, matrix: &Matrix) -> Result<Vec<f64>> {
        check_columns(self.coefficients.iter().map(|coefficient| coefficient.name.as_str()), matrix)?;
        let base = self.intercept.as_ref().map_or(0.0, |intercept| intercept.estimate);
        let predict = |row: &[f64]| {
            self.coefficients.iter().zip(row).fold(base, |sum, (term, value)| sum + term.estimate * value)
        };
        let predictions: Vec<f64> =
            matrix.values().chunks_exact(self.coefficients.len()).map(predict).collect();
        match predictions.iter().all(|prediction| prediction.is_finite()) {
            true => Ok(predictions),
            false => Err(Error::OutOfScale { column: self.coefficients[0].name.clone() }),
        }
    }

    pub(crate) fn linear_predictor(&self) -> Predictor<'_> {
        Predictor {
            scale: Scale::Target,
            names: self.coefficients.iter().map(|term| term.name.as_str()).collect(),
            means: &self.means,
            logged: None,
            intercepts: vec![self.intercept.as_ref().map_or(0.0, |intercept| intercept.estimate)],
            coefficients: self.coefficients.iter().map(|term| term.estimate).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
