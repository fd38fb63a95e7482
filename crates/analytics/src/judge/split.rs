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
    check_count("k", k)?;
    let k = k as usize;
    if classes.len() < k {
        return Err(Error::TooFewRows { needed: k, found: classes.len() });
    }
    let mut tests = vec![Vec::new(); k];
    let dealt = shuffled_by_class(classes, seed).into_iter().flatten();
    dealt.enumerate().for_each(|(turn, row)| tests[turn % k].push(row));
    tests.into_iter().map(|test| cut(classes.len(), test)).collect()
}

/// [`folds`] dealt `repeats` times with different draws, round after round.
///
/// # Errors
/// As [`folds`], and [`Error::Parameter`] unless `2 <= repeats <= 100`.
pub fn repeated_folds(classes: &[u32], k: u32, repeats: u32, seed: u64) -> Result<Vec<Cut>> {
    check_count("repeats", repeats)?;
    let mut cuts = Vec::new();
    for round in 0..u64::from(repeats) {
        cuts.extend(folds(classes, k, seed.wrapping_add(round.wrapping_mul(0x9E37_79B9_7F4A_7C15)))?);
    }
    Ok(cuts)
}

/// Holds out random groups, whole, until they have `test_share` of the rows or as near above as they come.
///
/// # Errors
/// [`Error::Parameter`] unless `0 < test_share < 1`; [`Error::TooFewRows`] unless there are two groups.
pub fn by_group(groups: &[u32], test_share: f64, seed: u64) -> Result<Cut> {
    check_share(test_share)?;
    let mut of_groups = rows_by_code(groups);
    of_groups.shuffle(&mut generator(seed, 0));
    let wanted = ((test_share * groups.len() as f64).round() as usize).max(1);
    let last = of_groups.len().saturating_sub(1);
    let mut test = Vec::new();
    for rows in of_groups.into_iter().take(last) {
        if test.len() < wanted {
            test.extend(rows);
        }
    }
    cut(groups.len(), test)
}

/// Deals whole groups into `k` folds, the largest first, each into the fold that has the least of its classes so far; every
/// row is held out in exactly one. Time grows with groups × folds × classes of a group.
///
/// # Errors
/// [`Error::Parameter`] unless `2 <= k <= 100`; [`Error::TooFewRows`] for fewer groups than folds.
pub fn group_folds(classes: &[u32], groups: &[u32], k: u32, seed: u64) -> Result<Vec<Cut>> {
    check_count("k", k)?;
    let k = k as usize;
    let mut of_groups = rows_by_code(groups);
    if of_groups.len() < k {
        return Err(Error::TooFewRows { needed: k, found: of_groups.len() });
    }
    of_groups.shuffle(&mut generator(seed, 0));
    of_groups.sort_by_key(|rows| std::cmp::Reverse(rows.len()));
    let n_classes = classes.iter().max().map_or(0, |&class| class as usize + 1);
    let mut in_all = vec![0.0; n_classes];
    classes.iter().for_each(|&class| in_all[class as usize] += 1.0);
    let mut in_folds = vec![0.0; n_classes * k];
    let mut tests = vec![Vec::new(); k];
    for rows in of_groups {
        let fold = least_filled(&tests, &rows, classes, &in_folds, &in_all);
        rows.iter().for_each(|&row| in_folds[fold * n_classes + classes[row] as usize] += 1.0);
        tests[fold].extend(rows);
    }
    tests.into_iter().map(|test| cut(groups.len(), test)).collect()
}

/// The fold where `rows` raise the spread of class shares over folds least; of equal ones that with fewest rows, then the first.
/// The spread's growth is the product of the fold's and the rows' shares of each class, up to a constant.
fn least_filled(
    tests: &[Vec<usize>],
    rows: &[usize],
    classes: &[u32],
    in_folds: &[f64],
    in_all: &[f64],
) -> usize {
    let growth = |fold: usize| -> f64 {
        let share = |&row: &usize| {
            let class = classes[row] as usize;
            in_folds[fold * in_all.len() + class] / (in_all[class] * in_all[class])
        };
        rows.iter().map(share).sum()
    };
    let burden = |fold: usize| (growth(fold), tests[fold].len());
    let lighter = |best: (usize, (f64, usize)), fold: usize| {
        let burden = burden(fold);
        let is_lighter = burden.0.total_cmp(&best.1.0).then(burden.1.cmp(&best.1.1)).is_lt();
        if is_lighter { (fold, burden) } else { best }
    };
    (1..tests.len()).fold((0, burden(0)), lighter).0
}

/// Cuts the rows by time into `k + 1` pieces of nearly equal size, rows of one instant together; each piece but the first judges
/// what all before it teach.
///
/// # Errors
/// [`Error::Parameter`] unless `2 <= k <= 100`; [`Error::TooFewRows`] for fewer than `k + 1` instants.
pub fn time_folds(times_millis: &[i64], k: u32) -> Result<Vec<Cut>> {
    check_count("k", k)?;
    let pieces = k as usize + 1;
    let mut of_instants = std::collections::BTreeMap::<i64, Vec<usize>>::new();
    times_millis.iter().enumerate().for_each(|(row, &time)| of_instants.entry(time).or_default().push(row));
    let n_instants = of_instants.len();
    if n_instants < pieces {
        return Err(Error::TooFewRows { needed: pieces, found: n_instants });
    }
    let mut parts: Vec<Vec<usize>> = vec![Vec::new(); pieces];
    let (mut part, mut seen) = (0, 0);
    for (instant, rows) in of_instants.into_values().enumerate() {
        let is_full = seen >= (part + 1) * times_millis.len() / pieces;
        let must_move = n_instants - instant < pieces - part && !parts[part].is_empty();
        if part + 1 < pieces && !parts[part].is_empty() && (is_full || must_move) {
            part += 1;
        }
        seen += rows.len();
        parts[part].extend(rows);
    }
    let cut = |piece: usize| {
        let mut train: Vec<usize> = parts[..piece].concat();
        let mut test = parts[piece].clone();
        train.sort_unstable();
        test.sort_unstable();
        Cut { train, test }
    };
    Ok((1..pieces).map(cut).collect())
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

fn check_count(name: &'static str, count: u32) -> Result<()> {
    match (2..=100).contains(&count) {
        true => Ok(()),
        false => Err(Error::Parameter { name, range: "between 2 and 100" }),
    }
}

/// The rows of each code, by rising code.
fn rows_by_code(codes: &[u32]) -> Vec<Vec<usize>> {
    let mut rows_of = std::collections::BTreeMap::<u32, Vec<usize>>::new();
    codes.iter().enumerate().for_each(|(row, &code)| rows_of.entry(code).or_default().push(row));
    rows_of.into_values().collect()
}

fn shuffled_by_class(classes: &[u32], seed: u64) -> Vec<Vec<usize>> {
    let mut generator = generator(seed, 0);
    let mut groups = rows_by_code(classes);
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

    #[test]
    fn each_piece_of_time_is_judged_by_all_before_it() {
        let times = [3, 1, 2, 2, 4, 5, 6, 6, 7];
        let cuts = time_folds(&times, 2).unwrap();
        assert_eq!(cuts[0], Cut { train: vec![1, 2, 3], test: vec![0, 4, 5] });
        assert_eq!(cuts[1], Cut { train: vec![0, 1, 2, 3, 4, 5], test: vec![6, 7, 8] });
        let lopsided = time_folds(&[1, 1, 1, 1, 1, 1, 2, 3], 2).unwrap();
        assert_eq!(lopsided[1].test, [7]);
        assert_eq!(time_folds(&[1, 1, 2], 2).map_err(|error| error.code()), Err("too-few-rows"));
        assert_eq!(time_folds(&times, 1).map_err(|error| error.code()), Err("parameter"));
    }

    #[test]
    fn groups_stay_together_and_one_group_cannot_be_cut() {
        let groups = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4];
        let cut = by_group(&groups, 0.4, 7).unwrap();
        assert_eq!(cut.test.len(), 4);
        assert!(cut.test.chunks(2).all(|pair| groups[pair[0]] == groups[pair[1]]));
        assert_eq!(by_group(&[5; 4], 0.5, 1).map_err(|error| error.code()), Err("too-few-rows"));
        assert_eq!(group_folds(&[0; 4], &[5; 4], 2, 1).map_err(|error| error.code()), Err("too-few-rows"));
        assert_eq!(repeated_folds(&[0; 9], 3, 1, 1).map_err(|error| error.code()), Err("parameter"));
    }

    proptest! {
        #[test]
        fn no_group_is_on_both_sides_and_each_row_is_held_out_once(
            rows in proptest::collection::vec((0_u32..3, 0_u32..12), 30..200), k in 2_u32..5, seed in any::<u64>()
        ) {
            let (classes, groups): (Vec<u32>, Vec<u32>) = rows.into_iter().unzip();
            let n_groups = groups.iter().collect::<std::collections::BTreeSet<_>>().len();
            prop_assume!(n_groups >= k as usize);
            let cuts = group_folds(&classes, &groups, k, seed).unwrap();
            let mut held_out: Vec<usize> = cuts.iter().flat_map(|cut| cut.test.clone()).collect();
            held_out.sort_unstable();
            prop_assert_eq!(held_out, (0..classes.len()).collect::<Vec<_>>());
            let single = by_group(&groups, 0.3, seed).unwrap();
            for cut in cuts.iter().chain([&single]) {
                let of_train: Vec<u32> = cut.train.iter().map(|&row| groups[row]).collect();
                prop_assert!(cut.test.iter().all(|&row| !of_train.contains(&groups[row])));
            }
        }

        #[test]
        fn later_rows_never_teach_earlier_ones(times in proptest::collection::vec(0_i64..40, 60..200), k in 2_u32..6) {
            let instants = times.iter().collect::<std::collections::BTreeSet<_>>().len();
            prop_assume!(instants > k as usize);
            let cuts = time_folds(&times, k).unwrap();
            prop_assert_eq!(cuts.len(), k as usize);
            for cut in cuts {
                let latest = cut.train.iter().map(|&row| times[row]).max().unwrap();
                prop_assert!(cut.test.iter().all(|&row| times[row] > latest));
            }
        }

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
