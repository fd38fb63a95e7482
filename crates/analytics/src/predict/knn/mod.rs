//! The k nearest rows vote on the class, or their mean is the number.
//!
//! **The model is a copy of the data**: every row it learned from, word for word. Whoever may not see the data may not see the
//! model, and forgetting a customer means fitting it again. See [`Knn::holds_rows`].

mod near;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use self::near::{Near, Search};
use super::supervised::check_columns;
use super::{Outcome, Prediction, TrainingSet};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Matrix, Result};

/// How the method stands in the registry.
pub const METHOD: Method = Method {
    name: "knn",
    family: Family::Predict,
    summary: "Predicts a class or a number from the k most similar rows. The model is a copy of the data.",
    parameters: &[
        Parameter {
            name: "k",
            kind: Kind::Integer { min: 1, max: 1000 },
            default: "5",
            doc: "The neighbours asked.",
        },
        Parameter {
            name: "weights",
            kind: Kind::Choice { options: &["uniform", "distance"] },
            default: "\"uniform\"",
            doc: "Whether neighbours count alike, or by one over their distance.",
        },
        Parameter {
            name: "metric",
            kind: Kind::Choice { options: &["euclidean", "manhattan", "cosine"] },
            default: "\"euclidean\"",
            doc: "How far rows are apart. Standardize the columns first, or the widest decides alone.",
        },
    ],
    formula: "P(class | x) = Σ w [class of neighbour] / Σ w, or ŷ = Σ w y / Σ w, over the k nearest rows, w = 1 or 1/distance",
    source: "Cover and Hart (1967), IEEE Trans. Information Theory 13, 21–27; Friedman, Bentley and Finkel (1977), ACM Trans. \
             Mathematical Software 3, 209–226",
    cost: "Fitting copies the rows; each prediction looks at every row, or with at most 8 columns at about log(rows) × k of \
           them.",
};

/// How neighbours count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KnnWeights {
    /// All alike.
    #[default]
    Uniform,
    /// One over the distance; where some are at distance 0, those alone.
    Distance,
}

/// How far rows are apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KnnMetric {
    /// The root of the sum of squared differences.
    #[default]
    Euclidean,
    /// The sum of absolute differences.
    Manhattan,
    /// 1 less the cosine of the angle; 1 from a row of zeros.
    Cosine,
}

/// The parameters of [`fit`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KnnParams {
    /// The neighbours asked, `1..=1000`.
    pub k: u32,
    /// How neighbours count.
    pub weights: KnnWeights,
    /// How far rows are apart.
    pub metric: KnnMetric,
}

impl Default for KnnParams {
    fn default() -> Self {
        Self { k: 5, weights: KnnWeights::Uniform, metric: KnnMetric::Euclidean }
    }
}

impl KnnParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `k` is outside its range.
    pub fn check(&self) -> Result<()> {
        match (1..=1000).contains(&self.k) {
            true => Ok(()),
            false => Err(Error::Parameter { name: "k", range: "between 1 and 1000" }),
        }
    }
}

/// What the rows teach.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Taught {
    /// A number each.
    Numbers(Vec<f64>),
    /// A class each.
    Classes {
        /// Each row's class.
        codes: Vec<u32>,
        /// The number of classes.
        n_classes: usize,
    },
}

/// The rows, and how to ask them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Knn {
    /// How to ask.
    pub params: KnnParams,
    /// The rows, word for word.
    pub rows: Matrix,
    /// What they teach.
    pub taught: Taught,
    /// How much each counts; `None` when all count alike.
    pub row_weights: Option<Vec<f64>>,
}

/// Keeps the rows of `set`; a row's weight multiplies its vote. Constant columns say nothing, duplicate columns count twice.
/// Of rows equally far the first are taken.
///
/// # Errors
/// [`Error::Parameter`]; [`Error::TooFewRows`] when there are fewer than `k`; [`Error::OutOfScale`] for values above 1e140 or
/// below 1e-140 in size.
pub fn fit(set: &TrainingSet<'_>, params: &KnnParams) -> Result<Knn> {
    params.check()?;
    let matrix = set.matrix();
    matrix.check_scale()?;
    if matrix.n_rows() < params.k as usize {
        return Err(Error::TooFewRows { needed: params.k as usize, found: matrix.n_rows() });
    }
    let taught = match set.outcome() {
        Outcome::Numbers(values) => Taught::Numbers(values.to_vec()),
        Outcome::Classes { codes, n_classes } => Taught::Classes { codes: codes.to_vec(), n_classes },
    };
    Ok(Knn {
        params: params.clone(),
        rows: matrix.clone(),
        taught,
        row_weights: set.weights().map(<[f64]>::to_vec),
    })
}

impl Knn {
    /// Whether rows of the data are part of the model: all of them are.
    #[must_use]
    pub fn holds_rows(&self) -> bool {
        true
    }

    /// The neighbours' mean, or the shares of their votes.
    ///
    /// # Errors
    /// [`Error::ColumnsDiffer`] or [`Error::UnknownColumn`] when the columns are not those of the fit;
    /// [`Error::OutOfScale`] for a value above 1e140 in size.
    pub fn predict(&self, matrix: &Matrix) -> Result<Prediction> {
        check_columns(self.rows.names().iter().map(String::as_str), matrix)?;
        let width = matrix.n_columns();
        if let Some(cell) = matrix.values().iter().position(|value| value.abs() > 1e140) {
            return Err(Error::OutOfScale { column: matrix.names()[cell % width].clone() });
        }
        let k = self.params.k as usize;
        let of = |values| Search { values, width, metric: self.params.metric, k };
        let neighbours = match self.params.metric {
            KnnMetric::Cosine => {
                let values = of_length_one(self.rows.values(), width);
                of(values.as_slice()).nearest(&of_length_one(matrix.values(), width))
            }
            KnnMetric::Euclidean | KnnMetric::Manhattan => of(self.rows.values()).nearest(matrix.values()),
        };
        Ok(match &self.taught {
            Taught::Numbers(values) => {
                Prediction::Numbers(neighbours.chunks_exact(k).map(|near| self.mean(near, values)).collect())
            }
            Taught::Classes { codes, n_classes } => {
                let mut shares = vec![0.0; matrix.n_rows() * n_classes];
                for (near, shares) in neighbours.chunks_exact(k).zip(shares.chunks_exact_mut(*n_classes)) {
                    self.vote(near, codes, shares);
                }
                Prediction::Probabilities { n_classes: *n_classes, values: shares }
            }
        })
    }

    /// How much each of `near` counts, with their sum.
    fn votes(&self, near: &[Near]) -> (Vec<f64>, f64) {
        // Below this, one over the distance leaves the range of numbers.
        const TOGETHER: f64 = 1e-300;
        let is_together = near.first().is_some_and(|nearest| nearest.0 <= TOGETHER);
        let by_distance = |distance: f64| match (self.params.weights, self.params.metric) {
            (KnnWeights::Uniform, _) => 1.0,
            (KnnWeights::Distance, _) if is_together => f64::from(u8::from(distance <= TOGETHER)),
            (KnnWeights::Distance, KnnMetric::Euclidean) => 1.0 / distance.sqrt(),
            (KnnWeights::Distance, _) => 1.0 / distance,
        };
        let of_row = |row: u32| self.row_weights.as_ref().map_or(1.0, |weights| weights[row as usize]);
        let votes: Vec<f64> = near.iter().map(|&(distance, row)| by_distance(distance) * of_row(row)).collect();
        let sum = votes.iter().sum();
        (votes, sum)
    }

    fn mean(&self, near: &[Near], values: &[f64]) -> f64 {
        let (votes, sum) = self.votes(near);
        near.iter().zip(votes).map(|(&(_, row), vote)| values[row as usize] * (vote / sum)).sum()
    }

    fn vote(&self, near: &[Near], codes: &[u32], shares: &mut [f64]) {
        let (votes, sum) = self.votes(near);
        for (&(_, row), vote) in near.iter().zip(votes) {
            shares[codes[row as usize] as usize] += vote / sum;
        }
    }
}

/// Rows divided by their lengths; zeros stay.
fn of_length_one(values: &[f64], width: usize) -> Vec<f64> {
    let rows = values.chunks_exact(width).flat_map(|row| {
        let length = row.iter().map(|value| value * value).sum::<f64>().sqrt();
        row.iter().map(move |value| if length > 0.0 { value / length } else { 0.0 })
    });
    rows.collect()
}
