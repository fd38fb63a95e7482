//! The list of preparing steps: what a recipe writes, what a saved model keeps, and which module does which.

use serde::{Deserialize, Serialize};

use super::*;
use crate::reduce::pca::PcaParams;

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

/// What `step` learns from the training rows, and those rows after it.
pub(super) fn fit_step(
    step: &PrepareStep,
    table: Table,
    training: &Training<'_>,
    watch: &mut Watch<'_>,
) -> Result<(FittedStep, Table)> {
    let fitted = learn(step, &table, training, watch)?;
    let after = fitted.apply(table, &mut ApplyReport::default())?;
    Ok((fitted, after))
}

fn learn(
    step: &PrepareStep,
    table: &Table,
    training: &Training<'_>,
    watch: &mut Watch<'_>,
) -> Result<FittedStep> {
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
    pub(super) fn apply(&self, table: Table, report: &mut ApplyReport) -> Result<Table> {
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
