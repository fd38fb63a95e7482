//! Columns of text: all texts behind one another, and where each ends.

use super::{Bits, Values};
use crate::ColumnProfile;
use crate::infer::{MAX_CODE_BYTES, is_code_byte};
use crate::values::is_missing;

/// Texts on their way to [`Values::Text`].
#[derive(Debug, Clone, Default)]
pub(super) struct Texts {
    text: String,
    ends: Vec<usize>,
    is_known: Bits,
}

impl Texts {
    pub(super) fn reserve(&mut self, n_rows: usize) {
        self.ends.reserve_exact(n_rows);
    }

    #[inline]
    pub(super) fn push(&mut self, known: Option<&str>) {
        self.text.push_str(known.unwrap_or_default());
        self.ends.push(self.text.len());
        self.is_known.push(known.is_some());
    }

    pub(super) fn into_values(self) -> Values {
        Values::Text { text: self.text, ends: self.ends, is_known: self.is_known }
    }
}

/// Longest placeholder for nothing, and longest yes or no, in bytes.
const MAX_SPECIAL_BYTES: usize = 6;
/// Most letters in a number.
const MAX_LETTERS: u32 = 4;

/// Shows `cell` to the column's profile as far as its type depends on it, and answers the text without blanks around it, or
/// nothing for a placeholder.
#[inline]
pub(super) fn observe_text<'a>(profile: &mut ColumnProfile, cell: &'a str) -> Option<&'a str> {
    if cell.is_empty() {
        profile.n_values += 1;
        profile.n_missing += 1;
        return None;
    }
    let value = trimmed(cell);
    if !profile.has_more_distinct || value.len() <= MAX_SPECIAL_BYTES {
        profile.observe(value);
        return (!is_missing(value)).then_some(value);
    }
    let (mut n_letters, mut n_digits, mut n_code_bytes) = (0_u32, 0_u32, 0_usize);
    for byte in value.bytes() {
        n_letters += u32::from(byte.is_ascii_alphabetic());
        n_digits += u32::from(byte.is_ascii_digit());
        n_code_bytes += usize::from(is_code_byte(byte));
    }
    // A number has a digit and few letters, and begins with a letter only before a blank; a date begins with a digit.
    let first = value.as_bytes().first().copied().unwrap_or_default();
    let is_of_code_bytes = n_code_bytes == value.len();
    let begins_as_code = is_of_code_bytes && first.is_ascii_alphabetic();
    if n_digits > 0 && n_letters <= MAX_LETTERS && !begins_as_code {
        profile.observe(value);
        return Some(value);
    }
    profile.n_values += 1;
    profile.n_codes +=
        u64::from(is_of_code_bytes && n_letters > 0 && n_digits > 0 && value.len() <= MAX_CODE_BYTES);
    if first.is_ascii_digit() {
        profile.observe_date(value, 1);
    }
    Some(value)
}

/// `cell` without blanks around it; looked for only where there may be some.
fn trimmed(cell: &str) -> &str {
    let is_solid = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    let bytes = cell.as_bytes();
    if is_solid(bytes.first()) && is_solid(bytes.last()) { cell } else { cell.trim() }
}
