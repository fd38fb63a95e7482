//! What each column adds to one row's output: Shapley values of the columns a person knows.
//!
//! A row's contributions and the base sum to its output; when they do not, the answer is an error, not a picture. Models that
//! are weighted sums are explained exactly, tree models by their own exact algorithm, all others by coalitions of columns: all of them when
//! there are few, a weighted sample otherwise.

mod kernel;
mod views;

use serde::{Deserialize, Serialize};

use super::Scale;
use super::subject::{Rows, Subject, Sum};
use crate::judge::Pipeline;
use crate::progress::{Watch, report};
use crate::random::{draw_rows, generator};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Matrix, Result, Table};

pub use self::views::{Beeswarm, BeeswarmColumn, BeeswarmPoint, ColumnImportance, DependencePoint};

const STAGE: &str = "shap";

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "shap",
    family: Family::Explain,
    summary: "Says how much each column adds to a row's prediction; the parts and the base sum to the prediction.",
    parameters: &[
        Parameter {
            name: "scale",
            kind: Kind::Choice { options: &["number", "log_odds", "probability"] },
            default: "null",
            doc: "The unit of contributions; null means target units for numbers and probability for classes.",
        },
        Parameter {
            name: "class",
            kind: Kind::Integer { min: 0, max: 999 },
            default: "1",
            doc: "The class explained; of two, 1 is the positive one.",
        },
        Parameter {
            name: "n_background",
            kind: Kind::Integer { min: 1, max: 1000 },
            default: "100",
            doc: "The rows, drawn by the seed, that stand for a column not known.",
        },
        Parameter {
            name: "n_coalitions",
            kind: Kind::Integer { min: 64, max: 100_000 },
            default: "2048",
            doc: "The coalitions tried a row, besides two a column, when there are more than 12 columns.",
        },
        Parameter {
            name: "seed",
            kind: Kind::Integer { min: 0, max: i64::MAX },
            default: "0",
            doc: "The seed of the background and of the coalitions.",
        },
    ],
    formula: "φj = Σ over coalitions S without j of |S|!(M−|S|−1)!/M! · (v(S∪j) − v(S)), v(S) the mean output with S taken \
              from the row and the rest from the background; linear: φj = bj(xj − mean xj)",
    source: "Shapley (1953); Lundberg and Lee (2017), NeurIPS; Covert and Lee (2021), AISTATS, for paired sampling",
    cost: "linear: one pass; otherwise rows × coalitions × background predictions",
};

/// What [`shap()`] needs to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShapParams {
    /// The unit of contributions; `None` means target units for numbers and probability for classes.
    pub scale: Option<Scale>,
    /// The class explained, below the number of classes and `0..=999`.
    pub class: usize,
    /// The rows that stand for a column not known, `1..=1000`.
    pub n_background: usize,
    /// The coalitions tried a row, besides two a column, when there are more than 12 columns, `64..=100_000`.
    pub n_coalitions: usize,
    /// The seed of the background and of the coalitions.
    pub seed: u64,
}

impl Default for ShapParams {
    fn default() -> Self {
        Self { scale: None, class: 1, n_background: 100, n_coalitions: 2048, seed: 0 }
    }
}

impl ShapParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first parameter outside its range.
    pub fn check(&self) -> Result<()> {
        let refuse = |name, range| Err(Error::Parameter { name, range });
        if self.class > 999 {
            return refuse("class", "a whole number from 0 to 999");
        }
        if !(1..=1000).contains(&self.n_background) {
            return refuse("n_background", "a whole number from 1 to 1000");
        }
        if !(64..=100_000).contains(&self.n_coalitions) {
            return refuse("n_coalitions", "a whole number from 64 to 100000");
        }
        if self.seed > i64::MAX as u64 {
            return refuse("seed", "a whole number from 0 to 9223372036854775807");
        }
        Ok(())
    }
}

/// How contributions were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShapMethod {
    /// Exactly, from the weights of a sum; the base is the output at the training rows' means.
    Linear,
    /// Exactly, along the paths of trees; the base is the mean over the training rows in each node.
    Tree,
    /// From all coalitions of columns, exactly for the background at hand.
    AllCoalitions,
    /// From a sample of coalitions in at least one row.
    SampledCoalitions,
}

/// Contributions of columns to the outputs of rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shap {
    /// The unit.
    pub scale: Scale,
    /// How they were found.
    pub method: ShapMethod,
    /// The pipeline's inputs, in order.
    pub columns: Vec<String>,
    /// The positions in the table of the rows explained.
    pub rows: Vec<usize>,
    /// The output without any column: the mean over the background, or as [`Shap::method`] says.
    pub base: f64,
    /// The output of each row.
    pub outputs: Vec<f64>,
    /// The contributions, row by row, of length `rows.len() * columns.len()`.
    pub contributions: Vec<f64>,
    /// The rows of the background; exact methods use none.
    pub n_background: usize,
}

impl Shap {
    /// The contributions of the columns to the row explained at `position`; `None` when there are fewer rows.
    #[must_use]
    pub fn row(&self, position: usize) -> Option<&[f64]> {
        self.contributions.chunks_exact(self.columns.len().max(1)).nth(position)
    }
}

/// Explains the outputs of `pipeline` for `rows` of `table`, whose rows are also where the background is drawn from.
///
/// Missing values, unseen levels and dropped columns are treated as the pipeline treats them; a column that cannot matter has contribution 0.
///
/// # Errors
/// [`Error::Parameter`]; [`Error::Empty`] without rows; [`Error::NotAdditive`] when base and contributions do not sum to
/// the output; those of [`Pipeline::predict`]; [`Error::Cancelled`].
pub fn shap(
    pipeline: &Pipeline,
    table: &Table,
    rows: &[usize],
    params: &ShapParams,
    watch: &mut Watch<'_>,
) -> Result<Shap> {
    params.check()?;
    let inputs = Rows::new(pipeline, table)?;
    inputs.check(rows)?;
    let background = draw_rows(&mut generator(params.seed, 0), table.n_rows(), params.n_background);
    let prepared = inputs.prepared(rows)?;
    let subject = Subject::new(pipeline, &prepared, params.class, params.scale)?;
    let outputs = subject.outputs(&prepared)?;
    let columns = inputs.names();
    let n_background = background.len();
    let exact = exactly(&inputs, subject, &prepared, &outputs, watch)?;
    let (method, base, contributions) = match exact {
        Some(exact) => exact,
        None => {
            let game = kernel::Game::new(&inputs, subject, rows, background, &prepared)?;
            coalitions(&game, &outputs, params, watch)?
        }
    };
    let is_exact = matches!(method, ShapMethod::Linear | ShapMethod::Tree);
    let shap = Shap {
        scale: subject.scale,
        method,
        columns,
        rows: rows.to_vec(),
        base,
        outputs,
        contributions,
        n_background: if is_exact { 0 } else { n_background },
    };
    assert_additive(shap)
}

/// How, the base, and the contributions of each input to each row.
type Found = (ShapMethod, f64, Vec<f64>);

/// The contributions of a model that gives them exactly on this scale, each prepared column's counted for its input.
fn exactly(
    inputs: &Rows<'_>,
    subject: Subject<'_>,
    prepared: &Matrix,
    outputs: &[f64],
    watch: &mut Watch<'_>,
) -> Result<Option<Found>> {
    let Some(made_of) = &inputs.made_of else { return Ok(None) };
    if let Some(sum) = subject.linear() {
        let (base, contributions) = linear(&sum, made_of, prepared);
        return Ok(Some((ShapMethod::Linear, base, contributions)));
    }
    let Some((base, parts)) = subject.tree(prepared, outputs, watch)? else { return Ok(None) };
    let mut contributions = Vec::with_capacity(outputs.len() * made_of.len());
    for row in parts.chunks_exact(prepared.n_columns()) {
        contributions
            .extend(made_of.iter().map(|columns| columns.iter().map(|&column| row[column]).sum::<f64>()));
    }
    Ok(Some((ShapMethod::Tree, base, contributions)))
}

/// The contributions of any model.
fn coalitions(
    game: &kernel::Game<'_>,
    outputs: &[f64],
    params: &ShapParams,
    watch: &mut Watch<'_>,
) -> Result<Found> {
    let mut contributions = Vec::new();
    let mut method = ShapMethod::AllCoalitions;
    for (position, &output) in outputs.iter().enumerate() {
        report(watch, STAGE, position, outputs.len())?;
        let (row, is_exact) = game.contributions(position, output, params, watch)?;
        contributions.extend(row);
        if !is_exact {
            method = ShapMethod::SampledCoalitions;
        }
    }
    Ok((method, game.base, contributions))
}

/// The base and the contributions of a weighted sum of prepared columns, summed by the input each is made of.
fn linear(sum: &Sum, made_of: &[Vec<usize>], rows: &Matrix) -> (f64, Vec<f64>) {
    let Sum { constant, weights, means } = sum;
    let base = weights.iter().zip(means).fold(*constant, |sum, (weight, mean)| sum + weight * mean);
    let contribution = |row: &[f64], columns: &[usize]| {
        columns.iter().map(|&column| weights[column] * (row[column] - means[column])).sum::<f64>()
    };
    let mut contributions = Vec::with_capacity(rows.n_rows() * made_of.len());
    for row in rows.values().chunks_exact(rows.n_columns()) {
        contributions.extend(made_of.iter().map(|columns| contribution(row, columns)));
    }
    (base, contributions)
}

/// Refuses contributions that do not sum to the output, to what rounding can lose.
fn assert_additive(mut shap: Shap) -> Result<Shap> {
    // Some hundred additions of sixteen digits each lose at most about thirteen of them where terms cancel a thousandfold.
    const TOLERANCE: f64 = 1e-9;
    let width = shap.columns.len().max(1);
    for (position, row) in shap.contributions.chunks_exact(width).enumerate() {
        let sum = row.iter().fold(shap.base, |sum, part| sum + part);
        let size = row.iter().fold(shap.base.abs(), |size, part| size + part.abs()).max(1e-300);
        let output = shap.outputs[position];
        let is_saturated = shap.scale == Scale::LogOdds && output.abs() > 30.0;
        let is_additive = match is_saturated {
            // The probability has no digits left for odds beyond 10¹³: the sum itself is the better output.
            true => sum.signum() == output.signum() && sum.abs() > 29.0,
            false => (sum - output).abs() <= TOLERANCE * size.max(output.abs()),
        };
        if !sum.is_finite() || !is_additive {
            return Err(Error::NotAdditive { row: shap.rows[position] });
        }
        if is_saturated {
            shap.outputs[position] = sum;
        }
    }
    Ok(shap)
}

#[cfg(test)]
pub(super) mod tests;
