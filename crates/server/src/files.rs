//! The app's files: which file answers a request, in which form, kept for how long.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State as Extract;
use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::Fault;
use crate::site::{Coding, File};
use crate::state::State;

/// The names kept for ever change with their content; all others are asked for again each time.
const KEEP_FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_EACH_TIME: &str = "no-cache";

/// Answers with a file of the build.
///
/// A page address without a file, such as `/segments`, answers with the app's page: the app routes it. Everything
/// else that is not a file of the build is 404; methods other than GET and HEAD are 405.
pub(crate) async fn serve_file(Extract(state): Extract<Arc<State>>, request: Request<Body>) -> Response {
    if request.uri().path().starts_with("/v1/") {
        return Fault::NotFound.into_response();
    }
    let Some(site) = &state.site else { return not_found() };
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET, HEAD")]).into_response();
    }
    let name = match request.uri().path().trim_start_matches('/') {
        "" => "index.html",
        name => name,
    };
    match site.file(name) {
        Some(file) => respond(file, request.headers()),
        None if is_page(name, request.headers()) => match site.file("index.html") {
            Some(page) => respond(page, request.headers()),
            None => not_found(),
        },
        None => not_found(),
    }
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, [(CACHE_CONTROL, "no-store")], "not found\n").into_response()
}

/// Whether a missing name is an address of the app: a browser asks for a page, and the name has no file extension.
fn is_page(name: &str, headers: &HeaderMap) -> bool {
    let wants_html = header(headers, &ACCEPT).contains("text/html");
    let last = name.rsplit('/').next().unwrap_or_default();
    wants_html && !last.contains('.')
}

fn respond(file: &File, headers: &HeaderMap) -> Response {
    let Some((coding, bytes)) = choose(file, header(headers, &ACCEPT_ENCODING)) else { return not_found() };
    let tag = format!("\"{}-{}\"", file.tag, coding.name());
    let cache = if file.is_versioned { KEEP_FOR_EVER } else { ASK_EACH_TIME };
    let common = [(ETAG, tag.as_str()), (CACHE_CONTROL, cache), (VARY, "accept-encoding")];
    let is_known = header(headers, &IF_NONE_MATCH)
        .split(',')
        .map(|known| known.trim().trim_start_matches("W/"))
        .any(|known| known == tag || known == "*");
    if is_known {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    let mut response = (common, [(CONTENT_TYPE, file.media_type)], bytes).into_response();
    if coding != Coding::Plain {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
    }
    response
}

/// The best coding at hand that the client takes; the plain bytes when it names none.
fn choose(file: &File, accepted: &str) -> Option<(Coding, Bytes)> {
    let takes = |coding: Coding| {
        accepted.split(',').any(|offer| {
            let mut parts = offer.split(';').map(str::trim);
            let is_named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(coding.name()));
            let is_refused = parts.any(|part| {
                part.strip_prefix("q=")
                    .and_then(|weight| weight.parse::<f32>().ok())
                    .is_some_and(|weight| weight <= 0.0)
            });
            is_named && !is_refused
        })
    };
    file.variants
        .iter()
        .find(|(coding, _)| *coding == Coding::Plain || takes(*coding))
        .map(|(coding, bytes)| (*coding, bytes.clone()))
}

/// A header as text, empty when absent or not text.
fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
