//! The engine client: hands questions to the worker and turns its messages into answers.
//!
//! The worker speaks first (`ready`); questions asked before that wait. When the worker dies, every open question fails with
//! `engine-crashed` and the session is told, which starts a fresh one. Nothing is computed on this side.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::marker::PhantomData;
use std::rc::Rc;

use gloo::events::EventListener;
use js_sys::{Function, Object, Promise, Reflect, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use stillroom_engine::protocol::{Ask, Failure, JobProgress, Request};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::browser;

/// The bootstrap's function that names the worker's address.
const WORKER_ADDRESS: &str = "workerAddress";
/// Deaths in a row, none of the workers ever ready, after which another start is not worth trying.
const MAX_FAILED_STARTS: u32 = 2;

/// The code of every question that was open when the worker died.
pub const CRASHED: &str = "engine-crashed";
/// The code of every question that was open when the workspace was locked.
pub const STOPPED: &str = "engine-stopped";
/// The code of a job the person cancelled.
pub const CANCELLED: &str = "cancelled";

struct Pending {
    resolve: Function,
    reject: Function,
    on_progress: Rc<dyn Fn(JobProgress)>,
}

struct Running {
    worker: Worker,
    is_ready: bool,
    _listeners: [EventListener; 2],
}

#[derive(Default)]
struct Client {
    running: Option<Running>,
    pending: BTreeMap<u32, Pending>,
    waiting: Vec<JsValue>,
    last_id: u32,
    failed_starts: u32,
    on_crash: Option<Rc<dyn Fn(Crash)>>,
}

thread_local! {
    static CLIENT: RefCell<Client> = RefCell::default();
}

/// A question on its way; `answer` waits for it.
#[derive(Debug)]
pub struct Asked<A> {
    promise: Promise,
    answer: PhantomData<fn() -> A>,
}

/// Stops one job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancel(u32);

impl Cancel {
    /// Asks the worker to stop; the job then fails with [`CANCELLED`].
    pub fn cancel(self) {
        let message = object(&[("cancel", JsValue::from_f64(f64::from(self.0)))]);
        CLIENT.with_borrow(|client| {
            if let Some(running) = &client.running {
                let _ = running.worker.post_message(&message);
            }
        });
    }
}

impl<A: DeserializeOwned + 'static> Asked<A> {
    /// The answer and the bytes beside it.
    ///
    /// # Errors
    /// What the worker said, or [`CRASHED`] or [`STOPPED`] when it could not say anything.
    pub async fn answer(self) -> Result<(A, Option<Vec<u8>>), Failure> {
        read(received(self.promise).await)
    }
}

/// An answer's body and the bytes beside it, as they came.
pub type Received = Result<(JsValue, Option<Vec<u8>>), Failure>;

/// Reads what came back.
pub fn read<A: DeserializeOwned>(received: Received) -> Result<(A, Option<Vec<u8>>), Failure> {
    let (body, bytes) = received?;
    let answer = serde_wasm_bindgen::from_value(body)
        .map_err(|error| failure("unreadable-answer", &error.to_string()))?;
    Ok((answer, bytes))
}

async fn received(promise: Promise) -> Received {
    let message = JsFuture::from(promise).await.map_err(|refused| read_failure(&refused))?;
    let bytes = get(&message, "bytes").dyn_into::<Uint8Array>().ok().map(|bytes| bytes.to_vec());
    Ok((get(&message, "body"), bytes))
}

/// A worker's death that nobody asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crash {
    /// What open questions fail with.
    pub reason: Failure,
    /// Whether another start is worth trying.
    pub may_start_again: bool,
}

/// Starts the worker; `on_crash` hears of every death and decides when [`start_again`] is called.
pub fn start(on_crash: impl Fn(Crash) + 'static) {
    CLIENT.with_borrow_mut(|client| {
        client.on_crash = Some(Rc::new(on_crash));
        client.failed_starts = 0;
    });
    start_worker();
}

/// Starts a worker after [`stop`] or a death.
pub fn start_again() {
    start_worker();
}

/// Ends the worker and everything it held in memory. Open questions fail with [`STOPPED`].
pub fn stop() {
    end_worker(&failure(STOPPED, "the engine was stopped; unlock the workspace and try again"));
}

/// Asks a question.
pub fn ask<Q: Ask>(question: Q) -> impl Future<Output = Result<Q::Answer, Failure>> {
    let asked = post(question, None, |_| {});
    async move { Ok(asked.answer().await?.0) }
}

/// Posts a question and returns at once.
pub fn post<Q: Ask>(
    question: Q,
    file: Option<&Blob>,
    on_progress: impl Fn(JobProgress) + 'static,
) -> Asked<Q::Answer> {
    let (_, promise) = send(&question.into(), file, Rc::new(on_progress));
    Asked { promise, answer: PhantomData }
}

/// Posts any question: what stops it, and what comes back, unread.
pub fn post_request<P: Fn(JobProgress) + 'static>(
    request: &Request,
    file: Option<&Blob>,
    on_progress: P,
) -> (Cancel, impl Future<Output = Received> + use<P>) {
    let (id, promise) = send(request, file, Rc::new(on_progress));
    (Cancel(id), received(promise))
}

/// What posting does for every kind of question, in code that is there once.
fn send(request: &Request, file: Option<&Blob>, on_progress: Rc<dyn Fn(JobProgress)>) -> (u32, Promise) {
    let body = request.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).unwrap_or(JsValue::NULL);
    let id = CLIENT.with_borrow_mut(|client| {
        client.last_id += 1;
        client.last_id
    });
    let message = object(&[
        ("id", JsValue::from_f64(f64::from(id))),
        ("request", body),
        ("file", file.map_or(JsValue::UNDEFINED, JsValue::from)),
    ]);
    let promise = Promise::new(&mut |resolve, reject| {
        let pending = Pending { resolve, reject, on_progress: Rc::clone(&on_progress) };
        CLIENT.with_borrow_mut(|client| client.pending.insert(id, pending));
    });
    CLIENT.with_borrow_mut(|client| match &client.running {
        Some(running) if running.is_ready => {
            let _ = running.worker.post_message(&message);
        }
        _ => client.waiting.push(message),
    });
    (id, promise)
}

fn start_worker() {
    let started = new_worker();
    CLIENT.with_borrow_mut(|client| client.running = started.as_ref().ok().cloned().map(listen_to));
    if started.is_err() {
        crashed("the browser refused to start the engine's worker");
    }
}

fn new_worker() -> Result<Worker, JsValue> {
    let address = browser::call_bootstrap(WORKER_ADDRESS)?.as_string().unwrap_or_default();
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    options.set_name("stillroom-engine");
    Worker::new_with_options(&address, &options)
}

fn listen_to(worker: Worker) -> Running {
    let on_message = EventListener::new(&worker, "message", |event| {
        if let Some(event) = event.dyn_ref::<MessageEvent>() {
            receive(&event.data());
        }
    });
    let on_error = EventListener::new(&worker, "error", |event| {
        event.prevent_default();
        let said = get(event, "message").as_string().unwrap_or_default();
        crashed(&said);
    });
    Running { worker, is_ready: false, _listeners: [on_message, on_error] }
}

fn receive(message: &JsValue) {
    let id = get(message, "id").as_f64().unwrap_or_default() as u32;
    match get(message, "kind").as_string().as_deref() {
        Some("ready") => send_waiting(),
        Some("progress") => {
            let on_progress = CLIENT
                .with_borrow(|client| client.pending.get(&id).map(|pending| Rc::clone(&pending.on_progress)));
            if let (Some(on_progress), Ok(progress)) =
                (on_progress, serde_wasm_bindgen::from_value::<JobProgress>(get(message, "body")))
            {
                on_progress(progress);
            }
        }
        Some(kind @ ("done" | "failed")) => {
            if let Some(pending) = CLIENT.with_borrow_mut(|client| client.pending.remove(&id)) {
                let _ = match kind {
                    "done" => pending.resolve.call1(&JsValue::UNDEFINED, message),
                    _ => pending.reject.call1(&JsValue::UNDEFINED, &get(message, "body")),
                };
            }
        }
        _ => {}
    }
}

fn send_waiting() {
    CLIENT.with_borrow_mut(|client| {
        client.failed_starts = 0;
        let waiting = std::mem::take(&mut client.waiting);
        if let Some(running) = &mut client.running {
            running.is_ready = true;
            for message in waiting {
                let _ = running.worker.post_message(&message);
            }
        }
    });
}

fn crashed(said: &str) {
    let reason = failure(CRASHED, if said.is_empty() { "the engine stopped unexpectedly" } else { said });
    end_worker(&reason);
    let (may_start_again, on_crash) = CLIENT.with_borrow_mut(|client| {
        client.failed_starts += 1;
        (client.failed_starts < MAX_FAILED_STARTS, client.on_crash.clone())
    });
    if let Some(on_crash) = on_crash {
        on_crash(Crash { reason, may_start_again });
    }
}

fn end_worker(reason: &Failure) {
    let (running, pending) = CLIENT.with_borrow_mut(|client| {
        client.waiting.clear();
        (client.running.take(), std::mem::take(&mut client.pending))
    });
    if let Some(running) = running {
        running.worker.terminate();
    }
    let said = serde_wasm_bindgen::to_value(reason).unwrap_or(JsValue::NULL);
    for open in pending.into_values() {
        let _ = open.reject.call1(&JsValue::UNDEFINED, &said);
    }
}

/// A failure of this side.
pub fn failure(code: &str, message: &str) -> Failure {
    Failure::new(code, message)
}

fn read_failure(said: &JsValue) -> Failure {
    serde_wasm_bindgen::from_value(said.clone())
        .unwrap_or_else(|_| failure("unreadable-answer", "the engine's answer could not be read"))
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

fn object(properties: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in properties {
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object.into()
}
