//! New rows beside what was kept.

use serde::{Deserialize, Serialize};

use super::reference::{check_scores, count_between, labels, numbers};
use super::{Advice, Counts, DriftParams, Reference, ReferenceColumn};
use crate::distribution::chi_squared_upper;
use crate::progress::{Watch, report};
use crate::{ColumnData, Error, Result, Table};

/// How one column has changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnDrift {
    /// The column.
    pub name: String,
    /// The population stability index, missing values being a bin of their own.
    pub psi: f64,
    /// Of numbers the greatest distance of the two distributions at the kept edges.
    pub kolmogorov_smirnov: Option<f64>,
    /// Of categories the chi-squared statistic; rare levels count together.
    pub chi_squared: Option<f64>,
    /// How often chance alone would give so great a distance or statistic, missing values left out; `None` without values.
    pub p: Option<f64>,
    /// The share missing where the model learned.
    pub missing_before: f64,
    /// The share missing now.
    pub missing_now: f64,
    /// The rows whose level did not occur where the model learned.
    pub n_new_levels: u64,
    /// What it says by itself.
    pub advice: Advice,
}

/// How new rows differ from those a model learned from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriftReport {
    /// The rows the model learned from.
    pub n_rows_before: u64,
    /// The new rows.
    pub n_rows_now: u64,
    /// The columns, in the reference's order.
    pub columns: Vec<ColumnDrift>,
    /// The model's scores, when both sides have them.
    pub scores: Option<ColumnDrift>,
    /// The gravest advice of all columns and the scores.
    pub advice: Advice,
    /// The parameters by which advice was given.
    pub params: DriftParams,
}

/// Compares the rows of `table`, and their `scores`, with `reference`.
///
/// # Errors
/// [`Error::Parameter`]; [`Error::Empty`] without rows; [`Error::UnknownColumn`] or [`Error::WrongType`] for a column that is no
/// longer there or of another type; [`Error::ColumnsDiffer`] for a reference that contradicts itself; [`Error::LengthMismatch`] or
/// [`Error::NotFinite`] for the scores; [`Error::Cancelled`].
pub fn drift(
    reference: &Reference,
    table: &Table,
    scores: Option<&[f64]>,
    params: &DriftParams,
    watch: &mut Watch<'_>,
) -> Result<DriftReport> {
    params.check()?;
    if table.n_rows() == 0 {
        return Err(Error::Empty);
    }
    let mut columns = Vec::with_capacity(reference.columns.len());
    for (done, before) in reference.columns.iter().enumerate() {
        report(watch, "drift", done, reference.columns.len())?;
        columns.push(column(before, &table.column(&before.name)?.data, params)?);
    }
    let scores = match (&reference.scores, scores) {
        (Some(before), Some(scores)) => {
            check_scores(table.n_rows(), scores)?;
            Some(column(before, &ColumnData::Number(scores.to_vec()), params)?)
        }
        _ => None,
    };
    let gravest = columns.iter().chain(&scores).map(|column| column.advice).max();
    Ok(DriftReport {
        n_rows_before: reference.n_rows,
        n_rows_now: table.n_rows() as u64,
        columns,
        scores,
        advice: gravest.unwrap_or(Advice::Stable),
        params: params.clone(),
    })
}

fn column(before: &ReferenceColumn, data: &ColumnData, params: &DriftParams) -> Result<ColumnDrift> {
    let wrong =
        |expected| Error::WrongType { column: before.name.clone(), expected, found: data.type_name() };
    let n_now = data.n_rows() as f64;
    let missing_now = data.n_missing() as u64;
    let (counts_before, counts_now, mut found) = match &before.counts {
        Counts::Number { edges, counts } => {
            check_reference(edges.len(), counts.len())?;
            let values = numbers(data).ok_or_else(|| wrong("number"))?;
            let mut known: Vec<f64> = values.into_iter().filter(|value| !value.is_nan()).collect();
            known.sort_by(f64::total_cmp);
            let now = count_between(&known, edges);
            let distance = distance(counts, &now);
            let p = distance.map(|distance| kolmogorov_upper(distance, total(counts), total(&now)));
            let found = ColumnDrift { kolmogorov_smirnov: distance, p, ..unchanged(&before.name) };
            let (of_before, of_now) = merged(counts, &now, params.bins);
            (of_before, of_now, found)
        }
        Counts::Category { levels, counts } => {
            check_reference(levels.len(), counts.len())?;
            let (mut seen, _) = labels(data).ok_or_else(|| wrong("category"))?;
            let mut now: Vec<u64> = levels.iter().map(|level| seen.remove(level).unwrap_or(0)).collect();
            let others: u64 = seen.values().sum();
            now.push(others);
            let (chi_squared, p) = homogeneity(counts, &now).unzip();
            let n_new_levels = if counts[levels.len()] == 0 { others } else { 0 };
            (counts.clone(), now, ColumnDrift { chi_squared, p, n_new_levels, ..unchanged(&before.name) })
        }
    };
    let n_before = total(&counts_before) + before.n_missing as f64;
    let with = |counts: Vec<u64>, missing: u64| counts.into_iter().chain([missing]).collect::<Vec<u64>>();
    found.psi = stability(&with(counts_before, before.n_missing), &with(counts_now, missing_now));
    found.missing_before = if n_before > 0.0 { before.n_missing as f64 / n_before } else { 0.0 };
    found.missing_now = missing_now as f64 / n_now;
    let of_missing = homogeneity(
        &[before.n_missing, (n_before - before.n_missing as f64) as u64],
        &[missing_now, (n_now - missing_now as f64) as u64],
    );
    let is_rare = |p: Option<f64>| p.is_some_and(|p| p < params.significance);
    let counts = is_rare(found.p) || is_rare(of_missing.map(|(_, p)| p));
    found.advice = match found.psi {
        psi if counts && psi >= params.refit => Advice::Refit,
        psi if counts && psi >= params.watch => Advice::Watch,
        _ => Advice::Stable,
    };
    Ok(found)
}

fn unchanged(name: &str) -> ColumnDrift {
    ColumnDrift {
        name: name.to_owned(),
        psi: 0.0,
        kolmogorov_smirnov: None,
        chi_squared: None,
        p: None,
        missing_before: 0.0,
        missing_now: 0.0,
        n_new_levels: 0,
        advice: Advice::Stable,
    }
}

fn check_reference(n_bounds: usize, n_counts: usize) -> Result<()> {
    match n_counts == n_bounds + 1 {
        true => Ok(()),
        false => Err(Error::ColumnsDiffer { expected: n_bounds + 1, found: n_counts }),
    }
}

fn total(counts: &[u64]) -> f64 {
    counts.iter().map(|&count| count as f64).sum()
}

/// Neighbouring counts put together until each has its part of the reference's rows; what lies below and above all of these stays
/// apart.
fn merged(before: &[u64], now: &[u64], n_bins: usize) -> (Vec<u64>, Vec<u64>) {
    let whole = total(before);
    let (mut of_before, mut of_now) = (vec![0], vec![0]);
    let mut seen = 0.0;
    for (position, (&count_before, &count_now)) in before.iter().zip(now).enumerate() {
        let bin = of_before.len() - 1;
        of_before[bin] += count_before;
        of_now[bin] += count_now;
        seen += count_before as f64;
        let is_full = position == 0 || seen * n_bins as f64 >= whole * bin as f64;
        if is_full && position + 1 < before.len() {
            of_before.push(0);
            of_now.push(0);
        }
    }
    (of_before, of_now)
}

/// The population stability index of two rows of counts, half a row added to each so that empty bins count finitely. Bins empty
/// on both sides are left out.
fn stability(before: &[u64], now: &[u64]) -> f64 {
    let pairs: Vec<(f64, f64)> = before
        .iter()
        .zip(now)
        .filter(|(b, n)| **b + **n > 0)
        .map(|(&b, &n)| (b as f64 + 0.5, n as f64 + 0.5))
        .collect();
    let (all_before, all_now) =
        pairs.iter().fold((0.0, 0.0), |sums, pair| (sums.0 + pair.0, sums.1 + pair.1));
    let of_bin = |(before, now): &(f64, f64)| {
        let (before, now) = (before / all_before, now / all_now);
        (now - before) * (libm::log(now) - libm::log(before))
    };
    pairs.iter().map(of_bin).sum()
}

/// The greatest distance of two cumulative shares; `None` when either side has no value.
fn distance(before: &[u64], now: &[u64]) -> Option<f64> {
    let (all_before, all_now) = (total(before), total(now));
    if all_before == 0.0 || all_now == 0.0 {
        return None;
    }
    let (mut seen_before, mut seen_now, mut most) = (0.0, 0.0, 0.0_f64);
    for (&before, &now) in before.iter().zip(now) {
        seen_before += before as f64;
        seen_now += now as f64;
        most = most.max((seen_before / all_before - seen_now / all_now).abs());
    }
    Some(most)
}

/// The chance of a distance over `distance` between samples of one continuous distribution: Kolmogorov's limit with Stephens'
/// correction, off by less than 0.01 for twenty rows and more; ties make it larger than the true chance.
fn kolmogorov_upper(distance: f64, n_before: f64, n_now: f64) -> f64 {
    let root = (n_before * n_now / (n_before + n_now)).sqrt();
    let scaled = (root + 0.12 + 0.11 / root) * distance;
    if scaled < 0.3 {
        return 1.0;
    }
    let term = |k: i32| {
        let sign = if k % 2 == 1 { 2.0 } else { -2.0 };
        sign * libm::exp(-2.0 * f64::from(k * k) * scaled * scaled)
    };
    (1..=100).map(term).sum::<f64>().clamp(0.0, 1.0)
}

/// Pearson's statistic of two rows of counts and its tail. Levels expected fewer than five times on a side count together; `None`
/// when fewer than two are left or a side is empty.
fn homogeneity(before: &[u64], now: &[u64]) -> Option<(f64, f64)> {
    let (all_before, all_now) = (total(before), total(now));
    let whole = all_before + all_now;
    let least_share = all_before.min(all_now) / whole;
    let is_frequent = |(b, n): &(f64, f64)| (b + n) * least_share >= 5.0;
    let pairs = before.iter().zip(now).map(|(&before, &now)| (before as f64, now as f64));
    let (mut kept, rare): (Vec<_>, Vec<_>) = pairs.partition(is_frequent);
    let rest = rare.iter().fold((0.0, 0.0), |sums, pair| (sums.0 + pair.0, sums.1 + pair.1));
    if is_frequent(&rest) {
        kept.push(rest);
    } else if let Some(last) = kept.last_mut() {
        *last = (last.0 + rest.0, last.1 + rest.1);
    }
    if kept.len() < 2 || all_before == 0.0 || all_now == 0.0 {
        return None;
    }
    let of_level = |(before, now): &(f64, f64)| {
        let expected = |all: f64| (before + now) * all / whole;
        let part = |found: f64, expected: f64| (found - expected) * (found - expected) / expected;
        part(*before, expected(all_before)) + part(*now, expected(all_now))
    };
    let statistic = kept.iter().map(of_level).sum();
    Some((statistic, chi_squared_upper(statistic, kept.len() as f64 - 1.0)))
}
