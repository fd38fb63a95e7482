//! What a column looks like before anything is done to it: counts, moments, quartiles, a histogram, the top levels.

mod columns;
mod dependence;
mod fences;
pub mod missingness;
pub mod moments;
pub mod outliers;

use serde::{Deserialize, Serialize};

pub(crate) use columns::{level_counts, quantile, sorted_present};
pub use dependence::{Dependence, DependenceTest};
pub use fences::FenceRule;
pub use moments::Moments;

use crate::progress::{Watch, report};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{ColumnData, Error, Result, Table};

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "profile",
    family: Family::Prepare,
    summary: "Describes every column: what is missing, how values spread, which levels are frequent.",
    parameters: &[
        Parameter {
            name: "bins",
            kind: Kind::Integer { min: 1, max: 1000 },
            default: "20",
            doc: "Bins of equal width in a number's histogram.",
        },
        Parameter {
            name: "top_levels",
            kind: Kind::Integer { min: 1, max: 1000 },
            default: "10",
            doc: "The most frequent levels listed for a category.",
        },
    ],
    formula: "sd = sqrt(Σ(x - mean)² / (n - 1)); quantile by linear interpolation at (n - 1)·q; skewness G1",
    source: "Chan, Golub and LeVeque (1979); Hyndman and Fan (1996), type 7; Joanes and Gill (1998)",
    cost: "time n log n a number column, memory one copy of it",
};

/// How a profile is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProfileParams {
    /// Bins of a histogram, `1..=1000`.
    pub bins: usize,
    /// Levels listed for a category, `1..=1000`.
    pub top_levels: usize,
}

impl Default for ProfileParams {
    fn default() -> Self {
        Self { bins: 20, top_levels: 10 }
    }
}

/// Parameters inside their ranges.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidProfileParams(ProfileParams);

impl ProfileParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the one outside.
    pub fn check(&self) -> Result<ValidProfileParams> {
        let range = "a whole number from 1 to 1000";
        for (name, value) in [("bins", self.bins), ("top_levels", self.top_levels)] {
            if !(1..=1000).contains(&value) {
                return Err(Error::Parameter { name, range });
            }
        }
        Ok(ValidProfileParams(self.clone()))
    }
}

/// The profile of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// The table's rows.
    pub n_rows: usize,
    /// One entry a column, in the table's order.
    pub columns: Vec<ColumnProfile>,
}

/// A column's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Numbers.
    Number,
    /// Labels.
    Category,
    /// Instants.
    Time,
    /// Yes or no.
    Boolean,
    /// Free text.
    Text,
}

impl ColumnKind {
    /// The kind of `data`.
    #[must_use]
    pub fn of(data: &ColumnData) -> Self {
        match data {
            ColumnData::Number(_) => Self::Number,
            ColumnData::Category { .. } => Self::Category,
            ColumnData::Time(_) => Self::Time,
            ColumnData::Boolean(_) => Self::Boolean,
            ColumnData::Text(_) => Self::Text,
        }
    }

    /// The name in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Category => "category",
            Self::Time => "time",
            Self::Boolean => "boolean",
            Self::Text => "text",
        }
    }
}

/// The profile of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnProfile {
    /// The heading.
    pub name: String,
    /// The type.
    pub kind: ColumnKind,
    /// Rows with a value.
    pub count: usize,
    /// Rows without one.
    pub missing: usize,
    /// Different values present.
    pub distinct: usize,
    /// What the present values look like; `None` when there are none.
    pub summary: Option<Summary>,
}

/// What a column's present values look like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Summary {
    /// Numbers.
    Number(NumberSummary),
    /// Labels, most frequent first, ties in level order.
    Category {
        /// The most frequent levels.
        top: Vec<LevelCount>,
        /// Rows whose level is not listed.
        other: usize,
    },
    /// Instants in milliseconds since 1970-01-01 UTC.
    Time {
        /// The earliest.
        earliest_millis: i64,
        /// The latest.
        latest_millis: i64,
    },
    /// Yes or no.
    Boolean {
        /// The rows that say yes.
        yes: usize,
        /// The rows that say no.
        no: usize,
    },
    /// Free text, measured but never quoted: lengths in characters (Unicode scalar values).
    Text {
        /// The shortest.
        shortest: usize,
        /// The mean length.
        mean_length: f64,
        /// The median length.
        median_length: f64,
        /// The longest.
        longest: usize,
        /// Rows that hold nothing but white space.
        blank: usize,
    },
}

/// The spread of a number column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NumberSummary {
    /// The arithmetic mean.
    pub mean: f64,
    /// The standard deviation with divisor `n - 1`; `None` for one value.
    pub standard_deviation: Option<f64>,
    /// The least value.
    pub min: f64,
    /// The first quartile (type 7, as numpy and spreadsheets).
    pub lower_quartile: f64,
    /// The median.
    pub median: f64,
    /// The third quartile.
    pub upper_quartile: f64,
    /// The greatest value.
    pub max: f64,
    /// Adjusted skewness G1; `None` below three values or for a constant.
    pub skewness: Option<f64>,
    /// Counts between equally spaced edges.
    pub histogram: Histogram,
}

/// Counts of values between edges.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// Edges, one more than counts; a bin holds its lower edge, the last one both.
    pub edges: Vec<f64>,
    /// Values a bin.
    pub counts: Vec<usize>,
}

/// How often a level occurs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelCount {
    /// The label.
    pub level: String,
    /// Its rows.
    pub count: usize,
}

/// Profiles every column of `table`, reporting to `watch` after each.
///
/// # Errors
/// [`Error::Cancelled`] only: an empty or wholly missing column has a profile too.
pub fn profile(table: &Table, params: &ValidProfileParams, watch: &mut Watch<'_>) -> Result<Profile> {
    let n_columns = table.columns().len();
    let mut profiles = Vec::with_capacity(n_columns);
    for (done, column) in table.columns().enumerate() {
        report(watch, "profile", done, n_columns)?;
        profiles.push(columns::describe(column, &params.0));
    }
    report(watch, "profile", n_columns, n_columns)?;
    Ok(Profile { n_rows: table.n_rows(), columns: profiles })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Column;
    use crate::progress::unwatched;

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, ProfileParams::check);
    }

    #[test]
    fn a_table_of_every_type_is_described() {
        let table = Table::new(vec![
            Column { name: "spend".into(), data: ColumnData::Number(vec![1.0, 2.0, 3.0, f64::NAN, 10.0]) },
            Column {
                name: "city".into(),
                data: ColumnData::from_labels([Some("b"), Some("a"), None, Some("b"), Some("c")]),
            },
            Column {
                name: "seen".into(),
                data: ColumnData::Time(vec![Some(5), None, Some(-1), Some(5), None]),
            },
            Column { name: "void".into(), data: ColumnData::Number(vec![f64::NAN; 5]) },
        ])
        .unwrap();
        let params = ProfileParams { bins: 3, top_levels: 2 }.check().unwrap();
        let profile = profile(&table, &params, &mut unwatched).unwrap();
        let distinct: Vec<_> = profile.columns.iter().map(|it| (it.count, it.missing, it.distinct)).collect();
        assert_eq!(distinct, [(4, 1, 4), (4, 1, 3), (3, 2, 2), (0, 5, 0)]);
        let Some(Summary::Number(spend)) = &profile.columns[0].summary else { panic!("spend is a number") };
        assert_eq!((spend.lower_quartile, spend.median, spend.upper_quartile), (1.75, 2.5, 4.75));
        assert_eq!(spend.histogram, Histogram { edges: vec![1.0, 4.0, 7.0, 10.0], counts: vec![3, 0, 1] });
        let top = ["b", "a"]
            .map(|level| LevelCount { level: level.into(), count: if level == "b" { 2 } else { 1 } });
        assert_eq!(profile.columns[1].summary, Some(Summary::Category { top: top.to_vec(), other: 1 }));
        assert_eq!(profile.columns[2].summary, Some(Summary::Time { earliest_millis: -1, latest_millis: 5 }));
        assert_eq!(profile.columns[3].summary, None);
    }

    #[test]
    fn work_stops_when_told_to() {
        let column = Column { name: "a".into(), data: ColumnData::Number(vec![1.0]) };
        let table = Table::new(vec![column]).unwrap();
        let params = ProfileParams::default().check().unwrap();
        let stopped = profile(&table, &params, &mut |_| std::ops::ControlFlow::Break(()));
        assert_eq!(stopped, Err(Error::Cancelled));
    }
}
