//! The curve that never falls and lies nearest to the targets: pool adjacent violators (Ayer et al. 1955).

use serde::{Deserialize, Serialize};

/// A curve of straight pieces that never falls; level before its first point and after its last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Isotonic {
    /// Where the pieces meet, ascending.
    pub scores: Vec<f64>,
    /// The curve's heights there, never falling.
    pub values: Vec<f64>,
}

/// Neighbouring rows with one common height.
struct Pool {
    first: f64,
    last: f64,
    sum: f64,
    weight: f64,
}

impl Pool {
    fn height(&self) -> f64 {
        self.sum / self.weight
    }

    fn join(&mut self, next: &Self) {
        self.last = next.last;
        self.sum += next.sum;
        self.weight += next.weight;
    }
}

impl Isotonic {
    /// The curve of least weighted squares through `targets` over finite `scores`; both of one length, not empty. Rows of
    /// one score count as one row with their mean. Time grows as `n log n`.
    #[must_use]
    pub fn fit(scores: &[f64], targets: &[f64], weights: Option<&[f64]>) -> Self {
        let mut order: Vec<u32> = (0..scores.len() as u32).collect();
        order.sort_by(|&left, &right| scores[left as usize].total_cmp(&scores[right as usize]));
        let mut pools: Vec<Pool> = Vec::new();
        let mut rows = order.iter().map(|&row| row as usize).peekable();
        while let Some(row) = rows.next() {
            let single = |row: usize| {
                let weight = weights.map_or(1.0, |weights| weights[row]);
                Pool { first: scores[row], last: scores[row], sum: weight * targets[row], weight }
            };
            let mut pool = single(row);
            while let Some(row) = rows.next_if(|&next| scores[next] <= pool.last) {
                pool.join(&single(row));
            }
            while let Some(before) = pools.pop_if(|before| before.height() >= pool.height()) {
                let next = std::mem::replace(&mut pool, before);
                pool.join(&next);
            }
            pools.push(pool);
        }
        let mut curve = Self { scores: Vec::new(), values: Vec::new() };
        for pool in &pools {
            curve.push(pool.first, pool.height());
            if pool.last > pool.first {
                curve.push(pool.last, pool.height());
            }
        }
        curve
    }

    fn push(&mut self, score: f64, value: f64) {
        self.scores.push(score);
        self.values.push(value);
    }

    /// The curve's height at `score`.
    #[must_use]
    pub fn value(&self, score: f64) -> f64 {
        let after = self.scores.partition_point(|&at| at <= score);
        let height = |position: usize| self.values.get(position).copied();
        let (Some(before), true) = (after.checked_sub(1), after > 0) else {
            return height(0).unwrap_or(0.0);
        };
        let low = height(before).unwrap_or(0.0);
        let Some(high) = height(after) else { return low };
        let (from, to) = (self.scores[before], self.scores[after]);
        // Halves, so that ends of opposite sign and greatest size do not overflow.
        low + (high - low) * ((0.5 * score - 0.5 * from) / (0.5 * to - 0.5 * from))
    }
}
