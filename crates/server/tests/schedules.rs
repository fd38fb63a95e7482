//! The simulated schedules of `crates/sync` against the real router over SQLite files: partition, drop, duplicate, reorder, an answer lost
//! after its commit, wrong clocks, devices and server that start again. `STILLROOM_SEEDS` says how many (20 by default),
//! `STILLROOM_SEED` replays one.

#![allow(clippy::print_stdout, reason = "a run says what it did")]

#[path = "schedules/router.rs"]
mod router;

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use router::RouterServer;
use stillroom_sync::testing::{Plan, Summary, simulate};

#[test]
fn devices_agree_over_the_real_router_and_nothing_acknowledged_is_lost() {
    let (first, n_seeds) = match number("STILLROOM_SEED") {
        Some(seed) => (seed, 1),
        None => (0, number("STILLROOM_SEEDS").unwrap_or(20)),
    };
    let next = AtomicU64::new(first);
    let work = || {
        let mut done = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + n_seeds {
                return done;
            }
            done.push(run(seed));
        }
    };
    let n_threads = thread::available_parallelism().map_or(1, usize::from);
    let summaries: Vec<Summary> = thread::scope(|scope| {
        let workers: Vec<_> = (0..n_threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a schedule failed, see above")).collect()
    });
    let sum = |field: fn(&Summary) -> u64| summaries.iter().map(field).sum::<u64>();
    let (n_requests, n_faults) = (sum(|summary| summary.n_requests), sum(|summary| summary.n_faults));
    let (n_ops, n_ended) = (sum(|summary| summary.n_ops), sum(|summary| summary.n_ended));
    println!("seeds {first} to {}: {n_requests} requests, {n_faults} of them disturbed", first + n_seeds - 1);
    println!("{n_ops} operations stored, {n_ended} records erased or withdrawn");
    assert_eq!(summaries.len() as u64, n_seeds);
    assert!(n_seeds < 10 || (n_faults > n_seeds && n_ops > n_seeds && n_ended > n_seeds));
}

fn run(seed: u64) -> Summary {
    let mut server = RouterServer::start();
    let summary = match simulate(&Plan::new(seed), &mut server) {
        Ok(summary) => summary,
        Err(problem) => panic!("STILLROOM_SEED={seed}: {problem}"),
    };
    server.check();
    summary
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
