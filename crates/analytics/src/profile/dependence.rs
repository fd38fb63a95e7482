//! Whether rows with a gap in one column differ in another.

use serde::{Deserialize, Serialize};

use super::{Moments, level_counts};
use crate::distribution::{chi_squared_upper, student_two_sided};
use crate::progress::{Watch, report};
use crate::table::MISSING_CATEGORY;
use crate::{ColumnData, Result, Table};

/// How a dependence was tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DependenceTest {
    /// Welch's t test of the means (numbers, times and booleans).
    WelchT,
    /// Pearson's χ² test of the shares of levels (categories).
    ChiSquared,
}

/// How a gap in one column goes with the values of another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dependence {
    /// The other column.
    pub column: String,
    /// The test.
    pub test: DependenceTest,
    /// Its statistic: t, positive when rows with the gap have larger values, or χ².
    pub statistic: f64,
    /// Its degrees of freedom.
    pub degrees: f64,
    /// The size of the difference: of means in pooled standard deviations (Cohen's d, without sign), or Cramér's V.
    pub effect: f64,
    /// The probability of so large a statistic without any dependence.
    pub p: f64,
    /// `p` times the number of tests made on the table, at most 1 (Bonferroni).
    pub adjusted_p: f64,
}

/// For each column with gaps the dependence of the smallest p, the larger statistic first of equals, and how many tests there were.
pub(super) fn strongest(
    table: &Table,
    max_levels: usize,
    watch: &mut Watch<'_>,
) -> Result<(Vec<Option<Dependence>>, usize)> {
    let n_columns = table.columns().len();
    let mut found = Vec::with_capacity(n_columns);
    let mut n_tests = 0;
    for (done, column) in table.columns().enumerate() {
        let n_missing = column.data.n_missing();
        let mut best: Option<Dependence> = None;
        if n_missing > 0 && n_missing < table.n_rows() {
            let is_missing = column.data.missing_rows();
            for other in table.columns().filter(|other| other.name != column.name) {
                report(watch, "missingness", done, n_columns)?;
                let Some(tested) = test(&is_missing, &other.name, &other.data, max_levels) else { continue };
                n_tests += 1;
                let is_stronger = |best: &Dependence| {
                    tested.p.total_cmp(&best.p).then(best.effect.total_cmp(&tested.effect)).is_lt()
                };
                if best.as_ref().is_none_or(is_stronger) {
                    best = Some(tested);
                }
            }
        }
        found.push(best);
    }
    for dependence in found.iter_mut().flatten() {
        dependence.adjusted_p = (dependence.p * n_tests as f64).min(1.0);
    }
    Ok((found, n_tests))
}

fn test(is_missing: &[bool], name: &str, data: &ColumnData, max_levels: usize) -> Option<Dependence> {
    match data {
        ColumnData::Number(values) => welch(is_missing, name, values),
        ColumnData::Time(values) => {
            let millis: Vec<f64> =
                values.iter().map(|time| time.map_or(f64::NAN, |time| time as f64)).collect();
            welch(is_missing, name, &millis)
        }
        ColumnData::Boolean(_) => match data.clone().without_booleans() {
            ColumnData::Number(values) => welch(is_missing, name, &values),
            _ => None,
        },
        ColumnData::Category { codes, levels } => {
            let n_present = level_counts(codes, levels.len()).iter().filter(|count| **count > 0).count();
            (n_present <= max_levels).then(|| chi_squared(is_missing, name, codes, levels.len())).flatten()
        }
        ColumnData::Text(_) => None,
    }
}

/// Welch (1947); `None` with fewer than two values on a side or no spread on both.
fn welch(is_missing: &[bool], name: &str, values: &[f64]) -> Option<Dependence> {
    let side = |wanted: bool| {
        let rows = values.iter().zip(is_missing).filter(|(_, it)| **it == wanted).map(|(value, _)| *value);
        Moments::of(&rows.collect::<Vec<f64>>())
    };
    let (with, without) = (side(true), side(false));
    if with.count() < 2 || without.count() < 2 {
        return None;
    }
    let (n_with, n_without) = (with.count() as f64, without.count() as f64);
    let (spread_with, spread_without) = (with.standard_deviation(1)?, without.standard_deviation(1)?);
    // Divided by the larger spread, so that squares stay in the range of numbers.
    let unit = spread_with.max(spread_without);
    if unit <= 0.0 || !unit.is_finite() {
        return None;
    }
    let (var_with, var_without) = ((spread_with / unit).powi(2), (spread_without / unit).powi(2));
    let (part_with, part_without) = (var_with / n_with, var_without / n_without);
    let difference = (with.mean()? / unit) - (without.mean()? / unit);
    let error = part_with + part_without;
    let statistic = difference / error.sqrt();
    let degrees = error * error
        / (part_with * part_with / (n_with - 1.0) + part_without * part_without / (n_without - 1.0));
    let pooled = ((n_with - 1.0) * var_with + (n_without - 1.0) * var_without) / (n_with + n_without - 2.0);
    let p = student_two_sided(statistic, degrees);
    let effect = difference.abs() / pooled.sqrt();
    let test = DependenceTest::WelchT;
    let is_sound = statistic.is_finite() && effect.is_finite();
    is_sound.then(|| Dependence {
        column: name.to_owned(),
        test,
        statistic,
        degrees,
        effect,
        p,
        adjusted_p: p,
    })
}

/// Pearson (1900) on the table of gap by level; `None` unless two levels occur on rows of both kinds.
fn chi_squared(is_missing: &[bool], name: &str, codes: &[u32], n_levels: usize) -> Option<Dependence> {
    let mut counts = vec![[0.0f64; 2]; n_levels];
    for (&code, &gap) in codes.iter().zip(is_missing).filter(|(code, _)| **code != MISSING_CATEGORY) {
        counts[code as usize][usize::from(gap)] += 1.0;
    }
    counts.retain(|level| level[0] + level[1] > 0.0);
    let sides = counts.iter().fold([0.0, 0.0], |sum, level| [sum[0] + level[0], sum[1] + level[1]]);
    let n = sides[0] + sides[1];
    if counts.len() < 2 || sides[0] <= 0.0 || sides[1] <= 0.0 {
        return None;
    }
    let part = |level: &[f64; 2]| -> f64 {
        let expected = |side: usize| (level[0] + level[1]) * sides[side] / n;
        (0..2).map(|side| (level[side] - expected(side)).powi(2) / expected(side)).sum()
    };
    let statistic: f64 = counts.iter().map(part).sum();
    let degrees = (counts.len() - 1) as f64;
    let p = chi_squared_upper(statistic, degrees);
    let effect = (statistic / n).sqrt();
    let test = DependenceTest::ChiSquared;
    Some(Dependence { column: name.to_owned(), test, statistic, degrees, effect, p, adjusted_p: p })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_equal_those_worked_out_by_hand() {
        let gaps = [true, true, false, false, false];
        let found = welch(&gaps, "x", &[4.0, 6.0, 1.0, 2.0, 3.0]).unwrap();
        // Means 5 and 2, variances 2 and 1: t = 3 / √(2/2 + 1/3).
        assert!((found.statistic - 3.0 / (4.0f64 / 3.0).sqrt()).abs() < 1e-14);
        // (4/3)² / (1/1 + (1/9)/2)
        assert!((found.degrees - (16.0 / 9.0) / (1.0 + 1.0 / 18.0)).abs() < 1e-14);
        let found = chi_squared(&gaps, "c", &[0, 0, 1, 1, MISSING_CATEGORY], 2).unwrap();
        assert_eq!((found.statistic, found.effect), (4.0, 1.0));
        for scale in [1e-300, 1e300] {
            let values = [4.0, 6.0, 1.0, 2.0, 3.0].map(|value| value * scale);
            let scaled = welch(&gaps, "x", &values).unwrap();
            assert!((scaled.statistic - 3.0 / (4.0f64 / 3.0).sqrt()).abs() < 1e-12);
        }
    }

    #[test]
    fn what_cannot_be_tested_is_not() {
        let gaps = [true, false, false];
        assert_eq!(welch(&gaps, "x", &[1.0, 2.0, 3.0]), None);
        assert_eq!(welch(&[true, true, false, false], "x", &[1.0; 4]), None);
        assert_eq!(chi_squared(&gaps, "c", &[0, 0, 0], 1), None);
        assert_eq!(test(&gaps, "t", &ColumnData::Text(vec![None; 3]), 5), None);
    }
}
