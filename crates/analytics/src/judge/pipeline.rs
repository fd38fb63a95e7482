//! Preparing steps and a model as one: fitted together, applied together, saved together.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::calibrated::calibrator;
use super::{Calibrate, ClassWeight, Dependent, Target, TargetValues};
use crate::predict::calibration::Calibrator;
use crate::predict::linear::independent_columns_among;
use crate::predict::{Model, ModelParams, Prediction, TrainingSet};
use crate::prepare::{self, Fitted, PrepareStep};
use crate::progress::Watch;
use crate::shards::{Crew, at_once};
use crate::{Error, Matrix, Result, Table};

/// What a pipeline is fitted with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PipelineParams {
    /// The columns to learn from, at least one.
    pub columns: Vec<String>,
    /// The preparing steps.
    pub prepare: Vec<PrepareStep>,
    /// What to do with dependent columns.
    pub dependent: Dependent,
    /// The model.
    pub model: ModelParams,
    /// How much the rows of each class count while fitting.
    #[serde(default)]
    pub class_weight: ClassWeight,
    /// How the probabilities are calibrated.
    #[serde(default)]
    pub calibrate: Calibrate,
    /// The seed of the model's draws.
    #[serde(default)]
    pub seed: u64,
}

/// Fitted steps and a fitted model: data alone, ready to be saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pipeline {
    /// The fitted steps.
    pub prepare: Fitted,
    /// The prepared columns the model uses, in its order.
    pub columns: Vec<String>,
    /// The prepared columns left out because others give them exactly.
    pub dropped: Vec<String>,
    /// The classes it was fitted on, in the order of its probabilities; empty for numbers.
    #[serde(default)]
    pub labels: Vec<String>,
    /// The fitted model.
    pub model: Model,
    /// What the model's probabilities go through, when they are calibrated.
    #[serde(default)]
    pub calibrator: Option<Calibrator>,
}

impl Pipeline {
    /// Fits the steps and then the model on the rows of `table` that `target` names, and on no others.
    ///
    /// # Errors
    /// Those of the steps ([`prepare::fit_with_target`]) and of the model ([`ModelParams::fit`]); under calibration
    /// [`Error::Parameter`] for a target of numbers and [`Error::TooFewRows`] for a class of one row.
    pub fn fit(
        table: &Table,
        target: &Target,
        params: &PipelineParams,
        watch: &mut Watch<'_>,
    ) -> Result<Self> {
        at_once(Self::fit_among(table, target, params, &Crew::alone(), watch))
    }

    /// As [`Self::fit`], rows shared with `crew` where a step or the model can.
    ///
    /// # Errors
    /// As [`Self::fit`].
    pub async fn fit_among(
        table: &Table,
        target: &Target,
        params: &PipelineParams,
        crew: &Crew,
        watch: &mut Watch<'_>,
    ) -> Result<Self> {
        let calibrator = calibrator(table, target, params, watch)?;
        let rows = table.select(&params.columns)?.take(&target.rows);
        let (prepare, matrix) =
            prepare::fit_among(&params.prepare, &rows, Some(target.outcome()), params.seed, crew, watch)
                .await?;
        let Prepared { columns, dropped, model } =
            fit_prepared_among(&matrix, target, params, crew, watch).await?;
        Ok(Self { prepare, columns, dropped, labels: target.labels().to_vec(), model, calibrator })
    }

    /// What the model says of all rows of `table`.
    ///
    /// # Errors
    /// As [`Fitted::apply`] and [`Model::predict`].
    pub fn predict(&self, table: &Table) -> Result<Prediction> {
        let predicted = self.model.predict(&self.prepared(table)?)?;
        match &self.calibrator {
            Some(calibrator) => calibrator.apply(&predicted),
            None => Ok(predicted),
        }
    }

    /// The columns the model sees of `table`'s rows, in its order.
    ///
    /// # Errors
    /// As [`Fitted::apply`].
    pub fn prepared(&self, table: &Table) -> Result<Matrix> {
        let all = self.prepare.apply(table)?;
        if let Cow::Owned(chosen) = select(&all, &self.columns)? {
            return Ok(chosen);
        }
        Ok(all)
    }
}

/// A model of prepared rows and the columns it was left.
pub(super) struct Prepared {
    columns: Vec<String>,
    dropped: Vec<String>,
    pub(super) model: Model,
}

impl Prepared {
    /// The model's columns of other prepared rows.
    pub(super) fn columns_of<'a>(&self, matrix: &'a Matrix) -> Result<Cow<'a, Matrix>> {
        select(matrix, &self.columns)
    }
}

/// Fits the model on prepared rows.
pub(super) fn fit_prepared(
    matrix: &Matrix,
    target: &Target,
    params: &PipelineParams,
    watch: &mut Watch<'_>,
) -> Result<Prepared> {
    at_once(fit_prepared_among(matrix, target, params, &Crew::alone(), watch))
}

async fn fit_prepared_among(
    matrix: &Matrix,
    target: &Target,
    params: &PipelineParams,
    crew: &Crew,
    watch: &mut Watch<'_>,
) -> Result<Prepared> {
    let (columns, dropped) = match params.dependent {
        Dependent::Drop if params.model.needs_independent_columns() => {
            let independent = independent_columns_among(matrix, crew, watch).await?;
            (independent.kept, independent.dropped)
        }
        Dependent::Drop | Dependent::Refuse => (matrix.names().to_vec(), Vec::new()),
    };
    let matrix = select(matrix, &columns)?;
    let weights = class_weights(target, params.class_weight);
    let set = TrainingSet::new(&matrix, target.outcome())?;
    let set = match &weights {
        Some(weights) => set.with_weights(weights)?,
        None => set,
    };
    let model = params.model.fit_among(&set, params.seed, crew, watch).await?;
    Ok(Prepared { columns, dropped, model })
}

/// The weight of each row, when they differ.
fn class_weights(target: &Target, how: ClassWeight) -> Option<Vec<f64>> {
    let TargetValues::Classes { codes, labels } = &target.values else { return None };
    if how == ClassWeight::None {
        return None;
    }
    let mut counts = vec![0.0; labels.len()];
    codes.iter().for_each(|&code| counts[code as usize] += 1.0);
    let n_rows = codes.len() as f64;
    Some(codes.iter().map(|&code| n_rows / (labels.len() as f64 * counts[code as usize])).collect())
}

/// The columns `names` of `matrix`, in that order.
fn select<'a>(matrix: &'a Matrix, names: &[String]) -> Result<Cow<'a, Matrix>> {
    if matrix.names() == names {
        return Ok(Cow::Borrowed(matrix));
    }
    let position = |name: &String| {
        let found = matrix.names().iter().position(|column| column == name);
        found.ok_or_else(|| Error::UnknownColumn { column: name.clone() })
    };
    let positions = names.iter().map(position).collect::<Result<Vec<usize>>>()?;
    let rows = matrix.values().chunks_exact(matrix.n_columns());
    let values = rows.flat_map(|row| positions.iter().map(|&column| row[column])).collect();
    Matrix::new(names.to_vec(), values).map(Cow::Owned)
}
