//! What consent and sync need of the workspace.
//!
//! The store holds the consent ledger, what follows from it, what waits to be sent and what came in. It never seals, never
//! opens and never decides: whoever holds the keys passes in tokens, sealed bytes and opened content, and whether something may
//! travel is asked of `stillroom_consent::allow` over the tables here, in the transaction that would let it travel.
//!
//! - [`state`]: this device's place in a synced workspace;
//! - [`ledger`]: the entries, what waits for the server among them, and the questions about consent;
//! - [`outbox`]: what waits to be sent;
//! - [`journal`]: receipts, requests that left the device, and evidence of bases that never does.

mod coverage;
pub mod journal;
pub mod ledger;
pub mod outbox;
mod register;
pub mod state;

use crate::{Error, Result};
use stillroom_consent::Purpose;

pub(crate) use register::Tables;

/// A moment of the hybrid clock as the database orders it.
///
/// # Errors
/// [`Error::MalformedContent`] for one past the year 6400, which no honest clock shows.
pub(crate) fn hlc_to_sql(hlc: u64) -> Result<i64> {
    i64::try_from(hlc).map_err(|_| Error::MalformedContent)
}

/// A number of a sequence as the database orders it.
pub(crate) fn number_to_sql(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| Error::MalformedContent)
}

pub(crate) fn purpose_from_key(key: &str) -> Result<Purpose> {
    Purpose::from_key(key).ok_or(Error::Damaged)
}
