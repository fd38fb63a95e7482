//! Trees that answer together: the one form of a fitted tree, forest or boosting.

use serde::{Deserialize, Serialize};

use super::format::Tree;
use crate::predict::supervised::check_columns;
use crate::{Matrix, Result};

/// The rows that pass all trees together, so that both stay near.
const BLOCK_ROWS: usize = 256;

/// How the answers of trees become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Combine {
    /// Their sum.
    Sum,
    /// Their mean.
    Mean,
}

/// Trees over named columns.
///
/// A row's output `k` is `base[k]` plus the sum or mean of what trees say of it. A tree as wide as the outputs says all of
/// them; narrower trees say one each, in turn: tree `t` says output `t % n_outputs`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Parts")]
pub struct Ensemble {
    names: Vec<String>,
    n_classes: Option<usize>,
    base: Vec<f64>,
    combine: Combine,
    trees: Vec<Tree>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    names: Vec<String>,
    n_classes: Option<usize>,
    base: Vec<f64>,
    combine: Combine,
    trees: Vec<Tree>,
}

impl TryFrom<Parts> for Ensemble {
    type Error = &'static str;

    fn try_from(parts: Parts) -> std::result::Result<Self, Self::Error> {
        let Parts { names, n_classes, base, combine, trees } = parts;
        Self::new(names, n_classes, base, combine, trees)
    }
}

impl Ensemble {
    /// Checks that the trees ask for `names` alone and say as many numbers as `base` has: one for a number (`n_classes` is
    /// `None`) or for two classes, else one a class.
    ///
    /// # Errors
    /// Says which of these does not hold.
    pub fn new(
        names: Vec<String>,
        n_classes: Option<usize>,
        base: Vec<f64>,
        combine: Combine,
        trees: Vec<Tree>,
    ) -> std::result::Result<Self, &'static str> {
        if names.is_empty() || base.is_empty() || !base.iter().all(|value| value.is_finite()) {
            return Err("an ensemble needs columns and a finite base");
        }
        let n_outputs = match n_classes {
            None | Some(2) => 1,
            Some(n_classes) => n_classes,
        };
        if n_classes.is_some_and(|n_classes| n_classes < 2) || n_outputs != base.len() {
            return Err("an ensemble's base does not fit its classes");
        }
        let width = trees.first().map_or(base.len(), Tree::width);
        if trees.iter().any(|tree| tree.width() != width) || (width != base.len() && width != 1) {
            return Err("an ensemble's trees differ in what they say");
        }
        if width != base.len() && (combine == Combine::Mean || !trees.len().is_multiple_of(base.len())) {
            return Err("an ensemble's trees do not take turns evenly");
        }
        match trees.iter().all(|tree| tree.fits(names.len())) {
            true => Ok(Self { names, n_classes, base, combine, trees }),
            false => Err("an ensemble's trees ask for columns it does not have"),
        }
    }

    /// The columns' names, in order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The number of classes; `None` for numbers.
    #[must_use]
    pub fn n_classes(&self) -> Option<usize> {
        self.n_classes
    }

    /// What is said before any tree, one number an output.
    #[must_use]
    pub fn base(&self) -> &[f64] {
        &self.base
    }

    /// The trees.
    #[must_use]
    pub fn trees(&self) -> &[Tree] {
        &self.trees
    }

    /// The numbers said of a row: 1 for a number or two classes (the positive one's), else one a class.
    #[must_use]
    pub fn n_outputs(&self) -> usize {
        self.base.len()
    }

    /// What each tree's answer counts.
    #[must_use]
    pub fn factor(&self) -> f64 {
        match self.combine {
            Combine::Sum => 1.0,
            Combine::Mean => 1.0 / self.trees.len().max(1) as f64,
        }
    }

    /// The first output that tree `tree` says.
    pub(super) fn first_output(&self, tree: usize) -> usize {
        if self.trees[tree].width() == self.n_outputs() { 0 } else { tree % self.n_outputs() }
    }

    /// What is said of the rows of `matrix`, of shape `(n_rows, n_outputs)`, row by row.
    ///
    /// # Errors
    /// [`crate::Error::ColumnsDiffer`] or [`crate::Error::UnknownColumn`] for other columns than those of the fit.
    pub fn raw(&self, matrix: &Matrix) -> Result<Vec<f64>> {
        check_columns(self.names.iter().map(String::as_str), matrix)?;
        let n_outputs = self.n_outputs();
        let mut sums = vec![0.0; matrix.n_rows() * n_outputs];
        let rows = matrix.values().chunks(BLOCK_ROWS * matrix.n_columns());
        for (rows, sums) in rows.zip(sums.chunks_mut(BLOCK_ROWS * n_outputs)) {
            for (position, tree) in self.trees.iter().enumerate() {
                let first = self.first_output(position);
                for (row, sums) in rows.chunks_exact(matrix.n_columns()).zip(sums.chunks_exact_mut(n_outputs))
                {
                    let said = tree.value(tree.leaf(row));
                    for (sum, said) in sums[first..].iter_mut().zip(said) {
                        *sum += said;
                    }
                }
            }
        }
        for sums in sums.chunks_exact_mut(n_outputs) {
            for (sum, base) in sums.iter_mut().zip(&self.base) {
                *sum = match self.combine {
                    Combine::Sum => base + *sum,
                    Combine::Mean => base + *sum / self.trees.len().max(1) as f64,
                };
            }
        }
        Ok(sums)
    }

    /// The share of each column in what the splits gained on the training rows; all 0 without a split.
    ///
    /// Each tree of a mean counts alike; the trees of a sum count by what they gained.
    #[must_use]
    pub fn importances(&self) -> Vec<f64> {
        let mut shares = vec![0.0; self.names.len()];
        for tree in &self.trees {
            let gained: f64 = (0..tree.n_nodes()).map(|node| tree.gain(node)).sum();
            let unit = if self.combine == Combine::Mean { gained } else { 1.0 };
            if gained > 0.0 {
                for node in 0..tree.n_nodes() {
                    if let Some(split) = tree.split(node) {
                        shares[split.column] += tree.gain(node) / unit;
                    }
                }
            }
        }
        let total: f64 = shares.iter().sum();
        if total > 0.0 {
            shares.iter_mut().for_each(|share| *share /= total);
        }
        shares
    }
}
