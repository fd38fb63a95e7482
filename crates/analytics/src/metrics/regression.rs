//! Errors of predicted numbers.

use serde::{Deserialize, Serialize};

use super::check_pair;
use crate::{Error, Result};

/// How far predicted numbers are off.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RegressionMetrics {
    /// The rows judged.
    pub n_rows: usize,
    /// The root of the mean squared error, in target units.
    pub rmse: f64,
    /// The mean absolute error, in target units.
    pub mae: f64,
    /// The mean squared error, in target units squared.
    #[serde(default)]
    pub mse: f64,
    /// The median absolute error, in target units.
    #[serde(default)]
    pub median_absolute_error: f64,
    /// The mean of target less prediction: what is systematically missed.
    pub mean_error: f64,
    /// One less the squared error's share of the target's squares around its mean; negative when the mean would do better,
    /// `None` when the target does not vary.
    pub r_squared: Option<f64>,
    /// As `r_squared`, but a constant error costs nothing; `None` when the target does not vary.
    #[serde(default)]
    pub explained_variance: Option<f64>,
    /// The mean absolute error as a share of the target; `None` where [`mean_absolute_percentage_error`] refuses.
    #[serde(default)]
    pub mape: Option<f64>,
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
    let mean_error: f64 = errors().map(|error| error / n).sum();
    let around: f64 = errors().map(|error| (error - mean_error) * (error - mean_error)).sum();
    let metrics = RegressionMetrics {
        n_rows: actual.len(),
        rmse: (squared / n).sqrt(),
        mae: errors().map(|error| error.abs() / n).sum(),
        mse: squared / n,
        median_absolute_error: median(errors().map(f64::abs).collect()),
        mean_error,
        r_squared: varies.then(|| 1.0 - squared / total),
        explained_variance: varies.then(|| 1.0 - around / total),
        mape: mean_absolute_percentage_error(actual, predicted).ok(),
    };
    match squared.is_finite() && total.is_finite() && metrics.mae.is_finite() {
        true => Ok(metrics),
        false => Err(Error::OutOfScale { column: "target".to_owned() }),
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    0.5 * (values[(values.len() - 1) / 2] + values[values.len() / 2])
}

/// The share of the mean size of targets below which a target is too near zero to divide by.
const NEAR_ZERO: f64 = 0.01;

/// The mean of `|actual − predicted| / |actual|`, a share of 1.
///
/// # Errors
/// As [`regression`]; [`Error::NearZero`] when a target is smaller than a hundredth of the targets' mean size: its error would
/// outweigh all others. Take the mean absolute error instead.
pub fn mean_absolute_percentage_error(actual: &[f64], predicted: &[f64]) -> Result<f64> {
    check_pair(actual.len(), predicted, "prediction")?;
    check_pair(actual.len(), actual, "target")?;
    let n = actual.len() as f64;
    let typical = actual.iter().map(|value| value.abs() / n).sum::<f64>();
    if let Some(row) = actual.iter().position(|value| value.abs() <= NEAR_ZERO * typical) {
        return Err(Error::NearZero { column: "target".to_owned(), row });
    }
    let share = actual.iter().zip(predicted).map(|(a, p)| ((a - p) / a).abs() / n).sum::<f64>();
    if share.is_finite() { Ok(share) } else { Err(Error::OutOfScale { column: "target".to_owned() }) }
}

/// The mean loss of `predicted` as the `quantile` of the target: `quantile` times what is missed below, `1 − quantile` times what
/// is overshot. At ½ it is half the mean absolute error (Koenker and Bassett 1978).
///
/// # Errors
/// As [`regression`]; [`Error::Parameter`] unless `0 < quantile < 1`.
pub fn pinball_loss(actual: &[f64], predicted: &[f64], quantile: f64) -> Result<f64> {
    check_pair(actual.len(), predicted, "prediction")?;
    check_pair(actual.len(), actual, "target")?;
    if !(quantile > 0.0 && quantile < 1.0) {
        return Err(Error::Parameter { name: "quantile", range: "greater than 0 and less than 1" });
    }
    let loss = |(a, p): (&f64, &f64)| if a >= p { quantile * (a - p) } else { (1.0 - quantile) * (p - a) };
    mean_of(actual.iter().zip(predicted).map(loss), actual.len())
}

/// The mean Poisson deviance `2 (a ln(a / p) − a + p)` of counts.
///
/// # Errors
/// As [`regression`]; [`Error::Parameter`] for a target below 0 or a prediction not above 0.
pub fn poisson_deviance(actual: &[f64], predicted: &[f64]) -> Result<f64> {
    check_signs(actual, predicted, |target| target >= 0.0, "at least 0 and predictions above 0")?;
    let of_row = |(a, p): (&f64, &f64)| {
        let log = if *a > 0.0 { a * (libm::log(*a) - libm::log(*p)) } else { 0.0 };
        2.0 * (log - a + p)
    };
    mean_of(actual.iter().zip(predicted).map(of_row), actual.len())
}

/// The mean gamma deviance `2 (ln(p / a) + a / p − 1)` of amounts.
///
/// # Errors
/// As [`regression`]; [`Error::Parameter`] for a target or prediction not above 0.
pub fn gamma_deviance(actual: &[f64], predicted: &[f64]) -> Result<f64> {
    check_signs(actual, predicted, |target| target > 0.0, "above 0, like predictions")?;
    let of_row = |(a, p): (&f64, &f64)| 2.0 * (libm::log(*p) - libm::log(*a) + a / p - 1.0);
    mean_of(actual.iter().zip(predicted).map(of_row), actual.len())
}

fn check_signs(
    actual: &[f64],
    predicted: &[f64],
    is_target: fn(f64) -> bool,
    range: &'static str,
) -> Result<()> {
    check_pair(actual.len(), predicted, "prediction")?;
    check_pair(actual.len(), actual, "target")?;
    match actual.iter().all(|&value| is_target(value)) && predicted.iter().all(|&value| value > 0.0) {
        true => Ok(()),
        false => Err(Error::Parameter { name: "target", range }),
    }
}

fn mean_of(values: impl Iterator<Item = f64>, n_values: usize) -> Result<f64> {
    let mean = values.map(|value| value / n_values as f64).sum::<f64>();
    if mean.is_finite() { Ok(mean) } else { Err(Error::OutOfScale { column: "target".to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_refused_near_zero() {
        let found = mean_absolute_percentage_error(&[100.0, 200.0], &[110.0, 190.0]).unwrap();
        assert!((found - 0.075).abs() < 1e-15);
        let refused = mean_absolute_percentage_error(&[100.0, 0.5, 200.0], &[1.0, 1.0, 1.0]);
        assert_eq!(refused, Err(Error::NearZero { column: "target".into(), row: 1 }));
        assert!(mean_absolute_percentage_error(&[0.0], &[1.0]).is_err());
        assert_eq!(regression(&[0.0, 1.0], &[1.0, 1.0]).unwrap().mape, None);
    }

    #[test]
    fn deviances_and_quantiles_refuse_what_they_do_not_take() {
        let code = |found: Result<f64>| found.map_err(|error| error.code()).err();
        assert_eq!(code(poisson_deviance(&[-1.0], &[1.0])), Some("parameter"));
        assert_eq!(code(poisson_deviance(&[1.0], &[0.0])), Some("parameter"));
        assert_eq!(code(gamma_deviance(&[0.0], &[1.0])), Some("parameter"));
        assert_eq!(code(pinball_loss(&[0.0], &[1.0], 1.0)), Some("parameter"));
        assert_eq!(code(pinball_loss(&[], &[], 0.5)), Some("empty"));
        assert_eq!(poisson_deviance(&[0.0, 2.0], &[1.0, 2.0]), Ok(1.0));
        assert_eq!(gamma_deviance(&[3.0], &[3.0]), Ok(0.0));
        assert_eq!(pinball_loss(&[1.0, 5.0], &[2.0, 3.0], 0.9), Ok(0.95));
    }
}
