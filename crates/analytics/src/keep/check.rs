//! What must hold of a model that came from outside, so that using it can neither panic nor loop.
//!
//! Most of it is proved elsewhere: trees and other nested forms are checked while they are read, and every `predict` refuses
//! columns that are not its own. Here is what is left: that the parts agree with one another.

use crate::group::GroupModel;
use crate::judge::Pipeline;
use crate::predict::average::FittedMember;
use crate::predict::calibration::{Calibrator, Curve};
use crate::predict::svm::{MOST_CLASSES, Machine, Surface, Svm};
use crate::predict::{Model, Prediction};
use crate::prepare::{Fitted, FittedStep};
use crate::{Error, Matrix, Result};

fn broken<T>(part: &'static str) -> Result<T> {
    Err(Error::ModelBroken { part })
}

impl Pipeline {
    /// Proves that steps, model and calibration fit together, so that predicting cannot panic.
    ///
    /// # Errors
    /// [`Error::ModelBroken`] names the part.
    pub fn check(&self) -> Result<()> {
        self.prepare.check()?;
        if self.columns.is_empty() || !self.columns.iter().all(|name| self.prepare.outputs.contains(name)) {
            return broken("pipeline.columns");
        }
        self.model.check(&self.columns, self.labels.len())?;
        match &self.calibrator {
            Some(calibrator) => check_calibrator(calibrator, self.labels.len()),
            None => Ok(()),
        }
    }
}

fn check_calibrator(calibrator: &Calibrator, n_classes: usize) -> Result<()> {
    let is_sound = |curve: &Curve| match curve {
        Curve::Sigmoid { .. } => true,
        Curve::Isotonic(curve) => !curve.scores.is_empty() && curve.scores.len() == curve.values.len(),
    };
    let n_curves = if n_classes == 2 { 1 } else { n_classes };
    let fits = calibrator.n_classes == n_classes && calibrator.curves.len() == n_curves && n_classes >= 2;
    if fits && calibrator.curves.iter().all(is_sound) { Ok(()) } else { broken("pipeline.calibrator") }
}

impl Model {
    /// Proves that the model predicts rows of `columns` without a panic: a number when `n_classes` is 0, else that many
    /// probabilities.
    ///
    /// # Errors
    /// [`Error::ModelBroken`] names the part.
    pub fn check(&self, columns: &[String], n_classes: usize) -> Result<()> {
        self.check_parts(columns, n_classes)?;
        // What numbers a hostile model says is not known here; that they come in the right form is.
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

    /// The lengths and positions that predicting relies on. A method without an arm here is refused.
    #[allow(unreachable_patterns, reason = "a method added without its check is refused, not trusted")]
    fn check_parts(&self, columns: &[String], n_classes: usize) -> Result<()> {
        match self {
            // Their columns are compared and their terms paired one by one when they predict.
            Self::Ols(_) | Self::Ridge(_) | Self::Lasso(_) | Self::ElasticNet(_) | Self::Logistic(_) => {
                Ok(())
            }
            // Checked node by node while they are read.
            Self::Tree(_) | Self::Forest(_) | Self::Boosting(_) => Ok(()),
            Self::Svm(model) => check_svm(model, columns, n_classes),
            Self::Average(average) => {
                let is_single = |member: &FittedMember| !matches!(member.model, Self::Average(_));
                if average.members.is_empty() || !average.members.iter().all(is_single) {
                    return broken("model.members");
                }
                average.members.iter().try_for_each(|member| member.model.check(columns, n_classes))
            }
            _ => broken("model"),
        }
    }
}

fn check_svm(model: &Svm, columns: &[String], n_classes: usize) -> Result<()> {
    let width = columns.len();
    let n_machines = match n_classes {
        0 => 1,
        2..=MOST_CLASSES => n_classes * (n_classes - 1) / 2,
        _ => return broken("model.n_classes"),
    };
    let fits = model.n_classes == n_classes && model.machines.len() == n_machines && model.columns == columns;
    if !fits || !(model.origin.is_empty() || model.origin.len() == width) {
        return broken("model");
    }
    let n_support = model.support_vectors.len() / width;
    if n_support * width != model.support_vectors.len() {
        return broken("model.support_vectors");
    }
    let is_sound = |machine: &Machine| match &machine.surface {
        Surface::Plane(weights) => weights.len() == width,
        Surface::Supported { rows, coefficients } => {
            let is_there = rows.iter().all(|&row| (row as usize) < n_support);
            is_there && rows.len() == coefficients.len() && model.origin.len() == width
        }
    };
    if model.machines.iter().all(is_sound) { Ok(()) } else { broken("model.machines") }
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
