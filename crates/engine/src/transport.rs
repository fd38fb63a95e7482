//! The way out, as values: what is to be sent, and what came back. Whoever really sends is outside this crate: one function in
//! the browser's worker, one in the command line. Nothing else in the house makes a request.

use crate::{failure::failure, protocol::Failure};

/// Longest origin that is taken.
const MAX_ORIGIN: usize = 255;

/// A request, ready to be sent as it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its line in the network ledger.
    pub entry: i64,
    /// `GET`, `POST` or `DELETE`.
    pub method: &'static str,
    /// The whole address.
    pub url: String,
    /// Names in lower case, and their values.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
}

/// Headers hold the device's token, and the body what it sealed: only sizes are printed.
impl std::fmt::Debug for Outgoing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Outgoing")
            .field("entry", &self.entry)
            .field("method", &self.method)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// An answer.
    Answered {
        /// Its HTTP status.
        status: u16,
        /// The header `retry-after`, when it is a number of seconds.
        retry_after_seconds: Option<u32>,
        /// Its body.
        body: Vec<u8>,
    },
    /// None.
    Failed(NoReply),
}

/// Why nothing came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoReply {
    /// No network, no such server, or a broken connection.
    Offline,
    /// It took too long.
    TimedOut,
}

/// A server's origin in its one spelling: lower case, without a path. Other machines are spoken to over `https` only.
///
/// # Errors
/// `origin-unusable` for anything else.
pub fn checked_origin(text: &str) -> Result<String, Failure> {
    let origin = text.trim().trim_end_matches('/').to_ascii_lowercase();
    let authority = origin.strip_prefix("https://").or_else(|| {
        let authority = origin.strip_prefix("http://")?;
        is_this_machine(host_of(authority)).then_some(authority)
    });
    let is_usable = authority.is_some_and(|authority| {
        !host_of(authority).is_empty()
            && authority.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
    });
    if is_usable && origin.len() <= MAX_ORIGIN {
        Ok(without_default_port(&origin))
    } else {
        Err(failure(
            "origin-unusable",
            "name the server as https:// and its host, or http:// for this machine itself",
        ))
    }
}

fn host_of(authority: &str) -> &str {
    match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn without_default_port(origin: &str) -> String {
    let default = if origin.starts_with("https://") { ":443" } else { ":80" };
    origin.strip_suffix(default).unwrap_or(origin).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_one_spelling_and_no_plain_http_goes_to_other_machines() {
        for (typed, expected) in [
            ("https://Sync.Example.org/", Some("https://sync.example.org")),
            ("https://sync.example.org:8443", Some("https://sync.example.org:8443")),
            ("https://sync.example.org:443", Some("https://sync.example.org")),
            (" http://127.0.0.1:8080 ", Some("http://127.0.0.1:8080")),
            ("http://localhost", Some("http://localhost")),
            ("http://[::1]:80", Some("http://[::1]")),
            ("http://sync.example.org", None),
            ("http://127.0.0.1.example.org", None),
            ("http://localhost@example.org", None),
            ("https://user@example.org", None),
            ("https://example.org/path", None),
            ("ftp://example.org", None),
            ("https://", None),
            ("https://:443", None),
            ("", None),
        ] {
            assert_eq!(checked_origin(typed).ok().as_deref(), expected, "{typed}");
        }
    }
}
