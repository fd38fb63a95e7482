//! The column to predict, read from a table.

use crate::predict::{Outcome, Takes};
use crate::table::MISSING_CATEGORY;
use crate::{Column, ColumnData, Error, Result, Table};

/// The target of the rows that have one.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The rows with a target, rising.
    pub rows: Vec<usize>,
    /// What each of them has.
    pub values: TargetValues,
}

/// One entry a row with a target.
#[derive(Debug, Clone, PartialEq)]
pub enum TargetValues {
    /// Numbers, in target units.
    Numbers(Vec<f64>),
    /// Classes.
    Classes {
        /// Each row's position in `labels`.
        codes: Vec<u32>,
        /// The classes in byte order, but of two the positive one last.
        labels: Vec<String>,
    },
}

impl Target {
    /// Reads `column` of `table` as a method that takes `takes` needs it. A method that takes both learns classes from a category
    /// column, or when `positive` is given, and numbers from a number column.
    ///
    /// # Errors
    /// [`Error::UnknownColumn`]; [`Error::WrongType`]; [`Error::Classes`] when a single class occurs, more than the method
    /// takes, or when `positive` is not one of them; [`Error::Empty`] when every row is missing.
    pub fn read(table: &Table, column: &str, positive: Option<&str>, takes: Takes) -> Result<Self> {
        let column = table.column(column)?;
        let is_number = matches!(column.data, ColumnData::Number(_));
        let target = match takes.numbers && (takes.classes == 0 || (is_number && positive.is_none())) {
            true => numbers(column)?,
            false => classes(column, positive, takes.classes)?,
        };
        if target.rows.is_empty() { Err(Error::Empty) } else { Ok(target) }
    }

    /// What to learn.
    #[must_use]
    pub fn outcome(&self) -> Outcome<'_> {
        match &self.values {
            TargetValues::Numbers(values) => Outcome::Numbers(values),
            TargetValues::Classes { codes, labels } => Outcome::Classes { codes, n_classes: labels.len() },
        }
    }

    /// The classes; empty for numbers.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        match &self.values {
            TargetValues::Numbers(_) => &[],
            TargetValues::Classes { labels, .. } => labels,
        }
    }

    /// The class that counts as positive, when there are two.
    #[must_use]
    pub fn positive(&self) -> Option<&str> {
        match self.labels() {
            [_, positive] => Some(positive),
            _ => None,
        }
    }

    /// Each row's number, or its class's position in [`Self::labels`].
    #[must_use]
    pub fn numbers(&self) -> Vec<f64> {
        match &self.values {
            TargetValues::Numbers(values) => values.clone(),
            TargetValues::Classes { codes, .. } => codes.iter().map(|&code| f64::from(code)).collect(),
        }
    }

    /// Each row's class for cuts that keep shares; all 0 for numbers.
    #[must_use]
    pub fn strata(&self) -> Vec<u32> {
        match &self.values {
            TargetValues::Numbers(values) => vec![0; values.len()],
            TargetValues::Classes { codes, .. } => codes.clone(),
        }
    }

    /// The targets at `positions` of the rows with one.
    ///
    /// # Panics
    /// When a position is not below the number of rows with a target; positions come from splits, never from users.
    #[must_use]
    pub fn take(&self, positions: &[usize]) -> Self {
        let rows = positions.iter().map(|&position| self.rows[position]).collect();
        let values = match &self.values {
            TargetValues::Numbers(values) => {
                TargetValues::Numbers(positions.iter().map(|&position| values[position]).collect())
            }
            TargetValues::Classes { codes, labels } => TargetValues::Classes {
                codes: positions.iter().map(|&position| codes[position]).collect(),
                labels: labels.clone(),
            },
        };
        Self { rows, values }
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
    Ok(Target { rows, values: TargetValues::Numbers(values) })
}

fn classes(column: &Column, positive: Option<&str>, most: usize) -> Result<Target> {
    let of_rows = labels(column)?;
    let mut labels: Vec<String> = of_rows.iter().flatten().cloned().collect();
    labels.sort_unstable();
    labels.dedup();
    if labels.is_empty() {
        return Err(Error::Empty);
    }
    if !(2..=most).contains(&labels.len()) {
        return Err(Error::Classes { needed: labels.len().clamp(2, most.max(2)), found: labels.len() });
    }
    if let Some(positive) = positive {
        let position = labels.iter().position(|label| label == positive);
        let position = position.ok_or(Error::Classes { needed: 2, found: 1 })?;
        if labels.len() == 2 {
            labels.swap(position, 1);
        }
    }
    let rows: Vec<usize> = (0..of_rows.len()).filter(|&row| of_rows[row].is_some()).collect();
    let codes: std::collections::BTreeMap<&str, u32> = labels.iter().map(String::as_str).zip(0..).collect();
    let codes = of_rows.iter().flatten().map(|label| codes[label.as_str()]).collect();
    Ok(Target { rows, values: TargetValues::Classes { codes, labels } })
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
        ColumnData::Boolean(values) => {
            let label = |value: &Option<bool>| value.map(|value| if value { "yes" } else { "no" }.to_owned());
            Ok(values.iter().map(label).collect())
        }
        ColumnData::Time(_) | ColumnData::Text(_) => Err(Error::WrongType {
            column: column.name.clone(),
            expected: "category or number",
            found: column.data.type_name(),
        }),
    }
}
