//! Analyses: kept models, recommendations, progress and failures.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A kept model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// The id.
    pub id: i64,
    /// What the user called it.
    pub name: String,
    /// The method, as the registry names it.
    pub method: String,
    /// When it was kept, in milliseconds since 1970.
    pub at_millis: i64,
    /// Which rows it was computed from, 64 hexadecimal digits.
    pub data_hash: String,
    /// The main metrics by name.
    pub metrics: BTreeMap<String, f64>,
    /// Customers it wrote a label or score to.
    pub written: u64,
    /// Just after applying it: whether today's customers are still like those it learned from: `stable`, `watch` or `refit`.
    #[serde(default)]
    pub drift: Option<String>,
}

/// What to look for when asking what would change a prediction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wish {
    /// The columns that can be acted on, each with the way it may go.
    pub columns: Vec<(String, Direction)>,
    /// The prediction wished for is at least this, or at most this when `below`.
    pub goal: f64,
    /// Whether less is wished for.
    pub below: bool,
}

/// The way a column may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Any value that occurs.
    #[default]
    Any,
    /// Only more.
    Up,
    /// Only less.
    Down,
}

/// One recommendation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecommendationInfo {
    /// The item's code.
    pub item_code: String,
    /// The item's name.
    pub item_name: String,
    /// The score the order comes from.
    pub score: f64,
    /// Past items and their share of the score, largest first; empty when `popular`.
    pub because: Vec<(String, f64)>,
    /// Chosen by popularity because nothing similar is known.
    pub popular: bool,
}

/// How far a job has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobProgress {
    /// A stable word such as `reading`, `kmeans`, `saving`.
    pub stage: String,
    /// Units done.
    pub done: u64,
    /// Units in all; 0 when not known.
    pub total: u64,
}

/// Why a job failed: a stable code for programs and wording, a sentence for logs and developers. Never a customer's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The condition, such as `wrong-passphrase` or `too-few-rows`.
    pub code: String,
    /// An English sentence that says what to do.
    pub message: String,
    /// The column at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Its first row at fault, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
}

impl Failure {
    /// A failure of this condition and sentence, of no column in particular.
    #[must_use]
    pub fn new(code: &str, message: &str) -> Self {
        Self { code: code.to_owned(), message: message.to_owned(), column: None, row: None }
    }
}
