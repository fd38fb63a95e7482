//! Generalized linear models with a logarithmic link: counts (Poisson), positive amounts (Gamma), and amounts that are often zero
//! (Tweedie).
//!
//! Newton's method with the observed curvature, which is positive for every row under these families; inference by the expected
//! one (Fisher's scoring), as is usual.

mod inference;
mod logs;
mod params;
mod sums;

use serde::{Deserialize, Serialize};

use self::logs::Logs;
pub use self::params::{Family, GlmParams, METHOD};
use self::sums::GlmSums;
use crate::partial::summarize;
use crate::predict::TrainingSet;
use crate::predict::contributions::{Predictor, Scale};
use crate::predict::frame::{Frame, refuse_constants};
use crate::predict::linear::ranges::Ranges;
use crate::predict::logistic::Cholesky;
use crate::predict::supervised::check_columns;
use crate::predict::weighted::{Rows, all_finite, dot, sum_partials};
use crate::progress::Watch;
use crate::{Error, Matrix, Result};

const STAGE: &str = "glm";

/// A coefficient on the scale of logarithms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogFactor {
    /// The column, or `(intercept)`.
    pub name: String,
    /// The change of the mean's logarithm for one unit of the column, all others held.
    pub estimate: f64,
    /// `exp(estimate)`: the factor on the mean for one unit; `None` when it leaves the range of numbers.
    pub factor: Option<f64>,
    /// The standard error of `estimate`.
    pub standard_error: f64,
    /// `estimate / standard_error`; `None` when the fit is exact.
    pub z: Option<f64>,
    /// The two-sided probability of a larger `z` when the true coefficient is zero.
    pub p: Option<f64>,
    /// The lower end of the interval of the estimate.
    pub low: f64,
    /// The upper end of the interval of the estimate.
    pub high: f64,
}

/// A fitted generalized linear model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Glm {
    /// How the variance depends on the mean.
    pub family: Family,
    /// The power of the mean in the variance.
    pub power: f64,
    /// The constant term, unless left out.
    pub intercept: Option<LogFactor>,
    /// One coefficient a column, in the matrix's order, exposure or offset left out.
    pub coefficients: Vec<LogFactor>,
    /// The matrix's columns, exposure or offset among them.
    pub columns: Vec<String>,
    /// The position of the exposure among `columns`.
    pub exposure: Option<usize>,
    /// The position of the offset among `columns`.
    pub offset: Option<usize>,
    /// The mean of each of `columns` over the rows fitted, of the exposure that of its logarithm.
    pub means: Vec<f64>,
    /// The rows fitted.
    pub n_rows: usize,
    /// The rows less the terms, at least 1.
    pub residual_degrees: usize,
    /// The confidence of the intervals.
    pub level: f64,
    /// The Newton steps taken.
    pub iterations: usize,
    /// Twice what the log-likelihood lacks to that of a perfect fit, in units of the dispersion.
    pub deviance: f64,
    /// The deviance of the intercept alone; `None` without an intercept.
    pub null_deviance: Option<f64>,
    /// Pearson's χ²: the squared residuals over their variances.
    pub pearson_chi_squared: f64,
    /// The dispersion φ by which variances are multiplied: 1 under [`Family::Poisson`], else Pearson's χ² over the degrees.
    pub dispersion: f64,
    /// The log-likelihood at that dispersion; `None` under [`Family::Tweedie`], whose density has no closed form.
    pub log_likelihood: Option<f64>,
    /// Akaike's criterion, twice the terms less twice the log-likelihood.
    pub aic: Option<f64>,
}

/// Fits the numbers of `set` by its columns. A row of weight `w` has `1 / w` of the variance.
///
/// # Errors
/// [`Error::WrongType`] for classes; [`Error::TargetRange`] for a target below 0 (for gamma, not above it) or of zeros alone;
/// [`Error::UnknownColumn`] or [`Error::Parameter`] for an exposure or offset that cannot be; [`Error::TooFewRows`] unless there
/// are more rows than terms; [`Error::Collinear`]; [`Error::NotConverged`] too where the target is zero for every row of a level,
/// which has no finite coefficient; [`Error::OutOfScale`]; [`Error::Cancelled`].
pub fn fit(set: &TrainingSet<'_>, params: &GlmParams, watch: &mut Watch<'_>) -> Result<Glm> {
    params.check()?;
    let (matrix, target) = (set.matrix(), set.numbers()?);
    check_range(target, params.family)?;
    let logs = Logs::find(matrix, params)?;
    let columns = logs.columns_beside(matrix)?;
    let greatest = target.iter().copied().fold(0.0, f64::max);
    let scaled: Vec<f64> = target.iter().map(|value| value / greatest).collect();
    let rows = Rows::new(&columns, &scaled, set.weights())?;
    let ranges = summarize(&columns, || Ranges::new(columns.n_columns()));
    let frame = Frame::new(&ranges, params.intercept);
    refuse_constants(&columns, &ranges, params.intercept)?;
    let needed = frame.n_terms() + 1;
    if columns.n_rows() < needed {
        return Err(Error::TooFewRows { needed, found: columns.n_rows() });
    }
    let task =
        Task { rows, frame: &frame, power: params.variance_power(), offsets: logs.values(matrix), params };
    let (point, iterations) = task.solve(watch)?;
    let means = logs.means(&Rows { matrix, ..rows }, watch)?;
    let found = Found { point: &point, iterations, greatest, target, means };
    inference::report(&task, matrix, &logs, found, watch)
}

fn check_range(target: &[f64], family: Family) -> Result<()> {
    let refuse = |range| Err(Error::TargetRange { range });
    match family {
        Family::Gamma if target.iter().any(|&value| value <= 0.0) => refuse("above 0"),
        _ if target.iter().any(|&value| value < 0.0) => refuse("0 or above"),
        _ if target.iter().all(|&value| value == 0.0) => refuse("above 0 in some row"),
        _ => Ok(()),
    }
}

/// The task: rows whose target is at most 1, frame, variance power and what is added to the logarithm of each mean.
struct Task<'a> {
    rows: Rows<'a>,
    frame: &'a Frame,
    power: f64,
    offsets: Option<Vec<f64>>,
    params: &'a GlmParams,
}

/// What fitting found, in units of the target's greatest value.
struct Found<'a> {
    point: &'a [f64],
    iterations: usize,
    greatest: f64,
    target: &'a [f64],
    means: Vec<f64>,
}

impl Task<'_> {
    fn sums(&self, point: &[f64], watch: &mut Watch<'_>) -> Result<GlmSums<'_>> {
        sum_partials(self.rows.matrix, STAGE, watch, || GlmSums::new(self, point))
    }

    /// Climbs from the mean.
    fn solve(&self, watch: &mut Watch<'_>) -> Result<(Vec<f64>, usize)> {
        const DEPENDENT: f64 = 1e-12;
        /// A late step this long in the frame's units is on its way to no finite place.
        const STILL_MOVING: f64 = 0.1;
        let mut point = vec![0.0; self.frame.n_terms()];
        if self.params.intercept {
            point[0] = self.log_mean();
        }
        let mut sums = self.sums(&point, watch)?;
        // The decrement is twice what is left to gain; the rounding of the objective hides what is less.
        let enough = 1e-20 * self.rows.total_weight();
        for iteration in 1..=self.params.max_iterations as usize {
            let factor = match Cholesky::new(&sums.curvature, point.len(), DEPENDENT) {
                Ok(factor) => factor,
                Err(term) if iteration == 1 => return Err(self.frame.collinear(self.rows.matrix, term)),
                Err(_) => return Err(Error::NotConverged { iterations: iteration }),
            };
            let step = factor.solve(&sums.gradient);
            let decrement = dot(&sums.gradient, &step);
            let moves = step.iter().any(|value| value.abs() > STILL_MOVING);
            let Some((next, there)) = self.climb(&point, &sums, step, watch)? else {
                return Ok((point, iteration));
            };
            (point, sums) = (next, there);
            if decrement <= enough && !moves {
                return Ok((point, iteration));
            }
        }
        Err(Error::NotConverged { iterations: self.params.max_iterations as usize })
    }

    /// Takes the step, halved until the objective does not fall; `None` when no part of it raises the objective.
    fn climb(
        &self,
        point: &[f64],
        sums: &GlmSums<'_>,
        mut step: Vec<f64>,
        watch: &mut Watch<'_>,
    ) -> Result<Option<(Vec<f64>, GlmSums<'_>)>> {
        const HALVINGS: usize = 40;
        const ROUNDING: f64 = 1e-14;
        for _ in 0..HALVINGS {
            let next: Vec<f64> = point.iter().zip(&step).map(|(point, step)| point + step).collect();
            let there = self.sums(&next, watch)?;
            if there.objective >= sums.objective - ROUNDING * sums.objective.abs() {
                return Ok(Some((next, there)));
            }
            step.iter_mut().for_each(|value| *value *= 0.5);
        }
        Ok(None)
    }

    /// The logarithm of the one factor on all offsets' exponentials that fits best.
    fn log_mean(&self) -> f64 {
        let (mut made, mut seen) = (0.0, 0.0);
        for (row, &target) in self.rows.target.iter().enumerate() {
            let weight = self.rows.weights.map_or(1.0, |weights| weights[row]);
            let offset = self.offsets.as_ref().map_or(0.0, |offsets| offsets[row]);
            seen += weight * target * libm::exp((1.0 - self.power) * offset);
            made += weight * libm::exp((2.0 - self.power) * offset);
        }
        libm::log(seen / made)
    }
}

impl Glm {
    /// The means for the rows of `matrix`, in target units.
    ///
    /// # Errors
    /// [`Error::ColumnsDiffer`] or [`Error::UnknownColumn`] when the columns are not those of the fit; [`Error::Parameter`] for an
    /// exposure of 0 or below; [`Error::OutOfScale`].
    pub fn predict(&self, matrix: &Matrix) -> Result<Vec<f64>> {
        check_columns(self.columns.iter().map(String::as_str), matrix)?;
        self.exposure.map_or(Ok(()), |column| logs::check_exposure(matrix, column))?;
        let predictor = self.linear_predictor();
        let mean = |row: &[f64]| {
            let terms = row.iter().zip(&predictor.coefficients).enumerate();
            let log = terms.fold(predictor.intercepts[0], |sum, (column, (value, slope))| {
                sum + slope * if self.exposure == Some(column) { libm::log(*value) } else { *value }
            });
            libm::exp(log)
        };
        all_finite(matrix.values().chunks_exact(self.columns.len()).map(mean).collect())
    }

    pub(crate) fn linear_predictor(&self) -> Predictor<'_> {
        let mut slopes = self.coefficients.iter().map(|term| term.estimate);
        let coefficient = |column: usize| match self.exposure.or(self.offset) {
            Some(at) if at == column => 1.0,
            _ => slopes.next().unwrap_or(0.0),
        };
        Predictor {
            scale: Scale::Log,
            names: self.columns.iter().map(String::as_str).collect(),
            means: &self.means,
            logged: self.exposure,
            intercepts: vec![self.intercept.as_ref().map_or(0.0, |intercept| intercept.estimate)],
            coefficients: (0..self.columns.len()).map(coefficient).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
