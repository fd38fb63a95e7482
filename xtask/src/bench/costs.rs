//! Cost against rows, of the engine in one worker; and ten million rows in one tab.

use anyhow::Result;
use serde_json::{Value, json};

use super::data::Set;
use super::peers::Place;
use super::record::{Cost, Record, Tab};
use super::statistics::median;
use super::tasks::{Task, tasks};
use super::workshop::Workshop;

const SIZES: [usize; 7] = [10_000, 31_623, 100_000, 316_228, 1_000_000, 3_162_278, 10_000_000];
/// Beyond these rows a run is not repeated more than once.
const MANY_ROWS: usize = 3_000_000;
/// A CSV file of more rows than this has more than 300 MB.
const CSV_ROWS: usize = 3_162_278;
const ENGINE: Place = Place::Browser("stillroom");

/// Measures all five kinds of work and the tab.
pub(super) fn measure(workshop: &mut Workshop<'_>, record: &mut Record, is_quick: bool) -> Result<()> {
    let most = if is_quick { 1_000_000 } else { 10_000_000 };
    for task in works() {
        let name = task.name.to_owned();
        record.costs.insert(name, cost(workshop, &task, most)?);
    }
    let kmeans = works().into_iter().find(|task| task.name == "kmeans");
    record.tab = kmeans.map(|task| tab(workshop, &task, most));
    Ok(())
}

/// The five kinds of work, on eight columns where they have columns.
fn works() -> Vec<Task> {
    let blobs = Set::Blobs { n_columns: 8, k: 8 };
    let with = |task: Task, changes: Value| {
        let mut task = Task { set: if task.set == Set::Factors { blobs } else { task.set }, ..task };
        if let (Some(asked), Some(changes)) = (task.asked.as_object_mut(), changes.as_object()) {
            asked.extend(changes.clone());
        }
        task
    };
    let works = tasks().into_iter().filter_map(|task| match task.name {
        "kmeans" | "csv" | "rfm" => Some(task),
        "ols" => Some(with(task, json!({ "n_columns": 8 }))),
        "pca" => {
            let recipe = json!({ "steps": [{ "method": "standardize" }] });
            let standardize = json!({ "kind": "standardize", "n_columns": 8, "recipe": recipe });
            Some(with(Task { name: "standardize", ..task }, standardize))
        }
        _ => None,
    });
    works.collect()
}

fn cost(workshop: &mut Workshop<'_>, task: &Task, most: usize) -> Result<Cost> {
    let mut cost = Cost::default();
    let most = if task.set == Set::Mixed { most.min(CSV_ROWS) } else { most };
    if task.set != Set::Mixed {
        task.set.provide(&workshop.data, most)?;
    }
    for n_rows in SIZES.into_iter().filter(|&n_rows| n_rows <= most) {
        match point(workshop, task, n_rows) {
            Ok(millis) => {
                println!("bench: {}, {n_rows} rows: {millis:.1} ms", task.name);
                cost.points.push((n_rows, millis));
            }
            Err(error) => {
                println!("bench: {}, {n_rows} rows: {error:#}", task.name);
                cost.error = Some(format!("{n_rows} rows: {error:#}"));
                break;
            }
        }
    }
    Ok(cost)
}

fn point(workshop: &mut Workshop<'_>, task: &Task, n_rows: usize) -> Result<f64> {
    if task.set == Set::Mixed {
        task.set.provide(&workshop.data, n_rows)?;
    }
    let n_runs = if n_rows > MANY_ROWS { 2 } else { 4 };
    let mut millis = Vec::new();
    let outcome = with_open(workshop, task, n_rows, &json!({ "shards": 1 }), |workshop, ask| {
        for run in 0..n_runs {
            let found = workshop.ask(ENGINE, &ask("run"))?;
            // The first one warms up.
            millis.extend(found["millis"].as_f64().filter(|_| run > 0));
        }
        Ok(())
    });
    outcome.map(|()| median(&millis).unwrap_or(f64::NAN))
}

/// Opens the task, does something, and closes it again whatever came of it.
fn with_open<T>(
    workshop: &mut Workshop<'_>,
    task: &Task,
    n_rows: usize,
    own: &Value,
    act: impl FnOnce(&mut Workshop<'_>, &dyn Fn(&str) -> Value) -> Result<T>,
) -> Result<T> {
    let mut told = task.question(n_rows);
    if let (Some(told), Some(own)) = (told.as_object_mut(), own.as_object()) {
        told.extend(own.clone());
    }
    let id = format!("rows-{}", task.name);
    let ask = |what: &str| json!({ "do": what, "id": id, "peer": "stillroom", "task": told });
    let outcome = workshop.ask(ENGINE, &ask("open")).and_then(|_| act(workshop, &ask));
    // A tab that failed may be gone already.
    let _ = workshop.ask(ENGINE, &ask("shut"));
    outcome
}

/// Clusters the most rows once, giving the columns away.
fn tab(workshop: &mut Workshop<'_>, task: &Task, n_rows: usize) -> Tab {
    let input_bytes = task.input_bytes(&workshop.data, n_rows);
    let own = json!({ "shards": 1, "transfer": true });
    let found = with_open(workshop, task, n_rows, &own, |workshop, ask| {
        let run = workshop.ask(ENGINE, &ask("run"))?;
        let memory = workshop.ask(ENGINE, &ask("memory"))?;
        Ok((run["millis"].as_f64(), memory["peak_bytes"].as_u64(), memory["wasm_bytes"].as_u64()))
    });
    let tab = Tab { n_rows, input_bytes, ..Tab::default() };
    match found {
        Ok((millis, peak, wasm)) => {
            let (millis, peak_bytes, wasm_bytes) =
                (millis.unwrap_or(f64::NAN), peak.unwrap_or(0), wasm.unwrap_or(0));
            println!("bench: {n_rows} rows in one tab: {millis:.0} ms, {} MiB", peak_bytes >> 20);
            Tab { millis, peak_bytes, wasm_bytes, ..tab }
        }
        Err(error) => Tab { error: Some(format!("{error:#}")), ..tab },
    }
}
