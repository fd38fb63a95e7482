//! Profiling, preparing, components and segments against scikit-learn and scipy, whose numbers
//! `tools/reference/unsupervised.py` wrote down; and k-means against linfa as a second witness.
//!
//! What needs the shared data sets is skipped where the data folder is absent.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its numbers has failed")]
#![allow(clippy::disallowed_methods, reason = "the real data sets are files")]
#![allow(clippy::print_stdout, reason = "says what was skipped and which digits were reached")]

use std::path::PathBuf;

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_clustering::KMeans;
use serde_json::Value;
use stillroom_analytics::group::kmeans::{KMeansParams, cluster_quality, fit_kmeans};
use stillroom_analytics::prepare::{PrepareStep, fit};
use stillroom_analytics::profile::{NumberSummary, ProfileParams, Summary, profile};
use stillroom_analytics::progress::unwatched;
use stillroom_analytics::reduce::pca::{PcaModel, PcaParams, fit_pca};
use stillroom_analytics::{Column, ColumnData, Matrix, Table};

fn reference() -> Value {
    serde_json::from_str(include_str!("reference/unsupervised.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|it| it.as_f64().unwrap_or(f64::NAN)).collect()
}

fn rows(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().unwrap().iter().map(numbers).collect()
}

fn matrix(rows: &[Vec<f64>]) -> Matrix {
    let names = (0..rows[0].len()).map(|column| format!("x{column}")).collect();
    Matrix::new(names, rows.concat()).unwrap()
}

fn table(rows: &[Vec<f64>]) -> Table {
    let column = |at: usize| Column {
        name: format!("x{at}"),
        data: ColumnData::Number(rows.iter().map(|row| row[at]).collect()),
    };
    Table::new((0..rows[0].len()).map(column).collect()).unwrap()
}

fn standardized(rows: &[Vec<f64>]) -> Matrix {
    let table = table(rows);
    let steps: Vec<PrepareStep> = serde_json::from_str(r#"[{"method":"standardize"}]"#).unwrap();
    fit(&steps, &table, &mut unwatched).unwrap().apply(&table).unwrap()
}

fn components(matrix: &Matrix) -> PcaModel {
    fit_pca(matrix, &PcaParams::default().check().unwrap(), &mut unwatched).unwrap()
}

fn close(found: f64, expected: f64, tolerance: f64) -> bool {
    (found - expected).abs() <= tolerance * expected.abs().max(1.0)
}

/// Rows without the target, and the target.
fn data_set(name: &str) -> Option<(Vec<Vec<f64>>, Vec<u32>)> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/small-classic"));
    let Ok(text) = std::fs::read_to_string(folder.join(format!("{name}.csv"))) else {
        println!("skipped: {name} is not there");
        return None;
    };
    let parse = |line: &str| line.split(',').map(|cell| cell.parse().unwrap()).collect::<Vec<f64>>();
    let whole: Vec<Vec<f64>> = text.lines().skip(1).map(parse).collect();
    let target = whole.iter().map(|row| row[row.len() - 1] as u32).collect();
    Some((whole.into_iter().map(|row| row[..row.len() - 1].to_vec()).collect(), target))
}

/// Relative 1e-12: both sides sum 60 numbers in double precision, about 60 rounding errors of 1.1e-16 with room to spare.
/// Skewness takes cubes of deviations and gets 1e-9, the second column losing eight digits to its mean of a million.
#[test]
fn profiles_agree_with_numpy_and_scipy() {
    let fixture = &reference()["fixture"];
    let rows = rows(&fixture["rows"]);
    let mut columns = table(&rows).into_columns();
    columns.push(Column { name: "gappy".into(), data: ColumnData::Number(numbers(&fixture["gappy"])) });
    let params = ProfileParams::default().check().unwrap();
    let found = profile(&Table::new(columns).unwrap(), &params, &mut unwatched).unwrap();
    for (column, expected) in found.columns.iter().zip(fixture["describe"].as_array().unwrap()) {
        let Some(Summary::Number(NumberSummary {
            mean,
            standard_deviation,
            lower_quartile,
            median,
            upper_quartile,
            skewness,
            ..
        })) = &column.summary
        else {
            panic!("{} is a number", column.name)
        };
        let of = |name: &str| expected[name].as_f64().unwrap();
        let relative = |found: f64, expected: f64| ((found - expected) / expected).abs();
        assert!(relative(*mean, of("mean")) < 1e-12, "{}", column.name);
        let deviation_tolerance = if column.name == "x1" { 1e-8 } else { 1e-12 };
        assert!(
            relative(standard_deviation.unwrap(), of("standard_deviation")) < deviation_tolerance,
            "{}",
            column.name
        );
        assert!((skewness.unwrap() - of("skewness")).abs() < if column.name == "x1" { 1e-7 } else { 1e-9 });
        for (found, expected) in
            [lower_quartile, median, upper_quartile].into_iter().zip(numbers(&expected["quartiles"]))
        {
            assert!(relative(*found, expected) < 1e-14 || *found == expected, "{}", column.name);
        }
    }
}

/// 1e-12, but 1e-6 for the column of a million and hundredths: eight of its sixteen digits are in its mean.
#[test]
fn standardizing_agrees_with_scikit_learn() {
    let fixture = &reference()["fixture"];
    let found = standardized(&rows(&fixture["rows"]));
    for (row, expected) in rows(&fixture["standardized"]).iter().enumerate() {
        for (column, expected) in expected.iter().enumerate() {
            let tolerance = if column == 1 { 1e-6 } else { 1e-12 };
            assert!(close(found.row(row)[column], *expected, tolerance), "row {row} column {column}");
        }
    }
}

/// Relative 1e-9, what the product promises; scikit-learn takes an SVD and we the eigenvectors of the covariance, which
/// agree to about 1e-12 here. Loadings are compared with their signs.
#[test]
fn components_agree_with_scikit_learn() {
    let reference = reference();
    let fixture = rows(&reference["fixture"]["standardized"]);
    let wide = rows(&reference["wide"]["rows"]);
    for (rows, expected) in
        [(fixture, &reference["fixture"]["components"]), (wide, &reference["wide"]["components"])]
    {
        let model = components(&matrix(&rows));
        let total: f64 = model.variances.iter().sum();
        for (found, expected) in model.variances.iter().zip(numbers(&expected["variances"])) {
            assert!((found - expected).abs() < 1e-9 * expected.max(total * 1e-4), "{found} {expected}");
        }
        for (found, expected) in model.ratios.iter().zip(numbers(&expected["ratios"])) {
            assert!((found - expected).abs() < 1e-9);
        }
        let informative = model.variances.iter().filter(|variance| **variance > total * 1e-9).count();
        for (found, expected) in
            model.loadings.iter().zip(self::rows(&expected["loadings"])).take(informative)
        {
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-9, "{found} {expected}");
            }
        }
    }
}

#[test]
fn components_of_real_sets_agree_with_scikit_learn() {
    for (name, expected) in reference()["sets"].as_object().unwrap() {
        let Some((rows, _)) = data_set(name) else { continue };
        let model = components(&standardized(&rows));
        for (found, expected) in model.variances.iter().zip(numbers(&expected["variances"])) {
            assert!(((found - expected) / expected).abs() < 1e-9, "{name}: {found} {expected}");
        }
        for (found, expected) in model.loadings[0].iter().zip(numbers(&expected["first_loading"])) {
            assert!((found - expected).abs() < 1e-9, "{name}: {found} {expected}");
        }
    }
}

/// 1e-10: means of up to 569 distances and ratios of sums over as many rows.
#[test]
fn separation_agrees_with_scikit_learn() {
    let reference = reference();
    let check = |matrix: &Matrix, labels: &[u32], k: usize, expected: &Value| {
        let found = cluster_quality(matrix, labels, k, 1, &mut unwatched).unwrap();
        let of = |name: &str| expected[name].as_f64().unwrap();
        assert!(close(found.silhouette.unwrap().mean, of("silhouette"), 1e-10));
        assert!(close(found.calinski_harabasz.unwrap(), of("calinski_harabasz"), 1e-10));
        assert!(close(found.davies_bouldin.unwrap(), of("davies_bouldin"), 1e-10));
    };
    let fixture = &reference["fixture"];
    let labels: Vec<u32> = numbers(&fixture["labels"]).iter().map(|label| *label as u32).collect();
    check(&matrix(&rows(&fixture["standardized"])), &labels, 3, &fixture["separation"]);
    for (name, expected) in reference["sets"].as_object().unwrap() {
        let Some((rows, target)) = data_set(name) else { continue };
        let k = target.iter().max().map_or(0, |most| *most as usize + 1);
        check(&standardized(&rows), &target, k, &expected["separation_of_target"]);
    }
}

/// With the default parameters the best of 400 restarts of scikit-learn, each run until no label changes, is reached or
/// beaten for each k (by up to 0.7 %), and different seeds end at the same inertia. 1e-6 is the product's promise;
/// rounding takes about 1e-12 of it.
#[test]
fn kmeans_reaches_the_best_known_inertia() {
    for (name, expected) in reference()["sets"].as_object().unwrap() {
        let Some((rows, _)) = data_set(name) else { continue };
        let matrix = standardized(&rows);
        let n_seeds = if name == "breast_cancer" { 2 } else { 3 };
        for (k, best) in expected["best_inertia"].as_object().unwrap() {
            let params = KMeansParams { k: k.parse().unwrap(), ..KMeansParams::default() }.check().unwrap();
            let inertia = |seed| fit_kmeans(&matrix, &params, seed, &mut unwatched).unwrap().model.inertia;
            let found: Vec<f64> = (1..=n_seeds).map(inertia).collect();
            let least = found.iter().copied().fold(best.as_f64().unwrap(), f64::min);
            let excess = found.iter().copied().fold(0.0, f64::max) / least - 1.0;
            println!("{name} k {k}: inertia {least:.6}, worst seed {excess:+.1e}");
            assert!(excess <= 1e-6, "{name} k {k}: {excess:+.1e}");
        }
    }
}

/// linfa's own k-means, given our centres, finds nothing to improve: they are a fixed point of another implementation.
#[test]
fn our_centres_are_a_fixed_point_of_linfas_kmeans() {
    let matrix = matrix(&rows(&reference()["fixture"]["standardized"]));
    for k in 2..=5 {
        let params = KMeansParams { k, ..KMeansParams::default() }.check().unwrap();
        let ours = fit_kmeans(&matrix, &params, 1, &mut unwatched).unwrap();
        let shape = (matrix.n_rows(), matrix.n_columns());
        let records = ndarray::Array2::from_shape_vec(shape, matrix.values().to_vec()).unwrap();
        let centres = ndarray::Array2::from_shape_vec((k, shape.1), ours.model.centroids.concat()).unwrap();
        let theirs = KMeans::params(k)
            .init_method(linfa_clustering::KMeansInit::Precomputed(centres.clone()))
            .n_runs(1)
            .tolerance(1e-9)
            .fit(&DatasetBase::from(records))
            .unwrap();
        let farthest =
            theirs.centroids().iter().zip(&centres).fold(0.0, |most: f64, (a, b)| most.max((a - b).abs()));
        // linfa takes each mean as (sum + old centre) / (count + 1) and so walks up to its tolerance.
        assert!(farthest < 1e-8, "k {k}: {farthest}");
        assert!((theirs.inertia() * shape.0 as f64 / ours.model.inertia - 1.0).abs() < 1e-9, "k {k}");
    }
}
