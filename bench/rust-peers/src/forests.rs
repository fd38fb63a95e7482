//! Random forests with linfa and with smartcore.

use linfa::{Dataset, traits::Fit as _, traits::Predict as _};
use linfa_ensemble::EnsembleLearnerParams;
use linfa_trees::DecisionTree;
use ndarray::Array1;
use rand::{SeedableRng as _, rngs::SmallRng};
use smartcore::ensemble::random_forest_classifier::{
    RandomForestClassifier, RandomForestClassifierParameters,
};
use smartcore::linalg::basic::matrix::DenseMatrix;
use wasm_bindgen::prelude::*;

use crate::rows;

/// The classes that linfa's forest of `n_trees` predicts for the rows of `asked`.
///
/// Its trees draw their columns once each, not at every split; a half of them each is what its accuracy needs.
///
/// # Errors
/// linfa's, as text.
#[wasm_bindgen]
pub fn linfa_forest(
    values: Vec<f64>,
    n_columns: usize,
    target: Vec<f64>,
    n_trees: usize,
    asked: Vec<f64>,
) -> Result<Vec<f64>, JsError> {
    let classes: Array1<usize> = target.iter().map(|&class| class as usize).collect();
    let dataset = Dataset::new(rows(values, n_columns)?, classes);
    let params = EnsembleLearnerParams::new_fixed_rng(DecisionTree::params(), SmallRng::seed_from_u64(42))
        .ensemble_size(n_trees)
        .bootstrap_proportion(1.0)
        .feature_proportion(0.5);
    let model = params.fit(&dataset)?;
    let found: Array1<usize> = model.predict(&rows(asked, n_columns)?);
    Ok(found.iter().map(|&class| class as f64).collect())
}

/// The classes that smartcore's forest of `n_trees` predicts for the rows of `asked`.
///
/// # Errors
/// smartcore's, as text.
#[wasm_bindgen]
pub fn smartcore_forest(
    values: Vec<f64>,
    n_columns: usize,
    target: Vec<f64>,
    n_trees: u16,
    asked: Vec<f64>,
) -> Result<Vec<f64>, JsError> {
    let matrix = |values: Vec<f64>| DenseMatrix::new(values.len() / n_columns, n_columns, values, false);
    let classes: Vec<u32> = target.iter().map(|&class| class as u32).collect();
    let params = RandomForestClassifierParameters::default().with_n_trees(n_trees).with_seed(42);
    let model = RandomForestClassifier::fit(&matrix(values)?, &classes, params)?;
    Ok(model.predict(&matrix(asked)?)?.into_iter().map(f64::from).collect())
}
