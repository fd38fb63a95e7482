//! Growth by exact splits: every threshold between two distinct values of a column is tried.
//!
//! Of splits that gain alike, to twelve digits, the first column's and the lowest threshold's is taken: neither the order
//! of rows nor the rounding of sums decides.

use std::collections::BinaryHeap;

use super::format::{Builder, MAX_DEPTH};
use super::pace::Pace;
use super::ranks::{Key, Keys, RankColumn, Ranks};
use super::target::{Entered, Target};
use crate::Result;
use crate::random::{Generator, draw_below};

/// When a node is not split further.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) max_depth: usize,
    pub(super) min_samples_split: usize,
    pub(super) min_samples_leaf: usize,
    /// As a share of the root's cover, in units of impurity.
    pub(super) min_impurity_decrease: f64,
    /// Grows the most gaining node first when there is a limit.
    pub(super) max_leaves: Option<usize>,
    /// The columns drawn at each node; all of them, in order, when not fewer than there are.
    pub(super) columns_per_split: usize,
}

/// Buffers that nodes and trees share.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    short_keys: Keys<u32>,
    long_keys: Keys<u64>,
    counts: Vec<u32>,
    spare_rows: Vec<u32>,
    columns: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Best {
    column: usize,
    /// The ranks on both sides of the threshold.
    low: u32,
    high: u32,
    gain: f64,
}

/// A leaf that may still be split: its rows and the split found.
#[derive(Debug)]
struct Open {
    node: usize,
    start: usize,
    end: usize,
    depth: usize,
    best: Best,
}

/// By gain, the oldest of equals first, for the heap.
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
impl Ord for Open {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.best.gain.total_cmp(&other.best.gain).then(other.node.cmp(&self.node))
    }
}

/// Open leaves, depth first or the most gaining first.
enum Frontier {
    Depth(Vec<Open>),
    Gain(BinaryHeap<Open>),
}

impl Frontier {
    fn push(&mut self, open: Open) {
        match self {
            Self::Depth(stack) => stack.push(open),
            Self::Gain(heap) => heap.push(open),
        }
    }

    fn pop(&mut self) -> Option<Open> {
        match self {
            Self::Depth(stack) => stack.pop(),
            Self::Gain(heap) => heap.pop(),
        }
    }
}

/// One tree in the making.
pub(super) struct Growth<'a, T> {
    pub(super) ranks: &'a Ranks,
    pub(super) target: T,
    pub(super) limits: Limits,
    pub(super) generator: Generator,
    pub(super) buffers: &'a mut Buffers,
}

impl<T: Target> Growth<'_, T> {
    /// Grows a tree on `rows`, which are at least one and end in another order.
    pub(super) fn grow(mut self, rows: &mut [u32], pace: &mut Pace<'_, '_>) -> Result<Builder> {
        self.buffers.columns.clear();
        self.buffers.columns.extend(0..self.ranks.n_columns() as u32);
        let mut builder = Builder::new(self.target.width());
        let mut frontier = match self.limits.max_leaves {
            None => Frontier::Depth(Vec::new()),
            Some(_) => Frontier::Gain(BinaryHeap::new()),
        };
        let mut n_leaves = 1;
        if let Some(root) = self.open(&mut builder, rows, 0, 0, pace)? {
            frontier.push(root);
        }
        while let Some(open) = frontier.pop() {
            if self.limits.max_leaves.is_some_and(|most| n_leaves >= most) {
                break;
            }
            n_leaves += 1;
            let Open { node, start, end, depth, best } = open;
            let column = self.ranks.column(best.column);
            let rows = &mut rows[start..end];
            let n_left = column.partition(rows, best.low, &mut self.buffers.spare_rows);
            let (left_rows, right_rows) = rows.split_at(n_left);
            let left_node = builder.nodes.len();
            let left = self.open(&mut builder, left_rows, start, depth + 1, pace)?;
            let right_node = builder.nodes.len();
            let right = self.open(&mut builder, right_rows, start + n_left, depth + 1, pace)?;
            let root = builder.nodes[0].impurity;
            let parent = &mut builder.nodes[node];
            parent.column = best.column;
            parent.threshold = column.threshold(best.low, best.high);
            parent.gain = (best.gain / root).max(0.0);
            parent.children = Some((left_node, right_node));
            [right, left].into_iter().flatten().for_each(|child| frontier.push(child));
        }
        Ok(builder)
    }

    /// Adds the leaf of `rows`, and looks for its split when it may have one.
    fn open(
        &mut self,
        builder: &mut Builder,
        rows: &[u32],
        start: usize,
        depth: usize,
        pace: &mut Pace<'_, '_>,
    ) -> Result<Option<Open>> {
        let entered = self.target.enter(rows);
        let node = builder.push_leaf(entered.cover, entered.impurity);
        self.target.say(&mut builder.values);
        let limits = &self.limits;
        let stays = entered.is_pure
            || depth >= limits.max_depth.min(MAX_DEPTH)
            || rows.len() < limits.min_samples_split
            || rows.len() / 2 < limits.min_samples_leaf;
        if stays {
            return Ok(None);
        }
        let root_cover = builder.nodes[0].cover;
        let best = self.best_split(rows, entered, pace)?;
        let best =
            best.filter(|best| best.gain / root_cover + f64::EPSILON >= self.limits.min_impurity_decrease);
        Ok(best.map(|best| Open { node, start, end: start + rows.len(), depth, best }))
    }

    fn best_split(
        &mut self,
        rows: &[u32],
        entered: Entered,
        pace: &mut Pace<'_, '_>,
    ) -> Result<Option<Best>> {
        let n_columns = self.ranks.n_columns();
        let mut best: Option<Best> = None;
        if self.limits.columns_per_split >= n_columns {
            for column in 0..n_columns {
                pace.work(rows.len())?;
                self.try_column(column, rows, entered, &mut best);
            }
            return Ok(best);
        }
        // Columns of one value in these rows are drawn like others, but at least one other is tried if there is any.
        let (mut n_drawn, mut any_varies) = (0, false);
        while n_drawn < n_columns && (n_drawn < self.limits.columns_per_split || !any_varies) {
            pace.work(rows.len())?;
            let drawn = n_drawn + draw_below(&mut self.generator, n_columns - n_drawn);
            self.buffers.columns.swap(n_drawn, drawn);
            let column = self.buffers.columns[n_drawn] as usize;
            n_drawn += 1;
            any_varies |= self.try_column(column, rows, entered, &mut best);
        }
        Ok(best)
    }

    /// Improves `best` by the splits of one column; whether the column has more than one value here.
    fn try_column(
        &mut self,
        column_idx: usize,
        rows: &[u32],
        entered: Entered,
        best: &mut Option<Best>,
    ) -> bool {
        let column = self.ranks.column(column_idx);
        if column.n_distinct() < 2 {
            return false;
        }
        if column.has_short_keys(rows.len()) {
            let mut keys = std::mem::take(&mut self.buffers.short_keys);
            let varies = self.scan(column, column_idx, &mut keys, rows, entered, best);
            self.buffers.short_keys = keys;
            varies
        } else {
            let mut keys = std::mem::take(&mut self.buffers.long_keys);
            let varies = self.scan(column, column_idx, &mut keys, rows, entered, best);
            self.buffers.long_keys = keys;
            varies
        }
    }

    fn scan<K: Key>(
        &mut self,
        column: &RankColumn,
        column_idx: usize,
        keys: &mut Keys<K>,
        rows: &[u32],
        entered: Entered,
        best: &mut Option<Best>,
    ) -> bool {
        column.keys(rows, &mut keys.keys);
        keys.sort(&mut self.buffers.counts, column.n_distinct());
        let keys = &keys.keys;
        let (first, last) = (keys[0].rank(), keys[keys.len() - 1].rank());
        if first == last {
            return false;
        }
        let margin = 1e-12 * entered.impurity;
        let least = self.limits.min_samples_leaf;
        let mut to_beat = best.map_or(f64::NEG_INFINITY, |best| best.gain + margin);
        self.target.clear();
        let mut present = first;
        for (n_left, &key) in keys.iter().enumerate() {
            let next = key.rank();
            if next != present {
                if n_left >= least && keys.len() - n_left >= least && self.target.may_gain(to_beat) {
                    let gain = self.target.gain();
                    // A side whose weight is lost in rounding gives no number.
                    if gain > to_beat && gain.is_finite() {
                        to_beat = gain + margin;
                        *best = Some(Best { column: column_idx, low: present, high: next, gain });
                    }
                }
                present = next;
            }
            self.target.take(key.position() as usize);
        }
        true
    }
}
