//! Numbers get mean 0 and variance 1, so that no column outweighs another by its unit.

use serde::{Deserialize, Serialize};

use super::{chosen_columns, with_columns};
use crate::profile::{ColumnKind, Moments};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Column, ColumnData, Error, Result, Table};

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "standardize",
    family: Family::Prepare,
    summary: "Subtracts each number column's mean and divides by its standard deviation.",
    parameters: &[
        Parameter {
            name: "columns",
            kind: Kind::Columns,
            default: "[]",
            doc: "The number columns; empty means all.",
        },
        Parameter {
            name: "ddof",
            kind: Kind::Integer { min: 0, max: 1 },
            default: "0",
            doc: "0 divides the variance by n, as scikit-learn; 1 by n - 1, as pandas and R.",
        },
    ],
    formula: "(x - mean) / sd, sd = sqrt(Σ(x - mean)² / (n - ddof)); a constant column is divided by 1",
    source: "Chan, Golub and LeVeque (1979) for the sums",
    cost: "two passes",
};

/// Which numbers are standardized, and how.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StandardizeParams {
    /// The columns; empty means every number, indicators and encoded levels included.
    pub columns: Vec<String>,
    /// What is taken from `n` in the variance's divisor, 0 or 1.
    pub ddof: u64,
}

impl StandardizeParams {
    pub(super) fn check(&self) -> Result<()> {
        if self.ddof <= 1 { Ok(()) } else { Err(Error::Parameter { name: "ddof", range: "0 or 1" }) }
    }
}

/// The means and scales of each column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedStandardize {
    /// One entry a column.
    pub columns: Vec<Scaling>,
}

/// How one column is standardized.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scaling {
    /// The column.
    pub column: String,
    /// The mean of the training rows.
    pub mean: f64,
    /// Their standard deviation, or 1 for a constant.
    pub scale: f64,
    /// Whether all training rows have one value (or there is one row): the column then carries nothing.
    pub is_constant: bool,
}

pub(super) fn fit(params: &StandardizeParams, table: &Table) -> Result<FittedStandardize> {
    let columns = chosen_columns(table, &params.columns, &[ColumnKind::Number], "number")?;
    let learn = |column: &Column| {
        let ColumnData::Number(values) = &column.data else { return Ok(None) };
        let moments = Moments::of(values);
        let nothing = || Error::NothingObserved { column: column.name.clone() };
        let mean = moments.mean().ok_or_else(nothing)?;
        let spread = moments.standard_deviation(params.ddof).filter(|spread| *spread > 0.0);
        if spread.is_some_and(f64::is_infinite) {
            return Err(Error::OutOfScale { column: column.name.clone() });
        }
        Ok(Some(Scaling {
            column: column.name.clone(),
            mean,
            scale: spread.unwrap_or(1.0),
            is_constant: spread.is_none(),
        }))
    };
    let scalings = columns.into_iter().filter_map(|column| learn(column).transpose());
    Ok(FittedStandardize { columns: scalings.collect::<Result<_>>()? })
}

impl FittedStandardize {
    pub(super) fn apply(&self, table: Table) -> Result<Table> {
        with_columns(table, |column, columns| {
            let Column { name, data } = column;
            let learned = self.columns.iter().find(|learned| learned.column == name);
            columns.push(match (learned, data) {
                (Some(Scaling { mean, scale, .. }), ColumnData::Number(mut values)) => {
                    // Both are halved, so that their difference stays a number at the ends of the range.
                    values.iter_mut().for_each(|value| *value = (*value / 2.0 - mean / 2.0) / scale * 2.0);
                    Column { name, data: ColumnData::Number(values) }
                }
                (_, data) => Column { name, data },
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
        crate::registry::assert_documented(&METHOD, StandardizeParams::check);
    }
}
