//! How many rows stand alone, or nearly, when someone knows a few of their columns; and what such groups give away.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::progress::{Watch, report};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::table::MISSING_CATEGORY;
use crate::{ColumnData, Error, Result, Table};

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "k_anonymity",
    family: Family::Prepare,
    summary: "Counts the rows that share their quasi-identifiers with few others, and how diverse what they give away is.",
    parameters: &[
        Parameter {
            name: "quasi_identifiers",
            kind: Kind::Columns,
            default: "[]",
            doc: "The columns someone may know from elsewhere, such as age, postcode and sex; at least one.",
        },
        Parameter {
            name: "sensitive",
            kind: Kind::Columns,
            default: "[]",
            doc: "The columns that must not be found out.",
        },
        Parameter {
            name: "k",
            kind: Kind::Integer { min: 2, max: 10_000 },
            default: "5",
            doc: "The least rows of a group that counts as safe.",
        },
        Parameter {
            name: "l",
            kind: Kind::Integer { min: 2, max: 1000 },
            default: "2",
            doc: "The least different sensitive values of a group that counts as diverse.",
        },
        Parameter {
            name: "max_groups",
            kind: Kind::Integer { min: 0, max: 1000 },
            default: "20",
            doc: "The smallest groups listed.",
        },
    ],
    formula: "groups of equal quasi-identifiers, missing being a value; k the smallest size; l the fewest different sensitive values; entropy l = exp(-Σ p·ln p)",
    source: "Sweeney (2002), k-anonymity; Machanavajjhala, Kifer, Gehrke and Venkitasubramaniam (2007), l-diversity",
    cost: "time n log n a column",
};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RiskParams {
    /// The columns someone may know, at least one.
    pub quasi_identifiers: Vec<String>,
    /// The columns that must not be found out.
    pub sensitive: Vec<String>,
    /// The least rows of a safe group, `2..=10_000`.
    pub k: usize,
    /// The least different sensitive values of a diverse group, `2..=1000`.
    pub l: usize,
    /// The smallest groups listed, at most `1000`.
    pub max_groups: usize,
}

impl Default for RiskParams {
    fn default() -> Self {
        Self { quasi_identifiers: Vec::new(), sensitive: Vec::new(), k: 5, l: 2, max_groups: 20 }
    }
}

impl RiskParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the one outside.
    pub fn check(&self) -> Result<()> {
        if !(2..=10_000).contains(&self.k) {
            return Err(Error::Parameter { name: "k", range: "a whole number from 2 to 10,000" });
        }
        if !(2..=1000).contains(&self.l) {
            return Err(Error::Parameter { name: "l", range: "a whole number from 2 to 1000" });
        }
        match self.max_groups <= 1000 {
            true => Ok(()),
            false => Err(Error::Parameter { name: "max_groups", range: "a whole number up to 1000" }),
        }
    }
}

/// What [`k_anonymity`] found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Risk {
    /// The rows.
    pub n_rows: usize,
    /// The groups of equal quasi-identifiers.
    pub n_groups: usize,
    /// The size of the smallest group: the table's k.
    pub smallest_group: usize,
    /// Whether every group has at least the `k` asked for.
    pub is_k_anonymous: bool,
    /// Rows alone in their group.
    pub unique_rows: usize,
    /// Groups smaller than the `k` asked for.
    pub groups_below_k: usize,
    /// Their rows.
    pub rows_below_k: usize,
    /// The mean probability that someone who looks for a row of the table finds it: groups over rows.
    pub mean_risk: f64,
    /// The largest such probability: one over the smallest group.
    pub largest_risk: f64,
    /// The smallest groups, smallest first.
    pub smallest: Vec<SmallGroup>,
    /// One entry a sensitive column.
    pub diversity: Vec<Diversity>,
}

/// A small group, by where it is rather than by what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmallGroup {
    /// Its rows.
    pub size: usize,
    /// The position of the first.
    pub first_row: usize,
}

/// How diverse groups are in one sensitive column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Diversity {
    /// The column.
    pub column: String,
    /// The fewest different values of a group: the table's distinct l.
    pub distinct_l: usize,
    /// The least `exp(entropy)` of a group: the table's entropy l.
    pub entropy_l: f64,
    /// Groups with fewer different values than the `l` asked for: whoever is known to be in one is found out, or nearly.
    pub groups_below_l: usize,
    /// Their rows.
    pub rows_below_l: usize,
}

/// Measures how well rows hide among rows of equal quasi-identifiers.
///
/// # Errors
/// [`Error::Parameter`], also without quasi-identifiers; [`Error::UnknownColumn`]; [`Error::Empty`] without rows;
/// [`Error::Cancelled`].
pub fn k_anonymity(table: &Table, params: &RiskParams, watch: &mut Watch<'_>) -> Result<Risk> {
    params.check()?;
    let groups = groups(table, &params.quasi_identifiers, watch)?;
    let n_groups = groups.iter().max().map_or(0, |most| most + 1);
    let mut found: Vec<SmallGroup> = vec![SmallGroup { size: 0, first_row: 0 }; n_groups];
    for (row, &group) in groups.iter().enumerate().rev() {
        found[group].size += 1;
        found[group].first_row = row;
    }
    let sizes: Vec<usize> = found.iter().map(|group| group.size).collect();
    let mut diversity = Vec::with_capacity(params.sensitive.len());
    for name in &params.sensitive {
        report(watch, METHOD.name, 0, 0)?;
        diversity.push(diverse(name, &codes(&table.column(name)?.data), &groups, &sizes, params.l));
    }
    found.sort_by_key(|group| (group.size, group.first_row));
    let smallest_group = found[0].size;
    let below = || sizes.iter().filter(|&&size| size < params.k);
    let (groups_below_k, rows_below_k) = (below().count(), below().sum());
    found.truncate(params.max_groups);
    Ok(Risk {
        n_rows: groups.len(),
        n_groups,
        smallest_group,
        is_k_anonymous: smallest_group >= params.k,
        unique_rows: sizes.iter().filter(|&&size| size == 1).count(),
        groups_below_k,
        rows_below_k,
        mean_risk: n_groups as f64 / groups.len() as f64,
        largest_risk: 1.0 / smallest_group as f64,
        smallest: found,
        diversity,
    })
}

/// The rows whose group of equal `quasi_identifiers` has at least `k` rows, rising: what may stay when small groups are left out.
///
/// # Errors
/// As [`k_anonymity`].
pub fn keep_groups_of_k(
    table: &Table,
    quasi_identifiers: &[String],
    k: usize,
    watch: &mut Watch<'_>,
) -> Result<Vec<usize>> {
    let groups = groups(table, quasi_identifiers, watch)?;
    let mut sizes = vec![0usize; groups.len()];
    groups.iter().for_each(|&group| sizes[group] += 1);
    Ok((0..groups.len()).filter(|&row| sizes[groups[row]] >= k).collect())
}

/// Each row's group, numbered from 0.
fn groups(table: &Table, names: &[String], watch: &mut Watch<'_>) -> Result<Vec<usize>> {
    if names.is_empty() {
        return Err(Error::Parameter { name: "quasi_identifiers", range: "at least one column" });
    }
    if table.n_rows() == 0 {
        return Err(Error::Empty);
    }
    let mut groups = vec![0usize; table.n_rows()];
    for (done, name) in names.iter().enumerate() {
        report(watch, METHOD.name, done, names.len())?;
        let codes = codes(&table.column(name)?.data);
        let mut finer = BTreeMap::new();
        for (group, code) in groups.iter_mut().zip(codes) {
            let next = finer.len();
            *group = *finer.entry((*group, code)).or_insert(next);
        }
    }
    Ok(groups)
}

fn diverse(name: &str, codes: &[usize], groups: &[usize], sizes: &[usize], l: usize) -> Diversity {
    let mut counts = BTreeMap::<(usize, usize), usize>::new();
    groups.iter().zip(codes).for_each(|(&group, &code)| *counts.entry((group, code)).or_default() += 1);
    let mut distinct = vec![0usize; sizes.len()];
    let mut entropy = vec![0.0f64; sizes.len()];
    for (&(group, _), &count) in &counts {
        let share = count as f64 / sizes[group] as f64;
        distinct[group] += 1;
        entropy[group] -= share * libm::log(share);
    }
    let below: Vec<usize> = (0..sizes.len()).filter(|&group| distinct[group] < l).collect();
    Diversity {
        column: name.to_owned(),
        distinct_l: distinct.iter().copied().min().unwrap_or(0),
        entropy_l: libm::exp(entropy.iter().copied().fold(f64::INFINITY, f64::min)),
        groups_below_l: below.len(),
        rows_below_l: below.iter().map(|&group| sizes[group]).sum(),
    }
}

/// A number for each row, equal for equal values; missing is a value of its own.
fn codes(data: &ColumnData) -> Vec<usize> {
    match data {
        ColumnData::Number(values) => {
            // Zero and minus zero are one value; so are all missing ones.
            numbered(values.iter().map(|value| (!value.is_nan()).then_some((value + 0.0).to_bits())))
        }
        ColumnData::Category { codes, levels } => {
            let label = |&code: &u32| (code != MISSING_CATEGORY).then(|| levels[code as usize].as_str());
            numbered(codes.iter().map(label))
        }
        ColumnData::Time(values) => numbered(values.iter().copied()),
        ColumnData::Boolean(values) => numbered(values.iter().copied()),
        ColumnData::Text(values) => numbered(values.iter().map(Option::as_deref)),
    }
}

fn numbered<T: Ord>(values: impl Iterator<Item = Option<T>>) -> Vec<usize> {
    let mut numbers = BTreeMap::new();
    let mut number = |value: Option<T>| {
        let next = numbers.len();
        *numbers.entry(value).or_insert(next)
    };
    values.map(&mut number).collect()
}

/// The different values present.
pub(super) fn n_distinct(data: &ColumnData) -> usize {
    let most = codes(data).into_iter().max().map_or(0, |most| most + 1);
    most - usize::from(data.n_missing() > 0)
}
