//! Categories become the target's mean of their level, drawn towards the overall mean where a level has few rows.
//!
//! A row must not see its own target: what a model is fitted on comes from inner folds, in which each training row is encoded
//! by the other folds alone. Other rows are encoded by all training rows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::columns::{CATEGORY_COLUMNS, learn_levels, with_columns};
use super::{ApplyReport, RowCount, Training};
use crate::judge::split::{Cut, folds};
use crate::predict::Outcome;
use crate::progress::{Watch, report};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Column, ColumnData, Error, Result, Table};

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "target_encoding",
    family: Family::Prepare,
    summary: "Turns each category into the smoothed mean of the target of its level, without a row seeing its own target.",
    parameters: &[
        CATEGORY_COLUMNS,
        Parameter {
            name: "smoothing",
            kind: Kind::Number { min: 0.0, max: 1e9 },
            default: "null",
            doc: "How many rows of the overall mean are added to each level; null weighs each level by its variance.",
        },
        Parameter {
            name: "folds",
            kind: Kind::Integer { min: 2, max: 100 },
            default: "5",
            doc: "The inner folds by which training rows are encoded; at most one a row.",
        },
        Parameter {
            name: "scale",
            kind: Kind::Choice { options: &["mean", "log_odds"] },
            default: "\"mean\"",
            doc: "Whether classes are encoded by their smoothed share or its log-odds.",
        },
    ],
    formula: "w·mean(level) + (1 - w)·mean, w = n/(n + smoothing), by default n·var/(n·var + var(level)); log-odds of (n·share + ½)/(n + 1), n all rows",
    source: "Micci-Barreca (2001), A preprocessing scheme for high-cardinality categorical attributes, SIGKDD Explorations 3",
    cost: "one pass a fold and class",
};

/// How a share is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetScale {
    /// As it is.
    #[default]
    Mean,
    /// As the logarithm of its odds.
    LogOdds,
}

/// Which categories are encoded by the target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TargetEncodingParams {
    /// The columns; empty means every category.
    pub columns: Vec<String>,
    /// The rows of the overall mean added to each level, `0..=1e9`; `None` weighs by variances (empirical Bayes).
    pub smoothing: Option<f64>,
    /// The inner folds, `2..=100`.
    pub folds: u32,
    /// Mean or log-odds.
    pub scale: TargetScale,
}

impl Default for TargetEncodingParams {
    fn default() -> Self {
        Self { columns: Vec::new(), smoothing: None, folds: 5, scale: TargetScale::Mean }
    }
}

impl TargetEncodingParams {
    pub(super) fn check(&self) -> Result<()> {
        if !(2..=100).contains(&self.folds) {
            return Err(Error::Parameter { name: "folds", range: "a whole number from 2 to 100" });
        }
        match self.smoothing.is_none_or(|rows| (0.0..=1e9).contains(&rows)) {
            true => Ok(()),
            false => Err(Error::Parameter { name: "smoothing", range: "a number from 0 to 1e9" }),
        }
    }
}

/// The encoding of each column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedTargetEncoding {
    /// One entry a column.
    pub columns: Vec<TargetEncodedColumn>,
}

/// The encoding of one column, learned from all training rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetEncodedColumn {
    /// The column.
    pub column: String,
    /// The columns that take its place: `column_target`, or `column_target_0`, … for each of three or more classes.
    pub names: Vec<String>,
    /// What a level that was not among the training rows' gets, in each new column.
    pub prior: Vec<f64>,
    /// The levels, in byte order.
    pub levels: Vec<String>,
    /// What each level gets, level by level, one entry a new column.
    pub values: Vec<f64>,
    /// What a row without a level gets; the prior when the training rows had none.
    pub missing: Vec<f64>,
}

/// What the step learned, and the training rows, each encoded without its own target.
pub(super) fn fit(
    params: &TargetEncodingParams,
    table: Table,
    training: &Training<'_>,
    watch: &mut Watch<'_>,
) -> Result<(FittedTargetEncoding, Table)> {
    let targets = targets(training.outcome(METHOD.name)?, params.scale)?;
    let n_rows = table.n_rows();
    let n_folds = (params.folds as usize).min(n_rows) as u32;
    if n_folds < 2 {
        return Err(Error::TooFewRows { needed: 2, found: n_rows });
    }
    // Not stratified: a row's fold must not depend on its target.
    let cuts = folds(&vec![0; n_rows], n_folds, training.seed)?;
    let mut encoded = Vec::new();
    let columns = learn_levels(&table, &params.columns, |column, codes, levels| {
        report(watch, "target_encoding", encoded.len(), 0)?;
        let (learned, of_rows) = learn(params, column, codes, levels, &targets, &cuts);
        encoded.push(of_rows);
        Ok(learned)
    })?;
    let table = with_columns(table, |column, out| {
        match columns.iter().position(|learned| learned.column == column.name) {
            Some(position) => {
                out.extend(columns[position].new_columns(std::mem::take(&mut encoded[position])))
            }
            None => out.push(column),
        }
        Ok(())
    })?;
    Ok((FittedTargetEncoding { columns }, table))
}

/// The numbers to average: the target, 1 for the positive class, or 1 for each class in turn.
fn targets(outcome: Outcome<'_>, scale: TargetScale) -> Result<Vec<Vec<f64>>> {
    match outcome {
        Outcome::Numbers(_) if scale == TargetScale::LogOdds => {
            Err(Error::Parameter { name: "scale", range: "mean for a target of numbers" })
        }
        Outcome::Numbers(values) => Ok(vec![values.to_vec()]),
        Outcome::Classes { codes, n_classes } => {
            let first = if n_classes == 2 { 1 } else { 0 };
            let is_class =
                |class: u32| codes.iter().map(|&code| f64::from(u8::from(code == class))).collect();
            Ok((first..n_classes as u32).map(is_class).collect())
        }
    }
}

fn learn(
    params: &TargetEncodingParams,
    column: &str,
    codes: &[u32],
    levels: &[String],
    targets: &[Vec<f64>],
    cuts: &[Cut],
) -> (TargetEncodedColumn, Vec<Vec<f64>>) {
    let present = super::columns::present_levels(codes, levels);
    let place = |level: &String| present.binary_search(level).unwrap_or(present.len());
    let places: Vec<usize> = levels.iter().map(place).collect();
    // Missing is the level after the last.
    let group_of = |&code: &u32| places.get(code as usize).copied().unwrap_or(present.len());
    let groups: Vec<usize> = codes.iter().map(group_of).collect();
    let n_groups = present.len() + 1;
    let all: Vec<usize> = (0..codes.len()).collect();
    let encodings: Vec<Encoding> =
        targets.iter().map(|target| Encoding::of(params, &groups, n_groups, target, &all)).collect();
    let cross = |target: &Vec<f64>| {
        let mut of_rows = vec![0.0; groups.len()];
        for cut in cuts {
            let encoding = Encoding::of(params, &groups, n_groups, target, &cut.train);
            cut.test.iter().for_each(|&row| of_rows[row] = encoding.groups[groups[row]]);
        }
        of_rows
    };
    let names = match targets.len() {
        1 => vec![format!("{column}_target")],
        several => (0..several).map(|class| format!("{column}_target_{class}")).collect(),
    };
    let learned = TargetEncodedColumn {
        column: column.to_owned(),
        names,
        prior: encodings.iter().map(|encoding| encoding.prior).collect(),
        values: (0..present.len())
            .flat_map(|group| encodings.iter().map(move |encoding| encoding.groups[group]))
            .collect(),
        missing: encodings.iter().map(|encoding| encoding.groups[present.len()]).collect(),
        levels: present,
    };
    (learned, targets.iter().map(cross).collect())
}

/// What each group of rows gets.
struct Encoding {
    prior: f64,
    groups: Vec<f64>,
}

impl Encoding {
    fn of(
        params: &TargetEncodingParams,
        groups: &[usize],
        n_groups: usize,
        target: &[f64],
        rows: &[usize],
    ) -> Self {
        let n = rows.len() as f64;
        let mean = rows.iter().map(|&row| target[row]).sum::<f64>() / n;
        let mut counts = vec![0.0; n_groups];
        let mut sums = vec![0.0; n_groups];
        let mut variance = 0.0;
        for &row in rows {
            let distance = target[row] - mean;
            counts[groups[row]] += 1.0;
            sums[groups[row]] += distance;
            variance += distance * distance / n;
        }
        // Distances of level means from the overall one.
        let shifts: Vec<f64> = sums
            .iter()
            .zip(&counts)
            .map(|(sum, count)| if *count > 0.0 { sum / count } else { 0.0 })
            .collect();
        let weights = match params.smoothing {
            Some(smoothing) => counts.iter().map(|count| ratio(*count, *count + smoothing)).collect(),
            None => bayes_weights(&counts, &shifts, mean, variance, groups, target, rows),
        };
        let finish = |value: f64| match params.scale {
            TargetScale::Mean => value,
            TargetScale::LogOdds => log_odds((n * value + 0.5) / (n + 1.0)),
        };
        let of_group = |(shift, weight): (&f64, &f64)| finish(mean + weight * shift);
        Self { prior: finish(mean), groups: shifts.iter().zip(&weights).map(of_group).collect() }
    }
}

/// `n·var / (n·var + var(level))` of each level: the empirical Bayes weight, 0 for a level without rows or a constant target.
fn bayes_weights(
    counts: &[f64],
    shifts: &[f64],
    mean: f64,
    variance: f64,
    groups: &[usize],
    target: &[f64],
    rows: &[usize],
) -> Vec<f64> {
    let mut within = vec![0.0; counts.len()];
    for &row in rows {
        let distance = target[row] - mean - shifts[groups[row]];
        within[groups[row]] += distance * distance / counts[groups[row]];
    }
    let weight = |(count, within): (&f64, &f64)| ratio(variance * count, variance * count + within);
    counts.iter().zip(&within).map(weight).collect()
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

fn log_odds(share: f64) -> f64 {
    libm::log(share / (1.0 - share))
}

impl TargetEncodedColumn {
    fn new_columns(&self, of_rows: Vec<Vec<f64>>) -> impl Iterator<Item = Column> {
        let column = |(name, values): (&String, Vec<f64>)| Column {
            name: name.clone(),
            data: ColumnData::Number(values),
        };
        self.names.iter().zip(of_rows).map(column)
    }

    /// The new columns of rows that did not teach, and how many of them have a level not seen in training.
    fn encode(&self, codes: &[u32], levels: &[String]) -> (Vec<Vec<f64>>, usize) {
        let known: BTreeMap<&str, usize> = self.levels.iter().map(String::as_str).zip(0..).collect();
        let places: Vec<Option<usize>> =
            levels.iter().map(|level| known.get(level.as_str()).copied()).collect();
        let width = self.names.len();
        let value = |code: u32, output: usize| match places.get(code as usize) {
            Some(Some(place)) => self.values.get(place * width + output).copied(),
            Some(None) => self.prior.get(output).copied(),
            None => self.missing.get(output).copied(),
        };
        let outputs = (0..width)
            .map(|output| codes.iter().map(|&code| value(code, output).unwrap_or(f64::NAN)).collect())
            .collect();
        let unseen = codes.iter().filter(|&&code| places.get(code as usize) == Some(&None)).count();
        (outputs, unseen)
    }
}

impl FittedTargetEncoding {
    pub(super) fn apply(&self, table: Table, report: &mut ApplyReport) -> Result<Table> {
        with_columns(table, |column, columns| {
            let learned = self.columns.iter().find(|learned| learned.column == column.name);
            match (learned, &column.data) {
                (Some(learned), ColumnData::Category { codes, levels }) => {
                    let (outputs, rows) = learned.encode(codes, levels);
                    if rows > 0 {
                        report.unseen.push(RowCount { column: column.name.clone(), rows });
                    }
                    columns.extend(learned.new_columns(outputs));
                }
                _ => columns.push(column),
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, TargetEncodingParams::check);
    }
}
