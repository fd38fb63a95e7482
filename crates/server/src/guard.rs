//! What stands before every handler: the strict headers, the limits, the total time.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State as Extract;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::headers::strict_headers;
use crate::state::State;

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
        return refuse(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    let Some(_place) = state.gate.enter() else { return refuse(StatusCode::SERVICE_UNAVAILABLE) };
    match tokio::time::timeout(state.limits.total_time, next.run(request)).await {
        Ok(response) => response,
        Err(_) => refuse(StatusCode::SERVICE_UNAVAILABLE),
    }
}

fn header_bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}

fn refuse(status: StatusCode) -> Response {
    let mut response = (status, [(CACHE_CONTROL, "no-store")]).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(RETRY_AFTER, axum::http::HeaderValue::from_static("1"));
    }
    response
}
