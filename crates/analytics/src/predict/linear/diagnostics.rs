//! What each row does to the line, and whether the residuals look as the inference takes them to be: one more pass over rows.
//!
//! A row's terms times `R⁻¹` are its row of `Q`, whose squared length is the row's leverage.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::report::{Solved, Squares};
use super::{Errors, OlsParams};
use crate::distribution::chi_squared_upper;
use crate::partial::Partial;
use crate::predict::logistic::Cholesky;
use crate::predict::weighted::{BLOCK_ROWS, add_products, dot, sum_partials};
use crate::progress::Watch;
use crate::{Matrix, Result};

/// The rows listed.
const LISTED: usize = 10;

/// A row that the line passes through within this share of its leverage tells nothing of the scatter.
const FREE: f64 = 1e-10;

/// A row and what it does to the line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct InfluentialRow {
    /// Its position among the rows fitted, from 0.
    pub row: usize,
    /// How far its columns lie from the others', within `0..=1`: the share of its own value in its prediction.
    pub leverage: f64,
    /// Its residual over the standard error the other rows give it (externally studentized): Student's t with one degree
    /// less than the residuals have. `None` when the other rows fit exactly.
    pub studentized: Option<f64>,
    /// Cook's distance: how far the predictions of all rows move without it.
    pub cook: f64,
}

/// The rows that move the line most.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Influence {
    /// The ten rows of greatest Cook's distance, or all, in descending order; of equals the earlier row first.
    pub rows: Vec<InfluentialRow>,
    /// The rows whose leverage is over twice its mean.
    pub n_high_leverage: usize,
    /// The rows whose studentized residual is beyond ±3.
    pub n_outlying: usize,
    /// The rows whose Cook's distance is over `4 / n_rows`.
    pub n_influential: usize,
    /// The rows of leverage 1: the line passes through them whatever their value, so they have no Cook's distance.
    pub n_fitted_alone: usize,
}

/// A statistic and its tail probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// The statistic.
    pub statistic: f64,
    /// The probability of a larger one when nothing is amiss.
    pub p: f64,
}

/// Whether residuals, in row order and weighted by the roots of the rows' weights, look as the inference takes them to be. `None`
/// after an exact fit.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct ResidualTests {
    /// Breusch and Pagan's test, as studentized by Koenker, of a scatter that depends on the columns. A small `p` asks for robust
    /// errors. `None` without an intercept or with weights.
    pub breusch_pagan: Option<Test>,
    /// Durbin and Watson's statistic, within `0..=4`: 2 when neighbouring rows' residuals are unrelated, less when alike.
    pub durbin_watson: Option<f64>,
    /// Jarque and Bera's test of residuals that are not normal. Matters for few rows only.
    pub jarque_bera: Option<Test>,
}

/// All of it.
pub(super) struct Diagnostics {
    pub(super) influence: Influence,
    pub(super) tests: ResidualTests,
    /// The variances of the scaled coefficients under robust errors.
    pub(super) robust_variances: Option<Vec<f64>>,
    /// Wald's F of all columns under robust errors.
    pub(super) robust_f: Option<f64>,
}

pub(super) fn diagnose(
    solved: &Solved<'_>,
    squares: &Squares,
    params: &OlsParams,
    watch: &mut Watch<'_>,
) -> Result<Diagnostics> {
    let task = Task {
        solved,
        errors: params.errors,
        squares: squares.residual,
        mean_square: squares.residual / solved.rows.matrix.n_rows() as f64,
        degrees: solved.residual_degrees() as f64,
    };
    let sums = sum_partials(solved.rows.matrix, super::STAGE, watch, || Sums::new(&task))?;
    let robust = (params.errors != Errors::Classical).then(|| Robust::new(solved, &sums.meat, params.errors));
    let robust_f = robust.as_ref().and_then(|robust| robust.f(solved));
    Ok(Diagnostics {
        tests: sums.tests(params.intercept && solved.rows.weights.is_none()),
        influence: sums.influence,
        robust_variances: robust.map(|robust| robust.variances()),
        robust_f,
    })
}

/// What every row is judged by; residuals and squares are in scaled target units.
struct Task<'a> {
    solved: &'a Solved<'a>,
    errors: Errors,
    squares: f64,
    mean_square: f64,
    degrees: f64,
}

impl Task<'_> {
    fn n_terms(&self) -> usize {
        self.solved.design.n_terms()
    }

    /// A row with this leverage and weighted residual.
    fn judge(&self, row: usize, leverage: f64, residual: f64) -> Option<InfluentialRow> {
        let free = 1.0 - leverage;
        if free <= FREE || self.squares <= 0.0 {
            return None;
        }
        let square = residual * residual;
        let others = (self.squares - square / free) / (self.degrees - 1.0);
        let studentized = residual / (others * free).sqrt();
        let cook = square * leverage / (free * free * self.n_terms() as f64 * (self.squares / self.degrees));
        Some(InfluentialRow { row, leverage, studentized: Some(studentized).filter(|t| t.is_finite()), cook })
    }

    /// The weight of a row of `Q` in the sum that robust errors are made of.
    fn scatter(&self, leverage: f64, residual: f64) -> f64 {
        let (square, free) = (residual * residual, 1.0 - leverage);
        match self.errors {
            Errors::Classical | Errors::Hc0 | Errors::Hc1 => square,
            Errors::Hc2 | Errors::Hc3 if free <= FREE => 0.0,
            Errors::Hc2 => square / free,
            Errors::Hc3 => square / (free * free),
        }
    }
}

struct Sums<'a> {
    task: &'a Task<'a>,
    influence: Influence,
    /// `Σ scatter × q qᵀ`, the upper triangle.
    meat: Vec<f64>,
    /// `Σ g q` and `Σ g²` for `g = residual² / mean square − 1`.
    excess_along: Vec<f64>,
    excess_squares: f64,
    /// `Σ rᵏ` for k = 1 to 4, residuals over their root mean square.
    powers: [f64; 4],
    /// The squared differences of neighbours, and the first and last residual.
    differences: f64,
    ends: Option<(f64, f64)>,
}

impl<'a> Sums<'a> {
    fn new(task: &'a Task<'a>) -> Self {
        let n_terms = task.n_terms();
        let n_cells = if task.errors == Errors::Classical { 0 } else { n_terms * n_terms };
        Self {
            task,
            influence: Influence::default(),
            meat: vec![0.0; n_cells],
            excess_along: vec![0.0; n_terms],
            excess_squares: 0.0,
            powers: [0.0; 4],
            differences: 0.0,
            ends: None,
        }
    }

    fn absorb_block(&mut self, matrix: &Matrix, rows: Range<usize>) {
        let (task, solved) = (self.task, self.task.solved);
        let n_rows = rows.len();
        let weights = solved.rows.weights.map(|weights| &weights[rows.clone()]);
        let mut block =
            solved.design.block(matrix.rows(rows.clone()), &solved.rows.target[rows.clone()], weights);
        block.truncate(task.n_terms() * n_rows);
        solved.triangle.solve_transposed_columns(&mut block, n_rows);
        let mut leverages = vec![0.0; n_rows];
        for column in block.chunks_exact(n_rows) {
            leverages.iter_mut().zip(column).for_each(|(sum, value)| *sum += value * value);
        }
        let residuals: Vec<f64> = (0..n_rows)
            .map(|at| solved.residuals[rows.start + at] * weights.map_or(1.0, |weights| weights[at].sqrt()))
            .collect();
        let unit = 1.0 / task.mean_square.sqrt();
        for (at, (leverage, &residual)) in leverages.iter_mut().zip(&residuals).enumerate() {
            *leverage = leverage.min(1.0);
            self.absorb_row(rows.start + at, *leverage, residual, unit);
        }
        let excess: Vec<f64> = residuals.iter().map(|value| value * value / task.mean_square - 1.0).collect();
        self.excess_squares += dot(&excess, &excess);
        for (sum, column) in self.excess_along.iter_mut().zip(block.chunks_exact(n_rows)) {
            *sum += dot(&excess, column);
        }
        if !self.meat.is_empty() {
            let scatter =
                leverages.iter().zip(&residuals).map(|(&leverage, &value)| task.scatter(leverage, value));
            let scatter: Vec<f64> = scatter.collect();
            let columns = block.chunks_exact(n_rows);
            let scaled: Vec<f64> = columns
                .flat_map(|column| column.iter().zip(&scatter).map(|(value, weight)| value * weight))
                .collect();
            add_products(&scaled, &block, n_rows, task.n_terms(), &mut self.meat);
        }
    }

    fn absorb_row(&mut self, row: usize, leverage: f64, residual: f64, unit: f64) {
        let scaled = residual * unit;
        let square = scaled * scaled;
        for (sum, value) in self.powers.iter_mut().zip([scaled, square, square * scaled, square * square]) {
            *sum += value;
        }
        self.append(scaled, scaled, 0.0);
        let task = self.task;
        let (n_rows, n_terms) = (task.solved.rows.matrix.n_rows() as f64, task.n_terms() as f64);
        let influence = &mut self.influence;
        influence.n_high_leverage += usize::from(leverage * n_rows > 2.0 * n_terms);
        let free = 1.0 - leverage;
        influence.n_fitted_alone += usize::from(free <= FREE);
        if free <= FREE || task.squares <= 0.0 {
            return;
        }
        // What judge() compares, without its divisions: nearly all rows are neither outlying nor among the first.
        let square = residual * residual;
        let others = task.squares * free - square;
        influence.n_outlying += usize::from(others > 0.0 && square * (task.degrees - 1.0) > 9.0 * others);
        let (reach, fence) = (square * leverage * task.degrees, free * free * n_terms * task.squares);
        influence.n_influential += usize::from(reach * n_rows > 4.0 * fence);
        // A little less, so that rounding keeps nobody out.
        const NEARLY: f64 = 1.0 - 1e-12;
        let is_listed = influence.rows.get(LISTED - 1).is_none_or(|last| reach > NEARLY * last.cook * fence);
        if is_listed && let Some(judged) = task.judge(row, leverage, residual) {
            influence.list(judged);
        }
    }

    /// Appends a run of residuals with these ends and squared differences within.
    fn append(&mut self, first: f64, last: f64, differences: f64) {
        let step = self.ends.map_or(0.0, |(_, before)| (first - before) * (first - before));
        self.differences += step + differences;
        self.ends = Some((self.ends.map_or(first, |(start, _)| start), last));
    }

    fn tests(&self, has_plain_intercept: bool) -> ResidualTests {
        if self.task.mean_square <= 0.0 || !self.powers[3].is_finite() {
            return ResidualTests::default();
        }
        let n = self.task.solved.rows.matrix.n_rows() as f64;
        let [mean, second, third, fourth] = self.powers.map(|sum| sum / n);
        let variance = second - mean * mean;
        let skewness = (third - 3.0 * mean * second + 2.0 * mean.powi(3)) / variance.powf(1.5);
        let tails = fourth - 4.0 * mean * third + 6.0 * mean * mean * second - 3.0 * mean.powi(4);
        let kurtosis = tails / (variance * variance);
        let normality = n / 6.0 * (skewness * skewness + 0.25 * (kurtosis - 3.0) * (kurtosis - 3.0));
        let degrees = self.task.n_terms() as f64 - 1.0;
        let explained = n * dot(&self.excess_along, &self.excess_along) / self.excess_squares;
        let test = |statistic: f64, degrees: f64| {
            statistic.is_finite().then(|| Test { statistic, p: chi_squared_upper(statistic, degrees) })
        };
        ResidualTests {
            breusch_pagan: if has_plain_intercept { test(explained, degrees) } else { None },
            durbin_watson: Some(self.differences / self.powers[1]).filter(|value| value.is_finite()),
            jarque_bera: test(normality, 2.0),
        }
    }
}

impl Partial for Sums<'_> {
    fn absorb(&mut self, matrix: &Matrix, rows: Range<usize>) {
        for start in rows.clone().step_by(BLOCK_ROWS) {
            self.absorb_block(matrix, start..(start + BLOCK_ROWS).min(rows.end));
        }
    }

    fn merge(&mut self, later: Self) {
        let add = |sums: &mut [f64], later: &[f64]| {
            sums.iter_mut().zip(later).for_each(|(sum, later)| *sum += later);
        };
        add(&mut self.meat, &later.meat);
        add(&mut self.excess_along, &later.excess_along);
        add(&mut self.powers, &later.powers);
        self.excess_squares += later.excess_squares;
        if let Some((first, last)) = later.ends {
            self.append(first, last, later.differences);
        }
        self.influence.merge(later.influence);
    }
}

impl Influence {
    /// Keeps the row if it is among the first ten.
    fn list(&mut self, row: InfluentialRow) {
        let is_beyond = self.rows.last().is_some_and(|last| row.cook <= last.cook);
        if self.rows.len() == LISTED && is_beyond {
            return;
        }
        let at = self.rows.partition_point(|listed| listed.cook >= row.cook);
        self.rows.insert(at, row);
        self.rows.truncate(LISTED);
    }

    fn merge(&mut self, later: Self) {
        later.rows.into_iter().for_each(|row| self.list(row));
        self.n_high_leverage += later.n_high_leverage;
        self.n_outlying += later.n_outlying;
        self.n_influential += later.n_influential;
        self.n_fitted_alone += later.n_fitted_alone;
    }
}

/// The covariance of the scaled coefficients under robust errors, of shape `(n_terms, n_terms)`.
struct Robust {
    n_terms: usize,
    covariance: Vec<f64>,
}

impl Robust {
    /// `R⁻¹ M R⁻ᵀ` for the upper triangle `meat` of `M`.
    fn new(solved: &Solved<'_>, meat: &[f64], errors: Errors) -> Self {
        let n_terms = solved.design.n_terms();
        let n_rows = solved.rows.matrix.n_rows() as f64;
        let correction = if errors == Errors::Hc1 { n_rows / solved.residual_degrees() as f64 } else { 1.0 };
        let unit = |term: usize| {
            let mut unit = vec![0.0; n_terms];
            unit[term] = 1.0;
            solved.triangle.solve_transposed(unit)
        };
        let inverse: Vec<Vec<f64>> = (0..n_terms).map(unit).collect();
        let at = |row: usize, column: usize| meat[row.min(column) * n_terms + row.max(column)];
        let times_meat = |row: &Vec<f64>| -> Vec<f64> {
            (0..n_terms)
                .map(|column| (0..n_terms).map(|other| row[other] * at(other, column)).sum())
                .collect()
        };
        let half: Vec<Vec<f64>> = inverse.iter().map(times_meat).collect();
        let covariance =
            half.iter().flat_map(|row| inverse.iter().map(move |other| correction * dot(row, other)));
        Self { n_terms, covariance: covariance.collect() }
    }

    fn variances(&self) -> Vec<f64> {
        (0..self.n_terms).map(|term| self.covariance[term * self.n_terms + term].max(0.0)).collect()
    }

    /// `bᵀ V⁻¹ b / k` over the `k` columns; `None` when their covariance has no inverse.
    fn f(&self, solved: &Solved<'_>) -> Option<f64> {
        const SINGULAR: f64 = 1e-12;
        let first = solved.design.first_column();
        let n_columns = self.n_terms - first;
        let scale = |term: usize| self.covariance[term * self.n_terms + term].sqrt();
        let cells = (first..self.n_terms).flat_map(|row| {
            (first..self.n_terms).map(move |column| {
                self.covariance[row * self.n_terms + column] / (scale(row) * scale(column))
            })
        });
        let factor = Cholesky::new(&cells.collect::<Vec<_>>(), n_columns, SINGULAR).ok()?;
        let z: Vec<f64> =
            (first..self.n_terms).map(|term| solved.coefficients[term].high / scale(term)).collect();
        Some(dot(&z, &factor.solve(&z)) / n_columns as f64).filter(|f| f.is_finite())
    }
}
