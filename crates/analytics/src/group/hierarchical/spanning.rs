//! Single linkage by the shortest tree that spans all rows (Prim 1957; Gower and Ross 1969): memory n.

use super::dendrogram::Joined;
use crate::group::kmeans::assign::squared_distance;
use crate::progress::{Watch, report};
use crate::{Matrix, Result};

pub(super) fn merges(matrix: &Matrix, watch: &mut Watch<'_>) -> Result<Vec<Joined>> {
    let n_rows = matrix.n_rows();
    let mut joined = Vec::with_capacity(n_rows);
    let mut outside: Vec<Outside> =
        (1..n_rows).map(|row| Outside { row, near: 0, square: f64::INFINITY }).collect();
    let mut last = 0;
    while !outside.is_empty() {
        if outside.len().is_multiple_of(64) {
            report(watch, "hierarchical", n_rows - outside.len(), n_rows)?;
        }
        let own = matrix.row(last);
        let mut nearest = 0;
        for at in 0..outside.len() {
            let square = squared_distance(own, matrix.row(outside[at].row));
            if square < outside[at].square {
                (outside[at].square, outside[at].near) = (square, last);
            }
            if outside[at].square < outside[nearest].square {
                nearest = at;
            }
        }
        let next = outside.remove(nearest);
        joined.push(Joined { left: next.near, right: next.row, height: next.square.sqrt() });
        last = next.row;
    }
    Ok(joined)
}

/// A row not yet spanned, and the nearest spanned one.
struct Outside {
    row: usize,
    near: usize,
    square: f64,
}
