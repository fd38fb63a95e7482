//! What a person reads of a model, as data: the app and the command line bring the words.

use serde::{Deserialize, Serialize};

use super::{Artefact, TargetSchema, Window, write};
use crate::Result;
use crate::judge::Scores;
use crate::metrics::Interval;
use crate::profile::ColumnKind;

/// A measure of a model on rows it had not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// Its name: `rmse`, `mae`, `r_squared`, `auc`, `average_precision`, `log_loss`, `brier`, `accuracy`, …
    pub name: String,
    /// The value.
    pub value: f64,
    /// The interval, where one was found.
    pub interval: Option<(f64, f64)>,
    /// The same of a model that knows no column.
    pub baseline: Option<f64>,
    /// Whether more is better.
    pub more_is_better: bool,
}

/// A model in the words of numbers: what it is for, what it learned from, how good it is and what it cannot tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// What it is for.
    pub purpose: String,
    /// The method's name in the registry.
    pub method: String,
    /// What it predicts; `None` for groups.
    pub target: Option<TargetSchema>,
    /// The rows it learned from.
    pub n_rows: usize,
    /// Their time.
    pub window: Option<Window>,
    /// The columns it uses.
    pub columns: Vec<CardColumn>,
    /// How good it is.
    pub metrics: Vec<Metric>,
    /// What to keep in mind.
    pub limits: Vec<Limit>,
    /// The seed of its draws.
    pub seed: u64,
    /// The SHA-256 of the rows it learned from.
    pub data_hash: String,
    /// The SHA-256 of the artefact's content.
    pub model_hash: String,
    /// The version of the engine that fitted it.
    pub engine_version: String,
    /// The size of the artefact in bytes.
    pub n_bytes: usize,
}

/// A column on a card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CardColumn {
    /// The heading.
    pub name: String,
    /// The type.
    pub kind: ColumnKind,
    /// The share of rows without a value.
    pub missing_share: f64,
    /// The least and greatest number or instant.
    pub range: Option<(f64, f64)>,
    /// How many levels occur.
    pub n_levels: usize,
}

/// What a reader should keep in mind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Limit {
    /// It says what goes together, not what causes what.
    NotCausal,
    /// It was not judged on rows it had not seen.
    NotJudged,
    /// It learned from fewer rows than [`FEW_ROWS`].
    FewRows {
        /// The rows.
        n_rows: usize,
    },
    /// A class has fewer rows than [`FEW_OF_A_CLASS`].
    SmallClass {
        /// The class.
        label: String,
        /// Its rows.
        n_rows: usize,
    },
    /// By this metric, or within its interval, it is no better than a model that knows no column.
    NotBetterThanBaseline {
        /// The metric.
        metric: String,
    },
    /// More than [`MANY_MISSING`] of a column's rows had no value.
    ManyMissing {
        /// The column.
        column: String,
        /// The share.
        share: f64,
    },
    /// The rows have no time: whether it still holds cannot be told from its age.
    NoWindow,
    /// Nothing is kept to compare later rows with.
    NoDriftReference,
}

/// Below this many rows a model is called small.
pub const FEW_ROWS: usize = 500;
/// Below this many rows a class is called small.
pub const FEW_OF_A_CLASS: usize = 50;
/// Above this share of rows without a value a column is called sparse.
pub const MANY_MISSING: f64 = 0.2;

impl Artefact {
    /// The card of the artefact.
    ///
    /// # Errors
    /// As [`write()`].
    pub fn card(&self) -> Result<ModelCard> {
        let bytes = write(self)?;
        let column = |column: &super::ColumnSchema| CardColumn {
            name: column.name.clone(),
            kind: column.kind,
            missing_share: column.n_missing as f64 / self.n_rows.max(1) as f64,
            range: column.range,
            n_levels: column.n_levels,
        };
        let columns: Vec<CardColumn> = self.columns.iter().map(column).collect();
        Ok(ModelCard {
            purpose: self.purpose.clone(),
            method: self.method.clone(),
            target: self.target.clone(),
            n_rows: self.n_rows,
            window: self.window,
            limits: self.limits(&columns),
            columns,
            metrics: self.metrics.clone(),
            seed: self.seed,
            data_hash: self.data_hash.clone(),
            model_hash: super::fingerprint(&bytes)?,
            engine_version: self.engine_version.clone(),
            n_bytes: bytes.len(),
        })
    }

    fn limits(&self, columns: &[CardColumn]) -> Vec<Limit> {
        let mut limits = vec![Limit::NotCausal];
        if self.metrics.is_empty() {
            limits.push(Limit::NotJudged);
        }
        if self.n_rows < FEW_ROWS {
            limits.push(Limit::FewRows { n_rows: self.n_rows });
        }
        if let Some(target) = &self.target {
            let classes = target.labels.iter().zip(&target.class_counts);
            let small = classes.filter(|(_, n_rows)| **n_rows < FEW_OF_A_CLASS);
            limits.extend(small.map(|(label, &n_rows)| Limit::SmallClass { label: label.clone(), n_rows }));
        }
        let poor = self.metrics.iter().filter(|metric| metric.is_no_better());
        limits.extend(poor.map(|metric| Limit::NotBetterThanBaseline { metric: metric.name.clone() }));
        let sparse = columns.iter().filter(|column| column.missing_share > MANY_MISSING);
        limits.extend(
            sparse.map(|column| Limit::ManyMissing {
                column: column.name.clone(),
                share: column.missing_share,
            }),
        );
        if self.window.is_none() {
            limits.push(Limit::NoWindow);
        }
        if self.drift.is_none() {
            limits.push(Limit::NoDriftReference);
        }
        limits
    }
}

impl Metric {
    /// Whether the baseline is as good, or within the interval.
    fn is_no_better(&self) -> bool {
        let (low, high) = self.interval.unwrap_or((self.value, self.value));
        let worst = if self.more_is_better { low } else { high };
        self.baseline.is_some_and(|baseline| match self.more_is_better {
            true => worst <= baseline,
            false => worst >= baseline,
        })
    }
}

/// The metrics of `scores` as a card lists them, with intervals and baselines where there are any.
#[must_use]
pub fn metrics_of(scores: &Scores) -> Vec<Metric> {
    let plain = |name: &str, value: f64, baseline: Option<f64>, more_is_better: bool| Metric {
        name: name.to_owned(),
        value,
        interval: None,
        baseline,
        more_is_better,
    };
    let with = |metric: Metric, interval: Interval| Metric {
        interval: Some((interval.low, interval.high)),
        ..metric
    };
    match scores {
        Scores::Regression(scores) => {
            let (metrics, baseline) = (&scores.metrics, &scores.baseline);
            let rmse = plain("rmse", metrics.rmse, Some(baseline.rmse), false);
            let mut list =
                vec![with(rmse, scores.rmse_interval), plain("mae", metrics.mae, Some(baseline.mae), false)];
            list.extend(metrics.r_squared.map(|value| plain("r_squared", value, Some(0.0), true)));
            list
        }
        Scores::Classification(scores) => {
            let metrics = &scores.metrics;
            vec![
                with(plain("auc", metrics.auc, Some(0.5), true), scores.auc_interval),
                plain("average_precision", metrics.average_precision, Some(metrics.base_rate), true),
                plain("log_loss", metrics.log_loss, Some(scores.baseline_log_loss), false),
                plain("brier", metrics.brier, Some(scores.baseline_brier), false),
            ]
        }
        Scores::Classes(scores) => {
            let (metrics, intervals) = (&scores.metrics, &scores.intervals);
            let accuracy = plain("accuracy", metrics.accuracy, Some(scores.baseline_accuracy), true);
            let accuracy = match intervals.accuracy {
                Some(interval) => with(accuracy, interval),
                None => accuracy,
            };
            vec![
                accuracy,
                plain("log_loss", metrics.log_loss, Some(scores.baseline_log_loss), false),
                plain("brier", metrics.brier, Some(scores.baseline_brier), false),
            ]
        }
    }
}
