//! Which prepared columns come from which input: what lets an explanation speak of the columns a person knows.
//!
//! The steps are asked rather than described: a column run through a step alone shows what the step makes of it, whatever
//! the step. What a step makes only of several columns together counts as made of all of them.

use std::collections::BTreeSet;

use super::{ApplyReport, Fitted, FittedStep};
use crate::profile::ColumnKind;
use crate::{Column, ColumnData, Result, Table};

/// The rows each step is asked with.
const PROBE_ROWS: usize = 3;

impl Fitted {
    /// For each of [`Self::outputs`] the positions in [`Self::inputs`] of the columns it is made of, rising. `sample` has the
    /// inputs, of the right types, with a value or two.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub fn sources(&self, sample: &Table) -> Result<Vec<Vec<usize>>> {
        let columns = self.inputs.iter().map(|input| probe(input.kind, sample.column(&input.name)?));
        let mut current = Table::new(columns.collect::<Result<_>>()?)?.without_booleans();
        let mut origins: Vec<BTreeSet<usize>> = (0..self.inputs.len()).map(|input| [input].into()).collect();
        for step in &self.steps {
            (current, origins) = traced(step, current, &origins)?;
        }
        let position = |name: &String| current.columns().position(|column| column.name == *name);
        let origin = |name: &String| match position(name) {
            Some(position) => origins[position].iter().copied().collect(),
            None => (0..self.inputs.len()).collect(),
        };
        Ok(self.outputs.iter().map(origin).collect())
    }
}

/// The table after `step`, and what each of its columns is made of when those before it are made of `origins`.
fn traced(
    step: &FittedStep,
    table: Table,
    origins: &[BTreeSet<usize>],
) -> Result<(Table, Vec<BTreeSet<usize>>)> {
    let alone: Vec<Vec<Column>> = table
        .columns()
        .map(|column| {
            let made = Table::new(vec![column.clone()])
                .and_then(|table| step.apply(table, &mut ApplyReport::default()));
            made.map_or_else(|_| Vec::new(), Table::into_columns)
        })
        .collect();
    let before = table.clone();
    let after = step.apply(table, &mut ApplyReport::default())?;
    let everything: BTreeSet<usize> = origins.iter().flatten().copied().collect();
    let origin = |column: &Column| {
        let makers = (0..alone.len()).filter(|&maker| alone[maker].iter().any(|made| same(made, column)));
        let makers: Vec<usize> = makers.collect();
        let unchanged = || before.columns().position(|earlier| same(earlier, column));
        match (makers.as_slice(), unchanged()) {
            (&[maker], _) | (&[], Some(maker)) => origins[maker].clone(),
            _ => everything.clone(),
        }
    };
    let origins = after.columns().map(origin).collect();
    Ok((after, origins))
}

/// Whether two columns have one name and the same values, missing ones included.
fn same(left: &Column, right: &Column) -> bool {
    left.name == right.name
        && match (&left.data, &right.data) {
            (ColumnData::Number(left), ColumnData::Number(right)) => {
                left.iter().map(|value| value.to_bits()).eq(right.iter().map(|value| value.to_bits()))
            }
            (left, right) => left == right,
        }
}

/// A few rows of `column` that have a value, or made-up ones.
fn probe(kind: ColumnKind, column: &Column) -> Result<Column> {
    let is_missing = column.data.missing_rows();
    let mut rows: Vec<usize> =
        (0..is_missing.len()).filter(|&row| !is_missing[row]).take(PROBE_ROWS).collect();
    let made_up = match kind {
        _ if !rows.is_empty() => None,
        ColumnKind::Number => Some(ColumnData::Number(vec![0.0; PROBE_ROWS])),
        ColumnKind::Category => Some(ColumnData::from_labels([Some(""); PROBE_ROWS])),
        ColumnKind::Time => Some(ColumnData::Time(vec![Some(0); PROBE_ROWS])),
        ColumnKind::Boolean => Some(ColumnData::Boolean(vec![Some(false); PROBE_ROWS])),
        ColumnKind::Text => Some(ColumnData::Text(vec![Some(String::new()); PROBE_ROWS])),
    };
    let data = made_up.unwrap_or_else(|| {
        rows.resize(PROBE_ROWS, rows[0]);
        column.data.take(&rows)
    });
    Ok(Column { name: column.name.clone(), data })
}
