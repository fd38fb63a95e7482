//! A prediction fitted and not judged: for programs that want scores and a model, and judge by themselves.

use stillroom_analytics::{
    judge::{Pipeline, Target, fit_among},
    keep::{Artefact, Body, TargetSchema},
    predict::ModelParams,
};

use super::{
    note_left_out,
    report::{method_name, name_classes},
    tell_rows,
    terms::terms,
    validate_params,
};
use crate::{
    compute::{Task, model, steps},
    protocol::Failure,
    reply::{FitReport, Report},
};

/// Fits the method on all rows and predicts every row.
pub(super) async fn run(task: &mut Task<'_, '_>, target: &str, model: ModelParams) -> Result<(), Failure> {
    let params = validate_params(task, target, model);
    let (found, pipeline) = fit_among(&task.table, &params, task.crew, task.watch).await?;
    task.reply.n_rows_used = found.rows.len() as u64;
    task.reply.prepared = steps::fitted_as_json(&pipeline.prepare)?;
    tell_rows(task, &pipeline, found.labels())?;
    note_left_out(task, target, task.table.n_rows() - found.rows.len(), &pipeline);
    let report = report(&pipeline, &found, target, method_name(&params.model));
    let learned = model::features(&task.table, &pipeline.prepare)?.take(&found.rows);
    let artefact = Artefact {
        target: Some(TargetSchema::of(target, &found)),
        n_rows: found.rows.len(),
        ..model::artefact(task.recipe, &report.method, &learned, Body::Predict(Box::new(pipeline)))?
    };
    task.reply.model = model::write(&artefact)?;
    task.reply.reports.push(Report::Fit(Box::new(report)));
    Ok(())
}

fn report(pipeline: &Pipeline, found: &Target, target: &str, method: String) -> FitReport {
    let mut terms = terms(&pipeline.model);
    name_classes(&mut terms.coefficients, found.labels());
    FitReport {
        method,
        columns: pipeline.columns.clone(),
        facts: terms.facts,
        target: Some(target.to_owned()),
        labels: found.labels().to_vec(),
        coefficients: terms.coefficients,
        collinear: terms.collinear,
        ..FitReport::default()
    }
}
