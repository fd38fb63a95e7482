//! What a mixture finds, refuses and promises.

use rand::Rng;

use super::*;
use crate::progress::unwatched;
use crate::random::generator;

const SHAPES: [CovarianceType; 4] =
    [CovarianceType::Full, CovarianceType::Diagonal, CovarianceType::Tied, CovarianceType::Spherical];

fn matrix(width: usize, values: Vec<f64>) -> Matrix {
    Matrix::new((0..width).map(|it| format!("x{it}")).collect(), values).unwrap()
}

fn fit(matrix: &Matrix, k: usize, covariance: CovarianceType) -> Result<GmmFit> {
    fit_gmm(matrix, &GmmParams { k, covariance, ..GmmParams::default() }, 3, &mut unwatched)
}

/// Two clouds, one flat and one round, 300 rows and 100.
fn clouds() -> Matrix {
    let mut draws = generator(4, 0);
    let mut normal = || (0..12).map(|_| draws.gen_range(0.0..1.0)).sum::<f64>() - 6.0;
    let values = (0..400).flat_map(|row| {
        let (a, b) = (normal(), normal());
        if row % 4 == 0 { [8.0 + a, 3.0 + b] } else { [3.0 * a, 0.2 * b + 1.0 * a] }
    });
    matrix(2, values.collect())
}

#[test]
fn the_registry_describes_the_parameters() {
    crate::registry::assert_documented(&METHOD, GmmParams::check);
}

#[test]
fn one_component_is_the_mean_and_covariance_with_divisor_n() {
    let fit = fit(&matrix(2, vec![0.0, 0.0, 2.0, 1.0, 4.0, 5.0]), 1, CovarianceType::Full).unwrap();
    assert_eq!(fit.model.means, [[2.0, 2.0]]);
    let Covariances::Full(covariances) = &fit.model.covariances else { panic!("full") };
    for (found, expected) in covariances[0].iter().zip([8.0 / 3.0, 10.0 / 3.0, 10.0 / 3.0, 14.0 / 3.0]) {
        let diagonal = if expected == 10.0 / 3.0 { 0.0 } else { 1e-6 };
        assert!((found - expected - diagonal).abs() < 1e-14, "{found} {expected}");
    }
}

#[test]
fn planted_clouds_are_found_and_predicted_alike() {
    let matrix = clouds();
    for covariance in SHAPES {
        let GmmFit { model, labels } = fit(&matrix, 2, covariance).unwrap();
        assert!(model.converged && model.weights[0] > model.weights[1], "{covariance:?}");
        assert_eq!(model.predict(&matrix).unwrap(), labels);
        let shares = model.responsibilities(&matrix).unwrap();
        assert!(shares.chunks_exact(2).all(|row| (row[0] + row[1] - 1.0).abs() < 1e-12));
        assert!((model.score(&matrix).unwrap() - model.log_likelihood).abs() < 1e-12);
        let json = serde_json::to_string(&model).unwrap();
        assert_eq!(serde_json::from_str::<GmmModel>(&json).unwrap(), model);
    }
    let full = fit(&matrix, 2, CovarianceType::Full).unwrap();
    let wrong =
        full.labels.iter().enumerate().filter(|(row, label)| (row % 4 == 0) != (**label == 1)).count();
    assert!(wrong < 12, "{wrong} of 400 rows in the wrong cloud");
    let bic = |k| fit(&matrix, k, CovarianceType::Full).unwrap().model.bic;
    assert!(bic(2) < bic(1) && bic(2) < bic(3), "the criterion picks the planted number");
}

#[test]
fn awkward_tables_give_an_answer_or_an_error_and_never_nan() {
    let twice = clouds().values().chunks_exact(2).flat_map(|row| [row[0], row[1], row[1], 7.0]).collect();
    let cases: [(&str, Matrix, usize, std::result::Result<(), &str>); 9] = [
        ("one row", matrix(2, vec![1.0, 2.0]), 1, Ok(())),
        ("more components than rows", matrix(1, vec![1.0, 2.0]), 3, Err("too-few-rows")),
        ("all rows alike", matrix(1, vec![3.0; 9]), 2, Err("too-few-distinct")),
        ("as many components as different rows", matrix(1, vec![1.0, 2.0, 2.0, 1.0, 7.0]), 3, Ok(())),
        ("a column twice and a constant one", matrix(4, twice), 2, Ok(())),
        ("more columns than rows", matrix(4, vec![1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]), 2, Ok(())),
        ("huge numbers", matrix(1, vec![1e300, -1e300, 0.0]), 2, Err("out-of-scale")),
        ("tiny numbers", matrix(1, vec![1e-300, -1e-300, 0.0]), 2, Err("out-of-scale")),
        ("far from 0", matrix(1, vec![1e9, 1e9 + 1.0, 1e9 + 50.0, 1e9 + 51.0]), 2, Ok(())),
    ];
    for (name, matrix, k, expected) in cases {
        for covariance in SHAPES {
            let found = fit(&matrix, k, covariance);
            assert_eq!(found.as_ref().map(|_| ()).map_err(Error::code), expected, "{name} {covariance:?}");
            if let Ok(fit) = found {
                let numbers =
                    [fit.model.means.concat(), vec![fit.model.log_likelihood, fit.model.bic]].concat();
                assert!(numbers.iter().all(|it| it.is_finite()), "{name} {covariance:?}");
            }
        }
    }
}

#[test]
fn without_regularisation_a_collapse_is_refused() {
    let matrix = matrix(2, vec![1.0, 2.0, 1.0, 2.0, 5.0, 10.0, 6.0, 12.0]);
    for covariance in [CovarianceType::Full, CovarianceType::Tied] {
        let params = GmmParams { k: 1, covariance, reg_covar: 0.0, ..GmmParams::default() };
        let refused = fit_gmm(&matrix, &params, 1, &mut unwatched);
        assert_eq!(refused.map_err(|error| error.code()), Err("parameter"), "{covariance:?}");
    }
}

#[test]
fn other_columns_and_broken_models_are_refused() {
    let mut model = fit(&clouds(), 2, CovarianceType::Full).unwrap().model;
    assert_eq!(model.predict(&matrix(1, vec![1.0])).map_err(|error| error.code()), Err("columns-differ"));
    model.covariances = Covariances::Full(vec![vec![-1.0; 4]; 2]);
    assert_eq!(model.predict(&clouds()).map_err(|error| error.code()), Err("parameter"));
    model.covariances = Covariances::Full(vec![vec![1.0; 3]; 2]);
    assert_eq!(model.predict(&clouds()).map_err(|error| error.code()), Err("columns-differ"));
}

#[test]
fn a_fit_can_be_stopped_at_every_report() {
    let matrix = clouds();
    let mut n_reports = 0;
    let count = &mut |_| {
        n_reports += 1;
        std::ops::ControlFlow::Continue(())
    };
    fit_gmm(&matrix, &GmmParams { k: 2, ..GmmParams::default() }, 1, count).unwrap();
    for stop_at in [0, n_reports / 2, n_reports - 1] {
        let mut heard = 0;
        let stopped = fit_gmm(&matrix, &GmmParams { k: 2, ..GmmParams::default() }, 1, &mut |_| {
            heard += 1;
            if heard > stop_at {
                std::ops::ControlFlow::Break(())
            } else {
                std::ops::ControlFlow::Continue(())
            }
        });
        assert_eq!(stopped.map(|_| ()), Err(Error::Cancelled));
    }
}
