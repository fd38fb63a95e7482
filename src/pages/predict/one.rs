//! Why one customer gets the prediction they get, and what would change it.

use std::collections::BTreeMap;

use leptos::prelude::*;
use stillroom_engine::protocol::{Direction, Explain as AskExplain, Wish};
use stillroom_engine::reply::{Explanation, HeldOut};

use crate::model::predict::{
    Step, alternative_words, explained_words, is_by_log_odds, reason_words, scale_words, steps_of,
    surrogate_table,
};
use crate::pages::analysis::{CustomerSearch, Failed, Found, Known, TableCard, use_desk};
use crate::text::analysis::column_words;
use crate::text::explain::Explain;
use crate::text::shell::Shell;
use crate::text::{fill, format, say, t, words};
use crate::ui::{Banner, Button, Card, Choice, NumberField, Select, Task, TaskState, Tone};

use super::result::Shown;

/// Below this a straight line says little about the model nearby.
const POOR_FIT: f64 = 0.5;
/// Goals people type.
const LARGEST_GOAL: f64 = 1e12;

/// The view.
#[component]
pub fn OneCustomer(shown: Shown) -> impl IntoView {
    let desk = use_desk();
    let known = shown.known;
    let chosen = RwSignal::new(None::<Found>);
    let explain = Task::<Explanation>::new();
    let wished = Task::<Explanation>::new();
    let model = move || desk.kept.get_untracked().map(|model| model.id);
    let on_choose = Callback::new(move |customer: Found| {
        wished.reset();
        explain.start_job(AskExplain { model: model(), customer: customer.id, wish: None }, None);
    });
    let on_wish = Callback::new(move |wish: Wish| {
        if let Some(customer) = chosen.get_untracked() {
            let ask = AskExplain { model: model(), customer: customer.id, wish: Some(wish) };
            wished.start_job(ask, None);
        }
    });
    let is_share = !matches!(shown.report.held_out, HeldOut::Number(_));
    let body = move || {
        let customer = chosen.get()?;
        Some(match explain.state() {
            TaskState::Idle | TaskState::Running => {
                view! { <p class="muted" role="status">{t(Shell::Working)}</p> }.into_any()
            }
            TaskState::Failed(failure) => view! { <Failed failure /> }.into_any(),
            TaskState::Done(explanation) => {
                let name = customer.words();
                view! {
                    <Reasons explanation=explanation.clone() name known />
                    <WishPart explanation is_share wished on_wish known />
                }
                .into_any()
            }
        })
    };
    view! {
        <Card title=words(Explain::OneTitle) test_id="predict-one">
            <p class="muted">{t(Explain::OneHint)}</p>
            <CustomerSearch chosen on_choose />
        </Card>
        {body}
    }
}

/// The prediction in sentences, and the way to it step by step.
#[component]
fn Reasons(explanation: Explanation, name: String, known: Known) -> impl IntoView {
    let view_as = RwSignal::new("scale".to_owned());
    let is_log_odds = is_by_log_odds(&explanation);
    let views = {
        let scale = explanation.scale.clone();
        Signal::derive(move || {
            vec![
                ("scale".to_owned(), scale_words(&scale).to_owned()),
                ("probability".to_owned(), say(Explain::ScaleProbability).to_owned()),
            ]
        })
    };
    let is_sampled = explanation.method == "kernel";
    let note = move || say(if is_sampled { Explain::SampledNote } else { Explain::ExactNote });
    let surrogate = explanation.surrogate.clone();
    let sentences = {
        let (explanation, name) = (explanation.clone(), name.clone());
        move || {
            let made = explained_words(&explanation, &name, &known.labels());
            made.into_iter().map(|sentence| view! { <p>{sentence}</p> }).collect_view()
        }
    };
    let steps = move || {
        let made = steps_of(&explanation, &known.labels(), view_as.get() == "probability");
        made.into_iter().map(|step| view! { <OneStep step /> }).collect_view()
    };
    let title = Signal::derive(move || fill(Explain::OneFor, &[("name", name.clone())]));
    view! {
        <Card title test_id="predict-reasons">
            <div class="explained">{sentences}</div>
            {is_log_odds
                .then(|| {
                    view! {
                        <div class="form-row">
                            <Select
                                label=words(Explain::ViewLabel)
                                value=view_as
                                choices=views
                                hint=words(Explain::ViewNote)
                                test_id="predict-reasons-view"
                            />
                        </div>
                    }
                })}
            <ol class="waterfall" data-testid="predict-waterfall">
                {steps}
            </ol>
            <p class="muted small">{note}</p>
        </Card>
        {surrogate.map(|surrogate| view! { <Nearby surrogate known /> })}
    }
}

/// One step as a line of a waterfall: its words, its bar, its amount.
#[component]
fn OneStep(step: Step) -> impl IntoView {
    let (from, to) = step.bar;
    let (x, width) = match step.direction {
        0 => (from - 0.75, 1.5),
        _ => (from, (to - from).max(0.5)),
    };
    let class = match step.direction {
        0 => "waterfall-end",
        1 => "waterfall-up",
        _ => "waterfall-down",
    };
    view! {
        <li class="waterfall-step">
            <span>{step.name}</span>
            <svg class="waterfall-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                <rect class=class x=x width=width y="1" height="8"></rect>
            </svg>
            <span class="numeric">{step.amount}</span>
        </li>
    }
}

/// A straight line that behaves like the model nearby, and whether it does.
#[component]
fn Nearby(surrogate: stillroom_engine::reply::Surrogate, known: Known) -> impl IntoView {
    let r_squared = surrogate.r_squared;
    let is_poor = r_squared < POOR_FIT;
    let hint = Signal::derive(move || {
        let text = if is_poor { Explain::SurrogatePoor } else { Explain::SurrogateGood };
        fill(text, &[("r", format::fixed(r_squared, 2))])
    });
    if is_poor {
        return view! {
            <Banner tone=Tone::Warning title=words(Explain::SurrogateTitle) test_id="predict-surrogate">
                <p>{hint}</p>
            </Banner>
        }
        .into_any();
    }
    let table = Signal::derive(move || surrogate_table(&surrogate, &known.labels()));
    view! { <TableCard title=words(Explain::SurrogateTitle) hint table test_id="predict-surrogate" /> }
        .into_any()
}

/// What would change the prediction, among what may change.
#[component]
fn WishPart(
    explanation: Explanation,
    is_share: bool,
    wished: Task<Explanation>,
    on_wish: Callback<Wish>,
    known: Known,
) -> impl IntoView {
    let begin = if is_share { 50.0 } else { explanation.prediction };
    let goal = RwSignal::new(begin);
    let reached = if is_share { explanation.prediction * 100.0 } else { explanation.prediction };
    let direction = RwSignal::new(if reached > begin { "below" } else { "above" }.to_owned());
    let ways = RwSignal::new(BTreeMap::<String, String>::new());
    let is_lacking = RwSignal::new(false);
    let directions = Signal::derive(|| {
        [("above", Explain::AtLeast), ("below", Explain::AtMost)]
            .map(|(key, name)| (key.to_owned(), say(name).to_owned()))
            .to_vec()
    });
    let rows = {
        let reasons = explanation.reasons.clone();
        move || {
            let labels = known.labels();
            let row = |(at, reason): (usize, &stillroom_engine::reply::Reason)| {
                let label = fill(Explain::WishColumn, &[("column", column_words(&reason.column, &labels))]);
                let (column, is_number) = (reason.column.clone(), reason.number.is_some());
                let hint = reason_words(reason, &labels);
                view! { <WishColumn at label hint column is_number ways /> }
            };
            reasons.iter().enumerate().map(row).collect_view()
        }
    };
    let look = move || {
        let columns: Vec<(String, Direction)> = ways.with_untracked(|ways| {
            let way = |(column, way): (&String, &String)| {
                let direction = match way.as_str() {
                    "any" => Direction::Any,
                    "up" => Direction::Up,
                    "down" => Direction::Down,
                    _ => return None,
                };
                Some((column.clone(), direction))
            };
            ways.iter().filter_map(way).collect()
        });
        is_lacking.set(columns.is_empty());
        if !columns.is_empty() {
            let goal = goal.get_untracked() / if is_share { 100.0 } else { 1.0 };
            on_wish.run(Wish { columns, goal, below: direction.get_untracked() == "below" });
        }
    };
    let goal_label = words(if is_share { Explain::WishGoalPercent } else { Explain::WishGoal });
    let (least, most) = if is_share { (0.0, 100.0) } else { (-LARGEST_GOAL, LARGEST_GOAL) };
    let found = move || match wished.state() {
        TaskState::Idle | TaskState::Running => ().into_any(),
        TaskState::Failed(failure) => view! { <Failed failure /> }.into_any(),
        TaskState::Done(answer) if answer.alternatives.is_empty() => {
            view! { <p class="muted">{t(Explain::WishNone)}</p> }.into_any()
        }
        TaskState::Done(answer) => {
            let labels = known.labels();
            let sentence = |it| alternative_words(it, &answer, &labels);
            let items = answer.alternatives.iter().map(|it| view! { <li>{sentence(it)}</li> });
            view! {
                <ul class="meaning" data-testid="predict-alternatives">
                    {items.collect_view()}
                </ul>
            }
            .into_any()
        }
    };
    view! {
        <Card title=words(Explain::WishTitle) test_id="predict-wish">
            <p class="muted">{t(Explain::WishHint)}</p>
            <div class="form-row">
                <Select
                    label=words(Explain::WishDirection)
                    value=direction
                    choices=directions
                    test_id="predict-wish-direction"
                />
                <NumberField
                    label=goal_label
                    value=goal
                    min=least
                    max=most
                    step=0.1
                    test_id="predict-wish-goal"
                />
            </div>
            <div class="wish-columns">{rows}</div>
            <div class="actions">
                <Button
                    test_id="predict-wish-run"
                    busy=Signal::derive(move || wished.is_running())
                    on_press=Callback::new(move |()| look())
                >
                    {t(Explain::WishRun)}
                </Button>
                <span class="muted small" role="status">
                    {move || is_lacking.get().then(|| say(Explain::WishNeeded))}
                </span>
            </div>
            <div role="status">{found}</div>
        </Card>
    }
}

/// Whether and which way one column may change.
#[component]
fn WishColumn(
    at: usize,
    label: String,
    hint: String,
    column: String,
    is_number: bool,
    ways: RwSignal<BTreeMap<String, String>>,
) -> impl IntoView {
    let begin = ways.with_untracked(|ways| ways.get(&column).cloned()).unwrap_or_default();
    let value = RwSignal::new(begin);
    let choices = Signal::derive(move || {
        let all = [
            ("", Explain::Stays),
            ("any", Explain::MayAny),
            ("up", Explain::MayUp),
            ("down", Explain::MayDown),
        ];
        let n_offered = if is_number { 4 } else { 2 };
        let choice = |(key, name): &(&str, Explain)| ((*key).to_owned(), say(*name).to_owned());
        all.iter().take(n_offered).map(choice).collect::<Vec<Choice>>()
    });
    let on_change = Callback::new(move |way: String| {
        ways.update(|ways| {
            ways.insert(column.clone(), way);
        });
    });
    view! {
        <Select
            label=Signal::stored(label)
            hint=Signal::stored(hint)
            value
            choices
            on_change
            test_id=format!("predict-wish-{at}")
        />
    }
}
