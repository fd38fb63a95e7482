//! The columns a model would miss: how much worse its predictions of held-out training rows become when a column is shuffled.

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::{FittedSelect, MODEL, ScoredColumn, keep_best, model_or_default};
use crate::judge::split::holdout;
use crate::predict::{Model, ModelParams, Outcome, Prediction, TrainingSet};
use crate::prepare::Training;
use crate::progress::{Watch, report};
use crate::random::generator;
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Matrix, Result, Table};

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "select_permutation",
    family: Family::Prepare,
    summary: "Keeps the columns whose shuffling makes a model's predictions of held-out training rows worse.",
    parameters: &[
        MODEL,
        Parameter {
            name: "k",
            kind: Kind::Integer { min: 1, max: 100_000 },
            default: "null",
            doc: "The most columns that stay; null keeps every one above the threshold.",
        },
        Parameter {
            name: "threshold",
            kind: Kind::Number { min: 0.0, max: 1e6 },
            default: "0.0",
            doc: "The worsening that must be exceeded: of the share of variance explained, or of the mean log-loss.",
        },
        Parameter {
            name: "test_share",
            kind: Kind::Number { min: 0.05, max: 0.9 },
            default: "0.25",
            doc: "The share of the training rows the model does not see.",
        },
        Parameter {
            name: "repeats",
            kind: Kind::Integer { min: 1, max: 1000 },
            default: "5",
            doc: "How often each column is shuffled; the score is the mean.",
        },
    ],
    formula: "mean of loss(shuffled) - loss; the column of the greatest worsening always stays",
    source: "Breiman (2001), Random forests; Fisher, Rudin and Dominici (2019), All models are wrong",
    cost: "one fit and repeats predictions a column",
};

/// Which columns a model would miss.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SelectPermutationParams {
    /// The model; `None` takes least squares or logistic regression.
    pub model: Option<ModelParams>,
    /// The most columns that stay, `1..=100_000`.
    pub k: Option<usize>,
    /// The worsening that must be exceeded, `0..=1e6`.
    pub threshold: f64,
    /// The share of the training rows held out, `0.05..=0.9`.
    pub test_share: f64,
    /// Shuffles a column, `1..=1000`.
    pub repeats: u32,
}

impl Default for SelectPermutationParams {
    fn default() -> Self {
        Self { model: None, k: None, threshold: 0.0, test_share: 0.25, repeats: 5 }
    }
}

impl SelectPermutationParams {
    pub(in crate::prepare) fn check(&self) -> Result<()> {
        self.k.map_or(Ok(()), super::check_k)?;
        if !(0.0..=1e6).contains(&self.threshold) {
            return Err(Error::Parameter { name: "threshold", range: "a number from 0 to 1e6" });
        }
        if !(0.05..=0.9).contains(&self.test_share) {
            return Err(Error::Parameter { name: "test_share", range: "a number from 0.05 to 0.9" });
        }
        if !(1..=1000).contains(&self.repeats) {
            return Err(Error::Parameter { name: "repeats", range: "a whole number from 1 to 1000" });
        }
        self.model.as_ref().map_or(Ok(()), ModelParams::check)
    }
}

pub(in crate::prepare) fn fit(
    params: &SelectPermutationParams,
    table: &Table,
    training: &Training<'_>,
    watch: &mut Watch<'_>,
) -> Result<FittedSelect> {
    let outcome = training.outcome(METHOD.name)?;
    let matrix = Matrix::from_table(table)?;
    let strata = match outcome {
        Outcome::Numbers(values) => vec![0; values.len()],
        Outcome::Classes { codes, .. } => codes.to_vec(),
    };
    let cut = holdout(&strata, params.test_share, training.seed)?;
    let (teaching, judging) = (Taken::of(outcome, &cut.train), Taken::of(outcome, &cut.test));
    let model = {
        let rows = matrix.take(&cut.train);
        let set = TrainingSet::new(&rows, teaching.outcome())?;
        model_or_default(params.model.as_ref(), outcome).fit(&set, training.seed, watch)?
    };
    let held_out = matrix.take(&cut.test);
    let scores = importances(&model, &held_out, judging.outcome(), params.repeats, training.seed, watch)?;
    let mut columns: Vec<ScoredColumn> = matrix
        .names()
        .iter()
        .zip(scores)
        .map(|(name, score)| ScoredColumn::new(name, score, false))
        .collect();
    let n_above = columns.iter().filter(|scored| scored.score > params.threshold).count();
    keep_best(&mut columns, n_above.min(params.k.unwrap_or(usize::MAX)).max(1));
    Ok(FittedSelect { columns, n_rows: table.n_rows() })
}

/// The outcome of some rows.
struct Taken {
    numbers: Vec<f64>,
    codes: Vec<u32>,
    n_classes: usize,
}

impl Taken {
    fn of(outcome: Outcome<'_>, rows: &[usize]) -> Self {
        match outcome {
            Outcome::Numbers(values) => Self {
                numbers: rows.iter().map(|&row| values[row]).collect(),
                codes: Vec::new(),
                n_classes: 0,
            },
            Outcome::Classes { codes, n_classes } => {
                Self { numbers: Vec::new(), codes: rows.iter().map(|&row| codes[row]).collect(), n_classes }
            }
        }
    }

    fn outcome(&self) -> Outcome<'_> {
        match self.n_classes {
            0 => Outcome::Numbers(&self.numbers),
            n_classes => Outcome::Classes { codes: &self.codes, n_classes },
        }
    }
}

/// How much the loss of `model` on the rows of `matrix` grows when each column is shuffled, in the mean over `repeats`.
pub(super) fn importances(
    model: &Model,
    matrix: &Matrix,
    outcome: Outcome<'_>,
    repeats: u32,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<Vec<f64>> {
    let plain = loss(&model.predict(matrix)?, outcome);
    let mut generator = generator(seed, 1);
    let width = matrix.n_columns();
    let mut importances = Vec::with_capacity(width);
    for column in 0..width {
        let own = matrix.column(column);
        let mut sum = 0.0;
        for _ in 0..repeats {
            report(watch, "permutation", column, width)?;
            let mut shuffled = own.clone();
            shuffled.shuffle(&mut generator);
            let mut values = matrix.values().to_vec();
            values
                .iter_mut()
                .skip(column)
                .step_by(width)
                .zip(&shuffled)
                .for_each(|(cell, value)| *cell = *value);
            sum += loss(&model.predict(&Matrix::new(matrix.names().to_vec(), values)?)?, outcome) - plain;
        }
        importances.push(sum / f64::from(repeats));
    }
    Ok(importances)
}

/// The share of variance not explained, or the mean log-loss with probabilities of at least `1e-15`.
fn loss(prediction: &Prediction, outcome: Outcome<'_>) -> f64 {
    match (prediction, outcome) {
        (Prediction::Numbers(predicted), Outcome::Numbers(actual)) => {
            let mean = actual.iter().sum::<f64>() / actual.len() as f64;
            let squares = |center: &dyn Fn(usize) -> f64| -> f64 {
                actual.iter().enumerate().map(|(row, value)| (value - center(row)).powi(2)).sum()
            };
            let whole = squares(&|_| mean);
            squares(&|row| predicted[row]) / if whole > 0.0 { whole } else { 1.0 }
        }
        (Prediction::Probabilities { n_classes, values }, Outcome::Classes { codes, .. }) => {
            let rows = values.chunks_exact(*n_classes).zip(codes);
            let log = |(row, &code): (&[f64], &u32)| {
                -libm::log(row.get(code as usize).copied().unwrap_or(0.0).max(1e-15))
            };
            rows.map(log).sum::<f64>() / codes.len() as f64
        }
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, SelectPermutationParams::check);
    }
}
