//! The one form every tree has: flat columns of node properties, in preorder.
//!
//! A node's left child follows it; only the right child's position is kept. The form is plain data, and reading it back
//! checks that it is one tree, so a damaged or forged model is refused before anything walks it.

use serde::{Deserialize, Serialize};

/// The deepest a tree may be. Only data made to do so get there; it bounds the work of explanations.
pub const MAX_DEPTH: usize = 512;

/// A binary tree: a row goes left where its value of the node's column is at most the node's threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Parts")]
pub struct Tree {
    width: u32,
    columns: Vec<u32>,
    thresholds: Vec<f64>,
    rights: Vec<u32>,
    covers: Vec<f64>,
    gains: Vec<f64>,
    values: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    width: u32,
    columns: Vec<u32>,
    thresholds: Vec<f64>,
    rights: Vec<u32>,
    covers: Vec<f64>,
    gains: Vec<f64>,
    values: Vec<f64>,
}

/// Where a node sends its rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    /// The column, by position.
    pub column: usize,
    /// The greatest value that goes left, in the column's units.
    pub threshold: f64,
    /// The node of the rows at or below the threshold.
    pub left: usize,
    /// The node of the rows above it.
    pub right: usize,
}

impl Tree {
    /// The number of nodes, at least 1; node 0 is the root.
    #[must_use]
    pub fn n_nodes(&self) -> usize {
        self.rights.len()
    }

    /// The number of leaves, at least 1.
    #[must_use]
    pub fn n_leaves(&self) -> usize {
        self.n_nodes().div_ceil(2)
    }

    /// The numbers each node says.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width as usize
    }

    /// Where `node` sends its rows; `None` for a leaf.
    ///
    /// # Panics
    /// When `node` is not below [`Self::n_nodes`].
    #[must_use]
    pub fn split(&self, node: usize) -> Option<Split> {
        let right = self.rights[node] as usize;
        (right != 0).then(|| Split {
            column: self.columns[node] as usize,
            threshold: self.thresholds[node],
            left: node + 1,
            right,
        })
    }

    /// What `node` says, of length [`Self::width`].
    ///
    /// # Panics
    /// When `node` is not below [`Self::n_nodes`].
    #[must_use]
    pub fn value(&self, node: usize) -> &[f64] {
        let width = self.width();
        &self.values[node * width..(node + 1) * width]
    }

    /// The training rows that reached `node`, or the sum of their weights; above 0.
    ///
    /// # Panics
    /// When `node` is not below [`Self::n_nodes`].
    #[must_use]
    pub fn cover(&self, node: usize) -> f64 {
        self.covers[node]
    }

    /// What the split of `node` gained on the training rows; 0 for a leaf. In a tree or forest the share of the root's
    /// impurity that it took away; in boosting the loss it took away, in a unit common to all trees of the model.
    ///
    /// # Panics
    /// When `node` is not below [`Self::n_nodes`].
    #[must_use]
    pub fn gain(&self, node: usize) -> f64 {
        self.gains[node]
    }

    /// The leaf that `row` reaches; `row` has a value for every column of the training rows.
    #[must_use]
    pub fn leaf(&self, row: &[f64]) -> usize {
        let mut node = 0;
        loop {
            let right = self.rights[node];
            if right == 0 {
                return node;
            }
            let goes_left = row[self.columns[node] as usize] <= self.thresholds[node];
            node = if goes_left { node + 1 } else { right as usize };
        }
    }

    /// The nodes on the longest way from the root to a leaf, less one.
    #[must_use]
    pub fn depth(&self) -> usize {
        let mut depths = vec![0; self.n_nodes()];
        for node in 0..self.n_nodes() {
            if let Some(split) = self.split(node) {
                depths[split.left] = depths[node] + 1;
                depths[split.right] = depths[node] + 1;
            }
        }
        depths.into_iter().max().unwrap_or(0)
    }

    /// Multiplies values and covers by what their units demand.
    pub(super) fn rescale(&mut self, value: f64, cover: f64) {
        self.values.iter_mut().for_each(|entry| *entry *= value);
        self.covers.iter_mut().for_each(|entry| *entry *= cover);
    }

    /// Whether every split asks for one of `n_columns` columns.
    pub(super) fn fits(&self, n_columns: usize) -> bool {
        (0..self.n_nodes()).filter_map(|node| self.split(node)).all(|split| split.column < n_columns)
    }
}

impl TryFrom<Parts> for Tree {
    type Error = &'static str;

    fn try_from(parts: Parts) -> Result<Self, Self::Error> {
        let n_nodes = parts.rights.len();
        let lengths = [parts.columns.len(), parts.thresholds.len(), parts.covers.len(), parts.gains.len()];
        if n_nodes == 0 || lengths.iter().any(|&length| length != n_nodes) {
            return Err("a tree's lists differ in length or are empty");
        }
        if parts.width == 0 || Some(parts.values.len()) != n_nodes.checked_mul(parts.width as usize) {
            return Err("a tree's values do not fit its nodes");
        }
        if !parts.covers.iter().all(|cover| cover.is_finite() && *cover > 0.0) {
            return Err("a tree's covers are not all finite and above 0");
        }
        let numbers = [&parts.thresholds, &parts.gains, &parts.values];
        if !numbers.iter().all(|list| list.iter().all(|value| value.is_finite())) {
            return Err("a tree's numbers are not all finite");
        }
        check_preorder(&parts.rights)?;
        let Parts { width, columns, thresholds, rights, covers, gains, values } = parts;
        Ok(Self { width, columns, thresholds, rights, covers, gains, values })
    }
}

/// One tree, every node in it, none deeper than allowed: the right child comes exactly where the left subtree ends.
fn check_preorder(rights: &[u32]) -> Result<(), &'static str> {
    const BROKEN: &str = "a tree's nodes do not form one tree";
    let mut awaited: Vec<u32> = Vec::new();
    let mut expects_right = None;
    for (node, &right) in rights.iter().enumerate() {
        if expects_right.is_some_and(|expected: u32| expected as usize != node) {
            return Err(BROKEN);
        }
        if right != 0 {
            awaited.push(right);
            expects_right = None;
            if awaited.len() > MAX_DEPTH {
                return Err("a tree is deeper than any that is grown here");
            }
            continue;
        }
        expects_right = awaited.pop();
        if expects_right.is_none() && node + 1 != rights.len() {
            return Err(BROKEN);
        }
    }
    if awaited.is_empty() && expects_right.is_none() { Ok(()) } else { Err(BROKEN) }
}

/// A node while its tree grows, in any order.
#[derive(Debug, Clone)]
pub(super) struct GrownNode {
    pub(super) column: usize,
    pub(super) threshold: f64,
    /// The left and the right child, once there are any.
    pub(super) children: Option<(usize, usize)>,
    pub(super) cover: f64,
    pub(super) gain: f64,
    /// The cover times the impurity.
    pub(super) impurity: f64,
}

/// A tree while it grows.
#[derive(Debug, Clone)]
pub(super) struct Builder {
    pub(super) width: usize,
    pub(super) nodes: Vec<GrownNode>,
    pub(super) values: Vec<f64>,
}

impl Builder {
    pub(super) fn new(width: usize) -> Self {
        Self { width, nodes: Vec::new(), values: Vec::new() }
    }

    /// A new leaf, to which `values` gets its numbers pushed.
    pub(super) fn push_leaf(&mut self, cover: f64, impurity: f64) -> usize {
        let leaf = GrownNode { column: 0, threshold: 0.0, children: None, cover, gain: 0.0, impurity };
        self.nodes.push(leaf);
        self.nodes.len() - 1
    }

    /// The nodes that the root reaches, in preorder.
    pub(super) fn finish(self) -> Tree {
        let mut tree = Tree {
            width: self.width as u32,
            columns: Vec::new(),
            thresholds: Vec::new(),
            rights: Vec::new(),
            covers: Vec::new(),
            gains: Vec::new(),
            values: Vec::new(),
        };
        let mut waiting: Vec<(usize, Option<usize>)> = vec![(0, None)];
        while let Some((node, parent)) = waiting.pop() {
            let position = tree.rights.len();
            if let Some(parent) = parent {
                tree.rights[parent] = position as u32;
            }
            let grown = &self.nodes[node];
            let is_split = grown.children.is_some();
            tree.columns.push(if is_split { grown.column as u32 } else { 0 });
            tree.thresholds.push(if is_split { grown.threshold } else { 0.0 });
            tree.gains.push(if is_split { grown.gain } else { 0.0 });
            tree.rights.push(0);
            tree.covers.push(grown.cover);
            tree.values.extend_from_slice(&self.values[node * self.width..(node + 1) * self.width]);
            if let Some((left, right)) = grown.children {
                waiting.push((right, Some(position)));
                waiting.push((left, None));
            }
        }
        tree
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STUMP: &str = r#"{"width":1,"columns":[0,0,0],"thresholds":[0.5,0,0],"rights":[2,0,0],"covers":[3,1,2],"gains":[1,0,0],"values":[0,1,2]}"#;

    #[test]
    fn a_tree_reads_back_as_it_was_and_sends_rows_where_it_says() {
        let tree: Tree = serde_json::from_str(STUMP).unwrap();
        assert_eq!((tree.n_leaves(), tree.depth()), (2, 1));
        assert_eq!(tree.value(tree.leaf(&[0.5])), [1.0]);
        assert_eq!(tree.value(tree.leaf(&[0.6])), [2.0]);
        let again: Tree = serde_json::from_str(&serde_json::to_string(&tree).unwrap()).unwrap();
        assert_eq!(tree, again);
    }

    #[test]
    fn lists_that_are_no_tree_are_refused() {
        let cases = [
            (r#""rights":[2,0,0]"#, r#""rights":[1,0,0]"#),
            (r#""rights":[2,0,0]"#, r#""rights":[0,0,0]"#),
            (r#""rights":[2,0,0]"#, r#""rights":[2,0,2]"#),
            (r#""rights":[2,0,0]"#, r#""rights":[2,2,0]"#),
            (r#""rights":[2,0,0]"#, r#""rights":[9,0,0]"#),
            (r#""rights":[2,0,0]"#, r#""rights":[]"#),
            (r#""covers":[3,1,2]"#, r#""covers":[3,0,2]"#),
            (r#""covers":[3,1,2]"#, r#""covers":[3,1]"#),
            (r#""width":1"#, r#""width":0"#),
            (r#""width":1"#, r#""width":4000000000"#),
            (r#""values":[0,1,2]"#, r#""values":[0,1]"#),
            (r#""values":[0,1,2]"#, r#""values":[0,1,2],"more":1"#),
        ];
        for (right, wrong) in cases {
            let text = STUMP.replace(right, wrong);
            assert!(serde_json::from_str::<Tree>(&text).is_err(), "{wrong}");
        }
    }
}
