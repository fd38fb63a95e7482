//! Categories become how often their level occurs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::columns::{CATEGORY_COLUMNS, learn_levels, with_columns};
use super::{ApplyReport, RowCount};
use crate::profile::level_counts;
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Column, ColumnData, Result, Table};

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "frequency",
    family: Family::Prepare,
    summary: "Turns each category into the share of the training rows that have its level.",
    parameters: &[
        CATEGORY_COLUMNS,
        Parameter {
            name: "counts",
            kind: Kind::Boolean,
            default: "false",
            doc: "Gives rows instead of shares.",
        },
    ],
    formula: "rows of the level / n; missing counts as a level; a level not among the training rows' is 0",
    source: "Micci-Barreca (2001), section 2, on encodings of high-cardinality attributes",
    cost: "one pass",
};

/// Which categories become shares.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FrequencyParams {
    /// The columns; empty means every category.
    pub columns: Vec<String>,
    /// Whether to give rows instead of shares.
    pub counts: bool,
}

/// The shares of each column's levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedFrequency {
    /// One entry a column.
    pub columns: Vec<CountedColumn>,
}

/// The shares of one column's levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CountedColumn {
    /// The column.
    pub column: String,
    /// Each level with its share, or rows, in byte order.
    pub levels: Vec<(String, f64)>,
    /// The share, or rows, without a level.
    pub missing: f64,
}

pub(super) fn fit(params: &FrequencyParams, table: &Table) -> Result<FittedFrequency> {
    let whole = if params.counts { 1.0 } else { table.n_rows() as f64 };
    let columns = learn_levels(table, &params.columns, |column, codes, levels| {
        let mut counts = BTreeMap::<&String, usize>::new();
        for (level, count) in
            levels.iter().zip(level_counts(codes, levels.len())).filter(|(_, count)| *count > 0)
        {
            *counts.entry(level).or_default() += count;
        }
        let present: usize = counts.values().sum();
        Ok(CountedColumn {
            column: column.to_owned(),
            levels: counts.into_iter().map(|(level, count)| (level.clone(), count as f64 / whole)).collect(),
            missing: (codes.len() - present) as f64 / whole,
        })
    })?;
    Ok(FittedFrequency { columns })
}

impl FittedFrequency {
    pub(super) fn apply(&self, table: Table, report: &mut ApplyReport) -> Result<Table> {
        with_columns(table, |column, columns| {
            let learned = self.columns.iter().find(|learned| learned.column == column.name);
            columns.push(match (learned, column.data) {
                (Some(learned), ColumnData::Category { codes, levels }) => {
                    let shares: BTreeMap<&str, f64> =
                        learned.levels.iter().map(|(level, share)| (level.as_str(), *share)).collect();
                    let of_level: Vec<Option<f64>> =
                        levels.iter().map(|level| shares.get(level.as_str()).copied()).collect();
                    let mut rows = 0;
                    let share = |code: u32| match of_level.get(code as usize) {
                        None => learned.missing,
                        Some(share) => share.unwrap_or_else(|| {
                            rows += 1;
                            0.0
                        }),
                    };
                    let values = codes.into_iter().map(share).collect();
                    if rows > 0 {
                        report.unseen.push(RowCount { column: column.name.clone(), rows });
                    }
                    Column { name: column.name, data: ColumnData::Number(values) }
                }
                (_, data) => Column { name: column.name, data },
            });
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, |_: &FrequencyParams| Ok(()));
    }
}
