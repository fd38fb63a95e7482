//! Which delimiter, quote and newline, and where the table starts: by reading the head with each candidate.

use std::collections::BTreeMap;

use crate::{Dialect, Footer, Header, Newline, Quote, Reader, Reason};

use super::{QuoteStyle, newline_byte};

/// Records looked at for each candidate.
const MAX_RECORDS: usize = 200;
/// Lines above a table that may be a report's title.
const MAX_PREAMBLE: usize = 20;

pub(super) struct Layout {
    pub(super) dialect: Dialect,
    pub(super) confidence: f64,
    pub(super) quote_style: QuoteStyle,
    /// The first records of the table, header included.
    pub(super) first_records: Vec<Vec<String>>,
}

/// Line feeds decide: carriage returns end records only in a file that has no line feed at all.
pub(super) fn guess_newline(text: &str) -> Newline {
    match text.find('\n') {
        Some(at) if text.as_bytes().get(at.wrapping_sub(1)) == Some(&b'\r') => Newline::CrLf,
        Some(_) => Newline::Lf,
        None if text.contains('\r') => Newline::Cr,
        None => Newline::Lf,
    }
}

/// The delimiter named by a first line `sep=;`.
pub(super) fn separator_line(text: &str) -> Option<u8> {
    let line = text.lines().next()?.trim_end_matches('\r');
    let rest =
        line.get(..4).filter(|start| start.eq_ignore_ascii_case("sep=")).and_then(|_| line.get(4..))?;
    let [delimiter] = rest.as_bytes() else { return None };
    let dialect = Dialect { delimiter: *delimiter, ..Dialect::default() };
    dialect.check().is_ok().then_some(*delimiter)
}

/// What reading the head with one candidate gives.
struct Trial {
    dialect: Dialect,
    records: Vec<Vec<String>>,
    lines: Vec<u64>,
    width: usize,
    score: f64,
}

pub(super) fn guess_layout(text: &str, base: Dialect, separator: Option<u8>, is_whole: bool) -> Layout {
    let delimiters = separator.map_or(vec![b',', b';', b'\t', b'|'], |delimiter| vec![delimiter]);
    let quotes = [Quote::Double, Quote::Single];
    let mut best: Option<Trial> = None;
    for quote in quotes.into_iter().filter(|quote| *quote == Quote::Double || is_single_quoted(text)) {
        for &delimiter in &delimiters {
            let dialect = Dialect { delimiter, quote, ..base };
            let trial = try_dialect(text, dialect, is_whole);
            if best.as_ref().is_none_or(|best| trial.score > best.score) {
                best = Some(trial);
            }
        }
    }
    let best = best.unwrap_or_else(|| try_dialect(text, base, is_whole));
    let confidence = if separator.is_some() { 1.0 } else { best.score.clamp(0.1, 1.0) };
    let n_preamble = preamble_records(&best);
    let table_line = best.lines.get(n_preamble).copied().unwrap_or(1);
    let mut dialect = best.dialect;
    if n_preamble > 0 {
        dialect.preamble_lines = usize::try_from(table_line.saturating_sub(1)).unwrap_or_default();
    }
    let quote_style = quote_style(text, &best);
    Layout {
        dialect,
        confidence,
        quote_style,
        first_records: best.records.into_iter().skip(n_preamble).collect(),
    }
}

/// Single quotes are looked at only when they stand on both sides of a delimiter and double ones nowhere.
fn is_single_quoted(text: &str) -> bool {
    !text.contains('"') && ["','", "';'", "'\t'", "'|'"].iter().any(|meeting| text.contains(meeting))
}

fn try_dialect(text: &str, dialect: Dialect, is_whole: bool) -> Trial {
    let raw = Dialect { header: Header::Absent, footer: Footer::None, ..dialect };
    let mut trial = Trial { dialect, records: Vec::new(), lines: Vec::new(), width: 1, score: 0.0 };
    let Ok(mut reader) = Reader::new(raw) else { return trial };
    reader.push(text.as_bytes());
    if is_whole {
        reader.finish();
    }
    while trial.records.len() < MAX_RECORDS
        && let Some(record) = reader.next_record()
    {
        trial.lines.push(record.line());
        trial.records.push(record.iter().map(str::to_owned).collect());
    }
    if trial.records.is_empty() && !is_whole {
        reader.finish();
        if let Some(record) = reader.next_record() {
            trial.lines.push(record.line());
            trial.records.push(record.iter().map(str::to_owned).collect());
        }
    }
    let is_stray = |reason| matches!(reason, Reason::StrayQuote | Reason::UnclosedQuote);
    let n_stray = reader.take_issues().iter().filter(|issue| is_stray(issue.reason)).count();
    let (width, n_agreeing) = modal_width(&trial.records);
    let n_records = trial.records.len().max(1) as f64;
    let stray_share = (n_stray as f64 / n_records).min(1.0);
    trial.width = width;
    trial.score = (n_agreeing as f64 / n_records) * (1.0 - 1.0 / width as f64) * (1.0 - stray_share);
    trial
}

/// The number of cells most records have, preferring more cells, and how many records have it. Widths of one count only
/// when there is no other.
fn modal_width(records: &[Vec<String>]) -> (usize, usize) {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for record in records {
        *counts.entry(record.len()).or_default() += 1;
    }
    let wide = counts.iter().filter(|(width, _)| **width > 1).max_by_key(|(width, count)| (**count, **width));
    wide.map_or((1, records.len()), |(width, count)| (*width, *count))
}

/// How many records stand above the table: single cells, then a record as wide as the table.
fn preamble_records(trial: &Trial) -> usize {
    if trial.width < 2 {
        return 0;
    }
    let n_single = trial.records.iter().take_while(|record| record.len() == 1).count();
    let is_table_next = trial.records.get(n_single).is_some_and(|record| record.len() >= trial.width);
    if n_single <= MAX_PREAMBLE && is_table_next { n_single } else { 0 }
}

fn quote_style(text: &str, trial: &Trial) -> QuoteStyle {
    let Some(quote) = trial.dialect.quote.byte().map(char::from) else { return QuoteStyle::None };
    if !text.contains(quote) {
        return QuoteStyle::None;
    }
    let line = text.split(newline_byte(trial.dialect.newline)).find(|line| !line.trim().is_empty());
    let delimiter = char::from(trial.dialect.delimiter);
    let mut cells = line.unwrap_or_default().trim_end().split(delimiter);
    if cells.all(|cell| cell.starts_with(quote) || cell.ends_with(quote)) {
        QuoteStyle::All
    } else {
        QuoteStyle::Minimal
    }
}
