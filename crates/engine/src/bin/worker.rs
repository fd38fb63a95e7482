//! The worker's shell: says "ready", and starts one nested worker of itself that answers the same.

use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, Worker, WorkerOptions, WorkerType};

fn main() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    if scope.name() == "compute" {
        let _ = scope.post_message(&"compute ready".into());
        return;
    }
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    options.set_name("compute");
    match Worker::new_with_options(&scope.location().href(), &options) {
        Ok(compute) => {
            let outer = scope.clone();
            let forward = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                let _ = outer.post_message(&event.data());
            });
            compute.set_onmessage(Some(forward.as_ref().unchecked_ref()));
            forward.forget();
        }
        Err(error) => drop(scope.post_message(&error)),
    }
    let _ = scope.post_message(&"ready".into());
}
