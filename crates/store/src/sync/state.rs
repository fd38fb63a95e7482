//! This device's place in a synced workspace.

use super::ledger::LedgerPlace;
use super::transaction::SyncTransaction;
use super::{hlc_to_sql, number_to_sql};
use crate::{Error, Result, Store};
use rusqlite::{Connection, OptionalExtension, params};
use stillroom_consent::{DeviceId, Hash, PublicKey, WorkspaceId};

/// What a device knows when it begins to sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncStart {
    /// The workspace that devices share.
    pub workspace: WorkspaceId,
    /// This device.
    pub device: DeviceId,
    /// Keys and token, sealed by whoever passes them in.
    pub enrolment: Vec<u8>,
    /// The server's origin.
    pub origin: String,
    /// The server's key.
    pub server_key: PublicKey,
}

/// Where this device stands.
#[derive(Clone, PartialEq, Eq)]
pub struct SyncState {
    /// The workspace that devices share.
    pub workspace: WorkspaceId,
    /// This device.
    pub device: DeviceId,
    /// Keys and token, sealed.
    pub enrolment: Vec<u8>,
    /// The server's origin.
    pub origin: String,
    /// The server's key.
    pub server_key: PublicKey,
    /// Where to read on; none before anything was read.
    pub cursor: Option<Vec<u8>>,
    /// The last number of the server's sequence that was applied.
    pub seq: u64,
    /// The sequence's chain after it.
    pub chain: Hash,
    /// The furthest head of the sequence that the server ever signed.
    pub seen: LedgerPlace,
    /// The furthest head of the ledger that the server ever signed.
    pub seen_ledger: LedgerPlace,
    /// The last moment the hybrid clock gave, or saw.
    pub last_hlc: u64,
    /// The number the next operation gets.
    pub next_device_seq: u64,
    /// Everything up to this number is safe on the server.
    pub acknowledged_seq: u64,
    /// The workspace was restored from a backup since: its numbers may have been given already, so that the device must join
    /// anew under another id before it sends.
    pub was_restored: bool,
}

impl std::fmt::Debug for SyncState {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SyncState")
            .field("device", &self.device)
            .field("seq", &self.seq)
            .field("next_device_seq", &self.next_device_seq)
            .finish_non_exhaustive()
    }
}

/// How far the server's sequence was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullPosition {
    /// Where to read on; none to read from the start.
    pub cursor: Option<Vec<u8>>,
    /// The last number applied.
    pub seq: u64,
    /// The sequence's chain after it.
    pub chain: Hash,
}

impl Store {
    /// Makes this workspace a synced one. Nothing travels by that.
    ///
    /// # Errors
    /// [`Error::AlreadySynced`]; [`Error::ImportInProgress`].
    pub fn start_sync(&mut self, start: &SyncStart) -> Result<()> {
        self.write(|connection, _| {
            if find_state(connection)?.is_some() {
                return Err(Error::AlreadySynced);
            }
            connection.execute(
                "INSERT INTO sync_state (one, workspace, device, enrolment, origin, server_key, chain, seen_chain,
                     seen_ledger_hash, ledger_hash)
                 VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?6, ?6, ?6)",
                params![
                    start.workspace.0,
                    start.device.0,
                    start.enrolment,
                    start.origin,
                    start.server_key.0,
                    Hash::ZERO.0
                ],
            )?;
            Ok(())
        })
    }

    /// Where this device stands; none when the workspace is not synced.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn sync_state(&self) -> Result<Option<SyncState>> {
        find_state(&self.connection)
    }

    /// Replaces the sealed keys and token.
    ///
    /// # Errors
    /// [`Error::NotSynced`]; [`Error::ImportInProgress`].
    pub fn set_enrolment(&mut self, enrolment: &[u8]) -> Result<()> {
        self.change_state("UPDATE sync_state SET enrolment = ?", params![enrolment])
    }

    /// Goes on under another device id, from its first number; what waits is queued anew. For a workspace that was restored from
    /// a backup.
    ///
    /// # Errors
    /// [`Error::NotSynced`]; [`Error::ImportInProgress`].
    pub fn change_device(&mut self, device: DeviceId, enrolment: &[u8]) -> Result<()> {
        self.write(|connection, _| {
            super::outbox::requeue_all(connection)?;
            let n_changed = connection.execute(
                "UPDATE sync_state SET device = ?, enrolment = ?, next_device_seq = 1, acknowledged_seq = 0, was_restored = 0",
                params![device.0, enrolment],
            )?;
            if n_changed == 1 { Ok(()) } else { Err(Error::NotSynced) }
        })
    }

    /// Notes a moment that the hybrid clock gave or saw, when it is later than the last one.
    ///
    /// # Errors
    /// [`Error::NotSynced`]; [`Error::MalformedContent`] for a moment past the year 6400; [`Error::ImportInProgress`].
    pub fn note_clock(&mut self, hlc: u64) -> Result<()> {
        self.change_state("UPDATE sync_state SET last_hlc = max(last_hlc, ?)", [hlc_to_sql(hlc)?])
    }

    /// Reads the server's sequence from the start again; what is here stays and is compared with what comes.
    ///
    /// # Errors
    /// [`Error::NotSynced`]; [`Error::ImportInProgress`].
    pub fn reset_pull(&mut self) -> Result<()> {
        self.write(|connection, _| {
            require_state(connection)?;
            connection.execute("DELETE FROM seen_devices", [])?;
            connection.execute("UPDATE sync_state SET cursor = NULL, seq = 0, chain = ?", [Hash::ZERO.0])?;
            Ok(())
        })
    }

    /// Forgets everything that syncing added: keys, tokens, the ledger, what waits. Customers, receipts and the list of requests
    /// stay, and so do the ids of erased records.
    ///
    /// # Errors
    /// [`Error::NotSynced`]; [`Error::ImportInProgress`].
    pub fn stop_sync(&mut self) -> Result<()> {
        self.write(|connection, _| {
            require_state(connection)?;
            connection.execute_batch(
                "DELETE FROM sync_state; DELETE FROM sync_positions; DELETE FROM records; DELETE FROM external_id_claims; DELETE FROM subjects;
                 DELETE FROM data_keys; DELETE FROM versions; DELETE FROM seen_devices; DELETE FROM set_aside; DELETE FROM record_parts;
                 DELETE FROM dirty; DELETE FROM again; DELETE FROM pushed; DELETE FROM received; DELETE FROM outbox; DELETE FROM outbox_sent; DELETE FROM disclosures; DELETE FROM ledger;
                 DELETE FROM ledger_devices; DELETE FROM ledger_grants; DELETE FROM ledger_members;
                 DELETE FROM ledger_bases; DELETE FROM basis_kinds; DELETE FROM ledger_flags;
                 UPDATE counters SET next = 1 WHERE name = 'records_named'",
            )?;
            Ok(())
        })
    }

    fn change_state(&mut self, sql: &str, parameters: impl rusqlite::Params) -> Result<()> {
        self.write(|connection, _| {
            let n_changed = connection.prepare_cached(sql)?.execute(parameters)?;
            if n_changed == 1 { Ok(()) } else { Err(Error::NotSynced) }
        })
    }
}

pub(crate) fn find_state(connection: &Connection) -> Result<Option<SyncState>> {
    let mut statement = connection.prepare_cached(
        "SELECT workspace, device, enrolment, origin, server_key, cursor, seq, chain, last_hlc, next_device_seq,
                acknowledged_seq, was_restored, seen_seq, seen_chain, seen_ledger_seq, seen_ledger_hash FROM sync_state",
    )?;
    let state = statement.query_row([], |row| {
        Ok(SyncState {
            workspace: WorkspaceId(row.get(0)?),
            device: DeviceId(row.get(1)?),
            enrolment: row.get(2)?,
            origin: row.get(3)?,
            server_key: PublicKey(row.get(4)?),
            cursor: row.get(5)?,
            seq: row.get::<_, i64>(6)? as u64,
            chain: Hash(row.get(7)?),
            last_hlc: row.get::<_, i64>(8)? as u64,
            next_device_seq: row.get::<_, i64>(9)? as u64,
            acknowledged_seq: row.get::<_, i64>(10)? as u64,
            was_restored: row.get(11)?,
            seen: LedgerPlace { seq: row.get::<_, i64>(12)? as u64, hash: Hash(row.get(13)?) },
            seen_ledger: LedgerPlace { seq: row.get::<_, i64>(14)? as u64, hash: Hash(row.get(15)?) },
        })
    });
    Ok(state.optional()?)
}

pub(crate) fn require_state(connection: &Connection) -> Result<SyncState> {
    find_state(connection)?.ok_or(Error::NotSynced)
}

impl SyncTransaction<'_> {
    /// Notes how far the server's sequence was applied, in the transaction that applied it.
    ///
    /// # Errors
    /// [`Error::MalformedContent`] for a number no server gives.
    pub fn set_position(&mut self, position: &PullPosition) -> Result<()> {
        self.connection
            .prepare_cached("UPDATE sync_state SET cursor = ?, seq = ?, chain = ?")?
            .execute(params![position.cursor, number_to_sql(position.seq)?, position.chain.0])?;
        self.state.cursor.clone_from(&position.cursor);
        (self.state.seq, self.state.chain) = (position.seq, position.chain);
        self.see_sequence(LedgerPlace { seq: position.seq, hash: position.chain })
    }

    /// Notes a head of the sequence that the server signed, when it is further than any before.
    ///
    /// # Errors
    /// [`Error::MalformedContent`] for a number no server gives.
    pub fn see_sequence(&mut self, head: LedgerPlace) -> Result<()> {
        if head.seq > self.state.seen.seq {
            self.connection
                .prepare_cached("UPDATE sync_state SET seen_seq = ?, seen_chain = ?")?
                .execute(params![number_to_sql(head.seq)?, head.hash.0])?;
            self.state.seen = head;
        }
        Ok(())
    }

    /// Notes a head of the ledger that the server signed, when it is further than any before.
    ///
    /// # Errors
    /// [`Error::MalformedContent`] for a number no server gives.
    pub fn see_ledger(&mut self, head: LedgerPlace) -> Result<()> {
        if head.seq > self.state.seen_ledger.seq {
            self.connection
                .prepare_cached("UPDATE sync_state SET seen_ledger_seq = ?, seen_ledger_hash = ?")?
                .execute(params![number_to_sql(head.seq)?, head.hash.0])?;
            self.state.seen_ledger = head;
        }
        Ok(())
    }
}
