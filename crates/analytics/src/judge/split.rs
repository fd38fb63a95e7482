//! Cutting rows into those that teach and those that judge.

use rand::seq::SliceRandom;

use crate::random::generator;
use crate::{Error, Result};

/// One cut: positions of rows, rising, on either side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The rows that teach; at least one.
    pub train: Vec<usize>,
    /// The rows that judge; at least one.
    pub test: Vec<usize>,
}

/// Holds out a random `test_share` of the rows whose classes are `classes` (all equal when there are none), the same share
/// of each class to the nearest row. A class of two rows or more has one on either side.
///
/// # Errors
/// [`Error::Parameter`] unless `0 < test_share < 1`; [`Error::TooFewRows`] when a side would be empty.
pub fn holdout(classes: &[u32], test_share: f64, seed: u64) -> Result<Cut> {
    check_share(test_share)?;
    let mut test = Vec::new();
    for rows in shuffled_by_class(classes, seed) {
        let least = usize::from(rows.len() >= 2);
        let n_test = (test_share * rows.len() as f64).round() as usize;
        test.extend(&rows[..n_test.clamp(least, rows.len() - least)]);
    }
    cut(classes.len(), test)
}

/// Deals the rows into `k` folds, each class evenly; every row is held out in exactly one.
///
/// # Errors
/// [`Error::Parameter`] unless `2 <= k <= 100`; [`Error::TooFewRows`] for fewer rows than folds.
pub fn folds(classes: &[u32], k: u32, seed: u64) -> Result<Vec<Cut>> {
    if !(2..=100).contains(&k) {
        return Err(Error::Parameter { name: "k", range: "between 2 and 100" });
    }
    let k = k as usize;
    if classes.len() < k {
        return Err(Error::TooFewRows { needed: k, found: classes.len() });
    }
    let mut tests = vec![Vec::new(); k];
    let dealt = shuffled_by_class(classes, seed).into_iter().flatten();
    dealt.enumerate().for_each(|(turn, row)| tests[turn % k].push(row));
    tests.into_iter().map(|test| cut(classes.len(), test)).collect()
}

/// Holds out the latest `test_share` of the rows. Rows of one instant stay on one side, so the share is approximate.
///
/// # Errors
/// [`Error::Parameter`] unless `0 < test_share < 1`; [`Error::TooFewRows`] unless there are two instants.
pub fn by_time(times_millis: &[i64], test_share: f64) -> Result<Cut> {
    check_share(test_share)?;
    let mut order: Vec<usize> = (0..times_millis.len()).collect();
    order.sort_by_key(|&row| (times_millis[row], row));
    let n_test = (test_share * order.len() as f64).round() as usize;
    let border = order.len().saturating_sub(n_test.max(1));
    let instant = order.get(border).map(|&row| times_millis[row]);
    let starts = |is_before: &dyn Fn(i64) -> bool| order.partition_point(|&row| is_before(times_millis[row]));
    let first_of_instant = starts(&|time| Some(time) < instant);
    let after_instant = starts(&|time| Some(time) <= instant);
    let border = if first_of_instant > 0 { first_of_instant } else { after_instant };
    cut(order.len(), order.split_off(border))
}

fn check_share(test_share: f64) -> Result<()> {
    if test_share > 0.0 && test_share < 1.0 {
        return Ok(());
    }
    Err(Error::Parameter { name: "test_share", range: "greater than 0 and less than 1" })
}

fn shuffled_by_class(classes: &[u32], seed: u64) -> Vec<Vec<usize>> {
    let mut rows_of = std::collections::BTreeMap::<u32, Vec<usize>>::new();
    classes.iter().enumerate().for_each(|(row, &class)| rows_of.entry(class).or_default().push(row));
    let mut generator = generator(seed, 0);
    let mut groups: Vec<Vec<usize>> = rows_of.into_values().collect();
    groups.iter_mut().for_each(|rows| rows.shuffle(&mut generator));
    groups
}

fn cut(n_rows: usize, mut test: Vec<usize>) -> Result<Cut> {
    test.sort_unstable();
    let train: Vec<usize> = (0..n_rows).filter(|row| test.binary_search(row).is_err()).collect();
    if train.is_empty() || test.is_empty() {
        return Err(Error::TooFewRows { needed: 2, found: n_rows.min(1) });
    }
    Ok(Cut { train, test })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rows_of_one_instant_stay_together_and_the_latest_judge() {
        let cut = by_time(&[5, 1, 5, 3, 5, 2], 0.2).unwrap();
        assert_eq!(cut, Cut { train: vec![1, 3, 5], test: vec![0, 2, 4] });
        let cut = by_time(&[1, 1, 1, 2], 0.9).unwrap();
        assert_eq!(cut.test, vec![3]);
        assert_eq!(by_time(&[7, 7, 7], 0.5).map_err(|error| error.code()), Err("too-few-rows"));
        assert_eq!(by_time(&[], 0.5).map_err(|error| error.code()), Err("too-few-rows"));
    }

    #[test]
    fn shares_outside_zero_and_one_are_refused() {
        for share in [0.0, 1.0, -1.0, f64::NAN] {
            assert_eq!(holdout(&[0; 9], share, 1).map_err(|error| error.code()), Err("parameter"));
        }
        assert_eq!(holdout(&[0], 0.5, 1).map_err(|error| error.code()), Err("too-few-rows"));
        assert_eq!(folds(&[0; 9], 1, 1).map_err(|error| error.code()), Err("parameter"));
        assert_eq!(folds(&[0; 3], 4, 1).map_err(|error| error.code()), Err("too-few-rows"));
    }

    proptest! {
        #[test]
        fn each_row_is_held_out_once_and_classes_keep_their_share(
            classes in proptest::collection::vec(0_u32..3, 20..200), k in 2_u32..6, seed in any::<u64>()
        ) {
            let cuts = folds(&classes, k, seed).unwrap();
            let mut held_out: Vec<usize> = cuts.iter().flat_map(|cut| cut.test.clone()).collect();
            held_out.sort_unstable();
            prop_assert_eq!(held_out, (0..classes.len()).collect::<Vec<_>>());
            for class in 0..3 {
                let sizes = cuts.iter().map(|cut| cut.test.iter().filter(|&&row| classes[row] == class).count());
                let (low, high) = sizes.fold((usize::MAX, 0), |(low, high), n| (low.min(n), high.max(n)));
                prop_assert!(high - low <= 1);
            }
            prop_assert_eq!(cuts, folds(&classes, k, seed).unwrap());
        }
    }
}
