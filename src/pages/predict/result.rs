//! What was learned: the verdict, what to look at first, and the views of the result.

use std::sync::Arc;

use leptos::prelude::*;
use stillroom_engine::reply::{HeldOut, PredictReport, Reply};

use crate::model::analysis::{Analysis as Page, predict_report};
use crate::model::predict::{
    Verdict, driver_figures, fact_table, findings_words, fold_table, quality_figures, readable_coefficients,
    tiles, verdict_words,
};
use crate::pages::analysis::{Gallery, KeepPart, Known, NotesPart, ResultBar, TableCard, Tiles, use_desk};
use crate::text::analysis::{Analysis, column_words, level_words};
use crate::text::explain::Explain;
use crate::text::predict::Predict;
use crate::text::{fill, say, t, words};
use crate::ui::{Banner, Choice, Tabs, Tone};

use super::one::OneCustomer;
use super::panels::{BoardPanel, CardPanel, ConfusionPart, FairnessPanel, MeaningPart};
use super::threshold::ThresholdPart;

const QUALITY: &str = "quality";
const COLUMNS: &str = "columns";
const ONE: &str = "one";
const THRESHOLD: &str = "threshold";
const FAIRNESS: &str = "fairness";
const BOARD: &str = "board";
const CARD: &str = "card";

/// A result with what every view of it needs.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The whole reply.
    pub reply: Arc<Reply>,
    /// Its report, the coefficients as people compare them.
    pub report: Arc<PredictReport>,
    /// What is predicted, in words.
    pub outcome: Memo<String>,
    /// What the workspace holds.
    pub known: Known,
    /// Numbers were brought to one scale.
    pub is_standardized: bool,
}

impl Shown {
    fn of(reply: &Arc<Reply>, known: Known) -> Option<Self> {
        let report = predict_report(reply)?;
        let coefficients = readable_coefficients(&report.coefficients, &reply.prepared);
        let report = Arc::new(PredictReport { coefficients, ..report.clone() });
        let outcome = {
            let (reply, report) = (Arc::clone(reply), Arc::clone(&report));
            Memo::new(move |_| outcome_words(&reply, &report, known))
        };
        let is_standardized = reply.recipe.steps.iter().any(|step| step.method == "standardize");
        Some(Self { reply: Arc::clone(reply), report, outcome, known, is_standardized })
    }
}

/// What is predicted: a column, a class of it, or what customers do after a date.
fn outcome_words(reply: &Reply, report: &PredictReport, known: Known) -> String {
    let dated = reply.recipe.steps.first().filter(|step| step.method == "outcome");
    if let Some(step) = dated {
        return say(match step.parameters.get("measure").and_then(|measure| measure.as_str()) {
            Some("leaves") => Predict::OutcomeLeaves,
            Some("orders") => Predict::OutcomeOrders,
            Some("spend") => Predict::OutcomeSpend,
            _ => Predict::OutcomeBuys,
        })
        .to_owned();
    }
    let column = column_words(&report.target, &known.labels());
    match (&report.held_out, report.labels.last()) {
        (HeldOut::TwoClasses(_), Some(label)) => {
            fill(Analysis::LevelOf, &[("column", column), ("level", level_words(label))])
        }
        _ => column,
    }
}

/// The result.
#[component]
pub fn PredictResult(reply: Arc<Reply>, known: Known) -> impl IntoView {
    let desk = use_desk();
    let recipe = reply.recipe.clone();
    let again = Callback::new(move |()| desk.run(Page::Predict, recipe.clone()));
    let shown = Shown::of(&reply, known);
    let name = match &shown {
        _ if !reply.recipe.name.is_empty() => reply.recipe.name.clone(),
        Some(shown) => fill(Predict::DefaultName, &[("target", shown.outcome.get_untracked())]),
        None => String::new(),
    };
    view! {
        <ResultBar on_again=again />
        {shown.map(|shown| view! { <Report shown /> })}
        <KeepPart hint=words(Predict::KeepHint) label=words(Predict::KeepButton) default_name=name />
        <NotesPart reply known />
    }
}

#[component]
fn Report(shown: Shown) -> impl IntoView {
    let Shown { report, outcome, known, .. } = shown.clone();
    let (verdict, _) = untrack(|| verdict_words(&report, &outcome.get()));
    let sentence = {
        let report = Arc::clone(&report);
        move || verdict_words(&report, &outcome.get()).1
    };
    let (tone, badge) = match verdict {
        Verdict::Better => (Tone::Good, Predict::BadgeBetter),
        Verdict::Unclear => (Tone::Warning, Predict::BadgeUnclear),
        Verdict::Worse => (Tone::Bad, Predict::BadgeWorse),
        Verdict::TooGood => (Tone::Warning, Predict::BadgeTooGood),
    };
    let findings = {
        let report = Arc::clone(&report);
        move || {
            let found = findings_words(&report.findings, &known.labels());
            (!found.is_empty()).then(|| {
                let items = found.into_iter().map(|words| view! { <li>{words}</li> });
                view! {
                    <Banner tone=Tone::Warning title=words(Explain::FoundTitle) test_id="predict-findings">
                        <ul class="meaning">{items.collect_view()}</ul>
                    </Banner>
                }
            })
        }
    };
    let numbers = {
        let report = Arc::clone(&report);
        Signal::derive(move || tiles(&report))
    };
    let selected = RwSignal::new(QUALITY.to_owned());
    let keys = tab_keys(&report);
    let tabs = Signal::derive(move || {
        keys.iter().map(|(key, name)| ((*key).to_owned(), say(*name).to_owned())).collect::<Vec<Choice>>()
    });
    let panel = move || {
        let shown = shown.clone();
        match selected.get().as_str() {
            COLUMNS => view! { <ColumnsPanel shown /> }.into_any(),
            ONE => view! { <OneCustomer shown /> }.into_any(),
            FAIRNESS => view! { <FairnessPanel shown /> }.into_any(),
            BOARD => view! { <BoardPanel shown /> }.into_any(),
            CARD => view! { <CardPanel shown /> }.into_any(),
            THRESHOLD => match &shown.report.held_out {
                HeldOut::TwoClasses(score) => {
                    view! { <ThresholdPart score=Arc::new((**score).clone()) /> }.into_any()
                }
                _ => ().into_any(),
            },
            _ => view! { <QualityPanel shown /> }.into_any(),
        }
    };
    view! {
        <Banner tone title=words(badge) test_id="predict-verdict">
            <p>{sentence}</p>
        </Banner>
        {findings}
        <Tiles tiles=numbers />
        <Tabs label=words(Predict::ResultTabs) tabs selected test_id="predict-tab" />
        <div
            id=move || format!("panel-{}", selected.get())
            class="stack"
            role="tabpanel"
            aria-labelledby=move || format!("tab-{}", selected.get())
        >
            {panel}
        </div>
    }
}

/// The views that have something to show.
fn tab_keys(report: &PredictReport) -> Vec<(&'static str, Predict)> {
    let is_two = matches!(report.held_out, HeldOut::TwoClasses(_));
    let all = [
        (QUALITY, Predict::TabQuality, true),
        (BOARD, Predict::TabBoard, report.leaderboard.is_some()),
        (COLUMNS, Predict::TabColumns, true),
        (ONE, Predict::TabOne, true),
        (THRESHOLD, Predict::TabThreshold, is_two),
        (FAIRNESS, Predict::TabFairness, !report.fairness.is_empty()),
        (CARD, Predict::TabCard, true),
    ];
    all.into_iter().filter(|(.., has_something)| *has_something).map(|(key, name, _)| (key, name)).collect()
}

#[component]
fn QualityPanel(shown: Shown) -> impl IntoView {
    let report = shown.report;
    let figures = {
        let report = Arc::clone(&report);
        Signal::derive(move || quality_figures(&report))
    };
    let confusion = match &report.held_out {
        HeldOut::Classes(score) => {
            let (score, labels) = (Arc::new((**score).clone()), report.labels.clone());
            Some(view! { <ConfusionPart score labels /> })
        }
        _ => None,
    };
    let has_folds = !report.folds.is_empty();
    let folds = Signal::derive(move || fold_table(&report).unwrap_or_default());
    view! {
        {confusion}
        <Gallery figures />
        {has_folds
            .then(|| {
                view! { <TableCard title=words(Predict::FoldsTitle) table=folds test_id="predict-folds-table" /> }
            })}
    }
}

#[component]
fn ColumnsPanel(shown: Shown) -> impl IntoView {
    let Shown { report, known, is_standardized, .. } = shown.clone();
    let figures = {
        let report = Arc::clone(&report);
        Signal::derive(move || driver_figures(&report, &known.labels(), is_standardized))
    };
    let is_empty = figures.with_untracked(Vec::is_empty);
    let has_facts = !report.facts.is_empty();
    let facts = Signal::derive(move || fact_table(&report));
    view! {
        {is_empty.then(|| view! { <p class="muted">{t(Explain::NotAsked)}</p> })}
        <Gallery figures />
        <MeaningPart shown />
        {has_facts
            .then(|| view! { <TableCard title=words(Explain::FactsTitle) table=facts test_id="predict-facts" /> })}
    }
}
