//! Centres, and rows to their nearest centre.

use serde::{Deserialize, Serialize};
use stillroom_kernels::LANES;
use stillroom_kernels::nearest::{lay, nearest};

use crate::Matrix;

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

    /// The columns of each.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// All coordinates, centroid by centroid.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
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

/// The nearest of `centroids` of each row (Euclidean; a tie goes to the lower label), in row order.
///
/// The plain path: every distance, in full. Cost: `3 · rows · k · n_columns` operations.
#[must_use]
pub fn nearest_labels(matrix: &Matrix, centroids: &Centroids) -> Vec<u32> {
    let width = matrix.n_columns();
    let mut block = vec![[0.0; LANES]; width];
    let origin = vec![0.0; width];
    let mut labels = Vec::with_capacity(matrix.n_rows());
    for rows in matrix.values().chunks(width * LANES) {
        lay(rows.chunks_exact(width), &origin, &mut block);
        let found = nearest(&block, &centroids.values);
        labels.extend_from_slice(&found.nearest[..rows.len() / width]);
    }
    labels
}

/// The squared Euclidean distance, summed in column order as the blocks do.
#[inline]
pub(crate) fn squared_distance(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| (a - b) * (a - b)).sum()
}
