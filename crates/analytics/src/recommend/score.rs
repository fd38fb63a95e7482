//! What to recommend to one user, and why.

use serde::{Deserialize, Serialize};

use super::lists::Lists;
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

/// What scoring one user after another reads, and its reused space.
struct Scores {
    near: Lists,
    sums: Vec<f64>,
    /// The items of some score.
    met: Vec<u32>,
    is_barred: Vec<bool>,
    /// Where an item stands in the list being explained, from 1; 0 elsewhere.
    places: Vec<u32>,
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

    /// The best `n` items for each of `baskets`, whose owners own and know nothing else; see [`Self::recommend`].
    ///
    /// # Errors
    /// As [`Self::recommend`].
    pub fn recommend_each(
        &self,
        baskets: impl IntoIterator<Item = Vec<u32>>,
        n: usize,
    ) -> Result<Vec<Vec<Recommendation>>> {
        let mut scores = self.scores(&[]);
        let each = baskets.into_iter().map(|mut owned| {
            if owned.iter().any(|&item| item as usize >= self.neighbours.len()) {
                return Err(Error::UnknownColumn { column: "owned".to_owned() });
            }
            owned.sort_unstable();
            owned.dedup();
            Ok(self.recommend_with(&mut scores, &owned, &[], n))
        });
        each.collect()
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
        let near = Lists::near(&self.neighbours);
        let n_items = near.n_items();
        let mut is_barred = vec![false; n_items];
        never.iter().for_each(|&item| is_barred[item as usize] = true);
        Scores { near, sums: vec![0.0; n_items], met: Vec::new(), is_barred, places: vec![0; n_items] }
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
        scores.add_up(owned);
        let best = scores.best(n);
        let reasons = scores.reasons(owned, &best);
        let mut list: Vec<Recommendation> = best
            .into_iter()
            .zip(reasons)
            .map(|((item, score), because)| Recommendation {
                item,
                score,
                origin: Origin::Neighbours,
                because,
            })
            .collect();
        self.fill_up(&mut list, scores, n);
        scores.met.iter().for_each(|&item| scores.sums[item as usize] = 0.0);
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
}

impl Scores {
    /// Sums the similarities of what is near the items of `owned`. Where that is much of all there is, looking at all for
    /// what was met is faster than noting it.
    fn add_up(&mut self, owned: &[u32]) {
        let n_near: usize = owned.iter().map(|&item| self.near.of(item).len()).sum();
        let sums = &mut self.sums;
        self.met.clear();
        if n_near < sums.len() / 4 {
            for (item, similarity) in owned.iter().flat_map(|&item| self.near.of(item)) {
                if sums[item as usize] == 0.0 {
                    self.met.push(item);
                }
                sums[item as usize] += similarity;
            }
        } else {
            owned.iter().for_each(|&item| {
                self.near.of(item).for_each(|(item, similarity)| sums[item as usize] += similarity);
            });
            self.met.extend((0..sums.len() as u32).filter(|&item| sums[item as usize] > 0.0));
        }
    }

    /// The `n` items of highest score that are not barred, equal ones by rising item.
    fn best(&self, n: usize) -> Vec<(u32, f64)> {
        let by_score = |a: &(u32, f64), b: &(u32, f64)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        let mut held: Vec<(u32, f64)> = Vec::with_capacity(2 * n);
        let mut threshold = 0.0;
        for &item in &self.met {
            let score = self.sums[item as usize];
            if score < threshold || n == 0 || self.is_barred[item as usize] {
                continue;
            }
            held.push((item, score));
            if held.len() == 2 * n {
                held.select_nth_unstable_by(n - 1, by_score);
                held.truncate(n);
                threshold = held[n - 1].1;
            }
        }
        held.sort_unstable_by(by_score);
        held.truncate(n);
        held
    }

    /// What speaks for each of the `best`, found in one pass over what is near the items of `owned`.
    fn reasons(&mut self, owned: &[u32], best: &[(u32, f64)]) -> Vec<Vec<Reason>> {
        let mut reasons = vec![Vec::new(); best.len()];
        for (place, (item, _)) in (1..).zip(best) {
            self.places[*item as usize] = place;
        }
        for &own in owned {
            for (item, similarity) in self.near.of(own) {
                let place = self.places[item as usize] as usize;
                if place > 0 {
                    let share = similarity / best[place - 1].1;
                    keep_best(&mut reasons[place - 1], Reason { item: own, share });
                }
            }
        }
        best.iter().for_each(|(item, _)| self.places[*item as usize] = 0);
        reasons
    }
}

/// Adds a reason to at most [`REASONS`] by falling share, equal ones by rising item.
fn keep_best(reasons: &mut Vec<Reason>, reason: Reason) {
    let is_before = |other: &Reason| (other.share, reason.item) >= (reason.share, other.item);
    let place = reasons.partition_point(is_before);
    if place < REASONS {
        reasons.truncate(REASONS - 1);
        reasons.insert(place, reason);
    }
}
