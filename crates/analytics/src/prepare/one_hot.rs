//! Categories become columns of 0 and 1.

use serde::{Deserialize, Serialize};

use super::{ApplyReport, RowCount, chosen_columns, with_columns};
use crate::profile::{ColumnKind, level_counts};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::table::MISSING_CATEGORY;
use crate::{Column, ColumnData, Error, Result, Table};

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "one_hot",
    family: Family::Prepare,
    summary: "Turns each category into one column of 0 and 1 a level, without the first.",
    parameters: &[
        Parameter {
            name: "columns",
            kind: Kind::Columns,
            default: "[]",
            doc: "The category columns; empty means all.",
        },
        Parameter {
            name: "drop_first",
            kind: Kind::Boolean,
            default: "true",
            doc: "Leaves out the first level, which the others imply: needed for regressions with an intercept.",
        },
        Parameter {
            name: "max_levels",
            kind: Kind::Integer { min: 2, max: 1000 },
            default: "50",
            doc: "The most levels a column may have; an identifier by mistake would become a column a row.",
        },
    ],
    formula: "column=level is 1 where the row has the level, else 0",
    source: "Suits (1957), Use of dummy variables in regression equations",
    cost: "one pass, memory n a level",
};

/// Which categories become columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OneHotParams {
    /// The columns; empty means every category.
    pub columns: Vec<String>,
    /// Whether the first level gets no column.
    pub drop_first: bool,
    /// The most levels a column may have, `2..=1000`.
    pub max_levels: usize,
}

impl Default for OneHotParams {
    fn default() -> Self {
        Self { columns: Vec::new(), drop_first: true, max_levels: 50 }
    }
}

impl OneHotParams {
    pub(super) fn check(&self) -> Result<()> {
        if (2..=1000).contains(&self.max_levels) {
            return Ok(());
        }
        Err(Error::Parameter { name: "max_levels", range: "a whole number from 2 to 1000" })
    }
}

/// The levels of each encoded column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FittedOneHot {
    /// One entry a column.
    pub columns: Vec<EncodedColumn>,
}

/// How one column is encoded.
///
/// The new columns take its place, in the order of `levels`, named `column=level`, and after them `column=` for rows
/// without a level if the training rows had any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncodedColumn {
    /// The column.
    pub column: String,
    /// The level that is 0 in all columns; `None` when every level has its own.
    pub baseline: Option<String>,
    /// The levels that become columns, in byte order.
    pub levels: Vec<String>,
    /// Whether missing is a level of its own, the last.
    pub has_missing: bool,
}

pub(super) fn fit(params: &OneHotParams, table: &Table) -> Result<FittedOneHot> {
    let columns = chosen_columns(table, &params.columns, &[ColumnKind::Category], "category")?;
    let learn = |column: &Column| {
        let ColumnData::Category { codes, levels } = &column.data else { return Ok(None) };
        let counts = level_counts(codes, levels.len());
        let present = levels.iter().zip(&counts).filter(|(_, count)| **count > 0);
        let mut levels: Vec<String> = present.map(|(level, _)| level.clone()).collect();
        levels.sort_unstable();
        levels.dedup();
        let has_missing = column.data.n_missing() > 0;
        let found = levels.len() + usize::from(has_missing);
        if found > params.max_levels {
            let limit = params.max_levels;
            return Err(Error::TooManyLevels { column: column.name.clone(), limit, found });
        }
        if levels.is_empty() {
            return Err(Error::NothingObserved { column: column.name.clone() });
        }
        let baseline = params.drop_first.then(|| levels.remove(0));
        Ok(Some(EncodedColumn { column: column.name.clone(), baseline, levels, has_missing }))
    };
    let encoded = columns.into_iter().filter_map(|column| learn(column).transpose());
    Ok(FittedOneHot { columns: encoded.collect::<Result<_>>()? })
}

impl FittedOneHot {
    pub(super) fn apply(&self, table: Table, report: &mut ApplyReport) -> Result<Table> {
        with_columns(table, |column, columns| {
            let learned = self.columns.iter().find(|learned| learned.column == column.name);
            match (learned, &column.data) {
                (Some(learned), ColumnData::Category { codes, levels }) => {
                    let rows = learned.encode(codes, levels, columns);
                    if rows > 0 {
                        report.unseen.push(RowCount { column: column.name, rows });
                    }
                }
                _ => columns.push(column),
            }
            Ok(())
        })
    }
}

impl EncodedColumn {
    /// Adds the new columns and answers how many rows have a level not seen in training.
    fn encode(&self, codes: &[u32], levels: &[String], columns: &mut Vec<Column>) -> usize {
        let first = columns.len();
        let names = self.levels.iter().map(String::as_str).chain(self.has_missing.then_some(""));
        columns.extend(names.map(|level| Column {
            name: format!("{}={level}", self.column),
            data: ColumnData::Number(vec![0.0; codes.len()]),
        }));
        let places: Vec<Place> = levels.iter().map(|level| self.place_of(level)).collect();
        let missing = if self.has_missing { Place::Column(self.levels.len()) } else { Place::Unseen };
        let mut n_unseen = 0;
        for (row, &code) in codes.iter().enumerate() {
            match if code == MISSING_CATEGORY { missing } else { places[code as usize] } {
                Place::Baseline => {}
                Place::Unseen => n_unseen += 1,
                Place::Column(position) => {
                    if let ColumnData::Number(values) = &mut columns[first + position].data {
                        values[row] = 1.0;
                    }
                }
            }
        }
        n_unseen
    }

    fn place_of(&self, level: &String) -> Place {
        match self.levels.binary_search(level) {
            Ok(position) => Place::Column(position),
            Err(_) if self.baseline.as_ref() == Some(level) => Place::Baseline,
            Err(_) => Place::Unseen,
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Baseline,
    Column(usize),
    Unseen,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, OneHotParams::check);
    }
}
