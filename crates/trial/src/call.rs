//! One call of the protocol: a message out, a message or a refusal back.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};
use serde::Serialize;
use serde::de::DeserializeOwned;
use stillroom_consent::Blob;
use stillroom_sync::wire::{self, Problem};

use crate::Connection;

/// The server answered, and said no. Any other error of a call means that no answer came.
#[derive(Debug)]
pub struct Refused {
    /// The status code.
    pub status: u16,
    /// The body, when it was one of the protocol.
    pub problem: Option<Problem>,
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.problem.as_ref().map_or("no code", |problem| problem.code.as_str());
        write!(formatter, "the server answered {} ({code})", self.status)
    }
}

impl std::error::Error for Refused {}

/// Milliseconds since 1970.
#[must_use]
pub fn now_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

impl Connection {
    /// Sends `message` and reads the answer.
    ///
    /// # Errors
    /// [`Refused`] for any status but 200; otherwise the connection broke or the answer is not of the protocol.
    pub fn call<T: Serialize + DeserializeOwned>(
        &mut self,
        method: &str,
        path: &str,
        token: Option<&Blob>,
        message: &impl Serialize,
    ) -> Result<T> {
        self.exchange(method, path, token, &wire::encode(message))
    }

    /// Asks without a message.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub fn get<T: Serialize + DeserializeOwned>(&mut self, path: &str, token: Option<&Blob>) -> Result<T> {
        self.exchange("GET", path, token, &[])
    }

    fn exchange<T: Serialize + DeserializeOwned>(
        &mut self,
        method: &str,
        path: &str,
        token: Option<&Blob>,
        body: &[u8],
    ) -> Result<T> {
        let answer = self.ask(method, path, token, body)?;
        if answer.status != 200 {
            bail!(Refused { status: answer.status, problem: wire::decode(&answer.body).ok() });
        }
        Ok(wire::decode(&answer.body)?)
    }
}
