//! The import wizard: a file, where its columns go, the import, what came of it.

mod mapping;
mod source;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;
use stillroom_engine::protocol::{DialectChoice, FileKind, ImportFile, ImportInfo, ImportPlan, InspectFile};
use web_sys::Blob;

use self::mapping::{Mapping, MappingForm};
use self::source::ChooseFile;
use crate::browser;
use crate::model::import_wizard::{obstacle, targets};
use crate::session::use_session;
use crate::text::import::Import;
use crate::text::shell::Shell;
use crate::text::{fill, format, say, t, words};
use crate::ui::{
    Banner, Button, Card, ErrorState, ImportsCard, IssuesList, JobProgressBar, Look, PageHead, Skeleton,
    Stat, Task, TaskState, Tone,
};

/// A file on its way in.
#[derive(Clone)]
struct Source {
    name: String,
    blob: Blob,
}

/// The page.
#[component]
pub fn ImportPage() -> impl IntoView {
    let session = use_session();
    let source = RwSignal::new_local(None::<Source>);
    let inspection = Task::new();
    let import = Task::<ImportInfo>::new();
    let mapping = RwSignal::new(None::<Mapping>);
    let inspect = move |dialect: DialectChoice, kind: Option<FileKind>| {
        if let Some(source) = source.get_untracked() {
            inspection.start_job(InspectFile { dialect, kind }, Some(&source.blob));
        }
    };
    Effect::new(move || {
        mapping.set(match inspection.state() {
            TaskState::Done(inspection) => Some(Mapping::of(inspection)),
            _ => None,
        });
    });
    Effect::new(move || {
        if matches!(import.state(), TaskState::Done(_)) {
            session.data_changed();
        }
    });
    let choose = Callback::new(move |chosen: StoredValue<Option<Source>, LocalStorage>| {
        source.set(chosen.get_value());
        inspect(DialectChoice::default(), None);
    });
    let start_over = Callback::new(move |()| {
        import.reset();
        inspection.reset();
        source.set(None);
    });
    let begin = Callback::new(move |()| {
        let (Some(source), Some(mapping)) = (source.get_untracked(), mapping.get_untracked()) else { return };
        let choices = mapping.choices_untracked();
        if obstacle(mapping.kind(), &choices).is_none() {
            let plan = ImportPlan {
                label: source.name,
                dialect: mapping.dialect(),
                kind: mapping.kind(),
                targets: targets(&choices),
            };
            import.start_job(ImportFile { plan }, Some(&source.blob));
            spawn_local(async move {
                browser::ask_to_persist().await;
                session.refresh_status().await;
            });
        }
    });
    let name = Signal::derive_local(move || source.get().map(|source| source.name).unwrap_or_default());
    let step = Memo::new(move |_| {
        let has_source = source.with(Option::is_some);
        match import.state() {
            TaskState::Done(_) => 3,
            TaskState::Running => 2,
            _ if has_source => 1,
            _ => 0,
        }
    });
    let body = move || {
        match step.get() {
        0 => view! {
            <ChooseFile on_choose=choose />
            <ImportsCard />
        }
        .into_any(),
        1 => view! {
            {move || import.failure().map(|failure| view! { <ErrorState failure /> })}
            {move || match inspection.state() {
                TaskState::Idle | TaskState::Running => {
                    view! { <Card title=words(Import::Inspecting)><Skeleton lines=6 /></Card> }.into_any()
                }
                TaskState::Failed(failure) => {
                    view! {
                        <ErrorState failure />
                        <div class="actions">
                            <Button test_id="import-other" on_press=start_over>
                                {t(Import::OtherFile)}
                            </Button>
                        </div>
                    }
                    .into_any()
                }
                TaskState::Done(_) => {
                    mapping
                        .get()
                        .map(|mapping| {
                            view! {
                                <MappingForm
                                    mapping
                                    name=name.get()
                                    on_inspect=Callback::new(move |(dialect, kind)| inspect(dialect, Some(kind)))
                                    on_begin=begin
                                    on_other=start_over
                                />
                            }
                        })
                        .into_any()
                }
            }}
        }
        .into_any(),
        2 => view! { <Running import name=name.get_untracked() /> }.into_any(),
        _ => view! { <Outcome import start_over /> }.into_any(),
    }
    };
    view! {
        <PageHead title=words(Shell::Import) lead=words(Import::Lead) />
        <Steps step />
        {body}
    }
}

#[component]
fn Steps(step: Memo<usize>) -> impl IntoView {
    let names = [Import::StepFile, Import::StepMapping, Import::StepImport, Import::StepResult];
    let item = move |(at, name): (usize, Import)| {
        view! {
            <li
                class="wizard-step"
                class:is-done=move || at < step.get()
                aria-current=move || (at == step.get()).then_some("step")
            >
                <span class="wizard-number">{at + 1}</span>
                <span>{t(name)}</span>
            </li>
        }
    };
    view! {
        <ol class="wizard-steps" aria-label=t(Import::Steps) data-testid="import-steps" data-step=move || step.get()>
            {names.into_iter().enumerate().map(item).collect_view()}
        </ol>
    }
}

#[component]
fn Running(import: Task<ImportInfo>, name: String) -> impl IntoView {
    view! {
        <Card title=Signal::derive(move || fill(Import::RunningTitle, &[("name", name.clone())]))>
            <JobProgressBar
                progress=Signal::derive(move || import.progress())
                is_stopping=Signal::derive(move || import.is_stopping())
                on_cancel=Callback::new(move |()| import.cancel())
                test_id="import-progress"
            />
            <p class="muted small">{t(Import::RunningHint)}</p>
        </Card>
    }
}

#[component]
fn Outcome(import: Task<ImportInfo>, start_over: Callback<()>) -> impl IntoView {
    let number = |n: u64| Signal::derive(move || format::integer(n));
    let draw = move |info: ImportInfo| {
        let label = info.label.clone();
        view! {
            <Banner tone=Tone::Good title=words(Import::DoneTitle) test_id="import-saved">
                <p>{move || fill(Import::DoneLead, &[("name", label.clone())])}</p>
            </Banner>
            <dl class="stats">
                <Stat label=words(Import::RowsRead) value=number(info.rows_read) test_id="import-rows" />
                <Stat label=words(Import::Created) value=number(info.created) test_id="import-created" />
                <Stat label=words(Import::Updated) value=number(info.updated) test_id="import-updated" />
                <Stat label=words(Import::Refused) value=number(info.refused) test_id="import-refused" />
            </dl>
            <div class="actions">
                <A href="/customers" attr:class="button button-primary" attr:data-testid="import-see-customers">
                    {t(Import::SeeCustomers)}
                </A>
                <Button test_id="import-another" look=Look::Secondary on_press=start_over>
                    {t(Import::OtherFile)}
                </Button>
            </div>
            <Card>
                {if info.issues > 0 {
                    view! { <IssuesList import=info /> }.into_any()
                } else {
                    view! { <p class="muted" data-testid="import-no-issues">{move || say(Import::NoIssues)}</p> }
                        .into_any()
                }}
            </Card>
        }
    };
    move || import.answer().map(draw)
}
