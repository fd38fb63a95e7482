//! Bootstrap intervals of whole sets of metrics: the same redrawn rows serve them all.

use serde::{Deserialize, Serialize};

use super::bootstrap::row_intervals;
use super::classes::{classes, most_probable, squared_distance};
use super::{BootstrapParams, ConfusionMatrix, Interval, log_likelihood};
use crate::Result;
use crate::progress::Watch;

/// The intervals of [`super::ClassesMetrics`], each `None` where the metric is not defined. Rows are redrawn within their class,
/// so the classes' shares are taken as given.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClassesIntervals {
    /// Of the share of rows predicted rightly.
    pub accuracy: Option<Interval>,
    /// Of the mean recall.
    pub balanced_accuracy: Option<Interval>,
    /// Of the mean F1.
    pub macro_f1: Option<Interval>,
    /// Of Cohen's kappa.
    pub kappa: Option<Interval>,
    /// Of Matthews' correlation.
    pub matthews: Option<Interval>,
    /// Of the log-loss.
    pub log_loss: Option<Interval>,
    /// Of the Brier score.
    pub brier: Option<Interval>,
    /// Of the mean area of each class against all others.
    pub macro_auc: Option<Interval>,
}

/// Redraws the rows of [`super::classes`]. Time grows with rows × classes × resamples.
///
/// # Errors
/// As [`super::classes`], [`crate::Error::Parameter`] and [`crate::Error::Cancelled`].
pub fn classes_intervals(
    actual: &[u32],
    n_classes: usize,
    probabilities: &[f64],
    params: &BootstrapParams,
    watch: &mut Watch<'_>,
) -> Result<ClassesIntervals> {
    let judged = classes(actual, n_classes, probabilities)?;
    let predicted = most_probable(probabilities, n_classes);
    let rows = || actual.iter().zip(probabilities.chunks_exact(n_classes));
    let losses: Vec<f64> = rows().map(|(&class, row)| -log_likelihood(true, row[class as usize])).collect();
    let briers: Vec<f64> = rows().map(|(&class, row)| squared_distance(class, row)).collect();
    let orders: Vec<Order> =
        (0..n_classes).map(|class| Order::of_class(actual, probabilities, n_classes, class)).collect();
    let n_rows = actual.len() as f64;
    let mean = |values: &[f64], counts: &[u32]| weighted_sum(values, counts) / n_rows;
    let mut confusion = judged.confusion.clone();
    let found = row_intervals(actual, params, watch, |counts| {
        recount(&mut confusion, actual, &predicted, counts);
        let areas: Vec<f64> =
            orders.iter().map(|order| order.areas(counts).auc).filter(|auc| auc.is_finite()).collect();
        [
            confusion.accuracy(),
            confusion.balanced_accuracy(),
            confusion.macro_f1(),
            confusion.kappa().unwrap_or(f64::NAN),
            confusion.matthews().unwrap_or(f64::NAN),
            mean(&losses, counts),
            mean(&briers, counts),
            areas.iter().sum::<f64>() / areas.len() as f64,
        ]
    })?;
    let [accuracy, balanced_accuracy, macro_f1, kappa, matthews, log_loss, brier, macro_auc] = found;
    Ok(ClassesIntervals {
        accuracy,
        balanced_accuracy,
        macro_f1,
        kappa,
        matthews,
        log_loss,
        brier,
        macro_auc,
    })
}

fn recount(confusion: &mut ConfusionMatrix, actual: &[u32], predicted: &[u32], counts: &[u32]) {
    confusion.counts.fill(0);
    for ((&actual, &predicted), &count) in actual.iter().zip(predicted).zip(counts) {
        confusion.counts[actual as usize * confusion.n_classes + predicted as usize] += u64::from(count);
    }
}

fn weighted_sum(values: &[f64], counts: &[u32]) -> f64 {
    values.iter().zip(counts).map(|(value, &count)| value * f64::from(count)).sum()
}

/// Rows by falling probability, sorted once and counted often.
#[derive(Debug, Clone)]
struct Order {
    /// Each row, whether it is positive, and whether its probability is that of the row before.
    rows: Vec<(usize, bool, bool)>,
}

/// What an order says of counted rows; NaN when a side is empty.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Areas {
    auc: f64,
}

impl Order {
    fn of_class(actual: &[u32], probabilities: &[f64], n_classes: usize, class: usize) -> Self {
        let labels: Vec<bool> = actual.iter().map(|&code| code as usize == class).collect();
        let scores: Vec<f64> = probabilities.iter().skip(class).step_by(n_classes).copied().collect();
        Self::new(&labels, &scores)
    }

    fn new(labels: &[bool], scores: &[f64]) -> Self {
        let mut order: Vec<usize> = (0..labels.len()).collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        let row = |position: usize| {
            let row = order[position];
            (row, labels[row], position > 0 && scores[order[position - 1]] == scores[row])
        };
        Self { rows: (0..order.len()).map(row).collect() }
    }

    fn areas(&self, counts: &[u32]) -> Areas {
        let (mut positives, mut negatives, mut twice_won) = (0_u64, 0_u64, 0_u128);
        let (mut tied_positives, mut tied_negatives) = (0_u64, 0_u64);
        let mut close = |positives: &mut u64, tied_positives: &mut u64, tied_negatives: &mut u64| {
            twice_won += u128::from(*tied_negatives) * u128::from(2 * *positives + *tied_positives);
            *positives += *tied_positives;
            negatives += *tied_negatives;
            (*tied_positives, *tied_negatives) = (0, 0);
        };
        for &(row, is_positive, is_tied) in &self.rows {
            if !is_tied {
                close(&mut positives, &mut tied_positives, &mut tied_negatives);
            }
            let count = u64::from(counts[row]);
            if is_positive {
                tied_positives += count;
            } else {
                tied_negatives += count;
            }
        }
        close(&mut positives, &mut tied_positives, &mut tied_negatives);
        let pairs = u128::from(positives) * u128::from(negatives);
        Areas { auc: twice_won as f64 / (2.0 * pairs as f64) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::unwatched;

    #[test]
    fn intervals_hold_the_metrics_and_repeat_with_their_seed() {
        let actual: Vec<u32> = (0..90).map(|row| row % 3).collect();
        let draws = (0..90_u32).flat_map(|row| {
            let right = if row % 4 == 0 { 0.2 } else { 0.6 };
            (0..3).map(move |class| if class == row % 3 { right } else { 0.5 * (1.0 - right) })
        });
        let probabilities: Vec<f64> = draws.collect();
        let params = BootstrapParams { resamples: 200, ..BootstrapParams::default() };
        let found = classes_intervals(&actual, 3, &probabilities, &params, &mut unwatched).unwrap();
        assert_eq!(found, classes_intervals(&actual, 3, &probabilities, &params, &mut unwatched).unwrap());
        let metrics = classes(&actual, 3, &probabilities).unwrap();
        let expected = [
            (found.accuracy, Some(metrics.accuracy)),
            (found.balanced_accuracy, Some(metrics.balanced_accuracy)),
            (found.macro_f1, Some(metrics.macro_f1)),
            (found.kappa, metrics.kappa),
            (found.matthews, metrics.matthews),
            (found.log_loss, Some(metrics.log_loss)),
            (found.brier, Some(metrics.brier)),
            (found.macro_auc, metrics.macro_auc),
        ];
        for (interval, value) in expected {
            let (interval, value) = (interval.unwrap(), value.unwrap());
            assert!((interval.value - value).abs() < 1e-12 && interval.low < value && value < interval.high);
        }
    }
}
