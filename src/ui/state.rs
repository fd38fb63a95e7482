//! What stands where an answer will stand: nothing yet, a failure, work under way.

use leptos::prelude::*;
use serde::de::DeserializeOwned;
use stillroom_engine::protocol::{Failure, JobProgress};

use super::{Button, Icon, Look, Symbol, Task, TaskState};
use crate::model::quantity::share_done;
use crate::text::codes::{failure_words, stage_words};
use crate::text::shell::Shell;
use crate::text::{fill, format, t};

/// A place with nothing in it: why, and what to do about it.
#[component]
pub fn EmptyState(
    /// An icon above the words.
    #[prop(into)]
    symbol: Symbol,
    /// What is missing.
    #[prop(into)]
    title: Signal<String>,
    /// What to do.
    #[prop(into)]
    hint: Signal<String>,
    /// Its stable test id.
    #[prop(into)]
    test_id: String,
    /// The action.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty" data-testid=test_id>
            <span class="empty-icon">
                <Icon symbol />
            </span>
            <p class="empty-title">{title}</p>
            <p class="empty-hint">{hint}</p>
            {children.map(|children| view! { <div class="actions">{children()}</div> })}
        </div>
    }
}

/// A failure in words, with its code, and a way to try again.
#[component]
pub fn ErrorState(
    /// What failed.
    failure: Failure,
    /// Tries again.
    #[prop(optional, into)]
    on_retry: Option<Callback<()>>,
    /// Its stable test id.
    #[prop(default = "error".to_owned(), into)]
    test_id: String,
) -> impl IntoView {
    let code = failure.code.clone();
    let data_code = code.clone();
    view! {
        <div class="banner tone-bad" role="alert" data-testid=test_id data-code=data_code>
            <Icon symbol=Symbol::Failure />
            <div class="banner-body">
                <p class="banner-title">{t(Shell::SomethingFailed)}</p>
                <p>{move || failure_words(&failure)}</p>
                <p class="muted small">{move || fill(Shell::ErrorCode, &[("code", code.clone())])}</p>
                {on_retry
                    .map(|on_retry| {
                        view! {
                            <div class="actions">
                                <Button test_id="try-again" on_press=on_retry>
                                    {t(Shell::TryAgain)}
                                </Button>
                            </div>
                        }
                    })}
            </div>
        </div>
    }
}

/// Grey lines where text will be.
#[component]
pub fn Skeleton(
    /// How many.
    #[prop(default = 3)]
    lines: usize,
) -> impl IntoView {
    view! {
        <div class="skeleton" role="status">
            <span class="visually-hidden">{t(Shell::Loading)}</span>
            {(0..lines).map(|_| view! { <span class="skeleton-line"></span> }).collect_view()}
        </div>
    }
}

/// How far a job has come, in words and as a bar, with a way to stop it.
#[component]
pub fn JobProgressBar(
    /// What the engine last said.
    #[prop(into)]
    progress: Signal<Option<JobProgress>>,
    /// It was asked to stop.
    #[prop(optional, into)]
    is_stopping: Signal<bool>,
    /// Stops the job.
    #[prop(into)]
    on_cancel: Callback<()>,
    /// Its stable test id; the button's is `…-cancel`.
    #[prop(default = "progress".to_owned(), into)]
    test_id: String,
) -> impl IntoView {
    let stage = move || match progress.get() {
        _ if is_stopping.get() => t(Shell::Stopping)(),
        Some(now) => stage_words(&now.stage),
        None => t(Shell::Working)(),
    };
    let share = move || progress.get().and_then(|now| share_done(now.done, now.total));
    let amount = move || {
        let now = progress.get().filter(|now| now.done > 0)?;
        let write = if counts_bytes(&now.stage) { format::bytes } else { format::integer };
        let done = write(now.done);
        Some(if now.total > 0 {
            fill(Shell::ProgressOf, &[("done", done), ("total", write(now.total))])
        } else {
            fill(Shell::ProgressSoFar, &[("done", done)])
        })
    };
    let cancel_id = format!("{test_id}-cancel");
    view! {
        <div class="progress" data-testid=test_id>
            <div class="progress-words">
                <span role="status">{stage}</span>
                <span class="muted numeric">{amount}</span>
            </div>
            <progress aria-label=stage max="1" prop:value=share class:is-endless=move || share().is_none()></progress>
            <div class="actions">
                <Button test_id=cancel_id look=Look::Secondary disabled=is_stopping on_press=on_cancel>
                    {t(Shell::Cancel)}
                </Button>
            </div>
        </div>
    }
}

/// Files are counted in bytes, everything else in pieces.
fn counts_bytes(stage: &str) -> bool {
    stage == "importing"
}

/// Shows a task: grey lines while it runs, its failure with a retry, or its answer.
#[component]
pub fn TaskView<A, V, F>(
    /// The task.
    task: Task<A>,
    /// Starts it again.
    #[prop(optional, into)]
    on_retry: Option<Callback<()>>,
    /// Grey lines to show meanwhile.
    #[prop(default = 3)]
    lines: usize,
    /// Draws the answer.
    draw: F,
) -> impl IntoView
where
    A: Clone + DeserializeOwned + Send + Sync + 'static,
    V: IntoView + 'static,
    F: Fn(A) -> V + Send + 'static,
{
    move || match task.state() {
        TaskState::Idle | TaskState::Running => view! { <Skeleton lines /> }.into_any(),
        TaskState::Done(answer) => draw(answer).into_any(),
        TaskState::Failed(failure) => match on_retry {
            Some(on_retry) => view! { <ErrorState failure on_retry /> }.into_any(),
            None => view! { <ErrorState failure /> }.into_any(),
        },
    }
}
