//! Exact contributions of each column to a linear model's answer: what SHAP values are when columns are taken as independent.
//!
//! Štrumbelj, E., Kononenko, I. (2014). Explaining prediction models and individual predictions with feature contributions.
//! Knowl. Inf. Syst. 41, 647–665; Lundberg, S. M., Lee, S.-I. (2017). A unified approach to interpreting model predictions.
//! Advances in Neural Information Processing Systems 30.

use serde::{Deserialize, Serialize};

use super::Model;
use super::supervised::check_columns;
use crate::{Error, Matrix, Result};

/// The scale on which contributions add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// The target's own units.
    Target,
    /// The logarithm of the target's mean.
    Log,
    /// The log-odds of the positive class.
    LogOdds,
    /// The logarithm of each class's probability, but for what all classes of a row have in common.
    ClassScores,
}

/// How far each column moves each row's answer from the answer at the training means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinearContributions {
    /// What the numbers add up to.
    pub scale: Scale,
    /// The answer at the training means, one a class where there are [`Scale::ClassScores`], else one.
    pub base: Vec<f64>,
    /// The contributions, of shape `(n_rows, base.len(), n_columns)`, row-major: a row's answer is `base` plus their sum.
    pub values: Vec<f64>,
}

/// A linear predictor: what every model of the family comes down to.
pub(crate) struct Predictor<'a> {
    pub(crate) scale: Scale,
    pub(crate) names: Vec<&'a str>,
    pub(crate) means: &'a [f64],
    /// The column that enters as its logarithm, whose mean is that of its logarithms.
    pub(crate) logged: Option<usize>,
    /// The constant of each output.
    pub(crate) intercepts: Vec<f64>,
    /// The coefficients, of shape `(n_outputs, n_columns)`, row-major.
    pub(crate) coefficients: Vec<f64>,
}

/// The contributions `coefficient × (value − training mean)` of every column to the rows of `matrix`; `None` for a model that is
/// not linear. They add up exactly, up to rounding: `base + Σ contributions` is the linear predictor.
///
/// # Errors
/// [`Error::ColumnsDiffer`] or [`Error::UnknownColumn`] when the columns are not those of the fit; [`Error::ColumnsDiffer`] too for
/// a model kept before means were; [`Error::OutOfScale`] when a contribution leaves the range of numbers.
pub fn linear_contributions(model: &Model, matrix: &Matrix) -> Result<Option<LinearContributions>> {
    model.linear_predictor().map(|predictor| contributions(&predictor, matrix)).transpose()
}

fn contributions(predictor: &Predictor<'_>, matrix: &Matrix) -> Result<LinearContributions> {
    check_columns(predictor.names.iter().copied(), matrix)?;
    let n_columns = matrix.n_columns();
    if predictor.means.len() != n_columns {
        return Err(Error::ColumnsDiffer { expected: predictor.means.len(), found: n_columns });
    }
    let outputs = || predictor.coefficients.chunks_exact(n_columns);
    let at_means = |(intercept, slopes): (&f64, &[f64])| {
        slopes.iter().zip(predictor.means).fold(*intercept, |sum, (slope, mean)| sum + slope * mean)
    };
    let base: Vec<f64> = predictor.intercepts.iter().zip(outputs()).map(at_means).collect();
    let mut values = Vec::with_capacity(matrix.n_rows() * predictor.coefficients.len());
    for row in matrix.values().chunks_exact(n_columns) {
        for slopes in outputs() {
            let moved = row.iter().zip(predictor.means).zip(slopes).enumerate();
            values.extend(moved.map(|(column, ((value, mean), slope))| match predictor.logged {
                Some(logged) if logged == column => slope * (libm::log(*value) - mean),
                _ => slope * (value - mean),
            }));
        }
    }
    let cells = predictor.coefficients.len();
    match values.iter().position(|value| !value.is_finite()) {
        Some(at) => Err(Error::OutOfScale { column: matrix.names()[at % cells % n_columns].clone() }),
        None => Ok(LinearContributions { scale: predictor.scale, base, values }),
    }
}
