//! Which rows of a column are equal, whatever its type.

use std::collections::BTreeMap;

use crate::table::MISSING_CATEGORY;
use crate::{Column, ColumnData, Error, Result};

/// A code for each row of `column`, equal exactly when the values are; `None` where one is missing.
pub(super) fn codes(column: &Column) -> Vec<Option<u32>> {
    match &column.data {
        ColumnData::Category { codes, .. } => {
            codes.iter().map(|&code| (code != MISSING_CATEGORY).then_some(code)).collect()
        }
        ColumnData::Number(values) => {
            let bits = |value: &f64| (!value.is_nan()).then(|| ordered(*value));
            ranks(values.iter().map(bits))
        }
        ColumnData::Time(times) => ranks(times.iter().copied()),
        ColumnData::Boolean(values) => values.iter().map(|value| value.map(u32::from)).collect(),
        ColumnData::Text(values) => ranks(values.iter().map(Option::as_deref)),
    }
}

/// The group of each of `rows`, of which none may be missing.
pub(super) fn groups(column: &Column, rows: &[usize]) -> Result<Vec<u32>> {
    let codes = codes(column);
    let group =
        |&row: &usize| codes[row].ok_or_else(|| Error::NotFinite { column: column.name.clone(), row });
    rows.iter().map(group).collect()
}

/// A number whose order is that of `value`, the same for both zeros.
fn ordered(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    if value < 0.0 { !bits } else { bits | 1 << 63 }
}

fn ranks<T: Ord + Copy>(values: impl Iterator<Item = Option<T>> + Clone) -> Vec<Option<u32>> {
    let mut codes: BTreeMap<T, u32> = values.clone().flatten().map(|value| (value, 0)).collect();
    codes.values_mut().zip(0..).for_each(|(code, rank)| *code = rank);
    values.map(|value| value.map(|value| codes[&value])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_of_any_type_have_equal_codes() {
        let text = |values: &[Option<&str>]| {
            ColumnData::Text(values.iter().map(|value| value.map(str::to_owned)).collect())
        };
        let cases = [
            ColumnData::Number(vec![2.5, f64::NAN, -1.0, 2.5]),
            ColumnData::Time(vec![Some(9), None, Some(-3), Some(9)]),
            ColumnData::Boolean(vec![Some(true), None, Some(false), Some(true)]),
            ColumnData::from_labels([Some("b"), None, Some("a"), Some("b")]),
            text(&[Some("b"), None, Some("a"), Some("b")]),
        ];
        for data in cases {
            let column = Column { name: "x".into(), data };
            assert_eq!(codes(&column), [Some(1), None, Some(0), Some(1)]);
            assert_eq!(groups(&column, &[0, 2]), Ok(vec![1, 0]));
            assert_eq!(groups(&column, &[1]).map_err(|error| error.code()), Err("not-finite"));
        }
        let zeros = Column { name: "x".into(), data: ColumnData::Number(vec![0.0, -0.0]) };
        assert_eq!(codes(&zeros), [Some(0), Some(0)]);
    }
}
