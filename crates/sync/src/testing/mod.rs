//! Simulated devices and a simulated network around any server: what the protocol promises, tried under everything that can go wrong.
//!
//! [`simulate`] runs real [`Client`](crate::Client)s over [`MemoryReplica`](crate::memory::MemoryReplica)s against a [`Server`], in virtual time. The
//! network drops, doubles, delays and overtakes, loses answers after the server has stored; devices are cut off, start again, have wrong clocks and are
//! revoked; the server starts again. Then everything is healed, and the verdict is whether all devices hold the same, whether what was erased stays
//! erased, and whether anything that was acknowledged is lost. Everything follows from one seed.

mod chance;
mod device;
mod network;
mod people;
mod verdict;
mod world;

pub use chance::Chance;
pub use device::TestKey;
pub use world::{Plan, simulate};

use crate::client::Request;
use crate::wire::NewWorkspace;
use stillroom_consent::{DeviceId, DeviceInfo, PublicKey};

/// What a server answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The header `retry-after`, in seconds.
    pub retry_after_seconds: Option<u32>,
    /// The body.
    pub body: Vec<u8>,
}

/// A server under test. Its clock shows what it is told.
pub trait Server {
    /// Its key.
    fn key(&self) -> PublicKey;
    /// Its origin, as grants name it.
    fn origin(&self) -> String;
    /// Makes a workspace, and gives its first device a token.
    fn found(&mut self, workspace: &NewWorkspace, now_millis: i64);
    /// Gives another device a token, as pairing does.
    fn admit(&mut self, device: &DeviceInfo, now_millis: i64);
    /// Answers a request of a device, with the token it was given.
    fn answer(&mut self, device: DeviceId, request: &Request, now_millis: i64) -> Reply;
    /// Stops and starts again: what was committed is there, what was under way is not.
    fn restart(&mut self);
}

/// What a simulation did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Requests that reached the server.
    pub n_requests: u64,
    /// Requests or answers that were lost, doubled or late.
    pub n_faults: u64,
    /// Operations the server stored.
    pub n_ops: u64,
    /// Values on conflict shelves in the end.
    pub n_conflicts: u64,
    /// Records that were erased or whose basis was withdrawn.
    pub n_ended: u64,
    /// Devices that hold the same in the end.
    pub n_alive: u64,
}
