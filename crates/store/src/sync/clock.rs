//! What a device remembers of its hybrid clock beside the last moment.

use super::hlc_to_sql;
use super::transaction::SyncTransaction;
use crate::Result;
use rusqlite::{OptionalExtension, params};

/// The parts of a hybrid clock beside its last moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClockParts {
    /// The highest moment that a server is known to have.
    pub shared_hlc: u64,
    /// By how many milliseconds this device is ahead of the server.
    pub ahead_millis: i64,
}

impl SyncTransaction<'_> {
    /// The parts of this device's clock; zeros at first.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn clock_parts(&self) -> Result<ClockParts> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT shared_hlc, ahead_ms FROM device_clocks WHERE device = ?")?;
        let parts = statement
            .query_row([self.state.device.0], |row| {
                Ok(ClockParts { shared_hlc: row.get::<_, i64>(0)? as u64, ahead_millis: row.get(1)? })
            })
            .optional()?;
        Ok(parts.unwrap_or_default())
    }

    /// Writes them.
    ///
    /// # Errors
    /// [`crate::Error::MalformedContent`] for a moment past the year 6400.
    pub fn set_clock_parts(&mut self, parts: ClockParts) -> Result<()> {
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO device_clocks VALUES (?, ?, ?)")?
            .execute(params![self.state.device.0, hlc_to_sql(parts.shared_hlc)?, parts.ahead_millis])?;
        Ok(())
    }
}
