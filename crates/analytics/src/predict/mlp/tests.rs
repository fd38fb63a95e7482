use rand::Rng;

use super::network::Goal;
use super::*;
use crate::predict::{Outcome, TrainingSet};
use crate::progress::{Progress, unwatched};
use crate::random::generator;
use crate::registry::assert_documented;

fn rows(n_rows: usize, width: usize, seed: u64) -> Matrix {
    let mut draws = generator(seed, 0);
    let values = (0..n_rows * width).map(|_| draws.gen_range(-1.7..1.7)).collect();
    Matrix::new((0..width).map(|column| format!("c{column}")).collect(), values).unwrap()
}

fn ring(matrix: &Matrix) -> Vec<u32> {
    matrix.values().chunks_exact(matrix.n_columns()).map(|row| u32::from(row[0] * row[0] + row[1] * row[1] > 1.8)).collect()
}

fn classes(matrix: &Matrix, codes: &[u32], params: &MlpParams) -> Result<Mlp> {
    let n_classes = codes.iter().max().map_or(0, |&most| most as usize + 1);
    fit(&TrainingSet::new(matrix, Outcome::Classes { codes, n_classes })?, params, 5, &mut unwatched)
}

#[test]
fn the_registry_documents_the_real_parameters() {
    assert_documented(&METHOD, MlpParams::check);
    for hidden in [vec![], vec![0], vec![1001], vec![1; 6]] {
        assert!(MlpParams { hidden, ..MlpParams::default() }.check().is_err());
    }
}

#[test]
fn the_gradient_is_the_slope_of_the_loss() {
    let matrix = rows(7, 3, 1);
    let (numbers, codes) = ([0.5, -1.0, 2.0, 0.1, 0.7, -0.3, 1.2], [0, 1, 2, 1, 0, 2, 1]);
    let two: Vec<u32> = codes.iter().map(|&code| code % 2).collect();
    let weights = [1.0, 2.0, 0.5, 1.0, 1.0, 3.0, 0.2];
    let goals = [(Goal::Numbers(&numbers), 1), (Goal::Classes(&codes), 3), (Goal::Classes(&two), 1)];
    for (goal, n_outputs) in goals {
        for activation in [Activation::Relu, Activation::Tanh] {
            let mut network = Network::draw(vec![3, 5, 4, n_outputs], activation, &mut generator(3, 0));
            // Constants away from 0, or relu's edges would be close.
            network.parameters.iter_mut().enumerate().for_each(|(at, value)| *value += 0.01 * (at % 7) as f64);
            let mut workspace = network.workspace(7);
            let mut loss = |network: &Network| {
                network.forward(matrix.values().chunks_exact(3), &mut workspace);
                let loss = network.backward(goal, Some(&weights), 8.7, &mut workspace);
                let loss = loss + network.penalize(0.3, &mut workspace.gradient);
                (loss, workspace.gradient.clone())
            };
            let (_, gradient) = loss(&network);
            for (at, slope) in gradient.iter().enumerate() {
                let value = network.parameters[at];
                let mut beside = |by: f64| {
                    network.parameters[at] = value + by;
                    loss(&network).0
                };
                let numeric = (beside(1e-5) - beside(-1e-5)) / 2e-5;
                network.parameters[at] = value;
                // The difference is off by the third derivative times 1e-10, and by rounding of 1e-16 / 1e-5.
                assert!((slope - numeric).abs() < 1e-8, "{activation:?} {n_outputs} {at}: {slope} {numeric}");
            }
        }
    }
}

#[test]
fn a_ring_is_learned_and_the_seed_decides_everything() {
    let matrix = rows(600, 2, 2);
    let codes = ring(&matrix);
    let model = classes(&matrix, &codes, &MlpParams::default()).unwrap();
    let found = model.predict(&matrix).unwrap().most_probable().unwrap();
    let right = found.iter().zip(&codes).filter(|(found, code)| found == code).count();
    assert!(right > 560, "{right}");
    assert_eq!(classes(&matrix, &codes, &MlpParams::default()).unwrap(), model);
    let json = serde_json::to_string(&model).unwrap();
    assert_eq!(serde_json::from_str::<Mlp>(&json).unwrap(), model);
}

#[test]
fn numbers_of_any_unit_are_learned() {
    let matrix = rows(400, 2, 3);
    let values: Vec<f64> = matrix.values().chunks_exact(2).map(|row| row[0] * row[1] + 3.0).collect();
    let params = MlpParams { activation: Activation::Tanh, epochs: 100, ..MlpParams::default() };
    let mut plain = Vec::new();
    for unit in [1.0, 1e-300, 1e300] {
        let values: Vec<f64> = values.iter().map(|value| value * unit).collect();
        let set = TrainingSet::new(&matrix, Outcome::Numbers(&values)).unwrap();
        let found = fit(&set, &params, 5, &mut unwatched).unwrap().predict(&matrix).unwrap().scores(0);
        let found: Vec<f64> = found.iter().map(|value| value / unit).collect();
        if plain.is_empty() {
            let error: f64 = found.iter().zip(&values).map(|(a, b)| (a - b) * (a - b)).sum::<f64>() / 400.0;
            assert!(error < 0.05, "{error}");
            plain = found;
        } else {
            // Rounding of the unit goes through a hundred passes.
            assert!(found.iter().zip(&plain).all(|(a, b)| (a - b).abs() < 1e-3), "{unit:e}");
        }
    }
}

#[test]
fn rows_held_out_end_the_search_and_the_best_network_is_kept() {
    let matrix = rows(200, 4, 4);
    // Classes by lot: nothing can be learned, so the held-out loss soon rises.
    let mut draws = generator(9, 0);
    let codes: Vec<u32> = (0..200).map(|_| draws.gen_range(0..2_u32)).collect();
    let params = MlpParams { epochs: 400, learning_rate: 0.01, ..MlpParams::default() };
    let model = classes(&matrix, &codes, &params).unwrap();
    assert!(model.epochs < 100, "{}", model.epochs);
    assert!(model.held_out_loss.unwrap() < 0.8);
    let all = classes(&matrix, &codes, &MlpParams { patience: 0, epochs: 7, ..params }).unwrap();
    assert_eq!((all.epochs, all.held_out_loss), (7, None));
}

#[test]
fn what_cannot_be_learned_is_refused() {
    let of = |values: Vec<f64>| Matrix::new(vec!["x".into()], values).unwrap();
    let code = |values: Vec<f64>| {
        let codes: Vec<u32> = (0..values.len() as u32).map(|row| row % 2).collect();
        classes(&of(values), &codes, &MlpParams::default()).map_err(|error| error.code())
    };
    for values in [vec![1e300, 1.0], vec![1e-300, 0.0], vec![30_000.0, 52_000.0]] {
        assert_eq!(code(values), Err("not-standardized"));
    }
    let matrix = of(vec![0.5]);
    let set = TrainingSet::new(&matrix, Outcome::Numbers(&[1.0])).unwrap();
    let one = fit(&set, &MlpParams::default(), 1, &mut unwatched);
    assert_eq!(one, Err(Error::TooFewRows { needed: 2, found: 1 }));
    let matrix = of((0..60).map(|row| f64::from(row % 7) - 3.0).collect());
    let codes: Vec<u32> = (0..60).map(|row| u32::from(row % 2 == 0)).collect();
    let model = classes(&matrix, &codes, &MlpParams::default()).unwrap();
    let far = model.predict(&of(vec![1e308, -1e308]));
    assert_eq!(far.map_err(|error| error.code()), Err("out-of-scale"));
    let set = TrainingSet::new(&matrix, Outcome::Classes { codes: &codes, n_classes: 2 }).unwrap();
    let mut stop = |_: Progress| std::ops::ControlFlow::Break(());
    assert_eq!(fit(&set, &MlpParams::default(), 1, &mut stop), Err(Error::Cancelled));
}

#[test]
fn hostile_columns_give_finite_answers() {
    let matrix = rows(30, 1, 6);
    let codes: Vec<u32> = matrix.values().iter().map(|&value| u32::from(value > 0.0)).collect();
    let spread = |columns: &dyn Fn(f64) -> Vec<f64>| {
        let values: Vec<f64> = matrix.values().iter().flat_map(|&value| columns(value)).collect();
        Matrix::new((0..values.len() / 30).map(|column| format!("c{column}")).collect(), values).unwrap()
    };
    let cases =
        [spread(&|_| vec![0.0]), spread(&|_| vec![5.0, 5.0]), spread(&|x| vec![x, x]), spread(&|x| vec![x; 80])];
    for matrix in cases {
        let model = classes(&matrix, &codes, &MlpParams::default()).unwrap();
        assert!(model.predict(&matrix).unwrap().scores(1).iter().all(|p| (0.0..=1.0).contains(p)));
        let set = TrainingSet::new(&matrix, Outcome::Numbers(&[2.0; 30])).unwrap();
        let level = fit(&set, &MlpParams::default(), 1, &mut unwatched).unwrap().predict(&matrix).unwrap().scores(0);
        assert!(level.iter().all(|value| (value - 2.0).abs() < 1.0));
    }
}

#[test]
fn more_than_two_classes_have_probabilities_that_sum_to_one() {
    let matrix = rows(300, 2, 8);
    let codes: Vec<u32> = matrix.values().chunks_exact(2).map(|row| if row[0] < -0.5 { 0 } else { 1 + u32::from(row[1] > 0.0) }).collect();
    let model = classes(&matrix, &codes, &MlpParams { hidden: vec![16, 8], ..MlpParams::default() }).unwrap();
    let Prediction::Probabilities { n_classes: 3, values } = model.predict(&matrix).unwrap() else { panic!("three classes") };
    assert!(values.chunks_exact(3).all(|row| (row.iter().sum::<f64>() - 1.0).abs() < 1e-12));
}
