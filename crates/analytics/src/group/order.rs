//! Groups by size, so that labels mean the same whichever method found them.

/// For each old label its new one: the largest group first, ties by the earlier first row.
pub(super) fn by_size(labels: &[u32], n_groups: usize) -> Vec<u32> {
    let mut groups = vec![(0u64, usize::MAX); n_groups];
    for (row, &label) in labels.iter().enumerate() {
        if let Some((size, first)) = groups.get_mut(label as usize) {
            *size += 1;
            *first = row.min(*first);
        }
    }
    let mut order: Vec<usize> = (0..n_groups).collect();
    order.sort_by_key(|&group| (std::cmp::Reverse(groups[group].0), groups[group].1));
    let mut new = vec![0; n_groups];
    order.iter().enumerate().for_each(|(position, &group)| new[group] = position as u32);
    new
}

/// Gives every label its new one; labels past `new` (noise) stay.
pub(super) fn relabel(labels: &mut [u32], new: &[u32]) {
    for label in labels {
        if let Some(renamed) = new.get(*label as usize) {
            *label = *renamed;
        }
    }
}
