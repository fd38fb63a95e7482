use super::counterfactual::{Actionable, Direction, Found, Goal};
use super::permutation::Loss;
use super::reasons::{Effect, Relation};
use super::shap::tests::{logistic, ols, pipeline, table};
use super::subject::{Rows, Value};
use super::surrogate::SurrogateFit;
use super::*;
use crate::judge::{Calibrate, ClassWeight, Dependent, Pipeline, PipelineParams, Target};
use crate::predict::trees::tree::TreeParams;
use crate::predict::{ModelParams, Takes};
use crate::progress::unwatched;
use crate::{Column, ColumnData, Error, Table};

fn target(name: &str) -> Target {
    let takes = Takes { numbers: name == "spend", classes: 2, weights: false };
    Target::read(&table(), name, None, takes).unwrap()
}

/// Whether two numbers lie opposite to each other about zero: no weighted sum can tell.
fn crossed() -> (Table, Pipeline) {
    let at = |place: usize| place as f64 / 2.0 - 4.75;
    let cells: Vec<(f64, f64)> = (0..400).map(|cell| (at(cell / 20), at(cell % 20))).collect();
    let column = |name: &str, data| Column { name: name.to_owned(), data };
    let table = Table::new(vec![
        column("x", ColumnData::Number(cells.iter().map(|cell| cell.0).collect())),
        column("y", ColumnData::Number(cells.iter().map(|cell| cell.1).collect())),
        column("z", ColumnData::Number(cells.iter().map(|cell| (cell.0 * cell.1).signum()).collect())),
        column("sum", ColumnData::Number(cells.iter().map(|cell| 2.0 * cell.0 - cell.1).collect())),
        column("flat", ColumnData::Number(vec![3.0; 400])),
    ])
    .unwrap();
    let fitted =
        fit(&table, "z", ModelParams::Tree(TreeParams { max_depth: Some(6), ..TreeParams::default() }));
    (table, fitted)
}

fn fit(table: &Table, target: &str, model: ModelParams) -> Pipeline {
    let params = PipelineParams {
        columns: vec!["x".into(), "y".into()],
        prepare: Vec::new(),
        dependent: Dependent::Drop,
        model,
        class_weight: ClassWeight::None,
        calibrate: Calibrate::None,
        seed: 0,
    };
    let takes = Takes { numbers: true, classes: 0, weights: false };
    let target = Target::read(table, target, None, takes).unwrap();
    Pipeline::fit(table, &target, &params, &mut unwatched).unwrap()
}

#[test]
fn shuffling_what_matters_costs_most_and_what_does_not_nothing() {
    let importance = |params: &PermutationParams| {
        permutation_importance(
            &pipeline("spend", ols(), false),
            &table(),
            &target("spend"),
            params,
            &mut unwatched,
        )
    };
    let found = importance(&PermutationParams::default()).unwrap();
    let names: Vec<&str> = found.columns.iter().map(|column| column.column.as_str()).collect();
    assert_eq!((found.loss, found.n_rows, names[0], names[1]), (Loss::Rmse, 60, "age", "plan"));
    // The variance of twice age is that of the increase in mean squared error, twice over.
    assert!(found.columns[0].mean > 10.0 && found.columns[3].mean.abs() < 1.0);
    assert!(found.columns.iter().all(|column| column.standard_deviation.is_some()));
    assert_eq!(importance(&PermutationParams::default()).unwrap(), found, "the seed decides");
    let unsuitable = PermutationParams { loss: Some(Loss::Auc), ..PermutationParams::default() };
    assert_eq!(importance(&unsuitable).map_err(|error| error.code()), Err("parameter"));
    let classes = pipeline("left", logistic(), false);
    for loss in [None, Some(Loss::LogLoss), Some(Loss::Brier)] {
        let params = PermutationParams { loss, repeats: 3, ..PermutationParams::default() };
        let found =
            permutation_importance(&classes, &table(), &target("left"), &params, &mut unwatched).unwrap();
        assert_eq!(found.columns[0].column, "age", "{loss:?}");
    }
}

#[test]
fn prepared_columns_and_the_table_give_the_same() {
    let pipeline = pipeline("left", logistic(), false);
    let through_table = |made_of| Rows { made_of, ..Rows::new(&pipeline, &table()).unwrap() };
    let rows: Vec<usize> = (0..60).collect();
    let fast = Rows::new(&pipeline, &table()).unwrap();
    let slow = through_table(None);
    let prepared = fast.prepared(&rows).unwrap();
    let order: Vec<usize> = (0..60).rev().collect();
    for input in 0..4 {
        let shuffled = |inputs: &Rows<'_>| permutation::shuffled(inputs, &prepared, input, &order).unwrap();
        assert_eq!(shuffled(&fast), shuffled(&slow));
        let cell = dependence::grid(fast.table.column_at(input), 4)[1];
        let changed =
            |inputs: &Rows<'_>| dependence::with_value(inputs, &prepared, &rows, input, cell).unwrap();
        assert_eq!(changed(&fast), changed(&slow));
    }
}

#[test]
fn dependence_on_a_sum_is_a_line_and_its_curves_are_parallel() {
    let pipeline = pipeline("spend", ols(), false);
    let params =
        DependenceParams { column: "age".into(), n_points: 5, n_curves: 3, ..DependenceParams::default() };
    let found = partial_dependence(&pipeline, &table(), &params, &mut unwatched).unwrap();
    let ages: Vec<f64> = found
        .grid
        .iter()
        .map(|value| match value {
            Value::Number(age) => *age,
            other => panic!("{other:?} is no age"),
        })
        .collect();
    let slope =
        |from: usize, outputs: &[f64]| (outputs[from + 1] - outputs[from]) / (ages[from + 1] - ages[from]);
    for curve in found.curves.iter().map(|curve| &curve.outputs).chain([&found.mean]) {
        for from in 0..4 {
            assert!((slope(from, curve) - slope(0, &found.mean)).abs() < 1e-9);
        }
    }
    assert!((slope(0, &found.mean) - 2.0).abs() < 0.2, "spend grows by two a year");
    let levels = DependenceParams { column: "plan".into(), ..params.clone() };
    let found = partial_dependence(&pipeline, &table(), &levels, &mut unwatched).unwrap();
    let top = found.grid.iter().position(|value| *value == Value::Level("top".into())).unwrap();
    assert_eq!(found.mean.iter().copied().fold(f64::MIN, f64::max), found.mean[top]);
    let unknown = DependenceParams { column: "spend".into(), ..params };
    let found = partial_dependence(&pipeline, &table(), &unknown, &mut unwatched);
    assert_eq!(found, Err(Error::UnknownColumn { column: "spend".into() }));
}

#[test]
fn a_surrogate_of_a_sum_is_the_sum_and_says_so() {
    let (table, _) = crossed();
    let sum = fit(&table, "sum", ols());
    let params = SurrogateParams { ridge: 0.0, ..SurrogateParams::default() };
    let found = local_surrogate(&sum, &table, 7, &params, &mut unwatched).unwrap();
    assert_eq!(found.fit, SurrogateFit::Fair);
    assert!(found.r_squared.unwrap() > 1.0 - 1e-9, "{:?}", found.r_squared);
    let slopes =
        found.effects.iter().map(|effect| (effect.column.as_str(), effect.effect / effect.unit.unwrap()));
    for ((column, slope), expected) in slopes.zip([("x", 2.0), ("y", -1.0)]) {
        assert!(column == expected.0 && (slope - expected.1).abs() < 1e-6, "{column} {slope}");
    }
    assert!((found.local_output - found.output).abs() < 1e-6);
}

#[test]
fn a_surrogate_that_does_not_fit_says_so() {
    let (table, crossed) = crossed();
    let around = |pipeline: &Pipeline, table: &Table| {
        local_surrogate(pipeline, table, 210, &SurrogateParams::default(), &mut unwatched).unwrap()
    };
    let found = around(&crossed, &table);
    assert_eq!(found.fit, SurrogateFit::Poor);
    assert!(found.r_squared.unwrap() < surrogate::POOR_FIT);
    let flat = fit(&table, "flat", ModelParams::Tree(TreeParams::default()));
    let found = around(&flat, &table);
    assert_eq!((found.fit, found.r_squared), (SurrogateFit::Flat, None));
}

fn free(column: &str, direction: Direction) -> Actionable {
    Actionable { column: column.into(), direction, low: None, high: None, levels: Vec::new() }
}

#[test]
fn the_smallest_change_reaches_the_goal_and_no_smaller_one_does() {
    let pipeline = pipeline("left", logistic(), false);
    let scores = pipeline.predict(&table()).unwrap().scores(1);
    let row = (0..60).max_by(|&left, &right| scores[left].total_cmp(&scores[right])).unwrap();
    let params = CounterfactualParams {
        goal: Goal::AtMost(0.5),
        actionable: vec![free("age", Direction::Decrease), free("plan", Direction::Either)],
        ..CounterfactualParams::default()
    };
    let found = counterfactual(&pipeline, &table(), row, &params, &mut unwatched).unwrap();
    assert_eq!(found.found, Found::Yes);
    assert!((found.output - scores[row]).abs() < 1e-15);
    let answer = &found.answers[0];
    assert!(answer.output <= 0.5 && answer.changes.len() <= 2);
    let changed = |scale: f64| {
        let mut columns = table().take(&[row]).into_columns();
        for change in &answer.changes {
            let column = columns.iter_mut().find(|column| column.name == change.column).unwrap();
            match (&mut column.data, &change.from, &change.to) {
                (ColumnData::Number(values), Value::Number(from), Value::Number(to)) => {
                    values[0] = from + scale * (to - from);
                }
                (ColumnData::Category { codes, levels }, _, Value::Level(to)) => {
                    codes[0] = levels.iter().position(|level| level == to).unwrap() as u32;
                }
                (data, ..) => panic!("{} was not to change", data.type_name()),
            }
        }
        pipeline.predict(&Table::new(columns).unwrap()).unwrap().scores(1)[0]
    };
    assert_eq!(changed(1.0), answer.output, "the answer holds");
    let age = answer.changes.iter().any(|change| change.column == "age");
    assert!(!age || changed(0.98) > 0.5, "a fiftieth less is not enough");
}

#[test]
fn a_change_against_the_allowed_direction_is_not_made() {
    let pipeline = pipeline("left", logistic(), false);
    let scores = pipeline.predict(&table()).unwrap().scores(1);
    let row = (0..60).max_by(|&left, &right| scores[left].total_cmp(&scores[right])).unwrap();
    let seek = |goal, actionable| {
        let params = CounterfactualParams { goal, actionable, ..CounterfactualParams::default() };
        counterfactual(&pipeline, &table(), row, &params, &mut unwatched)
    };
    let found = seek(Goal::AtMost(0.01), vec![free("age", Direction::Increase)]).unwrap();
    assert_eq!((found.found, found.answers.len()), (Found::No, 0));
    let found = seek(Goal::AtLeast(0.0), vec![free("age", Direction::Increase)]).unwrap();
    assert_eq!((found.found, found.n_tried), (Found::AlreadyThere, 0));
    let code = |actionable| seek(Goal::AtMost(0.1), actionable).map_err(|error| error.code()).err();
    assert_eq!(code(Vec::new()), Some("parameter"));
    assert_eq!(code(vec![free("plan", Direction::Increase)]), Some("parameter"));
    assert_eq!(code(vec![free("spend", Direction::Either)]), Some("unknown-column"));
    let bounded = Actionable { low: Some(39.0), high: Some(41.0), ..free("age", Direction::Decrease) };
    let found = seek(Goal::AtMost(0.01), vec![bounded]).unwrap();
    for change in found.answers.iter().chain(&found.closest).flat_map(|answer| &answer.changes) {
        assert!(matches!(change.to, Value::Number(age) if (39.0..=41.0).contains(&age)));
    }
}

#[test]
fn one_change_is_preferred_to_two_and_two_are_found_when_needed() {
    let (table, crossed) = crossed();
    let row = 210;
    let output = crossed.predict(&table).unwrap().scores(0)[row];
    let params = |actionable| CounterfactualParams {
        goal: if output > 0.0 { Goal::AtMost(-0.9) } else { Goal::AtLeast(0.9) },
        actionable,
        ..CounterfactualParams::default()
    };
    let both = vec![free("x", Direction::Either), free("y", Direction::Either)];
    let found = counterfactual(&crossed, &table, row, &params(both), &mut unwatched).unwrap();
    assert!(found.answers.iter().all(|answer| answer.changes.len() == 1));
    assert_eq!(found.answers.len(), 2, "either number can cross over");
    assert!(found.answers[0].cost <= found.answers[1].cost);
}

#[test]
fn reasons_are_codes_and_numbers_that_sum_to_the_output() {
    let pipeline = pipeline("spend", ols(), false);
    let rows: Vec<usize> = (0..60).collect();
    let explained = shap(&pipeline, &table(), &rows, &ShapParams::default(), &mut unwatched).unwrap();
    let found = reasons(&explained, &table(), 2).unwrap();
    assert_eq!(found.len(), 60);
    for reasons in &found {
        let sum =
            reasons.reasons.iter().fold(reasons.base + reasons.rest, |sum, reason| sum + reason.contribution);
        assert!((sum - reasons.output).abs() < 1e-9);
        assert!(reasons.reasons.iter().all(|reason| {
            (reason.effect == Effect::Raises) == (reason.contribution > 0.0) && reason.weight <= 1.0
        }));
    }
    let of = |column: &str, row: usize| {
        let all = reasons(&explained, &table(), 4).unwrap();
        all[row].reasons.iter().find(|reason| reason.column == column).cloned().unwrap()
    };
    let ages = table().column("age").unwrap().clone();
    let ColumnData::Number(ages) = ages.data else { panic!("ages are numbers") };
    let oldest = (0..60).max_by(|&left, &right| ages[left].total_cmp(&ages[right])).unwrap();
    let age = of("age", oldest);
    assert_eq!((age.relation, age.effect), (Relation::MuchHigher, Effect::Raises));
    assert_eq!(of("visits", 4).relation, Relation::Missing);
    assert!(matches!(of("plan", 0).relation, Relation::UsualLevel | Relation::OtherLevel));
}
