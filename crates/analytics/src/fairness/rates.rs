//! The rates of groups from counted rows, and how far they lie apart.

use super::Judged;

/// Each judged row's group and what it adds to the group's sums.
pub(super) struct Cells {
    n_groups: usize,
    /// Group, cell (truth and selection) and probability less truth of each row.
    rows: Vec<(usize, usize, f64)>,
}

/// Numbers of each group, NaN where there are none to count.
pub(super) struct Rates {
    selection: Vec<f64>,
    true_positive: Vec<f64>,
    false_positive: Vec<f64>,
    precision: Vec<f64>,
    calibration: Vec<f64>,
}

impl Cells {
    pub(super) fn new(judged: &Judged<'_>, rows: &[(usize, usize)], n_groups: usize, threshold: f64) -> Self {
        let row = |&(row, group): &(usize, usize)| {
            let (truth, probability) = (judged.truth[row], judged.probabilities[row]);
            let cell = 2 * usize::from(truth) + usize::from(probability >= threshold);
            (group, cell, probability - f64::from(u8::from(truth)))
        };
        Self { n_groups, rows: rows.iter().map(row).collect() }
    }

    /// The rates when each row counts as often as said.
    pub(super) fn rates(&self, counts: &[u32]) -> Rates {
        let mut cells = vec![[0.0_f64; 4]; self.n_groups];
        let mut errors = vec![0.0_f64; self.n_groups];
        for (&(group, cell, error), &count) in self.rows.iter().zip(counts) {
            cells[group][cell] += f64::from(count);
            errors[group] += error * f64::from(count);
        }
        let of_groups = |rate: fn(&[f64; 4]) -> f64| cells.iter().map(rate).collect();
        Rates {
            selection: of_groups(|[tn, fp, fn_, tp]| (tp + fp) / (tn + fp + fn_ + tp)),
            true_positive: of_groups(|[_, _, fn_, tp]| tp / (tp + fn_)),
            false_positive: of_groups(|[tn, fp, ..]| fp / (fp + tn)),
            precision: of_groups(|[_, fp, _, tp]| tp / (tp + fp)),
            calibration: cells
                .iter()
                .zip(&errors)
                .map(|(cells, error)| error / cells.iter().sum::<f64>())
                .collect(),
        }
    }
}

impl Rates {
    /// The rates a group has.
    pub(super) const PER_GROUP: usize = 5;

    /// Every group's numbers, rate by rate, and then the comparisons.
    pub(super) fn numbers(self) -> Vec<f64> {
        let opportunity = difference(&self.true_positive);
        let comparisons = [
            difference(&self.selection),
            ratio(&self.selection),
            opportunity,
            worse(opportunity, difference(&self.false_positive)),
            difference(&self.precision),
        ];
        let rates =
            [self.selection, self.true_positive, self.false_positive, self.precision, self.calibration];
        rates.into_iter().flatten().chain(comparisons).collect()
    }
}

/// The least and greatest rate of the groups that have one; `None` for fewer than two.
fn ends(rates: &[f64]) -> Option<(f64, f64)> {
    let known = || rates.iter().copied().filter(|rate| rate.is_finite());
    let found = known().fold((f64::MAX, f64::MIN), |(low, high), rate| (low.min(rate), high.max(rate)));
    (known().count() >= 2).then_some(found)
}

fn difference(rates: &[f64]) -> f64 {
    ends(rates).map_or(f64::NAN, |(low, high)| high - low)
}

/// The least over the greatest; NaN when the greatest is 0.
fn ratio(rates: &[f64]) -> f64 {
    ends(rates).map_or(f64::NAN, |(low, high)| low / high)
}

/// The greater of two differences; NaN when either is not known.
fn worse(one: f64, other: f64) -> f64 {
    if one.is_nan() || other.is_nan() { f64::NAN } else { one.max(other) }
}
