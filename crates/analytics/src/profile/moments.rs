//! Mean, variance and skewness of one column as a mergeable partial that keeps its digits.

use serde::{Deserialize, Serialize};
use stillroom_kernels::columns::{larger, smaller};

use crate::partial::CHUNK_ROWS;

/// Centred sums of powers of a column's present values.
///
/// Within a chunk the sums are taken about the chunk's own mean, in two passes; chunks merge by the formulas of Chan,
/// Golub and LeVeque (1979) and Pébay (2008). Values beyond the range in which cubes are exact enough are scaled by a
/// power of two, which loses nothing, so `1e300` and `1e-300` keep as many digits as `1`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Moments {
    count: u64,
    /// Sums below are those of `value / 2^exponent`.
    exponent: i32,
    mean: f64,
    squares: f64,
    cubes: f64,
    min: f64,
    max: f64,
}

impl Moments {
    /// The moments of one chunk of values; `NaN` is missing and skipped. Cost: three reads of `values`.
    #[must_use]
    pub fn of_chunk(values: &[f64]) -> Self {
        let present = || values.iter().copied().filter(|value| !value.is_nan());
        let count = present().count();
        let (min, max) = present().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (smaller(value, low), larger(value, high))
        });
        if count == 0 {
            return Self::default();
        }
        let exponent = exponent_of(min.abs().max(max.abs()));
        if min == max {
            let mean = scale(min, -exponent);
            return Self { count: count as u64, exponent, mean, squares: 0.0, cubes: 0.0, min, max };
        }
        let n = count as f64;
        let rough = present().map(|value| scale(value, -exponent)).sum::<f64>() / n;
        let (mut sum, mut squares, mut cubes) = (0.0, 0.0, 0.0);
        for value in present() {
            let distance = scale(value, -exponent) - rough;
            sum += distance;
            squares += distance * distance;
            cubes += distance * distance * distance;
        }
        // The rough mean is off by a rounding error; the sums are moved to the corrected one.
        let shift = sum / n;
        let centred = (squares - n * shift * shift).max(0.0);
        let cubes = cubes - 3.0 * shift * squares + 2.0 * n * shift * shift * shift;
        Self { count: count as u64, exponent, mean: rough + shift, squares: centred, cubes, min, max }
    }

    /// The moments of a whole column, chunk by chunk.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        values.chunks(CHUNK_ROWS).map(Self::of_chunk).fold(Self::default(), |mut sum, later| {
            sum.merge(later);
            sum
        })
    }

    /// Takes in the values that follow.
    pub fn merge(&mut self, later: Self) {
        if later.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = later;
            return;
        }
        let exponent = self.exponent.max(later.exponent);
        let (first, second) = (self.rescaled(exponent), later.rescaled(exponent));
        let (n_first, n_second) = (first.count as f64, second.count as f64);
        let n = n_first + n_second;
        let delta = second.mean - first.mean;
        let step = delta / n;
        *self = Self {
            count: first.count + second.count,
            exponent,
            mean: first.mean + step * n_second,
            squares: first.squares + second.squares + delta * step * n_first * n_second,
            cubes: first.cubes
                + second.cubes
                + delta * step * step * n_first * n_second * (n_first - n_second)
                + 3.0 * step * (n_first * second.squares - n_second * first.squares),
            min: first.min.min(second.min),
            max: first.max.max(second.max),
        };
        if self.min == self.max {
            (self.mean, self.squares, self.cubes) = (scale(self.min, -exponent), 0.0, 0.0);
        }
    }

    /// The present values.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The mean; `None` without values.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| scale(self.mean, self.exponent))
    }

    /// The least and the greatest value; `None` without values.
    #[must_use]
    pub fn range(&self) -> Option<(f64, f64)> {
        (self.count > 0).then_some((self.min, self.max))
    }

    /// Whether all values are equal. True without values.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.min == self.max
    }

    /// The standard deviation with divisor `count - ddof`; `None` when that is not positive. Exactly 0 for a constant.
    #[must_use]
    pub fn standard_deviation(&self, ddof: u64) -> Option<f64> {
        let divisor = self.count.checked_sub(ddof).filter(|&divisor| divisor > 0)?;
        Some(scale((self.squares / divisor as f64).sqrt(), self.exponent))
    }

    /// The adjusted Fisher–Pearson skewness `G1 = g1 √(n(n-1)) / (n-2)`; `None` below three values or for a constant.
    #[must_use]
    pub fn skewness(&self) -> Option<f64> {
        if self.count < 3 || self.squares <= 0.0 {
            return None;
        }
        let n = self.count as f64;
        let variance = self.squares / n;
        let plain = (self.cubes / n) / (variance * variance.sqrt());
        Some(plain * (n * (n - 1.0)).sqrt() / (n - 2.0))
    }

    fn rescaled(self, exponent: i32) -> Self {
        let by = self.exponent - exponent;
        if by == 0 {
            return self;
        }
        Self {
            exponent,
            mean: scale(self.mean, by),
            squares: scale(self.squares, 2 * by),
            cubes: scale(self.cubes, 3 * by),
            ..self
        }
    }
}

/// 0 where cubes and their sums stay well inside the range of numbers, else the power of two near `magnitude`.
fn exponent_of(magnitude: f64) -> i32 {
    let is_safe = magnitude == 0.0 || (1e-60..=1e60).contains(&magnitude);
    if is_safe { 0 } else { magnitude.log2().floor() as i32 }
}

/// `value * 2^exponent`, in halves so that the power itself is a number.
fn scale(value: f64, exponent: i32) -> f64 {
    if exponent == 0 {
        return value;
    }
    let exponent = exponent.clamp(-4000, 4000);
    let (mut value, mut left) = (value, exponent);
    while left != 0 {
        let step = left.clamp(-1000, 1000);
        value *= f64::from_bits(((1023 + step) as u64) << 52);
        left -= step;
    }
    value
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn huge_and_tiny_values_keep_their_digits() {
        let plain = Moments::of(&[1.0, 2.0, 4.0, 8.0]);
        for exponent in [-900, -300, 300, 900] {
            let scaled: Vec<f64> = [1.0, 2.0, 4.0, 8.0].map(|value| scale(value, exponent)).to_vec();
            let moments = Moments::of(&scaled);
            let expected = scale(plain.standard_deviation(1).unwrap(), exponent);
            assert_eq!(moments.standard_deviation(1), Some(expected));
            assert_eq!(moments.skewness(), plain.skewness());
        }
    }

    #[test]
    fn a_constant_has_no_spread_and_no_skewness() {
        let moments = Moments::of(&vec![0.1; 10_000]);
        assert_eq!((moments.mean(), moments.standard_deviation(0)), (Some(0.1), Some(0.0)));
        assert_eq!(moments.skewness(), None);
        assert!(moments.is_constant());
    }

    #[test]
    fn missing_values_do_not_count() {
        let moments = Moments::of(&[f64::NAN, 1.0, f64::NAN, 3.0]);
        assert_eq!((moments.count(), moments.mean()), (2, Some(2.0)));
        assert_eq!(Moments::of(&[f64::NAN]).mean(), None);
        assert_eq!(Moments::of(&[2.0]).standard_deviation(1), None);
    }

    proptest! {
        #[test]
        fn shards_merged_in_order_equal_the_single_pass(values in prop::collection::vec(-1e6f64..1e6, 1..20_000), cut in 0usize..6) {
            let partials: Vec<Moments> = values.chunks(CHUNK_ROWS).map(Moments::of_chunk).collect();
            let (left, right) = partials.split_at(cut.min(partials.len()));
            let mut sum = Moments::default();
            for partial in left.iter().chain(right) {
                sum.merge(*partial);
            }
            prop_assert_eq!(sum, Moments::of(&values));
        }

        #[test]
        fn merging_agrees_with_two_plain_passes(values in prop::collection::vec(-1e6f64..1e6, 2..9_000)) {
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
            let moments = Moments::of(&values);
            // Two summations of n terms may differ by n rounding errors: 9,000 times 1.1e-16, squared terms twice.
            prop_assert!((moments.mean().unwrap() - mean).abs() <= 2e-12 * 1e6);
            prop_assert!((moments.standard_deviation(1).unwrap().powi(2) - variance).abs() <= 4e-12 * 1e12);
        }
    }
}
