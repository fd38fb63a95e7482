//! Judging a prediction on rows it has not seen.
//!
//! [`validate`] cuts the rows, fits the preparing steps and then the model on the training rows alone, and measures on the
//! held-out ones: nothing of a held-out row, its target or its share of a mean, reaches what judges it. A baseline that
//! knows no column always stands beside. What is kept for use, [`Pipeline`], is then fitted on all rows.

mod pipeline;
pub mod split;
mod target;
mod validate;

use serde::{Deserialize, Serialize};

use crate::metrics::{
    BootstrapParams, ClassificationMetrics, ClassificationParams, Interval, RegressionMetrics,
};
use crate::predict::ModelParams;
use crate::prepare::PrepareStep;

pub use self::pipeline::{Pipeline, PipelineParams};
pub use self::target::{Target, TargetValues, positive_label};
pub use self::validate::validate;

/// What to do with prepared columns that follow exactly from others.
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

/// How rows are cut into those that teach and those that judge. Classes keep their shares on both sides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Split {
    /// A random share of the rows is held out.
    Holdout {
        /// The share, `0 < test_share < 1`.
        test_share: f64,
    },
    /// Each row is held out once, in one of `k` folds.
    Folds {
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
    /// The columns to learn from; empty takes all but the target and the split's time column.
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

/// Numbers judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegressionScores {
    /// The model's errors.
    pub metrics: RegressionMetrics,
    /// The interval of the RMSE.
    pub rmse_interval: Interval,
    /// The errors of always predicting the training rows' mean.
    pub baseline: RegressionMetrics,
}

/// Probabilities judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassificationScores {
    /// The model's metrics.
    pub metrics: ClassificationMetrics,
    /// The interval of the AUC.
    pub auc_interval: Interval,
    /// The log-loss of always saying the training rows' base rate. Its AUC is ½, its average precision the base rate.
    pub baseline_log_loss: f64,
    /// The Brier score of always saying the training rows' base rate.
    pub baseline_brier: f64,
}

/// How good predictions of held-out rows are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Scores {
    /// Of numbers.
    Regression(RegressionScores),
    /// Of probabilities.
    Classification(Box<ClassificationScores>),
}

/// A metric over folds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoldSummary {
    /// The metric: `rmse`, `mae`, `r_squared`, `auc`, `average_precision`, `log_loss` or `brier`.
    pub metric: String,
    /// The mean over folds.
    pub mean: f64,
    /// The standard deviation over folds, divisor `k − 1`. Folds share training rows, so it is no standard error.
    pub standard_deviation: f64,
}

/// What [`validate`] found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// The rows with a target.
    pub n_rows: usize,
    /// The rows without, which were left out.
    pub n_rows_without_target: usize,
    /// For classes the label that counts as positive.
    pub positive: Option<String>,
    /// The positions in the table of the held-out rows, rising.
    pub held_out: Vec<usize>,
    /// The prediction of each held-out row by a pipeline that has not seen it: target units, or a probability.
    pub predictions: Vec<f64>,
    /// The true value of each held-out row: target units, or 1 for positive and 0 for negative.
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
