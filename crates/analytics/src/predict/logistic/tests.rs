use proptest::prelude::*;

use super::sums::NewtonSums;
use super::*;
use crate::partial::{CHUNK_ROWS, absorb_chunks, chunks, merge_all};
use crate::predict::weighted::Weighted;
use crate::progress::{Progress, unwatched};
use crate::registry::assert_documented;

fn columns(names: &[&str], columns: &[&[f64]]) -> Matrix {
    let values =
        (0..columns[0].len()).flat_map(|row| columns.iter().map(move |column| column[row])).collect();
    Matrix::new(names.iter().map(|name| (*name).to_owned()).collect(), values).unwrap()
}

fn overlapping() -> (Vec<f64>, Vec<bool>) {
    let x: Vec<f64> = (0..40).map(f64::from).collect();
    let labels = (0..40).map(|row| (row * 7 % 13) + row > 22).collect();
    (x, labels)
}

fn code(matrix: &Matrix, labels: &[bool], l2: f64) -> &'static str {
    let params = LogisticParams { l2, ..LogisticParams::default() };
    fit(matrix, labels, &params, &mut unwatched).map_or_else(|error| error.code(), |_| "fitted")
}

#[test]
fn the_registry_documents_the_real_parameters() {
    assert_documented(&METHOD, LogisticParams::check);
}

#[test]
fn separated_classes_ask_for_a_penalty() {
    let x: Vec<f64> = (0..20).map(f64::from).collect();
    let completely: Vec<bool> = (0..20).map(|row| row >= 10).collect();
    let matrix = columns(&["x"], &[&x]);
    assert_eq!(code(&matrix, &completely, 0.0), "separation");
    assert_eq!(code(&matrix, &completely, 0.1), "fitted");
    // One value where both classes meet: quasi-complete separation.
    let touching: Vec<f64> = (0..20).map(|row| f64::from(if row == 9 { 10 } else { row })).collect();
    assert_eq!(code(&columns(&["x"], &[&touching]), &completely, 0.0), "separation");
    // An indicator whose level is always positive, beside a column where the classes overlap.
    let (x, mut labels) = overlapping();
    let level: Vec<f64> = (0..40).map(|row| f64::from(u8::from(row % 5 == 0))).collect();
    labels.iter_mut().enumerate().for_each(|(row, label)| *label |= row % 5 == 0);
    assert_eq!(code(&columns(&["x", "level"], &[&x, &level]), &labels, 0.0), "separation");
    assert_eq!(code(&columns(&["x", "level"], &[&x, &level]), &labels, 1.0), "fitted");
}

#[test]
fn unusable_rows_are_refused() {
    let (x, labels) = overlapping();
    let matrix = columns(&["x"], &[&x]);
    assert_eq!(code(&matrix, &[true; 40], 0.0), "classes");
    assert_eq!(code(&matrix, &[true; 3], 0.0), "length-mismatch");
    assert_eq!(code(&columns(&["x"], &[&[1.0]]), &[true], 0.0), "classes");
    assert_eq!(code(&matrix, &labels, f64::NAN), "parameter");
    let doubled: Vec<f64> = x.iter().map(|value| 2.0 * value + 1.0).collect();
    let duplicated = columns(&["x", "copy"], &[&x, &doubled]);
    let refused = fit(&duplicated, &labels, &LogisticParams::default(), &mut unwatched);
    assert_eq!(refused, Err(Error::Collinear { column: "copy".into() }));
    assert_eq!(code(&duplicated, &labels, 1.0), "fitted");
    assert_eq!(code(&columns(&["x", "seven"], &[&x, &[7.0; 40]]), &labels, 0.0), "collinear");
    assert_eq!(code(&columns(&["x", "seven"], &[&x, &[7.0; 40]]), &labels, 1.0), "fitted");
}

#[test]
fn more_columns_than_rows_need_a_penalty() {
    let wide = columns(
        &["a", "b", "c", "d"],
        &[&[1.0, 2.0, 0.5], &[0.0, 1.0, 3.0], &[2.0, 2.5, 1.0], &[1.0, 9.0, 4.0]],
    );
    let refused = code(&wide, &[true, false, true], 0.0);
    assert!(refused == "collinear" || refused == "separation", "{refused}");
    assert_eq!(code(&wide, &[true, false, true], 0.5), "fitted");
}

#[test]
fn units_of_any_size_give_the_same_fit() {
    let (x, labels) = overlapping();
    let plain = fit(&columns(&["x"], &[&x]), &labels, &LogisticParams::default(), &mut unwatched).unwrap();
    for unit in [1e300, 1e-300] {
        let scaled: Vec<f64> = x.iter().map(|value| value * unit).collect();
        let matrix = columns(&["x"], &[&scaled]);
        let model = fit(&matrix, &labels, &LogisticParams::default(), &mut unwatched).unwrap();
        assert!((model.coefficients[0].estimate * unit / plain.coefficients[0].estimate - 1.0).abs() < 1e-12);
        assert!((model.log_likelihood - plain.log_likelihood).abs() < 1e-12);
        assert!(model.predict_probability(&matrix).unwrap().iter().all(|p| *p > 0.0 && *p < 1.0));
    }
}

#[test]
fn probabilities_stay_strictly_inside() {
    let (x, labels) = overlapping();
    let model = fit(&columns(&["x"], &[&x]), &labels, &LogisticParams::default(), &mut unwatched).unwrap();
    let far = columns(&["x"], &[&[-1e6, 1e6, f64::MAX, f64::MIN]]);
    assert!(model.predict_probability(&far).unwrap().iter().all(|p| *p > 0.0 && *p < 1.0));
}

#[test]
fn a_penalty_takes_away_the_standard_errors() {
    let (x, labels) = overlapping();
    let params = LogisticParams { l2: 1.0, ..LogisticParams::default() };
    let model = fit(&columns(&["x"], &[&x]), &labels, &params, &mut unwatched).unwrap();
    assert_eq!((model.coefficients[0].inference, model.aic), (None, None));
    let json = serde_json::to_string(&model).unwrap();
    assert_eq!(serde_json::from_str::<Logistic>(&json).unwrap(), model);
}

#[test]
fn the_watcher_can_stop_the_work() {
    let (x, labels) = overlapping();
    let mut stop = |_: Progress| std::ops::ControlFlow::Break(());
    let stopped = fit(&columns(&["x"], &[&x]), &labels, &LogisticParams::default(), &mut stop);
    assert_eq!(stopped, Err(Error::Cancelled));
}

#[test]
fn a_penalty_on_sizes_leaves_columns_out_and_needs_no_independence() {
    let (x, labels) = overlapping();
    let noise: Vec<f64> = (0..40).map(|row| libm::sin(f64::from(row) * 1.7)).collect();
    let matrix = columns(&["x", "noise", "copy", "seven"], &[&x, &noise, &x, &[7.0; 40]]);
    let params = LogisticParams { l1: 2.0, ..LogisticParams::default() };
    let model = fit(&matrix, &labels, &params, &mut unwatched).unwrap();
    let estimates: Vec<f64> = model.coefficients.iter().map(|term| term.estimate).collect();
    assert!(
        estimates[0] + estimates[2] > 0.05 && estimates[1] == 0.0 && estimates[3] == 0.0,
        "{estimates:?}"
    );
    assert_eq!((model.coefficients[0].inference, model.aic), (None, None));
}

#[test]
fn weights_are_repeated_rows() {
    let (x, labels) = overlapping();
    let matrix = columns(&["x"], &[&x]);
    let codes: Vec<u32> = labels.iter().map(|&label| u32::from(label)).collect();
    let weights: Vec<f64> = (0..40).map(|row| f64::from(1 + row % 3)).collect();
    let repeated: Vec<usize> = (0..40).flat_map(|row| vec![row; weights[row] as usize]).collect();
    let repeated_labels: Vec<bool> = repeated.iter().map(|&row| labels[row]).collect();
    let outcome = crate::predict::Outcome::Classes { codes: &codes, n_classes: 2 };
    let set = TrainingSet::new(&matrix, outcome).unwrap().with_weights(&weights).unwrap();
    let weighted = fit_set(&set, &LogisticParams::default(), &mut unwatched).unwrap();
    let plain =
        fit(&matrix.take(&repeated), &repeated_labels, &LogisticParams::default(), &mut unwatched).unwrap();
    let errors = |model: &Logistic| model.coefficients[0].inference.unwrap().standard_error;
    assert!((weighted.coefficients[0].estimate / plain.coefficients[0].estimate - 1.0).abs() < 1e-12);
    assert!((errors(&weighted) / errors(&plain) - 1.0).abs() < 1e-12);
    assert!((weighted.null_log_likelihood - plain.null_log_likelihood).abs() < 1e-10);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn sums_of_any_shards_equal_the_single_pass_bit_for_bit(
        extra in 1_usize..CHUNK_ROWS, shards in 1_usize..5, seed in any::<u64>()
    ) {
        use rand::Rng;
        let mut generator = crate::random::generator(seed, 0);
        let n_rows = 2 * CHUNK_ROWS + extra;
        let values = (0..2 * n_rows).map(|_| generator.gen_range(-1.0..1.0)).collect();
        let matrix = Matrix::new(vec!["a".into(), "b".into()], values).unwrap();
        let target: Vec<f64> = (0..n_rows).map(|_| f64::from(generator.gen_range(0_u8..2))).collect();
        let frame = Frame::new(&summarize(&matrix, || Ranges::new(2)), true);
        let all_rows = Rows { matrix: &matrix, target: &target, weights: None };
        let fresh = || Weighted { rows: all_rows, sum: NewtonSums::new(&frame, &[0.1, 0.2, -0.3], &[0.0; 3]) };
        let all: Vec<_> = chunks(n_rows).collect();
        let per_shard = all.len().div_ceil(shards);
        let partials = all.chunks(per_shard).flat_map(|shard| absorb_chunks(&matrix, shard.iter().cloned(), fresh));
        prop_assert_eq!(merge_all(partials).unwrap().sum, summarize(&matrix, fresh).sum);
    }
}

#[test]
fn a_start_from_few_rows_ends_where_a_start_from_zero_does() {
    use rand::Rng;
    let mut draws = crate::random::generator(6, 0);
    let (mut values, mut labels) = (Vec::new(), Vec::new());
    for _ in 0..6000 {
        let row = [draws.gen_range(-2.0..2.0), draws.gen_range(-1.0..3.0)];
        let log_odds: f64 = 0.4 + 1.5 * row[0] - row[1];
        labels.push(draws.gen_range(0.0..1.0) < 1.0 / (1.0 + (-log_odds).exp()));
        values.extend(row);
    }
    let matrix = Matrix::new(vec!["a".into(), "b".into()], values).unwrap();
    let warm = fit(&matrix, &labels, &LogisticParams::default(), &mut unwatched).unwrap();
    // A third of the rows is too few for such a start; three times over they have one, and the same optimum.
    let terms = |fit: &Logistic| {
        let all = fit.intercept.iter().chain(&fit.coefficients);
        all.map(|term| (term.estimate, term.inference.unwrap().standard_error)).collect::<Vec<_>>()
    };
    let few = |rows: Vec<usize>| {
        let labels: Vec<bool> = rows.iter().map(|&row| labels[row]).collect();
        fit(&matrix.take(&rows), &labels, &LogisticParams::default(), &mut unwatched).unwrap()
    };
    let cold = few((0..2000).collect());
    let same = few((0..2000).flat_map(|row| [row, row, row]).collect());
    for ((cold, error), (same, other)) in terms(&cold).into_iter().zip(terms(&same)) {
        assert!((cold - same).abs() <= 1e-8 * error, "{cold} {same}");
        assert!((error / other / 3.0f64.sqrt() - 1.0).abs() < 1e-9);
    }
    assert!(warm.iterations < cold.iterations, "{} {}", warm.iterations, cold.iterations);
}
