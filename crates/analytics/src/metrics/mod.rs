//! How good predictions are, on rows the model has not seen.
//!
//! - [`regression`]: RMSE, MAE, R², explained variance; [`mean_absolute_percentage_error`] is refused near zero, where it explodes;
//!   [`pinball_loss`] judges quantiles, [`poisson_deviance`] counts and [`gamma_deviance`] amounts.
//! - [`classification`]: everything about predicted probabilities at once: ROC, precision and recall, calibration, lift,
//!   log-loss, Brier; [`confusion`] at one threshold and [`cheapest_threshold`] by the cost of each mistake.
//! - [`classes`]: any number of classes: accuracy, F1, kappa, Matthews' correlation, areas one against the rest and by pairs.
//! - [`classification_intervals`], [`classes_intervals`] and [`regression_intervals`]: seeded bootstrap, Wilson's interval for
//!   shares.
//!
//! Probabilities are within `0..=1`; equal ones are one group everywhere: no result depends on the order of rows.

mod bootstrap;
mod calibration;
mod classes;
mod intervals;
mod lift;
mod ranking;
mod regression;
mod threshold;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

pub use self::bootstrap::{BootstrapParams, Interval, auc_interval, rmse_interval};
pub(crate) use self::bootstrap::{mean_interval, row_intervals};
pub use self::calibration::CalibrationBin;
pub(crate) use self::classes::most_probable;
pub use self::classes::{ClassMetrics, ClassesMetrics, ConfusionMatrix, classes};
pub use self::intervals::{
    ClassesIntervals, ClassificationIntervals, RegressionIntervals, classes_intervals,
    classification_intervals, regression_intervals,
};
pub use self::lift::Decile;
pub use self::ranking::{PrecisionRecallPoint, RocPoint, auc, average_precision};
pub use self::regression::{
    RegressionMetrics, gamma_deviance, mean_absolute_percentage_error, pinball_loss, poisson_deviance,
    regression,
};
pub use self::threshold::{Confusion, CostPoint, Costs, ThresholdByCost, cheapest_threshold, confusion};

/// The most points a curve is drawn with. Areas are computed from all points.
pub const CURVE_POINTS: usize = 500;

/// The parameters of [`classification`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClassificationParams {
    /// A row is predicted positive at or above this probability, `0 <= threshold <= 1`.
    pub threshold: f64,
    /// The bins of the calibration table, `2..=100`; equal probabilities share a bin, so there may be fewer.
    pub calibration_bins: u32,
    /// The confidence of the calibration intervals, `0.5 <= level <= 0.999`.
    pub level: f64,
}

impl Default for ClassificationParams {
    fn default() -> Self {
        Self { threshold: 0.5, calibration_bins: 10, level: 0.95 }
    }
}

impl ClassificationParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first parameter outside its range.
    pub fn check(&self) -> Result<()> {
        if !(0.0..=1.0).contains(&self.threshold) {
            return Err(Error::Parameter { name: "threshold", range: "between 0 and 1" });
        }
        if !(2..=100).contains(&self.calibration_bins) {
            return Err(Error::Parameter { name: "calibration_bins", range: "between 2 and 100" });
        }
        crate::predict::supervised::check_level(self.level)
    }
}

/// How good predicted probabilities are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassificationMetrics {
    /// The rows judged.
    pub n_rows: usize,
    /// The share of positive rows: what a model without columns would say.
    pub base_rate: f64,
    /// The area under the ROC curve: the chance that a positive row scores above a negative one, ties counting half.
    pub auc: f64,
    /// The step-wise area under the precision–recall curve; `base_rate` is guessing.
    pub average_precision: f64,
    /// The mean negative log-likelihood in nats; probabilities of 0 and 1 count as 2⁻⁵² away.
    pub log_loss: f64,
    /// The mean squared distance of probability and outcome.
    pub brier: f64,
    /// Kolmogorov and Smirnov's distance: the greatest gap between the shares of positive and of negative rows predicted positive.
    #[serde(default)]
    pub kolmogorov_smirnov: f64,
    /// The counts at the threshold asked for.
    pub confusion: Confusion,
    /// The ROC curve from (0, 0) to (1, 1), at most [`CURVE_POINTS`].
    pub roc: Vec<RocPoint>,
    /// The precision–recall curve by falling threshold, at most [`CURVE_POINTS`].
    pub precision_recall: Vec<PrecisionRecallPoint>,
    /// Observed against predicted, by quantiles of the probability.
    pub calibration: Vec<CalibrationBin>,
    /// Tenths of the rows, the highest probabilities first.
    pub deciles: Vec<Decile>,
}

/// Judges `probabilities` that `labels` (of the same length) are true. Time grows with `n log n`.
///
/// # Errors
/// [`Error::LengthMismatch`]; [`Error::NotFinite`] for a probability outside `0..=1`; [`Error::Classes`] unless both
/// classes occur; [`Error::Parameter`].
pub fn classification(
    labels: &[bool],
    probabilities: &[f64],
    params: &ClassificationParams,
) -> Result<ClassificationMetrics> {
    params.check()?;
    let ranked = ranking::Ranked::new(labels, probabilities)?;
    let n_rows = labels.len() as f64;
    let outcomes = || labels.iter().zip(probabilities);
    let log_loss = -outcomes().map(|(&label, &p)| log_likelihood(label, p)).sum::<f64>() / n_rows;
    let brier = outcomes().map(|(&label, &p)| squared_miss(label, p)).sum::<f64>() / n_rows;
    Ok(ClassificationMetrics {
        n_rows: labels.len(),
        base_rate: ranked.n_positive as f64 / n_rows,
        auc: ranked.auc(),
        average_precision: ranked.average_precision(),
        log_loss,
        brier,
        kolmogorov_smirnov: intervals::kolmogorov_smirnov(labels, probabilities),
        confusion: confusion(labels, probabilities, params.threshold)?,
        roc: ranked.roc(),
        precision_recall: ranked.precision_recall(),
        calibration: calibration::table(&ranked, params.calibration_bins as usize, params.level),
        deciles: lift::deciles(&ranked),
    })
}

fn log_likelihood(label: bool, probability: f64) -> f64 {
    let p = probability.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
    if label { libm::log(p) } else { libm::log1p(-p) }
}

fn squared_miss(label: bool, probability: f64) -> f64 {
    let miss = probability - f64::from(u8::from(label));
    miss * miss
}

/// Refuses unequal lengths, empty input and numbers that are not finite.
fn check_pair(expected: usize, values: &[f64], name: &str) -> Result<()> {
    if expected == 0 {
        return Err(Error::Empty);
    }
    if expected != values.len() {
        return Err(Error::LengthMismatch { column: name.to_owned(), expected, found: values.len() });
    }
    match values.iter().position(|value| !value.is_finite()) {
        Some(row) => Err(Error::NotFinite { column: name.to_owned(), row }),
        None => Ok(()),
    }
}

/// At most [`CURVE_POINTS`] of `points`, evenly by position, always with the first and the last.
fn thin<T: Copy>(points: Vec<T>) -> Vec<T> {
    if points.len() <= CURVE_POINTS {
        return points;
    }
    let last = points.len() - 1;
    (0..CURVE_POINTS).map(|position| points[position * last / (CURVE_POINTS - 1)]).collect()
}

#[cfg(test)]
mod tests;
