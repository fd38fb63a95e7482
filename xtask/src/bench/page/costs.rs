//! Starts, and cost against rows.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::bench::plot;
use crate::bench::record::{Record, Tab};
use crate::bench::statistics::{self, exponent, spread};

/// The rows from which the exponent is fitted.
const FITTED_FROM: usize = 100_000;

pub(super) fn starts(page: &mut String, record: &Record) -> std::fmt::Result {
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
pub(super) fn fitted(points: &[(usize, f64)]) -> Option<f64> {
    let large: Vec<(f64, f64)> = points
        .iter()
        .filter(|point| point.0 >= FITTED_FROM)
        .map(|&(n_rows, millis)| (n_rows as f64, millis))
        .collect();
    exponent(&large)
}

pub(super) fn costs(page: &mut String, record: &Record, folder: &Path) -> Result<()> {
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

fn tab_words(page: &mut String, tab: &Tab) -> std::fmt::Result {
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
