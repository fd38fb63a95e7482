//! What exact splits lower: Gini impurity or entropy of classes, squared error of numbers.

use serde::{Deserialize, Serialize};

use crate::predict::{Outcome, TrainingSet};
use crate::{Error, Result};

/// How the impurity of classes is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// `1 − Σ p²`.
    #[default]
    Gini,
    /// `−Σ p log₂ p`.
    Entropy,
}

/// What a node's rows say before any split.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entered {
    /// The sum of their weights.
    pub(super) cover: f64,
    /// The cover times the impurity.
    pub(super) impurity: f64,
    /// Whether no split can lower it.
    pub(super) is_pure: bool,
}

/// A target while trees grow: it enters a node, then takes the node's rows to the left one by one.
pub(super) trait Target {
    /// The numbers a node says.
    fn width(&self) -> usize;

    /// Starts a node of `rows`; positions below count within them.
    fn enter(&mut self, rows: &[u32]) -> Entered;

    /// Appends what the entered node says.
    fn say(&self, values: &mut Vec<f64>);

    /// Takes all rows back to the right.
    fn clear(&mut self);

    /// Takes the row at `position` to the left.
    fn take(&mut self, position: usize);

    /// How much the present sides lower the cover times the impurity.
    fn gain(&self) -> f64;

    /// Whether [`Self::gain`] could be over `to_beat`; nearly always as sure as the gain itself, and cheaper.
    fn may_gain(&self, to_beat: f64) -> bool;
}

/// The weights of rows, multiplied by `scale`, a power of two, so that they are near 1.
#[derive(Debug, Clone)]
pub(super) struct Weights {
    /// One weight a row.
    pub(super) values: Vec<f64>,
    /// What the weights were multiplied by.
    pub(super) scale: f64,
}

impl Weights {
    pub(super) fn new(set: &TrainingSet<'_>) -> Result<Self> {
        let Some(weights) = set.weights() else {
            return Ok(Self { values: vec![1.0; set.matrix().n_rows()], scale: 1.0 });
        };
        if !weights.iter().sum::<f64>().is_finite() {
            return Err(Error::OutOfScale { column: "weights".to_owned() });
        }
        let scale = power_of_two_below(weights);
        Ok(Self { values: weights.iter().map(|weight| weight * scale).collect(), scale })
    }
}

/// A power of two that brings the largest size among `values` to between ½ and 1, or near it; 1 for zeros.
pub(super) fn power_of_two_below(values: &[f64]) -> f64 {
    let largest = values.iter().fold(0.0f64, |most, value| most.max(value.abs()));
    if largest == 0.0 {
        return 1.0;
    }
    // At the ends of the range of numbers, the inverse of the power would leave it.
    let (_, exponent) = libm::frexp(largest);
    libm::ldexp(1.0, -exponent.clamp(-1020, 1020))
}

/// Classes.
#[derive(Debug)]
pub(super) struct ClassTarget<'a> {
    codes: &'a [u32],
    n_classes: usize,
    criterion: Criterion,
    weights: &'a [f64],
    local: Vec<(u32, f64)>,
    totals: Vec<f64>,
    left: Vec<f64>,
    cover: f64,
    left_cover: f64,
    impurity: f64,
}

impl<'a> ClassTarget<'a> {
    pub(super) fn new(codes: &'a [u32], n_classes: usize, criterion: Criterion, weights: &'a [f64]) -> Self {
        Self {
            codes,
            n_classes,
            criterion,
            weights,
            local: Vec::new(),
            totals: vec![0.0; n_classes],
            left: vec![0.0; n_classes],
            cover: 0.0,
            left_cover: 0.0,
            impurity: 0.0,
        }
    }
}

/// The entropy of classes times their cover, in bits.
fn entropy(classes: impl Iterator<Item = f64>, cover: f64) -> f64 {
    let part = |weight: f64| if weight > 0.0 { -weight * libm::log2(weight / cover) } else { 0.0 };
    classes.map(part).sum()
}

/// Left for the rounding of a comparison without a division.
const NEARLY: f64 = 1.0 - 1e-12;

impl Target for ClassTarget<'_> {
    fn width(&self) -> usize {
        if self.n_classes == 2 { 1 } else { self.n_classes }
    }

    fn enter(&mut self, rows: &[u32]) -> Entered {
        self.totals.fill(0.0);
        self.local.clear();
        for &row in rows {
            let (code, weight) = (self.codes[row as usize], self.weights[row as usize]);
            self.totals[code as usize] += weight;
            self.local.push((code, weight));
        }
        self.cover = self.totals.iter().sum();
        self.impurity = match self.criterion {
            Criterion::Gini => {
                self.cover - self.totals.iter().map(|weight| weight * weight).sum::<f64>() / self.cover
            }
            Criterion::Entropy => entropy(self.totals.iter().copied(), self.cover),
        };
        let is_pure = self.totals.iter().filter(|&&weight| weight > 0.0).count() < 2;
        Entered { cover: self.cover, impurity: if is_pure { 0.0 } else { self.impurity }, is_pure }
    }

    fn say(&self, values: &mut Vec<f64>) {
        let skipped = usize::from(self.n_classes == 2);
        values.extend(self.totals.iter().skip(skipped).map(|weight| weight / self.cover));
    }

    fn clear(&mut self) {
        self.left.fill(0.0);
        self.left_cover = 0.0;
    }

    #[inline]
    fn take(&mut self, position: usize) {
        let (code, weight) = self.local[position];
        self.left[code as usize] += weight;
        self.left_cover += weight;
    }

    #[inline]
    fn gain(&self) -> f64 {
        let right_cover = self.cover - self.left_cover;
        let sides = self.left.iter().zip(&self.totals);
        match self.criterion {
            Criterion::Gini => {
                let (mut left_squares, mut right_squares) = (0.0, 0.0);
                for (left, total) in sides {
                    left_squares += left * left;
                    right_squares += (total - left) * (total - left);
                }
                self.impurity - self.cover + left_squares / self.left_cover + right_squares / right_cover
            }
            Criterion::Entropy => {
                let right = entropy(sides.map(|(left, total)| total - left), right_cover);
                self.impurity - entropy(self.left.iter().copied(), self.left_cover) - right
            }
        }
    }

    #[inline]
    fn may_gain(&self, to_beat: f64) -> bool {
        if self.criterion == Criterion::Entropy {
            return true;
        }
        let right_cover = self.cover - self.left_cover;
        let (mut left_squares, mut right_squares) = (0.0, 0.0);
        for (left, total) in self.left.iter().zip(&self.totals) {
            left_squares += left * left;
            right_squares += (total - left) * (total - left);
        }
        let above = left_squares * right_cover + right_squares * self.left_cover;
        let needed = to_beat - self.impurity + self.cover;
        let is_beaten = above <= needed * NEARLY * (self.left_cover * right_cover);
        !is_beaten
    }
}

/// Numbers, scaled by a power of two so that their squares stay in range, and centred in every node so that sums keep
/// their digits.
#[derive(Debug)]
pub(super) struct NumberTarget<'a> {
    numbers: &'a [f64],
    weights: &'a [f64],
    local: Vec<(f64, f64)>,
    mean: f64,
    cover: f64,
    total: f64,
    /// What both sides together come to before any split.
    whole: f64,
    left: f64,
    left_cover: f64,
}

impl<'a> NumberTarget<'a> {
    /// `numbers` are near size 1 at most.
    pub(super) fn new(numbers: &'a [f64], weights: &'a [f64]) -> Self {
        Self {
            numbers,
            weights,
            local: Vec::new(),
            mean: 0.0,
            cover: 0.0,
            total: 0.0,
            whole: 0.0,
            left: 0.0,
            left_cover: 0.0,
        }
    }
}

impl Target for NumberTarget<'_> {
    fn width(&self) -> usize {
        1
    }

    fn enter(&mut self, rows: &[u32]) -> Entered {
        self.local.clear();
        let (mut cover, mut sum) = (0.0, 0.0);
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for &row in rows {
            let (number, weight) = (self.numbers[row as usize], self.weights[row as usize]);
            cover += weight;
            sum += weight * number;
            low = low.min(number);
            high = high.max(number);
            self.local.push((number, weight));
        }
        let mean = (sum / cover).clamp(low, high);
        let (mut total, mut squares) = (0.0, 0.0);
        for (number, weight) in &mut self.local {
            let centred = *number - mean;
            *number = *weight * centred;
            total += *number;
            squares += *number * centred;
        }
        (self.cover, self.total) = (cover, total);
        self.whole = total * total / cover;
        self.mean = (mean + total / cover).clamp(low, high);
        Entered { cover, impurity: squares, is_pure: low == high }
    }

    fn say(&self, values: &mut Vec<f64>) {
        values.push(self.mean);
    }

    fn clear(&mut self) {
        self.left = 0.0;
        self.left_cover = 0.0;
    }

    #[inline]
    fn take(&mut self, position: usize) {
        let (number, weight) = self.local[position];
        self.left += number;
        self.left_cover += weight;
    }

    #[inline]
    fn gain(&self) -> f64 {
        let (right, right_cover) = (self.total - self.left, self.cover - self.left_cover);
        self.left * self.left / self.left_cover + right * right / right_cover - self.whole
    }

    #[inline]
    fn may_gain(&self, to_beat: f64) -> bool {
        let (right, right_cover) = (self.total - self.left, self.cover - self.left_cover);
        let above = self.left * self.left * right_cover + right * right * self.left_cover;
        let needed = to_beat + self.whole;
        let is_beaten = above <= needed * NEARLY * (self.left_cover * right_cover);
        !is_beaten
    }
}

/// A target ready for exact growth, whatever it is made of.
#[derive(Debug)]
pub(super) enum Prepared<'a> {
    /// Codes and their number.
    Classes(&'a [u32], usize),
    /// Numbers near size 1 at most, and what they were multiplied by.
    Numbers(Vec<f64>, f64),
}

impl<'a> Prepared<'a> {
    pub(super) fn new(outcome: Outcome<'a>) -> Self {
        match outcome {
            Outcome::Classes { codes, n_classes } => Self::Classes(codes, n_classes),
            Outcome::Numbers(numbers) => {
                let scale = power_of_two_below(numbers);
                Self::Numbers(numbers.iter().map(|number| number * scale).collect(), scale)
            }
        }
    }
}

/// Refuses more rows than positions have digits.
pub(super) fn check_rows(set: &TrainingSet<'_>) -> Result<()> {
    match u32::try_from(set.matrix().n_rows()) {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::Parameter { name: "rows", range: "at most 4294967295" }),
    }
}
