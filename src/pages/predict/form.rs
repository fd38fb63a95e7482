//! What to predict, from what, how to judge it, by which method, and what to tell: a guided flow.

use std::collections::BTreeSet;

use leptos::prelude::*;
use serde_json::Value;
use stillroom_engine::protocol::{FieldInfo, WorkspaceCounts};
use stillroom_engine::recipe::{Calibration, ClassWeight, Explain};

use crate::model::analysis::Analysis as Page;
use crate::model::columns::{Candidate, TargetKind, candidates, is_profile_of, is_usable, target_kind};
use crate::model::methods::{Method, fits, method_named, methods_of};
use crate::model::recipes::{DEFAULT_SEED, PredictForm, Target};
use crate::pages::analysis::{
    ColumnPicker, Failed, HeadedForm, Known, MethodChoice, MethodPart, Option_, OptionCards, RunPart,
    use_desk,
};
use crate::text::analysis::{Analysis, column_words, level_words};
use crate::text::notes::Notes;
use crate::text::predict::Predict;
use crate::text::{count, fill, say, t, words};
use crate::ui::{Banner, Checkbox, Choice, NumberField, Select, Skeleton, Tone};

use super::dated::{DatedChoice, DatedPart};
use super::validation::{ValidationChoice, ValidationPart};

const LARGEST_SEED: f64 = 4_294_967_295.0;
const FIELD: &str = "field";
const DATED: &str = "dated";
/// Columns whose effect is drawn.
const N_EFFECTS: u32 = 6;
/// Rows whose contributions are told.
const N_CONTRIBUTIONS: u32 = 300;
/// The search for the best method.
const SEARCH: &str = "automl";
/// Seconds a search takes when the form opens, and at most.
const USUAL_SECONDS: f64 = 60.0;
const MOST_SECONDS: f64 = 3600.0;

/// What beside the quality is told, as signals of the form.
#[derive(Debug, Clone, Copy)]
struct Told {
    importance: RwSignal<bool>,
    effects: RwSignal<bool>,
    contributions: RwSignal<bool>,
    learning_curve: RwSignal<bool>,
}

impl Told {
    fn new() -> Self {
        Self {
            importance: RwSignal::new(true),
            effects: RwSignal::new(true),
            contributions: RwSignal::new(true),
            learning_curve: RwSignal::new(false),
        }
    }

    fn to_recipe(self) -> Explain {
        Explain {
            importance: self.importance.get_untracked(),
            effects: if self.effects.get_untracked() { N_EFFECTS } else { 0 },
            contributions: if self.contributions.get_untracked() { N_CONTRIBUTIONS } else { 0 },
            learning_curve: self.learning_curve.get_untracked(),
            stability: false,
        }
    }
}

/// The shape of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Number,
    TwoClasses,
    Classes,
}

/// The methods for a target: the search first, where there is one.
fn offered_methods(registry: &Value, is_number: bool) -> Vec<Method> {
    let fitting = methods_of(registry, "predict").into_iter().filter(|method| fits(&method.name, is_number));
    method_named(registry, SEARCH).into_iter().chain(fitting.filter(|method| method.name != SEARCH)).collect()
}

/// The form.
#[component]
pub fn PredictFormPart(known: Known, counts: WorkspaceCounts) -> impl IntoView {
    let desk = use_desk();
    let n_customers = counts.customers;
    let has_orders = counts.order_lines > 0;
    let source = RwSignal::new(FIELD.to_owned());
    let is_dated = Memo::new(move |_| source.get() == DATED);
    let dated = DatedChoice::new(&counts);
    let target = RwSignal::new(String::new());
    let positive = RwSignal::new(String::new());
    let chosen = RwSignal::new(BTreeSet::<String>::new());
    let compared = RwSignal::new(BTreeSet::<String>::new());
    let validation = ValidationChoice::new();
    let standardizes = RwSignal::new(true);
    let balances = RwSignal::new(false);
    let calibration = RwSignal::new("none".to_owned());
    let told = Told::new();
    let seconds = RwSignal::new(USUAL_SECONDS);
    let seed = RwSignal::new(DEFAULT_SEED as f64);

    let usable = Memo::new(move |_| {
        let fields = known.fields.answer().unwrap_or_default();
        fields.into_iter().filter(is_usable).collect::<Vec<_>>()
    });
    let targets = Signal::derive(move || {
        let labels = known.labels();
        let nothing = (String::new(), say(Predict::TargetChoose).to_owned());
        let choice = |field: &FieldInfo| (field.key.clone(), column_words(&field.key, &labels));
        std::iter::once(nothing)
            .chain(usable.with(|fields| fields.iter().map(choice).collect::<Vec<_>>()))
            .collect::<Vec<Choice>>()
    });
    let describe = Callback::new(move |_: String| {
        desk.describe(usable.with_untracked(|fields| fields.iter().map(|field| field.key.clone()).collect()));
    });
    let kind = Memo::new(move |_| {
        let target = target.get();
        let field = usable.with(|fields| fields.iter().find(|field| field.key == target).cloned())?;
        desk.profiles().iter().find(|profile| is_profile_of(profile, &field)).map(target_kind)
    });
    let shape = Memo::new(move |_| match kind.get() {
        _ if is_dated.get() => {
            Some(if dated.dated().is_number() { Shape::Number } else { Shape::TwoClasses })
        }
        Some(TargetKind::Number) => Some(Shape::Number),
        Some(TargetKind::TwoClasses(..)) => Some(Shape::TwoClasses),
        Some(TargetKind::Classes(_)) => Some(Shape::Classes),
        _ => None,
    });
    let offered = Memo::new(move |_| {
        usable.with(|fields| candidates(fields, n_customers, &desk.profiles(), Some(&target.get())))
    });
    let groups = Signal::derive(move || {
        let is_group = |it: &Candidate| matches!(it.value_type.as_str(), "category" | "boolean");
        offered.with(|all| all.iter().filter(|it| is_group(it)).cloned().collect::<Vec<_>>())
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
    let method =
        MethodChoice::new(move |registry| offered_methods(registry, shape.get() == Some(Shape::Number)));
    let refusal = Signal::derive(move || {
        let text = if shape.get().is_none() {
            Some(Predict::TargetNeeded)
        } else if !is_dated.get() && chosen.with(BTreeSet::is_empty) {
            Some(Predict::ColumnsNeeded)
        } else {
            None
        };
        match text {
            Some(text) => Some(say(text).to_owned()),
            None if method.step().is_none() => Some(say(Notes::FailParameter).to_owned()),
            None => None,
        }
    });
    let run = move || {
        let (Some(shape), Some(step)) = (shape.get_untracked(), untrack(|| method.step())) else { return };
        let has_classes = shape != Shape::Number;
        let column = target.get_untracked();
        let (target, columns, fairness, name) = if is_dated.get_untracked() {
            (Target::Dated(untrack(|| dated.dated())), Vec::new(), Vec::new(), String::new())
        } else {
            let words = untrack(|| column_words(&column, &known.labels()));
            let positive = (shape == Shape::TwoClasses).then(|| positive.get_untracked());
            let fairness = if shape == Shape::TwoClasses {
                compared.get_untracked().into_iter().collect()
            } else {
                Vec::new()
            };
            let columns = chosen.get_untracked().into_iter().collect();
            let name = fill(Predict::DefaultName, &[("target", words)]);
            (Target::Field { column, positive }, columns, fairness, name)
        };
        let time_limit_seconds = (step.method == SEARCH).then(|| seconds.get_untracked());
        let form = PredictForm {
            target,
            columns,
            method: step,
            standardizes: standardizes.get_untracked(),
            validation: validation.to_recipe(),
            class_weight: if has_classes && balances.get_untracked() {
                ClassWeight::Balanced
            } else {
                ClassWeight::None
            },
            calibrate: match calibration.get_untracked().as_str() {
                "platt" if has_classes => Calibration::Platt,
                "isotonic" if has_classes => Calibration::Isotonic,
                _ => Calibration::None,
            },
            explain: told.to_recipe(),
            fairness,
            time_limit_seconds,
            seed: seed.get_untracked() as u64,
        };
        desk.run(Page::Predict, form.recipe(name));
    };
    let options = Signal::derive(move || {
        let option = |key, title: Predict, hint: Predict| Option_ {
            key,
            title: say(title).to_owned(),
            hint: say(hint).to_owned(),
        };
        let field = option(FIELD, Predict::SourceField, Predict::SourceFieldHint);
        let dated = option(DATED, Predict::SourceDated, Predict::SourceDatedHint);
        if has_orders { vec![field, dated] } else { vec![field] }
    });
    let has_targets = Memo::new(move |_| !usable.with(Vec::is_empty));
    let by_field = Signal::derive(move || !is_dated.get());
    let compares = Memo::new(move |_| {
        !is_dated.get() && shape.get() == Some(Shape::TwoClasses) && !groups.with(Vec::is_empty)
    });
    view! {
        <div class="analysis-form">
            <HeadedForm title=words(Predict::TargetTitle)>
                <OptionCards legend=words(Predict::TargetTitle) options selected=source test_id="predict-source" />
                <Show
                    when=move || is_dated.get()
                    fallback=move || {
                        view! {
                            <Show
                                when=move || has_targets.get()
                                fallback=|| view! { <p class="muted">{t(Predict::NoTargets)}</p> }
                            >
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
                        }
                    }
                >
                    <DatedPart choice=dated />
                </Show>
            </HeadedForm>
            <Show when=move || shape.get().is_some()>
                <Show
                    when=move || !is_dated.get()
                    fallback=|| {
                        view! {
                            <HeadedForm title=words(Predict::ColumnsTitle)>
                                <p>{t(Predict::DatedColumns)}</p>
                            </HeadedForm>
                        }
                    }
                >
                    <HeadedForm title=words(Predict::ColumnsTitle) hint=words(Predict::ColumnsHint)>
                        <ColumnPicker
                            legend=words(Predict::ColumnsTitle)
                            candidates=offered
                            chosen
                            known
                            test_id="predict-columns"
                        />
                    </HeadedForm>
                </Show>
                <HeadedForm title=words(Predict::ValidationTitle)>
                    <ValidationPart choice=validation known by_field />
                </HeadedForm>
                <HeadedForm title=words(Predict::MethodTitle)>
                    <MethodPart
                        choice=method
                        hint=words(Predict::MethodHint)
                        hidden=&[]
                        test_id="predict-method"
                    >
                        <Show when=move || method.name.get() == SEARCH>
                            <NumberField
                                label=words(Predict::Budget)
                                value=seconds
                                min=1.0
                                max=MOST_SECONDS
                                hint=words(Predict::BudgetHint)
                                test_id="predict-seconds"
                            />
                        </Show>
                    </MethodPart>
                    <details class="more" data-testid="predict-more">
                        <summary>{t(Analysis::Advanced)}</summary>
                        <div class="stack">
                            <Show when=move || shape.get() != Some(Shape::Number)>
                                <Ticked
                                    text=Predict::ClassWeight
                                    hint=Predict::ClassWeightHint
                                    value=balances
                                    test_id="predict-balance"
                                />
                                <Select
                                    label=words(Predict::Calibrate)
                                    value=calibration
                                    choices=calibrations()
                                    hint=words(Predict::CalibrateHint)
                                    test_id="predict-calibrate"
                                />
                            </Show>
                            <Ticked
                                text=Predict::Standardize
                                hint=Predict::StandardizeHint
                                value=standardizes
                                test_id="predict-standardize"
                            />
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
                    <details class="more" data-testid="predict-tell">
                        <summary>{t(Predict::TellTitle)}</summary>
                        <div class="stack">
                            <Ticked text=Predict::TellImportance value=told.importance test_id="predict-tell-importance" />
                            <Ticked text=Predict::TellEffects value=told.effects test_id="predict-tell-effects" />
                            <Ticked
                                text=Predict::TellContributions
                                value=told.contributions
                                test_id="predict-tell-contributions"
                            />
                            <Ticked text=Predict::TellLearning value=told.learning_curve test_id="predict-tell-learning" />
                        </div>
                    </details>
                    <Show when=move || compares.get()>
                        <details class="more" data-testid="predict-compare">
                            <summary>{t(Predict::FairTitle)}</summary>
                            <div class="stack">
                                <p class="field-hint">{t(Predict::FairHint)}</p>
                                <ColumnPicker
                                    legend=words(Predict::FairTitle)
                                    candidates=groups
                                    chosen=compared
                                    known
                                    test_id="predict-fairness"
                                />
                            </div>
                        </details>
                    </Show>
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

/// A yes-or-no setting.
#[component]
fn Ticked(
    text: Predict,
    #[prop(optional, into)] hint: Option<Predict>,
    value: RwSignal<bool>,
    test_id: &'static str,
) -> impl IntoView {
    view! {
        <div>
            <Checkbox
                label=words(text)
                checked=value
                on_change=Callback::new(move |on| value.set(on))
                test_id
            />
            {hint.map(|hint| view! { <p class="field-hint">{t(hint)}</p> })}
        </div>
    }
}

fn calibrations() -> Signal<Vec<Choice>> {
    Signal::derive(|| {
        [
            ("none", Predict::CalibrateNone),
            ("platt", Predict::CalibratePlatt),
            ("isotonic", Predict::CalibrateIsotonic),
        ]
        .map(|(key, name)| (key.to_owned(), say(name).to_owned()))
        .to_vec()
    })
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
            TargetKind::Classes(n) => (Tone::Info, count(Predict::KindSeveral, n)),
            TargetKind::Constant => (Tone::Warning, say(Predict::KindConstant).to_owned()),
            TargetKind::ManyClasses(n) => (Tone::Warning, count(Predict::KindMany, n)),
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
