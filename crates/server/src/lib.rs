//! The minimal backend: the app's files under strict headers, and the sync API that stores what a consent allows.
//!
//! [`app`] turns a [`State`] into a router. The app's files are read whole into memory by [`Site::read`]: a build is
//! atomic (a folder changed underneath never shows half of itself), and there is no path to traverse.
//!
//! This room must never depend on the analytics or the store: it cannot analyse customers.

mod api;
mod app;
mod error;
mod fault;
mod files;
mod guard;
mod headers;
mod limits;
mod log;
mod metrics;
mod options;
mod process;
pub mod repo;
mod service;
mod site;
mod state;
mod sweeper;
mod upkeep;

pub use app::{app, operations};
pub use error::Error;
pub use fault::Fault;
pub use headers::Transport;
pub use limits::Limits;
pub use log::start as start_log;
pub use options::{Command, DatabaseAddress, LogForm, Options, Registration, Serve, Storage};
pub use process::run;
pub use service::Clock;
pub use site::Site;
pub use state::{State, SyncSettings};
pub use upkeep::{Findings, check_workspace};
