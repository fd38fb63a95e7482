//! Complete, finite numbers in rows: the door every method's input passes.

use std::borrow::Cow;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use stillroom_kernels::columns::{enlarge, has_gap, interleave};

use crate::table::number_from_boolean;
use crate::{ColumnData, Error, Result, Table};

/// Numbers of shape `(n_rows, n_columns)`, row by row, every one finite, every column named.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Matrix {
    names: Vec<String>,
    values: Vec<f64>,
}

impl Matrix {
    /// Checks and keeps `values`, row-major, of length `n_rows * names.len()`.
    ///
    /// # Errors
    /// [`Error::Empty`] without columns or rows; [`Error::LengthMismatch`] when the length is no multiple of the width;
    /// [`Error::DuplicateColumn`]; [`Error::NotFinite`] names the first bad cell.
    pub fn new(names: Vec<String>, values: Vec<f64>) -> Result<Self> {
        let width = names.len();
        if width == 0 || values.is_empty() {
            return Err(Error::Empty);
        }
        if !values.len().is_multiple_of(width) {
            return Err(Error::LengthMismatch {
                column: names[width - 1].clone(),
                expected: values.len().div_ceil(width),
                found: values.len() / width,
            });
        }
        let mut seen = std::collections::BTreeSet::new();
        if let Some(column) = names.iter().find(|name| !seen.insert(name.as_str())) {
            return Err(Error::DuplicateColumn { column: column.clone() });
        }
        if has_gap(&values)
            && let Some(cell) = values.iter().position(|value| !value.is_finite())
        {
            return Err(Error::NotFinite { column: names[cell % width].clone(), row: cell / width });
        }
        Ok(Self { names, values })
    }

    /// All columns of `table`, which must be complete numbers, or booleans, which become 1 and 0.
    ///
    /// # Errors
    /// [`Error::WrongType`] for a column that is not a number; [`Error::NotFinite`] for a missing value;
    /// [`Error::Empty`] without rows.
    pub fn from_table(table: &Table) -> Result<Self> {
        let columns = table.columns().map(|column| match &column.data {
            ColumnData::Number(values) => Ok(Cow::Borrowed(values.as_slice())),
            ColumnData::Boolean(values) => {
                Ok(Cow::Owned(values.iter().map(|&value| number_from_boolean(value)).collect()))
            }
            other => Err(Error::WrongType {
                column: column.name.clone(),
                expected: "number",
                found: other.type_name(),
            }),
        });
        let columns: Vec<Cow<'_, [f64]>> = columns.collect::<Result<_>>()?;
        let slices: Vec<&[f64]> = columns.iter().map(AsRef::as_ref).collect();
        let values = interleave(&slices);
        Self::new(table.columns().map(|column| column.name.clone()).collect(), values)
    }

    /// The number of rows, at least 1.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.values.len() / self.names.len()
    }

    /// The number of columns, at least 1.
    #[must_use]
    pub fn n_columns(&self) -> usize {
        self.names.len()
    }

    /// The column names, in order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// All values, row by row.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// One row.
    ///
    /// # Panics
    /// When `row` is not below [`Self::n_rows`].
    #[must_use]
    pub fn row(&self, row: usize) -> &[f64] {
        self.rows(row..row + 1)
    }

    /// A range of rows, row-major.
    ///
    /// # Panics
    /// When the range ends beyond [`Self::n_rows`].
    #[must_use]
    pub fn rows(&self, range: Range<usize>) -> &[f64] {
        let width = self.names.len();
        &self.values[range.start * width..range.end * width]
    }

    /// One column, copied.
    ///
    /// # Panics
    /// When `column` is not below [`Self::n_columns`].
    #[must_use]
    pub fn column(&self, column: usize) -> Vec<f64> {
        self.values.iter().skip(column).step_by(self.names.len()).copied().collect()
    }

    /// All columns, copied.
    #[must_use]
    pub fn columns(&self) -> Vec<Vec<f64>> {
        (0..self.n_columns()).map(|column| self.column(column)).collect()
    }

    /// Whether sums of squared values stay inside the range of numbers, for methods built on them.
    ///
    /// # Errors
    /// [`Error::OutOfScale`] names the first column with a size above `1e140`, or with none above `1e-140` and not 0
    /// throughout.
    pub fn check_scale(&self) -> Result<()> {
        let mut largest = vec![0.0f64; self.names.len()];
        enlarge(&self.values, &vec![0.0; self.names.len()], &mut largest);
        match largest.iter().position(|&most| most > 1e140 || (most > 0.0 && most < 1e-140)) {
            Some(column) => Err(Error::OutOfScale { column: self.names[column].clone() }),
            None => Ok(()),
        }
    }

    /// The rows at `rows`, in that order.
    ///
    /// # Panics
    /// When `rows` is empty or a position is not below [`Self::n_rows`]; positions come from splits, never from users.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Self {
        assert!(!rows.is_empty(), "a matrix has at least one row");
        let values = rows.iter().flat_map(|&row| self.row(row)).copied().collect();
        Self { names: self.names.clone(), values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_refuses_gaps_and_says_where() {
        let names = vec!["a".to_owned(), "b".to_owned()];
        let error = Matrix::new(names.clone(), vec![1.0, 2.0, 3.0, f64::NAN]);
        assert_eq!(error, Err(Error::NotFinite { column: "b".into(), row: 1 }));
        assert_eq!(
            Matrix::new(names.clone(), vec![1.0; 3]).map_err(|error| error.code()),
            Err("length-mismatch")
        );
        assert_eq!(Matrix::new(names, vec![]), Err(Error::Empty));
    }
}
