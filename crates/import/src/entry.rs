//! The whole path for a file that is already in memory: previews, tests and fuzzing.

use crate::{
    Converter, Error, Inference, Mapping, Reader, Row, RowIssue, Sniffed, Tally, guess_mapping, sniff,
};

/// What a file came to.
#[derive(Debug, Clone)]
pub struct FileSummary {
    /// How it was read.
    pub sniffed: Sniffed,
    /// What its columns were taken for.
    pub mapping: Mapping,
    /// Rows read, kept and refused.
    pub tally: Tally,
    /// The reader's issues, then the converter's.
    pub issues: Vec<RowIssue>,
}

/// Sniffs, profiles, maps and converts `bytes` in chunks of `chunk_bytes` (at least 1), giving each row to `on_row`.
///
/// Any bytes give a summary; the same bytes give the same one for every chunk size. It reads the file twice, once to
/// learn the columns and once to convert, in memory bounded as the [`Reader`] says plus the issues.
///
/// # Errors
/// What [`Converter::new`] finds: a file that looks like order lines but lacks a field none can do without.
pub fn read_whole(
    bytes: &[u8],
    chunk_bytes: usize,
    mut on_row: impl FnMut(Row),
) -> Result<FileSummary, Error> {
    let sniffed = sniff(bytes, true);
    let mut reader = Reader::new(sniffed.dialect)?;
    let mut inference = Inference::new(0);
    for_each_chunk(&mut reader, bytes, chunk_bytes, |reader| {
        while let Some(record) = reader.next_record() {
            inference.observe(&record);
        }
    });
    let mapping = guess_mapping(reader.columns(), &inference.into_profiles(reader.columns().len()));
    let types: Vec<_> = mapping.columns.iter().map(|column| column.column_type).collect();
    let mut converter = Converter::new(&mapping, &types)?;
    let mut reader = Reader::new(sniffed.dialect)?;
    for_each_chunk(&mut reader, bytes, chunk_bytes, |reader| {
        while let Some(record) = reader.next_record() {
            if let Some(row) = converter.convert(&record) {
                on_row(row);
            }
        }
    });
    let tally = reader.tally().then(converter.tally());
    let mut issues = reader.take_issues();
    issues.extend(converter.take_issues());
    Ok(FileSummary { sniffed, mapping, tally, issues })
}

fn for_each_chunk(reader: &mut Reader, bytes: &[u8], chunk_bytes: usize, mut drain: impl FnMut(&mut Reader)) {
    for chunk in bytes.chunks(chunk_bytes.max(1)) {
        reader.push(chunk);
        drain(reader);
    }
    reader.finish();
    drain(reader);
}
