//! Predictions: judged on rows they have not seen, then fitted on all rows and applied to every customer.

mod artefact;
mod checks;
mod fit;
mod insight;
mod report;
mod scores;
mod search;
mod terms;

use stillroom_analytics::{
    ColumnData, Table, drift,
    judge::{self, Dependent, Pipeline, Split, Target, ValidateParams, validate_among},
    keep::Body,
    metrics::{BootstrapParams, ClassificationParams},
    outcome,
    predict::{ModelParams, Prediction},
    progress::Watch,
};

use super::{
    Task, model,
    steps::{self, Goal},
    written,
};
use crate::{
    failure::failure,
    protocol::Failure,
    recipe::{Calibration, ClassWeight, Recipe, Validation},
    reply::{Note, Reply, Report},
};

/// Judges and fits the recipe's method and predicts every row.
pub(super) async fn run(task: &mut Task<'_, '_>) -> Result<(), Failure> {
    let dated = task.plan.outcome.as_ref().map(|_| outcome::COLUMN.to_owned());
    let Some(target) = task.recipe.target.clone().or(dated) else {
        return Err(failure("recipe-target", "a prediction needs a target: name the column to predict"));
    };
    let (params, judged, leaderboard) = match task.plan.goal.clone() {
        Goal::Predict(model) if task.recipe.fit_only => return fit::run(task, &target, model).await,
        Goal::Predict(model) => {
            let params = validate_params(task, &target, model);
            let judged = validate_among(&task.table, &params, task.crew, task.watch).await?;
            (params, judged, None)
        }
        Goal::Automl(how) => {
            let (params, judged, leaderboard) = search::search(task, &target, how)?;
            (params, judged, Some(leaderboard))
        }
        _ => return Err(failure("recipe-steps", "the recipe has no predicting step")),
    };
    let pipeline = &judged.pipeline;
    task.reply.n_rows_used = judged.n_rows as u64;
    task.reply.prepared = steps::fitted_as_json(&pipeline.prepare)?;
    if task.today.is_none() {
        task.reply.rows.held_out = judged.held_out.iter().map(|&row| row as u64).collect();
    }
    tell_rows(task, pipeline, &judged.labels)?;
    note_left_out(task, &target, judged.n_rows_without_target, pipeline);
    let target = Target::read(&task.table, &params.target, params.positive.as_deref(), params.model.takes())?;
    let report = report::report(task, &params, &judged, &target, leaderboard)?;
    let artefact = artefact::artefact(task, &params, &judged, &target, &report.method)?;
    task.reply.model = model::write(&artefact)?;
    task.reply.reports.push(Report::Predict(Box::new(report)));
    Ok(())
}

/// Predicts every row: of today's customers where the target has a date.
fn tell_rows(task: &mut Task<'_, '_>, pipeline: &Pipeline, labels: &[String]) -> Result<(), Failure> {
    let today = task.today.take();
    let rows = today.as_ref().map_or(&task.table, |today| &today.table);
    let predicted = pipeline.predict(&model::features(rows, &pipeline.prepare)?)?;
    if let Some(today) = today {
        task.reply.rows.ids = today.ids;
    }
    report_rows(&predicted, task.reply);
    if labels.len() > 2 {
        task.reply.label_names = labels.to_vec();
    }
    Ok(())
}

fn note_left_out(task: &mut Task<'_, '_>, target: &str, n_rows_without_target: usize, pipeline: &Pipeline) {
    if n_rows_without_target > 0 {
        task.note("rows-without-target", Some(target), n_rows_without_target);
    }
    for column in &pipeline.dropped {
        task.note("dependent-column", Some(column), 1);
    }
}

fn validate_params(task: &Task<'_, '_>, target: &str, model: ModelParams) -> ValidateParams {
    let recipe = task.recipe;
    ValidateParams {
        target: target.to_owned(),
        positive: positive(task, target),
        columns: recipe.columns.clone(),
        prepare: task.plan.prepare.clone(),
        dependent: Dependent::Drop,
        model,
        class_weight: class_weight(recipe),
        calibrate: calibrate(recipe),
        split: split(recipe),
        seed: recipe.seed,
        classification: ClassificationParams::default(),
        bootstrap: BootstrapParams { seed: recipe.seed, ..BootstrapParams::default() },
    }
}

fn class_weight(recipe: &Recipe) -> judge::ClassWeight {
    match recipe.class_weight {
        ClassWeight::None => judge::ClassWeight::None,
        ClassWeight::Balanced => judge::ClassWeight::Balanced,
    }
}

fn calibrate(recipe: &Recipe) -> judge::Calibrate {
    match recipe.calibrate {
        Calibration::None => judge::Calibrate::None,
        Calibration::Platt => judge::Calibrate::Platt,
        Calibration::Isotonic => judge::Calibrate::Isotonic,
    }
}

fn split(recipe: &Recipe) -> Split {
    match recipe.validate.clone() {
        Validation::Split { test_share } => Split::Holdout { test_share },
        Validation::Folds { k, repeats: 1 } => Split::Folds { k },
        Validation::Folds { k, repeats } => Split::RepeatedFolds { k, repeats },
        Validation::Groups { column, k } => Split::GroupFolds { column, k },
        Validation::Time { column, test_share } => Split::Time { column, test_share },
        Validation::TimeFolds { column, k } => Split::TimeFolds { column, k },
    }
}

/// The target's label that the recipe means: labels of yes-no columns are read as `yes` and `no`, however the file spelt them.
fn positive(task: &Task<'_, '_>, target: &str) -> Option<String> {
    let label = task.recipe.positive.as_deref()?;
    let levels: &[String] = match task.table.column(target).map(|column| &column.data) {
        Ok(ColumnData::Category { levels, .. }) => levels,
        _ => &[],
    };
    if levels.iter().any(|level| level == label) {
        return Some(label.to_owned());
    }
    let lower = label.trim().to_lowercase();
    let meant = match lower.as_str() {
        "true" | "t" | "1" | "y" => "yes",
        "false" | "f" | "0" | "n" => "no",
        other => other,
    };
    let known = levels.iter().find(|level| level.to_lowercase() == meant);
    Some(known.map_or(label, String::as_str).to_owned())
}

/// What drift compares: the probability of the second of two classes, otherwise the number or the first class's.
fn said(prediction: &Prediction, pipeline: &Pipeline) -> Vec<f64> {
    prediction.scores(usize::from(pipeline.labels.len() == 2))
}

/// Writes predictions to the reply: one score a row, and of more than two classes the most probable.
fn report_rows(prediction: &Prediction, reply: &mut Reply) {
    match prediction {
        Prediction::Probabilities { n_classes, values } if *n_classes > 2 => {
            let labels = prediction.most_probable().unwrap_or_default();
            let rows = labels.iter().zip(values.chunks_exact(*n_classes));
            reply.rows.scores = rows.map(|(&label, row)| row[label as usize]).collect();
            reply.rows.labels = labels;
        }
        _ => reply.rows.scores = prediction.scores(1),
    }
}

/// Applies a kept model to rows: labels for groups, predictions with a word on drift for targets.
pub(super) fn apply_model(
    model: &serde_json::Value,
    table: &Table,
    reply: &mut Reply,
    watch: &mut Watch<'_>,
) -> Result<(), Failure> {
    reply.n_rows_used = table.n_rows() as u64;
    let artefact = model::read(Some(model))?;
    match artefact.body {
        Body::Predict(pipeline) => {
            let rows = model::features(table, &pipeline.prepare)?;
            let prediction = pipeline.predict(&rows)?;
            report_rows(&prediction, reply);
            let Some(before) = artefact.drift else { return Ok(()) };
            let before: drift::Reference = serde_json::from_value(before)
                .map_err(|_| failure("model-unreadable", "the model's summary of its rows does not read"))?;
            let said = said(&prediction, &pipeline);
            let found = drift::drift(&before, &rows, Some(&said), &drift::DriftParams::default(), watch)?;
            let content = written(&found)?;
            reply.reports.push(Report::Described { method: "drift".to_owned(), content });
            Ok(())
        }
        Body::Group(groups) => {
            let (matrix, applied) =
                groups.prepare.apply_with_report(&model::features(table, &groups.prepare)?)?;
            reply.rows.labels = groups.model.predict(&matrix)?;
            reply.notes.extend(applied.unseen.into_iter().map(|unseen| Note {
                code: "unseen-level".to_owned(),
                column: Some(unseen.column),
                count: unseen.rows as u64,
            }));
            Ok(())
        }
    }
}
