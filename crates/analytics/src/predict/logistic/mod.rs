//! Logistic regression by Newton's method: of two classes with odds ratios and their intervals, of more by softmax.
//!
//! Each iteration is one sum over rows: log-likelihood, gradient and Hessian of a chunk, merged in order.
//! Classes that the columns separate have no finite coefficients; this is found and said, not hidden behind huge numbers.

mod cholesky;
mod multinomial;
mod newton;
mod sums;

use serde::{Deserialize, Serialize};

pub(crate) use self::cholesky::Cholesky;
pub(crate) use self::multinomial::softmax;
pub use self::multinomial::{Multinomial, fit_multinomial};
use self::newton::{Optimum, Task};
pub(crate) use self::sums::NewtonSums;
use crate::distribution::{logistic, normal_quantile, normal_two_sided};
use crate::partial::summarize;
use crate::predict::TrainingSet;
use crate::predict::contributions::{Predictor, Scale};
use crate::predict::frame::{Frame, refuse_constants};
use crate::predict::linear::ranges::Ranges;
use crate::predict::supervised::{LEVEL, check_columns, check_length, check_level};
use crate::predict::weighted::{Rows, column_means};
use crate::progress::Watch;
use crate::registry::{Family, Kind, Method, Parameter};
use crate::shards::{Crew, SharedRows, at_once};
use crate::{Error, Matrix, Result};

/// The stage that progress reports name.
const STAGE: &str = "logistic";

/// How the method stands in the registry.
pub const METHOD: Method = Method {
    name: "logistic",
    family: Family::Predict,
    summary: "Predicts the probability of each class from columns; of two classes with odds ratios and intervals.",
    parameters: &[
        Parameter {
            name: "intercept",
            kind: Kind::Boolean,
            default: "true",
            doc: "Adds a constant term, never penalized.",
        },
        Parameter {
            name: "l2",
            kind: Kind::Number { min: 0.0, max: 1e12 },
            default: "0.0",
            doc: "The weight λ of the penalty λ/2 Σ b² on the log-likelihood's sum; 1/λ is the C of other programs. \
                  Standardize the columns first, or it weighs units.",
        },
        Parameter {
            name: "l1",
            kind: Kind::Number { min: 0.0, max: 1e12 },
            default: "0.0",
            doc: "The weight λ of the penalty λ Σ |b|, which leaves columns out; with l2 it makes an elastic net.",
        },
        Parameter {
            name: "max_iterations",
            kind: Kind::Integer { min: 1, max: 1000 },
            default: "50",
            doc: "The Newton steps after which fitting gives up.",
        },
        Parameter {
            name: "tolerance",
            kind: Kind::Number { min: 1e-12, max: 1e-2 },
            default: "1e-8",
            doc: "The last step's length in standard errors at which fitting stops.",
        },
        LEVEL,
    ],
    formula: "P(y = 1) = 1 / (1 + exp(−b0 − Σ bj xj)); b = argmax Σ ln P(y) − λ₂/2 Σ bj² − λ₁ Σ |bj|; se = √[(XᵀWX)⁻¹]jj; \
              more than two classes: P(y = k) = exp(b0k + Σ bjk xj) / Σ over classes",
    source: "McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., ch. 4; Albert and Anderson (1984), \
             Biometrika 71, 1–10",
    cost: "Time grows with rows × columns² × iterations (about 8), memory with columns²; columns times classes from three classes on.",
};

/// The parameters of [`fit`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogisticParams {
    /// Whether the model has a constant term.
    pub intercept: bool,
    /// The penalty `l2 / 2 × Σ b²` on the coefficients in their columns' units, the intercept left out;
    /// `0 <= l2 <= 1e12`. It weighs against the sum over rows, not the mean: `l2 = 1 / C` of scikit-learn.
    pub l2: f64,
    /// The penalty `l1 × Σ |b|` on the coefficients in their columns' units, the intercept left out; `0 <= l1 <= 1e12`.
    pub l1: f64,
    /// The most Newton steps, `1..=1000`.
    pub max_iterations: u32,
    /// The length of the last step in standard errors, `1e-12 <= tolerance <= 1e-2`.
    pub tolerance: f64,
    /// The confidence of the intervals, `0.5 <= level <= 0.999`.
    pub level: f64,
}

impl Default for LogisticParams {
    fn default() -> Self {
        Self { intercept: true, l2: 0.0, l1: 0.0, max_iterations: 50, tolerance: 1e-8, level: 0.95 }
    }
}

impl LogisticParams {
    /// Whether there is no penalty.
    pub(crate) fn is_free(&self) -> bool {
        self.l2 == 0.0 && self.l1 == 0.0
    }

    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first parameter outside its range.
    pub fn check(&self) -> Result<()> {
        if !(0.0..=1e12).contains(&self.l2) {
            return Err(Error::Parameter { name: "l2", range: "between 0 and 1e12" });
        }
        if !(0.0..=1e12).contains(&self.l1) {
            return Err(Error::Parameter { name: "l1", range: "between 0 and 1e12" });
        }
        if !(1..=1000).contains(&self.max_iterations) {
            return Err(Error::Parameter { name: "max_iterations", range: "between 1 and 1000" });
        }
        if !(1e-12..=1e-2).contains(&self.tolerance) {
            return Err(Error::Parameter { name: "tolerance", range: "between 1e-12 and 0.01" });
        }
        check_level(self.level)
    }
}

/// A coefficient on the scale of log-odds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogOdds {
    /// The column, or `(intercept)`.
    pub name: String,
    /// The change of the log-odds for one unit of the column, all others held.
    pub estimate: f64,
    /// `exp(estimate)`: the factor on the odds for one unit; `None` when it leaves the range of numbers.
    pub odds_ratio: Option<f64>,
    /// What is known of the estimate's error; `None` under a penalty, which makes these formulas wrong.
    pub inference: Option<Inference>,
}

/// The error of an estimate, by the curvature of the log-likelihood (Wald).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Inference {
    /// The standard error.
    pub standard_error: f64,
    /// The estimate over its standard error.
    pub z: f64,
    /// The two-sided probability of a larger `z` when the true coefficient is zero.
    pub p: f64,
    /// The lower end of the interval of the estimate.
    pub low: f64,
    /// The upper end of the interval of the estimate.
    pub high: f64,
    /// The interval of the odds ratio; `None` when an end leaves the range of numbers.
    pub odds_ratio_interval: Option<(f64, f64)>,
}

/// A fitted logistic regression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Logistic {
    /// The constant term, unless left out.
    pub intercept: Option<LogOdds>,
    /// One coefficient a column, in the matrix's order.
    pub coefficients: Vec<LogOdds>,
    /// The rows fitted.
    pub n_rows: usize,
    /// The rows of the positive class.
    pub n_positive: usize,
    /// The weight of the penalty on squares.
    pub l2: f64,
    /// The weight of the penalty on sizes.
    #[serde(default)]
    pub l1: f64,
    /// The confidence of the intervals.
    pub level: f64,
    /// The Newton steps taken.
    pub iterations: usize,
    /// The log-likelihood of the rows, without the penalty.
    pub log_likelihood: f64,
    /// The log-likelihood of the intercept alone; of probability ½ without an intercept.
    pub null_log_likelihood: f64,
    /// `-2 × null_log_likelihood`.
    pub null_deviance: f64,
    /// McFadden's `1 − log_likelihood / null_log_likelihood`.
    pub mcfadden_r_squared: f64,
    /// Akaike's criterion, twice the terms less twice the log-likelihood; `None` under a penalty.
    pub aic: Option<f64>,
    /// The mean of each column over the rows fitted, from which contributions are counted.
    #[serde(default)]
    pub means: Vec<f64>,
}

/// Fits the probability that `labels` (length `n_rows`) are true by the columns of `matrix`, of shape
/// `(n_rows, n_columns)`.
///
/// # Errors
/// [`Error::LengthMismatch`]; [`Error::Classes`] unless both classes occur; [`Error::Collinear`] without a penalty when a
/// column is a combination of those before it; [`Error::Separation`] without a penalty when a combination of columns
/// separates the classes; [`Error::NotConverged`]; [`Error::OutOfScale`] when a coefficient leaves the range of numbers;
/// [`Error::Parameter`]; [`Error::Cancelled`].
pub fn fit(
    matrix: &Matrix,
    labels: &[bool],
    params: &LogisticParams,
    watch: &mut Watch<'_>,
) -> Result<Logistic> {
    check_length(matrix.n_rows(), labels.len())?;
    at_once(fit_rows(matrix, labels, None, params, &Crew::alone(), watch))
}

/// Fits the classes of `set` by its columns. Each row counts its weight in the log-likelihood; with weights the inference is that
/// of rows repeated so often.
///
/// # Errors
/// As [`fit`]; [`Error::WrongType`] for numbers; [`Error::Classes`] for more than two classes.
pub fn fit_set(set: &TrainingSet<'_>, params: &LogisticParams, watch: &mut Watch<'_>) -> Result<Logistic> {
    at_once(fit_among(set, params, &Crew::alone(), watch))
}

/// As [`fit_set`], the rows shared with `crew`.
pub(crate) async fn fit_among(
    set: &TrainingSet<'_>,
    params: &LogisticParams,
    crew: &Crew,
    watch: &mut Watch<'_>,
) -> Result<Logistic> {
    fit_rows(set.matrix(), &set.two_classes()?, set.weights(), params, crew, watch).await
}

async fn fit_rows(
    matrix: &Matrix,
    labels: &[bool],
    weights: Option<&[f64]>,
    params: &LogisticParams,
    crew: &Crew,
    watch: &mut Watch<'_>,
) -> Result<Logistic> {
    params.check()?;
    let n_positive = labels.iter().filter(|&&label| label).count();
    if n_positive == 0 || n_positive == labels.len() {
        return Err(Error::Classes { needed: 2, found: 1 });
    }
    let labels: Vec<f64> = labels.iter().map(|&label| f64::from(u8::from(label))).collect();
    let rows = Rows::new(matrix, &labels, weights)?;
    let ranges = summarize(matrix, || Ranges::new(matrix.n_columns()));
    let frame = Frame::new(&ranges, params.intercept);
    if params.l2 == 0.0 && params.l1 == 0.0 {
        refuse_constants(matrix, &ranges, params.intercept)?;
    }
    let (squares, sizes) = (frame.square_penalties(params.l2), frame.size_penalties(params.l1));
    let shared = SharedRows::new(crew, rows, frame.n_terms() * frame.n_terms() / 2);
    let mut task = Task { matrix, shared, frame: &frame, squares, sizes, params };
    let optimum = task.solve(watch).await?;
    drop(task);
    let model = report(&rows, &frame, &optimum, n_positive, params)?;
    Ok(Logistic { means: column_means(&rows, watch)?, ..model })
}

fn report(
    rows: &Rows<'_>,
    frame: &Frame,
    optimum: &Optimum,
    n_positive: usize,
    params: &LogisticParams,
) -> Result<Logistic> {
    let first = frame.first_column();
    let (matrix, n_terms) = (rows.matrix, frame.n_terms());
    let inverse = optimum.factor.as_ref().map_or_else(|| vec![0.0; n_terms * n_terms], Cholesky::inverse);
    let z_level = normal_quantile(params.level);
    let slope = |column: usize| {
        let term = first + column;
        let variance = inverse[term * n_terms + term];
        let scale = frame.scales[column];
        log_odds(
            &matrix.names()[column],
            optimum.point[term] * scale,
            variance.sqrt() * scale,
            z_level,
            params,
        )
    };
    let coefficients = (0..matrix.n_columns()).map(slope).collect::<Result<Vec<_>>>()?;
    let intercept = frame
        .intercept
        .then(|| {
            let weights = frame.intercept_weights();
            let estimate = weights.iter().zip(&optimum.point).map(|(weight, value)| weight * value).sum();
            let variance = quadratic_form(&inverse, &weights);
            log_odds(crate::predict::linear::INTERCEPT, estimate, variance.sqrt(), z_level, params)
        })
        .transpose()?;
    let log_likelihood = optimum.sums.log_likelihood;
    let total = rows.total_weight();
    let positive: f64 = match rows.weights {
        Some(weights) => weights.iter().zip(rows.target).map(|(weight, label)| weight * label).sum(),
        None => n_positive as f64,
    };
    let null = null_log_likelihood(positive, total, params.intercept);
    Ok(Logistic {
        intercept,
        coefficients,
        n_rows: matrix.n_rows(),
        n_positive,
        l2: params.l2,
        l1: params.l1,
        level: params.level,
        iterations: optimum.iterations,
        log_likelihood,
        null_log_likelihood: null,
        null_deviance: -2.0 * null,
        mcfadden_r_squared: 1.0 - log_likelihood / null,
        aic: params.is_free().then_some(2.0 * n_terms as f64 - 2.0 * log_likelihood),
        means: Vec::new(),
    })
}

fn quadratic_form(matrix: &[f64], weights: &[f64]) -> f64 {
    let rows = matrix.chunks_exact(weights.len()).zip(weights);
    rows.map(|(row, weight)| {
        weight * row.iter().zip(weights).map(|(value, other)| value * other).sum::<f64>()
    })
    .sum()
}

fn log_odds(
    name: &str,
    estimate: f64,
    standard_error: f64,
    z_level: f64,
    params: &LogisticParams,
) -> Result<LogOdds> {
    let (low, high) = (estimate - z_level * standard_error, estimate + z_level * standard_error);
    let z = estimate / standard_error;
    if ![estimate, standard_error, low, high].iter().all(|value| value.is_finite()) {
        return Err(Error::OutOfScale { column: name.to_owned() });
    }
    let ratio = |log_odds: f64| Some(libm::exp(log_odds)).filter(|ratio| ratio.is_finite());
    let inference = (params.is_free() && z.is_finite()).then(|| Inference {
        standard_error,
        z,
        p: normal_two_sided(z),
        low,
        high,
        odds_ratio_interval: ratio(low).zip(ratio(high)),
    });
    Ok(LogOdds { name: name.to_owned(), estimate, odds_ratio: ratio(estimate), inference })
}

fn null_log_likelihood(positive: f64, rows: f64, intercept: bool) -> f64 {
    if !intercept {
        return -rows * std::f64::consts::LN_2;
    }
    positive * libm::log(positive / rows) + (rows - positive) * libm::log((rows - positive) / rows)
}

impl Logistic {
    /// The probability of the positive class for the rows of `matrix`, strictly between 0 and 1.
    ///
    /// # Errors
    /// [`Error::ColumnsDiffer`] or [`Error::UnknownColumn`] when the columns are not those of the fit;
    /// [`Error::OutOfScale`] when a row's log-odds leave the range of numbers.
    pub fn predict_probability(&self, matrix: &Matrix) -> Result<Vec<f64>> {
        check_columns(self.coefficients.iter().map(|coefficient| coefficient.name.as_str()), matrix)?;
        let base = self.intercept.as_ref().map_or(0.0, |intercept| intercept.estimate);
        const GREATEST: f64 = 1.0 - f64::EPSILON / 2.0;
        let probability = |row: &[f64]| {
            let log_odds =
                self.coefficients.iter().zip(row).fold(base, |sum, (term, x)| sum + term.estimate * x);
            if log_odds.is_nan() {
                return Err(Error::OutOfScale { column: self.coefficients[0].name.clone() });
            }
            Ok(logistic(log_odds).clamp(f64::MIN_POSITIVE, GREATEST))
        };
        matrix.values().chunks_exact(self.coefficients.len()).map(probability).collect()
    }

    pub(crate) fn linear_predictor(&self) -> Predictor<'_> {
        Predictor {
            scale: Scale::LogOdds,
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
