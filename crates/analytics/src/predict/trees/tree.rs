//! Classification and regression trees (CART).

use serde::{Deserialize, Serialize};

use super::ensemble::{Combine, Ensemble};
use super::format::{Builder, MAX_DEPTH, Tree};
use super::grow::{Buffers, Growth, Limits};
use super::pace::Pace;
use super::prune::prune;
use super::ranks::Ranks;
use super::target::{ClassTarget, Criterion, NumberTarget, Prepared, Weights, check_rows};
use crate::predict::{Outcome, Prediction, TrainingSet};
use crate::progress::Watch;
use crate::random::generator;
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Matrix, Result};

/// The greatest row count and leaf count a parameter may ask for.
pub(super) const MANY: i64 = 1_000_000_000;

pub(super) const CRITERION: Parameter = Parameter {
    name: "criterion",
    kind: Kind::Choice { options: &["gini", "entropy"] },
    default: "\"gini\"",
    doc: "The impurity of classes that splits lower; numbers are split by squared error.",
};
pub(super) const DEPTH: Parameter = Parameter {
    name: "max_depth",
    kind: Kind::Integer { min: 1, max: MAX_DEPTH as i64 },
    default: "null",
    doc: "The most questions on the way to a leaf; null asks until leaves are pure or too small.",
};
pub(super) const SPLIT: Parameter = Parameter {
    name: "min_samples_split",
    kind: Kind::Integer { min: 2, max: MANY },
    default: "2",
    doc: "The fewest rows a node must have to be split.",
};
pub(super) const LEAF: Parameter = Parameter {
    name: "min_samples_leaf",
    kind: Kind::Integer { min: 1, max: MANY },
    default: "1",
    doc: "The fewest rows on either side of a split.",
};
pub(super) const DECREASE: Parameter = Parameter {
    name: "min_impurity_decrease",
    kind: Kind::Number { min: 0.0, max: 1e300 },
    default: "0.0",
    doc: "The least a split must lower the impurity, weighted by its share of the rows.",
};
pub(super) const LEAVES: Parameter = Parameter {
    name: "max_leaves",
    kind: Kind::Integer { min: 2, max: MANY },
    default: "null",
    doc: "The most leaves, those that gain most first; null sets no limit.",
};

/// How the method stands in the registry.
pub const METHOD: Method = Method {
    name: "tree",
    family: Family::Predict,
    summary: "Predicts a number or class by a tree of questions on single columns.",
    parameters: &[
        CRITERION,
        DEPTH,
        SPLIT,
        LEAF,
        DECREASE,
        LEAVES,
        Parameter {
            name: "ccp_alpha",
            kind: Kind::Number { min: 0.0, max: 1e300 },
            default: "0.0",
            doc: "Cost-complexity pruning: the impurity that one more leaf must take away, as a mean over rows.",
        },
    ],
    formula: "split = argmax over columns and thresholds of W·i(node) − W_l·i(left) − W_r·i(right); i = 1 − Σ p², −Σ p log₂ p \
or Σ w (y − ȳ)² / W; pruned to min over subtrees of Σ W_leaf·i(leaf) / W_root + ccp_alpha·leaves",
    source: "Breiman, Friedman, Olshen and Stone (1984), Classification and Regression Trees",
    cost: "rows × columns × depth; memory 1 to 4 bytes a cell",
};

/// What a tree may become.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TreeParams {
    /// The impurity of classes.
    pub criterion: Criterion,
    /// The most questions on the way to a leaf, `1..=512`.
    pub max_depth: Option<usize>,
    /// The fewest rows a node must have to be split, at least 2.
    pub min_samples_split: usize,
    /// The fewest rows on either side of a split, at least 1.
    pub min_samples_leaf: usize,
    /// The least a split must lower the impurity, weighted by the node's share of the rows.
    pub min_impurity_decrease: f64,
    /// The most leaves, at least 2.
    pub max_leaves: Option<usize>,
    /// The impurity that one more leaf must take away.
    pub ccp_alpha: f64,
}

impl Default for TreeParams {
    fn default() -> Self {
        Self {
            criterion: Criterion::Gini,
            max_depth: None,
            min_samples_split: 2,
            min_samples_leaf: 1,
            min_impurity_decrease: 0.0,
            max_leaves: None,
            ccp_alpha: 0.0,
        }
    }
}

impl TreeParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first parameter outside its range.
    pub fn check(&self) -> Result<()> {
        if !(0.0..=1e300).contains(&self.ccp_alpha) {
            return Err(Error::Parameter { name: "ccp_alpha", range: "between 0 and 1e300" });
        }
        self.shape().check()
    }

    pub(super) fn shape(&self) -> Shape {
        Shape {
            max_depth: self.max_depth,
            min_samples_split: self.min_samples_split,
            min_samples_leaf: self.min_samples_leaf,
            min_impurity_decrease: self.min_impurity_decrease,
            max_leaves: self.max_leaves,
        }
    }
}

/// The limits that trees and forests share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) max_depth: Option<usize>,
    pub(super) min_samples_split: usize,
    pub(super) min_samples_leaf: usize,
    pub(super) min_impurity_decrease: f64,
    pub(super) max_leaves: Option<usize>,
}

impl Shape {
    pub(super) fn check(&self) -> Result<()> {
        const MOST: usize = MANY as usize;
        let within = [
            (
                self.max_depth.is_none_or(|depth| (1..=MAX_DEPTH).contains(&depth)),
                "max_depth",
                "between 1 and 512",
            ),
            ((2..=MOST).contains(&self.min_samples_split), "min_samples_split", "between 2 and 1000000000"),
            ((1..=MOST).contains(&self.min_samples_leaf), "min_samples_leaf", "between 1 and 1000000000"),
            (
                (0.0..=1e300).contains(&self.min_impurity_decrease),
                "min_impurity_decrease",
                "between 0 and 1e300",
            ),
            (
                self.max_leaves.is_none_or(|most| (2..=MOST).contains(&most)),
                "max_leaves",
                "between 2 and 1000000000",
            ),
        ];
        match within.into_iter().find(|(is_within, ..)| !is_within) {
            Some((_, name, range)) => Err(Error::Parameter { name, range }),
            None => Ok(()),
        }
    }

    /// The limits in the units of a target multiplied by `scale`.
    pub(super) fn limits(&self, scale: f64, columns_per_split: usize) -> Limits {
        Limits {
            max_depth: self.max_depth.unwrap_or(MAX_DEPTH),
            min_samples_split: self.min_samples_split,
            min_samples_leaf: self.min_samples_leaf,
            min_impurity_decrease: self.min_impurity_decrease * scale * scale,
            max_leaves: self.max_leaves,
            columns_per_split,
        }
    }
}

/// A fitted tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionTree {
    /// The tree, alone: it says numbers in target units, or probabilities of classes.
    pub ensemble: Ensemble,
}

/// Grows one tree on `set`. Rows count by their weights, and `min_samples_*` count rows.
///
/// One row, a target of one value or columns of one value give a single leaf. Duplicate columns change nothing: the first is
/// asked. Columns enter by the order of their values alone, so their scale does not matter.
///
/// # Errors
/// [`Error::Parameter`]; [`Error::OutOfScale`] when the sum of the weights leaves the range of numbers; [`Error::Cancelled`].
pub fn fit(
    set: &TrainingSet<'_>,
    params: &TreeParams,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<DecisionTree> {
    params.check()?;
    check_rows(set)?;
    let weights = Weights::new(set)?;
    let prepared = Prepared::new(set.outcome());
    let matrix = set.matrix();
    let mut pace = Pace::new(watch, METHOD.name, 1);
    pace.done(0)?;
    let ranks = Ranks::new(matrix, &mut pace)?;
    let mut rows: Vec<u32> = (0..matrix.n_rows() as u32).collect();
    let task = Task {
        ranks: &ranks,
        prepared: &prepared,
        criterion: params.criterion,
        shape: params.shape(),
        columns_per_split: matrix.n_columns(),
        ccp_alpha: params.ccp_alpha,
        weights_scale: weights.scale,
    };
    let tree =
        task.grow(&mut rows, &weights.values, generator(seed, 0), &mut Buffers::default(), &mut pace)?;
    Ok(DecisionTree { ensemble: one_ensemble(matrix, set.outcome(), vec![tree], Combine::Sum) })
}

/// Trees grown on `matrix`, which say what `outcome` has.
pub(super) fn one_ensemble(
    matrix: &Matrix,
    outcome: Outcome<'_>,
    trees: Vec<Tree>,
    combine: Combine,
) -> Ensemble {
    let n_classes = match outcome {
        Outcome::Classes { n_classes, .. } => Some(n_classes),
        Outcome::Numbers(_) => None,
    };
    let n_outputs = n_classes.filter(|&classes| classes > 2).unwrap_or(1);
    Ensemble::new(matrix.names().to_vec(), n_classes, vec![0.0; n_outputs], combine, trees)
        .expect("trees grown here ask for the matrix's columns and say what the target has")
}

/// What growing any one tree of a model takes.
pub(super) struct Task<'a> {
    pub(super) ranks: &'a Ranks,
    pub(super) prepared: &'a Prepared<'a>,
    pub(super) criterion: Criterion,
    pub(super) shape: Shape,
    pub(super) columns_per_split: usize,
    pub(super) ccp_alpha: f64,
    pub(super) weights_scale: f64,
}

impl Task<'_> {
    /// Grows a tree on `rows`, weighted by `weights` of all rows, and prunes it.
    pub(super) fn grow(
        &self,
        rows: &mut [u32],
        weights: &[f64],
        generator: crate::random::Generator,
        buffers: &mut Buffers,
        pace: &mut Pace<'_, '_>,
    ) -> Result<Tree> {
        let (ranks, target_scale) = (self.ranks, self.target_scale());
        let limits = self.shape.limits(target_scale, self.columns_per_split);
        let mut builder: Builder = match self.prepared {
            Prepared::Classes(codes, n_classes) => {
                let target = ClassTarget::new(codes, *n_classes, self.criterion, weights);
                Growth { ranks, target, limits, generator, buffers }.grow(rows, pace)?
            }
            Prepared::Numbers(numbers, _) => {
                let target = NumberTarget::new(numbers, weights);
                Growth { ranks, target, limits, generator, buffers }.grow(rows, pace)?
            }
        };
        prune(&mut builder, self.ccp_alpha * target_scale * target_scale);
        let mut tree = builder.finish();
        tree.rescale(1.0 / target_scale, 1.0 / self.weights_scale);
        Ok(tree)
    }

    fn target_scale(&self) -> f64 {
        match self.prepared {
            Prepared::Classes(..) => 1.0,
            Prepared::Numbers(_, scale) => *scale,
        }
    }
}

/// What averaged trees say as a prediction.
pub(super) fn prediction(raw: Vec<f64>, n_classes: Option<usize>) -> Prediction {
    match n_classes {
        None => Prediction::Numbers(raw),
        Some(2) => Prediction::two_classes(&raw),
        Some(n_classes) => Prediction::Probabilities { n_classes, values: raw },
    }
}

impl DecisionTree {
    /// The leaf's mean, or its shares of the classes, for the rows of `matrix`.
    ///
    /// # Errors
    /// [`Error::ColumnsDiffer`] or [`Error::UnknownColumn`] for other columns than those of the fit.
    pub fn predict(&self, matrix: &Matrix) -> Result<Prediction> {
        Ok(prediction(self.ensemble.raw(matrix)?, self.ensemble.n_classes()))
    }
}
