//! Which values lie far from the rest, by three rules side by side; nothing is changed.

use serde::{Deserialize, Serialize};

use super::FenceRule;
use crate::progress::{Watch, report};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{ColumnData, Error, Result, Table};

const fn factor(name: &'static str, default: &'static str, doc: &'static str) -> Parameter {
    Parameter { name, kind: Kind::Number { min: 0.5, max: 100.0 }, default, doc }
}

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "outliers",
    family: Family::Prepare,
    summary: "Counts and lists the values of each number column that lie far from the rest.",
    parameters: &[
        factor("iqr", "1.5", "Distances between the quartiles beyond them."),
        factor("z", "3.0", "Standard deviations, divisor n, from the mean."),
        factor(
            "robust_z",
            "3.5",
            "Standard deviations, by the median distance from the median, from the median.",
        ),
        Parameter {
            name: "max_rows",
            kind: Kind::Integer { min: 0, max: 10_000 },
            default: "100",
            doc: "The most row positions listed a column and rule; all are counted.",
        },
    ],
    formula: "outside q1 - f·(q3 - q1) … q3 + f·(q3 - q1); |x - mean| > f·sd; 0.6745·|x - median| > f·MAD",
    source: "Tukey (1977), Exploratory Data Analysis; Iglewicz and Hoaglin (1993), How to Detect and Handle Outliers",
    cost: "time n log n a column",
};

/// How far is far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutliersParams {
    /// Distances between the quartiles, `0.5..=100`.
    pub iqr: f64,
    /// Standard deviations, `0.5..=100`.
    pub z: f64,
    /// Robust standard deviations, `0.5..=100`.
    pub robust_z: f64,
    /// Row positions listed a column and rule, at most `10_000`.
    pub max_rows: usize,
}

impl Default for OutliersParams {
    fn default() -> Self {
        Self { iqr: 1.5, z: 3.0, robust_z: 3.5, max_rows: 100 }
    }
}

impl OutliersParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the one outside.
    pub fn check(&self) -> Result<()> {
        for (name, value) in [("iqr", self.iqr), ("z", self.z), ("robust_z", self.robust_z)] {
            if !(0.5..=100.0).contains(&value) {
                return Err(Error::Parameter { name, range: "a number from 0.5 to 100" });
            }
        }
        match self.max_rows <= 10_000 {
            true => Ok(()),
            false => Err(Error::Parameter { name: "max_rows", range: "a whole number up to 10,000" }),
        }
    }
}

/// What [`outliers`] found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutliersReport {
    /// The table's rows.
    pub n_rows: usize,
    /// One entry a number column.
    pub columns: Vec<ColumnOutliers>,
}

/// The outliers of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnOutliers {
    /// The column.
    pub column: String,
    /// Rows with a value.
    pub count: usize,
    /// One entry a rule: `iqr`, `z`, `robust_z`.
    pub rules: Vec<RuleOutliers>,
}

/// The outliers of one column by one rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleOutliers {
    /// The rule.
    pub rule: FenceRule,
    /// The fences; `None` when the rule sees no spread, so that nothing can be said.
    pub fences: Option<(f64, f64)>,
    /// Rows below the lower fence.
    pub below: usize,
    /// Rows above the upper fence.
    pub above: usize,
    /// The first rows outside, at most `max_rows`, rising.
    pub rows: Vec<usize>,
}

/// Looks for outliers in every number column of `table`. Missing values are not outliers.
///
/// # Errors
/// [`Error::Parameter`]; [`Error::Cancelled`].
pub fn outliers(table: &Table, params: &OutliersParams, watch: &mut Watch<'_>) -> Result<OutliersReport> {
    params.check()?;
    let mut columns = Vec::new();
    for (done, column) in table.columns().enumerate() {
        report(watch, "outliers", done, table.columns().len())?;
        let ColumnData::Number(values) = &column.data else { continue };
        let rules =
            [(FenceRule::Iqr, params.iqr), (FenceRule::Z, params.z), (FenceRule::RobustZ, params.robust_z)];
        columns.push(ColumnOutliers {
            column: column.name.clone(),
            count: values.len() - column.data.n_missing(),
            rules: rules.map(|(rule, factor)| outside(values, rule, factor, params.max_rows)).to_vec(),
        });
    }
    Ok(OutliersReport { n_rows: table.n_rows(), columns })
}

fn outside(values: &[f64], rule: FenceRule, factor: f64, max_rows: usize) -> RuleOutliers {
    let fences = rule.fences(values, factor, (0.0, 1.0));
    let (low, high) = fences.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
    let is_outside = |value: f64| value < low || value > high;
    RuleOutliers {
        rule,
        fences,
        below: values.iter().filter(|value| **value < low).count(),
        above: values.iter().filter(|value| **value > high).count(),
        rows: (0..values.len()).filter(|&row| is_outside(values[row])).take(max_rows).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Column;
    use crate::progress::unwatched;

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, OutliersParams::check);
    }

    #[test]
    fn outliers_are_counted_in_full_and_listed_up_to_the_limit() {
        let mut values: Vec<f64> = (0..100).map(f64::from).collect();
        values.extend([1e6, f64::NAN, -1e6, 1e5]);
        let column = |name: &str, data| Column { name: name.into(), data };
        let table = Table::new(vec![
            column("x", ColumnData::Number(values)),
            column("same", ColumnData::Number(vec![7.0; 104])),
            column("flag", ColumnData::Boolean(vec![None; 104])),
        ])
        .unwrap();
        let params = OutliersParams { max_rows: 2, ..OutliersParams::default() };
        let found = outliers(&table, &params, &mut unwatched).unwrap();
        assert_eq!(found.columns.len(), 2);
        let iqr = &found.columns[0].rules[0];
        assert_eq!((iqr.below, iqr.above, &iqr.rows), (1, 2, &vec![100, 102]));
        // The far values widen the standard deviation: the plain rule misses one that the robust one sees.
        assert_eq!(found.columns[0].rules[1].above, 1);
        assert_eq!(found.columns[0].rules[2].above, 2);
        assert_eq!(found.columns[1].rules[0].fences, None);
        assert_eq!(found.columns[1].rules[0].rows, Vec::<usize>::new());
    }
}
