//! What methods with a target share: sums over labelled rows, and a model's check of the columns it is given.

use std::ops::Range;

use crate::partial::{Partial, chunks};
use crate::progress::{Watch, report};
use crate::registry::{Kind, Parameter};
use crate::{Error, Matrix, Result};

/// A sum over labelled rows, serializable as far as its numbers go.
pub(crate) trait RowSum {
    /// Takes in `rows`, row-major, and their `target`, one value a row.
    fn absorb(&mut self, rows: &[f64], target: &[f64]);

    /// Takes in the sum of the rows that follow.
    fn merge(&mut self, later: Self);
}

/// A sum beside the target of all rows: what makes it a [`Partial`].
pub(crate) struct Labelled<'a, S> {
    pub(crate) target: &'a [f64],
    pub(crate) sum: S,
}

impl<S: RowSum> Partial for Labelled<'_, S> {
    fn absorb(&mut self, matrix: &Matrix, rows: Range<usize>) {
        self.sum.absorb(matrix.rows(rows.clone()), &self.target[rows]);
    }

    fn merge(&mut self, later: Self) {
        self.sum.merge(later.sum);
    }
}

/// The sum over all rows, chunk by chunk, reporting between chunks.
pub(crate) fn sum_rows<S: RowSum>(
    matrix: &Matrix,
    target: &[f64],
    stage: &'static str,
    watch: &mut Watch<'_>,
    fresh: impl Fn() -> S,
) -> Result<S> {
    let mut whole: Option<Labelled<'_, S>> = None;
    for rows in chunks(matrix.n_rows()) {
        report(watch, stage, rows.start, matrix.n_rows())?;
        let mut chunk = Labelled { target, sum: fresh() };
        chunk.absorb(matrix, rows);
        match &mut whole {
            Some(whole) => whole.merge(chunk),
            None => whole = Some(chunk),
        }
    }
    Ok(whole.map_or_else(fresh, |whole| whole.sum))
}

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
