//! Reading fixtures and shared data.
#![allow(
    clippy::disallowed_methods,
    reason = "tests read their fixtures from files; the crate itself does not"
)]

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;

use serde_json::Value;
use stillroom_analytics::Matrix;

/// The text of a shared data file, unpacked; `None`, with a word on the console, when the data are not there.
pub(crate) fn shared(path: &str) -> Option<String> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).join(path);
    let Ok(file) = std::fs::File::open(&path) else {
        println!("skipped: no shared data");
        return None;
    };
    let mut bytes = Vec::new();
    if path.extension().is_some_and(|extension| extension == "gz") {
        flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    } else {
        std::io::BufReader::new(file).read_to_end(&mut bytes).unwrap();
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// A fixture made by the reference script.
pub(crate) fn fixture(name: &str) -> Value {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference")).join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

pub(crate) fn strings(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// A matrix from named columns.
pub(crate) fn matrix(columns: &[(String, Vec<f64>)]) -> Matrix {
    let n_rows = columns[0].1.len();
    let values = (0..n_rows).flat_map(|row| columns.iter().map(move |column| column.1[row])).collect();
    Matrix::new(columns.iter().map(|column| column.0.clone()).collect(), values).unwrap()
}

/// The columns of a text with a separator and no separator inside quotes.
pub(crate) fn read_columns(text: &str, separator: char) -> BTreeMap<String, Vec<String>> {
    let cells =
        |line: &str| line.split(separator).map(|cell| cell.trim_matches('"').to_owned()).collect::<Vec<_>>();
    let mut lines = text.lines();
    let header = cells(lines.next().unwrap());
    let mut columns: BTreeMap<String, Vec<String>> =
        header.iter().map(|name| (name.clone(), Vec::new())).collect();
    for line in lines {
        for (name, cell) in header.iter().zip(cells(line)) {
            columns.get_mut(name).unwrap().push(cell);
        }
    }
    columns
}

/// The columns `names`, where `a_b` that is no column is the indicator of level `b` of column `a`.
pub(crate) fn design(
    data: &BTreeMap<String, Vec<String>>,
    names: &[String],
    keep: &[usize],
) -> Vec<(String, Vec<f64>)> {
    let column = |name: &String| {
        if let Some(cells) = data.get(name) {
            return keep.iter().map(|&row| cells[row].trim().parse().unwrap()).collect();
        }
        let splits = name.match_indices('_').map(|(at, _)| (&name[..at], &name[at + 1..]));
        let (source, level) = splits.into_iter().find(|(source, _)| data.contains_key(*source)).unwrap();
        keep.iter().map(|&row| f64::from(u8::from(data[source][row] == level))).collect()
    };
    names.iter().map(|name| (name.clone(), column(name))).collect()
}

/// Fails unless every number is within `tolerance` of the expected one, relative to the larger of it and `floor`.
#[track_caller]
pub(crate) fn assert_close(what: &str, found: &[f64], expected: &[f64], tolerance: f64, floor: f64) {
    assert_eq!(found.len(), expected.len(), "{what}: lengths");
    for (position, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (found - expected).abs() / expected.abs().max(floor);
        assert!(error <= tolerance, "{what} {position}: {found} for {expected}, off by {error:e}");
    }
}
