//! What holds for every input: no panic, every row accounted for, and no dependence on how the file is cut.

use proptest::prelude::*;
use stillroom_import::{
    Cell, CsvWriter, DateOrder, DecimalMark, Dialect, Encoding, Footer, FormulaGuard, Header, Limits,
    Newline, Outcome, Quote, guarded, read_date, read_number, read_whole, sniff,
};

use crate::support::{Whole, read, read_cut};

/// Bytes in which delimiters, quotes and line ends are common.
pub(crate) fn csv_like_bytes() -> impl Strategy<Value = Vec<u8>> {
    let common = prop::sample::select(&b",;\t|\"\"'\n\n\r a1.-=\xE4\xB8\xAD\xFF\0"[..]);
    prop::collection::vec(prop_oneof![9 => common, 1 => any::<u8>()], 0..300)
}

const ENCODINGS: &[Encoding] =
    &[Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be, Encoding::Windows1252, Encoding::Gb18030];

pub(crate) fn dialects() -> impl Strategy<Value = Dialect> {
    let limits = (1_usize..40, 1_usize..120, 1_usize..6).prop_map(
        |(max_field_bytes, max_record_bytes, max_columns)| Limits {
            max_field_bytes,
            max_record_bytes,
            max_columns,
        },
    );
    (
        prop::sample::select(ENCODINGS),
        prop::sample::select(&b",;\t|"[..]),
        prop::sample::select(&[Quote::Double, Quote::Single, Quote::None][..]),
        prop::sample::select(&[Newline::Lf, Newline::CrLf, Newline::Cr][..]),
        0_usize..3,
        prop::sample::select(&[Header::Present, Header::Absent][..]),
        prop::sample::select(&[Footer::AfterTwoBlankLines, Footer::None][..]),
        prop_oneof![limits, Just(Limits::default())],
    )
        .prop_map(|(encoding, delimiter, quote, newline, preamble_lines, header, footer, limits)| {
            Dialect { encoding, delimiter, quote, newline, preamble_lines, header, footer, limits }
        })
}

fn assert_accounted(whole: &Whole) {
    let tally = whole.tally;
    assert_eq!(tally.rows_read, tally.rows_kept + tally.rows_refused);
    assert_eq!(tally.rows_kept, whole.rows.len() as u64);
    let n_refusals = whole.issues.iter().filter(|issue| issue.outcome == Outcome::Refused).count();
    assert_eq!(tally.rows_refused, n_refusals as u64);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_in_any_chunks_read_the_same(
        bytes in csv_like_bytes(),
        dialect in dialects(),
        cuts in prop::collection::vec(0_usize..300, 0..12),
    ) {
        let whole = read(dialect, &bytes);
        assert_accounted(&whole);
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
        cuts.sort_unstable();
        prop_assert_eq!(&read_cut(dialect, &bytes, cuts), &whole);
        prop_assert_eq!(&read_cut(dialect, &bytes, 0..bytes.len()), &whole);
    }

    #[test]
    fn any_bytes_come_to_a_summary(bytes in csv_like_bytes(), chunk_bytes in 1_usize..50) {
        let mut n_rows = 0;
        let summary = read_whole(&bytes, chunk_bytes, |_| n_rows += 1).expect("a guessed mapping works");
        let tally = summary.tally;
        prop_assert_eq!(tally.rows_read, tally.rows_kept + tally.rows_refused);
        prop_assert_eq!(tally.rows_kept, n_rows);
        let mut refused: Vec<_> =
            summary.issues.iter().filter(|issue| issue.outcome == Outcome::Refused).map(|issue| issue.row).collect();
        refused.sort_unstable();
        refused.dedup();
        prop_assert_eq!(tally.rows_refused, refused.len() as u64);
    }

    #[test]
    fn any_cut_head_is_sniffed(bytes in prop::collection::vec(any::<u8>(), 0..400), is_whole in any::<bool>()) {
        prop_assert!(sniff(&bytes, is_whole).dialect.check().is_ok());
    }

    #[test]
    fn what_is_written_without_loss_is_read_back(
        rows in (1_usize..5).prop_flat_map(|width| {
            prop::collection::vec(prop::collection::vec("[a,;\t|\"'\r\n =+é中\u{FEFF}\0-]{0,6}", width), 1..8)
        }),
        delimiter in prop::sample::select(&b",;\t|"[..]),
        quote in prop::sample::select(&[Quote::Double, Quote::Single][..]),
        newline in prop::sample::select(&[Newline::Lf, Newline::CrLf, Newline::Cr][..]),
    ) {
        let dialect = Dialect { delimiter, quote, newline, header: Header::Absent, footer: Footer::None, ..Dialect::default() };
        let mut writer = CsvWriter::new(&dialect, FormulaGuard::Lossless).expect("the dialect is usable");
        for row in &rows {
            writer.write_record(row.iter().map(String::as_str));
        }
        let whole = read(dialect, writer.take().as_bytes());
        prop_assert_eq!(whole.rows, rows);
        prop_assert!(whole.issues.is_empty());
    }

    #[test]
    fn typed_cells_are_written_and_read_back(
        number in any::<f64>().prop_filter("finite", |number| number.is_finite()),
        millis in -62_135_596_800_000_i64..253_402_300_800_000,
    ) {
        let mut writer = CsvWriter::new(&Dialect::default(), FormulaGuard::Guard).expect("the dialect is usable");
        writer.write_cells(&[Cell::Number(number), Cell::Time(millis), Cell::Boolean(true), Cell::Missing]);
        let whole = read(Dialect { header: Header::Absent, ..Dialect::default() }, writer.take().as_bytes());
        let row = &whole.rows[0];
        prop_assert_eq!(read_number(&row[0], DecimalMark::Point).map(f64::to_bits), Some(number.to_bits()));
        prop_assert_eq!(read_date(&row[1], DateOrder::YearFirst), Some(millis));
        prop_assert_eq!((row[2].as_str(), row[3].as_str()), ("true", ""));
    }

    #[test]
    fn a_guarded_text_starts_no_formula(text in "[ \u{3000}]{0,2}[=+@\t\r\0＝＋＠-]?[ =+a1.@-]{0,6}") {
        let guarded = guarded(&text);
        let first = guarded.trim_start().chars().next();
        let starts = first.is_some_and(|c| "=+-@＝＋－＠\0".contains(c)) || guarded.starts_with(['\t', '\r', '\n']);
        prop_assert!(!starts, "{:?}", guarded);
    }
}
