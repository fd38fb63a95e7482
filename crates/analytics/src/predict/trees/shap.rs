//! Exact Shapley values of what trees say (TreeSHAP).
//!
//! The game: a coalition of columns is worth what the tree says when the other columns are unknown. Unknown columns follow
//! both ways of a split, by the covers of the training rows ([`shap`], "path-dependent"), or take the values of background
//! rows ([`shap_interventional`]). The values are those of Lundberg et al. (2020).
//!
//! They are computed otherwise. A Shapley value is the mean gain of a column joining a coalition in which every other is with
//! probability `t`, over all `t` from 0 to 1 (Owen 1972). For one leaf with value `v`, where column `j` of its path lets the
//! row through with `o_j` (0 or 1) when known and `z_j` when not, that is `v (o_i − z_i) ∫ Π_{j≠i} (t o_j + (1−t) z_j) dt`: a
//! polynomial that a few Gauss–Legendre nodes integrate exactly. Products of positive numbers lose no digits, however deep the
//! tree, and one walk serves all leaves: nodes × quadrature nodes a row and tree.

use serde::{Deserialize, Serialize};

use super::ensemble::Ensemble;
use super::format::Tree;
use super::quadrature::gauss_legendre;
use crate::predict::supervised::check_columns;
use crate::progress::{Watch, report};
use crate::{Error, Matrix, Result};

/// The stage that progress reports name.
const STAGE: &str = "shap";

/// What each column contributes to what a model says of each row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contributions {
    /// The rows explained.
    pub n_rows: usize,
    /// The numbers the model says of a row.
    pub n_outputs: usize,
    /// The columns.
    pub n_columns: usize,
    /// What is said of a row of which nothing is known, one number an output.
    pub base: Vec<f64>,
    /// The contributions, of shape `(n_rows, n_outputs, n_columns)`: base and contributions of a row sum to what is said.
    pub values: Vec<f64>,
}

impl Contributions {
    /// The contributions of the columns to one output of one row, of length `n_columns`.
    ///
    /// # Panics
    /// When `row` or `output` is not below its number.
    #[must_use]
    pub fn of(&self, row: usize, output: usize) -> &[f64] {
        let start = (row * self.n_outputs + output) * self.n_columns;
        &self.values[start..start + self.n_columns]
    }
}

/// Explains the raw output of `ensemble` (probability of trees and forests, log-odds of boosting, target units of numbers)
/// for the rows of `matrix`; columns that are not known follow the training rows' covers.
///
/// # Errors
/// [`Error::ColumnsDiffer`] or [`Error::UnknownColumn`] for other columns than those of the fit; [`Error::NotAdditive`] when base
/// and contributions of a row do not sum to what the model says of it, up to rounding; [`Error::Cancelled`].
pub fn shap(ensemble: &Ensemble, matrix: &Matrix, watch: &mut Watch<'_>) -> Result<Contributions> {
    let said = ensemble.raw(matrix)?;
    let mut contributions = Contributions::zeros(ensemble, matrix);
    for (position, tree) in ensemble.trees().iter().enumerate() {
        let first = ensemble.first_output(position);
        let mut walk = Walk::new(tree, matrix.n_columns(), ensemble.factor());
        walk.add_expected(&mut contributions.base[first..]);
        for row in 0..matrix.n_rows() {
            walk.pace(watch, position, ensemble.trees().len())?;
            walk.explain(matrix.row(row), None, contributions.row_mut(row, first));
        }
    }
    contributions.check(&said, ensemble)?;
    Ok(contributions)
}

/// Explains like [`shap`], but columns that are not known take the values of the rows of `background`, each counting alike: the
/// base is the mean of what is said of them. Costs `background` rows times as much.
///
/// # Errors
/// Those of [`shap`], of `background` as well.
pub fn shap_interventional(
    ensemble: &Ensemble,
    matrix: &Matrix,
    background: &Matrix,
    watch: &mut Watch<'_>,
) -> Result<Contributions> {
    let said = ensemble.raw(matrix)?;
    check_columns(ensemble.names().iter().map(String::as_str), background)?;
    let mut contributions = Contributions::zeros(ensemble, matrix);
    let factor = ensemble.factor() / background.n_rows() as f64;
    for (position, tree) in ensemble.trees().iter().enumerate() {
        let first = ensemble.first_output(position);
        let mut walk = Walk::new(tree, matrix.n_columns(), factor);
        for other in 0..background.n_rows() {
            let unknown = background.row(other);
            add_scaled(&mut contributions.base[first..], tree.value(tree.leaf(unknown)), factor);
            for row in 0..matrix.n_rows() {
                walk.pace(watch, position, ensemble.trees().len())?;
                walk.explain(matrix.row(row), Some(unknown), contributions.row_mut(row, first));
            }
        }
    }
    contributions.check(&said, ensemble)?;
    Ok(contributions)
}

impl Contributions {
    fn zeros(ensemble: &Ensemble, matrix: &Matrix) -> Self {
        let (n_rows, n_outputs, n_columns) = (matrix.n_rows(), ensemble.n_outputs(), matrix.n_columns());
        let values = vec![0.0; n_rows * n_outputs * n_columns];
        Self { n_rows, n_outputs, n_columns, base: ensemble.base().to_vec(), values }
    }

    /// The contributions to the outputs of `row` from `first` on.
    fn row_mut(&mut self, row: usize, first: usize) -> &mut [f64] {
        let width = self.n_outputs * self.n_columns;
        &mut self.values[row * width + first * self.n_columns..(row + 1) * width]
    }

    /// Base and contributions of a row sum to what is said of it, up to the rounding of numbers as large as the trees say.
    fn check(&self, said: &[f64], ensemble: &Ensemble) -> Result<()> {
        let largest = |tree: &Tree| {
            (0..tree.n_nodes())
                .flat_map(|node| tree.value(node))
                .fold(0.0f64, |most, value| most.max(value.abs()))
        };
        let trees: f64 = ensemble.trees().iter().map(largest).sum::<f64>() * ensemble.factor();
        let tolerance = 1e-9 * ensemble.base().iter().fold(trees, |most, base| most.max(base.abs()));
        for (position, said) in said.iter().enumerate() {
            let (row, output) = (position / self.n_outputs, position % self.n_outputs);
            let sum = self.base[output] + self.of(row, output).iter().sum::<f64>();
            let error = (sum - said).abs();
            if error > tolerance || error.is_nan() {
                return Err(Error::NotAdditive { row });
            }
        }
        Ok(())
    }
}

fn add_scaled(sums: &mut [f64], values: &[f64], factor: f64) {
    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += factor * value);
}

/// What the walk through a tree needs, and its buffers.
struct Walk<'a> {
    tree: &'a Tree,
    n_columns: usize,
    /// The share of a node's training rows that went left.
    shares: Vec<f64>,
    /// Nodes and weights of the integral; the weights include what the tree's answer counts.
    integral: Vec<(f64, f64)>,
    factor: f64,
    /// Whether a column lets the row through to the present node when it is known (0 or 1), and when it is not.
    known: Vec<f64>,
    unknown: Vec<f64>,
    /// By depth: the integrand of the present node, one number a node of the integral.
    products: Vec<f64>,
    /// By depth: the integrands of the leaves below the present node times their values, summed.
    sums: Vec<f64>,
    work: usize,
}

/// The row explained, and the one that stands in for what is not known of it.
#[derive(Clone, Copy)]
struct Rows<'a> {
    known: &'a [f64],
    unknown: Option<&'a [f64]>,
}

impl<'a> Walk<'a> {
    fn new(tree: &'a Tree, n_columns: usize, factor: f64) -> Self {
        let share = |node: usize| {
            tree.split(node).map_or(1.0, |split| {
                let (left, right) = (tree.cover(split.left), tree.cover(split.right));
                left / (left + right)
            })
        };
        let (depth, n_columns_deepest) = extent(tree);
        let mut integral = gauss_legendre(n_columns_deepest.div_ceil(2).max(1));
        integral.iter_mut().for_each(|(_, weight)| *weight *= factor);
        let n_points = integral.len();
        Self {
            tree,
            n_columns,
            shares: (0..tree.n_nodes()).map(share).collect(),
            integral,
            factor,
            known: vec![1.0; n_columns],
            unknown: vec![1.0; n_columns],
            products: vec![1.0; (depth + 1) * n_points],
            sums: vec![0.0; (depth + 1) * n_points * tree.width()],
            work: 0,
        }
    }

    /// Reports about every 10 ms.
    fn pace(&mut self, watch: &mut Watch<'_>, done: usize, total: usize) -> Result<()> {
        const STEPS: usize = 1 << 21;
        self.work += self.tree.n_nodes() * self.integral.len() * self.tree.width();
        if self.work < STEPS {
            return Ok(());
        }
        self.work = 0;
        report(watch, STAGE, done, total)
    }

    /// Adds what the tree says of a row of which nothing is known, by covers.
    fn add_expected(&self, base: &mut [f64]) {
        let mut reach = vec![1.0; self.tree.n_nodes()];
        for node in 0..self.tree.n_nodes() {
            match self.tree.split(node) {
                Some(split) => {
                    reach[split.left] = reach[node] * self.shares[node];
                    reach[split.right] = reach[node] * (1.0 - self.shares[node]);
                }
                None => add_scaled(base, self.tree.value(node), self.factor * reach[node]),
            }
        }
    }

    /// Adds the contributions of the columns to `values`, of shape `(outputs, n_columns)`.
    fn explain(&mut self, known: &[f64], unknown: Option<&[f64]>, values: &mut [f64]) {
        self.descend(0, 0, Rows { known, unknown }, values);
    }

    fn descend(&mut self, node: usize, depth: usize, rows: Rows<'_>, values: &mut [f64]) {
        let n_points = self.integral.len();
        let width = self.tree.width();
        let Some(split) = self.tree.split(node) else {
            let products = &self.products[depth * n_points..(depth + 1) * n_points];
            let sums = &mut self.sums[depth * n_points * width..(depth + 1) * n_points * width];
            for (sums, value) in sums.chunks_exact_mut(n_points).zip(self.tree.value(node)) {
                sums.iter_mut().zip(products).for_each(|(sum, product)| *sum = value * product);
            }
            return;
        };
        let goes_left = |row: &[f64]| f64::from(u8::from(row[split.column] <= split.threshold));
        let known_left = goes_left(rows.known);
        let unknown_left = rows.unknown.map_or(self.shares[node], goes_left);
        let before = (self.known[split.column], self.unknown[split.column]);
        self.sums[depth * n_points * width..(depth + 1) * n_points * width].fill(0.0);
        let sides =
            [(split.left, known_left, unknown_left), (split.right, 1.0 - known_left, 1.0 - unknown_left)];
        for (child, known, unknown) in sides {
            let after = (before.0 * known, before.1 * unknown);
            // Neither knowing the column nor not leads here.
            if after == (0.0, 0.0) {
                continue;
            }
            let (upper, lower) = self.products.split_at_mut((depth + 1) * n_points);
            for ((lower, upper), (t, _)) in
                lower.iter_mut().zip(&upper[depth * n_points..]).zip(&self.integral)
            {
                *lower = upper * (factor_at(after, *t) / factor_at(before, *t));
            }
            (self.known[split.column], self.unknown[split.column]) = after;
            self.descend(child, depth + 1, rows, values);
            (self.known[split.column], self.unknown[split.column]) = before;
            self.collect(split.column, depth, before, after, values);
        }
    }

    /// Adds the child's sums to the node's, and to the column's contribution what its question at the node changes.
    fn collect(
        &mut self,
        column: usize,
        depth: usize,
        before: (f64, f64),
        after: (f64, f64),
        values: &mut [f64],
    ) {
        let n_points = self.integral.len();
        let n_sums = n_points * self.tree.width();
        let (upper, lower) = self.sums.split_at_mut((depth + 1) * n_sums);
        let sums = upper[depth * n_sums..].chunks_exact_mut(n_points).zip(lower.chunks_exact(n_points));
        for ((node, child), values) in sums.zip(values.chunks_exact_mut(self.n_columns)) {
            let mut contribution = 0.0;
            for ((node, child), (t, weight)) in node.iter_mut().zip(child).zip(&self.integral) {
                *node += child;
                let change = (after.0 - after.1) / factor_at(after, *t)
                    - (before.0 - before.1) / factor_at(before, *t);
                contribution += weight * child * change;
            }
            values[column] += contribution;
        }
    }
}

/// How a column lets a row through when it is known with probability `t`.
#[inline]
fn factor_at((known, unknown): (f64, f64), t: f64) -> f64 {
    t * known + (1.0 - t) * unknown
}

/// The depth of the tree, and the most different columns asked on any way to a leaf.
fn extent(tree: &Tree) -> (usize, usize) {
    let mut way: Vec<usize> = Vec::new();
    let (mut deepest, mut most) = (0, 0);
    let mut asked: std::collections::BTreeMap<usize, usize> = std::collections::BTreeMap::new();
    let mut waiting = vec![(0, 0)];
    while let Some((node, depth)) = waiting.pop() {
        while way.len() > depth {
            let column = way.pop().unwrap_or_default();
            if let Some(times) = asked.get_mut(&column) {
                *times -= 1;
                if *times == 0 {
                    asked.remove(&column);
                }
            }
        }
        deepest = deepest.max(depth);
        most = most.max(asked.len());
        if let Some(split) = tree.split(node) {
            way.push(split.column);
            *asked.entry(split.column).or_default() += 1;
            waiting.push((split.right, depth + 1));
            waiting.push((split.left, depth + 1));
        }
    }
    (deepest, most)
}
