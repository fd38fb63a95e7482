//! Kept models: what was computed, when, from which data, how good.

use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_navigate;
use stillroom_engine::protocol::{DeleteModel, ExportModel, ModelInfo, Models as AskModels, Rescore};

use crate::browser;
use crate::model::analysis::Analysis as Page;
use crate::pages::analysis::{Failed, use_desk};
use crate::session::use_session;
use crate::text::methods::method_words;
use crate::text::models::{Models, drift_words, metric_words};
use crate::text::shell::Shell;
use crate::text::{count_with, fill, format, t, words};
use crate::ui::{
    Badge, Button, Card, Dialog, EmptyState, JobProgressBar, Look, PageHead, Symbol, Task, TaskView, tell,
};

/// Characters of a fingerprint that tell data apart at a glance.
const HASH_SHOWN: usize = 12;

/// The page.
#[component]
pub fn ModelsPage() -> impl IntoView {
    let session = use_session();
    let models = Task::<Vec<ModelInfo>>::new();
    Effect::new(move || {
        session.revision();
        models.start(AskModels {});
    });
    let doomed = RwSignal::new(None::<ModelInfo>);
    let again = Callback::new(move |()| models.start(AskModels {}));
    let draw = move |kept: Vec<ModelInfo>| {
        if kept.is_empty() {
            return view! { <NoModels /> }.into_any();
        }
        let cards = kept.into_iter().map(move |model| view! { <OneModel model doomed /> });
        view! {
            <div class="model-list" data-testid="model-list">
                {cards.collect_view()}
            </div>
            <p class="muted small">{t(Models::ExportNote)}</p>
        }
        .into_any()
    };
    view! {
        <PageHead title=words(Shell::Models) lead=words(Models::Lead) />
        <TaskView
            task=models
            on_retry=again
            draw
        />
        <DeleteDialog doomed />
    }
}

#[component]
fn NoModels() -> impl IntoView {
    view! {
        <EmptyState
            symbol=Symbol::Layers
            title=words(Models::EmptyTitle)
            hint=words(Models::EmptyHint)
            test_id="models-empty"
        >
            <A href="/segments" attr:class="button button-primary" attr:data-testid="go-segments">
                {t(Models::ToSegments)}
            </A>
        </EmptyState>
    }
}

fn named(text: Models, name: &str) -> Signal<String> {
    let name = name.to_owned();
    Signal::derive(move || fill(text, &[("name", name.clone())]))
}

#[component]
fn OneModel(model: ModelInfo, doomed: RwSignal<Option<ModelInfo>>) -> impl IntoView {
    let session = use_session();
    let desk = use_desk();
    let navigate = use_navigate();
    let export = Task::<u64>::new();
    let rescore = Task::<ModelInfo>::new();
    let id = model.id;
    let page = Page::of_method(&model.method);

    let file_name = format!("stillroom-model-{id}.json");
    Effect::new(move || {
        if export.answer().is_some()
            && let Some(bytes) = export.take_bytes()
        {
            browser::download(&file_name, "application/json", &bytes);
        }
    });
    Effect::new(move || {
        if let Some(model) = rescore.answer() {
            tell(untrack(|| count_with(Models::Rescored, model.written, &[("name", model.name.clone())])));
            session.data_changed();
        }
    });
    let open = {
        let model = model.clone();
        Callback::new(move |()| {
            if let Some(page) = page {
                desk.open(page, model.clone());
                navigate(page.path(), Default::default());
            }
        })
    };
    let (to_delete, method, metrics) = (model.clone(), model.method.clone(), model.metrics.clone());
    let (at, written) = (model.at_millis, model.written);
    let hash: String = model.data_hash.chars().take(HASH_SHOWN).collect();
    let rescorable = model.method != "knn_item";
    let metric_list = move || {
        let metric = |(name, value): (&String, &f64)| {
            view! {
                <div class="metric">
                    <dt>{metric_words(name)}</dt>
                    <dd class="numeric">{format::significant(*value, 3)}</dd>
                </div>
            }
        };
        metrics.iter().map(metric).collect_view()
    };
    view! {
        <Card class="model" test_id=format!("model-{id}")>
            <div class="model-head">
                <h2>{model.name.clone()}</h2>
                <Badge>{move || method_words(&method)}</Badge>
            </div>
            <dl class="facts">
                <dt>{t(Models::KeptAt)}</dt>
                <dd>{move || format::day_and_time(at)}</dd>
                <dt>{t(Models::Written)}</dt>
                <dd>{move || format::integer(written)}</dd>
                <dt>{t(Models::DataHash)}</dt>
                <dd class="mono" title=model.data_hash.clone()>
                    {hash}
                </dd>
            </dl>
            <dl class="metrics" aria-label=t(Models::Metrics)>
                {metric_list}
            </dl>
            <div class="actions">
                {page
                    .is_some()
                    .then(|| {
                        view! {
                            <Button
                                test_id=format!("model-open-{id}")
                                look=Look::Primary
                                label=named(Models::OpenNamed, &model.name)
                                on_press=open
                            >
                                {t(Models::Open)}
                            </Button>
                        }
                    })}
                {rescorable
                    .then(|| {
                        view! {
                            <Button
                                test_id=format!("model-rescore-{id}")
                                label=named(Models::RescoreNamed, &model.name)
                                disabled=Signal::derive(move || rescore.is_running())
                                on_press=Callback::new(move |()| rescore.start_job(Rescore { id }, None))
                            >
                                {t(Models::Rescore)}
                            </Button>
                        }
                    })}
                <Button
                    test_id=format!("model-export-{id}")
                    icon=Symbol::Download
                    label=named(Models::ExportNamed, &model.name)
                    busy=Signal::derive(move || export.is_running())
                    on_press=Callback::new(move |()| export.start(ExportModel { id }))
                >
                    {t(Models::Export)}
                </Button>
                <Button
                    test_id=format!("model-delete-{id}")
                    look=Look::Quiet
                    label=named(Models::DeleteNamed, &model.name)
                    on_press=Callback::new(move |()| doomed.set(Some(to_delete.clone())))
                >
                    {t(Models::Delete)}
                </Button>
            </div>
            <Show when=move || rescore.is_running()>
                <JobProgressBar
                    progress=Signal::derive(move || rescore.progress())
                    is_stopping=Signal::derive(move || rescore.is_stopping())
                    on_cancel=Callback::new(move |()| rescore.cancel())
                    test_id=format!("model-progress-{id}")
                />
            </Show>
            {move || {
                let drift = rescore.answer()?.drift?;
                Some(view! { <p class="muted" role="status">{move || drift_words(&drift)}</p> })
            }}
            {move || rescore.failure().map(|failure| view! { <Failed failure /> })}
            {move || export.failure().map(|failure| view! { <Failed failure /> })}
        </Card>
    }
}

/// Asks before a model goes, and says what goes with it.
#[component]
fn DeleteDialog(doomed: RwSignal<Option<ModelInfo>>) -> impl IntoView {
    let session = use_session();
    let desk = use_desk();
    let open = RwSignal::new(false);
    let delete = Task::<()>::new();
    Effect::new(move || {
        if doomed.get().is_some() {
            delete.reset();
            open.set(true);
        }
    });
    Effect::new(move || {
        if !open.get() {
            doomed.set(None);
        }
    });
    Effect::new(move || {
        if delete.answer().is_some() {
            if let Some(model) = doomed.get_untracked() {
                tell(untrack(|| fill(Models::Deleted, &[("name", model.name.clone())])));
                if desk.kept.get_untracked().is_some_and(|kept| kept.id == model.id) {
                    desk.put_away();
                }
            }
            open.set(false);
            session.data_changed();
        }
    });
    let name = move || doomed.get().map(|model| model.name).unwrap_or_default();
    let title = Signal::derive(move || fill(Models::DeleteTitle, &[("name", name())]));
    let written = move || doomed.get().map_or(0, |model| model.written);
    view! {
        <Dialog title open test_id="model-delete-dialog">
            <p>{move || count_with(Models::DeleteWords, written(), &[])}</p>
            {move || delete.failure().map(|failure| view! { <Failed failure /> })}
            <div class="actions">
                <Button
                    test_id="model-delete-confirm"
                    look=Look::Danger
                    busy=Signal::derive(move || delete.is_running())
                    on_press=Callback::new(move |()| {
                        if let Some(model) = doomed.get_untracked() {
                            delete.start_job(DeleteModel { id: model.id }, None);
                        }
                    })
                >
                    {t(Models::DeleteConfirm)}
                </Button>
                <Button
                    test_id="model-delete-cancel"
                    on_press=Callback::new(move |()| open.set(false))
                >
                    {t(Shell::Cancel)}
                </Button>
            </div>
        </Dialog>
    }
}
