//! From coefficients to a report: errors, intervals, deviance and likelihood.

use super::sums::GlmSums;
use super::{Family, Found, Glm, LogFactor, Logs, STAGE, Task};
use crate::distribution::{normal_quantile, normal_two_sided};
use crate::predict::linear::INTERCEPT;
use crate::predict::logistic::Cholesky;
use crate::predict::weighted::{dot, sum_partials};
use crate::progress::Watch;
use crate::{Error, Matrix, Result};

/// Writes the report. Deviance and Pearson's χ² are in units of the target to the power `2 − p`.
pub(super) fn report(
    task: &Task<'_>,
    matrix: &Matrix,
    logs: &Logs,
    found: Found<'_>,
    watch: &mut Watch<'_>,
) -> Result<Glm> {
    let (params, frame) = (task.params, task.frame);
    let n_terms = frame.n_terms();
    let sums = sum_partials(task.rows.matrix, STAGE, watch, || GlmSums::last(task, found.point))?;
    let residual_degrees = task.rows.matrix.n_rows() - n_terms;
    let unit = libm::pow(found.greatest, 2.0 - task.power);
    let pearson = sums.pearson * unit;
    let dispersion = if params.family == Family::Poisson { 1.0 } else { pearson / residual_degrees as f64 };
    let factor = Cholesky::new(&sums.curvature, n_terms, 0.0)
        .map_err(|_| Error::NotConverged { iterations: found.iterations })?;
    let (inverse, level) = (factor.inverse(), normal_quantile(params.level));
    let scatter = (dispersion / unit).sqrt();
    let term =
        |name: &str, estimate: f64, deviation: f64| log_factor(name, estimate, scatter * deviation, level);
    let (intercept, slopes) = frame.in_units(found.point);
    let coefficients = slopes.iter().enumerate().map(|(column, &slope)| {
        let deviation =
            inverse[(frame.first_column() + column) * (n_terms + 1)].sqrt() * frame.scales[column];
        term(&task.rows.matrix.names()[column], slope, deviation)
    });
    let coefficients = coefficients.collect::<Result<Vec<_>>>()?;
    let intercept = params.intercept.then(|| {
        let weights = frame.intercept_weights();
        let rows = inverse.chunks_exact(n_terms).zip(&weights);
        let form: f64 = rows.map(|(row, weight)| weight * dot(row, &weights)).sum();
        term(INTERCEPT, intercept + libm::log(found.greatest), form.sqrt())
    });
    let null_deviance = match params.intercept {
        true => Some(null_deviance(task, watch)? * unit),
        false => None,
    };
    let log_likelihood = log_likelihood(task, &found, dispersion);
    Ok(Glm {
        family: params.family,
        power: task.power,
        intercept: intercept.transpose()?,
        coefficients,
        columns: matrix.names().to_vec(),
        exposure: logs.exposure,
        offset: logs.offset,
        n_rows: matrix.n_rows(),
        residual_degrees,
        level: params.level,
        iterations: found.iterations,
        deviance: sums.deviance * unit,
        null_deviance,
        pearson_chi_squared: pearson,
        dispersion,
        log_likelihood,
        aic: log_likelihood.map(|value| 2.0 * n_terms as f64 - 2.0 * value),
        means: found.means,
    })
}

fn log_factor(name: &str, estimate: f64, standard_error: f64, level: f64) -> Result<LogFactor> {
    let (low, high) = (estimate - level * standard_error, estimate + level * standard_error);
    if ![estimate, standard_error, low, high].iter().all(|value| value.is_finite()) {
        return Err(Error::OutOfScale { column: name.to_owned() });
    }
    let z = Some(estimate / standard_error).filter(|z| z.is_finite());
    Ok(LogFactor {
        name: name.to_owned(),
        estimate,
        factor: Some(libm::exp(estimate)).filter(|factor| factor.is_finite()),
        standard_error,
        z,
        p: z.map(normal_two_sided),
        low,
        high,
    })
}

fn null_deviance(task: &Task<'_>, watch: &mut Watch<'_>) -> Result<f64> {
    let mut point = vec![0.0; task.frame.n_terms()];
    point[0] = task.log_mean();
    Ok(sum_partials(task.rows.matrix, STAGE, watch, || GlmSums::last(task, &point))?.deviance)
}

/// The log-likelihood in the user's units, at the dispersion found.
fn log_likelihood(task: &Task<'_>, found: &Found<'_>, dispersion: f64) -> Option<f64> {
    if task.params.family == Family::Tweedie {
        return None;
    }
    let (matrix, log_unit) = (task.rows.matrix, libm::log(found.greatest));
    let row_value = |row: usize| {
        let offset = task.offsets.as_ref().map_or(0.0, |offsets| offsets[row]);
        let log = dot(&task.frame.block(matrix.row(row), 1), found.point) + offset + log_unit;
        let (target, weight) = (found.target[row], task.rows.weights.map_or(1.0, |weights| weights[row]));
        if task.params.family == Family::Poisson {
            return weight * (target * log - libm::exp(log) - libm::lgamma(target + 1.0));
        }
        let (shape, share) = (weight / dispersion, target * libm::exp(-log));
        shape * libm::log(shape * share) - shape * share - libm::lgamma(shape) - libm::log(target)
    };
    let chunks = crate::partial::chunks(matrix.n_rows()).map(|rows| rows.map(row_value).sum::<f64>());
    Some(chunks.sum::<f64>()).filter(|value| value.is_finite())
}
