use super::elastic_net::{self, ElasticNetParams, LassoParams};
use super::ridge::{self, RidgeParams};
use crate::predict::TrainingSet;
use crate::predict::outcome::Outcome;
use crate::progress::unwatched;
use crate::registry::assert_documented;
use crate::{Matrix, Result};

fn columns(names: &[&str], columns: &[&[f64]]) -> Matrix {
    let values =
        (0..columns[0].len()).flat_map(|row| columns.iter().map(move |column| column[row])).collect();
    Matrix::new(names.iter().map(|name| (*name).to_owned()).collect(), values).unwrap()
}

/// Every method of the room on these rows: whether each fits, and its coefficients.
fn all(matrix: &Matrix, target: &[f64], alpha: Option<f64>) -> Vec<Result<Vec<f64>>> {
    let set = TrainingSet::new(matrix, Outcome::Numbers(target)).unwrap();
    let estimates =
        |slopes: Vec<super::Slope>| slopes.iter().map(|slope| slope.estimate).collect::<Vec<f64>>();
    let ridge = ridge::fit(&set, &RidgeParams { alpha, ..RidgeParams::default() }, &mut unwatched);
    let lasso =
        elastic_net::fit_lasso(&set, &LassoParams { alpha, ..LassoParams::default() }, &mut unwatched);
    let net =
        elastic_net::fit(&set, &ElasticNetParams { alpha, ..ElasticNetParams::default() }, &mut unwatched);
    vec![
        ridge.map(|model| estimates(model.coefficients)),
        lasso.map(|model| estimates(model.coefficients)),
        net.map(|model| estimates(model.coefficients)),
    ]
}

fn codes(results: Vec<Result<Vec<f64>>>) -> Vec<&'static str> {
    let code = |result: Result<Vec<f64>>| match result {
        Ok(estimates) if estimates.iter().all(|value| value.is_finite()) => "fitted",
        Ok(_) => "not finite",
        Err(error) => error.code(),
    };
    results.into_iter().map(code).collect()
}

fn wave(n_rows: usize, step: f64) -> Vec<f64> {
    (0..n_rows).map(|row| libm::sin(row as f64 * step)).collect()
}

#[test]
fn the_registry_documents_the_real_parameters() {
    assert_documented(&ridge::METHOD, RidgeParams::check);
    assert_documented(&elastic_net::LASSO, LassoParams::check);
    assert_documented(&elastic_net::METHOD, ElasticNetParams::check);
}

#[test]
fn one_row_is_its_own_mean_and_chooses_nothing() {
    let matrix = columns(&["a", "b"], &[&[1.0], &[2.0]]);
    assert_eq!(all(&matrix, &[3.0], Some(1.0)), vec![Ok(vec![0.0, 0.0]); 3]);
    assert_eq!(codes(all(&matrix, &[3.0], None)), ["too-few-rows"; 3]);
}

#[test]
fn constant_and_duplicate_columns_are_no_trouble_under_a_penalty() {
    let (x, noise) = (wave(60, 0.7), wave(60, 2.9));
    let y: Vec<f64> = x.iter().zip(&noise).map(|(x, noise)| 3.0 * x + 0.3 * noise + 5.0).collect();
    let matrix = columns(&["x", "seven", "copy", "zero"], &[&x, &[7.1; 60], &x, &[0.0; 60]]);
    for alpha in [Some(0.1), None] {
        for fitted in all(&matrix, &y, alpha) {
            let fitted = fitted.unwrap();
            assert!(fitted[1].abs() < 1e-12 && fitted[3] == 0.0, "{fitted:?}");
            assert!((fitted[0] + fitted[2] - 3.0).abs() < 0.6, "{fitted:?}");
        }
    }
    let ridge = all(&matrix, &y, Some(1.0)).remove(0).unwrap();
    assert!((ridge[0] - ridge[2]).abs() < 1e-12, "ridge shares between duplicates");
    let refused = all(&matrix, &y, Some(0.0)).remove(0);
    assert_eq!(refused.map_err(|error| error.code()), Err("collinear"));
}

#[test]
fn a_constant_target_uses_no_column() {
    let matrix = columns(&["x", "z"], &[&wave(30, 0.7), &wave(30, 1.3)]);
    for fitted in [all(&matrix, &[0.25; 30], None), all(&matrix, &[0.25; 30], Some(0.1))].concat() {
        assert!(fitted.unwrap().iter().all(|value| value.abs() < 1e-15));
    }
}

#[test]
fn more_columns_than_rows_are_fitted() {
    let names: Vec<String> = (0..30).map(|column| format!("x{column}")).collect();
    let values: Vec<f64> =
        (0..360).map(|at| libm::sin(at as f64 * 1.7) + libm::cos((at * at) as f64)).collect();
    let matrix = Matrix::new(names, values).unwrap();
    let target = wave(12, 0.9);
    assert_eq!(codes(all(&matrix, &target, None)), ["fitted"; 3]);
    assert_eq!(codes(all(&matrix, &target, Some(0.01))), ["fitted"; 3]);
}

#[test]
fn values_that_cannot_be_squared_are_refused() {
    let x = wave(30, 0.7);
    for unit in [1e300, 1e-300] {
        let scaled: Vec<f64> = x.iter().map(|value| value * unit).collect();
        let ordinary = columns(&["x"], &[&x]);
        assert_eq!(codes(all(&columns(&["x"], &[&scaled]), &x, Some(1.0))), ["out-of-scale"; 3]);
        assert_eq!(codes(all(&ordinary, &scaled, Some(1.0))), ["out-of-scale"; 3]);
    }
}

#[test]
fn weights_are_repeated_rows() {
    let (x, z) = (wave(40, 0.7), wave(40, 2.1));
    let y: Vec<f64> = x.iter().zip(&z).map(|(x, z)| x - 2.0 * z + x * z).collect();
    let matrix = columns(&["x", "z"], &[&x, &z]);
    let weights: Vec<f64> = (0..40).map(|row| if row % 3 == 0 { 2.0 } else { 1.0 }).collect();
    let repeated: Vec<usize> = (0..40).flat_map(|row| vec![row; weights[row] as usize]).collect();
    let repeated_target: Vec<f64> = repeated.iter().map(|&row| y[row]).collect();
    let repeated = matrix.take(&repeated);
    let set = TrainingSet::new(&matrix, Outcome::Numbers(&y)).unwrap().with_weights(&weights).unwrap();
    let plain = TrainingSet::new(&repeated, Outcome::Numbers(&repeated_target)).unwrap();
    let params = RidgeParams { alpha: Some(2.0), ..RidgeParams::default() };
    let [weighted, plain_ridge] = [set, plain].map(|set| ridge::fit(&set, &params, &mut unwatched).unwrap());
    let params = LassoParams { alpha: Some(0.02), ..LassoParams::default() };
    let [weighted_lasso, plain_lasso] =
        [set, plain].map(|set| elastic_net::fit_lasso(&set, &params, &mut unwatched).unwrap());
    for (a, b) in [
        (weighted.coefficients, plain_ridge.coefficients),
        (weighted_lasso.coefficients, plain_lasso.coefficients),
    ] {
        a.iter().zip(&b).for_each(|(a, b)| assert!((a.estimate - b.estimate).abs() < 1e-13));
    }
}

#[test]
fn the_chosen_ridge_has_the_least_error_of_rows_left_out() {
    let (x, z) = (wave(25, 0.7), wave(25, 2.1));
    let y: Vec<f64> = x.iter().zip(&z).map(|(x, z)| x - 0.2 * z + 0.8 * libm::cos(40.0 * x)).collect();
    let matrix = columns(&["x", "z"], &[&x, &z]);
    let set = TrainingSet::new(&matrix, Outcome::Numbers(&y)).unwrap();
    let chosen = ridge::fit(&set, &RidgeParams::default(), &mut unwatched).unwrap();
    for candidate in chosen.candidates.iter().step_by(5) {
        let mut squares = 0.0;
        for left_out in 0..25 {
            let others: Vec<usize> = (0..25).filter(|&row| row != left_out).collect();
            let (rows, target): (_, Vec<f64>) =
                (matrix.take(&others), others.iter().map(|&row| y[row]).collect());
            let set = TrainingSet::new(&rows, Outcome::Numbers(&target)).unwrap();
            let params = RidgeParams { alpha: Some(candidate.alpha), ..RidgeParams::default() };
            let model = ridge::fit(&set, &params, &mut unwatched).unwrap();
            squares += (model.predict(&matrix.take(&[left_out])).unwrap()[0] - y[left_out]).powi(2);
        }
        assert!((squares / 25.0 - candidate.leave_one_out).abs() < 1e-12);
        let best = chosen.candidates.iter().find(|best| best.alpha == chosen.alpha).unwrap();
        assert!(best.leave_one_out <= candidate.leave_one_out);
    }
}
