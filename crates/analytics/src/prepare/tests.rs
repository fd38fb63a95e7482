use super::*;
use crate::ColumnData;
use crate::progress::unwatched;

fn number(name: &str, values: &[f64]) -> Column {
    Column { name: name.into(), data: ColumnData::Number(values.to_vec()) }
}

fn category(name: &str, labels: &[Option<&str>]) -> Column {
    Column { name: name.into(), data: ColumnData::from_labels(labels.iter().copied()) }
}

fn steps(json: &str) -> Vec<PrepareStep> {
    serde_json::from_str(json).unwrap()
}

fn prepared(steps_json: &str, training: Vec<Column>) -> Result<Fitted> {
    fit(&steps(steps_json), &Table::new(training)?, &mut unwatched)
}

const NAN: f64 = f64::NAN;

#[test]
fn a_mixed_table_becomes_complete_numbers() {
    let table = Table::new(vec![
        number("age", &[20.0, NAN, 40.0, 30.0]),
        category("city", &[Some("b"), Some("a"), None, Some("c")]),
        Column {
            name: "since".into(),
            data: ColumnData::Time(vec![Some(0), Some(86_400_000), None, Some(43_200_000)]),
        },
    ])
    .unwrap();
    let steps = steps(
        r#"[{"method":"days_since"}, {"method":"impute","indicator":true}, {"method":"one_hot"},
            {"method":"standardize","columns":["age"]}]"#,
    );
    let fitted = fit(&steps, &table, &mut unwatched).unwrap();
    assert_eq!(
        fitted.outputs,
        ["age", "city=b", "city=c", "city=", "since_days", "age_missing", "since_days_missing"]
    );
    let (matrix, report) = fitted.apply_with_report(&table).unwrap();
    assert_eq!(matrix.column(1), [1.0, 0.0, 0.0, 0.0]);
    assert_eq!(matrix.column(3), [0.0, 0.0, 1.0, 0.0]);
    assert_eq!(matrix.column(4), [1.0, 0.0, 0.5, 0.5]);
    assert_eq!(matrix.column(5), [0.0, 1.0, 0.0, 0.0]);
    let counted = |column: &str| RowCount { column: column.into(), rows: 1 };
    assert_eq!(report.imputed, [counted("age"), counted("since_days")]);
    assert_eq!(report.unseen, []);
}

#[test]
fn nothing_is_learned_from_the_rows_it_is_applied_to() {
    let training = vec![number("x", &[0.0, 2.0, NAN]), category("c", &[Some("a"), Some("b"), Some("a")])];
    let json = r#"[{"method":"impute","strategy":"mean"},{"method":"standardize","columns":["x"]},{"method":"one_hot"}]"#;
    let fitted = prepared(json, training).unwrap();
    let new = Table::new(vec![
        category("c", &[Some("zebra"), Some("b"), None]),
        number("unused", &[NAN, 1.0, 1.0]),
        number("x", &[NAN, 1e6, -1.0]),
    ])
    .unwrap();
    let (matrix, report) = fitted.apply_with_report(&new).unwrap();
    // Mean 1 and standard deviation √(2/3) of 0, 2, 1.
    let scale = (2.0f64 / 3.0).sqrt();
    assert_eq!(matrix.column(0), [0.0, (1e6 - 1.0) / scale, -2.0 / scale]);
    assert_eq!(matrix.column(1), [0.0, 1.0, 0.0]);
    assert_eq!(report.unseen, [RowCount { column: "c".into(), rows: 2 }]);
    let alone = fitted.apply(&new.take(&[1])).unwrap();
    assert_eq!(alone.row(0), matrix.row(1), "a row is prepared alike whatever rows come with it");
}

#[test]
fn fitted_steps_survive_being_saved() {
    let training =
        vec![number("x", &[0.1, 2.7, 3.3, 1e-7]), category("c", &[Some("a"), None, Some("b"), Some("b")])];
    let json = r#"[{"method":"impute","strategy":"mode","columns":["c"]},{"method":"log1p","columns":["x"]},
        {"method":"one_hot","drop_first":false},{"method":"standardize","ddof":1},{"method":"pca","n_components":2}]"#;
    let fitted = prepared(json, training.clone()).unwrap();
    assert_eq!(fitted.outputs, ["pc1", "pc2"]);
    let saved = serde_json::to_string(&fitted).unwrap();
    let loaded: Fitted = serde_json::from_str(&saved).unwrap();
    let table = Table::new(training).unwrap();
    assert_eq!(loaded.apply(&table).unwrap(), fitted.apply(&table).unwrap());
}

#[test]
fn constants_and_single_levels_are_reported_and_harmless() {
    let fitted = prepared(
        r#"[{"method":"one_hot"},{"method":"standardize"}]"#,
        vec![number("same", &[5.0, 5.0]), category("one", &[Some("a"), Some("a")]), number("x", &[1.0, 2.0])],
    )
    .unwrap();
    assert_eq!(fitted.outputs, ["same", "x"]);
    let FittedStep::Standardize(scaled) = &fitted.steps[1] else { panic!("the second step standardizes") };
    assert_eq!((scaled.columns[0].scale, scaled.columns[0].is_constant), (1.0, true));
}

#[test]
fn standardizing_survives_the_ends_of_the_range() {
    for size in [1e-300, 1.0, 1e300] {
        let column = number("x", &[size, 3.0 * size, 8.0 * size]);
        let table = Table::new(vec![column]).unwrap();
        let matrix = fit(&steps(r#"[{"method":"standardize"}]"#), &table, &mut unwatched)
            .unwrap()
            .apply(&table)
            .unwrap();
        // Mean 4, variance (9 + 1 + 16)/3.
        let expected = [-3.0, -1.0, 4.0].map(|it| it / (26.0f64 / 3.0).sqrt());
        for (value, expected) in matrix.values().iter().zip(expected) {
            assert!((value - expected).abs() < 1e-15, "{size}: {value} {expected}");
        }
    }
}

#[test]
fn each_step_refuses_what_it_cannot_do() {
    let check = |json: &str, column: Column, code: &str| {
        assert_eq!(
            prepared(json, vec![column, number("y", &[1.0, 2.0])]).map_err(|error| error.code()),
            Err(code),
            "{json}"
        );
    };
    let labels = || category("x", &[Some("a"), Some("b")]);
    check("[]", labels(), "wrong-type");
    check("[]", number("x", &[1.0, NAN]), "not-finite");
    check(r#"[{"method":"impute"}]"#, number("x", &[NAN, NAN]), "nothing-observed");
    check(r#"[{"method":"impute","columns":["x"]}]"#, labels(), "wrong-type");
    check(r#"[{"method":"impute","columns":["z"]}]"#, labels(), "unknown-column");
    check(r#"[{"method":"impute","strategy":"constant"}]"#, labels(), "parameter");
    check(r#"[{"method":"log1p"}]"#, number("x", &[1.0, -1.0]), "negative");
}

#[test]
fn too_many_levels_and_taken_names_are_refused() {
    let labels = category("x", &[Some("a"), Some("b"), Some("c")]);
    let many = prepared(r#"[{"method":"one_hot","max_levels":2}]"#, vec![labels.clone()]);
    assert_eq!(many, Err(Error::TooManyLevels { column: "x".into(), limit: 2, found: 3 }));
    let taken = prepared(r#"[{"method":"one_hot"}]"#, vec![labels, number("x=b", &[1.0, 2.0, 3.0])]);
    assert_eq!(taken, Err(Error::DuplicateColumn { column: "x=b".into() }));
}

#[test]
fn signed_logarithms_mirror_at_zero() {
    let fitted =
        prepared(r#"[{"method":"log1p","signed":true}]"#, vec![number("x", &[-3.0, 0.0, 3.0])]).unwrap();
    let table = Table::new(vec![number("x", &[-3.0, 0.0, 3.0])]).unwrap();
    assert_eq!(fitted.apply(&table).unwrap().values(), [-(4.0f64.ln()), 0.0, 4.0f64.ln()]);
}

#[test]
fn a_table_of_other_columns_or_types_is_refused() {
    let fitted = prepared("[]", vec![number("x", &[1.0, 2.0])]).unwrap();
    let code = |columns| fitted.apply(&Table::new(columns).unwrap()).map_err(|error| error.code());
    assert_eq!(code(vec![number("y", &[1.0])]), Err("unknown-column"));
    assert_eq!(code(vec![category("x", &[Some("1")])]), Err("wrong-type"));
    assert_eq!(code(vec![number("x", &[])]), Err("empty"));
}

#[test]
fn an_unknown_parameter_or_method_does_not_read() {
    for json in [
        r#"[{"method":"impute","strategi":"mean"}]"#,
        r#"[{"method":"scale"}]"#,
        r#"[{"method":"one_hot","max_levels":-1}]"#,
    ] {
        assert!(serde_json::from_str::<Vec<PrepareStep>>(json).is_err(), "{json}");
    }
}
