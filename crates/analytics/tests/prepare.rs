//! Preparing steps and reports on own data beside pandas, scipy and scikit-learn (`tools/reference/prepare.py`).

#![allow(clippy::unwrap_used, reason = "a test that cannot read its numbers has failed")]

use serde_json::Value;
use stillroom_analytics::predict::Outcome;
use stillroom_analytics::prepare::{Fitted, FittedStep, PrepareStep, Replacement, fit_with_target};
use stillroom_analytics::profile::missingness::{Missingness, MissingnessParams, missingness};
use stillroom_analytics::profile::{Dependence, DependenceTest};
use stillroom_analytics::progress::unwatched;
use stillroom_analytics::{Column, ColumnData, Matrix, Table};

fn reference() -> Value {
    serde_json::from_str(include_str!("reference/prepare.json")).unwrap()
}

#[track_caller]
fn numbers(reference: &Value, path: &str) -> Vec<f64> {
    let values = reference.pointer(path).unwrap().as_array().unwrap();
    values.iter().map(|value| value.as_f64().unwrap_or(f64::NAN)).collect()
}

fn number(name: &str, values: Vec<f64>) -> Column {
    Column { name: name.into(), data: ColumnData::Number(values) }
}

#[track_caller]
fn close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let difference = (found - expected).abs() / expected.abs().max(1.0);
        assert!(difference <= tolerance, "{found} for {expected}");
    }
}

fn prepared(json: &str, table: &Table, outcome: Option<Outcome<'_>>) -> (Fitted, Matrix) {
    let steps: Vec<PrepareStep> = serde_json::from_str(json).unwrap();
    fit_with_target(&steps, table, outcome, 0, &mut unwatched).unwrap()
}

#[test]
fn mutual_information_without_ties_is_that_of_scikit_learn() {
    let reference = reference();
    let spend = numbers(&reference, "/spend").iter().map(|value| value.ln()).collect();
    let table = Table::new(vec![
        number("age", numbers(&reference, "/age")),
        number("spend", spend),
        number("change", numbers(&reference, "/change")),
    ])
    .unwrap();
    let target = numbers(&reference, "/target");
    let classes: Vec<u32> = numbers(&reference, "/classes").iter().map(|&class| class as u32).collect();
    let outcomes = [
        ("/information/numbers", Outcome::Numbers(&target)),
        ("/information/classes", Outcome::Classes { codes: &classes, n_classes: 3 }),
    ];
    for (path, outcome) in outcomes {
        let json = r#"[{"method":"select_mutual_information","n_neighbors":4}]"#;
        let (fitted, _) = prepared(json, &table, Some(outcome));
        let FittedStep::SelectMutualInformation(found) = &fitted.steps[0] else { panic!("the step selects") };
        let scores: Vec<f64> = found.columns.iter().map(|scored| scored.score).collect();
        // Counts of neighbours are whole numbers: the noise of 1e-10 changes none, sums are rounded in another order.
        close(&scores, &numbers(&reference, path), 1e-12);
    }
}

#[test]
fn powers_of_both_signs_are_those_of_scikit_learn() {
    let reference = reference();
    let column = |name: &str| number(name, numbers(&reference, &format!("/{name}")));
    let age = numbers(&reference, "/age");
    let least = age.iter().copied().fold(f64::INFINITY, f64::min);
    let above = number("age", age.iter().map(|age| age - least + 1.0).collect());
    let cases = [
        ("yeo_johnson", vec![column("age"), column("spend"), column("change")]),
        ("box_cox", vec![above, column("spend")]),
    ];
    for (method, columns) in cases {
        let (fitted, _) =
            prepared(&format!(r#"[{{"method":"{method}"}}]"#), &Table::new(columns).unwrap(), None);
        let (FittedStep::YeoJohnson(powers) | FittedStep::BoxCox(powers)) = &fitted.steps[0] else {
            panic!("the step is a power")
        };
        let lambdas: Vec<f64> = powers.columns.iter().map(|column| column.lambda).collect();
        // Searches by values alone end at the square root of a rounding error.
        close(&lambdas, &numbers(&reference, &format!("/{method}")), 1e-6);
    }
}

fn gappy(reference: &Value) -> Table {
    let column = |name: &str| number(name, numbers(reference, &format!("/gappy/{name}")));
    Table::new(["age", "spend", "city", "change"].map(column).to_vec()).unwrap()
}

#[test]
fn replacements_are_those_of_scikit_learn() {
    let reference = reference();
    for (strategy, path) in [("mean", "mean"), ("median", "median"), ("mode", "most_frequent")] {
        let json = format!(r#"[{{"method":"impute","strategy":"{strategy}"}}]"#);
        let (fitted, _) = prepared(&json, &gappy(&reference), None);
        let FittedStep::Impute(imputed) = &fitted.steps[0] else { panic!("the step imputes") };
        let replacements: Vec<f64> = imputed
            .columns
            .iter()
            .map(|column| match column.replacement {
                Replacement::Number(value) => value,
                Replacement::Label(_) => panic!("all columns are numbers"),
            })
            .collect();
        close(&replacements, &numbers(&reference, &format!("/impute/{path}")), 1e-13);
    }
}

fn reported(table: &Table) -> Missingness {
    missingness(table, &MissingnessParams::default(), &mut unwatched).unwrap()
}

#[track_caller]
fn check_dependence(found: &Dependence, reference: &Value, path: &str) {
    let expected =
        |what: &str| reference.pointer(&format!("/missingness/{path}/{what}")).unwrap().as_f64().unwrap();
    close(
        &[found.statistic, found.degrees, found.p],
        &[expected("statistic"), expected("degrees"), expected("p")],
        1e-11,
    );
    // A p near zero is compared by its digits as well.
    assert!((found.p / expected("p") - 1.0).abs() < 1e-9);
}

#[test]
fn gaps_are_reported_as_pandas_and_scipy_find_them() {
    let reference = reference();
    let table = gappy(&reference);
    let found = reported(&table);
    let shares: Vec<f64> = found.columns.iter().map(|column| column.share).collect();
    close(&shares, &numbers(&reference, "/missingness/share"), 1e-15);
    let complete = reference.pointer("/missingness/complete").unwrap().as_u64().unwrap();
    assert_eq!(found.complete_rows as u64, complete);
    let rows: Vec<f64> = found.patterns.iter().map(|pattern| pattern.rows as f64).collect();
    close(&rows, &numbers(&reference, "/missingness/pattern_rows"), 0.0);
    for pair in &found.pairs {
        let path = format!("/missingness/phi/{}-{}", pair.first, pair.second);
        close(&[pair.correlation], &[reference.pointer(&path).unwrap().as_f64().unwrap()], 1e-14);
    }
    let spend = found.columns[1].depends_on.as_ref().unwrap();
    assert_eq!((spend.column.as_str(), spend.test), ("age", DependenceTest::WelchT));
    check_dependence(spend, &reference, "spend_by_age");
}

#[test]
fn a_gap_that_depends_on_a_category_is_tested_by_its_shares() {
    let reference = reference();
    let table = gappy(&reference);
    let labels: Vec<String> = numbers(&reference, "/city").iter().map(|city| format!("{city}")).collect();
    let city = Column {
        name: "city".into(),
        data: ColumnData::from_labels(labels.iter().map(|label| Some(label.as_str()))),
    };
    let table = Table::new(vec![table.column("change").unwrap().clone(), city]).unwrap();
    let found = reported(&table);
    let change = found.columns[0].depends_on.as_ref().unwrap();
    assert_eq!(change.test, DependenceTest::ChiSquared);
    check_dependence(change, &reference, "change_by_city");
}

#[test]
fn parts_of_dates_are_those_of_pandas() {
    let reference = reference();
    let moments = reference.pointer("/moments").unwrap().as_array().unwrap();
    let times = moments.iter().map(Value::as_i64).collect();
    let table = Table::new(vec![Column { name: "at".into(), data: ColumnData::Time(times) }]).unwrap();
    let (fitted, matrix) = prepared(r#"[{"method":"date_parts"}]"#, &table, None);
    for (position, name) in fitted.outputs.iter().enumerate() {
        let path = name.replacen("at_", "/date_parts/", 1);
        // Sines and cosines of the same angle, rounded by another library.
        close(&matrix.column(position), &numbers(&reference, &path), 1e-14);
    }
    assert_eq!(fitted.outputs.len(), 7);
}
