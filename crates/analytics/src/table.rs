//! Typed columns of one length, with explicit missing values: what every preparing step reads and writes.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use stillroom_kernels::columns::has_infinity;

use crate::{Error, Result};

/// The code of a missing category.
pub const MISSING_CATEGORY: u32 = u32::MAX;

/// A column's values, one a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ColumnData {
    /// Numbers; `NaN` is a missing value and infinities are refused by [`Table::new`].
    Number(Vec<f64>),
    /// Categories: each code is a position in `levels`, or [`MISSING_CATEGORY`].
    Category {
        /// One code a row.
        codes: Vec<u32>,
        /// The distinct labels, in a fixed order.
        levels: Vec<String>,
    },
    /// Instants in milliseconds since 1970-01-01 UTC; `None` is missing.
    Time(Vec<Option<i64>>),
    /// Yes or no; `None` is missing. Methods read them as 1 and 0.
    Boolean(Vec<Option<bool>>),
    /// Free text; `None` is missing. It is profiled and anonymized; numeric methods refuse it.
    Text(Vec<Option<String>>),
}

impl ColumnData {
    /// The number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        match self {
            Self::Number(values) => values.len(),
            Self::Category { codes, .. } => codes.len(),
            Self::Time(values) => values.len(),
            Self::Boolean(values) => values.len(),
            Self::Text(values) => values.len(),
        }
    }

    /// The type's name in messages and reports.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Number(_) => "number",
            Self::Category { .. } => "category",
            Self::Time(_) => "time",
            Self::Boolean(_) => "boolean",
            Self::Text(_) => "text",
        }
    }

    /// How many rows are missing.
    #[must_use]
    pub fn n_missing(&self) -> usize {
        match self {
            Self::Number(values) => values.iter().filter(|value| value.is_nan()).count(),
            Self::Category { codes, .. } => codes.iter().filter(|&&code| code == MISSING_CATEGORY).count(),
            Self::Time(values) => values.iter().filter(|value| value.is_none()).count(),
            Self::Boolean(values) => values.iter().filter(|value| value.is_none()).count(),
            Self::Text(values) => values.iter().filter(|value| value.is_none()).count(),
        }
    }

    /// Whether each row is missing. Cost is linear in rows.
    #[must_use]
    pub fn missing_rows(&self) -> Vec<bool> {
        match self {
            Self::Number(values) => values.iter().map(|value| value.is_nan()).collect(),
            Self::Category { codes, .. } => codes.iter().map(|&code| code == MISSING_CATEGORY).collect(),
            Self::Time(values) => values.iter().map(Option::is_none).collect(),
            Self::Boolean(values) => values.iter().map(Option::is_none).collect(),
            Self::Text(values) => values.iter().map(Option::is_none).collect(),
        }
    }

    /// The rows at `rows`, in that order. Cost is linear in `rows`.
    ///
    /// # Panics
    /// When a position is not below [`Self::n_rows`]; positions come from splits, never from users.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Self {
        match self {
            Self::Number(values) => Self::Number(rows.iter().map(|&row| values[row]).collect()),
            Self::Category { codes, levels } => {
                Self::Category { codes: rows.iter().map(|&row| codes[row]).collect(), levels: levels.clone() }
            }
            Self::Time(values) => Self::Time(rows.iter().map(|&row| values[row]).collect()),
            Self::Boolean(values) => Self::Boolean(rows.iter().map(|&row| values[row]).collect()),
            Self::Text(values) => Self::Text(rows.iter().map(|&row| values[row].clone()).collect()),
        }
    }

    /// Booleans as numbers, 1 for yes and 0 for no, missing as `NaN`; anything else as it is.
    #[must_use]
    pub fn without_booleans(self) -> Self {
        match self {
            Self::Boolean(values) => Self::Number(values.into_iter().map(number_from_boolean).collect()),
            other => other,
        }
    }

    /// A category column of `labels`, `None` being missing; levels are sorted by their bytes.
    pub fn from_labels<'a>(labels: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let labels: Vec<_> = labels.into_iter().collect();
        let mut levels: Vec<String> = Vec::new();
        let mut positions = std::collections::BTreeMap::new();
        for label in labels.iter().flatten() {
            positions.entry(*label).or_insert(0);
        }
        for (code, (label, position)) in positions.iter_mut().enumerate() {
            *position = u32::try_from(code).expect("memory ends before four thousand million levels");
            levels.push((*label).to_owned());
        }
        let codes =
            labels.iter().map(|label| label.map_or(MISSING_CATEGORY, |label| positions[label])).collect();
        Self::Category { codes, levels }
    }
}

/// A named column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// The heading, unique in its table.
    pub name: String,
    /// The values.
    pub data: ColumnData,
}

/// Columns of one length under unique names. A `Table` that exists has no infinity and no code outside its levels.
///
/// Columns are shared: a clone, and a table of some of the columns or of all rows, copies no values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    n_rows: usize,
    columns: Vec<Arc<Column>>,
}

impl Table {
    /// The only door: checks lengths, names, infinities and category codes. An empty table (no rows) is allowed.
    ///
    /// # Errors
    /// [`Error::Empty`] without columns; [`Error::LengthMismatch`], [`Error::DuplicateColumn`] and
    /// [`Error::NotFinite`] (an infinity, or a code outside its levels) name the column.
    pub fn new(columns: Vec<Column>) -> Result<Self> {
        columns.iter().try_for_each(check_values)?;
        Self::of_checked(columns.into_iter().map(Arc::new).collect())
    }

    /// As [`Self::new`], of columns whose values are known to be good.
    fn of_checked(columns: Vec<Arc<Column>>) -> Result<Self> {
        let n_rows = columns.first().ok_or(Error::Empty)?.data.n_rows();
        let mut names = std::collections::BTreeSet::new();
        for column in &columns {
            if column.data.n_rows() != n_rows {
                return Err(Error::LengthMismatch {
                    column: column.name.clone(),
                    expected: n_rows,
                    found: column.data.n_rows(),
                });
            }
            if !names.insert(column.name.as_str()) {
                return Err(Error::DuplicateColumn { column: column.name.clone() });
            }
        }
        Ok(Self { n_rows, columns })
    }

    /// The number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The columns, in order.
    #[must_use]
    pub fn columns(&self) -> impl ExactSizeIterator<Item = &Column> + DoubleEndedIterator + Clone {
        self.columns.iter().map(AsRef::as_ref)
    }

    /// The column at `position`.
    ///
    /// # Panics
    /// When `position` is not below the number of columns.
    #[must_use]
    pub fn column_at(&self, position: usize) -> &Column {
        &self.columns[position]
    }

    /// The columns, given away: values that nobody else has are moved, others copied.
    #[must_use]
    pub fn into_columns(self) -> Vec<Column> {
        self.columns.into_iter().map(Arc::unwrap_or_clone).collect()
    }

    /// The column named `name`.
    ///
    /// # Errors
    /// [`Error::UnknownColumn`] when there is none.
    pub fn column(&self, name: &str) -> Result<&Column> {
        self.shared(name).map(AsRef::as_ref)
    }

    fn shared(&self, name: &str) -> Result<&Arc<Column>> {
        self.columns
            .iter()
            .find(|column| column.name == name)
            .ok_or_else(|| Error::UnknownColumn { column: name.to_owned() })
    }

    /// A table of the columns `names`, in that order.
    ///
    /// # Errors
    /// [`Error::UnknownColumn`], [`Error::DuplicateColumn`] or, for no names, [`Error::Empty`].
    pub fn select<S: AsRef<str>>(&self, names: &[S]) -> Result<Self> {
        Self::of_checked(names.iter().map(|name| self.shared(name.as_ref()).cloned()).collect::<Result<_>>()?)
    }

    /// A table of the columns that `is_kept` accepts.
    ///
    /// # Errors
    /// [`Error::Empty`] when it accepts none.
    pub fn filter(&self, is_kept: impl Fn(&Column) -> bool) -> Result<Self> {
        Self::of_checked(self.columns.iter().filter(|column| is_kept(column)).cloned().collect())
    }

    /// The same table with `column` in place of the one at `position`.
    ///
    /// # Errors
    /// As [`Self::new`].
    ///
    /// # Panics
    /// When `position` is not below the number of columns.
    pub fn with_column(&self, position: usize, column: Column) -> Result<Self> {
        check_values(&column)?;
        let mut columns = self.columns.clone();
        columns[position] = Arc::new(column);
        Self::of_checked(columns)
    }

    /// The same table with booleans as numbers, see [`ColumnData::without_booleans`].
    #[must_use]
    pub fn without_booleans(self) -> Self {
        let number = |column: Arc<Column>| match column.data {
            ColumnData::Boolean(_) => {
                let Column { name, data } = Arc::unwrap_or_clone(column);
                Arc::new(Column { name, data: data.without_booleans() })
            }
            _ => column,
        };
        Self { n_rows: self.n_rows, columns: self.columns.into_iter().map(number).collect() }
    }

    /// The rows at `rows`, in that order.
    ///
    /// # Panics
    /// When a position is not below [`Self::n_rows`]; positions come from splits, never from users.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Self {
        if rows.len() == self.n_rows && rows.iter().enumerate().all(|(place, &row)| place == row) {
            return self.clone();
        }
        let taken =
            |column: &Arc<Column>| Column { name: column.name.clone(), data: column.data.take(rows) }.into();
        Self { n_rows: rows.len(), columns: self.columns.iter().map(taken).collect() }
    }
}

/// 1 for yes, 0 for no, `NaN` for missing.
pub(crate) fn number_from_boolean(value: Option<bool>) -> f64 {
    value.map_or(f64::NAN, |value| f64::from(u8::from(value)))
}

fn check_values(column: &Column) -> Result<()> {
    let bad_row = match &column.data {
        ColumnData::Number(values) if has_infinity(values) => {
            values.iter().position(|value| value.is_infinite())
        }
        ColumnData::Category { codes, levels } => {
            codes.iter().position(|&code| code != MISSING_CATEGORY && code as usize >= levels.len())
        }
        _ => None,
    };
    match bad_row {
        Some(row) => Err(Error::NotFinite { column: column.name.clone(), row }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(name: &str, values: &[f64]) -> Column {
        Column { name: name.to_owned(), data: ColumnData::Number(values.to_vec()) }
    }

    #[test]
    fn a_table_refuses_what_no_method_could_use() {
        let cases = [
            (vec![], "empty"),
            (vec![number("a", &[1.0]), number("b", &[])], "length-mismatch"),
            (vec![number("a", &[1.0]), number("a", &[2.0])], "duplicate-column"),
            (vec![number("a", &[1.0, f64::INFINITY])], "not-finite"),
        ];
        for (columns, code) in cases {
            assert_eq!(Table::new(columns).map_err(|error| error.code()), Err(code));
        }
    }

    #[test]
    fn levels_are_sorted_and_missing_labels_have_no_level() {
        let data = ColumnData::from_labels([Some("b"), None, Some("a"), Some("b")]);
        let expected = ColumnData::Category {
            codes: vec![1, MISSING_CATEGORY, 0, 1],
            levels: vec!["a".into(), "b".into()],
        };
        assert_eq!(data, expected);
        assert_eq!(data.n_missing(), 1);
    }

    #[test]
    fn booleans_become_numbers_and_text_stays() {
        let flags = ColumnData::Boolean(vec![Some(true), None, Some(false)]);
        assert_eq!((flags.n_missing(), flags.missing_rows()), (1, vec![false, true, false]));
        let ColumnData::Number(numbers) = flags.take(&[2, 0]).without_booleans() else {
            panic!("booleans become numbers")
        };
        assert_eq!(numbers, [0.0, 1.0]);
        let text = ColumnData::Text(vec![Some("a note".into()), None]);
        assert_eq!((text.take(&[1]).n_missing(), text.type_name()), (1, "text"));
        assert_eq!(text.clone().without_booleans(), text);
    }
}
