//! What a reply says, as the numbers that all peers' answers are compared by.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::Value;
use stillroom_engine::{
    compute::{Frame, Job, RecommendModel, Work},
    protocol::Failure,
    reply::{Reply, Report},
};

use crate::{Outcome, data};

const BEST: usize = 10;

fn said(failure: Failure) -> anyhow::Error {
    anyhow!("{}: {}", failure.code, failure.message)
}

/// The numbers of one outcome; the kinds are those of `bench/peers/stillroom.mjs`.
pub(crate) fn numbers(task: &Value, outcome: &Outcome) -> Result<Vec<f64>> {
    let reply = &outcome.reply;
    match task["kind"].as_str().unwrap_or_default() {
        "kmeans" => Ok(reply.rows.labels.iter().map(|&label| f64::from(label)).collect()),
        "pca" => ratios(reply),
        "ols" | "logistic" => coefficients(task, reply),
        "forest" => Ok(scores(task, reply)?.into_iter().map(|score| f64::from(score > 0.5)).collect()),
        "boosting" => scores(task, reply),
        "neighbours" => Ok(outcome.lists.concat()),
        "rfm" => sums(task, reply),
        _ => Ok(Vec::new()),
    }
}

fn ratios(reply: &Reply) -> Result<Vec<f64>> {
    let found = reply.reports.iter().find_map(|report| match report {
        Report::Pca(report) => Some(report.ratios.iter().take(2).copied().collect()),
        _ => None,
    });
    found.context("the reply has no components")
}

/// The slopes in the columns' order, the intercept after them.
fn coefficients(task: &Value, reply: &Reply) -> Result<Vec<f64>> {
    let Some(Report::Fit(report)) = reply.reports.last() else { bail!("the reply has no fit") };
    let found: BTreeMap<&str, f64> =
        report.coefficients.iter().map(|one| (one.name.as_str(), one.estimate)).collect();
    let names = (0..data::count(task, "n_columns")?).map(|at| format!("x{at}"));
    let names = names.chain(["(intercept)".to_owned()]);
    names.map(|name| found.get(name.as_str()).copied().context("a coefficient is missing")).collect()
}

/// What the model says of rows it has not seen.
fn scores(task: &Value, reply: &Reply) -> Result<Vec<f64>> {
    let table = data::unseen(task)?;
    let work = Work::over(reply.recipe.clone(), &table, Some(reply.model.clone())).map_err(said)?;
    Ok(crate::reply(&Job::Recipe(work))?.rows.scores)
}

/// The best items for every user; -1 where there are fewer.
pub(crate) fn recommended(reply: &Reply, job: &Job) -> Result<Vec<Vec<f64>>> {
    let model = RecommendModel::from_json(reply.model.clone()).map_err(said)?;
    let Job::Recipe(Work { frame: Frame::Lines(lines), .. }) = job else {
        return Ok(Vec::new());
    };
    let positions = model.positions();
    let place = |item: u32| positions.get(lines.items[item as usize].0.as_str()).copied();
    let places: Vec<Option<u32>> = (0..lines.items.len() as u32).map(place).collect();
    let mut baskets = vec![Vec::new(); lines.customer_ids.len()];
    for (&user, &item) in lines.customers.iter().zip(&lines.item_codes) {
        baskets[user as usize].extend(places[item as usize]);
    }
    let codes: Vec<f64> = model.items().iter().map(|(code, _)| code.parse().unwrap_or(-1.0)).collect();
    let found = model.recommend_each(baskets, BEST).map_err(said)?;
    let lists = found.into_iter().map(|list| {
        let codes = list.iter().map(|entry| codes[entry.item as usize]);
        codes.chain(std::iter::repeat(-1.0)).take(BEST).collect()
    });
    Ok(lists.collect())
}

/// The customers, and the sum of each of the columns the task asks for.
fn sums(task: &Value, reply: &Reply) -> Result<Vec<f64>> {
    let asked = task["columns"].as_array().context("the task names no columns")?;
    let sum = |name: &Value| {
        let found = reply.rows.columns.iter().find(|(column, _)| Some(column.as_str()) == name.as_str());
        found.map(|(_, values)| values.iter().sum()).context("a column is missing")
    };
    let sums: Result<Vec<f64>> = asked.iter().map(sum).collect();
    Ok([reply.rows.ids.len() as f64].into_iter().chain(sums?).collect())
}
