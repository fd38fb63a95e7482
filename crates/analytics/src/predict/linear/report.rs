//! From coefficients to a report: errors, intervals, fit and warnings.

use serde::{Deserialize, Serialize};

use super::design::Design;
use super::double_double::DoubleDouble;
use super::r_factor::Triangle;
use super::refine::residual;
use super::{Ols, OlsParams};
use crate::distribution::{f_upper, student_quantile, student_two_sided};
use crate::{Error, Matrix, Result};

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
    /// The standard error of `estimate`.
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

/// Sums of squares in scaled target units.
struct Squares {
    residual: f64,
    total: f64,
}

/// Writes the report of the scaled `coefficients`.
pub(super) fn report(
    matrix: &Matrix,
    target: &[f64],
    design: &Design,
    triangle: &Triangle,
    coefficients: &[DoubleDouble],
    params: &OlsParams,
) -> Result<Ols> {
    let mut residuals: Vec<f64> = matrix
        .values()
        .chunks_exact(matrix.n_columns())
        .zip(target)
        .map(|(row, &target)| residual(design, coefficients, row, target).high)
        .collect();
    let squares =
        Squares { residual: sum_of_squares(&residuals, 0.0), total: total_squares(target, design, params) };
    let residual_degrees = matrix.n_rows() - design.n_terms();
    let sigma = (squares.residual / residual_degrees as f64).sqrt();
    let mut terms = terms(matrix, design, triangle, coefficients, sigma, residual_degrees, params)?;
    let intercept = params.intercept.then(|| terms.remove(0));
    let collinear = terms.iter().filter(|term| term.vif.is_some_and(|vif| vif > HIGH_INFLATION));
    let collinear = collinear.map(|term| term.name.clone()).collect();
    let fit = fit_of(&squares, matrix, residual_degrees, params.intercept);
    residuals.iter_mut().for_each(|residual| *residual *= design.target_unit());
    Ok(Ols {
        intercept,
        coefficients: terms,
        n_rows: matrix.n_rows(),
        residual_degrees,
        level: params.level,
        r_squared: fit.r_squared,
        adjusted_r_squared: fit.adjusted,
        f: fit.f,
        f_p: fit.f.map(|f| f_upper(f, matrix.n_columns() as f64, residual_degrees as f64)),
        residual_standard_error: sigma * design.target_unit(),
        residuals: summarize_residuals(residuals),
        condition: triangle.scaled_condition(),
        collinear,
    })
}

fn terms(
    matrix: &Matrix,
    design: &Design,
    triangle: &Triangle,
    coefficients: &[DoubleDouble],
    sigma: f64,
    residual_degrees: usize,
    params: &OlsParams,
) -> Result<Vec<Coefficient>> {
    let t_level = student_quantile(params.level, residual_degrees as f64);
    let inverse_gram = triangle.inverse_gram_diagonal();
    let first = design.first_column();
    let term = |term: usize| {
        let column = term.checked_sub(first);
        let name = column.map_or(INTERCEPT, |column| matrix.names()[column].as_str()).to_owned();
        let estimate = coefficients[term].high * design.unit(term);
        let standard_error = sigma * inverse_gram[term].sqrt() * design.unit(term);
        let (low, high) = (estimate - t_level * standard_error, estimate + t_level * standard_error);
        if ![estimate, standard_error, low, high].iter().all(|value| value.is_finite()) {
            return Err(Error::OutOfScale { column: name });
        }
        let t = Some(estimate / standard_error).filter(|t| t.is_finite());
        let p = t.map(|t| student_two_sided(t, residual_degrees as f64));
        let vif = column.map(|_| (triangle.column_norm(term, first).powi(2) * inverse_gram[term]).max(1.0));
        Ok(Coefficient { name, estimate, standard_error, t, p, low, high, vif })
    };
    (0..design.n_terms()).map(term).collect()
}

/// The target's squares around its mean, or around zero without an intercept.
fn total_squares(target: &[f64], design: &Design, params: &OlsParams) -> f64 {
    let scaled: Vec<f64> = target.iter().map(|&value| design.target(value)).collect();
    let mut sum = DoubleDouble::default();
    scaled.iter().for_each(|&value| sum += DoubleDouble::from(value));
    let mean = if params.intercept { sum.high / target.len() as f64 } else { 0.0 };
    sum_of_squares(&scaled, mean)
}

/// The squares of the distances from `center`, corrected for the rounding of `center` and summed in double-double.
fn sum_of_squares(values: &[f64], center: f64) -> f64 {
    let (mut squares, mut distances) = (DoubleDouble::default(), DoubleDouble::default());
    for &value in values {
        let mut distance = DoubleDouble::from(value);
        distance += DoubleDouble::from(-center);
        squares += distance.times(distance.high);
        distances += distance;
    }
    let correction = if center == 0.0 { 0.0 } else { distances.high * distances.high / values.len() as f64 };
    squares.high - correction
}

struct Fit {
    r_squared: Option<f64>,
    adjusted: Option<f64>,
    f: Option<f64>,
}

fn fit_of(squares: &Squares, matrix: &Matrix, residual_degrees: usize, intercept: bool) -> Fit {
    let (degrees, n_columns) = (residual_degrees as f64, matrix.n_columns() as f64);
    let total_degrees = (matrix.n_rows() - usize::from(intercept)) as f64;
    // A target that does not vary leaves only the rounding of its mean.
    const NOTHING: f64 = 1e-28;
    if squares.total <= NOTHING * matrix.n_rows() as f64 {
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
    residuals.sort_by(f64::total_cmp);
    let last = residuals.len() - 1;
    let quantile = |share: f64| {
        let position = share * last as f64;
        let below = position.floor() as usize;
        let above = (below + 1).min(last);
        residuals[below] + (position - below as f64) * (residuals[above] - residuals[below])
    };
    ResidualSummary {
        min: residuals[0],
        lower_quartile: quantile(0.25),
        median: quantile(0.5),
        upper_quartile: quantile(0.75),
        max: residuals[last],
    }
}
