//! Simulated schedules against the model server. `STILLROOM_SEEDS` says how many (500 by default), `STILLROOM_SEED` replays one.

use crate::model::ModelServer;
use stillroom_sync::testing::{Plan, Summary, simulate};

#[test]
fn devices_agree_and_nothing_acknowledged_is_lost_whatever_the_network_does() {
    let seeds: Vec<u64> = match number("STILLROOM_SEED") {
        Some(seed) => vec![seed],
        None => (0..number("STILLROOM_SEEDS").unwrap_or(500)).collect(),
    };
    let n_threads = std::thread::available_parallelism().map_or(1, usize::from);
    let summaries: Vec<Summary> = std::thread::scope(|scope| {
        let parts: Vec<_> = seeds
            .chunks(seeds.len().div_ceil(n_threads).max(1))
            .map(|part| scope.spawn(|| part.iter().map(|seed| run(*seed)).collect::<Vec<_>>()))
            .collect();
        parts.into_iter().flat_map(|part| part.join().expect("a schedule failed, see above")).collect()
    });
    let sum = |field: fn(&Summary) -> u64| summaries.iter().map(field).sum::<u64>();
    let (n_requests, n_ops) = (sum(|summary| summary.n_requests), sum(|summary| summary.n_ops));
    let (n_faults, n_conflicts) = (sum(|summary| summary.n_faults), sum(|summary| summary.n_conflicts));
    let n_ended = sum(|summary| summary.n_ended);
    println!("{} schedules, {n_requests} requests, {n_ops} operations, {n_faults} faults", seeds.len());
    println!("{n_conflicts} conflicts on shelves, {n_ended} records erased or withdrawn");
    let n_seeds = seeds.len() as u64;
    assert!(n_seeds < 100 || (n_faults > n_seeds && n_conflicts > n_seeds && n_ended > n_seeds));
}

fn run(seed: u64) -> Summary {
    match simulate(&Plan::new(seed), &mut ModelServer::new()) {
        Ok(summary) => summary,
        Err(problem) => panic!("STILLROOM_SEED={seed}: {problem}"),
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
