//! Coefficients, inference and metrics against statsmodels and scikit-learn.
//!
//! Tolerances: 1e-8 for coefficients, because the witnesses square the columns' condition and keep no more; 1e-8 of a
//! p-value, whose error is the statistic's times its slope; 1e-12 where both sides only add up rows.

use serde_json::Value;
use stillroom_analytics::metrics;
use stillroom_analytics::predict::linear::{self, Coefficient, OlsParams};
use stillroom_analytics::predict::logistic::{self, LogOdds, Logistic, LogisticParams};
use stillroom_analytics::progress::unwatched;

use crate::common::{assert_close, design, fixture, matrix, numbers, read_columns, shared, strings};

fn check_ols(columns: &[(String, Vec<f64>)], target: &[f64], expected: &Value) {
    let intercept = expected["intercept"].as_bool().unwrap();
    let params = OlsParams { intercept, ..OlsParams::default() };
    let model = linear::fit(&matrix(columns), target, &params, &mut unwatched).unwrap();
    let check = |what: &str, found: &dyn Fn(&Coefficient) -> f64, floor: f64| {
        let found: Vec<f64> = model.intercept.iter().chain(&model.coefficients).map(found).collect();
        assert_close(what, &found, &numbers(&expected[what]), 1e-8, floor);
    };
    check("estimates", &|term| term.estimate, 1e-12);
    check("standard_errors", &|term| term.standard_error, 1e-12);
    check("t", &|term| term.t.unwrap(), 1e-6);
    check("p", &|term| term.p.unwrap(), 1e-3);
    check("low", &|term| term.low, 1e-6);
    check("high", &|term| term.high, 1e-6);
    let vif: Vec<f64> = model.coefficients.iter().map(|term| term.vif.unwrap()).collect();
    assert_close("vif", &vif, &numbers(&expected["vif"]), 1e-7, 1.0);
    let number = |what: &str, found: f64, floor: f64| {
        assert_close(what, &[found], &[expected[what].as_f64().unwrap()], 1e-8, floor);
    };
    number("r_squared", model.r_squared.unwrap(), 1e-6);
    number("adjusted_r_squared", model.adjusted_r_squared.unwrap(), 1e-6);
    number("f", model.f.unwrap(), 1e-6);
    number("f_p", model.f_p.unwrap(), 1e-12);
    number("residual_standard_error", model.residual_standard_error, 1e-12);
    number("condition", model.condition, 1.0);
    let spread = &model.residuals;
    let found = [spread.min, spread.lower_quartile, spread.median, spread.upper_quartile, spread.max];
    assert_close("residuals", &found, &numbers(&expected["residual_quartiles"]), 1e-8, spread.max);
}

fn check_logistic(columns: &[(String, Vec<f64>)], labels: &[bool], expected: &Value) -> Logistic {
    let params = LogisticParams { l2: expected["l2"].as_f64().unwrap(), ..LogisticParams::default() };
    let model = logistic::fit(&matrix(columns), labels, &params, &mut unwatched).unwrap();
    let check = |what: &str, found: &dyn Fn(&LogOdds) -> f64, floor: f64| {
        let found: Vec<f64> = model.intercept.iter().chain(&model.coefficients).map(found).collect();
        assert_close(what, &found, &numbers(&expected[what]), 1e-8, floor);
    };
    check("estimates", &|term| term.estimate, 1e-6);
    if params.l2 == 0.0 {
        check("standard_errors", &|term| term.inference.unwrap().standard_error, 1e-9);
        check("z", &|term| term.inference.unwrap().z, 1e-3);
        check("p", &|term| term.inference.unwrap().p, 1e-3);
        check("low", &|term| term.inference.unwrap().low, 1e-6);
        check("high", &|term| term.inference.unwrap().high, 1e-6);
        let found =
            [model.log_likelihood, model.null_log_likelihood, model.mcfadden_r_squared, model.aic.unwrap()];
        let names = ["log_likelihood", "null_log_likelihood", "mcfadden", "aic"];
        let expected = names.map(|name| expected[name].as_f64().unwrap());
        // The witness finds the null model by iteration, to about 1e-9.
        assert_close("likelihood", &found, &expected, 1e-8, 1e-6);
    }
    model
}

fn check_metrics(labels: &[bool], probabilities: &[f64], expected: &Value, tolerance: f64) {
    let found =
        metrics::classification(labels, probabilities, &metrics::ClassificationParams::default()).unwrap();
    let names = ["auc", "average_precision", "log_loss", "brier"];
    let expected = names.map(|name| expected[name].as_f64().unwrap());
    let found = [found.auc, found.average_precision, found.log_loss, found.brier];
    assert_close("metrics", &found, &expected, tolerance, 1e-6);
}

fn labels(values: &[f64]) -> Vec<bool> {
    values.iter().map(|&value| value == 1.0).collect()
}

#[test]
fn own_data_give_the_witnesses_numbers() {
    let expected = fixture("supervised_own.json");
    let rows: Vec<Vec<f64>> = expected["x"].as_array().unwrap().iter().map(numbers).collect();
    let names = ["a", "b", "c", "d"];
    let column = |at: usize| (names[at].to_owned(), rows.iter().map(|row| row[at]).collect());
    let columns: Vec<(String, Vec<f64>)> = (0..4).map(column).collect();
    let (y, z, scores) = (numbers(&expected["y"]), numbers(&expected["z"]), numbers(&expected["scores"]));
    for case in expected["ols"].as_array().unwrap() {
        check_ols(&columns, &y, case);
    }
    for case in expected["logistic"].as_array().unwrap() {
        check_logistic(&columns, &labels(&z), case);
    }
    check_metrics(&labels(&z), &scores, &expected["metrics"], 1e-12);
    let counts = metrics::confusion(&labels(&z), &scores, 0.4).unwrap();
    let found =
        [counts.true_negatives, counts.false_positives, counts.false_negatives, counts.true_positives];
    let expected_counts = numbers(&expected["confusion"]);
    assert_eq!(found.map(|count| count as f64).to_vec(), expected_counts);
    let found = metrics::regression(&y, &columns[0].1).unwrap();
    let expected = ["rmse", "mae", "r_squared"].map(|name| expected["regression"][name].as_f64().unwrap());
    assert_close("regression", &[found.rmse, found.mae, found.r_squared.unwrap()], &expected, 1e-12, 1e-6);
}

#[test]
fn the_precision_recall_curve_has_the_witness_points() {
    let expected = fixture("supervised_own.json");
    let (z, scores) = (numbers(&expected["z"]), numbers(&expected["scores"]));
    let found =
        metrics::classification(&labels(&z), &scores, &metrics::ClassificationParams::default()).unwrap();
    // The witness runs by rising threshold and appends the point of no predictions.
    let precision: Vec<f64> = found.precision_recall.iter().rev().map(|point| point.precision).collect();
    let recall: Vec<f64> = found.precision_recall.iter().rev().map(|point| point.recall).collect();
    let witness = |name: &str| numbers(&expected[name])[..precision.len()].to_vec();
    assert_eq!(expected["recall"].as_array().unwrap().len(), recall.len() + 1);
    assert_close("precision", &precision, &witness("precision"), 1e-14, 1e-6);
    assert_close("recall", &recall, &witness("recall"), 1e-14, 1e-6);
}

#[test]
fn telco_churn_gives_the_witnesses_odds() {
    let Some(text) = shared("telco-churn/Telco-Customer-Churn.csv") else { return };
    let (expected, data) = (fixture("telco_churn.json"), read_columns(&text, ','));
    let keep: Vec<usize> =
        (0..data["Churn"].len()).filter(|&row| !data["TotalCharges"][row].trim().is_empty()).collect();
    let columns = design(&data, &strings(&expected["columns"]), &keep);
    let labels: Vec<bool> = keep.iter().map(|&row| data["Churn"][row] == "Yes").collect();
    let mut models = Vec::new();
    for case in expected["logistic"].as_array().unwrap() {
        models.push(check_logistic(&columns, &labels, case));
    }
    let probabilities = models[0].predict_probability(&matrix(&columns)).unwrap();
    check_metrics(&labels, &probabilities, &expected["metrics"], 1e-8);
}

#[test]
fn bank_marketing_gives_the_witnesses_odds_and_lines() {
    let Some(text) = shared("bank-marketing/bank-additional-full.csv.gz") else { return };
    let (expected, data) = (fixture("bank_marketing.json"), read_columns(&text, ';'));
    let keep: Vec<usize> = (0..data["y"].len()).collect();
    let columns = design(&data, &strings(&expected["columns"]), &keep);
    let labels: Vec<bool> = data["y"].iter().map(|answer| answer == "yes").collect();
    check_logistic(&columns, &labels, &expected["logistic"][0]);
    let duration = columns.iter().find(|column| column.0 == "duration").unwrap().1.clone();
    let others = design(&data, &strings(&expected["ols"]["names"]), &keep);
    check_ols(&others, &duration, &expected["ols"]);
}

#[test]
fn classic_data_give_the_witnesses_numbers() {
    let Some(diabetes) = shared("small-classic/diabetes.csv") else { return };
    let Some(cancer) = shared("small-classic/breast_cancer.csv") else { return };
    let expected = fixture("small_classic.json");
    let data = read_columns(&diabetes, ',');
    let keep: Vec<usize> = (0..data["target"].len()).collect();
    let target = design(&data, &["target".to_owned()], &keep).remove(0).1;
    check_ols(
        &design(&data, &strings(&expected["diabetes"]["names"]), &keep),
        &target,
        &expected["diabetes"],
    );

    let data = read_columns(&cancer, ',');
    let keep: Vec<usize> = (0..data["target"].len()).collect();
    let labels = labels(&design(&data, &["target".to_owned()], &keep).remove(0).1);
    let mut columns = design(&data, &strings(&expected["breast_cancer"]["names"]), &keep);
    for (_, values) in &mut columns {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let deviation = (values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / n).sqrt();
        values.iter_mut().for_each(|value| *value = (*value - mean) / deviation);
    }
    check_logistic(&columns, &labels, &expected["breast_cancer"]);
    let without_penalty =
        logistic::fit(&matrix(&columns), &labels, &LogisticParams::default(), &mut unwatched);
    assert_eq!(without_penalty.map_err(|error| error.code()).err(), Some("separation"));
}
