//! Least squares with a penalty on the coefficients: ridge, lasso and what lies between.
//!
//! The penalty weighs columns in their own units: standardize them first.

mod descent;
pub mod elastic_net;
mod gram;
pub mod ridge;

pub(crate) use self::descent::{Quadratic, State};
use serde::{Deserialize, Serialize};

use super::contributions::{Predictor, Scale};
use super::supervised::{TARGET, check_columns};
use super::weighted::{Rows, all_finite};
use crate::{Error, Matrix, Result};

/// A column's coefficient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slope {
    /// The column.
    pub name: String,
    /// The change of the target for one unit of the column, all others held. Penalized, so nearer zero than least squares has it.
    pub estimate: f64,
}

/// The slopes of `matrix`'s columns.
fn slopes(matrix: &Matrix, estimates: &[f64]) -> Result<Vec<Slope>> {
    let slope = |(name, &estimate): (&String, &f64)| match estimate.is_finite() {
        true => Ok(Slope { name: name.clone(), estimate }),
        false => Err(Error::OutOfScale { column: name.clone() }),
    };
    matrix.names().iter().zip(estimates).map(slope).collect()
}

/// Refuses values whose squares leave the range of numbers, in the columns or the target.
fn check_scale(rows: &Rows<'_>) -> Result<()> {
    rows.matrix.check_scale()?;
    let largest = rows.target.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    match largest > 1e140 || (largest > 0.0 && largest < 1e-140) {
        true => Err(Error::OutOfScale { column: TARGET.to_owned() }),
        false => Ok(()),
    }
}

fn predict(slopes: &[Slope], intercept: Option<f64>, matrix: &Matrix) -> Result<Vec<f64>> {
    check_columns(slopes.iter().map(|slope| slope.name.as_str()), matrix)?;
    let base = intercept.unwrap_or(0.0);
    let predict =
        |row: &[f64]| slopes.iter().zip(row).fold(base, |sum, (slope, value)| sum + slope.estimate * value);
    all_finite(matrix.values().chunks_exact(slopes.len()).map(predict).collect())
}

fn linear_predictor<'a>(slopes: &'a [Slope], intercept: Option<f64>, means: &'a [f64]) -> Predictor<'a> {
    Predictor {
        scale: Scale::Target,
        names: slopes.iter().map(|slope| slope.name.as_str()).collect(),
        means,
        logged: None,
        intercepts: vec![intercept.unwrap_or(0.0)],
        coefficients: slopes.iter().map(|slope| slope.estimate).collect(),
    }
}

#[cfg(test)]
mod tests;
