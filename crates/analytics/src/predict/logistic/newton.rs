//! Newton's method on the penalized log-likelihood, with halved steps where a full one overshoots. Under a penalty on sizes each
//! step solves the quadratic model with that penalty in it (a proximal Newton step).
//!
//! Lee, J. D., Sun, Y., Saunders, M. A. (2014). Proximal Newton-type methods for minimizing composite functions. SIAM J. Optim. 24,
//! 1420–1443.

use super::LogisticParams;
use super::cholesky::Cholesky;
use super::sums::NewtonSums;
use crate::predict::frame::Frame;
use crate::predict::penalized::{Quadratic, State};
use crate::predict::weighted::dot;
use crate::progress::Watch;
use crate::shards::SharedRows;
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
    /// The factor of the penalized negative Hessian there; `None` under a penalty on sizes.
    pub(super) factor: Option<Cholesky>,
    /// The iterations done.
    pub(super) iterations: usize,
}

/// The task: rows with labels as 0 and 1, frame, and the penalties of each term in the frame's units.
pub(super) struct Task<'a> {
    pub(super) matrix: &'a Matrix,
    pub(super) shared: SharedRows<'a>,
    pub(super) frame: &'a Frame,
    pub(super) squares: Vec<f64>,
    pub(super) sizes: Vec<f64>,
    pub(super) params: &'a LogisticParams,
}

impl Task<'_> {
    async fn sums(&mut self, point: &[f64], step: &[f64], watch: &mut Watch<'_>) -> Result<NewtonSums> {
        self.shared.sum(super::STAGE, watch, &NewtonSums::new(self.frame, point, step)).await
    }

    fn objective(&self, sums: &NewtonSums, point: &[f64]) -> f64 {
        let squares: f64 = self.squares.iter().zip(point).map(|(weight, value)| weight * value * value).sum();
        sums.log_likelihood - 0.5 * squares - self.size_penalty(point)
    }

    fn size_penalty(&self, point: &[f64]) -> f64 {
        self.sizes.iter().zip(point).map(|(weight, value)| weight * value.abs()).sum()
    }

    fn factor(&self, sums: &NewtonSums) -> std::result::Result<Cholesky, usize> {
        let n = self.frame.n_terms();
        let mut hessian = sums.hessian.clone();
        self.squares.iter().enumerate().for_each(|(term, weight)| hessian[term * n + term] += weight);
        Cholesky::new(&hessian, n, DEPENDENT)
    }

    /// Climbs from zero.
    pub(super) async fn solve(&mut self, watch: &mut Watch<'_>) -> Result<Optimum> {
        if self.params.l1 > 0.0 {
            return self.solve_with_sizes(watch).await;
        }
        let n_terms = self.frame.n_terms();
        let mut point = vec![0.0; n_terms];
        let mut sums = self.sums(&point, &vec![0.0; n_terms], watch).await?;
        let mut factor = self.factor(&sums).map_err(|term| self.frame.collinear(self.matrix, term))?;
        for iteration in 1..=self.params.max_iterations as usize {
            let pull: Vec<f64> =
                (0..n_terms).map(|term| sums.gradient[term] - self.squares[term] * point[term]).collect();
            let step = factor.solve(&pull);
            let decrement: f64 = pull.iter().zip(&step).map(|(pull, step)| pull * step).sum();
            (point, sums) = self.climb(&point, &sums, step, watch).await?;
            let is_unbounded = self.params.l2 == 0.0 && is_separated(&sums, iteration);
            if is_unbounded {
                return Err(Error::Separation);
            }
            factor = self.factor(&sums).map_err(|_| Error::Separation)?;
            // The decrement is the squared step in standard errors; Newton squares what is left of it once more.
            if decrement <= self.params.tolerance * self.params.tolerance {
                return Ok(Optimum { point, sums, factor: Some(factor), iterations: iteration });
            }
        }
        Err(Error::NotConverged { iterations: self.params.max_iterations as usize })
    }

    /// Climbs from zero by steps that hold the penalty on sizes.
    async fn solve_with_sizes(&mut self, watch: &mut Watch<'_>) -> Result<Optimum> {
        let n_terms = self.frame.n_terms();
        let mut point = vec![0.0; n_terms];
        let mut sums = self.sums(&point, &vec![0.0; n_terms], watch).await?;
        for iteration in 1..=self.params.max_iterations as usize {
            let model = Quadratic::around(&sums.hessian, &sums.gradient, &point, &self.sizes, &self.squares);
            let next = model.solve_from(&point, watch)?;
            let step: Vec<f64> = next.iter().zip(&point).map(|(next, point)| next - point).collect();
            let pull: Vec<f64> =
                (0..n_terms).map(|term| sums.gradient[term] - self.squares[term] * point[term]).collect();
            let gain = dot(&pull, &step) - self.size_penalty(&next) + self.size_penalty(&point);
            (point, sums) = self.climb(&point, &sums, step, watch).await?;
            if gain <= self.params.tolerance * self.params.tolerance {
                return Ok(Optimum { point, sums, factor: None, iterations: iteration });
            }
        }
        Err(Error::NotConverged { iterations: self.params.max_iterations as usize })
    }

    /// Takes the step, halved until the objective does not fall.
    async fn climb(
        &mut self,
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
            let reached = self.sums(&next, &step, watch).await?;
            if self.objective(&reached, &next) >= before - ROUNDING * before.abs() {
                return Ok((next, reached));
            }
            step.iter_mut().for_each(|value| *value *= 0.5);
        }
        Ok((point.to_vec(), sums.clone()))
    }
}

impl Quadratic {
    /// The quadratic model of a penalized objective at `point`, from the upper triangle of its negative Hessian and its gradient
    /// without penalties.
    pub(super) fn around(hessian: &[f64], gradient: &[f64], point: &[f64], l1: &[f64], l2: &[f64]) -> Self {
        let n = gradient.len();
        let cells =
            (0..n).flat_map(|row| (0..n).map(move |column| hessian[row.min(column) * n + row.max(column)]));
        let gram: Vec<f64> = cells.collect();
        let cross = gram.chunks_exact(n).zip(gradient).map(|(row, pull)| dot(row, point) + pull).collect();
        Self { gram, cross, target: 0.0, l1: l1.to_vec(), l2: l2.to_vec() }
    }

    /// Its optimum, to the last digits where the signs can be settled.
    pub(super) fn solve_from(&self, point: &[f64], watch: &mut Watch<'_>) -> Result<Vec<f64>> {
        let mut state = State::at(self, point);
        self.settle(&mut state, 1e-9, watch)?;
        self.polish(&mut state);
        Ok(state.point)
    }
}

/// Whether the classes are separated. Completely, when every row lies on its class's side: then doubling the coefficients
/// raises the likelihood for ever. Quasi-completely, when late steps still move some rows and push none back.
///
/// Albert, A., Anderson, J. A. (1984). On the existence of maximum likelihood estimates in logistic regression models.
/// Biometrika 71, 1–10.
fn is_separated(sums: &NewtonSums, iteration: usize) -> bool {
    are_separated(sums.least_margin, (sums.least_gain, sums.greatest_gain), iteration)
}

/// As [`is_separated`], from the least margin and the least and greatest gain of the last step.
pub(super) fn are_separated(least_margin: f64, (least, greatest): (f64, f64), iteration: usize) -> bool {
    const STILL_MOVING: f64 = 0.5;
    const PUSHED_BACK: f64 = -1e-4;
    least_margin > 0.0 || (iteration >= PATIENCE && greatest > STILL_MOVING && least > PUSHED_BACK)
}
