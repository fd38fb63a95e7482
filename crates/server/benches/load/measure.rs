//! One database measured: how much it takes at once, how long an answer waits, and what both cost as it fills.

use std::time::Duration;

use anyhow::Result;
use stillroom_trial::Setup;

use crate::scene::Scene;

pub(crate) const N_DEVICES: usize = 50;
/// Operations of one push.
pub(crate) const BATCH: u64 = 100;
/// The rate at which the wait for an answer has to stay low, in operations a second.
pub(crate) const PACE: u64 = 5_000;
const PACED_SECONDS: u64 = 20;
/// Operations pushed to time inserting at a mark.
const SAMPLE: u64 = 20_000;

/// How much is measured.
pub(crate) struct Plan {
    /// Stored operations at which inserting and pulling is timed, rising.
    pub(crate) marks: Vec<u64>,
}

/// Times of answers.
#[derive(Debug, Clone)]
pub(crate) struct Waits(Vec<Duration>);

impl Waits {
    /// The wait that `percent` of all answers stay within.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let place = (self.0.len() * percent).div_ceil(100).saturating_sub(1);
        self.0.get(place).copied().unwrap_or_default()
    }

    pub(crate) fn of(mut waits: Vec<Duration>) -> Self {
        waits.sort_unstable();
        Self(waits)
    }
}

/// Pushes of all devices together.
#[derive(Debug, Clone)]
pub(crate) struct Pushed {
    pub(crate) ops_per_second: f64,
    pub(crate) waits: Waits,
}

/// What both cost with a number of operations stored.
#[derive(Debug, Clone)]
pub(crate) struct AtMark {
    pub(crate) n_stored: u64,
    pub(crate) insert: Pushed,
    pub(crate) page: Waits,
    pub(crate) last_page: Waits,
}

/// Everything measured on one database.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    pub(crate) database: String,
    pub(crate) paced: Pushed,
    pub(crate) marks: Vec<AtMark>,
    pub(crate) n_pulled: u64,
    pub(crate) pull_seconds: f64,
    pub(crate) load_average: String,
}

/// Measures one database from empty to the last mark.
pub(crate) fn run(database: &str, setup: Setup, plan: &Plan) -> Result<Measured> {
    let mut scene = Scene::new(setup)?;
    // The first pushes fill caches and prepare statements; they are not counted.
    scene.push(SAMPLE, None)?;
    let paced = scene.push(PACE * PACED_SECONDS, Some(PACE))?;
    tell(&format!("{database}: at {PACE} operations/s p99 {:?}", paced.waits.percentile(99)));
    let mut marks = Vec::new();
    for mark in &plan.marks {
        scene.push(mark.saturating_sub(scene.n_stored()), None)?;
        let n_stored = scene.n_stored();
        let insert = scene.push(SAMPLE, None)?;
        let (page, last_page) = (scene.pull_early()?, scene.pull_late()?);
        tell(&format!("{database}: {n_stored} stored, {:.0} operations/s", insert.ops_per_second));
        marks.push(AtMark { n_stored, insert, page, last_page });
    }
    let (n_pulled, pull_seconds) = scene.pull_all_with_interruption()?;
    scene.end()?;
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load_average = load.split(' ').take(3).collect::<Vec<_>>().join(", ");
    Ok(Measured { database: database.to_owned(), paced, marks, n_pulled, pull_seconds, load_average })
}

#[allow(clippy::print_stderr, reason = "a measurement of minutes says how far it is")]
fn tell(line: &str) {
    eprintln!("{line}");
}
