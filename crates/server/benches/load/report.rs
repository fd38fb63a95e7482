//! The measurements as a page of tables, with the curve beside it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::curve;
use crate::measure::{BATCH, Measured, N_DEVICES, PACE};

/// Writes `load.md` and `load.svg` into `folder`.
pub(crate) fn write(folder: &Path, all: &[Measured]) -> Result<()> {
    fs::create_dir_all(folder)?;
    let page = page(all)?;
    print(&page);
    fs::write(folder.join("load.md"), page)?;
    fs::write(folder.join("load.svg"), curve::draw(all)?)?;
    Ok(())
}

#[allow(clippy::print_stdout, reason = "a measurement speaks to the terminal that started it")]
fn print(page: &str) {
    println!("{page}");
}

fn millis(wait: Duration) -> String {
    format!("{:.1}", wait.as_secs_f64() * 1_000.0)
}

fn page(all: &[Measured]) -> Result<String, std::fmt::Error> {
    let n_cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut page = format!(
        "# Load\n\nWritten by `cargo xtask load`: {N_DEVICES} devices of one workspace over loopback, {BATCH} operations of about 410 \
         bytes in each push,\nevery answer after its commit was synced. Client, server and database share {n_cores} cores; the load average is that at the end, and one far\n\
         above {n_cores} says that others worked on the machine too.\n\n\
         ## Waiting at {PACE} operations a second\n\n| database | operations/s | p50 ms | p99 ms | load average |\n|---|---|---|---|---|\n"
    );
    for one in all {
        let waits = &one.paced.waits;
        writeln!(
            page,
            "| {} | {:.0} | {} | {} | {} |",
            one.database,
            one.paced.ops_per_second,
            millis(waits.percentile(50)),
            millis(waits.percentile(99)),
            one.load_average
        )?;
    }
    page.push_str(
        "\n## As it fills\n\nAll devices push as fast as answers come, so each waits for the 49 others. A page is 500 operations; news is \
         a page of the\nlast 10.\n\n| database | stored | operations/s | push p50 ms | push p99 ms | page p50 ms | news p50 ms |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for one in all {
        for mark in &one.marks {
            writeln!(
                page,
                "| {} | {} | {:.0} | {} | {} | {} | {} |",
                one.database,
                mark.n_stored,
                mark.insert.ops_per_second,
                millis(mark.insert.waits.percentile(50)),
                millis(mark.insert.waits.percentile(99)),
                millis(mark.page.percentile(50)),
                millis(mark.last_page.percentile(50)),
            )?;
        }
    }
    page.push_str(
        "\n![What pushing and pulling cost against operations stored](load.svg)\n\n## Pulling everything\n\nThe server is killed half way; the \
         device goes on from the last cursor it stored.\n\n| database | operations | seconds | operations/s |\n|---|---|---|---|\n",
    );
    for one in all {
        let rate = one.n_pulled as f64 / one.pull_seconds;
        writeln!(page, "| {} | {} | {:.1} | {rate:.0} |", one.database, one.n_pulled, one.pull_seconds)?;
    }
    Ok(page)
}
