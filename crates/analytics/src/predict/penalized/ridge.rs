//! Ridge regression: least squares with a penalty on the squares of the coefficients.
//!
//! The rows' R factor stands for all of them; the penalty is folded into it as further rows, so nothing is squared. Without a
//! given penalty, one pass finds the leave-one-out error of every candidate at once.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Slope, check_scale, slopes};
use crate::partial::Partial;
use crate::predict::TrainingSet;
use crate::predict::contributions::Predictor;
use crate::predict::linear::{Design, RFactor, Triangle};
use crate::predict::svd::{self, Svd};
use crate::predict::weighted::{Rows, column_means, sum_partials};
use crate::progress::Watch;
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Matrix, Result};

const STAGE: &str = "ridge";

/// The candidates for `alpha` lie between these powers of ten times the mean squared singular value, four a power.
const CANDIDATES: Range<i32> = -24..17;

/// How the method stands in the registry.
pub const METHOD: Method = Method {
    name: "ridge",
    family: Family::Predict,
    summary: "Predicts a number by least squares with coefficients drawn towards zero, for columns that share what they explain.",
    parameters: &[
        Parameter {
            name: "alpha",
            kind: Kind::Number { min: 0.0, max: 1e12 },
            default: "null",
            doc: "The weight of the penalty beside the rows' sum of squares; null takes the one with the least \
                  leave-one-out error. Standardize the columns first, or it weighs units.",
        },
        Parameter {
            name: "intercept",
            kind: Kind::Boolean,
            default: "true",
            doc: "Adds a constant term, never penalized.",
        },
    ],
    formula: "b = argmin Σ w (y − b0 − Σ bj xj)² + α Σ bj²; leave-one-out residual = r / (1 − h)",
    source: "Hoerl and Kennard (1970), Technometrics 12, 55–67; Golub, Heath and Wahba (1979), Technometrics 21, 215–223; \
             Allen (1974), Technometrics 16, 125–127",
    cost: "Time grows with rows × columns², and with columns³ when alpha is chosen; memory with columns².",
};

/// The parameters of [`fit`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RidgeParams {
    /// The penalty `α Σ b²` beside `Σ w r²`, `0 <= alpha <= 1e12`; `None` chooses by leave-one-out among 41 candidates from
    /// 1e-6 to 1e4 times the mean squared singular value of the centred columns.
    pub alpha: Option<f64>,
    /// Whether the model has a constant term.
    pub intercept: bool,
}

impl Default for RidgeParams {
    fn default() -> Self {
        Self { alpha: None, intercept: true }
    }
}

impl RidgeParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `alpha` lies outside its range.
    pub fn check(&self) -> Result<()> {
        match self.alpha {
            Some(alpha) if !(0.0..=1e12).contains(&alpha) => {
                Err(Error::Parameter { name: "alpha", range: "between 0 and 1e12, or null" })
            }
            _ => Ok(()),
        }
    }
}

/// A candidate for `alpha`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RidgeCandidate {
    /// The candidate.
    pub alpha: f64,
    /// The weighted mean of the squared leave-one-out residuals, in squared target units.
    pub leave_one_out: f64,
}

/// A fitted ridge regression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ridge {
    /// The constant term, unless left out.
    pub intercept: Option<f64>,
    /// One coefficient a column, in the matrix's order.
    pub coefficients: Vec<Slope>,
    /// The mean of each column over the rows fitted.
    pub means: Vec<f64>,
    /// The rows fitted.
    pub n_rows: usize,
    /// The penalty's weight.
    pub alpha: f64,
    /// What the columns count for under the penalty: `Σ s² / (s² + α)`, at most their number.
    pub effective_degrees: f64,
    /// The share of the target's variance explained on the rows fitted; `None` when the target does not vary.
    pub r_squared: Option<f64>,
    /// The candidates in ascending order; empty when `alpha` was given.
    pub candidates: Vec<RidgeCandidate>,
}

/// Fits the numbers of `set` by its columns, of shape `(n_rows, n_columns)`.
///
/// Duplicate columns share their weight, constant columns get 0, and there may be more columns than rows.
///
/// # Errors
/// [`Error::WrongType`] for classes; [`Error::TooFewRows`] when `alpha` is to be chosen from a single row; [`Error::Collinear`]
/// with `alpha = 0` when a column follows from those before it; [`Error::OutOfScale`] for values whose squares leave the
/// range of numbers; [`Error::Parameter`]; [`Error::Cancelled`].
pub fn fit(set: &TrainingSet<'_>, params: &RidgeParams, watch: &mut Watch<'_>) -> Result<Ridge> {
    params.check()?;
    let rows = Rows::new(set.matrix(), set.numbers()?, set.weights())?;
    check_scale(&rows)?;
    let matrix = rows.matrix;
    let design = Design::unscaled(matrix.n_columns(), params.intercept);
    let mut factor = rows.sum(STAGE, watch, || RFactor::new(&design))?;
    let means = column_means(&rows, watch)?;
    let core = factor.without_first(design.first_column());
    let (alpha, candidates) = match params.alpha {
        Some(alpha) => (alpha, Vec::new()),
        None if matrix.n_rows() < 2 => return Err(Error::TooFewRows { needed: 2, found: matrix.n_rows() }),
        None => choose(&rows, &core, &means, params.intercept, watch)?,
    };
    factor.fold_diagonal(alpha.sqrt());
    let triangle = factor.columns();
    if let Some(term) = triangle.first_dependent(1e-12) {
        let column = term.saturating_sub(design.first_column());
        return Err(Error::Collinear { column: matrix.names()[column].clone() });
    }
    let mut estimates = triangle.solve(factor.projected_target());
    let inverse_gram = triangle.inverse_gram_diagonal();
    let intercept = params.intercept.then(|| estimates.remove(0));
    let lost: f64 = inverse_gram[design.first_column()..].iter().map(|value| alpha * value).sum();
    Ok(Ridge {
        intercept,
        coefficients: slopes(matrix, &estimates)?,
        means,
        n_rows: matrix.n_rows(),
        alpha,
        effective_degrees: (matrix.n_columns() as f64 - lost).max(0.0),
        r_squared: core.r_squared(&estimates),
        candidates,
    })
}

/// The columns' own part of an R factor, the intercept projected away: what is left of the rows.
pub(crate) struct Core {
    pub(crate) triangle: Triangle,
    /// The target along the columns' orthogonal directions.
    pub(crate) target: Vec<f64>,
    /// The squared length of what the columns leave of the target.
    pub(crate) rest: f64,
}

impl Core {
    fn r_squared(&self, estimates: &[f64]) -> Option<f64> {
        let n = self.target.len();
        let residual = |row: usize| {
            let made: f64 = (row..n).map(|column| self.triangle.at(row, column) * estimates[column]).sum();
            (self.target[row] - made).powi(2)
        };
        let unexplained: f64 = self.rest + (0..n).map(residual).sum::<f64>();
        let total = self.rest + self.target.iter().map(|value| value * value).sum::<f64>();
        Some(1.0 - unexplained / total).filter(|share| share.is_finite())
    }
}

/// The candidate with the least leave-one-out error, the strongest of equals, and all of them.
fn choose(
    rows: &Rows<'_>,
    core: &Core,
    means: &[f64],
    intercept: bool,
    watch: &mut Watch<'_>,
) -> Result<(f64, Vec<RidgeCandidate>)> {
    let n = core.target.len();
    let columns = (0..n).map(|column| (0..n).map(|row| core.triangle.entry(row, column)).collect());
    let svd = svd::decompose(columns.collect(), watch)?;
    let typical = svd.values.iter().map(|value| value * value).sum::<f64>() / n as f64;
    if typical == 0.0 {
        return Ok((1.0, Vec::new()));
    }
    let alphas: Vec<f64> =
        CANDIDATES.map(|quarter| typical * libm::exp10(f64::from(quarter) / 4.0)).collect();
    let leave_one_out = LeaveOneOut::new(rows, &svd, core, &alphas, means, intercept);
    let errors = sum_partials(rows.matrix, STAGE, watch, || Errors {
        task: &leave_one_out,
        sums: vec![0.0; alphas.len()],
    })?;
    let total = rows.total_weight();
    let candidate = |(&alpha, sum): (&f64, &f64)| RidgeCandidate { alpha, leave_one_out: sum / total };
    let candidates: Vec<RidgeCandidate> = alphas.iter().zip(&errors.sums).map(candidate).collect();
    let best = candidates.iter().rev().min_by(|a, b| a.leave_one_out.total_cmp(&b.leave_one_out));
    Ok((best.map_or(1.0, |best| best.alpha), candidates))
}

/// Every candidate in the turned columns: slopes and shrunken inverses.
struct LeaveOneOut<'a> {
    rows: &'a Rows<'a>,
    svd: &'a Svd,
    centre: Vec<f64>,
    target_centre: f64,
    intercept_share: f64,
    /// For each candidate, `1 / (s² + α)` of each direction, and its slope.
    inverses: Vec<Vec<f64>>,
    slopes: Vec<Vec<f64>>,
}

impl<'a> LeaveOneOut<'a> {
    fn new(
        rows: &'a Rows<'a>,
        svd: &'a Svd,
        core: &Core,
        alphas: &[f64],
        means: &[f64],
        intercept: bool,
    ) -> Self {
        let total = rows.total_weight();
        let weight = |row: usize| rows.weights.map_or(1.0, |weights| weights[row]);
        let mean = rows.target.iter().enumerate().map(|(row, value)| weight(row) / total * value).sum();
        let along = |left: &Vec<f64>| left.iter().zip(&core.target).map(|(a, b)| a * b).sum::<f64>();
        let along: Vec<f64> = svd.scaled_left.iter().map(along).collect();
        let inverse = |alpha: &f64| svd.values.iter().map(|value| 1.0 / (value * value + alpha)).collect();
        let inverses: Vec<Vec<f64>> = alphas.iter().map(inverse).collect();
        let slopes =
            inverses.iter().map(|inverse| inverse.iter().zip(&along).map(|(a, b)| a * b).collect()).collect();
        Self {
            rows,
            svd,
            centre: if intercept { means.to_vec() } else { vec![0.0; means.len()] },
            target_centre: if intercept { mean } else { 0.0 },
            intercept_share: if intercept { 1.0 / total } else { 0.0 },
            inverses,
            slopes,
        }
    }
}

struct Errors<'a> {
    task: &'a LeaveOneOut<'a>,
    sums: Vec<f64>,
}

impl Partial for Errors<'_> {
    fn absorb(&mut self, matrix: &Matrix, rows: Range<usize>) {
        let task = self.task;
        let mut centred = vec![0.0; matrix.n_columns()];
        let mut turned = vec![0.0; matrix.n_columns()];
        for row in rows {
            let values = matrix.row(row).iter().zip(&task.centre);
            centred.iter_mut().zip(values).for_each(|(cell, (value, mean))| *cell = value - mean);
            for (cell, right) in turned.iter_mut().zip(&task.svd.right) {
                *cell = crate::predict::weighted::dot(&centred, right);
            }
            let weight = task.rows.weights.map_or(1.0, |weights| weights[row]);
            let target = task.rows.target[row] - task.target_centre;
            for ((sum, inverses), slopes) in self.sums.iter_mut().zip(&task.inverses).zip(&task.slopes) {
                let (mut made, mut leverage) = (0.0, task.intercept_share);
                for ((cell, inverse), slope) in turned.iter().zip(inverses).zip(slopes) {
                    made += cell * slope;
                    leverage += cell * cell * inverse;
                }
                let residual = (target - made) / (1.0 - weight * leverage);
                *sum += weight * residual * residual;
            }
        }
    }

    fn merge(&mut self, later: Self) {
        self.sums.iter_mut().zip(later.sums).for_each(|(sum, later)| *sum += later);
    }
}

impl Ridge {
    /// The predictions for the rows of `matrix`, in target units.
    ///
    /// # Errors
    /// [`Error::ColumnsDiffer`] or [`Error::UnknownColumn`] when the columns are not those of the fit; [`Error::OutOfScale`].
    pub fn predict(&self, matrix: &Matrix) -> Result<Vec<f64>> {
        super::predict(&self.coefficients, self.intercept, matrix)
    }

    pub(crate) fn linear_predictor(&self) -> Predictor<'_> {
        super::linear_predictor(&self.coefficients, self.intercept, &self.means)
    }
}
