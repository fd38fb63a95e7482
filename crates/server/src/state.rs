//! What every request can reach.

use std::sync::Arc;

use crate::limits::Gate;
use crate::metrics::Metrics;
use crate::{Limits, Site, Transport};

/// What every request can reach: the app's files, the limits, the counts.
#[derive(Debug)]
pub struct State {
    pub(crate) site: Option<Site>,
    pub(crate) transport: Transport,
    pub(crate) limits: Limits,
    pub(crate) gate: Gate,
    pub(crate) metrics: Metrics,
}

impl State {
    /// A state that serves the app's files and no sync API.
    #[must_use]
    pub fn serving(site: Site, transport: Transport) -> Arc<Self> {
        Self::new(Some(site), transport, Limits::default())
    }

    fn new(site: Option<Site>, transport: Transport, limits: Limits) -> Arc<Self> {
        Arc::new(Self { site, transport, gate: Gate::new(&limits), limits, metrics: Metrics::new() })
    }
}
