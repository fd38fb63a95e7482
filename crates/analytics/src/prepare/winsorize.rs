//! Far values are drawn back to fences learned from the training rows.

use serde::{Deserialize, Serialize};

use super::columns::{NUMBER_COLUMNS, change_numbers, learn_numbers};
use super::{ApplyReport, RowCount};
use crate::profile::FenceRule;
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Result, Table};

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "winsorize",
    family: Family::Prepare,
    summary: "Replaces values beyond fences learned from the training rows by the fence.",
    parameters: &[
        NUMBER_COLUMNS,
        Parameter {
            name: "rule",
            kind: Kind::Choice { options: &["iqr", "z", "robust_z", "quantile"] },
            default: "\"iqr\"",
            doc: "Where the fences stand: quartiles, mean, median or two quantiles.",
        },
        Parameter {
            name: "factor",
            kind: Kind::Number { min: 0.5, max: 100.0 },
            default: "null",
            doc: "How far out; null takes 1.5 for iqr, 3 for z and 3.5 for robust_z.",
        },
        Parameter {
            name: "lower",
            kind: Kind::Number { min: 0.0, max: 0.49 },
            default: "0.01",
            doc: "The share of the training rows below the lower fence, for quantile.",
        },
        Parameter {
            name: "upper",
            kind: Kind::Number { min: 0.51, max: 1.0 },
            default: "0.99",
            doc: "The share of the training rows below the upper fence, for quantile.",
        },
    ],
    formula: "min(max(x, low), high); a column in which the rule sees no spread is left as it is",
    source: "Dixon and Yuen (1974), Trimming and winsorization: a review; fences as in outliers",
    cost: "time n log n a column to learn, one pass to apply",
};

/// Which values are drawn back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WinsorizeParams {
    /// The columns; empty means every number.
    pub columns: Vec<String>,
    /// Where the fences stand.
    pub rule: FenceRule,
    /// How far out, `0.5..=100`; `None` takes the rule's usual factor.
    pub factor: Option<f64>,
    /// The lower quantile's share, `0..=0.49`.
    pub lower: f64,
    /// The upper quantile's share, `0.51..=1`.
    pub upper: f64,
}

impl Default for WinsorizeParams {
    fn default() -> Self {
        Self { columns: Vec::new(), rule: FenceRule::Iqr, factor: None, lower: 0.01, upper: 0.99 }
    }
}

impl WinsorizeParams {
    pub(super) fn check(&self) -> Result<()> {
        if self.factor.is_some_and(|factor| !(0.5..=100.0).contains(&factor)) {
            return Err(Error::Parameter { name: "factor", range: "a number from 0.5 to 100" });
        }
        if !(0.0..=0.49).contains(&self.lower) {
            return Err(Error::Parameter { name: "lower", range: "from 0 to 0.49" });
        }
        match (0.51..=1.0).contains(&self.upper) {
            true => Ok(()),
            false => Err(Error::Parameter { name: "upper", range: "from 0.51 to 1" }),
        }
    }
}

/// The fences of each column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedWinsorize {
    /// One entry a column.
    pub columns: Vec<FencedColumn>,
}

/// The fences of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FencedColumn {
    /// The column.
    pub column: String,
    /// The lower and upper fence; `None` when the rule sees no spread.
    pub fences: Option<(f64, f64)>,
    /// The training rows that were drawn back.
    pub clipped: usize,
}

pub(super) fn fit(params: &WinsorizeParams, table: &Table) -> Result<FittedWinsorize> {
    let factor = params.factor.unwrap_or_else(|| params.rule.usual_factor());
    let columns = learn_numbers(table, &params.columns, |column, values| {
        let fences = params.rule.fences(values, factor, (params.lower, params.upper));
        let clipped = fences.map_or(0, |fences| n_outside(values, fences));
        Ok(FencedColumn { column: column.to_owned(), fences, clipped })
    })?;
    Ok(FittedWinsorize { columns })
}

fn n_outside(values: &[f64], (low, high): (f64, f64)) -> usize {
    values.iter().filter(|value| **value < low || **value > high).count()
}

impl FittedWinsorize {
    pub(super) fn apply(&self, table: Table, report: &mut ApplyReport) -> Result<Table> {
        change_numbers(table, |name, values| {
            let fences = self.columns.iter().find(|learned| learned.column == name).and_then(|it| it.fences);
            let Some((low, high)) = fences else { return Ok(()) };
            let rows = n_outside(values, (low, high));
            if rows > 0 {
                report.clipped.push(RowCount { column: name.to_owned(), rows });
                values
                    .iter_mut()
                    .filter(|value| !value.is_nan())
                    .for_each(|value| *value = value.clamp(low, high));
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, WinsorizeParams::check);
    }
}
