//! A multilayer perceptron: layers of weighted sums, each bent, learned by small steps down the loss of small batches.
//!
//! Columns must be near standard (a `standardize` step before); the target of numbers is standardized inside. The same rows,
//! parameters and seed give the same network on every machine.

mod learn;
mod network;
mod params;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::learn::fit;
pub use self::network::Network;
pub use self::params::{Activation, METHOD, MlpParams};
use super::Prediction;
use super::supervised::check_columns;
use crate::distribution::logistic;
use crate::{Error, Matrix, Result};

/// The stage that progress reports name.
const STAGE: &str = "mlp";

/// The most classes.
pub const MOST_CLASSES: usize = 1000;

/// A fitted multilayer perceptron.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mlp {
    /// The columns, in order.
    pub columns: Vec<String>,
    /// The rows fitted.
    pub n_rows: usize,
    /// The number of classes; 0 for numbers.
    pub n_classes: usize,
    /// The layers.
    pub network: Network,
    /// For numbers: the target's mean and standard deviation, which take outputs back to its units.
    pub target: (f64, f64),
    /// The passes over the rows that were made.
    pub epochs: usize,
    /// The least mean loss of the rows held out to stop early; `None` without them.
    pub held_out_loss: Option<f64>,
}

impl Mlp {
    /// The predicted numbers, or the classes' probabilities.
    ///
    /// # Errors
    /// [`Error::ColumnsDiffer`] or [`Error::UnknownColumn`] when the columns are not those of the fit;
    /// [`Error::OutOfScale`] when an output leaves the range of numbers.
    pub fn predict(&self, matrix: &Matrix) -> Result<Prediction> {
        const BATCH: usize = 256;
        check_columns(self.columns.iter().map(String::as_str), matrix)?;
        let mut workspace = self.network.workspace(BATCH);
        let mut outputs: Vec<f64> = Vec::with_capacity(matrix.n_rows() * self.network.n_outputs());
        for rows in matrix.values().chunks(BATCH * self.columns.len()) {
            outputs.extend(self.network.forward(rows.chunks_exact(self.columns.len()), &mut workspace));
        }
        if !outputs.iter().all(|output| output.is_finite()) {
            return Err(Error::OutOfScale { column: self.columns[0].clone() });
        }
        Ok(match self.n_classes {
            0 => {
                let (mean, deviation) = self.target;
                Prediction::Numbers(outputs.iter().map(|output| mean + deviation * output).collect())
            }
            2 => Prediction::two_classes(&outputs.iter().map(|&odds| logistic(odds)).collect::<Vec<_>>()),
            n_classes => {
                outputs.chunks_exact_mut(n_classes).for_each(super::naive_bayes::divide);
                Prediction::Probabilities { n_classes, values: outputs }
            }
        })
    }
}
