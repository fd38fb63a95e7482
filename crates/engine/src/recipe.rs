//! The recipe: an analysis as a versioned JSON document.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::protocol::FileKind;

/// The recipe version this engine writes and reads.
pub const RECIPE_VERSION: u32 = 1;

/// Where rows come from, which columns, which steps with which parameters and seed, and how the result is judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The version of this document: [`RECIPE_VERSION`].
    pub stillroom: u32,
    /// What a person calls it.
    #[serde(default)]
    pub name: String,
    /// The seed of every draw.
    #[serde(default = "default_seed")]
    pub seed: u64,
    /// Where rows come from.
    pub source: Source,
    /// The columns to learn from; empty means every number, category and boolean but the target.
    #[serde(default)]
    pub columns: Vec<String>,
    /// The column to predict.
    #[serde(default)]
    pub target: Option<String>,
    /// The target's label that counts as yes; `None` takes the last in byte order (`Yes`, `true`, `1`).
    #[serde(default)]
    pub positive: Option<String>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// Whether the method is fitted and nothing is done beside it: no judging, no describing, no drawing.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fit_only: bool,
    /// How a prediction is judged.
    #[serde(default)]
    pub validate: Validation,
    /// How much the rows of each class count while fitting: `none`, or `balanced` for every class alike.
    #[serde(default, skip_serializing_if = "is_default")]
    pub class_weight: ClassWeight,
    /// How probabilities are made to hold what they say, on rows the model has not seen.
    #[serde(default, skip_serializing_if = "is_default")]
    pub calibrate: Calibration,
    /// What is told beside the judgement.
    #[serde(default, skip_serializing_if = "is_default")]
    pub explain: Explain,
    /// Category columns whose groups are compared, for two classes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fairness: Vec<String>,
    /// How long `automl` may search, in seconds; without it, until its trials are over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_limit_seconds: Option<f64>,
    /// A category column the segments are compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare_with: Option<String>,
}

/// How much the rows of each class count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassWeight {
    /// Every row counts alike.
    #[default]
    None,
    /// Every class counts alike.
    Balanced,
}

/// How scores become probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calibration {
    /// As the model gives them.
    #[default]
    None,
    /// By a logistic curve.
    Platt,
    /// By a rising step function.
    Isotonic,
}

/// What is told beside the judgement; each costs time of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Explain {
    /// How much each column matters to held-out predictions.
    pub importance: bool,
    /// The columns whose effect on the prediction is drawn, the most important first; at most 20.
    pub effects: u32,
    /// The rows whose contributions are told; at most 1,000.
    pub contributions: u32,
    /// The score by the number of rows learned from.
    pub learning_curve: bool,
    /// How stable segments are on resampled rows.
    pub stability: bool,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn default_seed() -> u64 {
    42
}

/// Where rows come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// One customer a row, or one order line a row.
    pub rows: FileKind,
    /// A filter over customers in the filter language.
    #[serde(default)]
    pub filter: Option<String>,
}

/// A method and its parameters, as the registry names them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The method's name.
    pub method: String,
    /// Its parameters; those left out take the registry's defaults.
    #[serde(flatten)]
    pub parameters: Map<String, Value>,
}

impl Step {
    /// A step with its defaults.
    #[must_use]
    pub fn new(method: &str) -> Self {
        Self { method: method.to_owned(), parameters: Map::new() }
    }

    /// The step with one parameter set.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.parameters.insert(name.to_owned(), value.into());
        self
    }
}

/// How a prediction is judged: always on rows the model has not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Validation {
    /// One held-out share of the rows, stratified by class when the target has classes.
    Split {
        /// The share held out, `0 < test_share < 1`.
        test_share: f64,
    },
    /// Each row is held out once, in one of `k` folds; with `repeats`, the folds are dealt anew that often.
    Folds {
        /// The folds, from 2 to 100.
        k: u32,
        /// The rounds, from 1 to 100.
        #[serde(default = "one", skip_serializing_if = "is_one")]
        repeats: u32,
    },
    /// Each group of rows is held out once, in one of `k` folds: rows of one group never stand on both sides.
    Groups {
        /// The column whose equal values make a group; never used to predict.
        column: String,
        /// The folds, from 2 to 100.
        k: u32,
    },
    /// The last share of the rows by a time column is held out.
    Time {
        /// The time column; never used to predict.
        column: String,
        /// The share held out, `0 < test_share < 1`.
        test_share: f64,
    },
    /// Rows by time in `k + 1` pieces: each but the first is held out once, judged by all pieces before it.
    TimeFolds {
        /// The time column; never used to predict.
        column: String,
        /// The pieces that judge, from 2 to 100.
        k: u32,
    },
}

impl Validation {
    /// The column that decides where a row goes.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Groups { column, .. } | Self::Time { column, .. } | Self::TimeFolds { column, .. } => {
                Some(column)
            }
            Self::Split { .. } | Self::Folds { .. } => None,
        }
    }

    /// The same, to be renamed.
    pub fn column_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Groups { column, .. } | Self::Time { column, .. } | Self::TimeFolds { column, .. } => {
                Some(column)
            }
            Self::Split { .. } | Self::Folds { .. } => None,
        }
    }
}

fn one() -> u32 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
fn is_one(value: &u32) -> bool {
    *value == 1
}

impl Default for Validation {
    fn default() -> Self {
        Self::Split { test_share: 0.2 }
    }
}
