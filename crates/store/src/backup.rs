//! The whole workspace as bytes, and back.
//!
//! An image is a plain SQLite file in memory, also when the database itself is encrypted: the caller seals it before it goes
//! anywhere. Restoring checks the image on its own first (structure, version, change log) and then replaces every table in one
//! transaction, so that a failure at any point leaves the workspace as it was.

use crate::log::{Author, Draft, append};
use crate::{Error, Result, Store, Summary, schema};
use rusqlite::{Connection, MAIN_DB, OptionalExtension};
use serde_json::json;
use stillroom_records::ChangeKind;

/// What a restored image holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Counts of what the image holds.
    pub summary: Summary,
    /// How many entries its change log has.
    pub n_changes: u64,
    /// The hash of the newest of them, in hexadecimal.
    pub chain_head: String,
}

impl Store {
    /// The whole database as a plain SQLite file. Holds every customer: seal it before it leaves memory.
    ///
    /// # Errors
    /// [`Error::ImportInProgress`]; [`Error::Database`] when there is no memory for it.
    pub fn export_image(&mut self) -> Result<Vec<u8>> {
        self.refuse_during_import()?;
        Ok(self.connection.serialize(MAIN_DB)?.to_vec())
    }

    /// Opens an image as a workspace in memory, checked and brought up to date.
    ///
    /// # Errors
    /// [`Error::WrongKey`] when it is no SQLite file, [`Error::NotAWorkspace`], [`Error::NewerVersion`], [`Error::Damaged`] and
    /// [`Error::ChainBroken`].
    pub fn open_image(image: &[u8]) -> Result<Self> {
        if !image.starts_with(b"SQLite format 3\0") {
            return Err(Error::WrongKey);
        }
        let mut connection = Connection::open_in_memory()?;
        connection.deserialize_read_exact(MAIN_DB, image, image.len(), false)?;
        if schema::version_of(&connection)? == 0 {
            return Err(Error::NotAWorkspace);
        }
        refuse_foreign_schema(&connection)?;
        let store = Store::from_connection(connection)?;
        store.integrity_check()?;
        store.verify_chain()?;
        Ok(store)
    }

    /// Says what an image holds, and changes nothing.
    ///
    /// # Errors
    /// As [`Store::open_image`].
    pub fn inspect_image(image: &[u8]) -> Result<Restored> {
        Store::open_image(image)?.describe()
    }

    /// Replaces everything in this workspace by what the image holds. The change log becomes the image's, with one more entry
    /// that says so. Customers that were erased here since the image was made are erased again.
    ///
    /// # Errors
    /// As [`Store::open_image`]; [`Error::ImportInProgress`]; [`Error::StorageFull`]. On an error nothing has changed.
    pub fn import_image(&mut self, image: &[u8], now_millis: i64) -> Result<Restored> {
        self.refuse_during_import()?;
        let mut checked = Store::open_image(image)?;
        let restored = checked.describe()?;
        let image = checked.export_image()?;
        drop(checked);
        self.connection.execute_batch("ATTACH ':memory:' AS image KEY ''")?;
        let replaced = self
            .connection
            .deserialize_read_exact("image", image.as_slice(), image.len(), false)
            .map_err(Error::from)
            .and_then(|()| self.replace_by_image(&restored, now_millis));
        self.connection.flush_prepared_statement_cache();
        self.connection.execute_batch("DETACH image; PRAGMA foreign_keys = ON")?;
        replaced.map(|()| restored)
    }

    fn replace_by_image(&mut self, restored: &Restored, now_millis: i64) -> Result<()> {
        let erased = erased_since(&self.connection, restored)?;
        self.connection.execute_batch("PRAGMA foreign_keys = OFF")?;
        self.write_fields(|connection, _| {
            for (_, name) in schema_of(connection, "main")? {
                connection.execute_batch(&format!("DROP TABLE main.{}", quoted(&name)))?;
            }
            copy_image(connection)?;
            connection.execute("UPDATE sync_state SET was_restored = 1", [])?;
            let draft = Draft::new(ChangeKind::Restored)
                .after(json!({ "changes": restored.n_changes, "chain_head": restored.chain_head }));
            append(connection, &Author::user(now_millis, "restore"), draft)?;
            crate::rights::erase_again(connection, &erased.customers, &erased.records, now_millis)
        })
    }

    fn describe(&self) -> Result<Restored> {
        let (_, chain_head) = self.chain_head()?;
        Ok(Restored { summary: self.summary()?, n_changes: self.verify_chain()?, chain_head })
    }
}

/// What was erased here, to be erased again in what is restored.
struct Erased {
    /// Customers of this workspace, when the image is an earlier state of it: the same log up to its last entry.
    customers: Vec<i64>,
    /// Records, wherever the image is from.
    records: Vec<[u8; 16]>,
}

fn erased_since(connection: &Connection, restored: &Restored) -> Result<Erased> {
    let n_changes = restored.n_changes as i64;
    let here: Option<Vec<u8>> = connection
        .prepare_cached("SELECT hash FROM change_log WHERE seq = ?")?
        .query_row([n_changes], |row| row.get(0))
        .optional()?;
    let is_earlier = here.is_some_and(|hash| crate::log::hex(&hash) == restored.chain_head);
    let customers = connection
        .prepare_cached("SELECT first_id FROM change_log WHERE kind = 'customer_erased' AND seq > ? AND ?")?
        .query_map((n_changes, is_earlier), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let records = connection
        .prepare_cached("SELECT record_id FROM erased_records")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Erased { customers, records })
}

/// Refuses what no workspace has: views, triggers and virtual tables, whose SQL would run when it is read.
fn refuse_foreign_schema(connection: &Connection) -> Result<()> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema
               WHERE type NOT IN ('table', 'index') OR sql LIKE 'CREATE VIRTUAL%')";
    let is_foreign: bool = connection.query_row(sql, [], |row| row.get(0))?;
    if is_foreign { Err(Error::NotAWorkspace) } else { Ok(()) }
}

/// `(SQL, name)` of the tables that are ours, in order of creation.
fn schema_of(connection: &Connection, schema: &str) -> Result<Vec<(String, String)>> {
    let sql = format!(
        "SELECT sql, name FROM {schema}.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
         ORDER BY rowid"
    );
    let mut statement = connection.prepare(&sql)?;
    let tables = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(tables.collect::<rusqlite::Result<_>>()?)
}

/// Makes the image's tables, fills them and makes their indexes, which is faster in this order.
fn copy_image(connection: &Connection) -> Result<()> {
    for (sql, name) in schema_of(connection, "image")? {
        connection.execute_batch(&sql)?;
        let table = quoted(&name);
        connection.execute_batch(&format!("INSERT INTO main.{table} SELECT * FROM image.{table}"))?;
    }
    connection.execute_batch(
        "DELETE FROM main.sqlite_sequence; INSERT INTO main.sqlite_sequence SELECT * FROM image.sqlite_sequence",
    )?;
    let mut statement = connection.prepare(
        "SELECT sql FROM image.sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY rowid",
    )?;
    let indexes: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    indexes.iter().try_for_each(|sql| connection.execute_batch(sql))?;
    connection.pragma_update(None, "user_version", schema::VERSION)?;
    Ok(())
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
