//! Rows back to CSV, without giving a spreadsheet anything to run.
//!
//! A cell that starts with `=`, `+`, `-`, `@`, TAB, CR, LF or NUL, or a full-width form of the first four, may be run as
//! a formula by the program that opens the file (OWASP, "CSV Injection"). [`FormulaGuard::Guard`] puts `'` before such a
//! cell unless it is a plain number. That changes the cell, so whoever wants the same text back chooses
//! [`FormulaGuard::Lossless`] and must not open the file in a spreadsheet.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{DecimalMark, Dialect, Error, Newline, Quote, read_number};

/// What to do with cells a spreadsheet could run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormulaGuard {
    /// Put `'` before them.
    #[default]
    Guard,
    /// Write every cell as it is: what is read back is what was written.
    Lossless,
}

/// The cell as [`FormulaGuard::Guard`] writes it: with `'` before it when a spreadsheet could run it.
///
/// Blanks before the first character do not hide it. Numbers such as `-5.5` and `+7` stay as they are; telephone
/// numbers such as `+1 (555) 0100` do not, because a spreadsheet would compute them.
///
/// ```
/// use stillroom_import::guarded;
/// assert_eq!(guarded("=1+1"), "'=1+1");
/// assert_eq!(guarded("-5.5"), "-5.5");
/// assert_eq!(guarded("a=b"), "a=b");
/// ```
pub fn guarded(cell: &str) -> Cow<'_, str> {
    let is_control = |c: char| matches!(c, '\t' | '\r' | '\n' | '\0');
    let is_operator = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    let first = cell.trim_start_matches([' ', '\u{A0}', '\u{3000}', '\u{FEFF}', '\u{200B}']).chars().next();
    let is_hostile = first.is_some_and(|c| is_control(c) || (is_operator(c) && !is_plain_number(cell)));
    if is_hostile { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

/// Digits with a sign, a point or an exponent and nothing else.
fn is_plain_number(cell: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    cell.chars().all(is_plain) && read_number(cell, DecimalMark::Point).is_some()
}

/// Writes records as CSV text in UTF-8, into memory the caller drains.
#[derive(Debug, Clone)]
pub struct CsvWriter {
    text: String,
    delimiter: char,
    quote: char,
    line_end: &'static str,
    guard: FormulaGuard,
}

impl CsvWriter {
    /// A writer with the dialect's delimiter, quote and newline; text is always UTF-8. Without a quote in the dialect,
    /// double quotes are used where a cell needs them.
    ///
    /// # Errors
    /// What [`Dialect::check`] finds, for the quote used.
    pub fn new(dialect: &Dialect, guard: FormulaGuard) -> Result<Self, Error> {
        let quote = if dialect.quote == Quote::None { Quote::Double } else { dialect.quote };
        Dialect { quote, ..*dialect }.check()?;
        let line_end = match dialect.newline {
            Newline::Lf => "\n",
            Newline::CrLf => "\r\n",
            Newline::Cr => "\r",
        };
        let quote = if quote == Quote::Single { '\'' } else { '"' };
        Ok(Self { text: String::new(), delimiter: char::from(dialect.delimiter), quote, line_end, guard })
    }

    /// Writes one record with its line end.
    pub fn write_record<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        let mut n_cells = 0;
        let mut is_blank = true;
        for cell in cells {
            if n_cells > 0 {
                self.text.push(self.delimiter);
            }
            n_cells += 1;
            is_blank &= cell.is_empty();
            self.write_cell(cell);
        }
        if n_cells == 1 && is_blank {
            self.text.push(self.quote);
            self.text.push(self.quote);
        }
        self.text.push_str(self.line_end);
    }

    fn write_cell(&mut self, cell: &str) {
        let cell = if self.guard == FormulaGuard::Guard { guarded(cell) } else { Cow::Borrowed(cell) };
        let needs_quotes = cell.contains([self.delimiter, self.quote, '\n', '\r'])
            || cell.starts_with([' ', '\u{FEFF}', '\''])
            || cell.ends_with(' ');
        if !needs_quotes {
            self.text.push_str(&cell);
            return;
        }
        self.text.push(self.quote);
        for (idx, part) in cell.split(self.quote).enumerate() {
            if idx > 0 {
                self.text.push(self.quote);
                self.text.push(self.quote);
            }
            self.text.push_str(part);
        }
        self.text.push(self.quote);
    }

    /// Hands over the text written since the last call.
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }
}
