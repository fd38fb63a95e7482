//! Who took which item, how much and when.

use super::Weighting;
use crate::{Error, Result};

/// Interactions of one length: user and item codes, quantities (negative for a return) and instants.
#[derive(Debug, Clone, PartialEq)]
pub struct Interactions {
    users: Vec<u32>,
    items: Vec<u32>,
    quantities: Vec<f64>,
    times_millis: Vec<i64>,
    n_users: usize,
    n_items: usize,
}

impl Interactions {
    /// Checks and keeps interactions, one a position: `users` below `n_users`, `items` below `n_items`, `quantities` of
    /// any sign, `times_millis` since 1970 UTC. What shares a user and an instant is one order.
    ///
    /// # Errors
    /// [`Error::Empty`] without interactions; [`Error::LengthMismatch`]; [`Error::NotFinite`] names the first quantity
    /// that is not finite or code out of bounds; [`Error::Parameter`] for more than `u32::MAX` users or items.
    pub fn new(
        users: Vec<u32>,
        items: Vec<u32>,
        quantities: Vec<f64>,
        times_millis: Vec<i64>,
        n_users: usize,
        n_items: usize,
    ) -> Result<Self> {
        let expected = users.len();
        if expected == 0 {
            return Err(Error::Empty);
        }
        if n_users > u32::MAX as usize || n_items > u32::MAX as usize {
            return Err(Error::Parameter { name: "n_users and n_items", range: "below 4294967296" });
        }
        let lengths = [("item", items.len()), ("quantity", quantities.len()), ("time", times_millis.len())];
        if let Some((column, found)) = lengths.into_iter().find(|(_, found)| *found != expected) {
            return Err(Error::LengthMismatch { column: column.to_owned(), expected, found });
        }
        let bad_user = users.iter().position(|&user| user as usize >= n_users).map(|row| ("user", row));
        let bad_item = items.iter().position(|&item| item as usize >= n_items).map(|row| ("item", row));
        let bad_quantity =
            quantities.iter().position(|value| !value.is_finite()).map(|row| ("quantity", row));
        if let Some((column, row)) = bad_user.or(bad_item).or(bad_quantity) {
            return Err(Error::NotFinite { column: column.to_owned(), row });
        }
        Ok(Self { users, items, quantities, times_millis, n_users, n_items })
    }

    /// The number of users, with or without interactions.
    #[must_use]
    pub fn n_users(&self) -> usize {
        self.n_users
    }

    /// The number of items, with or without interactions.
    #[must_use]
    pub fn n_items(&self) -> usize {
        self.n_items
    }

    /// What each user owns: items whose quantities sum to more than zero. What was returned whole is not owned, but still
    /// known, so that it is not recommended again.
    #[must_use]
    pub fn owned(&self, weighting: Weighting) -> Owned {
        self.owned_of(weighting, |_| true)
    }

    /// As [`Self::owned`], of the interactions at the positions `keep` accepts.
    pub(super) fn owned_of(&self, weighting: Weighting, keep: impl Fn(usize) -> bool) -> Owned {
        // Sorted by item and then, keeping that order, by user: two counting sorts.
        let kept: Vec<usize> = (0..self.users.len()).filter(|&position| keep(position)).collect();
        let by_item = sorted_by(&self.items, self.n_items, &kept);
        let positions = sorted_by(&self.users, self.n_users, &by_item);
        let pair_of = |position: usize| (self.users[position], self.items[position]);
        let mut owned = Owned::empty(self.n_users, self.n_items);
        let mut next_user = 0;
        for pair in positions.chunk_by(|&a, &b| pair_of(a) == pair_of(b)) {
            let (user, item) = pair_of(pair[0]);
            while next_user < user as usize {
                owned.close_user();
                next_user += 1;
            }
            let quantity: f64 = pair.iter().map(|&position| self.quantities[position]).sum();
            owned.push(item, quantity, weighting);
        }
        while next_user < self.n_users {
            owned.close_user();
            next_user += 1;
        }
        owned
    }

    /// Each user's last order: the last instant with a purchase, and whether a purchase came before it.
    pub(super) fn last_orders(&self) -> Vec<Option<LastOrder>> {
        let mut last: Vec<Option<LastOrder>> = vec![None; self.n_users];
        let purchases = (0..self.users.len()).filter(|&position| self.quantities[position] > 0.0);
        for position in purchases {
            let time_millis = self.times_millis[position];
            let entry = &mut last[self.users[position] as usize];
            *entry = Some(match *entry {
                None => LastOrder { time_millis, has_earlier: false },
                Some(order) if time_millis > order.time_millis => {
                    LastOrder { time_millis, has_earlier: true }
                }
                Some(order) => {
                    LastOrder { has_earlier: order.has_earlier || time_millis < order.time_millis, ..order }
                }
            });
        }
        last
    }

    /// Whether the interaction at `position` belongs to its user's last order or came later, as returns do. A user's only
    /// order is not held out: it teaches.
    pub(super) fn is_held_out(&self, position: usize, last: &[Option<LastOrder>]) -> bool {
        let order = last[self.users[position] as usize];
        order.is_some_and(|order| order.has_earlier && self.times_millis[position] >= order.time_millis)
    }
}

/// `positions` by rising `codes[position]`, which is below `n_codes`; equal ones stay in their order.
fn sorted_by(codes: &[u32], n_codes: usize, positions: &[usize]) -> Vec<usize> {
    let mut starts = vec![0_usize; n_codes + 1];
    for &position in positions {
        starts[codes[position] as usize + 1] += 1;
    }
    for code in 0..n_codes {
        starts[code + 1] += starts[code];
    }
    let mut sorted = vec![0; positions.len()];
    for &position in positions {
        let next = &mut starts[codes[position] as usize];
        sorted[*next] = position;
        *next += 1;
    }
    sorted
}

/// A user's last order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LastOrder {
    pub(super) time_millis: i64,
    pub(super) has_earlier: bool,
}

/// The items of each user by rising item code: owned ones with their weight, and all ever taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Owned {
    n_items: usize,
    starts: Vec<usize>,
    items: Vec<u32>,
    weights: Vec<f64>,
    known_starts: Vec<usize>,
    known: Vec<u32>,
}

impl Owned {
    fn empty(n_users: usize, n_items: usize) -> Self {
        let starts = || {
            let mut starts = Vec::with_capacity(n_users + 1);
            starts.push(0);
            starts
        };
        Self {
            n_items,
            starts: starts(),
            items: vec![],
            weights: vec![],
            known_starts: starts(),
            known: vec![],
        }
    }

    fn push(&mut self, item: u32, quantity: f64, weighting: Weighting) {
        self.known.push(item);
        if quantity > 0.0 {
            self.items.push(item);
            self.weights.push(weighting.weight(quantity));
        }
    }

    fn close_user(&mut self) {
        self.starts.push(self.items.len());
        self.known_starts.push(self.known.len());
    }

    /// The number of users.
    #[must_use]
    pub fn n_users(&self) -> usize {
        self.starts.len() - 1
    }

    /// The number of items.
    #[must_use]
    pub fn n_items(&self) -> usize {
        self.n_items
    }

    /// The pairs of user and owned item.
    #[must_use]
    pub fn n_pairs(&self) -> usize {
        self.items.len()
    }

    /// The items of `user`, by rising code; empty for an unknown user.
    #[must_use]
    pub fn items(&self, user: usize) -> &[u32] {
        self.range(user).map_or(&[], |range| &self.items[range])
    }

    /// The weights of [`Self::items`].
    #[must_use]
    pub fn weights(&self, user: usize) -> &[f64] {
        self.range(user).map_or(&[], |range| &self.weights[range])
    }

    /// All users' items, one user after the other; [`Self::bounds`] says where each one's lie.
    pub(super) fn all_items(&self) -> &[u32] {
        &self.items
    }

    /// The weights of [`Self::all_items`].
    pub(super) fn all_weights(&self) -> &[f64] {
        &self.weights
    }

    /// Where the items of `user` lie; nowhere for an unknown user.
    pub(super) fn bounds(&self, user: usize) -> std::ops::Range<usize> {
        self.range(user).unwrap_or(0..0)
    }

    /// The items `user` ever took, kept or returned, by rising code.
    #[must_use]
    pub fn known(&self, user: usize) -> &[u32] {
        match (self.known_starts.get(user), self.known_starts.get(user + 1)) {
            (Some(&start), Some(&end)) => &self.known[start..end],
            _ => &[],
        }
    }

    fn range(&self, user: usize) -> Option<std::ops::Range<usize>> {
        Some(*self.starts.get(user)?..*self.starts.get(user + 1)?)
    }
}
