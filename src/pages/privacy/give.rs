//! Giving consent: groups, customers, time, and the notice that is agreed to.

use leptos::prelude::*;
use stillroom_engine::notice::notice;
use stillroom_engine::protocol::{ConnectServer, GiveGrant, PurposeInfo, ReceiptInfo, ServerView};

use super::whose::{Whose, WhosePicker};
use crate::browser;
use crate::exchange::use_exchange;
use crate::model::privacy::{GRANT_MONTHS, grant_days, with_group};
use crate::text::fields::group_words;
use crate::text::privacy::Privacy;
use crate::text::{count, fill, language, say, t, words};
use crate::ui::{Button, Checkbox, ErrorState, Look, Select, Symbol, Task, TaskState, tell};

/// Connects to this page's server; says beforehand that it is a request.
#[component]
pub(super) fn ConnectPart(
    /// What connecting does, with `{origin}`.
    lead: impl Fn(&str) -> String + Send + Sync + 'static,
    /// Called once connected.
    on_connected: Callback<()>,
) -> impl IntoView {
    let connect = Task::<ServerView>::new();
    Effect::new(move || {
        if matches!(connect.state(), TaskState::Done(_)) {
            on_connected.run(());
        }
    });
    let origin = StoredValue::new(browser::origin());
    view! {
        <div class="stack-tight">
            <p class="muted">{move || lead(&origin.get_value())}</p>
            {move || connect.failure().map(|failure| view! { <ErrorState failure /> })}
            <div class="actions">
                <Button
                    test_id="connect"
                    icon=Symbol::Server
                    busy=Signal::derive(move || connect.is_running())
                    on_press=Callback::new(move |()| connect.start(ConnectServer {}))
                >
                    {move || fill(Privacy::Connect, &[("origin", origin.get_value())])}
                </Button>
            </div>
        </div>
    }
}

/// Asks to connect first where nothing is connected yet: consents and bases are written for one server.
#[component]
pub(super) fn ConnectFirst(is_connected: Memo<bool>) -> impl IntoView {
    view! {
        <Show when=move || !is_connected.get()>
            <ConnectPart lead=|_| say(Privacy::ConnectFirst).to_owned() on_connected=Callback::new(|()| {}) />
        </Show>
    }
}

/// Whether a server is connected to.
pub(super) fn is_connected() -> Memo<bool> {
    Memo::new(|_| use_exchange().info().is_some_and(|info| info.server.is_some()))
}

/// The form. Nothing in it is chosen beforehand.
#[component]
pub(super) fn GiveForm(purpose: PurposeInfo, open: RwSignal<bool>) -> impl IntoView {
    let groups = RwSignal::new(Vec::<String>::new());
    let whose = Whose::new();
    let months = RwSignal::new("12".to_owned());
    let give = Task::<ReceiptInfo>::new();
    Effect::new(move || {
        if matches!(give.state(), TaskState::Done(_)) {
            tell(say(Privacy::Given));
            open.set(false);
        }
    });
    let is_connected = is_connected();
    let month_choices = Signal::derive(|| {
        GRANT_MONTHS.map(|months| (months.to_string(), count(Privacy::Months, months.into()))).to_vec()
    });
    let (name, version) = (purpose.purpose.clone(), purpose.version);
    let text = move || notice(&name, version, language().tag()).unwrap_or_default();
    let server = Memo::new(|_| use_exchange().info().and_then(|info| info.server));
    let named_server = move || {
        let ServerView { origin, fingerprint, .. } = server.get()?;
        Some(view! {
            <p data-testid="give-server">
                <span class="strong">{t(Privacy::Where)} ": "</span>
                {origin}
                " · " {t(Privacy::Fingerprint)} " "
                <code class="fingerprint">{fingerprint}</code>
            </p>
        })
    };
    let own = purpose.purpose.clone();
    let press = move |()| {
        give.start(GiveGrant {
            purpose: own.clone(),
            groups: groups.get_untracked(),
            scope: untrack(|| whose.filter()),
            days: grant_days(months.get_untracked().parse().unwrap_or(1)),
            language: untrack(language).tag().to_owned(),
        });
    };
    let is_ready = move || is_connected.get() && groups.with(|groups| !groups.is_empty()) && whose.is_whole();
    view! {
        <ConnectFirst is_connected />
        {group_boxes(purpose.groups, groups)}
        <WhosePicker whose label=words(Privacy::ChooseScope) everybody=Privacy::ScopeAll />
        <Select label=words(Privacy::HowLong) value=months choices=month_choices test_id="give-months" />
        <div class="notice" data-testid="notice">
            <p class="strong">{t(Privacy::Notice)}</p>
            <p>{text}</p>
            {named_server}
            <p class="muted small">{t(Privacy::NoticeHash)}</p>
        </div>
        {move || give.failure().map(|failure| view! { <ErrorState failure /> })}
        <div class="actions actions-end">
            <Button
                test_id="give-action"
                look=Look::Primary
                disabled=Signal::derive(move || !is_ready())
                busy=Signal::derive(move || give.is_running())
                on_press=Callback::new(press)
            >
                {t(Privacy::GiveAction)}
            </Button>
        </div>
    }
}

fn group_boxes(all: Vec<String>, chosen: RwSignal<Vec<String>>) -> AnyView {
    let boxes = all.clone().into_iter().map(|group| {
        let (own, label, all) = (group.clone(), group.clone(), all.clone());
        let toggle = Callback::new(move |is_chosen| {
            chosen.update(|chosen| *chosen = with_group(chosen, &all, &own, is_chosen));
        });
        let shown = group.clone();
        view! {
            <Checkbox
                label=Signal::derive(move || group_words(&label).to_owned())
                checked=Signal::derive(move || chosen.with(|chosen| chosen.contains(&shown)))
                test_id=format!("give-{group}")
                on_change=toggle
            />
        }
    });
    let boxes = boxes.collect_view();
    view! {
        <fieldset class="choices">
            <legend>{t(Privacy::ChooseGroups)}</legend>
            <p class="field-hint">
                {move || say(if chosen.with(Vec::is_empty) { Privacy::ChooseOne } else { Privacy::ChooseGroupsHint })}
            </p>
            <div class="group-boxes">{boxes}</div>
        </fieldset>
    }
    .into_any()
}
