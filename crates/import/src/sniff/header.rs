//! Whether the first record names the columns: names are texts that differ from the values below them.

use crate::mapping::is_known_header;
use crate::values::{DateShape, NumberShape, date_shape, is_email, is_missing, number_shape};
use crate::{Header, read_boolean};

pub(super) struct HeaderGuess {
    pub(super) header: Header,
    pub(super) confidence: f64,
}

/// Records below the first that are compared with it.
const MAX_RECORDS: usize = 50;

/// Is this a value rather than a name?
fn is_value(cell: &str) -> bool {
    number_shape(cell) != NumberShape::None
        || date_shape(cell) != DateShape::None
        || is_email(cell)
        || (cell.len() > 1 && read_boolean(cell).is_some())
}

pub(super) fn guess_header(records: &[Vec<String>]) -> HeaderGuess {
    let Some((first, rest)) = records.split_first() else {
        return HeaderGuess { header: Header::Present, confidence: 0.5 };
    };
    let n_known = first.iter().filter(|cell| is_known_header(cell)).count();
    let n_values = first.iter().filter(|cell| !is_missing(cell) && is_value(cell)).count();
    let mut evidence = 2 * n_known as i64 - 2 * n_values as i64;
    for (idx, name) in first.iter().enumerate() {
        let column = rest.iter().take(MAX_RECORDS).filter_map(|record| record.get(idx));
        let known: Vec<_> = column.filter(|cell| !is_missing(cell)).collect();
        let is_valued = !known.is_empty() && known.iter().all(|cell| is_value(cell));
        evidence += i64::from(is_valued && !is_value(name) && !name.trim().is_empty());
        evidence -= i64::from(known.contains(&name) && !name.trim().is_empty());
    }
    let confidence = 1.0 - 0.5 / (1.0 + evidence.unsigned_abs() as f64);
    let header = if evidence >= 0 { Header::Present } else { Header::Absent };
    HeaderGuess { header, confidence }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(records: &[&[&str]]) -> Header {
        let owned: Vec<Vec<String>> =
            records.iter().map(|record| record.iter().map(|cell| (*cell).to_owned()).collect()).collect();
        guess_header(&owned).header
    }

    #[test]
    fn names_are_told_from_values() {
        assert_eq!(guess(&[&["a", "b"], &["1", "x"]]), Header::Present);
        assert_eq!(guess(&[&["Email", "Name"]]), Header::Present);
        assert_eq!(guess(&[&["1", "2", "3"], &["4", "5", "6"]]), Header::Absent);
        assert_eq!(guess(&[&["1", "2", "3"]]), Header::Absent);
        assert_eq!(guess(&[&["Ann", "a@example.com"], &["Bob", "b@example.com"]]), Header::Absent);
        assert_eq!(guess(&[&["城市", "备注"], &["上海", "好"]]), Header::Present);
        assert_eq!(guess(&[]), Header::Present);
    }
}
