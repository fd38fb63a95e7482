//! Coefficients in words and pictures.

use std::collections::BTreeMap;

use serde_json::Value;
use stillroom_engine::reply::{Coefficient, PredictReport};

use crate::model::chart::{Axis, ChartSpec, ChartTable, Figure, Format, Guide, Mark, Series};
use crate::text::analysis::{column_words, level_words};
use crate::text::predict::Predict;
use crate::text::shell::Shell;
use crate::text::{fill, format, say};

/// Names of fields by their keys.
type Labels = BTreeMap<String, String>;

/// The most coefficients in a picture; the table holds all.
const MOST_DRAWN: usize = 18;
/// A coefficient's interval this much wider than alone is worth a warning (Marquardt 1970 takes 10).
const HIGH_INFLATION: f64 = 10.0;
/// The name the engine gives the constant.
const INTERCEPT: &str = "(intercept)";

/// What a coefficient compares: a level with the first one, or one more unit or standard deviation of a number.
fn step_words(is_standardized: bool, is_level: bool, column: &str) -> String {
    let text = match (is_level, is_standardized) {
        (true, _) => Predict::StepLevel,
        (false, true) => Predict::StepDeviation,
        (false, false) => Predict::StepUnit,
    };
    fill(text, &[("column", column.to_owned())])
}

/// Whether a prepared column stands for one level of a category: the engine names it `field=level`.
fn is_level(coefficient: &Coefficient) -> bool {
    coefficient.name.contains('=')
}

/// The coefficients as people compare them: numbers by standard deviation where columns were standardized, levels always
/// against the first one, since a standard deviation of a level means nothing. `prepared` are the steps as fitted.
pub fn readable_coefficients(coefficients: &[Coefficient], prepared: &[Value]) -> Vec<Coefficient> {
    let standardized = prepared.iter().find(|step| step["method"] == "standardize");
    let columns = standardized.and_then(|step| step["columns"].as_array());
    let scale_of = |name: &str| {
        let found = columns?.iter().find(|column| column["column"] == name)?;
        found["scale"].as_f64().filter(|scale| *scale > 0.0)
    };
    let readable = |found: &Coefficient| match scale_of(&found.name).filter(|_| is_level(found)) {
        Some(scale) => Coefficient {
            estimate: found.estimate / scale,
            standard_error: found.standard_error.map(|error| error / scale),
            low: found.low.map(|low| low / scale),
            high: found.high.map(|high| high / scale),
            ..found.clone()
        },
        None => found.clone(),
    };
    coefficients.iter().map(readable).collect()
}

/// What a coefficient is called: its column, and its class when there are several.
fn name_words(coefficient: &Coefficient, labels: &Labels) -> String {
    let column = column_words(&coefficient.name, labels);
    match &coefficient.class {
        Some(class) => format!("{} · {column}", level_words(class)),
        None => column,
    }
}

fn without_intercept(coefficients: &[Coefficient]) -> impl Iterator<Item = &Coefficient> {
    coefficients.iter().filter(|coefficient| coefficient.name != INTERCEPT)
}

fn strongest(coefficients: &[Coefficient]) -> Vec<&Coefficient> {
    let mut sorted: Vec<&Coefficient> = without_intercept(coefficients).collect();
    let strength = |found: &Coefficient| found.statistic.unwrap_or(found.estimate).abs();
    sorted.sort_by(|left, right| strength(right).total_cmp(&strength(left)));
    sorted
}

/// The coefficients whose interval leaves zero out, strongest first, at most `most`; under a penalty, which leaves no
/// intervals, those that are not zero.
pub fn telling_coefficients(coefficients: &[Coefficient], most: usize) -> Vec<Coefficient> {
    let is_telling = |found: &&&Coefficient| match (found.low, found.high) {
        (Some(low), Some(high)) => low > 0.0 || high < 0.0,
        _ => found.estimate != 0.0,
    };
    strongest(coefficients).iter().filter(is_telling).take(most).map(|found| (*found).clone()).collect()
}

/// What a coefficient says in a sentence; odds for two classes, amounts for numbers.
pub fn coefficient_words(
    coefficient: &Coefficient,
    labels: &Labels,
    target: &str,
    is_standardized: bool,
    is_odds: bool,
) -> String {
    let column = step_words(is_standardized, is_level(coefficient), &column_words(&coefficient.name, labels));
    if is_odds {
        let ratio = coefficient.estimate.exp();
        let text = if ratio >= 1.0 { Predict::OddsUp } else { Predict::OddsDown };
        let change = if ratio >= 1.0 { ratio - 1.0 } else { 1.0 - ratio };
        let values = [
            ("column", column),
            ("target", target.to_owned()),
            ("ratio", format::significant(ratio, 3)),
            ("change", format::percent(change, 0)),
        ];
        fill(text, &values)
    } else {
        let text = if coefficient.estimate >= 0.0 { Predict::AmountUp } else { Predict::AmountDown };
        let amount = format::significant(coefficient.estimate.abs(), 3);
        fill(text, &[("column", column), ("target", target.to_owned()), ("amount", amount)])
    }
}

/// All coefficients as rows: name, estimate, standard error, interval, p-value, inflation; odds ratios when asked for.
pub fn coefficient_rows(coefficients: &[Coefficient], labels: &Labels, is_odds: bool) -> ChartTable {
    let scale = |value: f64| if is_odds { value.exp() } else { value };
    let has_inflation = coefficients.iter().any(|coefficient| coefficient.inflation.is_some());
    let row = |coefficient: &Coefficient| {
        let write = |value: Option<f64>, digits| {
            value.map_or_else(|| say(Shell::NoValue).to_owned(), |value| format::significant(value, digits))
        };
        let mut row = vec![
            name_words(coefficient, labels),
            format::significant(coefficient.estimate, 4),
            write(coefficient.standard_error, 3),
        ];
        if is_odds {
            row.push(format::significant(scale(coefficient.estimate), 4));
        }
        row.push(write(coefficient.low.map(scale), 4));
        row.push(write(coefficient.high.map(scale), 4));
        row.push(coefficient.p_value.map_or_else(|| say(Shell::NoValue).to_owned(), p_words));
        if has_inflation {
            row.push(write(coefficient.inflation, 3));
        }
        row
    };
    let mut names = vec![
        Predict::Column,
        if is_odds { Predict::LogOdds } else { Predict::Estimate },
        Predict::StandardError,
    ];
    if is_odds {
        names.push(Predict::OddsRatio);
    }
    names.extend([Predict::Low, Predict::High, Predict::PValue]);
    names.extend(has_inflation.then_some(Predict::Inflation));
    let columns = names.into_iter().enumerate().map(|(at, name)| (say(name).to_owned(), at > 0)).collect();
    ChartTable { columns, rows: coefficients.iter().map(row).collect() }
}

fn p_words(p_value: f64) -> String {
    if p_value < 0.001 {
        fill(Predict::Below, &[("n", format::fixed(0.001, 3))])
    } else {
        format::fixed(p_value, 3)
    }
}

/// Estimates of linear regression with their intervals.
pub fn coefficient_figure(coefficients: &[Coefficient], labels: &Labels, is_standardized: bool) -> Figure {
    figure(coefficients, labels, is_standardized, false)
}

/// Odds ratios of logistic regression with their intervals.
pub fn odds_figure(coefficients: &[Coefficient], labels: &Labels, is_standardized: bool) -> Figure {
    figure(coefficients, labels, is_standardized, true)
}

fn figure(coefficients: &[Coefficient], labels: &Labels, is_standardized: bool, is_odds: bool) -> Figure {
    let scale = |value: f64| if is_odds { value.clamp(-50.0, 50.0).exp() } else { value };
    let drawn: Vec<&Coefficient> = strongest(coefficients).into_iter().take(MOST_DRAWN).collect();
    let n_telling = telling_coefficients(coefficients, usize::MAX).len();
    let n_all = without_intercept(coefficients).count();
    let names = drawn.iter().map(|coefficient| name_words(coefficient, labels)).collect();
    let points = drawn
        .iter()
        .enumerate()
        .map(|(at, it)| {
            let end = |value: Option<f64>| scale(value.unwrap_or(it.estimate));
            vec![scale(it.estimate), at as f64, end(it.low), end(it.high)]
        })
        .collect();
    let values = [
        ("telling", format::integer(n_telling as u64)),
        ("all", format::integer(n_all as u64)),
        ("shown", format::integer(drawn.len() as u64)),
    ];
    let step = say(if is_standardized { Predict::PerDeviation } else { Predict::PerUnit });
    let has_intervals = drawn.iter().any(|coefficient| coefficient.low.is_some());
    let (title, summary, x) = if is_odds {
        let x = Axis::of(format!("{} · {step}", say(Predict::OddsRatio)), Format::Number).by_logarithm();
        (Predict::OddsTitle, Predict::OddsSummary, x)
    } else {
        let x = Axis::of(format!("{} · {step}", say(Predict::Estimate)), Format::Number);
        (Predict::CoefficientTitle, Predict::CoefficientSummary, x)
    };
    let words =
        if has_intervals { fill(summary, &values) } else { fill(Predict::PenaltySummary, &values[2..]) };
    let scale_note = if is_standardized { say(Predict::ScaleNote) } else { "" };
    Figure {
        title: say(title).to_owned(),
        summary: format!("{words}{scale_note}"),
        spec: ChartSpec {
            x,
            y: Axis::of_names("", names),
            series: vec![Series::new("", Mark::Interval, 0, points)],
            lines: vec![Guide::upright("", if is_odds { 1.0 } else { 0.0 })],
            legend: false,
        },
        table: coefficient_rows(coefficients, labels, is_odds),
    }
}

/// The columns whose coefficients blur one another: those of the report, and those with a high inflation.
pub fn collinear(report: &PredictReport, labels: &Labels) -> Vec<String> {
    let inflated = without_intercept(&report.coefficients)
        .filter(|coefficient| coefficient.inflation.is_some_and(|inflation| inflation > HIGH_INFLATION))
        .map(|coefficient| &coefficient.name);
    let mut names: Vec<String> =
        report.collinear.iter().chain(inflated).map(|name| column_words(name, labels)).collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::predict::tests::number_report;

    fn coefficient(name: &str, estimate: f64, standard_error: f64, inflation: Option<f64>) -> Coefficient {
        Coefficient {
            name: name.to_owned(),
            class: None,
            estimate,
            standard_error: Some(standard_error),
            statistic: Some(estimate / standard_error),
            p_value: Some(0.01),
            low: Some(estimate - 2.0 * standard_error),
            high: Some(estimate + 2.0 * standard_error),
            inflation,
        }
    }

    fn three() -> Vec<Coefficient> {
        vec![
            coefficient(INTERCEPT, 9.0, 0.1, None),
            coefficient("tenure", -0.5, 0.1, Some(2.0)),
            coefficient("charges", 0.7, 0.05, Some(40.0)),
            coefficient("noise", 0.01, 0.1, Some(1.0)),
        ]
    }

    #[test]
    fn the_strongest_comes_first_and_the_intercept_never() {
        let telling = telling_coefficients(&three(), 5);
        let names: Vec<&str> = telling.iter().map(|found| found.name.as_str()).collect();
        assert_eq!(names, ["charges", "tenure"]);
    }

    #[test]
    fn odds_are_drawn_as_ratios_around_one() {
        let figure = odds_figure(&three(), &Labels::new(), true);
        assert_eq!(figure.spec.lines[0].x, Some(1.0));
        let [ratio, ..] = figure.spec.series[0].points[0][..] else { panic!("a point has numbers") };
        assert!((ratio - 0.7_f64.exp()).abs() < 1e-12);
        assert_eq!(figure.table.rows.len(), 4);
    }

    #[test]
    fn a_penalty_leaves_points_without_whiskers() {
        let mut penalized = three();
        for found in &mut penalized {
            (found.standard_error, found.statistic, found.p_value) = (None, None, None);
            (found.low, found.high) = (None, None);
        }
        let figure = odds_figure(&penalized, &Labels::new(), true);
        let [ratio, _, low, high] = figure.spec.series[0].points[0][..] else {
            panic!("a point has four numbers")
        };
        assert_eq!((low, high), (ratio, ratio));
        assert_eq!(figure.table.rows[1][4], "—");
    }

    #[test]
    fn levels_are_read_against_the_first_one() {
        let fitted = serde_json::json!({ "method": "standardize", "columns": [
            { "column": "plan=b", "mean": 0.2, "scale": 0.4, "is_constant": false },
            { "column": "tenure", "mean": 9.0, "scale": 5.0, "is_constant": false },
        ]});
        let found = [coefficient("plan=b", 0.2, 0.1, None), coefficient("tenure", 0.5, 0.1, None)];
        let readable = readable_coefficients(&found, &[fitted]);
        assert!((readable[0].estimate - 0.5).abs() < 1e-12);
        assert_eq!(readable[1], found[1]);
        assert_eq!(readable_coefficients(&found, &[]), found);
    }

    #[test]
    fn columns_that_blur_one_another_are_named() {
        let report = PredictReport { coefficients: three(), ..number_report() };
        assert_eq!(collinear(&report, &Labels::new()), ["charges"]);
    }

    #[test]
    fn sentences_say_the_direction() {
        let labels = Labels::new();
        let down = coefficient_words(&three()[1], &labels, "churn", false, true);
        let up = coefficient_words(&three()[2], &labels, "churn", false, true);
        assert_ne!(down, up);
        assert!(up.contains("charges") && up.contains("churn"), "{up}");
    }
}
