//! What every step must keep: it learns from the training rows alone, and a row's answer does not depend on its company.

use proptest::prelude::*;

use super::*;
use crate::progress::unwatched;
use crate::table::MISSING_CATEGORY;
use crate::{Column, ColumnData};

/// Each step, with what it needs before and after it.
const RECIPES: &[&str] = &[
    r#"[{"method":"date_parts","keep":true},{"method":"days_since"},{"method":"impute"},{"method":"one_hot"}]"#,
    r#"[{"method":"days_since"},{"method":"impute","strategy":"mode","indicator":true},{"method":"ordinal"},{"method":"robust_scale"}]"#,
    r#"[{"method":"days_since"},{"method":"winsorize","rule":"robust_z"},{"method":"impute","strategy":"mean"},{"method":"frequency"},{"method":"min_max","clip":true}]"#,
    r#"[{"method":"days_since"},{"method":"impute"},{"method":"group_rare","min_count":5},{"method":"one_hot"},{"method":"yeo_johnson"}]"#,
    r#"[{"method":"days_since"},{"method":"impute"},{"method":"target_encoding"},{"method":"standardize"}]"#,
    r#"[{"method":"days_since"},{"method":"impute"},{"method":"box_cox","columns":["spend"]},{"method":"target_encoding","scale":"log_odds","smoothing":3},{"method":"select_recursive","k":2}]"#,
    r#"[{"method":"days_since"},{"method":"impute"},{"method":"select_mutual_information","k":2},{"method":"one_hot"},{"method":"select_variance"},{"method":"select_correlation"}]"#,
    r#"[{"method":"days_since","reference_millis":1000000000000},{"method":"impute"},{"method":"one_hot"},{"method":"min_max","clip":true},{"method":"select_chi2","k":3},{"method":"select_permutation"}]"#,
    r#"[{"method":"days_since"},{"method":"impute"},{"method":"log1p","columns":["spend"]},{"method":"frequency","counts":true},{"method":"standardize"},{"method":"pca","n_components":2}]"#,
];

type Row = (Option<f64>, Option<bool>, u32, Option<i64>);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let spend = prop::option::weighted(0.9, 0.5f64..1e4);
    let city = prop_oneof![5 => 0u32..3, 1 => 3u32..5, 1 => Just(MISSING_CATEGORY)];
    let time = prop::option::weighted(0.9, 0i64..900_000_000_000);
    prop::collection::vec((spend, prop::option::weighted(0.9, any::<bool>()), city, time), 1..12)
}

fn table(rows: &[Row]) -> Table {
    let column = |name: &str, data| Column { name: name.to_owned(), data };
    let levels = ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec();
    Table::new(vec![
        column("spend", ColumnData::Number(rows.iter().map(|row| row.0.unwrap_or(f64::NAN)).collect())),
        column("vip", ColumnData::Boolean(rows.iter().map(|row| row.1).collect())),
        column("city", ColumnData::Category { codes: rows.iter().map(|row| row.2).collect(), levels }),
        column("since", ColumnData::Time(rows.iter().map(|row| row.3).collect())),
    ])
    .unwrap()
}

/// Sixty rows with gaps, and classes that depend on two columns.
fn training() -> (Table, Vec<u32>) {
    let row = |at: u32| {
        let spend = (at % 7 != 3).then(|| f64::from(at * 37 % 101) + 0.5);
        let city = if at % 11 == 5 { MISSING_CATEGORY } else { at * 13 % 17 % 3 };
        (spend, Some(at % 3 == 1), city, (at % 13 != 4).then(|| i64::from(at * 7919 % 1009) * 800_000_000))
    };
    let rows: Vec<Row> = (0..60).map(row).collect();
    let class = |(at, row): (usize, &Row)| {
        u32::from(row.0.unwrap_or(50.0) + f64::from(row.2 % 3) * 20.0 + (at % 29) as f64 > 75.0)
    };
    (table(&rows), rows.iter().enumerate().map(class).collect())
}

fn steps(json: &str) -> Vec<PrepareStep> {
    serde_json::from_str(json).unwrap()
}

fn fitted(json: &str, classes: &[u32]) -> (Fitted, Matrix) {
    let outcome = Outcome::Classes { codes: classes, n_classes: 2 };
    fit_with_target(&steps(json), &training().0, Some(outcome), 9, &mut unwatched).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_row_is_prepared_alike_whatever_rows_come_with_it(rows in rows()) {
        let new = table(&rows);
        for recipe in RECIPES {
            let (fitted, _) = fitted(recipe, &training().1);
            let together = fitted.apply(&new).unwrap();
            for row in 0..rows.len() {
                let alone = fitted.apply(&new.take(&[row])).unwrap();
                prop_assert_eq!(alone.row(0), together.row(row), "{}", recipe);
            }
        }
    }
}

#[test]
fn what_was_learned_comes_back_from_a_file_to_the_last_bit() {
    for recipe in RECIPES {
        let (table, classes) = training();
        let (fitted, _) = fitted(recipe, &classes);
        let loaded: Fitted = serde_json::from_str(&serde_json::to_string(&fitted).unwrap()).unwrap();
        assert_eq!(loaded, fitted);
        assert_eq!(loaded.apply(&table).unwrap(), fitted.apply(&table).unwrap());
    }
}

#[test]
fn training_rows_never_see_their_own_target() {
    let (_, classes) = training();
    let json = r#"[{"method":"days_since"},{"method":"impute"},{"method":"target_encoding"}]"#;
    let (_, before) = fitted(json, &classes);
    let encoded = before.names().iter().position(|name| name == "city_target").unwrap();
    let mut others_changed = 0;
    for row in 0..classes.len() {
        let mut other = classes.clone();
        other[row] = 1 - other[row];
        let (_, after) = fitted(json, &other);
        assert_eq!(after.row(row)[encoded], before.row(row)[encoded], "row {row}");
        others_changed += usize::from(after != before);
    }
    assert_eq!(others_changed, classes.len());
}

#[test]
fn rows_outside_the_training_rows_are_encoded_by_all_of_them() {
    let city = |labels: &[Option<&str>]| {
        Table::new(vec![Column {
            name: "city".into(),
            data: ColumnData::from_labels(labels.iter().copied()),
        }])
        .unwrap()
    };
    let table = city(&[Some("a"), Some("a"), Some("b"), Some("b"), None, Some("a")]);
    let target = [1.0, 2.0, 5.0, 7.0, 9.0, 6.0];
    let json = r#"[{"method":"target_encoding","smoothing":1,"folds":2}]"#;
    let (fitted, _) =
        fit_with_target(&steps(json), &table, Some(Outcome::Numbers(&target)), 1, &mut unwatched).unwrap();
    let (matrix, report) = fitted.apply_with_report(&city(&[Some("a"), Some("b"), Some("z"), None])).unwrap();
    // The overall mean is 5, added once to each level: (9 + 5)/4, (12 + 5)/3, (9 + 5)/2.
    let expected = [3.5, 17.0 / 3.0, 5.0, 7.0];
    for (value, expected) in matrix.column(0).iter().zip(expected) {
        assert!((value - expected).abs() < 1e-14, "{value} {expected}");
    }
    assert_eq!(report.unseen, [RowCount { column: "city".into(), rows: 1 }]);
}

#[test]
fn several_classes_get_a_column_each() {
    let (table, _) = training();
    let classes: Vec<u32> = (0..60).map(|row| row % 3).collect();
    let outcome = Outcome::Classes { codes: &classes, n_classes: 3 };
    let table = table.select(&["city"]).unwrap();
    let (fitted, _) = fit_with_target(
        &steps(r#"[{"method":"target_encoding"}]"#),
        &table,
        Some(outcome),
        9,
        &mut unwatched,
    )
    .unwrap();
    assert_eq!(fitted.outputs, ["city_target_0", "city_target_1", "city_target_2"]);
    for row in fitted.apply(&table).unwrap().values().chunks(3) {
        assert!(row.iter().all(|share| (0.0..=1.0).contains(share)));
    }
}

#[test]
fn rare_and_new_levels_share_a_label() {
    let city = |labels: &[&str]| {
        let labels = labels.iter().map(|label| (!label.is_empty()).then_some(*label));
        Table::new(vec![Column { name: "city".into(), data: ColumnData::from_labels(labels) }]).unwrap()
    };
    let json = r#"[{"method":"group_rare","min_count":2},{"method":"one_hot","drop_first":false}]"#;
    let fitted = fit(&steps(json), &city(&["a", "a", "b", "c", "c", "d"]), &mut unwatched).unwrap();
    assert_eq!(fitted.outputs, ["city=a", "city=c", "city=other"]);
    assert_eq!(
        fitted.apply(&city(&["new", "c", "b"])).unwrap().values(),
        [0., 0., 1., 0., 1., 0., 0., 0., 1.]
    );
}

#[test]
fn an_order_given_must_hold_every_level() {
    let sizes = ["small", "large", "medium"].map(Some);
    let table =
        Table::new(vec![Column { name: "size".into(), data: ColumnData::from_labels(sizes) }]).unwrap();
    let ordered = r#"[{"method":"ordinal","order":["small","medium","large"]}]"#;
    assert_eq!(
        fit(&steps(ordered), &table, &mut unwatched).unwrap().apply(&table).unwrap().values(),
        [0., 2., 1.]
    );
    let short = fit(&steps(r#"[{"method":"ordinal","order":["small","large"]}]"#), &table, &mut unwatched);
    assert_eq!(short, Err(Error::LevelNotOrdered { column: "size".into() }));
}

#[test]
fn one_row_constants_and_the_ends_of_the_range_are_harmless_or_refused() {
    let number = |values: &[f64]| {
        Table::new(vec![Column { name: "x".into(), data: ColumnData::Number(values.to_vec()) }]).unwrap()
    };
    let methods = ["winsorize", "min_max", "robust_scale", "yeo_johnson", "box_cox", "log1p", "standardize"];
    let shapes: [&[f64]; 5] = [
        &[3.0],
        &[3.0, 3.0, 3.0],
        &[1e-300, 2e-300, 7e-300],
        &[1e300, 2e300, 1.7e308],
        &[1e-300, 1.0, 1e300],
    ];
    for method in methods {
        for shape in shapes {
            let table = number(shape);
            let fitted = fit(&steps(&format!(r#"[{{"method":"{method}"}}]"#)), &table, &mut unwatched);
            match fitted.and_then(|fitted| fitted.apply(&table)) {
                Ok(matrix) => assert!(matrix.values().iter().all(|value| value.is_finite())),
                Err(error) => {
                    assert!(matches!(error.code(), "out-of-scale" | "not-finite"), "{method}: {error}")
                }
            }
        }
        let empty =
            fit(&steps(&format!(r#"[{{"method":"{method}"}}]"#)), &number(&[f64::NAN]), &mut unwatched);
        assert!(empty.is_err(), "{method} has nothing to learn from");
    }
    let negative = fit(&steps(r#"[{"method":"box_cox"}]"#), &number(&[1.0, 0.0]), &mut unwatched);
    assert_eq!(negative, Err(Error::NotPositive { column: "x".into(), row: 1 }));
}

#[test]
fn a_hundred_thousand_levels_are_encoded() {
    let labels: Vec<String> = (0..100_000).map(|row| format!("level {row}")).collect();
    let data = ColumnData::from_labels(labels.iter().map(|label| Some(label.as_str())));
    let table = Table::new(vec![Column { name: "id".into(), data }]).unwrap();
    let target: Vec<f64> = (0..100_000).map(f64::from).collect();
    for method in ["ordinal", "frequency"] {
        assert!(fit(&steps(&format!(r#"[{{"method":"{method}"}}]"#)), &table, &mut unwatched).is_ok());
    }
    let outcome = Some(Outcome::Numbers(&target));
    let (_, matrix) =
        fit_with_target(&steps(r#"[{"method":"target_encoding"}]"#), &table, outcome, 1, &mut unwatched)
            .unwrap();
    // Every level occurs once: a row alone in its level gets the mean of the other folds, near the overall one.
    assert!(matrix.values().iter().all(|value| (value - 49_999.5).abs() < 1000.0));
    let many = fit(&steps(r#"[{"method":"one_hot"}]"#), &table, &mut unwatched);
    assert_eq!(many.map_err(|error| error.code()), Err("too-many-levels"));
}

#[test]
fn text_is_refused_with_advice() {
    let text = Column { name: "note".into(), data: ColumnData::Text(vec![Some("hello".into()), None]) };
    let table = Table::new(vec![text]).unwrap();
    let refused = Error::WrongType { column: "note".into(), expected: "number", found: "text" };
    assert_eq!(fit(&[], &table, &mut unwatched), Err(refused));
}
