//! How far a picture can be trusted.

use crate::group::kd_tree::KdTree;
use crate::group::kmeans::assign::squared_distance;
use crate::progress::{Watch, report};
use crate::random::{draw_rows, generator};
use crate::{Error, Matrix, Result};

/// The rows whose neighbours are checked; more are sampled.
const CHECKED_ROWS: usize = 1000;

/// How few of the `k` neighbours in a picture are no neighbours in the rows, from 0 to 1 (Venna and Kaski 2001).
///
/// `points` are those of `matrix`'s rows, in order. Exact up to 1,000 rows, past that over an even draw of rows, each among
/// all. A picture at random has about 0.5.
///
/// # Errors
/// [`Error::LabelsDiffer`] unless there is a point a row; [`Error::Parameter`] unless `1 <= k` and `2·k < n_rows`;
/// [`Error::Cancelled`].
pub fn trustworthiness(
    matrix: &Matrix,
    points: &[(f64, f64)],
    k: usize,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<f64> {
    let n_rows = matrix.n_rows();
    if points.len() != n_rows {
        return Err(Error::LabelsDiffer { expected: n_rows, found: points.len() });
    }
    if k == 0 || 2 * k >= n_rows {
        return Err(Error::Parameter { name: "k", range: "from 1 to less than half the rows" });
    }
    let places: Vec<f64> = points.iter().flat_map(|point| [point.0, point.1]).collect();
    let tree = KdTree::new(&places, 2);
    let rows = draw_rows(&mut generator(seed, 0), n_rows, CHECKED_ROWS);
    let (mut penalty, mut found) = (0usize, Vec::with_capacity(k + 2));
    for (done, &row) in rows.iter().enumerate() {
        if done % 16 == 0 {
            report(watch, "trustworthiness", done, rows.len())?;
        }
        let squares: Vec<f64> =
            (0..n_rows).map(|other| squared_distance(matrix.row(row), matrix.row(other))).collect();
        tree.nearest(&places[2 * row..2 * row + 2], k + 1, &mut found);
        let own = found.iter().position(|near| near.1 as usize == row).unwrap_or(found.len() - 1);
        found.remove(own);
        for near in &found {
            let reach = squares[near.1 as usize];
            // Ties rank by row, as sorting would.
            let is_before = |&other: &usize| {
                other != row
                    && (squares[other] < reach || (squares[other] == reach && other < near.1 as usize))
            };
            let rank = 1 + (0..n_rows).filter(is_before).count();
            penalty += rank.saturating_sub(k);
        }
    }
    let (n, k) = (n_rows as f64, k as f64);
    let largest = rows.len() as f64 * k * (2.0 * n - 3.0 * k - 1.0) / 2.0;
    Ok(1.0 - penalty as f64 / largest)
}
