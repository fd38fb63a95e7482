//! What the steps share: choosing columns, learning from them and changing them.

use crate::profile::ColumnKind;
use crate::registry::{Kind, Parameter};
use crate::{Column, ColumnData, Error, Result, Table};

/// The parameter of steps that work on numbers.
pub(super) const NUMBER_COLUMNS: Parameter = Parameter {
    name: "columns",
    kind: Kind::Columns,
    default: "[]",
    doc: "The number columns; empty means all, indicators and encoded levels included.",
};

/// The parameter of steps that work on categories.
pub(super) const CATEGORY_COLUMNS: Parameter = Parameter {
    name: "columns",
    kind: Kind::Columns,
    default: "[]",
    doc: "The category columns; empty means all.",
};

/// The columns a step works on: those named, or all of the types it takes. A named column of another type is refused.
pub(super) fn chosen_columns<'a>(
    table: &'a Table,
    names: &[String],
    kinds: &[ColumnKind],
    expected: &'static str,
) -> Result<Vec<&'a Column>> {
    let is_taken = |column: &Column| kinds.contains(&ColumnKind::of(&column.data));
    if names.is_empty() {
        return Ok(table.columns().filter(|column| is_taken(column)).collect());
    }
    let named = |name: &String| {
        let column = table.column(name)?;
        if is_taken(column) {
            return Ok(column);
        }
        Err(Error::WrongType { column: name.clone(), expected, found: column.data.type_name() })
    };
    names.iter().map(named).collect()
}

/// What `learn` makes of each number column a step works on.
pub(super) fn learn_numbers<T>(
    table: &Table,
    names: &[String],
    mut learn: impl FnMut(&str, &[f64]) -> Result<T>,
) -> Result<Vec<T>> {
    let columns = chosen_columns(table, names, &[ColumnKind::Number], "number")?;
    let numbers = columns.into_iter().filter_map(|column| match &column.data {
        ColumnData::Number(values) => Some((column.name.as_str(), values.as_slice())),
        _ => None,
    });
    numbers.map(|(name, values)| learn(name, values)).collect()
}

/// What `learn` makes of the codes and levels of each category column a step works on.
pub(super) fn learn_levels<T>(
    table: &Table,
    names: &[String],
    mut learn: impl FnMut(&str, &[u32], &[String]) -> Result<T>,
) -> Result<Vec<T>> {
    let columns = chosen_columns(table, names, &[ColumnKind::Category], "category")?;
    let categories = columns.into_iter().filter_map(|column| match &column.data {
        ColumnData::Category { codes, levels } => Some((column.name.as_str(), codes, levels)),
        _ => None,
    });
    categories.map(|(name, codes, levels)| learn(name, codes, levels)).collect()
}

/// The table with the values of each number column changed in place.
pub(super) fn change_numbers(
    table: Table,
    mut change: impl FnMut(&str, &mut [f64]) -> Result<()>,
) -> Result<Table> {
    with_columns(table, |mut column, columns| {
        if let ColumnData::Number(values) = &mut column.data {
            change(&column.name, values)?;
        }
        columns.push(column);
        Ok(())
    })
}

/// The table with each column replaced by what `change` makes of it; a column may become none or many.
pub(super) fn with_columns(
    table: Table,
    mut change: impl FnMut(Column, &mut Vec<Column>) -> Result<()>,
) -> Result<Table> {
    let mut columns = Vec::with_capacity(table.columns().len());
    for column in table.into_columns() {
        change(column, &mut columns)?;
    }
    Table::new(columns)
}

/// The levels that occur, each once, in byte order.
pub(super) fn present_levels(codes: &[u32], levels: &[String]) -> Vec<String> {
    let counts = crate::profile::level_counts(codes, levels.len());
    let mut present: Vec<String> =
        levels.iter().zip(&counts).filter(|(_, count)| **count > 0).map(|(level, _)| level.clone()).collect();
    present.sort_unstable();
    present.dedup();
    present
}
