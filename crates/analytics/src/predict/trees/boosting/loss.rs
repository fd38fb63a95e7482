//! What boosting lowers: its base, gradients and Hessians, and the answers it gives.

use serde::{Deserialize, Serialize};

use crate::distribution::{logistic, softmax};
use crate::predict::{Outcome, Prediction};

/// What boosting lowers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Half the squared error of numbers.
    SquaredError,
    /// The logistic loss of two classes; what trees say are log-odds.
    Logistic,
    /// The multinomial loss of more classes; what trees say are log-probabilities up to a constant a row.
    Multinomial,
}

/// The target of some rows as boosting sees it.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) loss: Loss,
    /// Numbers, near size 1; 0 or 1 for two classes; codes of more.
    values: Vec<f64>,
    /// One weight a row, of mean 1 over all rows; empty when all count alike.
    weights: Vec<f64>,
    n_outputs: usize,
}

impl Target {
    /// The target of `rows`, numbers multiplied by `scale`.
    pub(super) fn new(outcome: Outcome<'_>, weights: &[f64], scale: f64, rows: &[usize]) -> Self {
        let (loss, n_outputs) = match outcome {
            Outcome::Numbers(_) => (Loss::SquaredError, 1),
            Outcome::Classes { n_classes: 2, .. } => (Loss::Logistic, 1),
            Outcome::Classes { n_classes, .. } => (Loss::Multinomial, n_classes),
        };
        let value = |&row: &usize| match outcome {
            Outcome::Numbers(numbers) => numbers[row] * scale,
            Outcome::Classes { codes, .. } => f64::from(codes[row]),
        };
        let weights =
            if weights.is_empty() { Vec::new() } else { rows.iter().map(|&row| weights[row]).collect() };
        Self { loss, values: rows.iter().map(value).collect(), weights, n_outputs }
    }

    pub(super) fn n_rows(&self) -> usize {
        self.values.len()
    }

    fn weight(&self, row: usize) -> f64 {
        self.weights.get(row).copied().unwrap_or(1.0)
    }

    /// The constant of each output that lowers the loss most.
    pub(super) fn base(&self) -> Vec<f64> {
        const LEAST: f64 = f64::EPSILON;
        let cover: f64 = (0..self.n_rows()).map(|row| self.weight(row)).sum();
        let mean = |value: &dyn Fn(f64) -> f64| {
            let sum: f64 =
                self.values.iter().enumerate().map(|(row, &own)| self.weight(row) * value(own)).sum();
            sum / cover
        };
        match self.loss {
            Loss::SquaredError => vec![mean(&|value| value)],
            Loss::Logistic => {
                let positive = mean(&|value| value).clamp(LEAST, 1.0 - LEAST);
                vec![libm::log(positive / (1.0 - positive))]
            }
            Loss::Multinomial => {
                let share = |class: usize| mean(&|value| f64::from(u8::from(value == class as f64)));
                let logs: Vec<f64> =
                    (0..self.n_outputs).map(|class| libm::log(share(class).max(LEAST))).collect();
                let middle = logs.iter().sum::<f64>() / logs.len() as f64;
                logs.into_iter().map(|log| log - middle).collect()
            }
        }
    }

    /// The probabilities behind what is said so far, of shape `(n_outputs, n_rows)`; nothing for numbers.
    pub(super) fn probabilities(&self, said: &[f64], probabilities: &mut Vec<f64>) {
        match self.loss {
            Loss::SquaredError => {}
            Loss::Logistic => {
                probabilities.clear();
                probabilities.extend(said.iter().map(|&log_odds| logistic(log_odds)));
            }
            Loss::Multinomial => {
                probabilities.resize(said.len(), 0.0);
                let n_rows = self.n_rows();
                let mut shares = vec![0.0; self.n_outputs];
                for row in 0..n_rows {
                    shares
                        .iter_mut()
                        .enumerate()
                        .for_each(|(class, share)| *share = said[class * n_rows + row]);
                    softmax(&mut shares);
                    shares
                        .iter()
                        .enumerate()
                        .for_each(|(class, share)| probabilities[class * n_rows + row] = *share);
                }
            }
        }
    }

    /// The gradients and Hessians of `output` where `said` and `probabilities` are of that output.
    pub(super) fn gradients(
        &self,
        output: usize,
        said: &[f64],
        probabilities: &[f64],
        gradients: &mut Vec<f64>,
        hessians: &mut Vec<f64>,
    ) {
        gradients.clear();
        hessians.clear();
        match self.loss {
            Loss::SquaredError => {
                gradients.extend(said.iter().zip(&self.values).map(|(said, value)| said - value));
                hessians.resize(said.len(), 1.0);
            }
            Loss::Logistic => {
                gradients.extend(probabilities.iter().zip(&self.values).map(|(share, value)| share - value));
                hessians.extend(probabilities.iter().map(|share| share * (1.0 - share)));
            }
            Loss::Multinomial => {
                let is_own = |value: f64| f64::from(u8::from(value == output as f64));
                gradients.extend(
                    probabilities.iter().zip(&self.values).map(|(share, &value)| share - is_own(value)),
                );
                hessians.extend(probabilities.iter().map(|share| share * (1.0 - share)));
            }
        }
        for (row, weight) in self.weights.iter().enumerate() {
            gradients[row] *= weight;
            hessians[row] *= weight;
        }
    }

    /// The mean loss of what is said.
    pub(super) fn mean_loss(&self, said: &[f64]) -> f64 {
        let n_rows = self.n_rows();
        let mut outputs = vec![0.0; self.n_outputs];
        let (mut sum, mut cover) = (0.0, 0.0);
        for row in 0..n_rows {
            outputs.iter_mut().enumerate().for_each(|(output, value)| *value = said[output * n_rows + row]);
            let value = self.values[row];
            let loss = match self.loss {
                Loss::SquaredError => (outputs[0] - value).powi(2) / 2.0,
                Loss::Logistic => {
                    let against = if value == 1.0 { -outputs[0] } else { outputs[0] };
                    against.max(0.0) + libm::log1p(libm::exp(-against.abs()))
                }
                Loss::Multinomial => {
                    let largest = outputs.iter().fold(f64::NEG_INFINITY, |most, value| most.max(*value));
                    let sum: f64 = outputs.iter().map(|output| libm::exp(output - largest)).sum();
                    largest + libm::log(sum) - outputs[value as usize]
                }
            };
            sum += self.weight(row) * loss;
            cover += self.weight(row);
        }
        sum / cover
    }
}

impl Loss {
    /// What is said, of shape `(n_rows, n_outputs)`, as a prediction; probabilities of two classes are never 0 or 1.
    pub(super) fn prediction(self, mut said: Vec<f64>, n_outputs: usize) -> Prediction {
        const GREATEST: f64 = 1.0 - f64::EPSILON / 2.0;
        match self {
            Self::SquaredError => Prediction::Numbers(said),
            Self::Logistic => {
                said.iter_mut()
                    .for_each(|value| *value = logistic(*value).clamp(f64::MIN_POSITIVE, GREATEST));
                Prediction::two_classes(&said)
            }
            Self::Multinomial => {
                said.chunks_exact_mut(n_outputs).for_each(softmax);
                Prediction::Probabilities { n_classes: n_outputs, values: said }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_are_the_slopes_of_the_loss_and_the_base_has_none() {
        let codes = [0, 1, 2, 1, 0, 1];
        let two = [0, 1, 1, 1, 0, 1];
        let numbers = [0.3, -0.2, 0.9, 0.1, 0.0, -0.8];
        let weights = [0.5, 1.5, 1.0, 2.0, 0.25, 0.75];
        let rows: Vec<usize> = (0..6).collect();
        let outcomes = [
            Outcome::Numbers(&numbers),
            Outcome::Classes { codes: &two, n_classes: 2 },
            Outcome::Classes { codes: &codes, n_classes: 3 },
        ];
        for outcome in outcomes {
            let target = Target::new(outcome, &weights, 1.0, &rows);
            let said: Vec<f64> = (0..6 * target.n_outputs).map(|cell| libm::sin(cell as f64)).collect();
            let (mut probabilities, mut gradients, mut hessians) = (Vec::new(), Vec::new(), Vec::new());
            let slopes = |said: &[f64],
                          output: usize,
                          probabilities: &mut Vec<f64>,
                          g: &mut Vec<f64>,
                          h: &mut Vec<f64>| {
                target.probabilities(said, probabilities);
                let own = output * 6..(output + 1) * 6;
                target.gradients(output, &said[own.clone()], probabilities.get(own).unwrap_or(&[]), g, h);
            };
            for output in 0..target.n_outputs {
                slopes(&said, output, &mut probabilities, &mut gradients, &mut hessians);
                for row in 0..6 {
                    let loss = |step: f64| {
                        let mut said = said.clone();
                        said[output * 6 + row] += step;
                        target.mean_loss(&said) * weights.iter().sum::<f64>()
                    };
                    let (step, here) = (1e-4, loss(0.0));
                    // Differences over 1e-4 are right to its square.
                    assert!((gradients[row] - (loss(step) - loss(-step)) / (2.0 * step)).abs() < 1e-6);
                    let curvature = (loss(step) - 2.0 * here + loss(-step)) / (step * step);
                    assert!((hessians[row] - curvature).abs() < 1e-5);
                }
                let base: Vec<f64> = target.base().iter().flat_map(|base| [*base; 6]).collect();
                slopes(&base, output, &mut probabilities, &mut gradients, &mut hessians);
                assert!(gradients.iter().sum::<f64>().abs() < 1e-12);
            }
        }
    }
}
