//! Gradient boosting: each tree takes away what the trees before it still get wrong.
//!
//! Columns are cut into bins once, and trees grow from sums of gradients by bin, the most gaining leaf first. The sums are
//! whole numbers (see `histogram`), so the model does not depend on who summed which rows.

mod bins;
mod grow;
mod histogram;
mod loss;
mod params;
mod split;

use serde::{Deserialize, Serialize};

pub use self::loss::Loss;
pub use self::params::{BoostingParams, METHOD};

use self::bins::Bins;
use self::grow::{Buffers, Growth, Limits};
use self::histogram::Units;
use self::loss::Target;
use self::split::Rules;
use super::ensemble::{Combine, Ensemble};
use super::format::{MAX_DEPTH, Tree};
use super::pace::Pace;
use super::target::{Weights, check_rows, power_of_two_below};
use crate::predict::{Outcome, Prediction, TrainingSet};
use crate::progress::Watch;
use crate::random::{draw_rows, generator};
use crate::{Error, Matrix, Result};

/// A loss must fall by more than this share to count as better.
const TOLERANCE: f64 = 1e-7;

/// A fitted boosting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Parts")]
pub struct Boosting {
    /// What the trees say: log-odds, log-probabilities up to a constant, or numbers in target units.
    pub ensemble: Ensemble,
    /// What was lowered.
    pub loss: Loss,
    /// The mean loss on the held-out share after each round, squared errors in a unit near the target's size; empty
    /// without such a share.
    pub held_out_losses: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    ensemble: Ensemble,
    loss: Loss,
    held_out_losses: Vec<f64>,
}

impl TryFrom<Parts> for Boosting {
    type Error = &'static str;

    fn try_from(Parts { ensemble, loss, held_out_losses }: Parts) -> std::result::Result<Self, Self::Error> {
        let fits = match ensemble.n_classes() {
            None => loss == Loss::SquaredError,
            Some(2) => loss == Loss::Logistic,
            Some(_) => loss == Loss::Multinomial,
        };
        if fits {
            Ok(Self { ensemble, loss, held_out_losses })
        } else {
            Err("the loss does not fit the target")
        }
    }
}

/// Fits boosting on `set`. Rows count by their weights, divided by their mean; `min_samples_leaf` counts rows.
///
/// One row, a target of one value or columns of one value leave the base alone. Of duplicate columns the first is asked.
/// Classes that the columns separate are learned; what is said stays finite, as each round's step is. Columns enter by the
/// order of their values alone.
///
/// # Errors
/// [`Error::Parameter`]; [`Error::UnknownColumn`] for a direction of a column that is not there; [`Error::TooFewRows`] when a
/// share is held out of too few rows; [`Error::OutOfScale`] when the sum of the weights leaves the range of numbers;
/// [`Error::Cancelled`].
pub fn fit(
    set: &TrainingSet<'_>,
    params: &BoostingParams,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<Boosting> {
    params.check()?;
    check_rows(set)?;
    let directions = directions(set, params)?;
    let weights = mean_one(set)?;
    let scale = match set.outcome() {
        Outcome::Numbers(numbers) => power_of_two_below(numbers),
        Outcome::Classes { .. } => 1.0,
    };
    let (taught, held_out) = hold_out(set, params, seed)?;
    let target = |rows: &[usize]| Target::new(set.outcome(), &weights, scale, rows);
    let part;
    let matrix = if held_out.is_empty() {
        set.matrix()
    } else {
        part = set.matrix().take(&taught);
        &part
    };
    let mut pace = Pace::new(watch, METHOD.name, params.n_rounds);
    pace.done(0)?;
    let bins = Bins::new(matrix, params.max_bins, &mut pace)?;
    let mut boost = Boost {
        matrix,
        bins: &bins,
        target: target(&taught),
        params,
        directions,
        seed,
        state: State::default(),
        buffers: Buffers::default(),
    };
    let judge = (!held_out.is_empty()).then(|| (set.matrix().take(&held_out), target(&held_out)));
    let (mut trees, held_out_losses) = boost.run(judge, &mut pace)?;
    trees.iter_mut().for_each(|tree| tree.rescale(1.0 / scale, 1.0));
    let base: Vec<f64> = boost.target.base().iter().map(|base| base / scale).collect();
    let n_classes = match set.outcome() {
        Outcome::Classes { n_classes, .. } => Some(n_classes),
        Outcome::Numbers(_) => None,
    };
    let ensemble = Ensemble::new(set.matrix().names().to_vec(), n_classes, base, Combine::Sum, trees)
        .expect("trees grown here ask for the matrix's columns and take turns");
    Ok(Boosting { ensemble, loss: boost.target.loss, held_out_losses })
}

/// The weights divided by their mean; empty when there are none.
fn mean_one(set: &TrainingSet<'_>) -> Result<Vec<f64>> {
    if set.weights().is_none() {
        return Ok(Vec::new());
    }
    let weights = Weights::new(set)?.values;
    let mean = weights.iter().sum::<f64>() / weights.len() as f64;
    Ok(weights.into_iter().map(|weight| weight / mean).collect())
}

/// By column, the direction in which what is said may go; empty when there is none.
fn directions(set: &TrainingSet<'_>, params: &BoostingParams) -> Result<Vec<i8>> {
    let named = |names: &'_ [String], direction: i8| -> Result<Vec<(usize, i8)>> {
        let find = |name: &String| {
            let column = set.matrix().names().iter().position(|own| own == name);
            column
                .map(|column| (column, direction))
                .ok_or_else(|| Error::UnknownColumn { column: name.clone() })
        };
        names.iter().map(find).collect()
    };
    let mut all = named(&params.increasing, 1)?;
    all.extend(named(&params.decreasing, -1)?);
    if all.is_empty() {
        return Ok(Vec::new());
    }
    if matches!(set.outcome(), Outcome::Classes { n_classes: 3.., .. }) {
        return Err(Error::Parameter { name: "increasing", range: "empty for more than two classes" });
    }
    let mut directions = vec![0; set.matrix().n_columns()];
    for (column, direction) in all {
        if directions[column] == -direction {
            return Err(Error::Parameter { name: "increasing", range: "of other columns than 'decreasing'" });
        }
        directions[column] = direction;
    }
    Ok(directions)
}

/// The rows that teach, and those that say when to stop: of each class alike.
fn hold_out(set: &TrainingSet<'_>, params: &BoostingParams, seed: u64) -> Result<(Vec<usize>, Vec<usize>)> {
    let n_rows = set.matrix().n_rows();
    if params.held_out_share == 0.0 {
        return Ok(((0..n_rows).collect(), Vec::new()));
    }
    if n_rows < 2 {
        return Err(Error::TooFewRows { needed: 2, found: n_rows });
    }
    let groups: Vec<Vec<usize>> = match set.outcome() {
        Outcome::Numbers(_) => vec![(0..n_rows).collect()],
        Outcome::Classes { codes, n_classes } => {
            let mut groups = vec![Vec::new(); n_classes];
            codes.iter().enumerate().for_each(|(row, &code)| groups[code as usize].push(row));
            groups
        }
    };
    let mut draws = generator(seed, 0);
    let mut is_held_out = vec![false; n_rows];
    for group in &groups {
        // A class of one row teaches; any other keeps a row for either side.
        let wanted = (group.len() as f64 * params.held_out_share).ceil() as usize;
        let wanted = wanted.min(group.len() - 1);
        draw_rows(&mut draws, group.len(), wanted).iter().for_each(|&row| is_held_out[group[row]] = true);
    }
    let (held_out, taught): (Vec<usize>, Vec<usize>) = (0..n_rows).partition(|&row| is_held_out[row]);
    if held_out.is_empty() {
        return Err(Error::TooFewRows { needed: 2 * groups.len(), found: n_rows });
    }
    Ok((taught, held_out))
}

/// Boosting in progress.
struct Boost<'a> {
    matrix: &'a Matrix,
    bins: &'a Bins,
    target: Target,
    params: &'a BoostingParams,
    directions: Vec<i8>,
    seed: u64,
    state: State,
    buffers: Buffers,
}

/// Numbers that change from tree to tree.
#[derive(Default)]
struct State {
    /// What is said so far, of shape `(n_outputs, n_rows)`.
    said: Vec<f64>,
    probabilities: Vec<f64>,
    gradients: Vec<f64>,
    hessians: Vec<f64>,
    pairs: Vec<histogram::Pair>,
    rows: Vec<u32>,
    columns: Vec<u32>,
}

/// Held-out rows, their target and what is said of them.
struct Judge {
    matrix: Matrix,
    target: Target,
    said: Vec<f64>,
}

impl Judge {
    fn hear(&mut self, output: usize, tree: &Tree) {
        let n_rows = self.target.n_rows();
        for (row, said) in self.said[output * n_rows..(output + 1) * n_rows].iter_mut().enumerate() {
            *said += tree.value(tree.leaf(self.matrix.row(row)))[0];
        }
    }
}

/// Each base `n_rows` times.
fn repeat(base: &[f64], n_rows: usize) -> Vec<f64> {
    base.iter().flat_map(|&base| std::iter::repeat_n(base, n_rows)).collect()
}

impl Boost<'_> {
    /// The trees of the best round and those before, and the held-out loss after each round.
    fn run(
        &mut self,
        judge: Option<(Matrix, Target)>,
        pace: &mut Pace<'_, '_>,
    ) -> Result<(Vec<Tree>, Vec<f64>)> {
        let base = self.target.base();
        let n_outputs = base.len();
        self.state.said = repeat(&base, self.target.n_rows());
        let mut judge =
            judge.map(|(matrix, target)| Judge { said: repeat(&base, target.n_rows()), matrix, target });
        let (mut trees, mut losses) = (Vec::new(), Vec::new());
        let (mut best_loss, mut best_round) = (f64::INFINITY, 0);
        for round in 0..self.params.n_rounds {
            self.target.probabilities(&self.state.said, &mut self.state.probabilities);
            for output in 0..n_outputs {
                let tree = self.grow(round, output, pace)?;
                if let Some(judge) = &mut judge {
                    judge.hear(output, &tree);
                }
                trees.push(tree);
            }
            pace.done(1)?;
            let Some(judge) = &judge else { continue };
            let loss = judge.target.mean_loss(&judge.said);
            losses.push(loss);
            if loss < best_loss - TOLERANCE * best_loss.abs().min(f64::MAX) {
                (best_loss, best_round) = (loss, round);
            }
            if round - best_round >= self.params.patience {
                break;
            }
        }
        if judge.is_some() {
            trees.truncate((best_round + 1) * n_outputs);
        }
        Ok((trees, losses))
    }

    /// One tree for one output, and what it says added to what is said.
    fn grow(&mut self, round: usize, output: usize, pace: &mut Pace<'_, '_>) -> Result<Tree> {
        let n_rows = self.bins.n_rows();
        let own = output * n_rows..(output + 1) * n_rows;
        let State { said, probabilities, gradients, hessians, pairs, rows, columns } = &mut self.state;
        let said = &mut said[own.clone()];
        self.target.gradients(output, said, probabilities.get(own).unwrap_or(&[]), gradients, hessians);
        let largest = |values: &[f64]| values.iter().fold(0.0f64, |most, value| most.max(value.abs()));
        let units = Units::new(n_rows, largest(gradients), largest(hessians));
        units.round(gradients, hessians, pairs);
        draw(self.seed, 2 * round as u64 + 1, n_rows, self.params.row_share, rows);
        draw(self.seed, 2 * round as u64 + 2, self.bins.n_columns(), self.params.column_share, columns);
        let growth = Growth {
            bins: self.bins,
            rules: Rules {
                units,
                l2: self.params.l2,
                min_samples_leaf: u32::try_from(self.params.min_samples_leaf).unwrap_or(u32::MAX),
                directions: self.directions.clone(),
            },
            limits: Limits {
                max_leaves: self.params.max_leaves,
                max_depth: self.params.max_depth.unwrap_or(MAX_DEPTH),
                learning_rate: self.params.learning_rate,
            },
            columns,
            pairs,
            buffers: &mut self.buffers,
        };
        let grown = growth.grow(rows, pace)?;
        let all_taught = rows.len() == n_rows;
        for (leaf, value) in grown.rows.iter().zip(&grown.builder.values).filter(|_| all_taught) {
            rows[leaf.clone()].iter().for_each(|&row| said[row as usize] += value);
        }
        let tree = grown.builder.finish();
        if !all_taught {
            for (row, said) in said.iter_mut().enumerate() {
                *said += tree.value(tree.leaf(self.matrix.row(row)))[0];
            }
        }
        Ok(tree)
    }
}

/// A share of the first `n` numbers, at least one, ascending.
fn draw(seed: u64, stream: u64, n: usize, share: f64, drawn: &mut Vec<u32>) {
    drawn.clear();
    if share >= 1.0 {
        drawn.extend(0..n as u32);
        return;
    }
    let wanted = ((n as f64 * share).round() as usize).max(1);
    drawn.extend(draw_rows(&mut generator(seed, stream), n, wanted).into_iter().map(|row| row as u32));
}

impl Boosting {
    /// Numbers in target units, or probabilities of classes, for the rows of `matrix`.
    ///
    /// # Errors
    /// [`Error::ColumnsDiffer`] or [`Error::UnknownColumn`] for other columns than those of the fit.
    pub fn predict(&self, matrix: &Matrix) -> Result<Prediction> {
        Ok(self.loss.prediction(self.ensemble.raw(matrix)?, self.ensemble.n_outputs()))
    }
}
