//! Columns leave one after the other, the one its model needs least first, until as many are left as asked for.

use serde::{Deserialize, Serialize};

use super::permutation::importances;
use super::{FittedSelect, K, MODEL, ScoredColumn, check_k, model_or_default};
use crate::predict::{Model, ModelParams, Outcome, TrainingSet};
use crate::prepare::Training;
use crate::profile::Moments;
use crate::progress::{Watch, report};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Matrix, Result, Table};

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "select_recursive",
    family: Family::Prepare,
    summary: "Fits a model, leaves out the columns it needs least, and repeats until k columns are left.",
    parameters: &[
        MODEL,
        K,
        Parameter {
            name: "step",
            kind: Kind::Integer { min: 1, max: 1000 },
            default: "1",
            doc: "How many columns leave in a round.",
        },
    ],
    formula: "least √Σ(b·sd)² over outputs for linear models, least permutation importance on the training rows for others; dependent columns leave first",
    source: "Guyon, Weston, Barnhill and Vapnik (2002), Gene selection for cancer classification, Machine Learning 46",
    cost: "one fit a round",
};

/// Which columns a model needs least.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SelectRecursiveParams {
    /// The model; `None` takes least squares or logistic regression.
    pub model: Option<ModelParams>,
    /// How many columns stay, `1..=100_000`.
    pub k: usize,
    /// How many leave in a round, `1..=1000`.
    pub step: usize,
}

impl Default for SelectRecursiveParams {
    fn default() -> Self {
        Self { model: None, k: 10, step: 1 }
    }
}

impl SelectRecursiveParams {
    pub(in crate::prepare) fn check(&self) -> Result<()> {
        check_k(self.k)?;
        if !(1..=1000).contains(&self.step) {
            return Err(Error::Parameter { name: "step", range: "a whole number from 1 to 1000" });
        }
        self.model.as_ref().map_or(Ok(()), ModelParams::check)
    }
}

/// Shuffles a column where a model has no coefficients.
const REPEATS: u32 = 3;

/// The score is the importance in the last round the column took part in.
pub(in crate::prepare) fn fit(
    params: &SelectRecursiveParams,
    table: &Table,
    training: &Training<'_>,
    watch: &mut Watch<'_>,
) -> Result<FittedSelect> {
    let outcome = training.outcome(METHOD.name)?;
    let model = model_or_default(params.model.as_ref(), outcome);
    let whole = Matrix::from_table(table)?;
    let mut columns: Vec<ScoredColumn> =
        whole.names().iter().map(|name| ScoredColumn::new(name, 0.0, true)).collect();
    let n_rounds = whole.n_columns().saturating_sub(params.k).div_ceil(params.step);
    for round in 1.. {
        let staying: Vec<usize> = (0..columns.len()).filter(|&column| columns[column].kept).collect();
        report(watch, METHOD.name, round - 1, n_rounds)?;
        let matrix = columns_of(&whole, &staying)?;
        let scores = match importance(&model, &matrix, outcome, training.seed, watch) {
            Err(Error::Collinear { column }) if staying.len() > 1 => {
                // What follows from the others is needed least.
                matrix.names().iter().map(|name| if *name == column { 0.0 } else { f64::INFINITY }).collect()
            }
            scores => scores?,
        };
        let is_scored = scores.iter().all(|score| score.is_finite());
        if is_scored {
            staying.iter().zip(&scores).for_each(|(&column, &score)| columns[column].score = score);
        }
        let surplus = staying.len().saturating_sub(params.k);
        if surplus == 0 && is_scored {
            break;
        }
        let leaving = if is_scored { surplus.min(params.step) } else { 1 };
        let mut order: Vec<usize> = (0..staying.len()).collect();
        // Of equal scores the later column leaves.
        order.sort_by(|&left, &right| scores[left].total_cmp(&scores[right]).then(right.cmp(&left)));
        for &place in order.iter().take(leaving) {
            let scored = &mut columns[staying[place]];
            (scored.kept, scored.left_out_in_round) = (false, Some(round));
        }
    }
    Ok(FittedSelect { columns, n_rows: table.n_rows() })
}

fn columns_of(whole: &Matrix, columns: &[usize]) -> Result<Matrix> {
    if columns.len() == whole.n_columns() {
        return Ok(whole.clone());
    }
    let names = columns.iter().map(|&column| whole.names()[column].clone()).collect();
    let rows = whole.values().chunks_exact(whole.n_columns());
    Matrix::new(names, rows.flat_map(|row| columns.iter().map(|&column| row[column])).collect())
}

fn importance(
    model: &ModelParams,
    matrix: &Matrix,
    outcome: Outcome<'_>,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<Vec<f64>> {
    let fitted = model.fit(&TrainingSet::new(matrix, outcome)?, seed, watch)?;
    match coefficient_sizes(&fitted, matrix) {
        Some(sizes) => Ok(sizes),
        None => importances(&fitted, matrix, outcome, REPEATS, seed, watch),
    }
}

/// The size of each column's coefficients for one standard deviation of the column; `None` for a model that is not linear.
pub(super) fn coefficient_sizes(model: &Model, matrix: &Matrix) -> Option<Vec<f64>> {
    let predictor = model.linear_predictor()?;
    let width = matrix.n_columns();
    let size = |column: usize| {
        let spread = Moments::of(&matrix.column(column)).standard_deviation(0).unwrap_or(0.0);
        let squares =
            predictor.coefficients.iter().skip(column).step_by(width).map(|slope| (slope * spread).powi(2));
        squares.sum::<f64>().sqrt()
    };
    Some((0..width).map(size).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, SelectRecursiveParams::check);
    }
}
