//! The parameters of a multilayer perceptron, and its entry in the registry.

use serde::{Deserialize, Serialize};

use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Result};

/// How the method stands in the registry.
pub const METHOD: Method = Method {
    name: "mlp",
    family: Family::Predict,
    summary: "Predicts a class or a number by a neural network of a few fully connected layers.",
    parameters: &[
        Parameter {
            name: "hidden",
            kind: Kind::Text,
            default: "[64]",
            doc: "A list of the hidden layers' units, such as [64, 32]: 1 to 5 layers of 1 to 1000 units.",
        },
        Parameter {
            name: "activation",
            kind: Kind::Choice { options: &["relu", "tanh"] },
            default: "\"relu\"",
            doc: "What a hidden unit does with its sum: the positive part, or an s-shaped curve.",
        },
        Parameter {
            name: "l2",
            kind: Kind::Number { min: 0.0, max: 1e3 },
            default: "1e-4",
            doc: "The weight λ of the penalty λ/2 Σ w² on a batch's summed loss: more is smoother.",
        },
        Parameter {
            name: "learning_rate",
            kind: Kind::Number { min: 1e-6, max: 1.0 },
            default: "1e-3",
            doc: "The size of a step.",
        },
        Parameter {
            name: "batch",
            kind: Kind::Integer { min: 1, max: 10_000 },
            default: "32",
            doc: "The rows of a step.",
        },
        Parameter {
            name: "epochs",
            kind: Kind::Integer { min: 1, max: 10_000 },
            default: "50",
            doc: "The passes over all rows at most.",
        },
        Parameter {
            name: "patience",
            kind: Kind::Integer { min: 0, max: 1000 },
            default: "5",
            doc: "Stop when the loss of rows held out for this has not fallen for so many passes, and go back to the best; 0 \
                  holds no rows out.",
        },
        Parameter {
            name: "held_out",
            kind: Kind::Number { min: 0.01, max: 0.5 },
            default: "0.1",
            doc: "The part of the rows held out to know when to stop.",
        },
    ],
    formula: "h = g(W x + b) layer by layer; min Σ loss + λ/2 Σ w², loss = −ln P(class) or ½ (y − ŷ)²",
    source: "Kingma and Ba (2015), Adam, ICLR; Glorot and Bengio (2010), AISTATS; He, Zhang, Ren and Sun (2015), ICCV",
    cost: "Time rows × weights × epochs, memory weights × batch.",
};

/// What a hidden unit does with its sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// The positive part.
    #[default]
    Relu,
    /// The hyperbolic tangent.
    Tanh,
}

impl Activation {
    pub(super) fn of(self, sum: f64) -> f64 {
        match self {
            Self::Relu => sum.max(0.0),
            Self::Tanh => libm::tanh(sum),
        }
    }

    /// The slope where the unit's output is `output`.
    pub(super) fn slope(self, output: f64) -> f64 {
        match self {
            Self::Relu => f64::from(u8::from(output > 0.0)),
            Self::Tanh => 1.0 - output * output,
        }
    }
}

/// The parameters of [`fit`](super::fit).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MlpParams {
    /// The units of each hidden layer: 1 to 5 layers of `1..=1000`.
    pub hidden: Vec<u32>,
    /// What a hidden unit does with its sum.
    pub activation: Activation,
    /// The weight of the penalty, `0..=1000`.
    pub l2: f64,
    /// The size of a step, `1e-6..=1`.
    pub learning_rate: f64,
    /// The rows of a step, `1..=10_000`.
    pub batch: u32,
    /// The passes over all rows at most, `1..=10_000`.
    pub epochs: u32,
    /// The passes without progress after which to stop, `0..=1000`; 0 holds no rows out and makes every pass.
    pub patience: u32,
    /// The part of the rows held out to know when to stop, `0.01..=0.5`. Below 20 rows none are.
    pub held_out: f64,
}

impl Default for MlpParams {
    fn default() -> Self {
        Self {
            hidden: vec![64],
            activation: Activation::Relu,
            l2: 1e-4,
            learning_rate: 1e-3,
            batch: 32,
            epochs: 50,
            patience: 5,
            held_out: 0.1,
        }
    }
}

impl MlpParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first parameter outside its range.
    pub fn check(&self) -> Result<()> {
        let are_layers = (1..=5).contains(&self.hidden.len());
        let are_units = self.hidden.iter().all(|units| (1..=1000).contains(units));
        let checks = [
            (are_layers && are_units, "hidden", "1 to 5 layers of 1 to 1000 units"),
            ((0.0..=1e3).contains(&self.l2), "l2", "between 0 and 1000"),
            ((1e-6..=1.0).contains(&self.learning_rate), "learning_rate", "between 1e-6 and 1"),
            ((1..=10_000).contains(&self.batch), "batch", "between 1 and 10000"),
            ((1..=10_000).contains(&self.epochs), "epochs", "between 1 and 10000"),
            (self.patience <= 1000, "patience", "between 0 and 1000"),
            ((0.01..=0.5).contains(&self.held_out), "held_out", "between 0.01 and 0.5"),
        ];
        match checks.into_iter().find(|(is_inside, ..)| !is_inside) {
            Some((_, name, range)) => Err(Error::Parameter { name, range }),
            None => Ok(()),
        }
    }
}
