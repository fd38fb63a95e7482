//! Sync: what devices and server say to each other, and the engine that says it on a device.
//!
//! - [`wire`]: requests, answers and operations, exactly as `docs/SYNC.md` has them;
//! - [`hlc`], [`clock`]: the hybrid clock that orders versions;
//! - [`merge`]: what remains of any set of operations;
//! - [`replica`]: where a device keeps its side;
//! - [`client`]: the engine: answers and a clock in, requests out;
//! - [`order`]: what ends a consent goes first;
//! - with the feature `testing`, `memory`: the reference replica, and `testing`: simulated devices and networks around any server.
//!
//! This room opens no socket, reads no clock and holds no key: what leaves a device has passed `stillroom_consent::allow`, and is
//! sealed by whoever holds the keys.

pub mod client;
pub mod clock;
pub mod error;
pub mod hlc;
#[cfg(feature = "testing")]
pub mod memory;
pub mod merge;
pub mod order;
pub mod replica;
#[cfg(feature = "testing")]
pub mod testing;
pub mod wire;

pub use client::{Answer, Client, Effect, Failure, Phase, Problem, Request, Settings, Status};
pub use clock::Clock;
pub use error::{Error, Result};
pub use hlc::Hlc;
pub use replica::Replica;
