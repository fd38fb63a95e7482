//! The first page: make a workspace, try with sample data, join another device's, or restore a backup.

use leptos::prelude::*;
use leptos::task::spawn_local;
use stillroom_engine::protocol::{CreateWorkspace, ImportSample, Restore, SampleKind};
use web_sys::File;

use crate::pages::privacy::JoinForm;
use crate::session::use_session;
use crate::text::shell::Shell;
use crate::text::sync::Sync;
use crate::text::welcome::Welcome;
use crate::text::{Text, t, words};
use crate::ui::{
    Button, Card, ErrorState, FilePicker, Icon, JobProgressBar, Look, NewPassphrase, PageHead,
    PassphraseField, RecoveryCodeCard, Symbol, Task, TaskState,
};

/// The seed of every sample: everybody gets the same business.
const SAMPLE_SEED: u64 = 42;

/// Where the person is on the way to a workspace.
#[derive(Clone, PartialEq)]
enum Step {
    Choose,
    ChooseSample,
    Passphrase(Then),
    Recovery(String, Then),
    Filling(SampleKind),
    Join,
    Restore,
}

/// What a new workspace is for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Then {
    /// The person's own files.
    Own,
    /// A made-up business.
    Sample(SampleKind),
    /// The customers of another device.
    Join,
}

/// The page.
#[component]
pub fn WelcomePage() -> impl IntoView {
    let step = RwSignal::new(Step::Choose);
    Effect::new(move |before: Option<()>| {
        step.track();
        if before.is_some() {
            request_animation_frame(|| crate::browser::focus("main h1"));
        }
    });
    move || match step.get() {
        Step::Choose => view! { <Choose step /> }.into_any(),
        Step::ChooseSample => view! { <ChooseSample step /> }.into_any(),
        Step::Passphrase(then) => view! { <ChoosePassphrase step then /> }.into_any(),
        Step::Recovery(code, then) => view! { <KeepRecovery step code then /> }.into_any(),
        Step::Filling(kind) => view! { <Filling kind /> }.into_any(),
        Step::Join => view! { <Join /> }.into_any(),
        Step::Restore => view! { <RestoreBackup step /> }.into_any(),
    }
}

/// A large button with an icon, a title and a line.
#[component]
fn BigChoice(
    symbol: Symbol,
    title: impl Text,
    hint: impl Text,
    #[prop(into)] test_id: String,
    on_press: impl Fn() + Send + 'static,
) -> impl IntoView {
    view! {
        <button type="button" class="big-choice" data-testid=test_id on:click=move |_| on_press()>
            <span class="big-choice-icon">
                <Icon symbol />
            </span>
            <span class="big-choice-title">{t(title)}</span>
            <span class="muted small">{t(hint)}</span>
        </button>
    }
}

#[component]
fn Choose(step: RwSignal<Step>) -> impl IntoView {
    view! {
        <div class="doorway-hero">
            <PageHead title=words(Welcome::Title) lead=words(Welcome::Lead) />
        </div>
        <div class="big-choices">
            <BigChoice
                symbol=Symbol::Plus
                title=Welcome::Create
                hint=Welcome::CreateHint
                test_id="welcome-create"
                on_press=move || step.set(Step::Passphrase(Then::Own))
            />
            <BigChoice
                symbol=Symbol::Shop
                title=Welcome::Sample
                hint=Welcome::SampleHint
                test_id="welcome-sample"
                on_press=move || step.set(Step::ChooseSample)
            />
            <BigChoice
                symbol=Symbol::Device
                title=Sync::JoinChoice
                hint=Sync::JoinChoiceHint
                test_id="welcome-join"
                on_press=move || step.set(Step::Passphrase(Then::Join))
            />
            <BigChoice
                symbol=Symbol::Undo
                title=Welcome::Restore
                hint=Welcome::RestoreHint
                test_id="welcome-restore"
                on_press=move || step.set(Step::Restore)
            />
        </div>
    }
}

#[component]
fn ChooseSample(step: RwSignal<Step>) -> impl IntoView {
    let choose = move |kind| step.set(Step::Passphrase(Then::Sample(kind)));
    view! {
        <div class="doorway-hero">
            <PageHead title=words(Welcome::ChooseSample) lead=words(Welcome::SampleHint) />
        </div>
        <div class="big-choices">
            <BigChoice
                symbol=Symbol::Shop
                title=Welcome::Shop
                hint=Welcome::ShopHint
                test_id="sample-shop"
                on_press=move || choose(SampleKind::Shop)
            />
            <BigChoice
                symbol=Symbol::Bank
                title=Welcome::Bank
                hint=Welcome::BankHint
                test_id="sample-bank"
                on_press=move || choose(SampleKind::Bank)
            />
            <BigChoice
                symbol=Symbol::Clinic
                title=Welcome::Clinic
                hint=Welcome::ClinicHint
                test_id="sample-clinic"
                on_press=move || choose(SampleKind::Clinic)
            />
        </div>
        <BackButton step to=Step::Choose />
    }
}

#[component]
fn BackButton(step: RwSignal<Step>, to: Step) -> impl IntoView {
    view! {
        <div class="actions doorway-back">
            <Button
                test_id="welcome-back"
                look=Look::Quiet
                icon=Symbol::Left
                on_press=Callback::new(move |()| step.set(to.clone()))
            >
                {t(Shell::Back)}
            </Button>
        </div>
    }
}

#[component]
fn ChoosePassphrase(step: RwSignal<Step>, then: Then) -> impl IntoView {
    let passphrase = RwSignal::new(String::new());
    let acceptable = RwSignal::new(false);
    let create = Task::new();
    Effect::new(move || {
        if let TaskState::Done(code) = create.state() {
            step.set(Step::Recovery(code, then));
        }
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if acceptable.get_untracked() && !create.is_running() {
            create.start(CreateWorkspace { passphrase: passphrase.get_untracked() });
        }
    };
    let is_sample = matches!(then, Then::Sample(_));
    let lead = match then {
        Then::Own => words(Welcome::CreateLead),
        Then::Sample(_) => words(Welcome::SampleLead),
        Then::Join => words(Sync::JoinPassphraseLead),
    };
    view! {
        <div class="doorway-narrow">
            <PageHead title=words(Welcome::CreateTitle) lead />
            <Card>
                <form class="stack" on:submit=submit>
                    <NewPassphrase
                        value=passphrase
                        acceptable
                        label=words(Welcome::Passphrase)
                        begins_with_suggestion=is_sample
                        test_id="new-passphrase"
                    />
                    {move || create.failure().map(|failure| view! { <ErrorState failure /> })}
                    <div class="actions actions-end">
                        <Button
                            test_id="create-workspace"
                            look=Look::Primary
                            submits=true
                            disabled=Signal::derive(move || !acceptable.get())
                            busy=Signal::derive(move || create.is_running())
                        >
                            {t(Welcome::CreateAction)}
                        </Button>
                    </div>
                </form>
            </Card>
            <BackButton step to=if is_sample { Step::ChooseSample } else { Step::Choose } />
        </div>
    }
}

#[component]
fn KeepRecovery(step: RwSignal<Step>, code: String, then: Then) -> impl IntoView {
    let session = use_session();
    let go_on = move |()| match then {
        Then::Sample(kind) => step.set(Step::Filling(kind)),
        Then::Join => step.set(Step::Join),
        Then::Own => spawn_local(session.opened()),
    };
    view! {
        <div class="doorway-narrow">
            <PageHead title=words(Welcome::RecoveryTitle) lead=words(Welcome::RecoveryLead) />
            <Card>
                <RecoveryCodeCard code action=words(Welcome::OpenAction) on_confirmed=Callback::new(go_on) />
            </Card>
        </div>
    }
}

#[component]
fn Filling(kind: SampleKind) -> impl IntoView {
    let session = use_session();
    let sample = Task::new();
    let begin = move || sample.start_job(ImportSample { kind, seed: SAMPLE_SEED }, None);
    begin();
    Effect::new(move || {
        if matches!(sample.state(), TaskState::Done(_)) {
            spawn_local(session.opened());
        }
    });
    let failed = move || {
        sample.failure().map(|failure| {
            view! {
                <ErrorState failure on_retry=Callback::new(move |()| begin()) />
                <div class="actions actions-end">
                    <Button test_id="sample-skip" on_press=Callback::new(move |()| spawn_local(session.opened()))>
                        {t(Welcome::OpenAction)}
                    </Button>
                </div>
            }
        })
    };
    view! {
        <div class="doorway-narrow">
            <PageHead title=words(Welcome::FillingTitle) lead=words(Welcome::FillingLead) />
            <Card>
                <Show when=move || sample.is_running()>
                    <JobProgressBar
                        progress=Signal::derive(move || sample.progress())
                        is_stopping=Signal::derive(move || sample.is_stopping())
                        on_cancel=Callback::new(move |()| sample.cancel())
                        test_id="sample-progress"
                    />
                </Show>
                {failed}
            </Card>
        </div>
    }
}

#[component]
fn Join() -> impl IntoView {
    let session = use_session();
    let open = Callback::new(move |()| spawn_local(session.opened()));
    view! {
        <div class="doorway-narrow">
            <PageHead title=words(Sync::JoinTitle) />
            <Card>
                <JoinForm on_joined=open />
            </Card>
            <div class="actions doorway-back">
                <Button test_id="join-skip" look=Look::Quiet on_press=open>
                    {t(Sync::JoinSkip)}
                </Button>
            </div>
        </div>
    }
}

#[component]
fn RestoreBackup(step: RwSignal<Step>) -> impl IntoView {
    view! {
        <div class="doorway-narrow">
            <PageHead title=words(Welcome::RestoreTitle) lead=words(Welcome::RestoreLead) />
            <Card>
                <RestoreForm />
            </Card>
            <BackButton step to=Step::Choose />
        </div>
    }
}

/// Restores a workspace from a backup file; the new workspace is open afterwards.
#[component]
pub fn RestoreForm() -> impl IntoView {
    let session = use_session();
    let file = RwSignal::new_local(None::<File>);
    let passphrase = RwSignal::new(String::new());
    let restore = Task::new();
    let code = RwSignal::new(None::<String>);
    Effect::new(move || {
        if let TaskState::Done(new_code) = restore.state() {
            code.set(Some(new_code));
        }
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if let Some(file) = file.get_untracked() {
            restore.start_job(Restore { passphrase: passphrase.get_untracked() }, Some(&file));
        }
    };
    let go_on = Callback::new(move |()| {
        session.data_changed();
        spawn_local(session.opened());
    });
    let form = move || {
        view! {
            <form class="stack" on:submit=submit>
                <div class="actions">
                    <FilePicker
                        label=words(Welcome::BackupFile)
                        accept=".stillroom"
                        test_id="restore-file"
                        on_file=move |chosen| file.set(Some(chosen))
                    />
                    <span class="muted truncate">{move || file.get().map(|file| file.name())}</span>
                </div>
                <PassphraseField
                    label=words(Welcome::BackupPassphrase)
                    value=passphrase
                    test_id="restore-passphrase"
                />
                {move || restore.failure().map(|failure| view! { <ErrorState failure /> })}
                <div class="actions actions-end">
                    <Button
                        test_id="restore-action"
                        look=Look::Primary
                        submits=true
                        disabled=Signal::derive(move || {
                            file.with(Option::is_none) || passphrase.with(String::is_empty)
                        })
                        busy=Signal::derive(move || restore.is_running())
                    >
                        {t(Welcome::RestoreAction)}
                    </Button>
                </div>
            </form>
        }
    };
    move || match code.get() {
        Some(code) => view! {
            <p>{t(Welcome::Restored)}</p>
            <p class="muted">{t(Welcome::RecoveryLead)}</p>
            <RecoveryCodeCard code action=words(Welcome::OpenAction) on_confirmed=go_on />
        }
        .into_any(),
        None => form().into_any(),
    }
}
