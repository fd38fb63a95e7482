//! Groups within groups: rows are merged two by two until one group is left, and the tree is cut where k are.

mod chain;
mod dendrogram;
mod spanning;

use serde::{Deserialize, Serialize};

pub use dendrogram::{Dendrogram, Merge};

use super::kmeans::{Centroids, nearest_labels};
use crate::predict::supervised::check_columns;
use crate::progress::Watch;
use crate::random::{draw_rows, generator};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Matrix, Result};

/// The most rows that complete and average linkage merge: they hold every distance, 8 bytes a pair, 400 MB at this number.
pub const MAX_PAIRED_ROWS: usize = 10_000;

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "hierarchical",
    family: Family::Group,
    summary: "Merges rows two by two into a tree of groups within groups, and cuts it where k groups are left.",
    parameters: &[
        Parameter {
            name: "k",
            kind: Kind::Integer { min: 1, max: 1000 },
            default: "5",
            doc: "The groups left by the cut.",
        },
        Parameter {
            name: "linkage",
            kind: Kind::Choice { options: &["ward", "complete", "average", "single"] },
            default: "\"ward\"",
            doc: "What makes groups near: the least growth of variance, or the farthest, the mean or the nearest pair of rows.",
        },
        Parameter {
            name: "max_rows",
            kind: Kind::Integer { min: 2, max: 20_000 },
            default: "5000",
            doc: "Rows merged at most, evenly drawn; the others join the nearest group's mean. Complete and average linkage: at most 10000.",
        },
    ],
    formula: "merge the two nearest groups, n - 1 times; ward: d² = 2·|A|·|B|/(|A|+|B|)·‖mean(A) - mean(B)‖²",
    source: "Ward (1963); Murtagh (1983), nearest-neighbour chain; Müllner (2011); Prim (1957)",
    cost: "time n²·p for n merged rows; memory n·p with ward and single, 4·n² bytes with complete and average",
};

/// What makes two groups near.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Linkage {
    /// The growth of the variance within groups: compact groups of like size.
    Ward,
    /// The distance of their farthest rows: groups of like width.
    Complete,
    /// The mean distance of their rows.
    Average,
    /// The distance of their nearest rows: chains of any shape, easily bridged by a few rows.
    Single,
}

/// How the tree is made and cut.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HierarchicalParams {
    /// Groups left by the cut, `1..=1000`.
    pub k: usize,
    /// What makes groups near.
    pub linkage: Linkage,
    /// Rows merged at most, `2..=20_000`; see [`MAX_PAIRED_ROWS`].
    pub max_rows: usize,
}

impl Default for HierarchicalParams {
    fn default() -> Self {
        Self { k: 5, linkage: Linkage::Ward, max_rows: 5000 }
    }
}

impl HierarchicalParams {
    /// Checks the ranges that do not depend on the data.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first one outside.
    pub fn check(&self) -> Result<()> {
        if !(1..=1000).contains(&self.k) {
            return Err(Error::Parameter { name: "k", range: "a whole number from 1 to 1000" });
        }
        if !(2..=20_000).contains(&self.max_rows) {
            return Err(Error::Parameter { name: "max_rows", range: "a whole number from 2 to 20000" });
        }
        Ok(())
    }

    /// The rows merged at most with this linkage.
    fn limit(&self) -> usize {
        match self.linkage {
            Linkage::Ward | Linkage::Single => self.max_rows,
            Linkage::Complete | Linkage::Average => self.max_rows.min(MAX_PAIRED_ROWS),
        }
    }
}

/// A cut tree: the means to which other rows are compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HierarchicalModel {
    /// The columns it was fitted on, in order.
    pub columns: Vec<String>,
    /// What made groups near.
    pub linkage: Linkage,
    /// The mean of each group's merged rows, the largest group first.
    pub centroids: Vec<Vec<f64>>,
    /// The height of the last merge kept and of the first undone: a wide gap between them speaks for this cut. `None` where
    /// there is no such merge.
    pub cut: (Option<f64>, Option<f64>),
    /// The rows merged: all, or an even draw.
    pub rows_used: usize,
}

/// A cut tree, the labels of all rows and the whole tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HierarchicalFit {
    /// The model.
    pub model: HierarchicalModel,
    /// The group of each row, `0..k`: by the tree for merged rows, by the nearest mean for the others.
    pub labels: Vec<u32>,
    /// The tree over the merged rows.
    pub dendrogram: Dendrogram,
}

/// Merges the rows of `matrix`, already on comparable scales, and cuts the tree where `params.k` groups are left.
///
/// Distances are Euclidean. Of equally near groups the one of the earlier row is merged first. Past `max_rows` rows an even
/// draw is merged: the fit's `rows_used` says so.
///
/// # Errors
/// [`Error::TooFewRows`] with fewer rows than groups, or fewer merged rows; [`Error::Parameter`]; [`Error::OutOfScale`];
/// [`Error::Cancelled`].
pub fn fit_hierarchical(
    matrix: &Matrix,
    params: &HierarchicalParams,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<HierarchicalFit> {
    params.check()?;
    matrix.check_scale()?;
    let rows = draw_rows(&mut generator(seed, 0), matrix.n_rows(), params.limit());
    if rows.len() < params.k {
        return Err(Error::TooFewRows { needed: params.k, found: rows.len() });
    }
    let is_whole = rows.len() == matrix.n_rows();
    let sample = if is_whole { matrix.clone() } else { matrix.take(&rows) };
    let unsorted = match params.linkage {
        Linkage::Single => spanning::merges(&sample, watch)?,
        Linkage::Ward => chain::ward(&sample, watch)?,
        Linkage::Complete => chain::paired(&sample, complete, watch)?,
        Linkage::Average => chain::paired(&sample, average, watch)?,
    };
    let dendrogram = Dendrogram::new(rows, unsorted);
    let sample_labels = dendrogram.cut(params.k);
    let model = HierarchicalModel {
        columns: matrix.names().to_vec(),
        linkage: params.linkage,
        centroids: means(&sample, &sample_labels, params.k),
        cut: dendrogram.heights_at(params.k),
        rows_used: sample.n_rows(),
    };
    let mut labels = if is_whole { sample_labels.clone() } else { model.nearest(matrix) };
    for (row, label) in dendrogram.rows.iter().zip(&sample_labels) {
        labels[*row] = *label;
    }
    Ok(HierarchicalFit { model, labels, dendrogram })
}

/// The distance of a group to two merged ones, from its distances to each.
fn complete(left: f64, right: f64, _: f64, _: f64) -> f64 {
    left.max(right)
}

/// The same by the groups' sizes, which follow their distances.
fn average(left: f64, right: f64, n_left: f64, n_right: f64) -> f64 {
    (n_left * left + n_right * right) / (n_left + n_right)
}

fn means(matrix: &Matrix, labels: &[u32], k: usize) -> Vec<Vec<f64>> {
    let mut sums = vec![vec![0.0; matrix.n_columns()]; k];
    let mut counts = vec![0.0; k];
    let origin = matrix.row(0);
    for (row, &label) in labels.iter().enumerate() {
        counts[label as usize] += 1.0;
        for ((sum, value), start) in sums[label as usize].iter_mut().zip(matrix.row(row)).zip(origin) {
            *sum += value - start;
        }
    }
    for (sums, count) in sums.iter_mut().zip(&counts) {
        sums.iter_mut().zip(origin).for_each(|(sum, start)| *sum = start + *sum / count);
    }
    sums
}

impl HierarchicalModel {
    /// The group of each row of `matrix`: the one with the nearest mean, a tie going to the lower label. For long or bent
    /// groups, as single linkage finds them, that is a rough answer, and merged rows may get another one than the tree's.
    ///
    /// # Errors
    /// [`Error::ColumnsDiffer`] or [`Error::UnknownColumn`] unless the columns are those fitted on; [`Error::OutOfScale`].
    pub fn predict(&self, matrix: &Matrix) -> Result<Vec<u32>> {
        check_columns(self.columns.iter().map(String::as_str), matrix)?;
        let is_sound = self.centroids.iter().all(|it| it.len() == self.columns.len());
        if self.centroids.is_empty() || !is_sound {
            return Err(Error::ColumnsDiffer { expected: self.columns.len(), found: matrix.n_columns() });
        }
        matrix.check_scale()?;
        Ok(self.nearest(matrix))
    }

    fn nearest(&self, matrix: &Matrix) -> Vec<u32> {
        nearest_labels(matrix, &Centroids::new(matrix.n_columns(), self.centroids.concat()))
    }
}

#[cfg(test)]
mod tests;
