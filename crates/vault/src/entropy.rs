//! The one way randomness enters.

use crate::Error;

/// A source of cryptographically secure random bytes, for example the browser's `crypto.getRandomValues`.
///
/// Closures of the same shape are sources too, so a test can pass a counting one.
pub trait Entropy {
    /// Overwrites all of `bytes`.
    ///
    /// # Errors
    /// [`Error::NoEntropy`] when the platform has no secure source.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error>;
}

impl<F: FnMut(&mut [u8]) -> Result<(), Error>> Entropy for F {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self(bytes)
    }
}

/// Draws `N` random bytes (`N` ≥ 16); all zeros means that the source did not write, and is refused.
pub(crate) fn draw<const N: usize>(entropy: &mut dyn Entropy) -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes)?;
    if bytes.iter().all(|byte| *byte == 0) { Err(Error::NoEntropy) } else { Ok(bytes) }
}
