//! What one client may ask of this process, and the gate that holds it to that.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use stillroom_sync::wire::Kind;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::repo::Held;

const MIB: usize = 1024 * 1024;

/// Sizes, counts and times, each with the value a server starts with.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The payload of a request; a little more is read for the frame around it.
    pub max_body_bytes: usize,
    /// One operation, encoded.
    pub max_op_bytes: usize,
    /// All header names and values of a request.
    pub max_header_bytes: usize,
    /// How long a body may take to arrive.
    pub read_time: Duration,
    /// How long an answer may take to begin.
    pub total_time: Duration,
    /// Requests under way at once; more are answered 503.
    pub max_in_flight: usize,
    /// Open event streams at once.
    pub max_streams: usize,
    /// Requests a second of one device token, after `device_burst` at once.
    pub device_per_second: NonZeroU32,
    /// Requests of one device token that may come at once.
    pub device_burst: NonZeroU32,
    /// Requests a minute of one address to the endpoints that need no token.
    pub open_per_minute: NonZeroU32,
    /// Stored bytes of one workspace.
    pub quota_bytes: u64,
    /// Stored operations of one workspace.
    pub quota_ops: u64,
    /// Rows and keys removed in one transaction.
    pub removal_step: usize,
}

const fn count(value: u32) -> NonZeroU32 {
    match NonZeroU32::new(value) {
        Some(value) => value,
        None => NonZeroU32::MIN,
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_body_bytes: MIB,
            max_op_bytes: 64 * 1024,
            max_header_bytes: 8 * 1024,
            read_time: Duration::from_secs(10),
            total_time: Duration::from_secs(15),
            max_in_flight: 64,
            max_streams: 1024,
            device_per_second: count(20),
            device_burst: count(40),
            open_per_minute: count(5),
            quota_bytes: 1024 * MIB as u64,
            quota_ops: 10_000_000,
            removal_step: 10_000,
        }
    }
}

impl Limits {
    /// The longest body that is read: the payload and the frame around it.
    pub(crate) fn max_frame_bytes(&self) -> usize {
        self.max_body_bytes + 16 * 1024
    }

    /// The limit that one more operation would pass. Operations that remove are always taken: a full server must not keep anyone
    /// from being erased.
    pub(crate) fn reached_by(&self, held: &Held, kind: Kind, n_bytes: usize) -> Option<u64> {
        match kind {
            Kind::Delete | Kind::Erase => None,
            _ if held.ops >= self.quota_ops => Some(self.quota_ops),
            _ if held.bytes + n_bytes as u64 > self.quota_bytes => Some(self.quota_bytes),
            _ => None,
        }
    }
}

/// Counts who asks how often.
#[derive(Debug)]
pub(crate) struct Gate {
    in_flight: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    devices: DefaultKeyedRateLimiter<[u8; 32]>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
}

/// The whole seconds after which to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RetryAfter(pub(crate) u64);

impl Gate {
    pub(crate) fn new(limits: &Limits) -> Self {
        let devices = Quota::per_second(limits.device_per_second).allow_burst(limits.device_burst);
        Self {
            in_flight: Arc::new(Semaphore::new(limits.max_in_flight)),
            streams: Arc::new(Semaphore::new(limits.max_streams)),
            devices: RateLimiter::keyed(devices),
            addresses: RateLimiter::keyed(Quota::per_minute(limits.open_per_minute)),
        }
    }

    /// A place among the requests under way, given back when dropped.
    pub(crate) fn enter(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.in_flight).try_acquire_owned().ok()
    }

    /// A place among the open event streams, given back when dropped.
    pub(crate) fn open_stream(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.streams).try_acquire_owned().ok()
    }

    /// Counts a request of the device whose token has this hash.
    pub(crate) fn count_device(&self, token_hash: &[u8; 32]) -> Result<(), RetryAfter> {
        check(&self.devices, token_hash)
    }

    /// Counts a request of an address to an open endpoint; neighbours in one IPv6 network share their count.
    pub(crate) fn count_address(&self, address: IpAddr) -> Result<(), RetryAfter> {
        check(&self.addresses, &network(address))
    }

    /// Forgets who has not asked for a while.
    pub(crate) fn forget_the_quiet(&self) {
        self.devices.retain_recent();
        self.addresses.retain_recent();
    }
}

fn check<K: Clone + Eq + std::hash::Hash>(
    limiter: &DefaultKeyedRateLimiter<K>,
    key: &K,
) -> Result<(), RetryAfter> {
    limiter.check_key(key).map_err(|refused| {
        let wait = refused.wait_time_from(DefaultClock::default().now());
        RetryAfter(wait.as_secs() + 1)
    })
}

fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_taken_and_the_next_request_is_told_when_to_come_back() {
        let limits = Limits { device_per_second: count(1), device_burst: count(3), ..Limits::default() };
        let gate = Gate::new(&limits);
        for _ in 0..3 {
            assert_eq!(gate.count_device(&[1; 32]), Ok(()));
        }
        assert_eq!(gate.count_device(&[1; 32]), Err(RetryAfter(1)));
        assert_eq!(gate.count_device(&[2; 32]), Ok(()), "another device has its own count");
    }

    #[test]
    fn neighbours_in_one_network_share_their_count() {
        let cases = [
            ("2001:db8::1", "2001:db8::ffff", true),
            ("2001:db8:0:1::1", "2001:db8:0:2::1", false),
            ("::ffff:10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
        ];
        for (one, other, is_same) in cases {
            let [one, other] = [one, other].map(|text| network(text.parse().unwrap()));
            assert_eq!(one == other, is_same, "{one} {other}");
        }
    }

    #[test]
    fn places_are_given_back() {
        let gate = Gate::new(&Limits { max_in_flight: 1, ..Limits::default() });
        let place = gate.enter();
        assert!(place.is_some() && gate.enter().is_none());
        drop(place);
        assert!(gate.enter().is_some());
    }
}
