//! Centred cross-products of columns and target, one set a fold: all that coordinate descent needs of the rows.

use std::ops::Range;

use crate::Matrix;
use crate::partial::Partial;
use crate::predict::weighted::{BLOCK_ROWS, Rows, add_products};

/// The cross-products of the rows of one fold around given centres; the target is the last column.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FoldSums {
    pub(super) weight: f64,
    /// The weighted sums of the distances from the centres.
    pub(super) sums: Vec<f64>,
    /// The upper triangle of their weighted products.
    pub(super) products: Vec<f64>,
}

impl FoldSums {
    fn new(width: usize) -> Self {
        Self { weight: 0.0, sums: vec![0.0; width], products: vec![0.0; width * width] }
    }

    fn absorb(&mut self, block: &[f64], weights: Option<&[f64]>, n_rows: usize) {
        let weighted: Vec<f64> = match weights {
            Some(weights) => {
                let scale =
                    |column: &'_ [f64]| column.iter().zip(weights).map(|(a, b)| a * b).collect::<Vec<_>>();
                block.chunks_exact(n_rows).flat_map(scale).collect()
            }
            None => block.to_vec(),
        };
        self.weight += weights.map_or(n_rows as f64, |weights| weights.iter().sum());
        for (sum, column) in self.sums.iter_mut().zip(weighted.chunks_exact(n_rows)) {
            *sum += column.iter().sum::<f64>();
        }
        add_products(&weighted, block, n_rows, self.sums.len(), &mut self.products);
    }

    pub(super) fn add(&mut self, later: &Self) {
        self.weight += later.weight;
        self.sums.iter_mut().zip(&later.sums).for_each(|(sum, later)| *sum += later);
        self.products.iter_mut().zip(&later.products).for_each(|(sum, later)| *sum += later);
    }

    /// What is left of `self` without the rows of `fold`.
    pub(super) fn without(&self, fold: &Self) -> Self {
        let less = |all: &[f64], part: &[f64]| all.iter().zip(part).map(|(all, part)| all - part).collect();
        Self {
            weight: self.weight - fold.weight,
            sums: less(&self.sums, &fold.sums),
            products: less(&self.products, &fold.products),
        }
    }
}

/// The cross-products of every fold: row `r` belongs to fold `r % folds.len()`.
#[derive(Debug)]
pub(super) struct GramSums<'a> {
    rows: Rows<'a>,
    centres: &'a [f64],
    pub(super) folds: Vec<FoldSums>,
}

impl<'a> GramSums<'a> {
    /// `centres` has one number a column and, last, the target's.
    pub(super) fn new(rows: Rows<'a>, centres: &'a [f64], n_folds: usize) -> Self {
        Self { rows, centres, folds: vec![FoldSums::new(centres.len()); n_folds] }
    }
}

impl Partial for GramSums<'_> {
    fn absorb(&mut self, matrix: &Matrix, rows: Range<usize>) {
        let (width, n_folds) = (self.centres.len(), self.folds.len());
        for (fold, sums) in self.folds.iter_mut().enumerate() {
            let first = rows.start + (fold + n_folds - rows.start % n_folds) % n_folds;
            let members: Vec<usize> = (first..rows.end).step_by(n_folds).collect();
            for members in members.chunks(BLOCK_ROWS) {
                let n_rows = members.len();
                let mut block = vec![0.0; width * n_rows];
                for (at, &row) in members.iter().enumerate() {
                    let target = self.rows.target[row];
                    let values = matrix.row(row).iter().chain(std::iter::once(&target));
                    for (column, (value, centre)) in values.zip(self.centres).enumerate() {
                        block[column * n_rows + at] = value - centre;
                    }
                }
                let weights =
                    self.rows.weights.map(|weights| members.iter().map(|&row| weights[row]).collect());
                sums.absorb(&block, weights.as_ref().map(|weights: &Vec<f64>| weights.as_slice()), n_rows);
            }
        }
    }

    fn merge(&mut self, later: Self) {
        self.folds.iter_mut().zip(&later.folds).for_each(|(sum, later)| sum.add(later));
    }
}
