//! Finding one customer by name or id.

use leptos::prelude::*;
use leptos::task::spawn_local;
use stillroom_engine::protocol::{Cell, Failure, OpenView, RowInfo, Window};

use crate::engine;
use crate::text::recommend::Recommend;
use crate::text::{format, t, words};
use crate::ui::{Button, Symbol, TextField};

use super::result::Failed;

const MOST_FOUND: u32 = 8;

/// A customer found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The id.
    pub id: i64,
    name: String,
    external_id: String,
}

impl Found {
    fn from_row(row: &RowInfo) -> Self {
        let text = |at: usize| match row.cells.get(at) {
            Some(Cell::Missing) | None => String::new(),
            Some(cell) => format::cell(cell),
        };
        Self { id: row.id, external_id: text(0), name: text(1) }
    }

    /// What the customer is called.
    pub fn words(&self) -> String {
        match (self.name.is_empty(), self.external_id.is_empty()) {
            (false, false) => format!("{} · {}", self.name, self.external_id),
            (false, true) => self.name.clone(),
            (true, false) => self.external_id.clone(),
            (true, true) => self.id.to_string(),
        }
    }
}

/// A line to search in and the customers found; a single one is chosen at once.
#[component]
pub fn CustomerSearch(
    /// The chosen customer.
    chosen: RwSignal<Option<Found>>,
    /// Called with a customer when it is chosen.
    on_choose: Callback<Found>,
) -> impl IntoView {
    let search = RwSignal::new(String::new());
    let found = RwSignal::new(None::<Vec<Found>>);
    let failure = RwSignal::new(None);
    let is_searching = RwSignal::new(false);
    let choose = Callback::new(move |customer: Found| {
        chosen.set(Some(customer.clone()));
        on_choose.run(customer);
    });
    let look = move || {
        let search = search.get_untracked().trim().to_owned();
        if search.is_empty() {
            return;
        }
        is_searching.set(true);
        failure.set(None);
        spawn_local(async move {
            let outcome = find(search).await;
            let _ = is_searching.try_set(false);
            match outcome {
                Ok(rows) => {
                    if let [only] = rows.as_slice() {
                        choose.run(only.clone());
                    }
                    let _ = found.try_set(Some(rows));
                }
                Err(reason) => {
                    let _ = failure.try_set(Some(reason));
                }
            }
        });
    };
    view! {
        <form
            class="keep-form"
            role="search"
            on:submit=move |event| {
                event.prevent_default();
                look();
            }
        >
            <TextField
                label=words(Recommend::LookupLabel)
                value=search
                kind="search"
                test_id="lookup-search"
            />
            <Button test_id="lookup-run" icon=Symbol::Search submits=true busy=is_searching>
                {t(Recommend::LookupRun)}
            </Button>
        </form>
        {move || failure.get().map(|failure| view! { <Failed failure /> })}
        {move || found.get().map(|rows| view! { <FoundList rows chosen choose /> })}
    }
}

async fn find(search: String) -> Result<Vec<Found>, Failure> {
    let fields = ["external_id", "name"].map(str::to_owned).to_vec();
    let view = engine::ask(OpenView { filter: None, search: Some(search), sort: Vec::new(), fields }).await?;
    let rows = engine::ask(Window { view: view.view, offset: 0, limit: MOST_FOUND }).await?;
    Ok(rows.iter().map(Found::from_row).collect())
}

#[component]
fn FoundList(rows: Vec<Found>, chosen: RwSignal<Option<Found>>, choose: Callback<Found>) -> impl IntoView {
    if rows.is_empty() {
        return view! { <p class="muted" role="status">{t(Recommend::LookupNone)}</p> }.into_any();
    }
    let item = |(at, customer): (usize, Found)| {
        let (words, own) = (customer.words(), customer.clone());
        let is_chosen = move || chosen.with(|chosen| chosen.as_ref() == Some(&own));
        view! {
            <li>
                <button
                    type="button"
                    class="choice-chip"
                    data-testid=format!("lookup-result-{at}")
                    aria-pressed=move || is_chosen().to_string()
                    on:click=move |_| choose.run(customer.clone())
                >
                    {words}
                </button>
            </li>
        }
    };
    view! {
        <ul class="choice-chips" aria-label=t(Recommend::LookupResults) data-testid="lookup-results">
            {rows.into_iter().enumerate().map(item).collect_view()}
        </ul>
    }
    .into_any()
}
