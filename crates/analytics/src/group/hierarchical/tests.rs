//! What merging finds, refuses and promises.

use proptest::prelude::*;
use rand::Rng;

use super::*;
use crate::progress::unwatched;

const LINKAGES: [Linkage; 4] = [Linkage::Ward, Linkage::Complete, Linkage::Average, Linkage::Single];

fn matrix(width: usize, values: Vec<f64>) -> Matrix {
    Matrix::new((0..width).map(|it| format!("x{it}")).collect(), values).unwrap()
}

fn fit(matrix: &Matrix, k: usize, linkage: Linkage) -> Result<HierarchicalFit> {
    let params = HierarchicalParams { k, linkage, ..HierarchicalParams::default() };
    fit_hierarchical(matrix, &params, 1, &mut unwatched)
}

#[test]
fn the_registry_describes_the_parameters() {
    crate::registry::assert_documented(&METHOD, HierarchicalParams::check);
}

#[test]
fn four_numbers_merge_as_paper_and_pencil_say() {
    let line = matrix(1, vec![0.0, 1.0, 5.0, 9.0]);
    let last = |linkage| {
        fit(&line, 2, linkage).unwrap().dendrogram.merges.iter().map(|it| it.height).collect::<Vec<_>>()
    };
    assert_eq!(last(Linkage::Single), [1.0, 4.0, 4.0]);
    assert_eq!(last(Linkage::Complete), [1.0, 4.0, 9.0]);
    assert_eq!(last(Linkage::Average), [1.0, 4.0, 6.5]);
    let ward = last(Linkage::Ward);
    // Two pairs of means 0.5 and 7: √(2 · 2 · 2 / 4) · 6.5.
    assert!((ward[2] - 2f64.sqrt() * 6.5).abs() < 1e-14 && ward[..2] == [1.0, 4.0]);
    let found = fit(&line, 2, Linkage::Ward).unwrap();
    assert_eq!(found.labels, [0, 0, 1, 1]);
    assert_eq!(found.model.cut.0, Some(4.0));
    assert_eq!(found.dendrogram.top(1)[0], Merge { left: 4, right: 5, height: ward[2], size: 4 });
    assert_eq!(found.model.predict(&matrix(1, vec![3.0, 4.0])).unwrap(), [0, 1]);
}

#[test]
fn past_the_limit_a_draw_is_merged_and_the_rest_joins() {
    let values = (0..900).map(|row| f64::from(row % 3) * 100.0 + f64::from(row % 7)).collect();
    let matrix = matrix(1, values);
    for linkage in LINKAGES {
        let params = HierarchicalParams { k: 3, linkage, max_rows: 60 };
        let found = fit_hierarchical(&matrix, &params, 4, &mut unwatched).unwrap();
        assert_eq!((found.model.rows_used, found.dendrogram.merges.len()), (60, 59));
        assert!((0..900).all(|row| found.labels[row] == found.labels[row % 3]));
    }
}

#[test]
fn awkward_tables_give_an_answer_or_an_error() {
    let cases: [(&str, Matrix, usize, std::result::Result<usize, &str>); 8] = [
        ("one row", matrix(2, vec![1.0, 2.0]), 1, Ok(0)),
        ("more groups than rows", matrix(1, vec![1.0, 2.0]), 3, Err("too-few-rows")),
        ("as many groups as rows", matrix(1, vec![1.0, 2.0, 4.0]), 3, Ok(2)),
        ("all rows alike", matrix(1, vec![3.0; 9]), 2, Ok(8)),
        ("a constant column, twice", matrix(3, [1.0, 5.0, 5.0, 2.0, 5.0, 5.0].repeat(3)), 2, Ok(5)),
        ("more columns than rows", matrix(4, vec![1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]), 2, Ok(1)),
        ("huge numbers", matrix(1, vec![1e300, -1e300, 0.0]), 2, Err("out-of-scale")),
        ("tiny numbers", matrix(1, vec![1e-300, -1e-300, 0.0]), 2, Err("out-of-scale")),
    ];
    for (name, matrix, k, expected) in cases {
        for linkage in LINKAGES {
            let found = fit(&matrix, k, linkage);
            let n_merges = found.as_ref().map(|fit| fit.dendrogram.merges.len()).map_err(Error::code);
            assert_eq!(n_merges, expected, "{name} {linkage:?}");
            if let Ok(found) = found {
                assert_eq!(*found.labels.iter().max().unwrap() as usize, k - 1, "{name} {linkage:?}");
                assert!(found.model.centroids.concat().iter().all(|it| it.is_finite()), "{name}");
            }
        }
    }
}

#[test]
fn a_tree_read_from_anywhere_can_be_cut_anywhere() {
    let odd =
        Dendrogram { rows: vec![0, 1], merges: vec![Merge { left: 9, right: 0, height: 1.0, size: 7 }; 5] };
    for k in [0, 1, 2, 9] {
        assert_eq!(odd.cut(k).len(), 2);
        let _ = odd.heights_at(k);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_tree_is_that_of_merging_the_nearest_pair_each_time(n_rows in 2usize..40, seed in 0u64..300, at in 0usize..4) {
        let linkage = LINKAGES[at];
        let mut draws = crate::random::generator(seed, 0);
        let matrix = matrix(2, (0..n_rows * 2).map(|_| draws.gen_range(0.0..10.0)).collect());
        let found = fit(&matrix, 1, linkage).unwrap();
        let mut groups: Vec<Vec<usize>> = (0..n_rows).map(|row| vec![row]).collect();
        let far = |a: usize, b: usize| crate::group::kmeans::assign::squared_distance(matrix.row(a), matrix.row(b)).sqrt();
        let mean = |group: &[usize], column: usize| group.iter().map(|&row| matrix.row(row)[column]).sum::<f64>() / group.len() as f64;
        let height = |left: &[usize], right: &[usize]| {
            let pairs: Vec<f64> = left.iter().flat_map(|&a| right.iter().map(move |&b| far(a, b))).collect();
            match linkage {
                Linkage::Single => pairs.iter().copied().fold(f64::INFINITY, f64::min),
                Linkage::Complete => pairs.iter().copied().fold(0.0, f64::max),
                Linkage::Average => pairs.iter().sum::<f64>() / pairs.len() as f64,
                Linkage::Ward => {
                    let (a, b) = (left.len() as f64, right.len() as f64);
                    let square: f64 = (0..2).map(|column| (mean(left, column) - mean(right, column)).powi(2)).sum();
                    (2.0 * a * b / (a + b) * square).sqrt()
                }
            }
        };
        for merge in &found.dendrogram.merges {
            let mut best = (f64::INFINITY, 0, 0);
            for left in 0..groups.len() {
                for right in left + 1..groups.len() {
                    let height = height(&groups[left], &groups[right]);
                    if height < best.0 { best = (height, left, right); }
                }
            }
            // Both sum at most 40² distances of size 14: rounding stays below 1600 · 14 · 1.1e-16.
            prop_assert!((merge.height - best.0).abs() < 1e-11, "{} {}", merge.height, best.0);
            let mut other = groups.remove(best.2);
            groups[best.1].append(&mut other);
        }
    }
}
