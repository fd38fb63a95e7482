//! Rows back to CSV, without giving a spreadsheet anything to run.
//!
//! A text that starts with `=`, `+`, `-`, `@`, TAB, CR, LF or NUL, or a full-width form of the first four, may be run as
//! a formula by the program that opens the file (OWASP, "CSV Injection"). [`FormulaGuard::Guard`] puts `'` before it; the
//! numbers, times and yes-or-no of [`CsvWriter::write_cells`] are never guarded. That changes the text, so whoever wants
//! it back as it was chooses [`FormulaGuard::Lossless`] and must not open the file in a spreadsheet.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{Cell, Dialect, Error, Newline, Quote, date_text_from_millis};

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

/// The text as [`FormulaGuard::Guard`] writes it: with `'` before it when a spreadsheet could run it.
///
/// Blanks before the first character do not hide it. A text that reads as a number is guarded too: `+8613800000000` is a
/// telephone number that a spreadsheet would round.
///
/// ```
/// use stillroom_import::guarded;
/// assert_eq!(guarded("=1+1"), "'=1+1");
/// assert_eq!(guarded("a=b"), "a=b");
/// ```
pub fn guarded(text: &str) -> Cow<'_, str> {
    let is_control = |c: char| matches!(c, '\t' | '\r' | '\n' | '\0');
    let is_operator = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    let first = text.trim_start_matches([' ', '\u{A0}', '\u{3000}', '\u{FEFF}', '\u{200B}']).chars().next();
    let is_hostile = first.is_some_and(|c| is_control(c) || is_operator(c));
    if is_hostile { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// A number with the fewest digits that bring it back, with an exponent where it would otherwise be long.
fn number_text(number: f64) -> String {
    let is_long = number != 0.0 && !(1e-5..1e15).contains(&number.abs());
    if is_long { format!("{number:e}") } else { number.to_string() }
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

    /// Writes one record of texts with its line end.
    pub fn write_record<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) {
        let guard = self.guard;
        self.write_line(texts.into_iter().map(|text| match guard {
            FormulaGuard::Guard => guarded(text),
            FormulaGuard::Lossless => Cow::Borrowed(text),
        }));
    }

    /// Writes one record of typed values with its line end: nothing for a missing one, numbers with a decimal point and
    /// as many digits as bring them back, times as [`date_text_from_millis`] writes them, `true` and `false`.
    pub fn write_cells<'a>(&mut self, cells: impl IntoIterator<Item = &'a Cell>) {
        let guard = self.guard;
        self.write_line(cells.into_iter().map(|cell| match cell {
            Cell::Missing => Cow::Borrowed(""),
            Cell::Text(text) if guard == FormulaGuard::Guard => guarded(text),
            Cell::Text(text) => Cow::Borrowed(text.as_str()),
            Cell::Number(number) => Cow::Owned(number_text(*number)),
            Cell::Time(millis) => Cow::Owned(date_text_from_millis(*millis)),
            Cell::Boolean(is_true) => Cow::Borrowed(if *is_true { "true" } else { "false" }),
        }));
    }

    fn write_line<'a>(&mut self, cells: impl Iterator<Item = Cow<'a, str>>) {
        let start = self.text.len();
        let mut n_cells = 0;
        for cell in cells {
            if n_cells > 0 {
                self.text.push(self.delimiter);
            }
            n_cells += 1;
            self.write_cell(&cell);
        }
        let would_be_blank = n_cells == 1 && self.text.len() == start;
        if would_be_blank {
            self.text.extend([self.quote, self.quote]);
        }
        self.text.push_str(self.line_end);
    }

    fn write_cell(&mut self, cell: &str) {
        let needs_quotes = cell.contains([self.delimiter, self.quote, '\n', '\r'])
            || cell.starts_with([' ', '\u{FEFF}', '\''])
            || cell.ends_with(' ');
        if !needs_quotes {
            self.text.push_str(cell);
            return;
        }
        self.text.push(self.quote);
        for (idx, part) in cell.split(self.quote).enumerate() {
            if idx > 0 {
                self.text.extend([self.quote, self.quote]);
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
