//! What must hold of a model that came from outside, so that using it can neither panic nor loop.
//!
//! Most of it is proved elsewhere: trees and other nested forms are checked while they are read, and every `predict` refuses
//! columns that are not its own. Here is what is left: that the parts agree with one another.

use crate::group::GroupModel;
use crate::judge::Pipeline;
use crate::predict::{Model, Prediction};
use crate::prepare::{Fitted, FittedStep};
use crate::{Error, Matrix, Result};

fn broken<T>(part: &'static str) -> Result<T> {
    Err(Error::ModelBroken { part })
}

impl Pipeline {
    /// Proves that steps and model fit together, so that predicting cannot panic.
    ///
    /// # Errors
    /// [`Error::ModelBroken`] names the part.
    pub fn check(&self) -> Result<()> {
        self.prepare.check()?;
        if self.columns.is_empty() || !self.columns.iter().all(|name| self.prepare.outputs.contains(name)) {
            return broken("pipeline.columns");
        }
        self.model.check(&self.columns, self.labels.len())
    }
}

impl Model {
    /// Proves that the model predicts rows of `columns`: a number when `n_classes` is 0, else that many probabilities.
    ///
    /// # Errors
    /// [`Error::ModelBroken`] names the part.
    pub fn check(&self, columns: &[String], n_classes: usize) -> Result<()> {
        // Scales that a hostile model may overflow on end in a typed error; any answer has the right form.
        for value in [0.0, 1.0, -1e6] {
            let row = Matrix::new(columns.to_vec(), vec![value; columns.len()]);
            let Ok(row) = row else { return broken("pipeline.columns") };
            match self.predict(&row) {
                Ok(Prediction::Numbers(numbers)) if n_classes == 0 && numbers.len() == 1 => {}
                Ok(Prediction::Probabilities { n_classes: said, values })
                    if said == n_classes && said >= 2 && values.len() == said => {}
                Ok(_) | Err(Error::ColumnsDiffer { .. } | Error::UnknownColumn { .. }) => {
                    return broken("model");
                }
                Err(_) => {}
            }
        }
        match self.linear_predictor() {
            Some(predictor) if predictor.means.len() != columns.len() => broken("model.means"),
            _ => Ok(()),
        }
    }
}

impl Fitted {
    /// Proves that applying the steps cannot panic.
    ///
    /// # Errors
    /// [`Error::ModelBroken`] names the part.
    pub fn check(&self) -> Result<()> {
        if self.inputs.is_empty() || self.outputs.is_empty() {
            return broken("prepare");
        }
        self.steps.iter().try_for_each(FittedStep::check)
    }
}

impl FittedStep {
    /// Values are only clamped between ends in their order.
    fn check(&self) -> Result<()> {
        let is_sound = match self {
            Self::Winsorize(step) => {
                step.columns.iter().filter_map(|column| column.fences).all(|(low, high)| low <= high)
            }
            Self::MinMax(step) => step.low <= step.high,
            _ => true,
        };
        if is_sound { Ok(()) } else { broken("prepare.steps") }
    }
}

impl GroupModel {
    /// Proves that the groups are found among rows of `columns`.
    ///
    /// # Errors
    /// [`Error::ModelBroken`].
    pub fn check(&self, columns: &[String]) -> Result<()> {
        let row = Matrix::new(columns.to_vec(), vec![0.0; columns.len()]);
        match row.and_then(|row| self.predict(&row)) {
            Ok(labels) if labels.len() == 1 => Ok(()),
            _ => broken("model"),
        }
    }
}
