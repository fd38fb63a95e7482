//! Sums of gradients and Hessians by bin, as whole numbers.
//!
//! Gradients and Hessians are rounded once a round to whole multiples of a power of two, fine enough to keep 40 digits of
//! the largest even in the sum over a million rows. Sums of whole numbers are exact, so they do not depend on the order of rows
//! or on who summed which: histograms of shards merge to the histogram of all, and a parent's less one child's is the other's,
//! bit for bit.

use super::bins::Bins;

/// A row's gradient and Hessian, in their units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) gradient: i64,
    pub(super) hessian: i64,
}

/// The sums of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) gradient: i64,
    pub(super) hessian: i64,
    pub(super) count: u32,
}

impl Cell {
    #[inline]
    pub(super) fn add(&mut self, pair: Pair) {
        self.gradient += pair.gradient;
        self.hessian += pair.hessian;
        self.count += 1;
    }

    #[inline]
    pub(super) fn merge(&mut self, other: &Self) {
        self.gradient += other.gradient;
        self.hessian += other.hessian;
        self.count += other.count;
    }

    #[inline]
    pub(super) fn subtract(&mut self, other: &Self) {
        self.gradient -= other.gradient;
        self.hessian -= other.hessian;
        self.count -= other.count;
    }
}

/// What the whole numbers are multiples of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Units {
    pub(super) gradient: f64,
    pub(super) hessian: f64,
}

impl Units {
    /// Units of which the sum over `n_rows` numbers of the given sizes stays in range.
    pub(super) fn new(n_rows: usize, largest_gradient: f64, largest_hessian: f64) -> Self {
        let unit = |largest: f64| {
            let (_, exponent) = libm::frexp(largest);
            let bits = usize::BITS as i32 - n_rows.leading_zeros() as i32;
            libm::ldexp(1.0, (exponent + bits - 62).clamp(-1000, 1000))
        };
        Self { gradient: unit(largest_gradient), hessian: unit(largest_hessian) }
    }

    /// Rounds the pairs of rows.
    pub(super) fn round(&self, gradients: &[f64], hessians: &[f64], pairs: &mut Vec<Pair>) {
        // Units are powers of two, so multiplying by the inverse is exact.
        let (per_gradient, per_hessian) = (1.0 / self.gradient, 1.0 / self.hessian);
        pairs.clear();
        pairs.extend(gradients.iter().zip(hessians).map(|(gradient, hessian)| Pair {
            gradient: (gradient * per_gradient) as i64,
            hessian: (hessian * per_hessian) as i64,
        }));
    }
}

/// The sums by bin of one set of rows, all columns one after another.
pub(super) type Histogram = Vec<Cell>;

/// Adds `rows`, whose pairs are `pairs` in the same order, to the histogram of `columns`, which ascend.
pub(super) fn absorb(histogram: &mut [Cell], bins: &Bins, columns: &[u32], rows: &[u32], pairs: &[Pair]) {
    let mut four = columns.chunks_exact(4);
    for columns in &mut four {
        absorb_four(histogram, bins, columns, rows, pairs);
    }
    for &column in four.remainder() {
        let (cells, bins) = (&mut histogram[bins.range(column as usize)], bins.column(column as usize));
        for (&row, &pair) in rows.iter().zip(pairs) {
            cells[bins[row as usize] as usize].add(pair);
        }
    }
}

/// Four columns at a time: one sum's wait is another's work.
fn absorb_four(histogram: &mut [Cell], bins: &Bins, columns: &[u32], rows: &[u32], pairs: &[Pair]) {
    let &[first, second, third, fourth] = columns else { return };
    let range = |column: u32| bins.range(column as usize);
    let start = range(first).start;
    let (one, rest) = histogram[start..].split_at_mut(range(second).start - start);
    let (two, rest) = rest.split_at_mut(range(third).start - range(second).start);
    let (three, four) = rest.split_at_mut(range(fourth).start - range(third).start);
    let [bins_one, bins_two, bins_three, bins_four] =
        [first, second, third, fourth].map(|column| bins.column(column as usize));
    for (&row, &pair) in rows.iter().zip(pairs) {
        let row = row as usize;
        one[bins_one[row] as usize].add(pair);
        two[bins_two[row] as usize].add(pair);
        three[bins_three[row] as usize].add(pair);
        four[bins_four[row] as usize].add(pair);
    }
}

/// Takes the rows of `part` out of `whole`, in `columns`.
pub(super) fn subtract(whole: &mut [Cell], part: &[Cell], bins: &Bins, columns: &[u32]) {
    for &column in columns {
        let range = bins.range(column as usize);
        for (whole, part) in whole[range.clone()].iter_mut().zip(&part[range]) {
            whole.subtract(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::pace::Pace;
    use super::*;
    use crate::progress::unwatched;

    #[test]
    fn histograms_of_any_shards_merge_to_that_of_all_rows() {
        let matrix = super::super::super::tests::drawn(5000, 7, 400, 1);
        let bins = Bins::new(&matrix, 50, &mut Pace::new(&mut unwatched, "test", 1)).unwrap();
        let gradients: Vec<f64> = (0..5000).map(|row| libm::sin(f64::from(row))).collect();
        let hessians: Vec<f64> = (0..5000).map(|row| 1e-9 + libm::cos(f64::from(row)).powi(2)).collect();
        let mut pairs = Vec::new();
        Units::new(5000, 1.0, 1.0 + 1e-9).round(&gradients, &hessians, &mut pairs);
        let columns: Vec<u32> = (0..7).collect();
        let rows: Vec<u32> = (0..5000).collect();
        let histogram = |rows: &[u32]| {
            let mut cells = vec![Cell::default(); bins.n_bins()];
            let pairs: Vec<Pair> = rows.iter().map(|&row| pairs[row as usize]).collect();
            absorb(&mut cells, &bins, &columns, rows, &pairs);
            cells
        };
        let whole = histogram(&rows);
        for shard_rows in [1, 617, 4096] {
            let mut merged = vec![Cell::default(); bins.n_bins()];
            for shard in rows.rchunks(shard_rows) {
                merged.iter_mut().zip(&histogram(shard)).for_each(|(cell, other)| cell.merge(other));
            }
            assert_eq!(merged, whole);
        }
        let mut rest = whole.clone();
        subtract(&mut rest, &histogram(&rows[..1234]), &bins, &columns);
        assert_eq!(rest, histogram(&rows[1234..]));
    }
}
