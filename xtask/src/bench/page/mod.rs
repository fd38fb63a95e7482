//! `docs/BENCHMARKS.md` and its pictures, written from the record alone.

mod costs;
mod targets;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::judge::Rule;
use super::peers::OURS;
use super::record::{Measured, Record, Taken};
use super::statistics::spread;
use super::tasks::{Task, tasks};

const HEAD: &str = "# Benchmarks

The engine beside the packages people would take instead, on one machine, in one run of `cargo xtask bench`. Everyone reads the same
bytes, made by a seeded generator, and reads them untimed except where reading is the task. The engine runs through the public interface of
the packed npm package in headless Chromium, with one worker and with two shards, and natively. Packages for browsers run in a page of the same
Chromium, each in a browser of its own; packages for Python with one thread and with two.

All peers of a task are warmed up once and then run in turn, five times; the tables give medians, least and greatest. Who needs more than
5 s for the warm-up runs twice, more than 15 s once; the engine and whom a target names are given 15 and 60 s. **Every answer is held against a reference's**: what it comes to is worked out from the data by the command itself, and a task whose
answers differ by more than it allows is marked and fails the command.

What the engine's time holds: copying the columns to its worker, hashing them, the method, and everything its reply says besides. Memory is the
growth of the tab's process from before its data came to its peak, so that the page's own copy of the columns is in it.
";

const REPEAT: &str = "
## Repeating it

```sh
cargo xtask bench                    # everything; sets up what it needs, then takes about 20 minutes on two cores
cargo xtask bench kmeans csv         # these tasks; the others' rows stay as they are
cargo xtask bench --peers none       # the engine alone
cargo xtask bench --quick            # a tenth of the rows, to try it
```

Close what else uses the processor. Pinned versions: `bench/package.json`, `bench/requirements.txt`, `bench/Cargo.lock`. The numbers of this page are in
[benchmarks.json](benchmarks.json).
";

/// The memory a task may need, in inputs.
const MOST_INPUTS: f64 = 2.5;

/// Writes the page and its pictures into `folder`.
pub(super) fn write(folder: &Path, record: &Record) -> Result<()> {
    let mut page = HEAD.to_owned();
    machine(&mut page, record)?;
    targets::write(&mut page, record)?;
    for task in tasks() {
        if let Some(measured) = record.tasks.get(task.name) {
            section(&mut page, &task, measured)?;
        }
    }
    costs::starts(&mut page, record)?;
    costs::costs(&mut page, record, folder)?;
    page.push_str(REPEAT);
    fs::write(folder.join("BENCHMARKS.md"), page).context("cannot write docs/BENCHMARKS.md")
}

fn machine(page: &mut String, record: &Record) -> std::fmt::Result {
    let said: Vec<String> = record.machine.iter().map(|(name, value)| format!("{name} {value}")).collect();
    writeln!(page, "\nMeasured on: {}.", said.join("; "))
}

fn section(page: &mut String, task: &Task, measured: &Measured) -> std::fmt::Result {
    writeln!(
        page,
        "\n## {}\n\n{} Answers: {}, {}.",
        task.title,
        task.says,
        task.measured,
        task.rule.words()
    )?;
    if measured.is_quick {
        writeln!(page, "\n*A tenth of the rows: {}.*", measured.n_rows)?;
    }
    writeln!(
        page,
        "\n| who | median, ms | least to greatest | {} | memory ÷ input | |\n|---|---:|---:|---:|---:|---|",
        task.measured
    )?;
    let mut sorted: Vec<&Taken> = measured.peers.iter().collect();
    sorted.sort_by(|one, other| {
        let millis =
            |taken: &Taken| taken.median().filter(|_| taken.error.is_none()).unwrap_or(f64::INFINITY);
        millis(one).total_cmp(&millis(other))
    });
    for taken in sorted {
        row(page, task, measured, taken)?;
    }
    Ok(())
}

fn row(page: &mut String, task: &Task, measured: &Measured, taken: &Taken) -> std::fmt::Result {
    let name =
        if taken.label.starts_with(OURS) { format!("**{}**", taken.label) } else { taken.label.clone() };
    if let Some(error) = &taken.error {
        return writeln!(page, "| {name} | | | | | {} |", error.replace('|', "\\|"));
    }
    let (least, greatest) = spread(&taken.millis).unwrap_or((f64::NAN, f64::NAN));
    let mut notes: Vec<String> = Vec::new();
    notes.extend(match taken.millis.len() {
        1 => Some("slow: ran once, without a warm-up".to_owned()),
        2 => Some("slow: ran twice".to_owned()),
        _ => None,
    });
    notes.extend(taken.differs.as_ref().map(|why| format!("**its answer differs**: {why}")));
    let own_rule = task.peers.iter().find(|peer| peer.label == taken.label).and_then(|peer| peer.rule);
    notes.extend(own_rule.map(|rule: Rule| format!("held to: {}", rule.words())));
    let inputs = |bytes: u64| bytes as f64 / measured.input_bytes.max(1) as f64;
    let memory = match (taken.peak_bytes, taken.wasm_bytes) {
        (0, _) => String::new(),
        (peak, 0) => format!("{:.1}", inputs(peak)),
        (peak, wasm) => format!("{:.1}, of it WebAssembly {:.1}", inputs(peak), inputs(wasm)),
    };
    if taken.wasm_bytes > 0 && inputs(taken.wasm_bytes) > MOST_INPUTS {
        notes.push(format!("over the {MOST_INPUTS} inputs of memory it may need"));
    }
    writeln!(
        page,
        "| {name} | {:.1} | {least:.1} to {greatest:.1} | {} | {memory} | {} |",
        taken.median().unwrap_or(f64::NAN),
        value(&taken.values),
        notes.join("; ")
    )
}

/// The first number an answer comes to; the others are in the record.
fn value(values: &[f64]) -> String {
    match values {
        [] => String::new(),
        [only] => format!("{only:.6}"),
        [first, rest @ ..] => format!("{first:.6} and {} more", rest.len()),
    }
}
