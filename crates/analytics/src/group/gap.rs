//! The gap statistic: whether the rows are more clustered than shapeless ones would be (Tibshirani, Walther and Hastie 2001).

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::kmeans::{KMeansParams, fit_kmeans};
use crate::progress::{Watch, report};
use crate::random::{draw_rows, generator};
use crate::reduce::pca::{PcaParams, fit_pca};
use crate::{Error, Matrix, Result};

/// The rows on which the gap statistic is computed; more are sampled.
pub const GAP_ROWS: usize = 1000;

/// The gap at one number of groups.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GapPoint {
    /// Groups.
    pub k: usize,
    /// How much lower the log of the inertia is than in shapeless tables, on average; `None` when nothing varies within.
    pub gap: Option<f64>,
    /// Its standard error, with the variance of the shapeless tables' mean.
    pub gap_error: Option<f64>,
}

/// The gaps of `1..=max_k` groups.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// From one group up.
    pub points: Vec<GapPoint>,
    /// The least number whose gap the next one does not beat by more than its error; 1 means no groups.
    pub k: usize,
    /// The rows used: all, or a sample of [`GAP_ROWS`].
    pub rows_used: usize,
}

/// Compares `matrix`, already on comparable scales, with `n_references` tables drawn evenly over the box of its principal
/// components, by k-means with one to `max_k` groups.
///
/// # Errors
/// [`Error::Parameter`] unless `1 <= max_k <= 30` and `1 <= n_references <= 100`; [`Error::TooFewRows`] below two rows;
/// [`Error::OutOfScale`]; [`Error::Cancelled`].
pub fn gap_statistic(
    matrix: &Matrix,
    max_k: usize,
    n_references: usize,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<Gap> {
    if !(1..=30).contains(&max_k) {
        return Err(Error::Parameter { name: "max_k", range: "a whole number from 1 to 30" });
    }
    if !(1..=100).contains(&n_references) {
        return Err(Error::Parameter { name: "n_references", range: "a whole number from 1 to 100" });
    }
    let scores = components(matrix, seed, watch)?;
    let mut references = Vec::with_capacity(n_references);
    for number in 0..n_references {
        references.push(shapeless(&scores, seed, number as u64)?);
    }
    let mut points = Vec::with_capacity(max_k);
    for k in 1..=max_k {
        let mut logs = Vec::with_capacity(n_references);
        for (number, reference) in references.iter().enumerate() {
            report(watch, "gap", (k - 1) * n_references + number, max_k * n_references)?;
            logs.extend(log_inertia(reference, k, seed, watch)?);
        }
        let (gap, gap_error) = match log_inertia(&scores, k, seed, watch)? {
            Some(own) => gap_of(own, &logs).unzip(),
            None => (None, None),
        };
        points.push(GapPoint { k, gap, gap_error });
    }
    let k = least_unbeaten(points.iter().map(|point| (point.k, point.gap.zip(point.gap_error))));
    Ok(Gap { k: k.unwrap_or(max_k), points, rows_used: scores.n_rows() })
}

/// The rows used, turned to their principal components, along which shapeless rows are drawn.
pub(super) fn components(matrix: &Matrix, seed: u64, watch: &mut Watch<'_>) -> Result<Matrix> {
    let matrix = sampled(matrix, GAP_ROWS, seed);
    fit_pca(&matrix, &PcaParams::default().check()?, watch)?.scores(&matrix)
}

/// The gap and its error from the own log inertia and those of the references.
pub(super) fn gap_of(own: f64, logs: &[f64]) -> Option<(f64, f64)> {
    let n = logs.len() as f64;
    if logs.is_empty() {
        return None;
    }
    let mean = logs.iter().sum::<f64>() / n;
    let variance = logs.iter().map(|log| (log - mean) * (log - mean)).sum::<f64>() / n;
    Some((mean - own, (variance * (1.0 + 1.0 / n)).sqrt()))
}

/// The least `k` whose gap is not beaten by the next one's by more than its error.
pub(super) fn least_unbeaten(points: impl Iterator<Item = (usize, Option<(f64, f64)>)>) -> Option<usize> {
    let points: Vec<_> = points.collect();
    let holds = |pair: &&[(usize, Option<(f64, f64)>)]| match (pair[0].1, pair[1].1) {
        (Some((gap, _)), Some((next, error))) => gap >= next - error,
        _ => false,
    };
    points.windows(2).find(holds).map(|pair| pair[0].0)
}

/// The log of the inertia of k-means; `None` when nothing is left within, or there are fewer different rows.
pub(super) fn log_inertia(
    matrix: &Matrix,
    k: usize,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<Option<f64>> {
    match fit_kmeans(matrix, &quick(k, 3).check()?, seed, watch) {
        Ok(fit) if fit.model.inertia > 0.0 => Ok(Some(fit.model.inertia.ln())),
        Ok(_) | Err(Error::TooFewDistinct { .. } | Error::TooFewRows { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// K-means from a few starts only.
pub(super) fn quick(k: usize, n_init: usize) -> KMeansParams {
    KMeansParams { k, n_init, n_swaps: 0, ..KMeansParams::default() }
}

/// As many rows, each number drawn evenly over its column's range.
pub(super) fn shapeless(matrix: &Matrix, seed: u64, number: u64) -> Result<Matrix> {
    let mut draws = generator(seed, 2000 + number);
    let ranges: Vec<(f64, f64)> = (0..matrix.n_columns())
        .map(|column| {
            let ends = (f64::INFINITY, f64::NEG_INFINITY);
            matrix
                .column(column)
                .into_iter()
                .fold(ends, |(low, high), value| (low.min(value), high.max(value)))
        })
        .collect();
    let row = |_| {
        ranges.iter().map(|(low, high)| low + draws.gen_range(0.0..1.0) * (high - low)).collect::<Vec<f64>>()
    };
    let values = (0..matrix.n_rows()).flat_map(row).collect();
    Matrix::new(matrix.names().to_vec(), values)
}

/// The matrix, or an even draw of `most` of its rows.
pub(super) fn sampled(matrix: &Matrix, most: usize, seed: u64) -> Matrix {
    if matrix.n_rows() <= most {
        return matrix.clone();
    }
    matrix.take(&draw_rows(&mut generator(seed, 1), matrix.n_rows(), most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::unwatched;

    fn rows(n_rows: usize, centres: &[[f64; 2]], seed: u64) -> Matrix {
        let mut draws = generator(seed, 0);
        let values = (0..n_rows * 2)
            .map(|cell| centres[cell / 2 % centres.len()][cell % 2] + draws.gen_range(-1.0..1.0))
            .collect();
        Matrix::new(vec!["x".into(), "y".into()], values).unwrap()
    }

    #[test]
    fn planted_groups_open_the_gap_and_shapeless_rows_do_not() {
        assert_eq!(
            gap_statistic(&rows(300, &[[0.0, 0.0], [6.0, 0.0], [0.0, 6.0]], 1), 6, 5, 1, &mut unwatched)
                .unwrap()
                .k,
            3
        );
        assert_eq!(gap_statistic(&rows(300, &[[0.0, 0.0]], 1), 6, 5, 1, &mut unwatched).unwrap().k, 1);
    }

    #[test]
    fn awkward_tables_give_an_answer_or_an_error() {
        let same = Matrix::new(vec!["x".into()], vec![1.0; 9]).unwrap();
        let gap = gap_statistic(&same, 3, 2, 1, &mut unwatched).unwrap();
        assert!(gap.points.iter().all(|point| point.gap.is_none()));
        let one = Matrix::new(vec!["x".into()], vec![1.0]).unwrap();
        let refused = gap_statistic(&one, 3, 2, 1, &mut unwatched);
        assert_eq!(refused.map_err(|error| error.code()), Err("too-few-rows"));
        assert!(gap_statistic(&same, 0, 2, 1, &mut unwatched).is_err());
        assert!(gap_statistic(&same, 2, 0, 1, &mut unwatched).is_err());
    }
}
