//! Where k-means starts: greedy k-means++ several times over, then swaps of single centres, on rows few enough to afford
//! it.

use rand::Rng;
use stillroom_kernels::LANES;
use stillroom_kernels::nearest::{Lanes, lay, squared_distances};

use super::assign::{Centroids, squared_distance};
use super::{KMeansParams, inertia, lloyd, refine};
use crate::progress::{Watch, report};
use crate::random::{Generator, draw_below, draw_rows, generator};
use crate::{Error, Matrix, Result};

/// Up to so many rows the search sees all of them.
const ALL_ROWS: usize = 50_000;
/// Past that, a sample of so many.
const SAMPLE_ROWS: usize = 25_000;
/// Distances a round of swaps may compute: about 60 million a second in a browser.
const SWAP_BUDGET: usize = 60_000_000;

/// So many swaps in a row may fail, and so many more for each cluster, before the search ends.
const PATIENCE: usize = 100;
const PATIENCE_A_CLUSTER: usize = 20;
/// The share by which a swap must lower the inertia to count.
const LEAST_GAIN: f64 = 1e-10;

/// The stream of draws of the sample and the swaps; restarts take the streams from 1.
const SAMPLE_STREAM: u64 = 0;
const SWAP_STREAM: u64 = 1000;

/// Centres to start from.
#[derive(Debug)]
pub(super) struct Start {
    pub(super) centroids: Centroids,
    pub(super) n_rows: usize,
}

#[derive(Debug)]
struct Candidate {
    centroids: Centroids,
    labels: Vec<u32>,
    inertia: f64,
}

/// Searches starting centres for `matrix`, on a seeded sample of its rows when it is large.
pub(super) fn find_start(
    matrix: &Matrix,
    params: &KMeansParams,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<Start> {
    if matrix.n_rows() <= ALL_ROWS {
        return Ok(Start { centroids: search(matrix, params, seed, watch)?, n_rows: matrix.n_rows() });
    }
    let rows = draw_rows(&mut generator(seed, SAMPLE_STREAM), matrix.n_rows(), SAMPLE_ROWS);
    let centroids = match search(&matrix.take(&rows), params, seed, watch) {
        Err(Error::TooFewDistinct { .. }) => search(matrix, params, seed, watch)?,
        found => found?,
    };
    Ok(Start { centroids, n_rows: SAMPLE_ROWS })
}

fn search(matrix: &Matrix, params: &KMeansParams, seed: u64, watch: &mut Watch<'_>) -> Result<Centroids> {
    let work = matrix.values().len() * params.k;
    let n_swaps = if params.k == 1 { 0 } else { params.n_swaps.min(SWAP_BUDGET / work.max(1)) };
    let total = params.n_init + n_swaps;
    let mut best: Option<Candidate> = None;
    for start in 0..params.n_init {
        report(watch, "kmeans_search", start, total)?;
        let centroids = plus_plus(matrix, params.k, &mut generator(seed, 1 + start as u64))?;
        keep_better(&mut best, improve(matrix, centroids, params, watch)?);
    }
    let mut best = best.ok_or(Error::Empty)?;
    let mut draws = generator(seed, SWAP_STREAM);
    let mut n_failed = 0;
    for swap in 0..n_swaps {
        report(watch, "kmeans_search", params.n_init + swap, total)?;
        if n_failed > PATIENCE + PATIENCE_A_CLUSTER * params.k {
            break;
        }
        let Some(centroids) = swapped(matrix, &best, &mut draws) else { break };
        let candidate = improve(matrix, centroids, params, watch)?;
        n_failed += 1;
        if candidate.inertia < best.inertia * (1.0 - LEAST_GAIN) {
            best = candidate;
            n_failed = 0;
        }
    }
    Ok(best.centroids)
}

fn keep_better(best: &mut Option<Candidate>, candidate: Candidate) {
    if best.as_ref().is_none_or(|best| candidate.inertia < best.inertia) {
        *best = Some(candidate);
    }
}

fn improve(
    matrix: &Matrix,
    centroids: Centroids,
    params: &KMeansParams,
    watch: &mut Watch<'_>,
) -> Result<Candidate> {
    let moved =
        lloyd::run(matrix, centroids, params.max_iterations, params.tolerance, "kmeans_search", watch)?;
    let (centroids, labels) = refine::refine(matrix, moved.rows, watch)?;
    let inertia = inertia(matrix, &centroids, &labels);
    Ok(Candidate { centroids, labels, inertia })
}

/// The best centres with one of them, drawn evenly, put on a row drawn by its squared distance; `None` when every row lies
/// on its centre already.
fn swapped(matrix: &Matrix, best: &Candidate, draws: &mut Generator) -> Option<Centroids> {
    let distances: Vec<f64> = (0..matrix.n_rows())
        .map(|row| squared_distance(matrix.row(row), best.centroids.row(best.labels[row] as usize)))
        .collect();
    let row = draw_by_weight(&distances, draws)?;
    let mut centroids = best.centroids.clone();
    let cluster = draw_below(draws, centroids.k());
    centroids.row_mut(cluster).copy_from_slice(matrix.row(row));
    Some(centroids)
}

/// Greedy k-means++ (Arthur and Vassilvitskii 2007): each centre is the best of `2 + ln k` rows drawn by their squared
/// distance to the centres before.
fn plus_plus(matrix: &Matrix, k: usize, draws: &mut Generator) -> Result<Centroids> {
    let n_trials = 2 + (k as f64).ln() as usize;
    let first = matrix.row(draw_below(draws, matrix.n_rows()));
    let mut values = first.to_vec();
    let blocks = Blocks::of(matrix);
    let mut nearest = blocks.distances_to(first);
    for chosen in 1..k {
        let mut best: Option<(f64, usize, Vec<f64>)> = None;
        for _ in 0..n_trials {
            let Some(row) = draw_by_weight(&nearest, draws) else {
                return Err(Error::TooFewDistinct { needed: k, found: chosen });
            };
            let mut trial = blocks.distances_to(matrix.row(row));
            trial.iter_mut().zip(&nearest).for_each(|(distance, before)| *distance = distance.min(*before));
            let potential: f64 = trial.iter().sum();
            if best.as_ref().is_none_or(|(least, ..)| potential < *least) {
                best = Some((potential, row, trial));
            }
        }
        let Some((_, row, trial)) = best else { break };
        values.extend_from_slice(matrix.row(row));
        nearest = trial;
    }
    Ok(Centroids::new(matrix.n_columns(), values))
}

/// Rows laid out for distances of many to one place.
struct Blocks {
    n_rows: usize,
    width: usize,
    lanes: Vec<Lanes>,
}

impl Blocks {
    fn of(matrix: &Matrix) -> Self {
        let (n_rows, width) = (matrix.n_rows(), matrix.n_columns());
        let mut lanes = vec![[0.0; LANES]; n_rows.div_ceil(LANES) * width];
        let origin = vec![0.0; width];
        for (rows, block) in matrix.values().chunks(width * LANES).zip(lanes.chunks_exact_mut(width)) {
            lay(rows.chunks_exact(width), &origin, block);
        }
        Self { n_rows, width, lanes }
    }

    fn distances_to(&self, place: &[f64]) -> Vec<f64> {
        let blocks = self.lanes.chunks_exact(self.width);
        let mut distances: Vec<f64> = blocks.flat_map(|block| squared_distances(block, place)).collect();
        distances.truncate(self.n_rows);
        distances
    }
}

/// A position drawn with chances in proportion to `weights`; `None` when all are 0.
fn draw_by_weight(weights: &[f64], draws: &mut Generator) -> Option<usize> {
    let total: f64 = weights.iter().sum();
    if total <= 0.0 {
        return None;
    }
    let mut left = draws.gen_range(0.0..1.0) * total;
    let mut last = None;
    for (position, &weight) in weights.iter().enumerate() {
        if weight > 0.0 {
            last = Some(position);
            if left < weight {
                break;
            }
            left -= weight;
        }
    }
    last
}
