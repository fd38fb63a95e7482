//! Minimal cost-complexity pruning.

use super::format::Builder;

/// Makes leaves of all splits that do not lower the impurity, as a mean over the training rows, by more than `ccp_alpha` a
/// leaf: of the subtrees with the least impurity plus `ccp_alpha` times leaves, the smallest remains.
///
/// The best of every subtree is that of its two sides or a leaf, so one pass from the leaves upward finds it; it is the
/// subtree at which pruning the weakest link again and again would stop.
pub(super) fn prune(builder: &mut Builder, ccp_alpha: f64) {
    if ccp_alpha <= 0.0 {
        return;
    }
    let total = builder.nodes[0].cover;
    let mut costs = vec![0.0; builder.nodes.len()];
    // Children come after their parent in every growth.
    for node in (0..builder.nodes.len()).rev() {
        let grown = &mut builder.nodes[node];
        let as_leaf = grown.impurity / total + ccp_alpha;
        costs[node] = as_leaf;
        if let Some((left, right)) = grown.children {
            let as_split = costs[left] + costs[right];
            if as_split < as_leaf {
                costs[node] = as_split;
            } else {
                grown.children = None;
            }
        }
    }
}
