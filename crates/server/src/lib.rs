//! The minimal backend: the app's files under strict headers.
//!
//! [`app`] turns a build folder, read whole into memory by [`Site::read`], into a router. Reading it once makes a
//! build atomic (a folder changed underneath never shows half of itself) and leaves no path to traverse: a request
//! either names a file that was there at start, or it is not found.
//!
//! This room knows nothing of customers: it must never depend on the analytics or the store.

mod app;
mod error;
mod headers;
mod options;
mod site;

pub use app::app;
pub use error::Error;
pub use headers::Transport;
pub use options::Options;
pub use site::Site;
