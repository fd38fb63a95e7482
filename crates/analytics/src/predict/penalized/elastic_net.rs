//! Lasso and elastic net: least squares with a penalty that leaves columns out.
//!
//! The objective is scikit-learn's: `1/(2 Σw) Σ w r² + α l1_ratio Σ|b| + α (1 − l1_ratio)/2 Σ b²`.

use serde::{Deserialize, Serialize};

use super::descent::{Quadratic, State};
use super::gram::{FoldSums, GramSums};
use super::{Slope, check_scale, slopes};
use crate::predict::TrainingSet;
use crate::predict::contributions::Predictor;
use crate::predict::weighted::{Rows, column_means, sum_partials};
use crate::progress::{Watch, report};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Matrix, Result};

const STAGE: &str = "elastic_net";

/// The penalties of a path, from the least that leaves every column out down to a thousandth of it.
const PATH: usize = 100;

/// The duality gap, as a share of the target's variance, at which descent stops before the last, exact step.
const GAP: f64 = 1e-8;

const ALPHA: Parameter = Parameter {
    name: "alpha",
    kind: Kind::Number { min: 1e-12, max: 1e12 },
    default: "null",
    doc: "The weight of the penalty beside half the mean square of the residuals; null takes the one with the least \
          cross-validated error. Standardize the columns first, or it weighs units.",
};

const REST: [Parameter; 3] = [
    Parameter {
        name: "intercept",
        kind: Kind::Boolean,
        default: "true",
        doc: "Adds a constant term, never penalized.",
    },
    Parameter {
        name: "folds",
        kind: Kind::Integer { min: 2, max: 20 },
        default: "5",
        doc: "The folds that choose alpha: row r belongs to fold r mod folds.",
    },
    Parameter {
        name: "max_iterations",
        kind: Kind::Integer { min: 1, max: 1_000_000 },
        default: "10000",
        doc: "The passes over the columns after which fitting gives up.",
    },
];

const SOURCE: &str = "Tibshirani (1996), J. R. Stat. Soc. B 58, 267–288; Zou and Hastie (2005), J. R. Stat. Soc. B 67, \
                      301–320; Friedman, Hastie and Tibshirani (2010), J. Stat. Softw. 33(1)";

const COST: &str =
    "Time grows with rows × columns² once, then with columns² a pass; memory with columns² × folds.";

/// How lasso stands in the registry.
pub const LASSO: Method = Method {
    name: "lasso",
    family: Family::Predict,
    summary: "Predicts a number by the few columns that matter: least squares with a penalty that leaves columns out.",
    parameters: &[ALPHA, REST[0], REST[1], REST[2]],
    formula: "b = argmin 1/(2 Σw) Σ w (y − b0 − Σ bj xj)² + α Σ |bj|",
    source: SOURCE,
    cost: COST,
};

/// How elastic net stands in the registry.
pub const METHOD: Method = Method {
    name: "elastic_net",
    family: Family::Predict,
    summary: "Predicts a number by least squares with a penalty between lasso's and ridge's, which keeps columns that go together.",
    parameters: &[
        ALPHA,
        Parameter {
            name: "l1_ratio",
            kind: Kind::Number { min: 0.01, max: 1.0 },
            default: "0.5",
            doc: "The share of the penalty on sizes rather than squares; 1 is lasso, for 0 use ridge.",
        },
        REST[0],
        REST[1],
        REST[2],
    ],
    formula: "b = argmin 1/(2 Σw) Σ w (y − b0 − Σ bj xj)² + α ρ Σ |bj| + α (1 − ρ)/2 Σ bj²",
    source: SOURCE,
    cost: COST,
};

/// The parameters of lasso.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LassoParams {
    /// As [`ElasticNetParams::alpha`].
    pub alpha: Option<f64>,
    /// Whether the model has a constant term.
    pub intercept: bool,
    /// As [`ElasticNetParams::folds`].
    pub folds: u32,
    /// As [`ElasticNetParams::max_iterations`].
    pub max_iterations: u32,
}

impl Default for LassoParams {
    fn default() -> Self {
        let ElasticNetParams { alpha, intercept, folds, max_iterations, .. } = ElasticNetParams::default();
        Self { alpha, intercept, folds, max_iterations }
    }
}

impl LassoParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first parameter outside its range.
    pub fn check(&self) -> Result<()> {
        ElasticNetParams::from(self).check()
    }
}

impl From<&LassoParams> for ElasticNetParams {
    fn from(lasso: &LassoParams) -> Self {
        let LassoParams { alpha, intercept, folds, max_iterations } = *lasso;
        Self { alpha, l1_ratio: 1.0, intercept, folds, max_iterations }
    }
}

/// The parameters of [`fit`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ElasticNetParams {
    /// The penalty's weight `α` beside half the weighted mean of squared residuals, `1e-12 <= alpha <= 1e12`; `None` chooses
    /// among 100 from the least that leaves all columns out to a thousandth of it, by the mean over folds of their mean
    /// squared error.
    pub alpha: Option<f64>,
    /// The share of the penalty on sizes rather than squares, `0.01 <= l1_ratio <= 1`.
    pub l1_ratio: f64,
    /// Whether the model has a constant term.
    pub intercept: bool,
    /// The folds that choose `alpha`, `2..=20`; row `r` belongs to fold `r % folds`.
    pub folds: u32,
    /// The most passes over the columns for one penalty, `1..=1000000`.
    pub max_iterations: u32,
}

impl Default for ElasticNetParams {
    fn default() -> Self {
        Self { alpha: None, l1_ratio: 0.5, intercept: true, folds: 5, max_iterations: 10_000 }
    }
}

impl ElasticNetParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first parameter outside its range.
    pub fn check(&self) -> Result<()> {
        let refuse = |name, range| Err(Error::Parameter { name, range });
        if self.alpha.is_some_and(|alpha| !(1e-12..=1e12).contains(&alpha)) {
            return refuse("alpha", "between 1e-12 and 1e12, or null");
        }
        if !(0.01..=1.0).contains(&self.l1_ratio) {
            return refuse("l1_ratio", "between 0.01 and 1");
        }
        if !(2..=20).contains(&self.folds) {
            return refuse("folds", "between 2 and 20");
        }
        if !(1..=1_000_000).contains(&self.max_iterations) {
            return refuse("max_iterations", "between 1 and 1000000");
        }
        Ok(())
    }
}

/// One penalty of the path.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PathPoint {
    /// The penalty's weight.
    pub alpha: f64,
    /// The columns in use on all rows.
    pub n_used: usize,
    /// The mean over folds of the mean squared error on the fold's rows, in squared target units.
    pub error: f64,
    /// The standard error of that mean.
    pub error_deviation: f64,
}

/// A fitted lasso or elastic net.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ElasticNet {
    /// The constant term, unless left out.
    pub intercept: Option<f64>,
    /// One coefficient a column, in the matrix's order; exactly 0 for the columns left out.
    pub coefficients: Vec<Slope>,
    /// The mean of each column over the rows fitted.
    pub means: Vec<f64>,
    /// The rows fitted.
    pub n_rows: usize,
    /// The penalty's weight.
    pub alpha: f64,
    /// The share of the penalty on sizes.
    pub l1_ratio: f64,
    /// The columns in use.
    pub n_used: usize,
    /// The share of the target's variance explained on the rows fitted; `None` when the target does not vary.
    pub r_squared: Option<f64>,
    /// How far the objective can be above its least value, in squared target units.
    pub gap: f64,
    /// The path, from the strongest penalty; empty when `alpha` was given.
    pub path: Vec<PathPoint>,
}

/// Fits lasso: [`fit`] with `l1_ratio = 1`.
///
/// # Errors
/// As [`fit`].
pub fn fit_lasso(set: &TrainingSet<'_>, params: &LassoParams, watch: &mut Watch<'_>) -> Result<ElasticNet> {
    fit(set, &ElasticNetParams::from(params), watch)
}

/// Fits the numbers of `set` by its columns, of shape `(n_rows, n_columns)`.
///
/// Of duplicate columns lasso uses the first; constant columns get 0; there may be more columns than rows.
///
/// # Errors
/// [`Error::WrongType`] for classes; [`Error::TooFewRows`] when `alpha` is to be chosen from fewer rows than twice the folds;
/// [`Error::NotConverged`]; [`Error::OutOfScale`] for values whose squares leave the range of numbers; [`Error::Parameter`];
/// [`Error::Cancelled`].
pub fn fit(set: &TrainingSet<'_>, params: &ElasticNetParams, watch: &mut Watch<'_>) -> Result<ElasticNet> {
    params.check()?;
    let rows = Rows::new(set.matrix(), set.numbers()?, set.weights())?;
    check_scale(&rows)?;
    let n_folds = if params.alpha.is_some() { 1 } else { params.folds as usize };
    if n_folds > 1 && rows.matrix.n_rows() < 2 * n_folds {
        return Err(Error::TooFewRows { needed: 2 * n_folds, found: rows.matrix.n_rows() });
    }
    let means = column_means(&rows, watch)?;
    let target_only = Matrix::new(vec!["target".to_owned()], rows.target.to_vec())?;
    let target_mean = column_means(&Rows { matrix: &target_only, ..rows }, watch)?;
    let mut centres = [means.clone(), target_mean].concat();
    if !params.intercept {
        centres.iter_mut().for_each(|centre| *centre = 0.0);
    }
    let folds = sum_partials(rows.matrix, STAGE, watch, || GramSums::new(rows, &centres, n_folds))?.folds;
    let mut all = folds[0].clone();
    folds[1..].iter().for_each(|fold| all.add(fold));
    let task = Task { params, spreads: spreads(&all) };
    let (whole, path, alpha) = match params.alpha {
        Some(alpha) => (task.cut(&all), Vec::new(), alpha),
        None => task.choose(&all, &folds, watch)?,
    };
    let alphas = if path.is_empty() { vec![alpha] } else { path.iter().map(|point| point.alpha).collect() };
    let solved = task.walk(&whole, alphas.into_iter().take_while(|&step| step >= alpha), true, watch)?;
    let last = solved.last().ok_or(Error::Empty)?;
    let (quadratic, state) = (whole.penalized(&task, alpha), last);
    let gap = quadratic.gap(state);
    let estimates = task.in_units(&state.point);
    let offset = whole.offset(&estimates);
    let slope_sum: f64 = estimates.iter().zip(&centres).map(|(slope, centre)| slope * centre).sum();
    let n = centres.len() - 1;
    let unexplained = whole.mean_square(&estimates);
    Ok(ElasticNet {
        intercept: params.intercept.then(|| centres[n] + offset - slope_sum),
        n_used: estimates.iter().filter(|estimate| **estimate != 0.0).count(),
        coefficients: slopes(rows.matrix, &estimates)?,
        means,
        n_rows: rows.matrix.n_rows(),
        alpha,
        l1_ratio: params.l1_ratio,
        r_squared: Some(1.0 - unexplained / whole.target).filter(|share| share.is_finite()),
        gap,
        path,
    })
}

/// The columns' root mean squares around the centres: units in which descent is well conditioned.
fn spreads(all: &FoldSums) -> Vec<f64> {
    let width = all.sums.len();
    let spread = |column: usize| (all.products[column * width + column] / all.weight).sqrt();
    (0..width - 1).map(spread).collect()
}

/// Mean cross-products of some rows around their own means, in the columns' spreads.
struct Cut {
    /// The means of the rows' distances from the centres, target last; zero without an intercept.
    means: Vec<f64>,
    gram: Vec<f64>,
    cross: Vec<f64>,
    target: f64,
    spreads: Vec<f64>,
}

struct Task<'a> {
    params: &'a ElasticNetParams,
    spreads: Vec<f64>,
}

impl Task<'_> {
    fn cut(&self, sums: &FoldSums) -> Cut {
        let width = sums.sums.len();
        let n = width - 1;
        let mean = |sum: &f64| if self.params.intercept { sum / sums.weight } else { 0.0 };
        let means: Vec<f64> = sums.sums.iter().map(mean).collect();
        let product = |row: usize, column: usize| {
            let sum = sums.products[row.min(column) * width + row.max(column)];
            sum / sums.weight - means[row] * means[column]
        };
        let unit = |column: usize| if self.spreads[column] > 0.0 { 1.0 / self.spreads[column] } else { 0.0 };
        // A constant column leaves only the rounding of its mean.
        const NOTHING: f64 = 1e-24;
        let is_constant: Vec<bool> =
            (0..n).map(|at| product(at, at) * unit(at) * unit(at) <= NOTHING).collect();
        let cell = |row: usize, column: usize| match is_constant[row] || is_constant[column] {
            true => 0.0,
            false => product(row, column) * unit(row) * unit(column),
        };
        Cut {
            gram: (0..n)
                .flat_map(|row| (0..n).map(move |column| (row, column)))
                .map(|(r, c)| cell(r, c))
                .collect(),
            cross: (0..n)
                .map(|row| if is_constant[row] { 0.0 } else { product(row, n) * unit(row) })
                .collect(),
            target: product(n, n).max(0.0),
            means,
            spreads: self.spreads.clone(),
        }
    }

    fn in_units(&self, point: &[f64]) -> Vec<f64> {
        let unit = |(value, spread): (&f64, &f64)| if *value == 0.0 { 0.0 } else { value / spread };
        point.iter().zip(&self.spreads).map(unit).collect()
    }

    /// The solutions for descending penalties, each started from the one before; `exact` solves each to the last digits.
    fn walk(
        &self,
        cut: &Cut,
        alphas: impl Iterator<Item = f64>,
        exact: bool,
        watch: &mut Watch<'_>,
    ) -> Result<Vec<State>> {
        const LAST_GAP: f64 = 1e-13;
        let max_sweeps = self.params.max_iterations as usize;
        let mut states: Vec<State> = Vec::new();
        for (done, alpha) in alphas.enumerate() {
            report(watch, STAGE, done, PATH)?;
            let task = cut.penalized(self, alpha);
            let mut state = states.last().cloned().unwrap_or_else(|| State::zero(&task));
            let mut is_done = task.descend(&mut state, GAP, max_sweeps).is_some();
            if exact && is_done && !task.polish(&mut state) {
                is_done = task.descend(&mut state, LAST_GAP, max_sweeps).is_some();
                task.polish(&mut state);
            }
            if !is_done {
                return Err(Error::NotConverged { iterations: max_sweeps });
            }
            states.push(state);
        }
        Ok(states)
    }

    /// The cut of all rows, the path and the best penalty, the strongest of equals.
    fn choose(
        &self,
        all: &FoldSums,
        folds: &[FoldSums],
        watch: &mut Watch<'_>,
    ) -> Result<(Cut, Vec<PathPoint>, f64)> {
        let whole = self.cut(all);
        let steps = whole.cross.iter().zip(&self.spreads).filter(|(cross, _)| **cross != 0.0);
        let strongest =
            steps.map(|(cross, spread)| cross.abs() * spread).fold(0.0, f64::max) / self.params.l1_ratio;
        if strongest == 0.0 {
            return Ok((whole, Vec::new(), 1.0));
        }
        let share = |step: usize| libm::exp10(-3.0 * step as f64 / (PATH - 1) as f64);
        let alphas: Vec<f64> = (0..PATH).map(|step| strongest * share(step)).collect();
        let mut errors: Vec<Vec<f64>> = vec![Vec::new(); PATH];
        for fold in folds {
            let train = self.cut(&all.without(fold));
            let states = self.walk(&train, alphas.iter().copied(), false, watch)?;
            for (errors, state) in errors.iter_mut().zip(&states) {
                let estimates = self.in_units(&state.point);
                errors.push(fold_error(fold, &estimates, train.offset(&estimates)));
            }
        }
        let states = self.walk(&whole, alphas.iter().copied(), false, watch)?;
        let path: Vec<PathPoint> =
            (0..PATH).map(|step| path_point(alphas[step], &states[step], &errors[step])).collect();
        let best = path.iter().min_by(|a, b| a.error.total_cmp(&b.error));
        let alpha = best.map_or(strongest, |best| best.alpha);
        Ok((whole, path, alpha))
    }
}

fn path_point(alpha: f64, state: &State, errors: &[f64]) -> PathPoint {
    let n = errors.len() as f64;
    let mean = errors.iter().sum::<f64>() / n;
    let variance = errors.iter().map(|error| (error - mean) * (error - mean)).sum::<f64>() / (n - 1.0);
    let n_used = state.point.iter().filter(|value| **value != 0.0).count();
    PathPoint { alpha, n_used, error: mean, error_deviation: (variance / n).sqrt() }
}

impl Cut {
    fn penalized(&self, task: &Task<'_>, alpha: f64) -> Quadratic {
        let (ratio, unit) =
            (task.params.l1_ratio, |spread: &f64| if *spread > 0.0 { 1.0 / spread } else { 1.0 });
        Quadratic {
            gram: self.gram.clone(),
            cross: self.cross.clone(),
            target: self.target,
            l1: self.spreads.iter().map(|spread| alpha * ratio * unit(spread)).collect(),
            l2: self
                .spreads
                .iter()
                .map(|spread| alpha * (1.0 - ratio) * unit(spread) * unit(spread))
                .collect(),
        }
    }

    /// What a constant adds to the centres' plane so that it passes through these rows' means.
    fn offset(&self, estimates: &[f64]) -> f64 {
        let n = estimates.len();
        self.means[n] - estimates.iter().zip(&self.means).map(|(slope, mean)| slope * mean).sum::<f64>()
    }

    /// The mean square of the residuals.
    fn mean_square(&self, estimates: &[f64]) -> f64 {
        let scaled: Vec<f64> =
            estimates.iter().zip(&self.spreads).map(|(slope, spread)| slope * spread).collect();
        let row = |(cells, value): (&[f64], &f64)| {
            value * cells.iter().zip(&scaled).map(|(cell, other)| cell * other).sum::<f64>()
        };
        let fitted: f64 = self.gram.chunks_exact(scaled.len()).zip(&scaled).map(row).sum();
        let along: f64 = self.cross.iter().zip(&scaled).map(|(cross, value)| cross * value).sum();
        (self.target - 2.0 * along + fitted).max(0.0)
    }
}

/// The mean squared error on a fold's rows.
fn fold_error(fold: &FoldSums, estimates: &[f64], offset: f64) -> f64 {
    let width = fold.sums.len();
    let n = width - 1;
    // The residual is the sum of the distances from the centres with these weights, less the offset.
    let weights: Vec<f64> = estimates.iter().map(|slope| -slope).chain([1.0]).collect();
    let used: Vec<usize> = (0..width).filter(|&at| weights[at] != 0.0).collect();
    let mut squares = 0.0;
    for (position, &row) in used.iter().enumerate() {
        squares += weights[row] * weights[row] * fold.products[row * width + row];
        let after = used[position + 1..].iter();
        squares += 2.0
            * after
                .map(|&column| weights[row] * weights[column] * fold.products[row * width + column])
                .sum::<f64>();
    }
    let sum: f64 = weights.iter().zip(&fold.sums).map(|(weight, sum)| weight * sum).sum();
    debug_assert_eq!(weights.len(), n + 1);
    ((squares - 2.0 * offset * sum) / fold.weight + offset * offset).max(0.0)
}

impl ElasticNet {
    /// The predictions for the rows of `matrix`, in target units.
    ///
    /// # Errors
    /// [`Error::ColumnsDiffer`] or [`Error::UnknownColumn`] when the columns are not those of the fit; [`Error::OutOfScale`].
    pub fn predict(&self, matrix: &Matrix) -> Result<Vec<f64>> {
        super::predict(&self.coefficients, self.intercept, matrix)
    }

    pub(crate) fn linear_predictor(&self) -> Predictor<'_> {
        super::linear_predictor(&self.coefficients, self.intercept, &self.means)
    }
}
