//! The plain way to what [`super::rows`] gives: all pairs of items that occur, counted chunk by chunk and merged.

use std::ops::Range;

use super::Owned;
use super::rows::{Pair, user_chunks};
use crate::Result;
use crate::progress::{Watch, report};

/// The pairs of items and the squared norm of each, over some users.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CoOccurrence {
    /// For each item the pairs with items of higher code, by rising code.
    pub(super) pairs: Vec<Vec<Pair>>,
    /// The sum of squared weights of each item.
    pub(super) squares: Vec<f64>,
    /// The users who took each item.
    pub(super) n_users_of: Vec<u32>,
}

impl CoOccurrence {
    /// Nothing counted yet, for `n_items`.
    #[must_use]
    pub(super) fn new(n_items: usize) -> Self {
        Self { pairs: vec![Vec::new(); n_items], squares: vec![0.0; n_items], n_users_of: vec![0; n_items] }
    }

    /// Counts the users of one chunk into an empty summary.
    ///
    /// # Errors
    /// [`crate::Error::Cancelled`].
    pub(super) fn absorb(&mut self, owned: &Owned, users: Range<usize>, watch: &mut Watch<'_>) -> Result<()> {
        const ITEMS_PER_REPORT: usize = 256;
        let users_of = self.transpose(owned, users);
        let mut sums = vec![(0.0, 0_u32); self.pairs.len()];
        let mut touched = Vec::new();
        for (item, takers) in users_of.iter().enumerate() {
            if item % ITEMS_PER_REPORT == 0 {
                report(watch, super::STAGE, item, self.pairs.len())?;
            }
            for &(user, position) in takers {
                let (items, weights) = (owned.items(user as usize), owned.weights(user as usize));
                let (own, after) = (weights[position as usize], position as usize + 1);
                for (&other, &weight) in items[after..].iter().zip(&weights[after..]) {
                    let sum = &mut sums[other as usize];
                    if sum.1 == 0 {
                        touched.push(other);
                    }
                    sum.0 += own * weight;
                    sum.1 += 1;
                }
            }
            touched.sort_unstable();
            self.pairs[item] = touched
                .drain(..)
                .map(|other| {
                    let (product, overlap) = std::mem::take(&mut sums[other as usize]);
                    Pair { item: other, overlap, product }
                })
                .collect();
        }
        Ok(())
    }

    /// The users of each item with the item's position among the user's; adds to norms and counts on the way.
    fn transpose(&mut self, owned: &Owned, users: Range<usize>) -> Vec<Vec<(u32, u32)>> {
        let mut users_of = vec![Vec::new(); self.pairs.len()];
        for user in users {
            for (position, (&item, &weight)) in owned.items(user).iter().zip(owned.weights(user)).enumerate()
            {
                users_of[item as usize].push((user as u32, position as u32));
                self.squares[item as usize] += weight * weight;
                self.n_users_of[item as usize] += 1;
            }
        }
        users_of
    }

    /// Takes in the counts of the users that follow.
    pub(super) fn merge(&mut self, later: Self) {
        for (own, later) in self.pairs.iter_mut().zip(later.pairs) {
            if own.is_empty() {
                *own = later;
            } else if !later.is_empty() {
                *own = merged(own, &later);
            }
        }
        self.squares.iter_mut().zip(later.squares).for_each(|(sum, later)| *sum += later);
        self.n_users_of.iter_mut().zip(later.n_users_of).for_each(|(sum, later)| *sum += later);
    }
}

/// Two lists by rising item, as one.
fn merged(first: &[Pair], second: &[Pair]) -> Vec<Pair> {
    let mut all = Vec::with_capacity(first.len().max(second.len()));
    let (mut a, mut b) = (first.iter().peekable(), second.iter().peekable());
    while let (Some(left), Some(right)) = (a.peek(), b.peek()) {
        match left.item.cmp(&right.item) {
            std::cmp::Ordering::Less => all.extend(a.next()),
            std::cmp::Ordering::Greater => all.extend(b.next()),
            std::cmp::Ordering::Equal => {
                let (overlap, product) = (left.overlap + right.overlap, left.product + right.product);
                all.push(Pair { item: left.item, overlap, product });
                a.next();
                b.next();
            }
        }
    }
    all.extend(a);
    all.extend(b);
    all
}

/// The counts of all users, chunk by chunk.
pub(super) fn summarize(owned: &Owned, watch: &mut Watch<'_>) -> Result<CoOccurrence> {
    let mut whole: Option<CoOccurrence> = None;
    for users in user_chunks(owned.n_users()) {
        let mut chunk = CoOccurrence::new(owned.n_items());
        chunk.absorb(owned, users, watch)?;
        match &mut whole {
            Some(whole) => whole.merge(chunk),
            None => whole = Some(chunk),
        }
    }
    Ok(whole.unwrap_or_else(|| CoOccurrence::new(owned.n_items())))
}
