//! Principal components: the directions along which rows differ most.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::partial::Partial;
use crate::progress::Watch;
use crate::reduce::eigen::decompose_symmetric;
use crate::registry::{Family, Kind, Method, Parameter};
use crate::shards::{Crew, SharedRows, at_once};
use crate::{Error, Matrix, Result};

/// The most columns [`fit_pca`] takes: the solver's cost grows with their cube.
pub const MAX_PCA_COLUMNS: usize = 1000;

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "pca",
    family: Family::Reduce,
    summary: "Replaces number columns by fewer, uncorrelated ones that keep most of the variance.",
    parameters: &[Parameter {
        name: "n_components",
        kind: Kind::Integer { min: 1, max: MAX_PCA_COLUMNS as i64 },
        default: "null",
        doc: "Components to keep; null keeps as many as there are columns, or rows when these are fewer.",
    }],
    formula: "variances and loadings are the eigenvalues and eigenvectors of Σ(x - mean)(x - mean)ᵀ / (n - 1)",
    source: "Pearson (1901); Jolliffe (2002), Principal Component Analysis",
    cost: "time n·p² + 50·p³, memory p²; passes over the rows: one",
};

/// How many components are kept.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PcaParams {
    /// Components to keep, `1..=min(n_rows, n_columns)`; `None` keeps all.
    pub n_components: Option<usize>,
}

/// Parameters inside their ranges.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidPcaParams(PcaParams);

impl PcaParams {
    /// Checks the range that does not depend on the data.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no or too many components.
    pub fn check(&self) -> Result<ValidPcaParams> {
        match self.n_components {
            Some(n_components) if !(1..=MAX_PCA_COLUMNS).contains(&n_components) => {
                Err(Error::Parameter { name: "n_components", range: "a whole number from 1 to 1000" })
            }
            _ => Ok(ValidPcaParams(self.clone())),
        }
    }
}

/// Means and centred cross-products of columns, mergeable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrossProducts {
    count: u64,
    means: Vec<f64>,
    /// `(p, p)`, row by row; only the part on and right of the diagonal is kept up to date.
    products: Vec<f64>,
}

impl CrossProducts {
    /// Nothing summed yet, for `n_columns` columns.
    #[must_use]
    pub fn new(n_columns: usize) -> Self {
        Self { count: 0, means: vec![0.0; n_columns], products: vec![0.0; n_columns * n_columns] }
    }

    /// The rows summed, the means, and the centred products, of which the part on and right of the diagonal counts.
    pub(crate) fn parts(&self) -> (u64, &[f64], &[f64]) {
        (self.count, &self.means, &self.products)
    }

    /// Adds `weight · vector vectorᵀ`.
    fn add_outer(&mut self, vector: &[f64], weight: f64) {
        let width = vector.len();
        for (row, &value) in vector.iter().enumerate() {
            let scaled = weight * value;
            let products = &mut self.products[row * width + row..(row + 1) * width];
            for (product, other) in products.iter_mut().zip(&vector[row..]) {
                *product += scaled * other;
            }
        }
    }

    /// The covariance matrix with divisor `count - 1`, whole, row by row.
    fn covariance(&self) -> Vec<f64> {
        let width = self.means.len();
        let divisor = self.count.saturating_sub(1).max(1) as f64;
        let cell =
            |row: usize, column: usize| self.products[row.min(column) * width + row.max(column)] / divisor;
        (0..width * width).map(|it| cell(it / width, it % width)).collect()
    }
}

impl Partial for CrossProducts {
    fn absorb(&mut self, matrix: &Matrix, rows: Range<usize>) {
        let width = matrix.n_columns();
        let values = matrix.rows(rows.clone());
        if values.is_empty() {
            return;
        }
        let n = rows.len() as f64;
        let mut chunk = Self::new(width);
        chunk.count = rows.len() as u64;
        // Sums are taken about the first row, so that a constant column has a spread of exactly 0.
        let origin = &values[..width];
        for row in values.chunks_exact(width) {
            for (mean, (value, start)) in chunk.means.iter_mut().zip(row.iter().zip(origin)) {
                *mean += (value - start) / n;
            }
        }
        let mut centred = vec![0.0; width];
        for row in values.chunks_exact(width) {
            for (column, distance) in centred.iter_mut().enumerate() {
                *distance = (row[column] - origin[column]) - chunk.means[column];
            }
            chunk.add_outer(&centred, 1.0);
        }
        for (mean, start) in chunk.means.iter_mut().zip(origin) {
            *mean += start;
        }
        self.merge(chunk);
    }

    fn merge(&mut self, later: Self) {
        if self.count == 0 || later.count == 0 {
            if self.count == 0 {
                *self = later;
            }
            return;
        }
        let n = (self.count + later.count) as f64;
        let delta: Vec<f64> =
            later.means.iter().zip(&self.means).map(|(after, before)| after - before).collect();
        for (product, other) in self.products.iter_mut().zip(&later.products) {
            *product += other;
        }
        self.add_outer(&delta, self.count as f64 * later.count as f64 / n);
        for (mean, step) in self.means.iter_mut().zip(&delta) {
            *mean += step * (later.count as f64 / n);
        }
        self.count += later.count;
    }
}

/// Fitted principal components.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PcaModel {
    /// The columns it was fitted on, in order.
    pub columns: Vec<String>,
    /// Their means, subtracted before projecting.
    pub means: Vec<f64>,
    /// One row a component, one number a column, of unit length. The sign makes the loading of largest size positive
    /// (the first of them where sizes agree to ten digits), as scikit-learn's `svd_flip(u_based_decision=False)`.
    pub loadings: Vec<Vec<f64>>,
    /// The variance along each component, divisor `n - 1`, descending.
    pub variances: Vec<f64>,
    /// Each variance's share of the total; all 0 when no column varies.
    pub ratios: Vec<f64>,
    /// The rows it was fitted on.
    pub n_rows: usize,
}

/// Fits principal components to `matrix`, which should be standardized unless its columns share a unit.
///
/// Constant columns get loadings of 0. With fewer rows than columns at most `n_rows` components are kept.
///
/// # Errors
/// [`Error::TooFewRows`] below 2 rows; [`Error::TooManyColumns`] past [`MAX_PCA_COLUMNS`]; [`Error::Parameter`] when
/// more components are asked for than rows or columns; [`Error::OutOfScale`]; [`Error::Cancelled`].
pub fn fit_pca(matrix: &Matrix, params: &ValidPcaParams, watch: &mut Watch<'_>) -> Result<PcaModel> {
    at_once(fit_pca_among(matrix, params, &Crew::alone(), watch))
}

/// As [`fit_pca`], the rows shared with `crew`.
///
/// # Errors
/// As [`fit_pca`].
pub async fn fit_pca_among(
    matrix: &Matrix,
    params: &ValidPcaParams,
    crew: &Crew,
    watch: &mut Watch<'_>,
) -> Result<PcaModel> {
    let (n_rows, n_columns) = (matrix.n_rows(), matrix.n_columns());
    if n_rows < 2 {
        return Err(Error::TooFewRows { needed: 2, found: n_rows });
    }
    if n_columns > MAX_PCA_COLUMNS {
        return Err(Error::TooManyColumns { limit: MAX_PCA_COLUMNS, found: n_columns });
    }
    let most = n_rows.min(n_columns);
    let n_components = params.0.n_components.unwrap_or(most);
    if n_components > most {
        return Err(Error::Parameter {
            name: "n_components",
            range: "at most the number of rows and of columns",
        });
    }
    matrix.check_scale()?;
    let mut shared = SharedRows::unlabelled(crew, matrix, n_columns * n_columns / 2);
    let sums = shared.sum("pca", watch, &CrossProducts::new(n_columns)).await?;
    drop(shared);
    solve_pca(matrix.names(), sums, n_components, watch)
}

/// Solves for `n_components` components from the merged sums over rows of the columns `names`.
///
/// # Errors
/// [`Error::Cancelled`]; [`Error::ColumnsDiffer`] when the sums are of another width.
pub fn solve_pca(
    names: &[String],
    sums: CrossProducts,
    n_components: usize,
    watch: &mut Watch<'_>,
) -> Result<PcaModel> {
    let n_columns = sums.means.len();
    if names.len() != n_columns {
        return Err(Error::ColumnsDiffer { expected: n_columns, found: names.len() });
    }
    let covariance = sums.covariance();
    let total: f64 = (0..n_columns).map(|it| covariance[it * n_columns + it]).sum();
    let eigen = decompose_symmetric(covariance, n_columns, watch)?;
    let variances: Vec<f64> = eigen.values.iter().take(n_components).map(|value| value.max(0.0)).collect();
    let ratio = |variance: &f64| if total > 0.0 { variance / total } else { 0.0 };
    Ok(PcaModel {
        columns: names.to_vec(),
        ratios: variances.iter().map(ratio).collect(),
        variances,
        loadings: eigen.vectors.into_iter().take(n_components).map(with_fixed_sign).collect(),
        means: sums.means,
        n_rows: usize::try_from(sums.count).unwrap_or(usize::MAX),
    })
}

/// The sign that makes the loading of largest size positive, the first where sizes agree to ten digits.
pub(crate) fn with_fixed_sign(mut loading: Vec<f64>) -> Vec<f64> {
    let largest = loading.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
    let leader = loading.iter().find(|value| value.abs() >= largest * (1.0 - 1e-10));
    if leader.is_some_and(|value| *value < 0.0) {
        loading.iter_mut().for_each(|value| *value = -*value);
    }
    loading
}

impl PcaModel {
    /// The scores of `matrix`'s rows, shape `(n_rows, n_components)`, in columns `pc1`, `pc2`, ….
    ///
    /// # Errors
    /// [`Error::ColumnsDiffer`] unless the columns are those fitted on, in order; [`Error::NotFinite`] when rows lie
    /// so far out that a score overflows.
    pub fn scores(&self, matrix: &Matrix) -> Result<Matrix> {
        if matrix.names() != self.columns.as_slice() {
            return Err(Error::ColumnsDiffer { expected: self.columns.len(), found: matrix.n_columns() });
        }
        let mut scores = Vec::with_capacity(matrix.n_rows() * self.loadings.len());
        for row in matrix.values().chunks_exact(self.columns.len()) {
            scores.extend(self.loadings.iter().map(|loading| {
                loading
                    .iter()
                    .zip(row.iter().zip(&self.means))
                    .map(|(weight, (value, mean))| weight * (value - mean))
                    .sum::<f64>()
            }));
        }
        Matrix::new((1..=self.loadings.len()).map(|number| format!("pc{number}")).collect(), scores)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::partial::{absorb_chunks, chunks, merge_all, summarize};
    use crate::progress::unwatched;

    fn matrix(width: usize, values: Vec<f64>) -> Matrix {
        Matrix::new((0..width).map(|it| format!("x{it}")).collect(), values).unwrap()
    }

    fn fit(matrix: &Matrix) -> Result<PcaModel> {
        fit_pca(matrix, &PcaParams::default().check().unwrap(), &mut unwatched)
    }

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, PcaParams::check);
    }

    #[test]
    fn a_line_has_one_component_with_a_positive_leader() {
        let model = fit(&matrix(2, vec![0.0, 0.0, 1.0, -2.0, 2.0, -4.0, 3.0, -6.0])).unwrap();
        assert!((model.ratios[0] - 1.0).abs() < 1e-15 && model.variances[1].abs() < 1e-15);
        assert!(model.loadings[0][1] > 0.0 && model.loadings[0][0] < 0.0);
        // The variance of 0, 1, 2, 3 times √5 is 5/3 · 5.
        assert!((model.variances[0] - 25.0 / 3.0).abs() < 1e-14);
    }

    #[test]
    fn constant_columns_and_wide_tables_are_no_trouble() {
        let constant = fit(&matrix(3, vec![1.0, 0.1, 5.0, 2.0, 0.1, 5.0, 4.0, 0.1, 5.0])).unwrap();
        assert_eq!(constant.loadings[0], [1.0, 0.0, 0.0]);
        assert_eq!(constant.variances[1..], [0.0, 0.0]);
        let wide = fit(&matrix(5, vec![1.0, 2.0, 3.0, 4.0, 5.0, 2.0, 1.0, 0.0, -1.0, 9.0])).unwrap();
        assert_eq!(wide.loadings.len(), 2);
        let still = fit(&matrix(2, vec![3.0; 8])).unwrap();
        assert_eq!(still.ratios, [0.0, 0.0]);
    }

    #[test]
    fn what_cannot_be_fitted_is_refused() {
        assert_eq!(fit(&matrix(2, vec![1.0, 2.0])).map_err(|error| error.code()), Err("too-few-rows"));
        assert_eq!(fit(&matrix(1, vec![1e300, 2.0])).map_err(|error| error.code()), Err("out-of-scale"));
        let params = PcaParams { n_components: Some(3) }.check().unwrap();
        let refused = fit_pca(&matrix(2, vec![1.0, 2.0, 3.0, 5.0]), &params, &mut unwatched);
        assert_eq!(refused.map_err(|error| error.code()), Err("parameter"));
        let model = fit(&matrix(2, vec![1.0, 2.0, 3.0, 5.0])).unwrap();
        assert_eq!(model.scores(&matrix(1, vec![1.0])).map_err(|error| error.code()), Err("columns-differ"));
    }

    proptest! {
        #[test]
        fn shards_merged_in_order_equal_the_single_pass(n_rows in 1usize..14_000, seed in 0u64..1000, shards in 1usize..5) {
            use rand::Rng;
            let mut draws = crate::random::generator(seed, 0);
            let matrix = matrix(3, (0..n_rows * 3).map(|_| draws.gen_range(-1e3..1e3)).collect());
            let all: Vec<_> = chunks(n_rows).collect();
            let per_shard = all.len().div_ceil(shards);
            let partials = all.chunks(per_shard).flat_map(|shard| absorb_chunks(&matrix, shard.iter().cloned(), || CrossProducts::new(3)));
            prop_assert_eq!(merge_all(partials.collect::<Vec<_>>()), Some(summarize(&matrix, || CrossProducts::new(3))));
        }

        #[test]
        fn scores_are_uncorrelated_and_carry_the_variances(seed in 0u64..200, width in 1usize..6) {
            use rand::Rng;
            let mut draws = crate::random::generator(seed, 1);
            let matrix = matrix(width, (0..60 * width).map(|it| draws.gen_range(-1.0..1.0) * (1.0 + (it % width) as f64)).collect());
            let model = fit(&matrix).unwrap();
            let scores = model.scores(&matrix).unwrap();
            let covariance = summarize(&scores, || CrossProducts::new(width)).covariance();
            for row in 0..width {
                for column in 0..width {
                    let expected = if row == column { model.variances[row] } else { 0.0 };
                    // 60 rows of size at most 6: rounding errors stay below 60 · 36 · 2.2e-16.
                    prop_assert!((covariance[row * width + column] - expected).abs() < 1e-12);
                }
            }
        }
    }
}
