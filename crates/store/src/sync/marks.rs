//! What a device remembers so that a server can be caught: the furthest heads it was shown, the numbers it read, and what it
//! handed out itself.

use super::state::{find_state, require_state};
use super::{hlc_to_sql, number_to_sql};
use crate::{Error, Result, Store};
use rusqlite::{OptionalExtension, params};
use stillroom_consent::{DeviceId, Hash};

/// Which chain a mark is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    /// The sequence of operations.
    Sequence,
    /// The consent ledger.
    Ledger,
}

impl Chain {
    const fn key(self) -> &'static str {
        match self {
            Chain::Sequence => "sequence",
            Chain::Ledger => "ledger",
        }
    }
}

/// What is known about one of this device's own numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnNumber {
    /// It was never given.
    Never,
    /// It was given and seen in the server's sequence.
    Settled,
    /// It was given and not seen there yet: the hashes of all versions that were handed out.
    Out(Vec<Hash>),
}

/// The parts of the hybrid clock beside its last moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClockParts {
    /// The highest moment a server is known to have.
    pub shared_hlc: u64,
    /// By how many milliseconds this device is ahead of the server.
    pub ahead_millis: i64,
}

impl Store {
    /// The furthest head of a chain that was ever shown: its number and hash, 0 and zeros at first.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn furthest(&self, chain: Chain) -> Result<(u64, Hash)> {
        let mut statement =
            self.connection.prepare_cached("SELECT seq, hash FROM chain_marks WHERE name = ?")?;
        let found = statement
            .query_row([chain.key()], |row| Ok((row.get::<_, i64>(0)? as u64, Hash(row.get(1)?))))
            .optional()?;
        Ok(found.unwrap_or((0, Hash::ZERO)))
    }

    /// Notes a head that was shown, when it is further than the last one.
    ///
    /// # Errors
    /// [`Error::ImportInProgress`].
    pub fn note_furthest(&mut self, chain: Chain, seq: u64, hash: Hash) -> Result<()> {
        self.write(|connection, _| {
            connection
                .prepare_cached(
                    "INSERT INTO chain_marks VALUES (?1, ?2, ?3)
                     ON CONFLICT DO UPDATE SET seq = ?2, hash = ?3 WHERE seq < ?2",
                )?
                .execute(params![chain.key(), number_to_sql(seq)?, hash.0])?;
            Ok(())
        })
    }

    /// The parts of the hybrid clock beside its last moment.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn clock_parts(&self) -> Result<ClockParts> {
        let mut statement = self.connection.prepare_cached("SELECT shared_hlc, ahead_ms FROM clock")?;
        let parts = statement
            .query_row([], |row| {
                Ok(ClockParts { shared_hlc: row.get::<_, i64>(0)? as u64, ahead_millis: row.get(1)? })
            })
            .optional()?;
        Ok(parts.unwrap_or_default())
    }

    /// Writes the whole hybrid clock, also backward: a device that was ahead begins again from what is shared.
    ///
    /// # Errors
    /// [`Error::NotSynced`]; [`Error::MalformedContent`] for a moment past the year 6400; [`Error::ImportInProgress`].
    pub fn set_clock(&mut self, last_hlc: u64, parts: ClockParts) -> Result<()> {
        self.write(|connection, _| {
            require_state(connection)?;
            connection.prepare_cached("UPDATE sync_state SET last_hlc = ?")?.execute([hlc_to_sql(last_hlc)?])?;
            connection
                .prepare_cached("INSERT OR REPLACE INTO clock VALUES (1, ?, ?)")?
                .execute(params![hlc_to_sql(parts.shared_hlc)?, parts.ahead_millis])?;
            Ok(())
        })
    }

    /// The highest number of a device among the rows that were read; 0 for none.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn last_seen(&self, device: DeviceId) -> Result<u64> {
        let mut statement =
            self.connection.prepare_cached("SELECT device_seq FROM seen_devices WHERE device = ?")?;
        Ok(statement.query_row([device.0], |row| row.get::<_, i64>(0)).optional()?.unwrap_or(0) as u64)
    }

    /// Notes a device's number that was read.
    ///
    /// # Errors
    /// [`Error::ImportInProgress`].
    pub fn note_seen(&mut self, device: DeviceId, device_seq: u64) -> Result<()> {
        self.write(|connection, _| {
            connection
                .prepare_cached(
                    "INSERT INTO seen_devices VALUES (?1, ?2)
                     ON CONFLICT DO UPDATE SET device_seq = max(device_seq, ?2)",
                )?
                .execute(params![device.0, number_to_sql(device_seq)?])?;
            Ok(())
        })
    }

    /// Forgets which numbers were read, for a device that reads the sequence from its start.
    ///
    /// # Errors
    /// [`Error::ImportInProgress`].
    pub fn forget_seen(&mut self) -> Result<()> {
        self.write(|connection, _| Ok(connection.execute_batch("DELETE FROM seen_devices")?))
    }

    /// What is known about one of this device's own numbers.
    ///
    /// # Errors
    /// [`Error::NotSynced`].
    pub fn own_number(&self, device_seq: u64) -> Result<OwnNumber> {
        let state = find_state(&self.connection)?.ok_or(Error::NotSynced)?;
        if device_seq == 0 || device_seq >= state.next_device_seq {
            return Ok(OwnNumber::Never);
        }
        let mut statement =
            self.connection.prepare_cached("SELECT hash FROM handed_out WHERE device_seq = ?")?;
        let hashes: Vec<Hash> = statement
            .query_map([number_to_sql(device_seq)?], |row| row.get(0).map(Hash))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(if hashes.is_empty() && device_seq <= state.acknowledged_seq {
            OwnNumber::Settled
        } else {
            OwnNumber::Out(hashes)
        })
    }

    /// Notes a version of an own operation before it leaves.
    ///
    /// # Errors
    /// [`Error::ImportInProgress`].
    pub fn note_handed_out(&mut self, device_seq: u64, hash: Hash) -> Result<()> {
        self.write(|connection, _| {
            connection
                .prepare_cached("INSERT OR IGNORE INTO handed_out (device_seq, hash) VALUES (?, ?)")?
                .execute(params![number_to_sql(device_seq)?, hash.0])?;
            Ok(())
        })
    }

    /// Notes under which head the server acknowledged own operations, and which version it has of each.
    ///
    /// # Errors
    /// [`Error::ImportInProgress`].
    pub fn note_acknowledged(&mut self, operations: &[(u64, Hash)], under_seq: u64) -> Result<()> {
        self.write(|connection, _| {
            let mut others =
                connection.prepare_cached("DELETE FROM handed_out WHERE device_seq = ? AND hash <> ?")?;
            let mut note = connection.prepare_cached(
                "UPDATE handed_out SET under_seq = ?3 WHERE device_seq = ?1 AND hash = ?2 AND under_seq IS NULL",
            )?;
            for (device_seq, hash) in operations {
                others.execute(params![number_to_sql(*device_seq)?, hash.0])?;
                note.execute(params![number_to_sql(*device_seq)?, hash.0, number_to_sql(under_seq)?])?;
            }
            Ok(())
        })
    }

    /// Own operations that were acknowledged under a head not after `seq` and not seen in the sequence yet.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn acknowledged_by(&self, seq: u64) -> Result<Vec<Hash>> {
        let mut statement =
            self.connection.prepare_cached("SELECT hash FROM handed_out WHERE under_seq <= ?")?;
        let hashes = statement.query_map([number_to_sql(seq)?], |row| row.get(0).map(Hash))?;
        Ok(hashes.collect::<rusqlite::Result<_>>()?)
    }

    /// Notes that an own number was seen in the server's sequence.
    ///
    /// # Errors
    /// [`Error::ImportInProgress`].
    pub fn note_settled(&mut self, device_seq: u64) -> Result<()> {
        self.write(|connection, _| {
            connection
                .prepare_cached("DELETE FROM handed_out WHERE device_seq = ?")?
                .execute([number_to_sql(device_seq)?])?;
            Ok(())
        })
    }
}
