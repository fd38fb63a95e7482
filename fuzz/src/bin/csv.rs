//! Any bytes as a customer's file: rows and issues, the same however the file is cut, and none lost.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stillroom_import::read_whole;

fuzz_target!(|bytes: &[u8]| {
    let whole = summary(bytes, bytes.len());
    for chunk_bytes in [1, 7] {
        assert_eq!(summary(bytes, chunk_bytes), whole, "cut into pieces of {chunk_bytes}");
    }
});

/// The file read in pieces of `chunk_bytes`, with every row, as text to compare.
fn summary(bytes: &[u8], chunk_bytes: usize) -> String {
    let mut rows = String::new();
    let mut n_rows = 0;
    let summary = read_whole(bytes, chunk_bytes, |row| {
        n_rows += 1;
        rows += &format!("{row:?}\n");
    });
    if let Ok(summary) = &summary {
        assert_eq!(summary.tally.rows_kept, n_rows, "every kept row is handed out");
        assert_eq!(
            summary.tally.rows_read,
            summary.tally.rows_kept + summary.tally.rows_refused,
            "no row is lost"
        );
    }
    format!("{summary:?}\n{rows}")
}
