//! Which columns say something the columns before them do not.

use serde::{Deserialize, Serialize};
use stillroom_kernels::columns::enlarge;

use super::design::Design;
use super::r_factor::{RFactor, Triangle};
use crate::predict::weighted::Rows;
use crate::progress::Watch;
use crate::shards::{Crew, SharedRows, at_once};
use crate::{Matrix, Result};

/// A split of columns into those that stand on their own and those that follow from them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Independent {
    /// The columns to keep, in order.
    pub kept: Vec<String>,
    /// The columns that a constant and the kept columns before them give exactly, constant columns among them.
    pub dropped: Vec<String>,
}

/// Finds the columns of `matrix`, of shape `(n_rows, n_columns)`, that follow from a constant and the columns before them.
///
/// A column follows when what the others leave of it is below 1e-6 of its spread: a variance inflation over 1e12. Typical
/// causes are two categories with a level in common ("no internet service") and totals beside their parts.
///
/// # Errors
/// [`crate::Error::Cancelled`].
pub fn independent_columns(matrix: &Matrix, watch: &mut Watch<'_>) -> Result<Independent> {
    at_once(independent_columns_among(matrix, &Crew::alone(), watch))
}

/// As [`independent_columns`], the rows shared with `crew`.
pub(crate) async fn independent_columns_among(
    matrix: &Matrix,
    crew: &Crew,
    watch: &mut Watch<'_>,
) -> Result<Independent> {
    if stand_on_some_rows(matrix, watch)? {
        return Ok(Independent { kept: matrix.names().to_vec(), dropped: Vec::new() });
    }
    let target = vec![0.0; matrix.n_rows()];
    let design = Design::new(matrix, &target, true);
    let empty = RFactor::new(&design);
    let rows = Rows { matrix, target: &target, weights: None };
    let mut shared = SharedRows::new(crew, rows, design.n_terms() * design.n_terms());
    let triangle = shared.sum(super::STAGE, watch, &empty).await?.columns();
    let mut independent = Independent { kept: Vec::new(), dropped: Vec::new() };
    let mut directions: Vec<Vec<f64>> = Vec::new();
    for term in 0..triangle.n {
        let new_direction = direction(&triangle, term, &directions);
        let name = term.checked_sub(design.first_column()).map(|column| matrix.names()[column].clone());
        match (name, &new_direction) {
            (Some(name), Some(_)) => independent.kept.push(name),
            (Some(name), None) => independent.dropped.push(name),
            (None, _) => {}
        }
        directions.extend(new_direction);
    }
    Ok(independent)
}

/// What others leave of a column must be over these shares of its spread about the mean and of its length.
const OF_SPREAD: f64 = 1e-6;
const OF_LENGTH: f64 = 1e-12;

/// Whether a few of many rows show already that every column stands on its own: what others leave of a column over all rows is no
/// less than what they leave of it over some.
fn stand_on_some_rows(matrix: &Matrix, watch: &mut Watch<'_>) -> Result<bool> {
    const FEW: usize = 4096;
    /// Beyond the bounds, so that rounding decides nothing.
    const MARGIN: f64 = 10.0;
    let step = matrix.n_rows() / FEW;
    if step < 4 || matrix.n_columns() * 4 > FEW {
        return Ok(false);
    }
    // One row of each stretch, not always the same one: columns may repeat every so many rows.
    let few = matrix.take(&(0..FEW).map(|at| at * step + at * 31 % step).collect::<Vec<_>>());
    let target = vec![0.0; FEW];
    let design = Design::new(&few, &target, true);
    let rows = Rows { matrix: &few, target: &target, weights: None };
    let triangle = rows.sum(super::STAGE, watch, || RFactor::new(&design))?.columns();
    let mut largest = vec![0.0; matrix.n_columns()];
    enlarge(matrix.values(), &vec![0.0; matrix.n_columns()], &mut largest);
    let mut spreads = vec![0.0; matrix.n_columns()];
    enlarge(matrix.values(), few.row(0), &mut spreads);
    let root = (matrix.n_rows() as f64).sqrt();
    let mut directions: Vec<Vec<f64>> = Vec::new();
    for term in 0..triangle.n {
        let (rest, left) = rest(&triangle, term, &directions);
        if let Some(column) = term.checked_sub(design.first_column()) {
            let bound = (OF_SPREAD * spreads[column]).max(OF_LENGTH * largest[column]) * root;
            let scale = design.unit(term) / design.unit(0);
            let is_clear = left / scale > MARGIN * bound;
            if !is_clear {
                return Ok(false);
            }
        }
        directions.push(rest.into_iter().map(|value| value / left).collect());
    }
    Ok(true)
}

/// The part of a column beside `directions`, of length 1; `None` when nothing but rounding is left.
fn direction(triangle: &Triangle, column: usize, directions: &[Vec<f64>]) -> Option<Vec<f64>> {
    let (length, spread) = (triangle.column_norm(column, 0), triangle.column_norm(column, 1.min(column)));
    let (rest, left) = rest(triangle, column, directions);
    let is_new = left > (OF_SPREAD * spread).max(OF_LENGTH * length);
    is_new.then(|| rest.into_iter().map(|value| value / left).collect())
}

/// The part of a column beside `directions`, and its length.
fn rest(triangle: &Triangle, column: usize, directions: &[Vec<f64>]) -> (Vec<f64>, f64) {
    let mut rest: Vec<f64> = (0..triangle.n).map(|row| triangle.at(row, column)).collect();
    // Gram and Schmidt's projection loses orthogonality; a second one restores it (Giraud et al. 2005).
    for direction in directions.iter().chain(directions) {
        let share: f64 = rest.iter().zip(direction).map(|(a, b)| a * b).sum();
        rest.iter_mut().zip(direction).for_each(|(value, part)| *value -= share * part);
    }
    let left = rest.iter().map(|value| value * value).sum::<f64>().sqrt();
    (rest, left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::unwatched;

    #[test]
    fn many_rows_are_judged_as_few_are() {
        let n_rows = 40_000;
        let row = |row: usize| {
            let (a, b) = ((row * 7919 % 1009) as f64, (row * 104_729 % 997) as f64);
            // Like `a` everywhere but in one row, which a look at every tenth does not see.
            let nearly = if row == 12_345 { a + 1e6 } else { a };
            [a, b, nearly, a + b, 1e9 + (row % 3) as f64]
        };
        let names = ["a", "b", "nearly", "sum", "far"].map(str::to_owned).to_vec();
        let all = Matrix::new(names, (0..n_rows).flat_map(row).collect()).unwrap();
        let found = independent_columns(&all, &mut unwatched).unwrap();
        assert_eq!((found.kept.join(" "), found.dropped.join(" ")), ("a b nearly far".into(), "sum".into()));
        let plain = |columns: &[usize]| {
            let names = columns.iter().map(|column| format!("x{column}")).collect();
            let cells = (0..n_rows).flat_map(|at| columns.iter().map(move |&column| row(at)[column]));
            Matrix::new(names, cells.collect()).unwrap()
        };
        for (columns, is_clear) in [(&[0, 1, 4][..], true), (&[0, 2], false), (&[0, 1, 3], false)] {
            assert_eq!(stand_on_some_rows(&plain(columns), &mut unwatched), Ok(is_clear), "{columns:?}");
        }
    }
}
