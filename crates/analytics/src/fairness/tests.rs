use super::*;
use crate::progress::{Progress, unwatched};

fn labels(n_groups: usize) -> Vec<String> {
    (0..n_groups).map(|group| format!("group {group}")).collect()
}

/// Two groups of 100 whose selected share is 60 % and 30 %, and three rows of a third.
fn rows() -> (Vec<bool>, Vec<f64>, Vec<Option<u32>>) {
    let group = |row: usize| {
        Some(if row < 100 {
            0
        } else if row < 200 {
            1
        } else {
            2
        })
    };
    let selected = |row: usize| if row < 100 { row < 60 } else { row < 130 };
    let truth = (0..203).map(|row| if row < 100 { row % 2 == 0 } else { row % 5 == 0 }).collect();
    let probabilities = (0..203).map(|row| if selected(row) { 0.7 } else { 0.2 }).collect();
    (truth, probabilities, (0..203).map(group).collect())
}

fn report(
    truth: &[bool],
    probabilities: &[f64],
    groups: &[Option<u32>],
    params: &FairnessParams,
) -> Result<FairnessReport> {
    fairness(&Judged { truth, probabilities, groups, labels: &labels(3) }, params, &mut unwatched)
}

#[test]
fn parameters_are_documented() {
    crate::registry::assert_documented(&METHOD, FairnessParams::check);
}

#[test]
fn rates_and_differences_follow_from_the_counts() {
    let (truth, probabilities, groups) = rows();
    let found = report(&truth, &probabilities, &groups, &FairnessParams::default()).unwrap();
    assert_eq!((found.groups.len(), found.small_groups.as_slice()), (2, ["group 2".to_owned()].as_slice()));
    let of = |group: usize| &found.groups[group];
    assert_eq!((of(0).n_rows, of(0).n_positive, of(0).n_selected), (100, 50, 60));
    assert_eq!((of(1).n_rows, of(1).n_positive, of(1).n_selected), (100, 20, 30));
    let value = |interval: Option<Interval>| (interval.unwrap().value * 1e12).round() / 1e12;
    assert_eq!((value(of(0).selection_rate), value(of(1).selection_rate)), (0.6, 0.3));
    assert_eq!((value(of(0).true_positive_rate), value(of(1).true_positive_rate)), (0.6, 0.3));
    assert_eq!((value(of(0).precision), value(of(1).precision)), (0.5, 0.2));
    assert_eq!(value(of(0).calibration_error), 0.0);
    assert_eq!(value(found.demographic_parity_difference), 0.3);
    assert_eq!(value(found.demographic_parity_ratio), 0.5);
    assert_eq!(value(found.equal_opportunity_difference), 0.3);
    assert_eq!(value(found.equalized_odds_difference), 0.3);
    assert_eq!(value(found.predictive_parity_difference), 0.3);
    let interval = found.demographic_parity_difference.unwrap();
    assert!(interval.low > 0.1 && interval.low < 0.3 && interval.high > 0.3 && interval.high < 0.5);
    assert!(found.limits.contains(&Limit::SmallGroups) && found.limits.contains(&Limit::CriteriaConflict));
    assert!(!found.limits.contains(&Limit::RowsWithoutGroup));
    assert_eq!(of(0).bins.iter().map(|bin| bin.n_rows).sum::<u64>(), 100);
    assert_eq!(found, report(&truth, &probabilities, &groups, &FairnessParams::default()).unwrap());
}

#[test]
fn a_small_group_leaves_only_its_name() {
    let (truth, probabilities, groups) = rows();
    let found = report(&truth, &probabilities, &groups, &FairnessParams::default()).unwrap();
    let without: Vec<usize> = (0..200).collect();
    let kept = report(
        &without.iter().map(|&row| truth[row]).collect::<Vec<_>>(),
        &without.iter().map(|&row| probabilities[row]).collect::<Vec<_>>(),
        &without.iter().map(|&row| groups[row]).collect::<Vec<_>>(),
        &FairnessParams::default(),
    )
    .unwrap();
    assert_eq!(found.groups, kept.groups);
}

#[test]
fn what_has_no_rows_has_no_rate() {
    let params = FairnessParams { least_rows: 5, ..FairnessParams::default() };
    let found = report(&[true; 12], &[0.1; 12], &[Some(0); 12], &params).unwrap();
    assert_eq!((found.groups[0].false_positive_rate, found.groups[0].precision), (None, None));
    assert_eq!(found.demographic_parity_difference, None);
    assert!(found.limits.contains(&Limit::RatesUndefined));
    let found = report(&[true], &[0.1], &[None], &params).unwrap();
    assert_eq!((found.groups.len(), found.n_rows_without_group), (0, 1));
}

#[test]
fn unusable_input_is_refused() {
    let params = FairnessParams::default();
    let code = |truth: &[bool], probabilities: &[f64], groups: &[Option<u32>]| {
        report(truth, probabilities, groups, &params).map_err(|error| error.code()).err()
    };
    assert_eq!(code(&[], &[], &[]), Some("empty"));
    assert_eq!(code(&[true], &[], &[None]), Some("length-mismatch"));
    assert_eq!(code(&[true], &[0.5], &[]), Some("length-mismatch"));
    assert_eq!(code(&[true], &[1.5], &[None]), Some("not-finite"));
    assert_eq!(code(&[true], &[f64::NAN], &[None]), Some("not-finite"));
    assert_eq!(code(&[true], &[0.5], &[Some(9)]), Some("labels-differ"));
    let (truth, probabilities, groups) = rows();
    let judged = Judged { truth: &truth, probabilities: &probabilities, groups: &groups, labels: &labels(3) };
    let mut stop = |_: Progress| std::ops::ControlFlow::Break(());
    assert_eq!(fairness(&judged, &params, &mut stop), Err(Error::Cancelled));
}
