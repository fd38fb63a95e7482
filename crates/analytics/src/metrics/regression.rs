//! Errors of predicted numbers.

use serde::{Deserialize, Serialize};

use super::check_pair;
use crate::Result;

/// How far predicted numbers are off.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RegressionMetrics {
    /// The rows judged.
    pub n_rows: usize,
    /// The root of the mean squared error, in target units.
    pub rmse: f64,
    /// The mean absolute error, in target units.
    pub mae: f64,
    /// The mean of target less prediction: what is systematically missed.
    pub mean_error: f64,
    /// One less the squared error's share of the target's squares around its mean; negative when the mean would do better,
    /// `None` when the target does not vary.
    pub r_squared: Option<f64>,
}

/// Judges `predicted` against `actual`, of the same length.
///
/// # Errors
/// [`crate::Error::Empty`], [`crate::Error::LengthMismatch`] or [`crate::Error::NotFinite`];
/// [`crate::Error::OutOfScale`] when a squared error leaves the range of numbers.
pub fn regression(actual: &[f64], predicted: &[f64]) -> Result<RegressionMetrics> {
    check_pair(actual.len(), predicted, "prediction")?;
    check_pair(actual.len(), actual, "target")?;
    let n = actual.len() as f64;
    let errors = || actual.iter().zip(predicted).map(|(actual, predicted)| actual - predicted);
    let squared: f64 = errors().map(|error| error * error).sum();
    let mean = actual.iter().map(|value| value / n).sum::<f64>();
    let total: f64 = actual.iter().map(|value| (value - mean) * (value - mean)).sum();
    let varies = actual.iter().any(|value| *value != actual[0]) && total > 0.0;
    let metrics = RegressionMetrics {
        n_rows: actual.len(),
        rmse: (squared / n).sqrt(),
        mae: errors().map(|error| error.abs() / n).sum(),
        mean_error: errors().map(|error| error / n).sum(),
        r_squared: varies.then(|| 1.0 - squared / total),
    };
    match squared.is_finite() && total.is_finite() && metrics.mae.is_finite() {
        true => Ok(metrics),
        false => Err(crate::Error::OutOfScale { column: "target".to_owned() }),
    }
}
