//! `docs/BENCHMARKS.md` and its pictures, written from the record alone.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::peers::{OURS, ours_label};
use super::record::{Measured, Record, Taken};
use super::statistics::{exponent, spread};
use super::tasks::{Target, Task, tasks};
use super::{judge, plot, statistics};

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

/// The exponent that cost against rows may reach, and the rows from which it is fitted.
const MOST_EXPONENT: f64 = 1.05;
const FITTED_FROM: usize = 100_000;
/// What a start is to stay within: gzip bytes, milliseconds.
const MOST_GZIP: u64 = 350 * 1024;
const MOST_START_MILLIS: f64 = 150.0;
/// The memory a task may need, in inputs, and that of the tab, in bytes.
const MOST_INPUTS: f64 = 2.5;
const MOST_TAB: u64 = 2 << 30;

/// Writes the page and its pictures into `folder`.
pub(super) fn write(folder: &Path, record: &Record) -> Result<()> {
    let mut page = HEAD.to_owned();
    machine(&mut page, record)?;
    targets(&mut page, record)?;
    for task in tasks() {
        if let Some(measured) = record.tasks.get(task.name) {
            section(&mut page, &task, measured)?;
        }
    }
    starts(&mut page, record)?;
    costs(&mut page, record, folder)?;
    page.push_str(REPEAT);
    fs::write(folder.join("BENCHMARKS.md"), page).context("cannot write docs/BENCHMARKS.md")
}

fn machine(page: &mut String, record: &Record) -> std::fmt::Result {
    let said: Vec<String> = record.machine.iter().map(|(name, value)| format!("{name} {value}")).collect();
    writeln!(page, "\nMeasured on: {}.", said.join("; "))
}

fn is_met(is_met: bool) -> &'static str {
    if is_met { "met" } else { "**missed**" }
}

fn of_family<'a>(task: &Task, measured: &'a Measured, family: &str) -> Option<&'a Taken> {
    let labels: Vec<&str> =
        task.peers.iter().filter(|peer| peer.family == family).map(|peer| peer.label.as_str()).collect();
    let fit =
        measured.peers.iter().filter(|taken| labels.contains(&taken.label.as_str()) && taken.error.is_none());
    fit.filter(|taken| taken.median().is_some()).min_by(|one, other| {
        let millis = |taken: &Taken| taken.median().unwrap_or(f64::INFINITY);
        millis(one).total_cmp(&millis(other))
    })
}

/// The engine in Chromium as the target asks for it.
fn ours_of<'a>(measured: &'a Measured, target: &Target) -> Option<&'a Taken> {
    let labels: Vec<String> =
        target.shards.map_or_else(|| vec![ours_label(1), ours_label(2)], |shards| vec![ours_label(shards)]);
    let fit = measured.peers.iter().filter(|taken| labels.contains(&taken.label) && taken.error.is_none());
    fit.filter(|taken| taken.median().is_some()).min_by(|one, other| {
        let millis = |taken: &Taken| taken.median().unwrap_or(f64::INFINITY);
        millis(one).total_cmp(&millis(other))
    })
}

fn targets(page: &mut String, record: &Record) -> std::fmt::Result {
    page.push_str(
        "\n## Targets\n\n| task | engine in Chromium, ms | beside | its median, ms | ratio | target | |\n|---|---:|---|---:|---:|---:|---|\n",
    );
    for task in tasks() {
        for target in &task.targets {
            target_row(page, &task, record.tasks.get(task.name), target)?;
        }
    }
    if let Some(start) = record.starts.get(OURS) {
        let millis = statistics::median(&start.millis).unwrap_or(f64::NAN);
        let is_small = start.gzip_bytes <= MOST_GZIP;
        writeln!(
            page,
            "| bytes to be ready, gzip | {} KiB | | | | ≤ {} KiB | {} |",
            start.gzip_bytes >> 10,
            MOST_GZIP >> 10,
            is_met(is_small)
        )?;
        writeln!(
            page,
            "| navigation to ready | {millis:.0} | | | | ≤ {MOST_START_MILLIS} ms | {} |",
            is_met(millis <= MOST_START_MILLIS)
        )?;
    }
    for (name, cost) in &record.costs {
        if let Some(fitted) = fitted(&cost.points) {
            let met = is_met(fitted <= MOST_EXPONENT);
            writeln!(
                page,
                "| {name}, exponent of cost against rows | {fitted:.3} | | | | ≤ {MOST_EXPONENT} | {met} |"
            )?;
        }
    }
    if let Some(tab) = record.tab.as_ref().filter(|tab| tab.error.is_none()) {
        let met = is_met(tab.peak_bytes <= MOST_TAB);
        writeln!(
            page,
            "| {} M rows × 8 in one tab, peak | {} MiB | | | | ≤ {} MiB | {met} |",
            tab.n_rows / 1_000_000,
            tab.peak_bytes >> 20,
            MOST_TAB >> 20
        )?;
    }
    Ok(())
}

fn target_row(
    page: &mut String,
    task: &Task,
    measured: Option<&Measured>,
    target: &Target,
) -> std::fmt::Result {
    let name = if measured.is_some_and(|measured| measured.is_quick) {
        format!("{} (a tenth)", task.name)
    } else {
        task.name.to_owned()
    };
    let wanted = target
        .shards
        .map_or(String::new(), |shards| format!(", {shards} shard{}", if shards == 1 { "" } else { "s" }));
    let asked = format!("≤ {} × {}{wanted}", target.at_most, target.family);
    let taken =
        measured.map(|measured| (ours_of(measured, target), of_family(task, measured, target.family)));
    match taken {
        Some((Some(ours), Some(other))) => {
            let (own, theirs) = (ours.median().unwrap_or(f64::NAN), other.median().unwrap_or(f64::NAN));
            let ratio = own / theirs;
            writeln!(
                page,
                "| {name} | {own:.1} | {} | {theirs:.1} | {ratio:.2} | {asked} | {} |",
                other.label,
                is_met(ratio <= target.at_most)
            )
        }
        Some((None, other)) => {
            let theirs = other.and_then(Taken::median).map_or(String::new(), |millis| format!("{millis:.1}"));
            writeln!(
                page,
                "| {name} | not done yet | {} | {theirs} | | {asked} | **missed** |",
                target.family
            )
        }
        Some((Some(ours), None)) => {
            let own = ours.median().unwrap_or(f64::NAN);
            writeln!(page, "| {name} | {own:.1} | {} not measured | | | {asked} | |", target.family)
        }
        None => writeln!(page, "| {name} | not measured | | | | {asked} | |"),
    }
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
    notes.extend(own_rule.map(|rule: judge::Rule| format!("held to: {}", rule.words())));
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

fn starts(page: &mut String, record: &Record) -> std::fmt::Result {
    if record.starts.is_empty() {
        return Ok(());
    }
    page.push_str(
        "\n## Size and start\n\nEverything a page fetches until it can compute, each file by gzip, and the time from navigation until then, in a fresh browser \
         with nothing cached.\n\n| who | KiB, gzip | median, ms | least to greatest |\n|---|---:|---:|---:|\n",
    );
    for (name, start) in &record.starts {
        if let Some(error) = &start.error {
            writeln!(page, "| {name} | | | {error} |")?;
            continue;
        }
        let (least, greatest) = spread(&start.millis).unwrap_or((f64::NAN, f64::NAN));
        let millis = statistics::median(&start.millis).unwrap_or(f64::NAN);
        writeln!(
            page,
            "| {name} | {} | {millis:.0} | {least:.0} to {greatest:.0} |",
            start.gzip_bytes >> 10
        )?;
    }
    Ok(())
}

/// The exponent from 100,000 rows on.
fn fitted(points: &[(usize, f64)]) -> Option<f64> {
    let large: Vec<(f64, f64)> = points
        .iter()
        .filter(|point| point.0 >= FITTED_FROM)
        .map(|&(n_rows, millis)| (n_rows as f64, millis))
        .collect();
    exponent(&large)
}

fn costs(page: &mut String, record: &Record, folder: &Path) -> Result<()> {
    if record.costs.is_empty() {
        return Ok(());
    }
    page.push_str(
        "\n## Cost against rows\n\nThe engine in one worker in Chromium, on eight columns where there are columns. The exponent is fitted by least squares on \
         logarithms from 100,000 rows on; the dashed lines cost in proportion to the rows.\n\n| work | rows | exponent | milliseconds by rows | |\n|---|---:|---:|---|---|\n",
    );
    for (name, cost) in &record.costs {
        let most = cost.points.last().map_or(0, |point| point.0);
        let exponent = fitted(&cost.points).map_or(String::new(), |exponent| format!("{exponent:.3}"));
        let points: Vec<String> =
            cost.points.iter().map(|(n_rows, millis)| format!("{n_rows}: {millis:.1}")).collect();
        writeln!(
            page,
            "| {name} | {most} | {exponent} | {} | {} |",
            points.join(", "),
            cost.error.as_deref().unwrap_or_default()
        )?;
    }
    page.push('\n');
    let pictures = folder.join("benchmarks");
    fs::create_dir_all(&pictures)?;
    for (name, cost) in record.costs.iter().filter(|(_, cost)| cost.points.len() > 1) {
        fs::write(
            pictures.join(format!("{name}.svg")),
            plot::draw(&format!("{name}: time by rows"), &cost.points)?,
        )?;
        writeln!(page, "![{name}: time by rows](benchmarks/{name}.svg)")?;
    }
    if let Some(tab) = &record.tab {
        tab_words(page, tab)?;
    }
    Ok(())
}

fn tab_words(page: &mut String, tab: &super::record::Tab) -> std::fmt::Result {
    let input = tab.input_bytes >> 20;
    match &tab.error {
        Some(error) => writeln!(page, "\n{} rows × 8 columns ({input} MiB) in one tab: {error}.", tab.n_rows),
        None => writeln!(
            page,
            "\n{} rows × 8 columns ({input} MiB) cluster in one tab in {:.0} ms; its process grows by {} MiB at most, of which {} MiB are WebAssembly memory. The \
             columns are given away to the worker.",
            tab.n_rows,
            tab.millis,
            tab.peak_bytes >> 20,
            tab.wasm_bytes >> 20
        ),
    }
}
