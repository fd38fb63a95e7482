//! Exact contributions of each column to a linear model's answer: what SHAP values are when columns are taken as independent.
//!
//! Štrumbelj, E., Kononenko, I. (2014). Explaining prediction models and individual predictions with feature contributions.
//! Knowl. Inf. Syst. 41, 647–665; Lundberg, S. M., Lee, S.-I. (2017). A unified approach to interpreting model predictions.
//! Advances in Neural Information Processing Systems 30.

use serde::{Deserialize, Serialize};

use super::Model;
use super::supervised::check_columns;
use crate::{Error, Matrix, Result};

/// The scale on which contributions add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// The target's own units.
    Target,
    /// The logarithm of the target's mean.
    Log,
    /// The log-odds of the positive class.
    LogOdds,
    /// The logarithm of each class's probability, but for what all classes of a row have in common.
    ClassScores,
}

/// How far each column moves each row's answer from the answer at the training means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinearContributions {
    /// What the numbers add up to.
    pub scale: Scale,
    /// The answer at the training means, one a class where there are [`Scale::ClassScores`], else one.
    pub base: Vec<f64>,
    /// The contributions, of shape `(n_rows, base.len(), n_columns)`, row-major: a row's answer is `base` plus their sum.
    pub values: Vec<f64>,
}

/// A linear predictor: what every model of the family comes down to.
pub(crate) struct Predictor<'a> {
    pub(crate) scale: Scale,
    pub(crate) names: Vec<&'a str>,
    pub(crate) means: &'a [f64],
    /// The column that enters as its logarithm, whose mean is that of its logarithms.
    pub(crate) logged: Option<usize>,
    /// The constant of each output.
    pub(crate) intercepts: Vec<f64>,
    /// The coefficients, of shape `(n_outputs, n_columns)`, row-major.
    pub(crate) coefficients: Vec<f64>,
}

/// The contributions `coefficient × (value − training mean)` of every column to the rows of `matrix`; `None` for a model that is
/// not linear. They add up exactly, up to rounding: `base + Σ contributions` is the linear predictor.
///
/// # Errors
/// [`Error::ColumnsDiffer`] or [`Error::UnknownColumn`] when the columns are not those of the fit; [`Error::ColumnsDiffer`] too for
/// a model kept before means were; [`Error::OutOfScale`] when a contribution leaves the range of numbers.
pub fn linear_contributions(model: &Model, matrix: &Matrix) -> Result<Option<LinearContributions>> {
    model.linear_predictor().map(|predictor| contributions(&predictor, matrix)).transpose()
}

fn contributions(predictor: &Predictor<'_>, matrix: &Matrix) -> Result<LinearContributions> {
    check_columns(predictor.names.iter().copied(), matrix)?;
    let n_columns = matrix.n_columns();
    if predictor.means.len() != n_columns {
        return Err(Error::ColumnsDiffer { expected: predictor.means.len(), found: n_columns });
    }
    let outputs = || predictor.coefficients.chunks_exact(n_columns);
    let at_means = |(intercept, slopes): (&f64, &[f64])| {
        slopes.iter().zip(predictor.means).fold(*intercept, |sum, (slope, mean)| sum + slope * mean)
    };
    let base: Vec<f64> = predictor.intercepts.iter().zip(outputs()).map(at_means).collect();
    let mut values = Vec::with_capacity(matrix.n_rows() * predictor.coefficients.len());
    for row in matrix.values().chunks_exact(n_columns) {
        for slopes in outputs() {
            let moved = row.iter().zip(predictor.means).zip(slopes).enumerate();
            values.extend(moved.map(|(column, ((value, mean), slope))| match predictor.logged {
                Some(logged) if logged == column => slope * (libm::log(*value) - mean),
                _ => slope * (value - mean),
            }));
        }
    }
    let cells = predictor.coefficients.len();
    match values.iter().position(|value| !value.is_finite()) {
        Some(at) => Err(Error::OutOfScale { column: matrix.names()[at % cells % n_columns].clone() }),
        None => Ok(LinearContributions { scale: predictor.scale, base, values }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predict::glm::GlmParams;
    use crate::predict::{ModelParams, Outcome, Prediction, TrainingSet};
    use crate::progress::unwatched;

    fn rows() -> (Matrix, Vec<f64>) {
        let cell = |at: usize| libm::sin((at * at) as f64) + 1.5 + if at % 3 == 2 { 1.0 } else { 0.0 };
        let matrix =
            Matrix::new(vec!["a".into(), "b".into(), "c".into()], (0..180).map(cell).collect()).unwrap();
        let target =
            (0..60).map(|row| (matrix.row(row)[0] * 2.0 + f64::from(row as u32 * 7 % 5)).floor()).collect();
        (matrix, target)
    }

    fn sums(found: &LinearContributions, n_columns: usize) -> Vec<f64> {
        let outputs = found.values.chunks_exact(n_columns).enumerate();
        outputs.map(|(at, parts)| found.base[at % found.base.len()] + parts.iter().sum::<f64>()).collect()
    }

    #[test]
    fn contributions_and_base_make_the_answer() {
        let (matrix, target) = rows();
        let weights: Vec<f64> = (0..60).map(|row| f64::from(row % 3 + 1)).collect();
        let numbers =
            TrainingSet::new(&matrix, Outcome::Numbers(&target)).unwrap().with_weights(&weights).unwrap();
        let params = |method: &str| serde_json::from_value(serde_json::json!({ "method": method })).unwrap();
        let exposed = GlmParams { exposure: Some("c".into()), ..GlmParams::default() };
        let methods = ["ols", "ridge", "lasso", "elastic_net", "glm"].map(params);
        for params in methods.into_iter().chain([ModelParams::Glm(exposed)]) {
            let model = params.fit(&numbers, 1, &mut unwatched).unwrap();
            let found = linear_contributions(&model, &matrix).unwrap().unwrap();
            let Prediction::Numbers(expected) = model.predict(&matrix).unwrap() else { panic!("numbers") };
            for (sum, expected) in sums(&found, 3).into_iter().zip(expected) {
                let sum = if found.scale == Scale::Log { libm::exp(sum) } else { sum };
                assert!((sum - expected).abs() < 1e-11 * expected.abs().max(1.0), "{params:?}");
            }
        }
        for n_classes in [2, 3] {
            let codes: Vec<u32> = target.iter().map(|&value| value as u32 % n_classes).collect();
            let outcome = Outcome::Classes { codes: &codes, n_classes: n_classes as usize };
            let set = TrainingSet::new(&matrix, outcome).unwrap();
            for params in ["logistic", "lda"].map(params) {
                let params: ModelParams = params;
                let model = params.fit(&set, 1, &mut unwatched).unwrap();
                let found = linear_contributions(&model, &matrix).unwrap().unwrap();
                let prediction = model.predict(&matrix).unwrap();
                let sums = sums(&found, 3);
                for (row, scores) in sums.chunks_exact(found.base.len()).enumerate() {
                    let scores = if scores.len() == 1 { vec![0.0, scores[0]] } else { scores.to_vec() };
                    let total: f64 = scores.iter().map(|score| libm::exp(*score)).sum();
                    let expected = prediction.scores(1)[row];
                    assert!((libm::exp(scores[1]) / total - expected).abs() < 1e-12, "{params:?}");
                }
            }
        }
    }

    #[test]
    fn contributions_at_the_training_mean_cancel() {
        let (matrix, target) = rows();
        let set = TrainingSet::new(&matrix, Outcome::Numbers(&target)).unwrap();
        let params: ModelParams = serde_json::from_value(serde_json::json!({ "method": "ols" })).unwrap();
        let found =
            linear_contributions(&params.fit(&set, 0, &mut unwatched).unwrap(), &matrix).unwrap().unwrap();
        for column in 0..3 {
            let sum: f64 = found.values.iter().skip(column).step_by(3).sum();
            assert!(sum.abs() < 1e-12);
        }
        let mean = target.iter().sum::<f64>() / 60.0;
        assert!((found.base[0] - mean).abs() < 1e-12);
    }
}
