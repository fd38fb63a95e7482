//! How recommendations are made, and with which settings. The settings come from the method registry.

use leptos::prelude::*;
use stillroom_engine::protocol::Methods;

use crate::model::analysis::Analysis as Page;
use crate::model::recipes::recommend_recipe;
use crate::model::recommend::{NumberParameter, number_parameters};
use crate::pages::analysis::{HeadedForm, RunPart, use_desk};
use crate::text::analysis::Analysis;
use crate::text::recommend::Recommend;
use crate::text::{say, t, words};
use crate::ui::{NumberField, Task, TaskView};

/// A setting and its value in the form.
type Setting = (NumberParameter, RwSignal<f64>);

/// The form.
#[component]
pub fn RecommendForm() -> impl IntoView {
    let desk = use_desk();
    let methods = Task::<serde_json::Value>::new();
    methods.start(Methods {});
    let settings = RwSignal::new(Vec::<Setting>::new());
    let owner = Owner::current();
    Effect::new(move || {
        let Some(registry) = methods.answer() else { return };
        let made = || {
            let parameters = number_parameters(&registry, "knn_item");
            parameters.into_iter().map(|it| (it.clone(), RwSignal::new(it.default))).collect::<Vec<Setting>>()
        };
        settings.set(owner.as_ref().map_or_else(Vec::new, |owner| owner.with(made)));
    });
    let run = move || {
        let settings = settings.get_untracked();
        let values: Vec<(String, f64)> = settings
            .iter()
            .map(|(parameter, value)| (parameter.name.clone(), value.get_untracked()))
            .collect();
        let is_whole = |(parameter, _): &&Setting| parameter.is_whole;
        let whole: Vec<String> =
            settings.iter().filter(is_whole).map(|(parameter, _)| parameter.name.clone()).collect();
        desk.run(Page::Recommend, recommend_recipe(say(Recommend::DefaultName).to_owned(), &values, &whole));
    };
    view! {
        <div class="analysis-form">
            <HeadedForm title=words(Recommend::HowTitle)>
                <ol class="steps">
                    <li>{t(Recommend::HowOne)}</li>
                    <li>{t(Recommend::HowTwo)}</li>
                    <li>{t(Recommend::HowThree)}</li>
                </ol>
                <details class="more" data-testid="recommend-more">
                    <summary>{t(Analysis::Advanced)}</summary>
                    <TaskView
                        task=methods
                        on_retry=Callback::new(move |()| methods.start(Methods {}))
                        draw=move |_| {
                            view! {
                                <div class="form-grid">
                                    {move || settings.get().into_iter().map(setting_field).collect_view()}
                                </div>
                            }
                        }
                    />
                </details>
            </HeadedForm>
            <RunPart
                page=Page::Recommend
                label=words(Recommend::Run)
                on_run=Callback::new(move |()| run())
                test_id="recommend-run"
            />
        </div>
    }
}

fn setting_field((parameter, value): Setting) -> impl IntoView {
    let (min, max) = (parameter.min, parameter.max);
    let step = if parameter.is_whole { 1.0 } else { 0.1 };
    let test_id = format!("recommend-{}", parameter.name);
    let (named, described) = (parameter.clone(), parameter);
    let label = Signal::derive(move || {
        setting_texts(&named.name).map_or_else(|| named.name.clone(), |(name, _)| say(name).to_owned())
    });
    let hint = Signal::derive(move || {
        setting_texts(&described.name).map_or_else(|| described.doc.clone(), |(_, hint)| say(hint).to_owned())
    });
    view! { <NumberField label value min max step hint test_id /> }
}

fn setting_texts(name: &str) -> Option<(Recommend, Recommend)> {
    Some(match name {
        "shrink" => (Recommend::Shrinkage, Recommend::ShrinkageHint),
        "min_overlap" => (Recommend::Overlap, Recommend::OverlapHint),
        "neighbours" => (Recommend::Neighbours, Recommend::NeighboursHint),
        _ => return None,
    })
}
