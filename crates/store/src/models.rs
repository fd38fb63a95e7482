//! Saved models: data only, each with the recipe that made it, the hash of its data and what it measured.

use crate::log::{Author, Draft, append};
use crate::view::not_found;
use crate::{Error, Result, Store};
use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};
use serde_json::json;
use stillroom_records::{ChangeKind, ModelId};

/// A model to save.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelDraft {
    /// What people call it.
    pub name: String,
    /// The method that made it, such as `kmeans`.
    pub method: String,
    /// The recipe that made it, as JSON.
    pub recipe: String,
    /// The hash of the data it was made from, in hexadecimal.
    pub data_hash: String,
    /// What it measured, as JSON.
    pub metrics: String,
    /// The model itself, as data.
    pub artefact: Vec<u8>,
}

/// A saved model without its artefact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// The model.
    pub id: ModelId,
    /// What people call it.
    pub name: String,
    /// The method that made it.
    pub method: String,
    /// The recipe that made it, as JSON.
    pub recipe: String,
    /// The hash of the data it was made from, in hexadecimal.
    pub data_hash: String,
    /// What it measured, as JSON.
    pub metrics: String,
    /// Bytes of the artefact.
    pub artefact_bytes: u64,
    /// When it was saved, in milliseconds since 1970-01-01 UTC.
    pub created_millis: i64,
}

const COLUMNS: &str = "id, name, method, recipe, data_hash, metrics, length(artefact), created_ms";

fn model_from_row(row: &Row<'_>) -> rusqlite::Result<Model> {
    Ok(Model {
        id: ModelId(row.get(0)?),
        name: row.get(1)?,
        method: row.get(2)?,
        recipe: row.get(3)?,
        data_hash: row.get(4)?,
        metrics: row.get(5)?,
        artefact_bytes: row.get::<_, i64>(6)? as u64,
        created_millis: row.get(7)?,
    })
}

impl Store {
    /// Saves a model.
    ///
    /// # Errors
    /// [`Error::Json`] when its recipe or its metrics are not JSON; [`Error::ImportInProgress`]; [`Error::StorageFull`].
    pub fn save_model(&mut self, model: &ModelDraft, now_millis: i64) -> Result<ModelId> {
        check_json(&model.recipe)?;
        check_json(&model.metrics)?;
        self.write(|connection, _| {
            connection.execute(
                "INSERT INTO models (name, method, recipe, data_hash, metrics, artefact, created_ms)
                 VALUES (?, ?, ?, ?, ?, ?, ?)",
                params![
                    model.name,
                    model.method,
                    model.recipe,
                    model.data_hash,
                    model.metrics,
                    model.artefact,
                    now_millis
                ],
            )?;
            let id = connection.last_insert_rowid();
            let draft = Draft::new(ChangeKind::ModelSaved)
                .range(id, id)
                .after(json!({ "name": model.name, "method": model.method, "data_hash": model.data_hash }));
            append(connection, &Author::model(now_millis, Some(id)), draft)?;
            Ok(ModelId(id))
        })
    }

    /// Every saved model, newest first.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn models(&self) -> Result<Vec<Model>> {
        let mut statement =
            self.connection.prepare_cached(&format!("SELECT {COLUMNS} FROM models ORDER BY id DESC"))?;
        let models = statement.query_map([], model_from_row)?;
        Ok(models.collect::<rusqlite::Result<_>>()?)
    }

    /// One saved model and its artefact.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn load_model(&self, model: ModelId) -> Result<(Model, Vec<u8>)> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("SELECT {COLUMNS}, artefact FROM models WHERE id = ?"))?;
        statement
            .query_row([model.0], |row| Ok((model_from_row(row)?, row.get(8)?)))
            .map_err(not_found("model"))
    }

    /// Deletes a model; scores it wrote stay, without it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::ImportInProgress`].
    pub fn delete_model(&mut self, model: ModelId, now_millis: i64) -> Result<()> {
        let (before, _) = self.load_model(model)?;
        self.write(|connection, _| {
            connection.execute("DELETE FROM models WHERE id = ?", [model.0])?;
            let draft = Draft::new(ChangeKind::ModelDeleted).range(model.0, model.0).before(json!(before));
            append(connection, &Author::user(now_millis, "delete"), draft)?;
            Ok(())
        })
    }
}

/// Refuses text that is not JSON.
pub(crate) fn check_json(text: &str) -> Result<()> {
    serde_json::from_str::<serde::de::IgnoredAny>(text).map(|_| ()).map_err(Error::from)
}
