//! Searching for a method and its parameters, judged on rows the search never saw.
//!
//! [`automl`] holds rows out, cuts the others into folds and tries candidates on these: first every method with good defaults,
//! then random ones of the declared [`Space`]s by successive halving, the likelier methods more often. The best is fitted anew
//! and judged on the held-out rows; a baseline that knows no column always stands on the leaderboard. With one space and
//! [`Strategy::Grid`] or [`Strategy::Random`] it is a grid or random search of one method. [`nested`] runs the whole search
//! inside each outer fold, which says what searching is worth.
//!
//! There is no clock inside: the caller's `budget` is asked often and ends the search by answering `false`. Without it, the same
//! rows, parameters and seed give the same leaderboard everywhere.

mod board;
mod folds;
mod run;
mod settled;
mod space;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::board::Trial;
pub(super) use self::folds::nested_order;
pub use self::run::{automl, nested};
pub use self::space::{Range, Space};
use super::{
    Calibrate, ClassWeight, Dependent, FoldSummary, Metric, Scores, Split, ValidateParams, Validation,
};
use crate::metrics::{BootstrapParams, ClassificationParams};
use crate::predict::ModelParams;
use crate::prepare::PrepareStep;
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Result};

/// How the method stands in the registry.
pub const METHOD: Method = Method {
    name: "automl",
    family: Family::Judge,
    summary: "Searches methods and parameters by cross-validation and judges the best on rows the search never saw.",
    parameters: &[
        Parameter {
            name: "metric",
            kind: Kind::Choice {
                options: &[
                    "auto",
                    "auc",
                    "average_precision",
                    "log_loss",
                    "brier",
                    "accuracy",
                    "balanced_accuracy",
                    "macro_f1",
                    "rmse",
                    "mae",
                    "r_squared",
                ],
            },
            default: "\"auto\"",
            doc: "What decides; auto takes the AUC for two classes, log-loss for more and RMSE for numbers.",
        },
        Parameter {
            name: "methods",
            kind: Kind::Text,
            default: "\"\"",
            doc: "The methods tried, separated by commas; empty tries all that take the target.",
        },
        Parameter {
            name: "strategy",
            kind: Kind::Choice { options: &["halving", "random", "grid"] },
            default: "\"halving\"",
            doc: "How parameters are tried after the defaults: drawn and dropped early on few rows, drawn, or all combinations.",
        },
        Parameter {
            name: "trials",
            kind: Kind::Integer { min: 1, max: 10_000 },
            default: "60",
            doc: "The most candidates tried.",
        },
        Parameter {
            name: "folds",
            kind: Kind::Integer { min: 2, max: 20 },
            default: "5",
            doc: "The folds each candidate is judged on.",
        },
        Parameter {
            name: "factor",
            kind: Kind::Integer { min: 2, max: 10 },
            default: "3",
            doc: "Halving keeps one candidate in this many and gives it this many times the rows.",
        },
        Parameter {
            name: "points",
            kind: Kind::Integer { min: 2, max: 50 },
            default: "4",
            doc: "The values a grid tries of each range.",
        },
        Parameter {
            name: "average",
            kind: Kind::Integer { min: 1, max: 10 },
            default: "4",
            doc: "The most models whose predictions are averaged, if that is better on the folds; 1 keeps the single best.",
        },
    ],
    formula: "argmax over candidates of the mean over folds of metric(held-out rows); halving: n candidates on 1/n of the \
training rows, the best n/factor on factor times as many, until one has all",
    source: "Jamieson and Talwalkar (2016), Non-stochastic Best Arm Identification and Hyperparameter Optimization; Li et al. \
(2018), Hyperband, JMLR 18; averaging: Caruana et al. (2004), Ensemble Selection from Libraries of Models",
    cost: "candidates × folds × the method's cost; all folds are held prepared in memory",
};

/// How parameters are tried after the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Random ones, most of them dropped early on few rows.
    #[default]
    Halving,
    /// Random ones, each on all rows.
    Random,
    /// All combinations of values on a grid.
    Grid,
}

/// How to search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AutomlParams {
    /// What decides.
    pub metric: Metric,
    /// The methods tried, separated by commas; empty tries all that take the target.
    pub methods: String,
    /// How parameters are tried after the defaults.
    pub strategy: Strategy,
    /// The most candidates, `1..=10_000`.
    pub trials: u32,
    /// The folds each is judged on, `2..=20`.
    pub folds: u32,
    /// Halving keeps one candidate in this many, `2..=10`.
    pub factor: u32,
    /// The values a grid tries of each range, `2..=50`.
    pub points: u32,
    /// The most models averaged, `1..=10`.
    pub average: u32,
}

impl Default for AutomlParams {
    fn default() -> Self {
        Self {
            metric: Metric::Auto,
            methods: String::new(),
            strategy: Strategy::Halving,
            trials: 60,
            folds: 5,
            factor: 3,
            points: 4,
            average: 4,
        }
    }
}

impl AutomlParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first parameter outside its range.
    pub fn check(&self) -> Result<()> {
        let ranges = [
            (self.trials, 1..=10_000, "trials", "between 1 and 10000"),
            (self.folds, 2..=20, "folds", "between 2 and 20"),
            (self.factor, 2..=10, "factor", "between 2 and 10"),
            (self.points, 2..=50, "points", "between 2 and 50"),
            (self.average, 1..=10, "average", "between 1 and 10"),
        ];
        match ranges.into_iter().find(|(value, range, ..)| !range.contains(value)) {
            Some((_, _, name, range)) => Err(Error::Parameter { name, range }),
            None => Ok(()),
        }
    }
}

/// What is to be learned, from what, and how to search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutomlTask {
    /// The column to predict; rows where it is missing are left out and counted. A number column of two values counts as classes.
    pub target: String,
    /// For classes the label that counts as positive; `None` takes the last in byte order.
    #[serde(default)]
    pub positive: Option<String>,
    /// The columns to learn from; empty takes all numbers, and yes-no columns and categories of at most 50 levels, but the target
    /// and the split's column.
    #[serde(default)]
    pub columns: Vec<String>,
    /// The preparing steps; `None` imputes, encodes categories and standardizes.
    #[serde(default)]
    pub prepare: Option<Vec<PrepareStep>>,
    /// What to do with dependent columns.
    #[serde(default)]
    pub dependent: Dependent,
    /// How much the rows of each class count while fitting.
    #[serde(default)]
    pub class_weight: ClassWeight,
    /// How the probabilities of the best are calibrated; candidates are compared without.
    #[serde(default)]
    pub calibrate: Calibrate,
    /// The rows held out from the search: one cut for [`automl`], folds for [`nested`]. Folds inside are cut likewise: by group
    /// under a split by group, by time under one by time.
    #[serde(default)]
    pub split: Split,
    /// The seed of cuts, draws and models.
    #[serde(default)]
    pub seed: u64,
    /// The threshold and calibration of class metrics.
    #[serde(default)]
    pub classification: ClassificationParams,
    /// The intervals.
    #[serde(default)]
    pub bootstrap: BootstrapParams,
    /// What may be tried; empty takes [`Space::declared`].
    #[serde(default)]
    pub spaces: Vec<Space>,
    /// How to search.
    #[serde(default)]
    pub how: AutomlParams,
}

/// What [`automl`] found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Automl {
    /// What decided.
    pub metric: Metric,
    /// Every candidate, the best first; those dropped on few rows after those judged on all, failed ones last.
    pub leaderboard: Vec<Trial>,
    /// Whether the budget ended the search before its last candidate.
    pub ended_early: bool,
    /// The best candidate, or the average of the best, with the columns, steps and cut it was judged with.
    pub judged_as: ValidateParams,
    /// The best on the rows held out from the search, and fitted on all rows for use.
    pub validation: Validation,
}

/// What [`nested`] found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Nested {
    /// What decided inside.
    pub metric: Metric,
    /// What each outer fold's search chose.
    pub chosen: Vec<ModelParams>,
    /// The scores of each outer fold's choice on its held-out rows.
    pub folds: Vec<Scores>,
    /// Their means and deviations.
    pub fold_summary: Vec<FoldSummary>,
    /// Whether the budget ended any of the searches early.
    pub ended_early: bool,
}
