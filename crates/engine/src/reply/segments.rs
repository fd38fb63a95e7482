//! What describing, reducing and grouping report.

use serde::{Deserialize, Serialize};

use super::Fact;

/// Columns described.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProfileReport {
    /// One entry a column.
    pub columns: Vec<ColumnProfile>,
}

/// One column described; what does not fit its type is `None` or empty.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ColumnProfile {
    /// The column.
    pub name: String,
    /// `number`, `category` or `time`.
    pub value_type: String,
    /// Rows with a value.
    pub count: u64,
    /// Rows without.
    pub missing: u64,
    /// Distinct values.
    pub distinct: u64,
    /// The mean.
    pub mean: Option<f64>,
    /// The standard deviation with divisor `n - 1`.
    pub standard_deviation: Option<f64>,
    /// The least value (milliseconds since 1970 for times).
    pub min: Option<f64>,
    /// The lower quartile.
    pub lower_quartile: Option<f64>,
    /// The median.
    pub median: Option<f64>,
    /// The upper quartile.
    pub upper_quartile: Option<f64>,
    /// The greatest value (milliseconds since 1970 for times).
    pub max: Option<f64>,
    /// The skewness.
    pub skewness: Option<f64>,
    /// Counts of numbers between edges: `from`, `to`, `count`.
    pub histogram: Vec<(f64, f64, u64)>,
    /// The most frequent levels with their counts.
    pub levels: Vec<(String, u64)>,
}

/// Principal components.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PcaReport {
    /// The columns that went in.
    pub columns: Vec<String>,
    /// Their means.
    pub means: Vec<f64>,
    /// The variance along each component, divisor `n - 1`, largest first.
    pub variances: Vec<f64>,
    /// Each component's share of the whole variance.
    pub ratios: Vec<f64>,
    /// One row a component, one number a column; the largest by size in each row is positive.
    pub loadings: Vec<Vec<f64>>,
}

/// Segments, by any method that finds groups.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupReport {
    /// The method: `kmeans`, `gmm`, `hierarchical`, `dbscan`, …
    pub method: String,
    /// The number of segments.
    pub k: u32,
    /// Rows in no segment: the noise of `dbscan`.
    pub n_noise: u64,
    /// Numbers of this method: `inertia`, `iterations`, `converged` (1 or 0), `bic`, `eps`, … in the order to read them.
    pub facts: Vec<Fact>,
    /// The prepared columns.
    pub columns: Vec<String>,
    /// One centre a segment, in the prepared columns.
    pub centroids: Vec<Vec<f64>>,
    /// Rows in each segment.
    pub sizes: Vec<u64>,
    /// How well separated the segments are, from -1 to 1.
    pub silhouette: Option<Silhouette>,
    /// Davies–Bouldin: lower is better separated.
    pub davies_bouldin: Option<f64>,
    /// Calinski–Harabasz: higher is better separated.
    pub calinski_harabasz: Option<f64>,
    /// How well each segment comes back on resampled rows (Hennig 2007), from 0 to 1; empty unless asked for.
    pub stability: Vec<f64>,
    /// What each number of segments would give, when `k` was chosen from the data.
    pub k_curve: Vec<KPoint>,
    /// Why this `k`: `given`, `silhouette-and-elbow`, `silhouette`, `overlapping` (segments describe tendencies) or
    /// `no-clusters` (nothing separates; the least bad is shown), or `found` by the method itself.
    pub k_reason: String,
    /// One card a segment, in the segments' order.
    pub segments: Vec<SegmentCard>,
    /// The rows on their first two principal components.
    pub map: Option<SegmentMap>,
    /// The last merges of `hierarchical`, for a tree drawing: the two groups merged, their distance, the rows merged.
    pub merges: Vec<(u32, u32, f64, u64)>,
    /// How the segments agree with the labels of a column that was given to compare with.
    pub agreement: Option<Agreement>,
}

/// How segments agree with given labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// The column.
    pub column: String,
    /// The adjusted Rand index (Hubert and Arabie 1985): 1 is the same partition, 0 is chance.
    pub adjusted_rand: f64,
    /// The normalized mutual information, from 0 to 1.
    pub mutual_information: f64,
}

/// How close rows are to their own segment against the nearest other (Rousseeuw 1987).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Silhouette {
    /// The mean over rows.
    pub mean: f64,
    /// The mean over each segment's rows.
    pub by_segment: Vec<f64>,
    /// Rows it was computed from.
    pub n_rows: u64,
    /// All rows; more than `n_rows` when a sample was taken.
    pub n_rows_total: u64,
    /// Half the width of the 95 % interval of the mean, 0 when no sample was taken.
    pub half_width: f64,
}

/// One number of segments tried.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct KPoint {
    /// The number.
    pub k: u32,
    /// The inertia reached.
    pub inertia: f64,
    /// The mean silhouette.
    pub silhouette: f64,
}

/// What sets one segment apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentCard {
    /// The segment, from 0.
    pub segment: u32,
    /// Its rows.
    pub size: u64,
    /// Its share of all rows, from 0 to 1.
    pub share: f64,
    /// How it differs from the rest, largest effect first, in the columns as they were before preparing.
    pub contrasts: Vec<Contrast>,
}

/// One difference between a segment and the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contrast {
    /// The column.
    pub column: String,
    /// For a category: the level whose shares are compared.
    pub level: Option<String>,
    /// The segment's mean, or its share of the level from 0 to 1.
    pub inside: f64,
    /// The same of the rest.
    pub outside: f64,
    /// The segment's median, for numbers.
    pub median: Option<f64>,
    /// The standardized difference (Hedges' g), or Cohen's h for a level; `None` when the separation is complete.
    pub effect: Option<f64>,
    /// The lower end of the 95 % interval: of g for numbers, of the difference of shares for a level.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
}

/// Rows drawn on two components.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentMap {
    /// The two components' shares of the whole variance.
    pub ratios: [f64; 2],
    /// Each prepared column's loadings on the two components.
    pub loadings: Vec<(String, f64, f64)>,
    /// At most 3,000 rows, evenly drawn when there are more: `x`, `y`, segment, customer.
    pub points: Vec<(f64, f64, u32, i64)>,
    /// Rows in all.
    pub n_rows_total: u64,
}
