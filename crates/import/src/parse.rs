//! One record at a time out of decoded text: a resumable state machine, so a record may arrive in any number of pieces.
//!
//! The grammar is RFC 4180 made forgiving. A quote opens a cell only at its very start; elsewhere it is data. Text after
//! a closing quote is kept and reported. Any number of cells may stand on a line; the reader compares with the header.

use memchr::{memchr, memchr_iter};

use crate::{Dialect, Newline};

/// Where the machine stands between two bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    CellStart,
    Unquoted,
    Quoted,
    /// Right after a quote inside a quoted cell: it closes the cell, or is the first half of a doubled one.
    AfterQuote,
    /// After a closing quote and a carriage return, which belongs to the line end if a line feed follows.
    AfterQuoteReturn,
}

/// What was odd about the record just read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Flags {
    pub(crate) has_quotes: bool,
    pub(crate) stray_quote: bool,
    pub(crate) unclosed_quote: bool,
    pub(crate) cell_too_long: bool,
    pub(crate) record_too_long: bool,
    pub(crate) too_many_columns: bool,
}

pub(crate) struct Parser {
    delimiter: u8,
    quote: Option<u8>,
    cr_ends: bool,
    max_field_bytes: usize,
    max_columns: usize,
    /// True for the bytes that end an unquoted cell.
    stops: [bool; 256],
    state: State,
    /// Quotes are ordinary characters until the record ends.
    is_literal: bool,
    /// The record ended; the next one has not begun.
    is_done: bool,
    /// False once the record is known to be refused: it is then only followed to its end.
    is_storing: bool,
    /// The last record ended with a carriage return in [`Newline::Cr`]; a line feed right after belongs to it.
    pub(crate) swallows_line_feed: bool,
    pub(crate) cells: String,
    /// The end of each cell in `cells`.
    pub(crate) ends: Vec<usize>,
    pub(crate) flags: Flags,
}

impl Parser {
    pub(crate) fn new(dialect: &Dialect) -> Self {
        let cr_ends = dialect.newline == Newline::Cr;
        let mut stops = [false; 256];
        for (byte, stop) in stops.iter_mut().enumerate() {
            *stop = byte == usize::from(dialect.delimiter)
                || byte == usize::from(b'\n')
                || (cr_ends && byte == usize::from(b'\r'));
        }
        Self {
            delimiter: dialect.delimiter,
            quote: dialect.quote.byte(),
            cr_ends,
            max_field_bytes: dialect.limits.max_field_bytes,
            max_columns: dialect.limits.max_columns,
            stops,
            state: State::CellStart,
            is_literal: false,
            is_done: false,
            is_storing: true,
            swallows_line_feed: false,
            cells: String::new(),
            ends: Vec::new(),
            flags: Flags::default(),
        }
    }

    /// Forgets the record and begins another; `is_literal` makes quotes ordinary characters in it.
    pub(crate) fn begin(&mut self, is_literal: bool) {
        self.state = State::CellStart;
        self.is_literal = is_literal;
        self.is_done = false;
        self.is_storing = true;
        self.cells.clear();
        self.ends.clear();
        self.flags = Flags::default();
    }

    /// Gives the record up: it is followed to its end, but nothing of it is kept.
    pub(crate) fn drop_record(&mut self) {
        self.is_storing = false;
        self.cells.clear();
        self.ends.clear();
        self.flags.record_too_long = true;
    }

    pub(crate) fn is_dropping(&self) -> bool {
        !self.is_storing
    }

    /// True once the record ended, until [`Parser::begin`].
    pub(crate) fn is_done(&self) -> bool {
        self.is_done
    }

    /// True while a quote is open.
    pub(crate) fn is_quoted(&self) -> bool {
        self.state == State::Quoted
    }

    /// Reads `text[at..end]` up to the end of the record. Returns where it stopped and whether the record ended.
    pub(crate) fn run(&mut self, text: &str, mut at: usize, end: usize) -> (usize, bool) {
        let bytes = text.as_bytes();
        while let Some(rest) = bytes.get(at..end)
            && let Some(&byte) = rest.first()
        {
            match self.state {
                State::CellStart if self.quote == Some(byte) && !self.is_literal => {
                    self.flags.has_quotes = true;
                    self.state = State::Quoted;
                    at += 1;
                }
                State::CellStart | State::Unquoted => {
                    self.state = State::Unquoted;
                    let n_plain = rest.iter().position(|byte| self.stops[usize::from(*byte)]);
                    let stop = at + n_plain.unwrap_or(rest.len());
                    self.keep(text, at, stop);
                    at = stop;
                    if n_plain.is_some() {
                        at += 1;
                        if self.end_cell_at(bytes.get(stop).copied()) {
                            return (at, true);
                        }
                    }
                }
                State::Quoted => {
                    let found = self.quote.and_then(|quote| memchr(quote, rest));
                    let stop = at + found.unwrap_or(rest.len());
                    self.keep(text, at, stop);
                    at = stop;
                    if found.is_some() {
                        self.state = State::AfterQuote;
                        at += 1;
                    }
                }
                State::AfterQuote if self.quote == Some(byte) => {
                    self.keep(text, at, at + 1);
                    self.state = State::Quoted;
                    at += 1;
                }
                State::AfterQuote if byte == b'\r' && !self.cr_ends => {
                    self.state = State::AfterQuoteReturn;
                    at += 1;
                }
                State::AfterQuote if self.stops[usize::from(byte)] => {
                    at += 1;
                    if self.end_cell_at(Some(byte)) {
                        return (at, true);
                    }
                }
                State::AfterQuoteReturn if byte == b'\n' => {
                    at += 1;
                    self.end_cell_at(Some(byte));
                    return (at, true);
                }
                State::AfterQuote | State::AfterQuoteReturn => self.go_on_after_quote(),
            }
        }
        (at, false)
    }

    /// Text follows a closing quote: what follows is part of the cell.
    fn go_on_after_quote(&mut self) {
        self.flags.stray_quote = true;
        if self.state == State::AfterQuoteReturn && self.is_storing {
            self.cells.push('\r');
        }
        self.state = State::Unquoted;
    }

    /// Ends the last record of a file that does not end in a line end.
    pub(crate) fn finish(&mut self) {
        self.flags.unclosed_quote |= self.state == State::Quoted;
        self.end_cell_at(None);
    }

    fn keep(&mut self, text: &str, from: usize, to: usize) {
        if self.is_storing {
            self.cells.push_str(text.get(from..to).unwrap_or_default());
        }
    }

    /// Ends the cell at the delimiter or line end `stop` (or the end of the file); true when the record ends too.
    fn end_cell_at(&mut self, stop: Option<u8>) -> bool {
        let ends_record = stop != Some(self.delimiter);
        if self.is_storing {
            let start = self.ends.last().copied().unwrap_or(0);
            let is_return_part_of_line_end = ends_record && !self.cr_ends && self.state == State::Unquoted;
            if is_return_part_of_line_end && self.cells.len() > start && self.cells.ends_with('\r') {
                self.cells.pop();
            }
            self.flags.cell_too_long |= self.cells.len() - start > self.max_field_bytes;
            if self.ends.len() < self.max_columns {
                self.ends.push(self.cells.len());
            } else {
                self.flags.too_many_columns = true;
            }
        }
        self.state = State::CellStart;
        self.is_done = ends_record;
        self.swallows_line_feed = self.cr_ends && stop == Some(b'\r');
        ends_record
    }

    /// True when the lines after the first in `raw`, a record whose quote is still open, look like rows of `width`
    /// cells: then the quote is a stray one, not the start of a long cell.
    pub(crate) fn looks_like_rows(&self, raw: &[u8], width: Option<usize>) -> bool {
        let newline = if self.cr_ends { b'\r' } else { b'\n' };
        let n_cells = |line: &[u8]| memchr_iter(self.delimiter, line).count() + 1;
        let mut lines = raw.split(|byte| *byte == newline);
        let first = lines.next().unwrap_or_default();
        let width = width.unwrap_or_else(|| n_cells(first));
        let (mut n_lines, mut n_rows) = (0_usize, 0_usize);
        for line in lines.filter(|line| !line.is_empty()) {
            n_lines += 1;
            n_rows += usize::from(n_cells(line) == width);
        }
        width > 1 && n_rows * 2 > n_lines
    }

    /// Physical lines a finished record took, its own line end included.
    pub(crate) fn count_lines(&self, raw: &[u8]) -> u64 {
        let newline = if self.cr_ends { b'\r' } else { b'\n' };
        memchr_iter(newline, raw).count() as u64
    }
}
