//! `cargo xtask bench`: the engine beside everyone else on this machine, as `docs/BENCHMARKS.md`.
//!
//! Everyone reads the same bytes, runs in turn with the others, and has its answer checked against a reference's.

mod costs;
mod data;
mod judge;
mod measure;
mod page;
mod peers;
mod plot;
mod record;
mod runner;
mod starts;
mod statistics;
mod tasks;
mod workshop;

use std::time::Instant;

use anyhow::{Result, bail, ensure};

use crate::house::House;
use peers::Peer;
use record::{Measured, Record};
use tasks::{Task, tasks};
use workshop::Workshop;

/// What is not a task of the list.
const START: &str = "start";
const ROWS: &str = "rows";

/// What the command line asked for.
struct Asked {
    names: Vec<String>,
    /// Families of peers; `None` for all.
    peers: Option<Vec<String>>,
    is_quick: bool,
}

fn usage() -> String {
    let names: Vec<&str> = tasks().iter().map(|task| task.name).chain([START, ROWS]).collect();
    format!(
        "usage: cargo xtask bench [--quick] [--peers none|NAME,NAME] [TASK]…
  --quick   a tenth of the rows, to try it
  --peers   only these packages beside the engine, by their names on the page; none for the engine alone
  tasks     {}; all of them without a name",
        names.join(", ")
    )
}

fn read_arguments(arguments: &[String]) -> Result<Asked> {
    let mut asked = Asked { names: Vec::new(), peers: None, is_quick: false };
    let known: Vec<&str> = tasks().iter().map(|task| task.name).chain([START, ROWS]).collect();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--quick" => asked.is_quick = true,
            "--peers" => {
                let Some(list) = rest.next() else { bail!(usage()) };
                let names = list.split(',').filter(|name| *name != "none").map(str::to_owned);
                asked.peers = Some(names.collect());
            }
            name if known.contains(&name) => asked.names.push(name.to_owned()),
            _ => bail!(usage()),
        }
    }
    Ok(asked)
}

impl Asked {
    fn takes(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|asked| asked == name)
    }

    fn wants(&self, peer: &Peer) -> bool {
        let is_named = |names: &Vec<String>| names.iter().any(|name| name == peer.family);
        peer.is_ours() || self.peers.as_ref().is_none_or(is_named)
    }

    /// The rows of a task in this run.
    fn n_rows(&self, task: &Task) -> usize {
        if self.is_quick { task.n_rows / 10 } else { task.n_rows }
    }
}

/// Measures what is asked for and writes the page.
pub(crate) fn run(house: &House, arguments: &[String]) -> Result<()> {
    let asked = read_arguments(arguments)?;
    let start = Instant::now();
    let mut workshop = Workshop::open(house, asked.peers.as_ref().is_none_or(|names| !names.is_empty()))?;
    println!("bench: everything is ready after {} s", start.elapsed().as_secs());
    let path = house.root.join("docs/benchmarks.json");
    let mut record = Record::read(&path)?;
    record.machine.extend(workshop.machine());
    for task in tasks().iter().filter(|task| asked.takes(task.name)) {
        println!("bench: {}", task.title);
        let earlier = record.tasks.remove(task.name);
        let n_rows = asked.n_rows(task);
        let measured =
            measure::task(&mut workshop, task, n_rows, |peer| asked.wants(peer), earlier.as_ref())?;
        let measured = earlier.iter().fold(measured, Measured::with_others_of);
        record.tasks.insert(task.name.to_owned(), measured);
        save(house, &record)?;
    }
    if asked.takes(START) {
        record.starts.extend(starts::measure(&mut workshop, |peer| asked.wants(peer)));
        save(house, &record)?;
    }
    if asked.takes(ROWS) {
        costs::measure(&mut workshop, &mut record, asked.is_quick)?;
        save(house, &record)?;
    }
    println!("bench: done after {} s; docs/BENCHMARKS.md is written", start.elapsed().as_secs());
    agree(&record, &asked)
}

/// The record is kept after every task, so that an interrupted run loses only the task it was at.
fn save(house: &House, record: &Record) -> Result<()> {
    record.write(&house.root.join("docs/benchmarks.json"))?;
    page::write(&house.root.join("docs"), record)
}

/// Fails when answers of this run disagree.
fn agree(record: &Record, asked: &Asked) -> Result<()> {
    let taken = record.tasks.iter().filter(|(name, _)| asked.takes(name));
    let wrong: Vec<String> = taken
        .flat_map(|(name, measured)| measured.peers.iter().map(move |peer| (name, peer)))
        .filter_map(|(name, peer)| Some(format!("{name}, {}: {}", peer.label, peer.differs.as_ref()?)))
        .collect();
    ensure!(wrong.is_empty(), "answers disagree:\n  {}", wrong.join("\n  "));
    Ok(())
}
