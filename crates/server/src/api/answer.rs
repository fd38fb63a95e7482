//! Answers: CBOR for what was asked, and for every refusal a code.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use stillroom_sync::wire::{MEDIA_TYPE, Problem, VERSION, encode};

use crate::Fault;

/// The versions this server speaks, lowest and highest.
pub(crate) const VERSIONS: HeaderName = HeaderName::from_static("stillroom-versions");

const BUSY_SECONDS: u32 = 1;

/// A value as the protocol writes it.
pub(crate) struct Cbor<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Cbor<T> {
    fn into_response(self) -> Response {
        body(encode(&self.0))
    }
}

fn body(bytes: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, MEDIA_TYPE), (CACHE_CONTROL, "no-store")], bytes).into_response()
}

/// What the log says about a refusal.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    pub(crate) code: &'static str,
    /// What the database said, when it is to blame.
    pub(crate) detail: Option<String>,
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = body(encode(&self.problem()));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after() {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self == Self::Unauthorized {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if self == Self::Version
            && let Ok(range) = HeaderValue::try_from(format!("{VERSION}-{VERSION}"))
        {
            headers.insert(VERSIONS, range);
        }
        let detail = self.status().is_server_error().then(|| self.to_string());
        response.extensions_mut().insert(Refused { code: self.code(), detail });
        response
    }
}

impl Fault {
    fn problem(&self) -> Problem {
        let expected = match self {
            Self::Gap { expected } => Some(*expected),
            Self::Full { limit } => Some(*limit),
            Self::Version => Some(u64::from(VERSION)),
            _ => None,
        };
        let head = match self {
            Self::HeadMoved { head } | Self::EntryAhead { head } => Some(**head),
            _ => None,
        };
        Problem { code: self.code().to_owned(), expected, head, retry_after_seconds: self.retry_after() }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::SlowDown { seconds } => Some(*seconds),
            Self::Busy => Some(BUSY_SECONDS),
            _ => None,
        }
    }
}
