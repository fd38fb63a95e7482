//! Whether new rows still look like those a model learned from.
//!
//! A [`Reference`] is kept with the model: for each column, and for the model's scores, where values lay and how many; no row is
//! needed again. [`drift`] counts new rows the same way and compares: the population stability index, two-sample Kolmogorov and
//! Smirnov for numbers, chi-squared for categories. A column counts as changed only when the index is large *and* the test
//! says that chance alone would rarely do it, because the index of few rows is large by chance.
//!
//! - Siddiqi, N. (2006). Credit Risk Scorecards: the index and its customary thresholds 0.1 and 0.25.
//! - Stephens, M. A. (1970). Use of the Kolmogorov–Smirnov statistics without extensive tables. JRSS B 32, 115–122.

mod compare;
mod reference;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::compare::{ColumnDrift, DriftReport, drift};
pub use self::reference::{Counts, Reference, ReferenceColumn, reference};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Result};

/// How the method stands in the registry.
pub const METHOD: Method = Method {
    name: "drift",
    family: Family::Judge,
    summary: "Compares new rows with those a model learned from and says whether to keep, watch or refit it.",
    parameters: &[
        Parameter {
            name: "bins",
            kind: Kind::Integer { min: 2, max: 50 },
            default: "10",
            doc: "The bins of nearly equal size in which numbers are compared.",
        },
        Parameter {
            name: "watch",
            kind: Kind::Number { min: 0.0, max: 10.0 },
            default: "0.1",
            doc: "From this stability index on a change is to be watched.",
        },
        Parameter {
            name: "refit",
            kind: Kind::Number { min: 0.0, max: 10.0 },
            default: "0.25",
            doc: "From this stability index on the model is to be refitted.",
        },
        Parameter {
            name: "significance",
            kind: Kind::Number { min: 1e-12, max: 0.5 },
            default: "0.01",
            doc: "A change counts when its p-value is below this.",
        },
    ],
    formula: "PSI = Σ (new − old) ln(new / old) over bins, shares from counts plus ½; KS = max |F_new − F_old| at the kept \
edges; χ² = Σ (observed − expected)² / expected",
    source: "Siddiqi (2006), Credit Risk Scorecards; Stephens (1970), Use of the Kolmogorov–Smirnov Statistics; Pearson (1900)",
    cost: "n log n a number column",
};

/// When a change counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DriftParams {
    /// The bins of nearly equal size in which numbers are compared, `2..=50`.
    pub bins: usize,
    /// From this stability index on a change is to be watched, `0..=10`.
    pub watch: f64,
    /// From this stability index on the model is to be refitted, `0..=10` and not below `watch`.
    pub refit: f64,
    /// A change counts when its p-value is below this, `1e-12..=0.5`.
    pub significance: f64,
}

impl Default for DriftParams {
    fn default() -> Self {
        Self { bins: 10, watch: 0.1, refit: 0.25, significance: 0.01 }
    }
}

impl DriftParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first parameter outside its range.
    pub fn check(&self) -> Result<()> {
        if !(2..=50).contains(&self.bins) {
            return Err(Error::Parameter { name: "bins", range: "between 2 and 50" });
        }
        if !(0.0..=10.0).contains(&self.watch) {
            return Err(Error::Parameter { name: "watch", range: "between 0 and 10" });
        }
        if !(self.watch..=10.0).contains(&self.refit) {
            return Err(Error::Parameter { name: "refit", range: "between 'watch' and 10" });
        }
        match (1e-12..=0.5).contains(&self.significance) {
            true => Ok(()),
            false => Err(Error::Parameter { name: "significance", range: "between 1e-12 and 0.5" }),
        }
    }
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Advice {
    /// Nothing has changed that counts.
    Stable,
    /// Something has; look again with more rows.
    Watch,
    /// The model speaks of other rows than these: fit it anew.
    Refit,
}
