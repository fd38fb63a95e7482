//! Columns that hardly vary leave.

use serde::{Deserialize, Serialize};

use super::{FittedSelect, ScoredColumn};
use crate::prepare::columns::{NUMBER_COLUMNS, learn_numbers};
use crate::profile::Moments;
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Result, Table};

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "select_variance",
    family: Family::Prepare,
    summary: "Leaves out number columns whose variance is not above a threshold; at 0, those of a single value.",
    parameters: &[
        NUMBER_COLUMNS,
        Parameter {
            name: "threshold",
            kind: Kind::Number { min: 0.0, max: 1e140 },
            default: "0.0",
            doc: "The variance, in squared units of the column, that must be exceeded.",
        },
    ],
    formula: "Σ(x - mean)² / n > threshold; missing values do not count",
    source: "Kuhn and Johnson (2013), Applied Predictive Modeling, section 3.5",
    cost: "two passes",
};

/// Which columns vary too little.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SelectVarianceParams {
    /// The columns; empty means every number.
    pub columns: Vec<String>,
    /// The variance that must be exceeded, `0..=1e140`.
    pub threshold: f64,
}

impl SelectVarianceParams {
    pub(in crate::prepare) fn check(&self) -> Result<()> {
        match (0.0..=1e140).contains(&self.threshold) {
            true => Ok(()),
            false => Err(Error::Parameter { name: "threshold", range: "a number from 0 to 1e140" }),
        }
    }
}

pub(in crate::prepare) fn fit(params: &SelectVarianceParams, table: &Table) -> Result<FittedSelect> {
    let columns = learn_numbers(table, &params.columns, |column, values| {
        let spread = Moments::of(values).standard_deviation(0).unwrap_or(0.0);
        // Compared by deviations, whose squares may leave the range of numbers.
        let score = (spread * spread).min(f64::MAX);
        Ok(ScoredColumn::new(column, score, spread > params.threshold.sqrt()))
    })?;
    match columns.iter().all(|scored| !scored.kept) && columns.len() == table.columns().len() {
        true => Err(Error::NothingSelected { method: METHOD.name }),
        false => Ok(FittedSelect { columns, n_rows: table.n_rows() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, SelectVarianceParams::check);
    }
}
