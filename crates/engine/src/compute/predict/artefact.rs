//! The model as it is kept: everything needed to use it, judge it and make it again.

use stillroom_analytics::{
    drift,
    judge::{Target, ValidateParams, Validation as Judged},
    keep::{Artefact, Body, TargetSchema, Window, metrics_of, sums_of},
};

use super::said;
use crate::{
    compute::{Task, model, written},
    protocol::Failure,
};

/// What is kept of a judged prediction.
pub(super) fn artefact(
    task: &mut Task<'_, '_>,
    params: &ValidateParams,
    judged: &Judged,
    target: &Target,
    method: &str,
) -> Result<Artefact, Failure> {
    let pipeline = &judged.pipeline;
    let learned = model::features(&task.table, &pipeline.prepare)?.take(&target.rows);
    let drift = drift::reference(&learned, Some(&said(&pipeline.predict(&learned)?, pipeline)), task.watch)?;
    let body = Body::Predict(Box::new(pipeline.clone()));
    Ok(Artefact {
        target: Some(TargetSchema::of(&params.target, target)),
        n_rows: judged.n_rows,
        window: window(task),
        metrics: metrics_of(&judged.scores),
        drift: Some(written(&drift)?),
        sums: sums_of(pipeline, &task.table, target)?,
        ..model::artefact(task.recipe, method, &learned, body)?
    })
}

/// The days a dated target was made of.
fn window(task: &Task<'_, '_>) -> Option<Window> {
    let dated =
        |code: &str| task.reply.notes.iter().find(|note| note.code == code).map(|note| note.count as i64);
    Some(Window { from_millis: dated("cut-off")?, to_millis: dated("horizon-end")? })
}
