//! Neighbours of a point, found without looking at every row: a tree of boxes (Bentley 1975).

use crate::group::kmeans::assign::squared_distance;

/// Rows of a box that is not split further.
const LEAF_ROWS: usize = 16;
const NONE: u32 = u32::MAX;

/// Rows sorted into nested boxes, halved along their widest column.
///
/// Answers do not depend on how rows are sorted: distances are summed in column order, ties go to the lower row. With many
/// columns boxes overlap what is near, and a search costs as much as looking at every row.
#[derive(Debug)]
pub(crate) struct KdTree {
    width: usize,
    /// Rows in the order of the leaves.
    values: Vec<f64>,
    /// Where each of them comes from.
    ids: Vec<u32>,
    nodes: Vec<Node>,
    /// The least and the greatest of each column, `2 · width` a node.
    boxes: Vec<f64>,
}

#[derive(Debug, Clone)]
struct Node {
    start: u32,
    end: u32,
    /// The first of two children, which lie side by side; [`NONE`] for a leaf.
    child: u32,
    parent: u32,
}

impl KdTree {
    /// A tree of `values`, row by row, each of `width` numbers. Time `n·p·ln n`, memory as the rows.
    pub(crate) fn new(values: &[f64], width: usize) -> Self {
        let n_rows = values.len() / width;
        let mut ids: Vec<u32> = (0..n_rows as u32).collect();
        let mut nodes = vec![Node { start: 0, end: n_rows as u32, child: NONE, parent: NONE }];
        let mut boxes = Vec::new();
        let mut at = 0;
        while at < nodes.len() {
            let (start, end) = (nodes[at].start as usize, nodes[at].end as usize);
            let bounds = bounds(values, width, &ids[start..end]);
            let widest = widest(&bounds, width);
            boxes.extend(bounds);
            if let Some(column) = widest.filter(|_| end - start > LEAF_ROWS) {
                let cell = |id: u32| values[id as usize * width + column];
                let middle = (end - start) / 2;
                ids[start..end].select_nth_unstable_by(middle, |&left, &right| {
                    cell(left).total_cmp(&cell(right)).then(left.cmp(&right))
                });
                nodes[at].child = nodes.len() as u32;
                for (start, end) in [(start, start + middle), (start + middle, end)] {
                    let node = Node { start: start as u32, end: end as u32, child: NONE, parent: at as u32 };
                    nodes.push(node);
                }
            }
            at += 1;
        }
        let values = ids.iter().flat_map(|&id| &values[id as usize * width..(id as usize + 1) * width]);
        Self { width, values: values.copied().collect(), ids, nodes, boxes }
    }

    /// The squared distance of `point` to the nearest and to the farthest place of a node's box. Rounding goes the same way
    /// as for rows: none inside is nearer or farther.
    fn reach(&self, node: usize, point: &[f64]) -> (f64, f64) {
        let (low, high) = self.boxes[node * 2 * self.width..(node + 1) * 2 * self.width].split_at(self.width);
        let (mut nearest, mut farthest) = (0.0, 0.0);
        for ((value, low), high) in point.iter().zip(low).zip(high) {
            let (below, above) = (low - value, value - high);
            let outside = below.max(above).max(0.0);
            let across = below.abs().max(above.abs());
            nearest += outside * outside;
            farthest += across * across;
        }
        (nearest, farthest)
    }

    fn row(&self, place: usize) -> &[f64] {
        &self.values[place * self.width..(place + 1) * self.width]
    }

    fn places(&self, node: &Node) -> std::ops::Range<usize> {
        node.start as usize..node.end as usize
    }

    /// The rows within a squared distance of `point`, counted up to `enough`.
    pub(crate) fn count_within(&self, point: &[f64], square: f64, enough: usize) -> usize {
        let mut stack = vec![0usize];
        let mut count = 0;
        while let Some(at) = stack.pop() {
            let (nearest, farthest) = self.reach(at, point);
            let node = &self.nodes[at];
            if nearest > square || count >= enough {
                continue;
            }
            if farthest <= square {
                count += self.places(node).len();
            } else if node.child == NONE {
                let is_within = |&place: &usize| squared_distance(point, self.row(place)) <= square;
                count += self.places(node).filter(is_within).count();
            } else {
                stack.extend([node.child as usize + 1, node.child as usize]);
            }
        }
        count.min(enough)
    }

    /// The nearest row within a squared distance of `point`, and its squared distance.
    pub(crate) fn nearest_within(&self, point: &[f64], square: f64) -> Option<(u32, f64)> {
        let mut best: Option<(u32, f64)> = None;
        let mut limit = square;
        let mut stack = vec![(self.reach(0, point).0, 0usize)];
        while let Some((nearest, at)) = stack.pop() {
            if nearest > limit {
                continue;
            }
            let node = &self.nodes[at];
            if node.child != NONE {
                self.push_children(node, point, &mut stack);
                continue;
            }
            for place in self.places(node) {
                let found = (self.ids[place], squared_distance(point, self.row(place)));
                let is_better =
                    best.is_none_or(|best| found.1 < best.1 || (found.1 == best.1 && found.0 < best.0));
                if found.1 <= limit && is_better {
                    best = Some(found);
                    limit = found.1;
                }
            }
        }
        best
    }

    /// The `k` nearest rows of `point`, or all of fewer, with their squared distances, ascending. Of rows equally far at the
    /// end some are left out: looking for the lower ones would visit all of a million equal rows.
    pub(crate) fn nearest(&self, point: &[f64], k: usize, found: &mut Vec<(f64, u32)>) {
        found.clear();
        let mut stack = vec![(0.0, 0usize)];
        while let Some((nearest, at)) = stack.pop() {
            if found.len() == k && nearest >= found[k - 1].0 {
                continue;
            }
            let node = &self.nodes[at];
            if node.child != NONE {
                self.push_children(node, point, &mut stack);
                continue;
            }
            for place in self.places(node) {
                let entry = (squared_distance(point, self.row(place)), self.ids[place]);
                let is_before = |other: &(f64, u32)| (other.0, other.1) < entry;
                let position = found.partition_point(is_before);
                if position < k {
                    found.insert(position, entry);
                    found.truncate(k);
                }
            }
        }
    }

    /// Puts the children on the stack, the nearer one last, so that it is looked at first.
    fn push_children(&self, node: &Node, point: &[f64], stack: &mut Vec<(f64, usize)>) {
        let (first, second) = (node.child as usize, node.child as usize + 1);
        let (near, far) = (self.reach(first, point).0, self.reach(second, point).0);
        let entries =
            if near <= far { [(far, second), (near, first)] } else { [(near, first), (far, second)] };
        stack.extend(entries);
    }
}

/// A tree whose rows are taken out once found.
#[derive(Debug)]
pub(crate) struct Draining<'a> {
    tree: &'a KdTree,
    /// Rows left in each node.
    left: Vec<u32>,
    is_taken: Vec<bool>,
}

impl<'a> Draining<'a> {
    pub(crate) fn new(tree: &'a KdTree) -> Self {
        let left = tree.nodes.iter().map(|node| node.end - node.start).collect();
        Self { tree, left, is_taken: vec![false; tree.ids.len()] }
    }

    /// Takes out the rows within a squared distance of `point` that are left and adds them to `found`. Boxes that are
    /// empty cost nothing: all searches together cost about as much as one visit of each row and its box.
    pub(crate) fn take_within(&mut self, point: &[f64], square: f64, found: &mut Vec<u32>) {
        let tree = self.tree;
        let mut stack = vec![0usize];
        while let Some(at) = stack.pop() {
            if self.left[at] == 0 {
                continue;
            }
            if tree.reach(at, point).0 > square {
                continue;
            }
            let node = &tree.nodes[at];
            if node.child != NONE {
                stack.extend([node.child as usize + 1, node.child as usize]);
                continue;
            }
            let mut n_taken = 0;
            for place in tree.places(node) {
                if !self.is_taken[place] && squared_distance(point, tree.row(place)) <= square {
                    self.is_taken[place] = true;
                    found.push(tree.ids[place]);
                    n_taken += 1;
                }
            }
            let mut up = at as u32;
            while n_taken > 0 && up != NONE {
                self.left[up as usize] -= n_taken;
                up = tree.nodes[up as usize].parent;
            }
        }
    }
}

fn bounds(values: &[f64], width: usize, ids: &[u32]) -> Vec<f64> {
    let mut bounds = vec![f64::INFINITY; 2 * width];
    bounds[width..].fill(f64::NEG_INFINITY);
    let (low, high) = bounds.split_at_mut(width);
    for &id in ids {
        let row = &values[id as usize * width..(id as usize + 1) * width];
        for ((least, most), value) in low.iter_mut().zip(high.iter_mut()).zip(row) {
            (*least, *most) = (least.min(*value), most.max(*value));
        }
    }
    bounds
}

/// The column along which a box is longest; `None` when it is a single point.
fn widest(bounds: &[f64], width: usize) -> Option<usize> {
    let length = |column: usize| bounds[width + column] - bounds[column];
    let longest =
        (1..width).fold(0, |best, column| if length(column) > length(best) { column } else { best });
    (length(longest) > 0.0).then_some(longest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::Rng;

    use super::*;

    proptest! {
        #[test]
        fn the_tree_finds_what_looking_at_every_row_finds(n_rows in 1usize..300, width in 1usize..5, seed in 0u64..200, k in 1usize..20, square in 0u32..20) {
            let mut draws = crate::random::generator(seed, 0);
            let mut draw = |n: usize| (0..n).map(|_| f64::from(draws.gen_range(-3i32..4))).collect::<Vec<f64>>();
            let (values, point) = (draw(n_rows * width), draw(width));
            let (tree, square) = (KdTree::new(&values, width), f64::from(square));
            let mut all: Vec<(f64, u32)> =
                values.chunks_exact(width).enumerate().map(|(id, row)| (squared_distance(&point, row), id as u32)).collect();
            all.sort_by(|left, right| left.partial_cmp(right).unwrap());
            let within = all.iter().filter(|it| it.0 <= square).count();
            prop_assert_eq!(tree.count_within(&point, square, usize::MAX), within);
            prop_assert_eq!(tree.count_within(&point, square, 3), within.min(3));
            let mut found = Vec::new();
            tree.nearest(&point, k, &mut found);
            let distances = |list: &[(f64, u32)]| list.iter().map(|it| it.0).collect::<Vec<_>>();
            prop_assert_eq!(distances(&found), distances(&all[..k.min(n_rows)]));
            prop_assert!(found.iter().all(|it| all.contains(it)));
            let first = all.first().filter(|it| it.0 <= square).map(|it| (it.1, it.0));
            prop_assert_eq!(tree.nearest_within(&point, square), first);
            let (mut draining, mut taken) = (Draining::new(&tree), Vec::new());
            draining.take_within(&point, square, &mut taken);
            draining.take_within(&point, square, &mut taken);
            taken.sort_unstable();
            let mut expected: Vec<u32> = all[..within].iter().map(|it| it.1).collect();
            expected.sort_unstable();
            prop_assert_eq!(taken, expected);
        }
    }
}
