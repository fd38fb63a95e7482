//! Changing the passphrase and the recovery code.

use leptos::prelude::*;
use stillroom_engine::protocol::{ChangePassphrase, ReplaceRecoveryCode};

use crate::text::codes::failure_words;
use crate::text::settings::Settings;
use crate::text::welcome::Welcome;
use crate::text::{say, t, words};
use crate::ui::{Button, Look, NewPassphrase, PassphraseField, RecoveryCodeCard, Task, TaskState, tell};

/// Changes the passphrase.
#[component]
pub(super) fn ChangePassphraseForm(open: RwSignal<bool>) -> impl IntoView {
    let (current, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let acceptable = RwSignal::new(false);
    let change = Task::<()>::new();
    Effect::new(move || {
        if matches!(change.state(), TaskState::Done(())) {
            tell(say(Settings::Changed));
            open.set(false);
        }
    });
    let error = Signal::derive(move || change.failure().map(|failure| failure_words(&failure)));
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if acceptable.get_untracked() {
            change.start(ChangePassphrase { current: current.get_untracked(), new: new.get_untracked() });
        }
    };
    view! {
        <form class="stack" on:submit=submit>
            <p class="muted">{t(Settings::ChangeLead)}</p>
            <PassphraseField
                label=words(Settings::Current)
                hint=words(Settings::CurrentHint)
                value=current
                error
                test_id="current-passphrase"
            />
            <NewPassphrase value=new acceptable label=words(Settings::New) test_id="changed-passphrase" />
            <div class="actions actions-end">
                <Button
                    test_id="change-action"
                    look=Look::Primary
                    submits=true
                    disabled=Signal::derive(move || !acceptable.get() || current.with(String::is_empty))
                    busy=Signal::derive(move || change.is_running())
                >
                    {t(Settings::ChangeAction)}
                </Button>
            </div>
        </form>
    }
}

/// Makes a new recovery code.
#[component]
pub(super) fn RecoveryCodeForm(open: RwSignal<bool>) -> impl IntoView {
    let passphrase = RwSignal::new(String::new());
    let replace = Task::<String>::new();
    let error = Signal::derive(move || replace.failure().map(|failure| failure_words(&failure)));
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        replace.start(ReplaceRecoveryCode { passphrase: passphrase.get_untracked() });
    };
    let done = Callback::new(move |()| {
        tell(say(Settings::CodeDone));
        open.set(false);
    });
    let form = move || {
        view! {
            <form class="stack" on:submit=submit>
                <p class="muted">{t(Settings::CodeLead)}</p>
                <PassphraseField
                    label=words(Settings::Current)
                    value=passphrase
                    error
                    test_id="code-passphrase"
                />
                <div class="actions actions-end">
                    <Button
                        test_id="code-action"
                        look=Look::Primary
                        submits=true
                        disabled=Signal::derive(move || passphrase.with(String::is_empty))
                        busy=Signal::derive(move || replace.is_running())
                    >
                        {t(Settings::CodeAction)}
                    </Button>
                </div>
            </form>
        }
    };
    let code = Memo::new(move |_| replace.answer());
    move || match code.get() {
        Some(code) => view! {
            <p class="muted">{t(Welcome::RecoveryLead)}</p>
            <RecoveryCodeCard code action=words(Settings::Done) on_confirmed=done />
        }
        .into_any(),
        None => form().into_any(),
    }
}
