//! Logistic regression of three classes or more: one set of coefficients a class, through softmax.
//!
//! All classes are treated alike: their coefficients sum to zero for every column, which is where a penalty puts them and what
//! picks one of the equivalent answers without. Böhning, D. (1992). Multinomial logistic regression algorithm. Ann. Inst.
//! Statist. Math. 44, 197–200.

use serde::{Deserialize, Serialize};

use super::LogisticParams;
use super::cholesky::Cholesky;
use super::newton::are_separated;
use crate::distribution;
use crate::partial::summarize;
use crate::predict::contributions::{Predictor, Scale};
use crate::predict::frame::{Frame, combine, refuse_constants, weigh};
use crate::predict::linear::ranges::Ranges;
use crate::predict::penalized::Quadratic;
use crate::predict::supervised::check_columns;
use crate::predict::weighted::{BLOCK_ROWS, Rows, WeightedSum, add_products, column_means, dot};
use crate::predict::{Prediction, TrainingSet};
use crate::progress::Watch;
use crate::{Error, Matrix, Result};

/// The most coefficients, classes times terms: their Hessian is held whole.
const MOST_TERMS: usize = 2000;

/// A fitted logistic regression of three classes or more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Multinomial {
    /// The columns.
    pub columns: Vec<String>,
    /// The constant of each class; zeros when left out.
    pub intercepts: Vec<f64>,
    /// The coefficients of each class, one a column: the change of the class's log-probability beside the mean of all classes'.
    pub coefficients: Vec<Vec<f64>>,
    /// The mean of each column over the rows fitted.
    pub means: Vec<f64>,
    /// The rows of each class.
    pub class_rows: Vec<usize>,
    /// The weight of the penalty on squares.
    pub l2: f64,
    /// The weight of the penalty on sizes.
    pub l1: f64,
    /// The Newton steps taken.
    pub iterations: usize,
    /// The log-likelihood of the rows, without the penalties.
    pub log_likelihood: f64,
    /// The log-likelihood of the classes' shares alone; of equal probabilities without an intercept.
    pub null_log_likelihood: f64,
    /// McFadden's `1 − log_likelihood / null_log_likelihood`.
    pub mcfadden_r_squared: f64,
}

/// Fits the classes of `set`, three or more, by its columns.
///
/// # Errors
/// [`Error::WrongType`] for numbers; [`Error::Classes`] for fewer than three classes; [`Error::TooManyColumns`] for more than 2,000
/// coefficients; else as [`super::fit`].
pub fn fit_multinomial(
    set: &TrainingSet<'_>,
    params: &LogisticParams,
    watch: &mut Watch<'_>,
) -> Result<Multinomial> {
    params.check()?;
    let (matrix, (codes, n_classes)) = (set.matrix(), set.classes()?);
    if n_classes < 3 {
        return Err(Error::Classes { needed: 3, found: n_classes });
    }
    let labels: Vec<f64> = codes.iter().map(|&code| f64::from(code)).collect();
    let rows = Rows::new(matrix, &labels, set.weights())?;
    let ranges = summarize(matrix, || Ranges::new(matrix.n_columns()));
    let frame = Frame::new(&ranges, params.intercept);
    if n_classes * frame.n_terms() > MOST_TERMS {
        return Err(Error::TooManyColumns { limit: MOST_TERMS / n_classes, found: frame.n_terms() });
    }
    if params.is_free() {
        refuse_constants(matrix, &ranges, params.intercept)?;
    }
    let task = Task {
        rows,
        frame: &frame,
        n_classes,
        squares: frame.square_penalties(params.l2).repeat(n_classes),
        sizes: frame.size_penalties(params.l1).repeat(n_classes),
        params,
    };
    let (point, sums, iterations) = task.solve(watch)?;
    let classes: Vec<(f64, Vec<f64>)> =
        point.chunks_exact(frame.n_terms()).map(|point| frame.in_units(point)).collect();
    let unusable = classes
        .iter()
        .any(|(intercept, slopes)| !intercept.is_finite() || slopes.iter().any(|slope| !slope.is_finite()));
    if unusable {
        return Err(Error::OutOfScale { column: matrix.names()[0].clone() });
    }
    let null = null_log_likelihood(&rows, n_classes, params.intercept);
    let (intercepts, coefficients) = classes.into_iter().unzip();
    Ok(Multinomial {
        columns: matrix.names().to_vec(),
        intercepts,
        coefficients,
        means: column_means(&rows, watch)?,
        class_rows: (0..n_classes as u32)
            .map(|class| codes.iter().filter(|&&code| code == class).count())
            .collect(),
        l2: params.l2,
        l1: params.l1,
        iterations,
        log_likelihood: sums.log_likelihood,
        null_log_likelihood: null,
        mcfadden_r_squared: 1.0 - sums.log_likelihood / null,
    })
}

fn null_log_likelihood(rows: &Rows<'_>, n_classes: usize, intercept: bool) -> f64 {
    let total = rows.total_weight();
    if !intercept {
        return -total * libm::log(n_classes as f64);
    }
    let mut counts = vec![0.0; n_classes];
    for (row, &label) in rows.target.iter().enumerate() {
        counts[label as usize] += rows.weights.map_or(1.0, |weights| weights[row]);
    }
    counts.iter().map(|count| count * libm::log(count / total)).sum()
}

struct Task<'a> {
    rows: Rows<'a>,
    frame: &'a Frame,
    n_classes: usize,
    squares: Vec<f64>,
    sizes: Vec<f64>,
    params: &'a LogisticParams,
}

impl Task<'_> {
    fn sums(&self, point: &[f64], step: &[f64], watch: &mut Watch<'_>) -> Result<SoftmaxSums> {
        self.rows.sum(super::STAGE, watch, || SoftmaxSums::new(self.frame, self.n_classes, point, step))
    }

    fn objective(&self, sums: &SoftmaxSums, point: &[f64]) -> f64 {
        let squares: f64 = self.squares.iter().zip(point).map(|(weight, value)| weight * value * value).sum();
        sums.log_likelihood - 0.5 * squares - self.size_penalty(point)
    }

    fn size_penalty(&self, point: &[f64]) -> f64 {
        self.sizes.iter().zip(point).map(|(weight, value)| weight * value.abs()).sum()
    }

    /// The negative Hessian, with curvature added along what the likelihood does not see: the same change in all classes.
    fn hessian(&self, sums: &SoftmaxSums) -> Vec<f64> {
        let (n_terms, width) = (self.frame.n_terms(), self.squares.len());
        let mut hessian = sums.whole_hessian();
        let n_unseen = if self.params.is_free() { n_terms } else { self.frame.first_column() };
        for term in 0..n_unseen {
            let diagonal = (0..self.n_classes).map(|class| hessian[(class * n_terms + term) * (width + 1)]);
            let curvature = diagonal.sum::<f64>() / (self.n_classes * self.n_classes) as f64;
            for row in 0..self.n_classes {
                for column in row..self.n_classes {
                    hessian[(row * n_terms + term) * width + column * n_terms + term] += curvature;
                }
            }
        }
        hessian
    }

    fn solve(&self, watch: &mut Watch<'_>) -> Result<(Vec<f64>, SoftmaxSums, usize)> {
        let width = self.squares.len();
        let mut point = vec![0.0; width];
        let mut sums = self.sums(&point, &point, watch)?;
        for iteration in 1..=self.params.max_iterations as usize {
            let pull: Vec<f64> =
                (0..width).map(|term| sums.gradient[term] - self.squares[term] * point[term]).collect();
            let step = self.step(&sums, &point, &pull, iteration, watch)?;
            let next: Vec<f64> = point.iter().zip(&step).map(|(point, step)| point + step).collect();
            let gain = dot(&pull, &step) - self.size_penalty(&next) + self.size_penalty(&point);
            (point, sums) = self.climb(&point, sums, step, watch)?;
            let gains = (sums.least_gain, sums.greatest_gain);
            if self.params.is_free() && are_separated(sums.least_margin, gains, iteration) {
                return Err(Error::Separation);
            }
            if gain <= self.params.tolerance * self.params.tolerance {
                return Ok((point, sums, iteration));
            }
        }
        Err(Error::NotConverged { iterations: self.params.max_iterations as usize })
    }

    fn step(
        &self,
        sums: &SoftmaxSums,
        point: &[f64],
        pull: &[f64],
        iteration: usize,
        watch: &mut Watch<'_>,
    ) -> Result<Vec<f64>> {
        const DEPENDENT: f64 = 1e-12;
        let width = pull.len();
        let mut hessian = self.hessian(sums);
        if self.params.l1 > 0.0 {
            let model = Quadratic::around(&hessian, &sums.gradient, point, &self.sizes, &self.squares);
            let next = model.solve_from(point, watch)?;
            return Ok(next.iter().zip(point).map(|(next, point)| next - point).collect());
        }
        self.squares.iter().enumerate().for_each(|(term, weight)| hessian[term * (width + 1)] += weight);
        match Cholesky::new(&hessian, width, DEPENDENT) {
            Ok(factor) => Ok(factor.solve(pull)),
            Err(term) if iteration == 1 => {
                Err(self.frame.collinear(self.rows.matrix, term % self.frame.n_terms()))
            }
            Err(_) => Err(Error::Separation),
        }
    }

    /// Takes the step, halved until the objective does not fall.
    fn climb(
        &self,
        point: &[f64],
        sums: SoftmaxSums,
        mut step: Vec<f64>,
        watch: &mut Watch<'_>,
    ) -> Result<(Vec<f64>, SoftmaxSums)> {
        const HALVINGS: usize = 30;
        const ROUNDING: f64 = 1e-12;
        let before = self.objective(&sums, point);
        for _ in 0..HALVINGS {
            let next: Vec<f64> = point.iter().zip(&step).map(|(point, step)| point + step).collect();
            let reached = self.sums(&next, &step, watch)?;
            if self.objective(&reached, &next) >= before - ROUNDING * before.abs() {
                return Ok((next, reached));
            }
            step.iter_mut().for_each(|value| *value *= 0.5);
        }
        Ok((point.to_vec(), sums))
    }
}

/// Log-likelihood, gradient and negative Hessian of softmax at one point, class by class, and how the last step moved the rows.
#[derive(Debug, Clone, PartialEq)]
struct SoftmaxSums {
    frame: Frame,
    n_classes: usize,
    point: Vec<f64>,
    step: Vec<f64>,
    log_likelihood: f64,
    gradient: Vec<f64>,
    /// The upper triangle of each pair of classes' block, pairs in the order (0, 0), (0, 1), …
    blocks: Vec<Vec<f64>>,
    /// The least lead of a row's own class over the best other.
    least_margin: f64,
    /// The least and greatest change of a row's own class beside another by the last step.
    least_gain: f64,
    greatest_gain: f64,
}

impl SoftmaxSums {
    fn new(frame: &Frame, n_classes: usize, point: &[f64], step: &[f64]) -> Self {
        let n_terms = frame.n_terms();
        Self {
            frame: frame.clone(),
            n_classes,
            point: point.to_vec(),
            step: step.to_vec(),
            log_likelihood: 0.0,
            gradient: vec![0.0; n_classes * n_terms],
            blocks: vec![vec![0.0; n_terms * n_terms]; n_classes * (n_classes + 1) / 2],
            least_margin: f64::MAX,
            least_gain: f64::MAX,
            greatest_gain: f64::MIN,
        }
    }

    fn whole_hessian(&self) -> Vec<f64> {
        let n_terms = self.frame.n_terms();
        let width = self.n_classes * n_terms;
        let mut hessian = vec![0.0; width * width];
        let mut blocks = self.blocks.iter();
        for first in 0..self.n_classes {
            for (second, block) in (first..self.n_classes).zip(&mut blocks) {
                for row in 0..n_terms {
                    for column in 0..n_terms {
                        let cell = block[row.min(column) * n_terms + row.max(column)];
                        hessian[(first * n_terms + row) * width + second * n_terms + column] = cell;
                    }
                }
            }
        }
        hessian
    }

    fn absorb_block(&mut self, block: &[f64], labels: &[f64], weights: Option<&[f64]>) {
        let (n_rows, n_terms) = (labels.len(), self.frame.n_terms());
        let scores = |point: &[f64]| -> Vec<Vec<f64>> {
            point.chunks_exact(n_terms).map(|point| combine(block, point, n_rows)).collect()
        };
        let (mut shares, changes) = (scores(&self.point), scores(&self.step));
        for row in 0..n_rows {
            let weight = weights.map_or(1.0, |weights| weights[row]);
            self.absorb_row(&mut shares, &changes, row, labels[row] as usize, weight);
        }
        let mut blocks = self.blocks.iter_mut();
        for first in 0..self.n_classes {
            let pulls = |row: usize| {
                let is_own = f64::from(u8::from(labels[row] as usize == first));
                weights.map_or(1.0, |weights| weights[row]) * (is_own - shares[first][row])
            };
            let pulls: Vec<f64> = (0..n_rows).map(pulls).collect();
            let gradient = &mut self.gradient[first * n_terms..(first + 1) * n_terms];
            for (sum, column) in gradient.iter_mut().zip(block.chunks_exact(n_rows)) {
                *sum += dot(column, &pulls);
            }
            for (second, sum) in (first..self.n_classes).zip(&mut blocks) {
                let curvature = |row: usize| {
                    let is_same = f64::from(u8::from(first == second));
                    weights.map_or(1.0, |weights| weights[row])
                        * shares[first][row]
                        * (is_same - shares[second][row])
                };
                let curvatures: Vec<f64> = (0..n_rows).map(curvature).collect();
                add_products(&weigh(block, &curvatures), block, n_rows, n_terms, sum);
            }
        }
    }

    /// Turns one row's scores into probabilities and takes in what it says.
    fn absorb_row(
        &mut self,
        scores: &mut [Vec<f64>],
        changes: &[Vec<f64>],
        row: usize,
        own: usize,
        weight: f64,
    ) {
        let greatest = scores.iter().fold(f64::MIN, |greatest, class| greatest.max(class[row]));
        let own_score = scores[own][row];
        for class in (0..self.n_classes).filter(|&class| class != own) {
            let gain = changes[own][row] - changes[class][row];
            self.least_margin = self.least_margin.min(own_score - scores[class][row]);
            self.least_gain = self.least_gain.min(gain);
            self.greatest_gain = self.greatest_gain.max(gain);
        }
        let mut total = 0.0;
        for class in scores.iter_mut() {
            class[row] = libm::exp(class[row] - greatest);
            total += class[row];
        }
        scores.iter_mut().for_each(|class| class[row] /= total);
        self.log_likelihood += weight * (own_score - greatest - libm::log(total));
    }
}

impl WeightedSum for SoftmaxSums {
    fn absorb(&mut self, rows: &[f64], target: &[f64], weights: Option<&[f64]>) {
        let width = BLOCK_ROWS * self.frame.n_columns();
        for (at, (rows, labels)) in rows.chunks(width).zip(target.chunks(BLOCK_ROWS)).enumerate() {
            let first = at * BLOCK_ROWS;
            let weights = weights.map(|weights| &weights[first..first + labels.len()]);
            let block = self.frame.block(rows, labels.len());
            self.absorb_block(&block, labels, weights);
        }
    }

    fn merge(&mut self, later: Self) {
        self.log_likelihood += later.log_likelihood;
        self.gradient.iter_mut().zip(later.gradient).for_each(|(sum, later)| *sum += later);
        for (block, later) in self.blocks.iter_mut().zip(later.blocks) {
            block.iter_mut().zip(later).for_each(|(sum, later)| *sum += later);
        }
        self.least_margin = self.least_margin.min(later.least_margin);
        self.least_gain = self.least_gain.min(later.least_gain);
        self.greatest_gain = self.greatest_gain.max(later.greatest_gain);
    }
}

impl Multinomial {
    /// The probability of each class for the rows of `matrix`.
    ///
    /// # Errors
    /// [`Error::ColumnsDiffer`] or [`Error::UnknownColumn`] when the columns are not those of the fit; [`Error::OutOfScale`] when a
    /// row's scores leave the range of numbers.
    pub fn predict(&self, matrix: &Matrix) -> Result<Prediction> {
        check_columns(self.columns.iter().map(String::as_str), matrix)?;
        let scores = |row: &[f64]| -> Vec<f64> {
            let score = |(base, slopes): (&f64, &Vec<f64>)| {
                slopes.iter().zip(row).fold(*base, |sum, (slope, value)| sum + slope * value)
            };
            self.intercepts.iter().zip(&self.coefficients).map(score).collect()
        };
        let mut values = Vec::with_capacity(matrix.n_rows() * self.intercepts.len());
        for row in matrix.values().chunks_exact(self.columns.len()) {
            values.extend(
                softmax(scores(row)).ok_or_else(|| Error::OutOfScale { column: self.columns[0].clone() })?,
            );
        }
        Ok(Prediction::Probabilities { n_classes: self.intercepts.len(), values })
    }

    pub(crate) fn linear_predictor(&self) -> Predictor<'_> {
        Predictor {
            scale: Scale::ClassScores,
            names: self.columns.iter().map(String::as_str).collect(),
            means: &self.means,
            logged: None,
            intercepts: self.intercepts.clone(),
            coefficients: self.coefficients.concat(),
        }
    }
}

/// Probabilities in proportion to the exponentials of `scores`; `None` when a score is not a number.
pub(crate) fn softmax(mut scores: Vec<f64>) -> Option<Vec<f64>> {
    let greatest = scores.iter().copied().fold(f64::MIN, f64::max);
    if !greatest.is_finite() || scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    distribution::softmax(&mut scores);
    Some(scores)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predict::Outcome;
    use crate::progress::unwatched;

    fn columns(names: &[&str], columns: &[&[f64]]) -> Matrix {
        let values =
            (0..columns[0].len()).flat_map(|row| columns.iter().map(move |column| column[row])).collect();
        Matrix::new(names.iter().map(|name| (*name).to_owned()).collect(), values).unwrap()
    }

    fn overlapping() -> (Vec<f64>, Vec<u32>) {
        let x: Vec<f64> = (0..90).map(f64::from).collect();
        let codes = (0..90_u32).map(|row| (row * 17 % 41 + row / 2) / 29).collect();
        (x, codes)
    }

    fn fitted(matrix: &Matrix, codes: &[u32], (l1, l2): (f64, f64)) -> Result<Multinomial> {
        let set = TrainingSet::new(matrix, Outcome::Classes { codes, n_classes: 3 })?;
        fit_multinomial(&set, &LogisticParams { l1, l2, ..LogisticParams::default() }, &mut unwatched)
    }

    #[test]
    fn coefficients_of_all_classes_sum_to_zero() {
        let (x, codes) = overlapping();
        let matrix = columns(&["x"], &[&x]);
        for penalties in [(0.0, 0.0), (0.0, 1.0)] {
            let model = fitted(&matrix, &codes, penalties).unwrap();
            let sum: f64 = model.coefficients.iter().map(|class| class[0]).sum();
            assert!(sum.abs() < 1e-10);
            let Prediction::Probabilities { values, .. } = model.predict(&matrix).unwrap() else {
                panic!("classes have probabilities")
            };
            // With an intercept the probabilities of a class sum to its rows.
            for (class, &rows) in model.class_rows.iter().enumerate() {
                let sum: f64 = values.iter().skip(class).step_by(3).sum();
                assert!((sum - rows as f64).abs() < 1e-7);
            }
        }
    }

    #[test]
    fn a_strong_penalty_on_sizes_leaves_columns_out() {
        let (x, codes) = overlapping();
        let noise: Vec<f64> = (0..90).map(|row| libm::sin(f64::from(row) * 1.7)).collect();
        let matrix = columns(&["x", "noise"], &[&x, &noise]);
        let model = fitted(&matrix, &codes, (4.0, 0.0)).unwrap();
        assert!(model.coefficients.iter().all(|class| class[1] == 0.0));
        assert!(model.coefficients.iter().any(|class| class[0] != 0.0));
    }

    #[test]
    fn rows_that_have_no_answer_are_refused() {
        let (x, codes) = overlapping();
        let code = |result: Result<Multinomial>| result.map_err(|error| error.code()).err();
        let free = (0.0, 0.0);
        assert_eq!(
            code(fitted(&columns(&["x", "seven"], &[&x, &[7.0; 90]]), &codes, free)),
            Some("collinear")
        );
        let doubled: Vec<f64> = x.iter().map(|value| 2.0 * value + 1.0).collect();
        assert_eq!(code(fitted(&columns(&["x", "copy"], &[&x, &doubled]), &codes, free)), Some("collinear"));
        for penalties in [(1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
            assert!(fitted(&columns(&["x", "copy"], &[&x, &doubled]), &codes, penalties).is_ok());
        }
        let parted: Vec<u32> = (0..90).map(|row| row / 30).collect();
        assert_eq!(code(fitted(&columns(&["x"], &[&x]), &parted, free)), Some("separation"));
        assert!(fitted(&columns(&["x"], &[&x]), &parted, (0.0, 0.1)).is_ok());
        let two_rows = columns(&["x"], &[&[1.0, 2.0]]);
        let pair = TrainingSet::new(&two_rows, Outcome::Classes { codes: &[0, 1], n_classes: 2 }).unwrap();
        assert_eq!(code(fit_multinomial(&pair, &LogisticParams::default(), &mut unwatched)), Some("classes"));
    }

    #[test]
    fn sums_of_shards_equal_the_single_pass_bit_for_bit() {
        use crate::partial::{absorb_chunks, chunks, merge_all};
        use crate::predict::weighted::Weighted;
        let x: Vec<f64> = (0..9000).map(|row| libm::sin(f64::from(row))).collect();
        let labels: Vec<f64> = (0..9000).map(|row| f64::from(row % 3)).collect();
        let matrix = columns(&["x"], &[&x]);
        let frame = Frame::new(&summarize(&matrix, || Ranges::new(1)), true);
        let weights: Vec<f64> = x.iter().map(|x| x + 2.0).collect();
        let rows = Rows { matrix: &matrix, target: &labels, weights: Some(&weights) };
        let point = [0.1, 0.2, -0.3, 0.4, 0.0, 0.1];
        let fresh = || Weighted { rows, sum: SoftmaxSums::new(&frame, 3, &point, &point) };
        let all: Vec<_> = chunks(9000).collect();
        for per_shard in 1..=2 {
            let shards =
                all.chunks(per_shard).flat_map(|shard| absorb_chunks(&matrix, shard.iter().cloned(), fresh));
            assert_eq!(merge_all(shards).unwrap().sum, summarize(&matrix, fresh).sum);
        }
    }
}
