//! A search on three real data sets, judged on their fixed test rows beside the defaults of the methods it chooses from.
//!
//! With `STILLROOM_AUTOML_SECONDS` set it searches for that long and prints what it found; otherwise it tries a handful of
//! candidates on the smallest set, which takes a second. Skipped when the shared data are not there.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its numbers has failed")]
#![allow(
    clippy::disallowed_methods,
    reason = "the real data sets and the cuts are files; the search is given a clock"
)]
#![allow(clippy::print_stdout, reason = "says what was skipped, and what was found")]

#[path = "accuracy/data.rs"]
#[allow(dead_code, reason = "the accuracy tests use the rest")]
mod data;

use std::time::{Duration, Instant};

use stillroom_analytics::judge::search::{Automl, AutomlTask, automl};
use stillroom_analytics::judge::{Dependent, Pipeline, PipelineParams, Target};
use stillroom_analytics::metrics::auc;
use stillroom_analytics::predict::ModelParams;
use stillroom_analytics::prepare::{OneHotParams, PrepareStep, StandardizeParams};
use stillroom_analytics::progress::unwatched;
use stillroom_analytics::{Column, ColumnData, Table};

const TARGET: &str = "the target";

fn task(trials: u32) -> AutomlTask {
    serde_json::from_value(serde_json::json!({
        "target": TARGET,
        "seed": 42,
        "split": { "kind": "holdout", "test_share": 0.1 },
        "how": { "trials": trials },
    }))
    .unwrap()
}

fn with_target(data: &data::DataSet) -> Table {
    let labels = ColumnData::from_labels(data.target.iter().map(|label| Some(label.as_str())));
    let target = Column { name: TARGET.to_owned(), data: labels };
    Table::new(data.table.columns().cloned().chain([target]).collect()).unwrap()
}

/// The AUC on the fixed test rows of what a pipeline says of them.
fn test_auc(data: &data::DataSet, table: &Table, pipeline: &Pipeline) -> f64 {
    let (_, test) = data.cut();
    let (codes, _) = data.classes();
    let labels: Vec<bool> = test.iter().map(|&row| codes[row] == 1).collect();
    auc(&labels, &pipeline.predict(&table.take(&test)).unwrap().scores(1)).unwrap()
}

fn default_auc(data: &data::DataSet, table: &Table, method: &str) -> stillroom_analytics::Result<f64> {
    let model: ModelParams = serde_json::from_value(serde_json::json!({ "method": method })).unwrap();
    let steps = [
        PrepareStep::OneHot(OneHotParams::default()),
        PrepareStep::Standardize(StandardizeParams::default()),
    ];
    let params = PipelineParams {
        columns: data.table.columns().map(|column| column.name.clone()).collect(),
        prepare: steps.to_vec(),
        dependent: Dependent::Drop,
        model,
        class_weight: Default::default(),
        calibrate: Default::default(),
        seed: 42,
    };
    let target = Target::read(table, TARGET, None, params.model.takes()).unwrap().take(&data.cut().0);
    Ok(test_auc(data, table, &Pipeline::fit(table, &target, &params, &mut unwatched)?))
}

fn search(data: &data::DataSet, trials: u32, budget: &mut dyn FnMut() -> bool) -> (Table, Automl) {
    let table = with_target(data);
    let (train, _) = data.cut();
    let found = automl(&table.take(&train), &task(trials), budget, &mut unwatched).unwrap();
    (table, found)
}

#[test]
fn a_search_is_as_good_as_the_best_of_the_defaults() {
    if !data::folder().is_dir() {
        println!("skipped: no shared data");
        return;
    }
    let Some(seconds) = std::env::var("STILLROOM_AUTOML_SECONDS").ok().and_then(|text| text.parse().ok())
    else {
        let (_, found) = search(&data::german(), 3, &mut || true);
        let baseline = found.leaderboard.iter().find(|trial| trial.method == "baseline").unwrap();
        assert!(found.leaderboard[0].mean > baseline.mean);
        return;
    };
    for data in [data::german(), data::telco(), data::bank()] {
        let start = Instant::now();
        let (table, found) = search(&data, 10_000, &mut || start.elapsed() < Duration::from_secs(seconds));
        let took = start.elapsed();
        let ours = test_auc(&data, &table, &found.validation.pipeline);
        println!("{}: {ours:.4} in {took:.1?}, {} candidates", data.name, found.leaderboard.len());
        for trial in found.leaderboard.iter().take(12) {
            println!("  {:.4} {} {:?}", trial.mean.unwrap_or(f64::NAN), trial.method, trial.failure);
        }
        println!("  best: {}", serde_json::to_string(&found.judged_as.model).unwrap());
        for method in ["logistic", "boosting", "forest", "svm"] {
            println!("  default {method}: {:.4?}", default_auc(&data, &table, method));
        }
    }
}
