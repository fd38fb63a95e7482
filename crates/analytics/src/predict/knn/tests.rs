use super::*;
use crate::random::generator;
use crate::registry::assert_documented;

const METRICS: [KnnMetric; 3] = [KnnMetric::Euclidean, KnnMetric::Manhattan, KnnMetric::Cosine];

fn matrix(width: usize, values: Vec<f64>) -> Matrix {
    Matrix::new((0..width).map(|column| format!("c{column}")).collect(), values).unwrap()
}

/// Rows on a coarse grid, so that many are equally far.
fn grid(n_rows: usize, width: usize, seed: u64) -> Matrix {
    use rand::Rng;
    let mut draws = generator(seed, 0);
    matrix(width, (0..n_rows * width).map(|_| f64::from(draws.gen_range(-4..5_i32)) / 2.0).collect())
}

fn learn(matrix: &Matrix, codes: &[u32], params: KnnParams) -> Result<Knn> {
    let n_classes = codes.iter().max().map_or(0, |&most| most as usize + 1);
    fit(&TrainingSet::new(matrix, Outcome::Classes { codes, n_classes })?, &params)
}

#[test]
fn the_registry_documents_the_real_parameters() {
    assert_documented(&METHOD, KnnParams::check);
}

#[test]
fn the_tree_and_the_blocks_find_the_same_rows_with_ties_by_position() {
    for width in [1, 2, 3, 5, 8] {
        let (rows, queries) = (grid(1500, width, 1), grid(60, width, 2));
        for metric in [KnnMetric::Euclidean, KnnMetric::Manhattan] {
            for k in [1, 7, 40] {
                let search = Search { values: rows.values(), width, metric, k };
                let by_blocks = search.by_blocks(queries.values());
                assert_eq!(search.by_tree(queries.values()), by_blocks, "{width} {metric:?} {k}");
                for (query, near) in queries.values().chunks_exact(width).zip(by_blocks.chunks_exact(k)) {
                    assert!(near.is_sorted_by(|a, b| (a.0, a.1) < (b.0, b.1)));
                    let apart = |row: &[f64]| -> f64 {
                        let columns = row.iter().zip(query);
                        match metric {
                            KnnMetric::Manhattan => columns.map(|(a, b)| (a - b).abs()).sum(),
                            _ => columns.map(|(a, b)| (a - b) * (a - b)).sum(),
                        }
                    };
                    let mut all: Vec<(f64, u32)> = rows.values().chunks_exact(width).map(apart).zip(0..).collect();
                    all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                    assert_eq!(near, &all[..k]);
                }
            }
        }
    }
}

#[test]
fn a_row_asked_about_itself_answers_alone_under_distance_weights() {
    let rows = grid(40, 6, 3);
    let values: Vec<f64> = (0..40).map(f64::from).collect();
    let set = TrainingSet::new(&rows, Outcome::Numbers(&values)).unwrap();
    for metric in [KnnMetric::Euclidean, KnnMetric::Manhattan] {
        let params = KnnParams { k: 3, weights: KnnWeights::Distance, metric };
        let found = fit(&set, &params).unwrap().predict(&rows).unwrap().scores(0);
        assert_eq!(found, values);
    }
}

#[test]
fn a_row_s_weight_multiplies_its_vote() {
    let rows = matrix(1, vec![0.0, 1.0, 2.0, 10.0]);
    let set = TrainingSet::new(&rows, Outcome::Classes { codes: &[0, 1, 1, 0], n_classes: 2 }).unwrap();
    let params = KnnParams { k: 3, ..KnnParams::default() };
    let model = fit(&set.with_weights(&[6.0, 1.0, 1.0, 1.0]).unwrap(), &params).unwrap();
    assert_eq!(model.predict(&matrix(1, vec![0.5])).unwrap().scores(1), [0.25]);
    assert!(model.holds_rows());
    let json = serde_json::to_string(&model).unwrap();
    assert_eq!(serde_json::from_str::<Knn>(&json).unwrap(), model);
}

#[test]
fn cosine_sees_directions_alone() {
    let rows = matrix(2, vec![1.0, 0.0, 0.0, 5.0, -3.0, 0.0, 0.0, 0.0]);
    let params = KnnParams { k: 1, metric: KnnMetric::Cosine, ..KnnParams::default() };
    let model = learn(&rows, &[0, 1, 2, 3], params).unwrap();
    let asked = matrix(2, vec![1e130, 1.0, 0.1, 0.2, -7.0, 1.0]);
    assert_eq!(model.predict(&asked).unwrap().most_probable(), Some(vec![0, 1, 2]));
}

#[test]
fn what_cannot_be_learned_or_asked_is_refused() {
    let few = learn(&matrix(1, vec![1.0, 2.0]), &[0, 1], KnnParams::default());
    assert_eq!(few, Err(Error::TooFewRows { needed: 5, found: 2 }));
    let one = KnnParams { k: 1, ..KnnParams::default() };
    for value in [1e300, 1e-300] {
        let refused = learn(&matrix(1, vec![value, 0.0]), &[0, 1], one.clone());
        assert_eq!(refused, Err(Error::OutOfScale { column: "c0".into() }));
    }
    let model = learn(&matrix(1, vec![1.0, 2.0]), &[0, 1], one).unwrap();
    assert_eq!(model.predict(&matrix(1, vec![1e300])).map_err(|error| error.code()), Err("out-of-scale"));
    assert_eq!(model.predict(&matrix(2, vec![1.0, 2.0])).map_err(|error| error.code()), Err("columns-differ"));
    assert_eq!(model.predict(&matrix(1, vec![1e-300])).unwrap().scores(0), [1.0]);
}

#[test]
fn constant_columns_duplicate_rows_and_more_columns_than_rows_are_answered() {
    let same = matrix(2, vec![3.0; 1200]);
    let codes: Vec<u32> = (0..600).map(|row| u32::from(row >= 5)).collect();
    let wide = matrix(50, (0..200).map(f64::from).collect());
    for metric in METRICS {
        let params = KnnParams { metric, ..KnnParams::default() };
        let model = learn(&same, &codes, params.clone()).unwrap();
        // All rows are equally far, so the first five answer.
        assert!(model.predict(&same).unwrap().scores(0).iter().all(|&share| share == 1.0), "{metric:?}");
        let model = learn(&wide, &[0, 1, 1, 1], KnnParams { k: 4, ..params }).unwrap();
        assert!(model.predict(&wide).unwrap().scores(1).iter().all(|&share| share == 0.75));
    }
}
