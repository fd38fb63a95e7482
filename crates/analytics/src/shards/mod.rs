//! Rows spread over workers: the same sums, by more hands.
//!
//! A fit that passes over rows is written once, as an `async` function that asks a `SharedRows` for sums. Without a crew every sum
//! is made at once and nothing waits ([`at_once`]): that is the plain fit. With a crew, shards hold whole chunks of the rows, get an
//! empty sum as their question, and send back one filled copy a chunk; all copies merge in chunk order, so that the bits of the
//! answer do not depend on how many workers there are, nor on which of them fell silent.
//!
//! Nothing here sends a byte. [`Coordinator`] says which messages go to which shard and is told what came back; [`Shard`] turns a
//! message into its answer. Whoever has workers carries the bytes.

mod coordinator;
mod desk;
mod message;
mod question;
mod rows;
mod shard;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

pub use coordinator::{Coordinator, Next};
pub use desk::Crew;
pub(crate) use question::{Memory, Question, SharedSum};
pub(crate) use rows::SharedRows;
pub use shard::Shard;

/// The output of work that has no crew and so never waits.
///
/// # Panics
/// When the work waits, which needs a crew.
pub fn at_once<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("work without a crew does not wait"),
    }
}
