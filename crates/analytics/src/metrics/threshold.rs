//! Counts at a threshold, and the threshold that costs least.

use serde::{Deserialize, Serialize};

use super::ranking::Ranked;
use super::{check_pair, thin};
use crate::{Error, Result};

/// The four counts at a threshold: a row is predicted positive at or above it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    /// The threshold.
    pub threshold: f64,
    /// Positive rows predicted positive.
    pub true_positives: u64,
    /// Negative rows predicted positive.
    pub false_positives: u64,
    /// Negative rows predicted negative.
    pub true_negatives: u64,
    /// Positive rows predicted negative.
    pub false_negatives: u64,
}

impl Confusion {
    /// The share of rows predicted rightly. Beside a rare class, saying "never" scores high: read precision and recall.
    #[must_use]
    pub fn accuracy(&self) -> Option<f64> {
        let right = self.true_positives + self.true_negatives;
        share(right, right + self.false_positives + self.false_negatives)
    }

    /// The share of rows predicted positive that are; `None` when none is predicted.
    #[must_use]
    pub fn precision(&self) -> Option<f64> {
        share(self.true_positives, self.true_positives + self.false_positives)
    }

    /// The share of positive rows found; `None` when there are none.
    #[must_use]
    pub fn recall(&self) -> Option<f64> {
        share(self.true_positives, self.true_positives + self.false_negatives)
    }

    /// The share of negative rows left alone; `None` when there are none.
    #[must_use]
    pub fn specificity(&self) -> Option<f64> {
        share(self.true_negatives, self.true_negatives + self.false_positives)
    }

    /// The harmonic mean of precision and recall; `None` when no row is or is predicted positive.
    #[must_use]
    pub fn f1(&self) -> Option<f64> {
        share(2 * self.true_positives, 2 * self.true_positives + self.false_positives + self.false_negatives)
    }
}

impl Confusion {
    /// The mean of recall and specificity; `None` when a class is missing.
    #[must_use]
    pub fn balanced_accuracy(&self) -> Option<f64> {
        Some(0.5 * (self.recall()? + self.specificity()?))
    }

    /// The share of negative rows predicted positive; `None` when there are none.
    #[must_use]
    pub fn false_positive_rate(&self) -> Option<f64> {
        share(self.false_positives, self.true_negatives + self.false_positives)
    }

    /// The share of rows predicted negative that are; `None` when none is predicted.
    #[must_use]
    pub fn negative_predictive_value(&self) -> Option<f64> {
        share(self.true_negatives, self.true_negatives + self.false_negatives)
    }

    /// Matthews' correlation of prediction and truth; `None` when either does not vary.
    #[must_use]
    pub fn matthews(&self) -> Option<f64> {
        let [tp, fp, tn, fn_] =
            [self.true_positives, self.false_positives, self.true_negatives, self.false_negatives]
                .map(|count| count as f64);
        let spread = ((tp + fp).sqrt() * (tp + fn_).sqrt()) * ((tn + fp).sqrt() * (tn + fn_).sqrt());
        (spread > 0.0).then(|| (tp * tn - fp * fn_) / spread)
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The counts of `probabilities` against `labels`, of the same length, at `threshold`. One class alone is allowed.
///
/// # Errors
/// [`Error::Empty`], [`Error::LengthMismatch`], [`Error::NotFinite`].
pub fn confusion(labels: &[bool], probabilities: &[f64], threshold: f64) -> Result<Confusion> {
    check_pair(labels.len(), probabilities, "probability")?;
    let mut counts =
        Confusion { threshold, true_positives: 0, false_positives: 0, true_negatives: 0, false_negatives: 0 };
    for (&label, &probability) in labels.iter().zip(probabilities) {
        match (label, probability >= threshold) {
            (true, true) => counts.true_positives += 1,
            (false, true) => counts.false_positives += 1,
            (false, false) => counts.true_negatives += 1,
            (true, false) => counts.false_negatives += 1,
        }
    }
    Ok(counts)
}

/// What the two mistakes cost, in any one unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Costs {
    /// A negative row predicted positive, at least 0: a call in vain.
    pub false_positive: f64,
    /// A positive row predicted negative, at least 0: a customer lost.
    pub false_negative: f64,
}

impl Default for Costs {
    fn default() -> Self {
        Self { false_positive: 1.0, false_negative: 1.0 }
    }
}

impl Costs {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a negative or infinite cost, or when both are zero.
    pub fn check(&self) -> Result<()> {
        let is_cost = |cost: f64| (0.0..=1e12).contains(&cost);
        if is_cost(self.false_positive)
            && is_cost(self.false_negative)
            && self.false_positive + self.false_negative > 0.0
        {
            return Ok(());
        }
        Err(Error::Parameter { name: "costs", range: "between 0 and 1e12 and not both 0" })
    }
}

/// The cost at one threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CostPoint {
    /// A row is predicted positive at or above it; just above the greatest probability nobody is.
    pub threshold: f64,
    /// The mean cost a row.
    pub cost: f64,
}

/// The threshold that costs least on the rows at hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThresholdByCost {
    /// The cheapest point; of equally cheap ones the highest threshold, which touches the fewest rows.
    pub best: CostPoint,
    /// The counts there.
    pub confusion: Confusion,
    /// `false_positive / (false_positive + false_negative)`: where the threshold lies when the probabilities are right.
    pub expected_threshold: f64,
    /// The cost by falling threshold, at most [`super::CURVE_POINTS`] points.
    pub curve: Vec<CostPoint>,
}

/// Finds the threshold of least mean cost among all that tell rows apart.
///
/// # Errors
/// As [`super::classification`], and [`Error::Parameter`] for unusable costs.
pub fn cheapest_threshold(labels: &[bool], probabilities: &[f64], costs: &Costs) -> Result<ThresholdByCost> {
    costs.check()?;
    let ranked = Ranked::new(labels, probabilities)?;
    let cost = |false_positives: u64, false_negatives: u64| {
        let cost =
            costs.false_positive * false_positives as f64 + costs.false_negative * false_negatives as f64;
        cost / ranked.n_rows as f64
    };
    let nobody = ranked.groups[0].probability.next_up();
    let mut curve = vec![CostPoint { threshold: nobody, cost: cost(0, ranked.n_positive) }];
    let (mut hits, mut seen) = (0, 0);
    for group in &ranked.groups {
        hits += group.n_positive;
        seen += group.n_rows;
        let cost = cost(seen - hits, ranked.n_positive - hits);
        curve.push(CostPoint { threshold: group.probability, cost });
    }
    let cheaper = |best: CostPoint, point: &CostPoint| if point.cost < best.cost { *point } else { best };
    let best = curve.iter().fold(curve[0], cheaper);
    Ok(ThresholdByCost {
        best,
        confusion: confusion(labels, probabilities, best.threshold)?,
        expected_threshold: costs.false_positive / (costs.false_positive + costs.false_negative),
        curve: thin(curve),
    })
}
