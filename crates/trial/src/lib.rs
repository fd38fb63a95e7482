//! What tests and measurements of the server share: a PostgreSQL of their own, a server process to kill, devices that push.
//!
//! Nothing here is part of a product; the other rooms name this one only for their tests. It knows the server from outside
//! alone: the wire types and a socket. What it draws follows from a seed.

mod call;
mod cluster;
mod device;
mod draw;
mod http;
mod postmaster;
mod server;
mod story;
mod workspace;

pub use call::{Refused, now_millis};
pub use cluster::{Cluster, Database, Durability};
pub use device::{Device, draw_tokens};
pub use draw::Draw;
pub use http::{Answer, Connection, HOST, ORIGIN};
pub use server::{Server, Setup};
pub use story::{Acknowledged, Sequence, pull_all, push_until_safe};
pub use workspace::Workspace;

/// What was had, or nothing, with the reason on the test's output: a machine without a program still tests the rest.
#[allow(clippy::print_stdout, reason = "a test speaks to the terminal that started it")]
pub fn or_skip<T>(had: anyhow::Result<T>) -> Option<T> {
    match had {
        Ok(had) => Some(had),
        Err(error) => {
            println!("skipped: {error:#}");
            None
        }
    }
}
