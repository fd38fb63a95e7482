//! Contributions of many rows as pictures need them: a ranking, a beeswarm, a dependence.

use serde::{Deserialize, Serialize};

use super::Shap;
use crate::explain::subject::{Cell, Value};
use crate::random::{draw_rows, generator};
use crate::{Error, Result, Table};

/// How much a column matters over all rows explained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnImportance {
    /// The column.
    pub column: String,
    /// The mean size of its contributions.
    pub mean_absolute: f64,
}

/// Contributions of single rows, for the columns that matter most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Beeswarm {
    /// The rows shown, positions in the table, rising.
    pub rows: Vec<usize>,
    /// The columns, the most important first.
    pub columns: Vec<BeeswarmColumn>,
}

/// One column of a beeswarm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BeeswarmColumn {
    /// The column.
    pub column: String,
    /// One point a row of [`Beeswarm::rows`].
    pub points: Vec<BeeswarmPoint>,
}

/// One row in one column.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BeeswarmPoint {
    /// The contribution.
    pub contribution: f64,
    /// Where the value stands among the rows shown: 0 the least, 1 the greatest, equals in the middle of their ranks; `None`
    /// for categories and missing values.
    pub rank: Option<f64>,
}

/// A value and what it contributes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DependencePoint {
    /// The row, a position in the table.
    pub row: usize,
    /// The column's value.
    pub value: Value,
    /// The contribution.
    pub contribution: f64,
}

impl Shap {
    /// All columns by the mean size of their contributions, the largest first; ties keep the columns' order.
    #[must_use]
    pub fn ranking(&self) -> Vec<ColumnImportance> {
        let width = self.columns.len().max(1);
        let n_rows = self.rows.len().max(1) as f64;
        let mean = |column: usize| {
            let sizes = self.contributions.iter().skip(column).step_by(width).map(|part| part.abs());
            sizes.sum::<f64>() / n_rows
        };
        let named = |(column, name): (usize, &String)| ColumnImportance {
            column: name.clone(),
            mean_absolute: mean(column),
        };
        let mut ranking: Vec<ColumnImportance> = self.columns.iter().enumerate().map(named).collect();
        ranking.sort_by(|left, right| right.mean_absolute.total_cmp(&left.mean_absolute));
        ranking
    }

    /// The contributions of at most `most_rows` of the rows explained, drawn by `seed`, in the `n_columns` most important
    /// columns. `table` is the one explained.
    ///
    /// # Errors
    /// [`Error::UnknownColumn`] or [`Error::Parameter`] for another table.
    pub fn beeswarm(&self, table: &Table, n_columns: usize, most_rows: usize, seed: u64) -> Result<Beeswarm> {
        let shown = draw_rows(&mut generator(seed, 0), self.rows.len(), most_rows);
        let column = |importance: ColumnImportance| {
            let points = self.dependence(table, &importance.column)?;
            let points: Vec<&DependencePoint> = shown.iter().map(|&position| &points[position]).collect();
            let ranks = ranks(points.iter().map(|point| &point.value));
            let points = points.iter().zip(ranks);
            let points = points.map(|(point, rank)| BeeswarmPoint { contribution: point.contribution, rank });
            Ok(BeeswarmColumn { column: importance.column, points: points.collect() })
        };
        let columns = self.ranking().into_iter().take(n_columns).map(column).collect::<Result<_>>()?;
        Ok(Beeswarm { rows: shown.iter().map(|&position| self.rows[position]).collect(), columns })
    }

    /// The value of `column` and its contribution in each row explained. `table` is the one explained.
    ///
    /// # Errors
    /// [`Error::UnknownColumn`]; [`Error::Parameter`] for a table with fewer rows.
    pub fn dependence(&self, table: &Table, column: &str) -> Result<Vec<DependencePoint>> {
        let position = self.columns.iter().position(|name| name == column);
        let position = position.ok_or_else(|| Error::UnknownColumn { column: column.to_owned() })?;
        let column = table.column(column)?;
        if self.rows.iter().any(|&row| row >= table.n_rows()) {
            return Err(Error::Parameter { name: "rows", range: "those of the table explained" });
        }
        let contributions = self.contributions.iter().skip(position).step_by(self.columns.len());
        let point = |(&row, &contribution): (&usize, &f64)| DependencePoint {
            row,
            value: Cell::of(column, row).value(column),
            contribution,
        };
        Ok(self.rows.iter().zip(contributions).map(point).collect())
    }
}

/// Where each number stands among all, 0 to 1; equals share the middle of their ranks.
fn ranks<'a>(values: impl Iterator<Item = &'a Value>) -> Vec<Option<f64>> {
    let numbers: Vec<Option<f64>> = values
        .map(|value| match value {
            Value::Number(number) => Some(*number),
            Value::TimeMillis(millis) => Some(*millis as f64),
            Value::Level(_) | Value::Boolean(_) | Value::Missing => None,
        })
        .collect();
    let mut sorted: Vec<f64> = numbers.iter().flatten().copied().collect();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1).max(1) as f64;
    let rank = |number: f64| {
        let below = sorted.partition_point(|other| *other < number);
        let to = sorted.partition_point(|other| *other <= number);
        if sorted.len() < 2 { 0.5 } else { (below + to - 1) as f64 / 2.0 / last }
    };
    numbers.into_iter().map(|number| number.map(rank)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_share_the_middle_of_their_ranks() {
        let values = [Value::Number(3.0), Value::Number(1.0), Value::Missing, Value::Number(3.0)];
        assert_eq!(ranks(values.iter()), [Some(0.75), Some(0.0), None, Some(0.75)]);
        assert_eq!(ranks([Value::Number(2.0)].iter()), [Some(0.5)]);
    }
}
