//! How much worse predictions of held-out rows get when a column's values are dealt out anew.

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::subject::{Rows, Scale, Subject, predicted};
use crate::judge::{Pipeline, Target, TargetValues};
use crate::progress::{Watch, report};
use crate::random::generator;
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Column, Error, Matrix, Result, Table, metrics};

const STAGE: &str = "permutation_importance";

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "permutation_importance",
    family: Family::Explain,
    summary: "Measures how much worse held-out predictions get when one column's values are shuffled among rows.",
    parameters: &[
        Parameter {
            name: "loss",
            kind: Kind::Choice { options: &["auc", "log_loss", "brier", "rmse", "mae"] },
            default: "null",
            doc: "What is measured; null means RMSE for numbers, AUC for two classes and log-loss for more.",
        },
        Parameter {
            name: "repeats",
            kind: Kind::Integer { min: 1, max: 1000 },
            default: "10",
            doc: "The shuffles of each column.",
        },
        Parameter {
            name: "seed",
            kind: Kind::Integer { min: 0, max: i64::MAX },
            default: "0",
            doc: "The seed of the shuffles.",
        },
    ],
    formula: "importance = mean over shuffles of loss(shuffled) − loss; an AUC counts as the loss 1 − AUC",
    source: "Breiman (2001), Random forests, Machine Learning 45; Fisher, Rudin and Dominici (2019), JMLR 20",
    cost: "columns × repeats predictions of all rows",
};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// One less the area under the ROC curve, for two classes.
    Auc,
    /// The mean negative log-likelihood, for classes.
    LogLoss,
    /// The mean squared distance of probabilities and outcomes, summed over classes but for two counted once.
    Brier,
    /// The root of the mean squared error, for numbers.
    Rmse,
    /// The mean absolute error, for numbers.
    Mae,
}

/// What [`permutation_importance`] needs to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PermutationParams {
    /// What is measured; `None` means RMSE for numbers, AUC for two classes and log-loss for more.
    pub loss: Option<Loss>,
    /// The shuffles of each column, `1..=1000`.
    pub repeats: usize,
    /// The seed of the shuffles.
    pub seed: u64,
}

impl Default for PermutationParams {
    fn default() -> Self {
        Self { loss: None, repeats: 10, seed: 0 }
    }
}

impl PermutationParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first parameter outside its range.
    pub fn check(&self) -> Result<()> {
        if !(1..=1000).contains(&self.repeats) {
            return Err(Error::Parameter { name: "repeats", range: "a whole number from 1 to 1000" });
        }
        if self.seed > i64::MAX as u64 {
            return Err(Error::Parameter {
                name: "seed",
                range: "a whole number from 0 to 9223372036854775807",
            });
        }
        Ok(())
    }
}

/// What shuffling each column costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PermutationImportance {
    /// What was measured.
    pub loss: Loss,
    /// The loss with all columns as they are.
    pub baseline: f64,
    /// The rows measured on.
    pub n_rows: usize,
    /// One entry an input, the most important first; ties keep the columns' order.
    pub columns: Vec<ShuffledColumn>,
}

/// What shuffling one column costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShuffledColumn {
    /// The column.
    pub column: String,
    /// The mean increase of the loss; about 0, also below, for a column that does not matter.
    pub mean: f64,
    /// The standard deviation of the increase over shuffles, divisor `repeats − 1`; `None` for a single shuffle.
    pub standard_deviation: Option<f64>,
}

/// Measures each input of `pipeline` on the rows of `table` that `target` names, best rows the pipeline has not seen.
///
/// Columns that say the same share what they matter, so neither seems to: read correlated columns together.
///
/// # Errors
/// [`Error::Parameter`] for a loss that does not suit the target; [`Error::Classes`] when only one class occurs under AUC, or for
/// another number of classes than the model's; [`Error::Empty`]; those of [`Pipeline::predict`]; [`Error::Cancelled`].
pub fn permutation_importance(
    pipeline: &Pipeline,
    table: &Table,
    target: &Target,
    params: &PermutationParams,
    watch: &mut Watch<'_>,
) -> Result<PermutationImportance> {
    params.check()?;
    let table = table.take(&target.rows);
    let inputs = Rows::new(pipeline, &table)?;
    let n_rows = table.n_rows();
    let all: Vec<usize> = (0..n_rows).collect();
    let prepared = inputs.prepared(&all)?;
    let judge = Judge::new(pipeline, &prepared, target, params.loss)?;
    let baseline = judge.loss(&prepared)?;
    let names = inputs.names();
    let mut columns = Vec::with_capacity(names.len());
    let players = inputs.players();
    for (input, name) in names.iter().enumerate() {
        let mut increases = Vec::with_capacity(params.repeats);
        let mut draws = generator(params.seed, 1 + input as u64);
        let mut order = all.clone();
        for repeat in 0..params.repeats {
            report(watch, STAGE, input * params.repeats + repeat, names.len() * params.repeats)?;
            if !players.contains(&input) {
                increases.push(0.0);
                continue;
            }
            order.shuffle(&mut draws);
            increases.push(judge.loss(&shuffled(&inputs, &prepared, input, &order)?)? - baseline);
        }
        columns.push(summarize(name, &increases));
    }
    columns.sort_by(|left, right| right.mean.total_cmp(&left.mean));
    Ok(PermutationImportance { loss: judge.loss, baseline, n_rows, columns })
}

/// The prepared rows when `input` of each row is that of the row at its place in `order`.
pub(super) fn shuffled(
    inputs: &Rows<'_>,
    prepared: &Matrix,
    input: usize,
    order: &[usize],
) -> Result<Matrix> {
    let Some(made_of) = &inputs.made_of else {
        let Column { name, data } = inputs.table.column_at(input);
        let column = Column { name: name.clone(), data: data.take(order) };
        return inputs.pipeline.prepared(&inputs.table.with_column(input, column)?);
    };
    let mut values = prepared.values().to_vec();
    for (row, &from) in values.chunks_exact_mut(prepared.n_columns()).zip(order) {
        made_of[input].iter().for_each(|&column| row[column] = prepared.row(from)[column]);
    }
    Matrix::new(prepared.names().to_vec(), values)
}

fn summarize(name: &str, increases: &[f64]) -> ShuffledColumn {
    let n = increases.len() as f64;
    let mean = increases.iter().sum::<f64>() / n;
    let squares: f64 = increases.iter().map(|value| (value - mean) * (value - mean)).sum();
    let standard_deviation = (increases.len() > 1).then(|| (squares / (n - 1.0)).sqrt());
    ShuffledColumn { column: name.to_owned(), mean, standard_deviation }
}

/// The truth and the measure.
struct Judge<'a> {
    pipeline: &'a Pipeline,
    target: &'a Target,
    loss: Loss,
}

impl<'a> Judge<'a> {
    fn new(pipeline: &'a Pipeline, rows: &Matrix, target: &'a Target, loss: Option<Loss>) -> Result<Self> {
        let refuse = |range| Err(Error::Parameter { name: "loss", range });
        let n_labels = target.labels().len();
        let usual = match n_labels {
            0 => Loss::Rmse,
            2 => Loss::Auc,
            _ => Loss::LogLoss,
        };
        let loss = loss.unwrap_or(usual);
        match (loss, n_labels) {
            (Loss::Rmse | Loss::Mae, 0) | (Loss::Auc, 2) | (Loss::LogLoss | Loss::Brier, 2..) => {}
            (_, 0) => return refuse("rmse or mae for a target of numbers"),
            (Loss::Auc, _) => return refuse("log_loss or brier for more than two classes"),
            _ => return refuse("auc, log_loss or brier for a target of classes"),
        }
        let scale = if n_labels == 0 { Scale::Number } else { Scale::Probability };
        Subject::new(pipeline, rows, n_labels.saturating_sub(1), Some(scale))?;
        Ok(Self { pipeline, target, loss })
    }

    fn loss(&self, rows: &Matrix) -> Result<f64> {
        let prediction = predicted(self.pipeline, rows)?;
        match (&self.target.values, self.loss) {
            (TargetValues::Numbers(actual), Loss::Mae) => {
                Ok(metrics::regression(actual, &prediction.scores(0))?.mae)
            }
            (TargetValues::Numbers(actual), _) => {
                Ok(metrics::regression(actual, &prediction.scores(0))?.rmse)
            }
            (TargetValues::Classes { codes, .. }, Loss::Auc) => {
                let labels: Vec<bool> = codes.iter().map(|&code| code == 1).collect();
                Ok(1.0 - metrics::auc(&labels, &prediction.scores(1))?)
            }
            (TargetValues::Classes { codes, labels }, loss) => {
                let scores: Vec<Vec<f64>> = (0..labels.len()).map(|class| prediction.scores(class)).collect();
                let of_row = |(row, &code): (usize, &u32)| match loss {
                    Loss::LogLoss => -libm::log(scores[code as usize][row].max(f64::EPSILON)),
                    _ => {
                        let miss =
                            |class: usize| scores[class][row] - f64::from(u8::from(class == code as usize));
                        let squares: f64 = (0..labels.len()).map(|class| miss(class) * miss(class)).sum();
                        if labels.len() == 2 { squares / 2.0 } else { squares }
                    }
                };
                Ok(codes.iter().enumerate().map(of_row).sum::<f64>() / codes.len() as f64)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, PermutationParams::check);
    }
}
