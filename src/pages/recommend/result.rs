//! How good the recommendations are, for whom, and which items belong together.

use std::sync::Arc;

use leptos::prelude::*;
use stillroom_engine::reply::{KnnItemReport, RecommendEvaluation, Reply};

use crate::model::analysis::{Analysis as Page, knn_item_report};
use crate::model::recommend::{
    Verdict, evaluation_figure, item_words, neighbour_share, similar_rows, verdict, verdict_words,
};
use crate::pages::analysis::{KeepPart, Known, NotesPart, ResultBar, use_desk};
use crate::text::recommend::Recommend;
use crate::text::{fill, format, say, t, words};
use crate::ui::{Banner, Card, Chart, DataTable, Stat, TextField, Tone};

use super::lookup::Lookup;

/// Rows of the table of similar items.
const MOST_SIMILAR: usize = 120;
/// Items of the list of bestsellers.
const MOST_POPULAR: usize = 12;

/// The result.
#[component]
pub fn RecommendResult(reply: Arc<Reply>, known: Known) -> impl IntoView {
    let desk = use_desk();
    let recipe = reply.recipe.clone();
    let again = Callback::new(move |()| desk.run(Page::Recommend, recipe.clone()));
    let report = knn_item_report(&reply).cloned().map(Arc::new);
    let name = if reply.recipe.name.is_empty() {
        say(Recommend::DefaultName).to_owned()
    } else {
        reply.recipe.name.clone()
    };
    view! {
        <ResultBar on_again=again exports=false />
        {report.map(|report| view! { <Report report keep_name=name /> })}
        <NotesPart reply known />
    }
}

#[component]
fn Report(report: Arc<KnnItemReport>, keep_name: String) -> impl IntoView {
    let similar = Arc::clone(&report);
    let popular = Arc::clone(&report);
    view! {
        {match report.evaluation.clone() {
            Some(evaluation) => view! { <Evaluation evaluation /> }.into_any(),
            None => {
                view! {
                    <Banner tone=Tone::Warning test_id="recommend-untested">
                        <p>{t(Recommend::NoEvaluation)}</p>
                    </Banner>
                }
                    .into_any()
            }
        }}
        <Figures report />
        <Lookup />
        <div class="columns columns-wide">
            <Similar report=similar />
            <Popular report=popular />
        </div>
        <KeepPart hint=words(Recommend::KeepHint) label=words(Recommend::KeepButton) default_name=keep_name />
    }
}

#[component]
fn Evaluation(evaluation: RecommendEvaluation) -> impl IntoView {
    let (tone, badge) = match verdict(&evaluation) {
        Verdict::Better => (Tone::Good, Recommend::BadgeBetter),
        Verdict::Unclear => (Tone::Warning, Recommend::BadgeUnclear),
        Verdict::Worse => (Tone::Bad, Recommend::BadgeWorse),
    };
    let (sentence, figure) = (evaluation.clone(), evaluation);
    view! {
        <Banner tone title=words(badge) test_id="recommend-verdict">
            <p>{move || verdict_words(&sentence)}</p>
        </Banner>
        <Card>
            <Chart figure=Signal::derive(move || evaluation_figure(&figure)) test_id="recommend-evaluation" />
        </Card>
    }
}

#[component]
fn Figures(report: Arc<KnnItemReport>) -> impl IntoView {
    let (users, items, pairs) = (report.n_users, report.n_items, report.n_interactions);
    let share = neighbour_share(&report);
    let coverage = report.evaluation.as_ref().map(|found| (found.model.coverage, found.popularity.coverage));
    view! {
        <dl class="stats">
            <Stat
                label=words(Recommend::StatCustomers)
                value=Signal::derive(move || format::integer(users))
                test_id="stat-customers"
            />
            <Stat
                label=words(Recommend::StatItems)
                value=Signal::derive(move || format::integer(items))
                hint=Signal::derive(move || fill(Recommend::StatItemsHint, &[("share", format::percent(share, 0))]))
                test_id="stat-items"
            />
            <Stat
                label=words(Recommend::StatPairs)
                value=Signal::derive(move || format::integer(pairs))
                test_id="stat-pairs"
            />
            {coverage
                .map(|(model, popular)| {
                    let hint = move || {
                        fill(Recommend::CoverageHint, &[("popular", format::percent(popular, 1))])
                    };
                    view! {
                        <Stat
                            label=words(Recommend::Coverage)
                            value=Signal::derive(move || format::percent(model, 1))
                            hint=Signal::derive(hint)
                            test_id="stat-coverage"
                        />
                    }
                })}
        </dl>
    }
}

#[component]
fn Similar(report: Arc<KnnItemReport>) -> impl IntoView {
    let search = RwSignal::new(String::new());
    let rows = Memo::new(move |_| {
        let mut rows = similar_rows(&report.similar, &search.get());
        rows.truncate(MOST_SIMILAR);
        rows
    });
    let columns = Signal::derive(|| {
        [
            (Recommend::Item, false),
            (Recommend::SimilarItem, false),
            (Recommend::Similarity, true),
            (Recommend::Cosine, true),
            (Recommend::CommonBuyers, true),
        ]
        .map(|(name, is_number)| (say(name).to_owned(), is_number))
        .to_vec()
    });
    view! {
        <Card title=words(Recommend::SimilarTitle) test_id="similar">
            <p class="muted">{t(Recommend::SimilarHint)}</p>
            <TextField label=words(Recommend::SimilarSearch) value=search kind="search" test_id="similar-search" />
            <Show
                when=move || !rows.with(Vec::is_empty)
                fallback=|| view! { <p class="muted">{t(Recommend::SimilarNone)}</p> }
            >
                <DataTable caption=words(Recommend::SimilarTitle) columns rows test_id="similar-table" />
            </Show>
        </Card>
    }
}

#[component]
fn Popular(report: Arc<KnnItemReport>) -> impl IntoView {
    let rows = Signal::derive(move || {
        let row = |item: &stillroom_engine::reply::PopularItem| {
            vec![item_words(&item.code, &item.name), format::integer(item.n_users)]
        };
        report.popular.iter().take(MOST_POPULAR).map(row).collect::<Vec<_>>()
    });
    let columns = Signal::derive(|| {
        [(Recommend::Item, false), (Recommend::Buyers, true)]
            .map(|(name, is_number)| (say(name).to_owned(), is_number))
            .to_vec()
    });
    view! {
        <Card title=words(Recommend::PopularTitle) test_id="popular">
            <DataTable caption=words(Recommend::PopularTitle) columns rows test_id="popular-table" />
        </Card>
    }
}
