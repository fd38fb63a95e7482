//! Long work as a signal: idle, running, done, failed.

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::de::DeserializeOwned;
use stillroom_engine::protocol::{Ask, Failure, JobProgress};
use web_sys::Blob;

use crate::engine::{self, Cancel};
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

/// A piece of work for the engine. Starting it again forgets the answer of the start before.
#[derive(Debug)]
pub struct Task<A: Send + Sync + 'static> {
    state: RwSignal<TaskState<A>>,
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
        Self {
            state: RwSignal::new(TaskState::Idle),
            progress: RwSignal::new(None),
            cancel: RwSignal::new(None),
            is_stopping: RwSignal::new(false),
            bytes: StoredValue::new(None),
            start_count: StoredValue::new(0),
        }
    }

    /// Asks the engine. Quick questions: nothing holds off the automatic lock.
    pub fn start<Q: Ask<Answer = A>>(self, question: Q) {
        self.post(question, None, false);
    }

    /// Asks the engine for work that may take long: idleness does not lock the workspace while it runs.
    pub fn start_job<Q: Ask<Answer = A>>(self, question: Q, file: Option<&Blob>) {
        self.post(question, file, true);
    }

    /// Where it stands; followed when read inside a view.
    pub fn state(self) -> TaskState<A> {
        self.state.get()
    }

    /// The answer, once there is one; followed when read inside a view.
    pub fn answer(self) -> Option<A> {
        self.state.with(|state| match state {
            TaskState::Done(answer) => Some(answer.clone()),
            _ => None,
        })
    }

    /// Why there is no answer; followed when read inside a view.
    pub fn failure(self) -> Option<Failure> {
        self.state.with(|state| match state {
            TaskState::Failed(failure) => Some(failure.clone()),
            _ => None,
        })
    }

    /// Whether the engine is at it; followed when read inside a view.
    pub fn is_running(self) -> bool {
        self.state.with(|state| matches!(state, TaskState::Running))
    }

    /// Whether the engine is at it, for event handlers.
    pub fn is_running_untracked(self) -> bool {
        self.state.with_untracked(|state| matches!(state, TaskState::Running))
    }

    /// Whether there is an answer, for event handlers.
    pub fn is_done_untracked(self) -> bool {
        self.state.with_untracked(|state| matches!(state, TaskState::Done(_)))
    }

    /// How far it has come; followed when read inside a view.
    pub fn progress(self) -> Option<JobProgress> {
        self.progress.get()
    }

    /// Whether it was asked to stop and has not yet; followed when read inside a view.
    pub fn is_stopping(self) -> bool {
        self.is_stopping.get()
    }

    /// Asks the engine to stop.
    pub fn cancel(self) {
        if let Some(cancel) = self.cancel.get_untracked() {
            self.is_stopping.set(true);
            cancel.cancel();
        }
    }

    /// Takes the bytes that came beside the answer.
    pub fn take_bytes(self) -> Option<Vec<u8>> {
        let mut bytes = None;
        self.bytes.update_value(|held| bytes = held.take());
        bytes
    }

    /// Back to not asked for.
    pub fn reset(self) {
        self.start_count.update_value(|count| *count += 1);
        self.state.set(TaskState::Idle);
        self.progress.set(None);
        self.cancel.set(None);
    }

    fn post<Q: Ask<Answer = A>>(self, question: Q, file: Option<&Blob>, is_long: bool) {
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
        let asked = engine::post(question, file, move |now| {
            let _ = progress.try_set(Some(now));
        });
        self.cancel.set(Some(asked.cancel_handle()));
        if is_long {
            session.job_began();
        }
        spawn_local(async move {
            let outcome = asked.answer().await;
            if is_long {
                session.job_ended();
            }
            if self.start_count.try_get_value() != Some(this_start) {
                return;
            }
            let state = match outcome {
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
