//! What the engine is to reach, and whether it does.

use std::fmt::Write as _;

use super::costs::fitted;
use crate::bench::peers::{OURS, ours_label};
use crate::bench::record::{Measured, Record, Taken};
use crate::bench::statistics;
use crate::bench::tasks::{Target, Task, tasks};

/// The exponent that cost against rows may reach.
const MOST_EXPONENT: f64 = 1.05;
/// What a start is to stay within: gzip bytes, milliseconds.
const MOST_GZIP: u64 = 350 * 1024;
const MOST_START_MILLIS: f64 = 150.0;
/// The memory of the tab, in bytes.
const MOST_TAB: u64 = 2 << 30;

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

pub(super) fn write(page: &mut String, record: &Record) -> std::fmt::Result {
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
