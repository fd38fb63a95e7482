//! What went in: the columns as they came, and a hash of the rows.

use serde::{Deserialize, Serialize};

use stillroom_kernels::columns::{larger, smaller};

use crate::fingerprint::Fingerprint;
use crate::judge::Target;
use crate::profile::{ColumnKind, level_counts};
use crate::table::MISSING_CATEGORY;
use crate::{Column, ColumnData, Table};

/// A category with more levels than this keeps none of them: they may name persons.
pub const MOST_LEVELS: usize = 100;

/// A column a model learned from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnSchema {
    /// The heading.
    pub name: String,
    /// The type.
    pub kind: ColumnKind,
    /// The rows without a value.
    pub n_missing: usize,
    /// The least and greatest number, or instant in milliseconds since 1970-01-01 UTC.
    pub range: Option<(f64, f64)>,
    /// The levels that occur, in byte order; empty when there are more than [`MOST_LEVELS`].
    pub levels: Vec<String>,
    /// How many levels occur.
    pub n_levels: usize,
}

/// What a model learned to predict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetSchema {
    /// The heading.
    pub name: String,
    /// The classes, of two the positive one last; empty for numbers.
    pub labels: Vec<String>,
    /// The rows of each class; empty for numbers.
    pub class_counts: Vec<usize>,
    /// The least and greatest number; `None` for classes.
    pub range: Option<(f64, f64)>,
}

impl TargetSchema {
    /// The target read from the column named `name`.
    #[must_use]
    pub fn of(name: &str, target: &Target) -> Self {
        let numbers = target.numbers();
        let labels = target.labels().to_vec();
        let mut class_counts = vec![0; labels.len()];
        if !labels.is_empty() {
            numbers.iter().for_each(|&class| class_counts[class as usize] += 1);
        }
        let range = if labels.is_empty() { range(numbers.into_iter()) } else { None };
        Self { name: name.to_owned(), labels, class_counts, range }
    }
}

/// The schema of each column of `table`, the rows learned from.
#[must_use]
pub fn schema_of(table: &Table) -> Vec<ColumnSchema> {
    table.columns().map(column_schema).collect()
}

fn column_schema(column: &Column) -> ColumnSchema {
    let mut schema = ColumnSchema {
        name: column.name.clone(),
        kind: ColumnKind::of(&column.data),
        n_missing: column.data.n_missing(),
        range: None,
        levels: Vec::new(),
        n_levels: 0,
    };
    match &column.data {
        ColumnData::Number(values) => schema.range = range(values.iter().copied()),
        ColumnData::Time(values) => {
            schema.range = range(values.iter().flatten().map(|&millis| millis as f64));
        }
        ColumnData::Category { codes, levels } => {
            let counts = level_counts(codes, levels.len());
            let mut present: Vec<String> = levels
                .iter()
                .zip(&counts)
                .filter(|(_, count)| **count > 0)
                .map(|(level, _)| level.clone())
                .collect();
            present.sort_unstable();
            present.dedup();
            schema.n_levels = present.len();
            if present.len() <= MOST_LEVELS {
                schema.levels = present;
            }
        }
        ColumnData::Boolean(_) | ColumnData::Text(_) => {}
    }
    schema
}

fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    // A missing value is neither smaller nor larger than any.
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (smaller(value, low), larger(value, high))
    });
    (low <= high).then_some((low, high))
}

/// Which rows `table` holds: its columns' names, types and values in order, as 64 hexadecimal digits, see [`Fingerprint`].
/// Missing values count; the order of a category's levels does not.
#[must_use]
pub fn data_hash(table: &Table) -> String {
    let mut fingerprint = Fingerprint::new();
    for column in table.columns() {
        match &column.data {
            ColumnData::Category { codes, levels } => {
                let data = in_order(codes, levels);
                fingerprint.column(&Column { name: column.name.clone(), data });
            }
            _ => fingerprint.column(column),
        }
    }
    fingerprint.finish()
}

/// The same labels with their levels in the order of their bytes.
fn in_order(codes: &[u32], levels: &[String]) -> ColumnData {
    let mut order: Vec<u32> = (0..levels.len() as u32).collect();
    order.sort_unstable_by_key(|&level| &levels[level as usize]);
    let mut ranks = vec![0; levels.len()];
    order.iter().zip(0..).for_each(|(&level, rank)| ranks[level as usize] = rank);
    let rank = |&code: &u32| ranks.get(code as usize).copied().unwrap_or(MISSING_CATEGORY);
    ColumnData::Category {
        codes: codes.iter().map(rank).collect(),
        levels: order.iter().map(|&level| levels[level as usize].clone()).collect(),
    }
}

/// Whether `digits` are those of a [`data_hash`].
pub(super) fn is_hash(digits: &str) -> bool {
    digits.len() == 64 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
