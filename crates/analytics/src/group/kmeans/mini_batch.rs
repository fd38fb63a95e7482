//! K-means for very many rows: centres move after every small draw of rows instead of after every pass.

use serde::{Deserialize, Serialize};

use super::assign::{Centroids, nearest_labels, squared_distance};
use super::{KMeansFit, KMeansModel, KMeansParams, Settled, in_order_of_size, inertia, search};
use crate::progress::{Watch, report};
use crate::random::{draw_below, generator};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Matrix, Result};

/// The stream of draws of the batches; the search for a start takes those below.
const BATCH_STREAM: u64 = 3000;
/// How much the last batch counts in the running mean that decides when to stop, at most.
const MEMORY: f64 = 0.1;

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "mini_batch_kmeans",
    family: Family::Group,
    summary: "K-means for more than a million rows: nearly the same segments from small draws of rows.",
    parameters: &[
        Parameter {
            name: "k",
            kind: Kind::Integer { min: 1, max: 100 },
            default: "5",
            doc: "The number of segments.",
        },
        Parameter {
            name: "n_init",
            kind: Kind::Integer { min: 1, max: 100 },
            default: "3",
            doc: "Independent k-means++ starts on a draw of the rows, of which the best is kept.",
        },
        Parameter {
            name: "batch_rows",
            kind: Kind::Integer { min: 1, max: 1_000_000 },
            default: "4096",
            doc: "Rows drawn for one move of the centres.",
        },
        Parameter {
            name: "max_batches",
            kind: Kind::Integer { min: 1, max: 100_000 },
            default: "500",
            doc: "Moves at most.",
        },
        Parameter {
            name: "patience",
            kind: Kind::Integer { min: 1, max: 10_000 },
            default: "20",
            doc: "Stop after so many moves without a better running mean of the batches' inertia.",
        },
    ],
    formula: "c ← c + (x - c)/n(c) for each drawn x, n(c) counting the rows that c has drawn so far",
    source: "Sculley (2010); Arthur and Vassilvitskii (2007)",
    cost: "time batch_rows·k·p a move and three passes over all rows; memory of one batch",
};

/// How segments of very many rows are found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MiniBatchParams {
    /// Segments, `1..=100`.
    pub k: usize,
    /// Starts, `1..=100`.
    pub n_init: usize,
    /// Rows of one draw, `1..=1_000_000`.
    pub batch_rows: usize,
    /// Moves at most, `1..=100_000`.
    pub max_batches: usize,
    /// Moves without improvement, `1..=10_000`.
    pub patience: usize,
}

impl Default for MiniBatchParams {
    fn default() -> Self {
        Self { k: 5, n_init: 3, batch_rows: 4096, max_batches: 500, patience: 20 }
    }
}

impl MiniBatchParams {
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
        if !(1..=1_000_000).contains(&self.batch_rows) {
            return refuse("batch_rows", "a whole number from 1 to 1000000");
        }
        if !(1..=100_000).contains(&self.max_batches) {
            return refuse("max_batches", "a whole number from 1 to 100000");
        }
        if !(1..=10_000).contains(&self.patience) {
            return refuse("patience", "a whole number from 1 to 10000");
        }
        Ok(())
    }
}

/// Splits the rows of `matrix`, already on comparable scales, into segments, moving centres by small draws of rows.
///
/// Centres start where full k-means on a draw of the rows leaves them. The model is k-means' own: its inertia and labels are
/// those of all rows, `iterations` counts moves. With a few hundred thousand rows or fewer [`super::fit_kmeans`] is as quick and
/// finds a lower inertia.
///
/// # Errors
/// Those of [`super::fit_kmeans`].
pub fn fit_mini_batch(
    matrix: &Matrix,
    params: &MiniBatchParams,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<KMeansFit> {
    params.check()?;
    if matrix.n_rows() < params.k {
        return Err(Error::TooFewRows { needed: params.k, found: matrix.n_rows() });
    }
    matrix.check_scale()?;
    let start = KMeansParams { k: params.k, n_init: params.n_init, n_swaps: 0, ..KMeansParams::default() };
    let started = search::find_start(matrix, &start, seed, watch)?;
    let (centroids, iterations, converged) = descend(matrix, started.centroids, params, seed, watch)?;
    report(watch, "mini_batch_kmeans", params.max_batches, params.max_batches)?;
    let (centroids, labels, sizes) = in_order_of_size(matrix, Settled::new(matrix, centroids));
    let model = KMeansModel {
        columns: matrix.names().to_vec(),
        inertia: inertia(matrix, &centroids, &labels),
        centroids: centroids.rows().map(<[f64]>::to_vec).collect(),
        sizes,
        iterations,
        converged,
        search_rows: started.n_rows,
    };
    Ok(KMeansFit { model, labels })
}

/// Moves the centres batch by batch; answers them, the moves, and whether they stopped improving.
fn descend(
    matrix: &Matrix,
    mut centroids: Centroids,
    params: &MiniBatchParams,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<(Centroids, usize, bool)> {
    let (n_rows, width) = (matrix.n_rows(), matrix.n_columns());
    let batch_rows = params.batch_rows.min(n_rows);
    let mut draws = generator(seed, BATCH_STREAM);
    let mut counts = vec![0.0f64; centroids.k()];
    let weight = f64::min(MEMORY, 2.0 * batch_rows as f64 / (n_rows + 1) as f64);
    let mut running: Option<f64> = None;
    let (mut least, mut n_failed) = (f64::INFINITY, 0);
    for done in 0..params.max_batches {
        report(watch, "mini_batch_kmeans", done, params.max_batches)?;
        let rows: Vec<usize> = (0..batch_rows).map(|_| draw_below(&mut draws, n_rows)).collect();
        let batch = matrix.take(&rows);
        let (labels, before) = (nearest_labels(&batch, &centroids), centroids.clone());
        let mut inertia = 0.0;
        for (row, &label) in batch.values().chunks_exact(width).zip(&labels) {
            let cluster = label as usize;
            inertia += squared_distance(row, before.row(cluster));
            counts[cluster] += 1.0;
            let rate = 1.0 / counts[cluster];
            for (place, value) in centroids.row_mut(cluster).iter_mut().zip(row) {
                *place += rate * (value - *place);
            }
        }
        let mean = inertia / batch_rows as f64;
        let smooth = running.map_or(mean, |before| before + weight * (mean - before));
        running = Some(smooth);
        n_failed = if smooth < least { 0 } else { n_failed + 1 };
        least = least.min(smooth);
        if n_failed >= params.patience || smooth == 0.0 {
            return Ok((centroids, done + 1, true));
        }
    }
    Ok((centroids, params.max_batches, false))
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;
    use crate::group::kmeans::fit_kmeans;
    use crate::progress::unwatched;

    fn clouds(n_rows: usize) -> Matrix {
        let mut draws = generator(8, 0);
        let values =
            (0..n_rows * 2).map(|cell| (cell / 2 % 4) as f64 * 3.0 + draws.gen_range(-1.5..1.5)).collect();
        Matrix::new(vec!["x".into(), "y".into()], values).unwrap()
    }

    fn fit(matrix: &Matrix, k: usize) -> Result<KMeansFit> {
        fit_mini_batch(matrix, &MiniBatchParams { k, ..MiniBatchParams::default() }, 1, &mut unwatched)
    }

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, MiniBatchParams::check);
    }

    #[test]
    fn small_draws_come_within_a_hundredth_of_full_passes() {
        let matrix = clouds(120_000);
        let found = fit(&matrix, 4).unwrap();
        let params = KMeansParams { k: 4, ..KMeansParams::default() }.check().unwrap();
        let full = fit_kmeans(&matrix, &params, 1, &mut unwatched).unwrap();
        assert!(found.model.inertia < full.model.inertia * 1.01);
        assert_eq!((found.model.search_rows, found.model.sizes.iter().sum::<u64>()), (25_000, 120_000));
        assert_eq!(found.model.predict(&matrix).unwrap(), found.labels);
        assert_eq!(fit(&matrix, 4).unwrap(), found, "the same seed gives the same bits");
    }

    #[test]
    fn awkward_tables_give_an_answer_or_an_error_and_never_nan() {
        let matrix = |values: Vec<f64>| Matrix::new(vec!["x".into()], values).unwrap();
        let cases = [
            ("one row", matrix(vec![4.0]), 1, Ok(0.0)),
            ("more segments than rows", matrix(vec![1.0, 2.0]), 3, Err("too-few-rows")),
            ("all rows alike", matrix(vec![3.0; 9]), 2, Err("too-few-distinct")),
            ("huge numbers", matrix(vec![1e300, -1e300, 0.0]), 2, Err("out-of-scale")),
        ];
        for (name, matrix, k, expected) in cases {
            assert_eq!(
                fit(&matrix, k).map(|fit| fit.model.inertia).map_err(|error| error.code()),
                expected,
                "{name}"
            );
        }
    }
}
