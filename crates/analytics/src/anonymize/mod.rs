//! A table that tells less about each person: tokens for names, bands for numbers, months for dates, and nothing that was not
//! asked for.
//!
//! [`anonymize`] makes the table, [`risk`] says how many rows still stand alone or in small groups. What comes out is
//! pseudonymised, not anonymous by itself: the report of the risk decides what may be said of it.

mod change;
pub mod risk;

use serde::{Deserialize, Serialize};

pub use risk::{Diversity, Risk, RiskParams, SmallGroup, k_anonymity, keep_groups_of_k};

use crate::progress::{Watch, report};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Column, Error, Result, Table};

const fn list(name: &'static str, doc: &'static str) -> Parameter {
    Parameter { name, kind: Kind::Columns, default: "[]", doc }
}

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "anonymize",
    family: Family::Prepare,
    summary: "Makes a table that tells less about each person; columns that are not named are left out.",
    parameters: &[
        list("keep", "Columns kept as they are; free text cannot be."),
        list(
            "token",
            "Categories and texts replaced by tokens A1, A2, … in a drawn order: equal values keep equal tokens.",
        ),
        list("mask", "Categories and texts of which only the first characters stay, then ***."),
        list("band", "Numbers replaced by bands."),
        list("code", "Numbers drawn back to two quantiles: top and bottom coding."),
        list("month", "Times moved to the start of their month, UTC."),
        list("year", "Times moved to the start of their year, UTC."),
        list("group_rare", "Categories whose levels of few rows become 'other'."),
        Parameter {
            name: "mask_keep",
            kind: Kind::Integer { min: 0, max: 10 },
            default: "1",
            doc: "The characters a mask leaves.",
        },
        Parameter {
            name: "band_width",
            kind: Kind::Number { min: 1e-9, max: 1e12 },
            default: "null",
            doc: "The width of bands, from 0 in both directions; null makes n_bands of about equally many rows.",
        },
        Parameter {
            name: "n_bands",
            kind: Kind::Integer { min: 2, max: 100 },
            default: "5",
            doc: "How many bands of about equally many rows.",
        },
        Parameter {
            name: "code_share",
            kind: Kind::Number { min: 0.001, max: 0.49 },
            default: "0.05",
            doc: "The share of rows on either side that top and bottom coding draws back.",
        },
        Parameter {
            name: "min_count",
            kind: Kind::Integer { min: 2, max: 1_000_000 },
            default: "10",
            doc: "The least rows of a level that keeps its name.",
        },
    ],
    formula: "suppress, tokenise, mask, generalise and code, column by column; no hashes, which a list of names undoes",
    source: "Samarati and Sweeney (1998), generalization and suppression; Hundepool et al. (2012), Statistical Disclosure Control",
    cost: "time n log n a column",
};

/// What happens to which column. A column in no list is left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnonymizeParams {
    /// Kept as they are; no text.
    pub keep: Vec<String>,
    /// Categories and texts that become tokens.
    pub token: Vec<String>,
    /// Categories and texts that are masked.
    pub mask: Vec<String>,
    /// Numbers that become bands.
    pub band: Vec<String>,
    /// Numbers that are top and bottom coded.
    pub code: Vec<String>,
    /// Times moved to the start of their month.
    pub month: Vec<String>,
    /// Times moved to the start of their year.
    pub year: Vec<String>,
    /// Categories whose rare levels are joined.
    pub group_rare: Vec<String>,
    /// The characters a mask leaves, at most 10.
    pub mask_keep: usize,
    /// The width of bands, `1e-9..=1e12`; `None` makes `n_bands`.
    pub band_width: Option<f64>,
    /// Bands of about equally many rows, `2..=100`.
    pub n_bands: usize,
    /// The share of rows drawn back on either side, `0.001..=0.49`.
    pub code_share: f64,
    /// The least rows of a level that keeps its name, `2..=1_000_000`.
    pub min_count: usize,
}

impl Default for AnonymizeParams {
    fn default() -> Self {
        Self {
            keep: Vec::new(),
            token: Vec::new(),
            mask: Vec::new(),
            band: Vec::new(),
            code: Vec::new(),
            month: Vec::new(),
            year: Vec::new(),
            group_rare: Vec::new(),
            mask_keep: 1,
            band_width: None,
            n_bands: 5,
            code_share: 0.05,
            min_count: 10,
        }
    }
}

impl AnonymizeParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the one outside.
    pub fn check(&self) -> Result<()> {
        let checks = [
            (self.mask_keep <= 10, "mask_keep", "a whole number up to 10"),
            (
                self.band_width.is_none_or(|width| (1e-9..=1e12).contains(&width)),
                "band_width",
                "from 1e-9 to 1e12",
            ),
            ((2..=100).contains(&self.n_bands), "n_bands", "a whole number from 2 to 100"),
            ((0.001..=0.49).contains(&self.code_share), "code_share", "a number from 0.001 to 0.49"),
            ((2..=1_000_000).contains(&self.min_count), "min_count", "a whole number from 2 to 1,000,000"),
        ];
        match checks.into_iter().find(|(is_inside, ..)| !is_inside) {
            Some((_, name, range)) => Err(Error::Parameter { name, range }),
            None => Ok(()),
        }
    }

    fn lists(&self) -> [(Change, &[String]); 8] {
        [
            (Change::Kept, &self.keep),
            (Change::Tokens, &self.token),
            (Change::Masked, &self.mask),
            (Change::Bands, &self.band),
            (Change::Coded, &self.code),
            (Change::Month, &self.month),
            (Change::Year, &self.year),
            (Change::RareGrouped, &self.group_rare),
        ]
    }
}

/// What happened to a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Nothing.
    Kept,
    /// It was left out.
    Suppressed,
    /// Its values became tokens.
    Tokens,
    /// Its values were masked.
    Masked,
    /// Its numbers became bands.
    Bands,
    /// Its numbers were top and bottom coded.
    Coded,
    /// Its times were moved to their month.
    Month,
    /// Its times were moved to their year.
    Year,
    /// Its rare levels were joined.
    RareGrouped,
}

/// What happened to one column, without any of its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedColumn {
    /// The column.
    pub column: String,
    /// What happened.
    pub change: Change,
    /// The different values before.
    pub distinct_before: usize,
    /// The different values after; 0 for a column left out.
    pub distinct_after: usize,
}

/// The changed table and what happened to each column of the first.
#[derive(Debug, Clone, PartialEq)]
pub struct Anonymized {
    /// The columns that stay, in the table's order.
    pub table: Table,
    /// One entry a column of the table given.
    pub columns: Vec<ChangedColumn>,
}

/// Makes a table that tells less. Missing values stay missing. Which token a value gets depends on `seed` alone, neither on the
/// alphabet nor on the rows' order; no list that leads back is made.
///
/// # Errors
/// [`Error::Parameter`]; [`Error::UnknownColumn`]; [`Error::DuplicateColumn`] for a column in two lists; [`Error::WrongType`] for a
/// column of a type the change does not take, free text under `keep` among them; [`Error::Empty`] when no column stays;
/// [`Error::Cancelled`].
pub fn anonymize(
    table: &Table,
    params: &AnonymizeParams,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<Anonymized> {
    params.check()?;
    let named = || {
        params.lists().into_iter().flat_map(|(change, names)| names.iter().map(move |name| (change, name)))
    };
    let mut seen = std::collections::BTreeSet::new();
    for (_, name) in named() {
        table.column(name)?;
        if !seen.insert(name) {
            return Err(Error::DuplicateColumn { column: name.clone() });
        }
    }
    let mut staying = Vec::new();
    let mut changed = Vec::with_capacity(table.columns().len());
    for (position, column) in table.columns().enumerate() {
        report(watch, METHOD.name, position, table.columns().len())?;
        let change =
            named().find(|(_, name)| **name == column.name).map_or(Change::Suppressed, |(change, _)| change);
        let after = change::change(column, change, params, seed.wrapping_add(position as u64))?;
        changed.push(ChangedColumn {
            column: column.name.clone(),
            change,
            distinct_before: risk::n_distinct(&column.data),
            distinct_after: after.as_ref().map_or(0, risk::n_distinct),
        });
        staying.extend(after.map(|data| Column { name: column.name.clone(), data }));
    }
    Ok(Anonymized { table: Table::new(staying)?, columns: changed })
}

#[cfg(test)]
mod tests;
