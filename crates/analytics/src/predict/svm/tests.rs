use super::interior;
use super::kernel::{Columns, Kernel};
use super::smo::{self, Effort, Problem};
use super::*;
use crate::predict::{Outcome, TrainingSet};
use crate::progress::{Progress, unwatched};
use crate::random::generator;
use crate::registry::assert_documented;

/// Rows of normal-like columns whose first two say most of the class.
fn rows(n_rows: usize, n_columns: usize, seed: u64) -> (Matrix, Vec<u32>) {
    use rand::Rng;
    let mut draws = generator(seed, 0);
    let values: Vec<f64> =
        (0..n_rows * n_columns).map(|_| (0..6).map(|_| draws.gen_range(-1.0..1.0)).sum::<f64>()).collect();
    let class = |row: &[f64], noise: f64| u32::from(row[0] + row.get(1).unwrap_or(&0.0) + noise > 0.3);
    let codes = values.chunks_exact(n_columns).map(|row| class(row, draws.gen_range(-2.0..2.0))).collect();
    (Matrix::new((0..n_columns).map(|column| format!("c{column}")).collect(), values).unwrap(), codes)
}

fn classes(matrix: &Matrix, codes: &[u32], params: &SvmParams) -> Result<Svm> {
    let n_classes = codes.iter().max().map_or(0, |&most| most as usize + 1);
    fit(&TrainingSet::new(matrix, Outcome::Classes { codes, n_classes })?, params, 1, &mut unwatched)
}

fn numbers(matrix: &Matrix, values: &[f64], params: &SvmParams) -> Result<Svm> {
    fit(&TrainingSet::new(matrix, Outcome::Numbers(values))?, params, 1, &mut unwatched)
}

fn of_kernel(kernel: SvmKernel) -> SvmParams {
    SvmParams { kernel, ..SvmParams::default() }
}

const KERNELS: [SvmKernel; 2] = [SvmKernel::Linear, SvmKernel::Rbf];

#[test]
fn the_registry_documents_the_real_parameters() {
    assert_documented(&METHOD, SvmParams::check);
}

#[test]
fn both_solvers_find_the_same_plane() {
    let (matrix, codes) = rows(300, 4, 3);
    let all: Vec<u32> = (0..300).collect();
    let origin = [0.0; 4];
    let columns = Columns::new(&matrix, &all, &origin);
    let effort = Effort { tolerance: 1e-9, max_iterations: 10_000_000, cache_bytes: 1 << 20 };
    let side = |code: u32, of: u32, bound: f64| if code == of { bound } else { 0.0 };
    let two_classes = Problem {
        targets: codes.iter().map(|&code| 2.0 * f64::from(code) - 1.0).collect(),
        low: codes.iter().map(|&code| side(code, 0, -0.5)).collect(),
        high: codes.iter().map(|&code| side(code, 1, 0.5)).collect(),
        epsilon: 0.0,
    };
    let targets =
        matrix.values().chunks_exact(4).map(|row| row[0] - 0.5 * row[2] + row[3] * row[3]).collect();
    let tube = Problem { targets, low: vec![-2.0; 300], high: vec![2.0; 300], epsilon: 0.2 };
    for problem in [two_classes, tube] {
        let plane = interior::solve(&matrix, &all, &problem, &mut unwatched).unwrap().unwrap();
        let solved = smo::solve(&columns, Kernel::Linear, &problem, &effort, &mut unwatched).unwrap();
        for (column, weight) in plane.weights.iter().enumerate() {
            let support = solved.coefficients.iter().zip(matrix.column(column));
            let found: f64 = support.map(|(by, value)| by * value).sum();
            // Kernels of 24 bits, summed over 300 rows.
            assert!((weight - found).abs() < 1e-5, "{weight} {found}");
        }
        assert!((plane.bias - solved.bias).abs() < 1e-5);
    }
}

#[test]
fn the_answer_does_not_depend_on_the_cache() {
    let (matrix, codes) = rows(700, 3, 5);
    let machine = |cache_bytes: usize| {
        let all: Vec<u32> = (0..700).collect();
        let columns = Columns::new(&matrix, &all, &[0.0; 3]);
        let problem = Problem {
            targets: codes.iter().map(|&code| 2.0 * f64::from(code) - 1.0).collect(),
            low: codes.iter().map(|&code| if code == 0 { -1.0 } else { 0.0 }).collect(),
            high: codes.iter().map(|&code| if code == 1 { 1.0 } else { 0.0 }).collect(),
            epsilon: 0.0,
        };
        let effort = Effort { tolerance: 1e-6, max_iterations: 1_000_000, cache_bytes };
        smo::solve(&columns, Kernel::Rbf { gamma: 0.2 }, &problem, &effort, &mut unwatched).unwrap()
    };
    let (small, large) = (machine(0), machine(100_000_000));
    assert_eq!((small.coefficients, small.bias), (large.coefficients, large.bias));
}

#[test]
fn probabilities_have_the_order_of_the_decision_values() {
    let (matrix, codes) = rows(200, 3, 7);
    for kernel in KERNELS {
        let model = classes(&matrix, &codes, &of_kernel(kernel)).unwrap();
        let values = model.decide(&matrix).unwrap();
        let positive = model.predict(&matrix).unwrap().scores(1);
        let mut order: Vec<usize> = (0..200).collect();
        order.sort_by(|&left, &right| values[left].total_cmp(&values[right]));
        assert!(order.is_sorted_by(|&left, &right| positive[left] <= positive[right]));
        assert_eq!(model.holds_rows(), kernel == SvmKernel::Rbf);
        let json = serde_json::to_string(&model).unwrap();
        assert_eq!(serde_json::from_str::<Svm>(&json).unwrap(), model);
    }
}

#[test]
fn a_weight_of_two_is_a_row_twice() {
    let (matrix, codes) = rows(80, 2, 9);
    let weights: Vec<f64> = (0..80).map(|row| if row % 3 == 0 { 2.0 } else { 1.0 }).collect();
    let twice: Vec<usize> = (0..80).flat_map(|row| vec![row; weights[row] as usize]).collect();
    let target: Vec<f64> = matrix.values().chunks_exact(2).map(|row| row[0] * row[1]).collect();
    for kernel in KERNELS {
        let params = SvmParams { tolerance: 1e-9, ..of_kernel(kernel) };
        let params = SvmParams { gamma: Some(0.3), ..params };
        let set = TrainingSet::new(&matrix, Outcome::Classes { codes: &codes, n_classes: 2 }).unwrap();
        let weighted = fit(&set.with_weights(&weights).unwrap(), &params, 1, &mut unwatched).unwrap();
        let repeated_codes: Vec<u32> = twice.iter().map(|&row| codes[row]).collect();
        let repeated = classes(&matrix.take(&twice), &repeated_codes, &params).unwrap();
        let values = |model: &Svm| model.decide(&matrix).unwrap();
        assert!(values(&weighted).iter().zip(values(&repeated)).all(|(a, b)| (a - b).abs() < 1e-6));
        let set = TrainingSet::new(&matrix, Outcome::Numbers(&target)).unwrap();
        let weighted = fit(&set.with_weights(&weights).unwrap(), &params, 1, &mut unwatched).unwrap();
        let repeated_target: Vec<f64> = twice.iter().map(|&row| target[row]).collect();
        let repeated = numbers(&matrix.take(&twice), &repeated_target, &params).unwrap();
        assert!(
            values(&weighted).iter().zip(values(&repeated)).all(|(a, b)| (a - b).abs() < 1e-5),
            "{kernel:?}"
        );
    }
}

#[test]
fn what_cannot_be_learned_is_refused() {
    let code = |matrix: &Matrix, values: &[f64]| {
        numbers(matrix, values, &of_kernel(SvmKernel::Rbf)).unwrap_err().code()
    };
    let of = |values: Vec<f64>| Matrix::new(vec!["x".into()], values).unwrap();
    assert_eq!(code(&of(vec![1.0]), &[1.0]), "too-few-rows");
    assert_eq!(code(&of(vec![1e300, 1.0]), &[1.0, 2.0]), "out-of-scale");
    assert_eq!(code(&of(vec![1e-300, 1e-301]), &[1.0, 2.0]), "out-of-scale");
    let codes: Vec<u32> = (0..101).collect();
    let many = classes(&of((0..101).map(f64::from).collect()), &codes, &SvmParams::default());
    assert_eq!(many, Err(Error::Classes { needed: 100, found: 101 }));
    let (matrix, codes) = rows(100, 2, 1);
    let hurried = SvmParams { max_iterations: 3, ..SvmParams::default() };
    assert_eq!(classes(&matrix, &codes, &hurried), Err(Error::NotConverged { iterations: 3 }));
    let set = TrainingSet::new(&matrix, Outcome::Classes { codes: &codes, n_classes: 2 }).unwrap();
    let mut stop = |_: Progress| std::ops::ControlFlow::Break(());
    for kernel in KERNELS {
        assert_eq!(fit(&set, &of_kernel(kernel), 1, &mut stop), Err(Error::Cancelled));
    }
}

#[test]
fn hostile_columns_are_fitted_with_finite_answers() {
    let (matrix, codes) = rows(60, 2, 11);
    let spread = |columns: &dyn Fn(&[f64]) -> Vec<f64>| {
        let values: Vec<f64> = matrix.values().chunks_exact(2).flat_map(columns).collect();
        Matrix::new((0..values.len() / 60).map(|column| format!("c{column}")).collect(), values).unwrap()
    };
    let separated: Vec<u32> = matrix.values().chunks_exact(2).map(|row| u32::from(row[0] > 0.0)).collect();
    let cases = [
        (spread(&|_| vec![7.0]), &codes),
        (spread(&|row| vec![row[0], row[0], row[1], 3.0]), &codes),
        (spread(&|row| (0..90).map(|column| row[column % 2] * (column + 1) as f64).collect()), &codes),
        (spread(&|row| row.to_vec()), &separated),
        (spread(&|row| vec![row[0] * 1e130, row[1]]), &codes),
        (spread(&|row| vec![row[0] * 1e-130, row[1]]), &codes),
    ];
    for (case, (matrix, codes)) in cases.iter().enumerate() {
        for kernel in KERNELS {
            let model = classes(matrix, codes, &of_kernel(kernel)).unwrap();
            let positive = model.predict(matrix).unwrap().scores(1);
            assert!(positive.iter().all(|p| (0.0..=1.0).contains(p)), "case {case}, {kernel:?}");
            let target: Vec<f64> = codes.iter().map(|&code| 1e200 * f64::from(code)).collect();
            let model = numbers(matrix, &target, &of_kernel(kernel)).unwrap();
            assert!(
                model.decide(matrix).unwrap().iter().all(|value| value.is_finite()),
                "case {case}, {kernel:?}"
            );
        }
    }
}

#[test]
fn more_columns_than_the_interior_point_takes_are_solved_pair_by_pair() {
    let (matrix, codes) = rows(40, 501, 13);
    let model = classes(&matrix, &codes, &of_kernel(SvmKernel::Linear)).unwrap();
    let values = model.decide(&matrix).unwrap();
    assert!(values.iter().zip(&codes).all(|(value, &code)| (*value > 0.0) == (code == 1)));
    assert!(!model.holds_rows());
}

#[test]
fn two_rows_of_two_classes_and_a_target_of_one_value_are_fitted() {
    let matrix = Matrix::new(vec!["x".into()], vec![-1.0, 3.0]).unwrap();
    for kernel in KERNELS {
        let model = classes(&matrix, &[0, 1], &of_kernel(kernel)).unwrap();
        let values = model.decide(&matrix).unwrap();
        assert!(values[0] < 0.0 && values[1] > 0.0 && (values[0] + values[1]).abs() < 1e-9);
        let level = numbers(&matrix, &[5.0, 5.0], &of_kernel(kernel)).unwrap();
        assert_eq!(level.predict(&matrix).unwrap(), Prediction::Numbers(vec![5.0, 5.0]));
    }
}
