//! Every method once: its name, parameters, defaults and sources. Forms, the command line's help and the reference page
//! read this list; nothing describes a method anywhere else.

use serde::Serialize;

use crate::{Error, Result};

/// What a method does with a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Describes or transforms columns.
    Prepare,
    /// Finds fewer columns that say nearly as much.
    Reduce,
    /// Finds groups of rows.
    Group,
    /// Learns a target from other columns.
    Predict,
    /// Ranks items for users.
    Recommend,
}

/// The values a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum Kind {
    /// A whole number in `min..=max`.
    Integer {
        /// The least value.
        min: i64,
        /// The greatest value.
        max: i64,
    },
    /// A number in `min..=max`.
    Number {
        /// The least value.
        min: f64,
        /// The greatest value.
        max: f64,
    },
    /// One of a few words.
    Choice {
        /// The words.
        options: &'static [&'static str],
    },
    /// Yes or no.
    Boolean,
    /// The name of one column.
    Column,
    /// The names of columns.
    Columns,
}

/// One parameter of a method.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Parameter {
    /// Its name in a recipe.
    pub name: &'static str,
    /// The values it takes.
    #[serde(flatten)]
    pub kind: Kind,
    /// The default as JSON text; `null` means it is found from the data or must be given, as `doc` says.
    pub default: &'static str,
    /// What it does, in a sentence.
    pub doc: &'static str,
}

/// One method.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Method {
    /// Its name in a recipe: the field's standard term.
    pub name: &'static str,
    /// What it does with a table.
    pub family: Family,
    /// What it computes, in a sentence.
    pub summary: &'static str,
    /// Its parameters, in the order forms show them.
    pub parameters: &'static [Parameter],
    /// The formula in plain text.
    pub formula: &'static str,
    /// The paper or book it follows.
    pub source: &'static str,
    /// How time and memory grow.
    pub cost: &'static str,
}

/// All methods, by family and then in the order they are usually applied.
#[must_use]
pub fn methods() -> &'static [&'static Method] {
    &[]
}

/// The method named `name`.
///
/// # Errors
/// [`Error::UnknownMethod`] when there is none.
pub fn method(name: &str) -> Result<&'static Method> {
    let found = methods().iter().find(|method| method.name == name);
    found.copied().ok_or_else(|| Error::UnknownMethod { name: name.to_owned() })
}
