//! The routers: what everyone reaches, and what only whoever runs the server does.

use std::sync::Arc;

use axum::Router;
use axum::extract::State as Extract;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::files::serve_file;
use crate::state::State;
use crate::{guard, log};

/// Builds the router of everything a client reaches.
///
/// Every answer carries the strict headers; every request is counted, logged by its route, and held to the limits.
pub fn app(state: Arc<State>) -> Router {
    let layer = || Arc::clone(&state);
    Router::new()
        .route("/healthz", get(health))
        .fallback(serve_file)
        .layer(middleware::from_fn_with_state(layer(), guard::hold_to_limits))
        .layer(middleware::from_fn_with_state(layer(), guard::add_headers))
        .layer(middleware::from_fn_with_state(layer(), log::record))
        .with_state(state)
}

/// Builds the router of the metrics listener: `/metrics` and `/healthz`.
pub fn operations(state: Arc<State>) -> Router {
    Router::new().route("/metrics", get(metrics)).route("/healthz", get(health)).with_state(state)
}

async fn health(Extract(_state): Extract<Arc<State>>) -> Response {
    (StatusCode::OK, [(CACHE_CONTROL, "no-store")], "ok\n").into_response()
}

async fn metrics(Extract(state): Extract<Arc<State>>) -> Response {
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(CONTENT_TYPE, media_type), (CACHE_CONTROL, "no-store")], state.metrics.text()).into_response()
}
