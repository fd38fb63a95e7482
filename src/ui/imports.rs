//! The list of imports, each of which can be undone as a unit after a look at what that would do.

use leptos::prelude::*;
use stillroom_engine::protocol::{
    ExportIssues, FileKind, ImportInfo, ImportIssues, Imports, IssueInfo, UndoImport, UndoPreview,
    UndoPreviewInfo,
};

use super::{
    Badge, Button, Card, DataTable, Dialog, ErrorState, Look, Skeleton, Symbol, Task, TaskState, TaskView,
    Tone, tell,
};
use crate::browser;
use crate::session::use_session;
use crate::text::import::Import;
use crate::text::issues::{issue_words, value_kind_words};
use crate::text::shell::Shell;
use crate::text::{count, fields, fill, format, say, t, words};

/// Issues shown at once.
const PAGE_ISSUES: u32 = 100;

/// All imports, newest first.
#[component]
pub fn ImportsCard() -> impl IntoView {
    let session = use_session();
    let imports = Task::new();
    let load = move || imports.start(Imports {});
    Effect::new(move || {
        session.revision();
        load();
    });
    let undoing = RwSignal::new(None::<ImportInfo>);
    let is_undoing = RwSignal::new(false);
    let looking_at = RwSignal::new(None::<ImportInfo>);
    let is_looking = RwSignal::new(false);
    let draw = move |list: Vec<ImportInfo>| {
        (!list.is_empty()).then(|| view! { <ImportsTable list undoing is_undoing looking_at is_looking /> })
    };
    view! {
        <TaskView task=imports on_retry=Callback::new(move |()| load()) draw />
        <Dialog title=words(Import::UndoTitle) open=is_undoing test_id="undo-dialog">
            {move || undoing.get().map(|import| view! { <UndoForm import open=is_undoing /> })}
        </Dialog>
        <Dialog title=Signal::derive(move || looking_at.get().map(|import| import.label).unwrap_or_default()) open=is_looking test_id="issues-dialog">
            {move || looking_at.get().map(|import| view! { <IssuesList import /> })}
        </Dialog>
    }
}

#[component]
fn ImportsTable(
    list: Vec<ImportInfo>,
    undoing: RwSignal<Option<ImportInfo>>,
    is_undoing: RwSignal<bool>,
    looking_at: RwSignal<Option<ImportInfo>>,
    is_looking: RwSignal<bool>,
) -> impl IntoView {
    let row = move |import: ImportInfo| {
        let (label, undone, issues, at) =
            (import.label.clone(), import.undone, import.issues, import.at_millis);
        let (to_undo, to_look, name, look_name) =
            (import.clone(), import.clone(), label.clone(), label.clone());
        let (kind, rows, id) = (import.kind, import.rows_read, import.id);
        view! {
            <tr data-testid=format!("import-{id}")>
                <th scope="row">
                    <span class="truncate">{label}</span>
                </th>
                <td>{move || kind_words(kind)}</td>
                <td class="numeric">{move || format::integer(rows)}</td>
                <td>{move || format::day_and_time(at)}</td>
                <td>
                    {move || {
                        if undone {
                            view! { <Badge>{t(Import::StateUndone)}</Badge> }
                        } else {
                            view! { <Badge tone=Tone::Good>{t(Import::StateIn)}</Badge> }
                        }
                    }}
                </td>
                <td>
                    <div class="actions row-actions">
                        {(issues > 0)
                            .then(|| {
                                view! {
                                    <Button
                                        test_id=format!("import-issues-{id}")
                                        look=Look::Quiet
                                        label=Signal::derive(move || fill(
                                            Import::ShowIssues,
                                            &[("name", look_name.clone()), ("remarks", count(Import::Remarks, issues))],
                                        ))
                                        on_press=Callback::new(move |()| {
                                            looking_at.set(Some(to_look.clone()));
                                            is_looking.set(true);
                                        })
                                    >
                                        {move || count(Import::Remarks, issues)}
                                    </Button>
                                }
                            })}
                        {(!undone)
                            .then(|| {
                                view! {
                                    <Button
                                        test_id=format!("import-undo-{id}")
                                        look=Look::Quiet
                                        icon=Symbol::Undo
                                        label=Signal::derive(move || fill(Import::UndoName, &[("name", name.clone())]))
                                        on_press=Callback::new(move |()| {
                                            undoing.set(Some(to_undo.clone()));
                                            is_undoing.set(true);
                                        })
                                    >
                                        {t(Import::Undo)}
                                    </Button>
                                }
                            })}
                    </div>
                </td>
            </tr>
        }
    };
    let heads = [Import::File, Import::Kind, Import::RowsRead, Import::When, Import::State, Import::Actions];
    let head = move |name: Import| {
        let class = if name == Import::RowsRead { "numeric" } else { "" };
        view! { <th scope="col" class=class>{t(name)}</th> }
    };
    view! {
        <Card title=words(Import::ImportsTitle) test_id="imports" class="card-flush">
            <div class="table-frame table-flush" tabindex="0" role="region" aria-label=t(Import::ImportsTitle)>
                <table class="table">
                    <thead>
                        <tr>{heads.map(head).collect_view()}</tr>
                    </thead>
                    <tbody>{list.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </Card>
    }
}

/// What rows are, in words.
pub fn kind_words(kind: FileKind) -> &'static str {
    say(match kind {
        FileKind::Customers => Import::RowsCustomers,
        FileKind::OrderLines => Import::RowsOrderLines,
    })
}

#[component]
fn UndoForm(import: ImportInfo, open: RwSignal<bool>) -> impl IntoView {
    let session = use_session();
    let (id, label) = (import.id, import.label);
    let preview = Task::new();
    preview.start(UndoPreview { import: id });
    let undo = Task::new();
    Effect::new(move || {
        if matches!(undo.state(), TaskState::Done(())) {
            tell(say(Import::UndoneToast));
            open.set(false);
            session.data_changed();
        }
    });
    let draw = move |preview: UndoPreviewInfo| {
        let facts = [
            (Import::UndoCustomers, preview.customers),
            (Import::UndoLater, preview.later_edits),
            (Import::UndoLines, preview.order_lines),
            (Import::UndoRestored, preview.restored),
        ];
        let facts = facts.into_iter().filter(|(_, n)| *n > 0);
        let is_blocked = preview.blocked_by.is_some();
        view! {
            <ul class="undo-facts">{facts.map(|(text, n)| view! { <li>{move || count(text, n)}</li> }).collect_view()}</ul>
            {is_blocked.then(|| view! { <p class="field-error">{t(Import::UndoBlocked)}</p> })}
            {move || undo.failure().map(|failure| view! { <ErrorState failure /> })}
            <div class="actions actions-end">
                <Button test_id="undo-cancel" on_press=Callback::new(move |()| open.set(false))>
                    {t(Shell::Cancel)}
                </Button>
                <Button
                    test_id="undo-action"
                    look=Look::Danger
                    disabled=is_blocked
                    busy=Signal::derive(move || undo.is_running())
                    on_press=Callback::new(move |()| undo.start_job(UndoImport { import: id }, None))
                >
                    {t(Import::UndoAction)}
                </Button>
            </div>
        }
    };
    view! {
        <p>{move || fill(Import::UndoLead, &[("name", label.clone())])}</p>
        <TaskView task=preview draw />
    }
}

/// The remarks on an import's rows, with a way to have them all as a file.
#[component]
pub fn IssuesList(
    /// The import.
    import: ImportInfo,
) -> impl IntoView {
    let (id, n_issues) = (import.id, import.issues);
    let shown = RwSignal::new(Vec::<IssueInfo>::new());
    let page = Task::new();
    let ask = move || {
        let offset = shown.with_untracked(Vec::len) as u32;
        page.start(ImportIssues { import: id, offset, limit: PAGE_ISSUES });
    };
    ask();
    Effect::new(move || {
        if let TaskState::Done(more) = page.state() {
            shown.update(|shown| shown.extend(more));
        }
    });
    let export = Task::<u64>::new();
    Effect::new(move || {
        if matches!(export.state(), TaskState::Done(_))
            && let Some(bytes) = export.take_bytes()
        {
            browser::download("stillroom-issues.csv", "text/csv;charset=utf-8", &bytes);
        }
    });
    let columns = Signal::derive(|| {
        let column = |name, is_number| (say(name).to_owned(), is_number);
        vec![
            column(Import::Row, true),
            column(Import::FieldName, false),
            column(Import::Reason, false),
            column(Import::ValueKind, false),
        ]
    });
    let row = |issue: &IssueInfo| {
        let field = if issue.field.is_empty() {
            say(Shell::NoValue).to_owned()
        } else {
            fields::key_words(&issue.field)
        };
        vec![
            format::integer(issue.row),
            field,
            issue_words(&issue.reason),
            value_kind_words(&issue.value_kind).to_owned(),
        ]
    };
    let rows = Signal::derive(move || shown.with(|shown| shown.iter().map(row).collect::<Vec<_>>()));
    let has_more = move || (shown.with(Vec::len) as u64) < n_issues;
    view! {
        <div class="stack" data-testid="issues">
            <div class="spread">
                <p class="strong">{move || count(Import::IssuesTitle, n_issues)}</p>
                <Button
                    test_id="issues-download"
                    icon=Symbol::Download
                    busy=Signal::derive(move || export.is_running())
                    on_press=Callback::new(move |()| export.start(ExportIssues { import: id }))
                >
                    {t(Import::IssuesDownload)}
                </Button>
            </div>
            <p class="muted small">{t(Import::IssuesHint)}</p>
            <DataTable caption=Signal::derive(move || count(Import::IssuesTitle, n_issues)) columns rows test_id="issues-table" />
            {move || page.failure().map(|failure| view! { <ErrorState failure /> })}
            <Show when=move || page.is_running()>
                <Skeleton lines=1 />
            </Show>
            <Show when=move || has_more() && !page.is_running()>
                <div class="actions">
                    <Button test_id="issues-more" look=Look::Quiet on_press=Callback::new(move |()| ask())>
                        {t(Import::More)}
                    </Button>
                </div>
            </Show>
        </div>
    }
}
