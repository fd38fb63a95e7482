//! Categories become the positions of their levels in an order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::columns::{CATEGORY_COLUMNS, learn_levels, present_levels, with_columns};
use super::{ApplyReport, RowCount};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Column, ColumnData, Error, Result, Table};

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "ordinal",
    family: Family::Prepare,
    summary: "Turns each category into the position of its level, in an order given or by bytes.",
    parameters: &[
        CATEGORY_COLUMNS,
        Parameter {
            name: "order",
            kind: Kind::Columns,
            default: "[]",
            doc: "The levels from the lowest, for all chosen columns; empty takes each column's levels in byte order.",
        },
    ],
    formula: "position of the level from 0; a level not among the training rows' is -1; missing stays missing",
    source: "Stevens (1946), On the theory of scales of measurement",
    cost: "one pass",
};

/// The number of a level that was not among the training rows'.
const UNSEEN: f64 = -1.0;

/// Which categories become positions, and in which order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrdinalParams {
    /// The columns; empty means every category.
    pub columns: Vec<String>,
    /// The levels from the lowest, each once; empty means byte order.
    pub order: Vec<String>,
}

impl OrdinalParams {
    pub(super) fn check(&self) -> Result<()> {
        let mut seen = std::collections::BTreeSet::new();
        match self.order.iter().all(|level| seen.insert(level)) {
            true => Ok(()),
            false => Err(Error::Parameter { name: "order", range: "a list of different levels" }),
        }
    }
}

/// The order of each column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FittedOrdinal {
    /// One entry a column.
    pub columns: Vec<OrderedColumn>,
}

/// The order of one column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderedColumn {
    /// The column.
    pub column: String,
    /// The levels, from position 0.
    pub levels: Vec<String>,
}

pub(super) fn fit(params: &OrdinalParams, table: &Table) -> Result<FittedOrdinal> {
    let columns = learn_levels(table, &params.columns, |column, codes, levels| {
        let present = present_levels(codes, levels);
        if params.order.is_empty() {
            return Ok(OrderedColumn { column: column.to_owned(), levels: present });
        }
        match present.iter().all(|level| params.order.contains(level)) {
            true => Ok(OrderedColumn { column: column.to_owned(), levels: params.order.clone() }),
            false => Err(Error::LevelNotOrdered { column: column.to_owned() }),
        }
    })?;
    Ok(FittedOrdinal { columns })
}

impl FittedOrdinal {
    pub(super) fn apply(&self, table: Table, report: &mut ApplyReport) -> Result<Table> {
        with_columns(table, |column, columns| {
            let learned = self.columns.iter().find(|learned| learned.column == column.name);
            columns.push(match (learned, column.data) {
                (Some(learned), ColumnData::Category { codes, levels }) => {
                    let positions: BTreeMap<&str, u32> =
                        learned.levels.iter().map(String::as_str).zip(0..).collect();
                    let known =
                        |level: &String| positions.get(level.as_str()).map_or(UNSEEN, |&it| f64::from(it));
                    let numbers: Vec<f64> = levels.iter().map(known).collect();
                    let values: Vec<f64> = codes
                        .iter()
                        .map(|&code| numbers.get(code as usize).copied().unwrap_or(f64::NAN))
                        .collect();
                    let rows = values.iter().filter(|value| **value == UNSEEN).count();
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
        crate::registry::assert_documented(&METHOD, OrdinalParams::check);
        let twice = OrdinalParams { order: vec!["a".into(), "a".into()], ..OrdinalParams::default() };
        assert!(twice.check().is_err());
    }
}
