use rand::Rng;

use super::*;
use crate::prepare::{Fitted, FittedStep, PrepareStep, fit_with_target};
use crate::progress::unwatched;
use crate::random::generator;

const N_ROWS: usize = 400;

fn steps(json: &str) -> Vec<PrepareStep> {
    serde_json::from_str(json).unwrap()
}

/// `told` decides, `square` decides by its size alone, `copy` repeats `told`, `noise` and `same` say nothing.
fn table() -> (Table, Vec<f64>, Vec<u32>) {
    let mut draws = generator(11, 0);
    let mut uniform =
        |low: f64, high: f64| -> Vec<f64> { (0..N_ROWS).map(|_| draws.gen_range(low..high)).collect() };
    let (told, square, noise) = (uniform(0.0, 4.0), uniform(-2.0, 2.0), uniform(0.0, 1.0));
    let target: Vec<f64> =
        (0..N_ROWS).map(|row| 2.0 * told[row] + 3.0 * square[row] * square[row] + 0.2 * noise[row]).collect();
    let classes = (0..N_ROWS).map(|row| u32::from(told[row] + noise[row] > 2.5)).collect();
    let copy = told.iter().map(|value| 3.0 * value + 1.0).collect();
    let columns =
        [("told", told), ("square", square), ("copy", copy), ("noise", noise), ("same", vec![2.0; N_ROWS])];
    let column =
        |(name, values): (&str, Vec<f64>)| Column { name: name.to_owned(), data: ColumnData::Number(values) };
    (Table::new(columns.into_iter().map(column).collect()).unwrap(), target, classes)
}

fn selected(json: &str, outcome: Option<Outcome<'_>>) -> Result<(Fitted, FittedSelect)> {
    let (fitted, _) = fit_with_target(&steps(json), &table().0, outcome, 5, &mut unwatched)?;
    let found = match fitted.steps.last() {
        Some(
            FittedStep::SelectVariance(found)
            | FittedStep::SelectCorrelation(found)
            | FittedStep::SelectMutualInformation(found)
            | FittedStep::SelectChi2(found)
            | FittedStep::SelectPermutation(found)
            | FittedStep::SelectRecursive(found),
        ) => found.clone(),
        _ => panic!("the last step selects"),
    };
    Ok((fitted, found))
}

fn outputs(json: &str, outcome: Option<Outcome<'_>>) -> Vec<String> {
    selected(json, outcome).unwrap().0.outputs
}

#[test]
fn a_constant_column_leaves_and_the_last_may_not() {
    assert_eq!(outputs(r#"[{"method":"select_variance"}]"#, None), ["told", "square", "copy", "noise"]);
    let none = selected(r#"[{"method":"select_variance","threshold":1e9}]"#, None);
    assert_eq!(none.map_err(|error| error.code()).err(), Some("nothing-selected"));
}

#[test]
fn of_two_columns_that_say_the_same_the_first_stays() {
    for coefficient in ["pearson", "spearman"] {
        let json = format!(r#"[{{"method":"select_correlation","coefficient":"{coefficient}"}}]"#);
        let (fitted, found) = selected(&json, None).unwrap();
        assert_eq!(fitted.outputs, ["told", "square", "noise", "same"]);
        assert_eq!(found.columns[2].same_as.as_deref(), Some("told"));
        assert!(found.columns[2].score > 1.0 - 1e-12 && found.columns[4].score == 0.0);
    }
}

#[test]
fn mutual_information_sees_what_correlation_does_not() {
    let (_, numbers, classes) = table();
    let json = r#"[{"method":"select_mutual_information","k":3}]"#;
    assert_eq!(outputs(json, Some(Outcome::Numbers(&numbers))), ["told", "square", "copy"]);
    let json = r#"[{"method":"select_mutual_information","k":2}]"#;
    assert_eq!(outputs(json, Some(Outcome::Classes { codes: &classes, n_classes: 2 })), ["told", "copy"]);
}

#[test]
fn a_model_chooses_what_it_needs() {
    let (_, numbers, classes) = table();
    let of_classes = Outcome::Classes { codes: &classes, n_classes: 2 };
    let without = r#"{"method":"select_correlation"},{"method":"select_variance"}"#;
    let json = format!(r#"[{without},{{"method":"select_recursive","k":2}}]"#);
    assert_eq!(outputs(&json, Some(of_classes)), ["told", "noise"]);
    let json = format!(r#"[{without},{{"method":"select_permutation","threshold":0.01}}]"#);
    assert_eq!(outputs(&json, Some(of_classes)), ["told", "noise"]);
    let json = format!(r#"[{without},{{"method":"select_permutation","k":1}}]"#);
    assert_eq!(outputs(&json, Some(Outcome::Numbers(&numbers))), ["told"]);
    let json = r#"[{"method":"select_chi2","k":2}]"#;
    // Columns of a larger sum have a larger chi-squared: the copy is three times told, plus one.
    assert!(outputs_of_positive(json, of_classes).contains(&"copy".to_owned()));
}

fn outputs_of_positive(json: &str, outcome: Outcome<'_>) -> Vec<String> {
    let table = table().0.select(&["told", "copy", "noise", "same"]).unwrap();
    fit_with_target(&steps(json), &table, Some(outcome), 5, &mut unwatched).unwrap().0.outputs
}

#[test]
fn dependent_columns_leave_before_least_squares_chooses() {
    let (_, numbers, _) = table();
    let json = r#"[{"method":"select_recursive","k":1}]"#;
    let (fitted, found) = selected(json, Some(Outcome::Numbers(&numbers))).unwrap();
    assert_eq!(fitted.outputs, ["told"]);
    let rounds: Vec<Option<usize>> = found.columns.iter().map(|scored| scored.left_out_in_round).collect();
    assert_eq!(rounds[0], None);
    assert!(rounds[2] < rounds[1] && rounds[4] < rounds[1], "{rounds:?}");
}

#[test]
fn a_target_is_asked_for_and_negative_counts_are_refused() {
    let (_, numbers, classes) = table();
    let code = |json: &str, outcome| selected(json, outcome).map_err(|error| error.code()).err();
    for method in ["select_chi2", "select_mutual_information", "select_permutation", "select_recursive"] {
        assert_eq!(code(&format!(r#"[{{"method":"{method}"}}]"#), None), Some("target-needed"));
    }
    let chi2 = r#"[{"method":"select_chi2"}]"#;
    assert_eq!(code(chi2, Some(Outcome::Numbers(&numbers))), Some("wrong-type"));
    assert_eq!(code(chi2, Some(Outcome::Classes { codes: &classes, n_classes: 2 })), Some("negative"));
    assert_eq!(code(chi2, Some(Outcome::Numbers(&[1.0]))), Some("length-mismatch"));
}
