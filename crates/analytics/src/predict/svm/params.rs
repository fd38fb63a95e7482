//! The parameters of a support vector machine, and its entry in the registry.

use serde::{Deserialize, Serialize};

use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Result};

/// How the method stands in the registry.
pub const METHOD: Method = Method {
    name: "svm",
    family: Family::Predict,
    summary: "Predicts a class or a number by a support vector machine, with a linear or an rbf kernel.",
    parameters: &[
        Parameter {
            name: "kernel",
            kind: Kind::Choice { options: &["linear", "rbf"] },
            default: "\"rbf\"",
            doc: "linear weighs columns; rbf compares rows with rows and follows any smooth shape. Standardize the columns \
                  first, or both weigh units.",
        },
        Parameter {
            name: "c",
            kind: Kind::Number { min: 1e-6, max: 1e6 },
            default: "1.0",
            doc: "What a row on the wrong side costs, beside the width of the street: less is smoother.",
        },
        Parameter {
            name: "gamma",
            kind: Kind::Number { min: 1e-12, max: 1e12 },
            default: "null",
            doc: "The rbf kernel's gamma; left out, 1 / (columns × variance of all values), which others call 'scale'.",
        },
        Parameter {
            name: "epsilon",
            kind: Kind::Number { min: 0.0, max: 10.0 },
            default: "0.1",
            doc: "For numbers: errors up to so many standard deviations of the target cost nothing.",
        },
        Parameter {
            name: "tolerance",
            kind: Kind::Number { min: 1e-9, max: 0.1 },
            default: "1e-3",
            doc: "The violation of the optimality conditions at which the search ends. The linear kernel up to 500 columns \
                  is always solved to the last digits.",
        },
        Parameter {
            name: "probability_folds",
            kind: Kind::Integer { min: 2, max: 10 },
            default: "3",
            doc: "The folds whose decision values, each by a machine that did not see them, teach the probabilities.",
        },
        Parameter {
            name: "cache_megabytes",
            kind: Kind::Integer { min: 1, max: 2000 },
            default: "100",
            doc: "The memory for kernel rows; it changes the time alone, never the answer.",
        },
        Parameter {
            name: "max_iterations",
            kind: Kind::Integer { min: 1, max: 1_000_000_000 },
            default: "10000000",
            doc: "The steps of two coefficients after which the search gives up.",
        },
    ],
    formula: "f(x) = b + Σ βi K(xi, x); min ½ βᵀKβ − tᵀβ + ε Σ|βi| with Σβi = 0 and |βi| ≤ C·weight; K = xᵀz or \
              exp(−γ‖x − z‖²); P = 1 / (1 + exp(−a f − c))",
    source: "Cortes and Vapnik (1995), Machine Learning 20, 273–297; Fan, Chen and Lin (2005), JMLR 6, 1889–1918; Ferris and \
             Munson (2002), SIAM J. Optimization 13, 783–804; Lin, Lin and Weng (2007), Machine Learning 68, 267–276",
    cost: "linear: rows × columns² × 20 to 40 passes, a machine; rbf: between rows² and rows³ × columns, memory two copies of \
           the columns and the cache. The folds of the probabilities make it about three times that.",
};

/// How two rows are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SvmKernel {
    /// The scalar product.
    Linear,
    /// `exp(−gamma · squared distance)`.
    #[default]
    Rbf,
}

/// The parameters of [`fit`](super::fit).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SvmParams {
    /// How two rows are compared.
    pub kernel: SvmKernel,
    /// The cost of a row on the wrong side by one margin, times the row's weight; `1e-6..=1e6`. For numbers it is per
    /// standard deviation of the target.
    pub c: f64,
    /// The rbf kernel's gamma, `1e-12..=1e12`; `None` for one over columns times the variance of all values.
    pub gamma: Option<f64>,
    /// For numbers, half the tube's width in standard deviations of the target, `0..=10`.
    pub epsilon: f64,
    /// The violation of the optimality conditions at which to stop, `1e-9..=0.1`; margins, or standard deviations of the
    /// target.
    pub tolerance: f64,
    /// The folds that teach the probabilities, `2..=10`.
    pub probability_folds: u32,
    /// The memory for kernel rows, `1..=2000` megabytes.
    pub cache_megabytes: u32,
    /// The steps after which the search gives up, `1..=1e9`.
    pub max_iterations: u32,
}

impl Default for SvmParams {
    fn default() -> Self {
        Self {
            kernel: SvmKernel::Rbf,
            c: 1.0,
            gamma: None,
            epsilon: 0.1,
            tolerance: 1e-3,
            probability_folds: 3,
            cache_megabytes: 100,
            max_iterations: 10_000_000,
        }
    }
}

impl SvmParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first parameter outside its range.
    pub fn check(&self) -> Result<()> {
        let checks = [
            ((1e-6..=1e6).contains(&self.c), "c", "between 1e-6 and 1e6"),
            (
                self.gamma.is_none_or(|gamma| (1e-12..=1e12).contains(&gamma)),
                "gamma",
                "between 1e-12 and 1e12",
            ),
            ((0.0..=10.0).contains(&self.epsilon), "epsilon", "between 0 and 10"),
            ((1e-9..=0.1).contains(&self.tolerance), "tolerance", "between 1e-9 and 0.1"),
            ((2..=10).contains(&self.probability_folds), "probability_folds", "between 2 and 10"),
            ((1..=2000).contains(&self.cache_megabytes), "cache_megabytes", "between 1 and 2000"),
            ((1..=1_000_000_000).contains(&self.max_iterations), "max_iterations", "between 1 and 1e9"),
        ];
        match checks.into_iter().find(|(is_inside, ..)| !is_inside) {
            Some((_, name, range)) => Err(Error::Parameter { name, range }),
            None => Ok(()),
        }
    }
}
