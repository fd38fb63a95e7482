//! One task measured: everyone ready at once, a warm-up, then rounds in which each runs once.

use anyhow::Result;
use serde_json::{Value, json};

use super::judge::{Data, Rule, measure, numbers};
use super::peers::Peer;
use super::record::{Measured, Taken};
use super::statistics::spread;
use super::tasks::Task;
use super::workshop::Workshop;

/// Timed runs of each peer.
const ROUNDS: usize = 5;
/// Peers whose warm-up takes longer are spared some runs; those that a target is about are spared less.
const LONG_MILLIS: f64 = 5_000.0;
const VERY_LONG_MILLIS: f64 = 15_000.0;
const ENDLESS_MILLIS: f64 = 60_000.0;
const FEW: usize = 2;

/// A peer at work.
struct Worker {
    peer: Peer,
    id: String,
    taken: Taken,
    /// Timed runs after the warm-up.
    n_runs: usize,
    answer: Vec<f64>,
}

impl Worker {
    fn is_fit(&self) -> bool {
        self.taken.error.is_none()
    }
}

/// Measures `task` on `n_rows` rows by those of its peers that `wanted` names.
pub(super) fn task(
    workshop: &mut Workshop<'_>,
    task: &Task,
    n_rows: usize,
    wanted: impl Fn(&Peer) -> bool,
    earlier: Option<&Measured>,
) -> Result<Measured> {
    task.set.provide(&workshop.data, n_rows)?;
    let mut workers: Vec<Worker> = task
        .peers
        .iter()
        .filter(|peer| wanted(peer))
        .enumerate()
        .map(|(place, peer)| Worker {
            peer: peer.clone(),
            id: format!("{}-{place}", task.name),
            taken: Taken { label: peer.label.clone(), ..Taken::default() },
            n_runs: ROUNDS,
            answer: Vec::new(),
        })
        .collect();
    workers.iter_mut().for_each(|worker| ready(workshop, task, n_rows, worker));
    for round in 0..ROUNDS {
        println!("bench: {}, round {} of {ROUNDS}", task.name, round + 1);
        for worker in workers.iter_mut().filter(|worker| worker.is_fit() && round < worker.n_runs) {
            match run(workshop, worker) {
                Ok(millis) => worker.taken.millis.push(millis),
                Err(error) => worker.taken.error = Some(format!("{error:#}")),
            }
        }
    }
    workers.iter_mut().for_each(|worker| finish(workshop, worker));
    compare(workshop, task, n_rows, &mut workers, earlier);
    workers.iter().for_each(tell);
    let peers = workers.into_iter().map(|worker| worker.taken).collect();
    Ok(Measured {
        n_rows,
        input_bytes: task.input_bytes(&workshop.data, n_rows),
        is_quick: n_rows < task.n_rows,
        peers,
    })
}

/// Reads the data and warms up.
fn ready(workshop: &mut Workshop<'_>, task: &Task, n_rows: usize, worker: &mut Worker) {
    let mut told = task.question(n_rows);
    if let (Some(told), Some(own)) = (told.as_object_mut(), worker.peer.told.as_object()) {
        told.extend(own.clone());
    }
    let open = question(worker, "open", &told);
    let warmed = workshop.ask(worker.peer.place, &open).and_then(|_| run(workshop, worker));
    match warmed {
        Ok(millis) => {
            worker.n_runs = n_runs(task, &worker.peer, millis);
            // Who does not run again has only its warm-up to tell of.
            worker.taken.millis.extend((worker.n_runs == 0).then_some(millis));
        }
        Err(error) => worker.taken.error = Some(format!("{error:#}")),
    }
    let outcome = worker.taken.error.as_deref().unwrap_or("is warm");
    println!("bench: {}, {}: {outcome}", task.name, worker.peer.label);
}

/// How often a peer runs whose warm-up took so long.
fn n_runs(task: &Task, peer: &Peer, warm_up_millis: f64) -> usize {
    let is_named = peer.is_ours() || task.targets.iter().any(|target| target.family == peer.family);
    let (few, none) =
        if is_named { (VERY_LONG_MILLIS, ENDLESS_MILLIS) } else { (LONG_MILLIS, VERY_LONG_MILLIS) };
    match warm_up_millis {
        long if long > none => 0,
        long if long > few => FEW,
        _ => ROUNDS,
    }
}

fn question(worker: &Worker, what: &str, task: &Value) -> Value {
    let module = match worker.peer.place {
        super::peers::Place::Browser(module) => module,
        _ => worker.peer.family,
    };
    json!({ "do": what, "id": worker.id, "peer": module, "task": task, "to": worker.id })
}

fn run(workshop: &mut Workshop<'_>, worker: &Worker) -> Result<f64> {
    let answer = workshop.ask(worker.peer.place, &question(worker, "run", &Value::Null))?;
    Ok(answer["millis"].as_f64().unwrap_or(f64::NAN))
}

/// Takes the answer and the memory, and lets the data go.
fn finish(workshop: &mut Workshop<'_>, worker: &mut Worker) {
    if worker.is_fit()
        && let Err(error) = take(workshop, worker)
    {
        worker.taken.error = Some(format!("its answer: {error:#}"));
    }
    // A peer that failed may have nothing to let go.
    let _ = workshop.ask(worker.peer.place, &question(worker, "shut", &Value::Null));
}

fn take(workshop: &mut Workshop<'_>, worker: &mut Worker) -> Result<()> {
    let memory = workshop.ask(worker.peer.place, &question(worker, "memory", &Value::Null))?;
    worker.taken.peak_bytes = memory["peak_bytes"].as_u64().unwrap_or(0);
    worker.taken.wasm_bytes = memory["wasm_bytes"].as_u64().unwrap_or(0);
    workshop.ask(worker.peer.place, &question(worker, "answer", &Value::Null))?;
    worker.answer = numbers(&workshop.answer_file(&worker.id), usize::MAX)?;
    Ok(())
}

/// Works out what each answer comes to and holds it against the reference's: one that took part, or one of `earlier` runs on the same
/// rows, or else whoever took part first.
fn compare(
    workshop: &Workshop<'_>,
    task: &Task,
    n_rows: usize,
    workers: &mut [Worker],
    earlier: Option<&Measured>,
) {
    let by_family =
        |family: &&str| workers.iter().position(|worker| worker.peer.family == *family && worker.is_fit());
    let present = task.reference.iter().find_map(by_family);
    let first = workers.iter().position(Worker::is_fit);
    let Some(reference) = present.or(first) else { return };
    let data = Data {
        folder: &workshop.data,
        set: task.set.name(),
        n_columns: task.asked["n_columns"].as_u64().unwrap_or(0) as usize,
        n_rows,
        l2: task.asked["l2"].as_f64().unwrap_or(0.0),
    };
    let reference_answer = workers[reference].answer.clone();
    for worker in workers.iter_mut().filter(|worker| worker.is_fit()) {
        match measure(task.measure, &data, &worker.answer, &reference_answer) {
            Ok(values) => worker.taken.values = values,
            Err(error) => worker.taken.differs = Some(format!("{error:#}")),
        }
    }
    let kept = earlier
        .filter(|earlier| present.is_none() && earlier.n_rows == n_rows)
        .and_then(|earlier| task.kept_reference(earlier));
    let reference_values = kept.unwrap_or_else(|| workers[reference].taken.values.clone());
    for worker in workers.iter_mut().filter(|worker| worker.is_fit() && worker.taken.differs.is_none()) {
        let rule: Rule = worker.peer.rule.unwrap_or(task.rule);
        worker.taken.differs = rule.broken(&worker.taken.values, &reference_values);
    }
}

fn tell(worker: &Worker) {
    let taken = &worker.taken;
    let said = match (taken.median(), spread(&taken.millis), &taken.error) {
        (_, _, Some(error)) => error.clone(),
        (Some(median), Some((least, most)), None) => format!("{median:.1} ms ({least:.1} to {most:.1})"),
        _ => "nothing".to_owned(),
    };
    let differs =
        taken.differs.as_ref().map(|why| format!("; ITS ANSWER DIFFERS: {why}")).unwrap_or_default();
    println!("bench:   {:<34} {said}{differs}", worker.peer.label);
}
