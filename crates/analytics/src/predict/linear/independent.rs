//! Which columns say something the columns before them do not.

use serde::{Deserialize, Serialize};

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

/// The part of a column beside `directions`, of length 1; `None` when nothing but rounding is left.
fn direction(triangle: &Triangle, column: usize, directions: &[Vec<f64>]) -> Option<Vec<f64>> {
    const OF_SPREAD: f64 = 1e-6;
    const OF_LENGTH: f64 = 1e-12;
    let mut rest: Vec<f64> = (0..triangle.n).map(|row| triangle.at(row, column)).collect();
    let (length, spread) = (triangle.column_norm(column, 0), triangle.column_norm(column, 1.min(column)));
    // Gram and Schmidt's projection loses orthogonality; a second one restores it (Giraud et al. 2005).
    for direction in directions.iter().chain(directions) {
        let share: f64 = rest.iter().zip(direction).map(|(a, b)| a * b).sum();
        rest.iter_mut().zip(direction).for_each(|(value, part)| *value -= share * part);
    }
    let left = rest.iter().map(|value| value * value).sum::<f64>().sqrt();
    if left <= (OF_SPREAD * spread).max(OF_LENGTH * length) {
        return None;
    }
    rest.iter_mut().for_each(|value| *value /= left);
    Some(rest)
}
