//! What a page waits for: the bytes of a package, and the time from navigation until it can compute.

use std::collections::BTreeMap;

use serde_json::json;

use super::peers::{Peer, Place, browser, ours, rust};
use super::record::Start;
use super::workshop::Workshop;

/// Timed starts of each, after one that is not counted.
const ROUNDS: usize = 5;

/// Starts each package in fresh browsers, in turn.
pub(super) fn measure(
    workshop: &mut Workshop<'_>,
    wanted: impl Fn(&Peer) -> bool,
) -> BTreeMap<String, Start> {
    let others =
        [browser("DuckDB-WASM", "duckdb"), browser("tfjs", "tfjs"), browser("mljs", "ml"), rust("linfa")];
    let all: Vec<Peer> = ours().into_iter().take(1).chain(others).filter(wanted).collect();
    let mut starts: BTreeMap<String, Start> = BTreeMap::new();
    for round in 0..=ROUNDS {
        println!("bench: start, round {round} of {ROUNDS}");
        for peer in &all {
            let Place::Browser(module) = peer.place else { continue };
            let start = starts.entry(peer.label.clone()).or_default();
            match workshop.ask(peer.place, &json!({ "do": "start", "peer": module })) {
                Ok(found) => {
                    start.gzip_bytes = found["gzip_bytes"].as_u64().unwrap_or(0);
                    // The first one fills the disk's caches.
                    start.millis.extend(found["millis"].as_f64().filter(|_| round > 0));
                }
                Err(error) => start.error = Some(format!("{error:#}")),
            }
        }
    }
    starts
}
