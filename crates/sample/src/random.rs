//! Seeded randomness that gives the same bits on every target.
//!
//! Only integers and `+ - * /` are used, which IEEE 754 fixes to the last bit; the platform's `exp` and `ln` may differ in
//! theirs between native and wasm, so they are not called.

/// Xoshiro256++ (Blackman and Vigna 2019), seeded through SplitMix64 as its authors advise.
#[derive(Debug)]
pub(crate) struct Random {
    state: [u64; 4],
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        let mut mixed = seed;
        Self { state: std::array::from_fn(|_| split_mix(&mut mixed)) }
    }

    fn next(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// A uniform number, 0 ≤ x < 1, a multiple of 2⁻⁵³.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A whole number, `low` ≤ x ≤ `high`. Each is equally likely but for one part in 2³².
    pub(crate) fn whole(&mut self, low: u32, high: u32) -> u32 {
        let span = u64::from(high - low) + 1;
        low + (((self.next() >> 32) * span) >> 32) as u32
    }

    /// An index below `len`, which is at least 1.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        self.whole(0, len as u32 - 1) as usize
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.index(of.len())]
    }

    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Nearly normal: twelve uniform numbers less six have mean 0, variance 1, and never exceed 6 in size.
    pub(crate) fn normal(&mut self, mean: f64, sd: f64) -> f64 {
        let sum: f64 = (0..12).map(|_| self.unit()).sum();
        mean + sd * (sum - 6.0)
    }

    /// The index of a share, drawn in proportion to `shares`, which add up to 1.
    pub(crate) fn share(&mut self, shares: impl Iterator<Item = f64>) -> usize {
        let drawn = self.unit();
        let mut sum = 0.0;
        let mut last = 0;
        for (idx, share) in shares.enumerate() {
            sum += share;
            last = idx;
            if drawn < sum {
                break;
            }
        }
        last
    }
}

fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// 1 / (1 + e⁻ˣ) for |x| ≤ 40, beyond which it is taken at the bound. Relative error below 1e-12.
pub(crate) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x.clamp(-40.0, 40.0)))
}

/// eˣ by its power series at x / 64, then six squarings.
fn exp(x: f64) -> f64 {
    let reduced = x / 64.0;
    let mut term = 1.0;
    let mut sum = 1.0;
    for k in 1..20 {
        term = term * reduced / f64::from(k);
        sum += term;
    }
    (0..6).fold(sum, |power, _| power * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_gives_the_numbers_of_its_authors() {
        let mut random = Random { state: [1, 2, 3, 4] };
        let expected = [41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386];
        assert_eq!(std::array::from_fn(|_| random.next()), expected);
    }

    #[test]
    fn our_exponential_is_close_to_the_platform_s() {
        for x in -400..=400 {
            let x = f64::from(x) / 10.0;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-12, "{x}");
        }
    }

    #[test]
    fn normal_numbers_have_the_asked_mean_and_spread() {
        let mut random = Random::new(1);
        let n_drawn = 100_000;
        let drawn: Vec<f64> = (0..n_drawn).map(|_| random.normal(5.0, 2.0)).collect();
        let mean = drawn.iter().sum::<f64>() / f64::from(n_drawn);
        let variance = drawn.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / f64::from(n_drawn);
        assert!((mean - 5.0).abs() < 0.03 && (variance - 4.0).abs() < 0.06, "{mean} {variance}");
    }

    #[test]
    fn whole_numbers_reach_both_ends_evenly() {
        let mut random = Random::new(2);
        let mut counts = [0u32; 5];
        (0..50_000).for_each(|_| counts[random.whole(3, 7) as usize - 3] += 1);
        assert!(counts.iter().all(|count| count.abs_diff(10_000) < 400), "{counts:?}");
    }
}
