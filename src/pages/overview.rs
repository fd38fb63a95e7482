//! The overview: counts, what to do next, and the imports.

use leptos::prelude::*;
use leptos_router::components::A;
use stillroom_engine::protocol::{Summary, WorkspaceCounts};

use crate::exchange::use_exchange;
use crate::session::use_session;
use crate::text::overview::Overview;
use crate::text::shell::Shell;
use crate::text::{fill, format, t, words};
use crate::ui::{Card, EmptyState, Icon, ImportsCard, PageHead, Stat, Symbol, Task, TaskView};

/// The page.
#[component]
pub fn OverviewPage() -> impl IntoView {
    let session = use_session();
    let summary = Task::new();
    let load = move || summary.start(Summary {});
    Effect::new(move || {
        session.revision();
        use_exchange().pulled();
        load();
    });
    let draw = |counts: WorkspaceCounts| {
        if counts.customers == 0 && counts.order_lines == 0 {
            view! { <Nothing /> }.into_any()
        } else {
            view! { <Counts counts=counts.clone() /> <Next counts /> }.into_any()
        }
    };
    view! {
        <PageHead title=words(Shell::Overview) lead=words(Overview::Lead) />
        <TaskView task=summary on_retry=Callback::new(move |()| load()) draw />
        <ImportsCard />
    }
}

#[component]
fn Nothing() -> impl IntoView {
    view! {
        <Card>
            <EmptyState
                symbol=Symbol::Import
                title=words(Overview::EmptyTitle)
                hint=words(Overview::EmptyHint)
                test_id="overview-empty"
            >
                <A href="/import" attr:class="button button-primary" attr:data-testid="overview-import">
                    {t(Overview::EmptyAction)}
                </A>
            </EmptyState>
        </Card>
    }
}

#[component]
fn Counts(counts: WorkspaceCounts) -> impl IntoView {
    let number = |n: u64| Signal::derive(move || format::integer(n));
    let (first, last) = (counts.first_order_millis, counts.last_order_millis);
    let period = Signal::derive(move || match (first, last) {
        (Some(first), Some(last)) => {
            fill(Overview::Period, &[("first", format::day(first)), ("last", format::day(last))])
        }
        _ => String::new(),
    });
    view! {
        <dl class="stats">
            <Stat label=words(Overview::Customers) value=number(counts.customers) test_id="count-customers" />
            <Stat label=words(Overview::Orders) value=number(counts.orders) hint=period test_id="count-orders" />
            <Stat label=words(Overview::OrderLines) value=number(counts.order_lines) test_id="count-order-lines" />
            <Stat label=words(Overview::Items) value=number(counts.items) test_id="count-items" />
            <Stat label=words(Overview::Models) value=number(counts.models) test_id="count-models" />
        </dl>
    }
}

/// One suggestion, or what it lacks.
#[component]
fn Suggestion(
    href: &'static str,
    symbol: Symbol,
    title: Overview,
    hint: Overview,
    lacks: Option<Overview>,
    #[prop(into)] test_id: String,
) -> impl IntoView {
    view! {
        <A href=href attr:class="suggestion" attr:data-testid=test_id>
            <span class="suggestion-icon">
                <Icon symbol />
            </span>
            <span class="suggestion-body">
                <span class="strong">{t(title)}</span>
                <span class="muted small">{t(hint)}</span>
                {lacks.map(|lacks| view! { <span class="suggestion-lacks small">{t(lacks)}</span> })}
            </span>
            <Icon symbol=Symbol::Right />
        </A>
    }
}

#[component]
fn Next(counts: WorkspaceCounts) -> impl IntoView {
    let needs_orders = (counts.order_lines == 0).then_some(Overview::NeedsOrders);
    let needs_customers = (counts.customers == 0).then_some(Overview::NeedsCustomers);
    view! {
        <section class="stack" aria-labelledby="next-title">
            <h2 id="next-title">{t(Overview::NextTitle)}</h2>
            <div class="suggestions">
                <Suggestion
                    href="/segments"
                    symbol=Symbol::Segments
                    title=Overview::NextSegments
                    hint=Overview::NextSegmentsHint
                    lacks=needs_customers
                    test_id="next-segments"
                />
                <Suggestion
                    href="/recommend"
                    symbol=Symbol::Gift
                    title=Overview::NextRecommend
                    hint=Overview::NextRecommendHint
                    lacks=needs_orders
                    test_id="next-recommend"
                />
                <Suggestion
                    href="/predict"
                    symbol=Symbol::Trend
                    title=Overview::NextPredict
                    hint=Overview::NextPredictHint
                    lacks=needs_customers
                    test_id="next-predict"
                />
                <Suggestion
                    href="/import"
                    symbol=Symbol::Import
                    title=Overview::NextImport
                    hint=Overview::NextImportHint
                    lacks=None
                    test_id="next-import"
                />
            </div>
        </section>
    }
}
