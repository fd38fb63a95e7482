//! How far two labellings of the same rows agree, whatever their labels are called.

use std::collections::BTreeMap;

use crate::{Error, Result};

/// Rows of each pair of labels, and of each label on either side.
struct Crossing {
    cells: Vec<((u32, u32), u64)>,
    left: BTreeMap<u32, u64>,
    right: BTreeMap<u32, u64>,
    n_rows: u64,
}

impl Crossing {
    fn of(left: &[u32], right: &[u32]) -> Result<Self> {
        if left.len() != right.len() {
            return Err(Error::LabelsDiffer { expected: left.len(), found: right.len() });
        }
        if left.is_empty() {
            return Err(Error::Empty);
        }
        let mut pairs: Vec<(u32, u32)> = left.iter().copied().zip(right.iter().copied()).collect();
        pairs.sort_unstable();
        let cells = pairs.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u64));
        let mut crossing = Self {
            cells: cells.collect(),
            left: BTreeMap::new(),
            right: BTreeMap::new(),
            n_rows: left.len() as u64,
        };
        for ((from, to), count) in &crossing.cells {
            *crossing.left.entry(*from).or_default() += count;
            *crossing.right.entry(*to).or_default() += count;
        }
        Ok(crossing)
    }
}

/// The adjusted Rand index (Hubert and Arabie 1985): 1 for the same groups, 0 on average for chance, below 0 for less.
///
/// Labels are names only; noise counts as a group of its own. Both labellings with a single group, or with a group a row,
/// agree: 1. Cost `n·ln n`.
///
/// # Errors
/// [`Error::LabelsDiffer`] for other lengths; [`Error::Empty`] without rows.
pub fn adjusted_rand_index(left: &[u32], right: &[u32]) -> Result<f64> {
    let crossing = Crossing::of(left, right)?;
    // Pairs of up to 94 million rows are counted exactly.
    let pairs = |count: u64| (count as f64) * (count as f64 - 1.0) / 2.0;
    let together: f64 = crossing.cells.iter().map(|(_, count)| pairs(*count)).sum();
    let of_left: f64 = crossing.left.values().map(|count| pairs(*count)).sum();
    let of_right: f64 = crossing.right.values().map(|count| pairs(*count)).sum();
    let all = pairs(crossing.n_rows);
    if of_left == together && of_right == together {
        return Ok(1.0);
    }
    let by_chance = of_left * (of_right / all);
    Ok((together - by_chance) / (0.5 * (of_left + of_right) - by_chance))
}

/// Normalized mutual information, by the mean of both entropies: 1 for the same groups, 0 for independent ones.
///
/// Not corrected for chance: many small groups score above 0 by accident ([`adjusted_rand_index`] does not). Two labellings of
/// one group each agree: 1.
///
/// # Errors
/// [`Error::LabelsDiffer`] for other lengths; [`Error::Empty`] without rows.
pub fn normalized_mutual_information(left: &[u32], right: &[u32]) -> Result<f64> {
    let crossing = Crossing::of(left, right)?;
    if crossing.left.len() == 1 && crossing.right.len() == 1 {
        return Ok(1.0);
    }
    let n = crossing.n_rows as f64;
    let entropy = |counts: &BTreeMap<u32, u64>| -> f64 {
        counts.values().map(|&count| count as f64 / n).map(|share| -share * libm::log(share)).sum()
    };
    let shared = |((from, to), count): &((u32, u32), u64)| {
        let independent = crossing.left[from] as f64 * (crossing.right[to] as f64 / n);
        *count as f64 / n * libm::log(*count as f64 / independent)
    };
    let information: f64 = crossing.cells.iter().map(shared).sum();
    let mean = 0.5 * (entropy(&crossing.left) + entropy(&crossing.right));
    Ok((information / mean).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_names_only() {
        let (left, right) = ([0, 0, 1, 1, u32::MAX], [7, 7, 3, 3, 0]);
        assert_eq!(adjusted_rand_index(&left, &right), Ok(1.0));
        assert!((normalized_mutual_information(&left, &right).unwrap() - 1.0).abs() < 1e-15);
    }

    #[test]
    fn a_known_table_has_its_known_index() {
        // Pairs together: 2 on both sides, 4 on the left, 2 on the right, 10 in all: (2 - 0.8)/(3 - 0.8).
        let (left, right) = ([0, 0, 0, 1, 1], [0, 0, 1, 2, 2]);
        assert!((adjusted_rand_index(&left, &right).unwrap() - 1.2 / 2.2).abs() < 1e-15);
    }

    #[test]
    fn one_group_or_one_row_is_no_trouble() {
        assert_eq!(adjusted_rand_index(&[4], &[9]), Ok(1.0));
        assert_eq!(adjusted_rand_index(&[0, 0, 0], &[1, 1, 1]), Ok(1.0));
        assert_eq!(adjusted_rand_index(&[0, 1, 2], &[2, 1, 0]), Ok(1.0));
        assert_eq!(adjusted_rand_index(&[0, 0, 0], &[0, 1, 2]), Ok(0.0));
        assert_eq!(normalized_mutual_information(&[0, 0, 0], &[0, 1, 2]), Ok(0.0));
        assert_eq!(normalized_mutual_information(&[0, 0], &[1, 1]), Ok(1.0));
        assert_eq!(adjusted_rand_index(&[], &[]), Err(Error::Empty));
        assert_eq!(adjusted_rand_index(&[0], &[]).map_err(|error| error.code()), Err("labels-differ"));
    }
}
