//! Growth of one tree from bins, the most gaining leaf first.

use std::collections::BinaryHeap;

use super::bins::Bins;
use super::histogram::{Cell, Histogram, Pair, absorb, subtract};
use super::split::{Best, Bounds, LEAST_HESSIAN, Rules};
use crate::Result;
use crate::predict::trees::format::{Builder, MAX_DEPTH};
use crate::predict::trees::pace::Pace;

/// The most bytes of histograms kept of leaves that wait; beyond, they are summed again when needed, to the same bits.
const KEPT_BYTES: usize = 256 << 20;

/// How far a tree may grow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) max_leaves: usize,
    pub(super) max_depth: usize,
    pub(super) learning_rate: f64,
}

/// A leaf that can be split.
#[derive(Debug)]
struct Open {
    node: usize,
    start: usize,
    end: usize,
    depth: usize,
    sums: Cell,
    bounds: Bounds,
    best: Best,
    histogram: Option<Histogram>,
}

impl PartialEq for Open {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Open {}
impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
/// By gain, the oldest of equals first.
impl Ord for Open {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.best.gain.total_cmp(&other.best.gain).then(other.node.cmp(&self.node))
    }
}

/// Buffers that trees share.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    /// Histograms of no rows.
    spare: Vec<Histogram>,
    spare_rows: Vec<u32>,
    pairs: Vec<Pair>,
}

/// One tree in the making.
pub(super) struct Growth<'a> {
    pub(super) bins: &'a Bins,
    pub(super) rules: Rules,
    pub(super) limits: Limits,
    /// The columns that may be asked, ascending.
    pub(super) columns: &'a [u32],
    /// Each row's gradient and Hessian.
    pub(super) pairs: &'a [Pair],
    pub(super) buffers: &'a mut Buffers,
}

/// A tree and the rows that its leaves hold.
pub(super) struct Grown {
    pub(super) builder: Builder,
    /// By node: where its rows are among the rows, which the growth has put in order; empty for splits.
    pub(super) rows: Vec<std::ops::Range<usize>>,
}

impl Growth<'_> {
    /// Grows a tree on `rows`, at least one.
    pub(super) fn grow(mut self, rows: &mut [u32], pace: &mut Pace<'_, '_>) -> Result<Grown> {
        let mut grown = Grown { builder: Builder::new(1), rows: Vec::new() };
        let mut heap = BinaryHeap::new();
        let mut sums = Cell::default();
        rows.iter().for_each(|&row| sums.add(self.pairs[row as usize]));
        let bounds = Bounds { low: f64::NEG_INFINITY, high: f64::INFINITY };
        let root = self.leaf(&mut grown, 0..rows.len(), &sums, bounds);
        if self.may_split(&sums, 0) {
            let histogram = self.sum(rows, pace)?;
            self.open(&mut heap, root, 0..rows.len(), 0, (sums, bounds), histogram);
        }
        let mut n_leaves = 1;
        while n_leaves < self.limits.max_leaves {
            let Some(open) = heap.pop() else { break };
            n_leaves += 1;
            let is_last = n_leaves == self.limits.max_leaves;
            self.split(&mut grown, &mut heap, open, rows, is_last, pace)?;
        }
        for open in heap {
            self.give_back(open.histogram);
        }
        Ok(grown)
    }

    fn leaf(&self, grown: &mut Grown, rows: std::ops::Range<usize>, sums: &Cell, bounds: Bounds) -> usize {
        let value = self.rules.value(sums, bounds) * self.limits.learning_rate;
        grown.builder.values.push(value);
        grown.rows.push(rows);
        grown.builder.push_leaf(f64::from(sums.count), 0.0)
    }

    fn may_split(&self, sums: &Cell, depth: usize) -> bool {
        depth < self.limits.max_depth.min(MAX_DEPTH)
            && sums.count / 2 >= self.rules.min_samples_leaf
            && self.rules.numbers(sums).1 >= 2.0 * LEAST_HESSIAN
    }

    /// The histogram of `rows`.
    fn sum(&mut self, rows: &[u32], pace: &mut Pace<'_, '_>) -> Result<Histogram> {
        pace.work(rows.len() * self.columns.len() + self.bins.n_bins())?;
        let n_bins = self.bins.n_bins();
        let mut histogram = self.buffers.spare.pop().unwrap_or_default();
        histogram.clear();
        histogram.resize(n_bins, Cell::default());
        let pairs = &mut self.buffers.pairs;
        pairs.clear();
        pairs.extend(rows.iter().map(|&row| self.pairs[row as usize]));
        absorb(&mut histogram, self.bins, self.columns, rows, pairs);
        Ok(histogram)
    }

    fn give_back(&mut self, histogram: Option<Histogram>) {
        self.buffers.spare.extend(histogram);
    }

    /// Looks for the split of a leaf, and lets it wait for its turn if there is one.
    fn open(
        &mut self,
        heap: &mut BinaryHeap<Open>,
        node: usize,
        rows: std::ops::Range<usize>,
        depth: usize,
        (sums, bounds): (Cell, Bounds),
        histogram: Histogram,
    ) {
        let best = self.rules.best_split(self.bins, self.columns, &histogram, &sums, bounds);
        let Some(best) = best else { return self.give_back(Some(histogram)) };
        let is_kept = (heap.len() + 1).saturating_mul(self.bins.n_bins() * size_of::<Cell>()) <= KEPT_BYTES;
        let histogram = if is_kept {
            Some(histogram)
        } else {
            self.give_back(Some(histogram));
            None
        };
        heap.push(Open { node, start: rows.start, end: rows.end, depth, sums, bounds, best, histogram });
    }

    fn split(
        &mut self,
        grown: &mut Grown,
        heap: &mut BinaryHeap<Open>,
        open: Open,
        rows: &mut [u32],
        is_last: bool,
        pace: &mut Pace<'_, '_>,
    ) -> Result<()> {
        let Open { node, start, end, depth, sums, bounds, best, histogram } = open;
        let middle = start + self.partition(&mut rows[start..end], &best);
        let mut right_sums = sums;
        right_sums.subtract(&best.left);
        let [left_bounds, right_bounds] = self.child_bounds(&best, &right_sums, bounds);
        let left_node = self.leaf(grown, start..middle, &best.left, left_bounds);
        let right_node = self.leaf(grown, middle..end, &right_sums, right_bounds);
        grown.rows[node] = 0..0;
        let parent = &mut grown.builder.nodes[node];
        parent.column = best.column;
        parent.threshold = self.bins.threshold(best.column, best.bin);
        parent.gain = best.gain;
        parent.children = Some((left_node, right_node));
        let mut children = [
            (left_node, start..middle, (best.left, left_bounds)),
            (right_node, middle..end, (right_sums, right_bounds)),
        ];
        let any_splits = children.iter().any(|(.., (sums, _))| self.may_split(sums, depth + 1));
        if is_last || !any_splits {
            self.give_back(histogram);
            return Ok(());
        }
        children.sort_by_key(|(_, rows, _)| rows.len());
        let [small, large] = children;
        let small_histogram = self.sum(&rows[small.1.clone()], pace)?;
        let large_histogram = match histogram {
            Some(mut whole) => {
                subtract(&mut whole, &small_histogram, self.bins, self.columns);
                whole
            }
            None => self.sum(&rows[large.1.clone()], pace)?,
        };
        for ((node, rows, sums), histogram) in [(small, small_histogram), (large, large_histogram)] {
            if self.may_split(&sums.0, depth + 1) {
                self.open(heap, node, rows, depth + 1, sums, histogram);
            } else {
                self.give_back(Some(histogram));
            }
        }
        Ok(())
    }

    /// What the descendants of both sides may say: along a column with a direction, no more and no less than the middle.
    fn child_bounds(&self, best: &Best, right: &Cell, bounds: Bounds) -> [Bounds; 2] {
        let direction = self.rules.directions.get(best.column).copied().unwrap_or(0);
        if direction == 0 {
            return [bounds; 2];
        }
        let middle = (self.rules.value(&best.left, bounds) + self.rules.value(right, bounds)) / 2.0;
        let (below, above) = (Bounds { high: middle, ..bounds }, Bounds { low: middle, ..bounds });
        if direction > 0 { [below, above] } else { [above, below] }
    }

    /// Moves the rows that go left to the front, keeping the order on both sides; returns their number.
    fn partition(&mut self, rows: &mut [u32], best: &Best) -> usize {
        let bins = self.bins.column(best.column);
        let spare = &mut self.buffers.spare_rows;
        spare.clear();
        let mut n_left = 0;
        for position in 0..rows.len() {
            let row = rows[position];
            if bins[row as usize] as usize <= best.bin {
                rows[n_left] = row;
                n_left += 1;
            } else {
                spare.push(row);
            }
        }
        rows[n_left..].copy_from_slice(spare);
        n_left
    }
}
