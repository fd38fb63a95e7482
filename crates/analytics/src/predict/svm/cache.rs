//! A bounded store of kernel rows that forgets the row not used for longest.

/// No slot, no owner.
const NONE: u32 = u32::MAX;

/// Kernel rows of one length, at most `capacity` of them.
#[derive(Debug)]
pub(super) struct RowCache {
    bytes: usize,
    /// The slot of each row; [`NONE`] when not kept.
    slot_of: Vec<u32>,
    slots: Vec<Slot>,
    clock: u64,
}

#[derive(Debug)]
struct Slot {
    owner: u32,
    used: u64,
    kernels: Vec<f32>,
}

impl RowCache {
    /// A cache of at most `bytes` for `n_rows` rows of `n_rows` kernels. Two rows are kept whatever their size: one step
    /// needs both.
    pub(super) fn new(bytes: usize, n_rows: usize) -> Self {
        Self { bytes, slot_of: vec![NONE; n_rows], slots: Vec::new(), clock: 0 }
    }

    fn capacity(&self) -> usize {
        (self.bytes / (size_of::<f32>() * self.slot_of.len().max(1))).max(2)
    }

    /// The slot of the row at `at`, written by `compute` unless it is kept. The slot asked for before stays valid.
    pub(super) fn slot(&mut self, at: usize, compute: impl FnOnce(&mut Vec<f32>)) -> usize {
        self.clock += 1;
        let mut slot = self.slot_of[at] as usize;
        if self.slot_of[at] == NONE {
            slot = self.vacant();
            self.slot_of[at] = slot as u32;
            self.slots[slot].owner = at as u32;
            compute(&mut self.slots[slot].kernels);
        }
        self.slots[slot].used = self.clock;
        slot
    }

    fn vacant(&mut self) -> usize {
        if self.slots.len() < self.capacity() {
            self.slots.push(Slot { owner: NONE, used: 0, kernels: Vec::with_capacity(self.slot_of.len()) });
            return self.slots.len() - 1;
        }
        let oldest = (0..self.slots.len()).min_by_key(|&slot| self.slots[slot].used).unwrap_or(0);
        let owner = std::mem::replace(&mut self.slots[oldest].owner, NONE);
        if owner != NONE {
            self.slot_of[owner as usize] = NONE;
        }
        oldest
    }

    /// The kernels in a slot.
    pub(super) fn kernels(&self, slot: usize) -> &[f32] {
        &self.slots[slot].kernels
    }

    /// Keeps the rows at `kept`, ascending, alone, with their kernels among each other.
    pub(super) fn shrink(&mut self, kept: &[u32]) {
        let mut slots = std::mem::take(&mut self.slots);
        slots.retain_mut(|slot| {
            let position = kept.binary_search(&slot.owner);
            slot.owner = position.map_or(NONE, |at| at as u32);
            slot.owner != NONE
        });
        for slot in &mut slots {
            kept.iter().enumerate().for_each(|(to, &from)| slot.kernels[to] = slot.kernels[from as usize]);
            slot.kernels.truncate(kept.len());
            slot.kernels.shrink_to_fit();
        }
        self.slot_of = vec![NONE; kept.len()];
        for (at, slot) in slots.iter().enumerate() {
            self.slot_of[slot.owner as usize] = at as u32;
        }
        self.slots = slots;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_not_used_for_longest_goes_and_the_last_two_stay() {
        let mut cache = RowCache::new(0, 100);
        let mut computed = Vec::new();
        let mut ask = |cache: &mut RowCache, at: usize| {
            let slot = cache.slot(at, |kernels| {
                computed.push(at);
                kernels.clear();
                kernels.extend((0..100).map(|other| (at * 100 + other) as f32));
            });
            assert_eq!(cache.kernels(slot)[7], (at * 100 + 7) as f32);
        };
        for at in [3, 5, 3, 8, 3, 5] {
            ask(&mut cache, at);
        }
        assert_eq!(computed, [3, 5, 8, 5]);
    }

    #[test]
    fn shrinking_keeps_the_kernels_of_the_rows_that_stay() {
        let mut cache = RowCache::new(1 << 20, 6);
        for at in [4, 1, 5] {
            cache.slot(at, |kernels| kernels.extend((0..6).map(|other| (at * 10 + other) as f32)));
        }
        cache.shrink(&[0, 1, 5]);
        let slot = cache.slot(2, |_| panic!("row 5 is kept"));
        assert_eq!(cache.kernels(slot), [50.0, 51.0, 55.0]);
        let slot = cache.slot(1, |_| panic!("row 1 is kept"));
        assert_eq!(cache.kernels(slot), [10.0, 11.0, 15.0]);
    }
}
