//! The linear kernel by an interior-point method: the same optimum as sequential minimal optimization, in some twenty passes.
//!
//! With few columns the optimality conditions reduce to a system of the size of the columns (Ferris and Munson 2002), whose
//! matrix is a sum over rows: a [`Sums`] per chunk, merged in order. Each step is Mehrotra's (1992) predictor and corrector.
//! Sequential minimal optimization needs many times longer on a linear kernel when classes overlap and ends at its tolerance;
//! this ends at the last digits.

use super::smo::Problem;
use crate::Matrix;
use crate::Result;
use crate::partial::chunks;
use crate::predict::weighted::dot;
use crate::progress::{Watch, report};

/// The most columns this serves; the work of a pass grows with their square.
pub(super) const MOST_COLUMNS: usize = 500;

/// The optimum: the weight of each column in its own units, and the constant term.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plane {
    pub(super) weights: Vec<f64>,
    pub(super) bias: f64,
}

/// The most Newton steps; twenty to forty are usual.
const STEPS: usize = 100;
/// The part of the objective to which the gap between it and its bound is closed.
const GAP: f64 = 1e-13;
/// The part with which to be content when rounding stops the way before.
const ENOUGH: f64 = 1e-9;

/// Solves `problem`, of one entry for each of `rows` of `matrix`; `None` when rounding keeps it from the optimum.
///
/// # Errors
/// [`crate::Error::Cancelled`].
pub(super) fn solve(
    matrix: &Matrix,
    rows: &[u32],
    problem: &Problem,
    watch: &mut Watch<'_>,
) -> Result<Option<Plane>> {
    let frame = Frame::new(matrix, rows);
    let mut state = State::new(problem);
    let mut point = vec![0.0; frame.n_terms()];
    let mut gap = f64::INFINITY;
    for _ in 0..STEPS {
        state.begin(frame.values(&point, watch)?);
        let objective = state.objective() + 0.5 * frame.penalty(&point);
        gap = state.gap() / (1.0 + objective.abs());
        if gap <= GAP {
            break;
        }
        let sums = frame.sums(&state, &point, true, watch)?;
        let Some(factor) = factor(sums.matrix, frame.n_terms()) else { break };
        state.predict(&frame.values(&solve_factored(&factor, &sums.right), watch)?);
        let sums = frame.sums(&state, &point, false, watch)?;
        let step = solve_factored(&factor, &sums.right);
        let length = state.correct(&frame.values(&step, watch)?);
        if length.is_nan() || length < 1e-8 || step.iter().any(|step| !step.is_finite()) {
            break;
        }
        point.iter_mut().zip(&step).for_each(|(point, step)| *point += length * step);
    }
    Ok((gap <= ENOUGH).then(|| frame.plane(&point)))
}

/// Rows with their columns brought inside `-1..=1`, and a last term of 1.
struct Frame<'a> {
    matrix: &'a Matrix,
    rows: &'a [u32],
    shifts: Vec<f64>,
    scales: Vec<f64>,
}

/// The weighted products of terms (upper triangle) and the right-hand side.
struct Sums {
    matrix: Vec<f64>,
    right: Vec<f64>,
}

impl Sums {
    fn new(n_terms: usize, has_matrix: bool) -> Self {
        Self { matrix: vec![0.0; if has_matrix { n_terms * n_terms } else { 0 }], right: vec![0.0; n_terms] }
    }

    fn merge(&mut self, later: &Self) {
        self.matrix.iter_mut().zip(&later.matrix).for_each(|(sum, later)| *sum += later);
        self.right.iter_mut().zip(&later.right).for_each(|(sum, later)| *sum += later);
    }

    /// Adds the products of four rows of terms with their weights.
    fn absorb(&mut self, terms: &[f64], weights: [f64; 4]) {
        let n_terms = self.right.len();
        let (a, rest) = terms.split_at(n_terms);
        let (b, rest) = rest.split_at(n_terms);
        let (c, d) = rest.split_at(n_terms);
        for at in 0..n_terms {
            let by = [a[at] * weights[0], b[at] * weights[1], c[at] * weights[2], d[at] * weights[3]];
            if by == [0.0; 4] {
                continue;
            }
            let sums = &mut self.matrix[at * n_terms + at..(at + 1) * n_terms];
            let others = a[at..].iter().zip(&b[at..]).zip(c[at..].iter().zip(&d[at..]));
            for (sum, ((a, b), (c, d))) in sums.iter_mut().zip(others) {
                *sum += (by[0] * a + by[1] * b) + (by[2] * c + by[3] * d);
            }
        }
    }
}

impl<'a> Frame<'a> {
    fn new(matrix: &'a Matrix, rows: &'a [u32]) -> Self {
        let n_columns = matrix.n_columns();
        let (mut low, mut high) = (vec![f64::MAX; n_columns], vec![f64::MIN; n_columns]);
        for &row in rows {
            for (column, &value) in matrix.row(row as usize).iter().enumerate() {
                low[column] = low[column].min(value);
                high[column] = high[column].max(value);
            }
        }
        let shifts = low.iter().zip(&high).map(|(low, high)| 0.5 * low + 0.5 * high).collect();
        let scales = low.iter().zip(&high).map(|(low, high)| scale_of(0.5 * high - 0.5 * low)).collect();
        Self { matrix, rows, shifts, scales }
    }

    fn n_terms(&self) -> usize {
        self.scales.len() + 1
    }

    /// The terms of a chunk's rows, with rows of zeros up to a multiple of four.
    fn terms(&self, rows: &[u32], terms: &mut Vec<f64>) {
        terms.clear();
        for &row in rows {
            let values = self.matrix.row(row as usize).iter().zip(self.shifts.iter().zip(&self.scales));
            terms.extend(values.map(|(value, (shift, scale))| (value - shift) * scale));
            terms.push(1.0);
        }
        terms.resize(rows.len().next_multiple_of(4) * self.n_terms(), 0.0);
    }

    /// `terms · point` for every row.
    fn values(&self, point: &[f64], watch: &mut Watch<'_>) -> Result<Vec<f64>> {
        let mut values = Vec::with_capacity(self.rows.len());
        let mut terms = Vec::new();
        for chunk in chunks(self.rows.len()) {
            report(watch, super::STAGE, chunk.start, self.rows.len())?;
            self.terms(&self.rows[chunk.clone()], &mut terms);
            values
                .extend(terms.chunks_exact(self.n_terms()).take(chunk.len()).map(|terms| dot(terms, point)));
        }
        Ok(values)
    }

    /// The right-hand side of the system, and its matrix if wanted.
    fn sums(&self, state: &State, point: &[f64], has_matrix: bool, watch: &mut Watch<'_>) -> Result<Sums> {
        let n_terms = self.n_terms();
        let mut whole = Sums::new(n_terms, has_matrix);
        let mut terms = Vec::new();
        for chunk in chunks(self.rows.len()) {
            report(watch, super::STAGE, chunk.start, self.rows.len())?;
            self.terms(&self.rows[chunk.clone()], &mut terms);
            let mut sums = Sums::new(n_terms, has_matrix);
            for (first, four) in chunk.clone().step_by(4).zip(terms.chunks_exact(4 * n_terms)) {
                let mut weights = [0.0; 4];
                let rows = first..(first + 4).min(chunk.end);
                for ((row, terms), weight) in rows.zip(four.chunks_exact(n_terms)).zip(&mut weights) {
                    let (curvature, pull) = state.row(row);
                    *weight = curvature;
                    sums.right.iter_mut().zip(terms).for_each(|(sum, term)| *sum += pull * term);
                }
                if has_matrix {
                    sums.absorb(four, weights);
                }
            }
            whole.merge(&sums);
        }
        for (at, (scale, value)) in self.scales.iter().zip(point).enumerate() {
            whole.right[at] -= scale * scale * value;
            if has_matrix {
                whole.matrix[at * n_terms + at] += scale * scale;
            }
        }
        Ok(whole)
    }

    /// The squared length of the weights.
    fn penalty(&self, point: &[f64]) -> f64 {
        self.scales.iter().zip(point).map(|(scale, value)| (scale * value) * (scale * value)).sum()
    }

    fn plane(&self, point: &[f64]) -> Plane {
        let weights: Vec<f64> = self.scales.iter().zip(point).map(|(scale, value)| scale * value).collect();
        let shifted: f64 = weights.iter().zip(&self.shifts).map(|(weight, shift)| weight * shift).sum();
        Plane { bias: point[self.scales.len()] - shifted, weights }
    }
}

/// The power of two that brings `size` near 1; 1 for a constant column.
fn scale_of(size: f64) -> f64 {
    if size == 0.0 { 1.0 } else { libm::ldexp(1.0, -libm::frexp(size).1) }
}

/// One demand on a row: its value times `sign` must reach `margin`, or `cost` is paid for each unit it stays below.
#[derive(Debug, Clone, Copy)]
struct Demand {
    sign: f64,
    margin: f64,
    /// What is missing, what is beyond, and the multipliers that keep each above zero.
    missing: f64,
    beyond: f64,
    force: f64,
    rest: f64,
    /// The products of the predictor's changes, and the aim of the complements.
    second: (f64, f64),
}

/// All demands, in the order of their rows.
struct State {
    demands: Vec<Demand>,
    /// Where each row's demands start.
    starts: Vec<u32>,
    /// Each row's value at the point.
    values: Vec<f64>,
    aim: f64,
}

/// The changes of a demand's four numbers.
struct Change {
    missing: f64,
    beyond: f64,
    force: f64,
}

impl Demand {
    fn curvature(&self) -> f64 {
        1.0 / (self.beyond / self.force + self.missing / self.rest)
    }

    /// How far value, missing and beyond disagree, at the row's `value`.
    fn mistake(&self, value: f64) -> f64 {
        self.sign * value + self.missing - self.beyond - self.margin
    }

    /// The aims of `force · beyond` and `rest · missing`, less what they are.
    fn wishes(&self, aim: f64) -> (f64, f64) {
        (aim - self.force * self.beyond - self.second.0, aim - self.rest * self.missing - self.second.1)
    }

    fn right(&self, value: f64, aim: f64) -> f64 {
        let (first, second) = self.wishes(aim);
        first / self.force - second / self.rest - self.mistake(value)
    }

    fn change(&self, value: f64, value_change: f64, aim: f64) -> Change {
        let (_, second) = self.wishes(aim);
        let force = self.curvature() * (self.right(value, aim) - self.sign * value_change);
        let missing = (second + self.missing * force) / self.rest;
        let beyond = self.sign * value_change + missing + self.mistake(value);
        Change { missing, beyond, force }
    }

    /// How much of `change` leaves all four numbers above zero.
    fn room(&self, change: &Change) -> f64 {
        let pairs = [
            (self.missing, change.missing),
            (self.beyond, change.beyond),
            (self.force, change.force),
            (self.rest, -change.force),
        ];
        let room = |(value, change): (f64, f64)| if change < 0.0 { -value / change } else { f64::INFINITY };
        pairs.into_iter().map(room).fold(f64::INFINITY, f64::min)
    }
}

impl State {
    fn new(problem: &Problem) -> Self {
        let (mut demands, mut starts) = (Vec::new(), Vec::with_capacity(problem.targets.len() + 1));
        for (row, &target) in problem.targets.iter().enumerate() {
            starts.push(demands.len() as u32);
            for (sign, cost) in [(1.0, problem.high[row]), (-1.0, -problem.low[row])] {
                if cost > 0.0 {
                    let margin = sign * target - problem.epsilon;
                    let (force, missing) = (0.5 * cost, margin.max(0.0) + 1.0);
                    demands.push(Demand {
                        sign,
                        margin,
                        missing,
                        beyond: missing - margin,
                        force,
                        rest: cost - force,
                        second: (0.0, 0.0),
                    });
                }
            }
        }
        starts.push(demands.len() as u32);
        Self { demands, starts, values: Vec::new(), aim: 0.0 }
    }

    fn objective(&self) -> f64 {
        chunked(&self.demands, |demand| (demand.force + demand.rest) * demand.missing)
    }

    /// The sum of all complements: the gap between the objective and its bound.
    fn gap(&self) -> f64 {
        chunked(&self.demands, |demand| demand.force * demand.beyond + demand.rest * demand.missing)
    }

    fn of_row(&self, row: usize) -> std::ops::Range<usize> {
        self.starts[row] as usize..self.starts[row + 1] as usize
    }

    /// Starts a step at the point where the rows have `values`.
    fn begin(&mut self, values: Vec<f64>) {
        self.values = values;
        self.aim = 0.0;
        self.demands.iter_mut().for_each(|demand| demand.second = (0.0, 0.0));
    }

    /// Each demand's change when the rows' values change by `value_changes`.
    fn changes(&self, value_changes: &[f64]) -> Vec<Change> {
        let change = |row: usize| {
            let demands = self.demands[self.of_row(row)].iter();
            demands.map(move |demand| demand.change(self.values[row], value_changes[row], self.aim))
        };
        (0..self.values.len()).flat_map(change).collect()
    }

    /// How much of `changes` leaves all numbers above zero.
    fn room(&self, changes: &[Change]) -> f64 {
        let rooms = self.demands.iter().zip(changes).map(|(demand, change)| demand.room(change));
        rooms.fold(f64::INFINITY, f64::min)
    }

    /// Sets the aim by how far the way to the optimum itself is open, and remembers what it leaves out.
    fn predict(&mut self, value_changes: &[f64]) {
        let changes = self.changes(value_changes);
        let (length, gap) = (self.room(&changes).min(1.0), self.gap());
        for (demand, change) in self.demands.iter_mut().zip(&changes) {
            demand.second = (change.force * change.beyond, -change.force * change.missing);
        }
        let left = self.demands.iter().zip(&changes).map(|(demand, change)| {
            (demand.force + length * change.force) * (demand.beyond + length * change.beyond)
                + (demand.rest - length * change.force) * (demand.missing + length * change.missing)
        });
        let share = (left.sum::<f64>() / gap).max(0.0);
        self.aim = share * share * share * gap / (2.0 * self.demands.len() as f64);
    }

    /// Moves by as much as is open of the corrected step, and gives that part.
    fn correct(&mut self, value_changes: &[f64]) -> f64 {
        const SHORT: f64 = 0.995;
        let changes = self.changes(value_changes);
        let length = (SHORT * self.room(&changes)).min(1.0);
        for (demand, change) in self.demands.iter_mut().zip(&changes) {
            demand.missing += length * change.missing;
            demand.beyond += length * change.beyond;
            demand.force += length * change.force;
            demand.rest -= length * change.force;
        }
        length
    }

    /// A row's weight in the system's matrix, and its part of the right-hand side.
    fn row(&self, row: usize) -> (f64, f64) {
        let (demands, value) = (&self.demands[self.of_row(row)], self.values[row]);
        demands.iter().fold((0.0, 0.0), |(curvature, pull), demand| {
            let own = demand.curvature();
            (curvature + own, pull + demand.sign * (own * demand.right(value, self.aim) + demand.force))
        })
    }
}

/// A sum over demands in fixed chunks.
fn chunked(demands: &[Demand], term: impl Fn(&Demand) -> f64) -> f64 {
    let part = |chunk: std::ops::Range<usize>| demands[chunk].iter().map(&term).sum::<f64>();
    chunks(demands.len()).map(part).sum()
}

/// The lower factor of a symmetric matrix given by its upper triangle, row-major; `None` when it has none.
fn factor(upper: Vec<f64>, n: usize) -> Option<Vec<f64>> {
    let mut lower = vec![0.0; n * n];
    for row in 0..n {
        for column in 0..=row {
            let (before, own) = lower.split_at(row * n);
            let other = if column < row { &before[column * n..column * n + column] } else { &own[..column] };
            let rest = upper[column * n + row] - dot(&own[..column], other);
            let pivot = before.get(column * n + column).copied();
            lower[row * n + column] = match pivot.filter(|_| column < row) {
                Some(pivot) => rest / pivot,
                None if rest > 0.0 => rest.sqrt(),
                None => return None,
            };
        }
    }
    Some(lower)
}

fn solve_factored(lower: &[f64], right: &[f64]) -> Vec<f64> {
    let (n, mut x) = (right.len(), right.to_vec());
    for row in 0..n {
        let known = dot(&lower[row * n..row * n + row], &x[..row]);
        x[row] = (x[row] - known) / lower[row * n + row];
    }
    for row in (0..n).rev() {
        x[row] /= lower[row * n + row];
        let value = x[row];
        x[..row].iter_mut().zip(&lower[row * n..row * n + row]).for_each(|(x, lower)| *x -= value * lower);
    }
    x
}
