//! Numbers are stretched or shrunk into one range.

use serde::{Deserialize, Serialize};

use super::columns::{NUMBER_COLUMNS, change_numbers, learn_numbers};
use crate::profile::Moments;
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Result, Table};

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "min_max",
    family: Family::Prepare,
    summary: "Maps the training rows' least and greatest value of each number column to the ends of one range.",
    parameters: &[
        NUMBER_COLUMNS,
        Parameter {
            name: "low",
            kind: Kind::Number { min: -1e6, max: 1e6 },
            default: "0.0",
            doc: "Where the least value goes; below high.",
        },
        Parameter {
            name: "high",
            kind: Kind::Number { min: -1e6, max: 1e6 },
            default: "1.0",
            doc: "Where the greatest value goes.",
        },
        Parameter {
            name: "clip",
            kind: Kind::Boolean,
            default: "false",
            doc: "Keeps rows beyond the training rows' range at its ends, instead of outside them.",
        },
    ],
    formula: "low + (high - low)·(x - min) / (max - min); a constant column becomes low plus its distance from the constant",
    source: "Han, Kamber and Pei (2012), Data Mining, section 3.5.2",
    cost: "two passes",
};

/// Which numbers are brought into which range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MinMaxParams {
    /// The columns; empty means every number.
    pub columns: Vec<String>,
    /// Where the least value goes, `-1e6..=1e6`.
    pub low: f64,
    /// Where the greatest value goes, above `low`, at most `1e6`.
    pub high: f64,
    /// Whether rows beyond the training rows' range are kept at its ends.
    pub clip: bool,
}

impl Default for MinMaxParams {
    fn default() -> Self {
        Self { columns: Vec::new(), low: 0.0, high: 1.0, clip: false }
    }
}

impl MinMaxParams {
    pub(super) fn check(&self) -> Result<()> {
        let is_inside = |end: f64| (-1e6..=1e6).contains(&end);
        match is_inside(self.low) && is_inside(self.high) && self.low < self.high {
            true => Ok(()),
            false => Err(Error::Parameter { name: "low", range: "below high, both from -1e6 to 1e6" }),
        }
    }
}

/// The ranges of the training rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedMinMax {
    /// One entry a column.
    pub columns: Vec<LearnedRange>,
    /// Where the least value goes.
    pub low: f64,
    /// Where the greatest value goes.
    pub high: f64,
    /// Whether rows beyond are kept at the ends.
    pub clip: bool,
}

/// The range of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LearnedRange {
    /// The column.
    pub column: String,
    /// The least value of the training rows.
    pub min: f64,
    /// The greatest.
    pub max: f64,
}

pub(super) fn fit(params: &MinMaxParams, table: &Table) -> Result<FittedMinMax> {
    let columns = learn_numbers(table, &params.columns, |column, values| {
        let range = Moments::of(values).range();
        let (min, max) = range.ok_or_else(|| Error::NothingObserved { column: column.to_owned() })?;
        Ok(LearnedRange { column: column.to_owned(), min, max })
    })?;
    Ok(FittedMinMax { columns, low: params.low, high: params.high, clip: params.clip })
}

impl FittedMinMax {
    pub(super) fn apply(&self, table: Table) -> Result<Table> {
        change_numbers(table, |name, values| {
            if let Some(range) = self.columns.iter().find(|range| range.column == name) {
                self.change(range, values);
            }
            Ok(())
        })
    }

    fn change(&self, range: &LearnedRange, values: &mut [f64]) {
        let is_constant = range.min == range.max;
        // Halves, so that a difference stays a number at the ends of the range.
        let width = if is_constant { 0.5 } else { range.max / 2.0 - range.min / 2.0 };
        for value in values.iter_mut().filter(|value| !value.is_nan()) {
            let place = self.low + (self.high - self.low) * ((*value / 2.0 - range.min / 2.0) / width);
            *value = if self.clip { place.clamp(self.low, self.high) } else { place };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, MinMaxParams::check);
        assert!(MinMaxParams { low: 1.0, ..MinMaxParams::default() }.check().is_err());
    }
}
