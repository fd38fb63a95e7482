//! What must hold of a model that came from outside, so that using it can neither panic nor loop.
//!
//! Most of it is proved elsewhere: trees and other nested forms are checked while they are read, and every `predict` refuses
//! columns that are not its own. Here is what is left: that the parts agree with one another.

use crate::group::GroupModel;
use crate::judge::Pipeline;
use crate::predict::average::FittedMember;
use crate::predict::calibration::{Calibrator, Curve};
use crate::predict::knn::{Knn, Taught};
use crate::predict::mlp::Mlp;
use crate::predict::naive_bayes::{NaiveBayes, Within};
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
            Self::NaiveBayes(model) => check_naive_bayes(model, columns, n_classes),
            Self::Knn(model) => check_knn(model, columns, n_classes),
            Self::Mlp(model) => check_mlp(model, columns, n_classes),
            Self::Glm(model) => {
                let held = [model.exposure, model.offset];
                let n_held = held.iter().flatten().count();
                let is_there = held.iter().flatten().all(|&column| column < columns.len());
                let fits = n_held <= 1 && model.coefficients.len() + n_held == columns.len();
                if is_there && fits && model.columns == columns { Ok(()) } else { broken("model") }
            }
            Self::Multinomial(model) => {
                check_classes(&model.intercepts, &model.coefficients, columns.len(), n_classes)
            }
            Self::Lda(model) => {
                check_classes(&model.intercepts, &model.coefficients, columns.len(), n_classes)
            }
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

/// One constant and one list of weights a class.
fn check_classes(intercepts: &[f64], weights: &[Vec<f64>], width: usize, n_classes: usize) -> Result<()> {
    let fits = n_classes >= 2 && intercepts.len() == n_classes && weights.len() == n_classes;
    if fits && weights.iter().all(|weights| weights.len() == width) { Ok(()) } else { broken("model") }
}

fn check_naive_bayes(model: &NaiveBayes, columns: &[String], n_classes: usize) -> Result<()> {
    let is_whole = |list: &Vec<f64>| list.len() == n_classes * columns.len();
    let lists = match &model.within {
        Within::Gaussian { means, variances } => vec![means, variances],
        Within::Multinomial { log_shares } => vec![log_shares],
        Within::Bernoulli { log_yes, log_no, .. } => vec![log_yes, log_no],
    };
    let fits = n_classes >= 2 && model.columns == columns && model.log_shares.len() == n_classes;
    if fits && lists.into_iter().all(is_whole) { Ok(()) } else { broken("model") }
}

fn check_knn(model: &Knn, columns: &[String], n_classes: usize) -> Result<()> {
    let rows = Matrix::new(model.rows.names().to_vec(), model.rows.values().to_vec());
    let Ok(rows) = rows else { return broken("model.rows") };
    let n_rows = rows.n_rows();
    let is_taught = match &model.taught {
        Taught::Numbers(numbers) => n_classes == 0 && numbers.len() == n_rows,
        Taught::Classes { codes, n_classes: said } => {
            let is_class = |&code: &u32| (code as usize) < n_classes;
            *said == n_classes && n_classes >= 2 && codes.len() == n_rows && codes.iter().all(is_class)
        }
    };
    let is_weighted = model.row_weights.as_ref().is_none_or(|weights| weights.len() == n_rows);
    let is_enough = model.params.check().is_ok() && model.params.k as usize <= n_rows;
    match rows.names() == columns && is_taught && is_weighted && is_enough {
        true => Ok(()),
        false => broken("model"),
    }
}

fn check_mlp(model: &Mlp, columns: &[String], n_classes: usize) -> Result<()> {
    let sizes = &model.network.sizes;
    let n_outputs = if n_classes > 2 { n_classes } else { 1 };
    let fits = model.columns == columns && model.n_classes == n_classes && n_classes != 1;
    let has_ends = sizes.len() >= 2 && sizes[0] == columns.len() && sizes[sizes.len() - 1] == n_outputs;
    let layers = sizes.windows(2).map(|pair| pair[0].checked_add(1)?.checked_mul(pair[1]));
    let n_parameters = layers.reduce(|sum, layer| sum?.checked_add(layer?)).flatten();
    let is_whole = n_parameters == Some(model.network.parameters.len()) && !sizes.contains(&0);
    if fits && has_ends && is_whole { Ok(()) } else { broken("model") }
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
