//! What every request can reach.

use std::path::PathBuf;
use std::sync::Arc;

use crate::limits::Gate;
use crate::metrics::Metrics;
use crate::repo::Repo;
use crate::service::{Clock, Desk, DeskSettings, ServerKeys};
use crate::{Error, Limits, Registration, Site, Transport};

/// What every request can reach: the app's files, the sync API's desk, the limits, the counts.
#[derive(Debug)]
pub struct State {
    pub(crate) site: Option<Site>,
    pub(crate) transport: Transport,
    pub(crate) desk: Option<Arc<Desk>>,
    /// Other origins whose pages may use the sync API.
    pub(crate) allowed_origins: Vec<String>,
    pub(crate) limits: Limits,
    pub(crate) gate: Gate,
    pub(crate) metrics: Metrics,
}

/// What a server with the sync API is made of.
pub struct SyncSettings {
    /// Where records are kept.
    pub repo: Arc<dyn Repo>,
    /// The file of the server's signing key; made when it is not there.
    pub key_file: PathBuf,
    /// Origins this server is reached at, such as `https://sync.example.org`; grants name one of them.
    pub origins: Vec<String>,
    /// Other origins whose pages may use the API.
    pub allowed_origins: Vec<String>,
    /// Whether new workspaces are taken.
    pub registration: Registration,
    /// The time, in milliseconds since 1970.
    pub clock: Clock,
}

impl std::fmt::Debug for SyncSettings {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SyncSettings").field("repo", &self.repo).finish_non_exhaustive()
    }
}

impl State {
    /// A state that serves the app's files and no sync API.
    #[must_use]
    pub fn serving(site: Site, transport: Transport) -> Arc<Self> {
        let limits = Limits::default();
        Arc::new(Self {
            site: Some(site),
            transport,
            desk: None,
            allowed_origins: Vec::new(),
            gate: Gate::new(&limits),
            limits,
            metrics: Metrics::new(),
        })
    }

    /// A state with the sync API, and the app's files if there are any.
    ///
    /// # Errors
    /// [`Error::ServerKey`] when the signing key can be neither read nor made.
    pub fn syncing(
        site: Option<Site>,
        transport: Transport,
        limits: Limits,
        sync: SyncSettings,
    ) -> Result<Arc<Self>, Error> {
        let desk = Desk::new(DeskSettings {
            repo: sync.repo,
            keys: ServerKeys::open(&sync.key_file)?,
            limits: limits.clone(),
            registration: sync.registration,
            clock: sync.clock,
        });
        if !sync.origins.is_empty() {
            desk.reached_at(&sync.origins);
        }
        Ok(Arc::new(Self {
            site,
            transport,
            desk: Some(Arc::new(desk)),
            allowed_origins: sync.allowed_origins,
            gate: Gate::new(&limits),
            limits,
            metrics: Metrics::new(),
        }))
    }

    /// Goes through all workspaces once: finishes removals, ends what is over. `with_superseded` also looks for operations that later
    /// ones replaced.
    ///
    /// # Errors
    /// What the database refuses; [`crate::Fault::NotFound`] without the sync API.
    pub async fn sweep(&self, with_superseded: bool) -> Result<(), crate::Fault> {
        crate::sweeper::go_round(self, self.desk()?, with_superseded).await
    }

    /// Ends event streams, which would otherwise keep their connections open.
    pub fn end_streams(&self) {
        if let Some(desk) = &self.desk {
            desk.hub.close();
        }
    }

    /// Lets writes under way finish; nothing is taken afterwards.
    pub async fn close(&self) {
        if let Some(desk) = &self.desk
            && let Err(fault) = desk.repo().close().await
        {
            tracing::error!(code = fault.code(), "the database did not close in order");
        }
    }
}
