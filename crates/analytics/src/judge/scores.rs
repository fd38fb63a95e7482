//! How good predictions of held-out rows are, beside a baseline that knows no column.

use serde::{Deserialize, Serialize};

use super::ValidateParams;
use crate::Result;
use crate::metrics::{
    ClassesIntervals, ClassesMetrics, ClassificationIntervals, ClassificationMetrics, Interval,
    RegressionIntervals, RegressionMetrics, classes, classes_intervals, classification,
    classification_intervals, regression, regression_intervals,
};
use crate::progress::Watch;

/// Numbers judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegressionScores {
    /// The model's errors.
    pub metrics: RegressionMetrics,
    /// The interval of the RMSE.
    pub rmse_interval: Interval,
    /// The intervals of all metrics.
    pub intervals: RegressionIntervals,
    /// The errors of always predicting the training rows' mean.
    pub baseline: RegressionMetrics,
}

/// Probabilities of two classes judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassificationScores {
    /// The model's metrics.
    pub metrics: ClassificationMetrics,
    /// The interval of the AUC.
    pub auc_interval: Interval,
    /// The intervals of all metrics.
    pub intervals: ClassificationIntervals,
    /// The log-loss of always saying the training rows' base rate. Its AUC is ½, its average precision the base rate.
    pub baseline_log_loss: f64,
    /// The Brier score of always saying the training rows' base rate.
    pub baseline_brier: f64,
}

/// Probabilities of more than two classes judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassesScores {
    /// The model's metrics.
    pub metrics: ClassesMetrics,
    /// Their intervals.
    pub intervals: ClassesIntervals,
    /// The accuracy of always saying the training rows' most frequent class.
    pub baseline_accuracy: f64,
    /// The log-loss of always saying the training rows' shares. Its areas are ½.
    pub baseline_log_loss: f64,
    /// The Brier score of always saying the training rows' shares.
    pub baseline_brier: f64,
}

/// How good predictions of held-out rows are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "there is one a fold, never many")]
pub enum Scores {
    /// Of numbers.
    Regression(RegressionScores),
    /// Of probabilities of two classes.
    Classification(Box<ClassificationScores>),
    /// Of probabilities of more than two classes.
    Classes(Box<ClassesScores>),
}

/// A metric over folds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoldSummary {
    /// The metric: `rmse`, `mae`, `r_squared`; `auc`, `average_precision`, `log_loss`, `brier`; `accuracy`,
    /// `balanced_accuracy`, `macro_f1`, `macro_auc`.
    pub metric: String,
    /// The mean over folds.
    pub mean: f64,
    /// The standard deviation over folds, divisor `k − 1`. Folds share training rows, so it is no standard error.
    pub standard_deviation: f64,
}

/// Predictions of rows by pipelines that have not seen them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct HeldOut {
    /// The values a row: 1 for numbers, the number of classes otherwise.
    pub(super) width: usize,
    /// Each row's position in the table.
    pub(super) rows: Vec<usize>,
    /// Each row's true number or class.
    pub(super) actual: Vec<f64>,
    /// The predicted number or the probabilities, `width` a row.
    pub(super) predictions: Vec<f64>,
    /// What the training rows' mean or shares say, `width` a row.
    pub(super) baselines: Vec<f64>,
}

impl HeldOut {
    /// No rows yet, of numbers when `n_classes` is 0.
    pub(super) fn new(n_classes: usize) -> Self {
        let (rows, actual, predictions, baselines) = Default::default();
        Self { width: n_classes.max(1), rows, actual, predictions, baselines }
    }

    /// Takes in the rows of another cut.
    pub(super) fn extend(&mut self, other: Self) {
        self.rows.extend(other.rows);
        self.actual.extend(other.actual);
        self.predictions.extend(other.predictions);
        self.baselines.extend(other.baselines);
    }

    /// The same rows by rising position.
    pub(super) fn sorted(&self) -> Self {
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        order.sort_by_key(|&position| self.rows[position]);
        let of_rows = |values: &[f64]| -> Vec<f64> {
            let row = |&position: &usize| &values[position * self.width..(position + 1) * self.width];
            order.iter().flat_map(row).copied().collect()
        };
        Self {
            width: self.width,
            rows: order.iter().map(|&position| self.rows[position]).collect(),
            actual: order.iter().map(|&position| self.actual[position]).collect(),
            predictions: of_rows(&self.predictions),
            baselines: of_rows(&self.baselines),
        }
    }

    /// One value a row: the number, the probability of the second of two classes, or the most probable of more.
    pub(super) fn headline(&self) -> Vec<f64> {
        match self.width {
            1 => self.predictions.clone(),
            2 => second_of_two(&self.predictions),
            n_classes => crate::metrics::most_probable(&self.predictions, n_classes)
                .into_iter()
                .map(f64::from)
                .collect(),
        }
    }

    /// The probabilities of more than two classes, empty otherwise.
    pub(super) fn probabilities(&self) -> Vec<f64> {
        if self.width > 2 { self.predictions.clone() } else { Vec::new() }
    }

    pub(super) fn scores(&self, params: &ValidateParams, watch: &mut Watch<'_>) -> Result<Scores> {
        match self.width {
            1 => self.of_numbers(params, watch).map(Scores::Regression),
            2 => self.of_two_classes(params, watch).map(|scores| Scores::Classification(Box::new(scores))),
            _ => self.of_classes(params, watch).map(|scores| Scores::Classes(Box::new(scores))),
        }
    }

    fn of_numbers(&self, params: &ValidateParams, watch: &mut Watch<'_>) -> Result<RegressionScores> {
        let metrics = regression(&self.actual, &self.predictions)?;
        let intervals = regression_intervals(&self.actual, &self.predictions, &params.bootstrap, watch)?;
        let alone = Interval { value: metrics.rmse, low: metrics.rmse, high: metrics.rmse };
        Ok(RegressionScores {
            metrics,
            rmse_interval: intervals.rmse.unwrap_or(alone),
            intervals,
            baseline: regression(&self.actual, &self.baselines)?,
        })
    }

    fn of_two_classes(&self, params: &ValidateParams, watch: &mut Watch<'_>) -> Result<ClassificationScores> {
        let labels: Vec<bool> = self.actual.iter().map(|&value| value == 1.0).collect();
        let probabilities = second_of_two(&self.predictions);
        let baseline = classification(&labels, &second_of_two(&self.baselines), &params.classification)?;
        let threshold = params.classification.threshold;
        let intervals =
            classification_intervals(&labels, &probabilities, threshold, &params.bootstrap, watch)?;
        Ok(ClassificationScores {
            metrics: classification(&labels, &probabilities, &params.classification)?,
            auc_interval: intervals.auc,
            intervals,
            baseline_log_loss: baseline.log_loss,
            baseline_brier: baseline.brier,
        })
    }

    fn of_classes(&self, params: &ValidateParams, watch: &mut Watch<'_>) -> Result<ClassesScores> {
        let actual: Vec<u32> = self.actual.iter().map(|&class| class as u32).collect();
        let baseline = classes(&actual, self.width, &self.baselines)?;
        Ok(ClassesScores {
            metrics: classes(&actual, self.width, &self.predictions)?,
            intervals: classes_intervals(&actual, self.width, &self.predictions, &params.bootstrap, watch)?,
            baseline_accuracy: baseline.accuracy,
            baseline_log_loss: baseline.log_loss,
            baseline_brier: baseline.brier,
        })
    }
}

fn second_of_two(values: &[f64]) -> Vec<f64> {
    values.iter().skip(1).step_by(2).copied().collect()
}

/// Means and deviations of the metrics that every fold has.
pub(super) fn summarize(folds: &[Scores]) -> Vec<FoldSummary> {
    let all: Vec<Vec<(&str, Option<f64>)>> = folds.iter().map(Scores::headlines).collect();
    let n_metrics = all.first().map_or(0, Vec::len);
    let summary = |metric: usize| {
        let values = all.iter().map(|fold| fold[metric].1).collect::<Option<Vec<f64>>>()?;
        let (mean, standard_deviation) = mean_and_deviation(&values);
        Some(FoldSummary { metric: all[0][metric].0.to_owned(), mean, standard_deviation })
    };
    (0..n_metrics).filter_map(summary).collect()
}

/// The mean, and the standard deviation with divisor `n − 1`, 0 for a single value.
pub(super) fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (mean, (squares / (values.len() as f64 - 1.0).max(1.0)).sqrt())
}

impl Scores {
    /// The metrics to compare by, in the order of [`FoldSummary::metric`]; `None` where one is not defined.
    #[must_use]
    pub fn headlines(&self) -> Vec<(&'static str, Option<f64>)> {
        match self {
            Self::Regression(scores) => {
                let metrics = &scores.metrics;
                vec![
                    ("rmse", Some(metrics.rmse)),
                    ("mae", Some(metrics.mae)),
                    ("r_squared", metrics.r_squared),
                ]
            }
            Self::Classification(scores) => {
                let metrics = &scores.metrics;
                vec![
                    ("auc", Some(metrics.auc)),
                    ("average_precision", Some(metrics.average_precision)),
                    ("log_loss", Some(metrics.log_loss)),
                    ("brier", Some(metrics.brier)),
                ]
            }
            Self::Classes(scores) => {
                let metrics = &scores.metrics;
                vec![
                    ("accuracy", Some(metrics.accuracy)),
                    ("balanced_accuracy", Some(metrics.balanced_accuracy)),
                    ("macro_f1", Some(metrics.macro_f1)),
                    ("macro_auc", metrics.macro_auc),
                    ("log_loss", Some(metrics.log_loss)),
                    ("brier", Some(metrics.brier)),
                ]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_put_in_order_with_all_they_have() {
        let held_out = HeldOut {
            width: 3,
            rows: vec![7, 2],
            actual: vec![1.0, 0.0],
            predictions: vec![0.1, 0.7, 0.2, 0.5, 0.25, 0.25],
            baselines: vec![0.5, 0.5, 0.0, 0.2, 0.4, 0.4],
        };
        let sorted = held_out.sorted();
        assert_eq!(
            (sorted.rows.as_slice(), sorted.actual.as_slice()),
            ([2, 7].as_slice(), [0.0, 1.0].as_slice())
        );
        assert_eq!(sorted.predictions, [0.5, 0.25, 0.25, 0.1, 0.7, 0.2]);
        assert_eq!(sorted.baselines, [0.2, 0.4, 0.4, 0.5, 0.5, 0.0]);
        assert_eq!(sorted.headline(), [0.0, 1.0]);
    }
}
