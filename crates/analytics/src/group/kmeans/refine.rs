//! Hartigan's refinement: move single rows while that lowers the inertia.

use super::assign::{Centroids, squared_distance};
use crate::progress::{Watch, report};
use crate::{Matrix, Result};

/// A share of the gain below which a move is taken for rounding noise, so that rows do not wander for ever.
const LEAST_GAIN: f64 = 1e-10;

/// Moves single rows to another cluster while the inertia falls, then answers the centres.
///
/// Lloyd's passes stop where each row is nearest its own centre; moving a row also moves both centres, and counting that
/// in (Hartigan and Wong 1979) escapes many of those stops. A cluster's last row stays. Cost: `3 · n · k · p` a pass.
pub(super) fn refine(
    matrix: &Matrix,
    labels: &mut [u32],
    k: usize,
    watch: &mut Watch<'_>,
) -> Result<Centroids> {
    let width = matrix.n_columns();
    let mut clusters = Clusters::of(matrix, labels, k);
    for _ in 0..100 {
        report(watch, "kmeans_search", 0, 0)?;
        let mut n_moved = 0;
        for (row, label) in matrix.values().chunks_exact(width).zip(labels.iter_mut()) {
            if let Some(better) = clusters.better_for(row, *label as usize) {
                clusters.shift(row, *label as usize, -1.0);
                clusters.shift(row, better, 1.0);
                *label = better as u32;
                n_moved += 1;
            }
        }
        if n_moved == 0 {
            break;
        }
        clusters = Clusters::of(matrix, labels, k);
    }
    Ok(clusters.centroids)
}

struct Clusters {
    centroids: Centroids,
    counts: Vec<f64>,
}

impl Clusters {
    fn of(matrix: &Matrix, labels: &[u32], k: usize) -> Self {
        let width = matrix.n_columns();
        let mut counts = vec![0.0; k];
        let mut values = vec![0.0; k * width];
        for (row, &label) in matrix.values().chunks_exact(width).zip(labels) {
            counts[label as usize] += 1.0;
            let sums = &mut values[label as usize * width..(label as usize + 1) * width];
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += value;
            }
        }
        for (sums, count) in values.chunks_exact_mut(width).zip(&counts) {
            sums.iter_mut().for_each(|sum| *sum /= f64::max(*count, 1.0));
        }
        Self { centroids: Centroids::new(width, values), counts }
    }

    /// The cluster that `row` would rather be in than in `own`.
    fn better_for(&self, row: &[f64], own: usize) -> Option<usize> {
        let n_own = self.counts[own];
        if n_own <= 1.0 {
            return None;
        }
        let saved = n_own / (n_own - 1.0) * squared_distance(row, self.centroids.row(own));
        let mut best = (saved * (1.0 - LEAST_GAIN), None);
        for (cluster, centroid) in self.centroids.rows().enumerate() {
            if cluster != own {
                let weight = self.counts[cluster] / (self.counts[cluster] + 1.0);
                let added = weight * squared_distance(row, centroid);
                if added < best.0 {
                    best = (added, Some(cluster));
                }
            }
        }
        best.1
    }

    /// Lets `row` join (`sign` 1) or leave (`sign` -1) a cluster.
    fn shift(&mut self, row: &[f64], cluster: usize, sign: f64) {
        self.counts[cluster] += sign;
        let weight = sign / self.counts[cluster];
        for (place, value) in self.centroids.row_mut(cluster).iter_mut().zip(row) {
            *place += weight * (value - *place);
        }
    }
}
