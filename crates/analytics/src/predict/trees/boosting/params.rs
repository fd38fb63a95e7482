//! What boosting may become.

use serde::{Deserialize, Serialize};

use crate::predict::trees::format::MAX_DEPTH;
use crate::predict::trees::tree::{DEPTH, MANY};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Result};

/// How the method stands in the registry.
pub const METHOD: Method = Method {
    name: "boosting",
    family: Family::Predict,
    summary: "Predicts a number or class by a sum of small trees, each taking away what those before still get wrong.",
    parameters: &[
        Parameter {
            name: "n_rounds",
            kind: Kind::Integer { min: 1, max: 10_000 },
            default: "100",
            doc: "The most rounds, of one tree each, or of one tree a class for more than two classes.",
        },
        Parameter {
            name: "learning_rate",
            kind: Kind::Number { min: 0.0001, max: 1.0 },
            default: "0.1",
            doc: "What each tree counts; smaller needs more rounds and is often better.",
        },
        Parameter {
            name: "max_leaves",
            kind: Kind::Integer { min: 2, max: 65_536 },
            default: "31",
            doc: "The most leaves a tree, those that gain most first.",
        },
        DEPTH,
        Parameter {
            name: "min_samples_leaf",
            kind: Kind::Integer { min: 1, max: MANY },
            default: "20",
            doc: "The fewest rows on either side of a split.",
        },
        Parameter {
            name: "l2",
            kind: Kind::Number { min: 0.0, max: 1e12 },
            default: "0.0",
            doc: "The weight λ of the penalty λ/2 v² on the value v of each leaf.",
        },
        Parameter {
            name: "max_bins",
            kind: Kind::Integer { min: 2, max: 255 },
            default: "255",
            doc: "The bins a column is cut into; columns with fewer different values have one for each.",
        },
        Parameter {
            name: "row_share",
            kind: Kind::Number { min: 0.01, max: 1.0 },
            default: "1.0",
            doc: "The share of rows that each round draws, without replacement.",
        },
        Parameter {
            name: "column_share",
            kind: Kind::Number { min: 0.01, max: 1.0 },
            default: "1.0",
            doc: "The share of columns that each round draws.",
        },
        Parameter {
            name: "increasing",
            kind: Kind::Columns,
            default: "[]",
            doc: "Columns along which the prediction never falls, all others held; not for more than two classes.",
        },
        Parameter {
            name: "decreasing",
            kind: Kind::Columns,
            default: "[]",
            doc: "Columns along which the prediction never rises, all others held; not for more than two classes.",
        },
        Parameter {
            name: "held_out_share",
            kind: Kind::Number { min: 0.0, max: 0.5 },
            default: "0.0",
            doc: "The share of rows, of each class alike, that do not teach but say when to stop; 0 goes through all rounds.",
        },
        Parameter {
            name: "patience",
            kind: Kind::Integer { min: 1, max: 10_000 },
            default: "10",
            doc: "The rounds without a lower loss on the held-out share after which to stop; trees after the best round are \
dropped.",
        },
    ],
    formula: "F_m = F_(m−1) + η Σ v_leaf 1[x in leaf], v = −G / (H + λ); split = argmax G_l²/(H_l+λ) + G_r²/(H_r+λ) − \
G²/(H+λ); G and H are sums of the loss's first and second derivatives",
    source: "Friedman (2001), Greedy Function Approximation, Annals of Statistics 29; Ke et al. (2017), LightGBM, NIPS 30",
    cost: "rounds × rows × columns × log(leaves); memory 1 byte a cell and 6 KB a column and open leaf",
};

/// What boosting may become.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BoostingParams {
    /// The most rounds, `1..=10_000`.
    pub n_rounds: usize,
    /// What each tree counts, `0.0001..=1`.
    pub learning_rate: f64,
    /// The most leaves a tree, `2..=65_536`.
    pub max_leaves: usize,
    /// The most questions on the way to a leaf, `1..=512`.
    pub max_depth: Option<usize>,
    /// The fewest rows on either side of a split, at least 1.
    pub min_samples_leaf: usize,
    /// The penalty on squared leaf values, at least 0.
    pub l2: f64,
    /// The bins a column is cut into, `2..=255`.
    pub max_bins: usize,
    /// The share of rows that each round draws, `0.01..=1`.
    pub row_share: f64,
    /// The share of columns that each round draws, `0.01..=1`.
    pub column_share: f64,
    /// Columns along which the prediction never falls.
    pub increasing: Vec<String>,
    /// Columns along which the prediction never rises.
    pub decreasing: Vec<String>,
    /// The share of rows that say when to stop, `0..=0.5`.
    pub held_out_share: f64,
    /// The rounds without a lower held-out loss after which to stop, at least 1.
    pub patience: usize,
}

impl Default for BoostingParams {
    fn default() -> Self {
        Self {
            n_rounds: 100,
            learning_rate: 0.1,
            max_leaves: 31,
            max_depth: None,
            min_samples_leaf: 20,
            l2: 0.0,
            max_bins: 255,
            row_share: 1.0,
            column_share: 1.0,
            increasing: Vec::new(),
            decreasing: Vec::new(),
            held_out_share: 0.0,
            patience: 10,
        }
    }
}

impl BoostingParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first parameter outside its range.
    pub fn check(&self) -> Result<()> {
        let within = [
            ((1..=10_000).contains(&self.n_rounds), "n_rounds", "between 1 and 10000"),
            ((0.0001..=1.0).contains(&self.learning_rate), "learning_rate", "between 0.0001 and 1"),
            ((2..=65_536).contains(&self.max_leaves), "max_leaves", "between 2 and 65536"),
            (
                self.max_depth.is_none_or(|depth| (1..=MAX_DEPTH).contains(&depth)),
                "max_depth",
                "between 1 and 512",
            ),
            (
                (1..=MANY as usize).contains(&self.min_samples_leaf),
                "min_samples_leaf",
                "between 1 and 1000000000",
            ),
            ((0.0..=1e12).contains(&self.l2), "l2", "between 0 and 1e12"),
            ((2..=255).contains(&self.max_bins), "max_bins", "between 2 and 255"),
            ((0.01..=1.0).contains(&self.row_share), "row_share", "between 0.01 and 1"),
            ((0.01..=1.0).contains(&self.column_share), "column_share", "between 0.01 and 1"),
            ((0.0..=0.5).contains(&self.held_out_share), "held_out_share", "between 0 and 0.5"),
            ((1..=10_000).contains(&self.patience), "patience", "between 1 and 10000"),
        ];
        match within.into_iter().find(|(is_within, ..)| !is_within) {
            Some((_, name, range)) => Err(Error::Parameter { name, range }),
            None => Ok(()),
        }
    }
}
