//! Recommendations: what each customer might buy next.

mod form;
mod lookup;
mod result;

use leptos::prelude::*;
use leptos_router::components::A;

use crate::model::analysis::Analysis as Page;
use crate::pages::analysis::{Known, use_desk, use_known};
use crate::text::analysis::Analysis;
use crate::text::recommend::Recommend;
use crate::text::shell::Shell;
use crate::text::{t, words};
use crate::ui::{EmptyState, PageHead, Symbol, TaskView};

use form::RecommendForm;
use result::RecommendResult;

/// The page.
#[component]
pub fn RecommendPage() -> impl IntoView {
    let known = use_known();
    let desk = use_desk();
    let has_result = Memo::new(move |_| desk.result_of(Page::Recommend).is_some());
    view! {
        <PageHead title=words(Shell::Recommend) lead=words(Recommend::Lead) />
        {move || {
            if has_result.get() {
                desk.result_of(Page::Recommend).map(|reply| view! { <RecommendResult reply known /> }).into_any()
            } else {
                view! { <FormOrEmpty known /> }.into_any()
            }
        }}
    }
}

#[component]
fn FormOrEmpty(known: Known) -> impl IntoView {
    view! {
        <TaskView
            task=known.counts
            on_retry=Callback::new(move |()| known.ask())
            draw=move |counts| {
                if counts.order_lines == 0 {
                    view! { <NoOrders has_customers=counts.customers != 0 /> }.into_any()
                } else {
                    view! { <RecommendForm /> }.into_any()
                }
            }
        />
    }
}

/// Nothing to learn from: the way to the orders.
#[component]
fn NoOrders(has_customers: bool) -> impl IntoView {
    let (title, hint) = if has_customers {
        (Analysis::NoOrdersTitle, Analysis::NoOrdersHint)
    } else {
        (Analysis::NoDataTitle, Analysis::NoDataHint)
    };
    view! {
        <EmptyState symbol=Symbol::Gift title=words(title) hint=words(hint) test_id="recommend-empty">
            <A href="/import" attr:class="button button-primary" attr:data-testid="go-import">
                {t(Analysis::ImportNow)}
            </A>
        </EmptyState>
    }
}
