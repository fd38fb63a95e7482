//! Segments: groups of customers that resemble one another.

mod cards;
mod form;
mod migration;
mod result;

use leptos::prelude::*;
use leptos_router::components::A;

use crate::model::analysis::Analysis as Page;
use crate::pages::analysis::{Known, use_desk, use_known};
use crate::text::analysis::Analysis;
use crate::text::segments::Segments;
use crate::text::shell::Shell;
use crate::text::{t, words};
use crate::ui::{EmptyState, PageHead, Symbol, TaskView};

use form::SegmentsFormPart;
use result::SegmentsResult;

/// The page.
#[component]
pub fn SegmentsPage() -> impl IntoView {
    let known = use_known();
    let desk = use_desk();
    let has_result = Memo::new(move |_| desk.result_of(Page::Segments).is_some());
    view! {
        <PageHead title=words(Shell::Segments) lead=words(Segments::Lead) />
        {move || {
            if has_result.get() {
                desk.result_of(Page::Segments).map(|reply| view! { <SegmentsResult reply known /> }).into_any()
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
                if counts.customers == 0 {
                    view! { <NoData /> }.into_any()
                } else {
                    view! { <SegmentsFormPart known counts /> }.into_any()
                }
            }
        />
    }
}

/// Nothing to analyse: the way to the data.
#[component]
fn NoData() -> impl IntoView {
    view! {
        <EmptyState
            symbol=Symbol::Segments
            title=words(Analysis::NoDataTitle)
            hint=words(Analysis::NoDataHint)
            test_id="segments-empty"
        >
            <A href="/import" attr:class="button button-primary" attr:data-testid="go-import">
                {t(Analysis::ImportNow)}
            </A>
        </EmptyState>
    }
}
