//! Facts about trees that need no other program.

mod boosted;
mod grown;
mod shapley;

use crate::Matrix;
use crate::random::{Generator, generator};
use rand::Rng;

/// A matrix of `n_columns` columns, each value one of `n_levels` in steps of 1/8.
pub(super) fn drawn(n_rows: usize, n_columns: usize, n_levels: u32, seed: u64) -> Matrix {
    let mut draws = generator(seed, 0);
    let values = (0..n_rows * n_columns).map(|_| f64::from(draws.gen_range(0..n_levels)) / 8.0).collect();
    named(n_columns, values)
}

pub(super) fn named(n_columns: usize, values: Vec<f64>) -> Matrix {
    Matrix::new((0..n_columns).map(|column| format!("x{column}")).collect(), values).unwrap()
}

/// A number a row: a product, a step and noise.
pub(super) fn numbers(matrix: &Matrix, seed: u64) -> Vec<f64> {
    let mut draws: Generator = generator(seed, 1);
    let rows = matrix.values().chunks_exact(matrix.n_columns());
    rows.map(|row| {
        let step = if row[row.len() - 1] > 1.0 { 1.5 } else { 0.0 };
        row[0] * row[1 % row.len()] + step + draws.gen_range(-0.5..0.5)
    })
    .collect()
}

/// A class a row, by where its number stands among `n_classes` equal parts.
pub(super) fn classes(numbers: &[f64], n_classes: usize) -> Vec<u32> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let below = |number: f64| sorted.partition_point(|other| *other < number);
    numbers.iter().map(|&number| (below(number) * n_classes / numbers.len()) as u32).collect()
}
