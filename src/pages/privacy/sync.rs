//! The sync: connected or not, what waits and what went, what is in the way, and the people's part in it.

use leptos::prelude::*;
use stillroom_engine::protocol::{ServerView, SyncInfo};

use super::conflicts::{ConflictsCard, ParkedCard};
use super::devices::DevicesCard;
use super::give::ConnectPart;
use super::join::JoinCard;
use crate::exchange::use_exchange;
use crate::text::codes::failure_words;
use crate::text::privacy::{Privacy, purpose_words};
use crate::text::shell::Shell;
use crate::text::sync::{Sync, problem_words};
use crate::text::{count, fill, format, say, t, words};
use crate::ui::{
    Badge, Banner, Button, Card, DataTable, ErrorState, JobProgressBar, Look, Skeleton, Symbol, Tone, tell,
};

/// The view.
#[component]
pub(super) fn SyncView() -> impl IntoView {
    let exchange = use_exchange();
    let is_known = Memo::new(move |_| exchange.info().is_some());
    let is_connected = Memo::new(move |_| exchange.info().is_some_and(|info| info.server.is_some()));
    let connected = || {
        view! {
            <StateCard />
            <div class="for-people">
                <ConflictsCard />
                <ParkedCard />
            </div>
            <DevicesCard />
        }
        .into_any()
    };
    let failure = Memo::new(move |_| exchange.failure());
    move || match (is_known.get(), is_connected.get(), failure.get()) {
        (false, _, Some(failure)) => view! { <ErrorState failure /> }.into_any(),
        (false, _, None) => view! { <Skeleton lines=6 /> }.into_any(),
        (true, false, _) => view! { <NotConnected /> }.into_any(),
        (true, true, _) => connected(),
    }
}

#[component]
fn NotConnected() -> impl IntoView {
    let sync = Memo::new(move |_| use_exchange().info().map(|info| info.sync).unwrap_or_default());
    view! {
        <div class="columns-2">
            <Card title=words(Sync::ConnectTitle) test_id="sync-connect">
                <p>
                    <Badge test_id="sync-state">{t(Sync::StateNoServer)}</Badge>
                </p>
                <p>{t(Sync::StateNoServerHint)}</p>
                <InTheWay sync />
                <ConnectPart
                    lead=|origin| fill(Sync::ConnectLead, &[("origin", origin.to_owned())])
                    on_connected=Callback::new(|()| tell(say(Sync::Connected)))
                />
            </Card>
            <JoinCard />
        </div>
    }
}

/// A state in words: its tone, its name, and what to say below.
fn state_of(info: &SyncInfo) -> (Tone, String, Option<Sync>) {
    let waiting: u64 = info.waiting.iter().map(|(_, n)| n).sum();
    let plain = |text: Sync| say(text).to_owned();
    match info.phase.as_str() {
        "off" => (Tone::Neutral, plain(Sync::StateOff), Some(Sync::StateOffHint)),
        "running" => (Tone::Info, plain(Sync::StateRunning), None),
        "waiting" => (Tone::Warning, plain(Sync::StateRetry), Some(Sync::NotNeeded)),
        "stopped" => (Tone::Bad, plain(Sync::StateStopped), Some(Sync::NotNeeded)),
        _ if waiting > 0 => (Tone::Info, count(Sync::StateWaiting, waiting), None),
        _ => (Tone::Good, plain(Sync::StateIdle), Some(Sync::StateIdleHint)),
    }
}

#[component]
fn StateCard() -> impl IntoView {
    let exchange = use_exchange();
    let run = exchange.run();
    let sync = Memo::new(move |_| exchange.info().map(|info| info.sync).unwrap_or_default());
    let server = Memo::new(move |_| exchange.info().and_then(|info| info.server));
    let is_running = Memo::new(move |_| run.is_running());
    let tone = Memo::new(move |_| sync.with(|sync| state_of(sync).0));
    let shown = move || {
        if is_running.get() { say(Sync::StateRunning).to_owned() } else { sync.with(|sync| state_of(sync).1) }
    };
    let last = move || match sync.with(|sync| sync.last_success_millis) {
        Some(at) => fill(Sync::LastSuccess, &[("at", format::day_and_time(at as i64))]),
        None => say(Sync::NeverSucceeded).to_owned(),
    };
    // A look for news is no try: only what did not work is tried again.
    let next = move || {
        let at = sync.with(|sync| sync.next_attempt_millis.filter(|_| sync.phase == "waiting"))?;
        Some(format!(" · {}", fill(Sync::NextAttempt, &[("at", format::day_and_time(at as i64))])))
    };
    let failed = move || {
        run.failure().filter(|failure| failure.code != crate::engine::CANCELLED).map(|failure| {
            view! {
                <Banner tone=Tone::Warning test_id="sync-failed">
                    <p>{move || failure_words(&failure)}</p>
                </Banner>
            }
        })
    };
    view! {
        <Card title=words(Sync::StateTitle) test_id="sync-card">
            <div class="spread">
                <div class="stack-tight">
                    <p role="status">
                        <Badge tone=tone test_id="sync-state">{shown}</Badge>
                    </p>
                    <p class="muted">{move || sync.with(|sync| state_of(sync).2).map(say)}</p>
                    <p class="small muted">{last} {next}</p>
                </div>
                <Button
                    test_id="sync-now"
                    icon=Symbol::Sync
                    look=Look::Primary
                    busy=is_running
                    on_press=Callback::new(move |()| exchange.exchange_now())
                >
                    {t(Sync::SyncNow)}
                </Button>
            </div>
            <Show when=move || is_running.get()>
                <JobProgressBar
                    progress=Signal::derive(move || run.progress())
                    is_stopping=Signal::derive(move || run.is_stopping())
                    on_cancel=Callback::new(move |()| run.cancel())
                    test_id="sync-progress"
                />
            </Show>
            <InTheWay sync />
            {failed}
            <Waiting sync />
            {move || server.get().map(server_facts)}
        </Card>
    }
}

/// What stands in the way, in words, with what to do about it.
#[component]
fn InTheWay(sync: Memo<SyncInfo>) -> impl IntoView {
    let problem =
        Memo::new(move |_| sync.with(|sync| Some((sync.problem.clone()?, sync.phase == "stopped"))));
    move || {
        let (code, is_stopped) = problem.get()?;
        let (tone, shown) = (if is_stopped { Tone::Bad } else { Tone::Warning }, code.clone());
        let unknown = move |code: &str| fill(Privacy::ReasonUnknown, &[("code", code.to_owned())]);
        Some(view! {
            <Banner tone test_id="sync-problem">
                <p>{move || problem_words(&code).map_or_else(|| unknown(&code), str::to_owned)}</p>
                <p class="muted small">{move || fill(Shell::ErrorCode, &[("code", shown.clone())])}</p>
            </Banner>
        })
    }
}

#[component]
fn Waiting(sync: Memo<SyncInfo>) -> impl IntoView {
    let has_some = Memo::new(move |_| sync.with(|sync| sync.waiting.iter().any(|(_, n)| *n > 0)));
    let columns = Signal::derive(|| {
        vec![(say(Sync::PurposeHead).to_owned(), false), (say(Sync::NetworkOperations).to_owned(), true)]
    });
    let rows = Signal::derive(move || {
        sync.with(|sync| {
            sync.waiting
                .iter()
                .map(|(purpose, n)| vec![purpose_words(purpose), format::integer(*n)])
                .collect::<Vec<_>>()
        })
    });
    view! {
        <Show when=move || has_some.get()>
            <p class="strong">{t(Sync::WaitingTitle)}</p>
            <DataTable caption=words(Sync::WaitingTitle) columns rows test_id="sync-waiting" />
        </Show>
    }
}

fn server_facts(server: ServerView) -> AnyView {
    view! {
        <dl class="terms">
            <div>
                <dt>{t(Sync::ServerTitle)}</dt>
                <dd>{server.origin}</dd>
            </div>
            <div>
                <dt>{t(Privacy::Fingerprint)}</dt>
                <dd>
                    <code class="fingerprint" data-testid="server-fingerprint">{server.fingerprint}</code>
                    <span class="muted small">{t(Sync::CompareFingerprint)}</span>
                </dd>
            </div>
            <div>
                <dt>{t(Sync::WorkspaceId)}</dt>
                <dd><code class="fingerprint">{server.workspace}</code></dd>
            </div>
        </dl>
    }
    .into_any()
}
