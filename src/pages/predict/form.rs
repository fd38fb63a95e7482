//! What to predict, from what, and how to judge it.

use std::collections::BTreeSet;

use leptos::prelude::*;
use stillroom_engine::reply::ColumnProfile;

use crate::model::analysis::Analysis as Page;
use crate::model::columns::{Candidate, TargetKind, candidates, is_profile_of, is_usable, target_kind};
use crate::model::recipes::{DEFAULT_SEED, PredictForm, Predictor};
use crate::pages::analysis::{ColumnPicker, Failed, HeadedForm, Known, RunPart, use_desk};
use crate::text::analysis::{Analysis, column_words, level_words};
use crate::text::predict::Predict;
use crate::text::{count_with, fill, say, t, words};
use crate::ui::{Banner, Checkbox, Choice, NumberField, Select, Skeleton, Tone};

use super::validation::{ValidationChoice, ValidationPart};

const LARGEST_PENALTY: f64 = 1e6;
const LARGEST_SEED: f64 = 4_294_967_295.0;

/// The form.
#[component]
pub fn PredictFormPart(known: Known, n_customers: u64) -> impl IntoView {
    let desk = use_desk();
    let target = RwSignal::new(String::new());
    let positive = RwSignal::new(String::new());
    let chosen = RwSignal::new(BTreeSet::<String>::new());
    let validation = ValidationChoice::new();
    let standardizes = RwSignal::new(true);
    let penalty = RwSignal::new(0.0);
    let seed = RwSignal::new(DEFAULT_SEED as f64);

    let usable = Memo::new(move |_| {
        let fields = known.fields.answer().unwrap_or_default();
        fields.into_iter().filter(is_usable).collect::<Vec<_>>()
    });
    let targets = Signal::derive(move || {
        let labels = known.labels();
        let nothing = (String::new(), say(Predict::TargetChoose).to_owned());
        let choice = |field: &stillroom_engine::protocol::FieldInfo| {
            (field.key.clone(), column_words(&field.key, &labels))
        };
        std::iter::once(nothing)
            .chain(usable.with(|fields| fields.iter().map(choice).collect::<Vec<_>>()))
            .collect::<Vec<Choice>>()
    });
    let describe = Callback::new(move |_: String| {
        desk.describe(usable.with_untracked(|fields| fields.iter().map(|field| field.key.clone()).collect()));
    });
    let kind = Memo::new(move |_| {
        let target = target.get();
        let profiles: Vec<ColumnProfile> = desk.profiles();
        let field = usable.with(|fields| fields.iter().find(|field| field.key == target).cloned())?;
        profiles.iter().find(|profile| is_profile_of(profile, &field)).map(target_kind)
    });
    let offered = Memo::new(move |_| {
        usable.with(|fields| candidates(fields, n_customers, &desk.profiles(), Some(&target.get())))
    });
    Effect::new(move || {
        let sound = offered.get().into_iter().filter(|it: &Candidate| it.doubts.is_empty());
        chosen.set(sound.map(|candidate| candidate.key).collect());
    });
    Effect::new(move || {
        if let Some(TargetKind::TwoClasses(_, yes)) = kind.get() {
            positive.set(yes);
        }
    });
    let predictor = Memo::new(move |_| match kind.get() {
        Some(TargetKind::Number) => Some(Predictor::Linear),
        Some(TargetKind::TwoClasses(..)) => Some(Predictor::Logistic),
        _ => None,
    });
    let refusal = Signal::derive(move || {
        if predictor.get().is_none() {
            Some(say(Predict::TargetNeeded).to_owned())
        } else if chosen.with(BTreeSet::is_empty) {
            Some(say(Predict::ColumnsNeeded).to_owned())
        } else {
            None
        }
    });
    let run = move || {
        let Some(predictor) = predictor.get_untracked() else { return };
        let key = target.get_untracked();
        let name = fill(Predict::DefaultName, &[("target", column_words(&key, &untrack(|| known.labels())))]);
        let form = PredictForm {
            positive: (predictor == Predictor::Logistic).then(|| positive.get_untracked()),
            target: key,
            predictor,
            columns: chosen.get_untracked().into_iter().collect(),
            standardizes: standardizes.get_untracked(),
            penalty: penalty.get_untracked(),
            validation: validation.to_recipe(),
            seed: seed.get_untracked() as u64,
        };
        desk.run(Page::Predict, form.recipe(name));
    };
    let has_targets = Memo::new(move |_| !usable.with(Vec::is_empty));
    view! {
        <div class="analysis-form">
            <HeadedForm title=words(Predict::TargetTitle) hint=words(Predict::TargetHint)>
                <Show when=move || has_targets.get() fallback=|| view! { <p class="muted">{t(Predict::NoTargets)}</p> }>
                    <div class="form-row">
                        <Select
                            label=words(Predict::TargetLabel)
                            value=target
                            choices=targets
                            on_change=describe
                            test_id="predict-target"
                        />
                        <Positive kind positive />
                    </div>
                    <KindWords target kind />
                </Show>
            </HeadedForm>
            <Show when=move || predictor.get().is_some()>
                <HeadedForm title=words(Predict::ColumnsTitle) hint=words(Predict::ColumnsHint)>
                    <ColumnPicker
                        legend=words(Predict::ColumnsTitle)
                        candidates=offered
                        chosen
                        known
                        test_id="predict-columns"
                    />
                </HeadedForm>
                <HeadedForm title=words(Predict::ValidationTitle)>
                    <ValidationPart choice=validation known />
                    <details class="more" data-testid="predict-more">
                        <summary>{t(Analysis::Advanced)}</summary>
                        <div class="stack">
                            <div>
                                <Checkbox
                                    label=words(Predict::Standardize)
                                    checked=standardizes
                                    on_change=Callback::new(move |on| standardizes.set(on))
                                    test_id="predict-standardize"
                                />
                                <p class="field-hint">{t(Predict::StandardizeHint)}</p>
                            </div>
                            <Show when=move || predictor.get() == Some(Predictor::Logistic)>
                                <NumberField
                                    label=words(Predict::Penalty)
                                    value=penalty
                                    min=0.0
                                    max=LARGEST_PENALTY
                                    step=0.1
                                    hint=words(Predict::PenaltyHint)
                                    test_id="predict-penalty"
                                />
                            </Show>
                            <NumberField
                                label=words(Analysis::SeedLabel)
                                value=seed
                                min=0.0
                                max=LARGEST_SEED
                                hint=words(Analysis::SeedHint)
                                test_id="predict-seed"
                            />
                        </div>
                    </details>
                </HeadedForm>
            </Show>
            <RunPart
                page=Page::Predict
                label=words(Predict::Run)
                refusal
                on_run=Callback::new(move |()| run())
                test_id="predict-run"
            />
        </div>
    }
}

/// Which of two classes counts as yes.
#[component]
fn Positive(kind: Memo<Option<TargetKind>>, positive: RwSignal<String>) -> impl IntoView {
    let choices = Signal::derive(move || match kind.get() {
        Some(TargetKind::TwoClasses(no, yes)) => {
            [yes, no].map(|class| (class.clone(), level_words(&class))).to_vec()
        }
        _ => Vec::new(),
    });
    move || {
        let has_two = matches!(kind.get(), Some(TargetKind::TwoClasses(..)));
        has_two.then(|| {
            view! {
                <Select label=words(Predict::Positive) value=positive choices test_id="predict-positive" />
            }
        })
    }
}

/// What the chosen target is good for.
#[component]
fn KindWords(target: RwSignal<String>, kind: Memo<Option<TargetKind>>) -> impl IntoView {
    let desk = use_desk();
    move || {
        if target.with(String::is_empty) {
            return None;
        }
        if let Some(failure) = desk.description().failure() {
            return Some(view! { <Failed failure /> }.into_any());
        }
        let Some(kind) = kind.get() else { return Some(view! { <Skeleton lines=1 /> }.into_any()) };
        let (tone, words) = match kind {
            TargetKind::Number => (Tone::Info, say(Predict::KindNumber).to_owned()),
            TargetKind::TwoClasses(no, yes) => (
                Tone::Info,
                fill(Predict::KindClasses, &[("no", level_words(&no)), ("yes", level_words(&yes))]),
            ),
            TargetKind::Constant => (Tone::Warning, say(Predict::KindConstant).to_owned()),
            TargetKind::ManyClasses(n) => (Tone::Warning, count_with(Predict::KindMany, n, &[])),
            TargetKind::Id => (Tone::Warning, say(Predict::KindId).to_owned()),
        };
        Some(
            view! {
                <Banner tone test_id="predict-kind">
                    <p>{words}</p>
                </Banner>
            }
            .into_any(),
        )
    }
}
