//! The shapes of messages between page, engine worker and compute worker.

use js_sys::{Array, Object, Reflect, Uint8Array};
use serde::Serialize;
use stillroom_engine::protocol::{Failure, JobProgress, Request};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, DedicatedWorkerGlobalScope, MessageEvent};

/// This worker's own scope.
pub(crate) fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// What the page sent.
pub(crate) enum Incoming {
    /// A question, with a file beside it where it needs one.
    Question { id: f64, request: Box<Request>, file: Option<Blob> },
    /// Stop the job of this id.
    Cancel { id: f64 },
    /// Not of this protocol; the reason names no value.
    Unreadable { id: f64, reason: String },
}

/// Reads a message from the page.
pub(crate) fn read(event: &MessageEvent) -> Incoming {
    let data = event.data();
    if let Some(id) = number(&data, "cancel") {
        return Incoming::Cancel { id };
    }
    let id = number(&data, "id").unwrap_or(-1.0);
    let file = field(&data, "file").dyn_into::<Blob>().ok();
    match serde_wasm_bindgen::from_value::<Request>(field(&data, "request")) {
        Ok(request) => Incoming::Question { id, request: Box::new(request), file },
        Err(error) => Incoming::Unreadable { id, reason: error.to_string() },
    }
}

/// Tells the page that questions may come.
pub(crate) fn post_ready() {
    let message = object(&[("kind", "ready".into())]);
    post(&message, None);
}

/// Tells the page how far a job has come.
pub(crate) fn post_progress(id: f64, progress: &JobProgress) {
    post(&object(&[("id", id.into()), ("kind", "progress".into()), ("body", plain(progress))]), None);
}

/// Answers a question; bytes are transferred, not copied.
pub(crate) fn post_answer(id: f64, answer: &serde_json::Value, bytes: Option<&[u8]>) {
    let message = object(&[("id", id.into()), ("kind", "done".into()), ("body", plain(answer))]);
    let bytes = bytes.map(Uint8Array::from);
    if let Some(bytes) = &bytes {
        set(&message, "bytes", bytes);
    }
    post(&message, bytes.map(|bytes| Array::of1(&bytes.buffer())));
}

/// Says why a question has no answer.
pub(crate) fn post_failure(id: f64, failure: &Failure) {
    post(&object(&[("id", id.into()), ("kind", "failed".into()), ("body", plain(failure))]), None);
}

/// A plain JavaScript object of `entries`.
pub(crate) fn object(entries: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (key, value) in entries {
        set(&object, key, value);
    }
    object.into()
}

/// The property `key`, or undefined.
pub(crate) fn field(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &key.into()).unwrap_or(JsValue::UNDEFINED)
}

/// The property `key` as a number.
pub(crate) fn number(object: &JsValue, key: &str) -> Option<f64> {
    field(object, key).as_f64()
}

/// `value` as plain JavaScript: objects, arrays, numbers and strings. By way of JSON, which takes whole numbers that
/// JavaScript cannot count exactly.
pub(crate) fn plain(value: &impl Serialize) -> JsValue {
    let text = serde_json::to_string(value).unwrap_or_default();
    js_sys::JSON::parse(&text).unwrap_or(JsValue::NULL)
}

/// Sets a property of an object made here, which cannot fail.
fn set(object: &JsValue, key: &str, value: &JsValue) {
    Reflect::set(object, &key.into(), value).expect("a fresh object takes any property");
}

/// Posts to the page.
fn post(message: &JsValue, transfer: Option<Array>) {
    let posted = match transfer {
        Some(transfer) => scope().post_message_with_transfer(message, &transfer),
        None => scope().post_message(message),
    };
    posted.expect("messages hold only structured-cloneable values");
}
