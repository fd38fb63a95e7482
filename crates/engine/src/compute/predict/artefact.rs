//! The model as it is kept: everything needed to use it, judge it and make it again.

use serde::Serialize;
use stillroom_analytics::{
    drift,
    judge::{Target, ValidateParams, Validation as Judged},
    keep::{Artefact, Body, TargetSchema, Window, data_hash, metrics_of, schema_of, sums_of},
};

use crate::{
    compute::{Task, predict::features},
    failure::failure,
    protocol::Failure,
};

/// What is kept of a judged prediction.
pub(super) fn artefact(
    task: &mut Task<'_, '_>,
    params: &ValidateParams,
    judged: &Judged,
    target: &Target,
    method: String,
) -> Result<Artefact, Failure> {
    let learned = features(&task.table, &judged.pipeline.prepare)?.take(&target.rows);
    let recipe = to_json(task.recipe)?;
    let said = judged.pipeline.predict(&learned)?.scores(usize::from(target.labels().len() == 2));
    let drift = drift::reference(&learned, Some(&said), task.watch)?;
    Ok(Artefact {
        engine_version: env!("CARGO_PKG_VERSION").to_owned(),
        purpose: task.recipe.name.clone(),
        method,
        recipe,
        seed: task.recipe.seed,
        columns: schema_of(&learned),
        target: Some(TargetSchema::of(&params.target, target)),
        n_rows: judged.n_rows,
        data_hash: data_hash(&learned),
        window: window(task),
        metrics: metrics_of(&judged.scores),
        drift: Some(to_json(&drift)?),
        sums: sums_of(&judged.pipeline, &task.table, target)?,
        body: Body::Predict(Box::new(judged.pipeline.clone())),
    })
}

fn to_json(value: &impl Serialize) -> Result<serde_json::Value, Failure> {
    serde_json::to_value(value).map_err(|error| failure("model-unwritable", &error.to_string()))
}

/// The days a dated target was made of.
fn window(task: &Task<'_, '_>) -> Option<Window> {
    let dated =
        |code: &str| task.reply.notes.iter().find(|note| note.code == code).map(|note| note.count as i64);
    Some(Window { from_millis: dated("cut-off")?, to_millis: dated("horizon-end")? })
}
