//! The NIST Statistical Reference Datasets for linear regression.
//!
//! The digits are `-log10` of the relative error, at most 15, the least over coefficients. NIST certifies 15.

use stillroom_analytics::predict::linear::{Ols, OlsParams, fit};
use stillroom_analytics::progress::unwatched;

use crate::common::{matrix, shared};

struct Certified {
    estimates: Vec<f64>,
    errors: Vec<f64>,
    residual_deviation: f64,
    r_squared: f64,
    f: Option<f64>,
}

fn certified(text: &str) -> Certified {
    let words = |line: &'_ str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let (mut estimates, mut errors, mut residual_deviation, mut r_squared, mut f) =
        (vec![], vec![], None, None, None);
    for line in text.lines().take(60).map(words) {
        match line.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [name, estimate, error] if name.len() == 2 && name.starts_with('B') => {
                estimates.push(estimate.parse().unwrap());
                errors.push(error.parse().unwrap());
            }
            ["Standard", "Deviation", value] => residual_deviation = Some(value.parse().unwrap()),
            ["R-Squared", value] => r_squared = Some(value.parse().unwrap()),
            ["Regression", _, _, _, value] => f = value.parse().ok(),
            _ => {}
        }
    }
    let (residual_deviation, r_squared) = (residual_deviation.unwrap(), r_squared.unwrap());
    Certified { estimates, errors, residual_deviation, r_squared, f }
}

/// The target and the columns, with powers of the first to `degree`.
fn data(text: &str, degree: i32) -> (Vec<f64>, Vec<(String, Vec<f64>)>) {
    let rows: Vec<Vec<f64>> = text
        .lines()
        .skip(60)
        .map(|line| line.split_whitespace().map(|cell| cell.parse().unwrap()).collect())
        .filter(|row: &Vec<f64>| row.len() > 1)
        .collect();
    let target = rows.iter().map(|row| row[0]).collect();
    let column = |source: usize, power: i32| {
        (format!("x{source}^{power}"), rows.iter().map(|row| row[source].powi(power)).collect())
    };
    let columns = match degree {
        1 => (1..rows[0].len()).map(|source| column(source, 1)).collect(),
        _ => (1..=degree).map(|power| column(1, power)).collect(),
    };
    (target, columns)
}

/// The correct digits of `found`; an exact zero is compared absolutely.
fn digits(found: f64, certified: f64) -> f64 {
    let error = if certified == 0.0 { found.abs() } else { ((found - certified) / certified).abs() };
    if error == 0.0 { 15.0 } else { (-error.log10()).min(15.0) }
}

fn least(found: impl Iterator<Item = f64>, certified: &[f64]) -> f64 {
    found.zip(certified).map(|(found, &certified)| digits(found, certified)).fold(15.0, f64::min)
}

fn check(name: &str, degree: i32, intercept: bool, estimate_digits: f64, error_digits: f64) {
    let Some(text) = shared(&format!("nist-strd/{name}.dat")) else { return };
    let expected = certified(&text);
    let (target, columns) = data(&text, degree);
    let params = OlsParams { intercept, ..OlsParams::default() };
    let model: Ols = fit(&matrix(&columns), &target, &params, &mut unwatched).unwrap();
    let terms = || model.intercept.iter().chain(&model.coefficients);
    let estimates = least(terms().map(|term| term.estimate), &expected.estimates);
    let errors = least(terms().map(|term| term.standard_error), &expected.errors);
    let deviation = digits(model.residual_standard_error, expected.residual_deviation);
    let r_squared = digits(model.r_squared.unwrap(), expected.r_squared);
    let f = expected.f.map_or(15.0, |f| model.f.map_or(15.0, |found| digits(found, f)));
    println!(
        "{name}: estimates {estimates:.1}, errors {errors:.1}, s {deviation:.1}, R² {r_squared:.1}, F {f:.1}"
    );
    assert!(estimates >= estimate_digits, "{name}: {estimates} digits of the estimates");
    assert!(errors >= error_digits, "{name}: {errors} digits of the standard errors");
    assert!(
        deviation >= error_digits && r_squared >= 13.0 && f >= error_digits,
        "{name}: {deviation} {r_squared} {f}"
    );
}

#[test]
fn lower_difficulty_is_reached_to_the_certified_digits() {
    check("Norris", 1, true, 13.0, 13.0);
    check("Pontius", 2, true, 13.0, 13.0);
}

#[test]
fn lines_through_zero_are_reached_to_the_certified_digits() {
    check("NoInt1", 1, false, 13.0, 13.0);
    check("NoInt2", 1, false, 13.0, 13.0);
}

#[test]
fn higher_difficulty_is_reached_to_the_certified_digits() {
    check("Longley", 1, true, 14.0, 14.0);
    check("Wampler1", 5, true, 14.0, 14.0);
    check("Wampler2", 5, true, 13.0, 14.0);
    check("Wampler3", 5, true, 13.0, 8.0);
    check("Wampler4", 5, true, 13.0, 8.0);
    check("Wampler5", 5, true, 13.0, 8.0);
}
