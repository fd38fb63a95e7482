//! The page of a closed workspace: unlock it, take it over from another tab, or erase it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use stillroom_engine::protocol::{Secret, Unlock};

use crate::model::auto_lock::Closing;
use crate::session::use_session;
use crate::text::codes::failure_words;
use crate::text::welcome::Welcome;
use crate::text::{say, t, words};
use crate::ui::{
    Banner, Button, Card, Dialog, EraseForm, Look, PageHead, PassphraseField, Symbol, Task, TaskState,
    TextField, Tone,
};

/// The page; `elsewhere` when another tab holds the workspace.
#[component]
pub fn UnlockPage(closed_because: Option<Closing>, elsewhere: bool) -> impl IntoView {
    view! {
        <div class="doorway-narrow">
            {if elsewhere {
                view! { <TakeOver /> }.into_any()
            } else {
                view! { <UnlockForm closed_because /> }.into_any()
            }}
        </div>
    }
}

#[component]
fn UnlockForm(closed_because: Option<Closing>) -> impl IntoView {
    let session = use_session();
    let typed = RwSignal::new(String::new());
    let by_code = RwSignal::new(false);
    let is_erasing = RwSignal::new(false);
    let unlock = Task::new();
    Effect::new(move || {
        if matches!(unlock.state(), TaskState::Done(())) {
            spawn_local(session.opened());
        }
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let secret = typed.get_untracked();
        if !secret.is_empty() {
            let by_code = by_code.get_untracked();
            unlock.start(Unlock {
                secret: if by_code { Secret::RecoveryCode(secret) } else { Secret::Passphrase(secret) },
            });
        }
    };
    let error = Signal::derive(move || unlock.failure().map(|failure| failure_words(&failure)));
    let field = move || {
        if by_code.get() {
            view! {
                <TextField
                    label=words(Welcome::RecoveryCode)
                    hint=words(Welcome::RecoveryHint)
                    value=typed
                    error
                    test_id="unlock-code"
                />
            }
            .into_any()
        } else {
            view! {
                <PassphraseField
                    label=words(Welcome::Passphrase)
                    value=typed
                    error
                    takes_focus=true
                    test_id="unlock-passphrase"
                />
            }
            .into_any()
        }
    };
    let other_way = move || say(if by_code.get() { Welcome::UsePassphrase } else { Welcome::UseRecovery });
    let action = move || say(if unlock.is_running() { Welcome::Unlocking } else { Welcome::UnlockAction });
    view! {
        <PageHead title=words(Welcome::UnlockTitle) lead=words(Welcome::UnlockLead) />
        {closed_because.and_then(closing_words).map(|(tone, reason)| view! {
            <Banner tone test_id="locked-because"><p>{t(reason)}</p></Banner>
        })}
        <Card>
            <form class="stack" on:submit=submit>
                {field}
                <div class="spread">
                    <Button
                        test_id="unlock-other-way"
                        look=Look::Quiet
                        on_press=Callback::new(move |()| {
                            typed.set(String::new());
                            unlock.reset();
                            by_code.update(|by_code| *by_code = !*by_code);
                        })
                    >
                        {other_way}
                    </Button>
                    <Button
                        test_id="unlock"
                        look=Look::Primary
                        icon=Symbol::Key
                        submits=true
                        busy=Signal::derive(move || unlock.is_running())
                    >
                        {action}
                    </Button>
                </div>
            </form>
        </Card>
        <p class="doorway-aside">
            <span class="muted">{t(Welcome::Forgotten)}</span>
            <Button test_id="unlock-erase" look=Look::Quiet on_press=Callback::new(move |()| is_erasing.set(true))>
                {t(Welcome::EraseAction)}
            </Button>
        </p>
        <Dialog title=words(Welcome::EraseTitle) open=is_erasing test_id="erase-dialog">
            <EraseForm on_erased=Callback::new(move |()| session.begin_again()) />
        </Dialog>
    }
}

#[component]
fn TakeOver() -> impl IntoView {
    let session = use_session();
    let is_waiting = RwSignal::new(false);
    let has_failed = RwSignal::new(false);
    let take = move |()| {
        is_waiting.set(true);
        has_failed.set(false);
        spawn_local(async move {
            if !session.take_over().await {
                let _ = has_failed.try_set(true);
            }
            let _ = is_waiting.try_set(false);
        });
    };
    let action = move || say(if is_waiting.get() { Welcome::TakingOver } else { Welcome::UseHere });
    view! {
        <PageHead title=words(Welcome::ElsewhereTitle) lead=words(Welcome::ElsewhereLead) />
        <Show when=move || has_failed.get()>
            <Banner tone=Tone::Warning test_id="take-over-failed" urgent=true>
                <p>{t(Welcome::TakeOverFailed)}</p>
            </Banner>
        </Show>
        <div class="actions">
            <Button test_id="use-here" look=Look::Primary busy=is_waiting on_press=Callback::new(take)>
                {action}
            </Button>
        </div>
    }
}

/// What to tell about why the workspace was closed; nothing when the person asked for it.
fn closing_words(why: Closing) -> Option<(Tone, Welcome)> {
    match why {
        Closing::Asked => None,
        Closing::Idle => Some((Tone::Info, Welcome::ClosedIdle)),
        Closing::Hidden => Some((Tone::Info, Welcome::ClosedHidden)),
        Closing::Slept => Some((Tone::Info, Welcome::ClosedSlept)),
        Closing::OtherTab => Some((Tone::Info, Welcome::ClosedOtherTab)),
        Closing::Crash => Some((Tone::Warning, Welcome::ClosedCrash)),
    }
}
