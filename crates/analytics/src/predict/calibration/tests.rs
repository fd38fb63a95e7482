use proptest::prelude::*;

use super::*;

fn params(kind: CalibrationKind) -> CalibrationParams {
    CalibrationParams { kind }
}

const BOTH: [CalibrationKind; 2] = [CalibrationKind::Sigmoid, CalibrationKind::Isotonic];

#[test]
fn probabilities_that_are_already_right_stay_nearly_as_they_are() {
    // 200 rows at each of nine probabilities, with exactly that share of positives.
    let rows = (1..10).flat_map(|tenth| (0..200).map(move |row| (f64::from(tenth) / 10.0, row < 20 * tenth)));
    let (scores, positive): (Vec<f64>, Vec<bool>) = rows.unzip();
    let codes: Vec<u32> = positive.iter().map(|&is| u32::from(is)).collect();
    let prediction = Prediction::two_classes(&scores);
    for kind in BOTH {
        let calibrator = calibrate(&prediction, &codes, None, &params(kind)).unwrap();
        let again = calibrator.apply(&prediction).unwrap().scores(1);
        // The floor of half a row's share and Platt's targets move the sigmoid by about a row in 1,800.
        assert!(again.iter().zip(&scores).all(|(again, score)| (again - score).abs() < 2e-3));
    }
}

#[test]
fn scores_that_say_nothing_or_lie_give_the_share_in_the_model_s_order() {
    let scores: Vec<f64> = (0..100).map(|row| f64::from(row) / 100.0).collect();
    let codes: Vec<u32> = (0..100).map(|row| u32::from(row < 30)).collect();
    let backwards = Prediction::two_classes(&scores);
    let calibrator = calibrate(&backwards, &codes, None, &params(CalibrationKind::Sigmoid)).unwrap();
    let positive = calibrator.apply(&backwards).unwrap().scores(1);
    assert!(positive.is_sorted_by(|left, right| left < right));
    assert!(positive.iter().all(|probability| (probability - 31.0 / 102.0).abs() < 1e-5));
    for kind in BOTH {
        let level = Prediction::two_classes(&[0.5; 100]);
        let calibrator = calibrate(&level, &codes, None, &params(kind)).unwrap();
        let positive = calibrator.apply(&level).unwrap().scores(1);
        assert!(positive.iter().all(|probability| (probability - 0.3).abs() < 0.01), "{kind:?}");
    }
}

#[test]
fn separated_classes_stay_inside_zero_and_one_under_the_sigmoid() {
    let scores: Vec<f64> = (0..100).map(|row| f64::from(u8::from(row >= 50))).collect();
    let codes: Vec<u32> = (0..100).map(|row| u32::from(row >= 50)).collect();
    let prediction = Prediction::two_classes(&scores);
    let calibrator = calibrate(&prediction, &codes, None, &params(CalibrationKind::Sigmoid)).unwrap();
    let positive = calibrator.apply(&prediction).unwrap().scores(1);
    assert!((positive[0] - 1.0 / 52.0).abs() < 1e-9 && (positive[99] - 51.0 / 52.0).abs() < 1e-9);
}

#[test]
fn a_weight_of_two_is_a_row_twice() {
    let scores = [0.1, 0.4, 0.35, 0.8, 0.7, 0.2, 0.9, 0.6];
    let codes = [0, 0, 1, 1, 0, 0, 1, 1];
    let weights = [1.0, 2.0, 1.0, 2.0, 1.0, 1.0, 2.0, 1.0];
    let twice: Vec<usize> = (0..8).flat_map(|row| vec![row; weights[row] as usize]).collect();
    let positive: Vec<bool> = codes.iter().map(|&code| code == 1).collect();
    let weighted = Sigmoid::fit(&scores, &positive, Some(&weights));
    let repeated = Sigmoid::fit(
        &twice.iter().map(|&row| scores[row]).collect::<Vec<_>>(),
        &twice.iter().map(|&row| positive[row]).collect::<Vec<_>>(),
        None,
    );
    assert!(
        (weighted.slope - repeated.slope).abs() < 1e-9 && (weighted.offset - repeated.offset).abs() < 1e-9
    );
    let shares: Vec<f64> = codes.iter().map(|&code| f64::from(code)).collect();
    let weighted = Isotonic::fit(&scores, &shares, Some(&weights));
    let repeated = Isotonic::fit(
        &twice.iter().map(|&row| scores[row]).collect::<Vec<_>>(),
        &twice.iter().map(|&row| shares[row]).collect::<Vec<_>>(),
        None,
    );
    assert_eq!(weighted, repeated);
}

#[test]
fn what_cannot_be_calibrated_is_refused() {
    let prediction = Prediction::two_classes(&[0.1, 0.9, 0.4]);
    let code = |prediction: &Prediction, codes: &[u32]| {
        calibrate(prediction, codes, None, &CalibrationParams::default()).map_err(|error| error.code())
    };
    assert_eq!(code(&prediction, &[0, 0, 0]), Err("classes"));
    assert_eq!(code(&prediction, &[0, 1, 2]), Err("classes"));
    assert_eq!(code(&prediction, &[0, 1]), Err("length-mismatch"));
    assert_eq!(code(&Prediction::Numbers(vec![0.5; 3]), &[0, 1, 0]), Err("wrong-type"));
    assert_eq!(code(&Prediction::two_classes(&[0.1, 0.9, 1e300]), &[0, 1, 0]), Err("not-finite"));
    let calibrator = calibrate(&prediction, &[0, 1, 0], None, &CalibrationParams::default()).unwrap();
    let three = Prediction::Probabilities { n_classes: 3, values: vec![0.2, 0.3, 0.5] };
    assert_eq!(calibrator.apply(&three).map_err(|error| error.code()), Err("classes"));
}

#[test]
fn scores_of_any_size_make_a_curve() {
    for unit in [1e-300, 1e-160, 1e160, 1e300] {
        let scores: Vec<f64> = (0..50).map(|row| f64::from(row * 7 % 50 - 25) / 25.0 * unit).collect();
        let positive: Vec<bool> = (0..50).map(|row| row * 7 % 50 + row % 9 > 28).collect();
        let sigmoid = Sigmoid::fit(&scores, &positive, None);
        assert!(scores.iter().all(|&score| (0.0..=1.0).contains(&sigmoid.probability(score))), "{unit:e}");
        let shares: Vec<f64> = positive.iter().map(|&is| f64::from(u8::from(is))).collect();
        let isotonic = Isotonic::fit(&scores, &shares, None);
        assert!(scores.iter().all(|&score| (0.0..=1.0).contains(&isotonic.value(score))), "{unit:e}");
    }
}

#[test]
fn calibrators_come_back_from_json_to_the_last_bit() {
    let values = vec![0.2, 0.3, 0.5, 0.6, 0.3, 0.1, 0.1, 0.7, 0.2, 0.3, 0.3, 0.4];
    let prediction = Prediction::Probabilities { n_classes: 3, values };
    for kind in BOTH {
        let calibrator = calibrate(&prediction, &[2, 0, 1, 2], None, &params(kind)).unwrap();
        let json = serde_json::to_string(&calibrator).unwrap();
        assert_eq!(serde_json::from_str::<Calibrator>(&json).unwrap(), calibrator);
    }
}

proptest! {
    #[test]
    fn curves_never_fall_and_rows_sum_to_one(
        rows in prop::collection::vec((0.0..1.0, 0.0..1.0, 0.01..1.0, 0_u32..3), 3..60), isotonic in any::<bool>()
    ) {
        let values = rows.iter().flat_map(|row| {
            let sum = row.0 + row.1 + row.2;
            [row.0 / sum, row.1 / sum, row.2 / sum]
        });
        let prediction = Prediction::Probabilities { n_classes: 3, values: values.collect() };
        let codes: Vec<u32> = rows.iter().enumerate().map(|(at, row)| if at < 3 { at as u32 } else { row.3 }).collect();
        let kind = BOTH[usize::from(isotonic)];
        let calibrator = calibrate(&prediction, &codes, None, &params(kind)).unwrap();
        for curve in &calibrator.curves {
            let heights: Vec<f64> = (0..=100).map(|at| curve.probability(f64::from(at) / 100.0)).collect();
            prop_assert!(heights.is_sorted());
        }
        let Prediction::Probabilities { values, .. } = calibrator.apply(&prediction).unwrap() else { unreachable!() };
        for row in values.chunks_exact(3) {
            prop_assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }
}
