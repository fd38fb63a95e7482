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
        let mut lines: Vec<(u32, u32, usize)> = (0..self.users.len())
            .filter(|&position| keep(position))
            .map(|position| (self.users[position], self.items[position], position))
            .collect();
        lines.sort_unstable();
        let mut owned = Owned::empty(self.n_users, self.n_items);
        let mut next_user = 0;
        for pair in lines.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let (user, item, _) = pair[0];
            while next_user < user as usize {
                owned.close_user();
                next_user += 1;
            }
            let quantity: f64 = pair.iter().map(|&(_, _, position)| self.quantities[position]).sum();
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
