//! Recommendations for one customer, found by name or id.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;
use stillroom_engine::protocol::{
    Cell, OpenView, Recommend as AskRecommend, RecommendationInfo, RowInfo, Window,
};

use crate::engine;
use crate::model::recommend::item_words;
use crate::pages::analysis::{Failed, use_desk};
use crate::text::recommend::Recommend;
use crate::text::shell::Shell;
use crate::text::{fill, format, say, t, words};
use crate::ui::{Button, Card, Symbol, Task, TaskState, TextField};

const MOST_FOUND: u32 = 8;
const N_RECOMMENDED: u32 = 10;

/// A customer found.
#[derive(Debug, Clone, PartialEq)]
struct Found {
    id: i64,
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

    fn words(&self) -> String {
        match (self.name.is_empty(), self.external_id.is_empty()) {
            (false, false) => format!("{} · {}", self.name, self.external_id),
            (false, true) => self.name.clone(),
            (true, false) => self.external_id.clone(),
            (true, true) => self.id.to_string(),
        }
    }
}

/// The part of the page.
#[component]
pub fn Lookup() -> impl IntoView {
    let desk = use_desk();
    let search = RwSignal::new(String::new());
    let found = RwSignal::new(None::<Vec<Found>>);
    let failure = RwSignal::new(None);
    let is_searching = RwSignal::new(false);
    let chosen = RwSignal::new(None::<Found>);
    let recommend = Task::<Vec<RecommendationInfo>>::new();

    let choose = Callback::new(move |customer: Found| {
        let model = desk.kept.get_untracked().map(|model| model.id);
        recommend.start(AskRecommend { model, customer: customer.id, n_items: N_RECOMMENDED });
        chosen.set(Some(customer));
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
        <Card title=words(Recommend::LookupTitle) test_id="lookup">
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
            <Recommended chosen recommend />
        </Card>
    }
}

async fn find(search: String) -> Result<Vec<Found>, stillroom_engine::protocol::Failure> {
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

#[component]
fn Recommended(chosen: RwSignal<Option<Found>>, recommend: Task<Vec<RecommendationInfo>>) -> impl IntoView {
    move || {
        let customer = chosen.get()?;
        let name = customer.words();
        let heading = move || fill(Recommend::LookupFor, &[("name", name.clone())]);
        let body = match recommend.state() {
            TaskState::Idle | TaskState::Running => {
                view! { <p class="muted" role="status">{t(Shell::Loading)}</p> }.into_any()
            }
            TaskState::Failed(failure) => view! { <Failed failure /> }.into_any(),
            TaskState::Done(items) if items.is_empty() => {
                view! { <p class="muted">{t(Recommend::LookupEmpty)}</p> }.into_any()
            }
            TaskState::Done(items) => {
                let strongest = items.first().map_or(1.0, |item| item.score.max(f64::MIN_POSITIVE));
                let rows = items.into_iter().map(|item| view! { <OneItem item strongest /> });
                view! {
                    <ol class="recommendations" data-testid="recommendations">
                        {rows.collect_view()}
                    </ol>
                }
                .into_any()
            }
        };
        Some(view! {
            <div class="lookup-head">
                <h3>{heading}</h3>
                <A href=format!("/customers/{}", customer.id) attr:data-testid="lookup-open">
                    {t(Recommend::OpenCustomer)}
                </A>
            </div>
            {body}
        })
    }
}

#[component]
fn OneItem(item: RecommendationInfo, strongest: f64) -> impl IntoView {
    let name = item_words(&item.item_code, &item.item_name);
    let width = if item.popular { 0.0 } else { (item.score / strongest).clamp(0.0, 1.0) * 100.0 };
    let why = move || {
        if item.popular {
            return say(Recommend::BecausePopular).to_owned();
        }
        let part = |(name, share): &(String, f64)| {
            fill(Recommend::BecauseItem, &[("item", name.clone()), ("share", format::percent(*share, 0))])
        };
        let items: Vec<String> = item.because.iter().take(3).map(part).collect();
        fill(Recommend::Because, &[("items", items.join(" · "))])
    };
    view! {
        <li class="recommendation">
            <span class="recommendation-name">{name}</span>
            <svg class="score-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                <rect class="score-bar-fill" width=width height="6" rx="1"></rect>
            </svg>
            <span class="muted small">{why}</span>
        </li>
    }
}
