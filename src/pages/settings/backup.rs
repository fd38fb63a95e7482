//! One sealed file with everything, and the way back.

use leptos::prelude::*;
use stillroom_engine::protocol::{Backup, BackupInfo};

use crate::browser;
use crate::pages::welcome::RestoreForm;
use crate::text::settings::Settings;
use crate::text::welcome::Welcome;
use crate::text::{fill, format, t, words};
use crate::ui::{
    Banner, Button, Card, Dialog, ErrorState, Look, NewPassphrase, Symbol, Task, TaskState, Tone,
};

/// Downloads a backup.
#[component]
pub(super) fn BackupForm() -> impl IntoView {
    let passphrase = RwSignal::new(String::new());
    let acceptable = RwSignal::new(false);
    let backup = Task::<BackupInfo>::new();
    let is_open = RwSignal::new(false);
    Effect::new(move || {
        if matches!(backup.state(), TaskState::Done(_))
            && let Some(bytes) = backup.take_bytes()
        {
            browser::download(&file_name(), "application/octet-stream", &bytes);
            is_open.set(false);
            passphrase.set(String::new());
        }
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if acceptable.get_untracked() {
            backup.start_job(Backup { passphrase: passphrase.get_untracked() }, None);
        }
    };
    let done = move || {
        backup.answer().filter(|info| info.verified).map(|info| {
            view! {
                <Banner tone=Tone::Good test_id="backup-done">
                    <p>{move || fill(Settings::BackupDone, &[("size", format::bytes(info.bytes))])}</p>
                </Banner>
            }
        })
    };
    view! {
        {done}
        <div class="actions">
            <Button test_id="backup" icon=Symbol::Download on_press=Callback::new(move |()| is_open.set(true))>
                {t(Settings::BackupAction)}
            </Button>
        </div>
        <Dialog title=words(Settings::BackupTitle) open=is_open test_id="backup-dialog">
            <form class="stack" on:submit=submit>
                <p class="muted">{t(Settings::BackupLead)}</p>
                <NewPassphrase
                    value=passphrase
                    acceptable
                    label=words(Settings::BackupPassphrase)
                    test_id="backup-passphrase"
                />
                {move || backup.failure().map(|failure| view! { <ErrorState failure /> })}
                <div class="actions actions-end">
                    <Button
                        test_id="backup-action"
                        look=Look::Primary
                        submits=true
                        disabled=Signal::derive(move || !acceptable.get())
                        busy=Signal::derive(move || backup.is_running())
                    >
                        {t(Settings::BackupAction)}
                    </Button>
                </div>
            </form>
        </Dialog>
    }
}

/// Restores a backup over this workspace.
#[component]
pub(super) fn RestoreCard() -> impl IntoView {
    let is_open = RwSignal::new(false);
    view! {
        <Card title=words(Welcome::RestoreTitle)>
            <p class="muted">{t(Settings::RestoreLead)}</p>
            <div class="actions">
                <Button test_id="restore" icon=Symbol::Undo on_press=Callback::new(move |()| is_open.set(true))>
                    {t(Welcome::RestoreAction)}
                </Button>
            </div>
            <Dialog title=words(Welcome::RestoreTitle) open=is_open test_id="restore-dialog">
                <p class="muted">{t(Settings::RestoreLead)}</p>
                <RestoreForm />
            </Dialog>
        </Card>
    }
}

/// `stillroom-2026-05-01.stillroom`.
fn file_name() -> String {
    let now = js_sys::Date::new_0();
    let text = now.to_iso_string().as_string().unwrap_or_default();
    format!("stillroom-{}.stillroom", text.get(..10).unwrap_or("backup"))
}
