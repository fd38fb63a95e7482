//! A hybrid logical clock (Kulkarni et al., "Logical Physical Clocks", OPODIS 2014): close to real time, never backward.

use serde::{Deserialize, Serialize};

/// How far ahead of the server's clock a version may be, in milliseconds.
pub const MAX_AHEAD_MILLIS: i64 = 300_000;

const COUNTER_BITS: u32 = 16;

/// A moment: 48 bits of milliseconds since 1970 and 16 bits of counter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hlc(pub u64);

impl Hlc {
    /// The first moment of a millisecond; moments before 1970 and after 2^48 milliseconds are clamped.
    #[must_use]
    pub fn at(now_millis: i64) -> Self {
        let millis = now_millis.clamp(0, (1 << (64 - COUNTER_BITS)) - 1);
        Hlc((millis as u64) << COUNTER_BITS)
    }

    /// Its milliseconds since 1970.
    #[must_use]
    pub fn millis(self) -> i64 {
        (self.0 >> COUNTER_BITS) as i64
    }

    /// The next moment of a clock that last gave `self`, when the real one shows `now_millis`: later than both.
    #[must_use]
    pub fn next(self, now_millis: i64) -> Self {
        Hlc::at(now_millis).max(Hlc(self.0.saturating_add(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_goes_backward_still_moves_on() {
        let mut last = Hlc::default();
        for now in [1_000, 1_000, 999, -5, 1_001, 0] {
            let next = last.next(now);
            assert!(next > last && next.millis() >= now);
            last = next;
        }
        assert_eq!(last.millis(), 1_001);
    }
}
