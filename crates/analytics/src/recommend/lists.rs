//! Lists of items with their similarities, one list an item, in two flat columns.

use super::Neighbour;

/// What is near each item.
pub(super) struct Lists {
    /// Where each item's list begins, and where the last one ends.
    starts: Vec<usize>,
    items: Vec<u32>,
    similarities: Vec<f64>,
}

impl Lists {
    /// Each item's neighbours, in their order.
    pub(super) fn near(neighbours: &[Vec<Neighbour>]) -> Self {
        let mut starts = vec![0];
        starts.extend(neighbours.iter().scan(0, |end, list| {
            *end += list.len();
            Some(*end)
        }));
        let all = || neighbours.iter().flatten();
        Self {
            starts,
            items: all().map(|near| near.item).collect(),
            similarities: all().map(|near| near.similarity).collect(),
        }
    }

    pub(super) fn n_items(&self) -> usize {
        self.starts.len() - 1
    }

    /// The items of `item`'s list with their similarities.
    pub(super) fn of(&self, item: u32) -> impl ExactSizeIterator<Item = (u32, f64)> {
        let places = self.starts[item as usize]..self.starts[item as usize + 1];
        self.items[places.clone()].iter().copied().zip(self.similarities[places].iter().copied())
    }
}
