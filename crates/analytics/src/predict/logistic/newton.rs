//! Newton's method on the penalized log-likelihood, with halved steps where a full one overshoots.

use super::LogisticParams;
use super::cholesky::Cholesky;
use super::sums::{Frame, NewtonSums};
use crate::predict::supervised::sum_rows;
use crate::progress::Watch;
use crate::{Error, Matrix, Result};

/// The relative pivot below which a column counts as a combination of others: a variance inflation of 1e12.
const DEPENDENT: f64 = 1e-12;

/// From this iteration on a step that still moves rows is looked at for separation; ordinary problems are done by then.
const PATIENCE: usize = 10;

/// Where Newton's method ended.
pub(super) struct Optimum {
    /// One coefficient a term, in the frame's units.
    pub(super) point: Vec<f64>,
    /// The sums there.
    pub(super) sums: NewtonSums,
    /// The factor of the penalized negative Hessian there.
    pub(super) factor: Cholesky,
    /// The iterations done.
    pub(super) iterations: usize,
}

/// The task: rows, labels as 0 and 1, frame, and the penalty of each term in the frame's units.
pub(super) struct Task<'a> {
    pub(super) matrix: &'a Matrix,
    pub(super) labels: &'a [f64],
    pub(super) frame: &'a Frame,
    pub(super) penalties: Vec<f64>,
    pub(super) params: &'a LogisticParams,
}

impl Task<'_> {
    fn sums(&self, point: &[f64], step: &[f64], watch: &mut Watch<'_>) -> Result<NewtonSums> {
        sum_rows(self.matrix, self.labels, super::STAGE, watch, || NewtonSums::new(self.frame, point, step))
    }

    fn objective(&self, sums: &NewtonSums, point: &[f64]) -> f64 {
        let penalty: f64 =
            self.penalties.iter().zip(point).map(|(weight, value)| weight * value * value).sum();
        sums.log_likelihood - 0.5 * penalty
    }

    fn factor(&self, sums: &NewtonSums) -> std::result::Result<Cholesky, usize> {
        let n = self.frame.n_terms();
        let mut hessian = sums.hessian.clone();
        self.penalties.iter().enumerate().for_each(|(term, weight)| hessian[term * n + term] += weight);
        Cholesky::new(&hessian, n, DEPENDENT)
    }

    fn collinear(&self, term: usize) -> Error {
        let column = term.saturating_sub(self.frame.first_column());
        Error::Collinear { column: self.matrix.names()[column].clone() }
    }

    /// Climbs from zero.
    pub(super) fn solve(&self, watch: &mut Watch<'_>) -> Result<Optimum> {
        let n_terms = self.frame.n_terms();
        let mut point = vec![0.0; n_terms];
        let mut sums = self.sums(&point, &vec![0.0; n_terms], watch)?;
        let mut factor = self.factor(&sums).map_err(|term| self.collinear(term))?;
        for iteration in 1..=self.params.max_iterations as usize {
            let pull: Vec<f64> =
                (0..n_terms).map(|term| sums.gradient[term] - self.penalties[term] * point[term]).collect();
            let step = factor.solve(&pull);
            let decrement: f64 = pull.iter().zip(&step).map(|(pull, step)| pull * step).sum();
            (point, sums) = self.climb(&point, &sums, step, watch)?;
            let is_unbounded = self.params.l2 == 0.0 && is_separated(&sums, iteration);
            if is_unbounded {
                return Err(Error::Separation);
            }
            factor = self.factor(&sums).map_err(|_| Error::Separation)?;
            // The decrement is the squared step in standard errors; Newton squares what is left of it once more.
            if decrement <= self.params.tolerance * self.params.tolerance {
                return Ok(Optimum { point, sums, factor, iterations: iteration });
            }
        }
        Err(Error::NotConverged { iterations: self.params.max_iterations as usize })
    }

    /// Takes the step, halved until the objective does not fall.
    fn climb(
        &self,
        point: &[f64],
        sums: &NewtonSums,
        mut step: Vec<f64>,
        watch: &mut Watch<'_>,
    ) -> Result<(Vec<f64>, NewtonSums)> {
        const HALVINGS: usize = 30;
        const ROUNDING: f64 = 1e-12;
        let before = self.objective(sums, point);
        for _ in 0..HALVINGS {
            let next: Vec<f64> = point.iter().zip(&step).map(|(point, step)| point + step).collect();
            let reached = self.sums(&next, &step, watch)?;
            if self.objective(&reached, &next) >= before - ROUNDING * before.abs() {
                return Ok((next, reached));
            }
            step.iter_mut().for_each(|value| *value *= 0.5);
        }
        Ok((point.to_vec(), sums.clone()))
    }
}

/// Whether the classes are separated. Completely, when every row lies on its class's side: then doubling the coefficients
/// raises the likelihood for ever. Quasi-completely, when late steps still move some rows and push none back.
///
/// Albert, A., Anderson, J. A. (1984). On the existence of maximum likelihood estimates in logistic regression models.
/// Biometrika 71, 1–10.
fn is_separated(sums: &NewtonSums, iteration: usize) -> bool {
    const STILL_MOVING: f64 = 0.5;
    const PUSHED_BACK: f64 = -1e-4;
    let completely = sums.least_margin > 0.0;
    let nearly = iteration >= PATIENCE && sums.greatest_gain > STILL_MOVING && sums.least_gain > PUSHED_BACK;
    completely || nearly
}
