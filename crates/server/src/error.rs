//! What can go wrong before the first request is answered.

use std::net::IpAddr;
use std::path::PathBuf;

/// A reason not to start. Messages say what to do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The build folder, or a file in it, could not be read.
    #[error("cannot read {path}: {source}; build the app first with `cargo xtask serve`")]
    UnreadableSite {
        /// The folder or file that failed.
        path: PathBuf,
        /// Why the operating system refused.
        source: std::io::Error,
    },
    /// The folder holds no `index.html`, so it is not a build of the app.
    #[error("{path} holds no index.html; pass the folder of a finished build to --dist")]
    NoIndex {
        /// The folder that was read.
        path: PathBuf,
    },
    /// Plain HTTP was asked for on an address that other machines can reach.
    #[error(
        "plain http is served on loopback only, not on {address}; put a TLS proxy in front and bind 127.0.0.1"
    )]
    PlainHttpBeyondLoopback {
        /// The refused address.
        address: IpAddr,
    },
    /// An argument is unknown, lacks its value, or has a value of the wrong kind.
    #[error(
        "cannot use the argument {argument}; usage: stillroom-server --dist DIR [--port N] [--bind ADDR] [--behind-tls]"
    )]
    BadArgument {
        /// The argument as it was given.
        argument: String,
    },
    /// The address could not be listened on.
    #[error("cannot listen on {address}: {source}; choose another --port")]
    Listen {
        /// The address and port.
        address: std::net::SocketAddr,
        /// Why the operating system refused.
        source: std::io::Error,
    },
}

impl Error {
    /// A stable word for the condition, for scripts that start the server.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnreadableSite { .. } => "unreadable_site",
            Self::NoIndex { .. } => "no_index",
            Self::PlainHttpBeyondLoopback { .. } => "plain_http_beyond_loopback",
            Self::BadArgument { .. } => "bad_argument",
            Self::Listen { .. } => "listen",
        }
    }
}
