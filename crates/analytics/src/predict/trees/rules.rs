//! The ways to a tree's leaves as data: which intervals of which columns, how many rows, what is said of them.
//!
//! Others put them into words. A rule learned from few rows is a guess that fits them: [`rules`] takes the least cover that a
//! rule must have, and [`Rule::holds`] lets a caller judge rules on rows that did not teach them.

use serde::{Deserialize, Serialize};

use super::format::Tree;

/// One column's part in a rule: values above `above` and at most `at_most`, where given; at least one is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// The column, by position.
    pub column: usize,
    /// The greatest value that is too low.
    pub above: Option<f64>,
    /// The greatest value that holds.
    pub at_most: Option<f64>,
}

/// A leaf: the rows that reach it and what is said of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// What a row must be, one condition a column in the order the tree asks; none for a tree of one leaf.
    pub conditions: Vec<Condition>,
    /// The training rows it holds for, or the sum of their weights.
    pub cover: f64,
    /// Their share of all.
    pub share: f64,
    /// What the leaf says: a number, or the shares of classes (of two, the positive one's alone).
    pub value: Vec<f64>,
    /// What the root says, for comparison.
    pub overall: Vec<f64>,
}

impl Rule {
    /// Whether the rule holds for `row`, which has a value for every column of the training rows.
    #[must_use]
    pub fn holds(&self, row: &[f64]) -> bool {
        self.conditions.iter().all(|condition| {
            let value = row[condition.column];
            condition.above.is_none_or(|above| value > above)
                && condition.at_most.is_none_or(|at_most| value <= at_most)
        })
    }
}

/// The rules of all leaves with a cover of at least `least_cover`, the largest cover first, equals in the tree's order. Exactly
/// one rule of the whole tree holds for any row.
#[must_use]
pub fn rules(tree: &Tree, least_cover: f64) -> Vec<Rule> {
    let mut rules = Vec::new();
    let mut waiting = vec![(0, Vec::<Condition>::new())];
    while let Some((node, conditions)) = waiting.pop() {
        if let Some(split) = tree.split(node) {
            let mut right = conditions.clone();
            condition(&mut right, split.column).above = Some(split.threshold);
            let mut left = conditions;
            condition(&mut left, split.column).at_most = Some(split.threshold);
            waiting.push((split.right, right));
            waiting.push((split.left, left));
        } else if tree.cover(node) >= least_cover {
            rules.push(Rule {
                conditions,
                cover: tree.cover(node),
                share: tree.cover(node) / tree.cover(0),
                value: tree.value(node).to_vec(),
                overall: tree.value(0).to_vec(),
            });
        }
    }
    rules.sort_by(|left, right| right.cover.total_cmp(&left.cover));
    rules
}

/// The condition on `column`, a new one if there is none; a later question of the same column narrows it.
fn condition(conditions: &mut Vec<Condition>, column: usize) -> &mut Condition {
    let place = conditions.iter().position(|condition| condition.column == column).unwrap_or_else(|| {
        conditions.push(Condition { column, above: None, at_most: None });
        conditions.len() - 1
    });
    &mut conditions[place]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{drawn, numbers};
    use super::super::tree::{self, TreeParams};
    use super::*;
    use crate::predict::{Outcome, TrainingSet};
    use crate::progress::unwatched;

    #[test]
    fn exactly_one_rule_holds_for_a_row_and_says_what_the_tree_says() {
        let matrix = drawn(300, 3, 40, 21);
        let target = numbers(&matrix, 22);
        let set = TrainingSet::new(&matrix, Outcome::Numbers(&target)).unwrap();
        let params = TreeParams { max_depth: Some(6), ..TreeParams::default() };
        let model = tree::fit(&set, &params, 0, &mut unwatched).unwrap();
        let tree = &model.ensemble.trees()[0];
        let all = rules(tree, 0.0);
        assert_eq!(all.len(), tree.n_leaves());
        assert!((all.iter().map(|rule| rule.share).sum::<f64>() - 1.0).abs() < 1e-12);
        for row in 0..300 {
            let row = matrix.row(row);
            let holding: Vec<&Rule> = all.iter().filter(|rule| rule.holds(row)).collect();
            assert_eq!(holding.len(), 1);
            assert_eq!(holding[0].value, tree.value(tree.leaf(row)));
        }
        assert!(rules(tree, 30.0).iter().all(|rule| rule.cover >= 30.0));
    }
}
