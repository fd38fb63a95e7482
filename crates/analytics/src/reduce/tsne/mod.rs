//! A picture of rows with many columns: near rows stay near, and little else means anything.
//!
//! Distances between groups, the size of groups and empty space are made by the method, not by the data; the same rows with
//! another seed or perplexity give another picture. It is a picture to look at, never an input to another method.

mod affinity;
mod forces;
mod trust;

use rand::Rng;
use serde::{Deserialize, Serialize};

pub use trust::trustworthiness;

use crate::progress::{Watch, report};
use crate::random::{draw_rows, generator};
use crate::reduce::pca::{PcaParams, fit_pca};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Matrix, Result};
use affinity::Affinities;
use forces::Forces;

/// Up to so many rows every pair repels exactly; past it, far groups of rows repel as one (Barnes–Hut).
pub const EXACT_ROWS: usize = 2000;
/// How much stronger near rows attract at first, and for how many steps.
const EXAGGERATION: f64 = 12.0;
const EXAGGERATED_STEPS: usize = 250;
/// The spread of the first component at the start.
const START_SPREAD: f64 = 1e-4;
const LEAST_GAIN: f64 = 0.01;
/// The size of all forces together below which nothing moves any more.
const LEAST_FORCE: f64 = 1e-7;

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "tsne",
    family: Family::Reduce,
    summary: "Draws rows as a picture in which near rows stay near; distances between groups in it mean little.",
    parameters: &[
        Parameter {
            name: "perplexity",
            kind: Kind::Number { min: 1.0, max: 500.0 },
            default: "30.0",
            doc: "About how many neighbours each row keeps near; lowered to a third of the rows when they are few.",
        },
        Parameter {
            name: "n_iterations",
            kind: Kind::Integer { min: 250, max: 10_000 },
            default: "1000",
            doc: "Steps.",
        },
        Parameter {
            name: "max_rows",
            kind: Kind::Integer { min: 4, max: 20_000 },
            default: "5000",
            doc: "Rows drawn at most, evenly.",
        },
    ],
    formula: "minimise Σ p ln(p/q), p Gaussian among rows, q ∝ 1/(1 + d²) in the picture",
    source: "van der Maaten and Hinton (2008); van der Maaten (2014), Barnes–Hut; Kobak and Berens (2019), start by components",
    cost: "time n² a step up to 2,000 rows, n·ln n past that; memory n·perplexity",
};

/// How the picture is drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TsneParams {
    /// About how many neighbours count, `1..=500`.
    pub perplexity: f64,
    /// Steps, `250..=10_000`.
    pub n_iterations: usize,
    /// Rows drawn at most, `4..=20_000`.
    pub max_rows: usize,
}

impl Default for TsneParams {
    fn default() -> Self {
        Self { perplexity: 30.0, n_iterations: 1000, max_rows: 5000 }
    }
}

impl TsneParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first one outside.
    pub fn check(&self) -> Result<()> {
        let refuse = |name, range| Err(Error::Parameter { name, range });
        if !(1.0..=500.0).contains(&self.perplexity) {
            return refuse("perplexity", "a number from 1 to 500");
        }
        if !(250..=10_000).contains(&self.n_iterations) {
            return refuse("n_iterations", "a whole number from 250 to 10000");
        }
        if !(4..=20_000).contains(&self.max_rows) {
            return refuse("max_rows", "a whole number from 4 to 20000");
        }
        Ok(())
    }
}

/// A picture of rows. It holds for these rows only: there is no way to place others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tsne {
    /// One point a row drawn, about the origin; axes have no meaning and no unit.
    pub points: Vec<(f64, f64)>,
    /// The rows of the points, ascending.
    pub rows: Vec<usize>,
    /// The perplexity used, lower than asked for when rows are few.
    pub perplexity: f64,
    /// The divergence left: comparable between runs on the same rows and perplexity only.
    pub divergence: f64,
    /// Steps done.
    pub iterations: usize,
    /// Whether every pair of rows repelled exactly.
    pub is_exact: bool,
}

/// Draws the rows of `matrix`, already on comparable scales, starting from their principal components.
///
/// Equal rows and a single column are no trouble; rows that are all alike make a small cloud. The same rows, parameters and
/// seed give the same picture on every machine.
///
/// # Errors
/// [`Error::TooFewRows`] below 4 rows; [`Error::TooManyColumns`] past those that principal components take;
/// [`Error::Parameter`]; [`Error::OutOfScale`]; [`Error::Cancelled`].
pub fn fit_tsne(matrix: &Matrix, params: &TsneParams, seed: u64, watch: &mut Watch<'_>) -> Result<Tsne> {
    params.check()?;
    matrix.check_scale()?;
    if matrix.n_rows() < 4 {
        return Err(Error::TooFewRows { needed: 4, found: matrix.n_rows() });
    }
    let rows = draw_rows(&mut generator(seed, 0), matrix.n_rows(), params.max_rows);
    let drawn = if rows.len() == matrix.n_rows() { matrix.clone() } else { matrix.take(&rows) };
    let perplexity = params.perplexity.min((rows.len() - 1) as f64 / 3.0);
    let affinities = Affinities::of(&drawn, perplexity, watch)?;
    let mut places = start(&drawn, seed, watch)?;
    let mut forces = Forces::new(rows.len());
    let iterations = descend(&affinities, &mut places, &mut forces, params.n_iterations, watch)?;
    let divergence = forces.divergence(&affinities, &places);
    Ok(Tsne {
        points: places.chunks_exact(2).map(|place| (place[0], place[1])).collect(),
        is_exact: rows.len() <= EXACT_ROWS,
        rows,
        perplexity,
        divergence,
        iterations,
    })
}

/// The first two components, tiny, with a hundredth of noise, so that equal rows can part.
fn start(matrix: &Matrix, seed: u64, watch: &mut Watch<'_>) -> Result<Vec<f64>> {
    let n_components = matrix.n_columns().min(2);
    let params = PcaParams { n_components: Some(n_components) };
    let model = fit_pca(matrix, &params.check()?, watch)?;
    let scores = model.scores(matrix)?;
    let spread = model.variances[0].sqrt();
    let scale = if spread > 0.0 { START_SPREAD / spread } else { 0.0 };
    let mut draws = generator(seed, 1);
    let mut places = Vec::with_capacity(2 * matrix.n_rows());
    for row in scores.values().chunks_exact(n_components) {
        for axis in 0..2 {
            let noise = draws.gen_range(-0.01..0.01) * START_SPREAD;
            places.push(row.get(axis).map_or(0.0, |score| score * scale) + noise);
        }
    }
    Ok(places)
}

/// Steps along the forces with momentum and a gain for each number (Jacobs 1988); answers the steps done.
fn descend(
    affinities: &Affinities,
    places: &mut [f64],
    forces: &mut Forces,
    n_iterations: usize,
    watch: &mut Watch<'_>,
) -> Result<usize> {
    let n_rows = places.len() / 2;
    let rate = (n_rows as f64 / EXAGGERATION / 4.0).max(50.0);
    let mut gains = vec![1.0f64; places.len()];
    let mut steps = vec![0.0f64; places.len()];
    for done in 0..n_iterations {
        report(watch, "tsne", done, n_iterations)?;
        let is_early = done < EXAGGERATED_STEPS;
        let (attraction, momentum) = if is_early { (EXAGGERATION, 0.5) } else { (1.0, 0.8) };
        let gradient = forces.gradient(affinities, places, attraction);
        let size: f64 = gradient.iter().map(|force| force * force).sum();
        for (((place, step), gain), force) in places.iter_mut().zip(&mut steps).zip(&mut gains).zip(gradient)
        {
            *gain = if *step * force < 0.0 { *gain + 0.2 } else { (*gain * 0.8).max(LEAST_GAIN) };
            *step = momentum * *step - rate * *gain * force;
            *place += *step;
        }
        centre(places);
        if !is_early && size.sqrt() < LEAST_FORCE {
            return Ok(done + 1);
        }
    }
    Ok(n_iterations)
}

fn centre(places: &mut [f64]) {
    let n_rows = (places.len() / 2) as f64;
    for axis in 0..2 {
        let mean = places.iter().skip(axis).step_by(2).sum::<f64>() / n_rows;
        places.iter_mut().skip(axis).step_by(2).for_each(|place| *place -= mean);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::unwatched;

    fn clouds(n_rows: usize) -> Matrix {
        let mut draws = generator(6, 0);
        let values = (0..n_rows).flat_map(|row| {
            let mut even = || draws.gen_range(-1.0..1.0);
            [0.0, 1.0, 2.0, 3.0].map(|column| if row % 4 == column as usize { 8.0 } else { 0.0 } + even())
        });
        let values = values.collect();
        Matrix::new((0..4).map(|it| format!("x{it}")).collect(), values).unwrap()
    }

    fn draw(matrix: &Matrix, n_iterations: usize) -> Result<Tsne> {
        fit_tsne(matrix, &TsneParams { n_iterations, ..TsneParams::default() }, 1, &mut unwatched)
    }

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, TsneParams::check);
    }

    #[test]
    fn near_rows_stay_near_exactly_and_past_the_bound() {
        for n_rows in [200, 2100] {
            let matrix = clouds(n_rows);
            let picture = draw(&matrix, 400).unwrap();
            assert_eq!((picture.is_exact, picture.rows.len()), (n_rows <= EXACT_ROWS, n_rows));
            let places: Vec<f64> = picture.points.iter().flat_map(|point| [point.0, point.1]).collect();
            let tree = crate::group::kd_tree::KdTree::new(&places, 2);
            let mut found = Vec::new();
            let is_own = |row: usize, found: &mut Vec<(f64, u32)>| {
                tree.nearest(&places[row * 2..row * 2 + 2], 5, found);
                found.iter().all(|near| near.1 as usize % 4 == row % 4)
            };
            let n_own = (0..n_rows).filter(|&row| is_own(row, &mut found)).count();
            assert!(n_own * 100 >= n_rows * 99, "{n_own} of {n_rows} rows have neighbours of their cloud");
            let trust = trustworthiness(&matrix, &picture.points, 10, 1, &mut unwatched).unwrap();
            assert!(trust > 0.95, "{trust}");
        }
    }

    #[test]
    fn awkward_tables_give_a_picture_or_an_error_and_never_nan() {
        let matrix = |width: usize, values: Vec<f64>| {
            Matrix::new((0..width).map(|it| format!("x{it}")).collect(), values).unwrap()
        };
        let cases = [
            ("one row", matrix(2, vec![1.0, 2.0]), Err("too-few-rows")),
            ("four rows", matrix(2, vec![1.0, 2.0, 0.0, 0.0, 5.0, 1.0, 2.0, 2.0]), Ok(4)),
            ("all rows alike", matrix(2, vec![3.0; 80]), Ok(40)),
            ("a single column, many equal", matrix(1, [1.0, 2.0, 2.0, 7.0].repeat(20)), Ok(80)),
            ("more columns than rows", matrix(9, (0..45).map(f64::from).collect()), Ok(5)),
            ("huge numbers", matrix(1, vec![1e300; 9]), Err("out-of-scale")),
            ("far apart", matrix(1, [0.0, 1e100, 2e100, 1.0].repeat(5)), Ok(20)),
        ];
        for (name, matrix, expected) in cases {
            let found = draw(&matrix, 300);
            assert_eq!(found.as_ref().map(|it| it.points.len()).map_err(Error::code), expected, "{name}");
            if let Ok(found) = found {
                let is_finite = found.points.iter().all(|point| point.0.is_finite() && point.1.is_finite());
                assert!(is_finite && found.divergence.is_finite(), "{name}");
            }
        }
    }

    #[test]
    fn past_the_limit_an_even_draw_is_pictured_and_seeds_repeat() {
        let params = TsneParams { max_rows: 60, n_iterations: 250, ..TsneParams::default() };
        let matrix = clouds(300);
        let picture = fit_tsne(&matrix, &params, 5, &mut unwatched).unwrap();
        assert_eq!((picture.rows.len(), picture.perplexity), (60, 59.0 / 3.0));
        assert_eq!(fit_tsne(&matrix, &params, 5, &mut unwatched).unwrap(), picture);
    }
}
