//! What is kept of the rows a model learned from.

use serde::{Deserialize, Serialize};

use crate::progress::{Watch, report};
use crate::table::MISSING_CATEGORY;
use crate::{Column, ColumnData, Error, Result, Table};

/// The most edges kept of a number column: with more different values a distance is off by less than one in this many.
const MOST_EDGES: usize = 200;
/// The most levels kept of a category; the others count together.
const MOST_LEVELS: usize = 200;

/// Where values lay and how many.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Counts {
    /// Numbers, or instants in milliseconds.
    Number {
        /// Rising; a value belongs to the first edge not below it, or to the last place when above all.
        edges: Vec<f64>,
        /// The values of each edge, and of above.
        counts: Vec<u64>,
    },
    /// Categories or yes-no answers.
    Category {
        /// The most frequent, by falling count and then by bytes.
        levels: Vec<String>,
        /// The rows of each, and of all others.
        counts: Vec<u64>,
    },
}

/// What is kept of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReferenceColumn {
    /// The column.
    pub name: String,
    /// The rows where it was missing.
    pub n_missing: u64,
    /// The others.
    pub counts: Counts,
}

/// What is kept of the rows a model learned from. It holds edges and counts, no rows; but edges are values
/// that occurred, the least and the greatest among them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// The rows.
    pub n_rows: u64,
    /// The columns; free text is left out.
    pub columns: Vec<ReferenceColumn>,
    /// What the model said of them: the number, or the probability of one class.
    pub scores: Option<ReferenceColumn>,
}

/// Summarizes the rows of `table` and, if there are any, the model's `scores` of them.
///
/// # Errors
/// [`Error::Empty`] without rows; [`Error::LengthMismatch`] or [`Error::NotFinite`] for the scores; [`Error::Cancelled`].
pub fn reference(table: &Table, scores: Option<&[f64]>, watch: &mut Watch<'_>) -> Result<Reference> {
    if table.n_rows() == 0 {
        return Err(Error::Empty);
    }
    let mut columns = Vec::with_capacity(table.columns().len());
    for (done, column) in table.columns().enumerate() {
        report(watch, "reference", done, table.columns().len())?;
        columns.extend(summary(column));
    }
    let scores = scores
        .map(|scores| check_scores(table.n_rows(), scores).map(|()| of_numbers("score", scores.to_vec())));
    Ok(Reference { n_rows: table.n_rows() as u64, columns, scores: scores.transpose()? })
}

/// Refuses scores of another length than the rows, or that are not finite.
pub(super) fn check_scores(n_rows: usize, scores: &[f64]) -> Result<()> {
    if scores.len() != n_rows {
        return Err(Error::LengthMismatch {
            column: "score".to_owned(),
            expected: n_rows,
            found: scores.len(),
        });
    }
    match scores.iter().position(|score| !score.is_finite()) {
        Some(row) => Err(Error::NotFinite { column: "score".to_owned(), row }),
        None => Ok(()),
    }
}

fn summary(column: &Column) -> Option<ReferenceColumn> {
    if let Some(values) = numbers(&column.data) {
        return Some(of_numbers(&column.name, values));
    }
    let (labels, n_missing) = labels(&column.data)?;
    let mut levels: Vec<(String, u64)> = labels.into_iter().collect();
    levels.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let others = levels.split_off(levels.len().min(MOST_LEVELS)).iter().map(|level| level.1).sum();
    let (levels, mut counts): (Vec<String>, Vec<u64>) = levels.into_iter().unzip();
    counts.push(others);
    Some(ReferenceColumn {
        name: column.name.clone(),
        n_missing,
        counts: Counts::Category { levels, counts },
    })
}

/// The values of a number or time column, NaN where missing.
pub(super) fn numbers(data: &ColumnData) -> Option<Vec<f64>> {
    match data {
        ColumnData::Number(values) => Some(values.clone()),
        ColumnData::Time(values) => {
            Some(values.iter().map(|value| value.map_or(f64::NAN, |millis| millis as f64)).collect())
        }
        ColumnData::Category { .. } | ColumnData::Boolean(_) | ColumnData::Text(_) => None,
    }
}

/// The rows of each label that occurs, and those without; `None` for other types.
pub(super) fn labels(data: &ColumnData) -> Option<(std::collections::BTreeMap<String, u64>, u64)> {
    let mut counts = std::collections::BTreeMap::new();
    match data {
        ColumnData::Category { codes, levels } => {
            let mut of_codes = vec![0_u64; levels.len()];
            let known = codes.iter().filter(|&&code| code != MISSING_CATEGORY);
            known.for_each(|&code| of_codes[code as usize] += 1);
            for (level, count) in levels.iter().zip(of_codes).filter(|(_, count)| *count > 0) {
                *counts.entry(level.clone()).or_insert(0) += count;
            }
        }
        ColumnData::Boolean(values) => {
            for value in values.iter().flatten() {
                *counts.entry(if *value { "true" } else { "false" }.to_owned()).or_insert(0) += 1;
            }
        }
        ColumnData::Number(_) | ColumnData::Time(_) | ColumnData::Text(_) => return None,
    }
    Some((counts, data.n_missing() as u64))
}

/// An edge below all values, then every value or, of many, those at even shares; and the counts between.
pub(super) fn of_numbers(name: &str, values: Vec<f64>) -> ReferenceColumn {
    let n_rows = values.len();
    let mut known: Vec<f64> =
        values.into_iter().filter(|value| !value.is_nan()).map(|value| value + 0.0).collect();
    known.sort_by(f64::total_cmp);
    let mut edges: Vec<f64> = known.first().map(|least| least.next_down()).into_iter().collect();
    let mut distinct = known.clone();
    distinct.dedup();
    match distinct.len() <= MOST_EDGES {
        true => edges.extend(distinct),
        false => edges.extend((1..=MOST_EDGES).map(|edge| known[edge * known.len() / MOST_EDGES - 1])),
    }
    edges.dedup();
    let counts = count_between(&known, &edges);
    let n_missing = (n_rows - known.len()) as u64;
    ReferenceColumn { name: name.to_owned(), n_missing, counts: Counts::Number { edges, counts } }
}

/// How many of the rising `values` belong to each edge, and above.
pub(super) fn count_between(values: &[f64], edges: &[f64]) -> Vec<u64> {
    let mut before = 0;
    let mut counts: Vec<u64> = Vec::with_capacity(edges.len() + 1);
    for edge in edges {
        let until = values.partition_point(|value| value <= edge);
        counts.push((until - before) as u64);
        before = until;
    }
    counts.push((values.len() - before) as u64);
    counts
}
