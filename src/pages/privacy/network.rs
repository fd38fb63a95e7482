//! The network ledger: every request that was not for a file of the app, and what was in it before it was sealed.

use leptos::prelude::*;
use leptos::task::spawn_local;
use stillroom_engine::protocol::{NetworkEntry, NetworkLog, NetworkPreview, PreviewExchange};

use crate::exchange::use_exchange;
use crate::model::chart::ChartTable;
use crate::text::fields::group_words;
use crate::text::privacy::purpose_words;
use crate::text::shell::Shell;
use crate::text::sync::{Sync, request_words};
use crate::text::{count_with, fill, format, say, t, words};
use crate::ui::{
    Button, Card, DataTable, Dialog, EmptyState, ErrorState, Look, Skeleton, Symbol, Task, TaskState,
    TaskView, tell,
};
use crate::{browser, engine};

/// Entries shown at once.
const PAGE_ENTRIES: u32 = 50;
/// The field groups by their stable keys.
const GROUPS: [&str; 6] = ["identity", "contact", "commercial", "behaviour", "notes", "scores"];
/// Most entries of a file.
const MOST_EXPORTED: u32 = 100_000;

/// The view.
#[component]
pub(super) fn NetworkView() -> impl IntoView {
    let exchange = use_exchange();
    let page = Task::<Vec<NetworkEntry>>::new();
    let limit = RwSignal::new(PAGE_ENTRIES);
    let known = RwSignal::new(None::<Vec<NetworkEntry>>);
    let last_success =
        Memo::new(move |_| exchange.info().map(|info| (info.sync.last_success_millis, info.sync.problem)));
    Effect::new(move || {
        last_success.get();
        page.start(NetworkLog { offset: 0, limit: limit.get() });
    });
    Effect::new(move || {
        if let TaskState::Done(entries) = page.state() {
            known.set(Some(entries));
        }
    });
    let (looked_at, is_open) = (RwSignal::new(None::<NetworkEntry>), RwSignal::new(false));
    let look = Callback::new(move |entry: NetworkEntry| {
        looked_at.set(Some(entry));
        is_open.set(true);
    });
    let has_more =
        move || known.with(|known| known.as_ref().is_some_and(|known| known.len() as u32 >= limit.get()));
    let body = move || match (known.get(), page.failure()) {
        (_, Some(failure)) => view! { <ErrorState failure /> }.into_any(),
        (None, None) => view! { <Skeleton lines=5 /> }.into_any(),
        (Some(entries), None) if entries.is_empty() => view! {
            <EmptyState
                symbol=Symbol::Shield
                title=words(Sync::NetworkEmpty)
                hint=words(Sync::NetworkEmptyHint)
                test_id="network-empty"
            />
        }
        .into_any(),
        (Some(entries), None) => view! { <EntriesTable entries look /> }.into_any(),
    };
    let title = Signal::derive(move || {
        let at = looked_at.with(|entry| entry.as_ref().map_or(0.0, |entry| entry.at_millis));
        fill(Sync::NetworkInsideOf, &[("at", format::day_and_time(at as i64))])
    });
    let actions = ViewFn::from(|| {
        view! {
            <Button test_id="network-export" icon=Symbol::Download on_press=Callback::new(|()| spawn_local(export()))>
                {t(Sync::NetworkExport)}
            </Button>
        }
    });
    view! {
        <Card title=words(crate::text::privacy::Privacy::ViewNetwork) actions>
            <p class="muted">{t(Sync::NetworkLead)}</p>
            {body}
            <Show when=has_more>
                <div class="actions">
                    <Button
                        test_id="network-more"
                        look=Look::Quiet
                        on_press=Callback::new(move |()| limit.update(|limit| *limit += PAGE_ENTRIES))
                    >
                        {t(Sync::More)}
                    </Button>
                </div>
            </Show>
        </Card>
        <Dialog title open=is_open test_id="preview-dialog">
            {move || looked_at.get_untracked().map(|entry| view! { <Preview entry /> })}
        </Dialog>
    }
}

/// Heading of each column and whether its values are numbers.
const COLUMNS: [(Sync, bool); 9] = [
    (Sync::When, false),
    (Sync::NetworkRequest, false),
    (Sync::PurposeHead, false),
    (Sync::NetworkGrant, false),
    (Sync::NetworkOperations, true),
    (Sync::NetworkCustomers, true),
    (Sync::NetworkSent, true),
    (Sync::NetworkReceived, true),
    (Sync::NetworkStatus, true),
];

/// The column that is told in words too.
const REQUEST: usize = 1;

fn values(entry: &NetworkEntry) -> Vec<String> {
    vec![
        format::day_and_time(entry.at_millis as i64),
        entry.request.clone(),
        purpose_words(entry.purpose.as_deref().unwrap_or_default()),
        entry
            .grant
            .as_deref()
            .map_or_else(|| say(Shell::NoValue).to_owned(), |grant| grant.chars().take(8).collect()),
        format::integer(entry.n_operations),
        format::integer(entry.n_customers),
        format::bytes(entry.bytes_sent),
        format::bytes(entry.bytes_received),
        entry.status.map_or_else(|| say(Sync::NetworkNoAnswer).to_owned(), |status| status.to_string()),
    ]
}

#[component]
fn EntriesTable(entries: Vec<NetworkEntry>, look: Callback<NetworkEntry>) -> impl IntoView {
    let class = |is_number: bool| if is_number { "numeric" } else { "" };
    let head = COLUMNS
        .map(|(name, is_number)| view! { <th scope="col" class=class(is_number)>{t(name)}</th> }.into_any());
    let row = |entry: NetworkEntry| {
        let shown = StoredValue::new(entry.clone());
        let cells = COLUMNS.into_iter().enumerate().map(|(at, (name, is_number))| {
            let value = move || shown.with_value(values).into_iter().nth(at);
            let words = (at == REQUEST).then(|| {
                view! { <span>{move || shown.with_value(|entry| request_words(&entry.request))}</span> }
            });
            view! { <td class=class(is_number) data-label=t(name)>{words}<span>{value}</span></td> }
                .into_any()
        });
        let cells = cells.collect_view();
        let button = entry.has_preview.then(|| {
            view! {
                <Button
                    test_id=format!("preview-{}", entry.id)
                    look=Look::Quiet
                    icon=Symbol::Eye
                    label=Signal::derive(move || {
                        fill(Sync::NetworkInsideOf, &[("at", format::day_and_time(shown.with_value(|entry| entry.at_millis) as i64))])
                    })
                    on_press=Callback::new(move |()| look.run(shown.get_value()))
                />
            }
        });
        view! { <tr data-testid="network-entry">{cells}<td class="row-actions">{button}</td></tr> }.into_any()
    };
    view! {
        <div class="table-frame table-tall" tabindex="0" role="region" aria-label=t(crate::text::privacy::Privacy::ViewNetwork) data-testid="network-log">
            <table class="table table-stack network">
                <thead>
                    <tr>{head.into_iter().collect_view()} <th scope="col">{t(Sync::NetworkInside)}</th></tr>
                </thead>
                <tbody>{entries.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Preview(entry: NetworkEntry) -> impl IntoView {
    let preview = Task::<NetworkPreview>::new();
    preview.start(PreviewExchange { id: entry.id });
    let request = entry.request;
    let draw = |preview: NetworkPreview| {
        let (n, total) = (preview.rows.len() as u64, preview.n_rows);
        if n == 0 {
            return view! { <p data-testid="preview-nothing">{t(Sync::NetworkNothing)}</p> }.into_any();
        }
        let (names, content) = (preview.columns, preview.rows);
        let columns =
            Signal::derive(move || names.iter().map(|name| (column_words(name), false)).collect::<Vec<_>>());
        let rows = Signal::derive(move || content.iter().map(|row| told(row)).collect::<Vec<_>>());
        let sentence = move || count_with(Sync::NetworkShown, n, &[("total", format::integer(total))]);
        view! {
            <DataTable caption=words(Sync::NetworkInside) columns rows test_id="preview-table" />
            <p class="muted small">{sentence}</p>
        }
        .into_any()
    };
    view! {
        <p><code>{request}</code></p>
        <TaskView task=preview draw />
    }
}

/// The heading of a column of a preview.
fn column_words(name: &str) -> String {
    say(match name {
        "record" => Sync::ParkedWho,
        "what" => Sync::ParkedWhat,
        "content" => Sync::NetworkContent,
        other => return other.to_owned(),
    })
    .to_owned()
}

/// A row of a preview, its group in words; what is no group stays as it is.
fn told(row: &[String]) -> Vec<String> {
    let is_group = |cell: &String| GROUPS.contains(&cell.as_str());
    let word = |(at, cell): (usize, &String)| match at == 1 && is_group(cell) {
        true => group_words(cell).to_owned(),
        false => cell.clone(),
    };
    row.iter().enumerate().map(word).collect()
}

/// Downloads the whole ledger as CSV.
async fn export() {
    match engine::ask(NetworkLog { offset: 0, limit: MOST_EXPORTED }).await {
        Ok(entries) => {
            let columns = COLUMNS.map(|(name, is_number)| (say(name).to_owned(), is_number)).to_vec();
            let table = ChartTable { columns, rows: entries.iter().map(values).collect() };
            browser::download("stillroom-network.csv", "text/csv;charset=utf-8", table.to_csv().as_bytes());
        }
        Err(failure) => tell(crate::text::codes::failure_words(&failure)),
    }
}
