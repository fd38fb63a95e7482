//! Fitting: the machines of a target, and the folds that teach their probabilities.

use super::kernel::Kernel;
use super::machine::{Shop, Surface as Trained};
use super::smo::{Effort, Problem};
use super::{MOST_CLASSES, Machine, Surface, Svm, SvmKernel, SvmParams, pairs};
use crate::partial::chunks;
use crate::predict::calibration::Sigmoid;
use crate::predict::{Outcome, TrainingSet};
use crate::progress::Watch;
use crate::random::{draw_below, generator};
use crate::{Error, Matrix, Result};

/// Fits machines to `set`. A row's weight multiplies its `c`. Constant and duplicate columns, more columns than rows and
/// classes that a street separates are all fitted; without any variance in the columns every row gets the same answer.
///
/// # Errors
/// [`Error::Parameter`]; [`Error::TooFewRows`] for a single row; [`Error::Classes`] beyond [`MOST_CLASSES`];
/// [`Error::OutOfScale`] for values above 1e140 or below 1e-140 in size, and with the linear kernel beyond 500 columns for
/// squared rows outside 1e-30 to 1e30; [`Error::NotConverged`]; [`Error::Cancelled`].
pub fn fit(set: &TrainingSet<'_>, params: &SvmParams, seed: u64, watch: &mut Watch<'_>) -> Result<Svm> {
    params.check()?;
    let matrix = set.matrix();
    matrix.check_scale()?;
    if matrix.n_rows() < 2 {
        return Err(Error::TooFewRows { needed: 2, found: matrix.n_rows() });
    }
    let (origin, scale) = spread(matrix);
    let kernel = match params.kernel {
        SvmKernel::Linear => Kernel::Linear,
        SvmKernel::Rbf => Kernel::Rbf { gamma: params.gamma.unwrap_or(scale) },
    };
    let effort = Effort {
        tolerance: params.tolerance,
        max_iterations: params.max_iterations as usize,
        cache_bytes: params.cache_megabytes as usize * 1_000_000,
    };
    let shop = Shop { matrix, kernel, origin: &origin, effort };
    let (trained, n_classes) = match set.outcome() {
        Outcome::Numbers(values) => (vec![number_machine(&shop, values, set.weights(), params, watch)?], 0),
        Outcome::Classes { n_classes, .. } if n_classes > MOST_CLASSES => {
            return Err(Error::Classes { needed: MOST_CLASSES, found: n_classes });
        }
        Outcome::Classes { codes, n_classes } => {
            let folds = folds(codes, n_classes, params.probability_folds, seed);
            let machine = |pair| class_machine(&shop, codes, set.weights(), &folds, pair, params, watch);
            (pairs(n_classes).map(machine).collect::<Result<_>>()?, n_classes)
        }
    };
    Ok(assemble(matrix, kernel, origin, trained, n_classes))
}

/// The middle of each column, and one over the columns times the variance of all values (1 without variance).
fn spread(matrix: &Matrix) -> (Vec<f64>, f64) {
    let width = matrix.n_columns();
    let (mut low, mut high) = (vec![f64::MAX; width], vec![f64::MIN; width]);
    for row in matrix.values().chunks_exact(width) {
        for (column, &value) in row.iter().enumerate() {
            low[column] = low[column].min(value);
            high[column] = high[column].max(value);
        }
    }
    let count = matrix.values().len() as f64;
    let sum = |term: &dyn Fn(f64) -> f64| -> f64 {
        chunks(matrix.n_rows())
            .map(|rows| matrix.rows(rows).iter().map(|&value| term(value)).sum::<f64>())
            .sum()
    };
    let mean = sum(&|value| value / count);
    let variance = sum(&|value| (value - mean) * (value - mean) / count);
    let origin = low.iter().zip(&high).map(|(low, high)| 0.5 * low + 0.5 * high).collect();
    let gamma = 1.0 / (width as f64 * variance);
    (origin, if gamma.is_finite() { gamma } else { 1.0 })
}

/// What solving gives, and the curve over it.
type Fitted = (Trained, Option<Sigmoid>);

/// The target is solved for in standard deviations from its mean, so that `c`, `epsilon` and `tolerance` have no unit.
fn number_machine(
    shop: &Shop<'_>,
    values: &[f64],
    weights: Option<&[f64]>,
    params: &SvmParams,
    watch: &mut Watch<'_>,
) -> Result<Fitted> {
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
    // Halving the range first: a target of greatest size must not overflow.
    let size = values.iter().fold(0.0, |size: f64, value| size.max(value.abs()));
    let unit = if size > 0.0 { size } else { 1.0 };
    let total = chunked(values.len(), |row| weight(row));
    let mean = chunked(values.len(), |row| weight(row) * (values[row] / unit)) / total;
    let square = |row: usize| (values[row] / unit - mean) * (values[row] / unit - mean);
    let deviation = (chunked(values.len(), |row| weight(row) * square(row)) / total).sqrt();
    let deviation = if deviation > 0.0 { deviation } else { 1.0 };
    let problem = Problem {
        targets: values.iter().map(|value| (value / unit - mean) / deviation).collect(),
        low: (0..values.len()).map(|row| -params.c * weight(row)).collect(),
        high: (0..values.len()).map(|row| params.c * weight(row)).collect(),
        epsilon: params.epsilon,
    };
    let rows: Vec<u32> = (0..values.len() as u32).collect();
    let back = |value: f64| value * deviation * unit;
    Ok(match shop.train(&rows, &problem, watch)? {
        Trained::Plane { weights, bias } => {
            let weights = weights.into_iter().map(back).collect();
            (Trained::Plane { weights, bias: back(bias) + mean * unit }, None)
        }
        Trained::Supported { rows, coefficients, bias } => {
            let coefficients = coefficients.into_iter().map(back).collect();
            (Trained::Supported { rows, coefficients, bias: back(bias) + mean * unit }, None)
        }
    })
}

fn chunked(n_rows: usize, term: impl Fn(usize) -> f64) -> f64 {
    chunks(n_rows).map(|rows| rows.map(&term).sum::<f64>()).sum()
}

/// Each row's fold: of every class as many rows in each, as nearly as they divide, by lot.
fn folds(codes: &[u32], n_classes: usize, n_folds: u32, seed: u64) -> Vec<u32> {
    let mut draws = generator(seed, 0);
    let mut folds = vec![0; codes.len()];
    for class in 0..n_classes as u32 {
        let mut rows: Vec<usize> = (0..codes.len()).filter(|&row| codes[row] == class).collect();
        for last in (1..rows.len()).rev() {
            rows.swap(last, draw_below(&mut draws, last + 1));
        }
        rows.iter().zip((0..n_folds).cycle()).for_each(|(&row, fold)| folds[row] = fold);
    }
    folds
}

fn class_machine(
    shop: &Shop<'_>,
    codes: &[u32],
    weights: Option<&[f64]>,
    folds: &[u32],
    (first, second): (usize, usize),
    params: &SvmParams,
    watch: &mut Watch<'_>,
) -> Result<Fitted> {
    let is_of = |row: &u32, class: usize| codes[*row as usize] as usize == class;
    let rows: Vec<u32> =
        (0..codes.len() as u32).filter(|row| is_of(row, first) || is_of(row, second)).collect();
    let mut train = |rows: &[u32]| {
        let weight = |&row: &u32| params.c * weights.map_or(1.0, |weights| weights[row as usize]);
        let bound = |of: usize| rows.iter().map(move |row| if is_of(row, of) { weight(row) } else { 0.0 });
        let problem = Problem {
            targets: rows.iter().map(|row| if is_of(row, second) { 1.0 } else { -1.0 }).collect(),
            low: bound(first).map(|bound| 0.0 - bound).collect(),
            high: bound(second).collect(),
            epsilon: 0.0,
        };
        shop.train(rows, &problem, watch)
    };
    let surface = train(&rows)?;
    let count = |class| rows.iter().filter(|row| is_of(row, class)).count();
    let n_folds = (params.probability_folds as usize).min(count(first)).min(count(second)) as u32;
    let mut decisions = vec![0.0; codes.len()];
    // With a single row of a class there is none to hold out: the rows' own values must do.
    for fold in 0..n_folds.max(1) {
        let is_out = |row: &&u32| n_folds < 2 || folds[**row as usize] % n_folds == fold;
        let held_out: Vec<u32> = rows.iter().filter(is_out).copied().collect();
        let values = if n_folds < 2 {
            shop.values(&surface, &held_out)
        } else {
            let others: Vec<u32> = rows.iter().filter(|row| !is_out(row)).copied().collect();
            shop.values(&train(&others)?, &held_out)
        };
        held_out.iter().zip(values).for_each(|(&row, value)| decisions[row as usize] = value);
    }
    let of_pair = |values: &[f64]| rows.iter().map(|&row| values[row as usize]).collect::<Vec<f64>>();
    let positive: Vec<bool> = rows.iter().map(|row| is_of(row, second)).collect();
    let curve = Sigmoid::fit(&of_pair(&decisions), &positive, weights.map(of_pair).as_deref());
    Ok((surface, Some(curve)))
}

/// The model: the rows some machine rests on once, and every machine's positions among them.
fn assemble(
    matrix: &Matrix,
    kernel: Kernel,
    origin: Vec<f64>,
    trained: Vec<Fitted>,
    n_classes: usize,
) -> Svm {
    let mut held: Vec<u32> = Vec::new();
    for (surface, _) in &trained {
        if let Trained::Supported { rows, .. } = surface {
            held.extend(rows);
        }
    }
    held.sort_unstable();
    held.dedup();
    let machine = |(surface, probability): Fitted| match surface {
        Trained::Plane { weights, bias } => Machine { surface: Surface::Plane(weights), bias, probability },
        Trained::Supported { rows, coefficients, bias } => {
            let rows = rows.iter().map(|row| held.partition_point(|held| held < row) as u32).collect();
            Machine { surface: Surface::Supported { rows, coefficients }, bias, probability }
        }
    };
    Svm {
        columns: matrix.names().to_vec(),
        n_rows: matrix.n_rows(),
        n_classes,
        gamma: match kernel {
            Kernel::Linear => None,
            Kernel::Rbf { gamma } => Some(gamma),
        },
        origin,
        support_vectors: held.iter().flat_map(|&row| matrix.row(row as usize)).copied().collect(),
        machines: trained.into_iter().map(machine).collect(),
    }
}
