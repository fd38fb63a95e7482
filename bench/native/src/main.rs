//! The engine natively, asked line by line on standard input as the browser's peers are: `{do, id, peer, task, to}`.
//!
//! Each answer is one line on standard output: `{ok}` or `{error}`.

mod answers;
mod data;
mod memory;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, Write as _};
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::{Value, json};
use stillroom_engine::{
    compute::{Done, Job, perform},
    protocol::Failure,
    reply::Reply,
};

/// A task with its data at hand, and the result of its last run.
struct Open {
    task: Value,
    job: Job,
    /// Memory held before the data came.
    before: u64,
    last: Option<Outcome>,
}

/// What a task gave: the engine's reply, and recommendations where it asks for them.
struct Outcome {
    reply: Reply,
    lists: Vec<Vec<f64>>,
}

fn main() -> Result<()> {
    let mut opened = BTreeMap::new();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", json!({ "ok": {} }))?;
    out.flush()?;
    for line in std::io::stdin().lock().lines() {
        let asked: Value = serde_json::from_str(&line?)?;
        let reply = match answer(&asked, &mut opened) {
            Ok(found) => json!({ "ok": found }),
            Err(error) => json!({ "error": format!("{error:#}") }),
        };
        writeln!(out, "{reply}")?;
        out.flush()?;
    }
    Ok(())
}

fn answer(asked: &Value, opened: &mut BTreeMap<String, Open>) -> Result<Value> {
    let id = asked["id"].as_str().unwrap_or_default().to_owned();
    let known = "the task is open";
    match asked["do"].as_str().unwrap_or_default() {
        "open" => {
            let (task, before) = (asked["task"].clone(), memory::start());
            opened.insert(id, Open { job: data::job(&task)?, task, before, last: None });
            Ok(json!({}))
        }
        "run" => {
            let open = opened.get_mut(&id).context(known)?;
            // The memory of the last result is given back outside the measured time.
            open.last = None;
            let start = Instant::now();
            let outcome = run(&open.job, &open.task)?;
            let millis = start.elapsed().as_secs_f64() * 1_000.0;
            open.last = Some(outcome);
            Ok(json!({ "millis": millis }))
        }
        "memory" => {
            let open = opened.get(&id).context(known)?;
            Ok(json!({ "peak_bytes": memory::peak().saturating_sub(open.before) }))
        }
        "answer" => {
            let open = opened.get(&id).context(known)?;
            let numbers = answers::numbers(&open.task, open.last.as_ref().context("the task ran")?)?;
            let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
            let folder = std::env::var("STILLROOM_BENCH_OUT")?;
            fs::write(format!("{folder}/answers/{}", asked["to"].as_str().unwrap_or_default()), bytes)?;
            Ok(json!({}))
        }
        "shut" => {
            opened.remove(&id);
            Ok(json!({}))
        }
        other => bail!("there is no '{other}'"),
    }
}

/// The measured part.
fn run(job: &Job, task: &Value) -> Result<Outcome> {
    let reply = reply(job)?;
    let is_neighbours = task["kind"] == "neighbours";
    let lists = if is_neighbours { answers::recommended(&reply, job)? } else { Vec::new() };
    Ok(Outcome { reply, lists })
}

/// The engine's reply to a job.
fn reply(job: &Job) -> Result<Reply> {
    let said = |failure: Failure| anyhow!("{}: {}", failure.code, failure.message);
    let mut go_on = |_| std::ops::ControlFlow::Continue(());
    match perform(job, &mut || true, &mut go_on).map_err(said)? {
        Done::Reply(reply) => Ok(*reply),
        _ => bail!("a recipe gives a reply"),
    }
}
