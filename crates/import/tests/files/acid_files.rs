//! The csv-spectrum acid test, the csvkit examples and Salesforce's own import fixtures.

use std::path::Path;

use crate::support::{Whole, data_folder, read, read_in_chunks};
use serde_json::Value;
use stillroom_import::{Encoding, Header, Newline, Reason, sniff};

fn read_sniffed(path: &Path) -> Whole {
    let bytes = std::fs::read(path).expect("the file is there");
    let dialect = sniff(&bytes, true).dialect;
    let whole = read(dialect, &bytes);
    assert_eq!(read_in_chunks(dialect, &bytes, 5), whole, "{} in chunks", path.display());
    whole
}

fn files_in(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "csv" || extension == "tsv"));
    files.sort();
    assert!(!files.is_empty());
    files
}

#[test]
fn csv_spectrum_is_read_to_its_json() {
    let Some(folder) = data_folder("csv-spectrum") else { return };
    for path in files_in(&folder.join("csvs")) {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        let json =
            std::fs::read_to_string(folder.join("json").join(format!("{stem}.json"))).expect("its json");
        let parsed: Value = serde_json::from_str(&json).expect("json");
        let expected: Vec<&Value> =
            parsed.as_array().map_or_else(|| vec![&parsed], |rows| rows.iter().collect());
        let whole = read_sniffed(&path);
        assert!(whole.issues.is_empty(), "{stem}: {:?}", whole.issues);
        assert_eq!(whole.rows.len(), expected.len(), "{stem}");
        for (row, object) in whole.rows.iter().zip(expected) {
            for (name, cell) in whole.names.iter().zip(row) {
                let wanted = object[name].as_str().unwrap_or_else(|| panic!("{stem}: no {name}"));
                let is_masked = stem == "location_coordinates" && name == "Contact Phone Number";
                assert!(is_masked || normal(cell) == normal(wanted), "{stem}: {name}");
            }
        }
    }
}

/// The set's JSON has CRLF where its CSV, as copied, has LF.
fn normal(cell: &str) -> String {
    cell.replace("\r\n", "\n")
}

#[test]
fn csvkit_examples_have_issues_only_where_they_are_broken() {
    let Some(folder) = data_folder("csvkit-examples") else { return };
    let broken = [
        ("bad.csv", vec![Reason::TooManyCells, Reason::TooFewCells]),
        ("bad_skip_lines.csv", vec![Reason::TooManyCells, Reason::TooFewCells]),
        ("join_a_short.csv", vec![Reason::TooFewCells, Reason::TooFewCells]),
        ("test_empty_columns.csv", vec![Reason::TooFewCells]),
        ("test_empty_columns_short_row.csv", vec![Reason::TooFewCells]),
        ("test_extra_header.csv", vec![Reason::TooFewCells]),
        ("test_join_short_rows.csv", vec![Reason::TooFewCells, Reason::TooFewCells]),
    ];
    for path in files_in(&folder).into_iter().chain(files_in(&folder.join("realdata"))) {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        let reasons: Vec<_> = read_sniffed(&path).issues.iter().map(|issue| issue.reason).collect();
        let expected = broken.iter().find(|(file, _)| *file == name).map(|(_, reasons)| reasons.clone());
        assert_eq!(reasons, expected.unwrap_or_default(), "{name}");
    }
}

#[test]
fn csvkit_dialects_are_sniffed() {
    let Some(folder) = data_folder("csvkit-examples") else { return };
    let sniffed = |name: &str| sniff(&std::fs::read(folder.join(name)).expect("the file"), true).dialect;
    assert_eq!(sniffed("sniff_limit.csv").delimiter, b';');
    assert_eq!(sniffed("dummy.tsv").delimiter, b'\t');
    assert_eq!(sniffed("mac_newlines.csv").newline, Newline::Cr);
    assert_eq!(sniffed("test_latin1.csv").encoding, Encoding::Windows1252);
    assert_eq!(sniffed("test_utf16_big.csv").encoding, Encoding::Utf16Be);
    assert_eq!(sniffed("test_utf16_little.csv").encoding, Encoding::Utf16Le);
    assert_eq!(sniffed("null_byte.csv").encoding, Encoding::Utf8);
    for name in ["no_header_row.csv", "no_header_row2.csv", "no_header_row3.csv"] {
        assert_eq!(sniffed(name).header, Header::Absent, "{name}");
    }
    for name in
        ["foo1.csv", "test_geo.csv", "test_date_format.csv", "blanks.csv", "test_numeric_date_format.csv"]
    {
        assert_eq!(sniffed(name).header, Header::Present, "{name}");
    }
}

#[test]
fn csvkit_cells_are_read_whole() {
    let Some(folder) = data_folder("csvkit-examples") else { return };
    let mac = read_sniffed(&folder.join("mac_newlines.csv"));
    assert_eq!(mac.rows, [["1", "2", "3"], ["Once upon\ra time", "5", "6"]]);
    let latin = read_sniffed(&folder.join("test_latin1.csv"));
    assert_eq!(latin.rows, [["1", "2", "3"], ["4", "5", "©"]]);
    let skipped = read_sniffed(&folder.join("test_skip_lines.csv"));
    assert_eq!((skipped.names, skipped.rows.len()), (vec!["a".to_owned(), "b".into(), "c".into()], 1));
    let big = read_sniffed(&folder.join("realdata/ks_1033_data.csv"));
    assert_eq!((big.rows.len(), big.names.len()), (1575, 14));
}

#[test]
fn salesforce_fixtures_are_read_without_issues() {
    let Some(folder) = data_folder("crm-fixtures-oss") else { return };
    for path in files_in(&folder.join("salesforce-dataloader")) {
        let whole = read_sniffed(&path);
        assert!(whole.issues.is_empty() && !whole.rows.is_empty(), "{}: {:?}", path.display(), whole.issues);
    }
}
