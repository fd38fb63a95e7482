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

/// What one pass over the rows needs to know: where the centroids are, and how distances to them are computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pass {
    centroids: Centroids,
    /// A point near the data, one number a column: sums are taken about it to keep digits.
    origin: Vec<f64>,
    /// What is taken off each row before it is compared with `places`: nothing, or the origin.
    shift: Vec<f64>,
    /// The centroids less `shift`.
    places: Centroids,
    /// Half the squared norm of each place, when the expanded form is exact enough.
    halves: Option<Vec<f64>>,
}

impl Pass {
    /// A pass with distances as sums of squared differences, exact to the last bits.
    #[must_use]
    pub fn exact(centroids: Centroids, origin: Vec<f64>) -> Self {
        Self { shift: vec![0.0; origin.len()], places: centroids.clone(), halves: None, centroids, origin }
    }

    /// A pass that takes `‖c‖²/2 - x·c` in place of distances, a third less work, where that cannot matter.
    ///
    /// The form loses the digits of near rows when others lie far out, so it is taken only if its rounding error, with
    /// `reach` the largest squared distance of a row to `origin`, is a thousand-millionth of the smallest squared gap
    /// between centroids; else the pass is exact.
    #[must_use]
    pub fn fast(centroids: Centroids, origin: Vec<f64>, reach: f64) -> Self {
        let width = centroids.width;
        let mut gap = f64::INFINITY;
        for (cluster, place) in centroids.rows().enumerate() {
            for other in centroids.rows().skip(cluster + 1) {
                gap = gap.min(squared_distance(place, other));
            }
        }
        let rounding = (width + 2) as f64 * f64::EPSILON * reach;
        if rounding > 1e-9 * gap {
            return Self::exact(centroids, origin);
        }
        let moved =
            centroids.rows().flat_map(|row| row.iter().zip(&origin).map(|(place, start)| place - start));
        let places = Centroids::new(width, moved.collect());
        let halves =
            places.rows().map(|row| 0.5 * row.iter().map(|place| place * place).sum::<f64>()).collect();
        Self { shift: origin.clone(), places, halves: Some(halves), centroids, origin }
    }

    /// Where the centroids are.
    #[must_use]
    pub fn centroids(&self) -> &Centroids {
        &self.centroids
    }
}

/// Labels the rows of one chunk by their nearest centroid (Euclidean; a tie goes to the lower label) and sums them.
///
/// `labels` are those of the chunk's rows from the last pass, and are overwritten. Bounds that skip settled rows (Hamerly
/// 2010) were measured slower than this loop with eight columns and eight clusters. Cost: `3 · rows · k · n_columns`
/// operations.
pub fn assign_chunk(matrix: &Matrix, rows: Range<usize>, pass: &Pass, labels: &mut [u32]) -> KMeansPartial {
    // A width the compiler knows unrolls the loops over columns: measured a third faster at eight columns.
    match matrix.n_columns() {
        2 => assign_rows::<2>(matrix, rows, pass, labels),
        3 => assign_rows::<3>(matrix, rows, pass, labels),
        4 => assign_rows::<4>(matrix, rows, pass, labels),
        5 => assign_rows::<5>(matrix, rows, pass, labels),
        6 => assign_rows::<6>(matrix, rows, pass, labels),
        7 => assign_rows::<7>(matrix, rows, pass, labels),
        8 => assign_rows::<8>(matrix, rows, pass, labels),
        _ => assign_rows::<0>(matrix, rows, pass, labels),
    }
}

/// [`assign_chunk`] for `WIDTH` columns, or for any number when it is 0.
fn assign_rows<const WIDTH: usize>(
    matrix: &Matrix,
    rows: Range<usize>,
    pass: &Pass,
    labels: &mut [u32],
) -> KMeansPartial {
    let width = if WIDTH == 0 { matrix.n_columns() } else { WIDTH };
    let mut partial = KMeansPartial::new(pass.centroids.k(), width);
    let mut block = vec![0.0; width * LANES];
    let values = matrix.rows(rows);
    for (rows, labels) in values.chunks(width * LANES).zip(labels.chunks_mut(LANES)) {
        fill_block(&mut block[..width * LANES], rows, &pass.shift[..width]);
        let nearest = match &pass.halves {
            Some(halves) => {
                let add = |sum: f64, value: f64, place: f64| sum - value * place;
                nearest_of_block(
                    &block[..width * LANES],
                    &pass.places.values,
                    width,
                    |cluster| halves[cluster],
                    add,
                )
            }
            None => {
                let add = |sum: f64, value: f64, place: f64| sum + (value - place) * (value - place);
                nearest_of_block(&block[..width * LANES], &pass.places.values, width, |_| 0.0, add)
            }
        };
        for ((row, label), nearest) in rows.chunks_exact(width).zip(labels).zip(nearest) {
            let cluster = nearest as usize;
            partial.n_changed += u64::from(*label != cluster as u32);
            *label = cluster as u32;
            partial.counts[cluster] += 1;
            let sums = &mut partial.sums[cluster * width..(cluster + 1) * width];
            for ((sum, value), start) in sums.iter_mut().zip(row).zip(&pass.origin) {
                *sum += value - start;
            }
        }
    }
    partial
}

/// Lays up to [`LANES`] rows side by side, column by column, `shift` taken off.
#[inline(always)]
fn fill_block(block: &mut [f64], rows: &[f64], shift: &[f64]) {
    for (lane, row) in rows.chunks_exact(shift.len()).enumerate() {
        for ((lanes, value), start) in block.chunks_exact_mut(LANES).zip(row).zip(shift) {
            lanes[lane] = value - start;
        }
    }
}

/// The nearest centroid of each of [`LANES`] rows that lie column by column in `block`, by sums from `start` on of what
/// `add` makes of each column. Labels are kept as numbers of the sums' own width: comparing and choosing then stay in the
/// same registers.
#[inline(always)]
fn nearest_of_block(
    block: &[f64],
    places: &[f64],
    width: usize,
    start: impl Fn(usize) -> f64,
    add: impl Fn(f64, f64, f64) -> f64,
) -> [f64; LANES] {
    let mut nearest = [0.0; LANES];
    let mut least = [f64::INFINITY; LANES];
    for (cluster, centroid) in places.chunks_exact(width).enumerate() {
        let mut sums = [start(cluster); LANES];
        for (values, place) in block.chunks_exact(LANES).zip(centroid) {
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum = add(*sum, *value, *place);
            }
        }
        let cluster = cluster as f64;
        for lane in 0..LANES {
            let is_nearer = sums[lane] < least[lane];
            least[lane] = if is_nearer { sums[lane] } else { least[lane] };
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
        fn the_exact_loop_agrees_with_the_plain_one_ties_included(n_rows in 1usize..200, width in 1usize..12, k in 1usize..9, seed in 0u64..99) {
            let matrix = random_matrix(n_rows, width, seed);
            let centroids = Centroids::new(width, random_matrix(k, width, seed + 1).values().to_vec());
            let mut labels = vec![0; n_rows];
            let pass = Pass::exact(centroids, vec![0.5; width]);
            let partial = assign_chunk(&matrix, 0..n_rows, &pass, &mut labels);
            let mut counts = vec![0; k];
            for (row, label) in labels.iter().enumerate() {
                let distances: Vec<f64> = pass.centroids.rows().map(|place| squared_distance(matrix.row(row), place)).collect();
                let least = distances.iter().copied().fold(f64::INFINITY, f64::min);
                prop_assert_eq!(distances.iter().position(|it| *it == least), Some(*label as usize));
                counts[*label as usize] += 1;
            }
            prop_assert_eq!(partial.counts(), &counts);
        }

        #[test]
        fn the_fast_loop_agrees_but_for_ties(n_rows in 1usize..200, width in 1usize..12, k in 1usize..9, seed in 0u64..99, offset in -1e6f64..1e6) {
            let moved = |values: &[f64]| values.iter().map(|value| value * 0.37 + offset).collect::<Vec<f64>>();
            let matrix = Matrix::new((0..width).map(|it| it.to_string()).collect(), moved(random_matrix(n_rows, width, seed).values())).unwrap();
            let centroids = Centroids::new(width, moved(random_matrix(k, width, seed + 1).values()).iter().map(|it| it + 0.013).collect());
            let origin = matrix.row(0).to_vec();
            let reach = (0..n_rows).map(|row| squared_distance(matrix.row(row), &origin)).fold(0.0, f64::max);
            let mut labels = vec![0; n_rows];
            assign_chunk(&matrix, 0..n_rows, &Pass::fast(centroids.clone(), origin, reach), &mut labels);
            for (row, label) in labels.iter().enumerate() {
                let distances: Vec<f64> = centroids.rows().map(|place| squared_distance(matrix.row(row), place)).collect();
                let least = distances.iter().copied().fold(f64::INFINITY, f64::min);
                // Distances here are below 12 · 9; a fast pass promises 1e-9 of the least gap between centroids.
                prop_assert!(distances[*label as usize] <= least + 1e-7);
            }
        }

        #[test]
        fn shards_merged_in_order_equal_the_single_pass(n_rows in 1usize..20_000, shards in 1usize..5, seed in 0u64..99) {
            let matrix = random_matrix(n_rows, 2, seed);
            let centroids = Centroids::new(2, vec![-1.0, 0.1, 2.0, 0.3, 0.7, -2.0]);
            let pass = Pass::fast(centroids, vec![0.1, 0.2], 50.0);
            let chunk = |rows: Range<usize>| {
                let mut labels = vec![u32::MAX; rows.len()];
                assign_chunk(&matrix, rows, &pass, &mut labels)
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

    #[test]
    fn rows_far_out_turn_the_fast_form_off() {
        let centroids = Centroids::new(1, vec![0.0, 1.0]);
        assert!(Pass::fast(centroids.clone(), vec![0.0], 1e4).halves.is_some());
        assert!(Pass::fast(centroids, vec![0.0], 1e8).halves.is_none());
    }
}
