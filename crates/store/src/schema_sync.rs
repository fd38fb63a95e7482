//! Steps 2 and 3 of the tables: consent, sync and what is owed to the people the records are about.
//!
//! Column notes. A **record** is a customer as other devices know it: `records` gives each one 16 random bytes, and a customer
//! that comes back after a deletion gets its old `customer_id` back. A **subject** is a record under one purpose, known to a
//! server by its token; a token that was heard of before its record has no customer yet. `versions` holds which operation the
//! present content of a part is from. `dirty` is what has changed since and was not yet queued, `held` says why it may not
//! travel now; its group `record` stands for the deletion of the whole record. A row of `outbox` stays until a
//! pulled page shows its operation; `outbox_sent` keeps the hashes of everything that went out under its number. A row without an
//! `op` was emptied and goes out as an operation that holds nothing. `record_parts` names each bundle of order lines by the lines of the
//! customer between two ids. `field_versions` says when the definition
//! of a custom field was written. Lines that came from another device have the import 0.
//! `external_id_claims` holds the external ids of records that another record has here. The `ledger_*` tables and
//! `basis_kinds` are what follows from `ledger` and can be built again from it.
//!
//! Step 3. `dirty.is_again` marks a part that did not change but that a server removed, `held_ms` says since when a change is held;
//! `again` holds the purposes whose parts are still to be marked so, up to which customer they were. A data key that `is_retired` may have been deleted
//! on the server. `pushed` counts what the server stored since the last receipt, and a row of `outbox` that `is_counted` is in there. `received` lists the grants through which records came from other devices. `noted_bases` holds what was recorded of a
//! customer's basis before there was a ledger to enter it into.

pub(crate) const STEP_2: &str = "
ALTER TABLE customers ADD COLUMN restricted_ms INTEGER;
CREATE INDEX customers_restricted ON customers (id) WHERE restricted_ms IS NOT NULL;
INSERT INTO counters VALUES ('records_named', 1);

CREATE TABLE sync_state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    workspace BLOB NOT NULL,
    device BLOB NOT NULL,
    enrolment BLOB NOT NULL,
    origin TEXT NOT NULL,
    server_key BLOB NOT NULL,
    cursor BLOB,
    seq INTEGER NOT NULL DEFAULT 0,
    chain BLOB NOT NULL,
    seen_seq INTEGER NOT NULL DEFAULT 0,
    seen_chain BLOB NOT NULL,
    seen_ledger_seq INTEGER NOT NULL DEFAULT 0,
    seen_ledger_hash BLOB NOT NULL,
    last_hlc INTEGER NOT NULL DEFAULT 0,
    next_device_seq INTEGER NOT NULL DEFAULT 1,
    acknowledged_seq INTEGER NOT NULL DEFAULT 0,
    ledger_seq INTEGER NOT NULL DEFAULT 0,
    ledger_hash BLOB NOT NULL,
    was_restored INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE sync_positions (
    purpose TEXT PRIMARY KEY,
    stage TEXT NOT NULL,
    log_seq INTEGER NOT NULL,
    cursor INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE records (
    customer_id INTEGER PRIMARY KEY,
    record_id BLOB NOT NULL UNIQUE,
    via_grant BLOB
) STRICT;
CREATE TABLE external_id_claims (customer_id INTEGER PRIMARY KEY, external_id TEXT NOT NULL) STRICT;
CREATE INDEX external_id_claims_by_id ON external_id_claims (external_id);
CREATE TABLE erased_records (record_id BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE subjects (
    id INTEGER PRIMARY KEY,
    token BLOB NOT NULL UNIQUE,
    purpose TEXT NOT NULL,
    customer_id INTEGER,
    is_erased INTEGER NOT NULL DEFAULT 0,
    deleted_hlc INTEGER,
    deleted_device BLOB,
    deleted_tie INTEGER,
    deleted_base INTEGER
) STRICT;
CREATE UNIQUE INDEX subjects_by_customer ON subjects (customer_id, purpose) WHERE customer_id IS NOT NULL;
CREATE TABLE data_keys (
    id INTEGER PRIMARY KEY,
    dek BLOB NOT NULL UNIQUE,
    subject_id INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    wrapped BLOB NOT NULL,
    is_shared INTEGER NOT NULL
) STRICT;
CREATE INDEX data_keys_by_subject ON data_keys (subject_id);
CREATE TABLE versions (
    subject_id INTEGER NOT NULL,
    field_group TEXT NOT NULL,
    part INTEGER NOT NULL,
    hlc INTEGER NOT NULL,
    device BLOB NOT NULL,
    tie INTEGER NOT NULL,
    base INTEGER,
    PRIMARY KEY (subject_id, field_group, part)
) STRICT, WITHOUT ROWID;
CREATE TABLE field_versions (key TEXT PRIMARY KEY, defined_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE seen_devices (device BLOB PRIMARY KEY, last_seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE set_aside (id INTEGER PRIMARY KEY, op BLOB NOT NULL, reason TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;
CREATE TABLE record_parts (
    customer_id INTEGER NOT NULL,
    part INTEGER NOT NULL,
    first_line INTEGER NOT NULL,
    last_line INTEGER NOT NULL,
    PRIMARY KEY (customer_id, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX record_parts_by_line ON record_parts (first_line);

CREATE TABLE dirty (
    purpose TEXT NOT NULL,
    customer_id INTEGER NOT NULL,
    field_group TEXT NOT NULL,
    part INTEGER NOT NULL,
    held TEXT,
    PRIMARY KEY (purpose, customer_id, field_group, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX dirty_ready ON dirty (purpose, customer_id) WHERE held IS NULL;
CREATE INDEX dirty_by_customer ON dirty (customer_id);
CREATE TABLE outbox (
    device_seq INTEGER PRIMARY KEY,
    subject_id INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    grant_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    field_group TEXT NOT NULL,
    part INTEGER NOT NULL,
    hlc INTEGER NOT NULL,
    key_id INTEGER,
    op BLOB,
    hash BLOB NOT NULL,
    acknowledged_under INTEGER,
    queued_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE outbox_sent (
    device_seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (device_seq, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_by_subject ON outbox (subject_id);
CREATE TABLE disclosures (
    subject_id INTEGER NOT NULL,
    grant_id BLOB NOT NULL,
    field_group TEXT NOT NULL,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    n_operations INTEGER NOT NULL,
    first_device_seq INTEGER NOT NULL,
    last_device_seq INTEGER NOT NULL,
    PRIMARY KEY (subject_id, grant_id, field_group)
) STRICT, WITHOUT ROWID;
CREATE TABLE conflicts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    customer_id INTEGER NOT NULL,
    field_group TEXT NOT NULL,
    part INTEGER NOT NULL,
    reason TEXT NOT NULL,
    kept BLOB NOT NULL,
    other BLOB NOT NULL,
    other_device BLOB NOT NULL,
    noticed_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX conflicts_by_customer ON conflicts (customer_id);

CREATE TABLE ledger (
    seq INTEGER PRIMARY KEY,
    entry BLOB NOT NULL,
    hash BLOB NOT NULL,
    is_pending INTEGER NOT NULL
) STRICT;
CREATE TABLE ledger_devices (
    device BLOB PRIMARY KEY,
    signing_key BLOB NOT NULL,
    sealing_key BLOB NOT NULL,
    is_revoked INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE ledger_grants (grant_id BLOB PRIMARY KEY, record BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE ledger_members (
    grant_id BLOB NOT NULL,
    token BLOB NOT NULL,
    PRIMARY KEY (grant_id, token)
) STRICT, WITHOUT ROWID;
CREATE TABLE basis_kinds (id INTEGER PRIMARY KEY, basis BLOB NOT NULL UNIQUE) STRICT;
CREATE TABLE ledger_bases (
    token BLOB NOT NULL,
    purpose TEXT NOT NULL,
    kind_id INTEGER NOT NULL,
    PRIMARY KEY (token, purpose)
) STRICT, WITHOUT ROWID;
CREATE TABLE ledger_flags (
    token BLOB PRIMARY KEY,
    is_restricted INTEGER NOT NULL,
    is_erased INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE basis_notes (hash BLOB PRIMARY KEY, text TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE receipts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    json TEXT NOT NULL
) STRICT;
CREATE TABLE network_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    request TEXT NOT NULL,
    carried TEXT NOT NULL,
    n_operations INTEGER NOT NULL,
    n_entries INTEGER NOT NULL,
    first_device_seq INTEGER,
    last_device_seq INTEGER,
    bytes_sent INTEGER NOT NULL,
    bytes_received INTEGER NOT NULL,
    status INTEGER,
    preview TEXT NOT NULL
) STRICT;
CREATE TABLE device_clocks (
    device BLOB PRIMARY KEY,
    shared_hlc INTEGER NOT NULL,
    ahead_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE stale_models (model_id INTEGER PRIMARY KEY REFERENCES models (id) ON DELETE CASCADE, since_ms INTEGER NOT NULL) STRICT;
";

pub(crate) const STEP_3: &str = "
ALTER TABLE dirty ADD COLUMN held_ms INTEGER;
ALTER TABLE dirty ADD COLUMN is_again INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN is_again INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN is_counted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE data_keys ADD COLUMN is_retired INTEGER NOT NULL DEFAULT 0;
CREATE TABLE again (purpose TEXT PRIMARY KEY, cursor INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE pushed (
    grant_id BLOB NOT NULL,
    purpose TEXT NOT NULL,
    field_group TEXT NOT NULL,
    n_operations INTEGER NOT NULL,
    n_bytes INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    PRIMARY KEY (grant_id, purpose, field_group)
) STRICT, WITHOUT ROWID;
CREATE TABLE received (
    grant_id BLOB NOT NULL,
    customer_id INTEGER NOT NULL,
    PRIMARY KEY (grant_id, customer_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX received_by_customer ON received (customer_id);
INSERT INTO received SELECT via_grant, customer_id FROM records WHERE via_grant IS NOT NULL;
CREATE TABLE noted_bases (
    customer_id INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    basis BLOB NOT NULL,
    PRIMARY KEY (customer_id, purpose)
) STRICT, WITHOUT ROWID;
";
