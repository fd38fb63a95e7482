//! The nearest rows, exactly, with ties broken by the row's position: by looking at every row in blocks, or down a k-d tree.
//!
//! Both ways compute a distance by the same additions, so they give the same neighbours to the last bit.

use super::KnnMetric;

/// The rows whose distances are summed side by side.
const BLOCK_ROWS: usize = 256;
/// The queries that see a block before it is left.
const BATCH: usize = 32;
/// The rows of a leaf.
const LEAF_ROWS: usize = 32;
/// The most columns for which a tree saves work: in more, every row is nearly as far as every other.
const TREE_COLUMNS: usize = 8;

/// The distance to a row, squared for the Euclidean metric, and the row's position.
pub(super) type Near = (f64, u32);

/// The `k` nearest found so far, nearest first.
#[derive(Debug, Clone)]
struct Nearest {
    k: usize,
    found: Vec<Near>,
}

fn is_nearer(left: Near, right: Near) -> bool {
    left.0 < right.0 || (left.0 == right.0 && left.1 < right.1)
}

impl Nearest {
    fn new(k: usize) -> Self {
        Self { k, found: Vec::with_capacity(k + 1) }
    }

    /// Whether something at `distance` or beyond, of rows from `row` on, may still be among the nearest.
    fn may_take(&self, distance: f64, row: u32) -> bool {
        self.found.len() < self.k || self.found.last().is_some_and(|&last| is_nearer((distance, row), last))
    }

    fn offer(&mut self, near: Near) {
        if self.may_take(near.0, near.1) {
            let at = self.found.partition_point(|&found| is_nearer(found, near));
            self.found.insert(at, near);
            self.found.truncate(self.k);
        }
    }
}

/// The rows to search among, row by row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search<'a> {
    pub(super) values: &'a [f64],
    pub(super) width: usize,
    pub(super) metric: KnnMetric,
    pub(super) k: usize,
}

impl Search<'_> {
    fn n_rows(&self) -> usize {
        self.values.len() / self.width
    }

    /// The nearest rows of each of `queries`, row by row; `k` each, nearest first. Under the cosine metric rows and queries
    /// have length 1.
    pub(super) fn nearest(&self, queries: &[f64]) -> Vec<Near> {
        let n_queries = queries.len() / self.width;
        // A tree costs as much as looking at every row for a handful of queries.
        let is_worth_a_tree = self.n_rows() >= 512 && n_queries >= 32;
        match is_worth_a_tree && self.width <= TREE_COLUMNS && self.metric != KnnMetric::Cosine {
            true => self.by_tree(queries),
            false => self.by_blocks(queries),
        }
    }

    pub(super) fn by_blocks(&self, queries: &[f64]) -> Vec<Near> {
        let mut nearest = Vec::with_capacity(queries.len() / self.width * self.k);
        let mut columns = vec![0.0; BLOCK_ROWS * self.width];
        let mut distances = [0.0; BLOCK_ROWS];
        for batch in queries.chunks(BATCH * self.width) {
            let mut found = vec![Nearest::new(self.k); batch.len() / self.width];
            for (block, rows) in self.values.chunks(BLOCK_ROWS * self.width).enumerate() {
                let n_rows = rows.len() / self.width;
                transpose(rows, self.width, &mut columns);
                for (query, found) in batch.chunks_exact(self.width).zip(&mut found) {
                    let distances = &mut distances[..n_rows];
                    self.distances(&columns[..rows.len()], query, distances);
                    for (at, &distance) in distances.iter().enumerate() {
                        // One comparison turns nearly every row away; rows come in order, so of equals the first is there.
                        if found.may_take(distance, u32::MAX) {
                            found.offer((distance, (block * BLOCK_ROWS + at) as u32));
                        }
                    }
                }
            }
            nearest.extend(found.into_iter().flat_map(|nearest| nearest.found));
        }
        nearest
    }

    /// Writes the distances of `query` to rows that stand column by column.
    fn distances(&self, columns: &[f64], query: &[f64], distances: &mut [f64]) {
        match self.metric {
            KnnMetric::Euclidean => sum_columns(columns, query, distances, |value, query| {
                let apart = value - query;
                apart * apart
            }),
            KnnMetric::Manhattan => {
                sum_columns(columns, query, distances, |value, query| (value - query).abs());
            }
            KnnMetric::Cosine => {
                sum_columns(columns, query, distances, |value, query| value * query);
                distances.iter_mut().for_each(|distance| *distance = (1.0 - *distance).clamp(0.0, 2.0));
            }
        }
    }

    pub(super) fn by_tree(&self, queries: &[f64]) -> Vec<Near> {
        let tree = Tree::new(self);
        let mut nearest = Vec::with_capacity(queries.len() / self.width * self.k);
        for query in queries.chunks_exact(self.width) {
            let mut found = Nearest::new(self.k);
            tree.search(self, tree.nodes.len() - 1, query, &mut found);
            nearest.append(&mut found.found);
        }
        nearest
    }
}

/// Adds `term(value, query)` over columns, four at a time: the same additions for a row wherever it stands.
fn sum_columns(columns: &[f64], query: &[f64], sums: &mut [f64], term: impl Fn(f64, f64) -> f64) {
    sums.fill(0.0);
    let n_rows = sums.len();
    let column = |at: usize| &columns[at * n_rows..(at + 1) * n_rows];
    let fours = query.len() / 4 * 4;
    for first in (0..fours).step_by(4) {
        let rows = column(first).iter().zip(column(first + 1));
        let rows = rows.zip(column(first + 2).iter().zip(column(first + 3)));
        let [p, q, r, s] = [query[first], query[first + 1], query[first + 2], query[first + 3]];
        for (sum, ((a, b), (c, d))) in sums.iter_mut().zip(rows) {
            *sum += (term(*a, p) + term(*b, q)) + (term(*c, r) + term(*d, s));
        }
    }
    for at in fours..query.len() {
        sums.iter_mut().zip(column(at)).for_each(|(sum, value)| *sum += term(*value, query[at]));
    }
}

fn transpose(rows: &[f64], width: usize, columns: &mut [f64]) {
    let n_rows = rows.len() / width;
    for (at, row) in rows.chunks_exact(width).enumerate() {
        row.iter().enumerate().for_each(|(column, value)| columns[column * n_rows + at] = *value);
    }
}

/// Rows halved again and again along the column in which they spread most.
struct Tree {
    /// Children stand before their parents; the last is the root.
    nodes: Vec<Node>,
    /// The least and greatest value of each column, node by node.
    boxes: Vec<f64>,
    /// The rows in the order of the leaves.
    order: Vec<u32>,
    /// Their values, leaf by leaf, within a leaf column by column.
    columns: Vec<f64>,
}

enum Node {
    Leaf { first: u32, end: u32, least: u32 },
    Fork { left: u32, right: u32, least: u32 },
}

impl Tree {
    fn new(search: &Search<'_>) -> Self {
        let order = (0..search.n_rows() as u32).collect();
        let mut tree = Self { nodes: Vec::new(), boxes: Vec::new(), order, columns: vec![0.0; search.values.len()] };
        let n_rows = tree.order.len();
        tree.grow(search, 0, n_rows);
        tree
    }

    /// Grows the node of the rows `first..end` of the order, and gives its position.
    fn grow(&mut self, search: &Search<'_>, first: usize, end: usize) -> u32 {
        let width = search.width;
        let value = |row: u32, column: usize| search.values[row as usize * width + column];
        let rows = &mut self.order[first..end];
        let least = rows.iter().copied().min().unwrap_or(0);
        let range = |column: usize| {
            rows.iter().fold((f64::MAX, f64::MIN), |(low, high), &row| {
                (low.min(value(row, column)), high.max(value(row, column)))
            })
        };
        let ranges: Vec<(f64, f64)> = (0..width).map(range).collect();
        let node = if rows.len() <= LEAF_ROWS {
            let cells = &mut self.columns[first * width..end * width];
            let n_rows = rows.len();
            for (at, &row) in rows.iter().enumerate() {
                (0..width).for_each(|column| cells[column * n_rows + at] = value(row, column));
            }
            Node::Leaf { first: first as u32, end: end as u32, least }
        } else {
            let spread = |column: usize| ranges[column].1 - ranges[column].0;
            let widest = (1..width).fold(0, |best, column| if spread(column) > spread(best) { column } else { best });
            let middle = rows.len() / 2;
            rows.select_nth_unstable_by(middle, |&left, &right| {
                value(left, widest).total_cmp(&value(right, widest)).then(left.cmp(&right))
            });
            let left = self.grow(search, first, first + middle);
            let right = self.grow(search, first + middle, end);
            Node::Fork { left, right, least }
        };
        self.nodes.push(node);
        self.boxes.extend(ranges.into_iter().flat_map(|(low, high)| [low, high]));
        self.nodes.len() as u32 - 1
    }

    /// The distance of `query` to the nearest point of a node's box: never above that to a row inside, rounding included,
    /// because every term is rounded from a smaller one.
    fn least_distance(&self, search: &Search<'_>, node: usize, query: &[f64]) -> f64 {
        let mut nearest = [0.0; TREE_COLUMNS];
        let sides = self.boxes[node * 2 * search.width..].chunks_exact(2);
        let columns = nearest.iter_mut().zip(query).zip(sides);
        columns.for_each(|((nearest, query), side)| *nearest = query.clamp(side[0], side[1]));
        let mut distance = [0.0];
        search.distances(&nearest[..search.width], query, &mut distance);
        distance[0]
    }

    fn search(&self, search: &Search<'_>, node: usize, query: &[f64], found: &mut Nearest) {
        match self.nodes[node] {
            Node::Leaf { first, end, .. } => {
                let mut distances = [0.0; LEAF_ROWS];
                let distances = &mut distances[..(end - first) as usize];
                let cells = first as usize * search.width..end as usize * search.width;
                search.distances(&self.columns[cells], query, distances);
                for (&distance, &row) in distances.iter().zip(&self.order[first as usize..end as usize]) {
                    found.offer((distance, row));
                }
            }
            Node::Fork { left, right, .. } => {
                let bound = |child: u32| (self.least_distance(search, child as usize, query), child);
                let (left, right) = (bound(left), bound(right));
                let children = if right.0 < left.0 { [right, left] } else { [left, right] };
                for (distance, child) in children {
                    if found.may_take(distance, self.least(child)) {
                        self.search(search, child as usize, query, found);
                    }
                }
            }
        }
    }

    /// The least position among a node's rows: of rows at one distance the first are taken.
    fn least(&self, node: u32) -> u32 {
        match self.nodes[node as usize] {
            Node::Leaf { least, .. } | Node::Fork { least, .. } => least,
        }
    }
}
