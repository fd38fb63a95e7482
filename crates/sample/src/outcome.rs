//! Drawing yes/no targets and amounts from the models that the truth reports.

use crate::random::{Random, logistic};
use crate::truth::{LinearTruth, LogisticTruth};

/// A known model's columns and coefficients, before it is reported.
pub(crate) type Coefficients = &'static [(&'static str, f64)];

/// Draws whether the outcome happens; gives its probability too. `values` follow the coefficients' order.
pub(crate) fn draw_outcome(random: &mut Random, model: &LogisticTruth, values: &[f64]) -> (f64, bool) {
    let probability = logistic(model.intercept + weighted_sum(&model.coefficients, values));
    (probability, random.happens(probability))
}

pub(crate) fn draw_amount(random: &mut Random, model: &LinearTruth, values: &[f64]) -> f64 {
    random.normal(model.intercept + weighted_sum(&model.coefficients, values), model.noise_sd)
}

fn weighted_sum(coefficients: &[(&'static str, f64)], values: &[f64]) -> f64 {
    assert_eq!(coefficients.len(), values.len(), "one value for each coefficient");
    coefficients.iter().zip(values).map(|((_, coefficient), value)| coefficient * value).sum()
}

pub(crate) fn number_of(is_so: bool) -> f64 {
    if is_so { 1.0 } else { 0.0 }
}
