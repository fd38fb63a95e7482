//! Fitted models as data one can keep, carry and read: never code.
//!
//! An [`Artefact`] holds a fitted pipeline or grouping with everything a person needs to judge it. [`write()`] gives its bytes,
//! the same for the same content everywhere; [`read`] takes bytes from anyone: it refuses what was changed, what is not whole and what could
//! not predict safely, with an error that says which. The hash finds damage and careless edits; it is no signature.
//!
//! - [`ModelCard`]: what a person reads.
//! - [`quantise()`]: fewer digits, with the loss measured.
//! - [`refresh()`]: new rows without the old ones, where the method is a sum over rows.

mod card;
mod check;
mod format;
pub mod quantise;
pub mod refresh;
mod schema;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::group::GroupModel;
use crate::judge::Pipeline;
use crate::prepare::Fitted;
use crate::{Error, Result};

pub use self::card::{
    CardColumn, FEW_OF_A_CLASS, FEW_ROWS, Limit, MANY_MISSING, Metric, ModelCard, metrics_of,
};
pub(crate) use self::format::hex;
pub use self::format::{FORMAT_VERSION, MOST_BYTES, fingerprint, read, write};
pub use self::quantise::{Digits, QuantisationLoss, Quantised, quantise};
pub use self::refresh::{RefitReason, Refreshed, Sums, refresh, sums_of};
pub use self::schema::{ColumnSchema, MOST_LEVELS, TargetSchema, data_hash, schema_of};

/// The rows a model learned from, by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The earliest instant, in milliseconds since 1970-01-01 UTC.
    pub from_millis: i64,
    /// The latest instant.
    pub to_millis: i64,
}

/// What was fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// Steps and a model with a target.
    Predict(Box<Pipeline>),
    /// Steps and groups.
    Group(Box<Groups>),
}

/// Fitted steps and the groups found among the prepared rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Groups {
    /// The fitted steps.
    pub prepare: Fitted,
    /// The groups.
    pub model: GroupModel,
}

/// A fitted model with all that is needed to use, judge and remake it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Artefact {
    /// The version of the engine that fitted it.
    pub engine_version: String,
    /// What it is for, in the words of whoever made it.
    pub purpose: String,
    /// The method's name in the registry.
    pub method: String,
    /// The recipe that made it, as it was run.
    pub recipe: Value,
    /// The seed of its draws.
    pub seed: u64,
    /// The columns it learned from, as they came in.
    pub columns: Vec<ColumnSchema>,
    /// What it learned to predict; `None` for groups.
    pub target: Option<TargetSchema>,
    /// The rows it learned from.
    pub n_rows: usize,
    /// Which rows those were, see [`data_hash`].
    pub data_hash: String,
    /// Their time, when they have one.
    pub window: Option<Window>,
    /// How good it is on rows it had not seen.
    pub metrics: Vec<Metric>,
    /// What to compare later rows with, as the drift report writes it.
    pub drift: Option<Value>,
    /// The sums that let new rows in without the old ones, where the method has them.
    pub sums: Option<Sums>,
    /// The model.
    pub body: Body,
}

impl Artefact {
    /// Proves that using the artefact cannot panic, loop or answer for other columns than it says.
    ///
    /// # Errors
    /// [`Error::ModelBroken`] names the part.
    pub fn check(&self) -> Result<()> {
        let broken = |part| Err(Error::ModelBroken { part });
        if !schema::is_hash(&self.data_hash) {
            return broken("data_hash");
        }
        if self.window.is_some_and(|window| window.from_millis > window.to_millis) {
            return broken("window");
        }
        let (prepare, n_classes) = match &self.body {
            Body::Predict(pipeline) => {
                pipeline.check()?;
                (&pipeline.prepare, Some(pipeline.labels.len()))
            }
            Body::Group(groups) => {
                groups.prepare.check()?;
                groups.model.check(&groups.prepare.outputs)?;
                (&groups.prepare, None)
            }
        };
        let inputs = prepare.inputs.iter().map(|input| (input.name.as_str(), input.kind));
        if !inputs.eq(self.columns.iter().map(|column| (column.name.as_str(), column.kind))) {
            return broken("columns");
        }
        if self.target.as_ref().map(|target| target.labels.len()) != n_classes {
            return broken("target");
        }
        match (&self.sums, &self.body) {
            (Some(sums), Body::Predict(pipeline)) => sums.check(pipeline.columns.len()),
            (Some(_), Body::Group(_)) => broken("sums"),
            (None, _) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
