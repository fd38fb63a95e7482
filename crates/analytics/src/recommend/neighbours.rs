//! From co-occurrences to each item's nearest items.

use serde::{Deserialize, Serialize};

use super::KnnItemParams;
use super::rows::{Pair, Rows, Total};
use crate::progress::{Watch, report};
use crate::{Error, Result};

/// An item near another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Neighbour {
    /// The item.
    pub item: u32,
    /// The cosine after shrinkage, over 0 and at most 1.
    pub similarity: f64,
    /// The cosine, over 0 and at most 1.
    pub cosine: f64,
    /// The users who took both.
    pub overlap: u32,
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
    params: &KnnItemParams,
    watch: &mut Watch<'_>,
) -> Result<Vec<Vec<Neighbour>>> {
    const ITEMS_PER_REPORT: usize = 256;
    let n_items = rows.squares.len();
    let norms: Vec<f64> = rows.squares.iter().map(|square| square.sqrt()).collect();
    if !norms.iter().all(|norm| norm.is_finite()) {
        return Err(Error::OutOfScale { column: "quantity".to_owned() });
    }
    let mut lists = vec![Nearest::new(params.neighbours as usize); n_items];
    for item in 0..n_items {
        if item % ITEMS_PER_REPORT == 0 {
            report(watch, super::STAGE, item, n_items)?;
        }
        rows.for_each_pair(item, |pair| {
            let norm = norms[item] * norms[pair.item as usize];
            if pair.overlap >= params.min_overlap
                && let Some(neighbour) = neighbour(&pair, norm, params.shrink)
            {
                lists[item].offer(neighbour);
                lists[pair.item as usize].offer(Neighbour { item: item as u32, ..neighbour });
            }
        });
    }
    Ok(lists.into_iter().map(Nearest::into_sorted).collect())
}

/// The other item of a pair whose norms multiply to `norm`; none when weights whose squares vanish leave nothing to compare.
pub(super) fn neighbour(pair: &Pair, norm: f64, shrink: f64) -> Option<Neighbour> {
    let cosine = (pair.product / norm).min(1.0);
    let similarity = (pair.product / (norm + shrink)).min(1.0);
    let is_near = similarity > 0.0 && cosine > 0.0;
    is_near.then_some(Neighbour { item: pair.item, similarity, cosine, overlap: pair.overlap })
}

/// The best few of many, cut back whenever twice as many are held.
#[derive(Debug, Clone)]
struct Nearest {
    limit: usize,
    held: Vec<Neighbour>,
    /// The worst similarity that can still enter; equal ones may, by their code.
    threshold: f64,
}

impl Nearest {
    fn new(limit: usize) -> Self {
        Self { limit, held: Vec::new(), threshold: 0.0 }
    }

    fn offer(&mut self, neighbour: Neighbour) {
        if neighbour.similarity < self.threshold {
            return;
        }
        self.held.push(neighbour);
        if self.held.len() >= 2 * self.limit {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.held.sort_unstable_by(|a, b| b.similarity.total_cmp(&a.similarity).then(a.item.cmp(&b.item)));
        self.held.truncate(self.limit);
        if let (true, Some(worst)) = (self.held.len() == self.limit, self.held.last()) {
            self.threshold = worst.similarity;
        }
    }

    fn into_sorted(mut self) -> Vec<Neighbour> {
        self.cut();
        self.held.shrink_to_fit();
        self.held
    }
}
