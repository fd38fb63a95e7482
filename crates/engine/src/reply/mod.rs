//! The reply: every number a recipe asked for.

mod explain;
mod predict;
mod recommend;
mod segments;

use serde::{Deserialize, Serialize};

use crate::recipe::Recipe;

pub use explain::*;
pub use predict::*;
pub use recommend::*;
pub use segments::*;

/// What computing a recipe gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The recipe, with every default filled in.
    pub recipe: Recipe,
    /// The engine's version.
    pub engine_version: String,
    /// Which rows it was computed from: the same for the same rows; see `stillroom_analytics::fingerprint`.
    pub data_hash: String,
    /// Rows read from the source.
    pub n_rows_read: u64,
    /// Rows the result stands on.
    pub n_rows_used: u64,
    /// What a reader must know: rows left out, columns dropped, samples taken.
    pub notes: Vec<Note>,
    /// The preparing steps as fitted, in order: means, deviations, levels and fill values under the field's names.
    pub prepared: Vec<serde_json::Value>,
    /// What each method reports, in the steps' order.
    pub reports: Vec<Report>,
    /// One entry for each row, in row order; emptied when thinned for drawing.
    pub rows: RowResults,
    /// What the labels stand for: the classes of a prediction, or what the user called the segments, once kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub label_names: Vec<String>,
    /// The fitted model as data: what applying it to other rows needs.
    pub model: serde_json::Value,
}

/// Something a reader must know, as data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// A stable code: `rows-without-target`, `silhouette-sampled`, `constant-column`, …
    pub code: String,
    /// The column it is about.
    pub column: Option<String>,
    /// How many rows, columns or samples.
    pub count: u64,
}

/// The label of a row that belongs to no segment.
pub const NO_LABEL: u32 = u32::MAX;

/// One result for each row.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RowResults {
    /// The customers, by the workspace's numbering.
    pub ids: Vec<i64>,
    /// The customers' own ids, filled on the command line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
    /// The segment of each row from 0, or [`NO_LABEL`]; for a target of more than two classes the most probable class, a
    /// position in the report's labels. Empty when the recipe has neither.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<u32>,
    /// The prediction for each row: a value, the probability of the positive of two classes, or that of the class in `labels`.
    /// Rows that could not be scored are not listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scores: Vec<f64>,
    /// Which rows the judged model had not seen, as positions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held_out: Vec<u64>,
    /// Principal components or map coordinates: one list a component, one number a row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Vec<f64>>,
    /// What order lines come to, by name, when the recipe does nothing else with them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<(String, Vec<f64>)>,
}

/// What one method reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "report", rename_all = "snake_case")]
pub enum Report {
    /// Columns described.
    Profile(ProfileReport),
    /// Principal components.
    Pca(PcaReport),
    /// Segments, by any method.
    Group(Box<GroupReport>),
    /// A target, by any method.
    Predict(Box<PredictReport>),
    /// What a describing step tells of the columns as they came: `missingness`, `outliers`, `k_anonymity`, `anonymize`.
    Described {
        /// The method.
        method: String,
        /// What it tells, under the names the method's documentation uses.
        content: serde_json::Value,
    },
    /// A method that was fitted and not judged, because the recipe says `fit_only`.
    Fit(Box<FitReport>),
    /// Item-to-item recommendations.
    KnnItem(Box<KnnItemReport>),
}

/// A fit by any method, as far as fitting itself tells.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FitReport {
    /// The method.
    pub method: String,
    /// The prepared columns it learned from.
    pub columns: Vec<String>,
    /// Numbers of the method's own, such as `inertia` or `iterations`.
    pub facts: Vec<Fact>,
    /// The mean of each group's rows on the prepared columns; empty for a prediction.
    pub centroids: Vec<Vec<f64>>,
    /// The rows of each group; empty for a prediction.
    pub sizes: Vec<u64>,
    /// The column that was predicted.
    pub target: Option<String>,
    /// The classes of the target; empty for a number.
    pub labels: Vec<String>,
    /// Coefficients with their uncertainty, for methods that have them.
    pub coefficients: Vec<Coefficient>,
    /// Columns left out because they follow exactly from others.
    pub collinear: Vec<String>,
}
