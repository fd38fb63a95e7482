//! Gauss–Legendre nodes and weights on the interval from 0 to 1.

use std::f64::consts::PI;

/// The `n` nodes and weights that integrate every polynomial of degree up to `2n − 1` exactly.
pub(super) fn gauss_legendre(n: usize) -> Vec<(f64, f64)> {
    (0..n)
        .map(|node| {
            let mut x = libm::cos(PI * (node as f64 + 0.75) / (n as f64 + 0.5));
            // Newton doubles the digits each time; the start has at least two.
            for _ in 0..6 {
                let (value, slope) = legendre(n, x);
                x -= value / slope;
            }
            let (_, slope) = legendre(n, x);
            ((x + 1.0) / 2.0, 1.0 / ((1.0 - x * x) * slope * slope))
        })
        .collect()
}

/// The Legendre polynomial of degree `n` and its slope, `|x| < 1`.
fn legendre(n: usize, x: f64) -> (f64, f64) {
    let (mut before, mut value) = (1.0, x);
    for degree in 2..=n {
        let degree = degree as f64;
        (before, value) = (value, ((2.0 * degree - 1.0) * x * value - (degree - 1.0) * before) / degree);
    }
    (value, n as f64 * (x * value - before) / (x * x - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_integrate_exactly() {
        for n in [1, 2, 3, 8, 31, 100, 256] {
            let nodes = gauss_legendre(n);
            for power in [0, 1, n, 2 * n - 1] {
                let sum: f64 = nodes.iter().map(|(x, weight)| weight * libm::pow(*x, power as f64)).sum();
                let exact = 1.0 / (power as f64 + 1.0);
                // The weights' relative error is that of the recurrence, n steps of rounding.
                assert!((sum / exact - 1.0).abs() < 1e-13 * n.max(10) as f64, "{n} {power} {sum} {exact}");
            }
        }
    }
}
