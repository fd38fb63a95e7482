//! Columns that know too much, looked for before anything is fitted.
//!
//! A model that is told the answer scores well and is worthless. The guard looks for columns dated after the moment of prediction,
//! columns that alone predict the target almost perfectly, copies of the target by name or value, identifiers, and rows that stand
//! on both sides of a cut.
//!
//! Kaufman, S., Rosset, S., Perlich, C., Stitelman, O. (2012). Leakage in data mining: formulation, detection, and avoidance. ACM
//! TKDD 6, article 15.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::keys::codes;
use super::split::{self, Cut};
use super::validate::{cuts, settle};
use super::{Target, TargetValues, ValidateParams};
use crate::metrics::{auc, regression};
use crate::progress::{Watch, report};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Column, ColumnData, Error, Result, Table};

/// How the method stands in the registry.
pub const METHOD: Method = Method {
    name: "leakage",
    family: Family::Judge,
    summary: "Looks for columns that know too much: dated too late, nearly the target itself, identifiers, doubled rows.",
    parameters: &[
        Parameter {
            name: "near_perfect",
            kind: Kind::Number { min: 0.5, max: 1.0 },
            default: "0.98",
            doc: "A column whose AUC alone (R² for numbers) reaches this on rows it was not read from is flagged.",
        },
        Parameter {
            name: "identifier_share",
            kind: Kind::Number { min: 0.1, max: 1.0 },
            default: "0.9",
            doc: "A category with at least this share of different values is flagged.",
        },
    ],
    formula: "AUC or R² of the target's mean by value or by 32 bins, learned on one half of the training rows and judged on the \
other, both ways",
    source: "Kaufman, Rosset, Perlich and Stitelman (2012), Leakage in Data Mining, ACM TKDD 6",
    cost: "columns × n log n",
};

/// When something is flagged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LeakageParams {
    /// The AUC or R² of a single column that is too good, `0.5..=1`.
    pub near_perfect: f64,
    /// The share of different values that makes an identifier, `0.1..=1`.
    pub identifier_share: f64,
}

impl Default for LeakageParams {
    fn default() -> Self {
        Self { near_perfect: 0.98, identifier_share: 0.9 }
    }
}

impl LeakageParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first parameter outside its range.
    pub fn check(&self) -> Result<()> {
        if !(0.5..=1.0).contains(&self.near_perfect) {
            return Err(Error::Parameter { name: "near_perfect", range: "between 0.5 and 1" });
        }
        match (0.1..=1.0).contains(&self.identifier_share) {
            true => Ok(()),
            false => Err(Error::Parameter { name: "identifier_share", range: "between 0.1 and 1" }),
        }
    }
}

/// The moment of prediction: what became known after it must not predict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum CutOff {
    /// One moment for all rows, in milliseconds since 1970-01-01 UTC.
    Moment {
        /// The moment.
        millis: i64,
    },
    /// A moment a row.
    Column {
        /// The time column.
        column: String,
    },
}

/// When a column's value of a row became known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Availability {
    /// The column.
    pub column: String,
    /// The time column that says when.
    pub known_at: String,
}

/// What makes a column or rows suspect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeakageCode {
    /// Values became known after the cut-off; `value` is the share of rows.
    AfterCutOff,
    /// The column alone predicts almost perfectly; `value` is its AUC or R².
    NearPerfect,
    /// The name is nearly the target's; `value` is 1.
    TargetName,
    /// Each value goes with one value of the target and the other way round; `value` is the share of rows where both are known.
    TargetCopy,
    /// Almost every row has its own value; `value` is the share of different ones.
    Identifier,
    /// Rows judge whose columns all equal those of a row that teaches; `value` is the share of the judging rows.
    DuplicateRows,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leak {
    /// What it is.
    pub code: LeakageCode,
    /// The column; `None` for rows.
    pub column: Option<String>,
    /// How strong it is, as the code says.
    pub value: f64,
    /// The rows concerned.
    pub n_rows: usize,
}

/// The fewest rows among which identifiers are told.
const LEAST_ROWS: usize = 20;
/// The bins of a number column.
const BINS: usize = 32;

/// Looks for leaks into what `params` describes: on its training rows alone, but for doubled rows, which are counted across its
/// cuts. Nothing is fitted.
///
/// # Errors
/// [`Error::Parameter`]; [`Error::UnknownColumn`]; [`Error::WrongType`] for a time that is none; those of reading the target and
/// cutting; [`Error::Cancelled`].
pub fn leakage(
    table: &Table,
    params: &ValidateParams,
    cut_off: Option<&CutOff>,
    availability: &[Availability],
    limits: &LeakageParams,
    watch: &mut Watch<'_>,
) -> Result<Vec<Leak>> {
    limits.check()?;
    let (target, how) = settle(table, params)?;
    let cuts = cuts(table, &target, &params.split, params.seed)?;
    let train = target.take(&cuts[0].train);
    let mut leaks = Vec::new();
    if let Some(cut_off) = cut_off {
        leaks.extend(too_late(table, &target, &how.columns, cut_off, availability)?);
    }
    for (done, name) in how.columns.iter().enumerate() {
        report(watch, "leakage", done, how.columns.len())?;
        let column = table.column(name)?;
        let leak = |code, value, n_rows| Leak { code, column: Some(name.clone()), value, n_rows };
        if is_name_of(name, &params.target) {
            leaks.push(leak(LeakageCode::TargetName, 1.0, table.n_rows()));
        }
        if let Some(share) = distinct_share(column, &train, limits.identifier_share) {
            leaks.push(leak(LeakageCode::Identifier, share, train.rows.len()));
        }
        if let Some(n_rows) = copied_rows(table.column(&params.target)?, column, &train) {
            leaks.push(leak(LeakageCode::TargetCopy, n_rows as f64 / train.rows.len() as f64, n_rows));
        }
        let power = power(column, &train, params.seed)?;
        if power >= limits.near_perfect {
            leaks.push(leak(LeakageCode::NearPerfect, power, train.rows.len()));
        }
    }
    leaks.extend(doubled(table, &target, &how.columns, &cuts)?);
    Ok(leaks)
}

/// Columns with values known only after the cut-off: times among the columns, and columns whose availability is told.
fn too_late(
    table: &Table,
    target: &Target,
    columns: &[String],
    cut_off: &CutOff,
    availability: &[Availability],
) -> Result<Vec<Leak>> {
    let limit: Vec<Option<i64>> = match cut_off {
        CutOff::Moment { millis } => vec![Some(*millis); table.n_rows()],
        CutOff::Column { column } => times(table, column)?.to_vec(),
    };
    let is_time =
        |name: &&String| table.column(name).is_ok_and(|column| matches!(column.data, ColumnData::Time(_)));
    let own = columns.iter().filter(is_time).map(|name| (name, name));
    let told = availability.iter().map(|told| (&told.column, &told.known_at));
    let mut leaks = Vec::new();
    for (name, known_at) in own.chain(told) {
        table.column(name)?;
        let known = times(table, known_at)?;
        let is_late =
            |&&row: &&usize| matches!((known[row], limit[row]), (Some(known), Some(limit)) if known > limit);
        let n_rows = target.rows.iter().filter(is_late).count();
        if n_rows > 0 {
            let value = n_rows as f64 / target.rows.len() as f64;
            leaks.push(Leak { code: LeakageCode::AfterCutOff, column: Some(name.clone()), value, n_rows });
        }
    }
    Ok(leaks)
}

fn times<'a>(table: &'a Table, name: &str) -> Result<&'a [Option<i64>]> {
    let column = table.column(name)?;
    match &column.data {
        ColumnData::Time(times) => Ok(times),
        other => {
            Err(Error::WrongType { column: name.to_owned(), expected: "time", found: other.type_name() })
        }
    }
}

/// Whether two names are one but for case, separators and a short addition such as `_flag` or `is_`.
fn is_name_of(name: &str, target: &str) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let (name, target) = (plain(name), plain(target));
    let has_addition = |long: &str, short: &str| {
        let n_added = long.chars().count().saturating_sub(short.chars().count());
        short.chars().count() >= 4 && n_added <= 5 && (long.starts_with(short) || long.ends_with(short))
    };
    name == target || has_addition(&name, &target) || has_addition(&target, &name)
}

/// The share of different values, when it makes an identifier: of a category or text, or of whole numbers that only rise or fall.
fn distinct_share(column: &Column, train: &Target, least: f64) -> Option<f64> {
    let all = codes(column);
    let known: Vec<u32> = train.rows.iter().filter_map(|&row| all[row]).collect();
    if known.len() < LEAST_ROWS {
        return None;
    }
    let n_distinct = known.iter().collect::<std::collections::BTreeSet<_>>().len();
    let share = n_distinct as f64 / known.len() as f64;
    let is_counter = |values: &[f64]| {
        let of_rows: Vec<f64> =
            train.rows.iter().map(|&row| values[row]).filter(|value| !value.is_nan()).collect();
        let is_whole = of_rows.iter().all(|value| value.fract() == 0.0);
        is_whole && (of_rows.is_sorted_by(|a, b| a < b) || of_rows.is_sorted_by(|a, b| a > b))
    };
    let can_be = match &column.data {
        ColumnData::Category { .. } | ColumnData::Text(_) => true,
        ColumnData::Number(values) => is_counter(values),
        ColumnData::Time(_) | ColumnData::Boolean(_) => false,
    };
    (can_be && share >= least).then_some(share)
}

/// The rows where column and target are known, when each value of either goes with one of the other and there are as many rows as
/// half the training rows, and not every row has its own.
fn copied_rows(target: &Column, column: &Column, train: &Target) -> Option<usize> {
    let (of_target, of_column) = (codes(target), codes(column));
    let (mut there, mut back) = (BTreeMap::new(), BTreeMap::new());
    let mut n_rows = 0;
    for &row in &train.rows {
        let (Some(to), Some(from)) = (of_target[row], of_column[row]) else { continue };
        n_rows += 1;
        if *there.entry(from).or_insert(to) != to || *back.entry(to).or_insert(from) != from {
            return None;
        }
    }
    let is_telling = there.len() >= 2 && 2 * there.len() <= n_rows && 2 * n_rows >= train.rows.len();
    is_telling.then_some(n_rows)
}

/// How well the column alone predicts: AUC (mean over classes against the rest) or R², each half judged by the other; a number also by
/// its own order.
fn power(column: &Column, train: &Target, seed: u64) -> Result<f64> {
    let strata = train.strata();
    if train.rows.len() < 4 {
        return Ok(0.0);
    }
    let cuts = split::folds(&strata, 2, seed)?;
    let values = binned(column, train);
    let by_class =
        |class: u32| -> Vec<f64> { strata.iter().map(|&code| f64::from(u8::from(code == class))).collect() };
    match &train.values {
        TargetValues::Numbers(numbers) => {
            let said = crossed(&values, numbers, &cuts);
            Ok(regression(numbers, &said)?
                .r_squared
                .unwrap_or(0.0)
                .max(correlation_squared(column, train, numbers)))
        }
        TargetValues::Classes { labels, .. } => {
            let classes: Vec<u32> =
                if labels.len() == 2 { vec![1] } else { (0..labels.len() as u32).collect() };
            let mut sum = 0.0;
            for &class in &classes {
                let is_class: Vec<bool> = strata.iter().map(|&code| code == class).collect();
                let by_bins = auc(&is_class, &crossed(&values, &by_class(class), &cuts)).unwrap_or(0.5);
                let by_order =
                    order(column, train).and_then(|order| auc(&is_class, &order).ok()).unwrap_or(0.5);
                sum += by_bins.max(by_order).max(1.0 - by_order);
            }
            Ok(sum / classes.len() as f64)
        }
    }
}

/// A number column's ranks in `0..=1`, when no value is missing.
fn order(column: &Column, train: &Target) -> Option<Vec<f64>> {
    let ColumnData::Number(values) = &column.data else { return None };
    let mut sorted: Vec<f64> = train.rows.iter().map(|&row| values[row]).collect();
    if sorted.iter().any(|value| value.is_nan()) {
        return None;
    }
    sorted.sort_by(f64::total_cmp);
    let rank =
        |&row: &usize| sorted.partition_point(|value| *value < values[row]) as f64 / sorted.len() as f64;
    Some(train.rows.iter().map(rank).collect())
}

fn correlation_squared(column: &Column, train: &Target, numbers: &[f64]) -> f64 {
    let ColumnData::Number(values) = &column.data else { return 0.0 };
    let pairs: Vec<(f64, f64)> =
        train.rows.iter().map(|&row| values[row]).zip(numbers.iter().copied()).collect();
    let n = pairs.len() as f64;
    let (mean_x, mean_y) =
        pairs.iter().fold((0.0, 0.0), |sums, pair| (sums.0 + pair.0 / n, sums.1 + pair.1 / n));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs {
        xx += (x - mean_x) * (x - mean_x);
        yy += (y - mean_y) * (y - mean_y);
        xy += (x - mean_x) * (y - mean_y);
    }
    let found = (xy / xx.sqrt() / yy.sqrt()).powi(2);
    if found.is_finite() { found } else { 0.0 }
}

/// Each training row's value as a small code, missing being one of its own: numbers and times in bins of nearly equal size.
fn binned(column: &Column, train: &Target) -> Vec<u32> {
    let all = codes(column);
    let of_rows: Vec<Option<u32>> = train.rows.iter().map(|&row| all[row]).collect();
    let is_number = matches!(column.data, ColumnData::Number(_) | ColumnData::Time(_));
    let mut sorted: Vec<u32> = of_rows.iter().flatten().copied().collect();
    sorted.sort_unstable();
    let bin = |code: u32| match is_number {
        true => (sorted.partition_point(|&other| other < code) * BINS / sorted.len()) as u32,
        false => code,
    };
    of_rows.iter().map(|code| code.map_or(u32::MAX, bin)).collect()
}

/// What each row's value says of the target, learned from the rows of the other half; a value not seen there says their mean.
fn crossed(values: &[u32], target: &[f64], cuts: &[Cut]) -> Vec<f64> {
    let mut said = vec![0.0; values.len()];
    for cut in cuts {
        let mut sums = BTreeMap::<u32, (f64, f64)>::new();
        let mut whole = 0.0;
        for &row in &cut.train {
            let sum = sums.entry(values[row]).or_default();
            *sum = (sum.0 + target[row], sum.1 + 1.0);
            whole += target[row];
        }
        let mean = whole / cut.train.len() as f64;
        cut.test.iter().for_each(|&row| said[row] = sums.get(&values[row]).map_or(mean, |sum| sum.0 / sum.1));
    }
    said
}

/// Judging rows whose columns all equal those of a teaching row of the same cut.
fn doubled(table: &Table, target: &Target, columns: &[String], cuts: &[Cut]) -> Result<Option<Leak>> {
    let mut alike = vec![0_u32; target.rows.len()];
    for name in columns {
        let codes = codes(table.column(name)?);
        let pair = |(position, &row): (usize, &usize)| (alike[position], codes[row]);
        let pairs: Vec<(u32, Option<u32>)> = target.rows.iter().enumerate().map(pair).collect();
        let mut numbered: BTreeMap<(u32, Option<u32>), u32> = pairs.iter().map(|&pair| (pair, 0)).collect();
        numbered.values_mut().zip(0..).for_each(|(number, next)| *number = next);
        alike = pairs.iter().map(|pair| numbered[pair]).collect();
    }
    let (mut n_doubled, mut n_judging) = (0, 0);
    for cut in cuts {
        let teaching: std::collections::BTreeSet<u32> = cut.train.iter().map(|&row| alike[row]).collect();
        n_judging += cut.test.len();
        n_doubled += cut.test.iter().filter(|&&row| teaching.contains(&alike[row])).count();
    }
    let value = n_doubled as f64 / n_judging as f64;
    Ok((n_doubled > 0).then_some(Leak {
        code: LeakageCode::DuplicateRows,
        column: None,
        value,
        n_rows: n_doubled,
    }))
}
