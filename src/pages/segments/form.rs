//! What segments should be made from.

use std::collections::BTreeSet;

use leptos::prelude::*;
use stillroom_engine::protocol::WorkspaceCounts;

use crate::model::analysis::Analysis as Page;
use crate::model::columns::{Candidate, candidates};
use crate::model::methods::{Method, methods_of};
use crate::model::recipes::{DEFAULT_SEED, Features, SegmentsForm};
use crate::pages::analysis::{
    ColumnPicker, HeadedForm, Known, MethodChoice, MethodPart, Option_, OptionCards, RunPart, use_desk,
};
use crate::text::analysis::{Analysis, column_words};
use crate::text::notes::Notes;
use crate::text::segments::Segments;
use crate::text::{format, say, t, words};
use crate::ui::{Checkbox, Choice, NumberField, Select};

const BUYING: &str = "buying";
const FIELDS: &str = "fields";
const AUTO: &str = "auto";
const MOST_SEGMENTS: u32 = 12;
const LARGEST_SEED: f64 = 4_294_967_295.0;

/// The form.
#[component]
pub fn SegmentsFormPart(known: Known, counts: WorkspaceCounts) -> impl IntoView {
    let desk = use_desk();
    let has_orders = counts.order_lines > 0;
    let source = RwSignal::new(if has_orders { BUYING } else { FIELDS }.to_owned());
    let chosen = RwSignal::new(BTreeSet::<String>::new());
    let k = RwSignal::new(AUTO.to_owned());
    let standardizes = RwSignal::new(true);
    let by_logarithm = RwSignal::new(true);
    let stability = RwSignal::new(false);
    let compared = RwSignal::new(String::new());
    let method = MethodChoice::new(|registry| {
        let has_page = |method: &Method| Page::of_method(&method.name) == Some(Page::Segments);
        methods_of(registry, "group").into_iter().filter(has_page).collect()
    });
    let seed = RwSignal::new(DEFAULT_SEED as f64);

    let offered = Memo::new(move |_| {
        let fields = known.fields.answer().unwrap_or_default();
        candidates(&fields, counts.customers, &[], None)
    });
    Effect::new(move || {
        let sound = offered.get().into_iter().filter(|it: &Candidate| it.doubts.is_empty());
        chosen.set(sound.map(|candidate| candidate.key).collect());
    });
    let options = Signal::derive(move || {
        let option = |key, title: Segments, hint: Segments| Option_ {
            key,
            title: say(title).to_owned(),
            hint: say(hint).to_owned(),
        };
        let buying = option(BUYING, Segments::Buying, Segments::BuyingHint);
        let fields = option(FIELDS, Segments::Fields, Segments::FieldsHint);
        if has_orders { vec![buying, fields] } else { vec![fields] }
    });
    let k_choices = Signal::derive(move || {
        let auto = (AUTO.to_owned(), say(Segments::HowManyAuto).to_owned());
        let given = (2..=MOST_SEGMENTS).map(|k| (k.to_string(), format::integer(u64::from(k))));
        std::iter::once(auto).chain(given).collect::<Vec<Choice>>()
    });
    let uses_fields = Memo::new(move |_| source.get() == FIELDS);
    let asks_k = Memo::new(move |_| {
        let method = method.method();
        method.is_none_or(|method| method.parameters.iter().any(|parameter| parameter.name == "k"))
    });
    let refusal = Signal::derive(move || {
        if uses_fields.get() && chosen.with(BTreeSet::is_empty) {
            return Some(say(Segments::FieldsNeeded).to_owned());
        }
        method.step().is_none().then(|| say(Notes::FailParameter).to_owned())
    });
    let categories = Signal::derive(move || {
        let labels = known.labels();
        let nothing = (String::new(), say(Segments::CompareNone).to_owned());
        let is_category = |it: &&Candidate| matches!(it.value_type.as_str(), "category" | "boolean");
        let choice = |it: &Candidate| (it.key.clone(), column_words(&it.key, &labels));
        let found = offered.with(|all| all.iter().filter(is_category).map(choice).collect::<Vec<_>>());
        std::iter::once(nothing).chain(found).collect::<Vec<Choice>>()
    });
    let run = move || {
        let Some(step) = untrack(|| method.step()) else { return };
        let features = if uses_fields.get_untracked() {
            Features::Fields(chosen.get_untracked().into_iter().collect())
        } else {
            Features::Buying { by_logarithm: by_logarithm.get_untracked() }
        };
        let form = SegmentsForm {
            features,
            standardizes: standardizes.get_untracked(),
            method: step,
            k: asks_k.get_untracked().then(|| k.get_untracked().parse().ok()),
            stability: stability.get_untracked(),
            compare_with: Some(compared.get_untracked())
                .filter(|column| !column.is_empty() && uses_fields.get_untracked()),
            seed: seed.get_untracked() as u64,
        };
        desk.run(Page::Segments, form.recipe(say(Segments::DefaultName).to_owned()));
    };
    let picker = move || {
        if offered.with(Vec::is_empty) {
            view! { <p class="muted">{t(Segments::NoFields)}</p> }.into_any()
        } else {
            view! {
                <ColumnPicker
                    legend=words(Segments::FieldsLegend)
                    candidates=offered
                    chosen
                    known
                    test_id="segment-fields"
                />
            }
            .into_any()
        }
    };
    view! {
        <div class="analysis-form">
            <HeadedForm title=words(Segments::FeaturesTitle)>
                <OptionCards
                    legend=words(Segments::FeaturesTitle)
                    options
                    selected=source
                    test_id="segment-source"
                />
                {move || uses_fields.get().then(picker)}
            </HeadedForm>
            <HeadedForm title=words(Segments::HowMany)>
                <Show when=move || asks_k.get()>
                    <div class="form-row">
                        <Select
                            label=words(Segments::NumberOfSegments)
                            value=k
                            choices=k_choices
                            hint=words(Segments::HowManyHint)
                            test_id="segment-k"
                        />
                    </div>
                </Show>
                <MethodPart
                    choice=method
                    hint=words(Segments::MethodHint)
                    hidden=&["k"]
                    test_id="segment-method"
                />
                <details class="more" data-testid="segment-more">
                    <summary>{t(Analysis::Advanced)}</summary>
                    <div class="stack">
                        <div>
                            <Checkbox
                                label=words(Segments::Standardize)
                                checked=standardizes
                                on_change=Callback::new(move |on| standardizes.set(on))
                                test_id="segment-standardize"
                            />
                            <p class="field-hint">{t(Segments::StandardizeHint)}</p>
                        </div>
                        <div class:is-hidden=uses_fields>
                            <Checkbox
                                label=words(Segments::Logarithm)
                                checked=by_logarithm
                                on_change=Callback::new(move |on| by_logarithm.set(on))
                                test_id="segment-logarithm"
                            />
                            <p class="field-hint">{t(Segments::LogarithmHint)}</p>
                        </div>
                        <div>
                            <Checkbox
                                label=words(Segments::Stability)
                                checked=stability
                                on_change=Callback::new(move |on| stability.set(on))
                                test_id="segment-stability"
                            />
                            <p class="field-hint">{t(Segments::StabilityHint)}</p>
                        </div>
                        <div class:is-hidden=move || !uses_fields.get()>
                            <Select
                                label=words(Segments::CompareWith)
                                value=compared
                                choices=categories
                                test_id="segment-compare"
                            />
                        </div>
                        <NumberField
                            label=words(Analysis::SeedLabel)
                            value=seed
                            min=0.0
                            max=LARGEST_SEED
                            hint=words(Analysis::SeedHint)
                            test_id="segment-seed"
                        />
                    </div>
                </details>
            </HeadedForm>
            <RunPart
                page=Page::Segments
                label=words(Segments::Run)
                refusal
                on_run=Callback::new(move |()| run())
                test_id="segment-run"
            />
        </div>
    }
}
