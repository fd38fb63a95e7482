//! Opening a workspace, and the one way to write to it.

use crate::fields::FieldTable;
use crate::import::OpenImport;
use crate::{Error, Result, schema};
use rusqlite::{Connection, TransactionBehavior};

/// An open workspace. It owns its database: a second opener is refused, not interleaved.
///
/// While an import is being written ([`Store::begin_import`]), reads on this store see its uncommitted rows, so that progress can
/// be shown from the data itself; every other write is refused with [`Error::ImportInProgress`].
pub struct Store {
    pub(crate) connection: Connection,
    pub(crate) fields: FieldTable,
    pub(crate) import: Option<OpenImport>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Store").field("is_importing", &self.is_importing()).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the plain database file at `path`, creating it when it is not there.
    ///
    /// # Errors
    /// [`Error::NotAWorkspace`], [`Error::NewerVersion`], [`Error::OwnedElsewhere`] when another program has it open, or
    /// [`Error::WrongKey`] when the file is no database or an encrypted one.
    #[cfg(not(target_family = "wasm"))]
    pub fn open_file(path: impl AsRef<std::path::Path>) -> Result<Self> {
        Store::from_connection(Connection::open(path)?)
    }

    /// Opens an empty workspace in memory; it is gone when the store is dropped, unless an image of it was saved.
    ///
    /// # Errors
    /// [`Error::Database`] when there is no memory for it.
    pub fn open_memory() -> Result<Self> {
        Store::from_connection(Connection::open_in_memory()?)
    }

    /// Prepares a connection whose key, if it needs one, was already given.
    pub(crate) fn from_connection(mut connection: Connection) -> Result<Self> {
        connection.set_prepared_statement_cache_capacity(256);
        connection.busy_timeout(std::time::Duration::ZERO)?;
        configure(&connection)?;
        schema::migrate(&mut connection)?;
        let fields = FieldTable::load(&connection)?;
        Ok(Store { connection, fields, import: None })
    }

    /// Runs a write and its log entries as one transaction; nothing of it stays when `work` fails.
    pub(crate) fn write<T>(&mut self, work: impl FnOnce(&Connection, &FieldTable) -> Result<T>) -> Result<T> {
        self.refuse_during_import()?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = work(&transaction, &self.fields)?;
        transaction.commit()?;
        Ok(result)
    }

    /// The same, for writes that change which fields there are.
    pub(crate) fn write_fields<T>(
        &mut self,
        work: impl FnOnce(&Connection, &FieldTable) -> Result<T>,
    ) -> Result<T> {
        let result = self.write(work);
        self.fields = FieldTable::load(&self.connection)?;
        result
    }

    pub(crate) fn refuse_during_import(&self) -> Result<()> {
        if self.import.is_some() { Err(Error::ImportInProgress) } else { Ok(()) }
    }

    /// Closes the database and reports what could not be closed; dropping the store closes it too, without a word.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn close(mut self) -> Result<()> {
        self.cancel_import();
        self.connection.close().map_err(|(_, error)| error.into())
    }

    /// Reads the whole database and checks its structure; cost linear in the database.
    ///
    /// # Errors
    /// [`Error::Damaged`] when a page or a constraint does not hold.
    pub fn quick_check(&self) -> Result<()> {
        self.check("PRAGMA quick_check(1)")
    }

    /// The same, and that every index agrees with its table; several times slower.
    ///
    /// # Errors
    /// [`Error::Damaged`] when a page, an index or a constraint does not hold.
    pub fn integrity_check(&self) -> Result<()> {
        self.check("PRAGMA integrity_check(1)")
    }

    fn check(&self, pragma: &str) -> Result<()> {
        let verdict: String = self.connection.query_row(pragma, [], |row| row.get(0))?;
        if verdict == "ok" { Ok(()) } else { Err(Error::Damaged) }
    }
}

/// Durable, strict about what is in the file, and with nothing written beside it but the rollback journal: sorting happens in
/// memory, because temporary files would not be encrypted.
fn configure(connection: &Connection) -> Result<()> {
    for (name, value) in [
        ("trusted_schema", "OFF"),
        ("cell_size_check", "ON"),
        ("locking_mode", "EXCLUSIVE"),
        ("temp_store", "MEMORY"),
        ("secure_delete", "ON"),
        ("foreign_keys", "ON"),
        ("cache_size", "-65536"),
    ] {
        connection.pragma_update(None, name, value)?;
    }
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_mode", "TRUNCATE", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(())
}
