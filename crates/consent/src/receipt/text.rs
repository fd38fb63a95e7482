//! The JSON text of a receipt: one spelling, any white space.

use super::Receipt;
use crate::{Error, Result};

/// Longest text that is read, in bytes.
const MAX_BYTES: usize = 1 << 20;

impl Receipt {
    /// The receipt as an indented JSON text.
    ///
    /// # Panics
    /// Never: a receipt holds no value that JSON cannot, and writing to memory does not fail.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a receipt has a JSON form, and memory takes it")
    }

    /// Reads a receipt. Says nothing about its signatures yet: [`Receipt::verify`] does.
    ///
    /// # Errors
    /// [`Error::BadReceipt`] when the text is longer than 1 MiB, is no receipt, or is spelled in another way than receipts are:
    /// other fields, another order, other forms of a number or a letter.
    pub fn from_json(text: &str) -> Result<Self> {
        if text.len() > MAX_BYTES {
            return Err(Error::BadReceipt { reason: "it is longer than 1 MiB" });
        }
        let unreadable = |_| Error::BadReceipt { reason: "it is not the JSON of a receipt" };
        let receipt: Receipt = serde_json::from_str(text).map_err(unreadable)?;
        if without_space(text) == without_space(&receipt.to_json()) {
            Ok(receipt)
        } else {
            Err(Error::BadReceipt { reason: "it is not spelled as receipts are" })
        }
    }
}

/// `text` without the white space between JSON tokens; that inside strings stays.
fn without_space(text: &str) -> String {
    let (mut in_string, mut after_backslash) = (false, false);
    text.chars()
        .filter(|&letter| {
            let is_kept = in_string || !matches!(letter, ' ' | '\t' | '\n' | '\r');
            if after_backslash {
                after_backslash = false;
            } else if letter == '"' {
                in_string = !in_string;
            } else {
                after_backslash = in_string && letter == '\\';
            }
            is_kept
        })
        .collect()
}
