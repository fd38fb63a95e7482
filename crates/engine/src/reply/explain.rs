//! What is told about one customer's prediction, and about customers who change segments.

use serde::{Deserialize, Serialize};

/// Why one customer gets the prediction they get.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The class it is about; none for a number.
    pub label: Option<String>,
    /// The prediction as people read it: a number in target units, or the probability of `label`.
    pub prediction: f64,
    /// How contributions were found: `linear`, `tree` or `kernel`.
    pub method: String,
    /// What they are sums of: `log_odds`, `probability`, `link` or `target`.
    pub scale: String,
    /// The output of a customer of whom nothing is known, on this scale.
    pub base: f64,
    /// The output for this customer, on this scale: base and contributions add up to it.
    pub output: f64,
    /// One entry a column, the largest contribution first.
    pub reasons: Vec<Reason>,
    /// A straight line that behaves like the model near this customer.
    pub surrogate: Option<Surrogate>,
    /// What would have to change for another answer; empty unless asked for or when nothing allowed does it.
    pub alternatives: Vec<Alternative>,
}

/// What one column does to the prediction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// The column, as it was before preparing.
    pub column: String,
    /// The customer's value, for a number or a time (milliseconds since 1970).
    pub number: Option<f64>,
    /// The customer's level, for a category; none when it is missing.
    pub level: Option<String>,
    /// The median of all customers, for a number.
    pub typical: Option<f64>,
    /// Its contribution on the explanation's scale.
    pub contribution: f64,
}

/// A line fitted to the model near one customer (Ribeiro, Singh and Guestrin 2016).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Surrogate {
    /// How well it follows the model nearby, at most 1. Below about 0.5 it says little.
    pub r_squared: f64,
    /// Its slopes: what one typical step of a column changes.
    pub weights: Vec<(String, f64)>,
}

/// A change that would give another answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alternative {
    /// The columns that change.
    pub changes: Vec<Change>,
    /// The prediction then, as in [`Explanation::prediction`].
    pub prediction: f64,
}

/// One column's change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The column.
    pub column: String,
    /// The new value of a number.
    pub number: Option<f64>,
    /// The new level of a category.
    pub level: Option<String>,
}

/// How customers moved between segments from one date to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MigrationReport {
    /// The segments by name.
    pub segments: Vec<String>,
    /// Customers by segment before (outer) and after (inner).
    pub counts: Vec<Vec<u64>>,
    /// Customers of each segment before who had no row after.
    pub left: Vec<u64>,
    /// Customers of each segment after who had no row before.
    pub came: Vec<u64>,
    /// The two dates in milliseconds since 1970.
    pub millis: (f64, f64),
}
