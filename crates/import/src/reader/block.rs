//! Plain records, many at a time: found eight bytes at a step in text that is already decoded, and handed out where they lie.
//!
//! A record is plain when it has as many cells as there are columns, stands on one line, no quote in it is doubled or stray,
//! and it is within the bounds. Every other record ends the block, and the state machine of [`crate::parse`] reads it.

use super::Reader;
use crate::Newline;

/// Plain records one after the other. It borrows from the [`Reader`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block<'a> {
    pub(crate) text: &'a str,
    /// Where each cell starts and ends in `text`, record by record.
    bounds: &'a [(u32, u32)],
    width: usize,
    /// The first record's row, counted from 1, and the line it stands on.
    pub(crate) first_row: u64,
    pub(crate) first_line: u64,
}

impl<'a> Block<'a> {
    /// Where the cells of column `idx` start and end in `text`, one a record.
    pub(crate) fn column(&self, idx: usize) -> impl Iterator<Item = (usize, usize)> + use<'a> {
        let bounds = self.bounds.get(idx..).unwrap_or_default();
        bounds.iter().step_by(self.width.max(1)).map(|&(start, end)| (start as usize, end as usize))
    }
}

impl Reader {
    /// The plain records that follow and are decoded already, or nothing when the next record is not one of them:
    /// [`Reader::next_record`] reads it. Records come in the same order, and count the same, however they are asked for.
    pub(crate) fn next_block(&mut self) -> Option<Block<'_>> {
        let width = self.columns().len();
        let is_plain_here = width > 0
            && self.preamble_left == 0
            && self.dialect.newline != Newline::Cr
            && !self.decoder.has_replacements();
        if !is_plain_here {
            return None;
        }
        self.begin_record();
        if self.at != self.start || self.parser.is_dropping() {
            return None;
        }
        let limits = self.dialect.limits;
        let scan = Scan {
            width,
            delimiter: self.dialect.delimiter,
            quote: self.dialect.quote.byte(),
            max_bytes: limits.max_record_bytes.min(limits.max_field_bytes),
        };
        self.bounds.clear();
        let (n_records, end) = scan.run(self.text.as_bytes(), self.start, &mut self.bounds);
        if n_records == 0 {
            return None;
        }
        (self.start, self.at) = (end, end);
        self.is_in_footer = false;
        self.blank_lines += std::mem::take(&mut self.blank_run);
        let (first_row, first_line) = (self.tally.rows_read + 1, self.line);
        self.tally.rows_read += n_records;
        self.tally.rows_kept += n_records;
        self.line += n_records;
        Some(Block { text: &self.text, bounds: &self.bounds, width, first_row, first_line })
    }
}

/// What to look for.
struct Scan {
    width: usize,
    delimiter: u8,
    quote: Option<u8>,
    /// The longest record taken, in bytes without its line end.
    max_bytes: usize,
}

/// Every byte of a word set to one value is a multiple of this.
const ONES: u64 = 0x0101_0101_0101_0101;
const LOW_BITS: u64 = 0x7F7F_7F7F_7F7F_7F7F;

/// The high bit of every byte of `word` that equals the byte repeated in `pattern`.
fn equal_bytes(word: u64, pattern: u64) -> u64 {
    let different = word ^ pattern;
    !(((different & LOW_BITS) + LOW_BITS) | different | LOW_BITS)
}

impl Scan {
    /// Adds the cells of the plain records from `start` on to `bounds`. Returns how many records, and where they end.
    fn run(&self, text: &[u8], start: usize, bounds: &mut Vec<(u32, u32)>) -> (u64, usize) {
        let delimiters = ONES * u64::from(self.delimiter);
        let line_ends = ONES * u64::from(b'\n');
        let quotes = self.quote.map_or(line_ends, |quote| ONES * u64::from(quote));
        let mut records =
            Records { scan: self, text, bounds, start, cell: start, skip: start, n_cells: 0, count: 0 };
        let (words, tail) = text.get(start..).unwrap_or_default().as_chunks::<8>();
        for (idx, word) in words.iter().enumerate() {
            let word = u64::from_le_bytes(*word);
            let mut stops =
                equal_bytes(word, delimiters) | equal_bytes(word, line_ends) | equal_bytes(word, quotes);
            while stops != 0 {
                let at = start + 8 * idx + (stops.trailing_zeros() / 8) as usize;
                stops &= stops - 1;
                if !records.stop_at(at) {
                    return records.finish();
                }
            }
        }
        let tail_at = start + 8 * words.len();
        for (at, byte) in (tail_at..).zip(tail) {
            let is_stop = *byte == self.delimiter || *byte == b'\n' || self.quote == Some(*byte);
            if is_stop && !records.stop_at(at) {
                break;
            }
        }
        records.finish()
    }
}

/// The records found so far and the one being read.
struct Records<'a> {
    scan: &'a Scan,
    text: &'a [u8],
    bounds: &'a mut Vec<(u32, u32)>,
    /// Where the record being read starts.
    start: usize,
    /// Where its last cell starts.
    cell: usize,
    /// What lies before belongs to a quoted cell already added.
    skip: usize,
    n_cells: usize,
    count: u64,
}

impl Records<'_> {
    /// Takes the delimiter, line feed or quote at `at`; false when the record is not plain.
    #[inline(always)]
    fn stop_at(&mut self, at: usize) -> bool {
        if at < self.skip {
            return true;
        }
        match self.text.get(at) {
            Some(&byte) if byte == self.scan.delimiter => {
                self.end_cell(at, at);
                true
            }
            Some(b'\n') => self.end_record(at),
            _ => at != self.cell || self.read_quoted(at),
        }
    }

    /// Ends the cell before `stop` at `end`. A quoted cell is added when its quote opens, and only moved past here.
    #[inline(always)]
    fn end_cell(&mut self, end: usize, stop: usize) {
        if self.skip <= self.cell {
            self.bounds.push((self.cell as u32, end as u32));
        }
        self.n_cells += 1;
        self.cell = stop + 1;
    }

    #[inline(always)]
    fn end_record(&mut self, at: usize) -> bool {
        let has_return = at > self.cell && self.text.get(at - 1) == Some(&b'\r');
        self.end_cell(at - usize::from(has_return), at);
        let is_blank = self.scan.width == 1 && self.bounds.last().is_some_and(|(start, end)| start == end);
        let is_long = at - self.start > self.scan.max_bytes;
        if self.n_cells != self.scan.width || is_blank || is_long {
            return false;
        }
        self.start = at + 1;
        self.n_cells = 0;
        self.count += 1;
        true
    }

    /// Adds the cell whose quote opens at `at`; false unless it closes on the same line, right before the cell's end.
    fn read_quoted(&mut self, at: usize) -> bool {
        let quote = self.scan.quote.unwrap_or_default();
        let inner = self.text.get(at + 1..).unwrap_or_default();
        let Some(length) = memchr::memchr2(quote, b'\n', inner) else { return false };
        let close = at + 1 + length;
        let is_closed = self.text.get(close) == Some(&quote);
        let ends_well = match self.text.get(close + 1..).unwrap_or_default() {
            [b'\n', ..] | [b'\r', b'\n', ..] => true,
            [next, ..] => *next == self.scan.delimiter,
            [] => false,
        };
        if is_closed && ends_well {
            self.bounds.push((at as u32 + 1, close as u32));
            self.skip = close + 1;
        }
        is_closed && ends_well
    }

    /// Forgets the cells of the record that is not whole.
    fn finish(self) -> (u64, usize) {
        self.bounds.truncate(self.count as usize * self.scan.width);
        (self.count, self.start)
    }
}
