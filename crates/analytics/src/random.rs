//! Reproducible randomness: a seed in, the same draws out on every target.

use rand::SeedableRng;
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
