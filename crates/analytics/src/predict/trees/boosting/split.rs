//! The best split of a node from its histogram.

use super::bins::Bins;
use super::histogram::{Cell, Units};

/// The least sum of Hessians on either side of a split: below it a leaf's value is mostly rounding.
pub(super) const LEAST_HESSIAN: f64 = 1e-3;

/// The values a node's descendants may take, in units before the learning rate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) low: f64,
    pub(super) high: f64,
}

/// What a split must respect.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    pub(super) units: Units,
    pub(super) l2: f64,
    pub(super) min_samples_leaf: u32,
    /// By column: 1 where what is said may not fall with the column, −1 where it may not rise, else 0; empty without any.
    pub(super) directions: Vec<i8>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Best {
    pub(super) column: usize,
    pub(super) bin: usize,
    pub(super) gain: f64,
    pub(super) left: Cell,
}

impl Rules {
    /// The value of a leaf, before the learning rate.
    pub(super) fn value(&self, sums: &Cell, bounds: Bounds) -> f64 {
        let (gradient, hessian) = self.numbers(sums);
        (-gradient / (hessian + self.l2 + 1e-15)).clamp(bounds.low, bounds.high)
    }

    /// The sums in numbers.
    pub(super) fn numbers(&self, sums: &Cell) -> (f64, f64) {
        (sums.gradient as f64 * self.units.gradient, sums.hessian as f64 * self.units.hessian)
    }

    /// Twice what a leaf of this value takes from the loss.
    fn score(&self, gradient: f64, hessian: f64, value: f64) -> f64 {
        -2.0 * gradient * value - (hessian + self.l2) * value * value
    }

    /// The best split of a node with the sums `total`, the first of equals; `None` when none gains.
    pub(super) fn best_split(
        &self,
        bins: &Bins,
        columns: &[u32],
        histogram: &[Cell],
        total: &Cell,
        bounds: Bounds,
    ) -> Option<Best> {
        let mut best: Option<Best> = None;
        let (gradient, hessian) = self.numbers(total);
        let now = self.score(gradient, hessian, self.value(total, bounds));
        // Sides that say the same gain nothing but rounding.
        let mut to_beat = now + 1e-12 * now.abs();
        for &column in columns {
            let column = column as usize;
            let cells = &histogram[bins.range(column)];
            let found = match self.directions.get(column) {
                None => self.scan(cells, total, to_beat),
                Some(direction) => self.scan_bounded(cells, total, to_beat, bounds, *direction),
            };
            if let Some((bin, score, left)) = found {
                to_beat = score;
                best = Some(Best { column, bin, gain: score - now, left });
            }
        }
        best
    }

    /// The best cut of one column: its bin, the score of both sides, the left side.
    fn scan(&self, cells: &[Cell], total: &Cell, mut to_beat: f64) -> Option<(usize, f64, Cell)> {
        const NEARLY: f64 = 1.0 - 1e-14;
        let mut found = None;
        let mut left = Cell::default();
        let (gradient, hessian) = self.numbers(total);
        for (bin, cell) in cells.iter().enumerate() {
            left.merge(cell);
            // An empty bin repeats the cut before it.
            if cell.count == 0 || left.count < self.min_samples_leaf {
                continue;
            }
            if total.count - left.count < self.min_samples_leaf {
                break;
            }
            let (left_gradient, left_hessian) = self.numbers(&left);
            let (right_gradient, right_hessian) = (gradient - left_gradient, hessian - left_hessian);
            if left_hessian < LEAST_HESSIAN || right_hessian < LEAST_HESSIAN {
                continue;
            }
            let (left_weight, right_weight) = (left_hessian + self.l2, right_hessian + self.l2);
            let above =
                left_gradient * left_gradient * right_weight + right_gradient * right_gradient * left_weight;
            let below = left_weight * right_weight;
            // Nearly all cuts fall here, without a division; the margin is for rounding.
            if above <= to_beat * below * NEARLY {
                continue;
            }
            let score = above / below;
            if score > to_beat {
                to_beat = score;
                found = Some((bin, score, left));
            }
        }
        found
    }

    /// Like [`Self::scan`] for values held within bounds, and in order along a column with a direction.
    fn scan_bounded(
        &self,
        cells: &[Cell],
        total: &Cell,
        mut to_beat: f64,
        bounds: Bounds,
        direction: i8,
    ) -> Option<(usize, f64, Cell)> {
        let mut found = None;
        let mut left = Cell::default();
        for (bin, cell) in cells.iter().enumerate() {
            left.merge(cell);
            if cell.count == 0 || left.count < self.min_samples_leaf {
                continue;
            }
            if total.count - left.count < self.min_samples_leaf {
                break;
            }
            let mut right = *total;
            right.subtract(&left);
            let sides = [left, right].map(|side| (self.numbers(&side), self.value(&side, bounds)));
            let [((left_gradient, left_hessian), low), ((right_gradient, right_hessian), high)] = sides;
            let is_ordered = f64::from(direction) * (high - low) >= 0.0;
            if !is_ordered || left_hessian < LEAST_HESSIAN || right_hessian < LEAST_HESSIAN {
                continue;
            }
            let score = self.score(left_gradient, left_hessian, low)
                + self.score(right_gradient, right_hessian, high);
            if score > to_beat {
                to_beat = score;
                found = Some((bin, score, left));
            }
        }
        found
    }
}
