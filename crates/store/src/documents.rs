//! What people save: recipes, views and other documents as JSON, each under a name of its own; and settings.

use crate::log::{Author, Draft, append};
use crate::models::check_json;
use crate::{Error, Result, Store};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use serde_json::json;
use stillroom_records::ChangeKind;

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// A recipe of an analysis.
    Recipe,
    /// A saved view: filter, sort keys and columns.
    View,
    /// How the columns of a file from one source are mapped.
    Mapping,
    /// What an analysis answered.
    Report,
}

impl DocumentKind {
    fn key(self) -> &'static str {
        match self {
            DocumentKind::Recipe => "recipe",
            DocumentKind::View => "view",
            DocumentKind::Mapping => "mapping",
            DocumentKind::Report => "report",
        }
    }
}

/// A saved document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Its name, unique among documents of its kind.
    pub name: String,
    /// Its content, as JSON.
    pub body: String,
    /// When it was last saved, in milliseconds since 1970-01-01 UTC.
    pub updated_millis: i64,
}

impl Store {
    /// Saves a document, replacing the one of that kind and name.
    ///
    /// # Errors
    /// [`Error::Json`] when the body is not JSON; [`Error::ImportInProgress`].
    pub fn save_document(
        &mut self,
        kind: DocumentKind,
        name: &str,
        body: &str,
        now_millis: i64,
    ) -> Result<()> {
        check_json(body)?;
        self.write(|connection, _| {
            let before = find_body(connection, kind, name)?;
            connection.execute(
                "INSERT INTO documents (kind, name, body, updated_ms) VALUES (?, ?, ?, ?)
                 ON CONFLICT (kind, name) DO UPDATE SET body = excluded.body, updated_ms = excluded.updated_ms",
                params![kind.key(), name, body, now_millis],
            )?;
            let draft = Draft::new(ChangeKind::DocumentSaved)
                .before(json!({ "kind": kind, "name": name, "body": before }))
                .after(json!({ "kind": kind, "name": name, "body": body }));
            append(connection, &Author::user(now_millis, "save"), draft)?;
            Ok(())
        })
    }

    /// The documents of a kind, sorted by name.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn documents(&self, kind: DocumentKind) -> Result<Vec<Document>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT name, body, updated_ms FROM documents WHERE kind = ? ORDER BY name")?;
        let documents = statement.query_map([kind.key()], |row| {
            Ok(Document { name: row.get(0)?, body: row.get(1)?, updated_millis: row.get(2)? })
        })?;
        Ok(documents.collect::<rusqlite::Result<_>>()?)
    }

    /// Deletes a document.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::ImportInProgress`].
    pub fn delete_document(&mut self, kind: DocumentKind, name: &str, now_millis: i64) -> Result<()> {
        self.write(|connection, _| {
            let before = find_body(connection, kind, name)?.ok_or(Error::NotFound { record: "document" })?;
            connection.execute("DELETE FROM documents WHERE kind = ? AND name = ?", (kind.key(), name))?;
            let draft = Draft::new(ChangeKind::DocumentDeleted)
                .before(json!({ "kind": kind, "name": name, "body": before }));
            append(connection, &Author::user(now_millis, "delete"), draft)?;
            Ok(())
        })
    }

    /// A setting of this workspace.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn setting(&self, key: &str) -> Result<Option<String>> {
        find_setting(&self.connection, key)
    }

    /// Sets a setting of this workspace. Setting what is set does nothing and is not logged.
    ///
    /// # Errors
    /// [`Error::ImportInProgress`].
    pub fn set_setting(&mut self, key: &str, value: &str, now_millis: i64) -> Result<()> {
        self.write(|connection, _| {
            let before = find_setting(connection, key)?;
            if before.as_deref() == Some(value) {
                return Ok(());
            }
            connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, value))?;
            let draft = Draft::new(ChangeKind::SettingChanged)
                .before(json!({ key: before }))
                .after(json!({ key: value }));
            append(connection, &Author::user(now_millis, "setting"), draft)?;
            Ok(())
        })
    }
}

fn find_body(connection: &Connection, kind: DocumentKind, name: &str) -> Result<Option<String>> {
    let mut statement =
        connection.prepare_cached("SELECT body FROM documents WHERE kind = ? AND name = ?")?;
    Ok(statement.query_row((kind.key(), name), |row| row.get(0)).optional()?)
}

fn find_setting(connection: &Connection, key: &str) -> Result<Option<String>> {
    let mut statement = connection.prepare_cached("SELECT value FROM settings WHERE key = ?")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}
