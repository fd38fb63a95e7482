//! The hot loop of k-means: every row to its nearest centroid, and the sums that move the centroids.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::Matrix;

/// Rows whose distances are computed side by side, so that the compiler can use the widest registers it has.
const LANES: usize = 16;

/// Cluster centres, shape `(k, n_columns)`, row by row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Centroids {
    width: usize,
    values: Vec<f64>,
}

impl Centroids {
    /// `values` of length `k * width`, row by row.
    ///
    /// # Panics
    /// When `width` is 0 or does not divide the length; centroids come from fits, never from users.
    #[must_use]
    pub fn new(width: usize, values: Vec<f64>) -> Self {
        assert!(width > 0 && values.len().is_multiple_of(width), "centroids are whole rows");
        Self { width, values }
    }

    /// The number of centroids.
    #[must_use]
    pub fn k(&self) -> usize {
        self.values.len() / self.width
    }

    /// One centroid a row.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.values.chunks_exact(self.width)
    }

    /// The centroid of `cluster`.
    pub(super) fn row(&self, cluster: usize) -> &[f64] {
        &self.values[cluster * self.width..(cluster + 1) * self.width]
    }

    /// The centroid of `cluster`, to be moved.
    pub(super) fn row_mut(&mut self, cluster: usize) -> &mut [f64] {
        &mut self.values[cluster * self.width..(cluster + 1) * self.width]
    }

    /// The sum of the squared ways from here to `after`.
    pub(super) fn squared_way(&self, after: &Self) -> f64 {
        squared_distance(&self.values, &after.values)
    }
}

/// Sums of the rows of each cluster, mergeable in chunk order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KMeansPartial {
    /// Sums of the rows' distances from a common origin, shape `(k, n_columns)`.
    sums: Vec<f64>,
    counts: Vec<u64>,
    n_changed: u64,
}

impl KMeansPartial {
    /// Nothing summed yet.
    #[must_use]
    pub fn new(k: usize, n_columns: usize) -> Self {
        Self { sums: vec![0.0; k * n_columns], counts: vec![0; k], n_changed: 0 }
    }

    /// Takes in the sums of the rows that follow.
    pub fn merge(&mut self, later: &Self) {
        for (sum, other) in self.sums.iter_mut().zip(&later.sums) {
            *sum += other;
        }
        for (count, other) in self.counts.iter_mut().zip(&later.counts) {
            *count += other;
        }
        self.n_changed += later.n_changed;
    }

    /// Rows of each cluster.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Rows whose label changed.
    #[must_use]
    pub fn n_changed(&self) -> u64 {
        self.n_changed
    }

    /// The mean of each cluster, `origin` added back; an empty cluster keeps its place in `before`.
    #[must_use]
    pub fn centroids(&self, before: &Centroids, origin: &[f64]) -> Centroids {
        let mut after = before.clone();
        let means = self.sums.chunks_exact(before.width).zip(&self.counts);
        for ((sums, &count), centroid) in means.zip(after.values.chunks_exact_mut(before.width)) {
            if count > 0 {
                for ((place, sum), start) in centroid.iter_mut().zip(sums).zip(origin) {
                    *place = start + sum / count as f64;
                }
            }
        }
        after
    }
}

/// Labels the rows of one chunk by their nearest centroid (Euclidean; a tie goes to the lower label) and sums them.
///
/// `labels` are those of the chunk's rows from the last pass, and are overwritten. `origin` is any fixed point near the
/// data, one number a column: sums are taken about it to keep digits. Distances are sums of squared differences, never
/// `‖x‖² - 2xc + ‖c‖²`, which loses the digits of near rows when others lie far out. Bounds that skip settled rows
/// (Hamerly 2010) were measured slower than this loop up to eight columns and clusters. Cost:
/// `3 · rows · k · n_columns` operations.
pub fn assign_chunk(
    matrix: &Matrix,
    rows: Range<usize>,
    centroids: &Centroids,
    origin: &[f64],
    labels: &mut [u32],
) -> KMeansPartial {
    let width = matrix.n_columns();
    let mut partial = KMeansPartial::new(centroids.k(), width);
    let mut block = vec![0.0; width * LANES];
    let values = matrix.rows(rows);
    for (rows, labels) in values.chunks(width * LANES).zip(labels.chunks_mut(LANES)) {
        for (lane, row) in rows.chunks_exact(width).enumerate() {
            for (column, value) in row.iter().enumerate() {
                block[column * LANES + lane] = *value;
            }
        }
        let nearest = nearest_of_block(&block, centroids);
        for ((row, label), nearest) in rows.chunks_exact(width).zip(labels).zip(nearest) {
            let cluster = nearest as usize;
            partial.n_changed += u64::from(*label != cluster as u32);
            *label = cluster as u32;
            partial.counts[cluster] += 1;
            let sums = &mut partial.sums[cluster * width..(cluster + 1) * width];
            for ((sum, value), start) in sums.iter_mut().zip(row).zip(origin) {
                *sum += value - start;
            }
        }
    }
    partial
}

/// The nearest centroid of each of [`LANES`] rows that lie column by column in `block`. Labels are kept as numbers of
/// the distances' own width: comparing and choosing then stay in the same registers.
#[inline]
fn nearest_of_block(block: &[f64], centroids: &Centroids) -> [f64; LANES] {
    let mut nearest = [0.0; LANES];
    let mut least = [f64::INFINITY; LANES];
    for (cluster, centroid) in centroids.rows().enumerate() {
        let mut distances = [0.0; LANES];
        for (values, place) in block.chunks_exact(LANES).zip(centroid) {
            for (distance, value) in distances.iter_mut().zip(values) {
                let step = value - place;
                *distance += step * step;
            }
        }
        let cluster = cluster as f64;
        for lane in 0..LANES {
            let is_nearer = distances[lane] < least[lane];
            least[lane] = if is_nearer { distances[lane] } else { least[lane] };
            nearest[lane] = if is_nearer { cluster } else { nearest[lane] };
        }
    }
    nearest
}

/// The squared Euclidean distance, summed in column order as the hot loop does.
#[inline]
pub(crate) fn squared_distance(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| (a - b) * (a - b)).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::Rng;

    use super::*;
    use crate::partial::chunks;

    fn random_matrix(n_rows: usize, width: usize, seed: u64) -> Matrix {
        let mut draws = crate::random::generator(seed, 0);
        let values = (0..n_rows * width).map(|_| f64::from(draws.gen_range(-4i32..5))).collect();
        Matrix::new((0..width).map(|it| it.to_string()).collect(), values).unwrap()
    }

    proptest! {
        #[test]
        fn the_fast_loop_agrees_with_the_plain_one_ties_included(n_rows in 1usize..200, width in 1usize..12, k in 1usize..9, seed in 0u64..99) {
            let matrix = random_matrix(n_rows, width, seed);
            let centroids = Centroids::new(width, random_matrix(k, width, seed + 1).values().to_vec());
            let mut labels = vec![0; n_rows];
            let origin = vec![0.5; width];
            let partial = assign_chunk(&matrix, 0..n_rows, &centroids, &origin, &mut labels);
            let mut counts = vec![0; k];
            for (row, label) in labels.iter().enumerate() {
                let distances: Vec<f64> = centroids.rows().map(|place| squared_distance(matrix.row(row), place)).collect();
                let least = distances.iter().copied().fold(f64::INFINITY, f64::min);
                prop_assert_eq!(distances.iter().position(|it| *it == least), Some(*label as usize));
                counts[*label as usize] += 1;
            }
            prop_assert_eq!(partial.counts(), &counts);
        }

        #[test]
        fn shards_merged_in_order_equal_the_single_pass(n_rows in 1usize..20_000, shards in 1usize..5, seed in 0u64..99) {
            let matrix = random_matrix(n_rows, 2, seed);
            let centroids = Centroids::new(2, vec![-1.0, 0.1, 2.0, 0.3, 0.7, -2.0]);
            let origin = [0.1, 0.2];
            let chunk = |rows: Range<usize>| {
                let mut labels = vec![u32::MAX; rows.len()];
                assign_chunk(&matrix, rows, &centroids, &origin, &mut labels)
            };
            let fold = |mut sum: KMeansPartial, later: KMeansPartial| { sum.merge(&later); sum };
            let single = chunks(n_rows).map(chunk).reduce(fold);
            let all: Vec<_> = chunks(n_rows).collect();
            let mut per_shard: Vec<Vec<KMeansPartial>> =
                all.chunks(all.len().div_ceil(shards)).rev().map(|shard| shard.iter().cloned().map(chunk).collect()).collect();
            per_shard.reverse();
            prop_assert_eq!(per_shard.into_iter().flatten().reduce(fold), single);
        }
    }
}
