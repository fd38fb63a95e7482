//! What can go wrong in the workspace, named by condition.

use stillroom_records::{FieldKey, FieldKind, ImportId};

/// The result of a store operation.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an operation was refused or failed. Messages never hold a customer's data.
#[derive(Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The key does not open this database, or the file is not a database.
    #[error("the key does not open this workspace: check the passphrase or the recovery code")]
    WrongKey,
    /// A database that another program made.
    #[error("this file is not a stillroom workspace: choose another file")]
    NotAWorkspace,
    /// A database that a newer version of the program wrote.
    #[error(
        "this workspace was written by a newer version ({found}, this one knows {supported}): update first"
    )]
    NewerVersion {
        /// The version found.
        found: i64,
        /// The newest version this program knows.
        supported: i64,
    },
    /// Another tab or program has the workspace open.
    #[error("the workspace is open elsewhere: close it there or take it over")]
    OwnedElsewhere,
    /// The browser does not give this page a private file system.
    #[error("the browser refuses local storage here: work in memory and save a backup file")]
    StorageRefused,
    /// Files are still open, or another operation on the pool is running.
    #[error("the workspace files are still in use: close the workspace first")]
    FilesInUse,
    /// The files of the pool were let go of.
    #[error("the workspace was handed over to another tab: take it back first")]
    Paused,
    /// There is no room left.
    #[error("the storage is full: free some space and try again")]
    StorageFull,
    /// The database fails its own checks.
    #[error("the workspace is damaged: restore it from a backup")]
    Damaged,
    /// The change log does not add up.
    #[error("the change log does not add up from entry {seq} on: restore the workspace from a backup")]
    ChainBroken {
        /// The first entry that does not match.
        seq: i64,
    },
    /// No such field in this workspace.
    #[error("there is no field {field}: choose one of the workspace's fields")]
    UnknownField {
        /// The key asked for.
        field: FieldKey,
    },
    /// The workspace has as many custom fields as a database table can hold.
    #[error("there are too many custom fields: a workspace holds {limit}")]
    TooManyFields {
        /// The largest number.
        limit: usize,
    },
    /// The field is counted or computed and cannot be written by hand.
    #[error("the field {field} is computed: it cannot be edited")]
    FieldNotEditable {
        /// The field.
        field: FieldKey,
    },
    /// A value has another type than its field.
    #[error("the field {field} holds a {expected_key}: give it one", expected_key = expected.key())]
    WrongKind {
        /// The field.
        field: FieldKey,
        /// The type of its values.
        expected: FieldKind,
    },
    /// A value of the right type that the field cannot hold.
    #[error("the field {field} cannot hold this value: {reason}")]
    InvalidValue {
        /// The field.
        field: FieldKey,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Two customers would have the same external id.
    #[error("another customer already has this customer id: choose a different one")]
    DuplicateExternalId,
    /// No such record.
    #[error("there is no such {record}: it may have been removed")]
    NotFound {
        /// What was looked for: `customer`, `import`, `model`, `document` or `score`.
        record: &'static str,
    },
    /// An import is being written; other writes wait for it.
    #[error("an import is running: wait for it to finish or cancel it")]
    ImportInProgress,
    /// No import is being written.
    #[error("no import is running: begin one first")]
    NoImport,
    /// A batch does not have the shape that the import announced.
    #[error("a row has {found} values, the import announced {expected} columns")]
    RowWidth {
        /// Values found.
        found: usize,
        /// Columns announced.
        expected: usize,
    },
    /// The import was already undone.
    #[error("this import was already undone")]
    AlreadyUndone,
    /// A later import builds on the records of this one.
    #[error("import {import} builds on this one: undo that one first")]
    LaterImportDepends {
        /// The latest import that depends on it.
        import: ImportId,
    },
    /// A field name, a date or a filter could not be read.
    #[error(transparent)]
    Words(#[from] stillroom_records::Error),
    /// Something of consent was refused, or could not be read.
    #[error(transparent)]
    Consent(#[from] stillroom_consent::Error),
    /// This workspace is not synced with a server.
    #[error("this workspace is not synced: connect it to a server first")]
    NotSynced,
    /// This workspace is synced already.
    #[error("this workspace is synced already: disconnect it first")]
    AlreadySynced,
    /// Something that came from another device does not have the form that was agreed on.
    #[error("something from another device cannot be read: update both devices to the same version")]
    MalformedContent,
    /// The server has other ledger entries than those that wait here.
    #[error("another device recorded a consent first: sign what waits here again")]
    LedgerMoved,
    /// Consent does not allow it.
    #[error("consent does not allow this to travel: see the privacy page")]
    NotAllowed {
        /// Why.
        reason: stillroom_consent::Reason,
    },
    /// What people changed here was not noted yet.
    #[error("local changes are not noted yet: note them first")]
    ChangesNotNoted,
    /// An operation number that is not in the outbox.
    #[error("the outbox holds no operation of that number: send what it holds")]
    UnknownOperation,
    /// Stored JSON could not be read back, or given JSON is not JSON.
    #[error("this is not well-formed JSON: check the document")]
    Json,
    /// SQLite refused, for a reason that has no name here.
    #[error("the database refused with code {code}: try again, and restore a backup if it persists")]
    Database {
        /// SQLite's extended result code.
        code: i32,
    },
}

impl Error {
    /// A stable name of the condition, for programs and translations.
    pub fn code(&self) -> &'static str {
        match self {
            Error::WrongKey => "wrong_key",
            Error::NotAWorkspace => "not_a_workspace",
            Error::NewerVersion { .. } => "newer_version",
            Error::OwnedElsewhere => "owned_elsewhere",
            Error::StorageRefused => "storage_refused",
            Error::FilesInUse => "files_in_use",
            Error::Paused => "paused",
            Error::StorageFull => "storage_full",
            Error::Damaged => "damaged",
            Error::ChainBroken { .. } => "chain_broken",
            Error::UnknownField { .. } => "unknown_field",
            Error::TooManyFields { .. } => "too_many_fields",
            Error::FieldNotEditable { .. } => "field_not_editable",
            Error::WrongKind { .. } => "wrong_kind",
            Error::InvalidValue { .. } => "invalid_value",
            Error::DuplicateExternalId => "duplicate_external_id",
            Error::NotFound { .. } => "not_found",
            Error::ImportInProgress => "import_in_progress",
            Error::NoImport => "no_import",
            Error::RowWidth { .. } => "row_width",
            Error::AlreadyUndone => "already_undone",
            Error::LaterImportDepends { .. } => "later_import_depends",
            Error::Words(error) => error.code(),
            Error::Consent(error) => error.code(),
            Error::NotSynced => "not_synced",
            Error::AlreadySynced => "already_synced",
            Error::MalformedContent => "malformed_content",
            Error::LedgerMoved => "ledger_moved",
            Error::NotAllowed { .. } => "not_allowed",
            Error::ChangesNotNoted => "changes_not_noted",
            Error::UnknownOperation => "unknown_operation",
            Error::Json => "json",
            Error::Database { .. } => "database",
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error() {
            Some(failure) => match failure.code {
                ErrorCode::NotADatabase => Error::WrongKey,
                ErrorCode::DiskFull => Error::StorageFull,
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Error::OwnedElsewhere,
                ErrorCode::DatabaseCorrupt => Error::Damaged,
                _ => Error::Database { code: failure.extended_code },
            },
            None => Error::Database { code: -1 },
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(_: serde_json::Error) -> Self {
        Error::Json
    }
}
