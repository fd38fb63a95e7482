//! Log-densities of a mixture's components and the rows' shares in them, several rows side by side.

use super::Covariances;
use super::em::Step;
use crate::partial::chunks;
use crate::progress::{Watch, report};
use crate::{Error, Matrix, Result};

/// Rows computed side by side, column by column, so that the compiler can use the widest registers it has.
pub(super) const LANES: usize = 16;

/// A mixture made ready to evaluate.
#[derive(Debug)]
pub(super) struct Densities {
    width: usize,
    components: Vec<Component>,
}

#[derive(Debug)]
struct Component {
    mean: Vec<f64>,
    /// The log of the weight and of the density's constant.
    log_constant: f64,
    /// One over the factor's diagonal.
    scales: Vec<f64>,
    /// The lower Cholesky factor, row by row; empty when the covariance is diagonal.
    lower: Vec<f64>,
}

impl Densities {
    pub(super) fn new(step: &Step) -> Result<Self> {
        let width = step.means.first().map_or(0, Vec::len);
        let components = step.means.iter().zip(&step.weights).enumerate().map(|(at, (mean, weight))| {
            let lower = match &step.covariances {
                Covariances::Full(all) => lower_factor(&all[at], width)?,
                Covariances::Tied(one) => lower_factor(one, width)?,
                Covariances::Diagonal(_) | Covariances::Spherical(_) => Vec::new(),
            };
            let roots: Vec<f64> = match &step.covariances {
                Covariances::Diagonal(all) => all[at].iter().map(|variance| variance.sqrt()).collect(),
                Covariances::Spherical(all) => vec![all[at].sqrt(); width],
                Covariances::Full(_) | Covariances::Tied(_) => {
                    (0..width).map(|it| lower[it * width + it]).collect()
                }
            };
            if roots.iter().any(|root| !root.is_normal()) {
                return Err(collapsed());
            }
            let log_size: f64 = roots.iter().map(|root| libm::log(*root)).sum();
            let log_two_pi = libm::log(2.0 * std::f64::consts::PI);
            Ok(Component {
                mean: mean.clone(),
                log_constant: libm::log(*weight) - log_size - 0.5 * width as f64 * log_two_pi,
                scales: roots.iter().map(|root| 1.0 / root).collect(),
                lower,
            })
        });
        Ok(Self { width, components: components.collect::<Result<_>>()? })
    }

    pub(super) fn k(&self) -> usize {
        self.components.len()
    }

    /// Lays up to [`LANES`] rows side by side, column by column; lanes without a row keep what they hold.
    pub(super) fn fill_block(&self, block: &mut [f64], rows: &[f64]) {
        for (lane, row) in rows.chunks_exact(self.width).enumerate() {
            for (lanes, value) in block.chunks_exact_mut(LANES).zip(row) {
                lanes[lane] = *value;
            }
        }
    }

    /// Fills in each component's share in each row of `block`, component by component, and answers the sum of the first
    /// `n_lanes` rows' log-likelihoods. `scratch` has the block's length.
    pub(super) fn shares(
        &self,
        block: &[f64],
        n_lanes: usize,
        shares: &mut [f64],
        scratch: &mut [f64],
    ) -> f64 {
        let mut largest = [f64::NEG_INFINITY; LANES];
        for (component, logs) in self.components.iter().zip(shares.chunks_exact_mut(LANES)) {
            component.log_densities(block, logs, scratch);
            for (most, log) in largest.iter_mut().zip(logs.iter()) {
                *most = most.max(*log);
            }
        }
        let mut sums = [0.0; LANES];
        for logs in shares.chunks_exact_mut(LANES) {
            for ((log, most), sum) in logs.iter_mut().zip(&largest).zip(&mut sums) {
                *log = libm::exp(*log - most);
                *sum += *log;
            }
        }
        for lanes in shares.chunks_exact_mut(LANES) {
            lanes.iter_mut().zip(&sums).for_each(|(share, sum)| *share /= sum);
        }
        largest.iter().zip(&sums).take(n_lanes).map(|(most, sum)| most + libm::log(*sum)).sum()
    }

    /// Hands the shares of every block of rows to `take`, in order, with the rows in it; answers the sum of the rows'
    /// log-likelihoods.
    pub(super) fn for_each_block(
        &self,
        matrix: &Matrix,
        mut watch: Option<&mut Watch<'_>>,
        mut take: impl FnMut(&[f64], usize),
    ) -> Result<f64> {
        let mut block = vec![0.0; self.width * LANES];
        let mut scratch = block.clone();
        let mut shares = vec![0.0; self.k() * LANES];
        let mut total = 0.0;
        for rows in chunks(matrix.n_rows()) {
            if let Some(watch) = watch.as_deref_mut() {
                report(watch, "gmm", rows.start, matrix.n_rows())?;
            }
            let mut sum = 0.0;
            for rows in matrix.rows(rows).chunks(self.width * LANES) {
                let n_lanes = rows.len() / self.width;
                self.fill_block(&mut block, rows);
                sum += self.shares(&block, n_lanes, &mut shares, &mut scratch);
                take(&shares, n_lanes);
            }
            total += sum;
        }
        Ok(total)
    }

    /// The component with the largest share in the row of `lane`.
    pub(super) fn largest(&self, shares: &[f64], lane: usize) -> u32 {
        let of = |component: usize| shares[component * LANES + lane];
        (1..self.k()).fold(0, |best, component| if of(component) > of(best) { component } else { best })
            as u32
    }
}

impl Component {
    /// The log of weight times density of each row of `block`: the row's distance from the mean is solved through the
    /// factor, column by column.
    fn log_densities(&self, block: &[f64], logs: &mut [f64], scratch: &mut [f64]) {
        let width = self.mean.len();
        let mut squares = [0.0; LANES];
        for (column, values) in block.chunks_exact(LANES).enumerate() {
            let mut solved = [0.0; LANES];
            for (lane, value) in solved.iter_mut().zip(values) {
                *lane = value - self.mean[column];
            }
            if !self.lower.is_empty() {
                let factors = &self.lower[column * width..column * width + column];
                for (factor, before) in factors.iter().zip(scratch.chunks_exact(LANES)) {
                    for (lane, value) in solved.iter_mut().zip(before) {
                        *lane -= factor * value;
                    }
                }
            }
            let scale = self.scales[column];
            let kept = &mut scratch[column * LANES..(column + 1) * LANES];
            for ((lane, square), keep) in solved.iter_mut().zip(&mut squares).zip(kept) {
                *lane *= scale;
                *square += *lane * *lane;
                *keep = *lane;
            }
        }
        for (log, square) in logs.iter_mut().zip(&squares) {
            *log = self.log_constant - 0.5 * square;
        }
    }
}

/// The lower Cholesky factor of the symmetric matrix of shape `(n, n)`, row by row. A pivot that is lost in the rounding of
/// its diagonal is a collapse.
fn lower_factor(matrix: &[f64], n: usize) -> Result<Vec<f64>> {
    let mut lower = vec![0.0; n * n];
    for row in 0..n {
        for column in 0..=row {
            let (above, own) = (&lower[column * n..column * n + column], &lower[row * n..row * n + column]);
            let known: f64 = own.iter().zip(above).map(|(a, b)| a * b).sum();
            let rest = matrix[row * n + column] - known;
            if column < row {
                lower[row * n + column] = rest / lower[column * n + column];
            } else if rest > n as f64 * f64::EPSILON * matrix[row * n + row] && rest.is_finite() {
                lower[row * n + row] = rest.sqrt();
            } else {
                return Err(collapsed());
            }
        }
    }
    Ok(lower)
}

fn collapsed() -> Error {
    Error::Parameter {
        name: "reg_covar",
        range: "larger here, or k smaller: a component has collapsed onto rows that do not vary in every direction",
    }
}
