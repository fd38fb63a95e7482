//! One pass of expectation and maximisation: sums of shares and moments, mergeable in chunk order, and what they say.

use std::ops::Range;

use super::density::{Densities, LANES};
use super::{CovarianceType, Covariances, GmmParams};
use crate::partial::chunks;
use crate::progress::{Watch, report};
use crate::{Matrix, Result};

/// A mixture between two passes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    pub(super) weights: Vec<f64>,
    pub(super) means: Vec<Vec<f64>>,
    pub(super) covariances: Covariances,
}

impl Step {
    /// The components by descending weight, ties by their means.
    pub(super) fn sorted(self) -> Self {
        let mut order: Vec<usize> = (0..self.weights.len()).collect();
        order.sort_by(|&left, &right| {
            let places = self.means[left].iter().zip(&self.means[right]);
            let by_place = || places.map(|(a, b)| a.total_cmp(b)).find(|it| it.is_ne());
            let by_weight = self.weights[right].total_cmp(&self.weights[left]);
            by_weight.then_with(|| by_place().unwrap_or(std::cmp::Ordering::Equal))
        });
        let pick = |all: &[Vec<f64>]| order.iter().map(|&it| all[it].clone()).collect::<Vec<_>>();
        Self {
            weights: order.iter().map(|&it| self.weights[it]).collect(),
            means: pick(&self.means),
            covariances: match self.covariances {
                Covariances::Full(all) => Covariances::Full(pick(&all)),
                Covariances::Diagonal(all) => Covariances::Diagonal(pick(&all)),
                Covariances::Tied(one) => Covariances::Tied(one),
                Covariances::Spherical(all) => {
                    Covariances::Spherical(order.iter().map(|&it| all[it]).collect())
                }
            },
        }
    }

    /// Whether every part is as large as `width` columns and the weights ask: a model that was read may be anything.
    pub(super) fn has_width(&self, width: usize) -> bool {
        let k = self.weights.len();
        let each =
            |all: &[Vec<f64>], length: usize| all.len() == k && all.iter().all(|it| it.len() == length);
        let has_spread = match &self.covariances {
            Covariances::Full(all) => each(all, width * width),
            Covariances::Diagonal(all) => each(all, width),
            Covariances::Tied(one) => one.len() == width * width,
            Covariances::Spherical(all) => all.len() == k,
        };
        k > 0 && each(&self.means, width) && has_spread
    }
}

/// Sums over rows, weighted by the rows' shares in each component, about the component's last mean.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sums {
    width: usize,
    /// One a component.
    shares: Vec<f64>,
    /// Of distances, shape `(k, p)`.
    firsts: Vec<f64>,
    /// Of products of distances: `(k, p, p)`, on and right of the diagonal, or `(k, p)` where only squares matter.
    seconds: Vec<f64>,
    pub(super) log_likelihood: f64,
}

impl Sums {
    fn new(k: usize, width: usize, covariance: CovarianceType) -> Self {
        let n_products = if is_square(covariance) { width * width } else { width };
        Self {
            width,
            shares: vec![0.0; k],
            firsts: vec![0.0; k * width],
            seconds: vec![0.0; k * n_products],
            log_likelihood: 0.0,
        }
    }

    /// Takes in the sums of the rows that follow.
    fn merge(&mut self, later: &Self) {
        let add = |sums: &mut [f64], others: &[f64]| {
            sums.iter_mut().zip(others).for_each(|(sum, other)| *sum += other);
        };
        add(&mut self.shares, &later.shares);
        add(&mut self.firsts, &later.firsts);
        add(&mut self.seconds, &later.seconds);
        self.log_likelihood += later.log_likelihood;
    }

    /// Adds the rows of `block`, whose lanes without a row have shares of 0. `scratch` has the block's length.
    fn add_block(&mut self, block: &[f64], shares: &[f64], means: &[Vec<f64>], scratch: &mut [f64]) {
        let width = self.width;
        let n_products = self.seconds.len() / self.shares.len();
        for (component, (shares, mean)) in shares.chunks_exact(LANES).zip(means).enumerate() {
            if shares.iter().all(|share| *share == 0.0) {
                continue;
            }
            self.shares[component] += add_lanes(shares);
            for ((kept, values), place) in
                scratch.chunks_exact_mut(LANES).zip(block.chunks_exact(LANES)).zip(mean)
            {
                kept.iter_mut().zip(values).for_each(|(distance, value)| *distance = value - place);
            }
            let firsts = &mut self.firsts[component * width..(component + 1) * width];
            let seconds = &mut self.seconds[component * n_products..(component + 1) * n_products];
            for column in 0..width {
                let mut weighted = [0.0; LANES];
                let distances = &scratch[column * LANES..(column + 1) * LANES];
                for ((lane, distance), share) in weighted.iter_mut().zip(distances).zip(shares) {
                    *lane = distance * share;
                }
                firsts[column] += add_lanes(&weighted);
                if n_products == width {
                    seconds[column] += dot_lanes(&weighted, distances);
                    continue;
                }
                let products = &mut seconds[column * width + column..(column + 1) * width];
                for (product, other) in products.iter_mut().zip(scratch[column * LANES..].chunks_exact(LANES))
                {
                    *product += dot_lanes(&weighted, other);
                }
            }
        }
    }
}

fn is_square(covariance: CovarianceType) -> bool {
    matches!(covariance, CovarianceType::Full | CovarianceType::Tied)
}

/// The sum of [`LANES`] numbers, halves added to halves: a fixed order that fits wide registers.
fn add_lanes(lanes: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    sums.copy_from_slice(lanes);
    fold_lanes(sums)
}

fn dot_lanes(left: &[f64; LANES], right: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    for ((sum, a), b) in sums.iter_mut().zip(left).zip(right) {
        *sum = a * b;
    }
    fold_lanes(sums)
}

#[inline(always)]
fn fold_lanes(mut sums: [f64; LANES]) -> f64 {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            sums[lane] += sums[lane + half];
        }
        half /= 2;
    }
    sums[0]
}

/// The sums of one chunk under `densities`, about `means`: the expectation step of a worker.
pub(super) fn expect_chunk(
    matrix: &Matrix,
    rows: Range<usize>,
    densities: &Densities,
    means: &[Vec<f64>],
    covariance: CovarianceType,
) -> Sums {
    let width = matrix.n_columns();
    let mut sums = Sums::new(means.len(), width, covariance);
    let mut block = vec![0.0; width * LANES];
    let mut scratch = block.clone();
    let mut shares = vec![0.0; means.len() * LANES];
    for rows in matrix.rows(rows).chunks(width * LANES) {
        let n_lanes = rows.len() / width;
        densities.fill_block(&mut block, rows);
        sums.log_likelihood += densities.shares(&block, n_lanes, &mut shares, &mut scratch);
        shares.chunks_exact_mut(LANES).for_each(|lanes| lanes[n_lanes..].fill(0.0));
        sums.add_block(&block, &shares, means, &mut scratch);
    }
    sums
}

/// The sums of all rows under `densities`, chunk by chunk in order.
pub(super) fn sums_of_shares(
    matrix: &Matrix,
    densities: &Densities,
    means: &[Vec<f64>],
    covariance: CovarianceType,
    watch: &mut Watch<'_>,
) -> Result<Sums> {
    let mut sums = Sums::new(means.len(), matrix.n_columns(), covariance);
    for rows in chunks(matrix.n_rows()) {
        report(watch, "gmm", rows.start, matrix.n_rows())?;
        sums.merge(&expect_chunk(matrix, rows, densities, means, covariance));
    }
    Ok(sums)
}

/// The sums when each row belongs wholly to the component of its label.
pub(super) fn sums_of_labels(
    matrix: &Matrix,
    means: &[Vec<f64>],
    labels: &[u32],
    covariance: CovarianceType,
    watch: &mut Watch<'_>,
) -> Result<Sums> {
    let (k, width) = (means.len(), matrix.n_columns());
    let mut sums = Sums::new(k, width, covariance);
    let mut block = vec![0.0; width * LANES];
    let mut scratch = block.clone();
    for rows in chunks(matrix.n_rows()) {
        report(watch, "gmm", rows.start, matrix.n_rows())?;
        let mut chunk = Sums::new(k, width, covariance);
        let blocks = matrix.rows(rows.clone()).chunks(width * LANES);
        for (rows, labels) in blocks.zip(labels[rows].chunks(LANES)) {
            for (lane, row) in rows.chunks_exact(width).enumerate() {
                row.iter().enumerate().for_each(|(column, value)| block[column * LANES + lane] = *value);
            }
            let mut shares = vec![0.0; k * LANES];
            for (lane, label) in labels.iter().enumerate() {
                shares[*label as usize * LANES + lane] = 1.0;
            }
            chunk.add_block(&block, &shares, means, &mut scratch);
        }
        sums.merge(&chunk);
    }
    Ok(sums)
}

/// The mixture of highest likelihood for these shares. `means` are those the sums were taken about.
pub(super) fn maximise(sums: &Sums, means: &[Vec<f64>], params: &GmmParams) -> Step {
    let (width, k) = (sums.width, means.len());
    // A component without any row keeps its place instead of dividing by 0.
    let sizes: Vec<f64> = sums.shares.iter().map(|share| share + 10.0 * f64::EPSILON).collect();
    let total: f64 = sizes.iter().sum();
    let moves: Vec<Vec<f64>> = (0..k)
        .map(|it| sums.firsts[it * width..(it + 1) * width].iter().map(|first| first / sizes[it]).collect())
        .collect();
    let moved =
        means.iter().zip(&moves).map(|(mean, way)| mean.iter().zip(way).map(|(a, b)| a + b).collect());
    Step {
        weights: sizes.iter().map(|size| size / total).collect(),
        means: moved.collect(),
        covariances: covariances(sums, &sizes, &moves, params),
    }
}

fn covariances(sums: &Sums, sizes: &[f64], moves: &[Vec<f64>], params: &GmmParams) -> Covariances {
    let (width, k) = (sums.width, sizes.len());
    let matrix_of = |it: usize| {
        let seconds = &sums.seconds[it * width * width..(it + 1) * width * width];
        let cell = |row: usize, column: usize| {
            let (row, column) = (row.min(column), row.max(column));
            seconds[row * width + column] / sizes[it] - moves[it][row] * moves[it][column]
        };
        (0..width * width).map(|at| cell(at / width, at % width)).collect::<Vec<f64>>()
    };
    let variances_of = |it: usize| {
        let seconds = &sums.seconds[it * width..(it + 1) * width];
        let variance = |(second, way): (&f64, &f64)| (second / sizes[it] - way * way).max(0.0);
        seconds.iter().zip(&moves[it]).map(variance).collect::<Vec<f64>>()
    };
    let regular = |mut matrix: Vec<f64>| {
        (0..width)
            .for_each(|it| matrix[it * width + it] = matrix[it * width + it].max(0.0) + params.reg_covar);
        matrix
    };
    match params.covariance {
        CovarianceType::Full => Covariances::Full((0..k).map(|it| regular(matrix_of(it))).collect()),
        CovarianceType::Tied => {
            let total: f64 = sizes.iter().sum();
            let mut pooled = vec![0.0; width * width];
            for (it, size) in sizes.iter().enumerate() {
                for (sum, cell) in pooled.iter_mut().zip(matrix_of(it)) {
                    *sum += cell * (size / total);
                }
            }
            Covariances::Tied(regular(pooled))
        }
        CovarianceType::Diagonal => {
            let regular = |it| variances_of(it).iter().map(|variance| variance + params.reg_covar).collect();
            Covariances::Diagonal((0..k).map(regular).collect())
        }
        CovarianceType::Spherical => {
            let mean = |it| variances_of(it).iter().sum::<f64>() / width as f64 + params.reg_covar;
            Covariances::Spherical((0..k).map(mean).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::Rng;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(30))]

        #[test]
        fn shards_merged_in_order_equal_the_single_pass(n_rows in 1usize..14_000, shards in 1usize..5, seed in 0u64..99, shape in 0usize..4) {
            let covariance = [CovarianceType::Full, CovarianceType::Diagonal, CovarianceType::Tied, CovarianceType::Spherical][shape];
            let mut draws = crate::random::generator(seed, 0);
            let names = (0..3).map(|it| it.to_string()).collect();
            let matrix = Matrix::new(names, (0..n_rows * 3).map(|_| draws.gen_range(-2.0..2.0)).collect()).unwrap();
            let means = vec![vec![-1.0, 0.0, 0.5], vec![1.0, 0.3, -0.5]];
            let square = [1.0, 0.2, 0.0, 0.2, 1.0, 0.1, 0.0, 0.1, 1.0].to_vec();
            let step = Step { weights: vec![0.5; 2], means: means.clone(), covariances: Covariances::Tied(square) };
            let densities = Densities::new(&step).unwrap();
            let chunk = |rows: Range<usize>| expect_chunk(&matrix, rows, &densities, &means, covariance);
            let fold = |mut sum: Sums, later: Sums| { sum.merge(&later); sum };
            let all: Vec<_> = chunks(n_rows).collect();
            let mut per_shard: Vec<Vec<Sums>> =
                all.chunks(all.len().div_ceil(shards)).rev().map(|shard| shard.iter().cloned().map(chunk).collect()).collect();
            per_shard.reverse();
            prop_assert_eq!(per_shard.into_iter().flatten().reduce(fold), chunks(n_rows).map(chunk).reduce(fold));
        }
    }
}
