use super::whiten::{Within, WithinFactor};
use super::*;
use crate::predict::Outcome;
use crate::predict::linear::{Design, RFactor};
use crate::progress::unwatched;
use crate::registry::assert_documented;

fn rows(n_rows: usize, n_columns: usize) -> (Matrix, Vec<u32>) {
    let codes: Vec<u32> = (0..n_rows as u32).map(|row| row % 3).collect();
    let cell = |at: usize| {
        let (row, column) = (at / n_columns, at % n_columns);
        libm::sin((at * at) as f64) + f64::from(codes[row]) * if column == 0 { 1.0 } else { 0.2 }
    };
    let values = (0..n_rows * n_columns).map(cell).collect();
    let names = (0..n_columns).map(|column| format!("x{column}")).collect();
    (Matrix::new(names, values).unwrap(), codes)
}

fn fitted(matrix: &Matrix, codes: &[u32], shrinkage: Shrinkage) -> Result<Lda> {
    let n_classes = codes.iter().max().map_or(0, |&most| most as usize + 1);
    let set = TrainingSet::new(matrix, Outcome::Classes { codes, n_classes })?;
    fit(&set, &LdaParams { shrinkage, ..LdaParams::default() }, &mut unwatched)
}

#[test]
fn the_registry_documents_the_real_parameters() {
    assert_documented(&METHOD, LdaParams::check);
}

#[test]
fn constant_duplicate_and_many_columns_are_no_trouble() {
    let (matrix, codes) = rows(30, 4);
    let plain = fitted(&matrix, &codes, Shrinkage::None).unwrap();
    let wider = matrix.values().chunks_exact(4).flat_map(|row| [row[0], row[1], row[2], row[3], row[1], 7.5]);
    let names = ["x0", "x1", "x2", "x3", "copy", "seven"].map(str::to_owned).to_vec();
    let wider = Matrix::new(names, wider.collect()).unwrap();
    let same = fitted(&wider, &codes, Shrinkage::None).unwrap();
    let (Prediction::Probabilities { values: a, .. }, Prediction::Probabilities { values: b, .. }) =
        (plain.predict(&matrix).unwrap(), same.predict(&wider).unwrap())
    else {
        panic!("classes have probabilities")
    };
    a.iter().zip(&b).for_each(|(a, b)| assert!((a - b).abs() < 1e-9));
    assert!(fitted(&wider, &codes, Shrinkage::Auto).is_ok());
    let (wide, codes) = rows(9, 20);
    for shrinkage in [Shrinkage::None, Shrinkage::Auto, Shrinkage::Fixed] {
        assert!(fitted(&wide, &codes, shrinkage).is_ok());
    }
}

#[test]
fn rows_that_cannot_be_parted_are_refused() {
    let (matrix, _) = rows(3, 2);
    let code = |result: Result<Lda>| result.map_err(|error| error.code()).err();
    assert_eq!(code(fitted(&matrix, &[0, 1, 2], Shrinkage::None)), Some("too-few-rows"));
    assert_eq!(code(fitted(&matrix, &[0, 0, 0], Shrinkage::None)), Some("classes"));
    let flat = Matrix::new(vec!["x".into()], vec![1.0, 1.0, 2.0, 2.0]).unwrap();
    for shrinkage in [Shrinkage::None, Shrinkage::Auto, Shrinkage::Fixed] {
        assert_eq!(code(fitted(&flat, &[0, 0, 1, 1], shrinkage)), Some("separation"));
    }
    let huge = Matrix::new(vec!["x".into()], vec![1e300, -1e300, 2.0, 3.0]).unwrap();
    assert_eq!(code(fitted(&huge, &[0, 0, 1, 1], Shrinkage::None)), Some("out-of-scale"));
    let set = TrainingSet::new(&flat, Outcome::Classes { codes: &[0, 1, 0, 1], n_classes: 2 }).unwrap();
    let weighted = set.with_weights(&[1.0; 4]).unwrap();
    assert_eq!(code(fit(&weighted, &LdaParams::default(), &mut unwatched)), Some("parameter"));
}

#[test]
fn classes_of_one_mean_are_told_apart_by_their_frequency_alone() {
    let matrix = Matrix::new(vec!["x".into()], vec![1.0, -1.0, 1.0, -1.0, 1.0, -1.0]).unwrap();
    let model = fitted(&matrix, &[0, 0, 1, 1, 0, 0], Shrinkage::None).unwrap();
    let Prediction::Probabilities { values, .. } = model.predict(&matrix).unwrap() else {
        panic!("classes have probabilities")
    };
    values.chunks_exact(2).for_each(|row| assert!((row[0] - 2.0 / 3.0).abs() < 1e-12));
    assert_eq!(model.transform(&matrix).map_err(|error| error.code()), Err("empty"));
}

#[test]
fn rows_within_a_class_have_variance_one_along_each_axis() {
    let (matrix, codes) = rows(300, 4);
    let model = fitted(&matrix, &codes, Shrinkage::None).unwrap();
    let places = model.transform(&matrix).unwrap();
    assert_eq!((places.n_columns(), model.axes.len()), (2, 2));
    for axis in 0..2 {
        let values = places.column(axis);
        let mean = |class: u32| {
            let of_class = codes.iter().zip(&values).filter(|(code, _)| **code == class);
            of_class.map(|(_, value)| value).sum::<f64>() / 100.0
        };
        let means = [mean(0), mean(1), mean(2)];
        let squares: f64 =
            codes.iter().zip(&values).map(|(&code, value)| (value - means[code as usize]).powi(2)).sum();
        assert!((squares / 300.0 - 1.0).abs() < 1e-12);
    }
}

#[test]
fn sums_of_shards_equal_the_single_pass_bit_for_bit() {
    use crate::partial::{absorb_chunks, chunks, merge_all, summarize};
    let (matrix, codes) = rows(9000, 3);
    let labels: Vec<f64> = codes.iter().map(|&code| f64::from(code)).collect();
    let rows = Rows { matrix: &matrix, target: &labels, weights: None };
    let class_means = vec![vec![0.1; 3]; 3];
    let task = Task { rows, class_means: &class_means, priors: &[0.3; 3], counts: &[3000.0; 3] };
    let design = Design::unscaled(3, false);
    let factor = || WithinFactor { task: &task, factor: RFactor::new(&design) };
    let products = || Within { task: &task, products: vec![vec![0.0; 9]; 3] };
    let all: Vec<_> = chunks(9000).collect();
    for per_shard in 1..=2 {
        let shards = || all.chunks(per_shard);
        let merged = shards().flat_map(|shard| absorb_chunks(&matrix, shard.iter().cloned(), factor));
        assert_eq!(merge_all(merged).unwrap().factor, summarize(&matrix, factor).factor);
        let merged = shards().flat_map(|shard| absorb_chunks(&matrix, shard.iter().cloned(), products));
        assert_eq!(merge_all(merged).unwrap().products, summarize(&matrix, products).products);
    }
}
