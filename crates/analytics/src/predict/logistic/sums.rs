//! Log-likelihood, gradient and Hessian as one sum over rows.

use serde::{Deserialize, Serialize};

use crate::predict::frame::{Frame, combine, weigh};
use crate::predict::weighted::{BLOCK_ROWS, WeightedSum, add_products, dot};

/// The sums at one point, and how the last step moved the rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct NewtonSums {
    frame: Frame,
    point: Vec<f64>,
    step: Vec<f64>,
    /// The log-likelihood.
    pub(super) log_likelihood: f64,
    /// Its gradient.
    pub(super) gradient: Vec<f64>,
    /// The negative Hessian's upper triangle within shape `(n_terms, n_terms)`, row-major.
    pub(super) hessian: Vec<f64>,
    /// The least signed log-odds: positive when every row is on its own class's side.
    pub(super) least_margin: f64,
    /// The least and greatest change of the signed log-odds by the last step.
    pub(super) least_gain: f64,
    pub(super) greatest_gain: f64,
}

impl NewtonSums {
    pub(super) fn new(frame: &Frame, point: &[f64], step: &[f64]) -> Self {
        let n_terms = frame.n_terms();
        Self {
            frame: frame.clone(),
            point: point.to_vec(),
            step: step.to_vec(),
            log_likelihood: 0.0,
            gradient: vec![0.0; n_terms],
            hessian: vec![0.0; n_terms * n_terms],
            least_margin: f64::MAX,
            least_gain: f64::MAX,
            greatest_gain: f64::MIN,
        }
    }

    fn absorb_block(&mut self, block: &[f64], labels: &[f64], weights: Option<&[f64]>) {
        let n_rows = labels.len();
        let log_odds = combine(block, &self.point, n_rows);
        let changes = combine(block, &self.step, n_rows);
        let (mut pulls, mut curvatures) = (vec![0.0; n_rows], vec![0.0; n_rows]);
        for row in 0..n_rows {
            let weight = weights.map_or(1.0, |weights| weights[row]);
            let sign = 2.0 * labels[row] - 1.0;
            let (margin, gain) = (sign * log_odds[row], sign * changes[row]);
            self.least_margin = self.least_margin.min(margin);
            self.least_gain = self.least_gain.min(gain);
            self.greatest_gain = self.greatest_gain.max(gain);
            // One exponential serves ln(1 + exp(−margin)) and 1 / (1 + exp(margin)).
            let small = libm::exp(-margin.abs());
            self.log_likelihood -= weight * ((-margin).max(0.0) + libm::log1p(small));
            let miss = if margin > 0.0 { small / (1.0 + small) } else { 1.0 / (1.0 + small) };
            pulls[row] = weight * sign * miss;
            curvatures[row] = weight * miss * (1.0 - miss);
        }
        for (sum, column) in self.gradient.iter_mut().zip(block.chunks_exact(n_rows)) {
            *sum += dot(column, &pulls);
        }
        add_products(&weigh(block, &curvatures), block, n_rows, self.gradient.len(), &mut self.hessian);
    }
}

impl WeightedSum for NewtonSums {
    fn absorb(&mut self, rows: &[f64], target: &[f64], weights: Option<&[f64]>) {
        let width = BLOCK_ROWS * self.frame.n_columns();
        for (at, (rows, labels)) in rows.chunks(width).zip(target.chunks(BLOCK_ROWS)).enumerate() {
            let first = at * BLOCK_ROWS;
            let weights = weights.map(|weights| &weights[first..first + labels.len()]);
            let block = self.frame.block(rows, labels.len());
            self.absorb_block(&block, labels, weights);
        }
    }

    fn merge(&mut self, later: Self) {
        self.log_likelihood += later.log_likelihood;
        self.gradient.iter_mut().zip(later.gradient).for_each(|(sum, later)| *sum += later);
        self.hessian.iter_mut().zip(later.hessian).for_each(|(sum, later)| *sum += later);
        self.least_margin = self.least_margin.min(later.least_margin);
        self.least_gain = self.least_gain.min(later.least_gain);
        self.greatest_gain = self.greatest_gain.max(later.greatest_gain);
    }
}
