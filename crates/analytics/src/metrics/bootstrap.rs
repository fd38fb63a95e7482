//! Seeded percentile bootstrap intervals.
//!
//! Efron, B., Tibshirani, R. J. (1993). An Introduction to the Bootstrap, ch. 13.

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::check_pair;
use super::ranking::Ranked;
use crate::progress::{Watch, report};
use crate::random::{Generator, generator};
use crate::{Error, Result};

/// How an interval is drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BootstrapParams {
    /// How often rows are redrawn, `100..=10_000`.
    pub resamples: u32,
    /// The confidence, `0.5 <= level <= 0.999`.
    pub level: f64,
    /// The seed of the draws.
    pub seed: u64,
}

impl Default for BootstrapParams {
    fn default() -> Self {
        Self { resamples: 500, level: 0.95, seed: 42 }
    }
}

impl BootstrapParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first parameter outside its range.
    pub fn check(&self) -> Result<()> {
        if !(100..=10_000).contains(&self.resamples) {
            return Err(Error::Parameter { name: "resamples", range: "between 100 and 10000" });
        }
        crate::predict::supervised::check_level(self.level)
    }
}

/// A number with the interval its sample leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The number on the rows at hand.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The interval of the area under the ROC curve, redrawing positive and negative rows apart so that both always occur.
/// Time grows with rows × resamples.
///
/// # Errors
/// As [`super::classification`], [`Error::Parameter`] and [`Error::Cancelled`].
pub fn auc_interval(
    labels: &[bool],
    probabilities: &[f64],
    params: &BootstrapParams,
    watch: &mut Watch<'_>,
) -> Result<Interval> {
    params.check()?;
    let ranked = Ranked::new(labels, probabilities)?;
    let groups_of = |count: &dyn Fn(&super::ranking::Group) -> u64| -> Vec<u32> {
        let groups = ranked.groups.iter().enumerate();
        groups.flat_map(|(group, rows)| std::iter::repeat_n(group as u32, count(rows) as usize)).collect()
    };
    let positives = groups_of(&|group| group.n_positive);
    let negatives = groups_of(&|group| group.n_rows - group.n_positive);
    let redrawn = |generator: &mut Generator| {
        let mut drawn = ranked.clone();
        drawn.groups.iter_mut().for_each(|group| (group.n_positive, group.n_rows) = (0, 0));
        for _ in 0..positives.len() {
            let group = &mut drawn.groups[draw(generator, &positives) as usize];
            group.n_positive += 1;
            group.n_rows += 1;
        }
        for _ in 0..negatives.len() {
            drawn.groups[draw(generator, &negatives) as usize].n_rows += 1;
        }
        drawn.auc()
    };
    percentiles(ranked.auc(), params, watch, redrawn)
}

/// The interval of the root mean squared error of `predicted` against `actual`. Time grows with rows × resamples.
///
/// # Errors
/// As [`super::regression`], [`Error::Parameter`] and [`Error::Cancelled`].
pub fn rmse_interval(
    actual: &[f64],
    predicted: &[f64],
    params: &BootstrapParams,
    watch: &mut Watch<'_>,
) -> Result<Interval> {
    let rmse = super::regression(actual, predicted)?.rmse;
    let squares: Vec<f64> = actual.iter().zip(predicted).map(|(a, p)| (a - p) * (a - p)).collect();
    let interval = mean_interval(&squares, params, watch)?;
    Ok(Interval { value: rmse, low: interval.low.sqrt(), high: interval.high.sqrt() })
}

/// The interval of a mean.
pub(crate) fn mean_interval(
    values: &[f64],
    params: &BootstrapParams,
    watch: &mut Watch<'_>,
) -> Result<Interval> {
    params.check()?;
    check_pair(values.len(), values, "value")?;
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    percentiles(mean, params, watch, |generator| {
        (0..values.len()).map(|_| draw(generator, values)).sum::<f64>() / n
    })
}

/// The intervals of several numbers of the same rows, redrawn together within each stratum so that every stratum keeps its size.
/// `numbers` is told how often each row counts; what it answers with NaN is not defined, and has no interval when that is so
/// of the rows at hand or of more than half of the redrawn ones. Time grows with rows × resamples.
pub(crate) fn row_intervals(
    strata: &[u32],
    params: &BootstrapParams,
    watch: &mut Watch<'_>,
    mut numbers: impl FnMut(&[u32]) -> Vec<f64>,
) -> Result<Vec<Option<Interval>>> {
    params.check()?;
    let mut rows_of = std::collections::BTreeMap::<u32, Vec<usize>>::new();
    strata.iter().enumerate().for_each(|(row, &stratum)| rows_of.entry(stratum).or_default().push(row));
    let values = numbers(&vec![1; strata.len()]);
    let resamples = params.resamples as usize;
    let mut generator = generator(params.seed, 0);
    let mut counts = vec![0; strata.len()];
    let mut drawn: Vec<Vec<f64>> = vec![Vec::with_capacity(resamples); values.len()];
    for resample in 0..resamples {
        report(watch, "bootstrap", resample, resamples)?;
        counts.fill(0);
        for rows in rows_of.values() {
            (0..rows.len()).for_each(|_| counts[draw(&mut generator, rows)] += 1);
        }
        let numbers = numbers(&counts);
        drawn
            .iter_mut()
            .zip(numbers)
            .filter(|(_, number)| number.is_finite())
            .for_each(|(kept, n)| kept.push(n));
    }
    let interval = |(mut drawn, value): (Vec<f64>, f64)| {
        let is_defined = value.is_finite() && 2 * drawn.len() > resamples;
        is_defined.then(|| ends(value, &mut drawn, params.level))
    };
    Ok(drawn.into_iter().zip(values).map(interval).collect())
}

/// One of `values`, by a draw that is the same on 32-bit and 64-bit targets.
fn draw<T: Copy>(generator: &mut Generator, values: &[T]) -> T {
    values[generator.gen_range(0..values.len() as u64) as usize]
}

fn percentiles(
    value: f64,
    params: &BootstrapParams,
    watch: &mut Watch<'_>,
    mut redrawn: impl FnMut(&mut Generator) -> f64,
) -> Result<Interval> {
    let resamples = params.resamples as usize;
    let mut generator = generator(params.seed, 0);
    let mut draws = Vec::with_capacity(resamples);
    for resample in 0..resamples {
        report(watch, "bootstrap", resample, resamples)?;
        draws.push(redrawn(&mut generator));
    }
    Ok(ends(value, &mut draws, params.level))
}

/// The percentiles of `draws`, of which there is at least one, that leave out half of `1 − level` at either end.
fn ends(value: f64, draws: &mut [f64], level: f64) -> Interval {
    draws.sort_by(f64::total_cmp);
    let at = |share: f64| draws[(share * (draws.len() - 1) as f64).round() as usize];
    let tail = 0.5 * (1.0 - level);
    Interval { value, low: at(tail), high: at(1.0 - tail) }
}
