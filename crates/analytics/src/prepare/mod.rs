//! From a table of mixed columns to complete numbers, learned on some rows and applied to any: so that nothing of a
//! held-out row leaks into what prepares it.
//!
//! [`fit`] runs the steps over the training rows and keeps what each one learned; [`Fitted::apply`] repeats them on other
//! rows with that knowledge alone. The fitted steps are data, part of a saved model.

pub mod days_since;
pub mod impute;
pub mod log1p;
pub mod one_hot;
mod pca_step;
mod sources;
pub mod standardize;

use serde::{Deserialize, Serialize};

pub use days_since::{DaysSinceParams, FittedDaysSince};
pub use impute::{FittedImpute, ImputeParams, ImputeStrategy, Replacement};
pub use log1p::{FittedLog1p, Log1pParams};
pub use one_hot::{FittedOneHot, OneHotParams};
pub use pca_step::FittedPca;
pub use standardize::{FittedStandardize, StandardizeParams};

use crate::profile::ColumnKind;
use crate::progress::{Watch, report};
use crate::reduce::pca::PcaParams;
use crate::{Column, Error, Matrix, Result, Table};

/// One preparing step: its method and parameters, as a recipe writes them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum PrepareStep {
    /// Times become numbers.
    DaysSince(DaysSinceParams),
    /// Missing values are replaced.
    Impute(ImputeParams),
    /// Numbers become logarithms.
    #[serde(rename = "log1p")]
    Log1p(Log1pParams),
    /// Categories become columns of 0 and 1.
    OneHot(OneHotParams),
    /// Numbers get mean 0 and variance 1.
    Standardize(StandardizeParams),
    /// All columns become principal components.
    Pca(PcaParams),
}

impl PrepareStep {
    /// Checks the ranges that do not depend on the data.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the parameter outside.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::DaysSince(_) | Self::Log1p(_) => Ok(()),
            Self::Impute(params) => params.check(),
            Self::OneHot(params) => params.check(),
            Self::Standardize(params) => params.check(),
            Self::Pca(params) => params.check().map(drop),
        }
    }
}

/// What one step learned from the training rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum FittedStep {
    /// See [`PrepareStep::DaysSince`].
    DaysSince(FittedDaysSince),
    /// See [`PrepareStep::Impute`].
    Impute(FittedImpute),
    /// See [`PrepareStep::Log1p`].
    #[serde(rename = "log1p")]
    Log1p(FittedLog1p),
    /// See [`PrepareStep::OneHot`].
    OneHot(FittedOneHot),
    /// See [`PrepareStep::Standardize`].
    Standardize(FittedStandardize),
    /// See [`PrepareStep::Pca`].
    Pca(FittedPca),
}

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
    /// Rows whose level was not among the training rows', for each column that had any: they are 0 in all its columns.
    pub unseen: Vec<RowCount>,
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
/// Those of each step; then [`Error::WrongType`] or [`Error::NotFinite`] names the first column that is still a category
/// or a time, or has missing values; [`Error::Empty`] without rows or columns left; [`Error::Cancelled`].
pub fn fit(steps: &[PrepareStep], table: &Table, watch: &mut Watch<'_>) -> Result<Fitted> {
    if table.n_rows() == 0 {
        return Err(Error::Empty);
    }
    let input = |column: &Column| Input { name: column.name.clone(), kind: ColumnKind::of(&column.data) };
    let inputs = table.columns().iter().map(input).collect();
    let mut current = table.clone();
    let mut fitted = Vec::with_capacity(steps.len());
    for (done, step) in steps.iter().enumerate() {
        report(watch, "prepare", done, steps.len())?;
        step.check()?;
        let step = fit_step(step, &current, watch)?;
        current = step.apply(current, &mut ApplyReport::default())?;
        fitted.push(step);
    }
    let matrix = Matrix::from_table(&current)?;
    Ok(Fitted { inputs, steps: fitted, outputs: matrix.names().to_vec(), n_rows: table.n_rows() })
}

fn fit_step(step: &PrepareStep, table: &Table, watch: &mut Watch<'_>) -> Result<FittedStep> {
    Ok(match step {
        PrepareStep::DaysSince(params) => FittedStep::DaysSince(days_since::fit(params, table)?),
        PrepareStep::Impute(params) => FittedStep::Impute(impute::fit(params, table)?),
        PrepareStep::Log1p(params) => FittedStep::Log1p(log1p::fit(params, table)?),
        PrepareStep::OneHot(params) => FittedStep::OneHot(one_hot::fit(params, table)?),
        PrepareStep::Standardize(params) => FittedStep::Standardize(standardize::fit(params, table)?),
        PrepareStep::Pca(params) => FittedStep::Pca(pca_step::fit(params, table, watch)?),
    })
}

impl FittedStep {
    fn apply(&self, table: Table, report: &mut ApplyReport) -> Result<Table> {
        match self {
            Self::DaysSince(step) => step.apply(table),
            Self::Impute(step) => step.apply(table, report),
            Self::Log1p(step) => step.apply(table),
            Self::OneHot(step) => step.apply(table, report),
            Self::Standardize(step) => step.apply(table),
            Self::Pca(step) => step.apply(table),
        }
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
        for (column, input) in current.columns().iter().zip(&self.inputs) {
            if ColumnKind::of(&column.data) != input.kind {
                return Err(Error::WrongType {
                    column: input.name.clone(),
                    expected: input.kind.name(),
                    found: column.data.type_name(),
                });
            }
        }
        let mut report = ApplyReport::default();
        for step in &self.steps {
            current = step.apply(current, &mut report)?;
        }
        Ok((Matrix::from_table(&current)?, report))
    }
}

/// The columns a step works on: those named, or all of the types it takes. A named column of another type is refused.
fn chosen_columns<'a>(
    table: &'a Table,
    names: &[String],
    kinds: &[ColumnKind],
    expected: &'static str,
) -> Result<Vec<&'a Column>> {
    let is_taken = |column: &Column| kinds.contains(&ColumnKind::of(&column.data));
    if names.is_empty() {
        return Ok(table.columns().iter().filter(|column| is_taken(column)).collect());
    }
    let named = |name: &String| {
        let column = table.column(name)?;
        if is_taken(column) {
            return Ok(column);
        }
        Err(Error::WrongType { column: name.clone(), expected, found: column.data.type_name() })
    };
    names.iter().map(named).collect()
}

/// The table with each column replaced by what `change` makes of it; a column may become none or many.
fn with_columns(
    table: Table,
    mut change: impl FnMut(Column, &mut Vec<Column>) -> Result<()>,
) -> Result<Table> {
    let mut columns = Vec::with_capacity(table.columns().len());
    for column in table.into_columns() {
        change(column, &mut columns)?;
    }
    Table::new(columns)
}

#[cfg(test)]
mod tests;
