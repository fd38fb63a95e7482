use rand::Rng;

use super::*;
use crate::progress::unwatched;
use crate::table::MISSING_CATEGORY;
use crate::{Column, ColumnData, Table};

fn table(n_rows: usize, seed: u64, shift: f64, basic: f64) -> Table {
    let mut draws = crate::random::generator(seed, 0);
    let age = (0..n_rows).map(|_| shift + draws.gen_range(-1.0..1.0) + draws.gen_range(-1.0..1.0)).collect();
    let plan = (0..n_rows).map(|_| Some(if draws.gen_range(0.0..1.0) < basic { "basic" } else { "plus" }));
    let plan = ColumnData::from_labels(plan.collect::<Vec<_>>());
    let paid = (0..n_rows).map(|row| Some(row % 4 == 0)).collect();
    Table::new(vec![
        Column { name: "age".into(), data: ColumnData::Number(age) },
        Column { name: "plan".into(), data: plan },
        Column { name: "paid".into(), data: ColumnData::Boolean(paid) },
        Column { name: "note".into(), data: ColumnData::Text(vec![None; n_rows]) },
    ])
    .unwrap()
}

fn compare(before: &Table, now: &Table) -> DriftReport {
    let kept = reference(before, None, &mut unwatched).unwrap();
    let saved = serde_json::to_string(&kept).unwrap();
    assert_eq!(serde_json::from_str::<Reference>(&saved).unwrap(), kept);
    drift(&kept, now, None, &DriftParams::default(), &mut unwatched).unwrap()
}

#[test]
fn parameters_are_documented() {
    crate::registry::assert_documented(&METHOD, DriftParams::check);
}

#[test]
fn the_same_rows_have_not_drifted() {
    let before = table(2000, 1, 0.0, 0.5);
    let found = compare(&before, &before);
    assert_eq!(found.advice, Advice::Stable);
    assert_eq!(found.columns.len(), 3, "free text is left out");
    for column in &found.columns {
        assert!(column.psi < 1e-12 && column.p == Some(1.0));
    }
}

#[test]
fn other_rows_of_the_same_kind_are_stable_and_shifted_ones_are_not() {
    let before = table(2000, 1, 0.0, 0.5);
    assert_eq!(compare(&before, &table(500, 2, 0.0, 0.5)).advice, Advice::Stable);
    let shifted = compare(&before, &table(500, 2, 0.6, 0.5));
    assert_eq!((shifted.advice, shifted.columns[0].advice), (Advice::Refit, Advice::Refit));
    assert_eq!(shifted.columns[1].advice, Advice::Stable);
    let dearer = compare(&before, &table(500, 2, 0.0, 0.3));
    assert_eq!((dearer.advice, dearer.columns[1].advice), (Advice::Watch, Advice::Watch));
    assert_eq!(compare(&before, &table(20, 5, 0.0, 0.5)).advice, Advice::Stable, "few rows vary by chance");
}

#[test]
fn levels_never_seen_and_values_gone_missing_are_found() {
    let before = table(1000, 1, 0.0, 0.5);
    let mut columns = before.clone().into_columns();
    if let ColumnData::Number(values) = &mut columns[0].data {
        values[..400].fill(f64::NAN);
    }
    if let ColumnData::Category { codes, levels } = &mut columns[1].data {
        levels.push("top".into());
        codes[..300].fill(2);
        codes[300..305].fill(MISSING_CATEGORY);
    }
    let found = compare(&before, &Table::new(columns).unwrap());
    assert_eq!((found.columns[0].missing_now, found.columns[0].advice), (0.4, Advice::Refit));
    assert_eq!((found.columns[1].n_new_levels, found.columns[1].advice), (300, Advice::Refit));
}

#[test]
fn a_constant_column_that_moves_either_way_is_found() {
    let constant = |value: f64| {
        let data = ColumnData::Number(vec![value; 100]);
        Table::new(vec![Column { name: "x".into(), data }]).unwrap()
    };
    assert_eq!(compare(&constant(3.0), &constant(3.0)).advice, Advice::Stable);
    for moved in [2.0, 4.0, -1e300, 1e300] {
        assert_eq!(compare(&constant(3.0), &constant(moved)).advice, Advice::Refit);
    }
}

#[test]
fn scores_are_compared_when_both_sides_have_them() {
    let before = table(400, 1, 0.0, 0.5);
    let scores: Vec<f64> = (0..400).map(|row| f64::from(row) / 400.0).collect();
    let kept = reference(&before, Some(&scores), &mut unwatched).unwrap();
    let higher: Vec<f64> = scores.iter().map(|score| score.sqrt()).collect();
    let found = drift(&kept, &before, Some(&higher), &DriftParams::default(), &mut unwatched).unwrap();
    assert_eq!(
        (found.advice, found.scores.map(|scores| scores.advice)),
        (Advice::Refit, Some(Advice::Refit))
    );
    let found = drift(&kept, &before, None, &DriftParams::default(), &mut unwatched).unwrap();
    assert_eq!((found.advice, found.scores), (Advice::Stable, None));
}

#[test]
fn unusable_input_is_refused() {
    let before = table(40, 1, 0.0, 0.5);
    let kept = reference(&before, Some(&[0.5; 40]), &mut unwatched).unwrap();
    let params = DriftParams::default();
    let code = |table: &Table, scores: Option<&[f64]>| {
        drift(&kept, table, scores, &params, &mut unwatched).map_err(|error| error.code()).err()
    };
    assert_eq!(code(&before.take(&[]), None), Some("empty"));
    assert_eq!(code(&before.select(&["age"]).unwrap(), None), Some("unknown-column"));
    assert_eq!(code(&before, Some(&[0.5; 3])), Some("length-mismatch"));
    assert_eq!(code(&before, Some(&[f64::NAN; 40])), Some("not-finite"));
    let mut columns = before.clone().into_columns();
    columns[0].data = ColumnData::Boolean(vec![None; 40]);
    assert_eq!(code(&Table::new(columns).unwrap(), None), Some("wrong-type"));
    assert_eq!(
        reference(&before.take(&[]), None, &mut unwatched).map_err(|error| error.code()),
        Err("empty")
    );
    let mut broken = kept.clone();
    broken.columns[1].counts = Counts::Category { levels: vec!["basic".into()], counts: vec![1] };
    let found = drift(&broken, &before, None, &params, &mut unwatched);
    assert_eq!(found.map_err(|error| error.code()), Err("columns-differ"));
    assert_eq!(
        DriftParams { watch: 0.5, refit: 0.2, ..params.clone() }.check().map_err(|e| e.code()),
        Err("parameter")
    );
}
