//! Recommendations for one customer, found by name or id.

use leptos::prelude::*;
use leptos_router::components::A;
use stillroom_engine::protocol::{Recommend as AskRecommend, RecommendationInfo};

use crate::model::recommend::item_words;
use crate::pages::analysis::{CustomerSearch, Failed, Found, use_desk};
use crate::text::recommend::Recommend;
use crate::text::shell::Shell;
use crate::text::{fill, format, say, t, words};
use crate::ui::{Card, Task, TaskState};

const N_RECOMMENDED: u32 = 10;

/// The part of the page.
#[component]
pub fn Lookup() -> impl IntoView {
    let desk = use_desk();
    let chosen = RwSignal::new(None::<Found>);
    let recommend = Task::<Vec<RecommendationInfo>>::new();
    let on_choose = Callback::new(move |customer: Found| {
        let model = desk.kept.get_untracked().map(|model| model.id);
        recommend.start(AskRecommend { model, customer: customer.id, n_items: N_RECOMMENDED });
    });
    view! {
        <Card title=words(Recommend::LookupTitle) test_id="lookup">
            <CustomerSearch chosen on_choose />
            <Recommended chosen recommend />
        </Card>
    }
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
