//! The customers' grid: search, filter, sort, choose columns, export.

mod columns;
mod filter;

use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::components::A;
use leptos_router::hooks::{use_navigate, use_query_map};
use stillroom_engine::protocol::{
    ExportView, FieldInfo, Fields, OpenView, SetSetting, Setting, SortBy, ViewInfo,
};

use self::columns::ColumnsDialog;
pub use self::filter::FilterField;
use self::filter::FilterPanel;
use crate::browser;
use crate::exchange::use_exchange;
use crate::model::column_choice::{first_columns, remembered_columns, width};
use crate::session::use_session;
use crate::text::customers::Customers;
use crate::text::fields::field_words;
use crate::text::overview::Overview;
use crate::text::shell::Shell;
use crate::text::{count, count_with, format, t, words};
use crate::ui::{
    Button, EmptyState, ErrorState, Grid, GridColumn, PageHead, Skeleton, Symbol, Task, TaskState, TextField,
};

/// The setting that remembers the chosen columns.
const COLUMNS_SETTING: &str = "customers-columns";
/// Typing rests this long before the search runs.
const TYPING_MILLIS: u32 = 220;

/// What the person was looking at, kept while the workspace is open.
#[derive(Debug, Clone, Copy)]
pub struct CustomersList {
    filter: RwSignal<String>,
    search: RwSignal<String>,
    sort: RwSignal<Option<SortBy>>,
}

impl CustomersList {
    /// A list without filter, search or order.
    pub fn new() -> Self {
        Self {
            filter: RwSignal::new(String::new()),
            search: RwSignal::new(String::new()),
            sort: RwSignal::new(None),
        }
    }
}

/// The page. `?filter=…` opens it with a filter.
#[component]
pub fn CustomersPage() -> impl IntoView {
    let session = use_session();
    let list = expect_context::<CustomersList>();
    if let Some(filter) = use_query_map().get_untracked().get("filter") {
        list.filter.set(filter);
    }
    let fields = Task::<Vec<FieldInfo>>::new();
    let remembered = Task::<Option<String>>::new();
    let chosen = RwSignal::new(None::<Vec<String>>);
    Effect::new(move || {
        session.revision();
        fields.start(Fields {});
        remembered.start(Setting { key: COLUMNS_SETTING.to_owned() });
    });
    Effect::new(move || {
        if let (Some(fields), Some(remembered)) = (fields.answer(), remembered.answer()) {
            let kept = remembered.and_then(|keys| remembered_columns(&keys, &fields));
            chosen.set(Some(kept.unwrap_or_else(|| first_columns(&fields))));
        }
    });
    let store_columns = Task::<()>::new();
    let choose = Callback::new(move |keys: Option<Vec<String>>| {
        let value = keys.as_ref().map(|keys| keys.join(",")).unwrap_or_default();
        store_columns.start(SetSetting { key: COLUMNS_SETTING.to_owned(), value });
        chosen.set(keys.or_else(|| fields.answer().map(|fields| first_columns(&fields))));
    });

    let view = Task::<ViewInfo>::new();
    Effect::new(move || {
        let Some(chosen) = chosen.get() else { return };
        use_exchange().pulled();
        let text = |text: String| Some(text).filter(|text| !text.trim().is_empty());
        view.start(OpenView {
            filter: text(list.filter.get()),
            search: text(list.search.get()),
            sort: list.sort.get().into_iter().collect(),
            fields: chosen,
        });
    });
    let shown = RwSignal::new(None::<ViewInfo>);
    let columns = RwSignal::new(Vec::<GridColumn>::new());
    Effect::new(move || {
        if let TaskState::Done(info) = view.state() {
            let keys = chosen.get_untracked().unwrap_or_default();
            columns.set(grid_columns(&fields.answer().unwrap_or_default(), &keys));
            shown.set(Some(info));
        }
    });

    let navigate = use_navigate();
    let open =
        Callback::new(move |id: i64| navigate(&format!("/customers/{id}"), NavigateOptions::default()));
    let filter_is_open = RwSignal::new(list.filter.with_untracked(|filter| !filter.is_empty()));
    let columns_are_open = RwSignal::new(false);
    let failure = move || view.failure().map(|failure| view! { <ErrorState failure test_id="view-error" /> });
    let is_empty_workspace = Memo::new(move |_| shown.get().is_some_and(|view| view.total == 0));
    let fits_nobody = Memo::new(move |_| shown.get().is_some_and(|view| view.total > 0 && view.count == 0));
    view! {
        <PageHead title=words(Shell::Customers) lead=words(Customers::Lead) />
        <Show
            when=move || !is_empty_workspace.get()
            fallback=|| {
                view! {
                    <EmptyState
                        symbol=Symbol::People
                        title=words(Customers::EmptyTitle)
                        hint=words(Customers::EmptyHint)
                        test_id="customers-empty"
                    >
                        <A href="/import" attr:class="button button-primary">
                            {t(Overview::EmptyAction)}
                        </A>
                    </EmptyState>
                }
            }
        >
            <div class="stack">
                <div class="toolbar">
                    <SearchBox search=list.search />
                    <Button
                        test_id="filter-toggle"
                        icon=Symbol::Sliders
                        on_press=Callback::new(move |()| filter_is_open.update(|open| *open = !*open))
                    >
                        {move || {
                            let is_on = list.filter.with(|filter| !filter.trim().is_empty());
                            t(if is_on { Customers::FilterOn } else { Customers::Filter })()
                        }}
                    </Button>
                    <Button
                        test_id="columns"
                        icon=Symbol::Columns
                        on_press=Callback::new(move |()| columns_are_open.set(true))
                    >
                        {t(Customers::Columns)}
                    </Button>
                    <ExportButton shown />
                </div>
                <Show when=move || filter_is_open.get()>
                    <FilterPanel filter=list.filter fields=Signal::derive(move || fields.answer().unwrap_or_default()) />
                </Show>
                {failure}
                <CountLine shown />
                <Show when=move || shown.get().is_some() fallback=|| view! { <Skeleton lines=8 /> }>
                    <Show when=move || fits_nobody.get()>
                        <EmptyState
                            symbol=Symbol::Search
                            title=words(Customers::NothingFound)
                            hint=words(Customers::NothingFoundHint)
                            test_id="customers-none"
                        />
                    </Show>
                    <div class="grid-frame" class:is-empty=fits_nobody>
                        <Grid
                            label=words(Customers::GridLabel)
                            view=shown
                            columns
                            sort=list.sort
                            on_open=open
                            test_id="customers-grid"
                        />
                    </div>
                </Show>
            </div>
            <ColumnsDialog
                open=columns_are_open
                fields=Signal::derive(move || fields.answer().unwrap_or_default())
                chosen=Signal::derive(move || chosen.get().unwrap_or_default())
                on_choose=choose
            />
        </Show>
    }
}

fn grid_columns(fields: &[FieldInfo], keys: &[String]) -> Vec<GridColumn> {
    let column = |field: &FieldInfo| GridColumn {
        key: field.key.clone(),
        label: field_words(field),
        is_number: field.value_type == "number",
        width: width(field),
    };
    keys.iter().filter_map(|key| fields.iter().find(|field| field.key == *key)).map(column).collect()
}

/// Searches once typing rests.
#[component]
fn SearchBox(search: RwSignal<String>) -> impl IntoView {
    let typed = RwSignal::new(search.get_untracked());
    let waiting = StoredValue::new_local(None::<Timeout>);
    Effect::new(move |before: Option<String>| {
        let now = typed.get();
        if before.is_some_and(|before| before != now) {
            let text = now.clone();
            waiting.set_value(Some(Timeout::new(TYPING_MILLIS, move || {
                let _ = search.try_set(text);
            })));
        }
        now
    });
    view! {
        <div class="toolbar-search">
            <TextField
                label=words(Customers::Search)
                hides_label=true
                kind="search"
                placeholder=words(Customers::SearchHint)
                value=typed
                test_id="customers-search"
            />
        </div>
    }
}

#[component]
fn CountLine(shown: RwSignal<Option<ViewInfo>>) -> impl IntoView {
    let text = move || {
        let view = shown.get()?;
        let (n, total) = (u64::from(view.count), u64::from(view.total));
        Some(if n == total {
            count(Customers::CountAll, n)
        } else {
            count_with(Customers::CountSome, n, &[("total", format::integer(total))])
        })
    };
    view! {
        <p class="muted small" role="status" data-testid="customers-count">
            {text}
        </p>
    }
}

#[component]
fn ExportButton(shown: RwSignal<Option<ViewInfo>>) -> impl IntoView {
    let export = Task::<u64>::new();
    Effect::new(move || {
        if matches!(export.state(), TaskState::Done(_))
            && let Some(bytes) = export.take_bytes()
        {
            browser::download("customers.csv", "text/csv;charset=utf-8", &bytes);
        }
    });
    let begin = move |()| {
        if let Some(view) = shown.get_untracked() {
            export.start_job(ExportView { view: view.view }, None);
        }
    };
    view! {
        <Button
            test_id="customers-export"
            icon=Symbol::Download
            busy=Signal::derive(move || export.is_running())
            on_press=Callback::new(begin)
        >
            {t(Customers::Export)}
        </Button>
    }
}
