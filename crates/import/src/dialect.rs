//! How a file is written: everything the sniffer guesses and a person may override.

use serde::{Deserialize, Serialize};

use crate::Error;

/// A character encoding a customer export is found in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[default]
    Utf8,
    /// UTF-16, low byte first: Excel's "Unicode text".
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// Windows code page 1252, a superset of Latin-1: Western European Excel and Outlook.
    Windows1252,
    /// GB18030, a superset of GBK and GB2312: Chinese Excel.
    Gb18030,
}

impl Encoding {
    /// Every encoding, in the order to offer them.
    pub const ALL: [Self; 5] = [Self::Utf8, Self::Utf16Le, Self::Utf16Be, Self::Windows1252, Self::Gb18030];

    /// The name people know, as the Encoding Standard labels it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Windows1252 => "windows-1252",
            Self::Gb18030 => "GB18030",
        }
    }

    /// The encoding with this label, in any letter case.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|encoding| encoding.label().eq_ignore_ascii_case(label.trim()))
    }

    pub(crate) fn table(self) -> &'static encoding_rs::Encoding {
        match self {
            Self::Utf8 => encoding_rs::UTF_8,
            Self::Utf16Le => encoding_rs::UTF_16LE,
            Self::Utf16Be => encoding_rs::UTF_16BE,
            Self::Windows1252 => encoding_rs::WINDOWS_1252,
            Self::Gb18030 => encoding_rs::GB18030,
        }
    }
}

/// The character around cells that hold delimiters, line ends or quotes; doubled inside such a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quote {
    /// `"`, as RFC 4180 has it.
    #[default]
    Double,
    /// `'`.
    Single,
    /// Quotes are ordinary characters.
    None,
}

impl Quote {
    /// The quote's byte, if quoting is on.
    pub fn byte(self) -> Option<u8> {
        match self {
            Self::Double => Some(b'"'),
            Self::Single => Some(b'\''),
            Self::None => None,
        }
    }
}

/// What ends a record outside quotes. Inside quotes every line end is part of the cell, as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Newline {
    /// Line feed; a carriage return right before it belongs to it, any other is data.
    #[default]
    Lf,
    /// Carriage return and line feed; read exactly like [`Newline::Lf`].
    CrLf,
    /// Carriage return alone (old Mac); a line feed right after it belongs to it, any other ends a record too.
    Cr,
}

/// Whether the first record names the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Header {
    /// The first record holds the names.
    #[default]
    Present,
    /// The first record is data; columns are called "Column 1" and so on.
    Absent,
}

/// What counts as the end of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Footer {
    /// Single-cell lines after two blank lines are a report's footer, not data (Salesforce); in tables of one column
    /// there is no such thing.
    #[default]
    AfterTwoBlankLines,
    /// Every line is data.
    None,
}

/// Bounds that keep one hostile row from taking the memory of all others. A row past a bound is refused with an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Longest cell, in bytes of UTF-8.
    pub max_field_bytes: usize,
    /// Longest record, in bytes of UTF-8 with its delimiters and quotes.
    pub max_record_bytes: usize,
    /// Most cells in a record.
    pub max_columns: usize,
}

impl Default for Limits {
    /// 1 MiB a cell, 4 MiB a record, 4,096 columns: several times what the vendors' own exports can hold.
    fn default() -> Self {
        Self { max_field_bytes: 1 << 20, max_record_bytes: 4 << 20, max_columns: 4096 }
    }
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialect {
    /// The character encoding. A byte order mark of the same encoding is dropped.
    pub encoding: Encoding,
    /// The byte between cells: tab or ASCII punctuation.
    pub delimiter: u8,
    /// The quote around cells.
    pub quote: Quote,
    /// What ends a record.
    pub newline: Newline,
    /// Physical lines to skip before the table, an Excel `sep=` line among them.
    pub preamble_lines: usize,
    /// Whether the first record names the columns.
    pub header: Header,
    /// What counts as the end of the table.
    pub footer: Footer,
    /// Bounds on a single record.
    pub limits: Limits,
}

impl Default for Dialect {
    /// RFC 4180 with a header: UTF-8, comma, double quote.
    fn default() -> Self {
        Self {
            encoding: Encoding::default(),
            delimiter: b',',
            quote: Quote::default(),
            newline: Newline::default(),
            preamble_lines: 0,
            header: Header::default(),
            footer: Footer::default(),
            limits: Limits::default(),
        }
    }
}

impl Dialect {
    /// Checks that a file could be read this way.
    ///
    /// # Errors
    /// [`Error::UnusableDelimiter`], [`Error::DelimiterIsQuote`] and [`Error::ZeroLimit`].
    pub fn check(&self) -> Result<(), Error> {
        if self.delimiter != b'\t' && !self.delimiter.is_ascii_punctuation() && self.delimiter != b' ' {
            return Err(Error::UnusableDelimiter);
        }
        if self.quote.byte() == Some(self.delimiter) {
            return Err(Error::DelimiterIsQuote);
        }
        let limits = [
            ("max_field_bytes", self.limits.max_field_bytes),
            ("max_record_bytes", self.limits.max_record_bytes),
            ("max_columns", self.limits.max_columns),
        ];
        match limits.into_iter().find(|(_, value)| *value == 0) {
            Some((name, _)) => Err(Error::ZeroLimit { name }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_is_found_by_its_label() {
        for encoding in Encoding::ALL {
            assert_eq!(Encoding::from_label(&encoding.label().to_lowercase()), Some(encoding));
        }
        assert_eq!(Encoding::from_label("ebcdic"), None);
    }

    #[test]
    fn unusable_dialects_are_refused_with_their_code() {
        let base = Dialect::default();
        let cases = [
            (Dialect { delimiter: b'a', ..base }, "unusable_delimiter"),
            (Dialect { delimiter: b'\n', ..base }, "unusable_delimiter"),
            (Dialect { delimiter: 0xE9, ..base }, "unusable_delimiter"),
            (Dialect { delimiter: b'"', ..base }, "delimiter_is_quote"),
            (Dialect { limits: Limits { max_columns: 0, ..base.limits }, ..base }, "zero_limit"),
        ];
        for (dialect, code) in cases {
            assert_eq!(dialect.check().map_err(|error| error.code()), Err(code));
        }
        assert_eq!(base.check(), Ok(()));
    }
}
