//! Numbers of about 32 digits as an unevaluated sum of two `f64`, for residuals that would drown in rounding.
//!
//! Dekker, T. J. (1971). A floating-point technique for extending the available precision. Numer. Math. 18, 224–242.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

/// The sum `high + low`, where `low` is at most half a unit in the last place of `high`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct DoubleDouble {
    pub(crate) high: f64,
    pub(crate) low: f64,
}

impl DoubleDouble {
    /// The exact product of two numbers below about 1e290.
    pub(crate) fn product(a: f64, b: f64) -> Self {
        let high = a * b;
        let (a_top, a_rest) = split(a);
        let (b_top, b_rest) = split(b);
        let low = ((a_top * b_top - high) + a_top * b_rest + a_rest * b_top) + a_rest * b_rest;
        Self { high, low }
    }

    /// This number times `factor`, to about 31 digits.
    pub(crate) fn times(self, factor: f64) -> Self {
        let product = Self::product(self.high, factor);
        quick_sum(product.high, product.low + self.low * factor)
    }

    /// The number with its sign turned.
    pub(crate) fn negated(self) -> Self {
        Self { high: -self.high, low: -self.low }
    }
}

impl From<f64> for DoubleDouble {
    fn from(high: f64) -> Self {
        Self { high, low: 0.0 }
    }
}

impl AddAssign for DoubleDouble {
    fn add_assign(&mut self, other: Self) {
        let high = self.high + other.high;
        let part = high - self.high;
        let lost = (self.high - (high - part)) + (other.high - part);
        *self = quick_sum(high, lost + self.low + other.low);
    }
}

/// `a + b` for `|a| >= |b|`, exactly.
fn quick_sum(a: f64, b: f64) -> DoubleDouble {
    let high = a + b;
    DoubleDouble { high, low: b - (high - a) }
}

/// The upper 26 bits of a number and the rest.
fn split(value: f64) -> (f64, f64) {
    const FACTOR: f64 = 134_217_729.0;
    let scaled = FACTOR * value;
    let top = scaled - (scaled - value);
    (top, value - top)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_term_survives_a_large_one() {
        let mut sum = DoubleDouble::from(1e16);
        sum += DoubleDouble::from(1e-10);
        sum += DoubleDouble::from(-1e16);
        assert_eq!(sum.high, 1e-10);
    }

    #[test]
    fn products_are_exact() {
        let product = DoubleDouble::product(1.0 + f64::EPSILON, 1.0 + f64::EPSILON);
        assert_eq!((product.high, product.low), (1.0 + 2.0 * f64::EPSILON, f64::EPSILON * f64::EPSILON));
    }
}
