//! Why a request is refused, or could not be served: one list, each with its status and its stable code.

use axum::http::StatusCode;
use stillroom_consent::SignedHead;

/// Why a request is refused, or could not be served. Holds codes and numbers, never a value of the request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The token is missing, wrong, expired, revoked, or of another workspace.
    #[error("the token gives no access")]
    Unauthorized,
    /// The device was given a token and is not in the ledger yet.
    #[error("the device is not enrolled yet")]
    NotEnrolled,
    /// The body is not the one encoding of what was expected, or a parameter cannot be read.
    #[error("the request cannot be read")]
    Malformed,
    /// The body is of another media type, or compressed.
    #[error("the body is not plain cbor")]
    MediaType,
    /// The body, or the list in it, is longer than the server takes.
    #[error("the request is too large")]
    TooLarge,
    /// The headers are longer than the server takes.
    #[error("the headers are too large")]
    HeadersTooLarge,
    /// The request speaks another version.
    #[error("the request speaks another version")]
    Version,
    /// A page of another site asked.
    #[error("the request comes from another site")]
    CrossSite,
    /// There is no such thing, or no more.
    #[error("not found")]
    NotFound,
    /// The method is not one of the address.
    #[error("the address does not take this method")]
    Method,
    /// What is to be made is there already.
    #[error("there already")]
    Exists,
    /// New workspaces are not taken.
    #[error("new workspaces are not taken")]
    RegistrationClosed,
    /// The ledger moved on; entries must be made anew.
    #[error("the ledger moved on")]
    HeadMoved {
        /// Where it stands.
        head: Box<SignedHead>,
    },
    /// A ledger entry is dated too far ahead; it must be dated by the head's time and signed anew.
    #[error("the entry is dated ahead of the server's clock")]
    EntryAhead {
        /// Where the ledger stands, and what time it is here.
        head: Box<SignedHead>,
    },
    /// Without this device nobody could use the workspace any more; the workspace itself can be deleted.
    #[error("the last device cannot be revoked")]
    LastDevice,
    /// A ledger entry cannot be recorded.
    #[error("the entry is refused: {0}")]
    Entry(stillroom_consent::Error),
    /// Operations of the device are missing before this one.
    #[error("operations are missing")]
    Gap {
        /// The number that must come next.
        expected: u64,
    },
    /// A number was used for two different operations.
    #[error("one number was used twice")]
    Equivocation,
    /// The cursor is of a history this server does not have.
    #[error("the cursor is of another history")]
    ResyncRequired,
    /// The workspace holds as much as it may.
    #[error("the workspace is full")]
    Full {
        /// The most it may hold: bytes or operations, whichever was reached.
        limit: u64,
    },
    /// Too many requests of one device or address.
    #[error("too many requests")]
    SlowDown {
        /// Whole seconds to wait.
        seconds: u32,
    },
    /// Too many requests at once, or the database is occupied.
    #[error("too much to do")]
    Busy,
    /// The body did not arrive in time.
    #[error("the request took too long")]
    TooSlow,
    /// The database refused. The kind is a word of the database's, never a value.
    #[error("the database refused: {kind}")]
    Storage {
        /// What the database calls it.
        kind: String,
    },
    /// What the database holds is not what was stored.
    #[error("the database holds something else than was stored: {what}")]
    Corrupt {
        /// What was read.
        what: &'static str,
    },
}

impl From<stillroom_consent::Error> for Fault {
    fn from(error: stillroom_consent::Error) -> Self {
        match error {
            stillroom_consent::Error::Malformed => Self::Malformed,
            other => Self::Entry(other),
        }
    }
}

impl Fault {
    /// A stable word for the condition.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.facts().0
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.facts().1
    }

    fn facts(&self) -> (&'static str, StatusCode) {
        match self {
            Self::Unauthorized => ("unauthorized", StatusCode::UNAUTHORIZED),
            Self::NotEnrolled => ("not_enrolled", StatusCode::FORBIDDEN),
            Self::Malformed => ("malformed", StatusCode::UNPROCESSABLE_ENTITY),
            Self::MediaType => ("media_type", StatusCode::UNSUPPORTED_MEDIA_TYPE),
            Self::TooLarge => ("too_large", StatusCode::PAYLOAD_TOO_LARGE),
            Self::HeadersTooLarge => ("headers_too_large", StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
            Self::Version => ("version", StatusCode::UPGRADE_REQUIRED),
            Self::CrossSite => ("cross_site", StatusCode::FORBIDDEN),
            Self::NotFound => ("not_found", StatusCode::NOT_FOUND),
            Self::Method => ("method", StatusCode::METHOD_NOT_ALLOWED),
            Self::Exists => ("exists", StatusCode::CONFLICT),
            Self::RegistrationClosed => ("registration_closed", StatusCode::FORBIDDEN),
            Self::HeadMoved { .. } => ("head_moved", StatusCode::CONFLICT),
            Self::EntryAhead { .. } => {
                (stillroom_consent::Error::ClockAhead.code(), StatusCode::UNPROCESSABLE_ENTITY)
            }
            Self::LastDevice => ("last_device", StatusCode::CONFLICT),
            Self::Entry(error) => (error.code(), StatusCode::UNPROCESSABLE_ENTITY),
            Self::Gap { .. } => ("gap", StatusCode::CONFLICT),
            Self::Equivocation => ("equivocation", StatusCode::CONFLICT),
            Self::ResyncRequired => ("resync_required", StatusCode::GONE),
            Self::Full { .. } => ("full", StatusCode::INSUFFICIENT_STORAGE),
            Self::SlowDown { .. } => ("slow_down", StatusCode::TOO_MANY_REQUESTS),
            Self::Busy => ("busy", StatusCode::SERVICE_UNAVAILABLE),
            Self::TooSlow => ("too_slow", StatusCode::REQUEST_TIMEOUT),
            Self::Storage { .. } => ("storage", StatusCode::INTERNAL_SERVER_ERROR),
            Self::Corrupt { .. } => ("corrupt", StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
}
