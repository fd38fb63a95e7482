//! Choosing a passphrase and keeping a recovery code: the same on the welcome page and in the settings.

use leptos::prelude::*;
use leptos::task::spawn_local;
use stillroom_engine::protocol::{Strength, SuggestPassphrase};

use super::{Button, Look, PassphraseField, Symbol, Task, TaskState, TextField, tell};
use crate::model::recovery::confirms;
use crate::text::shell::Shell;
use crate::text::welcome::{Welcome, advice_words, strength_words};
use crate::text::{fill, say, t, words};
use crate::{browser, engine};

/// A new passphrase with its strength, advice, and five words on demand.
#[component]
pub fn NewPassphrase(
    /// What is typed.
    value: RwSignal<String>,
    /// Set to whether it is strong enough.
    acceptable: RwSignal<bool>,
    /// What belongs in it.
    #[prop(into)]
    label: Signal<String>,
    /// Begins with a suggestion, shown in the clear.
    #[prop(optional)]
    begins_with_suggestion: bool,
    /// Its stable test id; further ids begin with it.
    #[prop(into)]
    test_id: String,
) -> impl IntoView {
    let strength = Task::new();
    let is_revealed = RwSignal::new(begins_with_suggestion);
    Effect::new(move || {
        let passphrase = value.get();
        acceptable.set(false);
        strength.start(Strength { passphrase });
    });
    Effect::new(move || {
        if let TaskState::Done(strength) = strength.state() {
            acceptable.set(strength.acceptable);
        }
    });
    let suggest = move || {
        spawn_local(async move {
            if let Ok(suggestion) = engine::ask(SuggestPassphrase {}).await {
                let _ = value.try_set(suggestion);
                let _ = is_revealed.try_set(true);
            }
        });
    };
    if begins_with_suggestion {
        suggest();
    }
    let score = Memo::new(move |before: Option<&Option<u8>>| match strength.state() {
        TaskState::Done(answer) => value.with(|typed| (!typed.is_empty()).then_some(answer.score)),
        // While the next answer is on its way the meter keeps still.
        _ => before.copied().flatten(),
    });
    let judgement = move || {
        let strength = strength_words(score.get()?).to_owned();
        Some(fill(Welcome::Strength, &[("strength", strength)]))
    };
    let advice = move || {
        let answer = strength.answer()?;
        let is_empty = value.with(String::is_empty);
        answer.advice.first().filter(|_| !is_empty).and_then(|code| advice_words(code))
    };
    let meter_id = format!("{test_id}-strength");
    let suggest_id = format!("{test_id}-suggest");
    view! {
        <div class="stack-tight">
            <PassphraseField
                label
                value
                test_id
                autocomplete="new-password"
                hint=words(Welcome::PassphraseHint)
                revealed=is_revealed
                takes_focus=true
            />
            <meter
                class="strength"
                min="0"
                max="4"
                low="2"
                high="3"
                optimum="4"
                aria-label=t(Welcome::Passphrase)
                data-testid=meter_id
                data-score=move || score.get()
                prop:value=move || f64::from(score.get().unwrap_or(0))
            ></meter>
            <div class="spread small">
                <p role="status">
                    <span class="strong">{judgement}</span>
                    " "
                    <span class="muted">{advice}</span>
                </p>
                <Button test_id=suggest_id look=Look::Quiet icon=Symbol::Key on_press=Callback::new(move |()| suggest())>
                    {t(Welcome::Suggest)}
                </Button>
            </div>
        </div>
    }
}

/// A recovery code, shown this once, to be kept and confirmed.
#[component]
pub fn RecoveryCodeCard(
    /// The code.
    #[prop(into)]
    code: String,
    /// The words of the button that goes on.
    #[prop(into)]
    action: Signal<String>,
    /// Called once the person has typed its end.
    on_confirmed: Callback<()>,
) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let was_tried = RwSignal::new(false);
    let code = StoredValue::new(code);
    let is_confirmed = Memo::new(move |_| code.with_value(|code| confirms(code, &typed.get())));
    let error = Signal::derive(move || {
        (was_tried.get() && !is_confirmed.get()).then(|| say(Welcome::ConfirmWrong).to_owned())
    });
    let copy = move || {
        spawn_local(async move {
            let was_copied = browser::copy(&code.get_value()).await;
            tell(say(if was_copied { Shell::Copied } else { Shell::CopyRefused }));
        });
    };
    let download = move || {
        let text = format!("{}\n\n{}\n", say(Welcome::RecoveryFile), code.get_value());
        browser::download("stillroom-recovery-code.txt", "text/plain;charset=utf-8", text.as_bytes());
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        was_tried.set(true);
        if is_confirmed.get_untracked() {
            on_confirmed.run(());
        }
    };
    view! {
        <form class="stack" on:submit=submit>
            <output class="recovery-code" aria-label=t(Welcome::RecoveryCode) data-testid="recovery-code">
                {code.get_value()}
            </output>
            <div class="actions">
                <Button test_id="recovery-copy" on_press=Callback::new(move |()| copy())>
                    {t(Shell::Copy)}
                </Button>
                <Button
                    test_id="recovery-download"
                    icon=Symbol::Download
                    on_press=Callback::new(move |()| download())
                >
                    {t(Shell::Download)}
                </Button>
            </div>
            <TextField
                label=words(Welcome::Confirm)
                hint=words(Welcome::ConfirmHint)
                value=typed
                error
                test_id="recovery-confirm"
            />
            <div class="actions actions-end">
                <Button test_id="recovery-continue" look=Look::Primary submits=true>
                    {action}
                </Button>
            </div>
        </form>
    }
}

/// Asks to erase the workspace: the person types a word first.
#[component]
pub fn EraseForm(
    /// Called once the workspace is gone.
    on_erased: Callback<()>,
) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let erase = Task::new();
    let is_confirmed = move || typed.with(|typed| typed.trim().to_lowercase() == say(Welcome::EraseWord));
    Effect::new(move || {
        if matches!(erase.state(), TaskState::Done(())) {
            tell(say(Welcome::Erased));
            on_erased.run(());
        }
    });
    let label =
        Signal::derive(|| fill(Welcome::EraseConfirm, &[("word", say(Welcome::EraseWord).to_owned())]));
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if untrack(is_confirmed) {
            erase.start(stillroom_engine::protocol::EraseWorkspace {});
        }
    };
    view! {
        <form class="stack" on:submit=submit>
            <p>{t(Welcome::EraseLead)}</p>
            <TextField label value=typed test_id="erase-confirm" />
            {move || erase.failure().map(|failure| view! { <super::ErrorState failure /> })}
            <div class="actions actions-end">
                <Button
                    test_id="erase-action"
                    look=Look::Danger
                    submits=true
                    disabled=Signal::derive(move || !is_confirmed())
                    busy=Signal::derive(move || erase.is_running())
                >
                    {t(Welcome::EraseAction)}
                </Button>
            </div>
        </form>
    }
}
