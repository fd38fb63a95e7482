//! What one gains by taking the likeliest rows first.

use serde::{Deserialize, Serialize};

use super::ranking::Ranked;

/// A tenth of the rows by falling probability. Rows of equal probability that fall on a border count for both sides in
/// proportion, as if drawn by lot.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Decile {
    /// The tenth, 1 for the highest probabilities.
    pub decile: u32,
    /// The rows, a fraction when the whole is no multiple of ten.
    pub n_rows: f64,
    /// The share of them that is positive (expected, where a group is split).
    pub rate: f64,
    /// `rate` over the base rate.
    pub lift: f64,
    /// The share of all positive rows in this tenth and those above it.
    pub cumulative_gain: f64,
    /// The lift of this tenth and those above it together.
    pub cumulative_lift: f64,
}

/// The ten tenths.
pub(super) fn deciles(ranked: &Ranked) -> Vec<Decile> {
    let (n_rows, n_positive) = (ranked.n_rows as f64, ranked.n_positive as f64);
    let size = n_rows / 10.0;
    let mut gained_before = 0.0;
    (1..=10_u32)
        .map(|decile| {
            let gained = positives_among(ranked, n_rows * f64::from(decile) / 10.0);
            let rate = (gained - gained_before) / size;
            gained_before = gained;
            Decile {
                decile,
                n_rows: size,
                rate,
                lift: rate * n_rows / n_positive,
                cumulative_gain: gained / n_positive,
                cumulative_lift: gained / n_positive * 10.0 / f64::from(decile),
            }
        })
        .collect()
}

/// The positive rows expected among the first `depth` rows.
fn positives_among(ranked: &Ranked, depth: f64) -> f64 {
    let (mut seen, mut hits) = (0.0, 0.0);
    for group in &ranked.groups {
        let n_rows = group.n_rows as f64;
        if seen + n_rows >= depth {
            return hits + group.n_positive as f64 * (depth - seen) / n_rows;
        }
        seen += n_rows;
        hits += group.n_positive as f64;
    }
    hits
}
