//! The way to columns gives what the plain way gives: a reader, an inference over all records, and each cell by its type.

use std::collections::BTreeMap;

use proptest::prelude::*;
use stillroom_import::{
    Cell, ColumnType, ColumnsReader, Dialect, Finished, Inference, Outcome, ReadColumns, Reader, RowIssue,
    Tally, ValueKind, Values, read_cell, read_columns,
};

use crate::properties::{csv_like_bytes, dialects};

/// A file as cells.
#[derive(Debug, PartialEq)]
struct Plain {
    names: Vec<String>,
    types: Vec<ColumnType>,
    /// One list a column.
    cells: Vec<Vec<Cell>>,
    tally: Tally,
    issues: Vec<RowIssue>,
}

/// Reads record by record, twice.
fn plain(dialect: Dialect, bytes: &[u8], kinds: &BTreeMap<String, String>) -> Plain {
    let mut inference = Inference::new(0);
    let reader = each_record(dialect, bytes, |record| inference.observe(record));
    let names: Vec<String> = reader.columns().iter().map(|column| column.name.clone()).collect();
    let mut types: Vec<ColumnType> =
        inference.into_profiles(names.len()).iter().map(|profile| profile.column_type()).collect();
    for (name, column_type) in names.iter().zip(&mut types) {
        if let Some(kind) = kinds.get(name) {
            *column_type = column_type.with_field_kind(kind).expect("the test names kinds");
        }
    }
    let mut cells = vec![Vec::new(); names.len()];
    let mut issues = Vec::new();
    let mut reader = each_record(dialect, bytes, |record| {
        for (idx, column) in cells.iter_mut().enumerate() {
            let cell = read_cell(record.get(idx), types[idx]).unwrap_or_else(|reason| {
                let value_kind = ValueKind::of(record.get(idx));
                let field = Some(names[idx].clone());
                let (row, line, outcome) = (record.row(), record.line(), Outcome::Kept);
                issues.push(RowIssue { row, line, field, reason, value_kind, outcome });
                Cell::Missing
            });
            column.push(cell);
        }
    });
    let mut all = reader.take_issues();
    all.extend(issues);
    Plain { names, types, cells, tally: reader.tally(), issues: sorted(all) }
}

fn each_record(
    dialect: Dialect,
    bytes: &[u8],
    mut on_record: impl FnMut(&stillroom_import::Record<'_>),
) -> Reader {
    let mut reader = Reader::new(dialect).expect("the test's dialect is usable");
    reader.push(bytes);
    reader.finish();
    while let Some(record) = reader.next_record() {
        on_record(&record);
    }
    reader
}

/// Issues of one row stand in no order that matters.
fn sorted(mut issues: Vec<RowIssue>) -> Vec<RowIssue> {
    issues.sort_by(|a, b| (a.line, a).cmp(&(b.line, b)));
    issues
}

/// Columns as cells.
fn cells_of(values: &Values) -> Vec<Cell> {
    let known = |is_known: bool, cell: Cell| if is_known { cell } else { Cell::Missing };
    match values {
        Values::Number(numbers) => {
            numbers.iter().map(|&number| known(!number.is_nan(), Cell::Number(number))).collect()
        }
        Values::Time(times) => {
            times.iter().map(|&time| known(!time.is_nan(), Cell::Time(time as i64))).collect()
        }
        Values::Boolean { values, is_known } => {
            let flags = values.iter().enumerate();
            flags.map(|(row, &flag)| known(is_known.get(row), Cell::Boolean(flag == 1))).collect()
        }
        Values::Category { codes, levels } => {
            let level = |code: &u32| levels.get(*code as usize);
            codes
                .iter()
                .map(|code| level(code).map_or(Cell::Missing, |level| Cell::Text(level.clone())))
                .collect()
        }
        Values::Text { text, ends, is_known } => {
            let starts = std::iter::once(&0).chain(ends);
            let texts = starts.zip(ends).map(|(start, end)| text[*start..*end].to_owned());
            texts.enumerate().map(|(row, text)| known(is_known.get(row), Cell::Text(text))).collect()
        }
    }
}

fn as_plain(read: ReadColumns) -> Plain {
    Plain {
        names: read.columns.iter().map(|column| column.name.clone()).collect(),
        types: read.columns.iter().map(|column| column.column_type).collect(),
        cells: read.columns.iter().map(|column| cells_of(&column.values)).collect(),
        tally: read.tally,
        issues: sorted(read.issues),
    }
}

/// Reads to columns in chunks that end at `cuts`, having looked at the first `n_head` bytes.
fn cut(
    dialect: Dialect,
    bytes: &[u8],
    kinds: &BTreeMap<String, String>,
    n_head: usize,
    cuts: &[usize],
) -> Plain {
    let head = &bytes[..n_head.min(bytes.len())];
    let mut reader = ColumnsReader::new(dialect, head, bytes.len() as u64, kinds.clone())
        .expect("the test's options are usable");
    for _ in 0..2 {
        let mut start = 0;
        for &end in cuts.iter().chain([&bytes.len()]) {
            reader.push(&bytes[start..end]);
            start = end;
        }
        match reader.finish().expect("the test names columns the file has") {
            Finished::Columns(columns) => return as_plain(columns),
            Finished::Again(again) => reader = *again,
        }
    }
    panic!("a reader whose types are certain asks for the file again");
}

/// Cells with quotes and line ends, in their places and out of them.
const ODD_CELLS: &[&str] = &[
    "\"a,b\"",
    "\"a\nb\"",
    "\"a\r\nb\"",
    "\"a\"\"b\"",
    "\"\"",
    "\"12\"",
    "\"a\"b",
    "x\"y",
    "\"",
    "\r",
    "\"a\"\r",
];

/// Tables whose cells are written in every way the types know, with quotes, line ends and rows of other widths among them.
fn tables() -> impl Strategy<Value = Vec<u8>> {
    let cell = prop_oneof![
        4 => "-?[0-9]{1,5}",
        3 => "-?[0-9]{1,5}[.,][0-9]{1,4}",
        2 => "20[0-2][0-9]-[01][0-9]-[0-3][0-9](T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z?)?",
        2 => "[0-3][0-9][/.][0-3][0-9][/.]20[0-2][0-9]",
        2 => "yes|no|true|NO",
        2 => "red|green|blue| red|张伟| \u{3000}",
        2 => "[A-Z]{1,3}-[0-9]{3,6}|[0-9]{4}-[A-Z]{4,6}|EUR 1[0-9]{4}|1e[0-9]{5}|[0-9]{17}",
        2 => "(|NA|-|null|\\?)",
        1 => prop::sample::select(ODD_CELLS).prop_map(str::to_owned),
        1 => "[a-z ]{0,30}[0-9]{0,3}",
    ];
    // One column keeps to few writings, so that types other than text come about.
    let pool = prop::collection::vec(cell, 1..4);
    (prop::collection::vec(pool, 1..5), 0_usize..160, any::<u64>(), prop::bool::weighted(0.3)).prop_map(
        |(pools, n_rows, seed, has_returns)| {
            let mut state = seed;
            let mut draw = |below: usize| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) as usize % below
            };
            let line_end = if has_returns { "\r\n" } else { "\n" };
            let mut text: String = (0..pools.len()).map(|idx| format!("c{idx},")).collect();
            text.pop();
            text += line_end;
            for _ in 0..n_rows {
                let cells: Vec<&str> = pools
                    .iter()
                    .filter_map(|pool| match draw(200) {
                        0 => None,
                        1 => Some("strange,wide"),
                        2 => Some("strange"),
                        _ => Some(pool[draw(pool.len())].as_str()),
                    })
                    .collect();
                text += &cells.join(",");
                text += line_end;
            }
            text.into_bytes()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn hostile_bytes_come_to_the_same_columns(
        bytes in csv_like_bytes(),
        dialect in dialects(),
        n_head in 0_usize..300,
        cuts in prop::collection::vec(0_usize..300, 0..6),
    ) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
        cuts.sort_unstable();
        let kinds = BTreeMap::new();
        prop_assert_eq!(cut(dialect, &bytes, &kinds, n_head, &cuts), plain(dialect, &bytes, &kinds));
    }

    #[test]
    fn tables_come_to_the_same_columns(
        bytes in tables(),
        n_head in 0_usize..4_000,
        chunk in prop_oneof![1_usize..40, 40_usize..5_000],
        kind in prop::sample::select(&["", "number", "boolean", "date", "category", "text"][..]),
    ) {
        let cuts: Vec<usize> = (1..=bytes.len() / chunk).map(|idx| idx * chunk).collect();
        let kinds = if kind.is_empty() { BTreeMap::new() } else { [("c0".to_owned(), kind.to_owned())].into() };
        let dialect = Dialect::default();
        prop_assert_eq!(cut(dialect, &bytes, &kinds, n_head, &cuts), plain(dialect, &bytes, &kinds));
    }
}

#[test]
fn a_type_for_no_column_or_of_no_kind_is_refused() {
    let code = |name: &str, kind: &str| {
        let kinds = [(name.to_owned(), kind.to_owned())].into();
        read_columns(Dialect::default(), b"a,b\n1,2\n", kinds).map_err(|error| error.code()).map(|_| ())
    };
    assert_eq!(code("a", "text"), Ok(()));
    assert_eq!(code("c", "text"), Err("no_such_name"));
    assert_eq!(code("a", "colour"), Err("unknown_kind"));
}
