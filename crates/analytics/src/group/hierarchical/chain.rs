//! Merges along chains of nearest neighbours: each pair that is nearest to each other is merged at once, in any order, which
//! linkages that never bring groups nearer by merging allow (Murtagh 1983). Time n² instead of n³.

use super::dendrogram::Joined;
use crate::group::kmeans::assign::squared_distance;
use crate::progress::{Watch, report};
use crate::{Matrix, Result};

/// Merges by Ward's criterion. Groups are known by means and sizes: memory n·p, no distances kept.
pub(super) fn ward(matrix: &Matrix, watch: &mut Watch<'_>) -> Result<Vec<Joined>> {
    let width = matrix.n_columns();
    let mut means = matrix.values().to_vec();
    let mut sizes = vec![1.0f64; matrix.n_rows()];
    let mut groups = Groups::new(matrix.n_rows());
    let mut joined = Vec::with_capacity(matrix.n_rows());
    let height = |means: &[f64], sizes: &[f64], left: usize, right: usize| {
        let square = squared_distance(
            &means[left * width..(left + 1) * width],
            &means[right * width..(right + 1) * width],
        );
        square * (2.0 * sizes[left] * sizes[right] / (sizes[left] + sizes[right]))
    };
    while let Some((left, right, square)) =
        groups.next_pair(watch, |left, right| height(&means, &sizes, left, right))?
    {
        joined.push(Joined { left, right, height: square.sqrt() });
        let share = sizes[left] / (sizes[left] + sizes[right]);
        let (head, tail) = means.split_at_mut(right * width);
        for (place, other) in tail[..width].iter_mut().zip(&head[left * width..(left + 1) * width]) {
            *place += share * (other - *place);
        }
        sizes[right] += sizes[left];
    }
    Ok(joined)
}

/// Merges by a rule that says how far a group is from two merged ones. Every distance is held, 8 bytes a pair of rows.
pub(super) fn paired(
    matrix: &Matrix,
    update: fn(f64, f64, f64, f64) -> f64,
    watch: &mut Watch<'_>,
) -> Result<Vec<Joined>> {
    let n_rows = matrix.n_rows();
    let mut distances = Vec::with_capacity(n_rows * (n_rows - 1) / 2);
    for row in 0..n_rows {
        if row % 64 == 0 {
            report(watch, "hierarchical", row, 2 * n_rows)?;
        }
        let own = matrix.row(row);
        distances.extend((0..row).map(|other| squared_distance(own, matrix.row(other)).sqrt()));
    }
    let place = |left: usize, right: usize| {
        let (low, high) = (left.min(right), left.max(right));
        high * (high - 1) / 2 + low
    };
    let mut sizes = vec![1.0; n_rows];
    let mut groups = Groups::new(n_rows);
    let mut joined = Vec::with_capacity(n_rows);
    while let Some((left, right, height)) =
        groups.next_pair(watch, |left, right| distances[place(left, right)])?
    {
        joined.push(Joined { left, right, height });
        for &other in groups.left.iter().filter(|&&other| other != right) {
            let (far, near) = (distances[place(other, left)], place(other, right));
            distances[near] = update(far, distances[near], sizes[left], sizes[right]);
        }
        sizes[right] += sizes[left];
    }
    Ok(joined)
}

/// The groups not yet merged away, and the chain that is being followed. A merged group keeps the higher slot of the two.
struct Groups {
    n_rows: usize,
    /// Ascending.
    left: Vec<usize>,
    chain: Vec<usize>,
}

impl Groups {
    fn new(n_rows: usize) -> Self {
        Self { n_rows, left: (0..n_rows).collect(), chain: Vec::with_capacity(n_rows) }
    }

    /// The next two groups that are nearest to each other, the first of which is gone now; `None` when one is left.
    fn next_pair(
        &mut self,
        watch: &mut Watch<'_>,
        distance: impl Fn(usize, usize) -> f64,
    ) -> Result<Option<(usize, usize, f64)>> {
        if self.left.len() < 2 {
            return Ok(None);
        }
        if self.left.len().is_multiple_of(64) {
            report(watch, "hierarchical", 2 * self.n_rows - self.left.len(), 2 * self.n_rows)?;
        }
        if self.chain.is_empty() {
            self.chain.push(self.left[0]);
        }
        loop {
            let end = self.chain[self.chain.len() - 1];
            // Of equally near groups the one before in the chain wins, or chains could run in circles.
            let before = self.chain.len().checked_sub(2).map(|at| self.chain[at]);
            let mut best = (before.unwrap_or(end), before.map_or(f64::INFINITY, |it| distance(end, it)));
            for &other in self.left.iter().filter(|&&other| other != end) {
                let far = distance(end, other);
                if far < best.1 {
                    best = (other, far);
                }
            }
            if before == Some(best.0) {
                self.chain.truncate(self.chain.len() - 2);
                let (gone, kept) = (end.min(best.0), end.max(best.0));
                if let Ok(at) = self.left.binary_search(&gone) {
                    self.left.remove(at);
                }
                return Ok(Some((gone, kept, best.1)));
            }
            self.chain.push(best.0);
        }
    }
}
