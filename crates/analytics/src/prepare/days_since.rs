//! Times become numbers: the days from each instant to a reference.

use serde::{Deserialize, Serialize};

use super::{chosen_columns, with_columns};
use crate::profile::ColumnKind;
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Column, ColumnData, Error, Result, Table};

const MILLIS_A_DAY: f64 = 86_400_000.0;

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "days_since",
    family: Family::Prepare,
    summary: "Turns times into the days that have passed until a reference.",
    parameters: &[
        Parameter {
            name: "columns",
            kind: Kind::Columns,
            default: "[]",
            doc: "The time columns; empty means all. Each becomes a number column named with _days.",
        },
        Parameter {
            name: "reference_millis",
            kind: Kind::Integer { min: i64::MIN, max: i64::MAX },
            default: "null",
            doc: "The reference in milliseconds since 1970 UTC; null takes each column's latest training time.",
        },
    ],
    formula: "(reference - time) / 86,400,000",
    source: "days of 24 hours, as SI and POSIX time count them",
    cost: "one pass",
};

/// Which times become days, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DaysSinceParams {
    /// The columns; empty means every time.
    pub columns: Vec<String>,
    /// Milliseconds since 1970-01-01 UTC; `None` takes each column's latest time in the training rows.
    pub reference_millis: Option<i64>,
}

/// The reference of each column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FittedDaysSince {
    /// Column and milliseconds since 1970-01-01 UTC.
    pub references: Vec<(String, i64)>,
}

pub(super) fn fit(params: &DaysSinceParams, table: &Table) -> Result<FittedDaysSince> {
    let columns = chosen_columns(table, &params.columns, &[ColumnKind::Time], "time")?;
    let reference = |column: &Column| {
        let latest = match &column.data {
            ColumnData::Time(values) => values.iter().flatten().copied().max(),
            _ => None,
        };
        let reference = params.reference_millis.or(latest);
        let missing = || Error::NothingObserved { column: column.name.clone() };
        reference.map(|reference| (column.name.clone(), reference)).ok_or_else(missing)
    };
    Ok(FittedDaysSince { references: columns.into_iter().map(reference).collect::<Result<_>>()? })
}

impl FittedDaysSince {
    pub(super) fn apply(&self, table: Table) -> Result<Table> {
        with_columns(table, |column, columns| {
            let reference = self.references.iter().find(|(name, _)| *name == column.name);
            columns.push(match (reference, &column.data) {
                (Some(&(_, reference)), ColumnData::Time(values)) => Column {
                    name: format!("{}_days", column.name),
                    data: ColumnData::Number(
                        values.iter().map(|time| days_between(*time, reference)).collect(),
                    ),
                },
                _ => column,
            });
            Ok(())
        })
    }
}

fn days_between(time: Option<i64>, reference: i64) -> f64 {
    time.map_or(f64::NAN, |time| (i128::from(reference) - i128::from(time)) as f64 / MILLIS_A_DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, |_: &DaysSinceParams| Ok(()));
    }
}
