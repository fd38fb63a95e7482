//! Preparing steps and a model as one: fitted together, applied together, saved together.

use serde::{Deserialize, Serialize};

use super::{Dependent, Model, ModelParams, Target};
use crate::linear::independent_columns;
use crate::prepare::{self, Fitted, PrepareStep};
use crate::progress::Watch;
use crate::{Error, Matrix, Result, Table, linear, logistic};

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
    /// The fitted model.
    pub model: Model,
}

impl Pipeline {
    /// Fits the steps and then the model on the rows of `table` that `target` names, and on no others.
    ///
    /// # Errors
    /// Those of the steps ([`prepare::fit`]) and of the model ([`linear::fit`], [`logistic::fit`]).
    pub fn fit(
        table: &Table,
        target: &Target,
        params: &PipelineParams,
        watch: &mut Watch<'_>,
    ) -> Result<Self> {
        let rows = table.select(&params.columns)?.take(&target.rows);
        let prepare = prepare::fit(&params.prepare, &rows, watch)?;
        let matrix = prepare.apply(&rows)?;
        let (columns, dropped) = match params.dependent {
            Dependent::Refuse => (matrix.names().to_vec(), Vec::new()),
            Dependent::Drop => {
                let independent = independent_columns(&matrix, watch)?;
                (independent.kept, independent.dropped)
            }
        };
        let matrix = select(matrix, &columns)?;
        let model = match &params.model {
            ModelParams::Ols(params) => Model::Ols(linear::fit(&matrix, &target.values, params, watch)?),
            ModelParams::Logistic(params) => {
                Model::Logistic(logistic::fit(&matrix, &target.labels(), params, watch)?)
            }
        };
        Ok(Self { prepare, columns, dropped, model })
    }

    /// The predictions for all rows of `table`: numbers in target units, or probabilities of the positive class.
    ///
    /// # Errors
    /// As [`Fitted::apply`] and the model's prediction.
    pub fn predict(&self, table: &Table) -> Result<Vec<f64>> {
        let matrix = select(self.prepare.apply(table)?, &self.columns)?;
        match &self.model {
            Model::Ols(model) => model.predict(&matrix),
            Model::Logistic(model) => model.predict_probability(&matrix),
        }
    }
}

/// The columns `names` of `matrix`, in that order.
fn select(matrix: Matrix, names: &[String]) -> Result<Matrix> {
    if matrix.names() == names {
        return Ok(matrix);
    }
    let position = |name: &String| {
        let found = matrix.names().iter().position(|column| column == name);
        found.ok_or_else(|| Error::UnknownColumn { column: name.clone() })
    };
    let positions = names.iter().map(position).collect::<Result<Vec<usize>>>()?;
    let rows = matrix.values().chunks_exact(matrix.n_columns());
    let values = rows.flat_map(|row| positions.iter().map(|&column| row[column])).collect();
    Matrix::new(names.to_vec(), values)
}
