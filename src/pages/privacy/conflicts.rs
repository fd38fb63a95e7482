//! What needs a person: conflicts with both values, and changes that may not travel.

use leptos::prelude::*;
use leptos_router::components::A;
use stillroom_engine::protocol::{ConflictInfo, Conflicts, Parked, ParkedInfo, RetryParked, SettleConflict};

use crate::exchange::use_exchange;
use crate::session::use_session;
use crate::text::fields::{group_words, key_words};
use crate::text::privacy::{purpose_words, reason_words};
use crate::text::shell::Shell;
use crate::text::sync::Sync;
use crate::text::{count, fill, format, say, t, words};
use crate::ui::{Button, Card, DataTable, ErrorState, Look, Task, TaskState, tell};

/// Changes held back that are listed at once.
const MOST_PARKED: u32 = 200;

/// The conflicts, each side by side.
#[component]
pub(super) fn ConflictsCard() -> impl IntoView {
    let exchange = use_exchange();
    let conflicts = Task::<Vec<ConflictInfo>>::new();
    let settle = Task::<()>::new();
    let n_open = Memo::new(move |_| exchange.info().map_or(0, |info| info.sync.conflicts));
    Effect::new(move || {
        // Read, not only tracked: a memo nobody has read follows nothing.
        n_open.get();
        conflicts.start(Conflicts {});
    });
    Effect::new(move || {
        if matches!(settle.state(), TaskState::Done(())) {
            tell(say(Sync::ConflictSettled));
            conflicts.start(Conflicts {});
            use_session().data_changed();
        }
    });
    let known = Memo::new(move |before: Option<&Vec<ConflictInfo>>| {
        conflicts.answer().unwrap_or_else(|| before.cloned().unwrap_or_default())
    });
    let body = move || {
        let known = known.get();
        if known.is_empty() {
            return view! { <p class="muted" data-testid="conflicts-none">{t(Sync::ConflictsNone)}</p> }
                .into_any();
        }
        let list = known.into_iter().map(|conflict| one(conflict, settle)).collect_view();
        view! {
            <p class="muted">{t(Sync::ConflictsLead)}</p>
            <div class="conflicts">{list}</div>
        }
        .into_any()
    };
    view! {
        <Card title=words(Sync::ConflictsTitle) test_id="conflicts">
            {body}
            {move || conflicts.failure().or(settle.failure()).map(|failure| view! { <ErrorState failure /> })}
        </Card>
    }
}

fn one(conflict: ConflictInfo, settle: Task<()>) -> AnyView {
    let ConflictInfo { id, customer, name, group, until_millis, is_ours, fields, .. } = conflict;
    let (ours, theirs) = if is_ours {
        (Sync::ConflictInForceOurs, Sync::ConflictOtherTheirs)
    } else {
        (Sync::ConflictInForceTheirs, Sync::ConflictOtherOurs)
    };
    let columns = Signal::derive(move || {
        [Sync::ConflictField, ours, theirs].map(|name| (say(name).to_owned(), false)).to_vec()
    });
    let shown =
        |value: &str| if value.is_empty() { say(Shell::NoValue).to_owned() } else { value.to_owned() };
    let rows = Signal::derive(move || {
        fields
            .iter()
            .map(|(field, force, other)| vec![key_words(field), shown(force), shown(other)])
            .collect::<Vec<_>>()
    });
    let own = name.clone();
    let caption = Signal::derive(move || format!("{own} · {}", group_words(&group)));
    let press = move |take_other| Callback::new(move |()| settle.start(SettleConflict { id, take_other }));
    view! {
        <div class="conflict" data-testid=format!("conflict-{id}")>
            <div class="spread">
                <A href=format!("/customers/{customer}") attr:class="strong">{name}</A>
                <span class="muted small">
                    {move || fill(Sync::ConflictUntil, &[("day", format::day(until_millis as i64))])}
                </span>
            </div>
            <DataTable caption columns rows test_id=format!("conflict-{id}-values") />
            <div class="actions">
                <Button test_id=format!("conflict-{id}-keep") look=Look::Primary busy=Signal::derive(move || settle.is_running()) on_press=press(false)>
                    {t(Sync::ConflictKeep)}
                </Button>
                <Button test_id=format!("conflict-{id}-take") busy=Signal::derive(move || settle.is_running()) on_press=press(true)>
                    {t(Sync::ConflictTake)}
                </Button>
            </div>
        </div>
    }
    .into_any()
}

/// The changes that may not travel, with the reason.
#[component]
pub(super) fn ParkedCard() -> impl IntoView {
    let exchange = use_exchange();
    let parked = Task::<Vec<ParkedInfo>>::new();
    let retry = Task::<u64>::new();
    let n_parked = Memo::new(move |_| exchange.info().map_or(0, |info| info.sync.parked));
    Effect::new(move || {
        n_parked.get();
        parked.start(Parked { offset: 0, limit: MOST_PARKED });
    });
    Effect::new(move || {
        if let TaskState::Done(n) = retry.state() {
            tell(count(Sync::ParkedRetried, n));
            parked.start(Parked { offset: 0, limit: MOST_PARKED });
        }
    });
    let known = Memo::new(move |_| parked.answer().unwrap_or_default());
    let has_some = Memo::new(move |_| known.with(|known| !known.is_empty()));
    let list = move || known.get().into_iter().map(held).collect_view();
    view! {
        <Card title=words(Sync::ParkedTitle) test_id="parked-card">
            <Show
                when=move || has_some.get()
                fallback=|| view! { <p class="muted">{t(Sync::ParkedNone)}</p> }
            >
                <p class="muted">{t(Sync::ParkedLead)}</p>
                <ul class="devices" data-testid="parked">{list}</ul>
                <div class="actions">
                    <Button
                        test_id="parked-retry"
                        busy=Signal::derive(move || retry.is_running())
                        on_press=Callback::new(move |()| retry.start(RetryParked {}))
                    >
                        {t(Sync::ParkedRetry)}
                    </Button>
                </div>
            </Show>
            {move || parked.failure().or(retry.failure()).map(|failure| view! { <ErrorState failure /> })}
        </Card>
    }
}

/// One change that is held back: whose it is, what it is, and why.
fn held(item: ParkedInfo) -> AnyView {
    let ParkedInfo { customer, group, purpose, reason, at_millis } = item;
    let whose = customer.map(|id| {
        view! {
            <A href=format!("/customers/{id}") attr:class="strong">
                {t(Sync::ParkedWho)} " " {id}
            </A>
        }
    });
    let facts = move || {
        let group = group.as_deref().map(|group| group_words(group).to_owned());
        let when = format::day_and_time(at_millis as i64);
        group.into_iter().chain([purpose_words(&purpose), when]).collect::<Vec<_>>().join(" · ")
    };
    view! {
        <li class="device">
            <span class="device-words">
                {whose}
                <span>{move || reason_words(&reason)}</span>
                <span class="muted small">{facts}</span>
            </span>
        </li>
    }
    .into_any()
}
