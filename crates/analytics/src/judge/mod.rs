//! Judging a prediction on rows it has not seen.
//!
//! [`validate`] cuts the rows, fits the preparing steps and then the model on the training rows alone, and measures on the
//! held-out ones: nothing of a held-out row, its target or its share of a mean, reaches what judges it. A baseline that
//! knows no column always stands beside. What is kept for use, [`Pipeline`], is then fitted on all rows.
//! [`search`] finds the method and its parameters by the same rules; [`leakage`] looks for columns that know too much before
//! anything is fitted; [`learning_curve`] tells whether more rows would help.

mod calibrated;
mod keys;
pub mod leakage;
mod learning_curve;
mod metric;
mod pipeline;
mod scores;
pub mod search;
pub mod split;
mod target;
mod validate;

use serde::{Deserialize, Serialize};

use crate::metrics::{BootstrapParams, ClassificationParams};
use crate::predict::ModelParams;
use crate::prepare::PrepareStep;

pub use self::calibrated::Calibrate;
pub use self::learning_curve::{LearningPoint, learning_curve};
pub use self::metric::Metric;
pub use self::pipeline::{Pipeline, PipelineParams};
pub use self::scores::{ClassesScores, ClassificationScores, FoldSummary, RegressionScores, Scores};
pub use self::target::{Target, TargetValues, positive_label};
pub use self::validate::{fit_among, validate, validate_among};

/// What to do with prepared columns that follow exactly from others, under a model that cannot have them
/// ([`ModelParams::needs_independent_columns`]); other models get all columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dependent {
    /// Refuse, naming the first.
    Refuse,
    /// Leave out the later ones, found on the training rows, and list them.
    #[default]
    Drop,
}

/// How much the rows of each class count while fitting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassWeight {
    /// Every row counts alike.
    #[default]
    None,
    /// Every class counts alike: a row's weight is the number of rows over the number of classes times its class's rows.
    Balanced,
}

/// How rows are cut into those that teach and those that judge. Classes keep their shares on both sides unless said otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Split {
    /// A random share of the rows of each class is held out.
    Holdout {
        /// The share, `0 < test_share < 1`.
        test_share: f64,
    },
    /// A random share of the rows is held out, whatever their classes.
    Random {
        /// The share, `0 < test_share < 1`.
        test_share: f64,
    },
    /// Each row is held out once, in one of `k` folds.
    Folds {
        /// The folds, `2 <= k <= 100`.
        k: u32,
    },
    /// Folds dealt several times anew: each row is held out once in each round. Predictions and their scores are those of the
    /// first round; folds and their summary are those of all.
    RepeatedFolds {
        /// The folds of a round, `2 <= k <= 100`.
        k: u32,
        /// The rounds, `2 <= repeats <= 100`.
        repeats: u32,
    },
    /// A random share of groups is held out; rows of one group stay on one side, classes as they fall.
    Group {
        /// The column whose equal values make a group; never used to predict.
        column: String,
        /// The share of rows aimed at, `0 < test_share < 1`.
        test_share: f64,
    },
    /// Each group is held out once, in one of `k` folds with classes as even as whole groups allow.
    GroupFolds {
        /// The column whose equal values make a group; never used to predict.
        column: String,
        /// The folds, `2 <= k <= 100`.
        k: u32,
    },
    /// The latest rows are held out: the honest cut when rows have dates.
    Time {
        /// The time column; never used to predict.
        column: String,
        /// The share held out, `0 < test_share < 1`.
        test_share: f64,
    },
    /// Rows by time in `k + 1` pieces: each but the first is held out once, judged by all pieces before it.
    TimeFolds {
        /// The time column; never used to predict.
        column: String,
        /// The pieces that judge, `2 <= k <= 100`.
        k: u32,
    },
}

impl Split {
    /// The column that decides where a row goes, which must not predict.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Group { column, .. }
            | Self::GroupFolds { column, .. }
            | Self::Time { column, .. }
            | Self::TimeFolds { column, .. } => Some(column),
            Self::Holdout { .. } | Self::Random { .. } | Self::Folds { .. } | Self::RepeatedFolds { .. } => {
                None
            }
        }
    }

    /// How many of `n_cuts` cuts hold a row out at most once.
    fn cuts_in_a_round(&self, n_cuts: usize) -> usize {
        match self {
            Self::RepeatedFolds { k, .. } => *k as usize,
            _ => n_cuts,
        }
    }
}

impl Default for Split {
    fn default() -> Self {
        Self::Holdout { test_share: 0.2 }
    }
}

/// What [`validate`] needs to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidateParams {
    /// The column to predict; rows where it is missing are left out and counted.
    pub target: String,
    /// For classes the label that counts as positive; `None` takes the last in byte order (`Yes`, `true`, `1`).
    #[serde(default)]
    pub positive: Option<String>,
    /// The columns to learn from; empty takes all but the target and the split's column.
    #[serde(default)]
    pub columns: Vec<String>,
    /// The preparing steps.
    #[serde(default)]
    pub prepare: Vec<PrepareStep>,
    /// What to do with dependent columns.
    #[serde(default)]
    pub dependent: Dependent,
    /// The model.
    pub model: ModelParams,
    /// How much the rows of each class count while fitting.
    #[serde(default)]
    pub class_weight: ClassWeight,
    /// How the probabilities are calibrated.
    #[serde(default)]
    pub calibrate: Calibrate,
    /// How rows are cut.
    #[serde(default)]
    pub split: Split,
    /// The seed of the cut.
    #[serde(default)]
    pub seed: u64,
    /// The threshold and calibration of class metrics.
    #[serde(default)]
    pub classification: ClassificationParams,
    /// The intervals of AUC and RMSE.
    #[serde(default)]
    pub bootstrap: BootstrapParams,
}

/// What [`validate`] found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// The rows with a target.
    pub n_rows: usize,
    /// The rows without, which were left out.
    pub n_rows_without_target: usize,
    /// Of two classes the label that counts as positive.
    pub positive: Option<String>,
    /// The classes, of two the positive one last; empty for numbers.
    #[serde(default)]
    pub labels: Vec<String>,
    /// The positions in the table of the held-out rows, rising.
    pub held_out: Vec<usize>,
    /// The prediction of each held-out row by a pipeline that has not seen it: target units, the probability of the positive of two
    /// classes, or the position in `labels` of the most probable of more.
    pub predictions: Vec<f64>,
    /// Of more than two classes the probabilities, held-out row by row, one a label; empty otherwise.
    #[serde(default)]
    pub probabilities: Vec<f64>,
    /// The true value of each held-out row: target units, or the class's position in `labels` (1 for positive, 0 for negative).
    pub actual: Vec<f64>,
    /// The metrics of all held-out rows together.
    pub scores: Scores,
    /// The metrics of each fold; empty for a single cut.
    pub folds: Vec<Scores>,
    /// Means and deviations over folds; empty for a single cut.
    pub fold_summary: Vec<FoldSummary>,
    /// The pipelines that were judged, one a cut, each fitted on its training rows alone.
    pub judged: Vec<Pipeline>,
    /// The pipeline to use: fitted on all rows with a target after the judging.
    pub pipeline: Pipeline,
}

#[cfg(test)]
mod tests;
