//! Who takes part: the engine in its three forms, packages for browsers, packages for Python.

use serde_json::{Value, json};

use super::judge::Rule;

/// Where a peer runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In headless Chromium, as a page of this module of `bench/peers`.
    Browser(&'static str),
    /// The engine as a program.
    Native,
    /// In Python with so many threads.
    Python(usize),
}

/// One that takes part in a task.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Peer {
    /// As the page names it.
    pub(super) label: String,
    /// The package, which targets name.
    pub(super) family: &'static str,
    pub(super) place: Place,
    /// What it is told beside the task.
    pub(super) told: Value,
    /// How its answer may differ, where it is not as the task says.
    pub(super) rule: Option<Rule>,
}

/// The engine's family.
pub(super) const OURS: &str = "stillroom";

impl Peer {
    fn new(label: &str, family: &'static str, place: Place) -> Self {
        Self { label: label.to_owned(), family, place, told: json!({}), rule: None }
    }

    /// The same under a rule of its own.
    pub(super) fn within(mut self, rule: Rule) -> Self {
        self.rule = Some(rule);
        self
    }

    /// Whether it is the engine.
    pub(super) fn is_ours(&self) -> bool {
        self.family == OURS
    }
}

/// The engine's label in Chromium with so many workers.
pub(super) fn ours_label(shards: usize) -> String {
    if shards == 1 { OURS.to_owned() } else { format!("{OURS}, {shards} shards") }
}

/// The engine in one worker, in two, and natively.
pub(super) fn ours() -> Vec<Peer> {
    let chromium = [1, 2].map(|shards| Peer {
        told: json!({ "shards": shards }),
        ..Peer::new(&ours_label(shards), OURS, Place::Browser("stillroom"))
    });
    let native = Peer::new("stillroom, natively", OURS, Place::Native);
    chromium.into_iter().chain([native]).collect()
}

/// A package in a page.
pub(super) fn browser(family: &'static str, module: &'static str) -> Peer {
    Peer::new(family, family, Place::Browser(module))
}

/// linfa or smartcore as WebAssembly.
pub(super) fn rust(library: &'static str) -> Peer {
    Peer { told: json!({ "library": library }), ..browser(library, "rust") }
}

/// A package in Python, with one thread and with two.
pub(super) fn python(family: &'static str) -> Vec<Peer> {
    let one = |threads: usize| {
        let plural = if threads == 1 { "" } else { "s" };
        Peer::new(&format!("{family}, {threads} thread{plural}"), family, Place::Python(threads))
    };
    [1, 2].map(one).to_vec()
}

/// A package in Python that knows no threads.
pub(super) fn python_alone(family: &'static str) -> Peer {
    Peer::new(family, family, Place::Python(1))
}
