//! Of two columns that say nearly the same, the later leaves.

use serde::{Deserialize, Serialize};

use super::{FittedSelect, ScoredColumn, complete_numbers};
use crate::prepare::columns::{NUMBER_COLUMNS, chosen_columns};
use crate::profile::{ColumnKind, Moments};
use crate::progress::{Watch, report};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Result, Table};

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "select_correlation",
    family: Family::Prepare,
    summary: "Leaves out each number column that is strongly correlated with an earlier one that stays.",
    parameters: &[
        NUMBER_COLUMNS,
        Parameter {
            name: "threshold",
            kind: Kind::Number { min: 0.1, max: 1.0 },
            default: "0.95",
            doc: "The size of the correlation above which the later column leaves.",
        },
        Parameter {
            name: "coefficient",
            kind: Kind::Choice { options: &["pearson", "spearman"] },
            default: "\"pearson\"",
            doc: "Of the values, or of their ranks, ties at their mean rank.",
        },
    ],
    formula: "|r| > threshold, in column order; a constant column is correlated with nothing",
    source: "Pearson (1895); Spearman (1904); Kuhn and Johnson (2013), section 3.5",
    cost: "n rows times the squared number of columns",
};

/// The correlation measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coefficient {
    /// Of the values.
    #[default]
    Pearson,
    /// Of the ranks.
    Spearman,
}

/// Which columns say the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SelectCorrelationParams {
    /// The columns; empty means every number.
    pub columns: Vec<String>,
    /// The size above which the later column leaves, `0.1..=1`.
    pub threshold: f64,
    /// Of values or of ranks.
    pub coefficient: Coefficient,
}

impl Default for SelectCorrelationParams {
    fn default() -> Self {
        Self { columns: Vec::new(), threshold: 0.95, coefficient: Coefficient::Pearson }
    }
}

impl SelectCorrelationParams {
    pub(in crate::prepare) fn check(&self) -> Result<()> {
        match (0.1..=1.0).contains(&self.threshold) {
            true => Ok(()),
            false => Err(Error::Parameter { name: "threshold", range: "a number from 0.1 to 1" }),
        }
    }
}

/// The score is the largest size of a correlation with an earlier column that stays; 0 for the first.
pub(in crate::prepare) fn fit(
    params: &SelectCorrelationParams,
    table: &Table,
    watch: &mut Watch<'_>,
) -> Result<FittedSelect> {
    let chosen = chosen_columns(table, &params.columns, &[ColumnKind::Number], "number")?;
    let mut kept: Vec<(&str, Vec<f64>)> = Vec::new();
    let mut columns = Vec::with_capacity(chosen.len());
    for (done, column) in chosen.iter().enumerate() {
        let values = complete_numbers(column)?;
        let values = match params.coefficient {
            Coefficient::Pearson => unit(values),
            Coefficient::Spearman => unit(&ranks(values)),
        };
        let (mut score, mut same_as) = (0.0, None);
        for (name, other) in &kept {
            report(watch, "select_correlation", done, chosen.len())?;
            let size = values.iter().zip(other).map(|(left, right)| left * right).sum::<f64>().abs().min(1.0);
            if size > score {
                (score, same_as) = (size, Some(*name));
            }
        }
        let stays = score <= params.threshold;
        let mut scored = ScoredColumn::new(&column.name, score, stays);
        scored.same_as = same_as.filter(|_| !stays).map(str::to_owned);
        columns.push(scored);
        if stays {
            kept.push((&column.name, values));
        }
    }
    Ok(FittedSelect { columns, n_rows: table.n_rows() })
}

/// The values with mean 0 and a sum of squares of 1, so that a product sum is a correlation; all 0 for a constant.
fn unit(values: &[f64]) -> Vec<f64> {
    let moments = Moments::of(values);
    let (Some(mean), Some(spread)) = (moments.mean(), moments.standard_deviation(0)) else {
        return values.to_vec();
    };
    if spread <= 0.0 || !spread.is_finite() {
        return vec![0.0; values.len()];
    }
    let root = (values.len() as f64).sqrt();
    values.iter().map(|value| (value / 2.0 - mean / 2.0) / spread * 2.0 / root).collect()
}

/// Each value's rank from 1; equal values share their mean rank.
pub(crate) fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&left, &right| values[left].total_cmp(&values[right]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for tie in order.chunk_by(|&left, &right| values[left] == values[right]) {
        let rank = first as f64 + (tie.len() + 1) as f64 / 2.0;
        tie.iter().for_each(|&row| ranks[row] = rank);
        first += tie.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, SelectCorrelationParams::check);
    }

    #[test]
    fn equal_values_share_their_mean_rank() {
        assert_eq!(ranks(&[3.0, -0.0, 3.0, 0.0, 1.0]), [4.5, 1.5, 4.5, 1.5, 3.0]);
    }
}
