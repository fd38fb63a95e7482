//! The quasi-log-likelihood, its gradient and curvature, and the sums inference needs, as sums over rows.

use std::ops::Range;

use super::Task;
use crate::Matrix;
use crate::partial::Partial;
use crate::predict::frame::{combine, weigh};
use crate::predict::weighted::{BLOCK_ROWS, add_products, dot};

/// The sums at one point.
pub(super) struct GlmSums<'a> {
    task: &'a Task<'a>,
    point: Vec<f64>,
    /// Whether the curvature is the expected one, and deviance and Pearson's χ² are summed.
    is_last: bool,
    /// The quasi-log-likelihood, but for what does not depend on the point.
    pub(super) objective: f64,
    pub(super) gradient: Vec<f64>,
    /// The upper triangle of the curvature.
    pub(super) curvature: Vec<f64>,
    pub(super) deviance: f64,
    pub(super) pearson: f64,
}

impl<'a> GlmSums<'a> {
    /// With the observed curvature, for the next step.
    pub(super) fn new(task: &'a Task<'_>, point: &[f64]) -> Self {
        let n_terms = point.len();
        Self {
            task,
            point: point.to_vec(),
            is_last: false,
            objective: 0.0,
            gradient: vec![0.0; n_terms],
            curvature: vec![0.0; n_terms * n_terms],
            deviance: 0.0,
            pearson: 0.0,
        }
    }

    /// With the expected curvature, deviance and Pearson's χ², for the report.
    pub(super) fn last(task: &'a Task<'_>, point: &[f64]) -> Self {
        Self { is_last: true, ..Self::new(task, point) }
    }

    fn absorb_block(&mut self, matrix: &Matrix, rows: Range<usize>) {
        let (task, n_rows, power) = (self.task, rows.len(), self.task.power);
        let block = task.frame.block(matrix.rows(rows.clone()), n_rows);
        let logs = combine(&block, &self.point, n_rows);
        let (mut pulls, mut curvatures) = (vec![0.0; n_rows], vec![0.0; n_rows]);
        for (at, row) in rows.enumerate() {
            let weight = task.rows.weights.map_or(1.0, |weights| weights[row]);
            let log = logs[at] + task.offsets.as_ref().map_or(0.0, |offsets| offsets[row]);
            let (target, mean) = (task.rows.target[row], libm::exp(log));
            // The mean to the powers 1 − p and 2 − p.
            let first = if power == 1.0 { 1.0 } else { libm::exp((1.0 - power) * log) };
            let second = if power == 2.0 { 1.0 } else { mean * first };
            pulls[at] = weight * (target * first - second);
            self.objective += weight * quasi_log_likelihood(target, log, (first, second), power);
            if self.is_last {
                curvatures[at] = weight * second;
                self.deviance += weight * deviance(target, mean, log, power);
                self.pearson += weight * (target - mean) * (target - mean) * first / mean;
            } else {
                curvatures[at] = weight * ((2.0 - power) * second + (power - 1.0) * target * first);
            }
        }
        for (sum, column) in self.gradient.iter_mut().zip(block.chunks_exact(n_rows)) {
            *sum += dot(column, &pulls);
        }
        add_products(&weigh(&block, &curvatures), &block, n_rows, self.gradient.len(), &mut self.curvature);
    }
}

fn quasi_log_likelihood(target: f64, log: f64, (first, second): (f64, f64), power: f64) -> f64 {
    if power == 1.0 {
        target * log - second
    } else if power == 2.0 {
        -target * first - log
    } else {
        target * first / (1.0 - power) - second / (2.0 - power)
    }
}

/// Twice what the row lacks to a perfect fit.
fn deviance(target: f64, mean: f64, log: f64, power: f64) -> f64 {
    let lacking = if power == 1.0 {
        let own = if target > 0.0 { target * (libm::log(target) - log) } else { 0.0 };
        own - (target - mean)
    } else if power == 2.0 {
        (target - mean) / mean - (libm::log(target) - log)
    } else {
        let own = libm::pow(target, 2.0 - power) / ((1.0 - power) * (2.0 - power));
        let (first, second) = (libm::exp((1.0 - power) * log), libm::exp((2.0 - power) * log));
        own - target * first / (1.0 - power) + second / (2.0 - power)
    };
    2.0 * lacking
}

impl Partial for GlmSums<'_> {
    fn absorb(&mut self, matrix: &Matrix, rows: Range<usize>) {
        for start in rows.clone().step_by(BLOCK_ROWS) {
            self.absorb_block(matrix, start..(start + BLOCK_ROWS).min(rows.end));
        }
    }

    fn merge(&mut self, later: Self) {
        self.gradient.iter_mut().zip(later.gradient).for_each(|(sum, later)| *sum += later);
        self.curvature.iter_mut().zip(later.curvature).for_each(|(sum, later)| *sum += later);
        self.objective += later.objective;
        self.deviance += later.deviance;
        self.pearson += later.pearson;
    }
}
