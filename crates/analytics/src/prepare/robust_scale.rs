//! Numbers are centred on their median and divided by the distance between two quantiles, which outliers do not move.

use serde::{Deserialize, Serialize};

use super::columns::{NUMBER_COLUMNS, change_numbers, learn_numbers};
use crate::distribution::normal_quantile;
use crate::profile::{quantile, sorted_present};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Result, Table};

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "robust_scale",
    family: Family::Prepare,
    summary: "Subtracts each number column's median and divides by the distance between two of its quantiles.",
    parameters: &[
        NUMBER_COLUMNS,
        Parameter {
            name: "lower",
            kind: Kind::Number { min: 0.0, max: 0.49 },
            default: "0.25",
            doc: "The share of the training rows below the lower quantile.",
        },
        Parameter {
            name: "upper",
            kind: Kind::Number { min: 0.51, max: 1.0 },
            default: "0.75",
            doc: "The share of the training rows below the upper quantile.",
        },
        Parameter {
            name: "as_normal",
            kind: Kind::Boolean,
            default: "false",
            doc: "Scales so that a normal distribution would get variance 1; needs quantiles inside 0 and 1.",
        },
    ],
    formula: "(x - median) / (q(upper) - q(lower)); divided by 1 when the quantiles are equal",
    source: "Huber and Ronchetti (2009), Robust Statistics, chapter 5; quantiles of type 7, Hyndman and Fan (1996)",
    cost: "time n log n a column",
};

/// Which numbers are scaled by their quantiles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RobustScaleParams {
    /// The columns; empty means every number.
    pub columns: Vec<String>,
    /// The lower quantile's share, `0..=0.49`.
    pub lower: f64,
    /// The upper quantile's share, `0.51..=1`.
    pub upper: f64,
    /// Whether a normal distribution gets variance 1.
    pub as_normal: bool,
}

impl Default for RobustScaleParams {
    fn default() -> Self {
        Self { columns: Vec::new(), lower: 0.25, upper: 0.75, as_normal: false }
    }
}

impl RobustScaleParams {
    pub(super) fn check(&self) -> Result<()> {
        if !(0.0..=0.49).contains(&self.lower) {
            return Err(Error::Parameter { name: "lower", range: "from 0 to 0.49" });
        }
        if !(0.51..=1.0).contains(&self.upper) {
            return Err(Error::Parameter { name: "upper", range: "from 0.51 to 1" });
        }
        match self.as_normal && (self.lower <= 0.0 || self.upper >= 1.0) {
            true => {
                Err(Error::Parameter { name: "lower", range: "above 0, and upper below 1, for as_normal" })
            }
            false => Ok(()),
        }
    }
}

/// The medians and distances of each column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedRobustScale {
    /// One entry a column.
    pub columns: Vec<RobustScaling>,
}

/// How one column is scaled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RobustScaling {
    /// The column.
    pub column: String,
    /// The median of the training rows.
    pub median: f64,
    /// What their distance from it is divided by: 1 when the quantiles are equal.
    pub scale: f64,
    /// Whether the quantiles are equal, so that the column keeps its unit.
    pub has_no_spread: bool,
}

pub(super) fn fit(params: &RobustScaleParams, table: &Table) -> Result<FittedRobustScale> {
    let unit = match params.as_normal {
        true => normal_point(params.upper) - normal_point(params.lower),
        false => 1.0,
    };
    let columns = learn_numbers(table, &params.columns, |column, values| {
        let sorted = sorted_present(values);
        if sorted.is_empty() {
            return Err(Error::NothingObserved { column: column.to_owned() });
        }
        let spread = quantile(&sorted, params.upper) - quantile(&sorted, params.lower);
        if !spread.is_finite() {
            return Err(Error::OutOfScale { column: column.to_owned() });
        }
        let has_no_spread = spread <= 0.0;
        let scale = if has_no_spread { 1.0 } else { spread / unit };
        Ok(RobustScaling { column: column.to_owned(), median: quantile(&sorted, 0.5), scale, has_no_spread })
    })?;
    Ok(FittedRobustScale { columns })
}

/// The point below which a standard normal distribution has `share`, `0 < share < 1`.
fn normal_point(share: f64) -> f64 {
    normal_quantile((2.0 * share - 1.0).abs()).copysign(share - 0.5)
}

impl FittedRobustScale {
    pub(super) fn apply(&self, table: Table) -> Result<Table> {
        change_numbers(table, |name, values| {
            if let Some(RobustScaling { median, scale, .. }) =
                self.columns.iter().find(|it| it.column == name)
            {
                // Halves, so that a difference stays a number at the ends of the range.
                values.iter_mut().for_each(|value| *value = (*value / 2.0 - median / 2.0) / scale * 2.0);
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
        crate::registry::assert_documented(&METHOD, RobustScaleParams::check);
        let whole = RobustScaleParams { lower: 0.0, as_normal: true, ..RobustScaleParams::default() };
        assert!(whole.check().is_err());
    }
}
