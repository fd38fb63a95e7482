//! Skewed numbers become logarithms.

use serde::{Deserialize, Serialize};

use super::{chosen_columns, with_columns};
use crate::profile::ColumnKind;
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Column, ColumnData, Error, Result, Table};

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "log1p",
    family: Family::Prepare,
    summary: "Takes the logarithm of one plus each value, for amounts and counts with a long tail.",
    parameters: &[
        Parameter {
            name: "columns",
            kind: Kind::Columns,
            default: "[]",
            doc: "The number columns; empty means all.",
        },
        Parameter {
            name: "signed",
            kind: Kind::Boolean,
            default: "false",
            doc: "Mirrors the logarithm at 0 for negative values, which are refused otherwise.",
        },
    ],
    formula: "ln(1 + x); signed: sign(x)·ln(1 + |x|)",
    source: "John and Draper (1980) for the signed form",
    cost: "one pass",
};

/// Which numbers become logarithms.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log1pParams {
    /// The columns; empty means every number.
    pub columns: Vec<String>,
    /// Whether negative values are mirrored instead of refused.
    pub signed: bool,
}

/// The columns that become logarithms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FittedLog1p {
    /// The columns.
    pub columns: Vec<String>,
    /// Whether negative values are mirrored instead of refused.
    pub signed: bool,
}

pub(super) fn fit(params: &Log1pParams, table: &Table) -> Result<FittedLog1p> {
    let columns = chosen_columns(table, &params.columns, &[ColumnKind::Number], "number")?;
    Ok(FittedLog1p {
        columns: columns.iter().map(|column| column.name.clone()).collect(),
        signed: params.signed,
    })
}

impl FittedLog1p {
    pub(super) fn apply(&self, table: Table) -> Result<Table> {
        with_columns(table, |column, columns| {
            let Column { name, data } = column;
            columns.push(match data {
                ColumnData::Number(mut values) if self.columns.contains(&name) => {
                    let negative = values.iter().position(|value| *value < 0.0);
                    if let Some(row) = negative.filter(|_| !self.signed) {
                        return Err(Error::Negative { column: name, row });
                    }
                    values.iter_mut().for_each(|value| *value = value.abs().ln_1p().copysign(*value));
                    Column { name, data: ColumnData::Number(values) }
                }
                data => Column { name, data },
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
        crate::registry::assert_documented(&METHOD, |_: &Log1pParams| Ok(()));
    }
}
