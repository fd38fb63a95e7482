//! Log-likelihood, gradient and Hessian as one sum over rows.

use serde::{Deserialize, Serialize};
use stillroom_kernels::columns::{larger, smaller};
use stillroom_kernels::exponential::exp_of_negatives;

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
        let signs: Vec<f64> = labels.iter().map(|label| 2.0 * label - 1.0).collect();
        let margins = times(combine(block, &self.point, n_rows), &signs);
        let gains = times(combine(block, &self.step, n_rows), &signs);
        let least = |values: &[f64], so_far: f64| values.iter().copied().fold(so_far, smaller);
        self.least_margin = least(&margins, self.least_margin);
        self.least_gain = least(&gains, self.least_gain);
        self.greatest_gain = gains.iter().copied().fold(self.greatest_gain, larger);
        // One exponential serves ln(1 + exp(−margin)) and 1 / (1 + exp(margin)).
        let mut small: Vec<f64> = margins.iter().map(|margin| -margin.abs()).collect();
        exp_of_negatives(&mut small);
        self.log_likelihood -= loss(&margins, &small, weights);
        let misses = margins.iter().zip(&small).map(|(margin, small)| {
            let share = 1.0 / (1.0 + small);
            if *margin > 0.0 { small * share } else { share }
        });
        let mut curvatures: Vec<f64> = misses.collect();
        let mut pulls = times(curvatures.clone(), &signs);
        curvatures.iter_mut().for_each(|miss| *miss *= 1.0 - *miss);
        if let Some(weights) = weights {
            (pulls, curvatures) = (times(pulls, weights), times(curvatures, weights));
        }
        for (sum, column) in self.gradient.iter_mut().zip(block.chunks_exact(n_rows)) {
            *sum += dot(column, &pulls);
        }
        add_products(&weigh(block, &curvatures), block, n_rows, self.gradient.len(), &mut self.hessian);
    }
}

/// `Σ w ln(1 + exp(−margin))`, given `exp(−|margin|)`.
fn loss(margins: &[f64], small: &[f64], weights: Option<&[f64]>) -> f64 {
    let beyond = |margin: f64| larger(-margin, 0.0);
    match weights {
        Some(weights) => margins
            .iter()
            .zip(small)
            .zip(weights)
            .map(|((margin, small), weight)| weight * (beyond(*margin) + libm::log1p(*small)))
            .sum(),
        // The sum of logarithms is that of the product: factors are below 2, so a block's product stays a number.
        None => {
            let product: f64 = small.iter().map(|small| 1.0 + small).product();
            margins.iter().map(|margin| beyond(*margin)).sum::<f64>() + libm::log(product)
        }
    }
}

fn times(mut values: Vec<f64>, factors: &[f64]) -> Vec<f64> {
    values.iter_mut().zip(factors).for_each(|(value, factor)| *value *= factor);
    values
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
