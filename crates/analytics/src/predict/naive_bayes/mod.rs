//! Naive Bayes: each class's share of the rows times the probability of each column within the class, as if columns did not
//! depend on each other.
//!
//! One pass of sums over rows fits it; the answer does not depend on how rows were shared out. Its probabilities are too sure
//! where columns repeat each other: calibrate them, or trust their order alone.

mod sums;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use self::sums::{Counts, Labels, Moments};
use super::supervised::check_columns;
use super::{Prediction, TrainingSet};
use crate::partial::{Partial, chunks};
use crate::progress::{Watch, report};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Matrix, Result};

const STAGE: &str = "naive_bayes";

/// The most classes.
pub const MOST_CLASSES: usize = 1000;

/// How the method stands in the registry.
pub const METHOD: Method = Method {
    name: "naive_bayes",
    family: Family::Predict,
    summary: "Predicts a class from each column by itself: normal values, counts, or yes and no.",
    parameters: &[
        Parameter {
            name: "kind",
            kind: Kind::Choice { options: &["gaussian", "multinomial", "bernoulli"] },
            default: "\"gaussian\"",
            doc: "What columns are within a class: normally distributed numbers, counts (not negative), or yes and no.",
        },
        Parameter {
            name: "var_smoothing",
            kind: Kind::Number { min: 1e-15, max: 1.0 },
            default: "1e-9",
            doc: "gaussian: the part of the largest column variance that is added to every variance.",
        },
        Parameter {
            name: "alpha",
            kind: Kind::Number { min: 1e-10, max: 1e6 },
            default: "1.0",
            doc: "multinomial and bernoulli: the count added to every count, so that what was not seen is not impossible.",
        },
        Parameter {
            name: "threshold",
            kind: Kind::Number { min: -1e12, max: 1e12 },
            default: "0.0",
            doc: "bernoulli: values above it are yes.",
        },
    ],
    formula: "P(class | x) ∝ share(class) Π P(xj | class); normal density with the class's mean and variance, share of counts \
              (n + α) / (N + α·columns), or share of rows (n + α) / (N + 2α)",
    source: "Chan, Golub and LeVeque (1979), STAN-CS-79-773 (variances); Manning, Raghavan and Schütze (2008), Introduction \
             to Information Retrieval, ch. 13",
    cost: "Time rows × columns, memory classes × columns.",
};

/// What columns are within a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NaiveBayesKind {
    /// Normally distributed numbers.
    #[default]
    Gaussian,
    /// Counts, none negative.
    Multinomial,
    /// Yes above a threshold, else no.
    Bernoulli,
}

/// The parameters of [`fit`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NaiveBayesParams {
    /// What columns are within a class.
    pub kind: NaiveBayesKind,
    /// The part of the largest column variance added to every variance, `1e-15..=1`.
    pub var_smoothing: f64,
    /// The count added to every count, `1e-10..=1e6`.
    pub alpha: f64,
    /// Values above it are yes; `-1e12..=1e12`.
    pub threshold: f64,
}

impl Default for NaiveBayesParams {
    fn default() -> Self {
        Self { kind: NaiveBayesKind::Gaussian, var_smoothing: 1e-9, alpha: 1.0, threshold: 0.0 }
    }
}

impl NaiveBayesParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first parameter outside its range.
    pub fn check(&self) -> Result<()> {
        if !(1e-15..=1.0).contains(&self.var_smoothing) {
            return Err(Error::Parameter { name: "var_smoothing", range: "between 1e-15 and 1" });
        }
        if !(1e-10..=1e6).contains(&self.alpha) {
            return Err(Error::Parameter { name: "alpha", range: "between 1e-10 and 1e6" });
        }
        match (-1e12..=1e12).contains(&self.threshold) {
            true => Ok(()),
            false => Err(Error::Parameter { name: "threshold", range: "between -1e12 and 1e12" }),
        }
    }
}

/// A fitted naive Bayes model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NaiveBayes {
    /// The columns, in order.
    pub columns: Vec<String>,
    /// The rows fitted.
    pub n_rows: usize,
    /// The logarithm of each class's share of the rows' weight.
    pub log_shares: Vec<f64>,
    /// The columns within each class.
    pub within: Within,
}

/// The columns within each class; each list goes class by class, a value a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Within {
    /// Normal distributions.
    Gaussian {
        /// Means.
        means: Vec<f64>,
        /// Variances, smoothed, above 0.
        variances: Vec<f64>,
    },
    /// Shares of a class's counts.
    Multinomial {
        /// Their logarithms.
        log_shares: Vec<f64>,
    },
    /// Shares of a class's rows that say yes.
    Bernoulli {
        /// Values above it are yes.
        threshold: f64,
        /// The logarithms of the shares of yes.
        log_yes: Vec<f64>,
        /// The logarithms of the shares of no.
        log_no: Vec<f64>,
    },
}

/// Fits the classes of `set`; a row counts as often as its weight says. A column without variance says nothing, duplicate
/// columns count twice, and more columns than rows are no obstacle.
///
/// # Errors
/// [`Error::WrongType`] for a target of numbers; [`Error::Classes`] beyond [`MOST_CLASSES`]; [`Error::Negative`] for a
/// negative count; [`Error::OutOfScale`] for values above 1e140 or below 1e-140 in size; [`Error::Parameter`];
/// [`Error::Cancelled`].
pub fn fit(set: &TrainingSet<'_>, params: &NaiveBayesParams, watch: &mut Watch<'_>) -> Result<NaiveBayes> {
    params.check()?;
    let (matrix, (codes, n_classes)) = (set.matrix(), set.classes()?);
    if n_classes > MOST_CLASSES {
        return Err(Error::Classes { needed: MOST_CLASSES, found: n_classes });
    }
    matrix.check_scale()?;
    let labels = Labels { codes, n_classes, weights: set.weights() };
    let width = matrix.n_columns();
    let (weights, within) = match params.kind {
        NaiveBayesKind::Gaussian => {
            let moments = sum(matrix, watch, || Moments::new(labels, width))?;
            gaussian(moments, params.var_smoothing)
        }
        NaiveBayesKind::Multinomial => {
            refuse_negative(matrix)?;
            let counts = sum(matrix, watch, || Counts::new(labels, width, None))?;
            multinomial(counts, width, params.alpha)
        }
        NaiveBayesKind::Bernoulli => {
            let counts = sum(matrix, watch, || Counts::new(labels, width, Some(params.threshold)))?;
            bernoulli(counts, width, params)
        }
    };
    let total: f64 = weights.iter().sum();
    Ok(NaiveBayes {
        columns: matrix.names().to_vec(),
        n_rows: matrix.n_rows(),
        log_shares: weights.iter().map(|weight| libm::log(weight / total)).collect(),
        within,
    })
}

fn sum<P: Partial>(matrix: &Matrix, watch: &mut Watch<'_>, fresh: impl Fn() -> P) -> Result<P> {
    let mut whole: Option<P> = None;
    for rows in chunks(matrix.n_rows()) {
        report(watch, STAGE, rows.start, matrix.n_rows())?;
        let mut chunk = fresh();
        chunk.absorb(matrix, rows);
        match &mut whole {
            Some(whole) => whole.merge(chunk),
            None => whole = Some(chunk),
        }
    }
    Ok(whole.unwrap_or_else(fresh))
}

fn refuse_negative(matrix: &Matrix) -> Result<()> {
    match matrix.values().iter().position(|&value| value < 0.0) {
        Some(cell) => {
            let (row, column) = (cell / matrix.n_columns(), cell % matrix.n_columns());
            Err(Error::Negative { column: matrix.names()[column].clone(), row })
        }
        None => Ok(()),
    }
}

fn gaussian(moments: Moments<'_>, smoothing: f64) -> (Vec<f64>, Within) {
    let total: f64 = moments.weights.iter().sum();
    let largest = moments.total_squares().into_iter().fold(0.0, f64::max) / total;
    // Without any variance at all every class has the same density everywhere: any width says so.
    let extra = if largest > 0.0 { smoothing * largest } else { 1.0 };
    let width = moments.means.len() / moments.weights.len();
    let classes = moments.squares.chunks_exact(width).zip(&moments.weights);
    let variances = classes.flat_map(|(squares, weight)| squares.iter().map(move |square| square / weight + extra));
    let variances = variances.collect();
    (moments.weights, Within::Gaussian { means: moments.means, variances })
}

fn multinomial(counts: Counts<'_>, width: usize, alpha: f64) -> (Vec<f64>, Within) {
    let of_class = |sums: &[f64]| {
        let total = libm::log(sums.iter().sum::<f64>() + alpha * width as f64);
        sums.iter().map(move |sum| libm::log(sum + alpha) - total).collect::<Vec<f64>>()
    };
    let log_shares = counts.sums.chunks_exact(width).flat_map(of_class).collect();
    (counts.weights, Within::Multinomial { log_shares })
}

fn bernoulli(counts: Counts<'_>, width: usize, params: &NaiveBayesParams) -> (Vec<f64>, Within) {
    let alpha = params.alpha;
    let shares = |is_yes: bool| {
        let classes = counts.sums.chunks_exact(width).zip(&counts.weights);
        let share = move |sum: f64, weight: f64| {
            let part = if is_yes { sum } else { (weight - sum).max(0.0) };
            libm::log(part + alpha) - libm::log(weight + 2.0 * alpha)
        };
        classes.flat_map(move |(sums, &weight)| sums.iter().map(move |&sum| share(sum, weight))).collect()
    };
    let (log_yes, log_no) = (shares(true), shares(false));
    (counts.weights, Within::Bernoulli { threshold: params.threshold, log_yes, log_no })
}

impl NaiveBayes {
    /// The classes' probabilities for the rows of `matrix`.
    ///
    /// # Errors
    /// [`Error::ColumnsDiffer`] or [`Error::UnknownColumn`] when the columns are not those of the fit; [`Error::Negative`]
    /// for a negative count; [`Error::OutOfScale`] when a row's squares leave the range of numbers.
    pub fn predict(&self, matrix: &Matrix) -> Result<Prediction> {
        check_columns(self.columns.iter().map(String::as_str), matrix)?;
        if matches!(self.within, Within::Multinomial { .. }) {
            refuse_negative(matrix)?;
        }
        let n_classes = self.log_shares.len();
        let ready = Ready::new(self);
        let mut values = vec![0.0; matrix.n_rows() * n_classes];
        for (row, scores) in matrix.values().chunks_exact(self.columns.len()).zip(values.chunks_exact_mut(n_classes)) {
            ready.score(row, scores);
            if !scores.iter().all(|score| score.is_finite()) {
                return Err(Error::OutOfScale { column: self.columns[0].clone() });
            }
            divide(scores);
        }
        Ok(Prediction::Probabilities { n_classes, values })
    }
}

/// A constant and two factors a column for each class, so that a row costs no logarithm.
struct Ready<'a> {
    constants: Vec<f64>,
    inverses: Vec<f64>,
    model: &'a NaiveBayes,
}

impl<'a> Ready<'a> {
    fn new(model: &'a NaiveBayes) -> Self {
        let width = model.columns.len();
        let mut constants = model.log_shares.clone();
        let mut inverses = Vec::new();
        match &model.within {
            Within::Gaussian { variances, .. } => {
                for (constant, variances) in constants.iter_mut().zip(variances.chunks_exact(width)) {
                    let log = |variance: &f64| libm::log(std::f64::consts::TAU) + libm::log(*variance);
                    *constant -= 0.5 * variances.iter().map(log).sum::<f64>();
                }
                inverses = variances.iter().map(|variance| 0.5 / variance).collect();
            }
            Within::Multinomial { .. } => {}
            Within::Bernoulli { log_yes, log_no, .. } => {
                for (constant, no) in constants.iter_mut().zip(log_no.chunks_exact(width)) {
                    *constant += no.iter().sum::<f64>();
                }
                inverses = log_yes.iter().zip(log_no).map(|(yes, no)| yes - no).collect();
            }
        }
        Self { constants, inverses, model }
    }

    /// Writes the logarithm of each class's share times the row's probability within it.
    fn score(&self, row: &[f64], scores: &mut [f64]) {
        let width = row.len();
        for (class, score) in scores.iter_mut().enumerate() {
            let cells = class * width..(class + 1) * width;
            *score = self.constants[class];
            match &self.model.within {
                Within::Gaussian { means, .. } => {
                    let columns = means[cells.clone()].iter().zip(&self.inverses[cells]);
                    let terms = row.iter().zip(columns);
                    *score -=
                        terms.map(|(x, (mean, inverse))| (x - mean) * inverse * (x - mean)).sum::<f64>();
                }
                Within::Multinomial { log_shares } => {
                    *score += row.iter().zip(&log_shares[cells]).map(|(x, share)| x * share).sum::<f64>();
                }
                Within::Bernoulli { threshold, .. } => {
                    let yes = row.iter().zip(&self.inverses[cells]).filter(|(x, _)| *x > threshold);
                    *score += yes.map(|(_, more)| more).sum::<f64>();
                }
            }
        }
    }
}

/// From logarithms to shares that sum to 1.
pub(super) fn divide(scores: &mut [f64]) {
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    scores.iter_mut().for_each(|score| *score = libm::exp(*score - most));
    let sum: f64 = scores.iter().sum();
    scores.iter_mut().for_each(|score| *score /= sum);
}
