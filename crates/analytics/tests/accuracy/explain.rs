//! Explanations, beside shap and scikit-learn's inspection.

use stillroom_analytics::explain::permutation::Loss;
use stillroom_analytics::explain::shap::ShapMethod;
use stillroom_analytics::explain::{
    DependenceParams, PermutationParams, Scale, Shap, ShapParams, partial_dependence, permutation_importance,
    shap,
};
use stillroom_analytics::judge::{Calibrate, ClassWeight, Dependent, Pipeline, PipelineParams, Target};
use stillroom_analytics::predict::logistic::LogisticParams;
use stillroom_analytics::predict::{ModelParams, Takes};
use stillroom_analytics::prepare::{OneHotParams, PrepareStep, StandardizeParams};
use stillroom_analytics::progress::unwatched;
use stillroom_analytics::{Column, ColumnData, Table};

use super::data::{self, DataSet};
use super::ledger::{Ledger, run};

#[test]
fn explanations_agree_with_shap_and_scikit_learn() {
    run("explain", |ledger| {
        for data in [data::small("breast_cancer"), data::telco()] {
            explanations(ledger, &data);
        }
    });
}

/// One-hot without the first level, standardized, logistic regression with C = 1, on six columns.
fn fitted(data: &DataSet, columns: &[String]) -> (Table, Target, Pipeline) {
    let mut chosen = data.table.select(columns).unwrap().into_columns();
    let labels = ColumnData::from_labels(data.target.iter().map(|label| Some(label.as_str())));
    chosen.push(Column { name: "target".into(), data: labels });
    let table = Table::new(chosen).unwrap();
    let takes = Takes { numbers: false, classes: 2, weights: false };
    let target = Target::read(&table, "target", None, takes).unwrap();
    let params = PipelineParams {
        columns: columns.to_vec(),
        prepare: vec![
            PrepareStep::OneHot(OneHotParams::default()),
            PrepareStep::Standardize(StandardizeParams::default()),
        ],
        dependent: Dependent::Refuse,
        model: ModelParams::Logistic(LogisticParams {
            l2: 1.0,
            tolerance: 1e-12,
            ..LogisticParams::default()
        }),
        class_weight: ClassWeight::None,
        calibrate: Calibrate::None,
        seed: 0,
    };
    let pipeline = Pipeline::fit(&table, &target, &params, &mut unwatched).unwrap();
    (table, target, pipeline)
}

fn explanations(ledger: &mut Ledger, data: &DataSet) {
    let name = data.name;
    let path = |what: &str| format!("/shap/{name}/{what}");
    let strings = ledger.reference(&path("columns")).as_array().unwrap().iter();
    let columns: Vec<String> = strings.map(|column| column.as_str().unwrap().to_owned()).collect();
    let rows: Vec<usize> = ledger.numbers(&path("rows")).iter().map(|&row| row as usize).collect();
    let (table, target, pipeline) = fitted(data, &columns);
    let few = table.take(&rows);

    let explained = |rows: &[usize], scale| -> Shap {
        let params = ShapParams { scale: Some(scale), ..ShapParams::default() };
        shap(&pipeline, &few, rows, &params, &mut unwatched).unwrap()
    };
    let by_coalitions = explained(&[0, 1, 2, 3], Scale::Probability);
    assert_eq!(by_coalitions.method, ShapMethod::AllCoalitions);
    let why = "both average over all coalitions of six columns before the same 24 rows; what is left is the fit's last digits";
    let expected = flat(ledger, &path("kernel/values"));
    ledger.all_equal(
        "shap",
        name,
        "contribution to probability",
        (&by_coalitions.contributions, &expected),
        1e-8,
        why,
    );
    let base = (by_coalitions.base, ledger.number(&path("kernel/base")));
    ledger.equal("shap", name, "base probability", base, 1e-8, why);

    let every: Vec<usize> = (0..rows.len()).collect();
    let linear = explained(&every, Scale::LogOdds);
    assert_eq!(linear.method, ShapMethod::Linear);
    let why = "one formula, weight times distance from the mean; what is left is the fit's last digits";
    let expected = flat(ledger, &path("linear/values"));
    ledger.all_equal("shap", name, "contribution to log-odds", (&linear.contributions, &expected), 1e-8, why);
    ledger.equal(
        "shap",
        name,
        "base log-odds",
        (linear.base, ledger.number(&path("linear/base"))),
        1e-8,
        why,
    );

    importance(ledger, name, &columns, (&table, &target, &pipeline));

    let path = |what: &str| format!("/inspection/{name}/{what}");
    let params = DependenceParams {
        column: columns[0].clone(),
        n_points: 5,
        most_rows: 100_000,
        ..Default::default()
    };
    let dependence = partial_dependence(&pipeline, &table, &params, &mut unwatched).unwrap();
    let why = "the same grid of quantiles and all rows; what is left is the fit's last digits";
    let expected = ledger.numbers(&path("dependence"));
    ledger.all_equal(
        "partial_dependence",
        name,
        "mean probability",
        (&dependence.mean, &expected),
        1e-8,
        why,
    );
}

/// Shuffles differ, so the means of thirty differ by their standard error: five of them leave no doubt.
fn importance(
    ledger: &mut Ledger,
    name: &str,
    columns: &[String],
    (table, target, pipeline): (&Table, &Target, &Pipeline),
) {
    for (loss, word) in [(Loss::Auc, "auc"), (Loss::LogLoss, "log_loss")] {
        let params = PermutationParams { loss: Some(loss), repeats: 30, seed: 1 };
        let found = permutation_importance(pipeline, table, target, &params, &mut unwatched).unwrap();
        let means = ledger.numbers(&format!("/inspection/{name}/{word}/mean"));
        let deviations = ledger.numbers(&format!("/inspection/{name}/{word}/sd"));
        for (position, column) in columns.iter().enumerate() {
            let ours = found.columns.iter().find(|entry| entry.column == *column).unwrap();
            let tolerance = 5.0 * deviations[position] * (2.0f64 / 30.0).sqrt();
            let why = "both are means of thirty shuffles: five standard errors of their difference";
            let quantity = format!("increase of {word} without {column}");
            ledger.equal(
                "permutation_importance",
                name,
                &quantity,
                (ours.mean, means[position]),
                tolerance,
                why,
            );
        }
    }
}

fn flat(ledger: &Ledger, path: &str) -> Vec<f64> {
    let rows = ledger.reference(path).as_array().unwrap().iter();
    rows.flat_map(|row| row.as_array().unwrap()).map(|number| number.as_f64().unwrap()).collect()
}
