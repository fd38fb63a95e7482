//! Counts for whoever runs the server, in the text form Prometheus reads. Labels are words from fixed lists.

use std::sync::Mutex;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use stillroom_sync::wire::{Pushed, Refusal};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Word {
    kind: String,
}

/// Everything that is counted.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<RequestLabels, Counter>,
    operations: Family<Word, Counter>,
    removals: Family<Word, Counter>,
    push_seconds: Histogram,
    workspaces: Gauge,
    stored_bytes: Gauge,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("stillroom");
        let requests = Family::default();
        let operations = Family::default();
        let removals = Family::default();
        let push_seconds = Histogram::new(exponential_buckets(0.001, 2.0, 14));
        let workspaces = Gauge::default();
        let stored_bytes = Gauge::default();
        registry.register("requests", "Requests by route and status", requests.clone());
        registry.register("operations", "Operations accepted, or denied by reason", operations.clone());
        registry.register("removals", "Rows and keys removed, by cause", removals.clone());
        registry.register("push_seconds", "Time from a push's arrival to its answer", push_seconds.clone());
        registry.register("workspaces", "Workspaces held", workspaces.clone());
        registry.register("stored_bytes", "Bytes of stored operations", stored_bytes.clone());
        let registry = Mutex::new(registry);
        Self { registry, requests, operations, removals, push_seconds, workspaces, stored_bytes }
    }

    pub(crate) fn count_request(&self, route: &str, status: u16) {
        self.requests.get_or_create(&RequestLabels { route: route.to_owned(), status }).inc();
    }

    /// Counts what came of a push, and how long it took.
    pub(crate) fn count_push(&self, pushed: &Pushed, took: Duration) {
        let count = |kind: String, n: u32| self.operations.get_or_create(&Word { kind }).inc_by(u64::from(n));
        count("accepted".to_owned(), pushed.n_accepted);
        count("known".to_owned(), pushed.n_known);
        if let Some(denied) = &pushed.denied {
            count(denial(denied.reason), 1);
        }
        self.push_seconds.observe(took.as_secs_f64());
    }

    pub(crate) fn count_removals(&self, cause: &str, n: u64) {
        self.removals.get_or_create(&Word { kind: cause.to_owned() }).inc_by(n);
    }

    pub(crate) fn set_held(&self, workspaces: u64, bytes: u64) {
        self.workspaces.set(i64::try_from(workspaces).unwrap_or(i64::MAX));
        self.stored_bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// The text a scraper reads.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        let registry = self.registry.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match prometheus_client::encoding::text::encode(&mut text, &registry) {
            Ok(()) => text,
            Err(_) => String::new(),
        }
    }
}

/// The protocol's own word for a denial.
fn denial(refusal: Refusal) -> String {
    let word = match refusal {
        Refusal::Consent(reason) => serde_json::to_value(reason),
        other => serde_json::to_value(other),
    };
    let word = word.unwrap_or_default();
    format!("denied_{}", word.as_str().unwrap_or("other"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_shown_with_their_labels() {
        let metrics = Metrics::new();
        metrics.count_request("/v1/push", 200);
        metrics.count_removals("retention", 3);
        metrics.set_held(2, 640);
        let text = metrics.text();
        for line in [
            "stillroom_requests_total{route=\"/v1/push\",status=\"200\"} 1",
            "stillroom_removals_total{kind=\"retention\"} 3",
            "stillroom_workspaces 2",
            "stillroom_stored_bytes 640",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
