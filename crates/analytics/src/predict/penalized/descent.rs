//! Coordinate descent on cross-products: a pass costs columns², whatever the rows.
//!
//! Friedman, J., Hastie, T., Tibshirani, R. (2010). Regularization paths for generalized linear models via coordinate descent.
//! J. Stat. Softw. 33(1); the stop by duality gap is that of Kim, S.-J. et al. (2007), IEEE J. Sel. Top. Signal Process. 1,
//! 606–617.

use crate::Result;
use crate::predict::logistic::Cholesky;
use crate::predict::weighted::dot;
use crate::progress::{Watch, report};

/// `½ bᵀ gram b − cross · b + ½ target + Σ l1 |b| + ½ Σ l2 b²`, to be made as small as possible.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Quadratic {
    /// Shape `(n, n)`, row-major, symmetric.
    pub(crate) gram: Vec<f64>,
    pub(crate) cross: Vec<f64>,
    /// What `bᵀ gram b − 2 cross · b` is added to for the residuals' mean square.
    pub(crate) target: f64,
    pub(crate) l1: Vec<f64>,
    pub(crate) l2: Vec<f64>,
}

/// Coefficients and `cross − gram × coefficients`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct State {
    pub(crate) point: Vec<f64>,
    pub(crate) pull: Vec<f64>,
}

impl State {
    pub(crate) fn zero(task: &Quadratic) -> Self {
        Self { point: vec![0.0; task.cross.len()], pull: task.cross.clone() }
    }

    /// The state at `point`.
    pub(crate) fn at(task: &Quadratic, point: &[f64]) -> Self {
        let mut state = Self::zero(task);
        for (column, &value) in point.iter().enumerate() {
            state.pull.iter_mut().zip(task.row(column)).for_each(|(pull, gram)| *pull -= value * gram);
            state.point[column] = value;
        }
        state
    }
}

impl Quadratic {
    fn row(&self, column: usize) -> &[f64] {
        let n = self.cross.len();
        &self.gram[column * n..(column + 1) * n]
    }

    /// Descends from `state` until the duality gap is at most `tolerance × target`, in `max_sweeps` passes over the columns at
    /// most. The sweeps used; `None` when they did not suffice.
    pub(crate) fn descend(&self, state: &mut State, tolerance: f64, max_sweeps: usize) -> Option<usize> {
        let n = self.cross.len();
        let mut sweeps = 0;
        while sweeps < max_sweeps {
            sweeps += 1;
            self.sweep(state, 0..n);
            let active: Vec<usize> = (0..n).filter(|&column| state.point[column] != 0.0).collect();
            while sweeps < max_sweeps {
                let (largest, before) = (self.sweep(state, active.iter().copied()), self.largest(state));
                sweeps += 1;
                if largest <= 1e-3 * tolerance.sqrt() * before {
                    break;
                }
            }
            if self.gap(state) <= tolerance * self.target {
                return Some(sweeps);
            }
        }
        None
    }

    /// Descends until no coefficient moves by more than `tolerance` in units of its spread, relative to the largest.
    ///
    /// # Errors
    /// [`crate::Error::NotConverged`]; [`crate::Error::Cancelled`].
    pub(crate) fn settle(&self, state: &mut State, tolerance: f64, watch: &mut Watch<'_>) -> Result<()> {
        const MAX_SWEEPS: usize = 100_000;
        let n = self.cross.len();
        for sweep in 0..MAX_SWEEPS {
            report(watch, "descent", sweep, 0)?;
            let moved = self.sweep(state, 0..n);
            let settled = tolerance * self.largest(state).max(f64::MIN_POSITIVE);
            if moved <= settled {
                return Ok(());
            }
            let active: Vec<usize> =
                (0..n).filter(|&column| state.point[column] != 0.0 || self.l1[column] == 0.0).collect();
            for _ in 0..n.max(10) {
                if self.sweep(state, active.iter().copied()) <= settled {
                    break;
                }
            }
        }
        Err(crate::Error::NotConverged { iterations: MAX_SWEEPS })
    }

    fn largest(&self, state: &State) -> f64 {
        let n = self.cross.len();
        let spread = |column: usize| self.gram[column * n + column].sqrt() * state.point[column].abs();
        (0..n).map(spread).fold(0.0, f64::max)
    }

    /// The largest change, in units of the columns' spread.
    fn sweep(&self, state: &mut State, columns: impl Iterator<Item = usize>) -> f64 {
        let n = self.cross.len();
        let mut largest = 0.0_f64;
        for column in columns {
            let curvature = self.gram[column * n + column];
            if curvature + self.l2[column] <= 0.0 || curvature <= 0.0 {
                continue;
            }
            let before = state.point[column];
            let after = shrink(state.pull[column] + curvature * before, self.l1[column])
                / (curvature + self.l2[column]);
            let change = after - before;
            if change != 0.0 {
                state.point[column] = after;
                state.pull.iter_mut().zip(self.row(column)).for_each(|(pull, gram)| *pull -= change * gram);
                largest = largest.max(change.abs() * curvature.sqrt());
            }
        }
        largest
    }

    /// How far the objective can be above its least value, by Fenchel's dual of the residuals scaled until they are feasible.
    pub(crate) fn gap(&self, state: &State) -> f64 {
        let along = dot(&self.cross, &state.point);
        let fitted: f64 = along - dot(&state.pull, &state.point);
        let (mut ridge, mut lasso, mut excess) = (0.0, 0.0, 1.0_f64);
        for (column, &value) in state.point.iter().enumerate() {
            ridge += self.l2[column] * value * value;
            lasso += self.l1[column] * value.abs();
            if self.gram[column * self.cross.len() + column] > 0.0 {
                let pull = state.pull[column] - self.l2[column] * value;
                excess = excess.max(pull.abs() / self.l1[column]);
            }
        }
        let residual = (self.target - 2.0 * along + fitted + ridge).max(0.0);
        let scale = 1.0 / excess;
        (0.5 * residual * (1.0 + scale * scale) + lasso - scale * (self.target - along)).max(0.0)
    }

    /// Solves the columns that are not zero exactly, their signs held; false, and nothing changes, when a sign or a column at
    /// zero objects.
    pub(crate) fn polish(&self, state: &mut State) -> bool {
        const DEPENDENT: f64 = 1e-10;
        const SLACK: f64 = 1e-9;
        let n = self.cross.len();
        let is_free = |column: usize| self.l1[column] == 0.0 && self.gram[column * n + column] > 0.0;
        let active: Vec<usize> =
            (0..n).filter(|&column| state.point[column] != 0.0 || is_free(column)).collect();
        let cells = active.iter().flat_map(|&row| {
            active
                .iter()
                .map(move |&column| self.row(row)[column] + if row == column { self.l2[row] } else { 0.0 })
        });
        let Ok(factor) = Cholesky::new(&cells.collect::<Vec<_>>(), active.len(), DEPENDENT) else {
            return false;
        };
        let sign = |column: usize| state.point[column].signum();
        let right: Vec<f64> =
            active.iter().map(|&column| self.cross[column] - self.l1[column] * sign(column)).collect();
        let solved = factor.solve(&right);
        let turns = |(&column, value): (&usize, &f64)| self.l1[column] > 0.0 && value * sign(column) <= 0.0;
        if active.iter().zip(&solved).any(turns) {
            return false;
        }
        let mut next = State::zero(self);
        for (&column, &value) in active.iter().zip(&solved) {
            next.point[column] = value;
            next.pull.iter_mut().zip(self.row(column)).for_each(|(pull, gram)| *pull -= value * gram);
        }
        let objects = |column: usize| {
            next.point[column] == 0.0
                && !is_free(column)
                && next.pull[column].abs() > self.l1[column] * (1.0 + SLACK)
        };
        if (0..self.cross.len()).any(objects) {
            return false;
        }
        *state = next;
        true
    }
}

/// `value` drawn towards zero by `by`.
pub(crate) fn shrink(value: f64, by: f64) -> f64 {
    (value.abs() - by).max(0.0).copysign(value)
}
