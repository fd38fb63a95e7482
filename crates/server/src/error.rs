//! What can go wrong outside of a request: starting, checking, copying.

use std::net::IpAddr;
use std::path::PathBuf;

/// A reason not to start, or not to finish a command. Messages say what to do next.
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
        "plain http is served on loopback only, not on {address}; pass --tls-cert and --tls-key, or put a TLS proxy in front and bind 127.0.0.1"
    )]
    PlainHttpBeyondLoopback {
        /// The refused address.
        address: IpAddr,
    },
    /// The metrics were to be shown where other machines can read them.
    #[error("metrics are served on loopback only, not on {address}; give a loopback address to --metrics")]
    MetricsBeyondLoopback {
        /// The refused address.
        address: IpAddr,
    },
    /// Neither the app's files nor the sync API were asked for.
    #[error("nothing to serve; pass --dist, or leave out --no-sync")]
    NothingToServe,
    /// An argument is unknown, lacks its value, or has a value of the wrong kind.
    #[error("{source}")]
    BadArgument {
        /// The explanation, with the usage.
        source: clap::Error,
    },
    /// The address could not be listened on.
    #[error("cannot listen on {address}: {source}; choose another --port")]
    Listen {
        /// The address and port.
        address: std::net::SocketAddr,
        /// Why the operating system refused.
        source: std::io::Error,
    },
    /// The certificate or its key cannot be used.
    #[error("cannot use the certificate or its key: {reason}; both are PEM files and belong together")]
    Certificate {
        /// What the TLS library says.
        reason: String,
    },
    /// The data folder cannot be used.
    #[error("cannot use the data in {path}: {fault}; see `stillroom-server check`")]
    Data {
        /// The folder.
        path: PathBuf,
        /// Why.
        fault: crate::Fault,
    },
    /// Another process has the data folder.
    #[error("another server uses {path}; stop it first, or choose another --data")]
    DataTaken {
        /// The folder.
        path: PathBuf,
    },
    /// The database of this address is not part of this build, or does not answer.
    #[error("cannot use the database: {fault}; check the address given to --database")]
    Database {
        /// Why.
        fault: crate::Fault,
    },
    /// The folder to write a backup to holds something.
    #[error("{path} is not empty; give --to a new folder")]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// What is stored is not what was stored once.
    #[error(
        "{n_workspaces} of the workspaces did not pass; restore a backup, or ask for help with the lines above"
    )]
    CheckFailed {
        /// How many.
        n_workspaces: usize,
    },
    /// The server does not answer, or does not say that it is well.
    #[error("the server at {address} is not well")]
    Unwell {
        /// Its metrics listener.
        address: std::net::SocketAddr,
    },
    /// A command for files was given a database address.
    #[error("backup and restore are for SQLite files; use the database's own tools with --database")]
    NotFiles,
    /// The server's signing key could not be read or made.
    #[error("cannot use the server's key {path}: {source}; it is 32 bytes that only this server may read")]
    ServerKey {
        /// The key file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another process already writes its log, or the log was set up twice.
    #[error("the log is already set up in this process")]
    LogTaken,
}

impl Error {
    /// A stable word for the condition, for scripts that start the server.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnreadableSite { .. } => "unreadable_site",
            Self::NoIndex { .. } => "no_index",
            Self::PlainHttpBeyondLoopback { .. } => "plain_http_beyond_loopback",
            Self::MetricsBeyondLoopback { .. } => "metrics_beyond_loopback",
            Self::NothingToServe => "nothing_to_serve",
            Self::BadArgument { .. } => "bad_argument",
            Self::Listen { .. } => "listen",
            Self::Certificate { .. } => "certificate",
            Self::Data { .. } => "data",
            Self::DataTaken { .. } => "data_taken",
            Self::Database { .. } => "database",
            Self::NotEmpty { .. } => "not_empty",
            Self::CheckFailed { .. } => "check_failed",
            Self::Unwell { .. } => "unwell",
            Self::NotFiles => "not_files",
            Self::ServerKey { .. } => "server_key",
            Self::LogTaken => "log_taken",
        }
    }

    /// Whether this is the help that was asked for rather than a mistake.
    #[must_use]
    pub fn is_help(&self) -> bool {
        matches!(self, Self::BadArgument { source } if !source.use_stderr())
    }
}
