use proptest::prelude::*;

use super::r_factor::RFactor;
use super::refine::NormalResidual;
use super::*;
use crate::partial::{CHUNK_ROWS, absorb_chunks, chunks, merge_all, summarize};
use crate::predict::weighted::{Rows, Weighted};
use crate::progress::{Progress, unwatched};
use crate::registry::assert_documented;

fn matrix(names: &[&str], rows: &[&[f64]]) -> Matrix {
    Matrix::new(names.iter().map(|name| (*name).to_owned()).collect(), rows.concat()).unwrap()
}

fn columns(names: &[&str], columns: &[&[f64]]) -> Matrix {
    let values =
        (0..columns[0].len()).flat_map(|row| columns.iter().map(move |column| column[row])).collect();
    Matrix::new(names.iter().map(|name| (*name).to_owned()).collect(), values).unwrap()
}

fn code(matrix: &Matrix, target: &[f64]) -> &'static str {
    fit(matrix, target, &OlsParams::default(), &mut unwatched).map_or_else(|error| error.code(), |_| "fitted")
}

#[test]
fn the_registry_documents_the_real_parameters() {
    assert_documented(&METHOD, OlsParams::check);
}

#[test]
fn dependent_columns_are_named() {
    let x: Vec<f64> = (0..40).map(|row| f64::from(row) * 0.1).collect();
    let tripled: Vec<f64> = x.iter().map(|value| 0.3 * value).collect();
    let noise: Vec<f64> = (0..40).map(|row| f64::from(row * row % 17)).collect();
    let y: Vec<f64> = noise.iter().zip(&x).map(|(a, b)| a - b).collect();
    let fitted = |matrix: &Matrix| fit(matrix, &y, &OlsParams::default(), &mut unwatched);
    let duplicated = columns(&["x", "noise", "copy"], &[&x, &noise, &tripled]);
    assert_eq!(fitted(&duplicated), Err(Error::Collinear { column: "copy".into() }));
    let constant = columns(&["x", "seven"], &[&x, &[7.0; 40]]);
    assert_eq!(fitted(&constant), Err(Error::Collinear { column: "seven".into() }));
    let zero = columns(&["zero", "x"], &[&[0.0; 40], &x]);
    assert_eq!(fitted(&zero), Err(Error::Collinear { column: "zero".into() }));
    let independent = independent_columns(&duplicated, &mut unwatched).unwrap();
    assert_eq!(
        (independent.kept, independent.dropped),
        (vec!["x".into(), "noise".into()], vec!["copy".into()])
    );
}

#[test]
fn a_complete_set_of_indicators_leaves_out_the_last() {
    let levels =
        |level: usize| (0..60).map(|row| f64::from(u8::from(row % 3 == level))).collect::<Vec<f64>>();
    let x: Vec<f64> = (0..60).map(|row| f64::from(row * row % 23)).collect();
    let all = columns(&["a", "b", "c", "x"], &[&levels(0), &levels(1), &levels(2), &x]);
    let independent = independent_columns(&all, &mut unwatched).unwrap();
    assert_eq!(independent.dropped, vec!["c"]);
    assert_eq!(code(&all, &x.iter().map(|value| value + 1.0).collect::<Vec<_>>()), "collinear");
}

#[test]
fn too_few_rows_and_unusable_targets_are_refused() {
    let wide = matrix(&["a", "b", "c"], &[&[1.0, 2.0, 4.0], &[2.0, 1.0, 0.0]]);
    assert_eq!(code(&wide, &[1.0, 2.0]), "too-few-rows");
    let one = matrix(&["a"], &[&[1.0]]);
    assert_eq!(code(&one, &[1.0]), "too-few-rows");
    assert_eq!(code(&one, &[]), "length-mismatch");
    assert_eq!(code(&one, &[f64::NAN]), "not-finite");
}

#[test]
fn a_constant_target_has_no_share_to_explain() {
    let x = columns(&["x"], &[&[1.0, 2.0, 4.0, 7.0]]);
    let model = fit(&x, &[0.1; 4], &OlsParams::default(), &mut unwatched).unwrap();
    assert_eq!((model.r_squared, model.f, model.f_p), (None, None, None));
    assert!(model.coefficients[0].estimate.abs() < 1e-16);
}

#[test]
fn an_exact_line_has_no_infinite_statistic_in_its_json() {
    let x = columns(&["x"], &[&[1.0, 2.0, 4.0, 7.0]]);
    let model = fit(&x, &[3.0, 5.0, 9.0, 15.0], &OlsParams::default(), &mut unwatched).unwrap();
    assert_eq!((model.coefficients[0].estimate, model.intercept.as_ref().unwrap().estimate), (2.0, 1.0));
    assert_eq!((model.coefficients[0].t, model.coefficients[0].p, model.f), (None, None, None));
    let json = serde_json::to_string(&model).unwrap();
    assert_eq!(serde_json::from_str::<Ols>(&json).unwrap(), model);
}

#[test]
fn units_of_any_size_give_the_same_fit() {
    let x: Vec<f64> = (0..30).map(|row| f64::from(row * 7 % 30)).collect();
    let y: Vec<f64> = (0..30).map(|row| f64::from(row * 11 % 17)).collect();
    let plain = fit(&columns(&["x"], &[&x]), &y, &OlsParams::default(), &mut unwatched).unwrap();
    for (unit, target_unit) in
        [(1e300, 1e300), (1e-300, 1e-300), (1e300, 1.0), (1.0, 1e-300), (1e-150, 1e150)]
    {
        let scaled: Vec<f64> = x.iter().map(|value| value * unit).collect();
        let target: Vec<f64> = y.iter().map(|value| value * target_unit).collect();
        let model =
            fit(&columns(&["x"], &[&scaled]), &target, &OlsParams::default(), &mut unwatched).unwrap();
        let estimate = model.coefficients[0].estimate * (unit / target_unit);
        assert!((estimate / plain.coefficients[0].estimate - 1.0).abs() < 1e-13, "{unit} {target_unit}");
        assert!((model.coefficients[0].p.unwrap() - plain.coefficients[0].p.unwrap()).abs() < 1e-12);
    }
    let tiny: Vec<f64> = x.iter().map(|value| value * 1e-300).collect();
    let huge: Vec<f64> = y.iter().map(|value| value * 1e300).collect();
    assert_eq!(code(&columns(&["x"], &[&tiny]), &huge), "out-of-scale");
}

#[test]
fn predictions_ask_for_the_columns_of_the_fit() {
    let x = columns(&["x"], &[&[1.0, 2.0, 4.0, 7.0]]);
    let model = fit(&x, &[3.0, 5.0, 9.0, 15.0], &OlsParams::default(), &mut unwatched).unwrap();
    assert_eq!(model.predict(&x), Ok(vec![3.0, 5.0, 9.0, 15.0]));
    let renamed = columns(&["z"], &[&[1.0]]);
    assert_eq!(model.predict(&renamed).map_err(|error| error.code()), Err("unknown-column"));
    let wider = columns(&["x", "z"], &[&[1.0], &[1.0]]);
    assert_eq!(model.predict(&wider).map_err(|error| error.code()), Err("columns-differ"));
}

#[test]
fn the_watcher_can_stop_the_work() {
    let x = columns(&["x"], &[&[1.0, 2.0, 4.0, 7.0]]);
    let mut stop = |_: Progress| std::ops::ControlFlow::Break(());
    let stopped = fit(&x, &[3.0, 5.0, 9.0, 1.0], &OlsParams::default(), &mut stop);
    assert_eq!(stopped, Err(Error::Cancelled));
}

#[test]
fn a_row_fitted_alone_has_leverage_one_and_leaves_robust_errors_finite() {
    let x: Vec<f64> = (0..20).map(f64::from).collect();
    let alone: Vec<f64> = (0..20).map(|row| f64::from(u8::from(row == 7))).collect();
    let y: Vec<f64> = (0..20).map(|row| f64::from(row * row % 11)).collect();
    let matrix = columns(&["x", "alone"], &[&x, &alone]);
    for errors in [Errors::Classical, Errors::Hc0, Errors::Hc1, Errors::Hc2, Errors::Hc3] {
        let model = fit(&matrix, &y, &OlsParams { errors, ..OlsParams::default() }, &mut unwatched).unwrap();
        assert_eq!(model.influence.n_fitted_alone, 1);
        assert!(model.influence.rows.iter().all(|row| row.row != 7 && row.cook.is_finite()));
        assert!(model.coefficients.iter().all(|term| term.standard_error.is_finite()));
    }
}

#[test]
fn an_exact_line_has_no_residuals_to_test() {
    let x = columns(&["x"], &[&[1.0, 2.0, 4.0, 7.0]]);
    let model = fit(&x, &[3.0, 5.0, 9.0, 15.0], &OlsParams::default(), &mut unwatched).unwrap();
    assert_eq!((model.tests, model.influence.rows.len()), (ResidualTests::default(), 0));
}

#[test]
fn weights_of_any_unit_give_the_same_errors() {
    let (x, z): (Vec<f64>, Vec<f64>) =
        (0..30).map(|row| (f64::from(row * 7 % 30), f64::from(row % 4))).unzip();
    let y: Vec<f64> = (0..30).map(|row| f64::from(row * 11 % 17)).collect();
    let matrix = columns(&["x", "z"], &[&x, &z]);
    let weights: Vec<f64> = (0..30).map(|row| f64::from(row % 3 + 1)).collect();
    let fitted = |unit: f64| {
        let weights: Vec<f64> = weights.iter().map(|weight| weight * unit).collect();
        let set = TrainingSet::new(&matrix, crate::predict::Outcome::Numbers(&y)).unwrap();
        fit_set(&set.with_weights(&weights).unwrap(), &OlsParams::default(), &mut unwatched).unwrap()
    };
    let plain = fitted(1.0);
    for unit in [0.1, 1e200, 1e-200] {
        let model = fitted(unit);
        for (found, expected) in model.coefficients.iter().zip(&plain.coefficients) {
            assert!((found.estimate / expected.estimate - 1.0).abs() < 1e-12);
            assert!((found.standard_error / expected.standard_error - 1.0).abs() < 1e-12);
        }
        let deviation = model.residual_standard_error / unit.sqrt() / plain.residual_standard_error;
        assert!((deviation - 1.0).abs() < 1e-12);
    }
}

/// Pseudorandom rows over several chunks.
fn rows(n_rows: usize, n_columns: usize, seed: u64) -> (Matrix, Vec<f64>) {
    use rand::Rng;
    let mut generator = crate::random::generator(seed, 0);
    let values = (0..n_rows * n_columns).map(|_| generator.gen_range(-1.0..1.0)).collect();
    let names = (0..n_columns).map(|column| format!("x{column}")).collect();
    let target = (0..n_rows).map(|_| generator.gen_range(-1.0..1.0)).collect();
    (Matrix::new(names, values).unwrap(), target)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn sums_of_any_shards_equal_the_single_pass_bit_for_bit(
        extra in 1_usize..CHUNK_ROWS, shards in 1_usize..5, seed in any::<u64>()
    ) {
        let (matrix, target) = rows(3 * CHUNK_ROWS + extra, 3, seed);
        let design = Design::new(&matrix, &target, true);
        let all_rows = Rows { matrix: &matrix, target: &target, weights: None };
        let all: Vec<_> = chunks(matrix.n_rows()).collect();
        let point = vec![super::double_double::DoubleDouble::from(0.3); design.n_terms()];
        let factor = || Weighted { rows: all_rows, sum: RFactor::new(&design) };
        let residual = || Weighted { rows: all_rows, sum: NormalResidual::new(&design, &point) };
        let per_shard = all.len().div_ceil(shards);
        let factors = all.chunks(per_shard).flat_map(|shard| absorb_chunks(&matrix, shard.iter().cloned(), factor));
        prop_assert_eq!(merge_all(factors).unwrap().sum, summarize(&matrix, factor).sum);
        let residuals = all.chunks(per_shard).flat_map(|shard| absorb_chunks(&matrix, shard.iter().cloned(), residual));
        prop_assert_eq!(merge_all(residuals).unwrap().sum, summarize(&matrix, residual).sum);
    }
}
