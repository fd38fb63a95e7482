//! Tail probabilities and quantiles of the normal, Student and F distributions, and Wilson's interval for a share.
//!
//! Exponentials and logarithms come from `libm`, so that the digits are the same natively and in a browser.

/// The two-sided tail of the standard normal: the probability of a value beyond `±z`.
#[must_use]
pub(crate) fn normal_two_sided(z: f64) -> f64 {
    libm::erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// The two-sided tail of Student's t with `degrees > 0` degrees of freedom.
#[must_use]
pub(crate) fn student_two_sided(t: f64, degrees: f64) -> f64 {
    let square = t * t;
    if square.is_infinite() {
        return 0.0;
    }
    let whole = degrees + square;
    regularized_beta(0.5 * degrees, 0.5, degrees / whole, square / whole)
}

/// The upper tail of the F distribution with `above` and `below` degrees of freedom: the probability of a value over `f`.
#[must_use]
pub(crate) fn f_upper(f: f64, above: f64, below: f64) -> f64 {
    let scaled = above * f.max(0.0);
    if scaled.is_infinite() {
        return 0.0;
    }
    let whole = below + scaled;
    regularized_beta(0.5 * below, 0.5 * above, below / whole, scaled / whole)
}

/// The upper tail of the chi-squared distribution with `degrees > 0` degrees of freedom: the probability of a value over `x`.
#[must_use]
pub(crate) fn chi_squared_upper(x: f64, degrees: f64) -> f64 {
    regularized_gamma_upper(0.5 * degrees, 0.5 * x.max(0.0))
}

/// The regularized upper incomplete gamma function: a power series below `a + 1` (NIST DLMF 8.7.1), a continued fraction by
/// Lentz's method above (8.9.2).
fn regularized_gamma_upper(a: f64, x: f64) -> f64 {
    const MAX_TERMS: usize = 100_000;
    const TINY: f64 = 1e-300;
    if x <= 0.0 {
        return 1.0;
    }
    if x.is_infinite() {
        return 0.0;
    }
    let front = libm::exp(a * libm::log(x) - x - libm::lgamma(a));
    if x < a + 1.0 {
        let (mut term, mut sum) = (1.0 / a, 1.0 / a);
        for step in 1..MAX_TERMS {
            term *= x / (a + step as f64);
            sum += term;
            if term < sum * 0.5 * f64::EPSILON {
                break;
            }
        }
        return (1.0 - front * sum).max(0.0);
    }
    let mut b = x + 1.0 - a;
    let (mut c, mut d) = (1.0 / TINY, 1.0 / b);
    let mut fraction = d;
    for step in 1..MAX_TERMS {
        let step = step as f64;
        let part = -step * (step - a);
        b += 2.0;
        let floor = |value: f64| if value.abs() < TINY { TINY } else { value };
        d = 1.0 / floor(part * d + b);
        c = floor(b + part / c);
        fraction *= d * c;
        if (d * c - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    front * fraction
}

/// The `z` with probability `level` within `±z`, for `0 < level < 1`.
#[must_use]
pub(crate) fn normal_quantile(level: f64) -> f64 {
    bisect(|z| normal_two_sided(z) > 1.0 - level)
}

/// The `t` with probability `level` within `±t` under `degrees` degrees of freedom, for `0 < level < 1`.
#[must_use]
pub(crate) fn student_quantile(level: f64, degrees: f64) -> f64 {
    bisect(|t| student_two_sided(t, degrees) > 1.0 - level)
}

/// Wilson's score interval for the share `successes / trials`; the whole of `0..=1` without trials.
///
/// Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA 22, 209–212.
#[must_use]
pub(crate) fn wilson(successes: f64, trials: f64, level: f64) -> (f64, f64) {
    if trials <= 0.0 {
        return (0.0, 1.0);
    }
    let z = normal_quantile(level);
    let share = successes / trials;
    let spread = z * z / trials;
    let middle = (share + 0.5 * spread) / (1.0 + spread);
    let half = z * (share * (1.0 - share) / trials + 0.25 * spread / trials).sqrt() / (1.0 + spread);
    let low = if successes <= 0.0 { 0.0 } else { (middle - half).max(0.0) };
    let high = if successes >= trials { 1.0 } else { (middle + half).min(1.0) };
    (low, high)
}

/// `1 / (1 + exp(−x))`, within `0..=1`, with the digits of small probabilities kept.
#[must_use]
pub(crate) fn logistic(x: f64) -> f64 {
    let tail = libm::exp(-x.abs());
    (if x >= 0.0 { 1.0 } else { tail }) / (1.0 + tail)
}

/// `exp(v) / Σ exp(v)` of finite values, in place.
pub(crate) fn softmax(values: &mut [f64]) {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    values.iter_mut().for_each(|value| *value = libm::exp(*value - largest));
    let sum: f64 = values.iter().sum();
    values.iter_mut().for_each(|value| *value /= sum);
}

/// The positive point where `is_below` turns false, to the last bit. It is asked at most about 2,000 times.
fn bisect(is_below: impl Fn(f64) -> bool) -> f64 {
    let mut high = 1.0;
    while is_below(high) && high < f64::MAX / 2.0 {
        high *= 2.0;
    }
    let mut low = 0.0;
    loop {
        let middle = low + 0.5 * (high - low);
        if middle <= low || middle >= high {
            return high;
        }
        if is_below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// The regularized incomplete beta function at `x`, with `y = 1 - x` given so that no digits are lost near 1.
fn regularized_beta(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if y <= 0.0 {
        return 1.0;
    }
    let ln_x = if x > 0.5 { libm::log1p(-y) } else { libm::log(x) };
    let ln_y = if y > 0.5 { libm::log1p(-x) } else { libm::log(y) };
    let front = libm::exp(a * ln_x + b * ln_y - ln_beta(a, b));
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(a, b, x) / a
    } else {
        1.0 - front * beta_fraction(b, a, y) / b
    }
}

/// The continued fraction of the incomplete beta function (NIST DLMF 8.17.22), by Lentz's method.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    const MAX_TERMS: usize = 20_000;
    let floor = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / floor(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for term in 1..MAX_TERMS {
        let m = term as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for coefficient in [even, odd] {
            d = 1.0 / floor(1.0 + coefficient * d);
            c = floor(1.0 + coefficient / c);
            change = c * d;
            fraction *= change;
        }
        if (change - 1.0_f64).abs() < f64::EPSILON {
            break;
        }
    }
    fraction
}

/// The logarithm of the beta function. Large arguments go through Stirling's remainder, because differences of large
/// log-gammas lose digits (Didonato and Morris 1992, ACM TOMS 18, 360–373).
fn ln_beta(a: f64, b: f64) -> f64 {
    const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_8;
    const LARGE: f64 = 10.0;
    let (small, large) = (a.min(b), a.max(b));
    let whole = small + large;
    let ln_large_share = libm::log1p(-small / whole);
    if small >= LARGE {
        let remainder = stirling_remainder(small) + stirling_remainder(large) - stirling_remainder(whole);
        HALF_LN_TWO_PI - 0.5 * libm::log(large)
            + remainder
            + (small - 0.5) * libm::log(small / whole)
            + large * ln_large_share
    } else if large >= LARGE {
        let remainder = stirling_remainder(large) - stirling_remainder(whole);
        libm::lgamma(small) + remainder + small - small * libm::log(whole) + (large - 0.5) * ln_large_share
    } else {
        libm::lgamma(small) + (libm::lgamma(large) - libm::lgamma(whole))
    }
}

/// What Stirling's formula leaves of `ln Γ(x)` for `x >= 10`; the first term left out is below 1e-17.
fn stirling_remainder(x: f64) -> f64 {
    const TERMS: [f64; 8] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360_360.0,
        1.0 / 156.0,
        -3617.0 / 122_400.0,
    ];
    let inverse_square = 1.0 / (x * x);
    TERMS.iter().rev().fold(0.0, |sum, term| sum * inverse_square + term) / x
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tails by mpmath with 40 digits; quantiles by SciPy. Tails are held to 1e-11 relative, also where they
    /// are tiny: the fraction loses digits in proportion to the degrees of freedom, here up to 41,134.
    #[test]
    fn tails_and_quantiles_equal_the_witnesses() {
        let text = include_str!("../tests/reference/distributions.json");
        let expected: serde_json::Value = serde_json::from_str(text).unwrap();
        let check = |name: &str, tolerance: f64, found: &dyn Fn(&[f64]) -> f64| {
            for case in expected[name].as_array().unwrap() {
                let case: Vec<f64> =
                    case.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
                let (arguments, expected) = (&case[..case.len() - 1], case[case.len() - 1]);
                let found = found(arguments);
                let error = (found - expected).abs() / expected.max(f64::MIN_POSITIVE);
                assert!(error <= tolerance, "{name} {arguments:?}: {found} for {expected}, off by {error:e}");
            }
        };
        check("student", 1e-11, &|case| student_two_sided(case[0], case[1]));
        check("f", 1e-11, &|case| f_upper(case[0], case[1], case[2]));
        check("normal", 1e-12, &|case| normal_two_sided(case[0]));
        check("student_quantile", 1e-12, &|case| student_quantile(case[0], case[1]));
        check("normal_quantile", 1e-13, &|case| normal_quantile(case[0]));
    }

    /// Values by SciPy's `chi2.sf`; the front factor loses digits in proportion to the degrees.
    #[test]
    fn chi_squared_tails_equal_the_witness() {
        let cases = [
            (0.1, 1.0, 0.7518296340458492),
            (3.84, 1.0, 0.05004352124870519),
            (50.0, 1.0, 1.537459794428033e-12),
            (1.5, 4.0, 0.8266414672967757),
            (30.0, 10.0, 0.000856641210775301),
            (5.0, 10.0, 0.8911780189141513),
            (700.0, 10.0, 6.280146699235733e-144),
            (120.0, 100.0, 0.08440668109369177),
            (900.0, 1000.0, 0.9892827619087102),
        ];
        for (x, degrees, expected) in cases {
            let found = chi_squared_upper(x, degrees);
            assert!((found / expected - 1.0).abs() < 1e-11, "{x} {degrees}: {found} for {expected}");
        }
        assert_eq!((chi_squared_upper(0.0, 3.0), chi_squared_upper(f64::INFINITY, 3.0)), (1.0, 0.0));
    }

    #[test]
    fn quantiles_and_tails_undo_each_other() {
        for level in [0.5, 0.9, 0.95, 0.99, 0.999_999] {
            for degrees in [1.0, 2.0, 9.0, 441.0, 41_134.0] {
                let tail = student_two_sided(student_quantile(level, degrees), degrees);
                assert!((tail - (1.0 - level)).abs() < 1e-12, "{level} {degrees} {tail}");
            }
            let tail = normal_two_sided(normal_quantile(level));
            assert!((tail - (1.0 - level)).abs() < 1e-14);
        }
    }

    #[test]
    fn f_with_one_degree_above_is_the_square_of_t() {
        for t in [0.1, 1.0, 3.0, 40.0] {
            let difference = f_upper(t * t, 1.0, 17.0) - student_two_sided(t, 17.0);
            assert!(difference.abs() <= 1e-15);
        }
    }

    #[test]
    fn wilson_stays_within_zero_and_one() {
        assert_eq!(wilson(0.0, 0.0, 0.95), (0.0, 1.0));
        let (low, high) = wilson(0.0, 10.0, 0.95);
        assert!(low == 0.0 && (high - 0.277_532_799_862_889).abs() < 1e-12);
        let (low, high) = wilson(10.0, 10.0, 0.95);
        assert!(high == 1.0 && (low - 0.722_467_200_137_111).abs() < 1e-12);
    }
}
