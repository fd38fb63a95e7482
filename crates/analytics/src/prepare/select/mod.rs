//! Fewer columns: each step scores columns on the training rows, keeps some and says why.
//!
//! As steps they are fitted inside every fold, so that no held-out row has a say in which columns judge it.

pub mod chi2;
pub mod correlation;
mod information;
pub mod l1;
pub mod mutual_information;
pub mod permutation;
pub mod recursive;
pub mod variance;

use serde::{Deserialize, Serialize};

use crate::predict::linear::OlsParams;
use crate::predict::logistic::LogisticParams;
use crate::predict::{ModelParams, Outcome};
use crate::registry::{Kind, Parameter};
use crate::{Column, ColumnData, Error, Result, Table};

/// What a selecting step found and kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedSelect {
    /// One entry a column looked at, in the table's order; other columns stay.
    pub columns: Vec<ScoredColumn>,
    /// The training rows the scores come from.
    pub n_rows: usize,
}

/// The score of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoredColumn {
    /// The column.
    pub column: String,
    /// The step's own measure, larger for a column it would rather keep; for correlations the other way round.
    pub score: f64,
    /// How probable so large a score is for a column without any relation, where the step knows.
    #[serde(default)]
    pub p_value: Option<f64>,
    /// The column that says the same, for one left out because of it.
    #[serde(default)]
    pub same_as: Option<String>,
    /// In which round the column was left out, from 1, where columns go one after the other.
    #[serde(default)]
    pub left_out_in_round: Option<usize>,
    /// Whether the column stays.
    pub kept: bool,
}

impl ScoredColumn {
    fn new(column: &str, score: f64, kept: bool) -> Self {
        Self { column: column.to_owned(), score, p_value: None, same_as: None, left_out_in_round: None, kept }
    }
}

impl FittedSelect {
    pub(super) fn apply(&self, table: Table) -> Result<Table> {
        let left_out = |name: &str| self.columns.iter().any(|scored| scored.column == name && !scored.kept);
        table.filter(|column| !left_out(&column.name))
    }
}

/// The parameter of steps that keep a number of columns.
const K: Parameter = Parameter {
    name: "k",
    kind: Kind::Integer { min: 1, max: 100_000 },
    default: "10",
    doc: "How many columns stay; all of them when there are fewer.",
};

/// The parameter of steps that ask a model.
const MODEL: Parameter = Parameter {
    name: "model",
    kind: Kind::Text,
    default: "null",
    doc: "The model, written as an object of its method and parameters; null takes ols for numbers and logistic with l2 = 1 for classes.",
};

fn check_k(k: usize) -> Result<()> {
    match (1..=100_000).contains(&k) {
        true => Ok(()),
        false => Err(Error::Parameter { name: "k", range: "a whole number from 1 to 100,000" }),
    }
}

/// Marks the `k` columns of the highest scores as kept; of equal scores the earlier column.
fn keep_best(columns: &mut [ScoredColumn], k: usize) {
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order
        .sort_by(|&left, &right| columns[right].score.total_cmp(&columns[left].score).then(left.cmp(&right)));
    for (place, column) in order.into_iter().enumerate() {
        columns[column].kept = place < k;
    }
}

/// The model asked for, or the plain one for such a target. Columns should be of one size, by `standardize`, for its penalty.
fn model_or_default(model: Option<&ModelParams>, outcome: Outcome<'_>) -> ModelParams {
    match (model, outcome) {
        (Some(model), _) => model.clone(),
        (None, Outcome::Numbers(_)) => ModelParams::Ols(OlsParams::default()),
        (None, Outcome::Classes { .. }) => {
            ModelParams::Logistic(LogisticParams { l2: 1.0, ..LogisticParams::default() })
        }
    }
}

/// The values of a number column, none of which may be missing.
fn complete_numbers(column: &Column) -> Result<&[f64]> {
    let ColumnData::Number(values) = &column.data else {
        let found = column.data.type_name();
        return Err(Error::WrongType { column: column.name.clone(), expected: "number", found });
    };
    match values.iter().position(|value| value.is_nan()) {
        Some(row) => Err(Error::NotFinite { column: column.name.clone(), row }),
        None => Ok(values),
    }
}

#[cfg(test)]
mod tests;
