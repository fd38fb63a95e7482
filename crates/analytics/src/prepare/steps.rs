//! The list of preparing steps: what a recipe writes, what a saved model keeps, and which module does which.

use serde::{Deserialize, Serialize};

use super::power::Power;
use super::*;
use crate::reduce::pca::PcaParams;

/// One preparing step: its method and parameters, as a recipe writes them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum PrepareStep {
    /// Times become year, month, weekday, season and hour.
    DateParts(DatePartsParams),
    /// Times become the days until a reference.
    DaysSince(DaysSinceParams),
    /// Far values are drawn back to fences.
    Winsorize(WinsorizeParams),
    /// Missing values are replaced.
    Impute(ImputeParams),
    /// Numbers become logarithms.
    #[serde(rename = "log1p")]
    Log1p(Log1pParams),
    /// Positive numbers are raised to the power that makes them most nearly normal.
    BoxCox(PowerParams),
    /// Numbers are raised to the power that makes them most nearly normal.
    YeoJohnson(PowerParams),
    /// Levels of few rows become one.
    GroupRare(GroupRareParams),
    /// Categories become columns of 0 and 1.
    OneHot(OneHotParams),
    /// Categories become positions in an order.
    Ordinal(OrdinalParams),
    /// Categories become their level's share.
    Frequency(FrequencyParams),
    /// Categories become the target's mean of their level.
    TargetEncoding(TargetEncodingParams),
    /// Numbers get mean 0 and variance 1.
    Standardize(StandardizeParams),
    /// Numbers are mapped into one range.
    MinMax(MinMaxParams),
    /// Numbers are scaled by their quantiles.
    RobustScale(RobustScaleParams),
    /// Columns that hardly vary leave.
    SelectVariance(SelectVarianceParams),
    /// Of two columns that say nearly the same the later leaves.
    SelectCorrelation(SelectCorrelationParams),
    /// The columns that tell most about the target stay.
    SelectMutualInformation(SelectMutualInformationParams),
    /// The counts that differ most between classes stay.
    #[serde(rename = "select_chi2")]
    SelectChi2(SelectChi2Params),
    /// The columns an L1 penalty does not push out stay.
    SelectL1(SelectL1Params),
    /// The columns a model would miss stay.
    SelectPermutation(SelectPermutationParams),
    /// The columns a model needs least leave one after the other.
    SelectRecursive(SelectRecursiveParams),
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
            Self::DateParts(params) => params.check(),
            Self::DaysSince(_) => Ok(()),
            Self::Winsorize(params) => params.check(),
            Self::Impute(params) => params.check(),
            Self::Log1p(_) => Ok(()),
            Self::BoxCox(params) => params.check(),
            Self::YeoJohnson(params) => params.check(),
            Self::GroupRare(params) => params.check(),
            Self::OneHot(params) => params.check(),
            Self::Ordinal(params) => params.check(),
            Self::Frequency(_) => Ok(()),
            Self::TargetEncoding(params) => params.check(),
            Self::Standardize(params) => params.check(),
            Self::MinMax(params) => params.check(),
            Self::RobustScale(params) => params.check(),
            Self::SelectVariance(params) => params.check(),
            Self::SelectCorrelation(params) => params.check(),
            Self::SelectMutualInformation(params) => params.check(),
            Self::SelectChi2(params) => params.check(),
            Self::SelectL1(params) => params.check(),
            Self::SelectPermutation(params) => params.check(),
            Self::SelectRecursive(params) => params.check(),
            Self::Pca(params) => params.check().map(drop),
        }
    }
}

/// What one step learned from the training rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum FittedStep {
    /// See [`PrepareStep::DateParts`].
    DateParts(FittedDateParts),
    /// See [`PrepareStep::DaysSince`].
    DaysSince(FittedDaysSince),
    /// See [`PrepareStep::Winsorize`].
    Winsorize(FittedWinsorize),
    /// See [`PrepareStep::Impute`].
    Impute(FittedImpute),
    /// See [`PrepareStep::Log1p`].
    #[serde(rename = "log1p")]
    Log1p(FittedLog1p),
    /// See [`PrepareStep::BoxCox`].
    BoxCox(FittedPower),
    /// See [`PrepareStep::YeoJohnson`].
    YeoJohnson(FittedPower),
    /// See [`PrepareStep::GroupRare`].
    GroupRare(FittedGroupRare),
    /// See [`PrepareStep::OneHot`].
    OneHot(FittedOneHot),
    /// See [`PrepareStep::Ordinal`].
    Ordinal(FittedOrdinal),
    /// See [`PrepareStep::Frequency`].
    Frequency(FittedFrequency),
    /// See [`PrepareStep::TargetEncoding`].
    TargetEncoding(FittedTargetEncoding),
    /// See [`PrepareStep::Standardize`].
    Standardize(FittedStandardize),
    /// See [`PrepareStep::MinMax`].
    MinMax(FittedMinMax),
    /// See [`PrepareStep::RobustScale`].
    RobustScale(FittedRobustScale),
    /// See [`PrepareStep::SelectVariance`].
    SelectVariance(FittedSelect),
    /// See [`PrepareStep::SelectCorrelation`].
    SelectCorrelation(FittedSelect),
    /// See [`PrepareStep::SelectMutualInformation`].
    SelectMutualInformation(FittedSelect),
    /// See [`PrepareStep::SelectChi2`].
    #[serde(rename = "select_chi2")]
    SelectChi2(FittedSelect),
    /// See [`PrepareStep::SelectL1`].
    SelectL1(FittedSelect),
    /// See [`PrepareStep::SelectPermutation`].
    SelectPermutation(FittedSelect),
    /// See [`PrepareStep::SelectRecursive`].
    SelectRecursive(FittedSelect),
    /// See [`PrepareStep::Pca`].
    Pca(FittedPca),
}

/// What `step` learns from the training rows, and those rows after it.
pub(super) async fn fit_step(
    step: &PrepareStep,
    table: Table,
    training: &Training<'_>,
    crew: &Crew,
    watch: &mut Watch<'_>,
) -> Result<(FittedStep, Table)> {
    let fitted = match step {
        PrepareStep::DateParts(params) => FittedStep::DateParts(date_parts::fit(params, &table)?),
        PrepareStep::DaysSince(params) => FittedStep::DaysSince(days_since::fit(params, &table)?),
        PrepareStep::Winsorize(params) => FittedStep::Winsorize(winsorize::fit(params, &table)?),
        PrepareStep::Impute(params) => FittedStep::Impute(impute::fit(params, &table)?),
        PrepareStep::Log1p(params) => FittedStep::Log1p(log1p::fit(params, &table)?),
        PrepareStep::BoxCox(params) => FittedStep::BoxCox(power::fit(Power::BoxCox, params, &table, watch)?),
        PrepareStep::YeoJohnson(params) => {
            FittedStep::YeoJohnson(power::fit(Power::YeoJohnson, params, &table, watch)?)
        }
        PrepareStep::GroupRare(params) => FittedStep::GroupRare(group_rare::fit(params, &table)?),
        PrepareStep::OneHot(params) => FittedStep::OneHot(one_hot::fit(params, &table)?),
        PrepareStep::Ordinal(params) => FittedStep::Ordinal(ordinal::fit(params, &table)?),
        PrepareStep::Frequency(params) => FittedStep::Frequency(frequency::fit(params, &table)?),
        PrepareStep::TargetEncoding(params) => {
            let (fitted, after) = target_encoding::fit(params, table, training, watch)?;
            return Ok((FittedStep::TargetEncoding(fitted), after));
        }
        PrepareStep::Standardize(params) => FittedStep::Standardize(standardize::fit(params, &table)?),
        PrepareStep::MinMax(params) => FittedStep::MinMax(min_max::fit(params, &table)?),
        PrepareStep::RobustScale(params) => FittedStep::RobustScale(robust_scale::fit(params, &table)?),
        PrepareStep::SelectVariance(params) => {
            FittedStep::SelectVariance(select::variance::fit(params, &table)?)
        }
        PrepareStep::SelectCorrelation(params) => {
            FittedStep::SelectCorrelation(select::correlation::fit(params, &table, watch)?)
        }
        PrepareStep::SelectMutualInformation(params) => FittedStep::SelectMutualInformation(
            select::mutual_information::fit(params, &table, training, watch)?,
        ),
        PrepareStep::SelectChi2(params) => {
            FittedStep::SelectChi2(select::chi2::fit(params, &table, training)?)
        }
        PrepareStep::SelectL1(params) => {
            FittedStep::SelectL1(select::l1::fit(params, &table, training, watch)?)
        }
        PrepareStep::SelectPermutation(params) => {
            FittedStep::SelectPermutation(select::permutation::fit(params, &table, training, watch)?)
        }
        PrepareStep::SelectRecursive(params) => {
            FittedStep::SelectRecursive(select::recursive::fit(params, &table, training, watch)?)
        }
        PrepareStep::Pca(params) => {
            let (fitted, after) = pca_step::fit(params, table, crew, watch).await?;
            return Ok((FittedStep::Pca(fitted), after));
        }
    };
    let after = fitted.apply(table, &mut ApplyReport::default())?;
    Ok((fitted, after))
}

impl FittedStep {
    pub(super) fn apply(&self, table: Table, report: &mut ApplyReport) -> Result<Table> {
        match self {
            Self::DateParts(step) => step.apply(table),
            Self::DaysSince(step) => step.apply(table),
            Self::Winsorize(step) => step.apply(table, report),
            Self::Impute(step) => step.apply(table, report),
            Self::Log1p(step) => step.apply(table),
            Self::BoxCox(step) => step.apply(Power::BoxCox, table),
            Self::YeoJohnson(step) => step.apply(Power::YeoJohnson, table),
            Self::GroupRare(step) => step.apply(table),
            Self::OneHot(step) => step.apply(table, report),
            Self::Ordinal(step) => step.apply(table, report),
            Self::Frequency(step) => step.apply(table, report),
            Self::TargetEncoding(step) => step.apply(table, report),
            Self::Standardize(step) => step.apply(table),
            Self::MinMax(step) => step.apply(table),
            Self::RobustScale(step) => step.apply(table),
            Self::SelectVariance(step) => step.apply(table),
            Self::SelectCorrelation(step) => step.apply(table),
            Self::SelectMutualInformation(step) => step.apply(table),
            Self::SelectChi2(step) => step.apply(table),
            Self::SelectL1(step) => step.apply(table),
            Self::SelectPermutation(step) => step.apply(table),
            Self::SelectRecursive(step) => step.apply(table),
            Self::Pca(step) => step.apply(table),
        }
    }
}
