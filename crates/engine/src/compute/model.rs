//! Fitted models inside replies: the text of an artefact, checked whenever it is read.

use serde_json::Value;
use stillroom_analytics::{
    Table,
    keep::{self, Artefact, Body, data_hash, schema_of},
    prepare::Fitted,
};

use super::written;
use crate::{failure::failure, protocol::Failure, recipe::Recipe};

/// The columns that fitted steps need.
pub(super) fn features(table: &Table, prepare: &Fitted) -> Result<Table, Failure> {
    let names: Vec<&str> = prepare.inputs.iter().map(|input| input.name.as_str()).collect();
    Ok(table.select(&names)?)
}

/// What is kept of every model: where it comes from, and what it learned from. What only some have is left empty.
pub(super) fn artefact(
    recipe: &Recipe,
    method: &str,
    learned: &Table,
    body: Body,
) -> Result<Artefact, Failure> {
    Ok(Artefact {
        engine_version: env!("CARGO_PKG_VERSION").to_owned(),
        purpose: recipe.name.clone(),
        method: method.to_owned(),
        recipe: written(recipe)?,
        seed: recipe.seed,
        columns: schema_of(learned),
        target: None,
        n_rows: learned.n_rows(),
        data_hash: data_hash(learned),
        window: None,
        metrics: Vec::new(),
        drift: None,
        sums: None,
        body,
    })
}

/// The model as a reply carries it.
pub(super) fn write(artefact: &Artefact) -> Result<Value, Failure> {
    let bytes = keep::write(artefact)?;
    let text = String::from_utf8(bytes).map_err(|_| failure("model-unwritable", "a model is text"))?;
    Ok(Value::String(text))
}

/// The model of a reply.
pub(crate) fn read(model: Option<&Value>) -> Result<Artefact, Failure> {
    let text = model.and_then(Value::as_str).ok_or_else(|| {
        failure("model-unreadable", "the model was kept by another version: run its recipe again")
    })?;
    Ok(keep::read(text.as_bytes())?)
}
