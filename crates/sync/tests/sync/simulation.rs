//! Simulated schedules against the model server. `STILLROOM_SEEDS` says how many (500 by default), `STILLROOM_SEED` replays one.

use crate::model::ModelServer;
use stillroom_sync::testing::{Plan, simulate};

#[test]
fn devices_agree_and_nothing_acknowledged_is_lost_whatever_the_network_does() {
    let seeds = match number("STILLROOM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("STILLROOM_SEEDS").unwrap_or(500),
    };
    let (mut n_faults, mut n_conflicts, mut n_erased) = (0, 0, 0);
    let n_seeds = seeds.end - seeds.start;
    for seed in seeds {
        match simulate(&Plan::new(seed), &mut ModelServer::new()) {
            Ok(summary) => {
                n_faults += summary.n_faults;
                n_conflicts += summary.n_conflicts;
                n_erased += summary.n_erased;
            }
            Err(problem) => panic!("STILLROOM_SEED={seed}: {problem}"),
        }
    }
    println!(
        "{n_seeds} schedules, {n_faults} faults, {n_conflicts} conflicts on shelves, {n_erased} records ended"
    );
    assert!(n_seeds < 100 || (n_faults > n_seeds && n_conflicts > n_seeds && n_erased > n_seeds));
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
