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
use crate::{api, guard, log};

/// Builds the router of everything a client reaches.
///
/// Every answer carries the strict headers; every request is counted, logged by its route, and held to the limits.
pub fn app(state: Arc<State>) -> Router {
    let layer = || Arc::clone(&state);
    let api = if state.desk.is_some() { api::routes() } else { Router::new() };
    api.route("/healthz", get(health))
        .fallback(serve_file)
        .layer(middleware::from_fn_with_state(layer(), guard::keep_the_door))
        .layer(middleware::from_fn_with_state(layer(), guard::hold_to_limits))
        .layer(middleware::from_fn_with_state(layer(), guard::add_headers))
        .layer(middleware::from_fn_with_state(layer(), log::record))
        .with_state(state)
}

/// Builds the router of the metrics listener: `/metrics` and `/healthz`.
pub fn operations(state: Arc<State>) -> Router {
    Router::new().route("/metrics", get(metrics)).route("/healthz", get(health)).with_state(state)
}

/// Well only while the database answers.
async fn health(Extract(state): Extract<Arc<State>>) -> Response {
    let (status, word) = match &state.desk {
        Some(desk) if desk.repo().ping().await.is_err() => (StatusCode::SERVICE_UNAVAILABLE, "no database\n"),
        _ => (StatusCode::OK, "ok\n"),
    };
    (status, [(CACHE_CONTROL, "no-store")], word).into_response()
}

async fn metrics(Extract(state): Extract<Arc<State>>) -> Response {
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(CONTENT_TYPE, media_type), (CACHE_CONTROL, "no-store")], state.metrics.text()).into_response()
}
