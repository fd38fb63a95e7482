//! How near is near: the distances of rows to their k-th neighbour, and the knee of that curve.

use serde::{Deserialize, Serialize};

use crate::group::kd_tree::KdTree;
use crate::progress::{Watch, report};
use crate::random::{draw_rows, generator};
use crate::{Matrix, Result};

/// The rows on which the curve is computed; more are sampled. Their neighbours are searched among all rows.
const CURVE_ROWS: usize = 2000;

/// Distances to the k-th neighbour, and what they advise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KDistances {
    /// The distance of each row used to its `min_points`-th nearest row, itself counted, ascending.
    pub distances: Vec<f64>,
    /// The distance at the curve's knee, below which most rows have their neighbours: an `eps` to start from.
    pub eps: f64,
    /// The rows used: all, or a sample.
    pub rows_used: usize,
}

/// The curve from which `eps` is read: below its knee lie rows in dense places, above it the rows between.
///
/// The knee is the point farthest below the line through the curve's ends (Satopää et al. 2011). Where even the last row has
/// its neighbours within twice the median, no row stands out and the last distance is taken. With fewer than `min_points`
/// rows the farthest row counts.
///
/// # Errors
/// [`crate::Error::OutOfScale`]; [`crate::Error::Cancelled`].
pub fn k_distances(
    matrix: &Matrix,
    min_points: usize,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<KDistances> {
    matrix.check_scale()?;
    k_distances_in(&KdTree::new(matrix.values(), matrix.n_columns()), matrix, min_points, seed, watch)
}

pub(super) fn k_distances_in(
    tree: &KdTree,
    matrix: &Matrix,
    min_points: usize,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<KDistances> {
    let rows = draw_rows(&mut generator(seed, 0), matrix.n_rows(), CURVE_ROWS);
    let mut found = Vec::with_capacity(min_points + 1);
    let mut distances = Vec::with_capacity(rows.len());
    for (done, &row) in rows.iter().enumerate() {
        if done % 64 == 0 {
            report(watch, "k_distances", done, rows.len())?;
        }
        tree.nearest(matrix.row(row), min_points.max(1), &mut found);
        distances.extend(found.last().map(|last| last.0.sqrt()));
    }
    distances.sort_by(f64::total_cmp);
    Ok(KDistances { eps: knee(&distances), rows_used: rows.len(), distances })
}

/// The value of an ascending curve where it lies farthest below the line through its ends.
fn knee(curve: &[f64]) -> f64 {
    let (Some(first), Some(last)) = (curve.first(), curve.last()) else { return 0.0 };
    let (width, height) = ((curve.len() - 1) as f64, last - first);
    let depth = |(at, value): (usize, &f64)| at as f64 / width - (value - first) / height;
    if *last <= 2.0 * curve[curve.len() / 2] {
        return *last;
    }
    let deepest = curve.iter().enumerate().map(|point| (depth(point), *point.1));
    deepest.fold((f64::NEG_INFINITY, *last), |best, next| if next.0 > best.0 { next } else { best }).1
}
