//! Who listens for news of which workspace.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use stillroom_consent::WorkspaceId;
use tokio::sync::watch;

/// One channel for each workspace somebody listens to. Holds no data: only that there is news.
#[derive(Debug, Default)]
pub(crate) struct Hub(Mutex<HashMap<WorkspaceId, watch::Sender<()>>>);

impl Hub {
    /// Hears of everything stored for `workspace` from now on.
    pub(crate) fn listen(&self, workspace: WorkspaceId) -> watch::Receiver<()> {
        let mut channels = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        channels.entry(workspace).or_insert_with(|| watch::channel(()).0).subscribe()
    }

    /// Tells everyone who listens.
    pub(crate) fn tell(&self, workspace: WorkspaceId) {
        let mut channels = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(channel) = channels.get(&workspace)
            && channel.send(()).is_err()
        {
            channels.remove(&workspace);
        }
    }

    /// Ends all channels, and so all streams.
    pub(crate) fn close(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
