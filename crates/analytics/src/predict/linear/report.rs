//! From coefficients to a report: errors, intervals, fit and warnings.

use serde::{Deserialize, Serialize};

use super::design::Design;
use super::diagnostics::Diagnostics;
use super::double_double::DoubleDouble;
use super::r_factor::Triangle;
use super::{Errors, Ols, OlsParams};
use crate::distribution::{f_upper, student_quantile, student_two_sided};
use crate::predict::weighted::Rows;
use crate::{Error, Result};

/// The name of the constant term.
pub(crate) const INTERCEPT: &str = "(intercept)";

/// The variance inflation above which a column is called collinear.
const HIGH_INFLATION: f64 = 10.0;

/// A coefficient and what is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    /// The column, or `(intercept)`.
    pub name: String,
    /// The change of the target for one unit of the column, all others held.
    pub estimate: f64,
    /// The standard error of `estimate`, by the model's [`Errors`].
    pub standard_error: f64,
    /// `estimate / standard_error`; `None` when the fit is exact.
    pub t: Option<f64>,
    /// The two-sided probability of a larger `t` when the true coefficient is zero.
    pub p: Option<f64>,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
    /// The variance inflation factor, at least 1: how many times the other columns enlarge the variance of `estimate`.
    /// `None` for the intercept. Without an intercept it is measured around zero.
    pub vif: Option<f64>,
}

/// The residuals, target less prediction, in target units. Quartiles interpolate linearly between sorted residuals.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ResidualSummary {
    /// The least.
    pub min: f64,
    /// The lower quartile.
    pub lower_quartile: f64,
    /// The median.
    pub median: f64,
    /// The upper quartile.
    pub upper_quartile: f64,
    /// The greatest.
    pub max: f64,
}

/// A solved task: rows, their terms, and what was found.
pub(super) struct Solved<'a> {
    pub(super) rows: Rows<'a>,
    pub(super) design: &'a Design,
    pub(super) triangle: &'a Triangle,
    pub(super) coefficients: &'a [DoubleDouble],
    /// Target less prediction of each row, in scaled target units, its weight left out.
    pub(super) residuals: &'a [f64],
    /// The multiplier from the user's weights to `rows.weights`.
    pub(super) weight_scale: f64,
    pub(super) means: &'a [f64],
}

impl Solved<'_> {
    pub(super) fn residual_degrees(&self) -> usize {
        self.rows.matrix.n_rows() - self.design.n_terms()
    }
}

/// Sums of squares in scaled target units.
pub(super) struct Squares {
    pub(super) residual: f64,
    pub(super) total: f64,
}

impl Squares {
    pub(super) fn of(solved: &Solved<'_>, intercept: bool) -> Self {
        let weights = solved.rows.weights;
        Self {
            residual: sum_of_squares(solved.residuals, weights, 0.0),
            total: total_squares(&solved.rows, solved.design, intercept),
        }
    }
}

/// Writes the report of the scaled coefficients.
pub(super) fn report(
    solved: &Solved<'_>,
    squares: &Squares,
    diagnostics: Diagnostics,
    params: &OlsParams,
) -> Result<Ols> {
    let (design, n_rows) = (solved.design, solved.rows.matrix.n_rows());
    let residual_degrees = solved.residual_degrees();
    let sigma = (squares.residual / residual_degrees as f64).sqrt();
    let variances = match diagnostics.robust_variances {
        Some(variances) => variances,
        None => solved.triangle.inverse_gram_diagonal().iter().map(|value| sigma * sigma * value).collect(),
    };
    let mut terms = terms(solved, &variances, params)?;
    let intercept = params.intercept.then(|| terms.remove(0));
    let collinear = terms.iter().filter(|term| term.vif.is_some_and(|vif| vif > HIGH_INFLATION));
    let collinear = collinear.map(|term| term.name.clone()).collect();
    let mut fit = fit_of(squares, solved, params.intercept);
    if params.errors != Errors::Classical {
        fit.f = diagnostics.robust_f;
    }
    let residuals = solved.residuals.iter().map(|residual| residual * design.target_unit()).collect();
    Ok(Ols {
        intercept,
        coefficients: terms,
        n_rows,
        residual_degrees,
        level: params.level,
        errors: params.errors,
        r_squared: fit.r_squared,
        adjusted_r_squared: fit.adjusted,
        f: fit.f,
        f_p: fit.f.map(|f| f_upper(f, solved.rows.matrix.n_columns() as f64, residual_degrees as f64)),
        residual_standard_error: sigma / solved.weight_scale.sqrt() * design.target_unit(),
        residuals: summarize_residuals(residuals),
        condition: solved.triangle.scaled_condition(),
        collinear,
        influence: diagnostics.influence,
        tests: diagnostics.tests,
        means: solved.means.to_vec(),
    })
}

/// The terms, with the variances of their scaled coefficients.
fn terms(solved: &Solved<'_>, variances: &[f64], params: &OlsParams) -> Result<Vec<Coefficient>> {
    let (design, triangle, degrees) = (solved.design, solved.triangle, solved.residual_degrees() as f64);
    let t_level = student_quantile(params.level, degrees);
    let inverse_gram = triangle.inverse_gram_diagonal();
    let first = design.first_column();
    let term = |term: usize| {
        let column = term.checked_sub(first);
        let names = solved.rows.matrix.names();
        let name = column.map_or(INTERCEPT, |column| names[column].as_str()).to_owned();
        let estimate = solved.coefficients[term].high * design.unit(term);
        let standard_error = variances[term].sqrt() * design.unit(term);
        let (low, high) = (estimate - t_level * standard_error, estimate + t_level * standard_error);
        if ![estimate, standard_error, low, high].iter().all(|value| value.is_finite()) {
            return Err(Error::OutOfScale { column: name });
        }
        let t = Some(estimate / standard_error).filter(|t| t.is_finite());
        let p = t.map(|t| student_two_sided(t, degrees));
        let vif = column.map(|_| (triangle.column_norm(term, first).powi(2) * inverse_gram[term]).max(1.0));
        Ok(Coefficient { name, estimate, standard_error, t, p, low, high, vif })
    };
    (0..design.n_terms()).map(term).collect()
}

/// The target's squares around its mean, or around zero without an intercept.
fn total_squares(rows: &Rows<'_>, design: &Design, intercept: bool) -> f64 {
    let scaled: Vec<f64> = rows.target.iter().map(|&value| design.target(value)).collect();
    let mut sum = DoubleDouble::default();
    for (at, &value) in scaled.iter().enumerate() {
        sum += DoubleDouble::from(value).times(rows.weights.map_or(1.0, |weights| weights[at]));
    }
    let mean = if intercept { sum.high / rows.total_weight() } else { 0.0 };
    sum_of_squares(&scaled, rows.weights, mean)
}

/// The weighted squares of the distances from `center`, corrected for the rounding of `center`, in double-double.
fn sum_of_squares(values: &[f64], weights: Option<&[f64]>, center: f64) -> f64 {
    let (mut squares, mut distances, mut total) = (DoubleDouble::default(), DoubleDouble::default(), 0.0);
    for (at, &value) in values.iter().enumerate() {
        let weight = weights.map_or(1.0, |weights| weights[at]);
        let mut distance = DoubleDouble::from(value);
        distance += DoubleDouble::from(-center);
        let weighted = distance.times(weight);
        squares += weighted.times(distance.high);
        distances += weighted;
        total += weight;
    }
    let correction = if center == 0.0 { 0.0 } else { distances.high * distances.high / total };
    squares.high - correction
}

struct Fit {
    r_squared: Option<f64>,
    adjusted: Option<f64>,
    f: Option<f64>,
}

fn fit_of(squares: &Squares, solved: &Solved<'_>, intercept: bool) -> Fit {
    let (n_rows, n_columns) = (solved.rows.matrix.n_rows() as f64, solved.rows.matrix.n_columns() as f64);
    let degrees = solved.residual_degrees() as f64;
    let total_degrees = n_rows - f64::from(u8::from(intercept));
    // A target that does not vary leaves only the rounding of its mean.
    const NOTHING: f64 = 1e-28;
    if squares.total <= NOTHING * n_rows {
        return Fit { r_squared: None, adjusted: None, f: None };
    }
    let unexplained = squares.residual / squares.total;
    let explained = (squares.total - squares.residual).max(0.0);
    let f = (explained / n_columns) / (squares.residual / degrees);
    Fit {
        r_squared: Some(1.0 - unexplained),
        adjusted: Some(1.0 - unexplained * total_degrees / degrees),
        f: Some(f).filter(|f| f.is_finite()),
    }
}

fn summarize_residuals(mut residuals: Vec<f64>) -> ResidualSummary {
    let last = residuals.len() - 1;
    let mut quantile = |share: f64| {
        let position = share * last as f64;
        let (_, below, above) = residuals.select_nth_unstable_by(position.floor() as usize, f64::total_cmp);
        let next = above.iter().copied().min_by(f64::total_cmp).unwrap_or(*below);
        *below + (position - position.floor()) * (next - *below)
    };
    ResidualSummary {
        min: quantile(0.0),
        lower_quartile: quantile(0.25),
        median: quantile(0.5),
        upper_quartile: quantile(0.75),
        max: quantile(1.0),
    }
}
