//! Tables of numbers: columns `x0`, `x1`, … and a target `y`.

use std::path::Path;

use anyhow::Result;

use super::draw::Draw;
use super::{Columns, N_UNSEEN};

fn named(n_columns: usize) -> Vec<String> {
    (0..n_columns).map(|at| format!("x{at}.f64")).chain(["y.f64".to_owned()]).collect()
}

/// Writes `n_rows` rows that `row` draws: the numbers, and the target.
fn write(
    folder: &Path,
    n_columns: usize,
    n_rows: usize,
    draw: &mut Draw,
    mut row: impl FnMut(&mut Draw, &mut [f64]) -> f64,
) -> Result<()> {
    let mut columns = Columns::create(folder, &named(n_columns))?;
    let mut values = vec![0.0; n_columns];
    for _ in 0..n_rows {
        let target = row(draw, &mut values);
        for (column, &value) in values.iter().enumerate() {
            columns.number(column, value)?;
        }
        columns.number(n_columns, target)?;
    }
    columns.finish()
}

fn product(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

/// Clusters as wide as their centres are apart, so that no start finds them at once.
pub(super) fn blobs(folder: &Path, n_columns: usize, k: usize, n_rows: usize) -> Result<()> {
    let mut draw = Draw::new(11 + n_columns as u64);
    let centres: Vec<Vec<f64>> = (0..k).map(|_| draw.normals(n_columns)).collect();
    let slopes = draw.normals(n_columns);
    write(folder, n_columns, n_rows, &mut draw, |draw, values| {
        let centre = &centres[draw.below(k)];
        values.iter_mut().zip(centre).for_each(|(value, centre)| *value = centre + draw.normal());
        3.0 + product(values, &slopes) + draw.normal()
    })
}

pub(super) fn factors(folder: &Path, n_rows: usize) -> Result<()> {
    const N_COLUMNS: usize = 16;
    const N_FACTORS: usize = 4;
    let mut draw = Draw::new(23);
    let weights: Vec<Vec<f64>> = (0..N_COLUMNS).map(|_| draw.normals(N_FACTORS)).collect();
    let slopes = draw.normals(N_COLUMNS);
    write(folder, N_COLUMNS, n_rows, &mut draw, |draw, values| {
        let mut hidden = draw.normals(N_FACTORS);
        // Strong and weak factors, so that the components are told apart.
        hidden.iter_mut().zip([3.0, 2.0, 1.0, 0.5]).for_each(|(one, size)| *one *= size);
        for (at, value) in values.iter_mut().enumerate() {
            *value = 10.0 * at as f64 + product(&hidden, &weights[at]) + 0.5 * draw.normal();
        }
        product(values, &slopes) + draw.normal()
    })
}

pub(super) fn classes(folder: &Path, n_rows: usize) -> Result<()> {
    const N_COLUMNS: usize = 20;
    let mut draw = Draw::new(37);
    let slopes: Vec<f64> = draw.normals(N_COLUMNS).into_iter().map(|slope| 0.5 * slope).collect();
    write(folder, N_COLUMNS, n_rows, &mut draw, |draw, values| {
        let common = draw.normal();
        values.iter_mut().for_each(|value| *value = 0.4 * common + draw.normal());
        let chance = 1.0 / (1.0 + (0.7 - product(values, &slopes)).exp());
        f64::from(draw.share() < chance)
    })
}

pub(super) fn shapes(folder: &Path, unseen: &Path, n_rows: usize) -> Result<()> {
    const N_COLUMNS: usize = 20;
    // The rows for judging come first, so that they are the same for every length.
    let mut draw = Draw::new(41);
    let row = |draw: &mut Draw, values: &mut [f64]| {
        values.iter_mut().for_each(|value| *value = draw.normal());
        let score = values[0] * values[1] + (2.0 * values[2]).sin() + values[3].powi(2) - 1.0
            + 0.5 * values[4] * values[5] * values[6]
            + 0.3 * values[7];
        let is_yes = score + 0.4 * draw.normal() > 0.0;
        f64::from(is_yes != (draw.share() < 0.03))
    };
    write(unseen, N_COLUMNS, N_UNSEEN, &mut draw, row)?;
    write(folder, N_COLUMNS, n_rows, &mut draw, row)
}
