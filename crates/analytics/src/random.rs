//! Reproducible randomness: a seed in, the same draws out on every target.

use rand::{Rng, SeedableRng};
pub use rand_xoshiro::Xoshiro256PlusPlus as Generator;

/// The generator of `seed`, and of `stream` for independent uses of one seed (restarts, folds).
#[must_use]
pub fn generator(seed: u64, stream: u64) -> Generator {
    let mut generator = Generator::seed_from_u64(seed ^ stream.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    if stream > 0 {
        generator.jump();
    }
    generator
}

/// A position in `0..n`, each equally likely. Drawn as 64 bits wherever it runs: `usize` ranges draw differently in a
/// 32-bit browser.
///
/// # Panics
/// When `n` is 0.
#[must_use]
pub fn draw_below(generator: &mut Generator, n: usize) -> usize {
    generator.gen_range(0..n as u64) as usize
}

/// A share in `0.0..1.0`, in steps of 2⁻⁵³: the same on targets whose `usize` has 32 bits.
#[must_use]
pub fn draw_share(generator: &mut Generator) -> f64 {
    const STEPS: u64 = 1 << 53;
    generator.gen_range(0..STEPS) as f64 / STEPS as f64
}

/// `n_drawn` different positions of `0..n`, ascending, each set equally likely (Knuth, algorithm S). All of them when
/// `n_drawn` is not below `n`.
#[must_use]
pub fn draw_rows(generator: &mut Generator, n: usize, n_drawn: usize) -> Vec<usize> {
    let mut rows = Vec::with_capacity(n_drawn.min(n));
    for row in 0..n {
        let wanted = n_drawn.min(n) - rows.len();
        if draw_below(generator, n - row) < wanted {
            rows.push(row);
        }
    }
    rows
}

/// As [`draw_rows`] with other draws, at the cost of those drawn (Floyd; Bentley 1987): for a few of many.
#[must_use]
pub fn draw_few_rows(generator: &mut Generator, n: usize, n_drawn: usize) -> Vec<usize> {
    let mut is_drawn = vec![false; n];
    for last in n.saturating_sub(n_drawn)..n {
        let row = draw_below(generator, last + 1);
        let taken = if is_drawn[row] { last } else { row };
        is_drawn[taken] = true;
    }
    (0..n).filter(|&row| is_drawn[row]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_rows_are_different_ascending_and_evenly_spread() {
        let mut draws = generator(9, 0);
        for draw in [draw_rows, draw_few_rows] {
            let rows = draw(&mut draws, 10_000, 2500);
            assert_eq!(rows.len(), 2500);
            assert!(rows.is_sorted_by(|left, right| left < right));
            // The standard deviation of the count in a half is below 22.
            assert!(rows.iter().filter(|&&row| row < 5000).count().abs_diff(1250) < 100);
            assert_eq!(draw(&mut draws, 3, 9), [0, 1, 2]);
        }
    }
}
