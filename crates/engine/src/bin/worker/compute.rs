//! The compute worker: owns no key and no database, gets columns and a recipe, gives numbers. Ending it cancels the work.

use std::{cell::RefCell, ops::ControlFlow, rc::Rc};

use futures_channel::oneshot;
use js_sys::{Array, Uint8Array};
use stillroom_engine::{
    compute::{self, Job},
    failure::failure,
    protocol::{Failure, JobProgress},
};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::messages::{field, object, plain};

/// The name that makes this script a compute worker.
pub(crate) const WORKER_NAME: &str = "stillroom-compute";

/// Serves computations, one message each.
pub(crate) fn serve(scope: &DedicatedWorkerGlobalScope) {
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(|event: MessageEvent| {
        let bytes = field(&event.data(), "work").unchecked_into::<Uint8Array>().to_vec();
        let (key, body) = match run(&bytes) {
            Ok(reply) => ("reply", Uint8Array::from(reply.as_slice()).into()),
            Err(failure) => ("failed", plain(&failure)),
        };
        post(&object(&[(key, body)]));
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    post(&object(&[("ready", JsValue::TRUE)]));
}

fn run(bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    let job: Job = compute::from_bytes(bytes)?;
    let deadline = job.time_limit_seconds().map(|seconds| js_sys::Date::now() + seconds * 1000.0);
    let mut budget = || deadline.is_none_or(|deadline| js_sys::Date::now() < deadline);
    let done = compute::perform(&job, &mut budget, &mut |progress| {
        let progress =
            JobProgress { stage: progress.stage.to_owned(), done: progress.done, total: progress.total };
        post(&object(&[("progress", plain(&progress))]));
        ControlFlow::Continue(())
    })?;
    compute::to_bytes(&done)
}

fn post(message: &JsValue) {
    crate::messages::scope().post_message(message).expect("messages hold only structured-cloneable values");
}

/// A computation under way in a compute worker of its own.
pub(crate) struct Running {
    worker: Worker,
    answer: oneshot::Receiver<Result<Vec<u8>, Failure>>,
}

impl Running {
    /// Starts a worker on `work`; `on_progress` hears of its progress.
    pub(crate) fn start(work: Vec<u8>, on_progress: impl Fn(JsValue) + 'static) -> Result<Self, Failure> {
        let options = WorkerOptions::new();
        options.set_name(WORKER_NAME);
        options.set_type(WorkerType::Module);
        let url = crate::messages::scope().location().href();
        let worker = Worker::new_with_options(&url, &options)
            .map_err(|_| failure("compute-worker", "the compute worker did not start: reload the page"))?;
        let (sender, answer) = oneshot::channel();
        let sender = Rc::new(RefCell::new(Some(sender)));
        let finish = {
            let sender = Rc::clone(&sender);
            move |result| {
                if let Some(sender) = sender.borrow_mut().take() {
                    let _receiver_gone = sender.send(result);
                }
            }
        };
        listen(&worker, work, on_progress, finish);
        Ok(Self { worker, answer })
    }

    /// Waits for the end. Dropping the future ends the worker and with it the computation.
    pub(crate) async fn finished(mut self) -> Result<Vec<u8>, Failure> {
        (&mut self.answer).await.unwrap_or_else(|_| Err(crashed()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

fn crashed() -> Failure {
    failure("compute-crashed", "the computation ended unexpectedly: use fewer rows or columns and try again")
}

fn listen(
    worker: &Worker,
    work: Vec<u8>,
    on_progress: impl Fn(JsValue) + 'static,
    finish: impl Fn(Result<Vec<u8>, Failure>) + Clone + 'static,
) {
    let on_error = {
        let finish = finish.clone();
        Closure::<dyn FnMut(JsValue)>::new(move |_| finish(Err(crashed())))
    };
    let target = worker.clone();
    let mut work = Some(work);
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let data = event.data();
        let (progress, reply, failed) =
            (field(&data, "progress"), field(&data, "reply"), field(&data, "failed"));
        if let Some(work) = field(&data, "ready").as_bool().and_then(|_| work.take()) {
            send_work(&target, &work);
        } else if !progress.is_undefined() {
            on_progress(progress);
        } else if !failed.is_undefined() {
            finish(Err(serde_wasm_bindgen::from_value(failed).unwrap_or_else(|_| crashed())));
        } else if let Ok(bytes) = reply.dyn_into::<Uint8Array>() {
            finish(Ok(bytes.to_vec()));
        }
    });
    worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    on_message.forget();
    on_error.forget();
}

fn send_work(worker: &Worker, work: &[u8]) {
    let bytes = Uint8Array::from(work);
    let transfer = Array::of1(&bytes.buffer());
    let message = object(&[("work", bytes.into())]);
    worker.post_message_with_transfer(&message, &transfer).expect("bytes can be transferred");
}
