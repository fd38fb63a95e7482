//! What the method is told, and how it stands in the registry.

use serde::{Deserialize, Serialize};

use crate::predict::supervised::{LEVEL, check_level};
use crate::registry::{Family as MethodFamily, Kind, Method, Parameter};
use crate::{Error, Result};

/// How the method stands in the registry.
pub const METHOD: Method = Method {
    name: "glm",
    family: MethodFamily::Predict,
    summary: "Predicts counts or positive amounts as a product of factors, one a column, with errors and intervals.",
    parameters: &[
        Parameter {
            name: "family",
            kind: Kind::Choice { options: &["poisson", "gamma", "tweedie"] },
            default: "\"poisson\"",
            doc: "poisson for counts, gamma for amounts above 0, tweedie for amounts of which many are 0.",
        },
        Parameter {
            name: "power",
            kind: Kind::Number { min: 1.05, max: 1.95 },
            default: "1.5",
            doc: "Under tweedie the variance grows with this power of the mean.",
        },
        Parameter {
            name: "exposure",
            kind: Kind::Column,
            default: "null",
            doc: "A column above 0 in proportion to which the mean grows, such as months observed; null for none.",
        },
        Parameter {
            name: "offset",
            kind: Kind::Column,
            default: "null",
            doc: "A column added to the logarithm of the mean as it is; null for none.",
        },
        Parameter { name: "intercept", kind: Kind::Boolean, default: "true", doc: "Adds a constant term." },
        Parameter {
            name: "max_iterations",
            kind: Kind::Integer { min: 1, max: 1000 },
            default: "100",
            doc: "The Newton steps after which fitting gives up.",
        },
        LEVEL,
    ],
    formula: "ln E(y) = ln exposure + offset + b0 + Σ bj xj; var(y) = φ E(y)^p / w with p = 1 (poisson, φ = 1), 2 (gamma) or \
              power; φ = Pearson χ² / (n − p)",
    source: "Nelder and Wedderburn (1972), J. R. Stat. Soc. A 135, 370–384; McCullagh and Nelder (1989), Generalized Linear \
             Models, 2nd ed.; Jørgensen (1987), J. R. Stat. Soc. B 49, 127–162",
    cost: "Time grows with rows × columns² × iterations (about 8), memory with columns².",
};

/// How the variance depends on the mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Counts: the variance is the mean.
    #[default]
    Poisson,
    /// Positive amounts: the standard deviation is in proportion to the mean.
    Gamma,
    /// Amounts of which many are 0: between the two.
    Tweedie,
}

/// The parameters of [`super::fit`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GlmParams {
    /// How the variance depends on the mean.
    pub family: Family,
    /// The power of the mean in the variance under [`Family::Tweedie`], `1.05 <= power <= 1.95`.
    pub power: f64,
    /// The column in proportion to which the mean grows, every value above 0.
    pub exposure: Option<String>,
    /// The column added to the logarithm of the mean as it is. Not beside `exposure`.
    pub offset: Option<String>,
    /// Whether the model has a constant term.
    pub intercept: bool,
    /// The most Newton steps, `1..=1000`.
    pub max_iterations: u32,
    /// The confidence of the intervals, `0.5 <= level <= 0.999`.
    pub level: f64,
}

impl Default for GlmParams {
    fn default() -> Self {
        Self {
            family: Family::Poisson,
            power: 1.5,
            exposure: None,
            offset: None,
            intercept: true,
            max_iterations: 100,
            level: 0.95,
        }
    }
}

impl GlmParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first parameter outside its range.
    pub fn check(&self) -> Result<()> {
        if !(1.05..=1.95).contains(&self.power) {
            return Err(Error::Parameter { name: "power", range: "between 1.05 and 1.95" });
        }
        if !(1..=1000).contains(&self.max_iterations) {
            return Err(Error::Parameter { name: "max_iterations", range: "between 1 and 1000" });
        }
        if self.exposure.is_some() && self.offset.is_some() {
            return Err(Error::Parameter { name: "offset", range: "left out beside an exposure" });
        }
        check_level(self.level)
    }

    /// The power of the mean in the variance.
    pub(super) fn variance_power(&self) -> f64 {
        match self.family {
            Family::Poisson => 1.0,
            Family::Gamma => 2.0,
            Family::Tweedie => self.power,
        }
    }
}
