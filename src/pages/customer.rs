//! One customer: fields one may edit, orders, segments and scores, consents and rights, history.

mod erase;
mod fields;
mod orders;
mod rights;

use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;
use stillroom_engine::protocol::{Cell, ChangeInfo, Customer, CustomerInfo, FieldInfo, Fields, ScoreInfo};

use self::fields::FieldsCard;
use self::orders::OrdersCard;
use self::rights::RightsCard;
use crate::exchange::use_exchange;
use crate::session::use_session;
use crate::text::customers::{Customers, change_words};
use crate::text::fields::key_words;
use crate::text::shell::Shell;
use crate::text::{fill, format, say, t, words};
use crate::ui::{Card, DataTable, ErrorState, Icon, PageHead, Skeleton, Stat, Symbol, Task, TaskState};

/// The page.
#[component]
pub fn CustomerPage() -> impl IntoView {
    let session = use_session();
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")).and_then(|id| id.parse::<i64>().ok()));
    let customer = Task::<CustomerInfo>::new();
    let fields = Task::<Vec<FieldInfo>>::new();
    let load = move || {
        // An address that names no number names no customer; the engine says so.
        customer.start(Customer { id: id.get_untracked().unwrap_or(-1) });
    };
    fields.start(Fields {});
    Effect::new(move || {
        session.revision();
        use_exchange().pulled();
        id.track();
        load();
    });
    let known = RwSignal::new(None::<CustomerInfo>);
    Effect::new(move || {
        if let TaskState::Done(info) = customer.state()
            && known.with_untracked(|known| known.as_ref() != Some(&info))
        {
            known.set(Some(info));
        }
    });
    let title = Signal::derive(move || {
        known
            .with(|known| known.as_ref().map(title_of))
            .unwrap_or_else(|| fill(Customers::Untitled, &[("id", id.get().unwrap_or_default().to_string())]))
    });
    // Read through memos: loading again what did not change must not take away what somebody is typing.
    let (all_fields, failure) = (Memo::new(move |_| fields.answer()), Memo::new(move |_| customer.failure()));
    let body = move || match (known.get(), all_fields.get(), failure.get()) {
        (_, _, Some(failure)) => {
            view! { <ErrorState failure on_retry=Callback::new(move |()| load()) /> }.into_any()
        }
        (Some(info), Some(fields), None) => {
            view! { <Whole info fields on_saved=Callback::new(move |()| load()) /> }.into_any()
        }
        _ => view! { <Card><Skeleton lines=6 /></Card> }.into_any(),
    };
    view! {
        <A href="/customers" attr:class="back-link" attr:data-testid="back-to-customers">
            <Icon symbol=Symbol::Left />
            {t(Customers::Back)}
        </A>
        <PageHead title />
        {body}
    }
}

/// What the customer is called: a name, else an id.
fn title_of(info: &CustomerInfo) -> String {
    let text = |key: &str| {
        let value = info.fields.iter().find(|(own, _)| own == key).map(|(_, value)| format::cell(value));
        value.filter(|text| !text.trim().is_empty())
    };
    let parts = || match (text("given_name"), text("family_name")) {
        (None, None) => None,
        (given, family) => Some([given, family].into_iter().flatten().collect::<Vec<_>>().join(" ")),
    };
    text("name")
        .or_else(parts)
        .or_else(|| text("company"))
        .or_else(|| text("external_id"))
        .unwrap_or_else(|| fill(Customers::Untitled, &[("id", info.id.to_string())]))
}

#[component]
fn Whole(info: CustomerInfo, fields: Vec<FieldInfo>, on_saved: Callback<()>) -> impl IntoView {
    let (n_orders, n_lines, spend) = (info.n_orders, info.n_lines, info.spend);
    let number = |n: u32| Signal::derive(move || format::integer(u64::from(n)));
    let (id, scores, history) = (info.id, info.scores.clone(), info.history.clone());
    view! {
        <dl class="stats">
            <Stat label=words(Customers::OrdersCount) value=number(n_orders) test_id="customer-orders" />
            <Stat label=words(Customers::LinesCount) value=number(n_lines) test_id="customer-lines" />
            <Stat
                label=words(Customers::Spend)
                value=Signal::derive(move || format::number(spend, 2))
                test_id="customer-spend"
            />
        </dl>
        <div class="customer-columns">
            <FieldsCard info fields on_saved />
            <div class="stack">
                <ScoresCard scores />
                <OrdersCard id n_lines />
                <RightsCard id />
                <HistoryCard history />
            </div>
        </div>
    }
}

#[component]
fn ScoresCard(scores: Vec<ScoreInfo>) -> impl IntoView {
    let row = |score: ScoreInfo| {
        view! {
            <div class="fact">
                <dt>
                    {score.name.clone()}
                    <span class="muted small">{score.model_name.clone()}</span>
                </dt>
                <dd class="numeric strong">{move || format::cell(&score.value)}</dd>
            </div>
        }
    };
    view! {
        <Card title=words(Customers::ScoresTitle) test_id="customer-scores">
            {if scores.is_empty() {
                view! { <p class="muted">{t(Customers::NoScores)}</p> }.into_any()
            } else {
                view! { <dl class="fact-list">{scores.into_iter().map(row).collect_view()}</dl> }.into_any()
            }}
        </Card>
    }
}

#[component]
fn HistoryCard(history: Vec<ChangeInfo>) -> impl IntoView {
    let columns = Signal::derive(|| {
        [
            Customers::HistoryWhen,
            Customers::HistoryWhat,
            Customers::HistoryField,
            Customers::HistoryBefore,
            Customers::HistoryAfter,
        ]
        .map(|name| (say(name).to_owned(), false))
        .to_vec()
    });
    let value = |cell: &Cell| match cell {
        Cell::Missing => say(Shell::NoValue).to_owned(),
        cell => format::cell(cell),
    };
    // A restriction is on or off: that is no field of the customer's.
    let field = |change: &ChangeInfo| {
        change.field.as_deref().filter(|_| change.kind != "customer_restricted").map(str::to_owned)
    };
    let rows = Signal::derive(move || {
        let row = |change: &ChangeInfo| {
            vec![
                format::day_and_time(change.at_millis),
                change_words(&change.kind).to_owned(),
                field(change).map_or_else(|| say(Shell::NoValue).to_owned(), |key| key_words(&key)),
                value(&change.before),
                value(&change.after),
            ]
        };
        history.iter().map(row).collect::<Vec<_>>()
    });
    view! {
        <Card title=words(Customers::HistoryTitle)>
            <DataTable caption=words(Customers::HistoryTitle) columns rows test_id="customer-history" />
        </Card>
    }
}
