//! The columns whose sums differ most between classes, for counts and indicators.

use serde::{Deserialize, Serialize};

use super::{FittedSelect, K, ScoredColumn, check_k, complete_numbers, keep_best};
use crate::distribution::chi_squared_upper;
use crate::predict::Outcome;
use crate::prepare::Training;
use crate::prepare::columns::{NUMBER_COLUMNS, chosen_columns};
use crate::profile::ColumnKind;
use crate::registry::{Family, Method};
use crate::{Error, Result, Table};

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "select_chi2",
    family: Family::Prepare,
    summary: "Keeps the counts or indicators whose sums differ most between the classes of the target.",
    parameters: &[NUMBER_COLUMNS, K],
    formula: "Σ over classes (o - e)²/e, o the column's sum in the class, e its whole sum times the class's share; values at least 0",
    source: "Pearson (1900), On the criterion; Liu and Setiono (1995), Chi2: feature selection",
    cost: "one pass",
};

/// How many columns stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SelectChi2Params {
    /// The columns; empty means every number.
    pub columns: Vec<String>,
    /// How many stay, `1..=100_000`.
    pub k: usize,
}

impl Default for SelectChi2Params {
    fn default() -> Self {
        Self { columns: Vec::new(), k: 10 }
    }
}

impl SelectChi2Params {
    pub(in crate::prepare) fn check(&self) -> Result<()> {
        check_k(self.k)
    }
}

pub(in crate::prepare) fn fit(
    params: &SelectChi2Params,
    table: &Table,
    training: &Training<'_>,
) -> Result<FittedSelect> {
    let Outcome::Classes { codes, n_classes } = training.outcome(METHOD.name)? else {
        return Err(Error::WrongType { column: "target".to_owned(), expected: "category", found: "number" });
    };
    let mut shares = vec![0.0; n_classes];
    codes.iter().for_each(|&code| shares[code as usize] += 1.0);
    shares.iter_mut().for_each(|share| *share /= codes.len() as f64);
    let chosen = chosen_columns(table, &params.columns, &[ColumnKind::Number], "number")?;
    let mut columns = Vec::with_capacity(chosen.len());
    for column in chosen {
        let values = complete_numbers(column)?;
        if let Some(row) = values.iter().position(|value| *value < 0.0) {
            return Err(Error::Negative { column: column.name.clone(), row });
        }
        let score = chi_squared(values, codes, &shares);
        if !score.is_finite() {
            return Err(Error::OutOfScale { column: column.name.clone() });
        }
        let p_value = chi_squared_upper(score, (n_classes - 1) as f64);
        columns
            .push(ScoredColumn { p_value: Some(p_value), ..ScoredColumn::new(&column.name, score, false) });
    }
    keep_best(&mut columns, params.k);
    Ok(FittedSelect { columns, n_rows: table.n_rows() })
}

fn chi_squared(values: &[f64], codes: &[u32], shares: &[f64]) -> f64 {
    let mut observed = vec![0.0; shares.len()];
    values.iter().zip(codes).for_each(|(value, &code)| observed[code as usize] += value);
    let whole: f64 = observed.iter().sum();
    if whole <= 0.0 {
        return 0.0;
    }
    let part = |(observed, share): (&f64, &f64)| (observed - whole * share).powi(2) / (whole * share);
    observed.iter().zip(shares).map(part).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, SelectChi2Params::check);
    }
}
