//! A row's strongest contributions as codes and numbers: sentences before their words, which each language brings itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::shap::Shap;
use super::subject::{Cell, Scale, Value};
use crate::profile::{level_counts, quantile, sorted_present};
use crate::{Column, ColumnData, Error, Result, Table};

/// A level in fewer than this share of rows is rare.
pub const RARE_LEVEL: f64 = 0.05;

/// Why one row's output is what it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reasons {
    /// The row, a position in the table.
    pub row: usize,
    /// The unit of contributions.
    pub scale: Scale,
    /// The output without any column.
    pub base: f64,
    /// The row's output.
    pub output: f64,
    /// The strongest contributions, the largest first.
    pub reasons: Vec<Reason>,
    /// What all other columns contribute together.
    pub rest: f64,
}

/// One column's part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// The column.
    pub column: String,
    /// The row's value.
    pub value: Value,
    /// How the value stands to the usual.
    pub relation: Relation,
    /// The usual value: the median of numbers and times, the most frequent level.
    pub typical: Value,
    /// For numbers and times the share of rows below, equals counting half; for levels the share of rows that have it.
    pub share: Option<f64>,
    /// Whether it raises or lowers the output.
    pub effect: Effect,
    /// By how much.
    pub contribution: f64,
    /// Its share of the sizes of all contributions, `0..=1`.
    pub weight: f64,
}

/// How a value stands to the usual ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Among the lowest tenth.
    MuchLower,
    /// Below the lower quartile.
    Lower,
    /// Between the quartiles.
    Typical,
    /// Above the upper quartile.
    Higher,
    /// Among the highest tenth.
    MuchHigher,
    /// The most frequent level.
    UsualLevel,
    /// Another level.
    OtherLevel,
    /// A level in fewer than [`RARE_LEVEL`] of the rows.
    RareLevel,
    /// No value.
    Missing,
}

/// Where a contribution takes the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Up.
    Raises,
    /// Down.
    Lowers,
}

/// The `n_reasons` strongest contributions of each row of `shap`. `table` is the one explained; its rows say what is usual.
/// A contribution of exactly 0 is no reason.
///
/// # Errors
/// [`Error::UnknownColumn`] or [`Error::Parameter`] for another table.
pub fn reasons(shap: &Shap, table: &Table, n_reasons: usize) -> Result<Vec<Reasons>> {
    if shap.rows.iter().any(|&row| row >= table.n_rows()) {
        return Err(Error::Parameter { name: "rows", range: "those of the table explained" });
    }
    let columns = shap.columns.iter().map(|name| table.column(name)).collect::<Result<Vec<_>>>()?;
    let mut usual: BTreeMap<usize, Usual> = BTreeMap::new();
    let width = columns.len().max(1);
    let mut all = Vec::with_capacity(shap.rows.len());
    for (position, parts) in shap.contributions.chunks_exact(width).enumerate() {
        let row = shap.rows[position];
        let size: f64 = parts.iter().map(|part| part.abs()).sum();
        let mut order: Vec<usize> = (0..columns.len()).filter(|&column| parts[column] != 0.0).collect();
        order.sort_by(|&left, &right| parts[right].abs().total_cmp(&parts[left].abs()));
        let reason = |&column: &usize| {
            let usual = usual.entry(column).or_insert_with(|| Usual::of(columns[column]));
            let cell = Cell::of(columns[column], row);
            let (relation, share) = usual.stands(cell);
            Reason {
                column: shap.columns[column].clone(),
                value: cell.value(columns[column]),
                relation,
                typical: usual.typical.clone(),
                share,
                effect: if parts[column] > 0.0 { Effect::Raises } else { Effect::Lowers },
                contribution: parts[column],
                weight: parts[column].abs() / size,
            }
        };
        all.push(Reasons {
            row,
            scale: shap.scale,
            base: shap.base,
            output: shap.outputs[position],
            reasons: order.iter().take(n_reasons).map(reason).collect(),
            rest: order.iter().skip(n_reasons).map(|&column| parts[column]).sum(),
        });
    }
    Ok(all)
}

/// What is usual in a column.
struct Usual {
    typical: Value,
    sorted: Vec<f64>,
    shares: Vec<f64>,
}

impl Usual {
    fn of(column: &Column) -> Self {
        let numbers = |sorted: Vec<f64>, value: fn(f64) -> Value| {
            let typical = if sorted.is_empty() { Value::Missing } else { value(quantile(&sorted, 0.5)) };
            Self { typical, sorted, shares: Vec::new() }
        };
        match &column.data {
            ColumnData::Number(values) => numbers(sorted_present(values), Value::Number),
            ColumnData::Time(values) => {
                let millis: Vec<f64> = values.iter().flatten().map(|&millis| millis as f64).collect();
                numbers(sorted_present(&millis), |millis| Value::TimeMillis(millis as i64))
            }
            ColumnData::Boolean(values) => {
                let count = |yes: bool| values.iter().filter(|value| **value == Some(yes)).count() as f64;
                let (no, yes) = (count(false), count(true));
                let typical = if no + yes > 0.0 { Value::Boolean(yes > no) } else { Value::Missing };
                let shares = [no, yes].map(|count| count / (no + yes).max(1.0)).to_vec();
                Self { typical, sorted: Vec::new(), shares }
            }
            ColumnData::Text(_) => Self { typical: Value::Missing, sorted: Vec::new(), shares: Vec::new() },
            ColumnData::Category { codes, levels } => {
                let counts = level_counts(codes, levels.len());
                let n: usize = counts.iter().sum();
                let most = (0..counts.len()).rev().max_by_key(|&code| counts[code]);
                let typical = most.map_or(Value::Missing, |code| Value::Level(levels[code].clone()));
                let shares = counts.iter().map(|&count| count as f64 / n.max(1) as f64).collect();
                Self { typical, sorted: Vec::new(), shares }
            }
        }
    }

    fn stands(&self, cell: Cell) -> (Relation, Option<f64>) {
        let number = match cell {
            Cell::Missing => return (Relation::Missing, None),
            Cell::Level(code) => return self.level_stands(code as usize),
            Cell::Boolean(yes) => return self.level_stands(usize::from(yes)),
            Cell::Number(number) => number,
            Cell::Time(millis) => millis as f64,
        };
        let below = self.sorted.partition_point(|other| *other < number);
        let to = self.sorted.partition_point(|other| *other <= number);
        let share = (below + to) as f64 / 2.0 / self.sorted.len().max(1) as f64;
        let relation = match share {
            share if share <= 0.1 => Relation::MuchLower,
            share if share < 0.25 => Relation::Lower,
            share if share <= 0.75 => Relation::Typical,
            share if share < 0.9 => Relation::Higher,
            _ => Relation::MuchHigher,
        };
        (relation, Some(share))
    }

    fn level_stands(&self, code: usize) -> (Relation, Option<f64>) {
        let share = self.shares.get(code).copied().unwrap_or(0.0);
        let is_usual = self.shares.iter().all(|other| *other <= share);
        let relation = match share {
            _ if is_usual => Relation::UsualLevel,
            share if share < RARE_LEVEL => Relation::RareLevel,
            _ => Relation::OtherLevel,
        };
        (relation, Some(share))
    }
}
