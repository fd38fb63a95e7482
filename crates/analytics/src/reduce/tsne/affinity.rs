//! How near rows are to each other, each by the measure of its own surroundings.

use crate::group::kd_tree::KdTree;
use crate::progress::{Watch, report};
use crate::{Matrix, Result};

/// Halvings of the search for a row's width.
const MAX_HALVINGS: usize = 100;
/// How near the entropy must come to that of the perplexity.
const TOLERANCE: f64 = 1e-5;

/// Symmetric shares of nearness that sum to 1 over all pairs: for each row those of its neighbours, others being 0.
#[derive(Debug)]
pub(super) struct Affinities {
    /// Where each row's neighbours start; one more than rows.
    pub(super) starts: Vec<usize>,
    pub(super) neighbours: Vec<u32>,
    pub(super) shares: Vec<f64>,
}

impl Affinities {
    /// Three times as many neighbours a row as the perplexity count (van der Maaten 2014).
    pub(super) fn of(matrix: &Matrix, perplexity: f64, watch: &mut Watch<'_>) -> Result<Self> {
        let n_rows = matrix.n_rows();
        let k = ((3.0 * perplexity) as usize).clamp(1, n_rows - 1);
        let tree = KdTree::new(matrix.values(), matrix.n_columns());
        let mut found = Vec::with_capacity(k + 2);
        let mut entries: Vec<(u32, u32, f64)> = Vec::with_capacity(2 * n_rows * k);
        for row in 0..n_rows {
            if row % 64 == 0 {
                report(watch, "tsne_neighbours", row, n_rows)?;
            }
            tree.nearest(matrix.row(row), k + 1, &mut found);
            // Among many equal rows the row itself may not be found.
            let own = found.iter().position(|near| near.1 as usize == row).unwrap_or(found.len() - 1);
            found.remove(own);
            for (near, share) in found.iter().zip(shares_of(&found, perplexity)) {
                let half = share / (2 * n_rows) as f64;
                entries.extend([(row as u32, near.1, half), (near.1, row as u32, half)]);
            }
        }
        // A stable sort keeps equal pairs in the order of rows: their sum is the same everywhere.
        entries.sort_by_key(|entry| (entry.0, entry.1));
        let mut affinities = Self { starts: vec![0], neighbours: Vec::new(), shares: Vec::new() };
        for of_row in entries.chunk_by(|a, b| a.0 == b.0) {
            for pair in of_row.chunk_by(|a, b| a.1 == b.1) {
                affinities.neighbours.push(pair[0].1);
                affinities.shares.push(pair.iter().map(|entry| entry.2).sum());
            }
            affinities.starts.push(affinities.neighbours.len());
        }
        Ok(affinities)
    }

    /// A row's neighbours and their shares.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> {
        let range = self.starts[row]..self.starts[row + 1];
        self.neighbours[range.clone()].iter().map(|it| *it as usize).zip(self.shares[range].iter().copied())
    }
}

/// Gaussian shares of the neighbours at these squared distances, as wide as gives the perplexity; they sum to 1.
fn shares_of(found: &[(f64, u32)], perplexity: f64) -> Vec<f64> {
    let mean = found.iter().map(|near| near.0 / found.len() as f64).sum::<f64>();
    let least = found.first().map_or(0.0, |near| near.0);
    // Distances from the nearest on, in units of their mean: any scale comes to the same numbers.
    let distances: Vec<f64> =
        found.iter().map(|near| if mean > 0.0 { (near.0 - least) / mean } else { 0.0 }).collect();
    let wanted = libm::log(perplexity);
    let (mut low, mut high, mut sharpness) = (0.0, f64::INFINITY, 1.0);
    let mut shares = vec![0.0; distances.len()];
    for _ in 0..MAX_HALVINGS {
        let mut sum = 0.0;
        for (share, distance) in shares.iter_mut().zip(&distances) {
            *share = libm::exp(-sharpness * distance);
            sum += *share;
        }
        let weighted: f64 = shares.iter().zip(&distances).map(|(share, distance)| share * distance).sum();
        shares.iter_mut().for_each(|share| *share /= sum);
        let entropy = libm::log(sum) + sharpness * weighted / sum;
        if (entropy - wanted).abs() < TOLERANCE {
            break;
        }
        if entropy > wanted {
            low = sharpness;
            sharpness = if high.is_finite() { (low + high) / 2.0 } else { sharpness * 2.0 };
        } else {
            high = sharpness;
            sharpness = (low + high) / 2.0;
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_the_perplexity_asked_for_on_any_scale() {
        for scale in [1e-80, 1.0, 1e80] {
            let found: Vec<(f64, u32)> = (1..=90).map(|it| (f64::from(it * it) * scale, it)).collect();
            let shares = shares_of(&found, 30.0);
            let entropy: f64 = shares.iter().map(|share| -share * libm::log(share.max(1e-300))).sum();
            assert!((libm::exp(entropy) - 30.0).abs() < 1e-3, "{scale}");
            assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
        assert!(shares_of(&[(0.0, 1), (0.0, 2)], 1.5).iter().all(|share| *share == 0.5));
    }
}
