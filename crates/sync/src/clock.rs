//! A device's hybrid clock: what it stamps its versions with, over restarts, wrong clocks and other devices' stamps.

use crate::{Error, Hlc, Result, hlc::MAX_AHEAD_MILLIS};

/// A device's hybrid clock. All three parts are kept by the replica, in the transaction that uses a stamp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// The last stamp given or taken over; the next one is later.
    pub last: Hlc,
    /// The highest stamp that a server is known to have: own acknowledged versions and those of others.
    pub shared: Hlc,
    /// By how many milliseconds this device's clock is ahead of the server's, once that was too much; never negative, so that a
    /// server can slow a device's stamps down but never push them into the future.
    pub ahead_millis: i64,
}

impl Clock {
    /// The stamp of a version made when the device's clock shows `now_millis`: later than every stamp given or taken over before.
    #[must_use]
    pub fn stamp(&mut self, now_millis: i64) -> Hlc {
        self.last = self.last.next(now_millis.saturating_sub(self.ahead_millis));
        self.last
    }

    /// Takes over the stamp of a version that was pulled, so that what is made from it is later.
    ///
    /// # Errors
    /// [`Error::UnfitOperation`] when it is more than [`MAX_AHEAD_MILLIS`] ahead of the server's time; the clock stays.
    pub fn receive(&mut self, stamp: Hlc, server_millis: i64) -> Result<()> {
        if is_ahead(stamp, server_millis) {
            return Err(Error::UnfitOperation);
        }
        self.shared = self.shared.max(stamp);
        self.last = self.last.max(stamp);
        Ok(())
    }

    /// Starts again from the server's time, after it refused a stamp as ahead: stamps given from here on are later than every
    /// shared one, and earlier than those it refused. Everything not yet acknowledged is stamped anew, in its order.
    pub fn restart(&mut self, server_millis: i64, now_millis: i64) {
        self.ahead_millis = now_millis.saturating_sub(server_millis).max(0);
        self.last = self.shared;
    }
}

/// Whether a stamp is further ahead of `server_millis` than a server takes.
#[must_use]
pub fn is_ahead(stamp: Hlc, server_millis: i64) -> bool {
    stamp.millis() > server_millis.saturating_add(MAX_AHEAD_MILLIS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_000;

    #[test]
    fn stamps_rise_over_restarts_jumps_and_what_others_made() {
        let mut clock = Clock::default();
        let first = clock.stamp(NOW);
        let mut after_restart = Clock { ..clock };
        let second = after_restart.stamp(NOW - 600_000);
        assert!(second > first);
        let theirs = Hlc::at(NOW + 200_000);
        assert_eq!(after_restart.receive(theirs, NOW), Ok(()));
        assert!(after_restart.stamp(NOW) > theirs);
    }

    #[test]
    fn a_stamp_too_far_ahead_of_the_server_is_refused_and_changes_nothing() {
        let mut clock = Clock { last: Hlc::at(NOW), shared: Hlc::at(NOW), ahead_millis: 0 };
        let before = clock;
        for ahead in [MAX_AHEAD_MILLIS + 1, i64::from(u32::MAX)] {
            assert_eq!(clock.receive(Hlc::at(NOW + ahead), NOW), Err(Error::UnfitOperation));
            assert_eq!(clock, before);
        }
        assert_eq!(clock.receive(Hlc::at(NOW + MAX_AHEAD_MILLIS), NOW), Ok(()));
    }

    #[test]
    fn after_a_refusal_stamps_follow_the_servers_time_and_what_is_shared() {
        let mut clock = Clock::default();
        let refused = clock.stamp(NOW + 600_000);
        assert_eq!(clock.receive(Hlc::at(NOW + 1_000), NOW), Ok(()));
        clock.restart(NOW, NOW + 600_000);
        let anew = clock.stamp(NOW + 600_000);
        assert!(anew < refused && anew > Hlc::at(NOW + 1_000));
        assert!(!is_ahead(clock.stamp(NOW + 660_000), NOW + 60_000));
    }

    #[test]
    fn a_server_cannot_push_stamps_into_the_future() {
        let mut clock = Clock::default();
        clock.restart(i64::MAX, NOW);
        assert_eq!(clock.stamp(NOW).millis(), NOW);
        clock.restart(i64::MIN, NOW);
        assert!(clock.stamp(NOW).millis() <= NOW);
    }
}
