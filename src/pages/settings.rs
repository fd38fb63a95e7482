//! The settings: language and appearance, keys, storage and backup, what leaves the device.

mod backup;
mod keys;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;
use stillroom_engine::protocol::{SetSetting, Storage};

use self::backup::{BackupForm, RestoreCard};
use self::keys::{ChangePassphraseForm, RecoveryCodeForm};
use crate::browser;
use crate::exchange::use_exchange;
use crate::model::auto_lock::IDLE_MINUTES;
use crate::model::privacy::sending;
use crate::preferences::{self, Theme};
use crate::session::{AUTO_LOCK_SETTING, use_session};
use crate::text::settings::Settings;
use crate::text::shell::Shell;
use crate::text::welcome::Welcome;
use crate::text::{Language, count, fill, language, say, set_language, t, words};
use crate::ui::{Badge, Banner, Button, Card, Dialog, EraseForm, Look, PageHead, Select, Task, Tone, tell};

/// The page.
#[component]
pub fn SettingsPage() -> impl IntoView {
    view! {
        <PageHead title=words(Shell::Settings) lead=words(Settings::Lead) />
        <div class="settings">
            <AppearanceCard />
            <StorageCard />
            <SecurityCard />
            <Card title=words(Settings::BackupTitle)>
                <p class="muted">{t(Settings::BackupLead)}</p>
                <BackupForm />
            </Card>
            <RestoreCard />
            <EraseCard />
            <AboutCard />
        </div>
    }
}

#[component]
fn AppearanceCard() -> impl IntoView {
    let chosen_language = RwSignal::new(untrack(language).tag().to_owned());
    let chosen_theme = RwSignal::new(untrack(preferences::theme).key().to_owned());
    Effect::new(move || chosen_language.set(language().tag().to_owned()));
    Effect::new(move || chosen_theme.set(preferences::theme().key().to_owned()));
    let languages = Signal::derive(|| {
        Language::ALL.map(|language| (language.tag().to_owned(), language.own_name().to_owned())).to_vec()
    });
    let themes = Signal::derive(|| {
        let name = |theme| match theme {
            Theme::System => Shell::ThemeSystem,
            Theme::Light => Shell::ThemeLight,
            Theme::Dark => Shell::ThemeDark,
        };
        Theme::ALL.map(|theme| (theme.key().to_owned(), say(name(theme)).to_owned())).to_vec()
    });
    view! {
        <Card title=words(Settings::Appearance)>
            <Select
                label=words(Shell::LanguageLabel)
                value=chosen_language
                choices=languages
                test_id="settings-language"
                on_change=Callback::new(|tag: String| {
                    if let Some(language) = Language::from_tag(&tag) {
                        set_language(language);
                    }
                })
            />
            <Select
                label=words(Shell::ThemeLabel)
                value=chosen_theme
                choices=themes
                test_id="settings-theme"
                on_change=Callback::new(|key: String| preferences::set_theme(Theme::from_key(&key)))
            />
        </Card>
    }
}

#[component]
fn SecurityCard() -> impl IntoView {
    let session = use_session();
    let minutes = RwSignal::new(session.idle_minutes().to_string());
    let store = Task::<()>::new();
    let choices = Signal::derive(|| {
        IDLE_MINUTES
            .map(|minutes| (minutes.to_string(), count(Settings::Minutes, u64::from(minutes))))
            .to_vec()
    });
    let change = Callback::new(move |chosen: String| {
        if let Ok(minutes) = chosen.parse() {
            session.set_idle_minutes(minutes);
            store.start(SetSetting { key: AUTO_LOCK_SETTING.to_owned(), value: chosen });
        }
    });
    let (is_changing, is_replacing) = (RwSignal::new(false), RwSignal::new(false));
    view! {
        <Card title=words(Settings::Security)>
            <Select
                label=words(Settings::AutoLock)
                hint=words(Settings::AutoLockHint)
                value=minutes
                choices
                test_id="auto-lock"
                on_change=change
            />
            <div class="actions">
                <Button test_id="change-passphrase" on_press=Callback::new(move |()| is_changing.set(true))>
                    {t(Settings::ChangeTitle)}
                </Button>
                <Button test_id="new-recovery-code" on_press=Callback::new(move |()| is_replacing.set(true))>
                    {t(Settings::CodeTitle)}
                </Button>
            </div>
            <Dialog title=words(Settings::ChangeTitle) open=is_changing test_id="change-dialog">
                <ChangePassphraseForm open=is_changing />
            </Dialog>
            <Dialog title=words(Settings::CodeTitle) open=is_replacing test_id="code-dialog">
                <RecoveryCodeForm open=is_replacing />
            </Dialog>
        </Card>
    }
}

#[component]
fn StorageCard() -> impl IntoView {
    let session = use_session();
    let ask = move |()| {
        spawn_local(async move {
            let is_kept = browser::ask_to_persist().await;
            session.refresh_status().await;
            tell(say(if is_kept { Settings::PersistYes } else { Settings::PersistNo }));
        });
    };
    let facts = move || match session.storage() {
        Some(Storage::Persistent) => (Tone::Good, Shell::StoragePersistent, Shell::StoragePersistentHint),
        Some(Storage::Memory) => (Tone::Warning, Shell::StorageMemory, Shell::StorageMemoryHint),
        _ => (Tone::Neutral, Shell::StorageBestEffort, Shell::StorageBestEffortHint),
    };
    let is_reduced = move || session.status().is_some_and(|status| status.reduced_strength);
    view! {
        <Card title=words(Settings::Storage)>
            <p>
                <Badge tone=Signal::derive(move || facts().0) test_id="settings-storage">
                    {move || say(facts().1)}
                </Badge>
            </p>
            <p class="muted">{move || say(facts().2)}</p>
            <Show when=move || session.storage() == Some(Storage::BestEffort)>
                <div class="actions">
                    <Button test_id="persist" on_press=Callback::new(ask)>
                        {t(Settings::Persist)}
                    </Button>
                </div>
            </Show>
            <Show when=is_reduced>
                <Banner tone=Tone::Warning test_id="reduced-strength">
                    <p>{t(Settings::Reduced)}</p>
                </Banner>
            </Show>
        </Card>
    }
}

#[component]
fn EraseCard() -> impl IntoView {
    let session = use_session();
    let is_open = RwSignal::new(false);
    view! {
        <Card title=words(Welcome::EraseAction)>
            <p class="muted">{t(Settings::EraseLead)}</p>
            <div class="actions">
                <Button test_id="erase" look=Look::Danger on_press=Callback::new(move |()| is_open.set(true))>
                    {t(Settings::EraseAction)}
                </Button>
            </div>
            <Dialog title=words(Welcome::EraseTitle) open=is_open test_id="erase-dialog">
                <EraseForm on_erased=Callback::new(move |()| session.begin_again()) />
            </Dialog>
        </Card>
    }
}

#[component]
fn AboutCard() -> impl IntoView {
    let n_sending = Memo::new(|_| {
        let now = browser::now_millis();
        use_exchange().info().map_or(0, |info| sending(&info, now).count() as u64)
    });
    let leaving = move || match n_sending.get() {
        0 => say(Settings::AboutNothing).to_owned(),
        n => count(Settings::AboutSending, n),
    };
    let version = move || fill(Settings::Version, &[("version", env!("CARGO_PKG_VERSION").to_owned())]);
    view! {
        <Card title=words(Settings::About) test_id="about">
            <p>{t(Settings::AboutComputed)}</p>
            <p data-testid="about-leaving">{leaving}</p>
            <p>{t(Settings::AboutOffline)}</p>
            <p>{t(Settings::AboutBackup)}</p>
            <p>
                <A href="/privacy" attr:data-testid="about-privacy">
                    {t(Settings::AboutPrivacy)}
                </A>
            </p>
            <p class="muted small">"Stillroom · "{version}</p>
        </Card>
    }
}
