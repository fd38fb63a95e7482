use super::*;
use crate::explain::subject::{Value, log_odds};
use crate::judge::{Calibrate, ClassWeight, Dependent, PipelineParams, Target};
use crate::predict::linear::OlsParams;
use crate::predict::logistic::LogisticParams;
use crate::predict::trees::forest::ForestParams;
use crate::predict::{ModelParams, Takes};
use crate::prepare::{ImputeParams, OneHotParams, PrepareStep, StandardizeParams};
use crate::progress::unwatched;
use crate::reduce::pca::PcaParams;
use crate::{Column, ColumnData};

fn column(name: &str, data: ColumnData) -> Column {
    Column { name: name.to_owned(), data }
}

/// Two numbers, one with gaps, a category and a number nothing depends on; a number and a class to predict.
pub(in crate::explain) fn table() -> Table {
    let n_rows = 60;
    let wave = |row: usize, by: f64| libm::sin(row as f64 * by) * 3.0;
    let age: Vec<f64> = (0..n_rows).map(|row| 40.0 + 4.0 * wave(row, 1.3)).collect();
    let visits: Vec<f64> =
        (0..n_rows).map(|row| if row % 9 == 4 { f64::NAN } else { (row * 7 % 11) as f64 }).collect();
    let plan: Vec<&str> = (0..n_rows).map(|row| ["basic", "plus", "top"][row * 5 % 7 % 3]).collect();
    let noise: Vec<f64> = (0..n_rows).map(|row| wave(row, 2.7)).collect();
    let spend: Vec<f64> = (0..n_rows)
        .map(|row| 2.0 * age[row] + if plan[row] == "top" { 30.0 } else { 0.0 } + wave(row, 0.9))
        .collect();
    let left = (0..n_rows).map(|row| Some(if spend[row] + 5.0 * noise[row] > 90.0 { "Yes" } else { "No" }));
    let left = ColumnData::from_labels(left);
    Table::new(vec![
        column("age", ColumnData::Number(age)),
        column("visits", ColumnData::Number(visits)),
        column("plan", ColumnData::from_labels(plan.into_iter().map(Some))),
        column("noise", ColumnData::Number(noise)),
        column("spend", ColumnData::Number(spend)),
        column("left", left),
    ])
    .unwrap()
}

pub(in crate::explain) fn pipeline(target: &str, model: ModelParams, with_pca: bool) -> Pipeline {
    let mut prepare = vec![
        PrepareStep::Impute(ImputeParams { indicator: true, ..ImputeParams::default() }),
        PrepareStep::OneHot(OneHotParams::default()),
        PrepareStep::Standardize(StandardizeParams::default()),
    ];
    if with_pca {
        prepare.push(PrepareStep::Pca(PcaParams { n_components: Some(4) }));
    }
    let params = PipelineParams {
        columns: ["age", "visits", "plan", "noise"].map(str::to_owned).to_vec(),
        prepare,
        dependent: Dependent::Drop,
        model,
        class_weight: ClassWeight::None,
        calibrate: Calibrate::None,
        seed: 0,
    };
    let takes = Takes { numbers: target == "spend", classes: 2, weights: false };
    let target = Target::read(&table(), target, None, takes).unwrap();
    Pipeline::fit(&table(), &target, &params, &mut unwatched).unwrap()
}

pub(in crate::explain) fn ols() -> ModelParams {
    ModelParams::Ols(OlsParams::default())
}

pub(in crate::explain) fn logistic() -> ModelParams {
    ModelParams::Logistic(LogisticParams { l2: 1.0, ..LogisticParams::default() })
}

fn explain(pipeline: &Pipeline, params: &ShapParams) -> Shap {
    let rows: Vec<usize> = (0..60).step_by(7).collect();
    shap(pipeline, &table(), &rows, params, &mut unwatched).unwrap()
}

/// The Shapley values by their definition: the mean over all orders of what each column adds when it comes.
fn by_orders(pipeline: &Pipeline, row: usize, output: impl Fn(f64) -> f64) -> Vec<f64> {
    let table = table();
    let names = ["age", "visits", "plan", "noise"];
    let value = |taken: &[usize]| {
        let mixed = table.columns().map(|column| {
            let position = names.iter().position(|name| *name == column.name);
            let is_taken = position.is_some_and(|position| taken.contains(&position));
            let rows: Vec<usize> = (0..60).map(|other| if is_taken { row } else { other }).collect();
            Column { name: column.name.clone(), data: column.data.take(&rows) }
        });
        let scores = pipeline.predict(&Table::new(mixed.collect()).unwrap()).unwrap().scores(1);
        scores.into_iter().map(&output).sum::<f64>() / 60.0
    };
    let mut totals = vec![0.0; 4];
    for order in 0..24 {
        let mut left: Vec<usize> = (0..4).collect();
        let (mut taken, mut before) = (Vec::new(), value(&[]));
        for choices in (1..=4).rev() {
            let player = left.remove(order / [1, 1, 2, 6][choices - 1] % choices);
            taken.push(player);
            let after = value(&taken);
            totals[player] += (after - before) / 24.0;
            before = after;
        }
    }
    totals
}

/// Sums of sixty numbers below 200 in another order: 1e-10 leaves room for their rounding.
#[track_caller]
fn assert_near(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-10, "{found} {expected}");
    }
}

#[test]
fn the_registry_describes_the_parameters() {
    crate::registry::assert_documented(&METHOD, ShapParams::check);
}

#[test]
fn all_coalitions_give_the_mean_over_all_orders() {
    let pipeline = pipeline("left", logistic(), false);
    let found = explain(&pipeline, &ShapParams::default());
    assert_eq!((found.method, found.scale), (ShapMethod::AllCoalitions, Scale::Probability));
    assert_eq!(found.columns, ["age", "visits", "plan", "noise"]);
    for (position, &row) in found.rows.iter().enumerate() {
        assert_near(found.row(position).unwrap(), &by_orders(&pipeline, row, |p| p));
    }
}

#[test]
fn a_linear_model_is_explained_exactly_on_the_scale_of_its_sum() {
    let log_odds_of = ShapParams { scale: Some(Scale::LogOdds), ..ShapParams::default() };
    let logistic = pipeline("left", logistic(), false);
    let ols = pipeline("spend", ols(), false);
    let found = explain(&logistic, &log_odds_of);
    assert_eq!(found.method, ShapMethod::Linear);
    assert_near(found.row(1).unwrap(), &by_orders(&logistic, found.rows[1], log_odds));
    let found = explain(&ols, &ShapParams::default());
    assert_eq!((found.method, found.scale), (ShapMethod::Linear, Scale::Number));
    assert_near(found.row(2).unwrap(), &by_orders(&ols, found.rows[2], |number| number));
}

#[test]
fn contributions_to_the_two_classes_are_opposite() {
    let pipeline = pipeline("left", logistic(), false);
    for scale in [Scale::LogOdds, Scale::Probability] {
        let positive = explain(&pipeline, &ShapParams { scale: Some(scale), ..ShapParams::default() });
        let negative =
            explain(&pipeline, &ShapParams { scale: Some(scale), class: 0, ..ShapParams::default() });
        let opposite: Vec<f64> = negative.contributions.iter().map(|part| -part).collect();
        assert_near(&positive.contributions, &opposite);
    }
}

#[test]
fn steps_that_mix_columns_are_explained_through_the_table() {
    let pipeline = pipeline("spend", ols(), true);
    let found = explain(&pipeline, &ShapParams::default());
    assert_eq!(found.method, ShapMethod::AllCoalitions);
    assert_near(found.row(3).unwrap(), &by_orders(&pipeline, found.rows[3], |number| number));
}

#[test]
fn prepared_columns_are_traced_to_their_inputs() {
    let plain = pipeline("spend", ols(), false).prepare;
    let sources = plain.sources(&table()).unwrap();
    let named: Vec<(&str, &[usize])> =
        plain.outputs.iter().map(String::as_str).zip(sources.iter().map(Vec::as_slice)).collect();
    let expected: [(&str, &[usize]); 6] = [
        ("age", &[0]),
        ("visits", &[1]),
        ("plan=plus", &[2]),
        ("plan=top", &[2]),
        ("noise", &[3]),
        ("visits_missing", &[1]),
    ];
    assert_eq!(named, expected);
    let mixed = pipeline("spend", ols(), true).prepare;
    assert!(mixed.sources(&table()).unwrap().iter().all(|sources| sources == &[0, 1, 2, 3]));
}

/// Thirty columns of a weighted sum: any sample of coalitions finds it, because least squares fits it exactly.
#[test]
fn sampled_coalitions_find_a_sum_exactly_and_any_model_nearly() {
    let n_rows = 80;
    let value = |row: usize, column: usize| {
        libm::sin((row * (3 + column * column)) as f64 * 0.7) * (1.0 + column as f64)
    };
    let mut columns: Vec<Column> = (0..14)
        .map(|at| {
            column(&format!("x{at}"), ColumnData::Number((0..n_rows).map(|row| value(row, at)).collect()))
        })
        .collect();
    let target: Vec<f64> =
        (0..n_rows).map(|row| (0..14).map(|at| value(row, at) * (at as f64 - 6.0)).sum()).collect();
    let is_high = target.iter().map(|&value| Some(if value > 0.0 { "1" } else { "0" }));
    let is_high = ColumnData::from_labels(is_high);
    columns.push(column("y", ColumnData::Number(target)));
    columns.push(column("z", is_high));
    let table = Table::new(columns).unwrap();
    let fitted = |target: &str, model: ModelParams| {
        let params = PipelineParams {
            columns: (0..14).map(|at| format!("x{at}")).collect(),
            prepare: Vec::new(),
            dependent: Dependent::Drop,
            model,
            class_weight: ClassWeight::None,
            calibrate: Calibrate::None,
            seed: 0,
        };
        let takes = Takes { numbers: target == "y", classes: 2, weights: false };
        let target = Target::read(&table, target, None, takes).unwrap();
        Pipeline::fit(&table, &target, &params, &mut unwatched).unwrap()
    };
    let sum = fitted("y", ols());
    let inputs = Rows::new(&sum, &table).unwrap();
    let prepared = inputs.prepared(&[5]).unwrap();
    let subject = Subject::new(&sum, &prepared, 1, None).unwrap();
    let game = kernel::Game::new(&inputs, subject, &[5], (0..n_rows).collect(), &prepared).unwrap();
    let output = subject.outputs(&prepared).unwrap()[0];
    let params = ShapParams { n_coalitions: 200, ..ShapParams::default() };
    let (found, is_exact) = game.contributions(0, output, &params, &mut unwatched).unwrap();
    assert!(!is_exact);
    let expected = shap(&sum, &table, &[5], &params, &mut unwatched).unwrap();
    for (found, expected) in found.iter().zip(&expected.contributions) {
        // The normal equations of two hundred coalitions keep about ten of sixteen digits.
        assert!((found - expected).abs() < 1e-7, "{found} {expected}");
    }
    let curved = fitted("z", logistic());
    let explain = |n_coalitions| {
        let params = ShapParams { n_coalitions, n_background: 20, ..ShapParams::default() };
        shap(&curved, &table, &[5], &params, &mut unwatched).unwrap()
    };
    let (sampled, nearly_all) = (explain(1500), explain(40_000));
    assert_eq!(
        (sampled.method, nearly_all.method),
        (ShapMethod::SampledCoalitions, ShapMethod::SampledCoalitions)
    );
    for (sampled, expected) in sampled.contributions.iter().zip(&nearly_all.contributions) {
        // A tenth of all 16,382 coalitions, in pairs; contributions reach 0.2.
        assert!((sampled - expected).abs() < 0.01, "{sampled} {expected}");
    }
}

#[test]
fn what_does_not_sum_to_the_output_is_refused() {
    let mut broken = explain(&pipeline("spend", ols(), false), &ShapParams::default());
    broken.contributions[1] += 0.01;
    assert_eq!(assert_additive(broken), Err(Error::NotAdditive { row: 0 }));
}

#[test]
fn what_cannot_be_explained_is_said() {
    let (classes, numbers) = (pipeline("left", logistic(), false), pipeline("spend", ols(), false));
    let code = |pipeline: &Pipeline, rows: &[usize], params: ShapParams| {
        shap(pipeline, &table(), rows, &params, &mut unwatched).map_err(|error| error.code()).err()
    };
    let with = |scale, class| ShapParams { scale, class, ..ShapParams::default() };
    assert_eq!(code(&classes, &[], ShapParams::default()), Some("empty"));
    assert_eq!(code(&classes, &[60], ShapParams::default()), Some("parameter"));
    assert_eq!(code(&classes, &[0], with(Some(Scale::Number), 1)), Some("parameter"));
    assert_eq!(code(&classes, &[0], with(None, 2)), Some("parameter"));
    assert_eq!(code(&numbers, &[0], with(Some(Scale::LogOdds), 1)), Some("parameter"));
    let stopped =
        shap(&classes, &table(), &[0], &ShapParams::default(), &mut |_| std::ops::ControlFlow::Break(()));
    assert_eq!(stopped, Err(Error::Cancelled));
}

#[test]
fn one_row_is_its_own_background() {
    let pipeline = pipeline("left", logistic(), false);
    let one = table().take(&[3]);
    let found = shap(&pipeline, &one, &[0], &ShapParams::default(), &mut unwatched).unwrap();
    assert_eq!(found.contributions, [0.0; 4]);
    assert_eq!(found.base, found.outputs[0]);
}

#[test]
fn views_rank_sample_and_pair_with_values() {
    let found = explain(&pipeline("spend", ols(), false), &ShapParams::default());
    let ranking = found.ranking();
    assert_eq!((ranking[0].column.as_str(), ranking[1].column.as_str()), ("age", "plan"));
    let swarm = found.beeswarm(&table(), 2, 4, 1).unwrap();
    assert_eq!((swarm.rows.len(), swarm.columns.len(), swarm.columns[0].points.len()), (4, 2, 4));
    assert!(swarm.columns[0].points.iter().all(|point| point.rank.is_some()));
    assert!(swarm.columns[1].points.iter().all(|point| point.rank.is_none()));
    let dependence = found.dependence(&table(), "plan").unwrap();
    assert_eq!(dependence.len(), found.rows.len());
    assert!(matches!(&dependence[0].value, Value::Level(level) if level == "basic"));
}

#[test]
fn trees_are_explained_by_their_paths_where_they_speak_that_scale() {
    let forest = ModelParams::Forest(ForestParams { n_trees: 10, ..ForestParams::default() });
    let pipeline = pipeline("left", forest, false);
    let found = explain(&pipeline, &ShapParams::default());
    assert_eq!((found.method, found.scale, found.n_background), (ShapMethod::Tree, Scale::Probability, 0));
    let negative = explain(&pipeline, &ShapParams { class: 0, ..ShapParams::default() });
    assert_eq!(negative.method, ShapMethod::Tree);
    assert_near(&negative.contributions, &found.contributions.iter().map(|part| -part).collect::<Vec<_>>());
    assert!((found.base + negative.base - 1.0).abs() < 1e-12);
    let by_odds = explain(&pipeline, &ShapParams { scale: Some(Scale::LogOdds), ..ShapParams::default() });
    assert_eq!((by_odds.method, by_odds.scale), (ShapMethod::AllCoalitions, Scale::LogOdds));
}
