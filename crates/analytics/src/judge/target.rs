//! The column to predict, read from a table.

use super::ModelParams;
use crate::table::MISSING_CATEGORY;
use crate::{Column, ColumnData, Error, Result, Table};

/// The target of the rows that have one.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The rows with a target, rising.
    pub rows: Vec<usize>,
    /// Their values: numbers, or 1 for the positive class and 0 for the other.
    pub values: Vec<f64>,
    /// For classes the positive label.
    pub positive: Option<String>,
}

impl Target {
    /// Reads `column` of `table` as `model` needs it: numbers for `ols`; for `logistic` a category of two levels or numbers
    /// of two values.
    ///
    /// # Errors
    /// [`Error::UnknownColumn`]; [`Error::WrongType`]; [`Error::Classes`] unless exactly two classes occur or when
    /// `positive` is not one of them; [`Error::Empty`] when every row is missing.
    pub fn read(table: &Table, column: &str, positive: Option<&str>, model: &ModelParams) -> Result<Self> {
        let column = table.column(column)?;
        let target = match model {
            ModelParams::Ols(_) => numbers(column)?,
            ModelParams::Logistic(_) => classes(column, positive)?,
        };
        if target.rows.is_empty() { Err(Error::Empty) } else { Ok(target) }
    }

    /// The values as classes.
    pub(super) fn labels(&self) -> Vec<bool> {
        self.values.iter().map(|&value| value == 1.0).collect()
    }

    /// The targets at `positions` of the rows with one.
    pub(super) fn take(&self, positions: &[usize]) -> Self {
        Self {
            rows: positions.iter().map(|&position| self.rows[position]).collect(),
            values: positions.iter().map(|&position| self.values[position]).collect(),
            positive: self.positive.clone(),
        }
    }
}

/// The label of `labels` that counts as positive when none is named: the last in byte order.
#[must_use]
pub fn positive_label<'a>(labels: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    labels.into_iter().max()
}

fn numbers(column: &Column) -> Result<Target> {
    let ColumnData::Number(values) = &column.data else {
        let found = column.data.type_name();
        return Err(Error::WrongType { column: column.name.clone(), expected: "number", found });
    };
    let rows: Vec<usize> = (0..values.len()).filter(|&row| !values[row].is_nan()).collect();
    let values = rows.iter().map(|&row| values[row]).collect();
    Ok(Target { rows, values, positive: None })
}

fn classes(column: &Column, positive: Option<&str>) -> Result<Target> {
    let labels = labels(column)?;
    let mut distinct: Vec<&str> = labels.iter().flatten().map(String::as_str).collect();
    distinct.sort_unstable();
    distinct.dedup();
    let wrong = Error::Classes { needed: 2, found: distinct.len() };
    if distinct.len() != 2 {
        return Err(wrong);
    }
    let positive = match positive {
        Some(label) if distinct.contains(&label) => label.to_owned(),
        Some(_) => return Err(Error::Classes { needed: 2, found: 1 }),
        None => positive_label(distinct).ok_or(wrong)?.to_owned(),
    };
    let rows: Vec<usize> = (0..labels.len()).filter(|&row| labels[row].is_some()).collect();
    let is_positive = |row: &usize| labels[*row].as_ref() == Some(&positive);
    let values = rows.iter().map(|row| f64::from(u8::from(is_positive(row)))).collect();
    Ok(Target { rows, values, positive: Some(positive) })
}

/// Each row's label; numbers are written as they are, `1` for 1.
fn labels(column: &Column) -> Result<Vec<Option<String>>> {
    match &column.data {
        ColumnData::Category { codes, levels } => {
            let label = |&code: &u32| (code != MISSING_CATEGORY).then(|| levels[code as usize].clone());
            Ok(codes.iter().map(label).collect())
        }
        ColumnData::Number(values) => {
            let label = |value: &f64| (!value.is_nan()).then(|| value.to_string());
            Ok(values.iter().map(label).collect())
        }
        ColumnData::Time(_) => Err(Error::WrongType {
            column: column.name.clone(),
            expected: "category or number",
            found: column.data.type_name(),
        }),
    }
}
