//! Predictions of two classes or more: counts of actual against predicted, and what follows from them.
//!
//! - Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological Measurement 20, 37–46.
//! - Gorodkin, J. (2004). Comparing two K-category assignments by a K-category correlation coefficient. Computational Biology
//!   and Chemistry 28, 367–374: Matthews' coefficient for any number of classes.
//! - Hand, D. J., Till, R. J. (2001). A simple generalisation of the area under the ROC curve for multiple class
//!   classification problems. Machine Learning 45, 171–186.

use serde::{Deserialize, Serialize};

use super::ranking::auc;
use super::{check_pair, log_likelihood};
use crate::{Error, Result};

/// How often each class was taken for each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfusionMatrix {
    /// The number of classes.
    pub n_classes: usize,
    /// Rows by actual class (line) and predicted class (column), line by line, `n_classes²` counts.
    pub counts: Vec<u64>,
}

/// One class against all others.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClassMetrics {
    /// The rows of this class.
    pub support: u64,
    /// The rows predicted to be of it.
    pub predicted: u64,
    /// The share of the rows predicted that are; `None` when none is predicted.
    pub precision: Option<f64>,
    /// The share of the class's rows found; `None` when there are none.
    pub recall: Option<f64>,
    /// The harmonic mean of both; `None` when no row is or is predicted of the class.
    pub f1: Option<f64>,
    /// The area under the ROC curve of this class against all others; `None` when one side has no row.
    pub auc: Option<f64>,
}

/// How good predicted probabilities of classes are. A row's predicted class is the most probable, the first of equals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassesMetrics {
    /// The rows judged.
    pub n_rows: usize,
    /// The share of rows predicted rightly.
    pub accuracy: f64,
    /// The mean recall of the classes that occur.
    pub balanced_accuracy: f64,
    /// The mean precision of the classes that occur or are predicted; never predicted counts 0.
    pub macro_precision: f64,
    /// The mean recall of the classes that occur or are predicted.
    pub macro_recall: f64,
    /// The mean F1 of the classes that occur or are predicted.
    pub macro_f1: f64,
    /// The mean F1 weighted by the classes' rows.
    pub weighted_f1: f64,
    /// Cohen's kappa: agreement beyond what the shares alone give; `None` when these leave none to reach.
    pub kappa: Option<f64>,
    /// Matthews' correlation of actual and predicted; `None` when either does not vary.
    pub matthews: Option<f64>,
    /// The mean negative log-likelihood in nats; probabilities of 0 and 1 count as 2⁻⁵² away.
    pub log_loss: f64,
    /// The mean over rows of the squared distances summed over classes (Brier 1950), `0..=2`.
    pub brier: f64,
    /// The mean area of each class against all others, over the classes where it exists.
    pub macro_auc: Option<f64>,
    /// Hand and Till's M: the mean area over pairs of classes that occur, blind to the classes' shares.
    pub pairwise_auc: Option<f64>,
    /// Each class, in the classes' order.
    pub classes: Vec<ClassMetrics>,
    /// Actual against predicted.
    pub confusion: ConfusionMatrix,
}

impl ConfusionMatrix {
    /// Counts `predicted` against `actual`, both of one length and below `n_classes`.
    ///
    /// # Errors
    /// [`Error::Empty`]; [`Error::LengthMismatch`]; [`Error::Classes`] for a class not below `n_classes`.
    pub fn new(actual: &[u32], predicted: &[u32], n_classes: usize) -> Result<Self> {
        check_lengths(actual.len(), predicted.len())?;
        check_codes(actual, n_classes)?;
        check_codes(predicted, n_classes)?;
        let mut counts = vec![0; n_classes * n_classes];
        for (&actual, &predicted) in actual.iter().zip(predicted) {
            counts[actual as usize * n_classes + predicted as usize] += 1;
        }
        Ok(Self { n_classes, counts })
    }

    /// The rows of each class.
    #[must_use]
    pub fn support(&self) -> Vec<u64> {
        self.counts.chunks_exact(self.n_classes).map(|line| line.iter().sum()).collect()
    }

    /// The rows predicted of each class.
    #[must_use]
    pub fn predicted(&self) -> Vec<u64> {
        let column = |class| self.counts.iter().skip(class).step_by(self.n_classes).sum();
        (0..self.n_classes).map(column).collect()
    }

    /// The rows predicted rightly of each class.
    #[must_use]
    pub fn right(&self) -> Vec<u64> {
        self.counts.iter().step_by(self.n_classes + 1).copied().collect()
    }

    /// The share of rows predicted rightly.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        self.right().iter().sum::<u64>() as f64 / self.n_rows()
    }

    /// The mean recall of the classes that occur.
    #[must_use]
    pub fn balanced_accuracy(&self) -> f64 {
        mean(self.classes().iter().filter_map(|class| class.recall)).unwrap_or(0.0)
    }

    /// The mean F1 of the classes that occur or are predicted.
    #[must_use]
    pub fn macro_f1(&self) -> f64 {
        mean(self.classes().iter().filter_map(|class| class.f1)).unwrap_or(0.0)
    }

    /// Cohen's kappa; `None` when every row is of one class and predicted so.
    #[must_use]
    pub fn kappa(&self) -> Option<f64> {
        let n_rows = self.n_rows();
        let expected = self.product_of_shares() / (n_rows * n_rows);
        (expected < 1.0).then(|| (self.accuracy() - expected) / (1.0 - expected))
    }

    /// Matthews' correlation; `None` when either side does not vary.
    #[must_use]
    pub fn matthews(&self) -> Option<f64> {
        let n_rows = self.n_rows();
        let spread = |counts: Vec<u64>| {
            n_rows * n_rows - counts.iter().map(|&count| count as f64 * count as f64).sum::<f64>()
        };
        let (of_actual, of_predicted) = (spread(self.support()), spread(self.predicted()));
        let shared = self.accuracy() * n_rows * n_rows - self.product_of_shares();
        (of_actual > 0.0 && of_predicted > 0.0).then(|| shared / (of_actual.sqrt() * of_predicted.sqrt()))
    }

    fn n_rows(&self) -> f64 {
        self.counts.iter().sum::<u64>() as f64
    }

    fn product_of_shares(&self) -> f64 {
        self.support().iter().zip(self.predicted()).map(|(&t, p)| t as f64 * p as f64).sum()
    }

    /// Each class against all others, without areas.
    fn classes(&self) -> Vec<ClassMetrics> {
        let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        let counts = self.support().into_iter().zip(self.predicted()).zip(self.right());
        counts
            .map(|((support, predicted), right)| ClassMetrics {
                support,
                predicted,
                precision: share(right, predicted),
                recall: share(right, support),
                f1: share(2 * right, support + predicted),
                auc: None,
            })
            .collect()
    }
}

/// Judges `probabilities`, row by row and `n_classes` a row, against the `actual` classes. Time grows with
/// `n_classes · n log n`.
///
/// # Errors
/// [`Error::Empty`]; [`Error::LengthMismatch`]; [`Error::NotFinite`] for a probability outside `0..=1`; [`Error::Classes`] for
/// fewer than two classes or a class not below `n_classes`.
pub fn classes(actual: &[u32], n_classes: usize, probabilities: &[f64]) -> Result<ClassesMetrics> {
    if n_classes < 2 {
        return Err(Error::Classes { needed: 2, found: n_classes });
    }
    check_pair(actual.len() * n_classes, probabilities, "probability")?;
    if let Some(cell) = probabilities.iter().position(|value| !(0.0..=1.0).contains(value)) {
        return Err(Error::NotFinite { column: "probability".to_owned(), row: cell / n_classes });
    }
    let confusion = ConfusionMatrix::new(actual, &most_probable(probabilities, n_classes), n_classes)?;
    let mut classes = confusion.classes();
    for (class, metrics) in classes.iter_mut().enumerate() {
        metrics.auc = area(actual, probabilities, n_classes, class, None);
    }
    let n_rows = actual.len() as f64;
    let rows = || actual.iter().zip(probabilities.chunks_exact(n_classes));
    let seen: Vec<&ClassMetrics> =
        classes.iter().filter(|class| class.support + class.predicted > 0).collect();
    let over_seen =
        |of: fn(&ClassMetrics) -> Option<f64>| mean(seen.iter().map(|class| of(class).unwrap_or(0.0)));
    Ok(ClassesMetrics {
        n_rows: actual.len(),
        accuracy: confusion.accuracy(),
        balanced_accuracy: confusion.balanced_accuracy(),
        macro_precision: over_seen(|class| class.precision).unwrap_or(0.0),
        macro_recall: over_seen(|class| class.recall).unwrap_or(0.0),
        macro_f1: confusion.macro_f1(),
        weighted_f1: seen.iter().map(|class| class.support as f64 * class.f1.unwrap_or(0.0)).sum::<f64>()
            / n_rows,
        kappa: confusion.kappa(),
        matthews: confusion.matthews(),
        log_loss: -rows().map(|(&class, row)| log_likelihood(true, row[class as usize])).sum::<f64>()
            / n_rows,
        brier: rows().map(|(&class, row)| squared_distance(class, row)).sum::<f64>() / n_rows,
        macro_auc: mean(classes.iter().filter_map(|class| class.auc)),
        pairwise_auc: pairwise_auc(actual, probabilities, n_classes),
        classes,
        confusion,
    })
}

/// The most probable class of each row, the first of equals.
pub(crate) fn most_probable(probabilities: &[f64], n_classes: usize) -> Vec<u32> {
    let most =
        |row: &[f64]| (1..row.len()).fold(0, |best, class| if row[class] > row[best] { class } else { best });
    probabilities.chunks_exact(n_classes).map(|row| most(row) as u32).collect()
}

/// The squared distance of a row's probabilities from its class, over all classes.
pub(super) fn squared_distance(class: u32, probabilities: &[f64]) -> f64 {
    let miss = |(k, p): (usize, &f64)| p - f64::from(u8::from(k == class as usize));
    probabilities.iter().enumerate().map(miss).map(|miss| miss * miss).sum()
}

/// The area of `class` against the class `other`, or against all others.
fn area(
    actual: &[u32],
    probabilities: &[f64],
    n_classes: usize,
    class: usize,
    other: Option<usize>,
) -> Option<f64> {
    let rows = actual.iter().zip(probabilities.chunks_exact(n_classes));
    let is_in = |code: u32| other.is_none_or(|other| code as usize == class || code as usize == other);
    let (labels, scores): (Vec<bool>, Vec<f64>) = rows
        .filter(|(code, _)| is_in(**code))
        .map(|(&code, row)| (code as usize == class, row[class]))
        .unzip();
    auc(&labels, &scores).ok()
}

fn pairwise_auc(actual: &[u32], probabilities: &[f64], n_classes: usize) -> Option<f64> {
    let pairs = (0..n_classes).flat_map(|first| (first + 1..n_classes).map(move |second| (first, second)));
    mean(pairs.filter_map(|(first, second)| {
        let one_way = area(actual, probabilities, n_classes, first, Some(second))?;
        let other_way = area(actual, probabilities, n_classes, second, Some(first))?;
        Some(0.5 * (one_way + other_way))
    }))
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0_u64), |(sum, n), value| (sum + value, n + 1));
    (n > 0).then(|| sum / n as f64)
}

fn check_lengths(expected: usize, found: usize) -> Result<()> {
    match (expected, found) {
        (0, _) => Err(Error::Empty),
        (expected, found) if expected != found => {
            Err(Error::LengthMismatch { column: "prediction".to_owned(), expected, found })
        }
        _ => Ok(()),
    }
}

fn check_codes(codes: &[u32], n_classes: usize) -> Result<()> {
    match codes.iter().find(|&&code| code as usize >= n_classes) {
        Some(&code) => Err(Error::Classes { needed: n_classes, found: code as usize + 1 }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn counts_by_hand() {
        let found = ConfusionMatrix::new(&[0, 0, 1, 2, 2, 2], &[0, 1, 1, 2, 2, 0], 3).unwrap();
        assert_eq!(found.counts, [1, 1, 0, 0, 1, 0, 1, 0, 2]);
        assert_eq!(
            (found.support(), found.predicted(), found.right()),
            (vec![2, 1, 3], vec![2, 2, 2], vec![1, 1, 2])
        );
        assert!((found.kappa().unwrap() - 0.5).abs() < 1e-15);
    }

    #[test]
    fn what_does_not_vary_has_no_correlation() {
        let found = ConfusionMatrix::new(&[1, 1], &[1, 1], 2).unwrap();
        assert_eq!((found.accuracy(), found.kappa(), found.matthews()), (1.0, None, None));
        let metrics = classes(&[0, 0], 3, &[0.2, 0.4, 0.4, 0.6, 0.2, 0.2]).unwrap();
        assert_eq!((metrics.macro_auc, metrics.pairwise_auc, metrics.accuracy), (None, None, 0.5));
        assert_eq!(metrics.classes[2].f1, None);
    }

    #[test]
    fn unusable_classes_are_refused() {
        let code = |actual: &[u32], n_classes, probabilities: &[f64]| {
            classes(actual, n_classes, probabilities).map_err(|error| error.code()).err()
        };
        assert_eq!(code(&[], 2, &[]), Some("empty"));
        assert_eq!(code(&[0], 1, &[1.0]), Some("classes"));
        assert_eq!(code(&[0, 2], 2, &[0.5; 4]), Some("classes"));
        assert_eq!(code(&[0, 1], 2, &[0.5; 3]), Some("length-mismatch"));
        assert_eq!(code(&[0, 1], 2, &[0.5, 0.5, f64::NAN, 0.5]), Some("not-finite"));
        assert_eq!(code(&[0, 1], 2, &[0.5, 0.5, 1.5, 0.5]), Some("not-finite"));
    }

    proptest! {
        #[test]
        fn of_two_classes_all_areas_are_the_one_area(rows in proptest::collection::vec((any::<bool>(), 0.0..=1.0), 2..40)) {
            let labels: Vec<bool> = rows.iter().map(|row| row.0).collect();
            prop_assume!(labels.contains(&true) && labels.contains(&false));
            let positive: Vec<f64> = rows.iter().map(|row| row.1).collect();
            let both: Vec<f64> = positive.iter().flat_map(|p| [1.0 - p, *p]).collect();
            let codes: Vec<u32> = labels.iter().map(|&label| u32::from(label)).collect();
            let found = classes(&codes, 2, &both).unwrap();
            let one = auc(&labels, &positive).unwrap();
            // 1 − p may tie what differs by less than its last digit.
            prop_assert!((found.classes[1].auc.unwrap() - one).abs() < 1e-15);
            prop_assert!((found.macro_auc.unwrap() - one).abs() < 1e-9 && (found.pairwise_auc.unwrap() - one).abs() < 1e-9);
        }
    }
}
