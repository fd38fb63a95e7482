//! What is learned and what comes out: numbers, or classes and their probabilities.

use super::supervised::{TARGET, check_length};
use crate::{Error, Matrix, Result};

/// What to learn, one entry a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome<'a> {
    /// Finite numbers, in target units.
    Numbers(&'a [f64]),
    /// Classes. Of two, class 1 is the positive one.
    Classes {
        /// Each row's class, below `n_classes`.
        codes: &'a [u32],
        /// The number of classes, each of which occurs.
        n_classes: usize,
    },
}

/// Rows to learn from: complete columns, their outcome and, if they do not count alike, their weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainingSet<'a> {
    matrix: &'a Matrix,
    outcome: Outcome<'a>,
    weights: Option<&'a [f64]>,
}

impl<'a> TrainingSet<'a> {
    /// Checks `outcome` against `matrix`, of shape `(n_rows, n_columns)`.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; [`Error::NotFinite`] for a number that is not; [`Error::Classes`] unless at least two classes
    /// are said and each occurs.
    pub fn new(matrix: &'a Matrix, outcome: Outcome<'a>) -> Result<Self> {
        match outcome {
            Outcome::Numbers(values) => super::supervised::check_target(matrix, values)?,
            Outcome::Classes { codes, n_classes } => {
                check_length(matrix.n_rows(), codes.len())?;
                check_classes(codes, n_classes)?;
            }
        }
        Ok(Self { matrix, outcome, weights: None })
    }

    /// The same rows, each counting `weights[row]` times.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; [`Error::Parameter`] unless every weight is finite and above 0.
    pub fn with_weights(self, weights: &'a [f64]) -> Result<Self> {
        check_length(self.matrix.n_rows(), weights.len())?;
        match weights.iter().all(|weight| weight.is_finite() && *weight > 0.0) {
            true => Ok(Self { weights: Some(weights), ..self }),
            false => Err(Error::Parameter { name: "weights", range: "finite and above 0" }),
        }
    }

    /// The columns.
    #[must_use]
    pub fn matrix(&self) -> &'a Matrix {
        self.matrix
    }

    /// What to learn.
    #[must_use]
    pub fn outcome(&self) -> Outcome<'a> {
        self.outcome
    }

    /// How much each row counts; `None` when all count alike.
    #[must_use]
    pub fn weights(&self) -> Option<&'a [f64]> {
        self.weights
    }

    /// The numbers to learn.
    ///
    /// # Errors
    /// [`Error::WrongType`] when there are classes to learn.
    pub fn numbers(&self) -> Result<&'a [f64]> {
        match self.outcome {
            Outcome::Numbers(values) => Ok(values),
            Outcome::Classes { .. } => Err(wrong_type("number", "category")),
        }
    }

    /// The classes to learn, and their number.
    ///
    /// # Errors
    /// [`Error::WrongType`] when there are numbers to learn.
    pub fn classes(&self) -> Result<(&'a [u32], usize)> {
        match self.outcome {
            Outcome::Classes { codes, n_classes } => Ok((codes, n_classes)),
            Outcome::Numbers(_) => Err(wrong_type("category", "number")),
        }
    }

    /// Whether each row is of the positive one of two classes.
    ///
    /// # Errors
    /// [`Error::WrongType`] when there are numbers to learn; [`Error::Classes`] when there are more than two classes.
    pub fn two_classes(&self) -> Result<Vec<bool>> {
        let (codes, n_classes) = self.classes()?;
        match n_classes {
            2 => Ok(codes.iter().map(|&code| code == 1).collect()),
            found => Err(Error::Classes { needed: 2, found }),
        }
    }
}

fn check_classes(codes: &[u32], n_classes: usize) -> Result<()> {
    let mut occurs = vec![false; n_classes];
    for &code in codes {
        match occurs.get_mut(code as usize) {
            Some(occurs) => *occurs = true,
            None => return Err(Error::Classes { needed: n_classes, found: code as usize + 1 }),
        }
    }
    let found = occurs.iter().filter(|&&occurs| occurs).count();
    match found == n_classes && found >= 2 {
        true => Ok(()),
        false => Err(Error::Classes { needed: n_classes.max(2), found }),
    }
}

fn wrong_type(expected: &'static str, found: &'static str) -> Error {
    Error::WrongType { column: TARGET.to_owned(), expected, found }
}

/// What a model says of rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Prediction {
    /// A number a row, in target units.
    Numbers(Vec<f64>),
    /// Probabilities, row by row, `n_classes` a row; those of a row sum to 1.
    Probabilities {
        /// The number of classes.
        n_classes: usize,
        /// The probabilities, of length `n_rows * n_classes`.
        values: Vec<f64>,
    },
}

impl Prediction {
    /// The prediction of two classes from the probabilities of the positive one.
    #[must_use]
    pub fn two_classes(positive: &[f64]) -> Self {
        let values = positive.iter().flat_map(|&probability| [1.0 - probability, probability]).collect();
        Self::Probabilities { n_classes: 2, values }
    }

    /// The number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::Probabilities { n_classes, values } => values.len() / n_classes,
        }
    }

    /// One value a row: the number, or the probability of `class`. The positive one of two classes is class 1.
    ///
    /// # Panics
    /// When `class` is not below the number of classes.
    #[must_use]
    pub fn scores(&self, class: usize) -> Vec<f64> {
        match self {
            Self::Numbers(values) => values.clone(),
            Self::Probabilities { n_classes, values } => {
                assert!(class < *n_classes, "a class of the prediction");
                values.iter().skip(class).step_by(*n_classes).copied().collect()
            }
        }
    }

    /// The most probable class of each row, the first of equals; `None` for numbers.
    #[must_use]
    pub fn most_probable(&self) -> Option<Vec<u32>> {
        let Self::Probabilities { n_classes, values } = self else { return None };
        let most = |row: &[f64]| {
            (1..row.len()).fold(0, |best, class| if row[class] > row[best] { class } else { best })
        };
        Some(values.chunks_exact(*n_classes).map(|row| most(row) as u32).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix() -> Matrix {
        Matrix::new(vec!["x".into()], vec![1.0, 2.0, 3.0]).unwrap()
    }

    #[test]
    fn outcomes_that_do_not_fit_the_rows_are_refused() {
        let matrix = matrix();
        let classes = |codes, n_classes| Outcome::Classes { codes, n_classes };
        let cases = [
            (Outcome::Numbers(&[1.0, 2.0]), "length-mismatch"),
            (Outcome::Numbers(&[1.0, 2.0, f64::NAN]), "not-finite"),
            (classes(&[0, 1], 2), "length-mismatch"),
            (classes(&[0, 1, 2], 2), "classes"),
            (classes(&[0, 1, 1], 3), "classes"),
            (classes(&[0, 0, 0], 1), "classes"),
        ];
        for (outcome, code) in cases {
            assert_eq!(TrainingSet::new(&matrix, outcome).map_err(|error| error.code()), Err(code));
        }
    }

    #[test]
    fn weights_are_finite_and_above_zero() {
        let matrix = matrix();
        let set = TrainingSet::new(&matrix, Outcome::Numbers(&[1.0, 2.0, 3.0])).unwrap();
        assert!(set.with_weights(&[1.0, 2.0, 0.5]).is_ok());
        for weights in [vec![1.0], vec![1.0, 0.0, 1.0], vec![1.0, f64::INFINITY, 1.0]] {
            assert!(set.with_weights(&weights).is_err());
        }
    }

    #[test]
    fn the_first_of_equally_probable_classes_is_taken() {
        let prediction =
            Prediction::Probabilities { n_classes: 3, values: vec![0.4, 0.4, 0.2, 0.1, 0.2, 0.7] };
        assert_eq!(prediction.most_probable(), Some(vec![0, 2]));
        assert_eq!(prediction.scores(2), [0.2, 0.7]);
    }
}
