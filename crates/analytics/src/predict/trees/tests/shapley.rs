//! Explanations against the definition: every coalition of columns, weighed as Shapley weighs it.

use super::super::{Ensemble, Tree, boosting, forest, shap, shap_interventional, tree};
use super::{classes, drawn, numbers};
use crate::Matrix;
use crate::predict::{Outcome, TrainingSet};
use crate::progress::unwatched;

/// What a tree says when only the columns in `coalition` are known, the others following covers or a background row.
fn worth(tree: &Tree, node: usize, row: &[f64], coalition: usize, background: Option<&[f64]>) -> Vec<f64> {
    let Some(split) = tree.split(node) else { return tree.value(node).to_vec() };
    let side = |row: &[f64]| if row[split.column] <= split.threshold { split.left } else { split.right };
    let go = |child: usize| worth(tree, child, row, coalition, background);
    if coalition >> split.column & 1 == 1 {
        return go(side(row));
    }
    if let Some(background) = background {
        return go(side(background));
    }
    let (left, right) = (tree.cover(split.left), tree.cover(split.right));
    let mixed = go(split.left).into_iter().zip(go(split.right));
    mixed.map(|(low, high)| (left * low + right * high) / (left + right)).collect()
}

fn game(ensemble: &Ensemble, row: &[f64], coalition: usize, background: Option<&Matrix>) -> Vec<f64> {
    let mut sums = ensemble.base().to_vec();
    for (position, tree) in ensemble.trees().iter().enumerate() {
        let others: Vec<Option<&[f64]>> = match background {
            None => vec![None],
            Some(matrix) => (0..matrix.n_rows()).map(|row| Some(matrix.row(row))).collect(),
        };
        let first = ensemble.first_output(position);
        for other in &others {
            for (sum, said) in sums[first..].iter_mut().zip(worth(tree, 0, row, coalition, *other)) {
                *sum += said * ensemble.factor() / others.len() as f64;
            }
        }
    }
    sums
}

fn check(ensemble: &Ensemble, matrix: &Matrix, background: Option<&Matrix>) {
    let found = match background {
        None => shap(ensemble, matrix, &mut unwatched).unwrap(),
        Some(background) => shap_interventional(ensemble, matrix, background, &mut unwatched).unwrap(),
    };
    let n_columns = matrix.n_columns();
    let factorial = |n: usize| (1..=n).map(|factor| factor as f64).product::<f64>();
    for row in 0..matrix.n_rows() {
        let worths: Vec<Vec<f64>> = (0..1 << n_columns)
            .map(|coalition| game(ensemble, matrix.row(row), coalition, background))
            .collect();
        for (output, unknown) in worths[0].iter().enumerate() {
            assert!((found.base[output] - unknown).abs() < 1e-12);
            for column in 0..n_columns {
                let without = (0..1usize << n_columns).filter(|coalition| coalition >> column & 1 == 0);
                let expected: f64 = without
                    .map(|coalition| {
                        let size = coalition.count_ones() as usize;
                        let weight = factorial(size) * factorial(n_columns - size - 1) / factorial(n_columns);
                        weight * (worths[coalition | 1 << column][output] - worths[coalition][output])
                    })
                    .sum();
                let value = found.of(row, output)[column];
                // Sums of a few dozen numbers near 1.
                assert!((value - expected).abs() < 1e-12, "{row} {output} {column}: {value} for {expected}");
            }
        }
    }
}

#[test]
fn contributions_are_the_shapley_values_of_trees_forests_and_boosting() {
    let matrix = drawn(150, 5, 9, 1);
    let target = numbers(&matrix, 2);
    let few = matrix.take(&[0, 1, 2, 3, 4, 5, 6, 7]);
    let background = matrix.take(&[20, 21, 22]);
    for n_classes in [0, 2, 3] {
        let codes = classes(&target, n_classes.max(1));
        let outcome = match n_classes {
            0 => Outcome::Numbers(&target),
            n_classes => Outcome::Classes { codes: &codes, n_classes },
        };
        let set = TrainingSet::new(&matrix, outcome).unwrap();
        let weights: Vec<f64> = (0..150).map(|row| 0.5 + f64::from(row % 7)).collect();
        let set = set.with_weights(&weights).unwrap();
        let params = forest::ForestParams { n_trees: 3, ..Default::default() };
        let forest = forest::fit(&set, &params, 1, &mut unwatched).unwrap();
        let tree = tree::fit(&set, &tree::TreeParams::default(), 1, &mut unwatched).unwrap();
        let params = boosting::BoostingParams { n_rounds: 4, min_samples_leaf: 5, ..Default::default() };
        let boosting = boosting::fit(&set, &params, 1, &mut unwatched).unwrap();
        for ensemble in [&forest.ensemble, &tree.ensemble, &boosting.ensemble] {
            check(ensemble, &few, None);
            check(ensemble, &few, Some(&background));
        }
    }
}

#[test]
fn a_chain_of_questions_five_hundred_deep_is_explained() {
    // Classes alternate along one column and all but vanish along another: the tree peels one value a question.
    let n_rows = 2000;
    let values: Vec<f64> = (0..n_rows).map(f64::from).collect();
    let target: Vec<f64> = (0..n_rows).map(|row| libm::pow(1.3, f64::from(row))).collect();
    let matrix = super::named(1, values);
    let set = TrainingSet::new(&matrix, Outcome::Numbers(&target)).unwrap();
    let model = tree::fit(&set, &tree::TreeParams::default(), 0, &mut unwatched).unwrap();
    assert!(model.ensemble.trees()[0].depth() > 200);
    assert!(shap(&model.ensemble, &matrix.take(&[0, 1000, 1999]), &mut unwatched).is_ok());
}
