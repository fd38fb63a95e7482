//! What was learned: the view for a number or for two classes.

use std::sync::Arc;

use leptos::prelude::*;
use stillroom_engine::reply::{LogisticReport, OlsReport, Reply};

use crate::model::analysis::{Analysis as Page, logistic_report, ols_report};
use crate::model::predict::{Verdict, readable_coefficients};
use crate::pages::analysis::{KeepPart, Known, NotesPart, ResultBar, use_desk};
use crate::text::analysis::column_words;
use crate::text::predict::Predict;
use crate::text::{fill, t, words};
use crate::ui::{Banner, Card, Tone};

use super::linear::LinearResult;
use super::logistic::LogisticResult;

/// The result.
#[component]
pub fn PredictResult(reply: Arc<Reply>, known: Known) -> impl IntoView {
    let desk = use_desk();
    let recipe = reply.recipe.clone();
    let again = Callback::new(move |()| desk.run(Page::Predict, recipe.clone()));
    let is_standardized = reply.recipe.steps.iter().any(|step| step.method == "standardize");
    let target = reply.recipe.target.clone().unwrap_or_default();
    let name = if reply.recipe.name.is_empty() {
        untrack(|| fill(Predict::DefaultName, &[("target", column_words(&target, &known.labels()))]))
    } else {
        reply.recipe.name.clone()
    };
    let report = if let Some(report) = ols_report(&reply) {
        let coefficients = readable_coefficients(&report.coefficients, &reply.prepared);
        let report = Arc::new(OlsReport { coefficients, ..report.clone() });
        view! { <LinearResult report known is_standardized /> }.into_any()
    } else if let Some(report) = logistic_report(&reply) {
        let coefficients = readable_coefficients(&report.coefficients, &reply.prepared);
        let report = Arc::new(LogisticReport { coefficients, ..report.clone() });
        view! { <LogisticResult report known is_standardized /> }.into_any()
    } else {
        ().into_any()
    };
    view! {
        <ResultBar on_again=again />
        {report}
        <KeepPart hint=words(Predict::KeepHint) label=words(Predict::KeepButton) default_name=name />
        <NotesPart reply known />
    }
}

/// The verdict in one banner.
#[component]
pub fn VerdictBanner(
    /// The verdict.
    verdict: Verdict,
    /// Its sentence.
    #[prop(into)]
    sentence: Signal<String>,
) -> impl IntoView {
    let (tone, badge) = match verdict {
        Verdict::Better => (Tone::Good, Predict::BadgeBetter),
        Verdict::Unclear => (Tone::Warning, Predict::BadgeUnclear),
        Verdict::Worse => (Tone::Bad, Predict::BadgeWorse),
        Verdict::TooGood => (Tone::Warning, Predict::BadgeTooGood),
    };
    view! {
        <Banner tone title=words(badge) test_id="predict-verdict">
            <p>{sentence}</p>
        </Banner>
    }
}

/// What the result means and what it does not.
#[component]
pub fn Meaning(
    /// Sentences about the strongest columns.
    #[prop(into)]
    means: Signal<Vec<String>>,
    /// Warnings.
    means_not: Vec<Predict>,
) -> impl IntoView {
    let list = move || {
        let means = means.get();
        if means.is_empty() {
            view! { <p class="muted">{t(Predict::MeansNone)}</p> }.into_any()
        } else {
            let items = means.into_iter().map(|words| view! { <li>{words}</li> });
            view! { <ul class="meaning">{items.collect_view()}</ul> }.into_any()
        }
    };
    let warnings = means_not.into_iter().map(|text| view! { <li>{t(text)}</li> });
    view! {
        <div class="columns">
            <Card title=words(Predict::MeansTitle) test_id="predict-means">
                {list}
            </Card>
            <Card title=words(Predict::MeansNotTitle) test_id="predict-means-not">
                <ul class="meaning">{warnings.collect_view()}</ul>
            </Card>
        </div>
    }
}
