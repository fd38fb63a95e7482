//! The tables, as numbered steps that are only ever added to.
//!
//! A database remembers in `user_version` how many steps it has taken. Opening takes the missing ones in one transaction; a
//! database that has taken more than this program knows is refused, not guessed at.
//!
//! Column notes. Texts that people sort and search compare without ASCII case (`NOCASE`); ids from other systems compare
//! exactly. Times are milliseconds since 1970-01-01 UTC. `customers.orders`, `spent`, `first_order_at` and `last_order_at` are
//! counted from the order lines in the transaction that writes those. Custom fields are real columns `x_<n>` of `customers`, so
//! that they filter and sort like any other; `custom_fields` says what they mean.

use crate::schema_sync::{STEP_2, STEP_3};
use crate::{Error, Result};
use rusqlite::Connection;

/// Marks the file as ours: the letters `STLR`.
const APPLICATION_ID: i64 = 0x5354_4C52;

const STEPS: [&str; 3] = [STEP_1, STEP_2, STEP_3];

const STEP_1: &str = "
CREATE TABLE counters (name TEXT PRIMARY KEY, next INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO counters VALUES ('customers', 1), ('order_lines', 1), ('items', 1), ('custom_fields', 1);

CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    import_id INTEGER,
    external_id TEXT,
    name TEXT COLLATE NOCASE,
    given_name TEXT COLLATE NOCASE,
    family_name TEXT COLLATE NOCASE,
    birthday INTEGER,
    company TEXT COLLATE NOCASE,
    email TEXT COLLATE NOCASE,
    phone TEXT COLLATE NOCASE,
    street TEXT COLLATE NOCASE,
    city TEXT COLLATE NOCASE,
    region TEXT COLLATE NOCASE,
    postcode TEXT COLLATE NOCASE,
    country TEXT COLLATE NOCASE,
    created_at INTEGER,
    notes TEXT COLLATE NOCASE,
    orders INTEGER NOT NULL DEFAULT 0,
    spent REAL NOT NULL DEFAULT 0,
    first_order_at INTEGER,
    last_order_at INTEGER
) STRICT;
CREATE UNIQUE INDEX customers_by_external_id ON customers (external_id) WHERE external_id IS NOT NULL;

CREATE TABLE custom_fields (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL,
    kind TEXT NOT NULL,
    field_group TEXT NOT NULL
) STRICT;

CREATE TABLE items (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT,
    import_id INTEGER NOT NULL,
    named_by INTEGER
) STRICT;

CREATE TABLE order_lines (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER REFERENCES customers (id) ON DELETE SET NULL,
    item_id INTEGER NOT NULL,
    quantity REAL NOT NULL,
    unit_price REAL,
    at_ms INTEGER,
    cancelled INTEGER NOT NULL,
    import_id INTEGER NOT NULL,
    order_number TEXT,
    country TEXT
) STRICT;
CREATE INDEX order_lines_by_customer ON order_lines (customer_id) WHERE customer_id IS NOT NULL;

CREATE TABLE imports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    label TEXT NOT NULL,
    state TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    finished_ms INTEGER,
    summary TEXT NOT NULL DEFAULT '{}',
    first_line INTEGER,
    last_line INTEGER,
    first_customer INTEGER,
    last_customer INTEGER
) STRICT;
CREATE TABLE import_issues (
    id INTEGER PRIMARY KEY,
    import_id INTEGER NOT NULL,
    row_number INTEGER NOT NULL,
    field TEXT NOT NULL,
    reason TEXT NOT NULL,
    value_kind TEXT NOT NULL
) STRICT;
CREATE INDEX import_issues_by_import ON import_issues (import_id);
CREATE TABLE import_matches (import_id INTEGER NOT NULL, first_id INTEGER NOT NULL, last_id INTEGER NOT NULL) STRICT;
CREATE INDEX import_matches_by_import ON import_matches (import_id);

CREATE TABLE models (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    method TEXT NOT NULL,
    recipe TEXT NOT NULL,
    data_hash TEXT NOT NULL,
    metrics TEXT NOT NULL,
    artefact BLOB NOT NULL,
    created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE score_sets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL,
    kind TEXT NOT NULL,
    model_id INTEGER REFERENCES models (id) ON DELETE SET NULL,
    created_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE score_levels (
    set_id INTEGER NOT NULL REFERENCES score_sets (id) ON DELETE CASCADE,
    code INTEGER NOT NULL,
    text TEXT NOT NULL COLLATE NOCASE,
    PRIMARY KEY (set_id, code)
) STRICT, WITHOUT ROWID;
CREATE TABLE scores (
    customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    set_id INTEGER NOT NULL,
    number REAL,
    level INTEGER,
    PRIMARY KEY (customer_id, set_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    updated_ms INTEGER NOT NULL,
    UNIQUE (kind, name)
) STRICT;
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE change_log (
    seq INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    cause TEXT NOT NULL,
    kind TEXT NOT NULL,
    first_id INTEGER,
    last_id INTEGER,
    field_group TEXT,
    before TEXT,
    after TEXT,
    hash BLOB NOT NULL
) STRICT;
CREATE INDEX change_log_by_cause ON change_log (cause);
CREATE INDEX change_log_by_record ON change_log (kind, first_id);
CREATE TABLE change_images (
    seq INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    PRIMARY KEY (seq, customer_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX change_images_by_customer ON change_images (customer_id);
";

/// The newest version of the tables that this program knows.
pub(crate) const VERSION: i64 = STEPS.len() as i64;

/// How many steps the tables have taken; 0 for a database that nothing was ever written to.
pub(crate) fn version_of(connection: &Connection) -> Result<i64> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Brings the tables up to date, in one transaction.
pub(crate) fn migrate(connection: &mut Connection) -> Result<()> {
    let version = version_of(connection)?;
    let application_id: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if version > 0 && application_id != APPLICATION_ID
        || version < 0
        || version == 0 && has_tables(connection)?
    {
        return Err(Error::NotAWorkspace);
    }
    if version > VERSION {
        return Err(Error::NewerVersion { found: version, supported: VERSION });
    }
    if version == VERSION {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    for step in STEPS.iter().skip(version as usize) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(())
}

fn has_tables(connection: &Connection) -> Result<bool> {
    Ok(connection.query_row("SELECT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;
    use stillroom_records::CustomerId;

    #[test]
    fn a_workspace_of_version_1_opens_with_everything_in_it() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(STEP_1).unwrap();
        connection.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        connection
            .execute_batch(
                "ALTER TABLE customers ADD COLUMN x_1 REAL;
                 INSERT INTO custom_fields VALUES (1, 'size', 'Size', 'number', 'behaviour');
                 UPDATE counters SET next = 2 WHERE name IN ('customers', 'custom_fields');
                 INSERT INTO customers (id, name, x_1) VALUES (1, 'Ada', 2.5);",
            )
            .unwrap();
        let mut store = Store::from_connection(connection).unwrap();
        assert_eq!(version_of(&store.connection), Ok(VERSION));
        let customer = store.customer(CustomerId(1)).unwrap();
        let known: Vec<_> = customer
            .fields
            .iter()
            .filter(|(_, value)| !value.is_missing())
            .map(|(field, _)| field.key.as_str())
            .collect();
        assert_eq!(known, ["name", "orders", "spent", "size"]);
        assert_eq!(store.sync_state().unwrap(), None);
        let image = store.export_image().unwrap();
        assert_eq!(Store::inspect_image(&image).unwrap().summary.customers, 1);
    }

    #[test]
    fn a_workspace_of_version_2_keeps_what_it_holds_back_and_knows_whose_copies_it_has() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(STEP_1).unwrap();
        connection.execute_batch(STEP_2).unwrap();
        connection.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        connection.pragma_update(None, "user_version", 2).unwrap();
        connection
            .execute_batch(
                "INSERT INTO customers (id, name) VALUES (1, 'Ada'), (2, 'Blaise');
                 UPDATE counters SET next = 3 WHERE name IN ('customers', 'records_named');
                 INSERT INTO records VALUES (1, randomblob(16), x'0101'), (2, randomblob(16), NULL);
                 INSERT INTO dirty VALUES ('backup', 2, 'identity', 0, '\"too_large\"');",
            )
            .unwrap();
        let store = Store::from_connection(connection).unwrap();
        let copies: Vec<i64> = store
            .connection
            .prepare("SELECT customer_id FROM received WHERE grant_id = x'0101'")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        assert_eq!(copies, [1]);
        let held = store.held_changes(0, 10).unwrap();
        assert_eq!((held.len(), held[0].customer, held[0].since_millis), (1, CustomerId(2), None));
    }
}
