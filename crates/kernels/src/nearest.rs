//! Rows to their nearest places: squared distances of [`LANES`] rows at once, exactly, and a screening in single precision
//! that says where it can be trusted.

use crate::LANES;

/// [`LANES`] numbers, one a row.
pub type Lanes = [f64; LANES];

/// [`LANES`] numbers in single precision, one a row.
pub type NarrowLanes = [f32; LANES];

/// Lays up to [`LANES`] rows side by side, column by column, `shift` taken off: `block` holds one entry a column. Lanes
/// without a row keep what they held.
pub fn lay<'a>(rows: impl Iterator<Item = &'a [f64]>, shift: &[f64], block: &mut [Lanes]) {
    for (lane, row) in rows.take(LANES).enumerate() {
        for ((lanes, value), start) in block.iter_mut().zip(row).zip(shift) {
            lanes[lane] = value - start;
        }
    }
}

/// As [`lay`], times `scale`, in single precision.
pub fn lay_narrow<'a>(
    rows: impl Iterator<Item = &'a [f64]>,
    shift: &[f64],
    scale: f64,
    block: &mut [NarrowLanes],
) {
    for (lane, row) in rows.take(LANES).enumerate() {
        for ((lanes, value), start) in block.iter_mut().zip(row).zip(shift) {
            lanes[lane] = ((value - start) * scale) as f32;
        }
    }
}

/// The squared distance of each row of `block` to `place`, summed in column order.
#[must_use]
pub fn squared_distances(block: &[Lanes], place: &[f64]) -> Lanes {
    let mut sums = [0.0; LANES];
    for (values, place) in block.iter().zip(place) {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += (value - place) * (value - place);
        }
    }
    sums
}

/// What was found of [`LANES`] rows: where the nearest place is, and how much farther every other one is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// The position of the nearest place, a tie going to the lower one.
    pub nearest: [u32; LANES],
    /// By how much every other place is farther away, at least; 0 for a tie, infinite without another place.
    pub gap: Lanes,
}

/// The nearest of `places` (row by row, as wide as `block` has entries) of each row, by [`squared_distances`].
#[must_use]
pub fn nearest(block: &[Lanes], places: &[f64]) -> Found {
    let (mut least, mut second) = ([f64::INFINITY; LANES], [f64::INFINITY; LANES]);
    // Positions are counted in the distances' own type: comparing and choosing then stay in one kind of register.
    let mut nearest = [0.0; LANES];
    for (position, place) in places.chunks_exact(block.len()).enumerate() {
        let squares = squared_distances(block, place);
        for lane in 0..LANES {
            let (square, before) = (squares[lane], least[lane]);
            let is_nearer = square < before;
            let beaten = if is_nearer { before } else { square };
            second[lane] = if beaten < second[lane] { beaten } else { second[lane] };
            least[lane] = if is_nearer { square } else { before };
            nearest[lane] = if is_nearer { position as f64 } else { nearest[lane] };
        }
    }
    let rounding = (block.len() as f64 + 4.0) * f64::EPSILON;
    let mut gap = [0.0; LANES];
    for lane in 0..LANES {
        let (own, other) = (least[lane].sqrt(), second[lane].sqrt());
        gap[lane] = (other * (1.0 - rounding) - own * (1.0 + rounding)).max(0.0);
    }
    Found { nearest: nearest.map(|position| position as u32), gap }
}

/// Places made ready for [`Places::screen`], all coordinates about one origin and scaled so that no squared norm is above 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Places {
    width: usize,
    /// Two places at a time: the first one's coordinates, then the second one's.
    pairs: Vec<f32>,
    /// Half of each squared norm less [`Self::blur`] of the place; infinite for a place that only fills a pair.
    halves: Vec<f32>,
    /// What a score may be off above its lower bound, a place.
    blurs: Vec<f32>,
    /// The rounding of one score, as a part of the squared norms it is made of.
    rounding: f32,
}

/// What a screening found of [`LANES`] rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Screened {
    /// The position of the nearest place.
    pub nearest: NarrowLanes,
    /// How much farther every other place is, at least, in distance; 0 or less where the nearest is not certain.
    pub gap: NarrowLanes,
}

impl Places {
    /// Places of `width` coordinates, row by row.
    ///
    /// The score of a place `c` for a row `x` is `‖c‖²/2 - x·c`. In single precision with unit roundoff `u = 2⁻²⁴`, both
    /// vectors rounded first, it is off by at most `u (2 w + 4) ‖x‖ ‖c‖ + u (w + 2) ‖c‖²/2`, which by
    /// `2 ‖x‖ ‖c‖ ≤ ‖x‖² + ‖c‖²` is less than `r (3/2 ‖c‖² + 1/2 ‖x‖²)` with `r = 2 u (w + 4)`. So a far place blurs its own
    /// score only, and a row's share is the same for all places.
    #[must_use]
    pub fn new(width: usize, coordinates: &[f64]) -> Self {
        let rounding = (width as f32 + 4.0) * f32::EPSILON;
        let rows = coordinates.chunks_exact(width);
        let norms: Vec<f32> =
            rows.clone().map(|row| row.iter().map(|it| it * it).sum::<f64>() as f32).collect();
        let blurs: Vec<f32> = norms.iter().map(|norm| 3.0 * rounding * norm).collect();
        let mut halves: Vec<f32> =
            norms.iter().zip(&blurs).map(|(norm, blur)| 0.5 * norm - 0.5 * blur).collect();
        let mut pairs: Vec<f32> = coordinates.iter().map(|&it| it as f32).collect();
        if !halves.len().is_multiple_of(2) {
            halves.push(f32::INFINITY);
            pairs.resize(pairs.len() + width, 0.0);
        }
        Self { width, pairs, halves, blurs, rounding }
    }

    /// The nearest place of each row of `block`, laid by [`lay_narrow`] about the same origin at the same scale.
    ///
    /// Where a `gap` is above 0 the position is that of the nearest place, whatever the rounding. Cost: `2 k w` operations a
    /// row, four rows in one register.
    #[must_use]
    pub fn screen(&self, block: &[NarrowLanes]) -> Screened {
        // A width the compiler knows unrolls the loop over columns.
        match self.width {
            2 => self.screen_columns::<2>(block),
            3 => self.screen_columns::<3>(block),
            4 => self.screen_columns::<4>(block),
            5 => self.screen_columns::<5>(block),
            6 => self.screen_columns::<6>(block),
            7 => self.screen_columns::<7>(block),
            8 => self.screen_columns::<8>(block),
            _ => self.screen_columns::<0>(block),
        }
    }

    /// [`Self::screen`] for `WIDTH` columns, or for any number when it is 0.
    fn screen_columns<const WIDTH: usize>(&self, block: &[NarrowLanes]) -> Screened {
        let width = if WIDTH == 0 { self.width } else { WIDTH };
        let block = &block[..width];
        let mut found = Nearest::default();
        let pairs = self.pairs.chunks_exact(2 * width).zip(self.halves.chunks_exact(2));
        for (number, (places, halves)) in pairs.enumerate() {
            let (left, right) = places.split_at(width);
            let (mut first, mut second) = ([halves[0]; LANES], [halves[1]; LANES]);
            for ((values, left), right) in block.iter().zip(left).zip(right) {
                for lane in 0..LANES {
                    first[lane] -= values[lane] * left;
                    second[lane] -= values[lane] * right;
                }
            }
            found.keep(&first, (2 * number) as f32);
            found.keep(&second, (2 * number + 1) as f32);
        }
        self.weigh(block, &found)
    }

    /// From scores to distances, rounding taken against the nearest place at every step.
    fn weigh(&self, block: &[NarrowLanes], found: &Nearest) -> Screened {
        let mut norms = [0.0; LANES];
        for values in block {
            for (norm, value) in norms.iter_mut().zip(values) {
                *norm += value * value;
            }
        }
        let mut blurs = [0.0; LANES];
        for (blur, nearest) in blurs.iter_mut().zip(&found.nearest) {
            *blur = self.blurs.get(*nearest as usize).copied().unwrap_or(f32::INFINITY);
        }
        let mut gap = [0.0; LANES];
        for lane in 0..LANES {
            let row_blur = 2.0 * self.rounding * norms[lane];
            let own = norms[lane] + row_blur + 2.0 * (found.least[lane] + blurs[lane]);
            let other = norms[lane] - row_blur + 2.0 * found.second[lane];
            let (own, other) = (own.max(0.0).sqrt(), other.max(0.0).sqrt());
            gap[lane] = other * (1.0 - 2.0 * f32::EPSILON) - own * (1.0 + 2.0 * f32::EPSILON);
        }
        Screened { nearest: found.nearest, gap }
    }
}

/// The least and the second least score of each row, and where the least was.
struct Nearest {
    least: NarrowLanes,
    second: NarrowLanes,
    nearest: NarrowLanes,
}

impl Default for Nearest {
    fn default() -> Self {
        Self { least: [f32::INFINITY; LANES], second: [f32::INFINITY; LANES], nearest: [0.0; LANES] }
    }
}

impl Nearest {
    #[inline(always)]
    fn keep(&mut self, scores: &NarrowLanes, position: f32) {
        let before = self.least.iter_mut().zip(&mut self.second).zip(&mut self.nearest);
        for (&score, ((least, second), nearest)) in scores.iter().zip(before) {
            let is_nearer = score < *least;
            let beaten = if is_nearer { *least } else { score };
            *second = if beaten < *second { beaten } else { *second };
            *least = if is_nearer { score } else { *least };
            *nearest = if is_nearer { position } else { *nearest };
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain_squares(row: &[f64], places: &[f64]) -> Vec<f64> {
        let square = |place: &[f64]| row.iter().zip(place).map(|(a, b)| (a - b) * (a - b)).sum();
        places.chunks_exact(row.len()).map(square).collect()
    }

    fn first_least(values: &[f64]) -> usize {
        (1..values.len()).fold(0, |best, it| if values[it] < values[best] { it } else { best })
    }

    proptest! {
        #[test]
        fn blocks_agree_with_plain_loops_bit_for_bit(width in 1usize..12, k in 1usize..9, n_rows in 1usize..=16, seed in any::<u64>()) {
            let values = draw(seed, (n_rows + k) * width, 4.0, true);
            let (rows, places) = values.split_at(n_rows * width);
            let mut block = vec![[0.0; LANES]; width];
            lay(rows.chunks_exact(width), &vec![0.0; width], &mut block);
            let found = nearest(&block, places);
            for (lane, row) in rows.chunks_exact(width).enumerate() {
                let squares = plain_squares(row, places);
                prop_assert_eq!(found.nearest[lane] as usize, first_least(&squares));
                let own = squares[found.nearest[lane] as usize];
                let others = squares.iter().enumerate().filter(|(it, _)| *it != found.nearest[lane] as usize);
                let second = others.fold(f64::INFINITY, |least, (_, square)| least.min(*square));
                prop_assert!(found.gap[lane] <= (second.sqrt() - own.sqrt()).max(0.0));
                for (place, square) in places.chunks_exact(width).zip(&squares) {
                    prop_assert_eq!(squared_distances(&block, place)[lane].to_bits(), square.to_bits());
                }
            }
        }

        #[test]
        fn what_a_screening_is_certain_of_is_so(width in 1usize..40, k in 1usize..20, seed in any::<u64>(), is_whole in any::<bool>(), far in 0u32..5) {
            // Few whole numbers give ties and rows on places; a far place must not spoil the near ones' scores.
            let mut values = draw(seed, (LANES + k) * width, 4.0, is_whole);
            let at = values.len() - 1;
            values[at] *= 10f64.powi(far as i32);
            let scale = 1.0 / (4.0 * 10f64.powi(far as i32) * (width as f64).sqrt());
            let (rows, places) = values.split_at(LANES * width);
            let mut block = vec![[0.0; LANES]; width];
            lay_narrow(rows.chunks_exact(width), &vec![0.0; width], scale, &mut block);
            let scaled: Vec<f64> = places.iter().map(|it| it * scale).collect();
            let found = Places::new(width, &scaled).screen(&block);
            for (lane, row) in rows.chunks_exact(width).enumerate() {
                let squares = plain_squares(row, places);
                let own = squares[found.nearest[lane] as usize];
                if found.gap[lane] > 0.0 {
                    let others = squares.iter().enumerate().filter(|(it, _)| *it != found.nearest[lane] as usize);
                    let second = others.fold(f64::INFINITY, |least, (_, square)| least.min(*square));
                    prop_assert!(scale * (second.sqrt() - own.sqrt()) >= f64::from(found.gap[lane]) * (1.0 - 1e-12));
                }
            }
        }
    }

    #[test]
    fn a_screening_of_spread_rows_is_certain_of_nearly_all() {
        let values = draw(7, (LANES + 8) * 8, 1.0, false);
        let (rows, places) = values.split_at(LANES * 8);
        let mut block = vec![[0.0; LANES]; 8];
        lay_narrow(rows.chunks_exact(8), &[0.0; 8], 0.25, &mut block);
        let scaled: Vec<f64> = places.iter().map(|it| it * 0.25).collect();
        let found = Places::new(8, &scaled).screen(&block);
        assert!(found.gap.iter().filter(|gap| **gap > 0.0).count() >= LANES - 1);
    }

    /// Numbers of `-spread..spread`, whole ones if asked.
    fn draw(seed: u64, n: usize, spread: f64, is_whole: bool) -> Vec<f64> {
        let mut state = seed | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let value = ((state >> 11) as f64 / (1u64 << 53) as f64 * 2.0 - 1.0) * spread;
            if is_whole { value.round() } else { value }
        };
        (0..n).map(|_| next()).collect()
    }
}
