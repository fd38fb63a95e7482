//! From co-occurrences to each item's nearest items.

use super::KnnItemParams;
use super::rows::{Pair, Rows, Total};
use crate::Result;
use crate::progress::{Watch, report};

/// An item near another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// The item.
    pub item: u32,
    /// The cosine after shrinkage, over 0 and at most 1.
    pub similarity: f64,
    /// The cosine, over 0 and at most 1.
    pub cosine: f64,
    /// The users who took both.
    pub overlap: u32,
    /// The sum over those users of the product of both weights: what the cosine is before it is divided by the norms.
    pub product: f64,
}

/// The cosine of two vectors of one length, from −1 to 1; `None` when either is zero or the lengths differ.
///
/// ```
/// let cosine = stillroom_analytics::recommend::cosine(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]);
/// assert!((cosine.unwrap() - 32.0 / (14.0_f64 * 77.0).sqrt()).abs() < 1e-15);
/// ```
#[must_use]
pub fn cosine(a: &[f64], b: &[f64]) -> Option<f64> {
    let largest = |vector: &[f64]| vector.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let (a_scale, b_scale) = (largest(a), largest(b));
    if a.len() != b.len() || a_scale == 0.0 || b_scale == 0.0 {
        return None;
    }
    let (mut product, mut a_square, mut b_square) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a / a_scale, b / b_scale);
        product += a * b;
        a_square += a * a;
        b_square += b * b;
    }
    let cosine = product / (a_square.sqrt() * b_square.sqrt());
    Some(cosine.clamp(-1.0, 1.0)).filter(|cosine: &f64| cosine.is_finite())
}

/// The nearest items of each item, by falling similarity and, among equals, rising code.
pub(super) fn nearest<T: Total>(
    rows: &mut Rows<'_, T>,
    norms: &[f64],
    params: &KnnItemParams,
    watch: &mut Watch<'_>,
) -> Result<Vec<Vec<Neighbour>>> {
    const ITEMS_PER_REPORT: usize = 256;
    let mut nearest = Nearest::new(params.neighbours as usize, norms.len());
    for item in 0..norms.len() {
        if item % ITEMS_PER_REPORT == 0 {
            report(watch, super::STAGE, item, norms.len())?;
        }
        rows.for_each_pair(item, |pair| {
            let norm = norms[item] * norms[pair.item as usize];
            let similarity = similarity(pair.product, norm, params.shrink);
            let ends = [item, pair.item as usize];
            if pair.overlap < params.min_overlap || !ends.iter().any(|&end| nearest.wants(end, similarity)) {
                return;
            }
            if let Some(neighbour) = neighbour(&pair, norm, params.shrink) {
                nearest.offer(ends[0], neighbour);
                nearest.offer(ends[1], Neighbour { item: item as u32, ..neighbour });
            }
        });
    }
    Ok(nearest.into_sorted())
}

/// The cosine after shrinkage; NaN where nothing is left to compare.
fn similarity(product: f64, norm: f64, shrink: f64) -> f64 {
    (product / (norm + shrink)).min(1.0)
}

/// The other item of a pair whose norms multiply to `norm`; none when weights whose squares vanish leave nothing to compare.
pub(super) fn neighbour(pair: &Pair, norm: f64, shrink: f64) -> Option<Neighbour> {
    let cosine = (pair.product / norm).min(1.0);
    let similarity = similarity(pair.product, norm, shrink);
    let is_near = similarity > 0.0 && cosine > 0.0;
    let Pair { item, overlap, product } = *pair;
    is_near.then_some(Neighbour { item, similarity, cosine, overlap, product })
}

/// The least number over zero.
const OVER_ZERO: f64 = f64::from_bits(1);

/// The best few of each item's, cut back whenever twice as many are held.
struct Nearest {
    limit: usize,
    held: Vec<Vec<Neighbour>>,
    /// The least similarity that can still enter each item's list; equal ones may, by their code.
    least: Vec<f64>,
}

impl Nearest {
    fn new(limit: usize, n_items: usize) -> Self {
        Self { limit, held: vec![Vec::new(); n_items], least: vec![OVER_ZERO; n_items] }
    }

    fn wants(&self, item: usize, similarity: f64) -> bool {
        similarity >= self.least[item]
    }

    fn offer(&mut self, item: usize, neighbour: Neighbour) {
        if !self.wants(item, neighbour.similarity) {
            return;
        }
        self.held[item].push(neighbour);
        if self.held[item].len() >= 2 * self.limit {
            self.cut(item);
        }
    }

    fn cut(&mut self, item: usize) {
        let held = &mut self.held[item];
        held.sort_unstable_by(|a, b| b.similarity.total_cmp(&a.similarity).then(a.item.cmp(&b.item)));
        held.truncate(self.limit);
        if let (true, Some(worst)) = (held.len() == self.limit, held.last()) {
            self.least[item] = worst.similarity;
        }
    }

    fn into_sorted(mut self) -> Vec<Vec<Neighbour>> {
        (0..self.held.len()).for_each(|item| self.cut(item));
        self.held.iter_mut().for_each(Vec::shrink_to_fit);
        self.held
    }
}
