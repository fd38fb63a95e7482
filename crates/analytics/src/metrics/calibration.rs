//! Whether a predicted 30 % happens three times in ten.

use serde::{Deserialize, Serialize};

use super::ranking::{Group, Ranked};
use crate::distribution::wilson;

/// Rows of similar probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// The rows.
    pub n_rows: u64,
    /// The least probability among them.
    pub from: f64,
    /// The greatest probability among them.
    pub to: f64,
    /// Their mean probability.
    pub predicted: f64,
    /// The share of them that is positive.
    pub observed: f64,
    /// The lower end of Wilson's interval of `observed`.
    pub low: f64,
    /// The upper end of Wilson's interval of `observed`.
    pub high: f64,
}

/// At most `n_bins` bins of nearly equal size, by rising probability; rows of equal probability stay together.
pub(super) fn table(ranked: &Ranked, n_bins: usize, level: f64) -> Vec<CalibrationBin> {
    let mut bins = Vec::new();
    let (mut start, mut seen) = (0, 0);
    let rising: Vec<Group> = ranked.groups.iter().rev().copied().collect();
    for (position, group) in rising.iter().enumerate() {
        seen += group.n_rows;
        let edge = u128::from(ranked.n_rows) * (bins.len() as u128 + 1);
        let is_full = u128::from(seen) * n_bins as u128 >= edge;
        if is_full || position + 1 == rising.len() {
            bins.push(bin(&rising[start..=position], level));
            start = position + 1;
        }
    }
    bins
}

fn bin(groups: &[Group], level: f64) -> CalibrationBin {
    let n_rows: u64 = groups.iter().map(|group| group.n_rows).sum();
    let n_positive: u64 = groups.iter().map(|group| group.n_positive).sum();
    let probability: f64 = groups.iter().map(|group| group.probability * group.n_rows as f64).sum();
    let (low, high) = wilson(n_positive as f64, n_rows as f64, level);
    CalibrationBin {
        n_rows,
        from: groups[0].probability,
        to: groups[groups.len() - 1].probability,
        predicted: probability / n_rows as f64,
        observed: n_positive as f64 / n_rows as f64,
        low,
        high,
    }
}
