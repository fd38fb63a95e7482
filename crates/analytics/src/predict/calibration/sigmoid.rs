//! A logistic curve over scores, after Platt (2000), fitted by the steps of Lin, Lin and Weng (2007).

use serde::{Deserialize, Serialize};

use crate::distribution::logistic;
use crate::partial::chunks;

/// `P(positive) = 1 / (1 + exp(−(slope · score + offset)))`, never falling.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sigmoid {
    /// The rise of the log-odds with the score, above 0.
    pub slope: f64,
    /// The log-odds at score 0.
    pub offset: f64,
}

/// The least slope for scores of spread 1: too little to be seen in a probability, enough to keep the order.
const LEAST_SLOPE: f64 = 1e-6;

impl Sigmoid {
    /// The most probable curve for finite `scores` of rows of which some are `positive`, each counting `weights` times.
    ///
    /// Instead of 1 and 0 the targets are `(n₊ + 1) / (n₊ + 2)` and `1 / (n₋ + 2)`, with sums of weights for `n`: without
    /// this, scores that separate the classes would make an infinitely steep curve.
    #[must_use]
    pub fn fit(scores: &[f64], positive: &[bool], weights: Option<&[f64]>) -> Self {
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let mut total = [0.0; 2];
        (0..scores.len()).for_each(|row| total[usize::from(positive[row])] += weight(row));
        let targets = [1.0 / (total[0] + 2.0), (total[1] + 1.0) / (total[1] + 2.0)];
        let offset = libm::log((total[1] + 1.0) / (total[0] + 1.0));
        let (low, high) =
            scores.iter().fold((f64::MAX, f64::MIN), |(low, high), &score| (low.min(score), high.max(score)));
        let (middle, spread) = (0.5 * low + 0.5 * high, 0.5 * high - 0.5 * low);
        // A spread of no size cannot be divided by, and says nothing.
        let scale = if spread > 1e-290 { 1.0 / spread } else { 0.0 };
        let rows = Rows { scores, positive, weights, middle, scale, targets };
        let fitted = rows.newton([0.0, offset]);
        let [slope, offset] = match fitted[0] > LEAST_SLOPE {
            true => fitted,
            false => [LEAST_SLOPE, offset],
        };
        if scale == 0.0 {
            return Self { slope, offset: offset - slope * middle };
        }
        Self { slope: slope * scale, offset: offset - slope * scale * middle }
    }

    /// The probability at `score`.
    #[must_use]
    pub fn probability(&self, score: f64) -> f64 {
        logistic(self.slope * score + self.offset)
    }
}

/// What the curve is fitted to, with scores brought into `-1..=1`.
struct Rows<'a> {
    scores: &'a [f64],
    positive: &'a [bool],
    weights: Option<&'a [f64]>,
    middle: f64,
    scale: f64,
    targets: [f64; 2],
}

/// The loss at a point, its gradient and the upper triangle of its Hessian.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    loss: f64,
    gradient: [f64; 2],
    hessian: [f64; 3],
}

impl Rows<'_> {
    fn sums(&self, point: [f64; 2]) -> Sums {
        let mut whole = Sums::default();
        for chunk in chunks(self.scores.len()) {
            let mut sums = Sums::default();
            for row in chunk {
                let score = (self.scores[row] - self.middle) * self.scale;
                let target = self.targets[usize::from(self.positive[row])];
                let weight = self.weights.map_or(1.0, |weights| weights[row]);
                let log_odds = point[0] * score + point[1];
                let tail = libm::exp(-log_odds.abs());
                let probability = if log_odds >= 0.0 { 1.0 } else { tail } / (1.0 + tail);
                sums.loss += weight * (log_odds.max(0.0) - target * log_odds + libm::log1p(tail));
                let miss = weight * (probability - target);
                sums.gradient[0] += miss * score;
                sums.gradient[1] += miss;
                let curvature = weight * tail / ((1.0 + tail) * (1.0 + tail));
                sums.hessian[0] += curvature * score * score;
                sums.hessian[1] += curvature * score;
                sums.hessian[2] += curvature;
            }
            whole.merge(&sums);
        }
        whole
    }

    /// Newton's steps, halved until the loss falls.
    fn newton(&self, start: [f64; 2]) -> [f64; 2] {
        const RIDGE: f64 = 1e-12;
        const STEPS: usize = 100;
        let mut point = start;
        let mut at = self.sums(point);
        for _ in 0..STEPS {
            let [slope_slope, slope_offset, offset_offset] = at.hessian;
            let ridge = RIDGE * (slope_slope + offset_offset) + f64::MIN_POSITIVE;
            let (first, second) = (slope_slope + ridge, offset_offset + ridge);
            let determinant = first * second - slope_offset * slope_offset;
            let [down, aside] = at.gradient;
            let step = [
                (slope_offset * aside - second * down) / determinant,
                (slope_offset * down - first * aside) / determinant,
            ];
            let slope = down * step[0] + aside * step[1];
            if !slope.is_finite() || slope > -1e-18 * (1.0 + at.loss.abs()) {
                break;
            }
            let mut length = 1.0;
            let moved = loop {
                let next = [point[0] + length * step[0], point[1] + length * step[1]];
                let there = self.sums(next);
                if there.loss < at.loss + 1e-4 * length * slope {
                    break Some((next, there));
                }
                length *= 0.5;
                if length < 1e-10 {
                    break None;
                }
            };
            match moved {
                Some((next, there)) => (point, at) = (next, there),
                None => break,
            }
        }
        point
    }
}

impl Sums {
    fn merge(&mut self, later: &Self) {
        self.loss += later.loss;
        self.gradient.iter_mut().zip(later.gradient).for_each(|(sum, later)| *sum += later);
        self.hessian.iter_mut().zip(later.hessian).for_each(|(sum, later)| *sum += later);
    }
}
