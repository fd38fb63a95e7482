//! What the tests of this crate share: reading bytes to owned rows, and finding the real data.

use std::path::PathBuf;

use stillroom_import::{Dialect, Reader, RowIssue, Tally};

/// Everything a reader says about a file.
#[derive(Debug, PartialEq)]
pub(crate) struct Whole {
    pub(crate) headers: Vec<String>,
    pub(crate) names: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
    pub(crate) lines: Vec<u64>,
    pub(crate) issues: Vec<RowIssue>,
    pub(crate) tally: Tally,
    pub(crate) blank_lines: u64,
    pub(crate) footer_lines: u64,
}

/// Reads `bytes`, pushed in chunks that end at `cuts` (positions in `bytes`, ascending).
pub(crate) fn read_cut(dialect: Dialect, bytes: &[u8], cuts: impl IntoIterator<Item = usize>) -> Whole {
    let mut reader = Reader::new(dialect).expect("the test's dialect is usable");
    let (mut rows, mut lines, mut issues) = (Vec::new(), Vec::new(), Vec::new());
    let mut drain = |reader: &mut Reader| {
        while let Some(record) = reader.next_record() {
            rows.push(record.iter().map(str::to_owned).collect::<Vec<_>>());
            lines.push(record.line());
        }
        issues.extend(reader.take_issues());
    };
    let mut start = 0;
    for cut in cuts.into_iter().chain([bytes.len()]) {
        reader.push(&bytes[start..cut]);
        start = cut;
        drain(&mut reader);
    }
    reader.finish();
    drain(&mut reader);
    Whole {
        headers: reader.columns().iter().map(|column| column.header.clone()).collect(),
        names: reader.columns().iter().map(|column| column.name.clone()).collect(),
        rows,
        lines,
        issues,
        tally: reader.tally(),
        blank_lines: reader.blank_lines(),
        footer_lines: reader.footer_lines(),
    }
}

/// Reads `bytes` in one chunk.
pub(crate) fn read(dialect: Dialect, bytes: &[u8]) -> Whole {
    read_cut(dialect, bytes, [])
}

/// Reads `bytes` in chunks of `n_bytes`.
pub(crate) fn read_in_chunks(dialect: Dialect, bytes: &[u8], n_bytes: usize) -> Whole {
    read_cut(dialect, bytes, (1..=bytes.len() / n_bytes).map(|idx| idx * n_bytes))
}

/// The folder of a real data set beside the checkout, or nothing (said so) where it is not there.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
pub(crate) fn data_folder(name: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no data set {name} beside the checkout");
    None
}
