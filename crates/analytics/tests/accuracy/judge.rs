//! Metrics, fairness and drift. The predictions are plain formulas of one column, so that both sides judge the same numbers.

use stillroom_analytics::drift::{DriftParams, drift, reference};
use stillroom_analytics::fairness::{FairnessParams, Judged, fairness};
use stillroom_analytics::metrics::{self, ClassificationParams};
use stillroom_analytics::progress::unwatched;
use stillroom_analytics::{ColumnData, Table};

use super::data::{self, DataSet};
use super::ledger::{Ledger, run};

const WHY: &str = "the same definition; what is left is the rounding of sums of some thousand terms";

#[test]
fn judging_agrees_with_scikit_learn_fairlearn_and_scipy() {
    run("judge", |ledger| {
        two_classes(ledger, &data::telco(), ("tenure", -1.0 / 20.0, 0.4));
        two_classes(ledger, &data::bank(), ("age", 1.0 / 30.0, -3.3));
        two_classes(ledger, &data::german(), ("Duration in month", 1.0 / 25.0, -1.7));
        classes(ledger, "iris");
        classes(ledger, "wine");
        numbers(ledger, "diabetes", 900.0, 150.0);
        numbers(ledger, "iris", 0.4, -0.5);
        fair(ledger, &data::telco(), ("tenure", -1.0 / 20.0, 0.4), "Contract");
        fair(ledger, &data::german(), ("Duration in month", 1.0 / 25.0, -1.7), "Housing");
        drifted(ledger, &data::telco(), ("tenure", "Contract"), 5000);
        drifted(ledger, &data::german(), ("Duration in month", "Housing"), 700);
    });
}

fn column<'a>(table: &'a Table, name: &str) -> &'a [f64] {
    match &table.column(name).unwrap().data {
        ColumnData::Number(values) => values,
        other => panic!("{name} is a {}", other.type_name()),
    }
}

fn scored(data: &DataSet, (name, slope, intercept): (&str, f64, f64)) -> (Vec<bool>, Vec<f64>) {
    let logistic = |value: &f64| 1.0 / (1.0 + (-(slope * value + intercept)).exp());
    (
        data.classes().0.iter().map(|&code| code == 1).collect(),
        column(&data.table, name).iter().map(logistic).collect(),
    )
}

fn two_classes(ledger: &mut Ledger, data: &DataSet, score: (&str, f64, f64)) {
    let (labels, probabilities) = scored(data, score);
    let path = |what: &str| format!("/two_classes/{}/{what}", data.name);
    let params = ClassificationParams { threshold: ledger.number(&path("threshold")), ..Default::default() };
    let found = metrics::classification(&labels, &probabilities, &params).unwrap();
    let at = found.confusion;
    let rows = [
        ("auc", found.auc),
        ("average_precision", found.average_precision),
        ("log_loss", found.log_loss),
        ("brier", found.brier),
        ("kolmogorov_smirnov", found.kolmogorov_smirnov),
        ("f1", at.f1().unwrap()),
        ("matthews", at.matthews().unwrap()),
        ("balanced_accuracy", at.balanced_accuracy().unwrap()),
        ("accuracy", at.accuracy().unwrap()),
        ("precision", at.precision().unwrap()),
        ("recall", at.recall().unwrap()),
    ];
    for (name, value) in rows {
        ledger.equal("metrics", data.name, name, (value, ledger.number(&path(name))), 1e-12, WHY);
    }
}

fn classes(ledger: &mut Ledger, name: &'static str) {
    let data = data::small(name);
    let (codes, n_classes) = data.classes();
    let values = data.encoded().column(0);
    let centre = |class: usize| {
        let of_class: Vec<f64> = values
            .iter()
            .zip(&codes)
            .filter(|(_, code)| **code as usize == class)
            .map(|(value, _)| *value)
            .collect();
        of_class.iter().sum::<f64>() / of_class.len() as f64
    };
    let centres: Vec<f64> = (0..n_classes).map(centre).collect();
    let mut probabilities = Vec::new();
    for value in &values {
        let weights: Vec<f64> = centres.iter().map(|centre| (-(value - centre).powi(2)).exp()).collect();
        let sum: f64 = weights.iter().sum();
        probabilities.extend(weights.iter().map(|weight| weight / sum));
    }
    let found = metrics::classes(&codes, n_classes, &probabilities).unwrap();
    let path = |what: &str| format!("/classes/{name}/{what}");
    let rows = [
        ("accuracy", found.accuracy),
        ("balanced_accuracy", found.balanced_accuracy),
        ("macro_f1", found.macro_f1),
        ("weighted_f1", found.weighted_f1),
        ("macro_precision", found.macro_precision),
        ("kappa", found.kappa.unwrap()),
        ("matthews", found.matthews.unwrap()),
        ("log_loss", found.log_loss),
        ("macro_auc", found.macro_auc.unwrap()),
        ("pairwise_auc", found.pairwise_auc.unwrap()),
    ];
    for (quantity, value) in rows {
        ledger.equal("metrics", name, quantity, (value, ledger.number(&path(quantity))), 1e-12, WHY);
    }
    let counts: Vec<f64> = found.confusion.counts.iter().map(|&count| count as f64).collect();
    let expected = ledger.numbers(&path("confusion"));
    ledger.all_equal("metrics", name, "confusion", (&counts, &expected), 0.0, "counts are whole");
}

fn numbers(ledger: &mut Ledger, name: &'static str, slope: f64, intercept: f64) {
    let data = data::small(name);
    let actual: Vec<f64> = data.numbers().iter().map(|value| value.max(0.05)).collect();
    let score = |value: f64| (intercept + slope * value).max(0.05);
    let predicted: Vec<f64> = data.encoded().column(2).into_iter().map(score).collect();
    let found = metrics::regression(&actual, &predicted).unwrap();
    let rows = [
        ("rmse", found.rmse),
        ("mae", found.mae),
        ("median_absolute_error", found.median_absolute_error),
        ("r_squared", found.r_squared.unwrap()),
        ("explained_variance", found.explained_variance.unwrap()),
        ("mape", found.mape.unwrap()),
        ("pinball", metrics::pinball_loss(&actual, &predicted, 0.8).unwrap()),
        ("poisson", metrics::poisson_deviance(&actual, &predicted).unwrap()),
        ("gamma", metrics::gamma_deviance(&actual, &predicted).unwrap()),
    ];
    for (quantity, value) in rows {
        let reference = ledger.number(&format!("/numbers/{name}/{quantity}"));
        ledger.equal("metrics", name, quantity, (value, reference), 1e-12, WHY);
    }
}

fn fair(ledger: &mut Ledger, data: &DataSet, score: (&str, f64, f64), group: &str) {
    let (truth, probabilities) = scored(data, score);
    let path = |what: &str| format!("/fairness/{}/{what}", data.name);
    let ColumnData::Category { codes, levels } = &data.table.column(group).unwrap().data else {
        panic!("{group} is a category")
    };
    let groups: Vec<Option<u32>> = codes.iter().map(|&code| Some(code)).collect();
    let judged = Judged { truth: &truth, probabilities: &probabilities, groups: &groups, labels: levels };
    let params =
        FairnessParams { threshold: ledger.number(&path("threshold")), resamples: 100, ..Default::default() };
    let found = fairness(&judged, &params, &mut unwatched).unwrap();
    assert_eq!(serde_json::json!(levels), *ledger.reference(&path("labels")));
    let mut rates = Vec::new();
    for group in &found.groups {
        for rate in
            [group.selection_rate, group.true_positive_rate, group.false_positive_rate, group.precision]
        {
            // fairlearn says 0 where nobody is selected and the share of them that is positive does not exist.
            rates.push(rate.map_or(0.0, |rate| rate.value));
        }
    }
    let expected: Vec<f64> = ledger
        .reference(&path("rates"))
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|row| row.as_array().unwrap().iter().map(|rate| rate.as_f64().unwrap()))
        .collect();
    ledger.all_equal("fairness", data.name, "rate", (&rates, &expected), 1e-12, WHY);
    let rows = [
        ("parity_difference", found.demographic_parity_difference),
        ("parity_ratio", found.demographic_parity_ratio),
        ("opportunity", found.equal_opportunity_difference),
        ("odds", found.equalized_odds_difference),
    ];
    for (quantity, value) in rows {
        let pair = (value.unwrap().value, ledger.number(&path(quantity)));
        ledger.equal("fairness", data.name, quantity, pair, 1e-12, WHY);
    }
}

fn drifted(ledger: &mut Ledger, data: &DataSet, (number, category): (&str, &str), border: usize) {
    let table = data.table.select(&[number, category]).unwrap();
    let before: Vec<usize> = (0..border).collect();
    let now: Vec<usize> = (border..table.n_rows()).collect();
    let kept = reference(&table.take(&before), None, &mut unwatched).unwrap();
    let found = drift(&kept, &table.take(&now), None, &DriftParams::default(), &mut unwatched).unwrap();
    let (of_number, of_category) = (&found.columns[0], &found.columns[1]);
    let rows = [
        ("ks", of_number.kolmogorov_smirnov.unwrap()),
        ("chi_squared", of_category.chi_squared.unwrap()),
        ("chi_squared_p", of_category.p.unwrap()),
        ("psi", of_category.psi),
    ];
    for (quantity, value) in rows {
        let pair = (value, ledger.number(&format!("/drift/{}/{quantity}", data.name)));
        ledger.equal("drift", data.name, quantity, pair, 1e-10, WHY);
    }
}
