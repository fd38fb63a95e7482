//! The columns that tell most about the target, whatever the shape of the relation.

use serde::{Deserialize, Serialize};

use super::{FittedSelect, K, ScoredColumn, check_k, complete_numbers, keep_best};
use crate::predict::Outcome;
use crate::prepare::Training;
use crate::prepare::columns::chosen_columns;
use crate::prepare::select::information::{Variable, information};
use crate::profile::ColumnKind;
use crate::progress::Watch;
use crate::random::{draw_rows, generator};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::table::MISSING_CATEGORY;
use crate::{Column, ColumnData, Error, Result, Table};

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "select_mutual_information",
    family: Family::Prepare,
    summary: "Keeps the columns with the most mutual information with the target, linear or not.",
    parameters: &[
        Parameter {
            name: "columns",
            kind: Kind::Columns,
            default: "[]",
            doc: "The number and category columns; empty means all.",
        },
        K,
        Parameter {
            name: "n_neighbors",
            kind: Kind::Integer { min: 1, max: 100 },
            default: "3",
            doc: "The nearest rows looked at; more rows, less scatter and more bias.",
        },
        Parameter {
            name: "max_discrete",
            kind: Kind::Integer { min: 0, max: 1000 },
            default: "10",
            doc: "A number column with at most this many different values counts as discrete.",
        },
        Parameter {
            name: "max_rows",
            kind: Kind::Integer { min: 100, max: 1_000_000 },
            default: "20000",
            doc: "With more training rows, a random sample of this size is scored.",
        },
    ],
    formula: "I = Σ p(x,y)·ln(p(x,y) / (p(x)·p(y))) for discrete pairs; nearest-neighbour estimates else, not below 0; in nats",
    source: "Kraskov, Stögbauer and Grassberger (2004), Physical Review E 69; Ross (2014), PLoS ONE 9",
    cost: "about n to the power 1.5 a column of numbers, n log n otherwise",
};

/// How many columns stay, and how they are scored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SelectMutualInformationParams {
    /// The columns; empty means every number and category.
    pub columns: Vec<String>,
    /// How many stay, `1..=100_000`.
    pub k: usize,
    /// The nearest rows looked at, `1..=100`.
    pub n_neighbors: usize,
    /// The most different values of a number column that counts as discrete, `0..=1000`.
    pub max_discrete: usize,
    /// The most rows scored, `100..=1_000_000`.
    pub max_rows: usize,
}

impl Default for SelectMutualInformationParams {
    fn default() -> Self {
        Self { columns: Vec::new(), k: 10, n_neighbors: 3, max_discrete: 10, max_rows: 20_000 }
    }
}

impl SelectMutualInformationParams {
    pub(in crate::prepare) fn check(&self) -> Result<()> {
        check_k(self.k)?;
        if !(1..=100).contains(&self.n_neighbors) {
            return Err(Error::Parameter { name: "n_neighbors", range: "a whole number from 1 to 100" });
        }
        if self.max_discrete > 1000 {
            return Err(Error::Parameter { name: "max_discrete", range: "a whole number up to 1000" });
        }
        match (100..=1_000_000).contains(&self.max_rows) {
            true => Ok(()),
            false => {
                Err(Error::Parameter { name: "max_rows", range: "a whole number from 100 to 1,000,000" })
            }
        }
    }
}

pub(in crate::prepare) fn fit(
    params: &SelectMutualInformationParams,
    table: &Table,
    training: &Training<'_>,
    watch: &mut Watch<'_>,
) -> Result<FittedSelect> {
    let outcome = training.outcome(METHOD.name)?;
    let rows = draw_rows(&mut generator(training.seed, 0), table.n_rows(), params.max_rows);
    let target = match outcome {
        Outcome::Numbers(values) => {
            Variable::continuous(&rows.iter().map(|&row| values[row]).collect::<Vec<f64>>(), training.seed, 1)
        }
        Outcome::Classes { codes, .. } => Variable::discrete(rows.iter().map(|&row| codes[row]).collect()),
    };
    let kinds = [ColumnKind::Number, ColumnKind::Category];
    let chosen = chosen_columns(table, &params.columns, &kinds, "number or category")?;
    let mut columns = Vec::with_capacity(chosen.len());
    for (position, column) in chosen.into_iter().enumerate() {
        let variable = read(column, &rows, params.max_discrete, training.seed, position as u64 + 2)?;
        let score = information(&variable, &target, params.n_neighbors, watch)?;
        columns.push(ScoredColumn::new(&column.name, score, false));
    }
    keep_best(&mut columns, params.k);
    Ok(FittedSelect { columns, n_rows: rows.len() })
}

/// The column's rows as the estimator takes them; missing is a level of its own of a category.
fn read(column: &Column, rows: &[usize], max_discrete: usize, seed: u64, stream: u64) -> Result<Variable> {
    if let ColumnData::Category { codes, levels } = &column.data {
        let missing = levels.len() as u32;
        let code = |&row: &usize| if codes[row] == MISSING_CATEGORY { missing } else { codes[row] };
        return Ok(Variable::discrete(rows.iter().map(code).collect()));
    }
    let values = complete_numbers(column)?;
    let values: Vec<f64> = rows.iter().map(|&row| values[row]).collect();
    let mut distinct = values.clone();
    distinct.sort_unstable_by(f64::total_cmp);
    distinct.dedup();
    if distinct.len() > max_discrete {
        return Ok(Variable::continuous(&values, seed, stream));
    }
    let code = |value: &f64| distinct.partition_point(|other| other < value) as u32;
    Ok(Variable::discrete(values.iter().map(code).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, SelectMutualInformationParams::check);
    }
}
