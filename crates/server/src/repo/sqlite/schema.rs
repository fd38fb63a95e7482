//! The tables of each file, as numbered steps. Steps are only ever added.

use rusqlite::Connection;

use crate::Fault;

/// `control.db`: which workspaces there are, and who may enter.
pub(super) const CONTROL: &[&str] = &["
    CREATE TABLE workspaces (workspace BLOB PRIMARY KEY, created_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE deleted (workspace BLOB PRIMARY KEY, deleted_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE tokens (
        hash BLOB PRIMARY KEY,
        workspace BLOB NOT NULL REFERENCES workspaces,
        device BLOB NOT NULL,
        enrolled_at INTEGER NOT NULL,
        last_seen_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        is_revoked INTEGER NOT NULL,
        UNIQUE (workspace, device)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE pairings (
        pairing BLOB PRIMARY KEY,
        workspace BLOB NOT NULL REFERENCES workspaces,
        bundle BLOB NOT NULL,
        expires_at INTEGER NOT NULL,
        claim BLOB
    ) STRICT, WITHOUT ROWID;
"];

/// `records.db`: the standing, the ledger and the operations of one workspace.
///
/// A gone operation keeps its number, kind, device number and hashes; every other column is null. The trigger is the last of
/// several walls: whatever the program above thinks, a `set` enters only under a grant that is live when it is taken.
pub(super) const RECORDS: &[&str] = &[
    "
    CREATE TABLE state (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        entry_seq INTEGER NOT NULL,
        entry_hash BLOB NOT NULL,
        seq INTEGER NOT NULL,
        chain BLOB NOT NULL,
        n_ops INTEGER NOT NULL,
        n_bytes INTEGER NOT NULL
    ) STRICT;
    INSERT INTO state VALUES (1, 0, zeroblob(32), 0, zeroblob(32), 0, 0);
    CREATE TABLE devices (
        device BLOB PRIMARY KEY,
        info BLOB NOT NULL,
        is_revoked INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE acknowledged (
        device BLOB PRIMARY KEY,
        seq INTEGER NOT NULL,
        entry INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE grants (
        grant_id BLOB PRIMARY KEY,
        record BLOB NOT NULL,
        valid_from INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        withdrawn_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE members (
        grant_id BLOB NOT NULL REFERENCES grants,
        token BLOB NOT NULL,
        PRIMARY KEY (grant_id, token)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE bases (
        token BLOB NOT NULL,
        purpose INTEGER NOT NULL,
        basis BLOB NOT NULL,
        expires_at INTEGER,
        PRIMARY KEY (token, purpose)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX bases_by_end ON bases (expires_at) WHERE expires_at IS NOT NULL;
    CREATE TABLE flags (
        token BLOB PRIMARY KEY,
        is_restricted INTEGER NOT NULL,
        is_erased INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE entries (
        seq INTEGER PRIMARY KEY,
        hash BLOB NOT NULL,
        received_at INTEGER NOT NULL,
        bytes BLOB NOT NULL
    ) STRICT;
    CREATE TABLE operations (
        seq INTEGER PRIMARY KEY,
        kind INTEGER NOT NULL,
        chain BLOB NOT NULL,
        op_hash BLOB NOT NULL,
        device BLOB NOT NULL,
        device_seq INTEGER NOT NULL,
        received_at INTEGER NOT NULL,
        hlc INTEGER,
        token BLOB,
        purpose INTEGER,
        field_group INTEGER,
        part INTEGER,
        grant_id BLOB,
        bytes BLOB
    ) STRICT;
    CREATE UNIQUE INDEX operations_by_device ON operations (device, device_seq);
    CREATE INDEX operations_by_token ON operations (token) WHERE bytes IS NOT NULL;
    CREATE INDEX operations_by_grant ON operations (grant_id) WHERE bytes IS NOT NULL;
    CREATE INDEX operations_by_time ON operations (purpose, received_at) WHERE bytes IS NOT NULL;
    CREATE TRIGGER only_under_a_live_grant BEFORE INSERT ON operations
        WHEN NEW.kind = 0 AND NOT EXISTS (
            SELECT 1 FROM grants
            WHERE grants.grant_id = NEW.grant_id AND withdrawn_at IS NULL
                AND valid_from <= NEW.received_at AND NEW.received_at < expires_at
        )
        BEGIN SELECT RAISE(ABORT, 'the grant is not live'); END;
    CREATE TABLE removals (
        last_entry INTEGER PRIMARY KEY,
        first_entry INTEGER NOT NULL,
        next_entry INTEGER NOT NULL,
        requested_at INTEGER NOT NULL,
        completed_at INTEGER,
        n_rows INTEGER NOT NULL,
        n_keys INTEGER NOT NULL,
        seq INTEGER NOT NULL
    ) STRICT;
",
    "
    ALTER TABLE state ADD COLUMN floor INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX deletions_by_time ON operations (received_at) WHERE bytes IS NOT NULL AND kind = 1;
",
];

/// `keys.db`: the wrapped data keys, apart from what they open so that they can be kept and dropped apart.
pub(super) const KEYS: &[&str] = &["
    CREATE TABLE keys (
        dek BLOB PRIMARY KEY,
        token BLOB NOT NULL,
        epoch INTEGER NOT NULL,
        wrapped BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX keys_by_token ON keys (token);
"];

/// `ledger.db`: what a restore of the records must not forget.
pub(super) const LEDGER: &[&str] = &["
    CREATE TABLE entries (
        seq INTEGER PRIMARY KEY,
        hash BLOB NOT NULL,
        received_at INTEGER NOT NULL,
        bytes BLOB NOT NULL
    ) STRICT;
    CREATE TABLE erased (token BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
"];

/// Brings a file to its latest step; a file from a later version is refused.
pub(super) fn migrate(connection: &Connection, steps: &[&str]) -> Result<(), Fault> {
    let done: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let done = done as usize;
    if done > steps.len() {
        return Err(Fault::Storage { kind: "the file is of a later version of the server".to_owned() });
    }
    for (position, step) in steps.iter().enumerate().skip(done) {
        let next = position + 1;
        connection
            .execute_batch(&format!("BEGIN IMMEDIATE; {step} PRAGMA user_version = {next}; COMMIT;"))?;
    }
    Ok(())
}
