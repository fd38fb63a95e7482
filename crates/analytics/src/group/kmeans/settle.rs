//! One of Lloyd's passes over the rows of a chunk, in which most rows need not be looked at.
//!
//! Each row keeps a label and a slack: how far all centres may still move before another could become its nearest. A pass
//! compares the slack with the way that was made since and looks at a row only where it is used up (Hamerly 2010, Making
//! k-means even faster, with the two bounds kept as their difference, and the ways summed up in [`Round`] so that a row that
//! stays is not written to). Rows looked at are screened in single precision, the few it cannot tell apart in double. A row
//! is skipped or taken from the screening only if that is certain, rounding included, so the labels are those of
//! [`nearest_labels`](super::assign::nearest_labels) at every pass.
//!
//! A pass over a chunk is a pure function of the round, the chunk's rows and what it keeps of them ([`Kept`]); it answers
//! what joined and left each cluster as exact sums, which merge to the same bits in any order. So the slacks of a range of
//! chunks live where those rows live, and only rounds and partials travel.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use stillroom_kernels::LANES;
use stillroom_kernels::exact::Grid;
use stillroom_kernels::nearest::{Places, lay, lay_narrow, nearest};

use super::assign::Centroids;
use super::spread::Spread;
use crate::Matrix;

/// The part of a number by which a rounded sum of two can be off in single precision.
const ROUNDING: f64 = f32::EPSILON as f64;

/// Where the centres are and how far they have come: all that a pass needs to be told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Round {
    centroids: Centroids,
    /// For each cluster the sum over all moves so far of its own centre's way and the longest of another one's.
    ways: Vec<f64>,
}

impl Round {
    /// The first round: no row has a label yet.
    #[must_use]
    pub fn new(centroids: Centroids) -> Self {
        Self { ways: vec![0.0; centroids.k()], centroids }
    }

    /// Where the centres are.
    #[must_use]
    pub fn centroids(&self) -> &Centroids {
        &self.centroids
    }

    /// The round after the centres have moved to `centroids`.
    #[must_use]
    pub fn after(&self, centroids: Centroids) -> Self {
        // A way is a rounded root of a rounded sum: some units of the last place more are more than enough.
        let longer = 1.0 + (centroids.width() + 8) as f64 * f64::EPSILON;
        let way = |(before, after)| super::assign::squared_distance(before, after).sqrt() * longer;
        let moved: Vec<f64> = self.centroids.rows().zip(centroids.rows()).map(way).collect();
        let longest_but = |cluster: usize| {
            let others = moved.iter().enumerate().filter(|(other, _)| *other != cluster);
            others.fold(0.0, |longest: f64, (_, way)| longest.max(*way))
        };
        let ways =
            (0..moved.len()).map(|it| (self.ways[it] + moved[it] + longest_but(it)) * longer).collect();
        Self { centroids, ways }
    }

    /// By how much every other centre is farther from a row than its own, at least, in the columns' units.
    pub(super) fn gap(&self, label: u32, slack: f32, spread: &Spread) -> f64 {
        f64::from(slack) * (1.0 - f64::EPSILON) / spread.scale()
            - self.ways[label as usize] * (1.0 + f64::EPSILON)
    }

    /// The same round with cluster `order[it]` at `it`.
    pub(super) fn reordered(&self, order: &[usize]) -> Self {
        let values = order.iter().flat_map(|&cluster| self.centroids.row(cluster)).copied().collect();
        let ways = order.iter().map(|&cluster| self.ways[cluster]).collect();
        Self { centroids: Centroids::new(self.centroids.width(), values), ways }
    }
}

/// What joined each cluster less what left it, mergeable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KMeansPartial {
    /// Sums of the rows' ways from the spread's centre, `2 · n_columns` numbers a cluster: see [`Grid`].
    sums: Vec<f64>,
    counts: Vec<i64>,
    n_changed: u64,
}

impl KMeansPartial {
    /// Nothing moved yet.
    #[must_use]
    pub fn new(k: usize, n_columns: usize) -> Self {
        Self { sums: vec![0.0; 2 * k * n_columns], counts: vec![0; k], n_changed: 0 }
    }

    /// Takes in what moved among other rows, or in a later pass. The sums are exact: any order gives the same bits.
    pub fn merge(&mut self, other: &Self) {
        self.sums.iter_mut().zip(&other.sums).for_each(|(sum, other)| *sum += other);
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, other)| *count += other);
        self.n_changed += other.n_changed;
    }

    /// Rows of each cluster, once all passes are merged.
    #[must_use]
    pub fn counts(&self) -> &[i64] {
        &self.counts
    }

    /// Rows whose label changed.
    #[must_use]
    pub fn n_changed(&self) -> u64 {
        self.n_changed
    }

    /// The same with cluster `order[it]` at `it`.
    pub(super) fn reordered(&self, order: &[usize]) -> Self {
        let width = self.sums.len() / self.counts.len();
        let of = |cluster: &usize| &self.sums[cluster * width..(cluster + 1) * width];
        Self {
            sums: order.iter().flat_map(of).copied().collect(),
            counts: order.iter().map(|&cluster| self.counts[cluster]).collect(),
            n_changed: self.n_changed,
        }
    }

    /// The mean of each cluster, once all passes are merged; an empty cluster keeps its place in `before`.
    #[must_use]
    pub fn centroids(&self, before: &Centroids, spread: &Spread) -> Centroids {
        let width = before.width();
        let mut after = before.clone();
        for (cluster, (sums, &count)) in self.sums.chunks_exact(2 * width).zip(&self.counts).enumerate() {
            let (uppers, lowers) = sums.split_at(width);
            if count > 0 {
                let means = uppers.iter().zip(lowers).map(|(upper, lower)| (upper + lower) / count as f64);
                for ((place, mean), start) in
                    after.row_mut(cluster).iter_mut().zip(means).zip(spread.centre())
                {
                    *place = start + mean;
                }
            }
        }
        after
    }
}

/// What is kept of the rows of a chunk between passes.
#[derive(Debug)]
pub struct Kept<'a> {
    /// The label of each row; [`Kept::NONE`] before the first pass.
    pub labels: &'a mut [u32],
    /// How far the centres may have moved, in the units of [`Round`]'s ways, before a row is looked at again; anything
    /// before the first pass.
    pub slacks: &'a mut [f32],
}

impl Kept<'_> {
    /// The label of a row that has none.
    pub const NONE: u32 = u32::MAX;
}

/// A round made ready for the rows of one spread.
#[derive(Debug)]
pub struct Pass<'a> {
    round: &'a Round,
    spread: &'a Spread,
    grid: Grid,
    places: Places,
    /// The factor from a way in the columns' units to one in the screening's.
    scale: f64,
    /// The least slack that settles a row, a cluster.
    needed: Vec<f32>,
    /// The least gap that cannot be the rounding of two distances in double precision.
    margin: f64,
}

impl<'a> Pass<'a> {
    /// Makes `round` ready for the rows that `spread` is of.
    #[must_use]
    pub fn new(round: &'a Round, spread: &'a Spread) -> Self {
        let scale = spread.scale();
        let width = round.centroids.width();
        let about = round.centroids.rows().flat_map(|row| row.iter().zip(spread.centre()));
        let coordinates: Vec<f64> = about.map(|(place, start)| (place - start) * scale).collect();
        let longest = coordinates
            .chunks_exact(width)
            .map(|row| row.iter().map(|it| it * it).sum::<f64>())
            .fold(0.0, f64::max)
            .sqrt();
        let margin = 8.0 * (width + 4) as f64 * f64::EPSILON * (1.0 + longest);
        let needed =
            round.ways.iter().map(|way| ((way * scale + margin) * (1.0 + ROUNDING)) as f32).collect();
        let places = Places::new(width, &coordinates);
        Self { round, spread, grid: spread.grid(), places, scale, needed, margin }
    }

    /// Labels the rows of one chunk and answers what moved.
    ///
    /// Cost: a comparison a row, and `2 · k · n_columns` operations in single precision for each that is looked at.
    pub fn settle(&self, matrix: &Matrix, rows: Range<usize>, kept: &mut Kept<'_>) -> KMeansPartial {
        let width = matrix.n_columns();
        let values = matrix.rows(rows);
        let row = |at: &u32| &values[*at as usize * width..(*at as usize + 1) * width];
        let mut partial = KMeansPartial::new(self.round.centroids.k(), width);
        let mut doubtful = Vec::new();
        let mut block = vec![[0.0f32; LANES]; width];
        for group in self.unsettled(kept).chunks(LANES) {
            lay_narrow(group.iter().map(row), self.spread.centre(), self.scale, &mut block);
            let found = self.places.screen(&block);
            for ((at, nearest), gap) in group.iter().zip(found.nearest).zip(found.gap) {
                if f64::from(gap) > self.margin {
                    self.keep(row(at), *at, nearest as u32, f64::from(gap), kept, &mut partial);
                } else {
                    doubtful.push(*at);
                }
            }
        }
        let (mut block, origin) = (vec![[0.0; LANES]; width], vec![0.0; width]);
        for group in doubtful.chunks(LANES) {
            lay(group.iter().map(row), &origin, &mut block);
            let found = nearest(&block, self.round.centroids.values());
            for ((at, nearest), gap) in group.iter().zip(found.nearest).zip(found.gap) {
                self.keep(row(at), *at, nearest, gap * self.scale, kept, &mut partial);
            }
        }
        partial
    }

    /// The positions in the chunk of the rows whose slack is used up.
    fn unsettled(&self, kept: &Kept<'_>) -> Vec<u32> {
        let mut unsettled = vec![0; kept.labels.len()];
        let mut n = 0;
        for (at, (label, slack)) in (0u32..).zip(kept.labels.iter().zip(kept.slacks.iter())) {
            unsettled[n] = at;
            let is_settled = self.needed.get(*label as usize).is_some_and(|needed| slack > needed);
            n += usize::from(!is_settled);
        }
        unsettled.truncate(n);
        unsettled
    }

    #[inline]
    fn keep(
        &self,
        row: &[f64],
        at: u32,
        label: u32,
        gap: f64,
        kept: &mut Kept<'_>,
        partial: &mut KMeansPartial,
    ) {
        let (before, width) = (kept.labels[at as usize], row.len());
        let way = self.round.ways[label as usize] * self.scale;
        // An only centre is farther from every other by an infinite gap.
        kept.slacks[at as usize] = ((gap + way) * (1.0 - ROUNDING)) as f32;
        if before == label {
            return;
        }
        kept.labels[at as usize] = label;
        partial.n_changed += 1;
        let origin = self.spread.centre();
        if before != Kept::NONE {
            partial.counts[before as usize] -= 1;
            let sums = &mut partial.sums[2 * before as usize * width..][..2 * width];
            self.grid.subtract(row, origin, sums);
        }
        partial.counts[label as usize] += 1;
        self.grid.add(row, origin, &mut partial.sums[2 * label as usize * width..][..2 * width]);
    }
}
