//! When to try again: exponential, spread by a seed that was passed in, never earlier than the server asks.

/// First delay, in milliseconds.
const FIRST_MILLIS: i64 = 1_000;
/// Longest delay that is chosen here.
const LONGEST_MILLIS: i64 = 300_000;
/// Longest delay a server can ask for, in seconds.
const LONGEST_ASKED_SECONDS: u32 = 3_600;

/// Counts failures in a row and draws delays.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    n_failures: u32,
    state: u64,
}

impl Backoff {
    pub(crate) fn new(seed: u64) -> Self {
        Backoff { n_failures: 0, state: seed }
    }

    pub(crate) fn succeeded(&mut self) {
        self.n_failures = 0;
    }

    /// The delay after one more failure, in milliseconds: between half and all of 1 s, 2 s, 4 s … 5 min.
    pub(crate) fn next_delay(&mut self, asked_seconds: Option<u32>) -> i64 {
        let longest = LONGEST_MILLIS.min(FIRST_MILLIS << self.n_failures.min(20));
        self.n_failures = self.n_failures.saturating_add(1);
        let spread = (self.draw() % (longest as u64 / 2 + 1)) as i64;
        let asked = i64::from(asked_seconds.unwrap_or(0).min(LONGEST_ASKED_SECONDS)) * 1_000;
        (longest / 2 + spread).max(asked)
    }

    /// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
    fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_five_minutes_and_differ_between_seeds() {
        let mut backoff = Backoff::new(7);
        let delays: Vec<i64> = (0..12).map(|_| backoff.next_delay(None)).collect();
        for (position, delay) in delays.iter().enumerate() {
            let longest = LONGEST_MILLIS.min(1_000 << position);
            assert!((longest / 2..=longest).contains(delay), "delay {position} is {delay}");
        }
        backoff.succeeded();
        assert!(backoff.next_delay(None) <= 1_000);
        assert_ne!(Backoff::new(1).next_delay(None), Backoff::new(2).next_delay(None));
    }

    #[test]
    fn what_the_server_asks_for_is_kept_within_an_hour() {
        assert_eq!(Backoff::new(1).next_delay(Some(30)), 30_000);
        assert_eq!(Backoff::new(1).next_delay(Some(u32::MAX)), 3_600_000);
    }
}
