//! Hartigan's refinement: move single rows while that lowers the inertia.

use super::assign::{Centroids, squared_distance};
use super::lloyd::Settled;
use crate::progress::{Watch, report};
use crate::{Matrix, Result};

/// A share of the gain below which a move is taken for rounding noise, so that rows do not wander for ever.
const LEAST_GAIN: f64 = 1e-10;

/// Moves single rows to another cluster while the inertia falls, then answers the centres and the labels.
///
/// Lloyd's passes stop where each row is nearest its own centre; moving a row also moves both centres, and counting that
/// in (Hartigan and Wong 1979) escapes many of those stops. A cluster's last row stays. Only rows that could gain, by what
/// `settled` knows of their distances, are looked at. Cost: `n · p` a pass, and `3 · k · p` for each row looked at.
pub(super) fn refine(
    matrix: &Matrix,
    mut settled: Settled,
    watch: &mut Watch<'_>,
) -> Result<(Centroids, Vec<u32>)> {
    let width = matrix.n_columns();
    let mut labels = settled.labels.clone();
    let mut clusters = Clusters::of(matrix, &labels, settled.centroids().k());
    for _ in 0..100 {
        report(watch, "kmeans_search", 0, 0)?;
        settled.move_to(clusters.centroids.clone());
        settled.settle(matrix);
        let mut content = Content::new(&clusters);
        let mut n_moved = 0;
        for (at, (row, label)) in matrix.values().chunks_exact(width).zip(labels.iter_mut()).enumerate() {
            let own = *label as usize;
            if settled.labels[at] == *label && content.is_sure(row, own, settled.gap(at)) {
                continue;
            }
            if let Some(better) = clusters.better_for(row, own) {
                clusters.shift(row, own, -1.0);
                clusters.shift(row, better, 1.0);
                content.after(&clusters, [own, better]);
                *label = better as u32;
                n_moved += 1;
            }
        }
        if n_moved == 0 {
            break;
        }
        clusters = Clusters::of(matrix, &labels, clusters.counts.len());
    }
    Ok((clusters.centroids, labels))
}

/// What makes it certain that a row would not move.
struct Content {
    /// Where the centres were when the gaps were measured, and how far each has come since.
    start: Centroids,
    ways: Vec<f64>,
    longest: f64,
    /// The fewest rows of a cluster for which the factors hold.
    fewest: f64,
    /// What joining and leaving a cluster of that many rows or more makes of a distance, at least and at most.
    joining: f64,
    leaving: f64,
    holds: bool,
}

impl Content {
    fn new(clusters: &Clusters) -> Self {
        let least = clusters.counts.iter().copied().fold(f64::INFINITY, f64::min);
        // Half of it, so that the factors outlast many rows leaving.
        let fewest = (least / 2.0).floor();
        Self {
            start: clusters.centroids.clone(),
            ways: vec![0.0; clusters.counts.len()],
            longest: 0.0,
            fewest,
            joining: (fewest / (fewest + 1.0)).sqrt(),
            leaving: (fewest / (fewest - 1.0)).sqrt(),
            holds: fewest >= 2.0,
        }
    }

    /// Whether `row`, with every other centre at the start farther by `gap` than its own, would stay.
    fn is_sure(&self, row: &[f64], own: usize, gap: f64) -> bool {
        // Some units of the last place of numbers of this size.
        const ROUNDING: f64 = 1e-12;
        if !self.holds || gap <= 0.0 {
            return false;
        }
        let near = squared_distance(row, self.start.row(own)).sqrt();
        let stays = self.joining * (near + gap - self.longest);
        let leaves = self.leaving * (near + self.ways[own]);
        stays - leaves > ROUNDING * (stays + leaves)
    }

    /// Takes in that the centres of `moved` have moved.
    fn after(&mut self, clusters: &Clusters, moved: [usize; 2]) {
        for cluster in moved {
            let way = squared_distance(self.start.row(cluster), clusters.centroids.row(cluster)).sqrt();
            self.ways[cluster] = way;
            self.holds &= clusters.counts[cluster] >= self.fewest;
        }
        self.longest = self.ways.iter().copied().fold(0.0, f64::max);
    }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::Rng;

    use super::*;
    use crate::progress::unwatched;

    /// Every row, every centre.
    fn plain(matrix: &Matrix, labels: &mut [u32], k: usize) -> Centroids {
        let mut clusters = Clusters::of(matrix, labels, k);
        for _ in 0..100 {
            let mut n_moved = 0;
            for (row, label) in matrix.values().chunks_exact(matrix.n_columns()).zip(labels.iter_mut()) {
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
        clusters.centroids
    }

    proptest! {
        #[test]
        fn rows_passed_over_would_not_have_moved(n_rows in 2usize..900, width in 1usize..5, k in 1usize..7, seed in any::<u64>(), is_whole in any::<bool>()) {
            let mut draws = crate::random::generator(seed, 0);
            let values = (0..n_rows * width).map(|_| if is_whole { f64::from(draws.gen_range(-3i32..4)) } else { draws.gen_range(-3.0..3.0) });
            let matrix = Matrix::new((0..width).map(|it| it.to_string()).collect(), values.collect()).unwrap();
            let starts = (0..k).flat_map(|_| matrix.row(draws.gen_range(0..n_rows)).to_vec()).collect();
            let mut settled = Settled::new(&matrix, Centroids::new(width, starts));
            settled.settle(&matrix);
            let mut labels = settled.labels.clone();
            let centroids = plain(&matrix, &mut labels, k);
            prop_assert_eq!(refine(&matrix, settled, &mut unwatched).unwrap(), (centroids, labels));
        }
    }
}
