//! The reply: every number a recipe asked for.

use serde::{Deserialize, Serialize};

use crate::recipe::Recipe;

/// What computing a recipe gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The recipe, with every default filled in.
    pub recipe: Recipe,
    /// SHA-256 of the rows it was computed from, hexadecimal.
    pub data_hash: String,
    /// Rows read from the source.
    pub n_rows_read: u64,
    /// Rows the result stands on.
    pub n_rows_used: u64,
}
