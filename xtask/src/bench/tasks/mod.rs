//! The tasks as data: what is done, on which bytes, by whom, how answers are compared, and what the engine is to reach.

mod models;
mod tables;
mod trees;

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::data::{N_UNSEEN, Set, lines, mixed_file};
use super::judge::{Measure, Rule};
use super::peers::{Peer, ours};
use super::record::Measured;

/// One task.
#[derive(Debug, Clone)]
pub(super) struct Task {
    /// By which the command line names it.
    pub(super) name: &'static str,
    /// What the page calls it.
    pub(super) title: &'static str,
    /// What everyone does, and where somebody does something else.
    pub(super) says: &'static str,
    pub(super) set: Set,
    pub(super) n_rows: usize,
    /// What the peers are told; the rows and the set are added.
    pub(super) asked: Value,
    pub(super) peers: Vec<Peer>,
    pub(super) measure: Measure,
    /// What the page calls the measure.
    pub(super) measured: &'static str,
    pub(super) rule: Rule,
    /// Families of which the first that took part is the reference.
    pub(super) reference: &'static [&'static str],
    pub(super) targets: Vec<Target>,
}

/// What the engine in Chromium is to reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Target {
    /// With so many workers; `None` for the better of one and two.
    pub(super) shards: Option<usize>,
    /// The greatest ratio to the family's best median.
    pub(super) at_most: f64,
    pub(super) family: &'static str,
}

const fn target(at_most: f64, family: &'static str) -> Target {
    Target { shards: None, at_most, family }
}

impl Task {
    /// Everything a runner is told.
    pub(super) fn question(&self, n_rows: usize) -> Value {
        let mut question = self.asked.clone();
        question["set"] = self.set.name().into();
        question["n_rows"] = n_rows.into();
        question["n_unseen"] = N_UNSEEN.into();
        if self.set == Set::Mixed {
            question["file"] = mixed_file(n_rows).into();
        }
        if self.set == Set::Lines {
            question["n_customers"] = lines::n_customers(n_rows).into();
        }
        question
    }

    /// What the reference's answer came to in an earlier run. Lists are not kept, only what they share.
    pub(super) fn kept_reference(&self, earlier: &Measured) -> Option<Vec<f64>> {
        let is_of = |family: &str, label: &str| {
            self.peers.iter().any(|peer| peer.family == family && peer.label == label)
        };
        let of_family = |family: &&str| {
            let found =
                earlier.peers.iter().find(|taken| is_of(family, &taken.label) && taken.error.is_none());
            found.map(|taken| taken.values.clone())
        };
        let is_kept = self.measure != Measure::Overlap;
        self.reference.iter().find_map(of_family).filter(|values| is_kept && !values.is_empty())
    }

    /// The bytes of the columns that go in, or of the file.
    pub(super) fn input_bytes(&self, folder: &Path, n_rows: usize) -> u64 {
        let size = |name: String| fs::metadata(folder.join(name)).map_or(0, |file| file.len());
        let n_columns = self.asked["n_columns"].as_u64().unwrap_or(0);
        let n_targets = u64::from(self.asked["has_target"] == true);
        match self.set {
            Set::Mixed => size(mixed_file(n_rows)),
            Set::Texts => size(format!("{}.json", self.set.name())),
            // Codes of four bytes for customers, orders and items, numbers of eight for the rest.
            Set::Lines => n_rows as u64 * (2 * 4 + 3 * 8),
            Set::Baskets => n_rows as u64 * 2 * 4,
            _ => n_rows as u64 * (n_columns + n_targets) * 8,
        }
    }
}

fn everyone(others: impl IntoIterator<Item = Vec<Peer>>) -> Vec<Peer> {
    ours().into_iter().chain(others.into_iter().flatten()).collect()
}

/// The same with a rule of their own for the engine.
fn ours_within(peers: Vec<Peer>, rule: Rule) -> Vec<Peer> {
    peers.into_iter().map(|peer| if peer.is_ours() { peer.within(rule) } else { peer }).collect()
}

/// All tasks, in the page's order.
pub(super) fn tasks() -> Vec<Task> {
    models::tasks().into_iter().chain(trees::tasks()).chain(tables::tasks()).collect()
}
