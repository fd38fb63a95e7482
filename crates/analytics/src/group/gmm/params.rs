//! The mixture's parameters, and its entry in the registry.

use serde::{Deserialize, Serialize};

use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Result};

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "gmm",
    family: Family::Group,
    summary: "Describes rows as a mixture of normal clouds and gives each row its share in each of them.",
    parameters: &[
        Parameter {
            name: "k",
            kind: Kind::Integer { min: 1, max: 100 },
            default: "5",
            doc: "The number of components. Fits with several k compare by their BIC, lower being better.",
        },
        Parameter {
            name: "covariance",
            kind: Kind::Choice { options: &["full", "diagonal", "tied", "spherical"] },
            default: "\"full\"",
            doc: "How components may spread: each in its own shape, along the columns, all in one shape, or as balls.",
        },
        Parameter {
            name: "n_init",
            kind: Kind::Integer { min: 1, max: 100 },
            default: "3",
            doc: "Starts, of which the one with the highest likelihood is kept; the first is a thorough k-means.",
        },
        Parameter {
            name: "max_iterations",
            kind: Kind::Integer { min: 1, max: 10_000 },
            default: "500",
            doc: "Passes over all rows at most, a start.",
        },
        Parameter {
            name: "tolerance",
            kind: Kind::Number { min: 0.0, max: 1.0 },
            default: "1e-6",
            doc: "Stop when a pass changes the mean log-likelihood of a row by no more.",
        },
        Parameter {
            name: "reg_covar",
            kind: Kind::Number { min: 0.0, max: 1000.0 },
            default: "1e-6",
            doc: "Added to every variance, so that a component cannot collapse onto rows that do not vary.",
        },
    ],
    formula: "maximise Σ ln Σₖ wₖ N(x; μₖ, Σₖ) by expectation and maximisation",
    source: "Dempster, Laird and Rubin (1977); Schwarz (1978), BIC; Akaike (1974), AIC",
    cost: "time n·k·p² a pass with full or tied covariances, else n·k·p; memory k·p²",
};

/// How components may spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CovarianceType {
    /// Each component in its own shape.
    Full,
    /// Each component along the columns.
    Diagonal,
    /// All components in one shape.
    Tied,
    /// Each component as a ball.
    Spherical,
}

/// How a mixture is fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GmmParams {
    /// Components, `1..=100`.
    pub k: usize,
    /// How they may spread.
    pub covariance: CovarianceType,
    /// Starts, `1..=100`.
    pub n_init: usize,
    /// Passes at most, `1..=10_000`.
    pub max_iterations: usize,
    /// `0 <= tolerance <= 1`, in mean log-likelihood of a row.
    pub tolerance: f64,
    /// `0 <= reg_covar <= 1000`, in squared units of the columns.
    pub reg_covar: f64,
}

impl Default for GmmParams {
    fn default() -> Self {
        Self {
            k: 5,
            covariance: CovarianceType::Full,
            n_init: 3,
            max_iterations: 500,
            tolerance: 1e-6,
            reg_covar: 1e-6,
        }
    }
}

impl GmmParams {
    /// Checks the ranges that do not depend on the data.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first one outside.
    pub fn check(&self) -> Result<()> {
        let refuse = |name, range| Err(Error::Parameter { name, range });
        if !(1..=100).contains(&self.k) {
            return refuse("k", "a whole number from 1 to 100");
        }
        if !(1..=100).contains(&self.n_init) {
            return refuse("n_init", "a whole number from 1 to 100");
        }
        if !(1..=10_000).contains(&self.max_iterations) {
            return refuse("max_iterations", "a whole number from 1 to 10000");
        }
        if !(0.0..=1.0).contains(&self.tolerance) {
            return refuse("tolerance", "a number from 0 to 1");
        }
        if !(0.0..=1000.0).contains(&self.reg_covar) {
            return refuse("reg_covar", "a number from 0 to 1000");
        }
        Ok(())
    }
}
