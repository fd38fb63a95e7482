//! How a recommender is written down: its neighbours as flat columns, and of each only what the rest follows from.

use serde::{Deserialize, Serialize};

use super::neighbours::neighbour;
use super::rows::Pair;
use super::{KnnItem, KnnItemParams, Neighbour};
use crate::{Error, Result};

const NOT_WHOLE: Error = Error::ModelBroken { part: "neighbours" };

/// The columns hold one item's neighbours after the other's.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    params: KnnItemParams,
    n_users: usize,
    n_pairs: usize,
    n_users_of: Vec<u32>,
    popular: Vec<u32>,
    norms: Vec<f64>,
    /// How many neighbours each item has.
    lengths: Vec<u32>,
    items: Vec<u32>,
    overlaps: Vec<u32>,
    /// Left out where every product is its overlap, as it is with weights of one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    products: Vec<f64>,
}

impl From<KnnItem> for Kept {
    fn from(model: KnnItem) -> Self {
        let all = || model.neighbours.iter().flatten();
        let is_counted = all().all(|near| near.product == f64::from(near.overlap));
        Self {
            lengths: model.neighbours.iter().map(|list| list.len() as u32).collect(),
            items: all().map(|near| near.item).collect(),
            overlaps: all().map(|near| near.overlap).collect(),
            products: if is_counted { Vec::new() } else { all().map(|near| near.product).collect() },
            params: model.params,
            n_users: model.n_users,
            n_pairs: model.n_pairs,
            n_users_of: model.n_users_of,
            popular: model.popular,
            norms: model.norms,
        }
    }
}

impl TryFrom<Kept> for KnnItem {
    type Error = Error;

    /// # Errors
    /// [`Error::ModelBroken`] when the columns do not fit together or name items that there are not; [`Error::Parameter`].
    fn try_from(mut kept: Kept) -> Result<Self> {
        kept.check()?;
        if kept.products.is_empty() {
            kept.products = kept.overlaps.iter().copied().map(f64::from).collect();
        }
        let mut next = 0;
        let mut neighbours = Vec::with_capacity(kept.lengths.len());
        for (own, &length) in kept.norms.iter().zip(&kept.lengths) {
            let places = next..next + length as usize;
            next = places.end;
            neighbours.push(places.map(|place| kept.neighbour(*own, place)).collect::<Result<_>>()?);
        }
        let Kept { params, n_users, n_pairs, n_users_of, popular, norms, .. } = kept;
        Ok(Self { params, neighbours, norms, n_users_of, popular, n_users, n_pairs })
    }
}

impl Kept {
    fn check(&self) -> Result<()> {
        self.params.check()?;
        let (n_items, n_neighbours) = (self.norms.len(), self.items.len());
        let n_told: u64 = self.lengths.iter().copied().map(u64::from).sum();
        let is_known = |item: &u32| (*item as usize) < n_items;
        let is_whole = self.lengths.len() == n_items
            && self.n_users_of.len() == n_items
            && n_told == n_neighbours as u64
            && self.overlaps.len() == n_neighbours
            && (self.products.is_empty() || self.products.len() == n_neighbours)
            && self.items.iter().chain(&self.popular).all(is_known);
        if is_whole { Ok(()) } else { Err(NOT_WHOLE) }
    }

    /// The neighbour at `place` of an item whose norm is `own`.
    fn neighbour(&self, own: f64, place: usize) -> Result<Neighbour> {
        let (item, overlap, product) = (self.items[place], self.overlaps[place], self.products[place]);
        let norm = own * self.norms[item as usize];
        neighbour(&Pair { item, overlap, product }, norm, self.params.shrink).ok_or(NOT_WHOLE)
    }
}
