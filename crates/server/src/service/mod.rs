//! The rules, once for every database: who may enter, what is stored, handed out, ended, erased, and said about it.

mod audit;
mod desk;
mod enrol;
mod export;
mod hub;
mod keys;
mod ledger;
mod pull;
mod push;
mod receipt;
mod removal;
mod replay;
mod sweep;

use std::sync::Arc;

use stillroom_consent::{DeviceId, GrantRecord, Hash, WorkspaceId};

use crate::repo::Workspace;
use crate::{Fault, Limits};

pub use audit::Findings;
pub(crate) use audit::{audit, count_keys};
pub use desk::Clock;
pub(crate) use desk::{Desk, DeskSettings};
pub(crate) use export::begin as begin_export;
pub(crate) use keys::ServerKeys;
pub(crate) use ledger::Accepts;
pub(crate) use removal::{Pace, finish};
pub(crate) use replay::{Journal, replay};

/// Who asks: the device a token was given to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller {
    pub(crate) workspace: WorkspaceId,
    pub(crate) device: DeviceId,
    pub(crate) token_hash: Hash,
    /// The browser sends Global Privacy Control.
    pub(crate) gpc: bool,
}

/// What a decision needs besides the workspace itself.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) keys: Arc<ServerKeys>,
    pub(crate) limits: Limits,
    /// The origins this server is reached at, the first its own.
    pub(crate) origins: Arc<[String]>,
    /// Milliseconds since 1970.
    pub(crate) now: i64,
}

impl Rules {
    /// How removals go.
    fn pace(&self) -> Pace {
        Pace { step: self.limits.removal_step, now: self.now }
    }

    /// The origin an operation went to: the one its grant names if it is this server's, this server's own otherwise.
    fn origin_for<'a>(&'a self, grant: Option<&GrantRecord>) -> &'a str {
        let named =
            grant.and_then(|record| self.origins.iter().find(|origin| **origin == record.grant.origin));
        named.or(self.origins.first()).map_or("", String::as_str)
    }
}

/// Refuses a device that was revoked.
fn not_revoked(room: &mut dyn Workspace, device: DeviceId) -> Result<(), Fault> {
    match room.device(device)? {
        Some(record) if record.is_revoked => Err(Fault::Unauthorized),
        _ => Ok(()),
    }
}

/// Refuses a device that was revoked, or is not in the ledger yet.
fn enrolled(room: &mut dyn Workspace, device: DeviceId) -> Result<(), Fault> {
    match room.device(device)? {
        Some(record) if record.is_revoked => Err(Fault::Unauthorized),
        Some(_) => Ok(()),
        None => Err(Fault::NotEnrolled),
    }
}
