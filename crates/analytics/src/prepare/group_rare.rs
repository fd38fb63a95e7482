//! Levels of few rows become one, so that encoders and models are not taught by a handful of rows.

use serde::{Deserialize, Serialize};

use super::columns::{CATEGORY_COLUMNS, learn_levels, with_columns};
use crate::profile::level_counts;
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Column, ColumnData, Error, Result, Table};

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "group_rare",
    family: Family::Prepare,
    summary: "Puts levels with few training rows, and levels never seen, under one label.",
    parameters: &[
        CATEGORY_COLUMNS,
        Parameter {
            name: "min_count",
            kind: Kind::Integer { min: 1, max: 1_000_000_000 },
            default: "10",
            doc: "The least training rows of a level that keeps its name.",
        },
        Parameter {
            name: "label",
            kind: Kind::Text,
            default: "\"other\"",
            doc: "The label of the rest; a level of this name is joined with it.",
        },
    ],
    formula: "the level if it has at least min_count training rows, else the label; missing stays missing",
    source: "Harrell (2015), Regression Modeling Strategies, section 4.7",
    cost: "one pass",
};

/// Which levels are grouped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GroupRareParams {
    /// The columns; empty means every category.
    pub columns: Vec<String>,
    /// The least training rows of a level that keeps its name, `1..=1_000_000_000`.
    pub min_count: usize,
    /// The label of the rest.
    pub label: String,
}

impl Default for GroupRareParams {
    fn default() -> Self {
        Self { columns: Vec::new(), min_count: 10, label: "other".to_owned() }
    }
}

impl GroupRareParams {
    pub(super) fn check(&self) -> Result<()> {
        match (1..=1_000_000_000).contains(&self.min_count) {
            true => Ok(()),
            false => {
                Err(Error::Parameter { name: "min_count", range: "a whole number from 1 to 1,000,000,000" })
            }
        }
    }
}

/// The levels of each column that keep their name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FittedGroupRare {
    /// One entry a column.
    pub columns: Vec<KeptLevels>,
    /// The label of the rest.
    pub label: String,
}

/// The levels of one column that keep their name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptLevels {
    /// The column.
    pub column: String,
    /// The levels, in byte order.
    pub kept: Vec<String>,
    /// The levels put under the label.
    pub n_grouped: usize,
    /// Their training rows.
    pub rows_grouped: usize,
}

pub(super) fn fit(params: &GroupRareParams, table: &Table) -> Result<FittedGroupRare> {
    let columns = learn_levels(table, &params.columns, |column, codes, levels| {
        let counts = level_counts(codes, levels.len());
        let present = || levels.iter().zip(&counts).filter(|(_, count)| **count > 0);
        let (frequent, rare): (Vec<_>, Vec<_>) =
            present().partition(|(_, count)| **count >= params.min_count);
        let mut kept: Vec<String> = frequent.into_iter().map(|(level, _)| level.clone()).collect();
        kept.sort_unstable();
        kept.dedup();
        let rows_grouped = rare.iter().map(|(_, count)| **count).sum();
        Ok(KeptLevels { column: column.to_owned(), kept, n_grouped: rare.len(), rows_grouped })
    })?;
    Ok(FittedGroupRare { columns, label: params.label.clone() })
}

impl FittedGroupRare {
    pub(super) fn apply(&self, table: Table) -> Result<Table> {
        with_columns(table, |column, columns| {
            let learned = self.columns.iter().find(|learned| learned.column == column.name);
            columns.push(match (learned, column.data) {
                (Some(learned), ColumnData::Category { codes, levels }) => {
                    Column { name: column.name, data: learned.group(&codes, &levels, &self.label) }
                }
                (_, data) => Column { name: column.name, data },
            });
            Ok(())
        })
    }
}

impl KeptLevels {
    fn group(&self, codes: &[u32], levels: &[String], label: &String) -> ColumnData {
        let mut grouped = self.kept.clone();
        let other = self.kept.binary_search(label).unwrap_or_else(|_| {
            grouped.push(label.clone());
            self.kept.len()
        });
        let place = |level: &String| self.kept.binary_search(level).unwrap_or(other) as u32;
        let places: Vec<u32> = levels.iter().map(place).collect();
        let code = |code: &u32| places.get(*code as usize).copied().unwrap_or(*code);
        ColumnData::Category { codes: codes.iter().map(code).collect(), levels: grouped }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, GroupRareParams::check);
    }
}
