//! Predictions: a number or a class, learned from customers whose outcome is known, or from what customers did after a date.

mod dated;
mod form;
mod one;
mod panels;
mod result;
mod threshold;
mod validation;

use leptos::prelude::*;
use leptos_router::components::A;

use crate::model::analysis::Analysis as Page;
use crate::pages::analysis::{Known, use_desk, use_known};
use crate::text::analysis::Analysis;
use crate::text::predict::Predict;
use crate::text::shell::Shell;
use crate::text::{t, words};
use crate::ui::{EmptyState, PageHead, Symbol, TaskView};

use form::PredictFormPart;
use result::PredictResult;

/// The page.
#[component]
pub fn PredictPage() -> impl IntoView {
    let known = use_known();
    let desk = use_desk();
    let has_result = Memo::new(move |_| desk.result_of(Page::Predict).is_some());
    view! {
        <PageHead title=words(Shell::Predict) lead=words(Predict::Lead) />
        {move || {
            if has_result.get() {
                desk.result_of(Page::Predict).map(|reply| view! { <PredictResult reply known /> }).into_any()
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
                    view! { <PredictFormPart known counts /> }.into_any()
                }
            }
        />
    }
}

/// Nothing to learn from: the way to the data.
#[component]
fn NoData() -> impl IntoView {
    view! {
        <EmptyState
            symbol=Symbol::Trend
            title=words(Analysis::NoDataTitle)
            hint=words(Analysis::NoDataHint)
            test_id="predict-empty"
        >
            <A href="/import" attr:class="button button-primary" attr:data-testid="go-import">
                {t(Analysis::ImportNow)}
            </A>
        </EmptyState>
    }
}
