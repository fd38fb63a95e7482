//! A first guess at a file's dialect from its first bytes.

mod encoding;
mod header;
mod layout;

use serde::{Deserialize, Serialize};

use crate::{Dialect, Encoding, Header, Newline};

/// How cells are quoted in the part of the file that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuoteStyle {
    /// No quotes.
    None,
    /// Only where needed.
    Minimal,
    /// Every cell.
    All,
}

/// A guess and how sure it is. Confidences run from 0 to 1 and are for ordering and wording, not probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sniffed {
    /// The guess, ready for [`crate::Reader::new`]; change any of it to override.
    pub dialect: Dialect,
    /// The file starts with a byte order mark.
    pub has_byte_order_mark: bool,
    /// The file starts with Excel's `sep=` line, which is counted in `preamble_lines`.
    pub has_separator_line: bool,
    /// How cells are quoted.
    pub quote_style: QuoteStyle,
    /// How sure the encoding is.
    pub encoding_confidence: f64,
    /// How sure the delimiter is.
    pub delimiter_confidence: f64,
    /// How sure it is whether there is a header.
    pub header_confidence: f64,
    /// There is nothing in the file but perhaps a byte order mark and blanks.
    pub is_empty: bool,
}

/// Most bytes looked at; more of the file does not change the guess often enough to be worth the time.
const MAX_HEAD_BYTES: usize = 1 << 20;

/// Guesses how a file is written from `head`, its first bytes: the whole file when `is_whole`, otherwise 64 KiB or more
/// (up to 1 MiB is looked at). Cost is linear in the bytes looked at.
///
/// ```
/// use stillroom_import::{Encoding, Header, sniff};
/// let sniffed = sniff(b"sep=;\r\nid;Umsatz\r\n1;1,5\r\n", true);
/// assert_eq!(sniffed.dialect.delimiter, b';');
/// assert_eq!(sniffed.dialect.preamble_lines, 1);
/// assert_eq!(sniffed.dialect.header, Header::Present);
/// assert_eq!(sniffed.dialect.encoding, Encoding::Utf8);
/// ```
pub fn sniff(head: &[u8], is_whole: bool) -> Sniffed {
    let is_whole = is_whole && head.len() <= MAX_HEAD_BYTES;
    let head = head.get(..MAX_HEAD_BYTES).unwrap_or(head);
    let encoding = encoding::guess_encoding(head, is_whole);
    let (text, _) = encoding.encoding.table().decode_with_bom_removal(head);
    let newline = layout::guess_newline(&text);
    let separator = layout::separator_line(&text);
    let base = Dialect {
        encoding: Encoding::Utf8,
        newline,
        preamble_lines: usize::from(separator.is_some()),
        ..Dialect::default()
    };
    let layout = layout::guess_layout(&text, base, separator, is_whole);
    let header = header::guess_header(&layout.first_records);
    let mut dialect = Dialect { encoding: encoding.encoding, header: header.header, ..layout.dialect };
    if text.trim().is_empty() {
        dialect.header = Header::Present;
    }
    Sniffed {
        dialect,
        has_byte_order_mark: encoding.has_byte_order_mark,
        has_separator_line: separator.is_some(),
        quote_style: layout.quote_style,
        encoding_confidence: encoding.confidence,
        delimiter_confidence: layout.confidence,
        header_confidence: header.confidence,
        is_empty: text.trim().is_empty(),
    }
}

/// The newline's length does not matter for reading, but is shown to a person.
pub(crate) fn newline_byte(newline: Newline) -> char {
    if newline == Newline::Cr { '\r' } else { '\n' }
}
