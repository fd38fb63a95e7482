//! What was measured, as `docs/benchmarks.json` keeps it. The page is written from it alone, so that a partial run replaces its
//! rows and no others.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use super::statistics::median;

/// Everything on the page.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Record {
    /// Processor, cores, system, and the versions of what was measured.
    pub(super) machine: BTreeMap<String, String>,
    /// Tasks by name.
    pub(super) tasks: BTreeMap<String, Measured>,
    /// Size and start by peer.
    pub(super) starts: BTreeMap<String, Start>,
    /// Cost against rows, by kind of work.
    pub(super) costs: BTreeMap<String, Cost>,
    /// Ten million rows in one tab.
    pub(super) tab: Option<Tab>,
}

/// One task.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Measured {
    /// Rows of the data set; a tenth of the task's in a quick run.
    pub(super) n_rows: usize,
    /// The bytes of the columns, or of the file.
    pub(super) input_bytes: u64,
    /// Whether a tenth of the rows was taken.
    pub(super) is_quick: bool,
    /// What took part, in the order of the task's list.
    pub(super) peers: Vec<Taken>,
}

/// One peer at one task.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Taken {
    /// As the page names it.
    pub(super) label: String,
    /// Milliseconds of each timed run.
    pub(super) millis: Vec<f64>,
    /// What the answer comes to; see the task.
    pub(super) values: Vec<f64>,
    /// How the answer differs from the others' more than it may.
    pub(super) differs: Option<String>,
    /// Why nothing was measured.
    pub(super) error: Option<String>,
    /// The growth of the process from before its data came to its peak; 0 when unknown.
    pub(super) peak_bytes: u64,
    /// WebAssembly memory at the end, of the engine.
    pub(super) wasm_bytes: u64,
}

impl Taken {
    /// The median, when there was a run.
    pub(super) fn median(&self) -> Option<f64> {
        median(&self.millis)
    }
}

/// Size and start of one peer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Start {
    /// From navigation to "can compute", one entry a run.
    pub(super) millis: Vec<f64>,
    /// Everything fetched until then, each file by gzip.
    pub(super) gzip_bytes: u64,
    /// Why nothing was measured.
    pub(super) error: Option<String>,
}

/// Cost against rows.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Cost {
    /// Rows and median milliseconds, rising.
    pub(super) points: Vec<(usize, f64)>,
    /// Why larger sizes are missing.
    pub(super) error: Option<String>,
}

/// Ten million rows in one tab.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Tab {
    /// Rows clustered.
    pub(super) n_rows: usize,
    /// Milliseconds of the one run.
    pub(super) millis: f64,
    /// The bytes of the columns.
    pub(super) input_bytes: u64,
    /// The growth of the tab's process, its copy of the columns included.
    pub(super) peak_bytes: u64,
    /// WebAssembly memory at the end.
    pub(super) wasm_bytes: u64,
    /// Why it did not come to an end.
    pub(super) error: Option<String>,
}

impl Measured {
    /// The same with the peers of an earlier run that did not take part, when it was on the same rows.
    pub(super) fn with_others_of(mut self, earlier: &Self) -> Self {
        let is_new = |taken: &&Taken| !self.peers.iter().any(|own| own.label == taken.label);
        let others: Vec<Taken> = earlier.peers.iter().filter(is_new).cloned().collect();
        if earlier.n_rows == self.n_rows {
            self.peers.extend(others);
        }
        self
    }
}

impl Record {
    /// The record of earlier runs; an empty one when there is none.
    pub(super) fn read(path: &Path) -> Result<Self> {
        if !path.is_file() {
            return Ok(Self::default());
        }
        let text = fs::read_to_string(path)?;
        serde_json::from_str(&text)
            .with_context(|| format!("{} is of another version: delete it", path.display()))
    }

    /// Keeps the record for the next run.
    pub(super) fn write(&self, path: &Path) -> Result<()> {
        fs::write(path, format!("{}\n", serde_json::to_string_pretty(self)?))
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(n_rows: usize, peers: &[(&str, f64)]) -> Measured {
        let taken = |(label, millis): &(&str, f64)| Taken {
            label: (*label).to_owned(),
            millis: vec![*millis],
            ..Taken::default()
        };
        Measured { n_rows, peers: peers.iter().map(taken).collect(), ..Measured::default() }
    }

    #[test]
    fn a_partial_run_replaces_its_rows_and_keeps_the_others() {
        let earlier = measured(10, &[("a", 1.0), ("b", 2.0)]);
        let labels = |measured: &Measured| -> Vec<(String, Option<f64>)> {
            measured.peers.iter().map(|taken| (taken.label.clone(), taken.median())).collect()
        };
        let same = measured(10, &[("b", 3.0)]).with_others_of(&earlier);
        assert_eq!(labels(&same), [("b".to_owned(), Some(3.0)), ("a".to_owned(), Some(1.0))]);
        let other = measured(20, &[("b", 3.0)]).with_others_of(&earlier);
        assert_eq!(
            labels(&other),
            [("b".to_owned(), Some(3.0))],
            "times of other sizes do not stand beside one another"
        );
    }
}
