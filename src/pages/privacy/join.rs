//! Joining the workspace of another device by its pairing code.

use leptos::prelude::*;
use stillroom_engine::protocol::{JoinWorkspace, ServerView, SyncInfo, SyncNow};

use crate::browser;
use crate::session::use_session;
use crate::text::sync::Sync;
use crate::text::{t, words};
use crate::ui::{Button, Card, Dialog, ErrorState, JobProgressBar, Look, Symbol, Task, TaskState, TextField};

/// Joining from a workspace that is open and still empty.
#[component]
pub(super) fn JoinCard() -> impl IntoView {
    let is_open = RwSignal::new(false);
    let joined = Callback::new(move |()| {
        is_open.set(false);
        use_session().data_changed();
    });
    view! {
        <Card title=words(Sync::JoinTitle)>
            <p class="muted">{t(Sync::JoinChoiceHint)}</p>
            <div class="actions">
                <Button test_id="join" icon=Symbol::Device on_press=Callback::new(move |()| is_open.set(true))>
                    {t(Sync::JoinChoice)}
                </Button>
            </div>
        </Card>
        <Dialog title=words(Sync::JoinTitle) open=is_open test_id="join-dialog">
            <JoinForm on_joined=joined />
        </Dialog>
    }
}

/// The code to type; joins, then fetches what the workspace holds.
#[component]
pub fn JoinForm(
    /// Called once the customers are here.
    on_joined: Callback<()>,
) -> impl IntoView {
    let code = RwSignal::new(String::new());
    let join = Task::<ServerView>::new();
    let fetch = Task::<SyncInfo>::new();
    let begin_fetch = move || fetch.start_job(SyncNow { gpc: browser::sends_privacy_control() }, None);
    Effect::new(move || {
        if matches!(join.state(), TaskState::Done(_)) {
            begin_fetch();
        }
    });
    Effect::new(move || {
        if matches!(fetch.state(), TaskState::Done(_)) {
            on_joined.run(());
        }
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        join.start_job(JoinWorkspace { code: code.get_untracked() }, None);
    };
    let has_joined = move || matches!(join.state(), TaskState::Done(_));
    let failed = move || {
        let again = Callback::new(move |()| begin_fetch());
        match (join.failure(), fetch.failure()) {
            (Some(failure), _) => Some(view! { <ErrorState failure /> }.into_any()),
            (None, Some(failure)) => Some(view! { <ErrorState failure on_retry=again /> }.into_any()),
            (None, None) => None,
        }
    };
    view! {
        <form class="stack" on:submit=submit>
            <p class="muted">{t(Sync::JoinLead)}</p>
            <TextField label=words(Sync::PairCode) hint=words(Sync::JoinCodeHint) value=code test_id="join-code" />
            {failed}
            <Show when=move || fetch.is_running()>
                <p role="status">{t(Sync::JoinFetching)}</p>
                <JobProgressBar
                    progress=Signal::derive(move || fetch.progress())
                    is_stopping=Signal::derive(move || fetch.is_stopping())
                    on_cancel=Callback::new(move |()| fetch.cancel())
                    test_id="join-progress"
                />
            </Show>
            <div class="actions actions-end">
                <Button
                    test_id="join-action"
                    look=Look::Primary
                    submits=true
                    disabled=Signal::derive(move || code.with(String::is_empty) || has_joined())
                    busy=Signal::derive(move || join.is_running() || fetch.is_running())
                >
                    {t(Sync::JoinAction)}
                </Button>
            </div>
        </form>
    }
}
