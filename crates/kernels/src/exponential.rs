//! The exponential function of many numbers at once.

use crate::LANES;

/// Numbers below this count as this: their exponential is `3e-308`, the least a full-precision number can be.
pub const LEAST: f64 = -708.0;

/// Replaces each of `values`, none above 0, by its exponential, to within 2 units in the last place.
///
/// `x = n ln 2 + r` with whole `n` and `|r| ≤ ln 2 / 2`; `eʳ` is its Taylor polynomial of degree 13, whose rest is below
/// `5e-18`, and `2ⁿ` is put together from its bits. The same operations on every machine, so the same bits.
pub fn exp_of_negatives(values: &mut [f64]) {
    let mut blocks = values.chunks_exact_mut(LANES);
    for block in &mut blocks {
        for value in block {
            *value = exp_of_negative(*value);
        }
    }
    for value in blocks.into_remainder() {
        *value = exp_of_negative(*value);
    }
}

#[inline(always)]
fn exp_of_negative(value: f64) -> f64 {
    // Adding it rounds to a whole number and leaves that number in the lowest bits.
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    // The upper part has so few bits that a whole number below 1100 times it is exact.
    const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    const EXPONENT_BIAS: u64 = 1023;
    let value = if value < LEAST { LEAST } else { value };
    let shifted = value * std::f64::consts::LOG2_E + SHIFT;
    let whole = shifted - SHIFT;
    let rest = (value - whole * LN_2_HIGH) - whole * LN_2_LOW;
    let mut sum = FACTORS[0];
    for factor in &FACTORS[1..] {
        sum = sum * rest + factor;
    }
    let power = f64::from_bits(shifted.to_bits().wrapping_add(EXPONENT_BIAS) << 52);
    sum * power
}

/// `1 / n!` from `n = 13` down to 0.
const FACTORS: [f64; 14] = [
    1.0 / 6_227_020_800.0,
    1.0 / 479_001_600.0,
    1.0 / 39_916_800.0,
    1.0 / 3_628_800.0,
    1.0 / 362_880.0,
    1.0 / 40_320.0,
    1.0 / 5_040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    0.5,
    1.0,
    1.0,
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn exponentials_are_those_of_the_library_to_two_units(values in prop::collection::vec(-707.9f64..=0.0, 1..60), small in -1e-9f64..0.0) {
            let values: Vec<f64> = values.into_iter().chain([small, 0.0, -0.0, -std::f64::consts::LN_2 / 2.0]).collect();
            let mut found = values.clone();
            exp_of_negatives(&mut found);
            for (value, found) in values.iter().zip(found) {
                let expected = libm::exp(*value);
                let units = found.to_bits().abs_diff(expected.to_bits());
                prop_assert!(units <= 2, "{value}: {found} is {units} units off {expected}");
            }
        }
    }

    #[test]
    fn far_numbers_stay_numbers() {
        let mut values = [-708.0, -1e300, f64::NEG_INFINITY, f64::MIN];
        exp_of_negatives(&mut values);
        assert!(values.iter().all(|value| *value > 0.0 && *value < 4e-308), "{values:?}");
    }
}
