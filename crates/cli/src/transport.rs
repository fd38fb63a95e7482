//! The single way out of the command line: every request passes here, and only `stillroom sync` makes any.

use std::{io::Read, time::Duration};

use stillroom_engine::transport::{Incoming, NoReply, Outgoing};
use ureq::{Agent, http};

/// How long an exchange may take.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// Largest answer that is read, in bytes: the protocol's bodies end at 1 MiB.
const MAX_ANSWER: u64 = 2 << 20;

/// What sends requests, keeping the connection between them.
#[derive(Debug)]
pub(crate) struct Transport(Agent);

impl Transport {
    /// A transport that follows no redirect and keeps no cookie.
    pub(crate) fn new() -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(TIME_LIMIT))
            .user_agent("")
            .build();
        Self(config.into())
    }

    /// Sends `request` as it is.
    pub(crate) fn send(&self, request: &Outgoing) -> Incoming {
        match self.exchange(request) {
            Ok(answered) => answered,
            Err(ureq::Error::Timeout(_)) => Incoming::Failed(NoReply::TimedOut),
            Err(_) => Incoming::Failed(NoReply::Offline),
        }
    }

    fn exchange(&self, request: &Outgoing) -> Result<Incoming, ureq::Error> {
        let mut building = http::Request::builder().method(request.method).uri(&request.url);
        for (name, value) in &request.headers {
            building = building.header(*name, value);
        }
        let mut answer = match request.body.is_empty() {
            true => self.0.run(building.body(())?)?,
            false => self.0.run(building.body(request.body.as_slice())?)?,
        };
        let mut body = Vec::new();
        answer.body_mut().as_reader().take(MAX_ANSWER).read_to_end(&mut body)?;
        let retry_after = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
        Ok(Incoming::Answered {
            status: answer.status().as_u16(),
            retry_after_seconds: retry_after.and_then(|seconds| seconds.trim().parse().ok()),
            body,
        })
    }
}
