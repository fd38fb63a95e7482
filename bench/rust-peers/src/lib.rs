//! linfa and smartcore behind functions over plain arrays: rows one after the other, answers as numbers.
//!
//! Every function is what a caller of these libraries would write; nothing is tuned beyond the parameters of the task.

pub mod forests;
pub mod linear;

use linfa::{DatasetBase, traits::Fit as _, traits::Predict as _};
use linfa_clustering::{KMeans, KMeansInit};
use linfa_reduction::Pca;
use ndarray::{Array2, ArrayView2, Axis, Slice};
use rand::{SeedableRng as _, rngs::SmallRng};
use wasm_bindgen::prelude::*;

/// Rows of `n_columns` numbers each.
pub(crate) fn rows(values: Vec<f64>, n_columns: usize) -> Result<Array2<f64>, JsError> {
    Ok(Array2::from_shape_vec((values.len() / n_columns, n_columns), values)?)
}

/// The cluster of each row after `iterations` passes from the first `k` rows as centres.
///
/// # Errors
/// linfa's, as text.
#[wasm_bindgen]
pub fn kmeans(values: Vec<f64>, n_columns: usize, k: usize, iterations: u32) -> Result<Vec<f64>, JsError> {
    let records = rows(values, n_columns)?;
    let start = records.slice_axis(Axis(0), Slice::from(..k)).to_owned();
    let dataset = DatasetBase::from(records);
    let model = KMeans::params_with_rng(k, SmallRng::seed_from_u64(42))
        .init_method(KMeansInit::Precomputed(start))
        .n_runs(1)
        .max_n_iterations(u64::from(iterations))
        .tolerance(f64::MIN_POSITIVE)
        .fit(&dataset)?;
    Ok(model.predict(&dataset).iter().map(|&label| label as f64).collect())
}

/// The shares of the variance along the first `n_components` directions of the standardized columns.
///
/// # Errors
/// linfa's, as text.
#[wasm_bindgen]
pub fn pca(values: Vec<f64>, n_columns: usize, n_components: usize) -> Result<Vec<f64>, JsError> {
    let records = standardized(rows(values, n_columns)?.view());
    let whole = (records.nrows() * n_columns) as f64;
    let dataset = DatasetBase::from(records);
    // Asked for two components alone, its iteration meets a NaN on these data and panics.
    let n_asked = 2 * n_components;
    let model = Pca::params(n_asked).fit(&dataset)?;
    // linfa divides the squared singular values by the number of components less one.
    let variances = model.explained_variance() * (n_asked as f64 - 1.0);
    Ok(variances.iter().take(n_components).map(|squared| squared / whole).collect())
}

fn standardized(records: ArrayView2<'_, f64>) -> Array2<f64> {
    let means = records.mean_axis(Axis(0)).unwrap_or_default();
    let spreads = records.std_axis(Axis(0), 0.0);
    (&records - &means) / &spreads
}
