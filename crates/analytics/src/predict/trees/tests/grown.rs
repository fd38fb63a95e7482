//! What trees and forests become, on ordinary and on hostile data.

use super::super::boosting::BoostingParams;
use super::super::{forest, tree};
use super::{classes, drawn, named, numbers};
use crate::predict::{Model, ModelParams, Outcome, Prediction, TrainingSet};
use crate::progress::unwatched;
use crate::registry::assert_documented;
use forest::ForestParams;
use tree::TreeParams;

fn fit_tree(set: &TrainingSet<'_>, params: &TreeParams) -> tree::DecisionTree {
    tree::fit(set, params, 0, &mut unwatched).unwrap()
}

#[test]
fn parameters_are_as_documented() {
    assert_documented(&tree::METHOD, TreeParams::check);
    assert_documented(&forest::METHOD, ForestParams::check);
}

#[test]
fn a_full_tree_says_what_it_saw() {
    let matrix = drawn(300, 4, 1000, 3);
    let target = numbers(&matrix, 4);
    let model =
        fit_tree(&TrainingSet::new(&matrix, Outcome::Numbers(&target)).unwrap(), &TreeParams::default());
    assert_eq!(model.predict(&matrix).unwrap(), Prediction::Numbers(target));
}

#[test]
fn scale_and_shift_of_columns_and_the_order_of_rows_do_not_matter() {
    let matrix = drawn(400, 3, 60, 5);
    let target = numbers(&matrix, 6);
    let codes = classes(&target, 3);
    let set = TrainingSet::new(&matrix, Outcome::Classes { codes: &codes, n_classes: 3 }).unwrap();
    let params = TreeParams { max_depth: Some(5), ..TreeParams::default() };
    let plain = fit_tree(&set, &params).predict(&matrix).unwrap();
    for scale in [1e-300, 1e300] {
        let scaled = named(3, matrix.values().iter().map(|value| (value - 3.0) * scale).collect());
        let set = TrainingSet::new(&scaled, set.outcome()).unwrap();
        assert_eq!(fit_tree(&set, &params).predict(&scaled).unwrap(), plain);
    }
    let turned: Vec<usize> = (0..400).rev().collect();
    let (matrix_turned, codes_turned) =
        (matrix.take(&turned), turned.iter().map(|&row| codes[row]).collect::<Vec<_>>());
    let outcome = Outcome::Classes { codes: &codes_turned, n_classes: 3 };
    let model = fit_tree(&TrainingSet::new(&matrix_turned, outcome).unwrap(), &params);
    assert_eq!(model.predict(&matrix).unwrap(), plain);
}

#[test]
fn numbers_of_any_scale_are_learned_alike() {
    let matrix = drawn(200, 3, 40, 7);
    let target = numbers(&matrix, 8);
    let params = TreeParams { max_depth: Some(4), ..TreeParams::default() };
    let fit = |factor: f64| {
        let target: Vec<f64> = target.iter().map(|value| value * factor).collect();
        let set = TrainingSet::new(&matrix, Outcome::Numbers(&target)).unwrap();
        fit_tree(&set, &params).predict(&matrix).unwrap().scores(0)
    };
    let plain = fit(1.0);
    for factor in [libm::ldexp(1.0, 1015), libm::ldexp(1.0, -1000)] {
        let expected: Vec<f64> = plain.iter().map(|value| value * factor).collect();
        assert_eq!(fit(factor), expected);
    }
}

#[test]
fn a_row_twice_is_a_row_of_weight_two() {
    let matrix = drawn(120, 3, 12, 9);
    let target = numbers(&matrix, 10);
    let codes = classes(&target, 2);
    let twice: Vec<usize> = (0..120).chain(0..60).collect();
    let weights: Vec<f64> = (0..120).map(|row| if row < 60 { 2.0 } else { 1.0 }).collect();
    let (matrix_twice, codes_twice) =
        (matrix.take(&twice), twice.iter().map(|&row| codes[row]).collect::<Vec<_>>());
    let outcome = |codes| Outcome::Classes { codes, n_classes: 2 };
    let weighted = TrainingSet::new(&matrix, outcome(&codes)).unwrap().with_weights(&weights).unwrap();
    let repeated = TrainingSet::new(&matrix_twice, outcome(&codes_twice)).unwrap();
    let params = TreeParams { max_depth: Some(6), ..TreeParams::default() };
    assert_eq!(fit_tree(&weighted, &params), fit_tree(&repeated, &params));
}

#[test]
fn limits_limit() {
    let matrix = drawn(500, 4, 200, 11);
    let target = numbers(&matrix, 12);
    let set = TrainingSet::new(&matrix, Outcome::Numbers(&target)).unwrap();
    let tree = |params| fit_tree(&set, &params).ensemble.trees()[0].clone();
    assert_eq!(tree(TreeParams { max_depth: Some(3), ..Default::default() }).depth(), 3);
    assert_eq!(tree(TreeParams { max_leaves: Some(7), ..Default::default() }).n_leaves(), 7);
    let wide = tree(TreeParams { min_samples_leaf: 20, ..Default::default() });
    assert!((0..wide.n_nodes()).all(|node| wide.cover(node) >= 20.0));
    assert_eq!(tree(TreeParams { min_impurity_decrease: 1e9, ..Default::default() }).n_nodes(), 1);
    let sizes: Vec<usize> = [0.0, 1e-4, 1e-3, 1e-2, 1e-1, 1e9]
        .map(|ccp_alpha| tree(TreeParams { ccp_alpha, ..Default::default() }).n_leaves())
        .to_vec();
    assert!(sizes.is_sorted_by(|left, right| left >= right) && sizes[5] == 1, "{sizes:?}");
}

#[test]
fn an_exclusive_or_is_learned_though_its_first_question_gains_nothing() {
    let matrix = named(2, vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0]);
    let set = TrainingSet::new(&matrix, Outcome::Classes { codes: &[0, 1, 1, 0], n_classes: 2 }).unwrap();
    let model = fit_tree(&set, &TreeParams::default());
    assert_eq!(model.predict(&matrix).unwrap().most_probable(), Some(vec![0, 1, 1, 0]));
}

#[test]
fn hostile_data_give_leaves_or_trees_but_never_a_fault() {
    let one = named(2, vec![1e300, -1e-300]);
    let constant = named(2, vec![7.0; 20]);
    let duplicate = named(2, (0..20).map(|cell| f64::from(cell / 2)).collect());
    let wide = drawn(6, 40, 50, 1);
    let extreme = named(1, vec![1e300, -1e300, 1e-300, -1e-300, 5e-324, 0.0, -0.0, f64::MAX]);
    for matrix in [&one, &constant, &duplicate, &wide, &extreme] {
        let n_rows = matrix.n_rows();
        let target: Vec<f64> = (0..n_rows).map(|row| if row % 3 == 0 { 1e300 } else { -1e-300 }).collect();
        let codes: Vec<u32> = (0..n_rows as u32).map(|row| row % 2).collect();
        let weights: Vec<f64> = (0..n_rows).map(|row| if row % 2 == 0 { 1e-300 } else { 1e300 }).collect();
        let mut outcomes = vec![Outcome::Numbers(&target)];
        if n_rows > 1 {
            outcomes.push(Outcome::Classes { codes: &codes, n_classes: 2 });
        }
        for outcome in outcomes {
            let set = TrainingSet::new(matrix, outcome).unwrap();
            for set in [set, set.with_weights(&weights).unwrap()] {
                let forest = ForestParams { n_trees: 5, ..ForestParams::default() };
                let boosting =
                    BoostingParams { n_rounds: 5, min_samples_leaf: 1, ..BoostingParams::default() };
                let tree = ModelParams::Tree(TreeParams::default());
                for params in [tree, ModelParams::Forest(forest), ModelParams::Boosting(boosting)] {
                    let model = params.fit(&set, 3, &mut unwatched).unwrap();
                    let said = model.predict(matrix).unwrap().scores(0);
                    assert!(said.iter().all(|value| value.is_finite()), "{params:?} {said:?}");
                    let text = serde_json::to_string(&model).unwrap();
                    assert_eq!(serde_json::from_str::<Model>(&text).unwrap(), model);
                }
            }
        }
    }
}

#[test]
fn as_many_classes_as_rows_are_taken() {
    let matrix = drawn(50, 2, 1000, 2);
    let codes: Vec<u32> = (0..50).collect();
    let set = TrainingSet::new(&matrix, Outcome::Classes { codes: &codes, n_classes: 50 }).unwrap();
    assert_eq!(
        fit_tree(&set, &TreeParams::default()).predict(&matrix).unwrap().most_probable(),
        Some(codes.clone())
    );
}

#[test]
fn workers_that_grow_ranges_of_trees_give_the_same_forest() {
    let matrix = drawn(300, 6, 30, 13);
    let target = numbers(&matrix, 14);
    let codes = classes(&target, 3);
    for outcome in [Outcome::Numbers(&target), Outcome::Classes { codes: &codes, n_classes: 3 }] {
        let set = TrainingSet::new(&matrix, outcome).unwrap();
        let params = ForestParams { n_trees: 9, ..ForestParams::default() };
        let whole = forest::fit(&set, &params, 5, &mut unwatched).unwrap();
        let ranges = [0..1, 1..4, 4..4, 4..9];
        let trees = ranges
            .into_iter()
            .flat_map(|trees| forest::fit_trees(&set, &params, 5, trees, &mut unwatched).unwrap());
        assert_eq!(forest::from_trees(&set, &params, 5, trees.collect(), &mut unwatched).unwrap(), whole);
        let other = forest::fit(&set, &params, 6, &mut unwatched).unwrap();
        assert_ne!(other, whole);
    }
}

#[test]
fn rows_left_out_score_a_forest_as_new_rows_do() {
    let matrix = drawn(2000, 4, 300, 15);
    let target = numbers(&matrix, 16);
    let codes = classes(&target, 2);
    let (train, test): (Vec<usize>, Vec<usize>) = (0..2000).partition(|row| row % 2 == 0);
    let pick = |rows: &[usize]| rows.iter().map(|&row| codes[row]).collect::<Vec<u32>>();
    let (matrix_train, codes_train) = (matrix.take(&train), pick(&train));
    let set =
        TrainingSet::new(&matrix_train, Outcome::Classes { codes: &codes_train, n_classes: 2 }).unwrap();
    let model = forest::fit(&set, &ForestParams::default(), 0, &mut unwatched).unwrap();
    let said = model.predict(&matrix.take(&test)).unwrap().most_probable().unwrap();
    let right = said.iter().zip(pick(&test)).filter(|(said, code)| **said == *code).count() as f64 / 1000.0;
    let out_of_bag = model.out_of_bag.unwrap();
    assert_eq!(out_of_bag.n_rows, 1000);
    // Two shares of 1000 rows: their difference has a standard deviation near 0.015.
    assert!((out_of_bag.score - right).abs() < 0.05 && right > 0.8, "{} {right}", out_of_bag.score);
    assert!(model.ensemble.importances()[0] > 0.1);
    assert!((model.ensemble.importances().iter().sum::<f64>() - 1.0).abs() < 1e-12);
}

#[test]
fn work_can_be_cancelled() {
    let matrix = drawn(5000, 10, 5000, 17);
    let target = numbers(&matrix, 18);
    let set = TrainingSet::new(&matrix, Outcome::Numbers(&target)).unwrap();
    let mut reports = 0;
    let mut watch = |_| {
        reports += 1;
        if reports > 3 { std::ops::ControlFlow::Break(()) } else { std::ops::ControlFlow::Continue(()) }
    };
    let error = forest::fit(&set, &ForestParams::default(), 0, &mut watch).map(|_| ());
    assert_eq!(error, Err(crate::Error::Cancelled));
}
