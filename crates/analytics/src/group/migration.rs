//! Who moved where between two dates: two labellings of the same rows beside each other.

use serde::{Deserialize, Serialize};

use super::NOISE;
use crate::{Error, Result};

/// The most groups on either side.
pub const MAX_MIGRATION_GROUPS: usize = 1000;

/// Rows by the group they were in and the group they are in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Migration {
    /// The labels that occur on either date, ascending; [`NOISE`] last, when it occurs.
    pub groups: Vec<u32>,
    /// Rows by `[from][to]`, positions in `groups`.
    pub counts: Vec<Vec<u64>>,
    /// The share of `from`'s rows that went to `to`; 0 for a group that had none.
    pub shares: Vec<Vec<f64>>,
    /// One entry a group.
    pub flows: Vec<Flow>,
    /// Rows in the same group on both dates.
    pub stayers: u64,
    /// Their share of all rows.
    pub stayer_share: f64,
    /// All rows.
    pub n_rows: u64,
}

/// What one group lost and won.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    /// The group's label.
    pub group: u32,
    /// Its rows on the first date.
    pub before: u64,
    /// Its rows on the second date.
    pub after: u64,
    /// Rows that stayed.
    pub stayed: u64,
    /// Rows that left for other groups.
    pub left: u64,
    /// Rows that came from other groups.
    pub joined: u64,
    /// The share of the first date's rows that stayed; `None` for a group that had none.
    pub retention: Option<f64>,
}

/// Counts the moves between two labellings of the same rows, matched by the caller: position by position.
///
/// Labels must mean the same on both dates: label both with one model's `predict`. Two fits number their groups each in their
/// own way; bring the second to the first by [`match_labels`] first, and take the moves for what they then are: changes of
/// groups that changed themselves.
///
/// # Errors
/// [`Error::LabelsDiffer`] for other lengths; [`Error::Empty`] without rows; [`Error::TooManyLevels`] past
/// [`MAX_MIGRATION_GROUPS`].
pub fn migration(before: &[u32], after: &[u32]) -> Result<Migration> {
    let (groups, counts) = crossed(before, after)?;
    let sum = |row: &Vec<u64>| row.iter().sum::<u64>();
    let share = |count: &u64, total: u64| if total > 0 { *count as f64 / total as f64 } else { 0.0 };
    let shares = counts.iter().map(|row| row.iter().map(|count| share(count, sum(row))).collect()).collect();
    let flow = |(at, &group): (usize, &u32)| {
        let (before, stayed) = (sum(&counts[at]), counts[at][at]);
        let after: u64 = counts.iter().map(|row| row[at]).sum();
        let retention = (before > 0).then(|| stayed as f64 / before as f64);
        Flow { group, before, after, stayed, left: before - stayed, joined: after - stayed, retention }
    };
    let flows: Vec<Flow> = groups.iter().enumerate().map(flow).collect();
    let stayers = flows.iter().map(|flow| flow.stayed).sum();
    let n_rows = before.len() as u64;
    Ok(Migration { groups, shares, flows, stayers, stayer_share: share(&stayers, n_rows), n_rows, counts })
}

/// Renames the groups of `after` so that as many rows as possible keep their label: for two fits on the same rows.
///
/// Each group of `after` takes the label of at most one group of `before`, by the best assignment overall (Kuhn 1955); groups
/// left over get the next free labels. [`NOISE`] stays.
///
/// # Errors
/// As [`migration`].
pub fn match_labels(before: &[u32], after: &[u32]) -> Result<Vec<u32>> {
    let (groups, counts) = crossed(before, after)?;
    let clusters: Vec<usize> = (0..groups.len()).filter(|&at| groups[at] != NOISE).collect();
    let gains: Vec<Vec<i64>> =
        clusters.iter().map(|&to| clusters.iter().map(|&from| counts[from][to] as i64).collect()).collect();
    let assigned = best_assignment(&gains);
    let total = |from: usize| counts[from].iter().sum::<u64>();
    let highest = clusters.iter().filter(|&&at| total(at) > 0).map(|&at| groups[at]).max();
    let mut free = highest.map_or(0, |label| label.saturating_add(1));
    let mut names = groups.clone();
    for (&to, &from) in clusters.iter().zip(&assigned) {
        let is_new = total(clusters[from]) == 0;
        let is_there = counts.iter().any(|row| row[to] > 0);
        names[to] = groups[clusters[from]];
        if is_there && (is_new || counts[clusters[from]][to] == 0) {
            names[to] = free;
            free = free.saturating_add(1);
        }
    }
    let position = |label: &u32| groups.binary_search(label).unwrap_or(0);
    Ok(after.iter().map(|label| names[position(label)]).collect())
}

fn crossed(before: &[u32], after: &[u32]) -> Result<(Vec<u32>, Vec<Vec<u64>>)> {
    if before.len() != after.len() {
        return Err(Error::LabelsDiffer { expected: before.len(), found: after.len() });
    }
    if before.is_empty() {
        return Err(Error::Empty);
    }
    let mut groups: Vec<u32> = before.iter().chain(after).copied().collect();
    groups.sort_unstable();
    groups.dedup();
    if groups.len() > MAX_MIGRATION_GROUPS {
        let column = "segment".to_owned();
        return Err(Error::TooManyLevels { column, limit: MAX_MIGRATION_GROUPS, found: groups.len() });
    }
    let mut counts = vec![vec![0; groups.len()]; groups.len()];
    let position = |label: &u32| groups.binary_search(label).unwrap_or(0);
    for (from, to) in before.iter().zip(after) {
        counts[position(from)][position(to)] += 1;
    }
    Ok((groups, counts))
}

/// For each row of a square table another column, so that the sum of the cells is largest: the Hungarian method with
/// potentials, time `n³`.
fn best_assignment(gains: &[Vec<i64>]) -> Vec<usize> {
    let n = gains.len();
    // Positions from 1; 0 stands for "none". `owner[column]` is the row that has it.
    let (mut of_row, mut of_column) = (vec![0i64; n + 1], vec![0i64; n + 1]);
    let mut owner = vec![0usize; n + 1];
    for row in 1..=n {
        owner[0] = row;
        let (mut slack, mut from) = (vec![i64::MAX; n + 1], vec![0usize; n + 1]);
        let mut is_used = vec![false; n + 1];
        let mut column = 0;
        while owner[column] != 0 {
            is_used[column] = true;
            let (mut step, mut next) = (i64::MAX, 0);
            for other in 1..=n {
                if is_used[other] {
                    continue;
                }
                let cost = -gains[owner[column] - 1][other - 1] - of_row[owner[column]] - of_column[other];
                if cost < slack[other] {
                    (slack[other], from[other]) = (cost, column);
                }
                if slack[other] < step {
                    (step, next) = (slack[other], other);
                }
            }
            for other in 0..=n {
                if is_used[other] {
                    of_row[owner[other]] += step;
                    of_column[other] -= step;
                } else if slack[other] != i64::MAX {
                    slack[other] -= step;
                }
            }
            column = next;
        }
        while column != 0 {
            owner[column] = owner[from[column]];
            column = from[column];
        }
    }
    let mut assigned = vec![0; n];
    (1..=n).for_each(|column| assigned[owner[column] - 1] = column - 1);
    assigned
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn moves_are_counted_with_noise_as_a_place() {
        let moves = migration(&[0, 0, 0, 1, 1, NOISE], &[0, 1, NOISE, 1, 1, 2]).unwrap();
        assert_eq!(moves.groups, [0, 1, 2, NOISE]);
        assert_eq!(moves.counts, [[1, 1, 0, 1], [0, 2, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0]]);
        assert_eq!(moves.shares[0][1], 1.0 / 3.0);
        assert_eq!(moves.shares[2], [0.0; 4]);
        assert_eq!((moves.stayers, moves.stayer_share), (3, 0.5));
        let expected =
            Flow { group: 1, before: 2, after: 3, stayed: 2, left: 0, joined: 1, retention: Some(1.0) };
        assert_eq!((&moves.flows[1], moves.flows[2].retention), (&expected, None));
    }

    #[test]
    fn renamed_groups_match_and_new_ones_get_free_labels() {
        let before = [0, 0, 0, 1, 1, 1, 2, 2, NOISE];
        assert_eq!(match_labels(&before, &[2, 2, 2, 0, 0, 0, 1, 1, NOISE]).unwrap(), before);
        // The group of two is split from the first: it is new.
        assert_eq!(match_labels(&[0, 0, 0, 0, 1, 1], &[1, 1, 2, 1, 0, 0]).unwrap(), [0, 0, 2, 0, 1, 1]);
    }

    #[test]
    fn labels_of_other_rows_are_refused() {
        assert_eq!(migration(&[0], &[0, 1]).map_err(|error| error.code()), Err("labels-differ"));
        assert_eq!(migration(&[], &[]).map_err(|error| error.code()), Err("empty"));
        let many: Vec<u32> = (0..2000).collect();
        assert_eq!(migration(&many, &many).map_err(|error| error.code()), Err("too-many-levels"));
    }

    proptest! {
        #[test]
        fn no_other_assignment_gains_more(cells in prop::collection::vec(0i64..20, 16)) {
            let gains: Vec<Vec<i64>> = cells.chunks(4).map(<[i64]>::to_vec).collect();
            let found: i64 = best_assignment(&gains).iter().enumerate().map(|(row, &column)| gains[row][column]).sum();
            let mut best = 0;
            for code in 0..256usize {
                let columns = [code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6 & 3];
                if (0..4).all(|column| columns.contains(&column)) {
                    best = best.max((0..4).map(|row| gains[row][columns[row]]).sum());
                }
            }
            prop_assert_eq!(found, best);
        }
    }
}
