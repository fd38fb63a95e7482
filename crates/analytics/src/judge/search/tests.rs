use rand::Rng;

use super::*;
use crate::judge::Scores;
use crate::progress::{Progress, unwatched};
use crate::table::MISSING_CATEGORY;
use crate::{Column, ColumnData, Error, Table};

const N_ROWS: usize = 400;

fn column(name: &str, data: ColumnData) -> Column {
    Column { name: name.to_owned(), data }
}

/// Two numbers, one with gaps, a category with a gap, free text, a household; a class and a number to predict.
fn table() -> Table {
    let mut draws = crate::random::generator(8, 0);
    let mut number = || (0..N_ROWS).map(|_| draws.gen_range(-1.0..1.0)).collect::<Vec<f64>>();
    let (age, mut income, noise) = (number(), number(), number());
    let plan: Vec<u32> = (0..N_ROWS as u32).map(|row| row * 7 % 3).collect();
    let score = |row: usize| 2.0 * age[row] + income[row] + 0.7 * f64::from(plan[row]) - 0.7 + noise[row];
    let churned = (0..N_ROWS).map(|row| Some(if score(row) > 0.3 { "Yes" } else { "No" }));
    let churned = ColumnData::from_labels(churned.collect::<Vec<_>>());
    let spend = (0..N_ROWS).map(|row| 100.0 + 10.0 * score(row)).collect();
    income[3] = f64::NAN;
    let mut codes = plan.clone();
    codes[5] = MISSING_CATEGORY;
    let levels = ["basic", "plus", "top"].map(str::to_owned).to_vec();
    Table::new(vec![
        column("age", ColumnData::Number(age)),
        column("income", ColumnData::Number(income)),
        column("plan", ColumnData::Category { codes, levels }),
        column("note", ColumnData::Text((0..N_ROWS).map(|row| Some(format!("{row}"))).collect())),
        column("household", ColumnData::Number((0..N_ROWS).map(|row| (row / 4) as f64).collect())),
        column("since", ColumnData::Time((0..N_ROWS).map(|row| Some(row as i64)).collect())),
        column("churned", churned),
        column("spend", ColumnData::Number(spend)),
    ])
    .unwrap()
}

fn task(target: &str) -> AutomlTask {
    AutomlTask {
        target: target.to_owned(),
        positive: None,
        columns: ["age", "income", "plan"].map(str::to_owned).to_vec(),
        prepare: None,
        dependent: Dependent::default(),
        class_weight: ClassWeight::default(),
        calibrate: Calibrate::default(),
        split: Split::default(),
        seed: 5,
        classification: ClassificationParams::default(),
        bootstrap: BootstrapParams { resamples: 100, ..BootstrapParams::default() },
        spaces: vec![
            space(
                r#"{"method": "logistic", "first": [{"l2": 1.0}], "ranges": {"l2": {"type": "log", "min": 0.001, "max": 1000.0}}}"#,
            ),
            space(r#"{"method": "ols", "first": [{}, {"level": 0.9}]}"#),
        ],
        how: AutomlParams { trials: 12, folds: 3, ..AutomlParams::default() },
    }
}

fn space(json: &str) -> Space {
    serde_json::from_str(json).unwrap()
}

fn run(table: &Table, task: &AutomlTask) -> Result<Automl> {
    automl(table, task, &mut || true, &mut unwatched)
}

#[test]
fn parameters_are_documented() {
    crate::registry::assert_documented(&METHOD, AutomlParams::check);
}

#[test]
fn the_best_beats_the_baseline_and_the_same_seed_finds_the_same() {
    let table = table();
    let found = run(&table, &task("churned")).unwrap();
    assert_eq!(found.metric, Metric::Auc);
    assert!(!found.ended_early);
    let ranks: Vec<usize> = found.leaderboard.iter().map(|trial| trial.rank).collect();
    assert_eq!(ranks, (1..=found.leaderboard.len()).collect::<Vec<_>>());
    let baseline = found.leaderboard.iter().find(|trial| trial.method == "baseline").unwrap();
    assert_eq!((baseline.mean, baseline.deviation), (Some(0.5), Some(0.0)));
    assert!(found.leaderboard[0].mean > Some(0.85) && found.leaderboard[0].folds.len() == 3);
    let Scores::Classification(scores) = &found.validation.scores else { panic!("two classes") };
    assert!(scores.metrics.auc > 0.8);
    assert_eq!(found, run(&table, &task("churned")).unwrap());
    let other = AutomlTask { seed: 6, ..task("churned") };
    assert_ne!(found.leaderboard, run(&table, &other).unwrap().leaderboard);
    let saved = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Automl>(&saved).unwrap(), found);
}

#[test]
fn held_out_rows_do_not_reach_the_search() {
    let table = table();
    let task =
        AutomlTask { split: Split::Time { column: "since".into(), test_share: 0.25 }, ..task("spend") };
    let before = run(&table, &task).unwrap();
    let mut columns = table.into_columns();
    for column in &mut columns {
        if let ColumnData::Number(values) = &mut column.data {
            values[300..].iter_mut().for_each(|value| *value = 1e4);
        }
    }
    let after = run(&Table::new(columns).unwrap(), &task).unwrap();
    assert_eq!(before.validation.held_out, (300..400).collect::<Vec<_>>());
    assert_eq!((before.leaderboard, before.judged_as), (after.leaderboard, after.judged_as));
}

#[test]
fn numbers_are_searched_by_the_methods_that_take_them() {
    let found = run(&table(), &task("spend")).unwrap();
    assert_eq!(found.metric, Metric::Rmse);
    assert!(
        found.leaderboard.iter().all(|trial| ["ols", "average", "baseline"].contains(&trial.method.as_str()))
    );
    assert_eq!(found.leaderboard.last().unwrap().method, "baseline");
    let two_values = AutomlTask { target: "flag".into(), ..task("spend") };
    let mut columns = table().into_columns();
    columns
        .push(column("flag", ColumnData::Number((0..N_ROWS).map(|row| f64::from(row % 2 == 0)).collect())));
    let found = run(&Table::new(columns).unwrap(), &two_values).unwrap();
    assert_eq!((found.metric, found.validation.positive.as_deref()), (Metric::Auc, Some("1")));
}

#[test]
fn a_spent_budget_keeps_what_was_found() {
    let table = table();
    let never = automl(&table, &task("churned"), &mut || false, &mut unwatched).unwrap();
    assert!(never.ended_early);
    assert_eq!(never.leaderboard.len(), 2, "the first candidate and the baseline");
    let mut asked = 0;
    let mut some = || {
        asked += 1;
        asked < 40
    };
    let found = automl(&table, &task("churned"), &mut some, &mut unwatched).unwrap();
    assert!(found.ended_early && found.leaderboard.len() >= 2);
    let mut stop = |_: Progress| std::ops::ControlFlow::Break(());
    assert_eq!(automl(&table, &task("churned"), &mut || true, &mut stop), Err(Error::Cancelled));
}

#[test]
fn halving_drops_most_candidates_on_few_rows() {
    let mut columns = table().into_columns();
    for column in &mut columns {
        let rows: Vec<usize> = (0..N_ROWS * 12).map(|row| row % N_ROWS).collect();
        column.data = column.data.take(&rows);
    }
    let mut task = task("churned");
    task.how = AutomlParams { trials: 10, average: 1, ..task.how };
    let found = run(&Table::new(columns).unwrap(), &task).unwrap();
    let of_share =
        |share: f64| found.leaderboard.iter().filter(|trial| (trial.share - share).abs() < 1e-9).count();
    assert_eq!((of_share(1.0 / 9.0), of_share(1.0 / 3.0), of_share(1.0)), (6, 2, 3));
    assert!(found.leaderboard[..3].iter().all(|trial| trial.share >= 1.0));
    assert_eq!(Some(found.judged_as.model), found.leaderboard[0].model);
}

#[test]
fn grids_try_every_combination_once() {
    let mut task = task("churned");
    task.how = AutomlParams { strategy: Strategy::Grid, points: 5, trials: 100, average: 1, ..task.how };
    let found = run(&table(), &task).unwrap();
    assert_eq!(
        found.leaderboard.len(),
        1 + 5,
        "the baseline and five penalties, of which one was tried first"
    );
}

#[test]
fn nested_searches_are_judged_on_rows_they_never_saw() {
    let task = AutomlTask { split: Split::Folds { k: 3 }, ..task("churned") };
    let found = nested(&table(), &task, &mut || true, &mut unwatched).unwrap();
    assert_eq!((found.chosen.len(), found.folds.len()), (3, 3));
    assert_eq!(found.fold_summary[0].metric, "auc");
    assert!(found.fold_summary[0].mean > 0.8);
    assert_eq!(run(&table(), &task).map_err(|error| error.code()), Err("parameter"));
}

#[test]
fn groups_stay_together_inside_the_search_too() {
    let split = Split::Group { column: "household".into(), test_share: 0.25 };
    let found = run(&table(), &AutomlTask { split, columns: Vec::new(), ..task("churned") }).unwrap();
    let inputs: Vec<&str> =
        found.validation.pipeline.prepare.inputs.iter().map(|input| input.name.as_str()).collect();
    assert_eq!(inputs, ["age", "income", "plan", "spend"]);
}

#[test]
fn what_cannot_be_searched_is_refused() {
    let table = table();
    let code = |task: AutomlTask| run(&table, &task).map_err(|error| error.code()).err();
    let how = |how: AutomlParams| AutomlTask { how, ..task("churned") };
    let usual = task("churned").how;
    assert_eq!(code(how(AutomlParams { trials: 0, ..usual.clone() })), Some("parameter"));
    assert_eq!(code(how(AutomlParams { methods: "oracle".into(), ..usual.clone() })), Some("unknown-method"));
    assert_eq!(code(how(AutomlParams { methods: "ols".into(), ..usual.clone() })), Some("parameter"));
    assert_eq!(code(how(AutomlParams { metric: Metric::Rmse, ..usual })), Some("parameter"));
    assert_eq!(code(task("since")), Some("wrong-type"));
    assert_eq!(code(task("nothing")), Some("unknown-column"));
}
