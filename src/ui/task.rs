//! Long work as a signal: idle, running, done, failed.

use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::de::DeserializeOwned;
use stillroom_engine::protocol::{Ask, Failure, JobProgress, Request};
use web_sys::Blob;

use crate::engine::{self, Cancel, Received};
use crate::exchange::use_exchange;
use crate::session::use_session;

/// Where a piece of work stands.
#[derive(Debug, Clone, PartialEq)]
pub enum TaskState<A> {
    /// Not asked for yet.
    Idle,
    /// The engine is at it.
    Running,
    /// The answer.
    Done(A),
    /// Why there is none.
    Failed(Failure),
}

/// An answer of any type.
type Held = Arc<dyn Any + Send + Sync>;

/// A piece of work for the engine. Starting it again forgets the answer of the start before.
#[derive(Debug)]
pub struct Task<A: Send + Sync + 'static> {
    work: Work,
    answer: PhantomData<fn() -> A>,
}

/// What there is of a task whatever its answer: compiled once.
#[derive(Debug, Clone, Copy)]
struct Work {
    state: RwSignal<TaskState<Held>>,
    progress: RwSignal<Option<JobProgress>>,
    cancel: RwSignal<Option<Cancel>>,
    is_stopping: RwSignal<bool>,
    bytes: StoredValue<Option<Vec<u8>>>,
    start_count: StoredValue<u32>,
}

impl<A: Send + Sync + 'static> Clone for Task<A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A: Send + Sync + 'static> Copy for Task<A> {}

impl<A: Clone + DeserializeOwned + Send + Sync + 'static> Task<A> {
    /// Work nobody asked for yet.
    pub fn new() -> Self {
        Self { work: Work::new(), answer: PhantomData }
    }

    /// Asks the engine. Quick questions: nothing holds off the automatic lock.
    pub fn start<Q: Ask<Answer = A>>(self, question: Q) {
        self.work.post(&question.into(), None, false, read_held::<A>);
    }

    /// Asks the engine for work that may take long: idleness does not lock the workspace while it runs.
    pub fn start_job<Q: Ask<Answer = A>>(self, question: Q, file: Option<&Blob>) {
        self.work.post(&question.into(), file, true, read_held::<A>);
    }

    /// Where it stands; followed when read inside a view.
    pub fn state(self) -> TaskState<A> {
        self.work.state.with(|state| match state {
            TaskState::Idle => TaskState::Idle,
            TaskState::Running => TaskState::Running,
            TaskState::Done(held) => held_answer(held).map_or(TaskState::Idle, TaskState::Done),
            TaskState::Failed(failure) => TaskState::Failed(failure.clone()),
        })
    }

    /// The answer, once there is one; followed when read inside a view.
    pub fn answer(self) -> Option<A> {
        self.work.held().as_ref().and_then(held_answer)
    }

    /// Why there is no answer; followed when read inside a view.
    pub fn failure(self) -> Option<Failure> {
        self.work.failure()
    }

    /// Whether the engine is at it; followed when read inside a view.
    pub fn is_running(self) -> bool {
        self.work.is_running()
    }

    /// Whether the engine is at it, for event handlers.
    pub fn is_running_untracked(self) -> bool {
        untrack(|| self.work.is_running())
    }

    /// Whether there is an answer, for event handlers.
    pub fn is_done_untracked(self) -> bool {
        untrack(|| self.work.held().is_some())
    }

    /// How far it has come; followed when read inside a view.
    pub fn progress(self) -> Option<JobProgress> {
        self.work.progress.get()
    }

    /// Whether it was asked to stop and has not yet; followed when read inside a view.
    pub fn is_stopping(self) -> bool {
        self.work.is_stopping.get()
    }

    /// Asks the engine to stop.
    pub fn cancel(self) {
        self.work.cancel();
    }

    /// Takes the bytes that came beside the answer.
    pub fn take_bytes(self) -> Option<Vec<u8>> {
        self.work.take_bytes()
    }

    /// Back to not asked for.
    pub fn reset(self) {
        self.work.reset();
    }
}

fn held_answer<A: Clone + 'static>(held: &Held) -> Option<A> {
    held.downcast_ref().cloned()
}

/// What came back, read as the answer that was asked for.
fn read_held<A: DeserializeOwned + Send + Sync + 'static>(
    received: Received,
) -> Result<(Held, Option<Vec<u8>>), Failure> {
    engine::read::<A>(received).map(|(answer, bytes)| (Arc::new(answer) as Held, bytes))
}

/// How an answer is read.
type Read = fn(Received) -> Result<(Held, Option<Vec<u8>>), Failure>;

impl Work {
    fn new() -> Self {
        Self {
            state: RwSignal::new(TaskState::Idle),
            progress: RwSignal::new(None),
            cancel: RwSignal::new(None),
            is_stopping: RwSignal::new(false),
            bytes: StoredValue::new(None),
            start_count: StoredValue::new(0),
        }
    }

    fn held(self) -> Option<Held> {
        self.state.with(|state| match state {
            TaskState::Done(held) => Some(Arc::clone(held)),
            _ => None,
        })
    }

    fn failure(self) -> Option<Failure> {
        self.state.with(|state| match state {
            TaskState::Failed(failure) => Some(failure.clone()),
            _ => None,
        })
    }

    fn is_running(self) -> bool {
        self.state.with(|state| matches!(state, TaskState::Running))
    }

    fn cancel(self) {
        if let Some(cancel) = self.cancel.get_untracked() {
            self.is_stopping.set(true);
            cancel.cancel();
        }
    }

    fn take_bytes(self) -> Option<Vec<u8>> {
        let mut bytes = None;
        self.bytes.update_value(|held| bytes = held.take());
        bytes
    }

    fn reset(self) {
        self.start_count.update_value(|count| *count += 1);
        self.state.set(TaskState::Idle);
        self.progress.set(None);
        self.cancel.set(None);
    }

    fn post(self, request: &Request, file: Option<&Blob>, is_long: bool, read: Read) {
        let session = use_session();
        let mut this_start = 0;
        self.start_count.update_value(|count| {
            *count += 1;
            this_start = *count;
        });
        self.state.set(TaskState::Running);
        self.progress.set(None);
        self.is_stopping.set(false);
        let progress = self.progress;
        let (cancel, received) = engine::post_request(request, file, move |now| {
            let _ = progress.try_set(Some(now));
        });
        self.cancel.set(Some(cancel));
        let is_decision = request.is_decision();
        if is_long {
            session.job_began();
        }
        spawn_local(async move {
            let received = received.await;
            if is_long {
                session.job_ended();
            }
            // Also when whoever asked has left the page meanwhile.
            if is_decision && received.is_ok() {
                use_exchange().decided();
            }
            if self.start_count.try_get_value() != Some(this_start) {
                return;
            }
            let state = match read(received) {
                Ok((answer, bytes)) => {
                    self.bytes.try_update_value(|held| *held = bytes);
                    TaskState::Done(answer)
                }
                Err(failure) => TaskState::Failed(failure),
            };
            let _ = self.cancel.try_set(None);
            let _ = self.state.try_set(state);
        });
    }
}

impl<A: Clone + DeserializeOwned + Send + Sync + 'static> Default for Task<A> {
    fn default() -> Self {
        Self::new()
    }
}
