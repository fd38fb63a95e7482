//! Lloyd's passes: label every row, move every centre to its rows' mean, until nothing moves.

use super::assign::{Centroids, KMeansPartial, Pass, assign_chunk, squared_distance};
use crate::partial::chunks;
use crate::progress::{Watch, report};
use crate::{Matrix, Result};

/// Where the passes ended.
#[derive(Debug)]
pub(super) struct Moved {
    pub(super) centroids: Centroids,
    pub(super) labels: Vec<u32>,
    pub(super) iterations: usize,
    pub(super) converged: bool,
}

/// Runs passes until no label changes, or the centres' squared ways sum to at most `tolerance` of the mean variance of a
/// column, or `max_iterations` passes are done.
pub(super) fn run(
    matrix: &Matrix,
    mut centroids: Centroids,
    max_iterations: usize,
    tolerance: f64,
    stage: &'static str,
    watch: &mut Watch<'_>,
) -> Result<Moved> {
    let Spread { centre, variance, reach } = Spread::of(matrix);
    let mut labels = vec![u32::MAX; matrix.n_rows()];
    for done in 0..max_iterations {
        report(watch, stage, done, max_iterations)?;
        let partial = run_pass(matrix, &Pass::fast(centroids.clone(), centre.clone(), reach), &mut labels);
        let mut after = partial.centroids(&centroids, &centre);
        let is_repaired = repair_empty(matrix, &partial, &mut after, &labels);
        let way = centroids.squared_way(&after);
        centroids = after;
        if !is_repaired && (partial.n_changed() == 0 || way <= tolerance * variance) {
            return Ok(Moved { centroids, labels, iterations: done + 1, converged: true });
        }
    }
    Ok(Moved { centroids, labels, iterations: max_iterations, converged: false })
}

/// Labels all rows and sums them, chunk by chunk in order.
pub(super) fn run_pass(matrix: &Matrix, pass: &Pass, labels: &mut [u32]) -> KMeansPartial {
    let mut sum = KMeansPartial::new(pass.centroids().k(), matrix.n_columns());
    for rows in chunks(matrix.n_rows()) {
        let labels = &mut labels[rows.clone()];
        sum.merge(&assign_chunk(matrix, rows, pass, labels));
    }
    sum
}

/// Puts the centre of each empty cluster on the row farthest from its own centre, a row a cluster; true when it did.
fn repair_empty(matrix: &Matrix, partial: &KMeansPartial, centroids: &mut Centroids, labels: &[u32]) -> bool {
    let empty: Vec<usize> = (0..centroids.k()).filter(|&cluster| partial.counts()[cluster] == 0).collect();
    if empty.is_empty() {
        return false;
    }
    let mut distances: Vec<f64> = (0..matrix.n_rows())
        .map(|row| squared_distance(matrix.row(row), centroids.row(labels[row] as usize)))
        .collect();
    let mut is_repaired = false;
    for cluster in empty {
        let farthest =
            (0..distances.len()).rev().max_by(|&left, &right| distances[left].total_cmp(&distances[right]));
        let Some(farthest) = farthest.filter(|&row| distances[row] > 0.0) else { break };
        centroids.row_mut(cluster).copy_from_slice(matrix.row(farthest));
        is_repaired = true;
        for (row, distance) in distances.iter_mut().enumerate() {
            *distance = distance.min(squared_distance(matrix.row(row), centroids.row(cluster)));
        }
    }
    is_repaired
}

/// How rows lie about their mean.
struct Spread {
    /// The mean of each column.
    centre: Vec<f64>,
    /// The mean over columns of the variance, divisor `n`.
    variance: f64,
    /// The largest squared distance of a row to the centre.
    reach: f64,
}

impl Spread {
    fn of(matrix: &Matrix) -> Self {
        let (n_rows, width) = (matrix.n_rows() as f64, matrix.n_columns());
        let mut centre = matrix.row(0).to_vec();
        let start = centre.clone();
        for rows in chunks(matrix.n_rows()) {
            let mut sums = vec![0.0; width];
            for row in matrix.rows(rows).chunks_exact(width) {
                for (sum, (value, origin)) in sums.iter_mut().zip(row.iter().zip(&start)) {
                    *sum += value - origin;
                }
            }
            for (mean, sum) in centre.iter_mut().zip(&sums) {
                *mean += sum / n_rows;
            }
        }
        let (mut total, mut reach) = (0.0, 0.0);
        for rows in chunks(matrix.n_rows()) {
            let mut chunk = 0.0;
            for row in matrix.rows(rows).chunks_exact(width) {
                let square = squared_distance(row, &centre);
                chunk += square;
                reach = f64::max(reach, square);
            }
            total += chunk;
        }
        Self { centre, variance: total / n_rows / width as f64, reach }
    }
}
