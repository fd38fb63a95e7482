//! A run whose rows are shared with workers: `package/crew.js` carries the messages.

use js_sys::{Function, Object, Reflect, Uint8Array};
use stillroom_analytics::shards::{Coordinator, Next, Shard};
use stillroom_engine::{
    compute::{Done, Frame, Job, perform_among},
    failure::failure,
    protocol::Failure,
};
use wasm_bindgen::prelude::*;

use crate::{
    answer::{self, failed},
    tell, work,
};

/// The customers from which on shards are opened when a run begins, so that they are there when the first fit is; opening one takes
/// about as long as preparing so many rows.
const MANY_ROWS: usize = 16_384;

/// A recipe being run.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Run {
    coordinator: Coordinator<Result<Done, Failure>>,
}

#[wasm_bindgen]
impl Run {
    /// Begins to run the recipe in `recipe` (JSON) on `data`, or to apply `model` to it, with seats for `n_shards`. `era` is a number
    /// that no earlier run of the same shards had. `on_progress(stage, done, total)` stops the work by answering `true`.
    ///
    /// # Errors
    /// A failure as a plain object: `code`, `message`, and where they are known `column` and `row`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        recipe: &str,
        data: &JsValue,
        model: Option<String>,
        era: u32,
        n_shards: usize,
        on_progress: Function,
    ) -> Result<Self, JsValue> {
        let work = work(recipe, data, model).map_err(|failure| failed(&failure))?;
        let has_many_rows = matches!(&work.frame, Frame::Customers { ids, .. } if ids.len() >= MANY_ROWS);
        let deadline = work.recipe.time_limit_seconds.map(|seconds| js_sys::Date::now() + seconds * 1000.0);
        let mut coordinator = Coordinator::new(era, n_shards, move |crew| async move {
            let mut budget = || deadline.is_none_or(|deadline| js_sys::Date::now() < deadline);
            let mut watch = |progress| tell(&on_progress, &progress);
            perform_among(&Job::Recipe(work), &crew, &mut budget, &mut watch).await
        });
        if has_many_rows {
            coordinator.want();
        }
        Ok(Self { coordinator })
    }

    /// Works until shards are needed: answers `again`, `listen` or `wait` (see [`Next`]), or the run's answer as an object.
    ///
    /// # Errors
    /// As [`Run::new`].
    pub fn poll(&mut self) -> Result<JsValue, JsValue> {
        let done = match self.coordinator.poll() {
            Next::Again => return Ok("again".into()),
            Next::Listen => return Ok("listen".into()),
            Next::Wait => return Ok("wait".into()),
            Next::Done(done) => done,
        };
        let answered = match done {
            Ok(Done::Reply(reply)) => answer::reply(*reply),
            Ok(_) => Err(failure("protocol", "a recipe gives a reply")),
            Err(failure) => Err(failure),
        };
        answered.map_err(|failure| failed(&failure))
    }

    /// The next message to send, as `{shard, bytes}`.
    pub fn message(&mut self) -> Option<Object> {
        let (shard, bytes) = self.coordinator.message()?;
        let message = Object::new();
        let set = |key: &str, value: &JsValue| {
            Reflect::set(&message, &key.into(), value).expect("a fresh object takes any property");
        };
        set("shard", &(shard as f64).into());
        set("bytes", &Uint8Array::from(bytes.as_slice()).into());
        Some(message)
    }

    /// A seat to be taken by a fresh shard.
    pub fn wanted(&mut self) -> Option<usize> {
        self.coordinator.wanted()
    }

    /// A shard took a seat.
    pub fn seated(&mut self, shard: usize) {
        self.coordinator.seated(shard);
    }

    /// A shard ended.
    pub fn lost(&mut self, shard: usize) {
        self.coordinator.lost(shard);
    }

    /// A shard answered.
    pub fn heard(&mut self, shard: usize, answer: &[u8]) {
        self.coordinator.heard(shard, answer);
    }

    /// Nothing was heard for a while.
    pub fn silence(&mut self) {
        self.coordinator.silence();
    }
}

/// A worker's side of other workers' runs.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Rows {
    shard: Shard,
}

#[wasm_bindgen]
impl Rows {
    /// No rows yet.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Does what a run's message says; the answer, if there is one, goes back to it.
    pub fn heard(&mut self, message: &[u8]) -> Option<Vec<u8>> {
        self.shard.heard(message)
    }
}
