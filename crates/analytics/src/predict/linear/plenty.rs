//! The line of many well-behaved rows from centred cross-products: what QR gives, at a fifth of its cost.
//!
//! Columns are centred before they are squared, so that only their dependence on each other costs digits. A Cholesky factor of the
//! products stands for R; two rounds of refinement against the rows themselves give the coefficients back what the squaring
//! took (Björck 1987, corrected seminormal equations). Where the squaring would take more than that can give back, or the rows
//! are few enough for all the digits there are, there is no answer here and QR is taken.

use super::Line;
use super::design::Design;
use super::double_double::DoubleDouble;
use super::r_factor::Triangle;
use super::report::Squares;
use crate::Result;
use crate::partial::chunks;
use crate::predict::weighted::{Rows, WeightedSum, dot};
use crate::progress::{Watch, report};
use crate::reduce::pca::CrossProducts;
use stillroom_kernels::products::residuals;

/// Below so many rows the careful way takes no time.
const LEAST_ROWS: usize = 20_000;

/// The least share of a column's squared length that the columns before it may leave: half the digits are lost below it.
const LEAST_SHARE: f64 = 1e-6;

/// The least share of the target's squares that must stay unexplained: an exact fit is all rounding.
const LEAST_UNEXPLAINED: f64 = 1e-9;

/// Solves for the line with an intercept of rows that all count alike; `None` where QR is better.
pub(super) fn solve(rows: &Rows<'_>, design: &Design, watch: &mut Watch<'_>) -> Result<Option<Line>> {
    let matrix = rows.matrix;
    let has_intercept = design.first_column() == 1;
    if rows.weights.is_some() || !has_intercept || matrix.n_rows() < LEAST_ROWS {
        return Ok(None);
    }
    let n_columns = matrix.n_columns();
    let fresh = || Products { n_columns, sums: CrossProducts::new(n_columns + 1) };
    let sums = rows.sum(super::STAGE, watch, fresh)?.sums;
    let (_, means, _) = sums.parts();
    let Some((triangle, mut point, total)) = factor(&sums, design) else { return Ok(None) };
    let mut found = vec![0.0; matrix.n_rows()];
    const ROUNDS: usize = 2;
    let mut step = Vec::new();
    for _ in 0..ROUNDS {
        let pulls = pulls(rows, design, &point, &mut found, watch)?;
        step = triangle.solve(triangle.solve_transposed(pulls));
        point.iter_mut().zip(&step).for_each(|(value, step)| *value += step);
    }
    // The residuals are those before the last step, which must not matter to them.
    const SETTLED: f64 = 1e-10;
    let largest = |values: &[f64]| values.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
    let is_settled = largest(&step) <= SETTLED * largest(&point);
    let residual: f64 = chunks(found.len()).map(|rows| dot(&found[rows.clone()], &found[rows])).sum();
    if !is_settled || !residual.is_finite() || residual <= LEAST_UNEXPLAINED * total {
        return Ok(None);
    }
    Ok(Some(Line {
        triangle,
        coefficients: point.into_iter().map(DoubleDouble::from).collect(),
        residuals: found,
        squares: Some(Squares { residual, total }),
        means: means[..n_columns].to_vec(),
    }))
}

struct Products {
    n_columns: usize,
    sums: CrossProducts,
}

impl WeightedSum for Products {
    fn absorb(&mut self, rows: &[f64], target: &[f64], _: Option<&[f64]>) {
        self.sums.absorb_beside(rows, self.n_columns, Some(target));
    }

    fn merge(&mut self, later: Self) {
        crate::partial::Partial::merge(&mut self.sums, later.sums);
    }
}

/// The triangle of the intercept and the columns, a first solution, and the target's squares about its mean; `None` when a column
/// nearly follows from others or a number is out of range.
fn factor(sums: &CrossProducts, design: &Design) -> Option<(Triangle, Vec<f64>, f64)> {
    let (count, means, products) = sums.parts();
    let n = design.n_columns();
    let width = n + 1;
    let scales: Vec<f64> = (1..width)
        .map(|term| design.unit(term) / design.unit(0))
        .chain([1.0 / design.target_unit()])
        .collect();
    let product = |row: usize, column: usize| {
        products[row.min(column) * width + row.max(column)] * scales[row] * scales[column]
    };
    // The upper triangle of the columns and the target; the target's column becomes its coordinates.
    let mut upper = vec![0.0; width * width];
    for row in 0..n {
        for column in row..width {
            let known: f64 = (0..row).map(|it| upper[it * width + row] * upper[it * width + column]).sum();
            let left = product(row, column) - known;
            if column == row && (left.is_nan() || left <= LEAST_SHARE * product(row, row)) {
                return None;
            }
            upper[row * width + column] =
                if column == row { left.sqrt() } else { left / upper[row * width + row] };
        }
    }
    let root = (count as f64).sqrt();
    let scaled_means: Vec<f64> = means.iter().zip(&scales).map(|(mean, scale)| mean * scale).collect();
    let terms = n + 1;
    let mut triangle = vec![0.0; terms * terms];
    triangle[0] = root;
    let mut along = vec![root * scaled_means[n]];
    for column in 0..n {
        triangle[column + 1] = root * scaled_means[column];
        along.push(upper[column * width + n]);
        for row in 0..=column {
            triangle[(row + 1) * terms + column + 1] = upper[row * width + column];
        }
    }
    let triangle = Triangle::new(terms, triangle);
    let point = triangle.solve(along);
    let total = product(n, n);
    (point.iter().all(|value| value.is_finite()) && total.is_finite()).then_some((triangle, point, total))
}

/// The residuals of the line through `point`, in the design's units, and their products with its terms.
fn pulls(
    rows: &Rows<'_>,
    design: &Design,
    point: &[f64],
    found: &mut [f64],
    watch: &mut Watch<'_>,
) -> Result<Vec<f64>> {
    let matrix = rows.matrix;
    let slopes: Vec<f64> = (1..point.len()).map(|term| point[term] * design.unit(term)).collect();
    let line = (point[0] * design.unit(0), slopes.as_slice());
    let mut sums = vec![0.0; point.len()];
    for chunk in chunks(matrix.n_rows()) {
        report(watch, super::STAGE, chunk.start, matrix.n_rows())?;
        let mut of_chunk = vec![0.0; point.len()];
        let found = &mut found[chunk.clone()];
        residuals(matrix.rows(chunk.clone()), &rows.target[chunk], line, found, &mut of_chunk);
        found.iter_mut().for_each(|value| *value = design.target(*value));
        sums.iter_mut().zip(of_chunk).for_each(|(sum, of_chunk)| *sum += of_chunk);
    }
    let unit = |term: usize| design.unit(term) / design.unit(0) / design.target_unit();
    Ok(sums.iter().enumerate().map(|(term, sum)| sum * unit(term)).collect())
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;
    use crate::Matrix;
    use crate::predict::linear::{OlsParams, fit};
    use crate::progress::unwatched;

    /// Rows of columns that depend on each other and lie far from zero.
    fn rows(n_rows: usize, noise: f64) -> (Matrix, Vec<f64>) {
        let mut draws = crate::random::generator(4, 0);
        let (mut values, mut target) = (Vec::new(), Vec::new());
        for _ in 0..n_rows {
            let drawn: Vec<f64> = (0..4).map(|_| draws.gen_range(-1.0..1.0)).collect();
            let row = [1e3 + drawn[0], drawn[0] + 0.1 * drawn[1], 1e-4 * drawn[2], 5.0];
            let row = [row[0], row[1], row[2], row[3] + drawn[3] * drawn[3]];
            target.push(
                3.0 - 2.0 * row[0] + row[1] + 4e3 * row[2] + row[3] + noise * draws.gen_range(-1.0..1.0),
            );
            values.extend(row);
        }
        (Matrix::new(["a", "b", "c", "d"].map(str::to_owned).to_vec(), values).unwrap(), target)
    }

    #[test]
    fn many_rows_get_the_line_that_qr_gives() {
        let (matrix, target) = rows(LEAST_ROWS, 1.0);
        let all = Rows::new(&matrix, &target, None).unwrap();
        let design = Design::new(&matrix, &target, true);
        assert!(solve(&all, &design, &mut unwatched).unwrap().is_some());
        let quick = fit(&matrix, &target, &OlsParams::default(), &mut unwatched).unwrap();
        // Weights of 1 take the careful way.
        let ones = vec![1.0; target.len()];
        let set =
            crate::predict::TrainingSet::new(&matrix, crate::predict::Outcome::Numbers(&target)).unwrap();
        let set = set.with_weights(&ones).unwrap();
        let careful = crate::predict::linear::fit_set(&set, &OlsParams::default(), &mut unwatched).unwrap();
        let near = |quick: f64, careful: f64, part: f64| {
            assert!((quick - careful).abs() <= part * careful.abs(), "{quick} {careful}");
        };
        let terms = |fit: &crate::predict::linear::Ols| {
            fit.intercept.iter().chain(&fit.coefficients).cloned().collect::<Vec<_>>()
        };
        for (quick, careful) in terms(&quick).iter().zip(&terms(&careful)) {
            // Residuals of numbers near 2000 are rounded by 2e-13, which a condition of 1e4 enlarges.
            assert!(
                (quick.estimate - careful.estimate).abs() <= 1e-9 * careful.standard_error,
                "{quick:?} {careful:?}"
            );
            near(quick.standard_error, careful.standard_error, 1e-10);
        }
        near(quick.r_squared.unwrap(), careful.r_squared.unwrap(), 1e-12);
        near(quick.residual_standard_error, careful.residual_standard_error, 1e-12);
        near(quick.residuals.median, careful.residuals.median, 1e-8);
        near(quick.condition, careful.condition, 1e-8);
        let listed = |fit: &crate::predict::linear::Ols| {
            (
                fit.influence.rows.iter().map(|it| it.row).collect::<Vec<_>>(),
                fit.influence.n_influential,
                fit.influence.n_outlying,
            )
        };
        assert_eq!(listed(&quick), listed(&careful));
    }

    #[test]
    fn what_needs_care_is_left_to_qr() {
        let check = |matrix: &Matrix, target: &[f64], name: &str| {
            let all = Rows::new(matrix, target, None).unwrap();
            let found = solve(&all, &Design::new(matrix, target, true), &mut unwatched).unwrap();
            assert!(found.is_none(), "{name}");
        };
        let (matrix, target) = rows(LEAST_ROWS - 1, 1.0);
        check(&matrix, &target, "few rows");
        let (matrix, target) = rows(LEAST_ROWS, 0.0);
        check(&matrix, &target, "an exact fit");
        let (matrix, target) = rows(LEAST_ROWS, 1.0);
        let nearly: Vec<f64> = matrix
            .values()
            .chunks_exact(4)
            .flat_map(|row| [row[0], row[1], row[0] + 1e-4 * row[1], row[3]])
            .collect();
        check(&Matrix::new(matrix.names().to_vec(), nearly).unwrap(), &target, "columns that nearly follow");
        let huge: Vec<f64> = matrix.values().iter().map(|value| value * 1e200).collect();
        check(&Matrix::new(matrix.names().to_vec(), huge).unwrap(), &target, "products out of range");
    }
}
