//! What the client wants done, what it is told in return, and what it says about itself.

use crate::Error;
use stillroom_consent::{GrantId, Groups, Purpose};

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Send this, then say how it went with [`Client::on_answer`](crate::Client::on_answer) or
    /// [`Client::on_failure`](crate::Client::on_failure). No other request is asked for until then.
    Send(Request),
    /// Nothing to do before this moment, in milliseconds since 1970; ask again then, or after [`Client::wake`](crate::Client::wake).
    WaitUntil(i64),
    /// Nothing to do until somebody acts: an answer is outstanding, or the sync is stopped.
    Idle,
}

/// A request's method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Sends.
    Post,
    /// Removes.
    Delete,
}

impl Method {
    /// As HTTP spells it.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Delete => "DELETE",
        }
    }
}

/// One request. The transport adds `authorization`, `stillroom-version` and, with a body, the media type.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Counts up; the answer names it.
    pub id: u64,
    /// The method.
    pub method: Method,
    /// Path and query, from `/v1` on.
    pub path: String,
    /// The body; empty for `GET`.
    pub body: Vec<u8>,
}

/// What one request carries for one purpose under one grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried {
    /// What for.
    pub purpose: Purpose,
    /// Under which grant.
    pub grant: GrantId,
    /// The groups among the operations.
    pub groups: Groups,
    /// Operations that carry something.
    pub n_ops: u64,
    /// Records.
    pub n_records: u64,
}

/// A line of the network ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The request's id.
    pub id: u64,
    /// When it was handed to the transport, in milliseconds since 1970.
    pub at_millis: i64,
    /// Its method.
    pub method: Method,
    /// Its path without the query.
    pub endpoint: &'static str,
    /// Bytes of its body.
    pub bytes_sent: u64,
    /// The numbers of the operations it carries, first and last.
    pub device_seqs: Option<(u64, u64)>,
    /// Operations in it, placeholders and removals too.
    pub n_ops: u64,
    /// Entries of the ledger in it.
    pub n_entries: u64,
    /// What it carries, by purpose and grant; empty for housekeeping.
    pub carried: Vec<Carried>,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The request's id.
    pub id: u64,
    /// The answer's status, when there was one.
    pub status: Option<u16>,
    /// Bytes of its body.
    pub bytes_received: u64,
}

/// An answer.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The header `retry-after`, in seconds.
    pub retry_after_seconds: Option<u32>,
    /// The body, at most [`MAX_ANSWER_BYTES`]: more need not be read.
    pub body: &'a [u8],
}

/// The longest body that is looked at: a page of 1 MiB and what frames it.
pub const MAX_ANSWER_BYTES: usize = 2 << 20;

/// Why there was no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No network, no such host, a refused or broken connection.
    Offline,
    /// It took too long.
    TimedOut,
}

/// Where the work stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Reads the ledger.
    Ledger,
    /// Sends entries of the ledger.
    Append,
    /// Reads the sequence.
    Pull,
    /// Sends operations.
    Push,
    /// All done until woken, or the next look.
    Idle,
    /// Tries again later.
    Waiting,
    /// Does nothing more until somebody acts.
    Stopped,
}

/// What stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There was no answer.
    NoAnswer(Failure),
    /// The server is occupied, or another device keeps coming first.
    Busy,
    /// The server asks this device to slow down. Endings go all the same.
    SlowDown,
    /// The server has no room left for this workspace.
    Full,
    /// The server failed, or answered with a status nobody expects.
    Failed {
        /// The status.
        status: u16,
    },
    /// The server refused a request as such; it is tried again, and what waits stays.
    Refused {
        /// The status.
        status: u16,
    },
    /// The answer is not believed.
    Answer(Error),
    /// The device's token is not taken: it was revoked, or has expired. Stops.
    Unauthorized,
    /// The server speaks another version. Stops until the program is updated.
    Update,
    /// Another device wrote with a newer version of this program. Nothing is pulled or pushed until this one is updated; the ledger still goes.
    NewerContent,
    /// Another copy of this device has sent operations: a restored backup, or a copied folder. Stops; the copy must be paired as a device of its own.
    CopiedDevice,
    /// What was to be sent is not in order. Stops.
    BrokenOutbox,
}

impl Problem {
    /// A stable word for the condition.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoAnswer(Failure::Offline) => "offline",
            Self::NoAnswer(Failure::TimedOut) => "timed-out",
            Self::Busy => "busy",
            Self::SlowDown => "slow-down",
            Self::Full => "full",
            Self::Failed { .. } => "server-failed",
            Self::Refused { .. } => "request-refused",
            Self::Answer(error) => error.code(),
            Self::Unauthorized => "unauthorized",
            Self::Update => "update",
            Self::NewerContent => "newer-content",
            Self::CopiedDevice => "copied-device",
            Self::BrokenOutbox => "broken-outbox",
        }
    }

    /// Whether nothing more happens until somebody acts.
    #[must_use]
    pub fn stops(&self) -> bool {
        match self {
            Self::Answer(error) => !matches!(error, Error::Malformed | Error::UnfitOperation),
            Self::Unauthorized | Self::Update | Self::CopiedDevice | Self::BrokenOutbox => true,
            _ => false,
        }
    }
}

/// The sync as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Where the work stands.
    pub phase: Phase,
    /// When everything was last exchanged, in milliseconds since 1970.
    pub last_success_at: Option<i64>,
    /// When it goes on by itself.
    pub next_attempt_at: Option<i64>,
    /// What stands in the way.
    pub problem: Option<Problem>,
    /// Requests sent since the client was made.
    pub n_requests: u64,
}
