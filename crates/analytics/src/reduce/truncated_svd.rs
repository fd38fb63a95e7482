//! Fewer columns without centring: the leading singular directions, for counts and indicators where 0 means nothing.

use std::ops::Range;

use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::partial::chunks;
use crate::predict::supervised::check_columns;
use crate::progress::{Watch, report};
use crate::random::generator;
use crate::reduce::eigen::decompose_symmetric;
use crate::reduce::pca::with_fixed_sign;
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Matrix, Result};

/// Up to so many columns all directions are solved for exactly.
const EXACT_COLUMNS: usize = 150;
/// Directions sought beyond those asked for, which carry what the random start would else blur (Halko et al. 2011).
const N_OVERSAMPLED: usize = 10;

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "truncated_svd",
    family: Family::Reduce,
    summary: "Replaces number columns by the directions of largest sums of squares, without subtracting means.",
    parameters: &[
        Parameter {
            name: "n_components",
            kind: Kind::Integer { min: 1, max: 500 },
            default: "2",
            doc: "Directions to keep, at most as many as columns or rows.",
        },
        Parameter {
            name: "n_iterations",
            kind: Kind::Integer { min: 0, max: 100 },
            default: "7",
            doc: "Passes that sharpen the directions where columns are too many to solve exactly (over 150).",
        },
    ],
    formula: "X ≈ U·S·Vᵀ with the largest singular values S; scores are X·V",
    source: "Halko, Martinsson and Tropp (2011); Golub and Van Loan, 8.5",
    cost: "time n·p² + 50·p³ up to 150 columns, else n·p·(n_components + 10) a pass; memory p·(n_components + 10)",
};

/// How many directions are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TruncatedSvdParams {
    /// Directions to keep, `1..=500`.
    pub n_components: usize,
    /// Sharpening passes, `0..=100`.
    pub n_iterations: usize,
}

impl Default for TruncatedSvdParams {
    fn default() -> Self {
        Self { n_components: 2, n_iterations: 7 }
    }
}

impl TruncatedSvdParams {
    /// Checks the ranges that do not depend on the data.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first one outside.
    pub fn check(&self) -> Result<()> {
        if !(1..=500).contains(&self.n_components) {
            return Err(Error::Parameter { name: "n_components", range: "a whole number from 1 to 500" });
        }
        if self.n_iterations > 100 {
            return Err(Error::Parameter { name: "n_iterations", range: "a whole number from 0 to 100" });
        }
        Ok(())
    }
}

/// Fitted directions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TruncatedSvd {
    /// The columns it was fitted on, in order.
    pub columns: Vec<String>,
    /// One row a direction, one number a column, of unit length; the loading of largest size is positive.
    pub loadings: Vec<Vec<f64>>,
    /// The singular values, descending.
    pub singular_values: Vec<f64>,
    /// The variance of the rows' scores along each direction, divisor `n`: not descending, as means are not subtracted.
    pub variances: Vec<f64>,
    /// Each variance's share of the columns' total; all 0 when no column varies.
    pub ratios: Vec<f64>,
    /// Whether the directions were solved for exactly instead of from a random start.
    pub is_exact: bool,
    /// The rows it was fitted on.
    pub n_rows: usize,
}

/// Fits the leading singular directions of `matrix`.
///
/// A column of zeros gets loadings of 0. Singular values below about 1e-8 of the largest are rounding: they come from squares.
///
/// # Errors
/// [`Error::Parameter`] when more directions are asked for than rows or columns; [`Error::OutOfScale`]; [`Error::Cancelled`].
pub fn fit_truncated_svd(
    matrix: &Matrix,
    params: &TruncatedSvdParams,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<TruncatedSvd> {
    params.check()?;
    matrix.check_scale()?;
    let (n_rows, width) = (matrix.n_rows(), matrix.n_columns());
    if params.n_components > n_rows.min(width) {
        return Err(Error::Parameter {
            name: "n_components",
            range: "at most the number of rows and of columns",
        });
    }
    let is_exact = width <= EXACT_COLUMNS;
    let mut basis = if is_exact {
        Basis::identity(width)
    } else {
        Basis::random(width, (params.n_components + N_OVERSAMPLED).min(width), seed)
    };
    let n_passes = if is_exact { 0 } else { params.n_iterations + 1 };
    for pass in 0..n_passes {
        report(watch, "truncated_svd", pass, n_passes)?;
        basis = Basis { width, vectors: sum(matrix, &basis, image, watch)?, is_identity: false };
        basis.orthonormalize();
    }
    // In the basis the problem is small: the eigenvectors of the scores' products, turned back.
    let size = basis.vectors.len() / width;
    let products = sum(matrix, &basis, products, watch)?;
    let eigen = decompose_symmetric(products, size, watch)?;
    let loadings: Vec<Vec<f64>> = eigen
        .vectors
        .iter()
        .take(params.n_components)
        .map(|vector| with_fixed_sign(basis.turn(vector)))
        .collect();
    let singular_values =
        eigen.values.iter().take(params.n_components).map(|value| value.max(0.0).sqrt()).collect();
    let (variances, total) = variances(matrix, &loadings);
    let ratio = |variance: &f64| if total > 0.0 { variance / total } else { 0.0 };
    Ok(TruncatedSvd {
        columns: matrix.names().to_vec(),
        ratios: variances.iter().map(ratio).collect(),
        loadings,
        singular_values,
        variances,
        is_exact,
        n_rows,
    })
}

impl TruncatedSvd {
    /// The scores of `matrix`'s rows, shape `(n_rows, n_components)`, in columns `svd1`, `svd2`, ….
    ///
    /// # Errors
    /// [`Error::ColumnsDiffer`] or [`Error::UnknownColumn`] unless the columns are those fitted on; [`Error::NotFinite`] when
    /// rows lie so far out that a score overflows.
    pub fn scores(&self, matrix: &Matrix) -> Result<Matrix> {
        check_columns(self.columns.iter().map(String::as_str), matrix)?;
        let dot = |row: &[f64], loading: &[f64]| row.iter().zip(loading).map(|(a, b)| a * b).sum::<f64>();
        let rows = matrix.values().chunks_exact(self.columns.len());
        let scores = rows.flat_map(|row| self.loadings.iter().map(move |loading| dot(row, loading)));
        let names = (1..=self.loadings.len()).map(|number| format!("svd{number}"));
        Matrix::new(names.collect(), scores.collect())
    }
}

/// Vectors of length `width`, one after the other.
struct Basis {
    width: usize,
    vectors: Vec<f64>,
    /// Whether coordinates are the columns themselves.
    is_identity: bool,
}

impl Basis {
    fn identity(width: usize) -> Self {
        let cell = |at: usize| f64::from(u8::from(at / width == at % width));
        Self { width, vectors: (0..width * width).map(cell).collect(), is_identity: true }
    }

    fn random(width: usize, size: usize, seed: u64) -> Self {
        let mut draws = generator(seed, 0);
        let vectors = (0..width * size).map(|_| draws.gen_range(-1.0..1.0)).collect();
        let mut basis = Self { width, vectors, is_identity: false };
        basis.orthonormalize();
        basis
    }

    /// Gram–Schmidt, twice for orthogonality to the last digits; a vector that depends on those before becomes 0.
    fn orthonormalize(&mut self) {
        let width = self.width;
        for at in 0..self.vectors.len() / width {
            let (before, rest) = self.vectors.split_at_mut(at * width);
            let own = &mut rest[..width];
            let length = norm(own);
            for _ in 0..2 {
                for other in before.chunks_exact(width) {
                    let share: f64 = own.iter().zip(other).map(|(a, b)| a * b).sum();
                    own.iter_mut().zip(other).for_each(|(value, place)| *value -= share * place);
                }
            }
            let left = norm(own);
            let scale = if left > length * 1e-13 { 1.0 / left } else { 0.0 };
            own.iter_mut().for_each(|value| *value *= scale);
        }
    }

    /// The vector whose coordinates in this basis are `coordinates`.
    fn turn(&self, coordinates: &[f64]) -> Vec<f64> {
        let mut sum = vec![0.0; self.width];
        for (vector, share) in self.vectors.chunks_exact(self.width).zip(coordinates) {
            sum.iter_mut().zip(vector).for_each(|(value, place)| *value += share * place);
        }
        sum
    }

    /// A row's coordinates.
    fn coordinates(&self, row: &[f64], coordinates: &mut [f64]) {
        for (vector, coordinate) in self.vectors.chunks_exact(self.width).zip(coordinates) {
            *coordinate = row.iter().zip(vector).map(|(a, b)| a * b).sum();
        }
    }
}

fn norm(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>().sqrt()
}

/// `Xᵀ X` applied to each vector of the basis, summed over the rows of a chunk.
fn image(matrix: &Matrix, rows: Range<usize>, basis: &Basis) -> Vec<f64> {
    let width = basis.width;
    let mut sums = vec![0.0; basis.vectors.len()];
    let mut coordinates = vec![0.0; sums.len() / width];
    for row in matrix.rows(rows).chunks_exact(width) {
        basis.coordinates(row, &mut coordinates);
        for (sums, coordinate) in sums.chunks_exact_mut(width).zip(&coordinates) {
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += coordinate * value);
        }
    }
    sums
}

/// Products of the coordinates of a chunk's rows, shape `(size, size)`.
fn products(matrix: &Matrix, rows: Range<usize>, basis: &Basis) -> Vec<f64> {
    let size = basis.vectors.len() / basis.width;
    let mut sums = vec![0.0; size * size];
    let mut coordinates = vec![0.0; size];
    for row in matrix.rows(rows).chunks_exact(basis.width) {
        if basis.is_identity {
            coordinates.copy_from_slice(row);
        } else {
            basis.coordinates(row, &mut coordinates);
        }
        for (at, (sums, value)) in sums.chunks_exact_mut(size).zip(&coordinates).enumerate() {
            sums[at..].iter_mut().zip(&coordinates[at..]).for_each(|(sum, other)| *sum += value * other);
        }
    }
    for row in 0..size {
        (0..row).for_each(|column| sums[row * size + column] = sums[column * size + row]);
    }
    sums
}

/// A sum over all rows, chunk by chunk in order.
fn sum(
    matrix: &Matrix,
    basis: &Basis,
    of_chunk: fn(&Matrix, Range<usize>, &Basis) -> Vec<f64>,
    watch: &mut Watch<'_>,
) -> Result<Vec<f64>> {
    let mut whole: Vec<f64> = Vec::new();
    for rows in chunks(matrix.n_rows()) {
        report(watch, "truncated_svd", rows.start, matrix.n_rows())?;
        let chunk = of_chunk(matrix, rows, basis);
        if whole.is_empty() {
            whole = chunk;
        } else {
            whole.iter_mut().zip(&chunk).for_each(|(sum, other)| *sum += other);
        }
    }
    Ok(whole)
}

/// The variance of the scores along each direction, and the sum of the columns' variances; divisor `n`.
fn variances(matrix: &Matrix, loadings: &[Vec<f64>]) -> (Vec<f64>, f64) {
    let (n_rows, width) = (matrix.n_rows() as f64, matrix.n_columns());
    let mut means = vec![0.0; width];
    for row in matrix.values().chunks_exact(width) {
        means.iter_mut().zip(row).for_each(|(mean, value)| *mean += value / n_rows);
    }
    let mut centred = vec![0.0; width];
    let (mut squares, mut total) = (vec![0.0; loadings.len()], 0.0);
    for row in matrix.values().chunks_exact(width) {
        for ((distance, value), mean) in centred.iter_mut().zip(row).zip(&means) {
            *distance = value - mean;
            total += *distance * *distance;
        }
        for (square, loading) in squares.iter_mut().zip(loadings) {
            let score: f64 = centred.iter().zip(loading).map(|(a, b)| a * b).sum();
            *square += score * score;
        }
    }
    (squares.iter().map(|square| square / n_rows).collect(), total / n_rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::unwatched;

    fn matrix(width: usize, values: Vec<f64>) -> Matrix {
        Matrix::new((0..width).map(|it| format!("x{it}")).collect(), values).unwrap()
    }

    fn fit(matrix: &Matrix, n_components: usize) -> Result<TruncatedSvd> {
        let params = TruncatedSvdParams { n_components, ..TruncatedSvdParams::default() };
        fit_truncated_svd(matrix, &params, 1, &mut unwatched)
    }

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, TruncatedSvdParams::check);
    }

    #[test]
    fn a_product_has_its_known_values() {
        // 6·u·vᵀ + 2·s·tᵀ of orthogonal unit vectors.
        let (u, v) = ([0.6, 0.8, 0.0], [0.0, 1.0]);
        let (s, t) = ([0.8, -0.6, 0.0], [1.0, 0.0]);
        let cell = |at: usize| 6.0 * u[at / 2] * v[at % 2] + 2.0 * s[at / 2] * t[at % 2];
        let found = fit(&matrix(2, (0..6).map(cell).collect()), 2).unwrap();
        assert!(
            (found.singular_values[0] - 6.0).abs() < 1e-14 && (found.singular_values[1] - 2.0).abs() < 1e-14
        );
        assert!((found.loadings[0][1] - 1.0).abs() < 1e-15 && (found.loadings[1][0] - 1.0).abs() < 1e-15);
    }

    #[test]
    fn many_columns_from_a_random_start_agree_with_the_exact_answer() {
        let mut draws = generator(5, 0);
        let (n_rows, width) = (80, 200);
        let mut even = || draws.gen_range(-1.0..1.0);
        let left: Vec<f64> = (0..n_rows * 3).map(|_| even()).collect();
        let right: Vec<f64> = (0..width * 3).map(|_| even()).collect();
        let cell = |at: usize| {
            let (row, column) = (at / width, at % width);
            (0..3).map(|it| left[row * 3 + it] * right[column * 3 + it] * [9.0, 3.0, 1.0][it]).sum::<f64>()
        };
        let wide: Vec<f64> = (0..n_rows * width).map(cell).collect();
        let turned = (0..width * n_rows).map(|at| wide[at % n_rows * width + at / n_rows]).collect();
        let (found, exact) =
            (fit(&matrix(width, wide), 3).unwrap(), fit(&matrix(n_rows, turned), 3).unwrap());
        assert!(!found.is_exact && exact.is_exact);
        for (a, b) in found.singular_values.iter().zip(&exact.singular_values) {
            // A table of rank three is found whole: what is left is rounding of squares near 1e5.
            assert!((a / b - 1.0).abs() < 1e-10, "{a} {b}");
        }
    }

    #[test]
    fn awkward_tables_give_an_answer_or_an_error_and_never_nan() {
        assert_eq!(fit(&matrix(2, vec![1.0, 2.0]), 2).map_err(|error| error.code()), Err("parameter"));
        assert_eq!(fit(&matrix(1, vec![1e300, 2.0]), 1).map_err(|error| error.code()), Err("out-of-scale"));
        for (name, matrix) in [
            ("one row", matrix(3, vec![1.0, 2.0, 2.0])),
            ("zeros", matrix(2, vec![0.0; 8])),
            ("constant", matrix(2, vec![4.0; 8])),
            ("duplicate columns", matrix(2, vec![1.0, 1.0, 2.0, 2.0, -3.0, -3.0])),
            ("wide zeros", matrix(200, vec![0.0; 400])),
        ] {
            let found = fit(&matrix, 1).unwrap();
            let numbers =
                [found.loadings.concat(), found.singular_values.clone(), found.ratios.clone()].concat();
            assert!(numbers.iter().all(|it| it.is_finite()), "{name}");
            assert_eq!(found.scores(&matrix).unwrap().n_columns(), 1, "{name}");
        }
        assert_eq!(fit(&matrix(3, vec![1.0, 2.0, 2.0]), 1).unwrap().singular_values, [3.0]);
    }
}
