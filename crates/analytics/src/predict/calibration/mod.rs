//! From scores to probabilities that mean what they say: of the rows given 0.3, three in ten are positive.
//!
//! A curve is fitted on scores of rows the model has not seen (held-out rows, or the folds of a cross-validation): on the rows
//! it was fitted on, a model is surer than it may be. [`CalibrationKind::Sigmoid`] has two numbers and suits some hundred
//! rows; [`CalibrationKind::Isotonic`] follows any rising curve and needs a thousand or more. More than two classes are
//! calibrated one against the rest, and the probabilities of a row divided by their sum.

mod isotonic;
mod sigmoid;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::isotonic::Isotonic;
pub use self::sigmoid::Sigmoid;
use super::Prediction;
use super::supervised::{TARGET, check_length};
use crate::{Error, Result};

/// The curve to fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalibrationKind {
    /// A logistic curve of two numbers (Platt 2000).
    #[default]
    Sigmoid,
    /// The best of all curves that never fall (Zadrozny and Elkan 2002).
    Isotonic,
}

/// The parameters of [`calibrate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CalibrationParams {
    /// The curve to fit.
    pub kind: CalibrationKind,
}

/// One rising curve from a score to a probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Curve {
    /// A logistic curve over log-odds.
    Sigmoid {
        /// What is kept away from the probabilities 0 and 1, whose log-odds are infinite: half of one row's share.
        floor: f64,
        /// The curve.
        sigmoid: Sigmoid,
    },
    /// A curve that never falls, over probabilities.
    Isotonic(Isotonic),
}

/// What turns a model's probabilities into calibrated ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibrator {
    /// The number of classes.
    pub n_classes: usize,
    /// The curve of the positive class of two; of more classes one each.
    pub curves: Vec<Curve>,
}

/// Fits the curves that bring `held_out`, a model's probabilities of rows it has not seen, to the shares of the classes
/// `codes` (length `n_rows`) among them. `weights` says how much each row counts; `None` when all count alike.
///
/// Neither curve changes the order of two scores, though the isotonic one may make them equal. Where held-out scores say
/// nothing or rank the rows backwards, the sigmoid stays almost flat at the class's share.
///
/// # Errors
/// [`Error::WrongType`] for numbers instead of probabilities; [`Error::LengthMismatch`]; [`Error::Classes`] for a class that
/// is not among the held-out rows or not below `n_classes`; [`Error::NotFinite`] for a probability that is none.
pub fn calibrate(
    held_out: &Prediction,
    codes: &[u32],
    weights: Option<&[f64]>,
    params: &CalibrationParams,
) -> Result<Calibrator> {
    let (n_classes, values) = probabilities(held_out)?;
    let n_rows = held_out.n_rows();
    check_length(n_rows, codes.len())?;
    if let Some(weights) = weights {
        check_length(n_rows, weights.len())?;
    }
    let occurs = |class: u32| codes.contains(&class);
    let found = (0..n_classes as u32).filter(|&class| occurs(class)).count();
    if found < n_classes || codes.iter().any(|&code| code as usize >= n_classes) {
        return Err(Error::Classes { needed: n_classes, found });
    }
    let floor = 0.5 / (n_rows as f64 + 1.0);
    let curve = |class: usize| {
        let scores = values.iter().skip(class).step_by(n_classes);
        let positive: Vec<bool> = codes.iter().map(|&code| code as usize == class).collect();
        match params.kind {
            CalibrationKind::Sigmoid => {
                let scores: Vec<f64> = scores.map(|&score| log_odds(score, floor)).collect();
                Curve::Sigmoid { floor, sigmoid: Sigmoid::fit(&scores, &positive, weights) }
            }
            CalibrationKind::Isotonic => {
                let scores: Vec<f64> = scores.copied().collect();
                let shares: Vec<f64> = positive.iter().map(|&is| f64::from(u8::from(is))).collect();
                Curve::Isotonic(Isotonic::fit(&scores, &shares, weights))
            }
        }
    };
    Ok(Calibrator { n_classes, curves: curved_classes(n_classes).map(curve).collect() })
}

/// The classes that have a curve: of two, the positive one says all.
fn curved_classes(n_classes: usize) -> std::ops::Range<usize> {
    if n_classes == 2 { 1..2 } else { 0..n_classes }
}

impl Curve {
    /// The calibrated probability of a class that a model gives the probability `score`.
    #[must_use]
    pub fn probability(&self, score: f64) -> f64 {
        match self {
            Self::Sigmoid { floor, sigmoid } => sigmoid.probability(log_odds(score, *floor)),
            Self::Isotonic(isotonic) => isotonic.value(score),
        }
    }
}

impl Calibrator {
    /// The calibrated probabilities of a model's `prediction`. A row whose classes all become 0 gets equal ones.
    ///
    /// # Errors
    /// [`Error::WrongType`] for numbers instead of probabilities; [`Error::Classes`] for another number of classes than at
    /// the fit; [`Error::NotFinite`] for a probability that is none.
    pub fn apply(&self, prediction: &Prediction) -> Result<Prediction> {
        let (n_classes, values) = probabilities(prediction)?;
        if n_classes != self.n_classes || self.curves.len() != curved_classes(n_classes).len() {
            return Err(Error::Classes { needed: self.n_classes, found: n_classes });
        }
        let mut calibrated = Vec::with_capacity(values.len());
        for row in values.chunks_exact(n_classes) {
            if let [curve] = self.curves.as_slice() {
                let positive = curve.probability(row[1]);
                calibrated.extend([1.0 - positive, positive]);
                continue;
            }
            let start = calibrated.len();
            calibrated.extend(row.iter().zip(&self.curves).map(|(&score, curve)| curve.probability(score)));
            normalize(&mut calibrated[start..]);
        }
        Ok(Prediction::Probabilities { n_classes, values: calibrated })
    }
}

/// Divides by the sum; equal parts where it is 0.
fn normalize(row: &mut [f64]) {
    let sum: f64 = row.iter().sum();
    let equal = 1.0 / row.len() as f64;
    row.iter_mut().for_each(|value| *value = if sum > 0.0 { *value / sum } else { equal });
}

fn probabilities(prediction: &Prediction) -> Result<(usize, &[f64])> {
    let Prediction::Probabilities { n_classes, values } = prediction else {
        return Err(Error::WrongType { column: TARGET.to_owned(), expected: "category", found: "number" });
    };
    match values.iter().position(|value| !(0.0..=1.0).contains(value)) {
        Some(cell) => Err(Error::NotFinite { column: TARGET.to_owned(), row: cell / n_classes }),
        None => Ok((*n_classes, values)),
    }
}

/// The log-odds of a probability brought inside `floor..1 - floor` by a straight line, which keeps the order.
fn log_odds(probability: f64, floor: f64) -> f64 {
    let inside = floor + (1.0 - 2.0 * floor) * probability;
    libm::log(inside) - libm::log1p(-inside)
}
