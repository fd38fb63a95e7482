//! The tree of merges, by height, and what its cuts leave.

use serde::{Deserialize, Serialize};

use crate::group::order::{by_size, relabel};

/// Two groups merged, each known by one of its rows, in the order they were found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Joined {
    pub(super) left: usize,
    pub(super) right: usize,
    pub(super) height: f64,
}

/// One merge. Numbers below the number of leaves are leaves; leaf count plus `i` is the group made by merge `i`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Merge {
    /// The lower of the two numbers.
    pub left: u32,
    /// The higher one.
    pub right: u32,
    /// How far they were apart.
    pub height: f64,
    /// The leaves in the merged group.
    pub size: u32,
}

/// The tree: one merge fewer than leaves, the lowest first, as scipy's linkage table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dendrogram {
    /// The row of each leaf.
    pub rows: Vec<usize>,
    /// The merges by height, ties in the order they were found.
    pub merges: Vec<Merge>,
}

impl Dendrogram {
    pub(super) fn new(rows: Vec<usize>, mut joined: Vec<Joined>) -> Self {
        joined.sort_by(|left, right| left.height.total_cmp(&right.height));
        let n_leaves = rows.len();
        let mut groups = Groups::new(n_leaves);
        let mut names: Vec<u32> = (0..n_leaves as u32).collect();
        let mut sizes = vec![1u32; n_leaves];
        let merge = |(number, joined): (usize, Joined)| {
            let (left, right) = (groups.find(joined.left), groups.find(joined.right));
            let (first, second) = (names[left].min(names[right]), names[left].max(names[right]));
            let root = groups.join(left, right);
            sizes[root] = sizes[left] + sizes[right];
            names[root] = (n_leaves + number) as u32;
            Merge { left: first, right: second, height: joined.height, size: sizes[root] }
        };
        let merges = joined.into_iter().enumerate().map(merge).collect();
        Self { rows, merges }
    }

    /// The group of each leaf when the last merges are undone so that `k` groups are left; the largest group is 0. With `k`
    /// past the number of leaves each leaf is a group.
    #[must_use]
    pub fn cut(&self, k: usize) -> Vec<u32> {
        let n_leaves = self.rows.len();
        let n_kept = n_leaves.saturating_sub(k.max(1)).min(self.merges.len());
        let mut parents: Vec<u32> = (0..(n_leaves + n_kept) as u32).collect();
        for (number, merge) in self.merges[..n_kept].iter().enumerate() {
            for child in [merge.left, merge.right] {
                if let Some(parent) = parents.get_mut(child as usize) {
                    *parent = (n_leaves + number) as u32;
                }
            }
        }
        // Parents have higher numbers: from above, each takes its parent's group.
        let mut labels = vec![0u32; parents.len()];
        let mut n_groups = 0;
        for node in (0..parents.len()).rev() {
            let parent = parents[node] as usize;
            if parent == node || parent >= labels.len() {
                labels[node] = n_groups;
                n_groups += 1;
            } else {
                labels[node] = labels[parent];
            }
        }
        labels.truncate(n_leaves);
        let order = by_size(&labels, n_groups as usize);
        relabel(&mut labels, &order);
        labels
    }

    /// The heights of the last merge kept and of the first undone when `k` groups are left.
    #[must_use]
    pub fn heights_at(&self, k: usize) -> (Option<f64>, Option<f64>) {
        let n_kept = self.rows.len().saturating_sub(k.max(1)).min(self.merges.len());
        let height = |at: usize| self.merges.get(at).map(|merge| merge.height);
        (n_kept.checked_sub(1).and_then(height), height(n_kept))
    }

    /// The last `n` merges, the highest first: the top of the tree, which is what a picture shows.
    #[must_use]
    pub fn top(&self, n: usize) -> Vec<Merge> {
        self.merges.iter().rev().take(n).copied().collect()
    }
}

/// Which rows are together, by trees with short ways (Tarjan 1975).
struct Groups(Vec<usize>);

impl Groups {
    fn new(n: usize) -> Self {
        Self((0..n).collect())
    }

    fn find(&mut self, mut row: usize) -> usize {
        while self.0[row] != row {
            self.0[row] = self.0[self.0[row]];
            row = self.0[row];
        }
        row
    }

    fn join(&mut self, left: usize, right: usize) -> usize {
        self.0[left] = right;
        right
    }
}
