//! Directions along which rows within a class have variance 1 (divisor: all rows) and no covariance.

use std::ops::Range;

use super::{LdaParams, STAGE, Shrinkage, Task};
use crate::partial::Partial;
use crate::predict::linear::{Design, RFactor};
use crate::predict::logistic::Cholesky;
use crate::predict::svd;
use crate::predict::weighted::{BLOCK_ROWS, WeightedSum, add_products, sum_partials};
use crate::progress::Watch;
use crate::{Error, Matrix, Result};

/// The singular value, beside the largest, below which a direction counts as one in which nothing varies.
pub(super) const NOTHING: f64 = 1e-10;

/// Directions, as coefficients of the columns, along which rows within a class have variance 1 and no covariance.
pub(super) type Whitener = Vec<Vec<f64>>;

impl Task<'_> {
    /// The rows `rows` as distances from their class's mean, column after column.
    fn distances(&self, rows: Range<usize>) -> Vec<f64> {
        let n_rows = rows.len();
        let mut block = vec![0.0; self.n_columns() * n_rows];
        for (at, row) in rows.enumerate() {
            let mean = &self.class_means[self.rows.target[row] as usize];
            for (column, (value, mean)) in self.rows.matrix.row(row).iter().zip(mean).enumerate() {
                block[column * n_rows + at] = value - mean;
            }
        }
        block
    }

    /// By the R factor of the rows' distances, each column in its own spread.
    pub(super) fn whiten_rows(&self, watch: &mut Watch<'_>) -> Result<Whitener> {
        let design = Design::unscaled(self.n_columns(), false);
        let fresh = || WithinFactor { task: self, factor: RFactor::new(&design) };
        let triangle = sum_partials(self.rows.matrix, STAGE, watch, fresh)?.factor.columns();
        let n = triangle.n;
        let root = (self.rows.matrix.n_rows() as f64).sqrt();
        let spreads: Vec<f64> = (0..n).map(|column| triangle.column_norm(column, 0) / root).collect();
        let unit = |column: usize| if spreads[column] > 0.0 { 1.0 / (spreads[column] * root) } else { 0.0 };
        let columns =
            (0..n).map(|column| (0..n).map(|row| triangle.entry(row, column) * unit(column)).collect());
        let svd = svd::decompose(columns.collect(), watch)?;
        if svd.values[0] == 0.0 {
            return Err(Error::Separation);
        }
        let varying =
            svd.values.iter().zip(&svd.right).filter(|(value, _)| **value > NOTHING * svd.values[0]);
        let direction = |(value, right): (&f64, &Vec<f64>)| {
            right.iter().enumerate().map(|(column, share)| share * unit(column) * root / value).collect()
        };
        Ok(varying.map(direction).collect())
    }

    /// By the factor of the classes' shrunken covariances, weighted by their priors.
    pub(super) fn whiten_shrunk(&self, params: &LdaParams, watch: &mut Watch<'_>) -> Result<Whitener> {
        let n = self.n_columns();
        let fresh = || Within { task: self, products: vec![vec![0.0; n * n]; self.counts.len()] };
        let products = sum_partials(self.rows.matrix, STAGE, watch, fresh)?.products;
        let covariances: Vec<Vec<f64>> = products
            .iter()
            .zip(self.counts)
            .map(|(products, count)| products.iter().map(|sum| sum / count).collect())
            .collect();
        let fourth = match params.shrinkage {
            Shrinkage::Auto => {
                let fresh =
                    || Fourth { task: self, covariances: &covariances, sums: vec![0.0; self.counts.len()] };
                sum_partials(self.rows.matrix, STAGE, watch, fresh)?.sums
            }
            Shrinkage::None | Shrinkage::Fixed => Vec::new(),
        };
        let mut common = vec![0.0; n * n];
        for (class, covariance) in covariances.into_iter().enumerate() {
            let shrunk = match fourth.get(class) {
                Some(&fourth) => shrink_standardized(covariance, n, fourth, self.counts[class]),
                None => shrink(covariance, n, params.amount),
            };
            common.iter_mut().zip(shrunk).for_each(|(sum, value)| *sum += self.priors[class] * value);
        }
        whiten_covariance(&common, n).map_err(|column| match column {
            Some(column) => Error::Collinear { column: self.rows.matrix.names()[column].clone() },
            None => Error::Separation,
        })
    }
}

/// The covariance drawn towards a ball of the same trace; both are upper triangles.
fn shrink(mut covariance: Vec<f64>, n: usize, amount: f64) -> Vec<f64> {
    let mean = (0..n).map(|at| covariance[at * (n + 1)]).sum::<f64>() / n as f64;
    covariance.iter_mut().for_each(|cell| *cell *= 1.0 - amount);
    (0..n).for_each(|at| covariance[at * (n + 1)] += amount * mean);
    covariance
}

/// The same on columns in their own spreads, by Ledoit and Wolf's share; `fourth` is the sum of the rows' squared squared lengths.
fn shrink_standardized(covariance: Vec<f64>, n: usize, fourth: f64, count: f64) -> Vec<f64> {
    let spread = |at: usize| {
        let variance = covariance[at * (n + 1)];
        if variance > 0.0 { variance.sqrt() } else { 1.0 }
    };
    let spreads: Vec<f64> = (0..n).map(spread).collect();
    let scaled: Vec<f64> =
        (0..n * n).map(|at| covariance[at] / (spreads[at / n] * spreads[at % n])).collect();
    let p = n as f64;
    let trace: f64 = (0..n).map(|at| scaled[at * (n + 1)]).sum();
    let squares: f64 = (0..n)
        .flat_map(|row| (row..n).map(move |column| (row, column)))
        .map(|(row, column)| scaled[row * n + column].powi(2) * if row == column { 1.0 } else { 2.0 })
        .sum();
    let distance = squares - trace * trace / p;
    let noise = ((fourth / count - squares) / count).min(distance);
    let amount = if noise > 0.0 && distance > 0.0 { noise / distance } else { 0.0 };
    let shrunk = shrink(scaled, n, amount);
    (0..n * n).map(|at| shrunk[at] * spreads[at / n] * spreads[at % n]).collect()
}

/// The rows of the inverse of the covariance's factor, scaled columns first; the position of a dependent column as error.
fn whiten_covariance(upper: &[f64], n: usize) -> std::result::Result<Whitener, Option<usize>> {
    let spreads: Vec<f64> = (0..n).map(|at| upper[at * (n + 1)].sqrt()).collect();
    if spreads.iter().all(|&spread| spread == 0.0) {
        return Err(None);
    }
    let unit = |at: usize| if spreads[at] > 0.0 { 1.0 / spreads[at] } else { 0.0 };
    let scaled: Vec<f64> = (0..n * n).map(|at| upper[at] * unit(at / n) * unit(at % n)).collect();
    let factor = Cholesky::new(&scaled, n, 1e-12).map_err(Some)?;
    let direction =
        |at: usize| factor.inverse_row(at).into_iter().enumerate().map(|(c, v)| v * unit(c)).collect();
    Ok((0..n).map(direction).collect())
}

/// The R factor of the distances from class means.
pub(super) struct WithinFactor<'a> {
    pub(super) task: &'a Task<'a>,
    pub(super) factor: RFactor,
}

impl Partial for WithinFactor<'_> {
    fn absorb(&mut self, matrix: &Matrix, rows: Range<usize>) {
        for start in rows.clone().step_by(BLOCK_ROWS) {
            let rows = start..(start + BLOCK_ROWS).min(rows.end);
            let n_rows = rows.len();
            let mut block = self.task.distances(rows);
            block.resize((matrix.n_columns() + 1) * n_rows, 0.0);
            self.factor.fold(&mut block, n_rows);
        }
    }

    fn merge(&mut self, later: Self) {
        self.factor.merge(later.factor);
    }
}

/// The products of each class's distances from its mean, upper triangles.
pub(super) struct Within<'a> {
    pub(super) task: &'a Task<'a>,
    pub(super) products: Vec<Vec<f64>>,
}

impl Partial for Within<'_> {
    fn absorb(&mut self, matrix: &Matrix, rows: Range<usize>) {
        for (class, products) in self.products.iter_mut().enumerate() {
            let is_member = |row: &usize| self.task.rows.target[*row] as usize == class;
            let members: Vec<usize> = rows.clone().filter(is_member).collect();
            for members in members.chunks(BLOCK_ROWS) {
                let n_rows = members.len();
                let mut block = vec![0.0; matrix.n_columns() * n_rows];
                for (at, &row) in members.iter().enumerate() {
                    let values = matrix.row(row).iter().zip(&self.task.class_means[class]);
                    for (column, (value, mean)) in values.enumerate() {
                        block[column * n_rows + at] = value - mean;
                    }
                }
                add_products(&block, &block, n_rows, matrix.n_columns(), products);
            }
        }
    }

    fn merge(&mut self, later: Self) {
        for (products, later) in self.products.iter_mut().zip(later.products) {
            products.iter_mut().zip(later).for_each(|(sum, later)| *sum += later);
        }
    }
}

/// The squares of the rows' squared lengths in their class's spreads, summed class by class.
struct Fourth<'a> {
    task: &'a Task<'a>,
    covariances: &'a [Vec<f64>],
    sums: Vec<f64>,
}

impl Partial for Fourth<'_> {
    fn absorb(&mut self, matrix: &Matrix, rows: Range<usize>) {
        let n = matrix.n_columns();
        for row in rows {
            let class = self.task.rows.target[row] as usize;
            let (mean, covariance) = (&self.task.class_means[class], &self.covariances[class]);
            let square = |(column, (value, mean)): (usize, (&f64, &f64))| {
                let variance = covariance[column * (n + 1)];
                if variance > 0.0 { (value - mean) * (value - mean) / variance } else { 0.0 }
            };
            let length: f64 = matrix.row(row).iter().zip(mean).enumerate().map(square).sum();
            self.sums[class] += length * length;
        }
    }

    fn merge(&mut self, later: Self) {
        self.sums.iter_mut().zip(later.sums).for_each(|(sum, later)| *sum += later);
    }
}
