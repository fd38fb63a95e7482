//! One database file: how it is opened, and what its errors mean.

use std::fs;
use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::schema;
use crate::Fault;

/// Rows are on the disk when a commit returns; deleted content is overwritten; nothing in the file is trusted to be code.
const SETTINGS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA busy_timeout = 5000;
    PRAGMA foreign_keys = ON;
    PRAGMA secure_delete = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
    PRAGMA mmap_size = 0;
";

/// Opens a file to write, makes it and its tables as needed, and looks it over when it was not closed in order.
pub(super) fn open_to_write(path: &Path, steps: &[&str]) -> Result<Connection, Fault> {
    let was_cut_off = fs::metadata(wal_of(path)).is_ok_and(|wal| wal.len() > 0);
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    set_up(&connection)?;
    if was_cut_off {
        expect_whole(&connection, "PRAGMA quick_check(1)")?;
    }
    schema::migrate(&connection, steps)?;
    Ok(connection)
}

/// Opens a file that is there, to read.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, Fault> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    set_up(&connection)?;
    connection.execute_batch("PRAGMA query_only = ON")?;
    Ok(connection)
}

fn set_up(connection: &Connection) -> Result<(), Fault> {
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch(SETTINGS)?;
    Ok(())
}

/// Runs a check that answers `ok` when the file is whole.
pub(super) fn expect_whole(connection: &Connection, check: &str) -> Result<(), Fault> {
    let answer: String = connection.query_row(check, [], |row| row.get(0))?;
    if answer == "ok" { Ok(()) } else { Err(Fault::Corrupt { what: "a database file" }) }
}

fn wal_of(path: &Path) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Corrupt { what: "a database file" }
            }
            Some(code) => Self::Storage { kind: format!("{code:?}") },
            None => Self::Storage { kind: "the database answered something else".to_owned() },
        }
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Self::Storage { kind: error.kind().to_string() }
    }
}
