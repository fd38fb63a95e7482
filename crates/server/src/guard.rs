//! What stands before every handler: the strict headers, the limits, and the door of the sync API.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State as Extract;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use stillroom_sync::wire::VERSION;

use crate::Fault;
use crate::headers::strict_headers;
use crate::state::State;

const VERSION_HEADER: HeaderName = HeaderName::from_static("stillroom-version");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

pub(crate) async fn add_headers(
    Extract(state): Extract<Arc<State>>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in strict_headers(state.transport) {
        response.headers_mut().insert(name, value);
    }
    response
}

/// Refuses headers that are too long and requests beyond those under way, and ends what takes too long.
pub(crate) async fn hold_to_limits(
    Extract(state): Extract<Arc<State>>,
    request: Request<Body>,
    next: Next,
) -> Response {
    if header_bytes(request.headers()) > state.limits.max_header_bytes {
        return Fault::HeadersTooLarge.into_response();
    }
    let Some(_place) = state.gate.enter() else { return Fault::Busy.into_response() };
    match tokio::time::timeout(state.limits.total_time, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Fault::Busy.into_response(),
    }
}

fn header_bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}

/// Lets in pages of this origin and of those on the list, and requests of the version spoken here. There are no cookies, so a page
/// elsewhere has nothing to abuse; it is turned away all the same.
pub(crate) async fn keep_the_door(
    Extract(state): Extract<Arc<State>>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let path = request.uri().path();
    if !path.starts_with("/v1/") {
        return next.run(request).await;
    }
    let listed = listed_origin(&state, request.headers());
    let is_elsewhere =
        request.headers().get(FETCH_SITE).is_some_and(|site| site == "cross-site" || site == "same-site");
    let mut response = if is_elsewhere && listed.is_none() {
        Fault::CrossSite.into_response()
    } else if request.method() == Method::OPTIONS {
        if listed.is_some() { StatusCode::NO_CONTENT.into_response() } else { Fault::Method.into_response() }
    } else if path != "/v1/openapi.json" && !speaks_our_version(request.headers()) {
        Fault::Version.into_response()
    } else {
        next.run(request).await
    };
    response.headers_mut().append(VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = listed {
        allow_origin(response.headers_mut(), origin);
    }
    response
}

fn listed_origin(state: &State, headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(ORIGIN)?;
    state.allowed_origins.iter().any(|listed| origin == listed.as_str()).then(|| origin.clone())
}

fn speaks_our_version(headers: &HeaderMap) -> bool {
    let said = headers.get(VERSION_HEADER).and_then(|value| value.to_str().ok());
    said.and_then(|text| text.parse().ok()) == Some(VERSION)
}

fn allow_origin(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    for (name, value) in [
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, DELETE"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, stillroom-version"),
        (ACCESS_CONTROL_EXPOSE_HEADERS, "retry-after, stillroom-versions"),
        (ACCESS_CONTROL_MAX_AGE, "600"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
