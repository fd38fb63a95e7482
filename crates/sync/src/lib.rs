//! Sync: what devices and server say to each other.
//!
//! - [`wire`]: requests, answers and operations, exactly as `docs/SYNC.md` has them;
//! - [`hlc`]: the hybrid clock that orders versions.
//!
//! This room opens no socket, reads no clock and holds no key: what leaves a device has passed `stillroom_consent::allow`, and is
//! sealed by whoever holds the keys.

pub mod hlc;
pub mod wire;

pub use hlc::Hlc;
