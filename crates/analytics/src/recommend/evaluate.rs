//! Temporal leave-last-out: learn from everything before each user's last order, then look for that order's new items.
//!
//! An order is what a user bought at one instant; what is returned later is taken off it. Items the user had before are not looked for, because they are never
//! recommended. Other users' later orders may be among what is learned: the split is by user, not by date.
//!
//! Järvelin, K., Kekäläinen, J. (2002). Cumulated gain-based evaluation of IR techniques. ACM TOIS 20, 422–446.

use serde::{Deserialize, Serialize};

use super::{Interactions, KnnItem, KnnItemParams, Owned, fit_owned};
use crate::distribution::wilson;
use crate::metrics::{BootstrapParams, Interval, mean_interval};
use crate::progress::{Watch, report};
use crate::{Error, Result};

/// The parameters of [`evaluate`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EvaluateParams {
    /// The recommendations judged for each user, `1..=1000`.
    pub n_recommended: u32,
    /// How the intervals over users are drawn.
    pub bootstrap: BootstrapParams,
    /// Items that are never recommended nor looked for, such as postage.
    pub never: Vec<u32>,
}

impl Default for EvaluateParams {
    fn default() -> Self {
        Self { n_recommended: 10, bootstrap: BootstrapParams::default(), never: Vec::new() }
    }
}

impl EvaluateParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] names the first parameter outside its range.
    pub fn check(&self) -> Result<()> {
        if !(1..=1000).contains(&self.n_recommended) {
            return Err(Error::Parameter { name: "n_recommended", range: "between 1 and 1000" });
        }
        self.bootstrap.check()
    }
}

/// How well last orders are found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The recommendations judged for each user.
    pub n_recommended: u32,
    /// The users judged: those with an earlier order and something new in the last.
    pub n_users: usize,
    /// The users left out for want of an earlier order.
    pub n_users_with_one_order: usize,
    /// The users left out because the last order holds nothing new.
    pub n_users_without_new_items: usize,
    /// The recommender, its fall-back included.
    pub model: RankMetrics,
    /// Always recommending what most users take.
    pub popularity: RankMetrics,
    /// The mean over users of the model's NDCG less popularity's: an interval over 0 says the model is better.
    pub ndcg_gain: Interval,
}

/// How good ranked lists are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RankMetrics {
    /// The share of users with at least one hit, with Wilson's interval.
    pub hit_rate: Interval,
    /// The mean share of a user's new items that were found, with a bootstrap interval over users.
    pub recall: Interval,
    /// The mean normalized discounted cumulative gain, from 0 to 1, with a bootstrap interval over users.
    pub ndcg: Interval,
    /// The share of the items anyone took that were recommended to someone.
    pub coverage: f64,
}

/// Judges the recommender that `params` describes on each user's last order, beside popularity.
///
/// # Errors
/// As [`super::fit`]; [`Error::TooFewRows`] when no user has both an earlier order and something new in the last;
/// [`Error::UnknownColumn`] for an unknown item in `never`.
pub fn evaluate(
    interactions: &Interactions,
    params: &KnnItemParams,
    how: &EvaluateParams,
    watch: &mut Watch<'_>,
) -> Result<Evaluation> {
    how.check()?;
    params.check()?;
    let last = interactions.last_orders();
    if !last.iter().flatten().any(|order| order.has_earlier) {
        return Err(Error::TooFewRows { needed: 1, found: 0 });
    }
    let is_held_out = |position: usize| interactions.is_held_out(position, &last);
    let before = interactions.owned_of(params.weighting, |position| !is_held_out(position));
    let after = interactions.owned_of(params.weighting, is_held_out);
    let model = fit_owned(&before, params, watch).map_err(|error| match error {
        Error::Empty => Error::TooFewRows { needed: 1, found: 0 },
        other => other,
    })?;
    let lists = model.recommend_all(&before, &how.never, how.n_recommended as usize, watch)?;
    let mut own = Tally::new(interactions.n_items());
    let mut popular = Tally::new(interactions.n_items());
    let mut n_users_without_new_items = 0;
    for (user, order) in last.iter().enumerate() {
        if !order.is_some_and(|order| order.has_earlier) {
            continue;
        }
        let wanted = new_items(&before, &after, user, &how.never);
        if wanted.is_empty() {
            n_users_without_new_items += 1;
            continue;
        }
        own.add(lists[user].iter().map(|entry| entry.item), &wanted, how.n_recommended);
        let known = before.known(user);
        popular.add(
            model.popular_for(known, &how.never, lists[user].len()).into_iter(),
            &wanted,
            how.n_recommended,
        );
        if user % 128 == 0 {
            report(watch, "evaluate", user, last.len())?;
        }
    }
    if own.ndcg.is_empty() {
        return Err(Error::TooFewRows { needed: 1, found: 0 });
    }
    let gains: Vec<f64> = own.ndcg.iter().zip(&popular.ndcg).map(|(own, popular)| own - popular).collect();
    Ok(Evaluation {
        n_recommended: how.n_recommended,
        n_users: own.ndcg.len(),
        n_users_with_one_order: last.iter().flatten().filter(|order| !order.has_earlier).count(),
        n_users_without_new_items,
        model: own.metrics(&model, how, watch)?,
        popularity: popular.metrics(&model, how, watch)?,
        ndcg_gain: mean_interval(&gains, &how.bootstrap, watch)?,
    })
}

/// What a user owns of the last order and did not know before, by rising code.
fn new_items(before: &Owned, after: &Owned, user: usize, never: &[u32]) -> Vec<u32> {
    let is_new = |item: &u32| before.known(user).binary_search(item).is_err() && !never.contains(item);
    after.items(user).iter().copied().filter(is_new).collect()
}

/// The users judged so far, for one recommender.
struct Tally {
    recall: Vec<f64>,
    ndcg: Vec<f64>,
    n_hit: usize,
    is_recommended: Vec<bool>,
}

impl Tally {
    fn new(n_items: usize) -> Self {
        Self { recall: Vec::new(), ndcg: Vec::new(), n_hit: 0, is_recommended: vec![false; n_items] }
    }

    fn add(&mut self, list: impl Iterator<Item = u32>, wanted: &[u32], n_recommended: u32) {
        let (mut hits, mut gain) = (0, 0.0);
        for (rank, item) in list.enumerate() {
            self.is_recommended[item as usize] = true;
            if wanted.binary_search(&item).is_ok() {
                hits += 1;
                gain += discount(rank);
            }
        }
        let ideal: f64 = (0..wanted.len().min(n_recommended as usize)).map(discount).sum();
        self.n_hit += usize::from(hits > 0);
        self.recall.push(f64::from(hits) / wanted.len() as f64);
        self.ndcg.push(gain / ideal);
    }

    fn metrics(&self, model: &KnnItem, how: &EvaluateParams, watch: &mut Watch<'_>) -> Result<RankMetrics> {
        let n_users = self.ndcg.len() as f64;
        let (low, high) = wilson(self.n_hit as f64, n_users, how.bootstrap.level);
        let n_recommended = self.is_recommended.iter().filter(|&&is_recommended| is_recommended).count();
        Ok(RankMetrics {
            hit_rate: Interval { value: self.n_hit as f64 / n_users, low, high },
            recall: mean_interval(&self.recall, &how.bootstrap, watch)?,
            ndcg: mean_interval(&self.ndcg, &how.bootstrap, watch)?,
            coverage: n_recommended as f64 / model.popular.len() as f64,
        })
    }
}

/// What a hit at `rank`, from 0, is worth.
fn discount(rank: usize) -> f64 {
    1.0 / libm::log2(rank as f64 + 2.0)
}
