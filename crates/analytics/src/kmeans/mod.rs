//! Segments of like rows: k-means from many good starts, refined until no single row would rather be elsewhere.

pub mod assign;
pub mod choose;
mod lloyd;
pub mod quality;
mod refine;
mod search;

use serde::{Deserialize, Serialize};

pub use assign::{Centroids, KMeansPartial, assign_chunk};
pub use choose::{ChooseParams, KAdvice, KPoint, KReason, choose_k};
pub use quality::{ClusterQuality, Silhouette, cluster_quality};

use crate::partial::chunks;
use crate::progress::Watch;
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Matrix, Result};

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "kmeans",
    family: Family::Group,
    summary: "Splits rows into k segments so that rows lie near their segment's mean.",
    parameters: &[
        Parameter {
            name: "k",
            kind: Kind::Integer { min: 1, max: 100 },
            default: "5",
            doc: "The number of segments. The method choose_k advises on it.",
        },
        Parameter {
            name: "n_init",
            kind: Kind::Integer { min: 1, max: 100 },
            default: "10",
            doc: "Independent k-means++ starts, of which the best is kept.",
        },
        Parameter {
            name: "n_swaps",
            kind: Kind::Integer { min: 0, max: 10_000 },
            default: "300",
            doc: "Attempts to improve the best start by moving one centre elsewhere; fewer are made on large tables.",
        },
        Parameter {
            name: "max_iterations",
            kind: Kind::Integer { min: 1, max: 10_000 },
            default: "300",
            doc: "Passes over all rows at most.",
        },
        Parameter {
            name: "tolerance",
            kind: Kind::Number { min: 0.0, max: 1.0 },
            default: "1e-6",
            doc: "Stop when the centres' squared ways sum to less than this part of the columns' mean variance.",
        },
    ],
    formula: "minimise Σ ‖x - c(x)‖², c(x) being the nearest of k means",
    source: "Lloyd (1982); Arthur and Vassilvitskii (2007); Hartigan and Wong (1979); Fränti (2018), random swap",
    cost: "time n·k·p a pass; the search for a start is bounded, on a sample of 25,000 rows past 50,000",
};

/// How segments are found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KMeansParams {
    /// Segments, `1..=100`.
    pub k: usize,
    /// Starts, `1..=100`.
    pub n_init: usize,
    /// Swaps tried after the starts, `0..=10_000`.
    pub n_swaps: usize,
    /// Passes over all rows at most, `1..=10_000`.
    pub max_iterations: usize,
    /// `0 <= tolerance <= 1`.
    pub tolerance: f64,
}

impl Default for KMeansParams {
    fn default() -> Self {
        Self { k: 5, n_init: 10, n_swaps: 300, max_iterations: 300, tolerance: 1e-6 }
    }
}

/// Parameters inside their ranges.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidKMeansParams(KMeansParams);

impl KMeansParams {
    /// Checks the ranges that do not depend on the data.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first one outside.
    pub fn check(&self) -> Result<ValidKMeansParams> {
        let refuse = |name, range| Err(Error::Parameter { name, range });
        if !(1..=100).contains(&self.k) {
            return refuse("k", "a whole number from 1 to 100");
        }
        if !(1..=100).contains(&self.n_init) {
            return refuse("n_init", "a whole number from 1 to 100");
        }
        if self.n_swaps > 10_000 {
            return refuse("n_swaps", "a whole number from 0 to 10000");
        }
        if !(1..=10_000).contains(&self.max_iterations) {
            return refuse("max_iterations", "a whole number from 1 to 10000");
        }
        if !(0.0..=1.0).contains(&self.tolerance) {
            return refuse("tolerance", "a number from 0 to 1");
        }
        Ok(ValidKMeansParams(self.clone()))
    }
}

/// A fitted segmentation: all that is needed to label other rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KMeansModel {
    /// The columns it was fitted on, in order.
    pub columns: Vec<String>,
    /// One centre a segment, one number a column; the largest segment first, ties by the centre's numbers.
    pub centroids: Vec<Vec<f64>>,
    /// Rows of each segment.
    pub sizes: Vec<u64>,
    /// The sum of squared distances of rows to their centres.
    pub inertia: f64,
    /// Passes over all rows.
    pub iterations: usize,
    /// Whether the last pass moved the centres less than the tolerance.
    pub converged: bool,
    /// Rows on which the starting centres were searched; fewer than all on large tables.
    pub search_rows: usize,
}

/// A model and the labels of the rows it was fitted on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KMeansFit {
    /// The model.
    pub model: KMeansModel,
    /// The segment of each row, `0..k`, in row order.
    pub labels: Vec<u32>,
}

/// Splits the rows of `matrix`, already on comparable scales, into segments.
///
/// The same matrix, parameters and seed give the same labels on every machine: sums run over fixed chunks in order. Each
/// row's label is its nearest centre, a tie going to the lower label.
///
/// # Errors
/// [`Error::TooFewRows`] or [`Error::TooFewDistinct`] with fewer (different) rows than segments;
/// [`Error::OutOfScale`]; [`Error::Cancelled`].
pub fn fit_kmeans(
    matrix: &Matrix,
    params: &ValidKMeansParams,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<KMeansFit> {
    let params = &params.0;
    if matrix.n_rows() < params.k {
        return Err(Error::TooFewRows { needed: params.k, found: matrix.n_rows() });
    }
    matrix.check_scale()?;
    let started = search::find_start(matrix, params, seed, watch)?;
    let moved =
        lloyd::run(matrix, started.centroids, params.max_iterations, params.tolerance, "kmeans", watch)?;
    let (centroids, labels) = in_order_of_size(matrix, moved.centroids);
    let mut sizes = vec![0; params.k];
    for &label in &labels {
        sizes[label as usize] += 1;
    }
    let model = KMeansModel {
        columns: matrix.names().to_vec(),
        inertia: inertia(matrix, &centroids, &labels),
        centroids: centroids.rows().map(<[f64]>::to_vec).collect(),
        sizes,
        iterations: moved.iterations,
        converged: moved.converged,
        search_rows: started.n_rows,
    };
    Ok(KMeansFit { model, labels })
}

/// Sorts the centres by size and labels every row. A row as near to two centres can change its label with their order,
/// and so the sizes: the sorting is repeated, a few times at most.
fn in_order_of_size(matrix: &Matrix, mut centroids: Centroids) -> (Centroids, Vec<u32>) {
    let origin = vec![0.0; matrix.n_columns()];
    let mut labels = vec![0; matrix.n_rows()];
    for _ in 0..5 {
        let partial = lloyd::pass(matrix, &centroids, &origin, &mut labels);
        let mut order: Vec<usize> = (0..centroids.k()).collect();
        order.sort_by(|&left, &right| {
            let by_place = || {
                let places = centroids.row(left).iter().zip(centroids.row(right));
                places.map(|(a, b)| a.total_cmp(b)).find(|it| it.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
            };
            partial.counts()[right].cmp(&partial.counts()[left]).then_with(by_place)
        });
        if order.is_sorted() {
            break;
        }
        let values = order.iter().flat_map(|&cluster| centroids.row(cluster)).copied().collect();
        centroids = Centroids::new(matrix.n_columns(), values);
        lloyd::pass(matrix, &centroids, &origin, &mut labels);
    }
    (centroids, labels)
}

/// The sum of squared distances of rows to the centres of their labels, chunk by chunk.
pub(crate) fn inertia(matrix: &Matrix, centroids: &Centroids, labels: &[u32]) -> f64 {
    let of_row = |row: usize| assign::squared_distance(matrix.row(row), centroids.row(labels[row] as usize));
    chunks(matrix.n_rows()).map(|rows| rows.map(of_row).sum::<f64>()).sum()
}

impl KMeansModel {
    /// The segment of each row of `matrix`: its nearest centre, a tie going to the lower label.
    ///
    /// # Errors
    /// [`Error::ColumnsDiffer`] unless the columns are those fitted on, in order; [`Error::OutOfScale`].
    pub fn predict(&self, matrix: &Matrix) -> Result<Vec<u32>> {
        if matrix.names() != self.columns.as_slice() || self.centroids.is_empty() {
            return Err(Error::ColumnsDiffer { expected: self.columns.len(), found: matrix.n_columns() });
        }
        if self.centroids.iter().any(|centroid| centroid.len() != self.columns.len()) {
            return Err(Error::ColumnsDiffer {
                expected: self.columns.len(),
                found: self.centroids[0].len(),
            });
        }
        matrix.check_scale()?;
        let centroids = Centroids::new(self.columns.len(), self.centroids.concat());
        let origin = vec![0.0; self.columns.len()];
        let mut labels = vec![0; matrix.n_rows()];
        lloyd::pass(matrix, &centroids, &origin, &mut labels);
        Ok(labels)
    }
}
