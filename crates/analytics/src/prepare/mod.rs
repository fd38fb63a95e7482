//! From a table of mixed columns to complete numbers, learned on some rows and applied to any: so that nothing of a
//! held-out row leaks into what prepares it.
//!
//! [`fit`] runs the steps over the training rows and keeps what each one learned; [`Fitted::apply`] repeats them on other
//! rows with that knowledge alone. The fitted steps are data, part of a saved model.

mod columns;
pub mod date_parts;
pub mod days_since;
pub mod frequency;
pub mod group_rare;
pub mod impute;
pub mod log1p;
pub mod min_max;
mod minimize;
pub mod one_hot;
pub mod ordinal;
mod pca_step;
pub mod power;
pub mod robust_scale;
pub mod select;
mod sources;
pub mod standardize;
mod steps;
pub mod target_encoding;
pub mod winsorize;

use serde::{Deserialize, Serialize};

pub use date_parts::{DatePartsParams, FittedDateParts};
pub use days_since::{DaysSinceParams, FittedDaysSince};
pub use frequency::{FittedFrequency, FrequencyParams};
pub use group_rare::{FittedGroupRare, GroupRareParams};
pub use impute::{FittedImpute, ImputeParams, ImputeStrategy, Replacement};
pub use log1p::{FittedLog1p, Log1pParams};
pub use min_max::{FittedMinMax, MinMaxParams};
pub use one_hot::{FittedOneHot, OneHotParams};
pub use ordinal::{FittedOrdinal, OrdinalParams};
pub use pca_step::FittedPca;
pub use power::{FittedPower, PowerParams};
pub use robust_scale::{FittedRobustScale, RobustScaleParams};
pub use select::chi2::SelectChi2Params;
pub use select::correlation::SelectCorrelationParams;
pub use select::l1::SelectL1Params;
pub use select::mutual_information::SelectMutualInformationParams;
pub use select::permutation::SelectPermutationParams;
pub use select::recursive::SelectRecursiveParams;
pub use select::variance::SelectVarianceParams;
pub use select::{FittedSelect, ScoredColumn};
pub use standardize::{FittedStandardize, StandardizeParams};
pub use steps::{FittedStep, PrepareStep};
pub use target_encoding::{FittedTargetEncoding, TargetEncodingParams, TargetScale};
pub use winsorize::{FittedWinsorize, WinsorizeParams};

use self::columns::{chosen_columns, with_columns};
use crate::predict::Outcome;
use crate::profile::ColumnKind;
use crate::progress::{Watch, report};
use crate::shards::{Crew, at_once};
use crate::{Column, Error, Matrix, Result, Table};

/// A column as it came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The heading.
    pub name: String,
    /// The type.
    pub kind: ColumnKind,
}

/// Fitted steps: what turns a table of these inputs into a matrix of these outputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// The columns needed.
    pub inputs: Vec<Input>,
    /// The steps, in order, with what each learned.
    pub steps: Vec<FittedStep>,
    /// The columns that come out.
    pub outputs: Vec<String>,
    /// The rows learned from.
    pub n_rows: usize,
}

/// What happened to values while the steps were applied.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ApplyReport {
    /// Missing values replaced, for each column that had any.
    pub imputed: Vec<RowCount>,
    /// Rows whose level was not among the training rows', for each column that had any. One-hot columns are 0 for them.
    pub unseen: Vec<RowCount>,
    /// Values drawn back to a fence, for each column that had any.
    #[serde(default)]
    pub clipped: Vec<RowCount>,
}

/// A number of rows of one column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCount {
    /// The column.
    pub column: String,
    /// The rows.
    pub rows: usize,
}

/// Fits `steps`, in order, on the rows of `table`, which are the training rows and no others.
///
/// # Errors
/// As [`fit_with_target`]; [`Error::TargetNeeded`] for a step that learns from a target.
pub fn fit(steps: &[PrepareStep], table: &Table, watch: &mut Watch<'_>) -> Result<Fitted> {
    fit_with_target(steps, table, None, 0, watch).map(|(fitted, _)| fitted)
}

/// Fits `steps`, in order, on the rows of `table`, which are the training rows and no others, and `outcome`, one entry a row.
///
/// The matrix is what a model is to be fitted on. It is not always [`Fitted::apply`] of the same rows: where a step encodes a
/// column by the target, each training row is encoded without its own target, by inner folds drawn with `seed`.
///
/// # Errors
/// Those of each step; then [`Error::WrongType`] or [`Error::NotFinite`] names the first column that is still a category,
/// a time or a text, or has missing values; [`Error::Empty`] without rows or columns left; [`Error::LengthMismatch`] for an
/// outcome of another length; [`Error::Cancelled`].
pub fn fit_with_target(
    steps: &[PrepareStep],
    table: &Table,
    outcome: Option<Outcome<'_>>,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<(Fitted, Matrix)> {
    at_once(fit_among(steps, table, outcome, seed, &Crew::alone(), watch))
}

/// As [`fit_with_target`], rows shared with `crew` where a step can.
///
/// # Errors
/// As [`fit_with_target`].
pub async fn fit_among(
    steps: &[PrepareStep],
    table: &Table,
    outcome: Option<Outcome<'_>>,
    seed: u64,
    crew: &Crew,
    watch: &mut Watch<'_>,
) -> Result<(Fitted, Matrix)> {
    if table.n_rows() == 0 {
        return Err(Error::Empty);
    }
    if let Some(outcome) = outcome {
        crate::predict::supervised::check_length(table.n_rows(), n_outcomes(outcome))?;
    }
    let input = |column: &Column| Input { name: column.name.clone(), kind: ColumnKind::of(&column.data) };
    let inputs = table.columns().map(input).collect();
    let mut current = table.clone().without_booleans();
    let mut fitted = Vec::with_capacity(steps.len());
    for (done, step) in steps.iter().enumerate() {
        report(watch, "prepare", done, steps.len())?;
        step.check()?;
        let context = Training { outcome, seed: seed.wrapping_add(done as u64) };
        let (step, after) = steps::fit_step(step, current, &context, crew, watch).await?;
        current = after;
        fitted.push(step);
    }
    let matrix = Matrix::from_table(&current)?;
    let outputs = matrix.names().to_vec();
    Ok((Fitted { inputs, steps: fitted, outputs, n_rows: table.n_rows() }, matrix))
}

/// What a step may learn from besides the columns.
struct Training<'a> {
    outcome: Option<Outcome<'a>>,
    seed: u64,
}

impl<'a> Training<'a> {
    fn outcome(&self, method: &'static str) -> Result<Outcome<'a>> {
        self.outcome.ok_or(Error::TargetNeeded { method })
    }
}

fn n_outcomes(outcome: Outcome<'_>) -> usize {
    match outcome {
        Outcome::Numbers(values) => values.len(),
        Outcome::Classes { codes, .. } => codes.len(),
    }
}

impl Fitted {
    /// The matrix of `table`'s rows, columns as in [`Self::outputs`]; further columns are ignored.
    ///
    /// # Errors
    /// [`Error::UnknownColumn`] or [`Error::WrongType`] for an input that is not there or of another type;
    /// [`Error::NotFinite`] for a missing value that no step replaces; [`Error::Empty`] without rows.
    pub fn apply(&self, table: &Table) -> Result<Matrix> {
        self.apply_with_report(table).map(|(matrix, _)| matrix)
    }

    /// As [`Self::apply`], with what was replaced or not known.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub fn apply_with_report(&self, table: &Table) -> Result<(Matrix, ApplyReport)> {
        let names: Vec<&str> = self.inputs.iter().map(|input| input.name.as_str()).collect();
        let mut current = table.select(&names)?;
        for (column, input) in current.columns().zip(&self.inputs) {
            if ColumnKind::of(&column.data) != input.kind {
                return Err(Error::WrongType {
                    column: input.name.clone(),
                    expected: input.kind.name(),
                    found: column.data.type_name(),
                });
            }
        }
        current = current.without_booleans();
        let mut report = ApplyReport::default();
        for step in &self.steps {
            current = step.apply(current, &mut report)?;
        }
        Ok((Matrix::from_table(&current)?, report))
    }
}

#[cfg(test)]
mod leakage_tests;
#[cfg(test)]
mod tests;
