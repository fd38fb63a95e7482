//! One task measured: everyone ready at once, a warm-up, then rounds in which each runs once.

use anyhow::Result;
use serde_json::{Value, json};

use super::judge::{Data, Measure, Rule, measure, numbers};
use super::peers::Peer;
use super::record::{Measured, Taken};
use super::statistics::spread;
use super::tasks::Task;
use super::workshop::Workshop;

/// Timed runs of each peer.
const ROUNDS: usize = 5;
/// A peer whose warm-up takes longer does not run again.
const ONCE_MILLIS: f64 = 15_000.0;

/// A peer at work.
struct Worker {
    peer: Peer,
    id: String,
    taken: Taken,
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
            answer: Vec::new(),
        })
        .collect();
    workers.iter_mut().for_each(|worker| ready(workshop, task, n_rows, worker));
    for round in 0..ROUNDS {
        println!("bench: {}, round {} of {ROUNDS}", task.name, round + 1);
        for worker in workers.iter_mut().filter(|worker| worker.is_fit() && !worker.taken.is_once) {
            match run(workshop, worker) {
                Ok(millis) => worker.taken.millis.push(millis),
                Err(error) => worker.taken.error = Some(format!("{error:#}")),
            }
        }
    }
    workers.iter_mut().for_each(|worker| finish(workshop, worker));
    compare(workshop, task, n_rows, &mut workers);
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
        Ok(millis) if millis > ONCE_MILLIS => {
            worker.taken.is_once = true;
            worker.taken.millis.push(millis);
        }
        Ok(_) => {}
        Err(error) => worker.taken.error = Some(format!("{error:#}")),
    }
    let outcome = worker.taken.error.as_deref().unwrap_or("is warm");
    println!("bench: {}, {}: {outcome}", task.name, worker.peer.label);
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

/// Works out what each answer comes to and holds it against the reference's.
fn compare(workshop: &Workshop<'_>, task: &Task, n_rows: usize, workers: &mut [Worker]) {
    if task.measure == Measure::Nothing {
        return;
    }
    let by_family =
        |family: &&str| workers.iter().position(|worker| worker.peer.family == *family && worker.is_fit());
    let reference =
        task.reference.iter().find_map(by_family).or_else(|| workers.iter().position(Worker::is_fit));
    let Some(reference) = reference else { return };
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
    let reference_values = workers[reference].taken.values.clone();
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
