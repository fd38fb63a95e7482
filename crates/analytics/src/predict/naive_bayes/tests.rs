use proptest::prelude::*;

use super::*;
use crate::partial::{CHUNK_ROWS, absorb_chunks, merge_all, summarize};
use crate::predict::Outcome;
use crate::progress::{Progress, unwatched};
use crate::random::generator;
use crate::registry::assert_documented;

const KINDS: [NaiveBayesKind; 3] =
    [NaiveBayesKind::Gaussian, NaiveBayesKind::Multinomial, NaiveBayesKind::Bernoulli];

fn of_kind(kind: NaiveBayesKind) -> NaiveBayesParams {
    NaiveBayesParams { kind, ..NaiveBayesParams::default() }
}

fn matrix(width: usize, values: Vec<f64>) -> Matrix {
    Matrix::new((0..width).map(|column| format!("c{column}")).collect(), values).unwrap()
}

fn learn(matrix: &Matrix, codes: &[u32], weights: Option<&[f64]>, kind: NaiveBayesKind) -> Result<NaiveBayes> {
    let n_classes = codes.iter().max().map_or(0, |&most| most as usize + 1);
    let set = TrainingSet::new(matrix, Outcome::Classes { codes, n_classes })?;
    let set = weights.map_or(Ok(set), |weights| set.with_weights(weights))?;
    fit(&set, &of_kind(kind), &mut unwatched)
}

#[test]
fn the_registry_documents_the_real_parameters() {
    assert_documented(&METHOD, NaiveBayesParams::check);
}

#[test]
fn a_weight_of_two_is_a_row_twice() {
    let matrix = matrix(2, (0..40).map(|cell| f64::from(cell * 7 % 11)).collect());
    let codes: Vec<u32> = (0..20).map(|row| u32::from(row % 3 == 0)).collect();
    let weights: Vec<f64> = (0..20).map(|row| f64::from(1 + row % 2)).collect();
    let twice: Vec<usize> = (0..20).flat_map(|row| vec![row; weights[row] as usize]).collect();
    for kind in KINDS {
        let weighted = learn(&matrix, &codes, Some(&weights), kind).unwrap();
        let repeated_codes: Vec<u32> = twice.iter().map(|&row| codes[row]).collect();
        let repeated = learn(&matrix.take(&twice), &repeated_codes, None, kind).unwrap();
        let scores = |model: &NaiveBayes| model.predict(&matrix).unwrap().scores(1);
        assert!(scores(&weighted).iter().zip(scores(&repeated)).all(|(a, b)| (a - b).abs() < 1e-12));
        let json = serde_json::to_string(&weighted).unwrap();
        assert_eq!(serde_json::from_str::<NaiveBayes>(&json).unwrap(), weighted);
    }
}

#[test]
fn hostile_columns_give_finite_probabilities() {
    let codes = [0, 1, 0, 1];
    let columns: [&[f64]; 6] = [
        &[7.0; 4],
        &[0.0, 1.0, 0.0, 1.0],
        &[1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0],
        &[1e139, 0.0, 3e139, 1e130],
        &[1e-139, 0.0, 3e-139, 1e-140],
        &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 0.0],
    ];
    for kind in KINDS {
        for values in columns {
            let matrix = matrix(values.len() / 4, values.to_vec());
            let model = learn(&matrix, &codes, None, kind).unwrap();
            let positive = model.predict(&matrix).unwrap().scores(1);
            assert!(positive.iter().all(|p| (0.0..=1.0).contains(p)), "{kind:?} {values:?} {positive:?}");
        }
    }
}

#[test]
fn columns_without_variance_give_the_classes_shares() {
    let matrix = matrix(2, vec![3.0; 8]);
    let model = learn(&matrix, &[0, 1, 1, 1], None, NaiveBayesKind::Gaussian).unwrap();
    assert!(model.predict(&matrix).unwrap().scores(1).iter().all(|p| (p - 0.75).abs() < 1e-15));
}

#[test]
fn what_cannot_be_learned_is_refused() {
    let code = |values: Vec<f64>, codes: &[u32], kind| {
        learn(&matrix(1, values), codes, None, kind).map_err(|error| error.code())
    };
    assert_eq!(code(vec![1e300, 1.0], &[0, 1], NaiveBayesKind::Gaussian), Err("out-of-scale"));
    assert_eq!(code(vec![1e-300, 1e-301], &[0, 1], NaiveBayesKind::Gaussian), Err("out-of-scale"));
    assert_eq!(code(vec![1.0, -1.0], &[0, 1], NaiveBayesKind::Multinomial), Err("negative"));
    assert_eq!(code(vec![1.0], &[0], NaiveBayesKind::Gaussian), Err("classes"));
    let many: Vec<u32> = (0..1001).collect();
    assert_eq!(code((0..1001).map(f64::from).collect(), &many, NaiveBayesKind::Gaussian), Err("classes"));
    let numbers = matrix(1, vec![1.0, 2.0]);
    let set = TrainingSet::new(&numbers, Outcome::Numbers(&[1.0, 2.0])).unwrap();
    let refused = fit(&set, &NaiveBayesParams::default(), &mut unwatched);
    assert_eq!(refused.map_err(|error| error.code()), Err("wrong-type"));
    let model = learn(&numbers, &[0, 1], None, NaiveBayesKind::Gaussian).unwrap();
    let far = model.predict(&matrix(1, vec![1e300]));
    assert_eq!(far.map_err(|error| error.code()), Err("out-of-scale"));
    let counts = learn(&numbers, &[0, 1], None, NaiveBayesKind::Multinomial).unwrap();
    assert_eq!(counts.predict(&matrix(1, vec![-1.0])).map_err(|error| error.code()), Err("negative"));
    let set = TrainingSet::new(&numbers, Outcome::Classes { codes: &[0, 1], n_classes: 2 }).unwrap();
    let mut stop = |_: Progress| std::ops::ControlFlow::Break(());
    assert_eq!(fit(&set, &NaiveBayesParams::default(), &mut stop), Err(Error::Cancelled));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn sums_of_any_shards_equal_the_single_pass_bit_for_bit(
        extra in 1_usize..CHUNK_ROWS, shards in 1_usize..5, seed in any::<u64>()
    ) {
        use rand::Rng;
        let mut draws = generator(seed, 0);
        let n_rows = 2 * CHUNK_ROWS + extra;
        let matrix = matrix(2, (0..2 * n_rows).map(|_| draws.gen_range(-1.0..1.0)).collect());
        let codes: Vec<u32> = (0..n_rows).map(|_| draws.gen_range(0_u32..3)).collect();
        let weights: Vec<f64> = (0..n_rows).map(|_| draws.gen_range(0.5..2.0)).collect();
        let labels = Labels { codes: &codes, n_classes: 3, weights: Some(&weights) };
        let all: Vec<_> = chunks(n_rows).collect();
        let per_shard = all.len().div_ceil(shards);
        let moments = || Moments::new(labels, 2);
        let partials = all.chunks(per_shard).flat_map(|shard| absorb_chunks(&matrix, shard.iter().cloned(), moments));
        prop_assert_eq!(merge_all(partials).unwrap(), summarize(&matrix, moments));
        let counts = || Counts::new(labels, 2, Some(0.1));
        let partials = all.chunks(per_shard).flat_map(|shard| absorb_chunks(&matrix, shard.iter().cloned(), counts));
        prop_assert_eq!(merge_all(partials).unwrap(), summarize(&matrix, counts));
    }
}
