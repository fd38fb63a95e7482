//! The search for the best method.

use serde_json::{Map, Value};
use stillroom_analytics::{
    judge::{
        Dependent, Split, ValidateParams, Validation as Judged,
        search::{self, AutomlParams, AutomlTask, Trial},
    },
    predict::ModelParams,
};

use super::{calibrate, class_weight, positive, split};
use crate::{
    compute::{Task, written::word},
    protocol::Failure,
    reply::{Leaderboard, LeaderboardEntry},
};

/// Searches for the best model of `target`, and judges it on rows the search never saw.
pub(super) fn search(
    task: &mut Task<'_, '_>,
    target: &str,
    how: AutomlParams,
) -> Result<(ValidateParams, Judged, Leaderboard), Failure> {
    let recipe = task.recipe;
    let steps = &task.plan.prepare;
    let params = AutomlTask {
        target: target.to_owned(),
        positive: positive(task, target),
        columns: recipe.columns.clone(),
        prepare: (!steps.is_empty()).then(|| steps.clone()),
        dependent: Dependent::Drop,
        class_weight: class_weight(recipe),
        calibrate: calibrate(recipe),
        split: single(split(recipe)),
        seed: recipe.seed,
        classification: Default::default(),
        bootstrap: Default::default(),
        spaces: Vec::new(),
        how,
    };
    let found = search::automl(&task.table, &params, task.budget, task.watch)?;
    let n_train = (found.validation.n_rows - found.validation.held_out.len()) as f64;
    let board = Leaderboard {
        metric: word(&found.metric),
        n_tried: found.leaderboard.iter().filter(|trial| trial.model.is_some()).count() as u64,
        entries: found.leaderboard.into_iter().map(|trial| entry(trial, n_train)).collect(),
        out_of_time: found.ended_early,
    };
    Ok((found.judged_as, found.validation, board))
}

/// A search keeps one part of the rows for the last word; its folds are made of the others.
fn single(split: Split) -> Split {
    match split {
        Split::Folds { k } | Split::RepeatedFolds { k, .. } => {
            Split::Holdout { test_share: 1.0 / f64::from(k.max(2)) }
        }
        Split::GroupFolds { column, k } => Split::Group { column, test_share: 1.0 / f64::from(k.max(2)) },
        Split::TimeFolds { column, k } => Split::Time { column, test_share: 1.0 / f64::from(k.max(1) + 1) },
        other => other,
    }
}

fn entry(trial: Trial, n_train: f64) -> LeaderboardEntry {
    let mut parameters = trial.model.map(|model| written(&model)).unwrap_or_default();
    parameters.remove("method");
    LeaderboardEntry {
        method: trial.method,
        parameters,
        mean: trial.mean,
        deviation: trial.deviation,
        n_rows: (trial.share * n_train).round() as u64,
        failure: trial.failure,
    }
}

/// The parameters that are not the method's defaults.
fn written(model: &ModelParams) -> Map<String, Value> {
    let object = |value: Value| match value {
        Value::Object(object) => object,
        _ => Map::new(),
    };
    let mut given = object(serde_json::to_value(model).unwrap_or_default());
    let method = given.get("method").cloned().unwrap_or_default();
    let plain = serde_json::from_value::<ModelParams>(serde_json::json!({ "method": method }));
    let defaults =
        plain.ok().and_then(|plain| serde_json::to_value(plain).ok()).map(object).unwrap_or_default();
    given.retain(|name, value| defaults.get(name) != Some(value));
    given
}
