//! Values of the analytics as JSON: whole, or the one word a code is written as.

use serde::Serialize;
use serde_json::Value;

use crate::{failure::failure, protocol::Failure};

/// `value` as JSON.
pub(super) fn written(value: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(value).map_err(|error| failure("reply-unwritable", &error.to_string()))
}

/// The word that a code of the analytics is written as; empty for what is no single word.
pub(super) fn word(code: &impl Serialize) -> String {
    let written = serde_json::to_value(code).unwrap_or_default();
    written.as_str().unwrap_or_default().to_owned()
}
