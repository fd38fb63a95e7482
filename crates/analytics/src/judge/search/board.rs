//! The leaderboard: what was tried and how well it did.

use serde::{Deserialize, Serialize};

use crate::judge::Metric;
use crate::judge::scores::mean_and_deviation;
use crate::predict::ModelParams;

/// The method name of the entry that knows no column.
pub(super) const BASELINE: &str = "baseline";

/// One candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Its place, 1 for the best.
    pub rank: usize,
    /// The method, or `baseline`.
    pub method: String,
    /// The method and its parameters; `None` for the baseline.
    pub model: Option<ModelParams>,
    /// The share of each fold's training rows it was last fitted on.
    pub share: f64,
    /// The metric of each fold's held-out rows.
    pub folds: Vec<f64>,
    /// Their mean; `None` when a fold failed.
    pub mean: Option<f64>,
    /// Their standard deviation, divisor `k − 1`.
    pub deviation: Option<f64>,
    /// Why it failed, as an error's code.
    pub failure: Option<String>,
}

impl Trial {
    pub(super) fn new(model: Option<ModelParams>, share: f64) -> Self {
        let method = model.as_ref().map_or_else(|| BASELINE.to_owned(), method_name);
        Self { rank: 0, method, model, share, folds: Vec::new(), mean: None, deviation: None, failure: None }
    }

    pub(super) fn with_folds(self, folds: Vec<f64>) -> Self {
        let (mean, deviation) = mean_and_deviation(&folds);
        Self { folds, mean: Some(mean), deviation: Some(deviation), ..self }
    }

    /// Judged on all rows, and not the baseline.
    pub(super) fn is_finalist(&self) -> bool {
        self.share >= 1.0 && self.mean.is_some() && self.model.is_some()
    }
}

/// The method's name in recipes.
pub(super) fn method_name(model: &ModelParams) -> String {
    let written = serde_json::to_value(model).ok();
    let name = written.as_ref().and_then(|value| value.get("method")).and_then(|name| name.as_str());
    name.unwrap_or_default().to_owned()
}

/// How far `value` is ahead: more is better whatever the metric.
pub(super) fn merit(metric: Metric, value: f64) -> f64 {
    if metric.rises() { value } else { -value }
}

/// Sorts by rows seen, then by merit, failed ones last and equal ones as they came; then numbers the places.
pub(super) fn rank(mut trials: Vec<Trial>, metric: Metric) -> Vec<Trial> {
    let merit_of = |trial: &Trial| trial.mean.map(|mean| merit(metric, mean));
    trials.sort_by(|a, b| match (merit_of(a), merit_of(b)) {
        (Some(of_a), Some(of_b)) => b.share.total_cmp(&a.share).then(of_b.total_cmp(&of_a)),
        (of_a, of_b) => of_b.is_some().cmp(&of_a.is_some()),
    });
    trials.iter_mut().zip(1..).for_each(|(trial, place)| trial.rank = place);
    trials
}
