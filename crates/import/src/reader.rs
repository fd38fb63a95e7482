//! Bytes in, records out, with a bound on memory whatever the file says.

mod block;

use std::fmt;

pub(crate) use self::block::Block;
use crate::decode::TextDecoder;
use crate::parse::Parser;
use crate::record::columns_from_headers;
use crate::{Column, Dialect, Error, Footer, Header, Outcome, Reason, Record, RowIssue, Tally, ValueKind};

/// A streaming CSV reader.
///
/// Push a chunk, pull records until there is none, push the next; call [`Reader::finish`] after the last chunk and pull
/// once more. The records, issues and counts do not depend on how the file is cut into chunks.
///
/// Held at any time: the chunk pushed last, 64 KiB of decoded text, and at most `2 × max_record_bytes` for the record
/// being read (as text and as cells). Issues wait until taken: at most a few for each row of a chunk.
pub struct Reader {
    dialect: Dialect,
    decoder: TextDecoder,
    parser: Parser,
    /// Bytes pushed and not yet decoded, from `chunk_at` on.
    chunk: Vec<u8>,
    chunk_at: usize,
    is_finished: bool,
    /// The decoder has been told that the file ended.
    is_flushed: bool,
    /// Decoded text: the record being read starts at `start` and is parsed up to `at`.
    text: String,
    start: usize,
    at: usize,
    /// Bytes of decoded text dropped before `text`.
    dropped_bytes: u64,
    /// Physical line the record being read starts on.
    line: u64,
    /// Physical lines of the record being read that are already dropped.
    dropped_lines: u64,
    preamble_left: usize,
    columns: Option<Vec<Column>>,
    blank_run: u64,
    blank_lines: u64,
    is_in_footer: bool,
    footer_lines: u64,
    record_line: u64,
    tally: Tally,
    issues: Vec<RowIssue>,
    /// Where the cells of the block handed out last lie; kept for its room.
    bounds: Vec<(u32, u32)>,
}

impl fmt::Debug for Reader {
    /// Says where the reader stands without showing any of the file.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Reader");
        shown.field("dialect", &self.dialect).field("line", &self.line).field("tally", &self.tally);
        shown.finish_non_exhaustive()
    }
}

impl Reader {
    /// A reader for files written in `dialect`.
    ///
    /// # Errors
    /// What [`Dialect::check`] finds.
    pub fn new(dialect: Dialect) -> Result<Self, Error> {
        dialect.check()?;
        let mut parser = Parser::new(&dialect);
        parser.begin(dialect.preamble_lines > 0);
        Ok(Self {
            dialect,
            decoder: TextDecoder::new(dialect.encoding),
            parser,
            chunk: Vec::new(),
            chunk_at: 0,
            is_finished: false,
            is_flushed: false,
            text: String::new(),
            start: 0,
            at: 0,
            dropped_bytes: 0,
            line: 1,
            dropped_lines: 0,
            preamble_left: dialect.preamble_lines,
            columns: None,
            blank_run: 0,
            blank_lines: 0,
            is_in_footer: false,
            footer_lines: 0,
            record_line: 1,
            tally: Tally::default(),
            issues: Vec::new(),
            bounds: Vec::new(),
        })
    }

    /// Takes the next bytes of the file, in chunks of any size. Bytes after [`Reader::finish`] are not read.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.is_finished {
            return;
        }
        self.chunk.drain(..self.chunk_at.min(self.chunk.len()));
        self.chunk_at = 0;
        self.chunk.extend_from_slice(bytes);
    }

    /// Says that the file ended.
    pub fn finish(&mut self) {
        self.is_finished = true;
    }

    /// The next data row, or nothing until more is pushed. Rows past a bound are refused on the way, with an issue.
    pub fn next_record(&mut self) -> Option<Record<'_>> {
        while self.read_one() {
            if self.accept() {
                return Some(Record {
                    row: self.tally.rows_read,
                    line: self.record_line,
                    n_columns: self.columns().len(),
                    cells: &self.parser.cells,
                    ends: &self.parser.ends,
                });
            }
        }
        None
    }

    /// The columns, once the first record was met; empty before and for an empty file.
    pub fn columns(&self) -> &[Column] {
        self.columns.as_deref().unwrap_or_default()
    }

    /// Data rows counted so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Blank lines passed over so far, those of a footer left out.
    pub fn blank_lines(&self) -> u64 {
        self.blank_lines
    }

    /// Lines recognised as a footer so far, the blank lines before it included.
    pub fn footer_lines(&self) -> u64 {
        self.footer_lines
    }

    /// Hands over the issues found since the last call.
    pub fn take_issues(&mut self) -> Vec<RowIssue> {
        std::mem::take(&mut self.issues)
    }

    /// Bytes held now: pushed and not decoded, decoded and not handed out, and the record's cells.
    pub fn buffered_bytes(&self) -> usize {
        self.chunk.len().saturating_sub(self.chunk_at) + self.text.len() + self.parser.cells.len()
    }

    /// Bytes of text behind the record handed out last.
    pub(crate) fn n_bytes_read(&self) -> u64 {
        self.dropped_bytes + self.at as u64
    }

    /// The dialect this reader reads.
    pub fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// Reads up to the end of one physical record, of whatever sort; false when the input is used up.
    fn read_one(&mut self) -> bool {
        self.begin_record();
        loop {
            self.swallow_line_feed();
            let limit = self.dialect.limits.max_record_bytes;
            let (at, has_ended) = self.parser.run(&self.text, self.at, self.window_end());
            self.at = at;
            if has_ended {
                return true;
            }
            if self.parser.is_dropping() {
                self.dropped_lines += self.count_lines();
                self.start = self.at;
            } else if self.at - self.start > limit {
                self.overflow();
                continue;
            }
            if self.at >= self.text.len() && !self.refill() {
                if self.end_file() {
                    return true;
                }
                if self.at >= self.text.len() {
                    return false;
                }
            }
        }
    }

    /// How far the parser may look: one byte past the longest record, which may cut a character in two, or everything
    /// when the record is only followed to its end.
    fn window_end(&self) -> usize {
        let longest = self.start.saturating_add(self.dialect.limits.max_record_bytes).saturating_add(1);
        if self.parser.is_dropping() { self.text.len() } else { longest.min(self.text.len()) }
    }

    /// Moves past the record handed out last, if there is one.
    fn begin_record(&mut self) {
        if self.parser.is_done() {
            self.start = self.at;
            self.parser.begin(self.preamble_left > 0);
        }
    }

    fn swallow_line_feed(&mut self) {
        if self.parser.swallows_line_feed && self.at == self.start && self.at < self.text.len() {
            if self.text.as_bytes().get(self.at) == Some(&b'\n') {
                self.start += 1;
                self.at += 1;
            }
            self.parser.swallows_line_feed = false;
        }
    }

    /// The record is longer than the bound: read it again with a stray quote as data, or follow it to its end unkept.
    fn overflow(&mut self) {
        if !self.rewind_stray_quote() {
            self.parser.drop_record();
        }
    }

    /// Goes back to the start of a record whose quote is still open when that quote is more likely stray than the start
    /// of a long cell; true when it did.
    fn rewind_stray_quote(&mut self) -> bool {
        let raw = self.text.as_bytes().get(self.start..self.at).unwrap_or_default();
        let width = self.columns.as_ref().map(Vec::len);
        let is_long_in_one_column = width == Some(1) && raw.len() > self.dialect.limits.max_record_bytes;
        let is_stray =
            self.parser.is_quoted() && (is_long_in_one_column || self.parser.looks_like_rows(raw, width));
        if is_stray {
            self.parser.begin(true);
            self.parser.flags.unclosed_quote = true;
            self.at = self.start;
        }
        is_stray
    }

    /// Drops the text already read and decodes another block; false when nothing is left to decode.
    fn refill(&mut self) -> bool {
        if self.start > 0 {
            self.text.drain(..self.start);
            self.dropped_bytes += self.start as u64;
            self.at -= self.start;
            self.start = 0;
        }
        let rest = self.chunk.get(self.chunk_at..).unwrap_or_default();
        if rest.is_empty() && (!self.is_finished || self.is_flushed) {
            return false;
        }
        let before = self.text.len();
        self.is_flushed = rest.is_empty();
        self.chunk_at += self.decoder.decode(rest, self.is_flushed, &mut self.text);
        self.text.len() > before || self.chunk_at < self.chunk.len() || (self.is_finished && !self.is_flushed)
    }

    /// At the end of the file: ends a record that no line end ended. True when there is one; a stray quote may instead
    /// send the reader back to the record's start.
    fn end_file(&mut self) -> bool {
        let is_open = self.at > self.start || self.parser.is_dropping();
        if !self.is_flushed || !is_open || self.rewind_stray_quote() {
            return false;
        }
        self.parser.finish();
        true
    }

    fn count_lines(&self) -> u64 {
        self.parser.count_lines(self.text.as_bytes().get(self.start..self.at).unwrap_or_default())
    }

    /// Decides what the record just read is; true when it is a data row to hand out.
    fn accept(&mut self) -> bool {
        let is_lossy = self.decoder.claim_replacements(self.dropped_bytes + self.at as u64);
        self.record_line = self.line;
        let flags = self.parser.flags;
        let is_one_line = !flags.has_quotes && !self.parser.is_dropping();
        self.line += if is_one_line { 1 } else { self.dropped_lines + self.count_lines() };
        self.dropped_lines = 0;
        if self.preamble_left > 0 {
            self.preamble_left -= 1;
            return false;
        }
        if self.parser.cells.is_empty() && self.parser.ends.len() == 1 && !flags.has_quotes {
            self.blank_run += 1;
            return false;
        }
        if self.is_footer_line() {
            self.report(Reason::FooterLine, Outcome::NotARow);
            return false;
        }
        self.blank_lines += std::mem::take(&mut self.blank_run);
        let is_header = self.columns.is_none() && self.dialect.header == Header::Present;
        if let Some(reason) = refusal(flags) {
            let outcome = if is_header { Outcome::NotARow } else { Outcome::Refused };
            if !is_header {
                self.tally.refuse();
            }
            self.report(reason, outcome);
            return false;
        }
        if is_header {
            self.set_columns(true);
        } else {
            self.tally.keep();
            self.set_columns(false);
        }
        self.report_oddities(is_lossy, is_header);
        !is_header
    }

    fn is_footer_line(&mut self) -> bool {
        let is_table_wide = self.columns.as_ref().is_some_and(|columns| columns.len() > 1);
        let may_be = self.dialect.footer == Footer::AfterTwoBlankLines && is_table_wide;
        let is_single = self.parser.ends.len() == 1 && !self.parser.is_dropping();
        self.is_in_footer = may_be && is_single && (self.is_in_footer || self.blank_run >= 2);
        if self.is_in_footer {
            self.footer_lines += std::mem::take(&mut self.blank_run) + 1;
        }
        self.is_in_footer
    }

    /// Takes the columns from the record, unless they are known already.
    fn set_columns(&mut self, is_header: bool) {
        if self.columns.is_none() {
            let record =
                Record { row: 0, line: 0, n_columns: 0, cells: &self.parser.cells, ends: &self.parser.ends };
            let headers = record.iter().map(|header| if is_header { header } else { "" });
            self.columns = Some(columns_from_headers(headers));
        }
    }

    fn report_oddities(&mut self, is_lossy: bool, is_header: bool) {
        let outcome = if is_header { Outcome::NotARow } else { Outcome::Kept };
        let flags = self.parser.flags;
        let width = self.columns().len();
        let n_cells = self.parser.ends.len();
        let last_named = width.checked_sub(1).and_then(|idx| self.parser.ends.get(idx));
        let has_extra = n_cells > width && last_named.is_some_and(|end| *end < self.parser.cells.len());
        let found = [
            (is_lossy, Reason::InvalidEncoding),
            (flags.stray_quote, Reason::StrayQuote),
            (flags.unclosed_quote, Reason::UnclosedQuote),
            (n_cells < width, Reason::TooFewCells),
            (has_extra, Reason::TooManyCells),
        ];
        for (_, reason) in found.into_iter().filter(|(is_found, _)| *is_found) {
            self.report(reason, outcome);
        }
    }

    fn report(&mut self, reason: Reason, outcome: Outcome) {
        let row = if outcome == Outcome::NotARow { 0 } else { self.tally.rows_read };
        let issue = RowIssue {
            row,
            line: self.record_line,
            field: None,
            reason,
            value_kind: ValueKind::Row,
            outcome,
        };
        self.issues.push(issue);
    }
}

fn refusal(flags: crate::parse::Flags) -> Option<Reason> {
    let found = [
        (flags.record_too_long, Reason::RecordTooLong),
        (flags.cell_too_long, Reason::CellTooLong),
        (flags.too_many_columns, Reason::TooManyColumns),
    ];
    found.into_iter().find(|(is_found, _)| *is_found).map(|(_, reason)| reason)
}
