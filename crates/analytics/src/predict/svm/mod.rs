//! Support vector machines: the widest street between classes, or the narrowest tube around numbers.
//!
//! The linear kernel is solved by an interior-point method (`interior`) up to 500 columns, everything else by sequential
//! minimal optimization (`smo`); both have the objective of other programs' C-SVC and ε-SVR with the same kernel, so the
//! decision values are theirs. Kernel rows are made when needed and kept in a cache of a stated size: the whole matrix of a
//! library such as linfa-svm takes 8 bytes × rows², 8.7 GB for 33,000 rows, before the first step.
//!
//! More than two classes are one machine for each two (one against one). Probabilities come from a sigmoid over decision
//! values of rows that the machine did not see, by an inner cross-validation (Platt 2000; Lin, Lin and Weng 2007); of two
//! classes the order of the probabilities is that of the decision values.
//!
//! **A model with the rbf kernel holds rows of the data**: its support vectors. See [`Svm::holds_rows`].

mod cache;
mod couple;
mod interior;
mod kernel;
mod machine;
mod params;
mod smo;
#[cfg(test)]
mod tests;
mod train;

use serde::{Deserialize, Serialize};

use self::kernel::{Columns, Kernel, Points};
pub use self::params::{METHOD, SvmKernel, SvmParams};
pub use self::train::fit;
use super::Prediction;
use super::calibration::Sigmoid;
use super::supervised::check_columns;
use crate::{Error, Matrix, Result};

/// The stage that progress reports name.
const STAGE: &str = "svm";

/// The most classes: each two have a machine.
pub const MOST_CLASSES: usize = 100;

/// The pairs of classes, in the order of their machines.
fn pairs(n_classes: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n_classes).flat_map(move |first| (first + 1..n_classes).map(move |second| (first, second)))
}

/// A fitted support vector machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Svm {
    /// The columns, in order.
    pub columns: Vec<String>,
    /// The rows fitted.
    pub n_rows: usize,
    /// The number of classes; 0 for numbers.
    pub n_classes: usize,
    /// The rbf kernel's gamma; `None` for the linear kernel.
    pub gamma: Option<f64>,
    /// What is taken from every row before kernels.
    pub origin: Vec<f64>,
    /// The rows on which some machine rests, row by row; empty for the linear kernel.
    pub support_vectors: Vec<f64>,
    /// The machine of numbers, or one for each two classes: 0 and 1, 0 and 2, …, 1 and 2, ….
    pub machines: Vec<Machine>,
}

/// One function of rows. Of two classes it is above 0 on the side of the second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// What rows are compared with.
    pub surface: Surface,
    /// The constant term.
    pub bias: f64,
    /// From the decision value to the probability of the second class; `None` for numbers.
    pub probability: Option<Sigmoid>,
}

/// The part of a machine that depends on the row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    /// A weight a column, in target units per unit of the column.
    Plane(Vec<f64>),
    /// Support vectors, by position, and their coefficients.
    Supported {
        /// Positions among [`Svm::support_vectors`], ascending.
        rows: Vec<u32>,
        /// How much each counts.
        coefficients: Vec<f64>,
    },
}

impl Svm {
    /// Whether rows of the data are part of the model: those who may not see the data may not see it either.
    #[must_use]
    pub fn holds_rows(&self) -> bool {
        !self.support_vectors.is_empty()
    }

    /// Every machine's decision values, row by row, `machines.len()` a row; for numbers the predictions.
    ///
    /// # Errors
    /// [`Error::ColumnsDiffer`] or [`Error::UnknownColumn`] when the columns are not those of the fit;
    /// [`Error::OutOfScale`] when a value leaves the range of numbers.
    pub fn decide(&self, matrix: &Matrix) -> Result<Vec<f64>> {
        check_columns(self.columns.iter().map(String::as_str), matrix)?;
        let (n_rows, n_machines) = (matrix.n_rows(), self.machines.len());
        let mut values = vec![0.0; n_rows * n_machines];
        for (at, machine) in self.machines.iter().enumerate() {
            let of_machine = self.machine_values(machine, matrix);
            values
                .iter_mut()
                .skip(at)
                .step_by(n_machines)
                .zip(of_machine)
                .for_each(|(to, value)| *to = value);
        }
        match values.iter().all(|value| value.is_finite()) {
            true => Ok(values),
            false => Err(Error::OutOfScale { column: self.columns[0].clone() }),
        }
    }

    fn machine_values(&self, machine: &Machine, matrix: &Matrix) -> Vec<f64> {
        let rows: Vec<u32> = (0..matrix.n_rows() as u32).collect();
        match &machine.surface {
            Surface::Plane(weights) => {
                let value =
                    |&row: &u32| machine::plane_value(matrix.row(row as usize), weights, machine.bias);
                rows.iter().map(value).collect()
            }
            Surface::Supported { rows: support, coefficients } => {
                let width = self.columns.len();
                let row =
                    |&at: &u32| self.support_vectors[at as usize * width..(at as usize + 1) * width].iter();
                let values: Vec<f64> = support.iter().flat_map(row).copied().collect();
                let mut sums = vec![machine.bias; rows.len()];
                // Without support vectors the machine is its constant term.
                if let Ok(held) = Matrix::new(self.columns.clone(), values) {
                    let all: Vec<u32> = (0..held.n_rows() as u32).collect();
                    let columns = Columns::new(&held, &all, &self.origin);
                    let points = Points { matrix, rows: &rows, origin: &self.origin };
                    self.kernel().weighted_sums(&columns, coefficients, &points, &mut sums);
                }
                sums
            }
        }
    }

    fn kernel(&self) -> Kernel {
        self.gamma.map_or(Kernel::Linear, |gamma| Kernel::Rbf { gamma })
    }

    /// The predicted numbers, or the classes' probabilities.
    ///
    /// # Errors
    /// As [`Self::decide`].
    pub fn predict(&self, matrix: &Matrix) -> Result<Prediction> {
        let values = self.decide(matrix)?;
        if self.n_classes == 0 {
            return Ok(Prediction::Numbers(values));
        }
        let mut probabilities = Vec::with_capacity(matrix.n_rows() * self.n_classes);
        for row in values.chunks_exact(self.machines.len()) {
            let pairs = row.iter().zip(&self.machines).map(|(value, machine)| {
                machine
                    .probability
                    .map_or_else(|| f64::from(u8::from(*value > 0.0)), |curve| curve.probability(*value))
            });
            probabilities.extend(couple::couple(self.n_classes, &pairs.collect::<Vec<f64>>()));
        }
        Ok(Prediction::Probabilities { n_classes: self.n_classes, values: probabilities })
    }
}
