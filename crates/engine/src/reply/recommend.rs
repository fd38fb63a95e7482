//! What recommenders report.

use serde::{Deserialize, Serialize};

/// Item-to-item recommendations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KnnItemReport {
    /// Customers with at least one purchase.
    pub n_users: u64,
    /// Items bought at least once.
    pub n_items: u64,
    /// Distinct pairs of customer and item.
    pub n_interactions: u64,
    /// Items with at least one neighbour that passes the overlap minimum.
    pub n_items_with_neighbours: u64,
    /// How good the first recommendations are on each customer's last order, which the judged model has not seen; none
    /// when no customer has two orders.
    pub evaluation: Option<RecommendEvaluation>,
    /// The most bought items, most first.
    pub popular: Vec<PopularItem>,
    /// The items with the strongest neighbours, at most 100 when thinned.
    pub similar: Vec<SimilarItems>,
}

/// One item and how many customers bought it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PopularItem {
    /// The item's code.
    pub code: String,
    /// The item's name.
    pub name: String,
    /// Customers who bought it.
    pub n_users: u64,
}

/// One item's neighbours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SimilarItems {
    /// The item's code.
    pub code: String,
    /// The item's name.
    pub name: String,
    /// Its neighbours, most similar first.
    pub neighbours: Vec<Neighbour>,
}

/// One neighbour of an item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Neighbour {
    /// The neighbour's code.
    pub code: String,
    /// The neighbour's name.
    pub name: String,
    /// The cosine after shrinkage, from 0 to 1.
    pub similarity: f64,
    /// The cosine without shrinkage.
    pub cosine: f64,
    /// Customers who bought both.
    pub overlap: u64,
}

/// Temporal leave-last-out: the model learns from all but each customer's last order and must find that order's new items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecommendEvaluation {
    /// Recommendations judged for each customer.
    pub n_recommended: u32,
    /// Customers judged: those with an earlier order and a new item in the last one.
    pub n_users: u64,
    /// The recommender.
    pub model: RankScore,
    /// Always recommending what is bought most.
    pub popularity: RankScore,
}

/// How good ranked lists are, each with its 95 % interval over customers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RankScore {
    /// The share of customers with at least one hit.
    pub hit_rate: (f64, f64, f64),
    /// The mean share of a customer's new items found.
    pub recall: (f64, f64, f64),
    /// The mean normalised discounted cumulative gain.
    pub ndcg: (f64, f64, f64),
    /// The share of all items recommended to anyone.
    pub coverage: f64,
}
