//! The parts of a form that asks for an analysis.

use std::collections::BTreeSet;

use leptos::prelude::*;

use crate::model::analysis::Analysis as Page;
use crate::model::columns::{Candidate, Doubt};
use crate::text::analysis::{Analysis, column_words};
use crate::text::fields::type_words;
use crate::text::predict::Predict;
use crate::text::{count, fill, format, say, t};
use crate::ui::{Badge, Button, Icon, JobProgressBar, Look, Symbol, Tone};

use super::desk::{Known, use_desk};
use super::result::Failed;

/// One of a few ways to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Option_ {
    /// Its stable key.
    pub key: &'static str,
    /// Its name.
    pub title: String,
    /// What it means.
    pub hint: String,
}

/// A choice between a few ways to go, each explained.
#[component]
pub fn OptionCards(
    /// What is chosen.
    #[prop(into)]
    legend: Signal<String>,
    /// The ways.
    #[prop(into)]
    options: Signal<Vec<Option_>>,
    /// The chosen key.
    selected: RwSignal<String>,
    /// Its stable test id; an option's is `…-<key>`.
    test_id: &'static str,
) -> impl IntoView {
    let card = move |option: Option_| {
        let key = option.key;
        view! {
            <label class="option-card">
                <input
                    type="radio"
                    name=test_id
                    value=key
                    data-testid=format!("{test_id}-{key}")
                    prop:checked=move || selected.get() == key
                    on:change=move |_| selected.set(key.to_owned())
                />
                <span class="option-words">
                    <span class="option-title">{option.title}</span>
                    <span class="option-hint">{option.hint}</span>
                </span>
            </label>
        }
    };
    view! {
        <fieldset class="option-cards" data-testid=test_id>
            <legend>{legend}</legend>
            {move || options.get().into_iter().map(card).collect_view()}
        </fieldset>
    }
}

/// A list of columns to choose from, with what to look at twice.
#[component]
pub fn ColumnPicker(
    /// What the columns are for.
    #[prop(into)]
    legend: Signal<String>,
    /// The columns offered.
    #[prop(into)]
    candidates: Signal<Vec<Candidate>>,
    /// The chosen keys.
    chosen: RwSignal<BTreeSet<String>>,
    /// What the workspace holds, for names.
    known: Known,
    /// Its stable test id; a column's is `…-<key>`, the buttons' `…-all` and `…-none`.
    test_id: &'static str,
) -> impl IntoView {
    let all = move || {
        candidates
            .get_untracked()
            .into_iter()
            .filter(|candidate| candidate.doubts.is_empty())
            .map(|found| found.key)
    };
    let row = move |candidate: Candidate| {
        let (key, own) = (candidate.key.clone(), candidate.key.clone());
        let label = {
            let key = candidate.key.clone();
            move || column_words(&key, &known.labels())
        };
        let value_type = candidate.value_type.clone();
        let filled = candidate.filled;
        let about = move || {
            let share = fill(Analysis::Filled, &[("share", format::percent(filled, 1))]);
            let type_name = type_words(&value_type);
            if filled < 1.0 { format!("{type_name} · {share}") } else { type_name.to_owned() }
        };
        let doubts = candidate.doubts.into_iter().map(|doubt| {
            view! { <Badge tone=Tone::Warning>{move || say(doubt_text(doubt))}</Badge> }
        });
        view! {
            <label class="column-choice">
                <input
                    type="checkbox"
                    data-testid=format!("{test_id}-{key}")
                    prop:checked=move || chosen.with(|chosen| chosen.contains(&own))
                    on:change=move |event| {
                        let is_chosen = event_target_checked(&event);
                        chosen
                            .update(|chosen| {
                                if is_chosen {
                                    chosen.insert(key.clone());
                                } else {
                                    chosen.remove(&key);
                                }
                            });
                    }
                />
                <span class="column-words">
                    <span class="column-name">{label}</span>
                    <span class="column-about">{about}</span>
                </span>
                <span class="column-doubts">{doubts.collect_view()}</span>
            </label>
        }
    };
    view! {
        <fieldset class="column-picker" data-testid=test_id>
            <legend>{legend}</legend>
            <div class="column-tools">
                <span class="muted small">
                    {move || count(Analysis::ColumnsChosen, chosen.with(BTreeSet::len) as u64)}
                </span>
                <Button
                    test_id=format!("{test_id}-all")
                    look=Look::Quiet
                    on_press=Callback::new(move |()| chosen.set(all().collect()))
                >
                    {t(Analysis::SelectAll)}
                </Button>
                <Button
                    test_id=format!("{test_id}-none")
                    look=Look::Quiet
                    on_press=Callback::new(move |()| chosen.set(BTreeSet::new()))
                >
                    {t(Analysis::SelectNone)}
                </Button>
            </div>
            <div class="column-list">{move || candidates.get().into_iter().map(row).collect_view()}</div>
        </fieldset>
    }
}

fn doubt_text(doubt: Doubt) -> Predict {
    match doubt {
        Doubt::LooksLikeId => Predict::DoubtId,
        Doubt::Constant => Predict::DoubtConstant,
        Doubt::MostlyMissing => Predict::DoubtMissing,
        Doubt::FromModel => Predict::DoubtModel,
        Doubt::NamedLikeTarget => Predict::DoubtTarget,
    }
}

/// A titled part of a form.
#[component]
pub fn HeadedForm(
    /// Its heading.
    #[prop(into)]
    title: Signal<String>,
    /// A line about it.
    #[prop(optional, into)]
    hint: Option<Signal<String>>,
    /// What is in it.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="card form-part">
            <h2>{title}</h2>
            {hint.map(|hint| view! { <p class="muted">{hint}</p> })}
            {children()}
        </section>
    }
}

/// The button that runs the analysis, its progress and its failure.
#[component]
pub fn RunPart(
    /// Whose analysis it is.
    page: Page,
    /// The words on the button.
    #[prop(into)]
    label: Signal<String>,
    /// Why it cannot run yet.
    #[prop(optional, into)]
    refusal: Signal<Option<String>>,
    /// Runs it.
    on_run: Callback<()>,
    /// Its stable test id; the progress's is `…-progress`.
    test_id: &'static str,
) -> impl IntoView {
    let desk = use_desk();
    let task = move || desk.task_of(page);
    let is_running = Memo::new(move |_| task().is_some_and(|task| task.is_running()));
    let is_blocked = Memo::new(move |_| refusal.get().is_some() || desk.is_busy_elsewhere(page));
    let reason = move || {
        if desk.is_busy_elsewhere(page) { Some(say(Analysis::Running).to_owned()) } else { refusal.get() }
    };
    let failure = move || task().and_then(|task| task.failure());
    view! {
        <div class="run-part">
            <Show
                when=move || is_running.get()
                fallback=move || {
                    view! {
                        <div class="actions">
                            <Button test_id look=Look::Primary disabled=is_blocked on_press=on_run>
                                {label}
                            </Button>
                            <span class="muted small" role="status">
                                {reason}
                            </span>
                        </div>
                    }
                }
            >
                <JobProgressBar
                    progress=Signal::derive(move || task().and_then(|task| task.progress()))
                    is_stopping=Signal::derive(move || task().is_some_and(|task| task.is_stopping()))
                    on_cancel=Callback::new(move |()| {
                        if let Some(task) = untrack(task) {
                            task.cancel();
                        }
                    })
                    test_id=format!("{test_id}-progress")
                />
            </Show>
            {move || failure().map(|failure| view! { <Failed failure /> })}
            <p class="muted small run-promise">
                <Icon symbol=Symbol::Shield />
                {t(crate::text::shell::Shell::NothingLeaves)}
            </p>
        </div>
    }
}
