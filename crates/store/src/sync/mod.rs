//! What consent and sync need of the workspace.
//!
//! The store holds the consent ledger, what follows from it, what waits to be sent and what came in. It never seals, never
//! opens and never decides: whoever holds the keys passes in tokens, sealed bytes and opened content, and whether something may
//! travel is asked of `stillroom_consent::allow` over the tables here, in the transaction that would let it travel.
//!
//! - [`state`]: this device's place in a synced workspace; [`transaction`]: the one transaction most of this happens in;
//! - [`ledger`]: the entries, what waits for the server among them, and the questions about consent;
//! - [`records`]: customers as other devices know them; [`versions`]: which operation their parts are from;
//! - [`changes`]: what changed since it was last queued; [`content`]: what a part holds, as it travels;
//! - [`outbox`]: what waits to be sent; [`pushed`]: what was stored of it; [`data_keys`]: wrapped keys;
//! - [`apply`]: what came from other devices, and what goes again with the grant it came through; [`conflicts`]: what lost a merge and is kept beside;
//! - [`noted`]: bases that were recorded before there was a ledger;
//! - [`journal`]: receipts, requests that left the device, and evidence of bases that never does.

mod again;
pub mod apply;
pub mod asked;
mod bundles;
pub mod changes;
pub mod clock;
pub mod conflicts;
pub mod content;
mod coverage;
pub mod data_keys;
pub(crate) mod external_ids;
pub mod journal;
pub mod ledger;
mod merge_fields;
mod merge_lines;
pub mod noted;
pub mod outbox;
pub mod pushed;
mod received;
pub mod records;
mod register;
pub mod state;
mod sweep;
pub mod transaction;
pub mod versions;

use crate::{Error, Result};
use stillroom_consent::Purpose;

pub use bundles::MAX_BUNDLE_LINES;
pub(crate) use merge_fields::note_definition;
pub(crate) use register::Tables;
pub use transaction::SyncTransaction;

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
