//! What a handler asks of a request: who it is from, and its body in the one encoding.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, MatchedPath, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use serde::Serialize;
use serde::de::DeserializeOwned;
use stillroom_sync::wire::{MEDIA_TYPE, decode};

use super::answer::Cbor;
use crate::limits::RetryAfter;
use crate::log::Note;
use crate::service::{Caller, Desk};
use crate::state::State;
use crate::{Fault, Transport};

const GPC: HeaderName = HeaderName::from_static("sec-gpc");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Withdrawing is as easy as giving: it is never refused for coming too often.
const WITHDRAW: &str = "/v1/consent/withdraw";

impl State {
    /// The desk; without one there are no addresses that ask for it.
    pub(crate) fn desk(&self) -> Result<&Arc<Desk>, Fault> {
        self.desk.as_ref().ok_or(Fault::NotFound)
    }
}

/// The device whose token came along.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Device(pub(crate) Caller);

impl FromRequestParts<Arc<State>> for Device {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<State>) -> Result<Self, Fault> {
        let token = bearer(&parts.headers).ok_or(Fault::Unauthorized)?;
        let gpc = parts.headers.get(GPC).is_some_and(|value| value == "1");
        let caller = state.desk()?.authenticate(token, gpc).await?;
        if let Some(note) = parts.extensions.get::<Note>() {
            note.who(&caller.workspace.0, &caller.device.0);
        }
        let is_counted = parts.extensions.get::<MatchedPath>().is_none_or(|path| path.as_str() != WITHDRAW);
        if is_counted {
            state.gate.count_device(&caller.token_hash.0).map_err(slow_down)?;
        }
        Ok(Self(caller))
    }
}

fn slow_down(RetryAfter(seconds): RetryAfter) -> Fault {
    Fault::SlowDown { seconds: u32::try_from(seconds).unwrap_or(u32::MAX) }
}

/// The 32 bytes behind `Bearer`, in base64url without padding, spelled in the one way.
fn bearer(headers: &HeaderMap) -> Option<[u8; 32]> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    let text = value.to_str().ok()?.strip_prefix("Bearer ")?;
    let mut bits = 0_u32;
    let mut n_bits = 0;
    let mut bytes = Vec::with_capacity(33);
    for digit in text.bytes() {
        bits = (bits << 6 | sextet(digit)?) & 0xffff;
        n_bits += 6;
        if n_bits >= 8 {
            n_bits -= 8;
            bytes.push((bits >> n_bits) as u8);
        }
    }
    let leftover = bits & ((1 << n_bits) - 1);
    if leftover == 0 && text.len() == 43 { bytes.try_into().ok() } else { None }
}

fn sextet(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

/// Anyone, counted by address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Visitor;

impl FromRequestParts<Arc<State>> for Visitor {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<State>) -> Result<Self, Fault> {
        state.gate.count_address(address(parts, state.transport)).map_err(slow_down)?;
        Ok(Self)
    }
}

/// Where the request comes from: what the proxy on this machine says, when there is one; the other end of the socket otherwise.
fn address(parts: &Parts, transport: Transport) -> IpAddr {
    let forwarded = parts.headers.get_all(FORWARDED_FOR).iter().next_back();
    let last = forwarded.and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    match transport {
        Transport::BehindTls => last.or(peer),
        Transport::Plain | Transport::Tls => peer,
    }
    .unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

impl<T: Serialize + DeserializeOwned> FromRequest<Arc<State>> for Cbor<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &Arc<State>) -> Result<Self, Fault> {
        let headers = request.headers();
        let is_plain = headers.get(CONTENT_TYPE).is_some_and(|value| value == MEDIA_TYPE)
            && headers.get(CONTENT_ENCODING).is_none();
        if !is_plain {
            return Err(Fault::MediaType);
        }
        let note = request.extensions().get::<Note>().cloned();
        let reading = to_bytes(request.into_body(), state.limits.max_frame_bytes());
        let bytes = tokio::time::timeout(state.limits.read_time, reading)
            .await
            .map_err(|_| Fault::TooSlow)?
            .map_err(|_| Fault::TooLarge)?;
        if let Some(note) = note {
            note.bytes(bytes.len() as u64);
        }
        decode(&bytes).map(Cbor).map_err(|_| Fault::Malformed)
    }
}

/// An id in an address, in lower-case hexadecimal.
pub(crate) fn id<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, Fault> {
    read(text).ok_or(Fault::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_token_has_one_spelling() {
        let read = |value: &str| {
            bearer(&HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_str(value).unwrap())]))
        };
        let ones = format!("Bearer {}", "_".repeat(42) + "8");
        assert_eq!(read(&ones), Some([0xff; 32]));
        assert_eq!(read(&format!("Bearer {}", "A".repeat(43))), Some([0; 32]));
        for wrong in [
            "Bearer ".to_owned(),
            format!("Bearer {}", "_".repeat(43)),
            format!("Bearer {}", "A".repeat(44)),
            format!("Bearer {}=", "A".repeat(43)),
            format!("Bearer {}", "+".repeat(43)),
            format!("bearer {}", "A".repeat(43)),
            format!("Basic {}", "A".repeat(43)),
        ] {
            assert_eq!(read(&wrong), None, "{wrong}");
        }
    }
}
