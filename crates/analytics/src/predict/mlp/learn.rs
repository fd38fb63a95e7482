//! Learning: batches in an order drawn anew each pass, Adam's steps, and rows held out that say when to stop.

use super::network::{Goal, Network};
use super::{MOST_CLASSES, Mlp, MlpParams, STAGE};
use crate::partial::chunks;
use crate::predict::{Outcome, TrainingSet};
use crate::progress::{Watch, report};
use crate::random::{Generator, draw_below, draw_rows, generator};
use crate::{Error, Matrix, Result};

/// Fits a network to `set`; a row's weight multiplies its loss. Constant and duplicate columns, more columns than rows and
/// classes that a line separates are all fitted.
///
/// # Errors
/// [`Error::Parameter`]; [`Error::TooFewRows`] for a single row; [`Error::Classes`] beyond [`MOST_CLASSES`];
/// [`Error::NotStandardized`] for a column whose root mean square is above 100, or below 0.0001 and not 0;
/// [`Error::NotConverged`] when the steps run away; [`Error::Cancelled`].
pub fn fit(set: &TrainingSet<'_>, params: &MlpParams, seed: u64, watch: &mut Watch<'_>) -> Result<Mlp> {
    params.check()?;
    let matrix = set.matrix();
    if matrix.n_rows() < 2 {
        return Err(Error::TooFewRows { needed: 2, found: matrix.n_rows() });
    }
    check_sizes(matrix)?;
    let (n_classes, target) = match set.outcome() {
        Outcome::Numbers(values) => (0, Some(Standard::of(values, set.weights()))),
        Outcome::Classes { n_classes, .. } => (n_classes, None),
    };
    if n_classes > MOST_CLASSES {
        return Err(Error::Classes { needed: MOST_CLASSES, found: n_classes });
    }
    let goal = match (set.outcome(), &target) {
        (Outcome::Classes { codes, .. }, _) => Goal::Classes(codes),
        (Outcome::Numbers(values), target) => {
            Goal::Numbers(target.as_ref().map_or(values, |target| &target.values))
        }
    };
    let n_outputs = if n_classes > 2 { n_classes } else { 1 };
    let hidden = params.hidden.iter().map(|&units| units as usize);
    let sizes = std::iter::once(matrix.n_columns()).chain(hidden).chain([n_outputs]).collect();
    let mut draws = generator(seed, 0);
    let network = Network::draw(sizes, params.activation, &mut draws);
    let (held_out, rows) = hold_out(matrix.n_rows(), params, &mut draws);
    let lesson = Lesson { matrix, goal, weights: set.weights(), params };
    let (network, epochs, held_out_loss) = lesson.learn(network, rows, &held_out, &mut draws, watch)?;
    Ok(Mlp {
        columns: matrix.names().to_vec(),
        n_rows: matrix.n_rows(),
        n_classes,
        network,
        target: target.map_or((0.0, 1.0), |target| (target.mean, target.deviation)),
        epochs,
        held_out_loss,
    })
}

/// Steps of one size for all weights need columns of about one size.
fn check_sizes(matrix: &Matrix) -> Result<()> {
    const LARGEST: f64 = 100.0;
    const SMALLEST: f64 = 1e-4;
    let mut squares = vec![0.0; matrix.n_columns()];
    for rows in chunks(matrix.n_rows()) {
        for row in matrix.rows(rows).chunks_exact(matrix.n_columns()) {
            let cells = squares.iter_mut().zip(row);
            cells.for_each(|(sum, value): (&mut f64, _)| *sum += value * value);
        }
    }
    let is_all_zero = |column: usize| matrix.values().iter().skip(column).step_by(squares.len()).all(|x| *x == 0.0);
    let is_off = |column: &usize| {
        let size = (squares[*column] / matrix.n_rows() as f64).sqrt();
        size > LARGEST || (size < SMALLEST && !is_all_zero(*column))
    };
    match (0..squares.len()).find(is_off) {
        Some(column) => Err(Error::NotStandardized { column: matrix.names()[column].clone() }),
        None => Ok(()),
    }
}

/// A target of mean 0 and variance 1.
struct Standard {
    values: Vec<f64>,
    mean: f64,
    deviation: f64,
}

impl Standard {
    fn of(values: &[f64], weights: Option<&[f64]>) -> Self {
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let sum = |term: &dyn Fn(usize) -> f64| -> f64 {
            chunks(values.len()).map(|rows| rows.map(term).sum::<f64>()).sum()
        };
        // In units of the largest value, squares of values of any size stay numbers.
        let size = values.iter().fold(0.0, |size: f64, value| size.max(value.abs()));
        let unit = if size > 0.0 { size } else { 1.0 };
        let total = sum(&weight);
        let mean = sum(&|row| weight(row) / total * (values[row] / unit));
        let square = |row: usize| (values[row] / unit - mean) * (values[row] / unit - mean);
        let deviation = sum(&|row| weight(row) / total * square(row)).sqrt();
        let deviation = if deviation > 0.0 { deviation } else { 1.0 };
        let standard = values.iter().map(|value| (value / unit - mean) / deviation).collect();
        Self { values: standard, mean: mean * unit, deviation: deviation * unit }
    }
}

/// The rows held out, and the others.
fn hold_out(n_rows: usize, params: &MlpParams, draws: &mut Generator) -> (Vec<usize>, Vec<usize>) {
    const FEWEST: usize = 20;
    if params.patience == 0 || n_rows < FEWEST {
        return (Vec::new(), (0..n_rows).collect());
    }
    let count = ((params.held_out * n_rows as f64) as usize).max(1);
    let held_out = draw_rows(draws, n_rows, count);
    let others = (0..n_rows).filter(|row| held_out.binary_search(row).is_err()).collect();
    (held_out, others)
}

/// Adam's memory: the running means of the gradient and of its square.
struct Adam {
    first: Vec<f64>,
    second: Vec<f64>,
    steps: i32,
}

impl Adam {
    fn step(&mut self, parameters: &mut [f64], gradient: &[f64], rate: f64) {
        const KEEP_FIRST: f64 = 0.9;
        const KEEP_SECOND: f64 = 0.999;
        const LEAST: f64 = 1e-8;
        self.steps = self.steps.saturating_add(1);
        let steps = f64::from(self.steps);
        let first_bias = 1.0 - libm::pow(KEEP_FIRST, steps);
        let rate = rate * (1.0 - libm::pow(KEEP_SECOND, steps)).sqrt() / first_bias;
        let memory = self.first.iter_mut().zip(&mut self.second);
        for ((parameter, slope), (first, second)) in parameters.iter_mut().zip(gradient).zip(memory) {
            *first = KEEP_FIRST * *first + (1.0 - KEEP_FIRST) * slope;
            *second = KEEP_SECOND * *second + (1.0 - KEEP_SECOND) * slope * slope;
            *parameter -= rate * *first / (second.sqrt() + LEAST);
        }
    }
}

/// What is learned from, and how.
struct Lesson<'a> {
    matrix: &'a Matrix,
    goal: Goal<'a>,
    weights: Option<&'a [f64]>,
    params: &'a MlpParams,
}

/// The goals and weights of a batch, kept from batch to batch.
#[derive(Default)]
struct Batch {
    numbers: Vec<f64>,
    codes: Vec<u32>,
    weights: Vec<f64>,
}

impl Batch {
    fn read(&mut self, lesson: &Lesson<'_>, rows: &[usize]) {
        match lesson.goal {
            Goal::Numbers(values) => replace(&mut self.numbers, rows.iter().map(|&row| values[row])),
            Goal::Classes(codes) => replace(&mut self.codes, rows.iter().map(|&row| codes[row])),
        }
        if let Some(weights) = lesson.weights {
            replace(&mut self.weights, rows.iter().map(|&row| weights[row]));
        }
    }

    fn goal(&self, lesson: &Lesson<'_>) -> Goal<'_> {
        match lesson.goal {
            Goal::Numbers(_) => Goal::Numbers(&self.numbers),
            Goal::Classes(_) => Goal::Classes(&self.codes),
        }
    }
}

fn replace<T>(values: &mut Vec<T>, by: impl Iterator<Item = T>) {
    values.clear();
    values.extend(by);
}

impl Lesson<'_> {
    /// The learned network, the passes made, and the least mean loss of the rows held out.
    fn learn(
        &self,
        mut network: Network,
        mut rows: Vec<usize>,
        held_out: &[usize],
        draws: &mut Generator,
        watch: &mut Watch<'_>,
    ) -> Result<(Network, usize, Option<f64>)> {
        let n_parameters = network.parameters.len();
        let mut adam = Adam { first: vec![0.0; n_parameters], second: vec![0.0; n_parameters], steps: 0 };
        let mut best: Option<(f64, Vec<f64>)> = None;
        let (mut epochs, mut idle) = (0, 0);
        for epoch in 0..self.params.epochs as usize {
            for last in (1..rows.len()).rev() {
                rows.swap(last, draw_below(draws, last + 1));
            }
            let loss = self.pass(&mut network, &rows, &mut adam, epoch, watch)?;
            epochs = epoch + 1;
            if !loss.is_finite() || !network.parameters.iter().all(|parameter| parameter.is_finite()) {
                return Err(Error::NotConverged { iterations: epochs });
            }
            if held_out.is_empty() {
                continue;
            }
            let loss = self.mean_loss(&network, held_out);
            if best.as_ref().is_none_or(|(least, _)| loss < *least) {
                best = Some((loss, network.parameters.clone()));
                idle = 0;
                continue;
            }
            idle += 1;
            if idle >= self.params.patience {
                break;
            }
        }
        let held_out_loss = best.map(|(loss, parameters)| {
            network.parameters = parameters;
            loss
        });
        Ok((network, epochs, held_out_loss))
    }

    /// One pass over `rows` in their order; gives the mean loss of its batches.
    fn pass(
        &self,
        network: &mut Network,
        rows: &[usize],
        adam: &mut Adam,
        epoch: usize,
        watch: &mut Watch<'_>,
    ) -> Result<f64> {
        /// The multiplications between two reports: about 20 ms of them.
        const REPORT: usize = 20_000_000;
        let mut workspace = network.workspace(self.params.batch as usize);
        let (mut batch, mut sum, mut since) = (Batch::default(), 0.0, REPORT);
        for rows in rows.chunks(self.params.batch as usize) {
            since += 3 * rows.len() * network.parameters.len();
            if since >= REPORT {
                report(watch, STAGE, epoch, self.params.epochs as usize)?;
                since = 0;
            }
            batch.read(self, rows);
            network.forward(rows.iter().map(|&row| self.matrix.row(row)), &mut workspace);
            let weights = self.weights.map(|_| batch.weights.as_slice());
            let total = weights.map_or(rows.len() as f64, |weights| weights.iter().sum());
            sum += network.backward(batch.goal(self), weights, total, &mut workspace);
            sum += network.penalize(self.params.l2 / total, &mut workspace.gradient);
            adam.step(&mut network.parameters, &workspace.gradient, self.params.learning_rate);
        }
        Ok(sum)
    }

    /// The mean loss of `rows`, without the penalty.
    fn mean_loss(&self, network: &Network, rows: &[usize]) -> f64 {
        let mut workspace = network.workspace(256);
        let (mut loss, mut total) = (0.0, 0.0);
        let mut outputs = Vec::new();
        for rows in rows.chunks(256) {
            let batch = rows.iter().map(|&row| self.matrix.row(row));
            replace(&mut outputs, network.forward(batch, &mut workspace).iter().copied());
            for (&row, outputs) in rows.iter().zip(outputs.chunks_exact_mut(network.n_outputs())) {
                let weight = self.weights.map_or(1.0, |weights| weights[row]);
                loss += weight * self.goal.loss(row, outputs);
                total += weight;
            }
        }
        loss / total
    }
}
