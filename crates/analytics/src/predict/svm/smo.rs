//! Sequential minimal optimization: two coefficients at a time, chosen by second-order information (Fan, Chen and Lin 2005),
//! with shrinking (Joachims 1999; Chang and Lin 2011).
//!
//! Classes and numbers are one problem, in coefficients β of one sign or both:
//! `min ½ βᵀKβ − tᵀβ + ε Σ|β|` subject to `Σβ = 0` and `low ≤ β ≤ high`. For classes `t` is ±1, `ε` 0, and β lies between 0 and
//! the row's `C` with the sign of its class; for numbers `t` is the number and `−C ≤ β ≤ C`. The kernel matrix is never
//! whole: rows are computed when needed and kept in a bounded cache, so memory is that of the columns and of the cache.

use super::cache::RowCache;
use super::kernel::{Columns, Kernel};
use crate::progress::{Watch, report};
use crate::{Error, Result};

/// What to solve: one entry a row.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    pub(super) targets: Vec<f64>,
    pub(super) low: Vec<f64>,
    pub(super) high: Vec<f64>,
    pub(super) epsilon: f64,
}

/// How to solve it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effort {
    /// The violation of the optimality conditions at which to stop, in units of the targets.
    pub(super) tolerance: f64,
    pub(super) max_iterations: usize,
    pub(super) cache_bytes: usize,
}

/// The optimum: a coefficient a row, and the constant term.
#[derive(Debug, Clone)]
pub(super) struct Solution {
    pub(super) coefficients: Vec<f64>,
    pub(super) bias: f64,
}

/// The least curvature of a step, for rows that are the same.
const LEAST_CURVATURE: f64 = 1e-12;
/// The steps between two attempts to shrink.
const SHRINK_STEPS: usize = 1000;
/// The rows worked on side by side.
const LANES: usize = 64;

/// Solves `problem` over the rows of `columns`.
///
/// # Errors
/// [`Error::NotConverged`]; [`Error::Cancelled`].
pub(super) fn solve(
    columns: &Columns,
    kernel: Kernel,
    problem: &Problem,
    effort: &Effort,
    watch: &mut Watch<'_>,
) -> Result<Solution> {
    let n_rows = columns.n_rows();
    let mut solver = Solver {
        columns,
        kernel,
        problem,
        beta: vec![0.0; n_rows],
        pull: problem.targets.clone(),
        asleep: Vec::new(),
    };
    let mut active = Active::new(&solver, effort.cache_bytes, (0..n_rows as u32).collect());
    // A first stage stops early and looks at all rows again: what was shrunk too soon comes back before it costs.
    let mut goal = 10.0 * effort.tolerance;
    let mut countdown = SHRINK_STEPS.min(n_rows);
    let report_steps = (1_000_000 / n_rows).max(1);
    for step in 0..effort.max_iterations {
        if step % report_steps == 0 {
            report(watch, super::STAGE, step, 0)?;
        }
        let gap = match active.step(&mut solver, goal) {
            None => {
                countdown -= 1;
                if countdown == 0 {
                    countdown = SHRINK_STEPS.min(n_rows);
                    active.shrink(&mut solver);
                }
                continue;
            }
            Some(gap) => gap,
        };
        active.write_back(&mut solver);
        solver.wake(watch)?;
        let (up, down) = solver.extremes();
        let is_whole = up - down <= goal;
        if is_whole && goal <= effort.tolerance {
            return Ok(solver.solution(up, down));
        }
        if is_whole || gap <= effort.tolerance {
            goal = effort.tolerance;
        }
        active = active.renew(&mut solver, (up, down), effort.cache_bytes);
        countdown = SHRINK_STEPS.min(n_rows);
    }
    Err(Error::NotConverged { iterations: effort.max_iterations })
}

/// All rows: the coefficients, and for each row `t − Kβ`, which says where its coefficient is pulled.
struct Solver<'a> {
    columns: &'a Columns,
    kernel: Kernel,
    problem: &'a Problem,
    beta: Vec<f64>,
    pull: Vec<f64>,
    asleep: Vec<Asleep>,
}

/// Rows that were let go together. Their pulls are those of the coefficients at that time, which only the rows that were
/// active can have changed since.
struct Asleep {
    rows: Vec<u32>,
    active: Vec<(u32, f64)>,
}

impl Solver<'_> {
    /// What is gained per unit by raising a row's coefficient, less its pull: minus infinity at the upper bound.
    fn up_offset(&self, row: usize) -> f64 {
        let (beta, epsilon) = (self.beta[row], self.problem.epsilon);
        match beta < self.problem.high[row] {
            true if beta < 0.0 => epsilon,
            true => -epsilon,
            false => f64::NEG_INFINITY,
        }
    }

    /// What is lost per unit by lowering a row's coefficient, less its pull: infinity at the lower bound.
    fn down_offset(&self, row: usize) -> f64 {
        let (beta, epsilon) = (self.beta[row], self.problem.epsilon);
        match beta > self.problem.low[row] {
            true if beta > 0.0 => -epsilon,
            true => epsilon,
            false => f64::INFINITY,
        }
    }

    /// The greatest gain of raising and the least loss of lowering; at the optimum the first is not above the second.
    fn extremes(&self) -> (f64, f64) {
        (0..self.beta.len()).fold((f64::NEG_INFINITY, f64::INFINITY), |(up, down), row| {
            let pull = self.pull[row];
            (up.max(pull + self.up_offset(row)), down.min(pull + self.down_offset(row)))
        })
    }

    /// Whether no step would use the row, as long as the extremes stay where they are.
    fn is_settled(&self, row: usize, (up, down): (f64, f64)) -> bool {
        self.pull[row] + self.up_offset(row) < down && self.pull[row] + self.down_offset(row) > up
    }

    /// Brings the pulls of all rows to the coefficients as they are: only those that changed cost kernels.
    fn wake(&mut self, watch: &mut Watch<'_>) -> Result<()> {
        let (mut point, mut kernels) = (Vec::new(), Vec::new());
        for group in std::mem::take(&mut self.asleep) {
            let columns = self.columns.gather(&group.rows);
            for (row, before) in group.active {
                let change = self.beta[row as usize] - before;
                if change == 0.0 {
                    continue;
                }
                report(watch, super::STAGE, 0, 0)?;
                let norm = self.columns.read(row as usize, &mut point);
                self.kernel.row(&columns, &point, norm, &mut kernels);
                for (&row, &kernel) in group.rows.iter().zip(&kernels) {
                    self.pull[row as usize] -= change * f64::from(kernel);
                }
            }
        }
        Ok(())
    }

    /// Lets `rows` go while `active` are worked on.
    fn put_to_sleep(&mut self, rows: Vec<u32>, active: &[u32]) {
        if !rows.is_empty() {
            let active = active.iter().map(|&row| (row, self.beta[row as usize])).collect();
            self.asleep.push(Asleep { rows, active });
        }
    }

    /// Moves as much as `wanted` from the second row's coefficient to the first's: up to their bounds, and to zero, where
    /// the objective has its edge. Gives what was moved.
    fn exchange(&mut self, (raised, lowered): (usize, usize), wanted: f64) -> f64 {
        let has_edge = self.problem.epsilon > 0.0;
        let top = if has_edge && self.beta[raised] < 0.0 { 0.0 } else { self.problem.high[raised] };
        let floor = if has_edge && self.beta[lowered] > 0.0 { 0.0 } else { self.problem.low[lowered] };
        let (above, below) = (top - self.beta[raised], self.beta[lowered] - floor);
        let change = wanted.min(above).min(below);
        self.beta[raised] = if change < above { self.beta[raised] + change } else { top };
        self.beta[lowered] = if change < below { self.beta[lowered] - change } else { floor };
        change
    }

    /// The constant term is the pull of rows on the margin, or lies between the bounds they leave.
    fn solution(self, up: f64, down: f64) -> Solution {
        let is_free = |row: &usize| {
            let beta = self.beta[*row];
            beta > self.problem.low[*row] && beta < self.problem.high[*row] && beta != 0.0
        };
        let free = (0..self.beta.len()).filter(is_free);
        let (sum, count) = free
            .fold((0.0, 0_u32), |(sum, count), row| (sum + self.pull[row] + self.up_offset(row), count + 1));
        let bias = match count {
            0 => 0.5 * (up + down),
            count => sum / f64::from(count),
        };
        Solution { coefficients: self.beta, bias }
    }
}

/// The rows still worked on, side by side.
struct Active {
    rows: Vec<u32>,
    /// Their columns; `None` when they are all rows.
    columns: Option<Columns>,
    pull: Vec<f64>,
    up_offset: Vec<f64>,
    down_offset: Vec<f64>,
    diagonal: Vec<f64>,
    cache: RowCache,
    point: Vec<f64>,
}

impl Active {
    fn new(solver: &Solver<'_>, cache_bytes: usize, rows: Vec<u32>) -> Self {
        let n_rows = rows.len();
        let is_all = n_rows == solver.columns.n_rows();
        let of = |value: &dyn Fn(usize) -> f64| rows.iter().map(|&row| value(row as usize)).collect();
        Self {
            columns: (!is_all).then(|| solver.columns.gather(&rows)),
            pull: of(&|row| solver.pull[row]),
            up_offset: of(&|row| solver.up_offset(row)),
            down_offset: of(&|row| solver.down_offset(row)),
            diagonal: of(&|row| solver.kernel.diagonal(solver.columns, row)),
            cache: RowCache::new(cache_bytes, n_rows),
            point: Vec::new(),
            rows,
        }
    }

    fn slot(&mut self, solver: &Solver<'_>, at: usize) -> usize {
        let (columns, point) = (self.columns.as_ref().unwrap_or(solver.columns), &mut self.point);
        self.cache.slot(at, |kernels| {
            let norm = columns.read(at, point);
            solver.kernel.row(columns, point, norm, kernels);
        })
    }

    /// One step, or the gap between the extremes when it is within `goal`.
    fn step(&mut self, solver: &mut Solver<'_>, goal: f64) -> Option<f64> {
        let (raised, up) = self.most_pulled();
        if up == f64::NEG_INFINITY {
            return Some(f64::NEG_INFINITY);
        }
        let raised_slot = self.slot(solver, raised);
        let (lowered, down) = self.best_partner(raised, up, raised_slot);
        let Some(lowered) = lowered.filter(|_| up - down > goal) else {
            return Some(up - down);
        };
        let lowered_slot = self.slot(solver, lowered);
        let (of_raised, of_lowered) = (self.cache.kernels(raised_slot), self.cache.kernels(lowered_slot));
        let curvature = self.diagonal[raised] + self.diagonal[lowered] - 2.0 * f64::from(of_raised[lowered]);
        let gain =
            self.pull[raised] + self.up_offset[raised] - self.pull[lowered] - self.down_offset[lowered];
        let change = solver.exchange(
            (self.rows[raised] as usize, self.rows[lowered] as usize),
            gain / curvature.max(LEAST_CURVATURE),
        );
        for ((pull, raised), lowered) in self.pull.iter_mut().zip(of_raised).zip(of_lowered) {
            *pull -= change * (f64::from(*raised) - f64::from(*lowered));
        }
        for at in [raised, lowered] {
            let row = self.rows[at] as usize;
            self.up_offset[at] = solver.up_offset(row);
            self.down_offset[at] = solver.down_offset(row);
        }
        None
    }

    /// The first row with most to gain by a greater coefficient, and its gain.
    fn most_pulled(&self) -> (usize, f64) {
        let mut best = (0, f64::NEG_INFINITY);
        let blocks = self.pull.chunks(LANES).zip(self.up_offset.chunks(LANES));
        for (block, (pulls, offsets)) in blocks.enumerate() {
            let mut gains = [f64::NEG_INFINITY; LANES];
            let cells = gains.iter_mut().zip(pulls.iter().zip(offsets));
            cells.for_each(|(gain, (pull, offset))| *gain = pull + offset);
            if let Some((lane, gain)) = greatest(&gains, best.1) {
                best = (block * LANES + lane, gain);
            }
        }
        best
    }

    /// The row whose exchange with `raised` lowers the objective most, if any, and the least loss of lowering any row.
    fn best_partner(&self, raised: usize, up: f64, slot: usize) -> (Option<usize>, f64) {
        let (kernels, own) = (self.cache.kernels(slot), self.diagonal[raised]);
        let mut best = (None, 0.0);
        let mut least = f64::INFINITY;
        for start in (0..self.pull.len()).step_by(LANES) {
            let end = (start + LANES).min(self.pull.len());
            let mut gains = [f64::NEG_INFINITY; LANES];
            let cells = self.pull[start..end].iter().zip(&self.down_offset[start..end]);
            gains.iter_mut().zip(cells).for_each(|(gain, (pull, offset))| *gain = up - (pull + offset));
            let most = most(&gains);
            least = least.min(up - most);
            if most <= 0.0 {
                continue;
            }
            let mut scores = [0.0; LANES];
            let curves = self.diagonal[start..end].iter().zip(&kernels[start..end]);
            for ((score, gain), (diagonal, kernel)) in scores.iter_mut().zip(&gains).zip(curves) {
                let curvature = own + diagonal - 2.0 * f64::from(*kernel);
                let curvature = if curvature > LEAST_CURVATURE { curvature } else { LEAST_CURVATURE };
                let gain = if *gain > 0.0 { *gain } else { 0.0 };
                *score = gain * gain / curvature;
            }
            if let Some((lane, score)) = greatest(&scores, best.1) {
                best = (Some(start + lane), score);
            }
        }
        (best.0, least)
    }

    /// Lets the rows go that no step would use, when they are enough to be worth it.
    fn shrink(&mut self, solver: &mut Solver<'_>) {
        let fold = |extreme: (f64, f64), at: usize| {
            let pull = self.pull[at];
            (extreme.0.max(pull + self.up_offset[at]), extreme.1.min(pull + self.down_offset[at]))
        };
        let (up, down) = (0..self.rows.len()).fold((f64::NEG_INFINITY, f64::INFINITY), fold);
        let is_settled = |at: usize| {
            self.pull[at] + self.up_offset[at] < down && self.pull[at] + self.down_offset[at] > up
        };
        let kept: Vec<u32> = (0..self.rows.len()).filter(|&at| !is_settled(at)).map(|at| at as u32).collect();
        if kept.is_empty() || kept.len() * 10 > self.rows.len() * 9 {
            return;
        }
        self.keep(solver, &kept);
    }

    fn keep(&mut self, solver: &mut Solver<'_>, kept: &[u32]) {
        self.write_back(solver);
        let mut dropped = Vec::with_capacity(self.rows.len() - kept.len());
        let mut next = kept.iter().peekable();
        for (at, &row) in self.rows.iter().enumerate() {
            if next.next_if(|&&kept| kept as usize == at).is_none() {
                dropped.push(row);
            }
        }
        self.columns = Some(self.columns.as_ref().unwrap_or(solver.columns).gather(kept));
        self.cache.shrink(kept);
        for values in [&mut self.pull, &mut self.up_offset, &mut self.down_offset, &mut self.diagonal] {
            *values = kept.iter().map(|&at| values[at as usize]).collect();
        }
        self.rows = kept.iter().map(|&at| self.rows[at as usize]).collect();
        solver.put_to_sleep(dropped, &self.rows);
    }

    /// The rows to go on with after all were looked at: these, unless one of the others is wanted again.
    fn renew(mut self, solver: &mut Solver<'_>, extremes: (f64, f64), cache_bytes: usize) -> Self {
        let is_wanted = |row: &u32| !solver.is_settled(*row as usize, extremes);
        let wanted: Vec<u32> = (0..solver.beta.len() as u32).filter(is_wanted).collect();
        let is_new = |row: &u32| self.rows.binary_search(row).is_err();
        if wanted.iter().any(is_new) {
            self = Self::new(solver, cache_bytes, wanted);
        }
        let others =
            (0..solver.beta.len() as u32).filter(|row| self.rows.binary_search(row).is_err()).collect();
        solver.put_to_sleep(others, &self.rows);
        self
    }

    fn write_back(&self, solver: &mut Solver<'_>) {
        for (&row, &pull) in self.rows.iter().zip(&self.pull) {
            solver.pull[row as usize] = pull;
        }
    }
}

/// The greatest of a block.
fn most(block: &[f64; LANES]) -> f64 {
    let mut most = [f64::NEG_INFINITY; 8];
    for eight in block.chunks_exact(8) {
        for (most, value) in most.iter_mut().zip(eight) {
            *most = if *value > *most { *value } else { *most };
        }
    }
    most.into_iter().fold(f64::NEG_INFINITY, f64::max)
}

/// The first lane with the greatest of a block, when that is above `floor`.
fn greatest(block: &[f64; LANES], floor: f64) -> Option<(usize, f64)> {
    let most = most(block);
    if most <= floor {
        return None;
    }
    block.iter().position(|&value| value == most).map(|lane| (lane, most))
}
