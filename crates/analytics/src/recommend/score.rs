//! What to recommend to one user, and why.

use serde::{Deserialize, Serialize};

use super::{KnnItem, Owned};
use crate::progress::{Watch, report};
use crate::{Error, Result};

/// Where a recommendation comes from: the steps of the fall-back ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Neighbours of what the user has.
    Neighbours,
    /// What most users take, because the neighbours did not suffice.
    Popularity,
}

/// An item the user has that speaks for a recommendation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// The item the user has.
    pub item: u32,
    /// Its share of the score, over 0 and at most 1.
    pub share: f64,
}

/// An item to recommend.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recommendation {
    /// The item.
    pub item: u32,
    /// For neighbours the sum of similarities to the user's items; for popularity the share of users who took it. The two
    /// are not comparable.
    pub score: f64,
    /// Where it comes from.
    pub origin: Origin,
    /// The user's items that add most to the score, at most [`REASONS`], by falling share; none for popularity.
    pub because: Vec<Reason>,
}

/// The reasons given with a recommendation.
pub const REASONS: usize = 3;

/// Reused space for scoring one user after another.
struct Scores {
    sums: Vec<f64>,
    touched: Vec<u32>,
    is_barred: Vec<bool>,
}

impl KnnItem {
    /// The best `n` items for someone who owns `owned` and has taken `known` (returned items included); neither `known`
    /// nor `owned` nor `never` is recommended. Equal scores go by rising item code. Fewer than `n` come back only when no
    /// item is left.
    ///
    /// # Errors
    /// [`Error::UnknownColumn`] names the role of an item code that is not below the number of items.
    pub fn recommend(
        &self,
        owned: &[u32],
        known: &[u32],
        never: &[u32],
        n: usize,
    ) -> Result<Vec<Recommendation>> {
        for (role, items) in [("owned", owned), ("known", known), ("never", never)] {
            if items.iter().any(|&item| item as usize >= self.neighbours.len()) {
                return Err(Error::UnknownColumn { column: role.to_owned() });
            }
        }
        let mut scores = self.scores(never);
        let mut owned = owned.to_vec();
        owned.sort_unstable();
        owned.dedup();
        Ok(self.recommend_with(&mut scores, &owned, known, n))
    }

    /// The best `n` items for every user of `owned`, in order; see [`Self::recommend`].
    ///
    /// # Errors
    /// [`Error::ColumnsDiffer`] when the number of items differs; [`Error::UnknownColumn`] as [`Self::recommend`];
    /// [`Error::Cancelled`].
    pub fn recommend_all(
        &self,
        owned: &Owned,
        never: &[u32],
        n: usize,
        watch: &mut Watch<'_>,
    ) -> Result<Vec<Vec<Recommendation>>> {
        const USERS_PER_REPORT: usize = 128;
        let (expected, found) = (self.neighbours.len(), owned.n_items());
        if expected != found {
            return Err(Error::ColumnsDiffer { expected, found });
        }
        if never.iter().any(|&item| item as usize >= expected) {
            return Err(Error::UnknownColumn { column: "never".to_owned() });
        }
        let mut scores = self.scores(never);
        let mut all = Vec::with_capacity(owned.n_users());
        for user in 0..owned.n_users() {
            if user % USERS_PER_REPORT == 0 {
                report(watch, "recommend", user, owned.n_users())?;
            }
            all.push(self.recommend_with(&mut scores, owned.items(user), owned.known(user), n));
        }
        Ok(all)
    }

    /// The `n` most popular items that are neither in `known` nor in `never`: the baseline, and the ladder's last step.
    #[must_use]
    pub fn popular_for(&self, known: &[u32], never: &[u32], n: usize) -> Vec<u32> {
        let is_barred = |item: &u32| known.contains(item) || never.contains(item);
        self.popular.iter().copied().filter(|item| !is_barred(item)).take(n).collect()
    }

    fn scores(&self, never: &[u32]) -> Scores {
        let n_items = self.neighbours.len();
        let mut is_barred = vec![false; n_items];
        never.iter().for_each(|&item| is_barred[item as usize] = true);
        Scores { sums: vec![0.0; n_items], touched: Vec::new(), is_barred }
    }

    fn recommend_with(
        &self,
        scores: &mut Scores,
        owned: &[u32],
        known: &[u32],
        n: usize,
    ) -> Vec<Recommendation> {
        let barred_here: Vec<u32> =
            owned.iter().chain(known).copied().filter(|&item| !scores.is_barred[item as usize]).collect();
        barred_here.iter().for_each(|&item| scores.is_barred[item as usize] = true);
        for neighbour in owned.iter().flat_map(|&item| &self.neighbours[item as usize]) {
            let item = neighbour.item as usize;
            if scores.is_barred[item] {
                continue;
            }
            if scores.sums[item] == 0.0 {
                scores.touched.push(neighbour.item);
            }
            scores.sums[item] += neighbour.similarity;
        }
        let mut list: Vec<Recommendation> = best(scores, n)
            .into_iter()
            .map(|(item, score)| Recommendation {
                item,
                score,
                origin: Origin::Neighbours,
                because: self.reasons(owned, item, score),
            })
            .collect();
        self.fill_up(&mut list, scores, n);
        scores.touched.drain(..).for_each(|item| scores.sums[item as usize] = 0.0);
        barred_here.iter().for_each(|&item| scores.is_barred[item as usize] = false);
        list
    }

    /// Fills `list` up to `n` with the most popular items that are neither barred nor listed.
    fn fill_up(&self, list: &mut Vec<Recommendation>, scores: &Scores, n: usize) {
        let missing = n.saturating_sub(list.len());
        let is_free = |item: &u32| !scores.is_barred[*item as usize] && scores.sums[*item as usize] == 0.0;
        let fillers = self.popular.iter().copied().filter(is_free).take(missing).map(|item| Recommendation {
            item,
            score: f64::from(self.n_users_of[item as usize]) / self.n_users as f64,
            origin: Origin::Popularity,
            because: Vec::new(),
        });
        list.extend(fillers);
    }

    fn reasons(&self, owned: &[u32], item: u32, score: f64) -> Vec<Reason> {
        let mut reasons: Vec<Reason> = owned
            .iter()
            .filter_map(|&own| {
                let neighbour =
                    self.neighbours[own as usize].iter().find(|neighbour| neighbour.item == item)?;
                Some(Reason { item: own, share: neighbour.similarity / score })
            })
            .collect();
        reasons.sort_by(|a, b| b.share.total_cmp(&a.share).then(a.item.cmp(&b.item)));
        reasons.truncate(REASONS);
        reasons
    }
}

/// The `n` touched items of highest score.
fn best(scores: &Scores, n: usize) -> Vec<(u32, f64)> {
    let mut scored: Vec<(u32, f64)> =
        scores.touched.iter().map(|&item| (item, scores.sums[item as usize])).collect();
    let by_score = |a: &(u32, f64), b: &(u32, f64)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    if n < scored.len() {
        scored.select_nth_unstable_by(n, by_score);
        scored.truncate(n);
    }
    scored.sort_unstable_by(by_score);
    scored
}
