//! Cut, fit on one side, measure on the other.

use super::split::{self, Cut};
use super::{
    ClassificationScores, FoldSummary, Pipeline, PipelineParams, RegressionScores, Scores, Split, Target,
    ValidateParams, Validation,
};
use crate::metrics::{auc_interval, classification, regression, rmse_interval};
use crate::progress::{Watch, report};
use crate::{ColumnData, Error, Result, Table};

/// Judges the steps and the model that `params` describes on held-out rows of `table`, then fits them on all rows.
///
/// # Errors
/// [`Error::UnknownColumn`], [`Error::WrongType`]; [`Error::Classes`] for `logistic` unless the target has two classes, on
/// both sides of every cut; [`Error::NotFinite`] for a missing time under [`Split::Time`]; [`Error::TooFewRows`];
/// [`Error::Parameter`]; the errors of the steps and the model; [`Error::Cancelled`].
pub fn validate(table: &Table, params: &ValidateParams, watch: &mut Watch<'_>) -> Result<Validation> {
    let target = Target::read(table, &params.target, params.positive.as_deref(), params.model.takes())?;
    let how = PipelineParams {
        columns: columns(table, params)?,
        prepare: params.prepare.clone(),
        dependent: params.dependent,
        model: params.model.clone(),
        class_weight: params.class_weight,
        seed: params.seed,
    };
    if target.labels().len() > 2 {
        return Err(Error::Classes { needed: 2, found: target.labels().len() });
    }
    let cuts = cuts(table, &target, params)?;
    let mut judged = Vec::with_capacity(cuts.len());
    let mut rows: Vec<HeldOutRow> = Vec::new();
    for (done, cut) in cuts.iter().enumerate() {
        report(watch, "validate", done, cuts.len())?;
        let train = target.take(&cut.train);
        let pipeline = Pipeline::fit(table, &train, &how, watch)?;
        let test = target.take(&cut.test);
        let predictions = pipeline.predict(&table.select(&how.columns)?.take(&test.rows))?.scores(1);
        let baseline = mean(&train.numbers());
        let actual = test.numbers();
        rows.extend((0..test.rows.len()).map(|position| HeldOutRow {
            row: test.rows[position],
            cut: done,
            actual: actual[position],
            prediction: predictions[position],
            baseline,
        }));
        judged.push(pipeline);
    }
    let is_number = target.labels().is_empty();
    let fold = |cut: usize| rows.iter().filter(move |row| row.cut == cut).copied().collect::<Vec<_>>();
    let folds = match cuts.len() {
        1 => Vec::new(),
        n_cuts => {
            (0..n_cuts).map(|cut| scores(&fold(cut), is_number, params, watch)).collect::<Result<Vec<_>>>()?
        }
    };
    rows.sort_unstable_by_key(|row| row.row);
    Ok(Validation {
        n_rows: target.rows.len(),
        n_rows_without_target: table.n_rows() - target.rows.len(),
        positive: target.positive().map(str::to_owned),
        held_out: rows.iter().map(|row| row.row).collect(),
        predictions: rows.iter().map(|row| row.prediction).collect(),
        actual: rows.iter().map(|row| row.actual).collect(),
        scores: scores(&rows, is_number, params, watch)?,
        fold_summary: summarize(&folds),
        folds,
        judged,
        pipeline: Pipeline::fit(table, &target, &how, watch)?,
    })
}

/// One prediction by a pipeline that has not seen the row.
#[derive(Debug, Clone, Copy)]
struct HeldOutRow {
    row: usize,
    cut: usize,
    actual: f64,
    prediction: f64,
    baseline: f64,
}

/// The columns to learn from. Naming the target or the split's time among them is refused, because both leak.
fn columns(table: &Table, params: &ValidateParams) -> Result<Vec<String>> {
    let time = match &params.split {
        Split::Time { column, .. } => Some(column),
        Split::Holdout { .. } | Split::Folds { .. } => None,
    };
    let is_kept_apart = |name: &String| *name == params.target || Some(name) == time;
    if !params.columns.is_empty() {
        return match params.columns.iter().any(is_kept_apart) {
            true => {
                Err(Error::Parameter { name: "columns", range: "other than the target and the split's time" })
            }
            false => Ok(params.columns.clone()),
        };
    }
    Ok(table.columns().iter().map(|column| column.name.clone()).filter(|name| !is_kept_apart(name)).collect())
}

fn cuts(table: &Table, target: &Target, params: &ValidateParams) -> Result<Vec<Cut>> {
    let classes = target.strata();
    match &params.split {
        Split::Holdout { test_share } => Ok(vec![split::holdout(&classes, *test_share, params.seed)?]),
        Split::Folds { k } => split::folds(&classes, *k, params.seed),
        Split::Time { column, test_share } => {
            Ok(vec![split::by_time(&times(table, column, &target.rows)?, *test_share)?])
        }
    }
}

fn times(table: &Table, name: &str, rows: &[usize]) -> Result<Vec<i64>> {
    let column = table.column(name)?;
    let ColumnData::Time(times) = &column.data else {
        let found = column.data.type_name();
        return Err(Error::WrongType { column: name.to_owned(), expected: "time", found });
    };
    let time = |&row: &usize| times[row].ok_or_else(|| Error::NotFinite { column: name.to_owned(), row });
    rows.iter().map(time).collect()
}

fn scores(
    rows: &[HeldOutRow],
    is_number: bool,
    params: &ValidateParams,
    watch: &mut Watch<'_>,
) -> Result<Scores> {
    let actual: Vec<f64> = rows.iter().map(|row| row.actual).collect();
    let predictions: Vec<f64> = rows.iter().map(|row| row.prediction).collect();
    let baselines: Vec<f64> = rows.iter().map(|row| row.baseline).collect();
    if is_number {
        return Ok(Scores::Regression(RegressionScores {
            metrics: regression(&actual, &predictions)?,
            rmse_interval: rmse_interval(&actual, &predictions, &params.bootstrap, watch)?,
            baseline: regression(&actual, &baselines)?,
        }));
    }
    let labels: Vec<bool> = actual.iter().map(|&value| value == 1.0).collect();
    let baseline = classification(&labels, &baselines, &params.classification)?;
    Ok(Scores::Classification(Box::new(ClassificationScores {
        metrics: classification(&labels, &predictions, &params.classification)?,
        auc_interval: auc_interval(&labels, &predictions, &params.bootstrap, watch)?,
        baseline_log_loss: baseline.log_loss,
        baseline_brier: baseline.brier,
    })))
}

/// Means and deviations of the metrics that every fold has.
fn summarize(folds: &[Scores]) -> Vec<FoldSummary> {
    let all: Vec<Vec<(&str, Option<f64>)>> = folds.iter().map(named_metrics).collect();
    let n_metrics = all.first().map_or(0, Vec::len);
    let summary = |metric: usize| {
        let values = all.iter().map(|fold| fold[metric].1).collect::<Option<Vec<f64>>>()?;
        let mean = mean(&values);
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let standard_deviation = (squares / (values.len() as f64 - 1.0)).sqrt();
        Some(FoldSummary { metric: all[0][metric].0.to_owned(), mean, standard_deviation })
    };
    (0..n_metrics).filter_map(summary).collect()
}

fn named_metrics(scores: &Scores) -> Vec<(&'static str, Option<f64>)> {
    match scores {
        Scores::Regression(scores) => {
            let metrics = &scores.metrics;
            vec![("rmse", Some(metrics.rmse)), ("mae", Some(metrics.mae)), ("r_squared", metrics.r_squared)]
        }
        Scores::Classification(scores) => {
            let metrics = &scores.metrics;
            vec![
                ("auc", Some(metrics.auc)),
                ("average_precision", Some(metrics.average_precision)),
                ("log_loss", Some(metrics.log_loss)),
                ("brier", Some(metrics.brier)),
            ]
        }
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
