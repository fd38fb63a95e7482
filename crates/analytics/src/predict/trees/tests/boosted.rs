//! What boosting becomes.

use super::super::boosting::{self, Boosting, BoostingParams, METHOD};
use super::{classes, drawn, named, numbers};
use crate::predict::{Outcome, TrainingSet};
use crate::progress::unwatched;
use crate::registry::assert_documented;

fn fit(set: &TrainingSet<'_>, params: &BoostingParams) -> Boosting {
    boosting::fit(set, params, 7, &mut unwatched).unwrap()
}

#[test]
fn parameters_are_as_documented() {
    assert_documented(&METHOD, BoostingParams::check);
}

#[test]
fn the_base_is_the_mean_and_every_round_lowers_the_error() {
    let matrix = drawn(1000, 4, 200, 1);
    let target = numbers(&matrix, 2);
    let set = TrainingSet::new(&matrix, Outcome::Numbers(&target)).unwrap();
    let mean = target.iter().sum::<f64>() / 1000.0;
    let mut last = f64::INFINITY;
    for n_rounds in [1, 3, 10, 40] {
        let model = fit(&set, &BoostingParams { n_rounds, ..Default::default() });
        assert!((model.ensemble.base()[0] - mean).abs() < 1e-12 * mean);
        let said = model.predict(&matrix).unwrap().scores(0);
        let error: f64 = said.iter().zip(&target).map(|(said, value)| (said - value).powi(2)).sum();
        assert!(error < last);
        last = error;
    }
}

#[test]
fn the_order_of_rows_and_the_scale_of_columns_do_not_matter() {
    let matrix = drawn(700, 5, 900, 3);
    let target = numbers(&matrix, 4);
    let codes = classes(&target, 2);
    let set = TrainingSet::new(&matrix, Outcome::Classes { codes: &codes, n_classes: 2 }).unwrap();
    let params = BoostingParams { n_rounds: 20, max_bins: 30, ..Default::default() };
    let plain = fit(&set, &params).predict(&matrix).unwrap();
    let turned: Vec<usize> = (0..700).rev().collect();
    let (other, other_codes) =
        (matrix.take(&turned), turned.iter().map(|&row| codes[row]).collect::<Vec<_>>());
    let other = TrainingSet::new(&other, Outcome::Classes { codes: &other_codes, n_classes: 2 }).unwrap();
    assert_eq!(fit(&other, &params).predict(&matrix).unwrap(), plain);
    let scaled = named(5, matrix.values().iter().map(|value| value * libm::ldexp(1.0, 900)).collect());
    let set = TrainingSet::new(&scaled, set.outcome()).unwrap();
    assert_eq!(fit(&set, &params).predict(&scaled).unwrap(), plain);
}

#[test]
fn equal_weights_change_nothing_and_heavy_rows_are_learned_better() {
    let matrix = drawn(600, 4, 300, 5);
    let target = numbers(&matrix, 6);
    let set = TrainingSet::new(&matrix, Outcome::Numbers(&target)).unwrap();
    let params = BoostingParams { n_rounds: 15, ..Default::default() };
    let plain = fit(&set, &params);
    let equal = fit(&set.with_weights(&[4.0; 600]).unwrap(), &params);
    assert_eq!(equal.ensemble, plain.ensemble);
    let weights: Vec<f64> = (0..600).map(|row| if row < 100 { 50.0 } else { 1.0 }).collect();
    let heavy = fit(&set.with_weights(&weights).unwrap(), &params);
    let error = |model: &Boosting| {
        let said = model.predict(&matrix).unwrap().scores(0);
        said.iter().zip(&target).take(100).map(|(said, value)| (said - value).powi(2)).sum::<f64>()
    };
    assert!(error(&heavy) < error(&plain));
}

#[test]
fn predictions_follow_the_directions_asked_for() {
    let matrix = drawn(800, 3, 100, 8);
    let target: Vec<f64> = numbers(&matrix, 9).iter().map(|value| libm::sin(*value)).collect();
    let codes = classes(&target, 2);
    let params = BoostingParams {
        n_rounds: 50,
        min_samples_leaf: 2,
        increasing: vec!["x0".into()],
        decreasing: vec!["x2".into()],
        ..Default::default()
    };
    for outcome in [Outcome::Numbers(&target), Outcome::Classes { codes: &codes, n_classes: 2 }] {
        let model = fit(&TrainingSet::new(&matrix, outcome).unwrap(), &params);
        for row in 0..50 {
            for (column, direction) in [(0, 1.0), (2, -1.0)] {
                let mut values = Vec::new();
                for step in 0..120 {
                    let mut moved = matrix.row(row).to_vec();
                    moved[column] = f64::from(step) / 8.0;
                    values.extend(moved);
                }
                let said = model.ensemble.raw(&named(3, values)).unwrap();
                // Sums of trees that each follow the direction; their sum is off by rounding alone.
                assert!(said.windows(2).all(|pair| direction * (pair[1] - pair[0]) >= -1e-12));
            }
        }
    }
}

#[test]
fn directions_of_unknown_columns_or_of_three_classes_are_refused() {
    let matrix = drawn(60, 2, 9, 1);
    let codes = classes(&numbers(&matrix, 1), 3);
    let three = TrainingSet::new(&matrix, Outcome::Classes { codes: &codes, n_classes: 3 }).unwrap();
    let target = numbers(&matrix, 1);
    let number = TrainingSet::new(&matrix, Outcome::Numbers(&target)).unwrap();
    let names = |name: &str| vec![name.to_owned()];
    let cases = [
        (&number, names("x9"), vec![], "unknown-column"),
        (&number, names("x1"), names("x1"), "parameter"),
        (&three, names("x1"), vec![], "parameter"),
    ];
    for (set, increasing, decreasing, code) in cases {
        let params = BoostingParams { increasing, decreasing, ..Default::default() };
        let error = boosting::fit(set, &params, 0, &mut unwatched).map_err(|error| error.code());
        assert_eq!(error.map(|_| ()), Err(code));
    }
}

#[test]
fn rounds_stop_when_held_out_rows_gain_no_more() {
    let matrix = drawn(600, 4, 50, 10);
    let target = numbers(&matrix, 11);
    for n_classes in [2, 3] {
        let codes = classes(&target, n_classes);
        let set = TrainingSet::new(&matrix, Outcome::Classes { codes: &codes, n_classes }).unwrap();
        let params =
            BoostingParams { n_rounds: 1000, held_out_share: 0.2, patience: 5, ..Default::default() };
        let model = fit(&set, &params);
        let losses = &model.held_out_losses;
        assert!(losses.len() < 500);
        let best = (0..losses.len()).min_by(|a, b| losses[*a].total_cmp(&losses[*b])).unwrap();
        let n_trees = (best + 1) * if n_classes == 2 { 1 } else { 3 };
        assert_eq!(model.ensemble.trees().len(), n_trees);
    }
    let one = named(1, vec![1.0]);
    let set = TrainingSet::new(&one, Outcome::Numbers(&[2.0])).unwrap();
    let params = BoostingParams { held_out_share: 0.5, ..Default::default() };
    assert!(boosting::fit(&set, &params, 0, &mut unwatched).is_err());
}

#[test]
fn drawn_rows_and_columns_depend_on_the_seed_alone() {
    let matrix = drawn(500, 6, 70, 12);
    let target = numbers(&matrix, 13);
    let set = TrainingSet::new(&matrix, Outcome::Numbers(&target)).unwrap();
    let params = BoostingParams { n_rounds: 10, row_share: 0.5, column_share: 0.5, ..Default::default() };
    let model = |seed| boosting::fit(&set, &params, seed, &mut unwatched).unwrap();
    assert_eq!(model(1), model(1));
    assert_ne!(model(1), model(2));
}

#[test]
fn perfect_separation_is_learned_and_stays_finite() {
    let matrix = named(1, (0..200).map(f64::from).collect());
    let codes: Vec<u32> = (0..200).map(|row| u32::from(row >= 100)).collect();
    let set = TrainingSet::new(&matrix, Outcome::Classes { codes: &codes, n_classes: 2 }).unwrap();
    let model = fit(&set, &BoostingParams { n_rounds: 2000, learning_rate: 1.0, ..Default::default() });
    let said = model.predict(&matrix).unwrap().scores(1);
    assert!(said.iter().all(|share| *share > 0.0 && *share < 1.0));
    assert!(said[..100].iter().all(|share| *share < 1e-2) && said[100..].iter().all(|share| *share > 0.99));
}
