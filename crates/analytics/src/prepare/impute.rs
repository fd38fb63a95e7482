//! Missing values are replaced by one learned from the training rows, and remembered as missing if asked.

use serde::{Deserialize, Serialize};

use super::{ApplyReport, RowCount, chosen_columns, with_columns};
use crate::profile::{ColumnKind, Moments, level_counts, quantile, sorted_present};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::table::MISSING_CATEGORY;
use crate::{Column, ColumnData, Error, Result, Table};

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "impute",
    family: Family::Prepare,
    summary: "Replaces missing values by the mean, median, most frequent or a given value of the training rows.",
    parameters: &[
        Parameter {
            name: "columns",
            kind: Kind::Columns,
            default: "[]",
            doc: "The columns; empty means all the strategy suits: numbers, with mode and constant categories too.",
        },
        Parameter {
            name: "strategy",
            kind: Kind::Choice { options: &["mean", "median", "mode", "constant"] },
            default: "\"median\"",
            doc: "What replaces a missing value. A tie for the mode goes to the least value or first level.",
        },
        Parameter {
            name: "number",
            kind: Kind::Number { min: -1e140, max: 1e140 },
            default: "null",
            doc: "The constant for number columns; null leaves them as they are.",
        },
        Parameter {
            name: "label",
            kind: Kind::Text,
            default: "null",
            doc: "The constant for category columns; null leaves them as they are.",
        },
        Parameter {
            name: "indicator",
            kind: Kind::Boolean,
            default: "false",
            doc: "Adds a column of 0 and 1, named with _missing, for each column with missing training rows.",
        },
    ],
    formula: "x if present, else the training rows' statistic",
    source: "Little and Rubin (2019), Statistical Analysis with Missing Data",
    cost: "one pass; the median and mode sort",
};

/// What replaces a missing value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImputeStrategy {
    /// The mean of the training rows (numbers).
    Mean,
    /// Their median (numbers).
    #[default]
    Median,
    /// Their most frequent value (numbers and categories).
    Mode,
    /// A given number or label.
    Constant,
}

/// Which missing values are replaced, and by what.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImputeParams {
    /// The columns; empty means every one the strategy suits.
    pub columns: Vec<String>,
    /// The statistic.
    pub strategy: ImputeStrategy,
    /// The constant for numbers, of size at most `1e140`.
    pub number: Option<f64>,
    /// The constant for categories.
    pub label: Option<String>,
    /// Whether to add columns that say what was missing.
    pub indicator: bool,
}

impl ImputeParams {
    pub(super) fn check(&self) -> Result<()> {
        if self.number.is_some_and(|number| !(-1e140..=1e140).contains(&number)) {
            return Err(Error::Parameter { name: "number", range: "a number from -1e140 to 1e140" });
        }
        if self.strategy == ImputeStrategy::Constant && self.number.is_none() && self.label.is_none() {
            return Err(Error::Parameter {
                name: "number",
                range: "given, or a label, for the strategy constant",
            });
        }
        Ok(())
    }

    fn kinds(&self) -> &'static [ColumnKind] {
        match (self.strategy, &self.number, &self.label) {
            (ImputeStrategy::Mean | ImputeStrategy::Median, ..) => &[ColumnKind::Number],
            (ImputeStrategy::Constant, Some(_), None) => &[ColumnKind::Number],
            (ImputeStrategy::Constant, None, Some(_)) => &[ColumnKind::Category],
            _ => &[ColumnKind::Number, ColumnKind::Category],
        }
    }
}

/// A learned replacement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Replacement {
    /// For a number column.
    Number(f64),
    /// For a category column.
    Label(String),
}

/// What imputing learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedImpute {
    /// One entry a column.
    pub columns: Vec<ImputedColumn>,
}

/// What imputing learned of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImputedColumn {
    /// The column.
    pub column: String,
    /// What replaces its missing values.
    pub replacement: Replacement,
    /// The training rows without a value.
    pub missing: usize,
    /// Whether a column that says what was missing is added.
    pub indicator: bool,
}

pub(super) fn fit(params: &ImputeParams, table: &Table) -> Result<FittedImpute> {
    let expected = "number (or category for the strategies mode and constant)";
    let columns = chosen_columns(table, &params.columns, params.kinds(), expected)?;
    let learn = |column: &Column| {
        let missing = column.data.n_missing();
        let replacement = replacement(params, column);
        let nothing = || Error::NothingObserved { column: column.name.clone() };
        Ok(ImputedColumn {
            column: column.name.clone(),
            replacement: replacement.ok_or_else(nothing)?,
            missing,
            indicator: params.indicator && missing > 0,
        })
    };
    Ok(FittedImpute { columns: columns.into_iter().map(learn).collect::<Result<_>>()? })
}

fn replacement(params: &ImputeParams, column: &Column) -> Option<Replacement> {
    match &column.data {
        ColumnData::Number(values) => match params.strategy {
            ImputeStrategy::Mean => Moments::of(values).mean(),
            ImputeStrategy::Median => {
                Some(sorted_present(values)).filter(|it| !it.is_empty()).map(|it| quantile(&it, 0.5))
            }
            ImputeStrategy::Mode => mode(&sorted_present(values)),
            ImputeStrategy::Constant => params.number,
        }
        .map(Replacement::Number),
        ColumnData::Category { codes, levels } => match params.strategy {
            ImputeStrategy::Constant => params.label.clone(),
            _ => most_frequent(codes, levels),
        }
        .map(Replacement::Label),
        ColumnData::Time(_) | ColumnData::Boolean(_) | ColumnData::Text(_) => None,
    }
}

fn mode(sorted: &[f64]) -> Option<f64> {
    let runs = sorted.chunk_by(|left, right| left == right);
    runs.fold(None, |best: Option<&[f64]>, run| match best {
        Some(best) if best.len() >= run.len() => Some(best),
        _ => Some(run),
    })
    .map(|run| run[0])
}

fn most_frequent(codes: &[u32], levels: &[String]) -> Option<String> {
    let counts = level_counts(codes, levels.len());
    let most = counts.iter().copied().max().filter(|count| *count > 0)?;
    levels.iter().zip(&counts).filter(|(_, count)| **count == most).map(|(level, _)| level).min().cloned()
}

impl FittedImpute {
    pub(super) fn apply(&self, table: Table, report: &mut ApplyReport) -> Result<Table> {
        let mut indicators = Vec::new();
        let replaced = with_columns(table, |column, columns| {
            let Some(learned) = self.columns.iter().find(|learned| learned.column == column.name) else {
                columns.push(column);
                return Ok(());
            };
            let rows = column.data.n_missing();
            if rows > 0 {
                report.imputed.push(RowCount { column: column.name.clone(), rows });
            }
            if learned.indicator {
                indicators.push(indicator(&column));
            }
            columns.push(Column { data: replace(column.data, &learned.replacement), name: column.name });
            Ok(())
        })?;
        Table::new(replaced.into_columns().into_iter().chain(indicators).collect())
    }
}

fn indicator(column: &Column) -> Column {
    let flags = column.data.missing_rows().into_iter().map(|is_missing| f64::from(u8::from(is_missing)));
    Column { name: format!("{}_missing", column.name), data: ColumnData::Number(flags.collect()) }
}

fn replace(data: ColumnData, replacement: &Replacement) -> ColumnData {
    match (data, replacement) {
        (ColumnData::Number(mut values), Replacement::Number(number)) => {
            values.iter_mut().filter(|value| value.is_nan()).for_each(|value| *value = *number);
            ColumnData::Number(values)
        }
        (ColumnData::Category { mut codes, mut levels }, Replacement::Label(label)) => {
            let known = levels.iter().position(|level| level == label);
            let code = known.unwrap_or(levels.len()) as u32;
            if known.is_none() {
                levels.push(label.clone());
            }
            codes.iter_mut().filter(|code| **code == MISSING_CATEGORY).for_each(|missing| *missing = code);
            ColumnData::Category { codes, levels }
        }
        (data, _) => data,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, ImputeParams::check);
        let nothing_given = ImputeParams { strategy: ImputeStrategy::Constant, ..ImputeParams::default() };
        assert_eq!(nothing_given.check().map_err(|error| error.code()), Err("parameter"));
    }

    #[test]
    fn ties_for_the_mode_go_to_the_least() {
        assert_eq!(mode(&[1.0, 1.0, 2.0, 3.0, 3.0]), Some(1.0));
        assert_eq!(mode(&[]), None);
        let levels = ["b".to_owned(), "a".to_owned()];
        assert_eq!(most_frequent(&[0, 1, MISSING_CATEGORY], &levels), Some("a".to_owned()));
        assert_eq!(most_frequent(&[MISSING_CATEGORY], &levels), None);
    }
}
