//! What is missing, together with what, and whether it depends on the rest: before anything is filled in or left out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::dependence::{Dependence, strongest};
use crate::progress::{Watch, report};
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Result, Table};

/// The registry's entry.
pub const METHOD: Method = Method {
    name: "missingness",
    family: Family::Prepare,
    summary: "Reports what is missing: shares, patterns of columns missing together, and what missing values depend on.",
    parameters: &[
        Parameter {
            name: "top_patterns",
            kind: Kind::Integer { min: 1, max: 1000 },
            default: "20",
            doc: "The most frequent patterns listed.",
        },
        Parameter {
            name: "top_pairs",
            kind: Kind::Integer { min: 0, max: 10_000 },
            default: "50",
            doc: "The pairs of columns listed whose gaps go together most, or least.",
        },
        Parameter {
            name: "max_levels",
            kind: Kind::Integer { min: 2, max: 1000 },
            default: "50",
            doc: "A category with more levels is not looked at for dependence.",
        },
    ],
    formula: "correlation of gaps φ; dependence by Welch's t on numbers and χ² on categories, Bonferroni-adjusted over all pairs",
    source: "Little (1988), A test of missing completely at random, JASA 83; Dixon (1988), BMDP, for the t tests; Little and Rubin (2019)",
    cost: "one pass a pair of columns of which one has gaps",
};

/// How much is reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MissingnessParams {
    /// Patterns listed, `1..=1000`.
    pub top_patterns: usize,
    /// Pairs listed, at most `10_000`.
    pub top_pairs: usize,
    /// The most levels of a category looked at for dependence, `2..=1000`.
    pub max_levels: usize,
}

impl Default for MissingnessParams {
    fn default() -> Self {
        Self { top_patterns: 20, top_pairs: 50, max_levels: 50 }
    }
}

impl MissingnessParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the one outside.
    pub fn check(&self) -> Result<()> {
        if !(1..=1000).contains(&self.top_patterns) {
            return Err(Error::Parameter { name: "top_patterns", range: "a whole number from 1 to 1000" });
        }
        if self.top_pairs > 10_000 {
            return Err(Error::Parameter { name: "top_pairs", range: "a whole number up to 10,000" });
        }
        match (2..=1000).contains(&self.max_levels) {
            true => Ok(()),
            false => Err(Error::Parameter { name: "max_levels", range: "a whole number from 2 to 1000" }),
        }
    }
}

/// What [`missingness`] found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Missingness {
    /// The table's rows.
    pub n_rows: usize,
    /// The rows without a gap.
    pub complete_rows: usize,
    /// How many rows have 0, 1, 2, … gaps.
    pub rows_by_gaps: Vec<usize>,
    /// One entry a column, in the table's order.
    pub columns: Vec<ColumnMissingness>,
    /// Which columns are missing together, most frequent first, of equal ones that of the earliest row; complete rows are the
    /// pattern without columns.
    pub patterns: Vec<MissingPattern>,
    /// The patterns there are in all.
    pub n_patterns: usize,
    /// Pairs of columns by the size of the correlation of their gaps, largest first.
    pub pairs: Vec<GapPair>,
    /// The pairs of a column with gaps and another column that were tested for dependence.
    pub n_tests: usize,
}

/// The gaps of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnMissingness {
    /// The column.
    pub name: String,
    /// Rows without a value.
    pub missing: usize,
    /// Their share of all rows; 0 without rows.
    pub share: f64,
    /// The other column whose values differ most between rows with and without the gap; `None` when nothing can be tested.
    /// A small adjusted p speaks against gaps completely at random; a large one proves nothing, and no table can show whether a
    /// gap depends on the value it hides.
    pub depends_on: Option<Dependence>,
}

/// Rows in which the same columns are missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingPattern {
    /// The columns missing, in the table's order.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: usize,
}

/// How gaps of two columns go together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GapPair {
    /// The earlier column.
    pub first: String,
    /// The later column.
    pub second: String,
    /// Rows in which both are missing.
    pub both: usize,
    /// The correlation φ of their gaps: 1 always together, 0 independent, negative apart.
    pub correlation: f64,
}

/// Whether each row has no gap.
#[must_use]
pub fn complete_rows(table: &Table) -> Vec<bool> {
    let mut complete = vec![true; table.n_rows()];
    for column in table.columns() {
        let gaps = column.data.missing_rows();
        complete.iter_mut().zip(gaps).for_each(|(complete, gap)| *complete &= !gap);
    }
    complete
}

/// Reports the gaps of `table`.
///
/// # Errors
/// [`Error::Parameter`]; [`Error::Cancelled`]. A table without rows or gaps has a report too.
pub fn missingness(table: &Table, params: &MissingnessParams, watch: &mut Watch<'_>) -> Result<Missingness> {
    params.check()?;
    let n_rows = table.n_rows();
    let gaps: Vec<Gaps> = table.columns().map(|column| Gaps::of(&column.data.missing_rows())).collect();
    let (patterns, n_patterns) = patterns(table, &gaps, params.top_patterns);
    let names: Vec<&str> = table.columns().map(|column| column.name.as_str()).collect();
    let pairs = pairs(&names, &gaps, n_rows, params.top_pairs, watch)?;
    let (dependences, n_tests) = strongest(table, params.max_levels, watch)?;
    let columns =
        names.iter().zip(&gaps).zip(dependences).map(|((name, gaps), depends_on)| ColumnMissingness {
            name: (*name).to_owned(),
            missing: gaps.count,
            share: if n_rows > 0 { gaps.count as f64 / n_rows as f64 } else { 0.0 },
            depends_on,
        });
    let columns = columns.collect();
    let rows_by_gaps = rows_by_gaps(&gaps, n_rows);
    let complete_rows = rows_by_gaps.first().copied().unwrap_or(0);
    report(watch, METHOD.name, 1, 1)?;
    Ok(Missingness { n_rows, complete_rows, rows_by_gaps, columns, patterns, n_patterns, pairs, n_tests })
}

/// One bit a row, set where it is missing.
struct Gaps {
    words: Vec<u64>,
    count: usize,
}

impl Gaps {
    fn of(is_missing: &[bool]) -> Self {
        let word = |flags: &[bool]| flags.iter().rev().fold(0u64, |word, &flag| word << 1 | u64::from(flag));
        let words = is_missing.chunks(64).map(word).collect();
        Self { words, count: is_missing.iter().filter(|&&flag| flag).count() }
    }

    fn has(&self, row: usize) -> bool {
        self.words[row / 64] >> (row % 64) & 1 == 1
    }

    fn in_common(&self, other: &Self) -> usize {
        self.words.iter().zip(&other.words).map(|(left, right)| (left & right).count_ones() as usize).sum()
    }
}

fn rows_by_gaps(gaps: &[Gaps], n_rows: usize) -> Vec<usize> {
    let mut of_row = vec![0usize; n_rows];
    for gaps in gaps.iter().filter(|gaps| gaps.count > 0) {
        of_row.iter_mut().enumerate().for_each(|(row, n_gaps)| *n_gaps += usize::from(gaps.has(row)));
    }
    let mut rows = vec![0; of_row.iter().max().map_or(1, |most| most + 1)];
    of_row.into_iter().for_each(|n_gaps| rows[n_gaps] += 1);
    rows
}

/// The patterns, found by splitting the rows column after column: linear in rows, however many patterns there are.
fn patterns(table: &Table, gaps: &[Gaps], top: usize) -> (Vec<MissingPattern>, usize) {
    // Each pattern is the one before a column was added, and that column.
    let mut grown: Vec<Option<(usize, usize)>> = vec![None];
    let mut of_row = vec![0usize; table.n_rows()];
    for (column, gaps) in gaps.iter().enumerate().filter(|(_, gaps)| gaps.count > 0) {
        let mut with_column = BTreeMap::new();
        for (_, pattern) in of_row.iter_mut().enumerate().filter(|(row, _)| gaps.has(*row)) {
            *pattern = *with_column.entry(*pattern).or_insert_with(|| {
                grown.push(Some((*pattern, column)));
                grown.len() - 1
            });
        }
    }
    let (mut rows, mut first_row) = (vec![0usize; grown.len()], vec![0usize; grown.len()]);
    for (row, &pattern) in of_row.iter().enumerate().rev() {
        rows[pattern] += 1;
        first_row[pattern] = row;
    }
    let mut order: Vec<usize> = (0..grown.len()).filter(|&pattern| rows[pattern] > 0).collect();
    order.sort_by_key(|&pattern| (std::cmp::Reverse(rows[pattern]), first_row[pattern]));
    let n_patterns = order.len();
    let described = order.into_iter().take(top).map(|pattern| {
        let mut columns = Vec::new();
        let mut at = pattern;
        while let Some((before, column)) = grown[at] {
            columns.push(table.column_at(column).name.clone());
            at = before;
        }
        columns.reverse();
        MissingPattern { columns, rows: rows[pattern] }
    });
    (described.collect(), n_patterns)
}

fn pairs(
    names: &[&str],
    gaps: &[Gaps],
    n_rows: usize,
    top: usize,
    watch: &mut Watch<'_>,
) -> Result<Vec<GapPair>> {
    let varying: Vec<usize> =
        (0..gaps.len()).filter(|&it| gaps[it].count > 0 && gaps[it].count < n_rows).collect();
    let n = n_rows as f64;
    let mut pairs = Vec::new();
    for (done, &first) in varying.iter().enumerate() {
        report(watch, METHOD.name, done, varying.len())?;
        for &second in &varying[done + 1..] {
            let both = gaps[first].in_common(&gaps[second]);
            let (own, other) = (gaps[first].count as f64, gaps[second].count as f64);
            let spread = (own * (n - own)).sqrt() * (other * (n - other)).sqrt();
            let correlation = (n * both as f64 - own * other) / spread;
            pairs.push(GapPair {
                first: names[first].to_owned(),
                second: names[second].to_owned(),
                both,
                correlation,
            });
        }
    }
    pairs.sort_by(|left, right| right.correlation.abs().total_cmp(&left.correlation.abs()));
    pairs.truncate(top);
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::unwatched;
    use crate::{Column, ColumnData};

    fn number(name: &str, values: Vec<f64>) -> Column {
        Column { name: name.into(), data: ColumnData::Number(values) }
    }

    #[test]
    fn the_registry_describes_the_parameters() {
        crate::registry::assert_documented(&METHOD, MissingnessParams::check);
    }

    #[test]
    fn shares_patterns_and_pairs_are_those_of_a_small_table() {
        let gap = f64::NAN;
        let table = Table::new(vec![
            number("a", vec![gap, gap, 1.0, 2.0, 3.0, gap]),
            number("b", vec![gap, gap, 1.0, 2.0, gap, gap]),
            number("c", vec![1.0, 2.0, 3.0, 4.0, 5.0, gap]),
            Column { name: "d".into(), data: ColumnData::Text(vec![None; 6]) },
        ])
        .unwrap();
        let found = missingness(&table, &MissingnessParams::default(), &mut unwatched).unwrap();
        assert_eq!((found.n_rows, found.complete_rows, found.n_patterns), (6, 0, 4));
        assert_eq!(found.rows_by_gaps, [0, 2, 1, 2, 1]);
        let pattern = |columns: &[&str], rows| MissingPattern {
            columns: columns.iter().map(|&name| name.to_owned()).collect(),
            rows,
        };
        assert_eq!(found.patterns[..2], [pattern(&["a", "b", "d"], 2), pattern(&["d"], 2)]);
        let shares: Vec<f64> = found.columns.iter().map(|column| column.share).collect();
        assert_eq!(shares, [0.5, 4.0 / 6.0, 1.0 / 6.0, 1.0]);
        assert_eq!((found.pairs.len(), found.pairs[0].both), (3, 3));
        // φ of 3 and 4 gaps in common 3 of 6 rows: (18 - 12) / √(9·8).
        assert!((found.pairs[0].correlation - 6.0 / 72.0f64.sqrt()).abs() < 1e-15);
        assert_eq!(complete_rows(&table), [false; 6]);
    }

    #[test]
    fn an_empty_table_has_a_report() {
        let table = Table::new(vec![number("a", Vec::new())]).unwrap();
        let found = missingness(&table, &MissingnessParams::default(), &mut unwatched).unwrap();
        assert_eq!((found.complete_rows, found.columns[0].share), (0, 0.0));
        assert_eq!(found.columns[0].depends_on, None);
    }

    #[test]
    fn a_gap_that_depends_on_another_column_is_found() {
        let age: Vec<f64> = (0..400).map(|row| f64::from(row % 97)).collect();
        let income = age.iter().map(|age| if *age > 80.0 { f64::NAN } else { 1000.0 + age % 7.0 }).collect();
        let noise = (0..400).map(|row| f64::from(row * 7919 % 1009)).collect();
        let table =
            Table::new(vec![number("age", age), number("income", income), number("noise", noise)]).unwrap();
        let found = missingness(&table, &MissingnessParams::default(), &mut unwatched).unwrap();
        let Some(depends) = &found.columns[1].depends_on else { panic!("there is something to test") };
        assert_eq!((depends.column.as_str(), found.n_tests), ("age", 2));
        assert!(depends.adjusted_p < 1e-20 && depends.effect > 1.0);
        assert_eq!(found.columns[0].depends_on, None);
    }
}
