//! What methods with a target share: checks of the target, and of the columns a model is given.

use crate::registry::{Kind, Parameter};
use crate::{Error, Matrix, Result};

/// Refuses a target of another length than the matrix, or with a value that is not finite.
pub(crate) fn check_target(matrix: &Matrix, target: &[f64]) -> Result<()> {
    check_length(matrix.n_rows(), target.len())?;
    match target.iter().position(|value| !value.is_finite()) {
        Some(row) => Err(Error::NotFinite { column: TARGET.to_owned(), row }),
        None => Ok(()),
    }
}

/// Refuses a target of another length than the rows.
pub(crate) fn check_length(expected: usize, found: usize) -> Result<()> {
    if expected == found {
        return Ok(());
    }
    Err(Error::LengthMismatch { column: TARGET.to_owned(), expected, found })
}

/// What messages call the target, whose heading is not known here.
pub(crate) const TARGET: &str = "target";

/// Refuses columns other than those a model was fitted on.
pub(crate) fn check_columns<'a>(
    fitted: impl ExactSizeIterator<Item = &'a str>,
    matrix: &Matrix,
) -> Result<()> {
    let (expected, found) = (fitted.len(), matrix.n_columns());
    if expected != found {
        return Err(Error::ColumnsDiffer { expected, found });
    }
    match fitted.zip(matrix.names()).find(|(fitted, given)| fitted != given) {
        Some((fitted, _)) => Err(Error::UnknownColumn { column: fitted.to_owned() }),
        None => Ok(()),
    }
}

/// The confidence level every method with intervals takes.
pub(crate) const LEVEL: Parameter = Parameter {
    name: "level",
    kind: Kind::Number { min: 0.5, max: 0.999 },
    default: "0.95",
    doc: "The confidence of the intervals.",
};

/// Refuses a confidence level outside its range.
pub(crate) fn check_level(level: f64) -> Result<()> {
    if (0.5..=0.999).contains(&level) {
        return Ok(());
    }
    Err(Error::Parameter { name: "level", range: "between 0.5 and 0.999" })
}
