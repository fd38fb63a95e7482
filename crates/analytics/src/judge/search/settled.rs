//! A task made definite: which target, columns, steps and spaces are meant.

use super::{AutomlTask, Space};
use crate::judge::{ClassWeight, Metric, PipelineParams, Target, ValidateParams};
use crate::predict::{ModelParams, Takes};
use crate::prepare::{ImputeParams, OneHotParams, PrepareStep, StandardizeParams};
use crate::{ColumnData, Error, Result, Table};

/// The most levels of a category that is learned from without being named.
const MOST_LEVELS: usize = 50;
/// A task whose target, columns, steps and spaces are settled.
pub(super) struct Prepared {
    pub(super) target: Target,
    positive: Option<String>,
    columns: Vec<String>,
    steps: Vec<PrepareStep>,
    pub(super) metric: Metric,
    pub(super) spaces: Vec<Space>,
}

impl Prepared {
    pub(super) fn new(table: &Table, task: &AutomlTask) -> Result<Self> {
        task.how.check()?;
        let column = table.column(&task.target)?;
        let all = Takes { numbers: true, classes: usize::MAX, weights: true };
        let positive = task.positive.clone().or_else(|| label_of_two(&column.data));
        let target = Target::read(table, &task.target, positive.as_deref(), all)?;
        let metric = task.how.metric.settle(target.labels().len())?;
        let steps = task.prepare.clone().unwrap_or_else(usual_steps);
        let spaces = spaces(task, target.labels().len())?;
        Ok(Self { columns: columns(table, task)?, target, positive, steps, metric, spaces })
    }

    pub(super) fn pipeline(&self, task: &AutomlTask, model: ModelParams) -> PipelineParams {
        PipelineParams {
            columns: self.columns.clone(),
            prepare: self.steps.clone(),
            dependent: task.dependent,
            model,
            class_weight: task.class_weight,
            calibrate: task.calibrate,
            seed: task.seed,
        }
    }

    pub(super) fn judged_as(&self, task: &AutomlTask, model: ModelParams) -> ValidateParams {
        ValidateParams {
            target: task.target.clone(),
            positive: self.positive.clone(),
            columns: self.columns.clone(),
            prepare: self.steps.clone(),
            dependent: task.dependent,
            model,
            class_weight: task.class_weight,
            calibrate: task.calibrate,
            split: task.split.clone(),
            seed: task.seed,
            classification: task.classification.clone(),
            bootstrap: task.bootstrap.clone(),
        }
    }
}

/// The greater of two numbers, when a number column has no others: its rows are classes.
fn label_of_two(data: &ColumnData) -> Option<String> {
    let ColumnData::Number(values) = data else { return None };
    let mut found: Vec<f64> = Vec::new();
    for value in values.iter().filter(|value| !value.is_nan()) {
        if !found.contains(value) {
            found.push(*value);
        }
        if found.len() > 2 {
            return None;
        }
    }
    match found.as_slice() {
        [one, other] => Some(one.max(*other).to_string()),
        _ => None,
    }
}

fn usual_steps() -> Vec<PrepareStep> {
    vec![
        PrepareStep::Impute(ImputeParams::default()),
        PrepareStep::OneHot(OneHotParams::default()),
        PrepareStep::Standardize(StandardizeParams::default()),
    ]
}

/// The columns named, or all that the usual steps can prepare.
fn columns(table: &Table, task: &AutomlTask) -> Result<Vec<String>> {
    if !task.columns.is_empty() {
        return Ok(task.columns.clone());
    }
    let is_usable = |data: &ColumnData| match data {
        ColumnData::Number(values) => values.iter().any(|value| !value.is_nan()),
        ColumnData::Category { levels, .. } => (1..MOST_LEVELS).contains(&levels.len()),
        ColumnData::Boolean(values) => values.iter().all(Option::is_some),
        ColumnData::Time(_) | ColumnData::Text(_) => false,
    };
    let kept_apart = |name: &str| name == task.target || Some(name) == task.split.column();
    let usable = table.columns().filter(|column| !kept_apart(&column.name) && is_usable(&column.data));
    let names: Vec<String> = usable.map(|column| column.name.clone()).collect();
    if names.is_empty() { Err(Error::Empty) } else { Ok(names) }
}

/// The spaces asked for whose methods take the target.
fn spaces(task: &AutomlTask, n_classes: usize) -> Result<Vec<Space>> {
    let all = if task.spaces.is_empty() { Space::declared() } else { task.spaces.clone() };
    let named: Vec<&str> =
        task.how.methods.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if let Some(unknown) = named.iter().find(|name| all.iter().all(|space| space.method != **name)) {
        return Err(Error::UnknownMethod { name: (*unknown).to_owned() });
    }
    let mut usable = Vec::new();
    for space in all.into_iter().filter(|space| named.is_empty() || named.contains(&space.method.as_str())) {
        space.check()?;
        let takes = space.first()?[0].takes();
        let takes_target = if n_classes == 0 { takes.numbers } else { n_classes <= takes.classes };
        let takes_weights = takes.weights || n_classes == 0 || task.class_weight == ClassWeight::None;
        if takes_target && takes_weights {
            usable.push(space);
        }
    }
    match usable.is_empty() {
        true => Err(Error::Parameter { name: "methods", range: "able to learn this target" }),
        false => Ok(usable),
    }
}
