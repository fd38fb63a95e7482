//! Routes, layout, and which page a session may see.

use gloo::events::EventListener;
use leptos::prelude::*;
use leptos_router::components::{A, Route, Router, Routes};
use leptos_router::hooks::use_location;
use leptos_router::path;
use stillroom_engine::protocol::{Failure, Storage};
use web_sys::CustomEvent;

use crate::browser;
use crate::exchange::{Exchange, use_exchange};
use crate::model::auto_lock::Closing;
use crate::model::privacy::Standing;
use crate::pages::{
    customer::CustomerPage,
    customers::{CustomersList, CustomersPage},
    import::ImportPage,
    models::ModelsPage,
    overview::OverviewPage,
    predict::PredictPage,
    privacy::PrivacyPage,
    recommend::RecommendPage,
    segments::SegmentsPage,
    settings::SettingsPage,
    unlock::UnlockPage,
    welcome::WelcomePage,
};
use crate::preferences::{self, Theme};
use crate::session::{Phase, Session, use_session};
use crate::text::privacy::Privacy;
use crate::text::shell::Shell;
use crate::text::{Language, count, language, say, set_language, t, words};
use crate::ui::{Badge, Banner, Button, EmptyState, ErrorState, Icon, Look, PageHead, Symbol, Toasts, Tone};

/// The whole app.
#[component]
pub fn App() -> impl IntoView {
    preferences::follow();
    let session = Session::start();
    Exchange::start();
    let phase = Memo::new(move |_| session.phase());
    let page = move || match phase.get() {
        Phase::Starting => view! { <Starting /> }.into_any(),
        Phase::Welcome => view! { <Doorway><WelcomePage /></Doorway> }.into_any(),
        Phase::Locked(why) => {
            view! { <Doorway><UnlockPage closed_because=why elsewhere=false /></Doorway> }.into_any()
        }
        Phase::Elsewhere => {
            view! { <Doorway><UnlockPage closed_because=None elsewhere=true /></Doorway> }.into_any()
        }
        Phase::Open => view! { <Workspace /> }.into_any(),
        Phase::Broken(failure) => view! { <Doorway><Broken failure /></Doorway> }.into_any(),
    };
    view! {
        <Router>
            {page}
            <Toasts />
        </Router>
    }
}

#[component]
fn Starting() -> impl IntoView {
    view! {
        <main class="starting" role="status">
            <img src="/icons/stillroom.svg" alt="" width="56" height="56" />
            <p>{t(Shell::Starting)}</p>
        </main>
    }
}

#[component]
fn Broken(failure: Failure) -> impl IntoView {
    let session = use_session();
    view! {
        <PageHead title=words(Shell::BrokenTitle) lead=words(Shell::BrokenHint) />
        <ErrorState failure on_retry=Callback::new(move |()| session.begin_again()) />
    }
}

/// The frame of the pages in front of an open workspace.
#[component]
fn Doorway(children: Children) -> impl IntoView {
    view! {
        <div class="doorway">
            <header class="doorway-bar">
                <Brand />
                <div class="bar-tools">
                    <LanguageButton />
                    <ThemeButton />
                </div>
            </header>
            <UpdateBanner />
            <main id="main" class="doorway-main" tabindex="-1">
                {children()}
            </main>
            <footer class="doorway-foot">
                <Icon symbol=Symbol::Shield />
                <span>{t(Shell::NothingLeaves)}</span>
            </footer>
        </div>
    }
}

/// The frame of the pages of an open workspace.
#[component]
fn Workspace() -> impl IntoView {
    let session = use_session();
    provide_context(CustomersList::new());
    let path = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let now = path.get();
        if before.is_some_and(|before| before != now) {
            request_animation_frame(|| browser::focus("main h1"));
        }
        now
    });
    let skip = move |event: web_sys::MouseEvent| {
        event.prevent_default();
        browser::focus("#main");
    };
    view! {
        <a class="skip-link" href="#main" data-testid="skip-link" on:click=skip>
            {t(Shell::SkipToContent)}
        </a>
        <div class="workspace">
            <aside class="side">
                <Brand />
                <Navigation />
            </aside>
            <header class="bar">
                <div class="bar-brand">
                    <Brand />
                </div>
                <div class="bar-state">
                    <SyncBadge />
                    <StorageBadge />
                </div>
                <div class="bar-tools">
                    <LanguageButton />
                    <ThemeButton />
                    <Button
                        test_id="lock"
                        icon=Symbol::Lock
                        label=words(Shell::LockHint)
                        on_press=Callback::new(move |()| session.lock(Closing::Asked))
                    >
                        {t(Shell::Lock)}
                    </Button>
                </div>
            </header>
            <main id="main" class="main" tabindex="-1">
                <UpdateBanner />
                <MemoryBanner />
                <Routes fallback=NotFound>
                    <Route path=path!("/") view=OverviewPage />
                    <Route path=path!("/import") view=ImportPage />
                    <Route path=path!("/customers") view=CustomersPage />
                    <Route path=path!("/customers/:id") view=CustomerPage />
                    <Route path=path!("/segments") view=SegmentsPage />
                    <Route path=path!("/recommend") view=RecommendPage />
                    <Route path=path!("/predict") view=PredictPage />
                    <Route path=path!("/models") view=ModelsPage />
                    <Route path=path!("/privacy/:view?") view=PrivacyPage />
                    <Route path=path!("/settings") view=SettingsPage />
                </Routes>
            </main>
        </div>
    }
}

#[component]
fn Brand() -> impl IntoView {
    view! {
        <span class="brand">
            <img src="/icons/stillroom.svg" alt="" width="28" height="28" />
            <span>"Stillroom"</span>
        </span>
    }
}

#[component]
fn Navigation() -> impl IntoView {
    let data = [
        ("/", Symbol::Home, Shell::Overview, "nav-overview"),
        ("/customers", Symbol::People, Shell::Customers, "nav-customers"),
        ("/import", Symbol::Import, Shell::Import, "nav-import"),
    ];
    let analysis = [
        ("/segments", Symbol::Segments, Shell::Segments, "nav-segments"),
        ("/recommend", Symbol::Gift, Shell::Recommend, "nav-recommend"),
        ("/predict", Symbol::Trend, Shell::Predict, "nav-predict"),
        ("/models", Symbol::Layers, Shell::Models, "nav-models"),
    ];
    let rest = [
        ("/privacy", Symbol::Shield, Shell::Privacy, "nav-privacy"),
        ("/settings", Symbol::Sliders, Shell::Settings, "nav-settings"),
    ];
    let group = |links: &[(&'static str, Symbol, Shell, &'static str)]| {
        let links = links.iter().map(|&(href, symbol, name, test_id)| {
            view! {
                <li>
                    <A href=href exact=href == "/" attr:class="nav-link" attr:data-testid=test_id>
                        <Icon symbol />
                        <span>{t(name)}</span>
                    </A>
                </li>
            }
        });
        view! { <ul class="nav-group">{links.collect_view()}</ul> }
    };
    view! {
        <nav class="nav" aria-label=t(Shell::MainNavigation)>
            {group(&data)} {group(&analysis)} {group(&rest)}
        </nav>
    }
}

#[component]
fn StorageBadge() -> impl IntoView {
    let session = use_session();
    let facts = move || match session.storage()? {
        Storage::Persistent => Some((Tone::Good, Shell::StoragePersistent, Shell::StoragePersistentHint)),
        Storage::BestEffort => Some((Tone::Neutral, Shell::StorageBestEffort, Shell::StorageBestEffortHint)),
        Storage::Memory => Some((Tone::Warning, Shell::StorageMemory, Shell::StorageMemoryHint)),
    };
    move || {
        facts().map(|(tone, name, hint)| {
            view! {
                <Badge tone hint=words(hint) test_id="storage-state">
                    <Icon symbol=Symbol::Device />
                    {t(name)}
                </Badge>
            }
        })
    }
}

/// What leaves this device, in a word; leads to the privacy pages.
#[component]
fn SyncBadge() -> impl IntoView {
    let exchange = use_exchange();
    let standing = Memo::new(move |_| exchange.standing());
    let tone = Signal::derive(move || match standing.get() {
        Standing::NothingLeaves | Standing::Synced => Tone::Good,
        Standing::TakingBack | Standing::Waiting(_) | Standing::Running => Tone::Info,
        Standing::Retry | Standing::Conflicts(_) => Tone::Warning,
        Standing::Stopped => Tone::Bad,
    });
    let name = move || match standing.get() {
        Standing::NothingLeaves => say(Privacy::BadgeNothing).to_owned(),
        Standing::TakingBack => say(Privacy::BadgeBack).to_owned(),
        Standing::Synced => say(Privacy::BadgeSynced).to_owned(),
        Standing::Waiting(n) => count(Privacy::BadgeWaiting, n),
        Standing::Running => say(Privacy::BadgeSyncing).to_owned(),
        Standing::Retry => say(Privacy::BadgeRetry).to_owned(),
        Standing::Stopped => say(Privacy::BadgeStopped).to_owned(),
        Standing::Conflicts(n) => count(Privacy::BadgeConflicts, n),
    };
    let symbol = Signal::derive(move || match standing.get() {
        Standing::NothingLeaves => Symbol::Shield,
        Standing::Stopped | Standing::Conflicts(_) => Symbol::Warning,
        _ => Symbol::Sync,
    });
    let href = move || {
        let view = if standing.get() == Standing::NothingLeaves { "" } else { "/sync" };
        format!("/privacy{view}")
    };
    view! {
        <A href=href attr:class="badge-link" attr:data-testid="sync-badge">
            <Badge tone>
                <Icon symbol />
                <span role="status">{name}</span>
            </Badge>
        </A>
    }
}

#[component]
fn MemoryBanner() -> impl IntoView {
    let session = use_session();
    let is_in_memory = Memo::new(move |_| session.storage() == Some(Storage::Memory));
    view! {
        <Show when=move || is_in_memory.get()>
            <Banner
                tone=Tone::Warning
                title=words(Shell::MemoryTitle)
                test_id="memory-banner"
            >
                <p>{t(Shell::StorageMemoryHint)}</p>
                <p>
                    <A href="/settings" attr:data-testid="memory-backup">
                        {t(Shell::TakeBackup)}
                    </A>
                </p>
            </Banner>
        </Show>
    }
}

#[component]
fn LanguageButton() -> impl IntoView {
    let other = || match language() {
        Language::English => Language::Chinese,
        Language::Chinese => Language::English,
    };
    view! {
        <button
            type="button"
            class="button button-quiet"
            data-testid="language"
            lang=move || other().tag()
            on:click=move |_| set_language(untrack(other))
        >
            {move || other().own_name()}
        </button>
    }
}

#[component]
fn ThemeButton() -> impl IntoView {
    let symbol = Signal::derive(|| if preferences::is_dark() { Symbol::Sun } else { Symbol::Moon });
    let other = || say(if preferences::is_dark() { Shell::ThemeLight } else { Shell::ThemeDark });
    let label = move || format!("{}: {}", say(Shell::ThemeLabel), other());
    let switch =
        |_| preferences::set_theme(if untrack(preferences::is_dark) { Theme::Light } else { Theme::Dark });
    view! {
        <button
            type="button"
            class="icon-button"
            data-testid="theme"
            aria-label=label
            title=label
            on:click=switch
        >
            <Icon symbol />
        </button>
    }
}

/// Says that a new version waits; the page's bootstrap announces it and takes the answer.
#[component]
fn UpdateBanner() -> impl IntoView {
    let read = || document().document_element().and_then(|root| root.get_attribute("data-update"));
    let state = RwSignal::new(read());
    let is_dismissed = RwSignal::new(false);
    let listener = EventListener::new(&window(), "stillroom:update", move |_| state.set(read()));
    let _kept = StoredValue::new_local(listener);
    let accept = move || {
        if state.get_untracked().as_deref() == Some("reload") {
            let _ = window().location().reload();
        } else if let Ok(event) = CustomEvent::new("stillroom:accept-update") {
            let _ = window().dispatch_event(&event);
        }
    };
    let texts = move || match state.get().as_deref() {
        Some("reload") => (Shell::UpdateElsewhere, Shell::Reload),
        _ => (Shell::UpdateReady, Shell::UpdateNow),
    };
    view! {
        <Show when=move || state.get().is_some() && !is_dismissed.get()>
            <Banner tone=Tone::Info test_id="update-banner">
                <p>{move || say(texts().0)}</p>
                <div class="actions">
                    <Button test_id="update-accept" look=Look::Primary on_press=Callback::new(move |()| accept())>
                        {move || say(texts().1)}
                    </Button>
                    <Button
                        test_id="update-later"
                        look=Look::Quiet
                        on_press=Callback::new(move |()| is_dismissed.set(true))
                    >
                        {t(Shell::Later)}
                    </Button>
                </div>
            </Banner>
        </Show>
    }
}

#[component]
fn NotFound() -> impl IntoView {
    view! {
        <PageHead title=words(Shell::NotFound) />
        <EmptyState
            symbol=Symbol::Search
            title=words(Shell::NotFound)
            hint=words(Shell::NotFoundHint)
            test_id="not-found"
        >
            <A href="/" attr:class="button">
                {t(Shell::BackToOverview)}
            </A>
        </EmptyState>
    }
}
