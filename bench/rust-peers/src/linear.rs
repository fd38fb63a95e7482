//! Linear and logistic regression with linfa.

use linfa::{Dataset, traits::Fit as _};
use linfa_linear::LinearRegression;
use linfa_logistic::LogisticRegression;
use ndarray::Array1;
use wasm_bindgen::prelude::*;

use crate::rows;

/// The coefficients of ordinary least squares, and the intercept after them.
///
/// # Errors
/// linfa's, as text.
#[wasm_bindgen]
pub fn ols(values: Vec<f64>, n_columns: usize, target: Vec<f64>) -> Result<Vec<f64>, JsError> {
    let dataset = Dataset::new(rows(values, n_columns)?, Array1::from(target));
    let model = LinearRegression::new().fit(&dataset)?;
    Ok(model.params().iter().copied().chain([model.intercept()]).collect())
}

/// The coefficients of logistic regression under the penalty `l2 / 2 Σ b²`, and the intercept after them.
///
/// # Errors
/// linfa's, as text.
#[wasm_bindgen]
pub fn logistic(values: Vec<f64>, n_columns: usize, target: Vec<f64>, l2: f64) -> Result<Vec<f64>, JsError> {
    let classes: Array1<bool> = target.iter().map(|&class| class > 0.5).collect();
    let dataset = Dataset::new(rows(values, n_columns)?, classes);
    let model = LogisticRegression::default()
        .alpha(l2)
        .max_iterations(1000)
        .gradient_tolerance(1e-3)
        .fit(&dataset)?;
    // linfa models the probability of the class it met first as positive; its labels say which one that is.
    let sign = if model.labels().pos.class { 1.0 } else { -1.0 };
    Ok(model.params().iter().copied().chain([model.intercept()]).map(|number| sign * number).collect())
}
