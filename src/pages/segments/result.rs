//! What the segments are.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use stillroom_engine::protocol::FileKind;
use stillroom_engine::reply::{GroupReport, Reply};

use crate::model::analysis::{Analysis as Page, group_report};
use crate::model::segments::{
    Separation, aside_words, group_facts, k_figures, k_words, map_figure, separation, separation_words,
    size_figure, suggested_names, tree_figure,
};
use crate::pages::analysis::{Gallery, KeepPart, Known, NotesPart, ResultBar, TableCard, use_desk};
use crate::text::analysis::Analysis;
use crate::text::explain::Explain;
use crate::text::segments::Segments;
use crate::text::{count, fill, format, say, words};
use crate::ui::{Banner, Card, Chart, ChartSize, Stat, Tone};

use super::cards::SegmentCards;
use super::migration::MigrationPart;

/// The result.
#[component]
pub fn SegmentsResult(reply: Arc<Reply>, known: Known) -> impl IntoView {
    let desk = use_desk();
    let recipe = reply.recipe.clone();
    let again = Callback::new(move |()| desk.run(Page::Segments, recipe.clone()));
    let report = group_report(&reply).cloned().map(Arc::new);
    let keep_name = if reply.recipe.name.is_empty() {
        say(Segments::DefaultName).to_owned()
    } else {
        reply.recipe.name.clone()
    };
    view! {
        <ResultBar on_again=again />
        {report
            .map(|report| {
                view! { <Report report reply=Arc::clone(&reply) known keep_name /> }
            })}
        <NotesPart reply known />
    }
}

#[component]
fn Report(report: Arc<GroupReport>, reply: Arc<Reply>, known: Known, keep_name: String) -> impl IntoView {
    let desk = use_desk();
    let names = {
        let report = Arc::clone(&report);
        let kept_names = reply.label_names.clone();
        Memo::new(move |_| {
            let given = desk.names.get();
            let suggested = if kept_names.is_empty() {
                suggested_names(&report, &known.labels())
            } else {
                kept_names.clone()
            };
            let name = |(at, name): (usize, String)| {
                given.get(at).filter(|given| !given.trim().is_empty()).cloned().unwrap_or(name)
            };
            suggested.into_iter().enumerate().map(name).collect::<Vec<String>>()
        })
    };
    let sizes = {
        let report = Arc::clone(&report);
        Signal::derive(move || size_figure(&report, &names.get()))
    };
    let map = {
        let report = Arc::clone(&report);
        move || map_figure(&report, &names.get(), &known.labels())
    };
    let navigate = use_navigate();
    let open = Callback::new(move |id: i64| navigate(&format!("/customers/{id}"), Default::default()));
    let tone = match separation(&report) {
        Separation::Clear => Tone::Good,
        Separation::Fair => Tone::Info,
        Separation::Weak | Separation::None => Tone::Warning,
    };
    let headline = {
        let report = Arc::clone(&report);
        move || separation_words(&report)
    };
    let aside = {
        let report = Arc::clone(&report);
        move || {
            let sentences = aside_words(&report, &known.labels());
            sentences.into_iter().map(|words| view! { <p>{words}</p> }).collect_view()
        }
    };
    let trees = {
        let report = Arc::clone(&report);
        Signal::derive(move || {
            tree_figure(&report).map(|figure| ("segment-tree", 0, figure)).into_iter().collect::<Vec<_>>()
        })
    };
    let facts = {
        let report = Arc::clone(&report);
        Signal::derive(move || group_facts(&report))
    };
    let is_of_orders = reply.recipe.source.rows == FileKind::OrderLines;
    let has_map = report.map.is_some();
    let k = u64::from(report.k);
    view! {
        <Banner
            tone
            title=Signal::derive(move || count(Segments::ResultTitle, k))
            test_id="segments-headline"
        >
            <p>{headline}</p>
            {aside}
        </Banner>
        <Figures report=Arc::clone(&report) reply />
        <div class="columns columns-wide">
            {has_map
                .then(|| {
                    view! {
                        <Card>
                            <Chart
                                figure=Signal::derive(move || map().unwrap_or_default())
                                size=ChartSize::Large
                                on_select=open
                                test_id="segment-map"
                            />
                        </Card>
                    }
                })} <Card>
                <Chart
                    figure=sizes
                    size=ChartSize::Large
                    test_id="segment-sizes"
                />
            </Card>
        </div>
        <SegmentCards report=Arc::clone(&report) names known />
        <KeepPart
            hint=words(Segments::KeepHint)
            label=words(Segments::KeepButton)
            default_name=keep_name
            label_names=names.into()
        />
        {is_of_orders.then(|| view! { <MigrationPart /> })}
        <Gallery figures=trees />
        <Curves report />
        <TableCard title=words(Explain::FactsTitle) table=facts test_id="segment-facts" />
    }
}

#[component]
fn Figures(report: Arc<GroupReport>, reply: Arc<Reply>) -> impl IntoView {
    let (used, read) = (reply.n_rows_used, reply.n_rows_read);
    let silhouette = report.silhouette.clone();
    let k = u64::from(report.k);
    let (value, sampled) = (silhouette.clone(), silhouette);
    let sample_words = move || match &sampled {
        Some(found) if found.n_rows < found.n_rows_total => {
            let values = [("half", format::fixed(found.half_width, 3)), ("n", format::integer(found.n_rows))];
            fill(Segments::StatSampled, &values)
        }
        _ => say(Segments::StatSilhouetteHint).to_owned(),
    };
    view! {
        <dl class="stats">
            <Stat
                label=words(Segments::StatSegments)
                value=Signal::derive(move || format::integer(k))
                hint=Signal::derive(move || k_words(&report))
                test_id="stat-segments"
            />
            <Stat
                label=words(Segments::StatSilhouette)
                value=Signal::derive(move || {
                    value.as_ref().map_or_else(|| "—".to_owned(), |found| format::fixed(found.mean, 2))
                })
                hint=Signal::derive(sample_words)
                test_id="stat-silhouette"
            />
            <Stat
                label=words(Analysis::RowsUsed)
                value=Signal::derive(move || format::integer(used))
                hint=Signal::derive(move || fill(Analysis::RowsUsedHint, &[("n", format::integer(read))]))
                test_id="stat-rows"
            />
        </dl>
    }
}

/// Why this number of segments.
#[component]
fn Curves(report: Arc<GroupReport>) -> impl IntoView {
    let has_curves = k_figures(&report).is_some();
    let curve = move |at: usize| {
        let report = Arc::clone(&report);
        Signal::derive(move || {
            let figures = k_figures(&report).map(Vec::from).unwrap_or_default();
            figures.into_iter().nth(at).unwrap_or_default()
        })
    };
    has_curves.then(|| {
        view! {
            <Card title=words(Segments::CurvesTitle)>
                <div class="columns">
                    <Chart figure=curve(0) is_part=true size=ChartSize::Small test_id="segment-silhouette-curve" />
                    <Chart figure=curve(1) is_part=true size=ChartSize::Small test_id="segment-elbow-curve" />
                </div>
            </Card>
        }
    })
}
