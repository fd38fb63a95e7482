//! Groups as overlapping clouds: a mixture of normal distributions, fitted by expectation and maximisation.
//!
//! Where k-means cuts, a mixture gives every row a share in every group (trap E10: k-means weights are 0 or 1, shares belong to
//! a mixture). A pass over the rows is a sum: shares, first and second moments about the last means, chunk by chunk, so the
//! responsibilities of all rows are never held and the answer does not depend on who summed.

mod density;
mod em;
mod params;

use serde::{Deserialize, Serialize};

pub use params::{CovarianceType, GmmParams, METHOD};

use crate::group::kmeans::{KMeansParams, fit_kmeans};
use crate::predict::supervised::check_columns;
use crate::progress::{Watch, report};
use crate::{Error, Matrix, Result};
use density::Densities;
use em::{Step, maximise};

/// The most columns that full and tied covariances take: their cost grows with the square of the columns, a pass.
pub const MAX_GMM_COLUMNS: usize = 1000;

/// A fitted mixture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GmmModel {
    /// The columns it was fitted on, in order.
    pub columns: Vec<String>,
    /// Each component's share of the rows, descending; they sum to 1.
    pub weights: Vec<f64>,
    /// One mean a component, one number a column.
    pub means: Vec<Vec<f64>>,
    /// How the components spread.
    pub covariances: Covariances,
    /// The mean log-likelihood of a row of the fit.
    pub log_likelihood: f64,
    /// The Bayesian information criterion on the rows of the fit: lower is better.
    pub bic: f64,
    /// Akaike's information criterion: lower is better.
    pub aic: f64,
    /// Passes over all rows from the best start.
    pub iterations: usize,
    /// Whether the last pass changed the mean log-likelihood by less than the tolerance.
    pub converged: bool,
    /// The rows it was fitted on.
    pub n_rows: usize,
}

/// Covariances of the components, `p` columns each; `reg_covar` is in their diagonals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "values", rename_all = "snake_case")]
pub enum Covariances {
    /// One matrix of shape `(p, p)` a component, row by row.
    Full(Vec<Vec<f64>>),
    /// One variance a column and component.
    Diagonal(Vec<Vec<f64>>),
    /// One matrix of shape `(p, p)` for all components, row by row.
    Tied(Vec<f64>),
    /// One variance a component.
    Spherical(Vec<f64>),
}

/// A mixture and the labels of the rows it was fitted on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GmmFit {
    /// The mixture.
    pub model: GmmModel,
    /// The component with the largest share in each row, a tie going to the lower one.
    pub labels: Vec<u32>,
}

/// Fits a mixture of `params.k` normal distributions to the rows of `matrix`.
///
/// The first start is the best of ten k-means runs, later ones are single k-means runs; the start with the highest likelihood
/// is kept. Columns need not share a scale with full or diagonal covariances, but the start does better on standardized ones.
///
/// A column that is constant, or twice another, is carried by `reg_covar`; components then have its size of variance there.
/// The same matrix, parameters and seed give the same mixture on every machine.
///
/// # Errors
/// [`Error::TooFewRows`] or [`Error::TooFewDistinct`] with fewer (different) rows than components; [`Error::Parameter`] for
/// `reg_covar` when a component collapses and it is too small to hold it; [`Error::TooManyColumns`] past
/// [`MAX_GMM_COLUMNS`] with full or tied covariances; [`Error::OutOfScale`]; [`Error::Cancelled`].
pub fn fit_gmm(matrix: &Matrix, params: &GmmParams, seed: u64, watch: &mut Watch<'_>) -> Result<GmmFit> {
    params.check()?;
    let (n_rows, width) = (matrix.n_rows(), matrix.n_columns());
    if n_rows < params.k {
        return Err(Error::TooFewRows { needed: params.k, found: n_rows });
    }
    let is_square = matches!(params.covariance, CovarianceType::Full | CovarianceType::Tied);
    if is_square && width > MAX_GMM_COLUMNS {
        return Err(Error::TooManyColumns { limit: MAX_GMM_COLUMNS, found: width });
    }
    matrix.check_scale()?;
    let mut best: Option<Climb> = None;
    for start in 0..params.n_init {
        report(watch, "gmm", start, params.n_init)?;
        let climb = climb(matrix, params, seed.wrapping_add(start as u64), start == 0, watch)?;
        if best.as_ref().is_none_or(|best| climb.log_likelihood > best.log_likelihood) {
            best = Some(climb);
        }
    }
    finish(matrix, best.ok_or(Error::Empty)?, watch)
}

/// Where one start led.
struct Climb {
    step: Step,
    log_likelihood: f64,
    iterations: usize,
    converged: bool,
}

fn climb(
    matrix: &Matrix,
    params: &GmmParams,
    seed: u64,
    is_first: bool,
    watch: &mut Watch<'_>,
) -> Result<Climb> {
    let n_init = if is_first { 10 } else { 1 };
    let start = KMeansParams { k: params.k, n_init, n_swaps: 0, ..KMeansParams::default() };
    let start = fit_kmeans(matrix, &start.check()?, seed, watch)?;
    let sums = em::sums_of_labels(matrix, &start.model.centroids, &start.labels, params.covariance, watch)?;
    let mut step = maximise(&sums, &start.model.centroids, params);
    let mut before = f64::NEG_INFINITY;
    for done in 0..params.max_iterations {
        let densities = Densities::new(&step)?;
        let sums = em::sums_of_shares(matrix, &densities, &step.means, params.covariance, watch)?;
        let now = sums.log_likelihood / matrix.n_rows() as f64;
        step = maximise(&sums, &step.means, params);
        if (now - before).abs() <= params.tolerance {
            return Ok(Climb { step, log_likelihood: now, iterations: done + 1, converged: true });
        }
        before = now;
    }
    Ok(Climb { step, log_likelihood: before, iterations: params.max_iterations, converged: false })
}

fn finish(matrix: &Matrix, climb: Climb, watch: &mut Watch<'_>) -> Result<GmmFit> {
    let (n_rows, width) = (matrix.n_rows(), matrix.n_columns());
    let step = climb.step.sorted();
    let densities = Densities::new(&step)?;
    let mut labels = Vec::with_capacity(n_rows);
    let log_likelihood = densities.for_each_block(matrix, Some(watch), |shares, n_lanes| {
        labels.extend((0..n_lanes).map(|lane| densities.largest(shares, lane)));
    })? / n_rows as f64;
    let k = step.weights.len();
    let n_free = (step.covariances.n_free(k, width) + k * width + k - 1) as f64;
    let deviance = -2.0 * log_likelihood * n_rows as f64;
    let model = GmmModel {
        columns: matrix.names().to_vec(),
        weights: step.weights,
        means: step.means,
        covariances: step.covariances,
        log_likelihood,
        bic: deviance + n_free * libm::log(n_rows as f64),
        aic: deviance + 2.0 * n_free,
        iterations: climb.iterations,
        converged: climb.converged,
        n_rows,
    };
    Ok(GmmFit { model, labels })
}

impl Covariances {
    /// The numbers that may vary.
    fn n_free(&self, k: usize, width: usize) -> usize {
        match self {
            Self::Full(_) => k * width * (width + 1) / 2,
            Self::Diagonal(_) => k * width,
            Self::Tied(_) => width * (width + 1) / 2,
            Self::Spherical(_) => k,
        }
    }
}

impl GmmModel {
    /// The component with the largest share in each row of `matrix`, a tie going to the lower one.
    ///
    /// # Errors
    /// [`Error::ColumnsDiffer`] or [`Error::UnknownColumn`] unless the columns are those fitted on; [`Error::OutOfScale`];
    /// [`Error::Parameter`] when the model's covariances are none.
    pub fn predict(&self, matrix: &Matrix) -> Result<Vec<u32>> {
        let densities = self.densities_for(matrix)?;
        let mut labels = Vec::with_capacity(matrix.n_rows());
        densities.for_each_block(matrix, None, |shares, n_lanes| {
            labels.extend((0..n_lanes).map(|lane| densities.largest(shares, lane)));
        })?;
        Ok(labels)
    }

    /// Each component's share in each row (its responsibility), shape `(n_rows, k)`, row by row; a row's shares sum to 1.
    ///
    /// # Errors
    /// As [`Self::predict`].
    pub fn responsibilities(&self, matrix: &Matrix) -> Result<Vec<f64>> {
        let densities = self.densities_for(matrix)?;
        let k = self.weights.len();
        let mut all = Vec::with_capacity(matrix.n_rows() * k);
        densities.for_each_block(matrix, None, |shares, n_lanes| {
            for lane in 0..n_lanes {
                all.extend((0..k).map(|component| shares[component * density::LANES + lane]));
            }
        })?;
        Ok(all)
    }

    /// The mean log-likelihood of a row of `matrix`: how well the mixture fits rows it has not seen.
    ///
    /// # Errors
    /// As [`Self::predict`].
    pub fn score(&self, matrix: &Matrix) -> Result<f64> {
        let densities = self.densities_for(matrix)?;
        Ok(densities.for_each_block(matrix, None, |_, _| ())? / matrix.n_rows() as f64)
    }

    fn densities_for(&self, matrix: &Matrix) -> Result<Densities> {
        check_columns(self.columns.iter().map(String::as_str), matrix)?;
        matrix.check_scale()?;
        let step = Step {
            weights: self.weights.clone(),
            means: self.means.clone(),
            covariances: self.covariances.clone(),
        };
        if !step.has_width(self.columns.len()) {
            return Err(Error::ColumnsDiffer { expected: self.columns.len(), found: matrix.n_columns() });
        }
        Densities::new(&step)
    }
}

#[cfg(test)]
mod tests;
