//! What naive Bayes sums over rows: how much each class weighs, and its columns' means and squares or counts.

use std::ops::Range;

use crate::Matrix;
use crate::partial::Partial;

/// Each row's class and weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Labels<'a> {
    pub(super) codes: &'a [u32],
    pub(super) n_classes: usize,
    pub(super) weights: Option<&'a [f64]>,
}

impl Labels<'_> {
    fn of(&self, row: usize) -> (usize, f64) {
        (self.codes[row] as usize, self.weights.map_or(1.0, |weights| weights[row]))
    }
}

/// The weight of each class, and the mean and the squared distances from it of each class's columns, class by class.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Moments<'a> {
    labels: Labels<'a>,
    pub(super) weights: Vec<f64>,
    pub(super) means: Vec<f64>,
    pub(super) squares: Vec<f64>,
}

impl<'a> Moments<'a> {
    pub(super) fn new(labels: Labels<'a>, n_columns: usize) -> Self {
        let cells = vec![0.0; labels.n_classes * n_columns];
        Self { labels, weights: vec![0.0; labels.n_classes], means: cells.clone(), squares: cells }
    }

    fn n_columns(&self) -> usize {
        self.means.len() / self.labels.n_classes
    }

    /// The squared distances of each column from its mean over all classes.
    pub(super) fn total_squares(&self) -> Vec<f64> {
        let width = self.n_columns();
        let total: f64 = self.weights.iter().sum();
        let classes = || self.means.chunks_exact(width).zip(self.squares.chunks_exact(width)).zip(&self.weights);
        let square = |column: usize| {
            let mean: f64 = classes().map(|((means, _), weight)| weight / total * means[column]).sum();
            let distance = |((means, squares), weight): ((&[f64], &[f64]), &f64)| {
                squares[column] + weight * (means[column] - mean) * (means[column] - mean)
            };
            classes().map(distance).sum()
        };
        (0..width).map(square).collect()
    }
}

impl Partial for Moments<'_> {
    fn absorb(&mut self, matrix: &Matrix, rows: Range<usize>) {
        let width = self.n_columns();
        for row in rows.clone() {
            let (class, weight) = self.labels.of(row);
            self.weights[class] += weight;
            let means = &mut self.means[class * width..(class + 1) * width];
            means.iter_mut().zip(matrix.row(row)).for_each(|(mean, value)| *mean += weight * value);
        }
        for (means, weight) in self.means.chunks_exact_mut(width).zip(&self.weights) {
            means.iter_mut().filter(|_| *weight > 0.0).for_each(|mean| *mean /= weight);
        }
        for row in rows {
            let (class, weight) = self.labels.of(row);
            let cells = class * width..(class + 1) * width;
            let columns = self.squares[cells.clone()].iter_mut().zip(&self.means[cells]);
            for ((square, mean), value) in columns.zip(matrix.row(row)) {
                *square += weight * (value - mean) * (value - mean);
            }
        }
    }

    fn merge(&mut self, later: Self) {
        let width = self.n_columns();
        for class in 0..self.weights.len() {
            let (own, other) = (self.weights[class], later.weights[class]);
            let sum = own + other;
            if other == 0.0 {
                continue;
            }
            for cell in class * width..(class + 1) * width {
                let apart = later.means[cell] - self.means[cell];
                self.means[cell] += apart * (other / sum);
                self.squares[cell] += later.squares[cell] + apart * apart * (own * (other / sum));
            }
            self.weights[class] = sum;
        }
    }
}

/// The weight of each class, and the sum of each class's columns, class by class: of their values, or of the weights of the
/// rows above a threshold.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Counts<'a> {
    labels: Labels<'a>,
    threshold: Option<f64>,
    pub(super) weights: Vec<f64>,
    pub(super) sums: Vec<f64>,
}

impl<'a> Counts<'a> {
    pub(super) fn new(labels: Labels<'a>, n_columns: usize, threshold: Option<f64>) -> Self {
        let sums = vec![0.0; labels.n_classes * n_columns];
        Self { labels, threshold, weights: vec![0.0; labels.n_classes], sums }
    }
}

impl Partial for Counts<'_> {
    fn absorb(&mut self, matrix: &Matrix, rows: Range<usize>) {
        let width = self.sums.len() / self.labels.n_classes;
        for row in rows {
            let (class, weight) = self.labels.of(row);
            self.weights[class] += weight;
            let sums = self.sums[class * width..(class + 1) * width].iter_mut().zip(matrix.row(row));
            match self.threshold {
                None => sums.for_each(|(sum, value)| *sum += weight * value),
                Some(threshold) => {
                    sums.filter(|(_, value)| **value > threshold).for_each(|(sum, _)| *sum += weight);
                }
            }
        }
    }

    fn merge(&mut self, later: Self) {
        self.weights.iter_mut().zip(later.weights).for_each(|(sum, later)| *sum += later);
        self.sums.iter_mut().zip(later.sums).for_each(|(sum, later)| *sum += later);
    }
}
