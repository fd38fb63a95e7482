//! What density finds, refuses and promises.

use proptest::prelude::*;
use rand::Rng;

use super::*;
use crate::group::kmeans::assign::squared_distance;
use crate::progress::unwatched;

fn matrix(width: usize, values: Vec<f64>) -> Matrix {
    Matrix::new((0..width).map(|it| format!("x{it}")).collect(), values).unwrap()
}

fn fit(matrix: &Matrix, eps: Option<f64>, min_points: usize) -> Result<DbscanFit> {
    fit_dbscan(matrix, &DbscanParams { eps, min_points }, 1, &mut unwatched)
}

#[test]
fn the_registry_describes_the_parameters() {
    crate::registry::assert_documented(&METHOD, DbscanParams::check);
}

#[test]
fn chains_are_groups_and_lone_rows_are_noise() {
    let line = matrix(1, vec![0.0, 10.0, 1.0, 11.0, 2.0, 50.0, 3.0, 12.0]);
    let found = fit(&line, Some(1.0), 3).unwrap();
    assert_eq!(found.labels, [0, 1, 0, 1, 0, NOISE, 0, 1]);
    assert_eq!(found.is_core, [false, false, true, true, true, false, false, false]);
    let near = matrix(1, vec![2.5, 13.1, 11.9, 30.0]);
    assert_eq!(found.model.predict(&near).unwrap(), [0, NOISE, 1, NOISE]);
}

#[test]
fn two_rings_are_two_groups_with_the_advised_eps_and_far_rows_are_noise() {
    let ring = |radius: f64, n: usize| {
        (0..n).flat_map(move |it| {
            let angle = it as f64 / n as f64 * std::f64::consts::TAU;
            let radius = radius + 0.02 * (it as f64 * 7.7).sin();
            [radius * angle.cos(), radius * angle.sin()]
        })
    };
    let even = matrix(2, ring(1.0, 100).chain(ring(5.0, 500)).collect());
    let values = even.values().iter().copied().chain([20.0, 0.0, 0.0, 30.0, -20.0, 1.0, 3.0, 0.0]);
    let found = fit(&matrix(2, values.collect()), None, 5).unwrap();
    assert_eq!(found.model.n_groups, 2);
    let expected = |row| if row < 600 { u32::from(row < 100) } else { NOISE };
    assert!(found.labels.iter().enumerate().all(|(row, label)| *label == expected(row)));
    let curve = k_distances(&even, 5, 1, &mut unwatched).unwrap();
    assert_eq!((curve.rows_used, curve.eps), (600, curve.distances[599]), "no row stands out");
}

#[test]
fn awkward_tables_give_an_answer_or_an_error() {
    type Case = (&'static str, Matrix, Option<f64>, std::result::Result<usize, &'static str>);
    let cases: [Case; 7] = [
        ("one row", matrix(2, vec![1.0, 2.0]), Some(1.0), Ok(0)),
        ("one row without eps", matrix(2, vec![1.0, 2.0]), None, Ok(0)),
        ("all rows alike", matrix(1, vec![3.0; 900]), None, Ok(1)),
        ("equal rows and no reach", matrix(1, [1.0, 2.0].repeat(6)), Some(0.0), Ok(2)),
        ("a constant column, twice", matrix(3, [1.0, 1.0, 5.0].repeat(9)), Some(0.1), Ok(1)),
        ("huge numbers", matrix(1, vec![1e300, -1e300, 0.0]), Some(1.0), Err("out-of-scale")),
        ("tiny numbers", matrix(1, vec![1e-300, -1e-300, 0.0]), Some(1.0), Err("out-of-scale")),
    ];
    for (name, matrix, eps, expected) in cases {
        let found = fit(&matrix, eps, 5);
        assert_eq!(found.as_ref().map(|fit| fit.model.n_groups).map_err(Error::code), expected, "{name}");
        if let Ok(found) = found {
            assert_eq!(found.model.predict(&matrix).unwrap(), found.labels, "{name}");
        }
    }
}

#[test]
fn many_equal_rows_are_visited_once() {
    let matrix = matrix(1, (0..200_000).map(|row| f64::from(row % 2)).collect());
    let found = fit(&matrix, Some(0.5), 5).unwrap();
    assert_eq!(found.model.n_groups, 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn groups_are_what_the_definition_says(n_rows in 1usize..120, seed in 0u64..500, min_points in 1usize..6) {
        let mut draws = crate::random::generator(seed, 0);
        let matrix = matrix(2, (0..n_rows * 2).map(|_| draws.gen_range(0.0..10.0)).collect());
        let found = fit(&matrix, Some(1.0), min_points).unwrap();
        let is_near = |a: usize, b: usize| squared_distance(matrix.row(a), matrix.row(b)) <= 1.0;
        for row in 0..n_rows {
            let n_near = (0..n_rows).filter(|&other| is_near(row, other)).count();
            prop_assert_eq!(found.is_core[row], n_near >= min_points);
            let cores: Vec<usize> = (0..n_rows).filter(|&other| is_near(row, other) && found.is_core[other]).collect();
            prop_assert_eq!(found.labels[row] == NOISE, cores.is_empty());
            if found.is_core[row] {
                prop_assert!(cores.iter().all(|&other| found.labels[other] == found.labels[row]));
            } else if !cores.is_empty() {
                prop_assert!(cores.iter().any(|&other| found.labels[other] == found.labels[row]));
            }
        }
        // No group is two chains: growing from one core reaches all cores of its group.
        for group in 0..found.model.n_groups as u32 {
            let members: Vec<usize> = (0..n_rows).filter(|&row| found.is_core[row] && found.labels[row] == group).collect();
            let mut reached = vec![members[0]];
            let mut at = 0;
            while at < reached.len() {
                let from = reached[at];
                reached.extend(members.iter().copied().filter(|row| is_near(from, *row)).filter(|row| !reached.contains(row)).collect::<Vec<_>>());
                at += 1;
            }
            prop_assert_eq!(reached.len(), members.len());
        }
        prop_assert_eq!(found.model.predict(&matrix).unwrap(), found.labels);
    }
}
