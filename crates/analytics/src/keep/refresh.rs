//! New rows without the old ones: for methods whose fit is a sum over rows, the sum is kept and the new rows are added to it.
//!
//! The preparing steps stay as they were fitted, so new rows are seen as the old ones were. What is chosen from all rows, such as
//! a penalty, stays too. Where any of this does not do, the answer is to fit again, and why.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::format::hex;
use super::{Artefact, Body, ColumnSchema, TargetSchema, data_hash, schema_of};
use crate::judge::{Pipeline, Target, TargetValues};
use crate::partial::{Partial, summarize};
use crate::predict::Model;
use crate::predict::logistic::Cholesky;
use crate::predict::penalized::Slope;
use crate::predict::penalized::ridge::Ridge;
use crate::reduce::pca::CrossProducts;
use crate::{Error, Matrix, Result, Table};

/// What a fit sums over rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sums {
    /// Means and centred cross-products of the prepared columns and, last, the target.
    LeastSquares(CrossProducts),
}

/// What became of an artefact and new rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refreshed {
    /// The model of old and new rows. Its metrics are gone: they were those of another model.
    Model(Box<Artefact>),
    /// Fit again on all rows, because of this.
    Refit(RefitReason),
}

/// Why new rows cannot be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefitReason {
    /// The method needs all rows at once.
    Method,
    /// The artefact was written without its sums.
    NoSums,
}

/// The sums to keep with `pipeline`, fitted on the rows of `table` that `target` names; `None` when its method has none: today
/// all but ridge.
///
/// # Errors
/// Those of [`Pipeline::prepared`].
pub fn sums_of(pipeline: &Pipeline, table: &Table, target: &Target) -> Result<Option<Sums>> {
    let (Model::Ridge(_), TargetValues::Numbers(numbers)) = (&pipeline.model, &target.values) else {
        return Ok(None);
    };
    let matrix = pipeline.prepared(&table.take(&target.rows))?;
    let width = matrix.n_columns();
    let rows = matrix.values().chunks_exact(width).zip(numbers);
    let values = rows.flat_map(|(row, &number)| row.iter().copied().chain([number])).collect();
    // Only the places matter here: a prepared column may be called as the target is.
    let names = (0..=width).map(|column| column.to_string()).collect();
    let augmented = Matrix::new(names, values)?;
    augmented.check_scale()?;
    Ok(Some(Sums::LeastSquares(summarize(&augmented, || CrossProducts::new(width + 1)))))
}

/// The artefact's model after the rows of `table` that `target` names joined those it was fitted on.
///
/// For ridge the result is the fit on all rows with the same steps and penalty, up to rounding: its sums need no old row.
///
/// # Errors
/// [`Error::WrongType`] for classes where numbers were learned; [`Error::OutOfScale`]; [`Error::Collinear`] without a penalty; those of
/// [`Pipeline::prepared`].
pub fn refresh(artefact: &Artefact, table: &Table, target: &Target) -> Result<Refreshed> {
    let refit = |reason| Ok(Refreshed::Refit(reason));
    let Body::Predict(pipeline) = &artefact.body else { return refit(RefitReason::Method) };
    let Model::Ridge(ridge) = &pipeline.model else { return refit(RefitReason::Method) };
    let Some(Sums::LeastSquares(before)) = &artefact.sums else { return refit(RefitReason::NoSums) };
    let Some(Sums::LeastSquares(new)) = sums_of(pipeline, table, target)? else {
        return Err(Error::WrongType { column: "target".into(), expected: "number", found: "category" });
    };
    let mut sums = before.clone();
    sums.merge(new);
    let model = Model::Ridge(solve(ridge, &sums)?);
    let rows = table.take(&target.rows);
    let inputs: Vec<&str> = artefact.columns.iter().map(|column| column.name.as_str()).collect();
    let rows = rows.select(&inputs)?;
    let hashes = [artefact.data_hash.as_bytes(), data_hash(&rows).as_bytes()].concat();
    let columns = artefact.columns.iter().zip(schema_of(&rows)).map(|(old, new)| joined(old, new)).collect();
    Ok(Refreshed::Model(Box::new(Artefact {
        columns,
        target: artefact.target.as_ref().map(|old| TargetSchema {
            range: widest(old.range, TargetSchema::of(&old.name, target).range),
            ..old.clone()
        }),
        n_rows: artefact.n_rows + rows.n_rows(),
        data_hash: hex(&Sha256::digest(&hashes)),
        metrics: Vec::new(),
        sums: Some(Sums::LeastSquares(sums)),
        body: Body::Predict(Box::new(Pipeline { model, ..pipeline.as_ref().clone() })),
        ..artefact.clone()
    })))
}

/// The ridge regression of all rows summed, with the penalty it had.
fn solve(ridge: &Ridge, sums: &CrossProducts) -> Result<Ridge> {
    let (count, means, centred) = sums.parts();
    let width = means.len() - 1;
    // Without a constant term the line passes through zero, so products are about zero.
    let about_zero = if ridge.intercept.is_some() { 0.0 } else { count as f64 };
    let product = |left: usize, right: usize| {
        let (low, high) = (left.min(right), left.max(right));
        centred[low * means.len() + high] + about_zero * means[low] * means[high]
    };
    let mut gram: Vec<f64> = (0..width * width).map(|cell| product(cell / width, cell % width)).collect();
    (0..width).for_each(|column| gram[column * width + column] += ridge.alpha);
    let name = |column: usize| ridge.coefficients[column].name.clone();
    let factor =
        Cholesky::new(&gram, width, 1e-13).map_err(|column| Error::Collinear { column: name(column) })?;
    let moments: Vec<f64> = (0..width).map(|column| product(column, width)).collect();
    let slopes = factor.solve(&moments);
    if let Some(column) = slopes.iter().position(|slope| !slope.is_finite()) {
        return Err(Error::OutOfScale { column: name(column) });
    }
    let inverse = factor.inverse();
    let lost: f64 = (0..width).map(|column| ridge.alpha * inverse[column * width + column]).sum();
    let made = |column: usize| {
        let along: f64 = (0..width).map(|other| product(column, other) * slopes[other]).sum();
        slopes[column] * (2.0 * moments[column] - along)
    };
    let total = product(width, width);
    let explained = (0..width).map(made).sum::<f64>() / total;
    let at_means: f64 = slopes.iter().zip(means).map(|(slope, mean)| slope * mean).sum();
    Ok(Ridge {
        intercept: ridge.intercept.map(|_| means[width] - at_means),
        coefficients: slopes
            .iter()
            .enumerate()
            .map(|(column, &estimate)| Slope { name: name(column), estimate })
            .collect(),
        means: means[..width].to_vec(),
        n_rows: usize::try_from(count).unwrap_or(usize::MAX),
        alpha: ridge.alpha,
        effective_degrees: (width as f64 - lost).max(0.0),
        r_squared: Some(explained).filter(|share| share.is_finite()),
        candidates: Vec::new(),
    })
}

/// A column's schema over old and new rows. Levels of too many become none.
fn joined(old: &ColumnSchema, new: ColumnSchema) -> ColumnSchema {
    let mut levels = [old.levels.as_slice(), &new.levels].concat();
    levels.sort_unstable();
    levels.dedup();
    let is_whole = old.levels.len() == old.n_levels && new.levels.len() == new.n_levels;
    let n_levels = if is_whole { levels.len() } else { old.n_levels.max(new.n_levels) };
    if !is_whole || levels.len() > super::MOST_LEVELS {
        levels.clear();
    }
    ColumnSchema {
        n_missing: old.n_missing + new.n_missing,
        range: widest(old.range, new.range),
        levels,
        n_levels,
        ..new
    }
}

fn widest(left: Option<(f64, f64)>, right: Option<(f64, f64)>) -> Option<(f64, f64)> {
    match (left, right) {
        (Some(left), Some(right)) => Some((left.0.min(right.0), left.1.max(right.1))),
        (one, other) => one.or(other),
    }
}

impl Sums {
    /// Proves that new rows can be added for a model of `n_columns` prepared columns.
    ///
    /// # Errors
    /// [`Error::ModelBroken`].
    pub fn check(&self, n_columns: usize) -> Result<()> {
        let Self::LeastSquares(sums) = self;
        let (count, means, products) = sums.parts();
        let width = n_columns + 1;
        match count > 0 && count < 1 << 53 && means.len() == width && products.len() == width * width {
            true => Ok(()),
            false => Err(Error::ModelBroken { part: "sums" }),
        }
    }
}
