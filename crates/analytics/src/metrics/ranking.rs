//! Rows by falling probability, in groups of equal probability: the ROC and the precision–recall curve.
//!
//! Fawcett, T. (2006). An introduction to ROC analysis. Pattern Recognition Letters 27, 861–874.

use serde::{Deserialize, Serialize};

use super::{check_pair, thin};
use crate::{Error, Result};

/// A point of the ROC curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RocPoint {
    /// The share of negative rows predicted positive.
    pub false_positive_rate: f64,
    /// The share of positive rows predicted positive.
    pub true_positive_rate: f64,
    /// The probability at or above which a row is predicted positive; `None` at the start, where none is.
    pub threshold: Option<f64>,
}

/// A point of the precision–recall curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PrecisionRecallPoint {
    /// The share of positive rows predicted positive.
    pub recall: f64,
    /// The share of rows predicted positive that are.
    pub precision: f64,
    /// The probability at or above which a row is predicted positive.
    pub threshold: f64,
}

/// The rows that share a probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Group {
    pub(super) probability: f64,
    pub(super) n_positive: u64,
    pub(super) n_rows: u64,
}

/// All rows in groups by falling probability; both classes occur.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ranked {
    pub(super) groups: Vec<Group>,
    pub(super) n_positive: u64,
    pub(super) n_rows: u64,
}

impl Ranked {
    pub(super) fn new(labels: &[bool], probabilities: &[f64]) -> Result<Self> {
        check_pair(labels.len(), probabilities, PROBABILITY)?;
        if let Some(row) = probabilities.iter().position(|value| !(0.0..=1.0).contains(value)) {
            return Err(Error::NotFinite { column: PROBABILITY.to_owned(), row });
        }
        let n_positive = labels.iter().filter(|&&label| label).count() as u64;
        let n_rows = labels.len() as u64;
        if n_positive == 0 || n_positive == n_rows {
            return Err(Error::Classes { needed: 2, found: 1 });
        }
        let mut rows: Vec<(f64, bool)> = probabilities.iter().copied().zip(labels.iter().copied()).collect();
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut groups: Vec<Group> = Vec::new();
        for (probability, label) in rows {
            let positive = u64::from(label);
            match groups.last_mut() {
                Some(group) if group.probability == probability => {
                    group.n_positive += positive;
                    group.n_rows += 1;
                }
                _ => groups.push(Group { probability, n_positive: positive, n_rows: 1 }),
            }
        }
        Ok(Self { groups, n_positive, n_rows })
    }

    fn n_negative(&self) -> u64 {
        self.n_rows - self.n_positive
    }

    /// The chance that a positive row is above a negative one, ties counting half: Mann and Whitney's U over all pairs.
    pub(super) fn auc(&self) -> f64 {
        let mut positives_above = 0;
        let mut twice_won: u128 = 0;
        for group in &self.groups {
            let negatives = group.n_rows - group.n_positive;
            twice_won += u128::from(negatives) * u128::from(2 * positives_above + group.n_positive);
            positives_above += group.n_positive;
        }
        let pairs = u128::from(self.n_positive) * u128::from(self.n_negative());
        twice_won as f64 / (2.0 * pairs as f64)
    }

    /// The sum of precision over steps of recall.
    pub(super) fn average_precision(&self) -> f64 {
        let (mut hits, mut seen) = (0, 0);
        let step = |group: &Group| {
            hits += group.n_positive;
            seen += group.n_rows;
            group.n_positive as f64 * (hits as f64 / seen as f64)
        };
        self.groups.iter().map(step).sum::<f64>() / self.n_positive as f64
    }

    pub(super) fn roc(&self) -> Vec<RocPoint> {
        let start = RocPoint { false_positive_rate: 0.0, true_positive_rate: 0.0, threshold: None };
        let (mut hits, mut seen) = (0, 0);
        let points = self.groups.iter().map(|group| {
            hits += group.n_positive;
            seen += group.n_rows;
            RocPoint {
                false_positive_rate: (seen - hits) as f64 / self.n_negative() as f64,
                true_positive_rate: hits as f64 / self.n_positive as f64,
                threshold: Some(group.probability),
            }
        });
        thin(std::iter::once(start).chain(points).collect())
    }

    pub(super) fn precision_recall(&self) -> Vec<PrecisionRecallPoint> {
        let (mut hits, mut seen) = (0, 0);
        let points = self.groups.iter().map(|group| {
            hits += group.n_positive;
            seen += group.n_rows;
            PrecisionRecallPoint {
                recall: hits as f64 / self.n_positive as f64,
                precision: hits as f64 / seen as f64,
                threshold: group.probability,
            }
        });
        thin(points.collect())
    }
}

const PROBABILITY: &str = "probability";

/// The area under the ROC curve of `probabilities` that `labels` are true, ties counting half.
///
/// # Errors
/// As [`super::classification`].
pub fn auc(labels: &[bool], probabilities: &[f64]) -> Result<f64> {
    Ok(Ranked::new(labels, probabilities)?.auc())
}

/// The sum of precision over the steps of recall, by falling probability.
///
/// # Errors
/// As [`super::classification`].
pub fn average_precision(labels: &[bool], probabilities: &[f64]) -> Result<f64> {
    Ok(Ranked::new(labels, probabilities)?.average_precision())
}
