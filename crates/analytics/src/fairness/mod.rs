//! Whether a prediction treats groups alike, and what that cannot tell.
//!
//! Per group: how many are selected, how many of those who should be (true positive rate) and should not be (false positive rate)
//! are, how many of the selected should be (precision), and whether probabilities mean the same. Between groups: the greatest
//! differences of these. Groups below a minimum size are named and not judged: their rates would be noise, and would tell of
//! single people.
//!
//! - Hardt, M., Price, E., Srebro, N. (2016). Equality of opportunity in supervised learning. NeurIPS.
//! - Chouldechova, A. (2017). Fair prediction with disparate impact. Big Data 5, 153–163: where base rates differ, equal error
//!   rates and equal precision exclude each other.

mod rates;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use self::rates::{Cells, Rates};
use crate::distribution::wilson;
use crate::metrics::{BootstrapParams, Interval, row_intervals};
use crate::progress::Watch;
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Result};

/// How the method stands in the registry.
pub const METHOD: Method = Method {
    name: "fairness",
    family: Family::Judge,
    summary: "Compares how a prediction treats groups: selection, error rates and calibration, with intervals.",
    parameters: &[
        Parameter {
            name: "threshold",
            kind: Kind::Number { min: 0.0, max: 1.0 },
            default: "0.5",
            doc: "A row is selected at or above this probability.",
        },
        Parameter {
            name: "least_rows",
            kind: Kind::Integer { min: 5, max: 1_000_000 },
            default: "30",
            doc: "Smaller groups are named and not judged.",
        },
        Parameter {
            name: "bins",
            kind: Kind::Integer { min: 1, max: 20 },
            default: "5",
            doc: "Bins of equal width in which each group's probabilities are compared with what happened.",
        },
        Parameter {
            name: "resamples",
            kind: Kind::Integer { min: 100, max: 10_000 },
            default: "500",
            doc: "How often rows are redrawn for the intervals, within each group.",
        },
        crate::predict::supervised::LEVEL,
        Parameter {
            name: "seed",
            kind: Kind::Integer { min: 0, max: i64::MAX },
            default: "42",
            doc: "The seed of the draws.",
        },
    ],
    formula: "demographic parity: max − min and min / max over groups of P(ŷ = 1); equal opportunity: max − min of \
P(ŷ = 1 | y = 1); equalised odds: the greater of that and max − min of P(ŷ = 1 | y = 0)",
    source: "Hardt, Price and Srebro (2016), Equality of Opportunity in Supervised Learning; Chouldechova (2017), Fair \
Prediction with Disparate Impact",
    cost: "rows × resamples",
};

/// How groups are compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FairnessParams {
    /// A row is selected at or above this probability, `0..=1`.
    pub threshold: f64,
    /// Smaller groups are named and not judged, `5..=1_000_000`.
    pub least_rows: usize,
    /// The calibration bins of equal width, `1..=20`.
    pub bins: usize,
    /// How often rows are redrawn, `100..=10_000`.
    pub resamples: u32,
    /// The confidence of the intervals, `0.5 <= level <= 0.999`.
    pub level: f64,
    /// The seed of the draws.
    pub seed: u64,
}

impl Default for FairnessParams {
    fn default() -> Self {
        Self { threshold: 0.5, least_rows: 30, bins: 5, resamples: 500, level: 0.95, seed: 42 }
    }
}

impl FairnessParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first parameter outside its range.
    pub fn check(&self) -> Result<()> {
        if !(0.0..=1.0).contains(&self.threshold) {
            return Err(Error::Parameter { name: "threshold", range: "between 0 and 1" });
        }
        if !(5..=1_000_000).contains(&self.least_rows) {
            return Err(Error::Parameter { name: "least_rows", range: "between 5 and 1000000" });
        }
        if !(1..=20).contains(&self.bins) {
            return Err(Error::Parameter { name: "bins", range: "between 1 and 20" });
        }
        if i64::try_from(self.seed).is_err() {
            return Err(Error::Parameter { name: "seed", range: "between 0 and 9223372036854775807" });
        }
        self.bootstrap().check()
    }

    fn bootstrap(&self) -> BootstrapParams {
        BootstrapParams { resamples: self.resamples, level: self.level, seed: self.seed }
    }
}

/// Predictions whose truth and group are known, one entry a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged<'a> {
    /// Whether the row is positive.
    pub truth: &'a [bool],
    /// The predicted probability; 0 or 1 where only the class is known.
    pub probabilities: &'a [f64],
    /// The row's position in `labels`; `None` where the group is not known.
    pub groups: &'a [Option<u32>],
    /// The groups.
    pub labels: &'a [String],
}

/// A group's rows of similar probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GroupBin {
    /// The least probability of the bin.
    pub from: f64,
    /// The greatest.
    pub to: f64,
    /// The rows.
    pub n_rows: u64,
    /// Their mean probability.
    pub predicted: f64,
    /// The share of them that is positive.
    pub observed: f64,
    /// The lower end of Wilson's interval of `observed`.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// How one group is treated; a rate is `None` where it has no rows to count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// The group.
    pub label: String,
    /// Its rows.
    pub n_rows: u64,
    /// Its positive rows.
    pub n_positive: u64,
    /// Its selected rows.
    pub n_selected: u64,
    /// The share of its rows selected.
    pub selection_rate: Option<Interval>,
    /// The share of its positive rows selected.
    pub true_positive_rate: Option<Interval>,
    /// The share of its negative rows selected.
    pub false_positive_rate: Option<Interval>,
    /// The share of its selected rows that is positive.
    pub precision: Option<Interval>,
    /// The mean over its rows of probability less truth: above 0 the group's risk is overstated.
    pub calibration_error: Option<Interval>,
    /// Its rows by probability; bins of fewer than five rows are left out.
    pub bins: Vec<GroupBin>,
}

/// What a report cannot tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// The recorded outcomes are taken as true; unfairness in how they came about is not seen.
    OutcomesTakenAsTrue,
    /// A difference says neither why it is there nor that the group causes it.
    DifferencesAreNotCauses,
    /// Groups are compared by one attribute; people at the crossing of several may fare worse.
    OneAttribute,
    /// Selection and error rates hold for this threshold.
    OneThreshold,
    /// The greatest of several differences leans above 0 even where groups are treated alike, the more the smaller they are.
    DifferencesLeanUpward,
    /// Groups below the minimum size were not judged.
    SmallGroups,
    /// Rows without a known group were not judged.
    RowsWithoutGroup,
    /// Base rates differ between groups, so that not all criteria can hold at once.
    CriteriaConflict,
    /// Some group has no positive, no negative or no selected rows, so that some rate is not known.
    RatesUndefined,
}

/// How groups fare; a comparison is `None` where fewer than two groups have the rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FairnessReport {
    /// The groups that were judged, in the order of their labels.
    pub groups: Vec<Group>,
    /// The groups too small to be judged.
    pub small_groups: Vec<String>,
    /// The rows whose group is not known.
    pub n_rows_without_group: u64,
    /// The greatest less the least selection rate.
    pub demographic_parity_difference: Option<Interval>,
    /// The least over the greatest selection rate; below 0.8 is the four-fifths rule's sign of adverse impact.
    pub demographic_parity_ratio: Option<Interval>,
    /// The greatest less the least true positive rate.
    pub equal_opportunity_difference: Option<Interval>,
    /// The greater of the greatest differences of true and of false positive rates.
    pub equalized_odds_difference: Option<Interval>,
    /// The greatest less the least precision.
    pub predictive_parity_difference: Option<Interval>,
    /// What this report cannot tell.
    pub limits: Vec<Limit>,
}

/// Compares how the groups of `judged` are treated.
///
/// Cost grows with rows × resamples. One row, one class and one group are reported with what can be known of them.
///
/// # Errors
/// [`Error::Parameter`]; [`Error::Empty`]; [`Error::LengthMismatch`]; [`Error::NotFinite`] for a probability outside `0..=1`;
/// [`Error::LabelsDiffer`] for a group without a label; [`Error::Cancelled`].
pub fn fairness(
    judged: &Judged<'_>,
    params: &FairnessParams,
    watch: &mut Watch<'_>,
) -> Result<FairnessReport> {
    params.check()?;
    check(judged)?;
    let mut sizes = vec![0_usize; judged.labels.len()];
    judged.groups.iter().flatten().for_each(|&group| sizes[group as usize] += 1);
    let kept: Vec<usize> = (0..sizes.len()).filter(|&group| sizes[group] >= params.least_rows).collect();
    let place: Vec<Option<usize>> = (0..sizes.len()).map(|group| kept.binary_search(&group).ok()).collect();
    let place_of = |group: Option<u32>| group.and_then(|group| place[group as usize]);
    let rows: Vec<(usize, usize)> = (0..judged.truth.len())
        .filter_map(|row| place_of(judged.groups[row]).map(|place| (row, place)))
        .collect();
    let cells = Cells::new(judged, &rows, kept.len(), params.threshold);
    let strata: Vec<u32> = rows.iter().map(|&(_, place)| place as u32).collect();
    let found = match rows.is_empty() {
        true => Vec::new(),
        false => row_intervals(&strata, &params.bootstrap(), watch, |counts| cells.rates(counts).numbers())?,
    };
    let group = |(place, &group): (usize, &usize)| {
        let of_group = |rate: usize| found.get(rate * kept.len() + place).copied().flatten();
        let members: Vec<usize> = rows.iter().filter(|row| row.1 == place).map(|row| row.0).collect();
        Group {
            label: judged.labels[group].clone(),
            n_rows: sizes[group] as u64,
            n_positive: members.iter().filter(|&&row| judged.truth[row]).count() as u64,
            n_selected: members.iter().filter(|&&row| judged.probabilities[row] >= params.threshold).count()
                as u64,
            selection_rate: of_group(0),
            true_positive_rate: of_group(1),
            false_positive_rate: of_group(2),
            precision: of_group(3),
            calibration_error: of_group(4),
            bins: bins(judged, &members, params),
        }
    };
    let groups: Vec<Group> = kept.iter().enumerate().map(group).collect();
    let small = (0..sizes.len()).filter(|&group| (1..params.least_rows).contains(&sizes[group]));
    let small_groups: Vec<String> = small.map(|group| judged.labels[group].clone()).collect();
    let n_rows_without_group = judged.groups.iter().filter(|group| group.is_none()).count() as u64;
    let between =
        |comparison: usize| found.get(Rates::PER_GROUP * kept.len() + comparison).copied().flatten();
    let limits = limits(&groups, !small_groups.is_empty(), n_rows_without_group > 0);
    Ok(FairnessReport {
        groups,
        small_groups,
        n_rows_without_group,
        demographic_parity_difference: between(0),
        demographic_parity_ratio: between(1),
        equal_opportunity_difference: between(2),
        equalized_odds_difference: between(3),
        predictive_parity_difference: between(4),
        limits,
    })
}

fn check(judged: &Judged<'_>) -> Result<()> {
    let n_rows = judged.truth.len();
    if n_rows == 0 {
        return Err(Error::Empty);
    }
    for (column, found) in [("probability", judged.probabilities.len()), ("group", judged.groups.len())] {
        if found != n_rows {
            return Err(Error::LengthMismatch { column: column.to_owned(), expected: n_rows, found });
        }
    }
    if let Some(row) = judged.probabilities.iter().position(|value| !(0.0..=1.0).contains(value)) {
        return Err(Error::NotFinite { column: "probability".to_owned(), row });
    }
    match judged.groups.iter().flatten().find(|&&group| group as usize >= judged.labels.len()) {
        Some(_) => Err(Error::LabelsDiffer { expected: n_rows, found: judged.labels.len() }),
        None => Ok(()),
    }
}

/// The fewest rows a calibration bin shows.
const LEAST_IN_BIN: u64 = 5;

fn bins(judged: &Judged<'_>, members: &[usize], params: &FairnessParams) -> Vec<GroupBin> {
    let width = 1.0 / params.bins as f64;
    let mut sums = vec![(0_u64, 0_u64, 0.0); params.bins];
    for &row in members {
        let probability = judged.probabilities[row];
        let bin = &mut sums[((probability / width) as usize).min(params.bins - 1)];
        bin.0 += 1;
        bin.1 += u64::from(judged.truth[row]);
        bin.2 += probability;
    }
    let shown = sums.into_iter().enumerate().filter(|(_, (n_rows, ..))| *n_rows >= LEAST_IN_BIN);
    let bin = |(position, (n_rows, n_positive, sum)): (usize, (u64, u64, f64))| {
        let (low, high) = wilson(n_positive as f64, n_rows as f64, params.level);
        GroupBin {
            from: position as f64 * width,
            to: (position + 1) as f64 * width,
            n_rows,
            predicted: sum / n_rows as f64,
            observed: n_positive as f64 / n_rows as f64,
            low,
            high,
        }
    };
    shown.map(bin).collect()
}

fn limits(groups: &[Group], has_small: bool, has_unknown: bool) -> Vec<Limit> {
    let base_rates: Vec<f64> =
        groups.iter().map(|group| group.n_positive as f64 / group.n_rows as f64).collect();
    let differs = base_rates.iter().any(|rate| (rate - base_rates[0]).abs() > 0.01);
    let is_undefined = |group: &Group| {
        group.true_positive_rate.is_none() || group.false_positive_rate.is_none() || group.precision.is_none()
    };
    let always = [
        Limit::OutcomesTakenAsTrue,
        Limit::DifferencesAreNotCauses,
        Limit::OneAttribute,
        Limit::OneThreshold,
        Limit::DifferencesLeanUpward,
    ];
    let sometimes = [
        (has_small, Limit::SmallGroups),
        (has_unknown, Limit::RowsWithoutGroup),
        (differs, Limit::CriteriaConflict),
        (groups.iter().any(is_undefined), Limit::RatesUndefined),
    ];
    always.into_iter().chain(sometimes.into_iter().filter(|(is, _)| *is).map(|(_, limit)| limit)).collect()
}
