//! Customers who change segments between two dates: the same model on the order lines up to each.

use std::collections::{BTreeMap, BTreeSet};

use stillroom_analytics::keep::Body;

use super::{Frame, Work, describe, model, steps::Plan};
use crate::{failure::failure, protocol::Failure, recipe::Recipe, reply::MigrationReport};

/// Labels the customers of `work` as they were at each of two dates.
pub(super) fn migrate(work: &Work, millis: (f64, f64)) -> Result<MigrationReport, Failure> {
    let Body::Group(groups) = model::read(work.model.as_ref())?.body else {
        return Err(failure("no-groups", "this model finds no segments: choose one that does"));
    };
    if !matches!(work.frame, Frame::Lines(_)) {
        return Err(no_dates());
    }
    let labels_at = |millis: f64| -> Result<BTreeMap<i64, u32>, Failure> {
        let recipe = as_of(&work.recipe, millis)?;
        let rows = describe::rows_to_score(&work.frame, &Plan::read(&recipe)?, &recipe)?;
        let matrix = groups.prepare.apply(&rows.table)?;
        Ok(rows.ids.into_iter().zip(groups.model.predict(&matrix)?).collect())
    };
    let (before, after) = (labels_at(millis.0)?, labels_at(millis.1)?);
    Ok(report(&before, &after, groups.model.n_groups(), millis))
}

/// The recipe as it would have run on a date.
fn as_of(recipe: &Recipe, millis: f64) -> Result<Recipe, Failure> {
    let mut recipe = recipe.clone();
    match recipe.steps.first_mut().filter(|step| step.method == "rfm") {
        Some(step) => {
            step.parameters.insert("reference_millis".to_owned(), (millis as i64).into());
            Ok(recipe)
        }
        None => Err(no_dates()),
    }
}

fn no_dates() -> Failure {
    failure(
        "no-dates",
        "segments of customers' fields have no dates: make segments from what customers bought",
    )
}

/// Counts by segment before and after.
fn report(
    before: &BTreeMap<i64, u32>,
    after: &BTreeMap<i64, u32>,
    n_groups: usize,
    millis: (f64, f64),
) -> MigrationReport {
    let mut report = MigrationReport {
        segments: Vec::new(),
        counts: vec![vec![0; n_groups]; n_groups],
        left: vec![0; n_groups],
        came: vec![0; n_groups],
        millis,
    };
    let segment = |labels: &BTreeMap<i64, u32>, id: &i64| {
        labels.get(id).map(|&label| label as usize).filter(|&label| label < n_groups)
    };
    let ids: BTreeSet<&i64> = before.keys().chain(after.keys()).collect();
    for id in ids {
        match (segment(before, id), segment(after, id)) {
            (Some(from), Some(to)) => report.counts[from][to] += 1,
            (Some(from), None) => report.left[from] += 1,
            (None, Some(to)) => report.came[to] += 1,
            (None, None) => {}
        }
    }
    report
}
