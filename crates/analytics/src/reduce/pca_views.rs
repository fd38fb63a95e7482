//! What components show beyond their scores: whitened rows, a biplot, and how many of them are worth keeping.

use serde::{Deserialize, Serialize};

use super::pca::PcaModel;
use crate::progress::{Watch, report};
use crate::random::{draw_rows, generator};
use crate::reduce::eigen::decompose_symmetric;
use crate::{Error, Matrix, Result};

/// The rows that parallel analysis shuffles; more are sampled.
const PARALLEL_ROWS: usize = 2000;
/// Shuffled tables it compares with.
const N_SHUFFLES: usize = 20;
/// A component whose variance is below this part of the largest is rounding, and not scaled up to 1.
const LEAST_VARIANCE: f64 = 1e-12;

/// Rows and columns in one picture (Gabriel 1971).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Biplot {
    /// The components across and up, from 0.
    pub axes: (usize, usize),
    /// One point a row, in the rows' order; with `rows` when only some are drawn.
    pub points: Vec<(f64, f64)>,
    /// The rows of the points.
    pub rows: Vec<usize>,
    /// One arrow a column, from the origin.
    pub arrows: Vec<Arrow>,
    /// The share of the variance in the picture.
    pub share: f64,
}

/// A column in a biplot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arrow {
    /// The column.
    pub column: String,
    /// The covariance of column and component over the component's standard deviation: for standardized columns their
    /// correlation, so that an arrow reaching the unit circle is shown whole.
    pub tip: (f64, f64),
}

/// One component's part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScreePoint {
    /// The component, from 1.
    pub component: usize,
    /// Its variance.
    pub variance: f64,
    /// Its share of the total.
    pub share: f64,
    /// The share of it and all before.
    pub cumulative: f64,
    /// The 95th percentile of the variance that the component of this rank has in shuffled columns.
    pub by_chance: Option<f64>,
}

/// How variance falls from component to component, and two hints on how many to keep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scree {
    /// One entry a component.
    pub points: Vec<ScreePoint>,
    /// Components with more variance than a column has on average (Kaiser 1960).
    pub by_kaiser: usize,
    /// Components, from the first, with more variance than shuffled columns give (Horn 1965): 0 when columns are unrelated.
    pub by_parallel: usize,
}

impl PcaModel {
    /// The scores of `matrix`'s rows over each component's standard deviation: uncorrelated, of variance 1 over the rows of the
    /// fit (divisor `n - 1`, as scikit-learn's `whiten`). A component without variance stays 0.
    ///
    /// # Errors
    /// As [`PcaModel::scores`].
    pub fn whitened(&self, matrix: &Matrix) -> Result<Matrix> {
        let scores = self.scores(matrix)?;
        let scales = self.scales();
        let values = scores
            .values()
            .chunks_exact(scales.len())
            .flat_map(|row| row.iter().zip(&scales).map(|(score, scale)| score * scale));
        Matrix::new(scores.names().to_vec(), values.collect())
    }

    /// One over each component's standard deviation, 0 for one that is rounding only.
    fn scales(&self) -> Vec<f64> {
        let least = self.variances.first().copied().unwrap_or(0.0) * LEAST_VARIANCE;
        let scale = |variance: &f64| if *variance > least { 1.0 / variance.sqrt() } else { 0.0 };
        self.variances.iter().map(scale).collect()
    }

    /// Rows as whitened scores and columns as arrows along two components, from 0: the product of a point and an arrow
    /// approaches the row's distance from the column's mean. At most `most` rows, evenly drawn.
    ///
    /// # Errors
    /// [`Error::Parameter`] for components the model does not have, or `most` of 0; as [`PcaModel::scores`].
    pub fn biplot(&self, matrix: &Matrix, axes: (usize, usize), most: usize, seed: u64) -> Result<Biplot> {
        let n_components = self.loadings.len();
        if axes.0 >= n_components || axes.1 >= n_components {
            return Err(Error::Parameter { name: "axes", range: "two of the model's components" });
        }
        if most == 0 {
            return Err(Error::Parameter { name: "most", range: "at least 1" });
        }
        let rows = draw_rows(&mut generator(seed, 0), matrix.n_rows(), most);
        let drawn = if rows.len() == matrix.n_rows() { matrix.clone() } else { matrix.take(&rows) };
        let scores = self.whitened(&drawn)?;
        let arrow = |(at, column): (usize, &String)| {
            let tip = |axis: usize| self.loadings[axis][at] * self.variances[axis].sqrt();
            Arrow { column: column.clone(), tip: (tip(axes.0), tip(axes.1)) }
        };
        Ok(Biplot {
            axes,
            points: scores
                .values()
                .chunks_exact(n_components)
                .map(|row| (row[axes.0], row[axes.1]))
                .collect(),
            rows,
            arrows: self.columns.iter().enumerate().map(arrow).collect(),
            share: self.ratios[axes.0] + if axes.0 == axes.1 { 0.0 } else { self.ratios[axes.1] },
        })
    }
}

/// How variance falls over the components of `model`, beside what columns shuffled each by itself give: parallel analysis
/// (Horn 1965; Buja and Eyuboglu 1992) with 20 shuffles of at most 2,000 rows and at most 100 columns; past that `by_chance` is
/// absent and `by_parallel` counts as Kaiser does.
///
/// # Errors
/// [`Error::ColumnsDiffer`] for other columns; [`Error::OutOfScale`]; [`Error::Cancelled`].
pub fn scree(model: &PcaModel, matrix: &Matrix, seed: u64, watch: &mut Watch<'_>) -> Result<Scree> {
    let width = model.columns.len();
    if matrix.names() != model.columns.as_slice() {
        return Err(Error::ColumnsDiffer { expected: width, found: matrix.n_columns() });
    }
    matrix.check_scale()?;
    let by_chance =
        if width <= 100 && matrix.n_rows() > 2 { Some(chance(matrix, seed, watch)?) } else { None };
    let mut cumulative = 0.0;
    let point = |(at, (&variance, &share)): (usize, (&f64, &f64))| {
        cumulative += share;
        let by_chance = by_chance.as_ref().map(|chance| chance[at]);
        ScreePoint { component: at + 1, variance, share, cumulative, by_chance }
    };
    let points: Vec<ScreePoint> = model.variances.iter().zip(&model.ratios).enumerate().map(point).collect();
    // Shares above 1/p are variances above the mean one.
    let by_kaiser = points.iter().filter(|point| point.share * width as f64 > 1.0 + 1e-12).count();
    let beats = |point: &&ScreePoint| point.by_chance.is_some_and(|chance| point.variance > chance);
    let by_parallel = if by_chance.is_some() { points.iter().take_while(beats).count() } else { by_kaiser };
    Ok(Scree { points, by_kaiser, by_parallel })
}

/// The 95th percentile of each ranked variance over tables whose columns were shuffled, each by itself.
fn chance(matrix: &Matrix, seed: u64, watch: &mut Watch<'_>) -> Result<Vec<f64>> {
    let width = matrix.n_columns();
    let rows = draw_rows(&mut generator(seed, 1), matrix.n_rows(), PARALLEL_ROWS);
    let mut columns: Vec<Vec<f64>> =
        (0..width).map(|column| rows.iter().map(|&row| matrix.row(row)[column]).collect()).collect();
    let n = rows.len() as f64;
    for column in &mut columns {
        let mean = column.iter().map(|value| value / n).sum::<f64>();
        column.iter_mut().for_each(|value| *value -= mean);
    }
    let mut ranked: Vec<Vec<f64>> = vec![Vec::with_capacity(N_SHUFFLES); width];
    for number in 0..N_SHUFFLES {
        report(watch, "scree", number, N_SHUFFLES)?;
        let mut draws = generator(seed, 2 + number as u64);
        for column in &mut columns {
            for at in (1..column.len()).rev() {
                column.swap(at, crate::random::draw_below(&mut draws, at + 1));
            }
        }
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / (n - 1.0);
        let cell = |at: usize| dot(&columns[at / width], &columns[at % width]);
        let covariance = (0..width * width).map(cell).collect();
        for (all, value) in ranked.iter_mut().zip(decompose_symmetric(covariance, width, watch)?.values) {
            all.push(value);
        }
    }
    let high = |mut all: Vec<f64>| {
        all.sort_by(f64::total_cmp);
        crate::profile::quantile(&all, 0.95)
    };
    Ok(ranked.into_iter().map(high).collect())
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;
    use crate::progress::unwatched;
    use crate::reduce::pca::{PcaParams, fit_pca};

    fn fit(matrix: &Matrix) -> PcaModel {
        fit_pca(matrix, &PcaParams::default().check().unwrap(), &mut unwatched).unwrap()
    }

    /// Two hidden factors behind six columns.
    fn factors(n_rows: usize) -> Matrix {
        let mut draws = generator(3, 0);
        let values = (0..n_rows).flat_map(|_| {
            let mut even = || draws.gen_range(-1.0..1.0);
            let (a, b) = (even(), even());
            [a, a, a, b, b, b].map(|factor| factor + 0.3 * even())
        });
        Matrix::new((0..6).map(|it| format!("x{it}")).collect(), values.collect()).unwrap()
    }

    #[test]
    fn whitened_rows_are_uncorrelated_with_variance_one() {
        let matrix = factors(300);
        let white = fit(&fit(&matrix).whitened(&matrix).unwrap());
        // 300 squares near 1: rounding stays far below 1e-10.
        assert!(white.variances.iter().all(|variance| (variance - 1.0).abs() < 1e-10));
        let flat = Matrix::new(vec!["x".into(), "y".into()], vec![1.0, 5.0, 2.0, 5.0, 4.0, 5.0]).unwrap();
        let white = fit(&flat).whitened(&flat).unwrap();
        assert!(white.column(1).iter().all(|value| *value == 0.0));
    }

    #[test]
    fn points_times_arrows_give_the_table_back() {
        let rows = [1.0, 2.0, 3.0, -1.0, 0.0, 5.0, 2.0, 2.5];
        let matrix = Matrix::new(vec!["x".into(), "y".into()], rows.to_vec()).unwrap();
        let model = fit(&matrix);
        let biplot = model.biplot(&matrix, (0, 1), 100, 1).unwrap();
        for (point, row) in biplot.points.iter().zip(rows.chunks_exact(2)) {
            for ((arrow, value), mean) in biplot.arrows.iter().zip(row).zip(&model.means) {
                assert!((point.0 * arrow.tip.0 + point.1 * arrow.tip.1 + mean - value).abs() < 1e-12);
            }
        }
        assert!((biplot.share - 1.0).abs() < 1e-12);
        assert_eq!(model.biplot(&matrix, (0, 1), 2, 1).unwrap().points.len(), 2);
        assert!(model.biplot(&matrix, (0, 2), 2, 1).is_err() && model.biplot(&matrix, (0, 1), 0, 1).is_err());
    }

    #[test]
    fn both_hints_see_the_hidden_factors_and_chance_sees_none() {
        let matrix = factors(400);
        let found = scree(&fit(&matrix), &matrix, 1, &mut unwatched).unwrap();
        assert_eq!((found.by_kaiser, found.by_parallel), (2, 2));
        assert!((found.points[5].cumulative - 1.0).abs() < 1e-12);
        let mut draws = generator(9, 0);
        let names = (0..6).map(|it| format!("x{it}")).collect();
        let noise = Matrix::new(names, (0..2400).map(|_| draws.gen_range(-1.0..1.0)).collect()).unwrap();
        assert_eq!(scree(&fit(&noise), &noise, 1, &mut unwatched).unwrap().by_parallel, 0);
    }
}
