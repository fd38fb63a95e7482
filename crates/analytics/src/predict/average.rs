//! The weighted mean of several models' predictions: what a search puts together from its best.
//!
//! Caruana, R., Niculescu-Mizil, A., Crew, G., Ksikes, A. (2004). Ensemble selection from libraries of models. ICML.

use serde::{Deserialize, Serialize};

use super::{Model, ModelParams, Prediction, Takes, TrainingSet};
use crate::progress::Watch;
use crate::{Error, Matrix, Result};

/// One model to fit and how much it says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Its weight, above 0 and at most 1e6; weights are divided by their sum.
    pub weight: f64,
    /// The model, no average itself.
    pub model: ModelParams,
}

/// The models to average, `1..=20`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AverageParams {
    /// The models and their weights.
    pub members: Vec<Member>,
}

/// One fitted model and how much it says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedMember {
    /// Its weight; all sum to 1.
    pub weight: f64,
    /// The model.
    pub model: Model,
}

/// Fitted models whose predictions are averaged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Average {
    /// The models and their weights.
    pub members: Vec<FittedMember>,
}

impl AverageParams {
    /// Checks the members and their parameters.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no or too many members, a weight outside its range or an average inside; the members' own errors.
    pub fn check(&self) -> Result<()> {
        let is_member = |member: &Member| {
            member.weight > 0.0 && member.weight <= 1e6 && !matches!(member.model, ModelParams::Average(_))
        };
        if !(1..=20).contains(&self.members.len()) || !self.members.iter().all(is_member) {
            return Err(Error::Parameter {
                name: "members",
                range: "1 to 20 single models with weights above 0",
            });
        }
        self.members.iter().try_for_each(|member| member.model.check())
    }

    /// What every member can learn.
    #[must_use]
    pub fn takes(&self) -> Takes {
        let all = Takes { numbers: true, classes: usize::MAX, weights: true };
        let both = |left: Takes, right: Takes| Takes {
            numbers: left.numbers && right.numbers,
            classes: left.classes.min(right.classes),
            weights: left.weights && right.weights,
        };
        self.members.iter().map(|member| member.model.takes()).fold(all, both)
    }

    /// Whether any member needs independent columns.
    #[must_use]
    pub fn needs_independent_columns(&self) -> bool {
        self.members.iter().any(|member| member.model.needs_independent_columns())
    }
}

/// Fits every member on the same rows with the same seed.
///
/// # Errors
/// [`Error::Parameter`] and those of the members.
pub fn fit(
    set: &TrainingSet<'_>,
    params: &AverageParams,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<Average> {
    params.check()?;
    let total: f64 = params.members.iter().map(|member| member.weight).sum();
    let mut members = Vec::with_capacity(params.members.len());
    for member in &params.members {
        let model = member.model.fit(set, seed, watch)?;
        members.push(FittedMember { weight: member.weight / total, model });
    }
    Ok(Average { members })
}

impl Average {
    /// The weighted mean of the members' numbers or probabilities.
    ///
    /// # Errors
    /// Those of the members; [`Error::Classes`] when they disagree about the classes; [`Error::Empty`] without members.
    pub fn predict(&self, matrix: &Matrix) -> Result<Prediction> {
        let mut mean: Option<Prediction> = None;
        for member in &self.members {
            let said = member.model.predict(matrix)?;
            mean = Some(match (mean, said) {
                (None, said) => scaled(said, member.weight),
                (Some(Prediction::Numbers(sums)), Prediction::Numbers(values)) => {
                    Prediction::Numbers(plus(sums, &values, member.weight))
                }
                (
                    Some(Prediction::Probabilities { n_classes, values: sums }),
                    Prediction::Probabilities { n_classes: found, values },
                ) if n_classes == found => {
                    let sums = plus(sums, &values, member.weight);
                    let values = sums.into_iter().map(|sum| sum.clamp(0.0, 1.0)).collect();
                    Prediction::Probabilities { n_classes, values }
                }
                (Some(mean), _) => return Err(Error::Classes { needed: width(&mean), found: 0 }),
            });
        }
        mean.ok_or(Error::Empty)
    }
}

fn width(prediction: &Prediction) -> usize {
    match prediction {
        Prediction::Numbers(_) => 1,
        Prediction::Probabilities { n_classes, .. } => *n_classes,
    }
}

fn scaled(prediction: Prediction, weight: f64) -> Prediction {
    let scale = |values: Vec<f64>| values.into_iter().map(|value| weight * value).collect();
    match prediction {
        Prediction::Numbers(values) => Prediction::Numbers(scale(values)),
        Prediction::Probabilities { n_classes, values } => {
            Prediction::Probabilities { n_classes, values: scale(values) }
        }
    }
}

fn plus(mut sums: Vec<f64>, values: &[f64], weight: f64) -> Vec<f64> {
    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += weight * value);
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predict::Outcome;
    use crate::predict::logistic::LogisticParams;
    use crate::progress::unwatched;

    fn logistic(l2: f64) -> ModelParams {
        ModelParams::Logistic(LogisticParams { l2, ..LogisticParams::default() })
    }

    fn rows() -> (Matrix, Vec<u32>) {
        let values = (0..40).map(|row| f64::from(row % 13)).collect();
        let codes = (0..40).map(|row| u32::from(row % 13 > 4 + row % 5)).collect();
        (Matrix::new(vec!["x".into()], values).unwrap(), codes)
    }

    #[test]
    fn the_average_is_the_weighted_mean_of_its_members() {
        let (matrix, codes) = rows();
        let set = TrainingSet::new(&matrix, Outcome::Classes { codes: &codes, n_classes: 2 }).unwrap();
        let members = vec![
            Member { weight: 3.0, model: logistic(0.1) },
            Member { weight: 1.0, model: logistic(100.0) },
        ];
        let model = fit(&set, &AverageParams { members }, 1, &mut unwatched).unwrap();
        let positive = |model: &Model| model.predict(&matrix).unwrap().scores(1);
        let (one, other) = (positive(&model.members[0].model), positive(&model.members[1].model));
        let expected = one.iter().zip(&other).map(|(one, other)| 0.75 * one + 0.25 * other);
        let found = model.predict(&matrix).unwrap().scores(1);
        assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-15));
        let saved = serde_json::to_string(&Model::Average(model.clone())).unwrap();
        assert_eq!(serde_json::from_str::<Model>(&saved).unwrap(), Model::Average(model));
    }

    #[test]
    fn averages_of_nothing_of_averages_and_of_no_weight_are_refused() {
        let code = |members| AverageParams { members }.check().map_err(|error| error.code());
        assert_eq!(code(Vec::new()), Err("parameter"));
        for weight in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(code(vec![Member { weight, model: logistic(1.0) }]), Err("parameter"));
        }
        let inner = ModelParams::Average(AverageParams {
            members: vec![Member { weight: 1.0, model: logistic(1.0) }],
        });
        assert_eq!(code(vec![Member { weight: 1.0, model: inner }]), Err("parameter"));
        assert_eq!(code(vec![Member { weight: 1.0, model: logistic(-1.0) }]), Err("parameter"));
    }
}
