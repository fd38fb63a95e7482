//! One line for each request: what was asked, what came of it, how long it took; counts and shortened ids, nothing else.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, State as Extract};
use axum::http::{Method, Request};
use axum::middleware::Next;
use axum::response::Response;
use tracing_subscriber::fmt::MakeWriter;

use crate::Error;
use crate::api::Refused;
use crate::options::LogForm;
use crate::state::State;

/// Sends the log of this process to `writer`.
///
/// # Errors
/// [`Error::LogTaken`] when it is already sent somewhere.
pub fn start<W>(form: LogForm, writer: W) -> Result<(), Error>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt().with_target(false).with_writer(writer);
    let started = match form {
        LogForm::Json => tracing::subscriber::set_global_default(lines.json().flatten_event(true).finish()),
        LogForm::Text => tracing::subscriber::set_global_default(lines.with_ansi(false).finish()),
    };
    started.map_err(|_| Error::LogTaken)
}

/// What a handler adds to its request's line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Note(Arc<Mutex<Noted>>);

#[derive(Debug, Default, Clone)]
struct Noted {
    workspace: String,
    device: String,
    n_items: u64,
    n_bytes: u64,
}

impl Note {
    fn with(&self, change: impl FnOnce(&mut Noted)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Who asked: the first eight hexadecimal digits of each id.
    pub(crate) fn who(&self, workspace: &[u8; 16], device: &[u8; 16]) {
        self.with(|noted| {
            noted.workspace = short(workspace);
            noted.device = short(device);
        });
    }

    /// How many operations came or went.
    pub(crate) fn items(&self, n_items: u64) {
        self.with(|noted| noted.n_items = n_items);
    }

    /// How long the body was.
    pub(crate) fn bytes(&self, n_bytes: u64) {
        self.with(|noted| noted.n_bytes = n_bytes);
    }
}

/// Enough of an id to tell lines apart, too little to use it.
pub(crate) fn short(id: &[u8; 16]) -> String {
    id.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// Writes the line and counts the request.
pub(crate) async fn record(
    Extract(state): Extract<Arc<State>>,
    mut request: Request<Body>,
    next: Next,
) -> Response {
    let started = Instant::now();
    let method = known_method(request.method());
    let path = request.extensions().get::<MatchedPath>().cloned();
    let note = Note::default();
    request.extensions_mut().insert(note.clone());
    let response = next.run(request).await;
    let route = path.as_ref().map_or("files", MatchedPath::as_str);
    let status = response.status().as_u16();
    state.metrics.count_request(route, status);
    let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let Noted { workspace, device, n_items, n_bytes } =
        note.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let refused = response.extensions().get::<Refused>();
    let code = refused.map_or("", |refused| refused.code);
    if let Some(detail) = refused.and_then(|refused| refused.detail.as_deref()) {
        tracing::error!(method, route, code, detail, "failed");
    }
    tracing::info!(method, route, status, millis, workspace, device, n_items, n_bytes, code, "request");
    response
}

/// The method's name if it is a usual one: a client may send any word as its method.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        _ => "other",
    }
}
