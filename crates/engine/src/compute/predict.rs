//! Regressions: judged on rows they have not seen, then fitted on all rows and applied to every customer.

use stillroom_analytics::{
    ColumnData, Table,
    group::kmeans::KMeansModel,
    judge::{
        ClassWeight, ClassificationScores, Dependent, Pipeline, RegressionScores, Scores, Split,
        ValidateParams, Validation as Judged, validate,
    },
    metrics::{BootstrapParams, ClassificationParams, confusion},
    predict::{Model, linear, logistic},
    prepare::Fitted,
};

use super::{
    Task,
    steps::{self, Goal},
};
use crate::{
    failure::failure,
    protocol::Failure,
    recipe::Validation,
    reply::{
        CalibrationBin, ClassifierScore, Coefficient, Decile, LogisticReport, Note, OlsReport,
        RegressionScore, Reply, Report, ThresholdCounts,
    },
};

/// Residuals drawn.
const RESIDUALS: usize = 1500;
/// Steps between thresholds 0 and 1.
const THRESHOLD_STEPS: u32 = 100;

/// Judges and fits the recipe's regression and predicts every row.
pub(super) fn run(task: &mut Task<'_, '_>) -> Result<(), Failure> {
    let Some(target) = task.recipe.target.clone() else {
        return Err(failure("recipe-target", "a prediction needs a target: name the column to predict"));
    };
    let params = validate_params(task, &target)?;
    let judged = validate(&task.table, &params, task.watch)?;
    let pipeline = &judged.pipeline;
    task.reply.n_rows_used = judged.n_rows as u64;
    task.reply.prepared = steps::fitted_as_json(&pipeline.prepare)?;
    task.reply.rows.scores = pipeline.predict(&features(&task.table, &pipeline.prepare)?)?.scores(1);
    task.reply.rows.held_out = judged.held_out.iter().map(|&row| row as u64).collect();
    if judged.n_rows_without_target > 0 {
        task.note("rows-without-target", Some(&target), judged.n_rows_without_target);
    }
    for column in &pipeline.dropped {
        task.note("dependent-column", Some(column), 1);
    }
    task.reply.model = serde_json::json!({ "pipeline": pipeline });
    task.reply.reports.push(report(&judged, target)?);
    Ok(())
}

fn validate_params(task: &Task<'_, '_>, target: &str) -> Result<ValidateParams, Failure> {
    let Goal::Predict(model) = task.plan.goal.clone() else {
        return Err(failure("recipe-steps", "the recipe has no predicting step"));
    };
    let recipe = task.recipe;
    Ok(ValidateParams {
        target: target.to_owned(),
        positive: recipe.positive.as_deref().map(|label| known_label(&task.table, target, label)),
        columns: recipe.columns.clone(),
        prepare: task.plan.prepare.clone(),
        dependent: Dependent::Drop,
        model,
        class_weight: ClassWeight::None,
        split: match &recipe.validate {
            Validation::Split { test_share } => Split::Holdout { test_share: *test_share },
            Validation::Folds { k } => Split::Folds { k: u32::try_from(*k).unwrap_or(u32::MAX) },
            Validation::Time { column, test_share } => {
                Split::Time { column: column.clone(), test_share: *test_share }
            }
        },
        seed: recipe.seed,
        classification: ClassificationParams::default(),
        bootstrap: BootstrapParams { seed: recipe.seed, ..BootstrapParams::default() },
    })
}

/// The target's label that is meant: labels of yes-no columns are read as `yes` and `no`, however the file spelt them.
fn known_label(table: &Table, target: &str, label: &str) -> String {
    let levels: &[String] = match table.column(target).map(|column| &column.data) {
        Ok(ColumnData::Category { levels, .. }) => levels,
        _ => &[],
    };
    if levels.iter().any(|level| level == label) {
        return label.to_owned();
    }
    let lower = label.trim().to_lowercase();
    let meant = match lower.as_str() {
        "true" | "t" | "1" | "y" => "yes",
        "false" | "f" | "0" | "n" => "no",
        other => other,
    };
    levels.iter().find(|level| level.to_lowercase() == meant).cloned().unwrap_or_else(|| label.to_owned())
}

/// The columns that fitted steps need.
fn features(table: &Table, prepare: &Fitted) -> Result<Table, Failure> {
    let names: Vec<&str> = prepare.inputs.iter().map(|input| input.name.as_str()).collect();
    Ok(table.select(&names)?)
}

/// Applies a kept model to rows: labels for k-means, predictions for regressions.
pub(super) fn apply_model(
    model: &serde_json::Value,
    table: &Table,
    reply: &mut Reply,
) -> Result<(), Failure> {
    reply.n_rows_used = table.n_rows() as u64;
    if let Some(pipeline) = model.get("pipeline") {
        let pipeline: Pipeline = read(pipeline)?;
        reply.rows.scores = pipeline.predict(&features(table, &pipeline.prepare)?)?.scores(1);
        return Ok(());
    }
    match (model.get("prepare"), model.get("kmeans")) {
        (Some(prepare), Some(kmeans)) => {
            let (prepare, kmeans): (Fitted, KMeansModel) = (read(prepare)?, read(kmeans)?);
            let (matrix, applied) = prepare.apply_with_report(&features(table, &prepare)?)?;
            reply.rows.labels = kmeans.predict(&matrix)?;
            reply.notes.extend(applied.unseen.into_iter().map(|unseen| Note {
                code: "unseen-level".to_owned(),
                column: Some(unseen.column),
                count: unseen.rows as u64,
            }));
            Ok(())
        }
        _ => Err(failure("no-scores", "this model scores no customers: run its recipe again instead")),
    }
}

fn read<T: serde::de::DeserializeOwned>(value: &serde_json::Value) -> Result<T, Failure> {
    serde_json::from_value(value.clone()).map_err(|_| {
        failure("model-unreadable", "the model was kept by another version: run its recipe again")
    })
}

fn report(judged: &Judged, target: String) -> Result<Report, Failure> {
    Ok(match &judged.pipeline.model {
        Model::Ols(model) => Report::Ols(Box::new(ols_report(judged, model, target)?)),
        Model::Logistic(model) => Report::Logistic(Box::new(logistic_report(judged, model, target)?)),
    })
}

fn ols_report(judged: &Judged, model: &linear::Ols, target: String) -> Result<OlsReport, Failure> {
    let n_held_out = judged.held_out.len();
    let shown = n_held_out.min(RESIDUALS);
    let residual = |row: usize| (judged.predictions[row], judged.actual[row] - judged.predictions[row]);
    Ok(OlsReport {
        target,
        n_rows: model.n_rows as u64,
        coefficients: model.intercept.iter().chain(&model.coefficients).map(linear_coefficient).collect(),
        r_squared: model.r_squared,
        adjusted_r_squared: model.adjusted_r_squared,
        residual_standard_error: model.residual_standard_error,
        degrees_of_freedom: model.residual_degrees as u64,
        f_statistic: model.f.zip(model.f_p),
        condition_number: model.condition,
        collinear: model.collinear.clone(),
        held_out: regression_score(&judged.scores)?,
        folds: judged.folds.iter().map(regression_score).collect::<Result<_, _>>()?,
        residuals: (0..shown).map(|position| residual(position * n_held_out / shown)).collect(),
    })
}

fn linear_coefficient(found: &linear::Coefficient) -> Coefficient {
    Coefficient {
        name: found.name.clone(),
        estimate: found.estimate,
        standard_error: Some(found.standard_error),
        statistic: found.t,
        p_value: found.p,
        low: Some(found.low),
        high: Some(found.high),
        inflation: found.vif,
    }
}

fn logistic_report(
    judged: &Judged,
    model: &logistic::Logistic,
    target: String,
) -> Result<LogisticReport, Failure> {
    let labels: Vec<bool> = judged.actual.iter().map(|&value| value == 1.0).collect();
    Ok(LogisticReport {
        target,
        positive: judged.positive.clone().unwrap_or_default(),
        n_rows: model.n_rows as u64,
        base_rate: model.n_positive as f64 / model.n_rows as f64,
        coefficients: model.intercept.iter().chain(&model.coefficients).map(log_odds).collect(),
        l2: model.l2,
        log_likelihood: model.log_likelihood,
        null_log_likelihood: model.null_log_likelihood,
        pseudo_r_squared: model.mcfadden_r_squared,
        aic: model.aic,
        iterations: model.iterations as u32,
        held_out: ClassifierScore {
            thresholds: thresholds(&labels, &judged.predictions)?,
            ..classifier_score(&judged.scores)?
        },
        folds: judged.folds.iter().map(fold_score).collect::<Result<_, _>>()?,
    })
}

fn log_odds(found: &logistic::LogOdds) -> Coefficient {
    let inference = found.inference.as_ref();
    Coefficient {
        name: found.name.clone(),
        estimate: found.estimate,
        standard_error: inference.map(|inference| inference.standard_error),
        statistic: inference.map(|inference| inference.z),
        p_value: inference.map(|inference| inference.p),
        low: inference.map(|inference| inference.low),
        high: inference.map(|inference| inference.high),
        inflation: None,
    }
}

fn regression_score(scores: &Scores) -> Result<RegressionScore, Failure> {
    let Scores::Regression(RegressionScores { metrics, rmse_interval, baseline, .. }) = scores else {
        return Err(failure("reply-unwritable", "a regression was judged as a classifier"));
    };
    Ok(RegressionScore {
        n_rows: metrics.n_rows as u64,
        rmse: metrics.rmse,
        rmse_interval: (rmse_interval.low, rmse_interval.high),
        mae: metrics.mae,
        r_squared: metrics.r_squared,
        baseline_rmse: baseline.rmse,
    })
}

fn classifier_score(scores: &Scores) -> Result<ClassifierScore, Failure> {
    let Scores::Classification(scores) = scores else {
        return Err(failure("reply-unwritable", "a classifier was judged as a regression"));
    };
    let ClassificationScores { metrics, auc_interval, baseline_log_loss, baseline_brier, .. } = &**scores;
    Ok(ClassifierScore {
        n_rows: metrics.n_rows as u64,
        base_rate: metrics.base_rate,
        auc: metrics.auc,
        auc_interval: (auc_interval.low, auc_interval.high),
        average_precision: metrics.average_precision,
        brier: metrics.brier,
        baseline_brier: *baseline_brier,
        log_loss: metrics.log_loss,
        baseline_log_loss: *baseline_log_loss,
        roc: metrics.roc.iter().map(|point| (point.false_positive_rate, point.true_positive_rate)).collect(),
        precision_recall: metrics
            .precision_recall
            .iter()
            .map(|point| (point.recall, point.precision))
            .collect(),
        calibration: metrics.calibration.iter().map(calibration_bin).collect(),
        deciles: metrics.deciles.iter().map(decile).collect(),
        thresholds: Vec::new(),
    })
}

/// A fold's scores without its curves.
fn fold_score(scores: &Scores) -> Result<ClassifierScore, Failure> {
    let score = classifier_score(scores)?;
    let empty = ClassifierScore::default();
    Ok(ClassifierScore {
        roc: empty.roc,
        precision_recall: empty.precision_recall,
        calibration: empty.calibration,
        deciles: empty.deciles,
        ..score
    })
}

fn calibration_bin(bin: &stillroom_analytics::metrics::CalibrationBin) -> CalibrationBin {
    CalibrationBin {
        count: bin.n_rows,
        predicted: bin.predicted,
        observed: bin.observed,
        low: bin.low,
        high: bin.high,
    }
}

fn decile(decile: &stillroom_analytics::metrics::Decile) -> Decile {
    Decile {
        count: decile.n_rows,
        rate: decile.rate,
        lift: decile.lift,
        cumulative_gain: decile.cumulative_gain,
    }
}

fn thresholds(labels: &[bool], probabilities: &[f64]) -> Result<Vec<ThresholdCounts>, Failure> {
    let steps = (0..=THRESHOLD_STEPS).map(|step| f64::from(step) / f64::from(THRESHOLD_STEPS));
    let counts = steps.map(|threshold| {
        let counts = confusion(labels, probabilities, threshold)?;
        Ok(ThresholdCounts {
            threshold,
            true_positives: counts.true_positives,
            false_positives: counts.false_positives,
            true_negatives: counts.true_negatives,
            false_negatives: counts.false_negatives,
        })
    });
    counts.collect()
}
