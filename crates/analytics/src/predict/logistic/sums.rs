//! Log-likelihood, gradient and Hessian as one sum over rows.

use serde::{Deserialize, Serialize};

use crate::predict::linear::ranges::Ranges;
use crate::predict::supervised::RowSum;

/// How columns are brought near 1: `(value − shift) × scale`, so that the Hessian is well conditioned whatever the units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Frame {
    pub(super) intercept: bool,
    pub(super) shifts: Vec<f64>,
    pub(super) scales: Vec<f64>,
}

impl Frame {
    /// A column is shifted only when an intercept can take up the shift.
    pub(super) fn new(ranges: &Ranges, intercept: bool) -> Self {
        let n_columns = ranges.low.len();
        let shift = |column| if intercept { ranges.shift(column) } else { 0.0 };
        let shifts: Vec<f64> = (0..n_columns).map(shift).collect();
        let scales = (0..n_columns).map(|column| ranges.scale(column, shifts[column])).collect();
        Self { intercept, shifts, scales }
    }

    pub(super) fn n_columns(&self) -> usize {
        self.scales.len()
    }

    pub(super) fn n_terms(&self) -> usize {
        self.scales.len() + usize::from(self.intercept)
    }

    /// Where the columns start among the terms.
    pub(super) fn first_column(&self) -> usize {
        usize::from(self.intercept)
    }

    fn write_terms(&self, row: &[f64], terms: &mut [f64]) {
        let first = self.first_column();
        if self.intercept {
            terms[0] = 1.0;
        }
        for (column, value) in row.iter().enumerate() {
            terms[first + column] = (value - self.shifts[column]) * self.scales[column];
        }
    }
}

/// The sums at one point, and how the last step moved the rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct NewtonSums {
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

    fn absorb_row(&mut self, terms: &[f64], label: f64) {
        let (mut log_odds, mut change) = (0.0, 0.0);
        for ((term, point), step) in terms.iter().zip(&self.point).zip(&self.step) {
            log_odds += term * point;
            change += term * step;
        }
        let sign = 2.0 * label - 1.0;
        let margin = sign * log_odds;
        self.least_margin = self.least_margin.min(margin);
        self.least_gain = self.least_gain.min(sign * change);
        self.greatest_gain = self.greatest_gain.max(sign * change);
        self.log_likelihood -= softplus(-margin);
        let miss = sigmoid(-margin);
        let weight = miss * (1.0 - miss);
        let n_terms = terms.len();
        for (position, &term) in terms.iter().enumerate() {
            // Indicator columns are mostly zero: skipping them halves the work on one-hot data.
            if term == 0.0 {
                continue;
            }
            self.gradient[position] += sign * miss * term;
            let weighted = weight * term;
            let row = &mut self.hessian[position * n_terms + position..(position + 1) * n_terms];
            row.iter_mut().zip(&terms[position..]).for_each(|(sum, other)| *sum += weighted * other);
        }
    }
}

impl RowSum for NewtonSums {
    fn absorb(&mut self, rows: &[f64], target: &[f64]) {
        let mut terms = vec![0.0; self.frame.n_terms()];
        for (row, &label) in rows.chunks_exact(self.frame.n_columns()).zip(target) {
            self.frame.write_terms(row, &mut terms);
            self.absorb_row(&terms, label);
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

/// `1 / (1 + exp(−x))`, within `0..=1`.
pub(super) fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + libm::exp(-x))
    } else {
        let odds = libm::exp(x);
        odds / (1.0 + odds)
    }
}

/// `ln(1 + exp(x))` without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + libm::log1p(libm::exp(-x.abs()))
}
