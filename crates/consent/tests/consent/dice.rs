//! Numbers by chance that can be thrown again.

/// A generator of numbers for tests (splitmix64): the same seed gives the same run everywhere.
pub(crate) struct Dice(u64);

impl Dice {
    /// Starts at the seed in the environment's `STILLROOM_SEED`, or at `default`, and prints which.
    pub(crate) fn rolled(default: u64) -> Self {
        let seed = std::env::var("STILLROOM_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(default);
        println!("seed {seed}; replay with STILLROOM_SEED={seed}");
        Dice(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("below a usize")
    }

    /// One of `choices`.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// True once in `times`.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}
