//! Segments of like rows: k-means from many good starts, refined until no single row would rather be elsewhere.
//!
//! `lloyd` drives the passes, `settle` does one of them to the rows of a chunk: a pure function of the round, the rows and
//! what is kept of them, so chunks may be settled by any number of workers.

pub mod assign;
pub mod choose;
mod lloyd;
pub mod mini_batch;
pub mod quality;
mod refine;
mod search;
pub mod settle;
mod shared;
pub mod spread;

use serde::{Deserialize, Serialize};

pub use assign::{Centroids, nearest_labels};
pub use choose::{ChooseParams, KAdvice, KPoint, KReason, choose_k};
pub use mini_batch::{MiniBatchParams, fit_mini_batch};
pub use quality::{ClusterQuality, Silhouette, cluster_quality};
pub use settle::{KMeansPartial, Kept, Pass, Round};
pub use spread::Spread;

use lloyd::Settled;
pub(crate) use shared::{Recall, Settle};

use crate::partial::chunks;
use crate::progress::Watch;
use crate::registry::{Family, Kind, Method, Parameter};
use crate::shards::{Crew, at_once};
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
            default: "1000",
            doc: "Attempts at most to improve the best start by moving one centre elsewhere; fewer on large tables.",
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
        Self { k: 5, n_init: 10, n_swaps: 1000, max_iterations: 300, tolerance: 1e-6 }
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
    at_once(fit_kmeans_among(matrix, params, seed, &Crew::alone(), watch))
}

/// As [`fit_kmeans`], the passes over all rows shared with `crew`; the search for a start, on few rows, is not.
pub(crate) async fn fit_kmeans_among(
    matrix: &Matrix,
    params: &ValidKMeansParams,
    seed: u64,
    crew: &Crew,
    watch: &mut Watch<'_>,
) -> Result<KMeansFit> {
    let params = &params.0;
    if matrix.n_rows() < params.k {
        return Err(Error::TooFewRows { needed: params.k, found: matrix.n_rows() });
    }
    matrix.check_scale()?;
    let started = search::find_start(matrix, params, seed, watch)?;
    let passes =
        lloyd::Passes { max_iterations: params.max_iterations, tolerance: params.tolerance, stage: "kmeans" };
    let moved = lloyd::run_among(matrix, started.centroids, &passes, crew, watch).await?;
    let (centroids, labels, sizes) = in_order_of_size(matrix, moved.rows);
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

/// Labels every row and sorts the centres by size; answers both and the sizes. A row as near to two centres can change its
/// label with their order, and so the sizes: the sorting is repeated, a few times at most.
fn in_order_of_size(matrix: &Matrix, mut rows: Settled) -> (Centroids, Vec<u32>, Vec<u64>) {
    rows.settle(matrix);
    for _ in 0..5 {
        let (counts, centroids) = (rows.counts(), rows.centroids());
        let mut order: Vec<usize> = (0..centroids.k()).collect();
        order.sort_by(|&left, &right| {
            let by_place = || {
                let places = centroids.row(left).iter().zip(centroids.row(right));
                places.map(|(a, b)| a.total_cmp(b)).find(|it| it.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
            };
            counts[right].cmp(&counts[left]).then_with(by_place)
        });
        if order.is_sorted() {
            break;
        }
        rows.reorder(&order);
        rows.settle(matrix);
    }
    (rows.centroids().clone(), std::mem::take(&mut rows.labels), rows.counts())
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
        Ok(nearest_labels(matrix, &centroids))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::Rng;

    use super::*;
    use crate::progress::{Progress, unwatched};

    fn matrix(width: usize, values: Vec<f64>) -> Matrix {
        Matrix::new((0..width).map(|it| format!("x{it}")).collect(), values).unwrap()
    }

    fn fit(matrix: &Matrix, k: usize, seed: u64) -> Result<KMeansFit> {
        fit_kmeans(matrix, &KMeansParams { k, ..KMeansParams::default() }.check()?, seed, &mut unwatched)
    }

    fn cloud(n_rows: usize, width: usize, seed: u64) -> Vec<f64> {
        let mut draws = crate::random::generator(seed, 0);
        (0..n_rows * width).map(|_| draws.gen_range(-1.0..1.0)).collect()
    }

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, KMeansParams::check);
    }

    #[test]
    fn the_best_split_of_a_line_is_found() {
        // Every split of sorted numbers into runs is tried: one of them is best.
        let mut numbers = cloud(14, 1, 4);
        numbers.sort_by(f64::total_cmp);
        let cost = |run: &[f64]| {
            let mean = run.iter().sum::<f64>() / run.len() as f64;
            run.iter().map(|it| (it - mean) * (it - mean)).sum::<f64>()
        };
        let mut best = f64::INFINITY;
        for first in 1..13 {
            for second in first + 1..14 {
                best = best
                    .min(cost(&numbers[..first]) + cost(&numbers[first..second]) + cost(&numbers[second..]));
            }
        }
        let inertia = fit(&matrix(1, numbers), 3, 7).unwrap().model.inertia;
        assert!((inertia / best - 1.0).abs() < 1e-12, "{inertia} {best}");
    }

    #[test]
    fn segments_are_ordered_by_size_and_predicted_alike() {
        let values = [5.0, 5.1, 0.0, 0.1, 0.2, 9.0].to_vec();
        let matrix = matrix(1, values);
        let KMeansFit { model, labels } = fit(&matrix, 3, 1).unwrap();
        assert_eq!(labels, [1, 1, 0, 0, 0, 2]);
        assert_eq!(model.sizes, [3, 2, 1]);
        assert_eq!(model.predict(&matrix).unwrap(), labels);
        assert!(model.converged && model.search_rows == 6);
        let json = serde_json::to_string(&model).unwrap();
        assert_eq!(serde_json::from_str::<KMeansModel>(&json).unwrap(), model);
    }

    #[test]
    fn awkward_tables_give_an_answer_or_an_error_and_never_nan() {
        let cases: [(&str, Matrix, usize, std::result::Result<f64, &str>); 9] = [
            ("one row", matrix(2, vec![1.0, 2.0]), 1, Ok(0.0)),
            ("more segments than rows", matrix(1, vec![1.0, 2.0]), 3, Err("too-few-rows")),
            ("all rows alike", matrix(1, vec![3.0; 9]), 2, Err("too-few-distinct")),
            ("as many segments as different rows", matrix(1, vec![1.0, 2.0, 2.0, 1.0, 7.0]), 3, Ok(0.0)),
            (
                "fewer different rows than segments",
                matrix(1, vec![1.0, 2.0, 2.0, 1.0]),
                3,
                Err("too-few-distinct"),
            ),
            ("a constant column", matrix(2, vec![0.0, 5.0, 1.0, 5.0, 10.0, 5.0, 11.0, 5.0]), 2, Ok(1.0)),
            ("more columns than rows", matrix(4, vec![1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]), 2, Ok(0.0)),
            ("huge numbers", matrix(1, vec![1e300, -1e300, 0.0]), 2, Err("out-of-scale")),
            ("tiny numbers", matrix(1, vec![1e-300, -1e-300, 0.0]), 2, Err("out-of-scale")),
        ];
        for (name, matrix, k, expected) in cases {
            let found = fit(&matrix, k, 3);
            let inertia = found.as_ref().map(|fit| fit.model.inertia).map_err(Error::code);
            assert_eq!(inertia, expected, "{name}");
            if let Ok(fit) = found {
                assert!(fit.model.centroids.concat().iter().all(|it| it.is_finite()), "{name}");
            }
        }
    }

    #[test]
    fn rows_far_out_do_not_blur_the_near_ones() {
        let near = [0.0, 1.0, 100.0, 101.0];
        let far = [1e9, 1e9 + 1.0];
        let fit = fit(&matrix(1, [near.as_slice(), &far].concat()), 3, 2).unwrap();
        assert_eq!(fit.model.inertia, 1.5);
    }

    #[test]
    fn every_pass_reports_and_can_be_stopped() {
        let matrix = matrix(2, cloud(300, 2, 1));
        let params = KMeansParams { k: 4, n_init: 2, n_swaps: 3, ..KMeansParams::default() }.check().unwrap();
        let mut stages = Vec::new();
        fit_kmeans(&matrix, &params, 1, &mut |progress: Progress| {
            stages.push(progress.stage);
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
        for stop_at in [0, 1, stages.len() / 2, stages.len() - 1] {
            let mut heard = 0;
            let stopped = fit_kmeans(&matrix, &params, 1, &mut |_| {
                heard += 1;
                if heard > stop_at {
                    std::ops::ControlFlow::Break(())
                } else {
                    std::ops::ControlFlow::Continue(())
                }
            });
            assert_eq!(stopped, Err(Error::Cancelled));
            assert_eq!(heard, stop_at + 1);
        }
        assert_eq!(stages.last(), Some(&"kmeans"));
    }

    #[test]
    fn a_large_table_is_searched_on_a_sample_and_labelled_whole() {
        let n_rows = 60_000;
        let mut draws = crate::random::generator(3, 0);
        let values = (0..n_rows).map(|row| f64::from(row % 3) * 10.0 + draws.gen_range(-1.0..1.0)).collect();
        let fit = fit(&matrix(1, values), 3, 5).unwrap();
        assert_eq!((fit.labels.len(), fit.model.search_rows), (n_rows as usize, 25_000));
        assert_eq!(fit.model.sizes, [20_000; 3]);
        assert!(fit.model.centroids[0][0] < fit.model.centroids[1][0], "equal sizes are ordered by place");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn each_row_has_its_nearest_centre_and_each_centre_its_rows_mean(seed in 0u64..1000, n_rows in 8usize..80, k in 1usize..8) {
            let matrix = matrix(2, cloud(n_rows, 2, seed));
            let KMeansFit { model, labels } = fit(&matrix, k, seed).unwrap();
            prop_assert_eq!(model.predict(&matrix).unwrap(), labels.clone());
            prop_assert!(model.sizes.is_sorted_by(|left, right| left >= right));
            prop_assert_eq!(model.sizes.iter().sum::<u64>() as usize, n_rows);
            for (cluster, centroid) in model.centroids.iter().enumerate() {
                let rows: Vec<usize> = (0..n_rows).filter(|&row| labels[row] as usize == cluster).collect();
                prop_assert_eq!(rows.len() as u64, model.sizes[cluster]);
                for (column, place) in centroid.iter().enumerate() {
                    let mean = rows.iter().map(|&row| matrix.row(row)[column]).sum::<f64>() / rows.len() as f64;
                    // At most 80 numbers below 1: 80 rounding errors of 1.1e-16.
                    prop_assert!((mean - place).abs() < 1e-14);
                }
            }
        }

        #[test]
        fn labels_do_not_depend_on_row_order(seed in 0u64..1000) {
            let values = cloud(60, 2, seed);
            let reversed: Vec<f64> = values.chunks(2).rev().flatten().copied().collect();
            let (forth, back) = (fit(&matrix(2, values), 3, 1).unwrap(), fit(&matrix(2, reversed), 3, 1).unwrap());
            prop_assert!((forth.model.inertia / back.model.inertia - 1.0).abs() < 1e-9);
        }
    }
}
