//! The encrypted database in the browser: a pool of files in the origin's private file system (OPFS), and SQLite3 Multiple
//! Ciphers over it.
//!
//! The pool takes exclusive handles of all its files, so exactly one worker of the origin can hold it: a second tab is told
//! ([`Error::OwnedElsewhere`]) and may ask the first to let go ([`Pool::pause`]), and the first can take it back
//! ([`Pool::resume`]). It needs a dedicated worker; where the browser refuses ([`Error::StorageRefused`]), a workspace lives in
//! memory ([`Store::open_memory`]).
//!
//! Every page of the database and of its journal is sealed with ChaCha20-Poly1305 under the key given, which is used as it is,
//! without derivation: derive it before.

use crate::{Error, Result, Store};
use js_sys::Reflect;
use rusqlite::{Connection, OpenFlags};
use sqlite_wasm_rs::WasmOsCallback;
use sqlite_wasm_rs::vfs::VfsFilesManager;
use sqlite_wasm_vfs::sahpool::{OpfsSAHError, OpfsSAHPoolCfgBuilder, OpfsSAHPoolUtil, install};
use wasm_bindgen::JsValue;

const VFS_NAME: &str = "stillroom-pool";

/// The files of this origin's workspaces, held by this worker.
///
/// Dropping the pool keeps the files held; [`Pool::pause`] lets go of them.
pub struct Pool {
    files: OpfsSAHPoolUtil,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Pool").field("is_paused", &self.files.is_paused()).finish_non_exhaustive()
    }
}

impl Pool {
    /// Takes hold of the pool in a directory of the origin's private file system, making it when it is not there.
    ///
    /// # Errors
    /// [`Error::OwnedElsewhere`] when another worker holds it; [`Error::StorageRefused`] where the browser has no private file
    /// system for this page or this is no dedicated worker; [`Error::StorageFull`]; [`Error::Damaged`] when the files of the
    /// pool cannot be told apart; [`Error::FilesInUse`] when this worker already holds another directory.
    pub async fn install(directory: &str) -> Result<Self> {
        let options = OpfsSAHPoolCfgBuilder::new().vfs_name(VFS_NAME).directory(directory).build();
        let files = install::<WasmOsCallback>(&options, false).await?;
        Ok(Pool { files })
    }

    /// The names of the databases in the pool, sorted.
    ///
    /// # Errors
    /// [`Error::Paused`].
    pub fn list(&self) -> Result<Vec<String>> {
        let mut names = self.files.names()?;
        names.retain(|name| !name.ends_with("-journal"));
        names.sort();
        Ok(names)
    }

    /// Whether there is a database of this name.
    ///
    /// # Errors
    /// [`Error::Paused`].
    pub fn exists(&self, name: &str) -> Result<bool> {
        Ok(self.files.contains(name)?)
    }

    /// Lets go of all files, so that another tab can take them. Close every [`Store`] of the pool first.
    ///
    /// # Errors
    /// [`Error::FilesInUse`] when one is still open.
    pub fn pause(&self) -> Result<()> {
        Ok(self.files.pause()?)
    }

    /// Takes the files again.
    ///
    /// # Errors
    /// [`Error::OwnedElsewhere`] when another worker has taken them meanwhile; the pool stays paused and this may be tried again.
    pub async fn resume(&self) -> Result<()> {
        Ok(self.files.resume().await?)
    }

    /// Whether the files were let go of.
    pub fn is_paused(&self) -> bool {
        self.files.is_paused()
    }

    /// Removes one database and its journal; nothing happens when there is none.
    ///
    /// # Errors
    /// [`Error::FilesInUse`] when it is open; [`Error::Paused`].
    pub fn remove(&self, name: &str) -> Result<()> {
        self.files.remove(name)?;
        self.files.remove(&format!("{name}-journal"))?;
        Ok(())
    }

    /// Empties every file of the pool, in an order that leaves nothing readable if it is interrupted. Close every [`Store`] of
    /// the pool first.
    ///
    /// # Errors
    /// [`Error::FilesInUse`] when one is still open; [`Error::Paused`].
    pub fn wipe(&self) -> Result<()> {
        Ok(self.files.clear()?)
    }
}

impl Store {
    /// Opens an encrypted database of the pool, creating it when it is not there. `name` has letters, digits, `.`, `_` and `-`.
    ///
    /// # Errors
    /// [`Error::WrongKey`] when the key is not the one the database was made with; [`Error::Paused`]; and as for any opening
    /// [`Error::NotAWorkspace`] and [`Error::NewerVersion`].
    pub fn open_encrypted(pool: &Pool, name: &str, key: &[u8; 32]) -> Result<Self> {
        pool.exists(name)?;
        if name.is_empty()
            || !name.chars().all(|letter| letter.is_ascii_alphanumeric() || "._-".contains(letter))
        {
            return Err(Error::NotFound { record: "workspace" });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection =
            Connection::open_with_flags(format!("file:{name}?vfs=multipleciphers-{VFS_NAME}"), flags)?;
        connection.pragma_update_and_check(None, "key", raw_key(key), |_| Ok(()))?;
        Store::from_connection(connection)
    }

    /// Seals the whole database with another key, in one transaction: after a crash either the old key opens it or the new one.
    /// The cost is that of writing every page.
    ///
    /// # Errors
    /// [`Error::ImportInProgress`]; [`Error::StorageFull`]; [`Error::Database`] for a workspace in memory.
    pub fn rekey(&mut self, key: &[u8; 32]) -> Result<()> {
        self.refuse_during_import()?;
        self.connection.flush_prepared_statement_cache();
        self.connection.pragma_update_and_check(None, "rekey", raw_key(key), |_| Ok(()))?;
        Ok(())
    }
}

/// The form in which the cipher takes a key as it is.
fn raw_key(key: &[u8; 32]) -> String {
    format!("raw:{}", crate::log::hex(key))
}

impl From<OpfsSAHError> for Error {
    fn from(error: OpfsSAHError) -> Self {
        match error {
            OpfsSAHError::NotSupported => Error::StorageRefused,
            OpfsSAHError::Opfs { value, .. } => error_from_exception(&value),
            OpfsSAHError::FileInUse(_)
            | OpfsSAHError::FilesInUse
            | OpfsSAHError::Busy
            | OpfsSAHError::ConfigurationMismatch
            | OpfsSAHError::DirectoryInUse(_) => Error::FilesInUse,
            OpfsSAHError::Paused | OpfsSAHError::Uninstalled => Error::Paused,
            OpfsSAHError::NoCapacity | OpfsSAHError::OutOfMemory => Error::StorageFull,
            OpfsSAHError::NeedsRecovery
            | OpfsSAHError::InvalidHeader { .. }
            | OpfsSAHError::InvalidDirectoryEntry
            | OpfsSAHError::DuplicateFilename(_)
            | OpfsSAHError::RecoveryRequired(_) => Error::Damaged,
            _ => Error::Database { code: -1 },
        }
    }
}

/// What the browser's file system throws, by the names its standard gives: a handle that another context holds is
/// `NoModificationAllowedError`, anything else it throws while opening means that it does not serve this page.
fn error_from_exception(exception: &JsValue) -> Error {
    let name = Reflect::get(exception, &JsValue::from_str("name")).ok().and_then(|name| name.as_string());
    match name.as_deref() {
        Some("NoModificationAllowedError") => Error::OwnedElsewhere,
        Some("QuotaExceededError") => Error::StorageFull,
        _ => Error::StorageRefused,
    }
}
