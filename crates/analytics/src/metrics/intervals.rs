//! Bootstrap intervals of whole sets of metrics: the same redrawn rows serve them all.

use serde::{Deserialize, Serialize};

use super::bootstrap::row_intervals;
use super::classes::{classes, most_probable, squared_distance};
use super::{
    BootstrapParams, Confusion, ConfusionMatrix, Interval, auc, confusion, log_likelihood, squared_miss,
};
use crate::Result;
use crate::distribution::wilson;
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
        vec![
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
    let mut found = found.into_iter();
    let mut next = || found.next().flatten();
    Ok(ClassesIntervals {
        accuracy: next(),
        balanced_accuracy: next(),
        macro_f1: next(),
        kappa: next(),
        matthews: next(),
        log_loss: next(),
        brier: next(),
        macro_auc: next(),
    })
}

/// The intervals of [`super::ClassificationMetrics`] and of shares at the threshold. Shares of independent rows have Wilson's
/// interval; all others redraw positive and negative rows apart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClassificationIntervals {
    /// Of the area under the ROC curve.
    pub auc: Interval,
    /// Of the area under the precision–recall curve.
    pub average_precision: Option<Interval>,
    /// Of Kolmogorov and Smirnov's distance.
    pub kolmogorov_smirnov: Option<Interval>,
    /// Of the log-loss.
    pub log_loss: Option<Interval>,
    /// Of the Brier score.
    pub brier: Option<Interval>,
    /// Of F1 at the threshold.
    pub f1: Option<Interval>,
    /// Of Matthews' correlation at the threshold.
    pub matthews: Option<Interval>,
    /// Of the mean of recall and specificity at the threshold.
    pub balanced_accuracy: Option<Interval>,
    /// Of the share predicted rightly at the threshold, by Wilson.
    pub accuracy: Option<Interval>,
    /// Of the share of rows predicted positive that are, by Wilson.
    pub precision: Option<Interval>,
    /// Of the share of positive rows found, by Wilson.
    pub recall: Option<Interval>,
    /// Of the share of negative rows left alone, by Wilson.
    pub specificity: Option<Interval>,
}

/// Redraws the rows of [`super::classification`], at `threshold`. Time grows with rows × resamples.
///
/// # Errors
/// As [`super::classification`], [`crate::Error::Parameter`] and [`crate::Error::Cancelled`].
pub fn classification_intervals(
    labels: &[bool],
    probabilities: &[f64],
    threshold: f64,
    params: &BootstrapParams,
    watch: &mut Watch<'_>,
) -> Result<ClassificationIntervals> {
    let value = auc(labels, probabilities)?;
    let counts = confusion(labels, probabilities, threshold)?;
    let order = Order::new(labels, probabilities);
    let strata: Vec<u32> = labels.iter().map(|&label| u32::from(label)).collect();
    let outcomes = || labels.iter().zip(probabilities);
    let losses: Vec<f64> = outcomes().map(|(&label, &p)| -log_likelihood(label, p)).collect();
    let briers: Vec<f64> = outcomes().map(|(&label, &p)| squared_miss(label, p)).collect();
    let n_rows = labels.len() as f64;
    let found = row_intervals(&strata, params, watch, |counts| {
        let areas = order.areas(counts);
        let at = weighted_confusion(labels, probabilities, threshold, counts);
        let or_nan = |share: Option<f64>| share.unwrap_or(f64::NAN);
        vec![
            areas.auc,
            areas.average_precision,
            areas.kolmogorov_smirnov,
            weighted_sum(&losses, counts) / n_rows,
            weighted_sum(&briers, counts) / n_rows,
            or_nan(at.f1()),
            or_nan(at.matthews()),
            or_nan(at.balanced_accuracy()),
        ]
    })?;
    let mut found = found.into_iter();
    let mut next = || found.next().flatten();
    let share = |part: u64, whole: u64| {
        let (low, high) = wilson(part as f64, whole as f64, params.level);
        (whole > 0).then(|| Interval { value: part as f64 / whole as f64, low, high })
    };
    let right = counts.true_positives + counts.true_negatives;
    Ok(ClassificationIntervals {
        auc: next().unwrap_or(Interval { value, low: value, high: value }),
        average_precision: next(),
        kolmogorov_smirnov: next(),
        log_loss: next(),
        brier: next(),
        f1: next(),
        matthews: next(),
        balanced_accuracy: next(),
        accuracy: share(right, labels.len() as u64),
        precision: share(counts.true_positives, counts.true_positives + counts.false_positives),
        recall: share(counts.true_positives, counts.true_positives + counts.false_negatives),
        specificity: share(counts.true_negatives, counts.true_negatives + counts.false_positives),
    })
}

fn weighted_confusion(labels: &[bool], probabilities: &[f64], threshold: f64, counts: &[u32]) -> Confusion {
    let mut found = [0_u64; 4];
    for ((&label, &probability), &count) in labels.iter().zip(probabilities).zip(counts) {
        found[usize::from(label) * 2 + usize::from(probability >= threshold)] += u64::from(count);
    }
    let [true_negatives, false_positives, false_negatives, true_positives] = found;
    Confusion { threshold, true_positives, false_positives, true_negatives, false_negatives }
}

/// The intervals of [`super::RegressionMetrics`], each `None` where the metric is not defined.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RegressionIntervals {
    /// Of the root of the mean squared error.
    pub rmse: Option<Interval>,
    /// Of the mean absolute error.
    pub mae: Option<Interval>,
    /// Of the median absolute error.
    pub median_absolute_error: Option<Interval>,
    /// Of the share of variance explained.
    pub r_squared: Option<Interval>,
}

/// Redraws the rows of [`super::regression`]. Time grows with rows × resamples.
///
/// # Errors
/// As [`super::regression`], [`crate::Error::Parameter`] and [`crate::Error::Cancelled`].
pub fn regression_intervals(
    actual: &[f64],
    predicted: &[f64],
    params: &BootstrapParams,
    watch: &mut Watch<'_>,
) -> Result<RegressionIntervals> {
    super::regression(actual, predicted)?;
    let n_rows = actual.len() as f64;
    let sizes: Vec<f64> = actual.iter().zip(predicted).map(|(a, p)| (a - p).abs()).collect();
    let squares: Vec<f64> = sizes.iter().map(|size| size * size).collect();
    let mut by_size: Vec<usize> = (0..sizes.len()).collect();
    by_size.sort_by(|&a, &b| sizes[a].total_cmp(&sizes[b]));
    let middle = actual.iter().map(|value| value / n_rows).sum::<f64>();
    let centred: Vec<f64> = actual.iter().map(|value| value - middle).collect();
    let centred_squares: Vec<f64> = centred.iter().map(|value| value * value).collect();
    let strata = vec![0; actual.len()];
    let found = row_intervals(&strata, params, watch, |counts| {
        let squared = weighted_sum(&squares, counts);
        let shift = weighted_sum(&centred, counts) / n_rows;
        let total = weighted_sum(&centred_squares, counts) - n_rows * shift * shift;
        vec![
            (squared / n_rows).sqrt(),
            weighted_sum(&sizes, counts) / n_rows,
            counted_median(&by_size, &sizes, counts),
            if total > 0.0 { 1.0 - squared / total } else { f64::NAN },
        ]
    })?;
    let mut found = found.into_iter();
    let mut next = || found.next().flatten();
    Ok(RegressionIntervals { rmse: next(), mae: next(), median_absolute_error: next(), r_squared: next() })
}

/// The median of `values`, each as often as counted, given their order.
fn counted_median(order: &[usize], values: &[f64], counts: &[u32]) -> f64 {
    let total: u64 = counts.iter().map(|&count| u64::from(count)).sum();
    let at = |rank: u64| {
        let mut seen = 0;
        let found = order.iter().find(|&&row| {
            seen += u64::from(counts[row]);
            seen > rank
        });
        found.map_or(f64::NAN, |&row| values[row])
    };
    0.5 * (at(total.saturating_sub(1) / 2) + at(total / 2))
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
    average_precision: f64,
    kolmogorov_smirnov: f64,
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
        let total = self.rows.iter().map(|&(row, is_positive, _)| (is_positive, u64::from(counts[row])));
        let (n_positive, n_negative) =
            total.fold((0_u64, 0_u64), |(positive, negative), (is_positive, count)| {
                if is_positive { (positive + count, negative) } else { (positive, negative + count) }
            });
        let (mut positives, mut negatives, mut twice_won) = (0_u64, 0_u64, 0_u128);
        let (mut precision, mut gap) = (0.0_f64, 0.0_f64);
        let mut start = 0;
        while start < self.rows.len() {
            let (mut tied_positives, mut tied_negatives, mut end) = (0, 0, start);
            while end < self.rows.len() && (end == start || self.rows[end].2) {
                let (row, is_positive, _) = self.rows[end];
                *(if is_positive { &mut tied_positives } else { &mut tied_negatives }) +=
                    u64::from(counts[row]);
                end += 1;
            }
            start = end;
            twice_won += u128::from(tied_negatives) * u128::from(2 * positives + tied_positives);
            positives += tied_positives;
            negatives += tied_negatives;
            if tied_positives > 0 {
                precision += tied_positives as f64 * (positives as f64 / (positives + negatives) as f64);
            }
            let apart = positives as f64 / n_positive as f64 - negatives as f64 / n_negative as f64;
            gap = gap.max(apart.abs());
        }
        let pairs = u128::from(n_positive) * u128::from(n_negative);
        let or_nan = |value: f64| if pairs > 0 { value } else { f64::NAN };
        Areas {
            auc: or_nan(twice_won as f64 / (2.0 * pairs as f64)),
            average_precision: or_nan(precision / n_positive as f64),
            kolmogorov_smirnov: or_nan(gap),
        }
    }
}

/// Kolmogorov and Smirnov's distance between the probabilities of positive and of negative rows.
pub(super) fn kolmogorov_smirnov(labels: &[bool], probabilities: &[f64]) -> f64 {
    Order::new(labels, probabilities).areas(&vec![1; labels.len()]).kolmogorov_smirnov
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

    #[test]
    fn intervals_of_two_classes_hold_what_is_judged() {
        let labels: Vec<bool> = (0..120).map(|row| row % 3 == 0).collect();
        let probabilities: Vec<f64> = (0..120)
            .map(|row| f64::from(row * 37 % 101) / 150.0 + if row % 3 == 0 { 0.3 } else { 0.0 })
            .collect();
        let params = BootstrapParams { resamples: 200, ..BootstrapParams::default() };
        let found = classification_intervals(&labels, &probabilities, 0.5, &params, &mut unwatched).unwrap();
        let metrics = super::super::classification(&labels, &probabilities, &Default::default()).unwrap();
        let at = metrics.confusion;
        let expected = [
            (Some(found.auc), Some(metrics.auc)),
            (found.average_precision, Some(metrics.average_precision)),
            (found.kolmogorov_smirnov, Some(metrics.kolmogorov_smirnov)),
            (found.log_loss, Some(metrics.log_loss)),
            (found.brier, Some(metrics.brier)),
            (found.f1, at.f1()),
            (found.matthews, at.matthews()),
            (found.balanced_accuracy, at.balanced_accuracy()),
            (found.accuracy, at.accuracy()),
            (found.precision, at.precision()),
            (found.recall, at.recall()),
            (found.specificity, at.specificity()),
        ];
        for (interval, value) in expected {
            let (interval, value) = (interval.unwrap(), value.unwrap());
            assert!((interval.value - value).abs() < 1e-12 && interval.low < value && value < interval.high);
        }
    }

    #[test]
    fn intervals_of_numbers_hold_what_is_judged() {
        let actual: Vec<f64> = (0..60).map(|row| f64::from(row * 7 % 31)).collect();
        let predicted: Vec<f64> =
            actual.iter().zip(0..).map(|(value, row)| value + f64::from(row % 5) - 2.0).collect();
        let params = BootstrapParams { resamples: 200, ..BootstrapParams::default() };
        let found = regression_intervals(&actual, &predicted, &params, &mut unwatched).unwrap();
        let metrics = super::super::regression(&actual, &predicted).unwrap();
        let expected = [
            (found.rmse, Some(metrics.rmse)),
            (found.mae, Some(metrics.mae)),
            (found.median_absolute_error, Some(metrics.median_absolute_error)),
            (found.r_squared, metrics.r_squared),
        ];
        for (interval, value) in expected {
            let (interval, value) = (interval.unwrap(), value.unwrap());
            assert!(
                (interval.value - value).abs() < 1e-12 && interval.low <= value && value <= interval.high
            );
        }
        let same = regression_intervals(&[2.0; 5], &[1.0; 5], &params, &mut unwatched).unwrap();
        assert_eq!(same.r_squared, None);
    }
}
