use super::*;
use crate::predict::Outcome;
use crate::progress::unwatched;
use crate::registry::assert_documented;

fn columns(names: &[&str], columns: &[&[f64]]) -> Matrix {
    let values =
        (0..columns[0].len()).flat_map(|row| columns.iter().map(move |column| column[row])).collect();
    Matrix::new(names.iter().map(|name| (*name).to_owned()).collect(), values).unwrap()
}

fn fitted(matrix: &Matrix, target: &[f64], params: &GlmParams) -> Result<Glm> {
    fit(&TrainingSet::new(matrix, Outcome::Numbers(target)).unwrap(), params, &mut unwatched)
}

fn code(matrix: &Matrix, target: &[f64], family: Family) -> &'static str {
    let params = GlmParams { family, ..GlmParams::default() };
    fitted(matrix, target, &params).map_or_else(|error| error.code(), |_| "fitted")
}

fn counts() -> (Vec<f64>, Vec<f64>) {
    let x: Vec<f64> = (0..60).map(|row| f64::from(row * 7 % 60) / 20.0).collect();
    let y = x
        .iter()
        .enumerate()
        .map(|(row, x)| (libm::exp(0.4 * x) + f64::from(row as u32 * 5 % 7) * 0.5).floor());
    let y = y.collect();
    (x, y)
}

#[test]
fn the_registry_documents_the_real_parameters() {
    assert_documented(&METHOD, GlmParams::check);
}

#[test]
fn targets_outside_the_family_are_refused() {
    let (x, y) = counts();
    let matrix = columns(&["x"], &[&x]);
    let negative: Vec<f64> = y.iter().map(|value| value - 3.0).collect();
    for family in [Family::Poisson, Family::Gamma, Family::Tweedie] {
        assert_eq!(code(&matrix, &negative, family), "target-range");
        assert_eq!(code(&matrix, &[0.0; 60], family), "target-range");
        let positive: Vec<f64> = y.iter().map(|value| value + 1.0).collect();
        assert_eq!(code(&matrix, &positive, family), "fitted");
    }
    let with_zero: Vec<f64> =
        y.iter().enumerate().map(|(row, value)| if row == 5 { 0.0 } else { value + 1.0 }).collect();
    assert_eq!(code(&matrix, &with_zero, Family::Gamma), "target-range");
    assert_eq!(code(&matrix, &with_zero, Family::Tweedie), "fitted");
}

#[test]
fn rows_and_columns_that_cannot_be_fitted_are_refused() {
    let (x, y) = counts();
    assert_eq!(code(&columns(&["x"], &[&[1.0]]), &[2.0], Family::Poisson), "collinear");
    assert_eq!(code(&columns(&["x"], &[&[1.0, 2.0]]), &[2.0, 3.0], Family::Poisson), "too-few-rows");
    assert_eq!(code(&columns(&["x", "seven"], &[&x, &[7.0; 60]]), &y, Family::Poisson), "collinear");
    let doubled: Vec<f64> = x.iter().map(|value| 2.0 * value + 1.0).collect();
    assert_eq!(code(&columns(&["x", "copy"], &[&x, &doubled]), &y, Family::Poisson), "collinear");
    // A level without a count has no finite coefficient.
    let level: Vec<f64> = (0..60).map(|row| f64::from(u8::from(row % 6 == 0))).collect();
    let none: Vec<f64> =
        y.iter().zip(&level).map(|(y, level)| if *level > 0.0 { 0.0 } else { y + 1.0 }).collect();
    assert_eq!(code(&columns(&["x", "level"], &[&x, &level]), &none, Family::Poisson), "not-converged");
}

#[test]
fn units_of_any_size_give_the_same_fit() {
    let (x, y) = counts();
    let y: Vec<f64> = y.iter().map(|value| value + 1.0).collect();
    for family in [Family::Poisson, Family::Gamma, Family::Tweedie] {
        let params = GlmParams { family, ..GlmParams::default() };
        let plain = fitted(&columns(&["x"], &[&x]), &y, &params).unwrap();
        for unit in [1e300, 1e-300] {
            let scaled: Vec<f64> = x.iter().map(|value| value * unit).collect();
            let model = fitted(&columns(&["x"], &[&scaled]), &y, &params).unwrap();
            assert!(
                (model.coefficients[0].estimate * unit / plain.coefficients[0].estimate - 1.0).abs() < 1e-11
            );
            assert!(
                (model.coefficients[0].z.unwrap() / plain.coefficients[0].z.unwrap() - 1.0).abs() < 1e-10
            );
        }
        let larger: Vec<f64> = y.iter().map(|value| value * 1e150).collect();
        let model = fitted(&columns(&["x"], &[&x]), &larger, &params).unwrap();
        assert!((model.coefficients[0].estimate / plain.coefficients[0].estimate - 1.0).abs() < 1e-11);
    }
}

#[test]
fn an_exposure_is_the_logarithm_as_offset_and_must_be_positive() {
    let (x, y) = counts();
    let months: Vec<f64> = (0..60).map(|row| f64::from(row % 11 + 1)).collect();
    let logs: Vec<f64> = months.iter().map(|&value| libm::log(value)).collect();
    let exposed = columns(&["x", "months"], &[&x, &months]);
    let params = GlmParams { exposure: Some("months".into()), ..GlmParams::default() };
    let model = fitted(&exposed, &y, &params).unwrap();
    let offset = columns(&["x", "logs"], &[&x, &logs]);
    let params = GlmParams { offset: Some("logs".into()), ..GlmParams::default() };
    let other = fitted(&offset, &y, &params).unwrap();
    assert_eq!((model.coefficients.len(), &model.coefficients), (1, &other.coefficients));
    let difference = model.predict(&exposed).unwrap()[7] - other.predict(&offset).unwrap()[7];
    assert!(difference.abs() < 1e-12);
    let zero = columns(&["x", "months"], &[&[1.0], &[0.0]]);
    assert_eq!(model.predict(&zero).map_err(|error| error.code()), Err("parameter"));
    let params = GlmParams { exposure: Some("years".into()), ..GlmParams::default() };
    assert_eq!(fitted(&exposed, &y, &params).map_err(|error| error.code()), Err("unknown-column"));
}

#[test]
fn sums_of_shards_equal_the_single_pass_bit_for_bit() {
    use crate::partial::{absorb_chunks, chunks, merge_all, summarize};
    let n_rows = 10_000;
    let x: Vec<f64> = (0..n_rows).map(|row| libm::sin(row as f64)).collect();
    let target: Vec<f64> = x.iter().map(|x| (x * x * 3.0).floor() / 3.0).collect();
    let matrix = columns(&["x"], &[&x]);
    let frame = Frame::new(&summarize(&matrix, || Ranges::new(1)), true);
    let rows = Rows { matrix: &matrix, target: &target, weights: None };
    let params = GlmParams::default();
    let task = Task { rows, frame: &frame, power: 1.5, offsets: None, params: &params };
    let fresh = || GlmSums::last(&task, &[0.3, -0.2]);
    let all: Vec<_> = chunks(n_rows).collect();
    let whole = summarize(&matrix, fresh);
    for per_shard in 1..=3 {
        let shards =
            all.chunks(per_shard).flat_map(|shard| absorb_chunks(&matrix, shard.iter().cloned(), fresh));
        let merged = merge_all(shards).unwrap();
        assert_eq!(
            (merged.objective, merged.deviance, merged.pearson),
            (whole.objective, whole.deviance, whole.pearson)
        );
        assert_eq!((merged.gradient, merged.curvature), (whole.gradient.clone(), whole.curvature.clone()));
    }
}
