//! Recommendations from what was bought together: item-to-item neighbours over implicit interactions.
//!
//! - [`Interactions`]: who took which item, how much and when; the checked door.
//! - [`fit`]: counts one item's co-occurrences after the other's, in fixed chunks of users, turns them into shrunken cosines and
//!   keeps the nearest items of each item ([`KnnItem`]).
//! - [`KnnItem::recommend`]: the neighbours of what a user has, summed, with the reasons; popularity fills what is missing
//!   and says so.
//! - [`evaluate`]: whether it finds each user's last order, beside always recommending what is popular.
//!
//! Similarity is counted once (it is not a rating), over the same items of both vectors, and never averaged away.

#[cfg(test)]
mod co_occurrence;
mod evaluate;
mod interactions;
mod kept;
mod lists;
mod neighbours;
mod rows;
mod score;

use serde::{Deserialize, Serialize};

use self::rows::{Rows, Sum, Total};
use crate::progress::Watch;
use crate::registry::{Family, Kind, Method, Parameter};
use crate::{Error, Result};

pub use self::evaluate::{EvaluateParams, Evaluation, RankMetrics, evaluate};
pub use self::interactions::{Interactions, Owned};
pub use self::neighbours::{Neighbour, cosine};
pub use self::score::{Origin, REASONS, Reason, Recommendation};

/// The stage that progress reports name.
const STAGE: &str = "knn_item";

/// How the method stands in the registry.
pub const METHOD: Method = Method {
    name: "knn_item",
    family: Family::Recommend,
    summary: "Recommends items that the same users take together, with the reasons.",
    parameters: &[
        Parameter {
            name: "weighting",
            kind: Kind::Choice { options: &["binary", "log_quantity"] },
            default: "\"log_quantity\"",
            doc: "Whether an item counts once or by ln(1 + quantity).",
        },
        Parameter {
            name: "neighbours",
            kind: Kind::Integer { min: 1, max: 1000 },
            default: "50",
            doc: "The nearest items kept for each item.",
        },
        Parameter {
            name: "shrink",
            kind: Kind::Number { min: 0.0, max: 1e6 },
            default: "10.0",
            doc: "Added to the product of norms: pulls similarities that few users support towards zero.",
        },
        Parameter {
            name: "min_overlap",
            kind: Kind::Integer { min: 1, max: 1_000_000 },
            default: "2",
            doc: "The fewest users two items must share to be neighbours.",
        },
    ],
    formula: "s(i, j) = Σu w(u,i) w(u,j) / (√Σu w(u,i)² √Σu w(u,j)² + shrink); score(u, j) = Σ s(i, j) over the items i of u",
    source: "Sarwar et al. (2001), WWW10, 285–295; Deshpande and Karypis (2004), ACM TOIS 22, 143–177",
    cost: "Time grows with the sum over users of their items squared, memory with pairs of user and item.",
};

/// How much an item counts for the user who took it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weighting {
    /// Once, however much was taken.
    Binary,
    /// By the logarithm of one plus the quantity. On the order lines of a wholesaler it found last orders a little better.
    #[default]
    LogQuantity,
}

impl Weighting {
    pub(crate) fn weight(self, quantity: f64) -> f64 {
        match self {
            Self::Binary => 1.0,
            Self::LogQuantity => libm::log1p(quantity),
        }
    }
}

/// The parameters of [`fit`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KnnItemParams {
    /// How much an item counts.
    pub weighting: Weighting,
    /// The nearest items kept for each item, `1..=1000`.
    pub neighbours: u32,
    /// Added to the product of norms, `0 <= shrink <= 1e6`.
    pub shrink: f64,
    /// The fewest users two items must share, `1..=1_000_000`.
    pub min_overlap: u32,
}

impl Default for KnnItemParams {
    fn default() -> Self {
        Self { weighting: Weighting::LogQuantity, neighbours: 50, shrink: 10.0, min_overlap: 2 }
    }
}

impl KnnItemParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first parameter outside its range.
    pub fn check(&self) -> Result<()> {
        if !(1..=1000).contains(&self.neighbours) {
            return Err(Error::Parameter { name: "neighbours", range: "between 1 and 1000" });
        }
        if !(0.0..=1e6).contains(&self.shrink) {
            return Err(Error::Parameter { name: "shrink", range: "between 0 and 1e6" });
        }
        if !(1..=1_000_000).contains(&self.min_overlap) {
            return Err(Error::Parameter { name: "min_overlap", range: "between 1 and 1000000" });
        }
        Ok(())
    }
}

/// Each item's nearest items, and how many users took each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "kept::Kept", try_from = "kept::Kept")]
pub struct KnnItem {
    /// The parameters it was fitted with.
    pub params: KnnItemParams,
    /// One list an item, by falling similarity; equal ones by rising item code.
    pub neighbours: Vec<Vec<Neighbour>>,
    /// The norm of each item's weights over users; 0 for an item nobody took.
    pub norms: Vec<f64>,
    /// The users who took each item.
    pub n_users_of: Vec<u32>,
    /// The items that anyone took, by falling number of users; equal ones by rising item code.
    pub popular: Vec<u32>,
    /// The users who took any item.
    pub n_users: usize,
    /// The pairs of user and item.
    pub n_pairs: usize,
}

/// Learns the neighbours of every item.
///
/// The result does not depend on how users are sharded. Items nobody took have no neighbours.
///
/// # Errors
/// [`Error::Empty`] when nobody took anything; [`Error::Parameter`]; [`Error::OutOfScale`] for quantities too large to
/// square; [`Error::Cancelled`].
pub fn fit(interactions: &Interactions, params: &KnnItemParams, watch: &mut Watch<'_>) -> Result<KnnItem> {
    params.check()?;
    let owned = interactions.owned(params.weighting);
    fit_owned(&owned, params, watch)
}

/// As [`fit`], from what users own.
fn fit_owned(owned: &Owned, params: &KnnItemParams, watch: &mut Watch<'_>) -> Result<KnnItem> {
    if owned.n_pairs() == 0 {
        return Err(Error::Empty);
    }
    if owned.n_pairs() > u32::MAX as usize {
        return Err(Error::OutOfScale { column: "item".to_owned() });
    }
    if owned.all_weights().iter().all(|&weight| weight == 1.0) {
        fit_rows(Rows::<u32>::new(owned), params, watch)
    } else {
        fit_rows(Rows::<Sum>::new(owned), params, watch)
    }
}

fn fit_rows<T: Total>(
    mut rows: Rows<'_, T>,
    params: &KnnItemParams,
    watch: &mut Watch<'_>,
) -> Result<KnnItem> {
    let norms: Vec<f64> = rows.squares.iter().map(|square| square.sqrt()).collect();
    if !norms.iter().all(|norm| norm.is_finite()) {
        return Err(Error::OutOfScale { column: "quantity".to_owned() });
    }
    let neighbours = neighbours::nearest(&mut rows, &norms, params, watch)?;
    let (owned, n_users_of) = (rows.owned, rows.n_users_of);
    let mut popular: Vec<u32> =
        (0..n_users_of.len() as u32).filter(|&item| n_users_of[item as usize] > 0).collect();
    popular.sort_by_key(|&item| (std::cmp::Reverse(n_users_of[item as usize]), item));
    let n_users = (0..owned.n_users()).filter(|&user| !owned.items(user).is_empty()).count();
    let (params, n_pairs) = (params.clone(), owned.n_pairs());
    Ok(KnnItem { params, neighbours, norms, n_users_of, popular, n_users, n_pairs })
}

#[cfg(test)]
mod tests;
