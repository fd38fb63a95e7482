//! Random forests: trees on resampled rows, each question chosen among a few drawn columns.
//!
//! Tree `t` draws from the stream `(seed, t)` alone, so that any workers may grow any ranges of trees ([`fit_trees`]) and
//! [`from_trees`] makes the same forest of them.

use std::borrow::Cow;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::ensemble::{Combine, Ensemble};
use super::format::Tree;
use super::grow::Buffers;
use super::pace::Pace;
use super::ranks::Ranks;
use super::target::{Criterion, Prepared, Weights, check_rows};
use super::tree::{CRITERION, DECREASE, DEPTH, LEAF, LEAVES, SPLIT, Shape, Task, one_ensemble, prediction};
use crate::predict::weighted::Rows;
use crate::predict::{Outcome, Prediction, TrainingSet};
use crate::progress::Watch;
use crate::random::{Generator, draw_below, generator};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::shards::{Crew, Question, SharedRows, at_once};
use crate::{Error, Matrix, Result};

/// How the method stands in the registry.
pub const METHOD: Method = Method {
    name: "forest",
    family: Family::Predict,
    summary: "Predicts a number or class by the mean of many trees, each grown on resampled rows and drawn columns.",
    parameters: &[
        Parameter {
            name: "n_trees",
            kind: Kind::Integer { min: 1, max: 10_000 },
            default: "100",
            doc: "The number of trees; more are never worse, only slower.",
        },
        Parameter {
            name: "columns_per_split",
            kind: Kind::Integer { min: 1, max: 1_000_000 },
            default: "null",
            doc: "The columns drawn for each question; null draws the square root of their number for classes and takes \
all for numbers.",
        },
        Parameter {
            name: "bootstrap",
            kind: Kind::Boolean,
            default: "true",
            doc: "Grows each tree on rows drawn with replacement, as many as there are, and scores the forest on the rows \
left out.",
        },
        CRITERION,
        DEPTH,
        SPLIT,
        LEAF,
        DECREASE,
        LEAVES,
    ],
    formula: "ŷ(x) = 1/T Σ tree_t(x), tree_t grown on a bootstrap sample with the best split among drawn columns",
    source: "Breiman (2001), Random Forests, Machine Learning 45",
    cost: "trees × rows × drawn columns × depth; memory 1 to 4 bytes a cell, and a node for about every two rows a tree",
};

/// What a forest may become.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ForestParams {
    /// The number of trees, `1..=10_000`.
    pub n_trees: usize,
    /// The columns drawn for each question; `None` draws the square root of their number for classes, all for numbers.
    pub columns_per_split: Option<usize>,
    /// Whether each tree sees rows drawn with replacement.
    pub bootstrap: bool,
    /// The impurity of classes.
    pub criterion: Criterion,
    /// The most questions on the way to a leaf, `1..=512`.
    pub max_depth: Option<usize>,
    /// The fewest different rows a node must have to be split, at least 2.
    pub min_samples_split: usize,
    /// The fewest different rows on either side of a split, at least 1.
    pub min_samples_leaf: usize,
    /// The least a split must lower the impurity, weighted by the node's share of the rows.
    pub min_impurity_decrease: f64,
    /// The most leaves a tree, at least 2.
    pub max_leaves: Option<usize>,
}

impl Default for ForestParams {
    fn default() -> Self {
        Self {
            n_trees: 100,
            columns_per_split: None,
            bootstrap: true,
            criterion: Criterion::Gini,
            max_depth: None,
            min_samples_split: 2,
            min_samples_leaf: 1,
            min_impurity_decrease: 0.0,
            max_leaves: None,
        }
    }
}

impl ForestParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first parameter outside its range.
    pub fn check(&self) -> Result<()> {
        if !(1..=10_000).contains(&self.n_trees) {
            return Err(Error::Parameter { name: "n_trees", range: "between 1 and 10000" });
        }
        if self.columns_per_split.is_some_and(|columns| !(1..=1_000_000).contains(&columns)) {
            return Err(Error::Parameter { name: "columns_per_split", range: "between 1 and 1000000" });
        }
        self.shape().check()
    }

    fn shape(&self) -> Shape {
        Shape {
            max_depth: self.max_depth,
            min_samples_split: self.min_samples_split,
            min_samples_leaf: self.min_samples_leaf,
            min_impurity_decrease: self.min_impurity_decrease,
            max_leaves: self.max_leaves,
        }
    }

    fn columns_per_split(&self, set: &TrainingSet<'_>) -> usize {
        let n_columns = set.matrix().n_columns();
        let default = match set.outcome() {
            Outcome::Classes { .. } => n_columns.isqrt().max(1),
            Outcome::Numbers(_) => n_columns,
        };
        self.columns_per_split.unwrap_or(default)
    }
}

/// How well the forest says what rows have, each asked only of the trees that did not see it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OutOfBag {
    /// The rows that at least one tree left out.
    pub n_rows: usize,
    /// Of classes the share of rows (by weight) whose most probable class is theirs, of numbers R².
    pub score: f64,
}

/// A fitted forest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forest {
    /// The trees, which say numbers in target units, or probabilities of classes.
    pub ensemble: Ensemble,
    /// The score on rows left out; `None` without bootstrap, when no tree left out any, or when the numbers do not vary.
    pub out_of_bag: Option<OutOfBag>,
}

/// Fits a forest on `set`. Rows count by their weights, and `min_samples_*` count different rows.
///
/// One row, a target of one value or columns of one value give leaves alone. Of duplicate columns each is drawn like any
/// other, and importances are shared among them. Columns enter by the order of their values alone.
///
/// # Errors
/// [`Error::Parameter`]; [`Error::OutOfScale`] when the sum of the weights leaves the range of numbers; [`Error::Cancelled`].
pub fn fit(set: &TrainingSet<'_>, params: &ForestParams, seed: u64, watch: &mut Watch<'_>) -> Result<Forest> {
    at_once(fit_among(set, params, seed, &Crew::alone(), watch))
}

/// As [`fit`], the trees shared with `crew`.
pub(crate) async fn fit_among(
    set: &TrainingSet<'_>,
    params: &ForestParams,
    seed: u64,
    crew: &Crew,
    watch: &mut Watch<'_>,
) -> Result<Forest> {
    params.check()?;
    let (target, n_classes) = match set.outcome() {
        Outcome::Numbers(numbers) => (Cow::Borrowed(numbers), None),
        Outcome::Classes { codes, n_classes } => {
            (codes.iter().map(|&code| f64::from(code)).collect(), Some(n_classes))
        }
    };
    let rows = Rows { matrix: set.matrix(), target: &target, weights: set.weights() };
    let n_rows = rows.matrix.n_rows();
    let operations = n_rows * params.columns_per_split(set) * (n_rows.ilog2() as usize + 1);
    let grow = Question::Grow(Grow { params: params.clone(), seed, n_classes });
    let mut shared = SharedRows::whole(crew, rows, params.n_trees, operations);
    let grown = |trees| fit_trees(set, params, seed, trees, watch);
    let trees = shared.each(&grow, params.n_trees, grown).await?;
    drop(shared);
    from_trees(set, params, seed, trees, watch)
}

/// What whoever grows trees of a forest needs to know besides the rows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Grow {
    params: ForestParams,
    seed: u64,
    /// `None` when the target is a number.
    n_classes: Option<usize>,
}

impl Grow {
    /// The trees at the positions `trees`; of classes the target holds the codes.
    pub(crate) fn trees(
        &self,
        rows: &Rows<'_>,
        trees: Range<usize>,
        watch: &mut Watch<'_>,
    ) -> Result<Vec<Tree>> {
        let codes: Vec<u32> = rows.target.iter().map(|&code| code as u32).collect();
        let outcome = match self.n_classes {
            Some(n_classes) => Outcome::Classes { codes: &codes, n_classes },
            None => Outcome::Numbers(rows.target),
        };
        let set = TrainingSet::new(rows.matrix, outcome)?;
        let set = rows.weights.map_or(Ok(set), |weights| set.with_weights(weights))?;
        fit_trees(&set, &self.params, self.seed, trees, watch)
    }
}

/// The trees at the positions `trees` of the forest that [`fit`] would give: what one worker grows.
///
/// # Errors
/// Those of [`fit`].
pub fn fit_trees(
    set: &TrainingSet<'_>,
    params: &ForestParams,
    seed: u64,
    trees: Range<usize>,
    watch: &mut Watch<'_>,
) -> Result<Vec<Tree>> {
    params.check()?;
    check_rows(set)?;
    let weights = Weights::new(set)?;
    let prepared = Prepared::new(set.outcome());
    let mut pace = Pace::new(watch, METHOD.name, trees.len());
    pace.done(0)?;
    let ranks = Ranks::new(set.matrix(), &mut pace)?;
    let task = Task {
        ranks: &ranks,
        prepared: &prepared,
        criterion: params.criterion,
        shape: params.shape(),
        columns_per_split: params.columns_per_split(set),
        ccp_alpha: 0.0,
        weights_scale: weights.scale,
    };
    let mut buffers = Buffers::default();
    let mut sample = Sample::default();
    let mut grown = Vec::with_capacity(trees.len());
    for tree in trees {
        let mut stream = generator(seed, tree as u64 + 1);
        sample.draw(&mut stream, &weights.values, params.bootstrap);
        grown.push(task.grow(&mut sample.rows, &sample.weights, stream, &mut buffers, &mut pace)?);
        pace.done(1)?;
    }
    Ok(grown)
}

/// The forest of `trees`, all of them in order, as [`fit_trees`] grew them on the same set, parameters and seed.
///
/// # Errors
/// [`Error::Parameter`] when their number is not `n_trees`; [`Error::Cancelled`].
///
/// # Panics
/// When the trees were grown on other columns or another kind of target.
pub fn from_trees(
    set: &TrainingSet<'_>,
    params: &ForestParams,
    seed: u64,
    trees: Vec<Tree>,
    watch: &mut Watch<'_>,
) -> Result<Forest> {
    params.check()?;
    if trees.len() != params.n_trees {
        return Err(Error::Parameter { name: "n_trees", range: "the number of trees that were grown" });
    }
    let ensemble = one_ensemble(set.matrix(), set.outcome(), trees, Combine::Mean);
    let out_of_bag = if params.bootstrap { out_of_bag(set, &ensemble, seed, watch)? } else { None };
    Ok(Forest { ensemble, out_of_bag })
}

/// The rows of one tree and their weights.
#[derive(Default)]
struct Sample {
    counts: Vec<u32>,
    rows: Vec<u32>,
    /// One weight for every row of the set, times how often it was drawn.
    weights: Vec<f64>,
}

impl Sample {
    /// The first draws of a tree's stream.
    fn draw(&mut self, stream: &mut Generator, weights: &[f64], bootstrap: bool) {
        self.counts.clear();
        self.counts.resize(weights.len(), u32::from(!bootstrap));
        if bootstrap {
            for _ in 0..weights.len() {
                self.counts[draw_below(stream, weights.len())] += 1;
            }
        }
        self.rows.clear();
        self.rows.extend((0u32..).zip(&self.counts).filter(|(_, count)| **count > 0).map(|(row, _)| row));
        self.weights.clear();
        self.weights
            .extend(weights.iter().zip(&self.counts).map(|(weight, &count)| weight * f64::from(count)));
    }
}

fn out_of_bag(
    set: &TrainingSet<'_>,
    ensemble: &Ensemble,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<Option<OutOfBag>> {
    let matrix = set.matrix();
    let weights = Weights::new(set)?.values;
    let n_outputs = ensemble.n_outputs();
    let mut sums = vec![0.0; matrix.n_rows() * n_outputs];
    let mut n_asked = vec![0u32; matrix.n_rows()];
    let mut sample = Sample::default();
    let mut pace = Pace::new(watch, "out_of_bag", ensemble.trees().len());
    for (position, tree) in ensemble.trees().iter().enumerate() {
        sample.draw(&mut generator(seed, position as u64 + 1), &weights, true);
        for (row, _) in sample.counts.iter().enumerate().filter(|(_, count)| **count == 0) {
            n_asked[row] += 1;
            let said = tree.value(tree.leaf(matrix.row(row)));
            sums[row * n_outputs..].iter_mut().zip(said).for_each(|(sum, said)| *sum += said);
        }
        pace.done(1)?;
    }
    let asked: Vec<usize> = (0..matrix.n_rows()).filter(|&row| n_asked[row] > 0).collect();
    for &row in &asked {
        let count = f64::from(n_asked[row]);
        sums[row * n_outputs..(row + 1) * n_outputs].iter_mut().for_each(|sum| *sum /= count);
    }
    let score = match set.outcome() {
        Outcome::Numbers(numbers) => r_squared(numbers, &sums, &weights, &asked),
        Outcome::Classes { codes, .. } => {
            let most_probable = prediction(sums, ensemble.n_classes()).most_probable().unwrap_or_default();
            let weight_of = |rows: &mut dyn Iterator<Item = usize>| rows.map(|row| weights[row]).sum::<f64>();
            let right = weight_of(&mut asked.iter().copied().filter(|&row| most_probable[row] == codes[row]));
            Some(right / weight_of(&mut asked.iter().copied()))
        }
    };
    let score = score.filter(|score| score.is_finite());
    Ok(score.map(|score| OutOfBag { n_rows: asked.len(), score }))
}

/// R² over the rows `asked`; `None` when the numbers do not vary there.
fn r_squared(numbers: &[f64], said: &[f64], weights: &[f64], asked: &[usize]) -> Option<f64> {
    let largest = asked.iter().fold(0.0f64, |most, &row| most.max(numbers[row].abs()));
    let unit = super::target::power_of_two_below(&[largest]);
    let cover: f64 = asked.iter().map(|&row| weights[row]).sum();
    let mean = asked.iter().map(|&row| weights[row] * (numbers[row] * unit)).sum::<f64>() / cover;
    let squares = |value: &dyn Fn(usize) -> f64| {
        asked.iter().map(|&row| weights[row] * (numbers[row] * unit - value(row)).powi(2)).sum::<f64>()
    };
    let around_mean = squares(&|_| mean);
    (around_mean > 0.0).then(|| 1.0 - squares(&|row| said[row] * unit) / around_mean)
}

impl Forest {
    /// The mean of what the trees say, for the rows of `matrix`.
    ///
    /// # Errors
    /// [`Error::ColumnsDiffer`] or [`Error::UnknownColumn`] for other columns than those of the fit.
    pub fn predict(&self, matrix: &Matrix) -> Result<Prediction> {
        Ok(prediction(self.ensemble.raw(matrix)?, self.ensemble.n_classes()))
    }
}
