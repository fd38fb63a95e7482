//! The pairs of one item after the other, so that nearest items are found without keeping all pairs: the same numbers, to the
//! last digit, as counting all pairs of each chunk of users and adding up the chunks.

use std::ops::Range;

use super::Owned;

/// The users of one chunk. Fixed: changing it changes the last digits of weighted similarities.
const USERS_PER_CHUNK: usize = 4096;

/// One item of a pair; the other is the list's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pair {
    /// The other item, of a higher code.
    pub(super) item: u32,
    /// The users who took both.
    pub(super) overlap: u32,
    /// The sum over those users of the product of weights.
    pub(super) product: f64,
}

/// The users of each item, chunk of users by chunk, and what is counted on the way.
pub(super) struct Rows<'a, T> {
    pub(super) owned: &'a Owned,
    chunks: Vec<Takers>,
    /// The sum of squared weights of each item.
    pub(super) squares: Vec<f64>,
    /// The users who took each item.
    pub(super) n_users_of: Vec<u32>,
    /// What the pairs of one item come to, by the other; zero between items.
    sums: Vec<T>,
    /// The same of one chunk, where there are several.
    chunk_sums: Vec<T>,
    /// The items met with one item, and by one chunk of users.
    met: Vec<u32>,
    chunk_met: Vec<u32>,
}

/// The users of one chunk by item: where each one's items after this lie in [`Owned`].
struct Takers {
    starts: Vec<usize>,
    /// The position of the item among all pairs of user and item, and where the user's end.
    positions: Vec<(u32, u32)>,
}

/// What a pair's products come to.
pub(super) trait Total: Copy + Default {
    fn add(&mut self, product: f64);
    fn join(&mut self, later: Self);
    fn overlap(self) -> u32;
    fn product(self) -> f64;
}

/// Of any weights.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    product: f64,
    overlap: u32,
}

impl Total for Sum {
    #[inline(always)]
    fn add(&mut self, product: f64) {
        self.product += product;
        self.overlap += 1;
    }

    fn join(&mut self, later: Self) {
        self.product += later.product;
        self.overlap += later.overlap;
    }

    fn overlap(self) -> u32 {
        self.overlap
    }

    fn product(self) -> f64 {
        self.product
    }
}

/// Of weights that are all one: the number of products is their sum, in a quarter of the memory.
impl Total for u32 {
    #[inline(always)]
    fn add(&mut self, _: f64) {
        *self += 1;
    }

    fn join(&mut self, later: Self) {
        *self += later;
    }

    fn overlap(self) -> u32 {
        self
    }

    fn product(self) -> f64 {
        f64::from(self)
    }
}

impl<'a, T: Total> Rows<'a, T> {
    pub(super) fn new(owned: &'a Owned) -> Self {
        let n_items = owned.n_items();
        let mut rows = Self {
            owned,
            chunks: Vec::new(),
            squares: vec![0.0; n_items],
            n_users_of: vec![0; n_items],
            sums: vec![T::default(); n_items],
            chunk_sums: Vec::new(),
            met: Vec::new(),
            chunk_met: Vec::new(),
        };
        let chunks: Vec<_> = user_chunks(owned.n_users()).collect();
        if chunks.len() > 1 {
            rows.chunk_sums = rows.sums.clone();
        }
        for users in chunks {
            let mut squares = vec![0.0; n_items];
            let mut starts = vec![0_usize; n_items + 1];
            for user in users.clone() {
                for (&item, &weight) in owned.items(user).iter().zip(owned.weights(user)) {
                    starts[item as usize + 1] += 1;
                    squares[item as usize] += weight * weight;
                }
            }
            for item in 0..n_items {
                rows.n_users_of[item] += starts[item + 1] as u32;
                rows.squares[item] += squares[item];
                starts[item + 1] += starts[item];
            }
            let mut next = starts.clone();
            let mut positions = vec![(0, 0); starts[n_items]];
            for user in users {
                let bounds = owned.bounds(user);
                for position in bounds.clone() {
                    let free = &mut next[owned.all_items()[position] as usize];
                    positions[*free] = (position as u32, bounds.end as u32);
                    *free += 1;
                }
            }
            rows.chunks.push(Takers { starts, positions });
        }
        rows
    }

    /// The pairs of `item` with items of higher code, in any order.
    pub(super) fn for_each_pair(&mut self, item: usize, mut on_pair: impl FnMut(Pair)) {
        self.met.clear();
        let mut is_listed = true;
        match &self.chunks[..] {
            [only] => is_listed = add_row(self.owned, only, item, &mut self.sums, &mut self.met),
            chunks => {
                for chunk in chunks {
                    self.chunk_met.clear();
                    let is_chunk_listed =
                        add_row(self.owned, chunk, item, &mut self.chunk_sums, &mut self.chunk_met);
                    let mut join = |other: usize| {
                        let part = std::mem::take(&mut self.chunk_sums[other]);
                        let sum = &mut self.sums[other];
                        if sum.overlap() == 0 && part.overlap() > 0 {
                            self.met.push(other as u32);
                        }
                        sum.join(part);
                    };
                    if is_chunk_listed {
                        self.chunk_met.iter().for_each(|&other| join(other as usize));
                    } else {
                        (item + 1..self.n_users_of.len()).for_each(join);
                    }
                }
            }
        }
        let mut hand_out = |item: u32, sum: &mut T| {
            let sum = std::mem::take(sum);
            if sum.overlap() > 0 {
                on_pair(Pair { item, overlap: sum.overlap(), product: sum.product() });
            }
        };
        if is_listed {
            self.met.iter().for_each(|&other| hand_out(other, &mut self.sums[other as usize]));
        } else {
            let others = self.sums[item + 1..].iter_mut();
            (item as u32 + 1..).zip(others).for_each(|(other, sum)| hand_out(other, sum));
        }
    }
}

/// Adds the products of `item` with every item of higher code that its users of one chunk took. True when the items met are
/// listed in `met`; where they would be many of those there are, looking at all is faster.
fn add_row<T: Total>(owned: &Owned, chunk: &Takers, item: usize, sums: &mut [T], met: &mut Vec<u32>) -> bool {
    let takers = &chunk.positions[chunk.starts[item]..chunk.starts[item + 1]];
    let n_products: usize = takers.iter().map(|&(position, end)| (end - position) as usize - 1).sum();
    let is_listed = n_products < (sums.len() - item) / 4;
    if is_listed {
        add_products(owned, takers, |other, product| {
            if sums[other].overlap() == 0 {
                met.push(other as u32);
            }
            sums[other].add(product);
        });
    } else {
        add_products(owned, takers, |other, product| sums[other].add(product));
    }
    is_listed
}

#[inline(always)]
fn add_products(owned: &Owned, takers: &[(u32, u32)], mut add: impl FnMut(usize, f64)) {
    let (items, weights) = (owned.all_items(), owned.all_weights());
    for &(position, end) in takers {
        let after = position as usize + 1..end as usize;
        let own = weights[position as usize];
        for (&other, &weight) in items[after.clone()].iter().zip(&weights[after]) {
            add(other as usize, own * weight);
        }
    }
}

/// The chunks of users, in order.
pub(super) fn user_chunks(n_users: usize) -> impl Iterator<Item = Range<usize>> {
    (0..n_users).step_by(USERS_PER_CHUNK).map(move |start| start..(start + USERS_PER_CHUNK).min(n_users))
}
