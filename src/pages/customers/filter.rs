//! The filter: written in the filter language, or put together by choosing.

use leptos::prelude::*;
use stillroom_engine::protocol::FieldInfo;
use stillroom_records::Filter;

use crate::model::filter_builder::{Operator, condition, operators, with_condition};
use crate::text::customers::{Customers, operator_words};
use crate::text::fields::field_words;
use crate::text::{say, t, words};
use crate::ui::{Button, Card, Look, Select, Symbol, TextField};

/// Examples, each of which is a valid filter.
const EXAMPLES: [(&str, Customers); 4] = [
    (r#"country = "France" and spent >= 100"#, Customers::FilterExampleSpend),
    (r#"name contains "Li" and not email is missing"#, Customers::FilterExampleText),
    ("last_order_at < 2011-06-01", Customers::FilterExampleDate),
    (r#"country in ("Spain", "Portugal", "Italy")"#, Customers::FilterExampleIn),
];

/// The panel; `filter` is the filter in force, as text.
#[component]
pub(super) fn FilterPanel(
    filter: RwSignal<String>,
    #[prop(into)] fields: Signal<Vec<FieldInfo>>,
) -> impl IntoView {
    let typed = RwSignal::new(filter.get_untracked());
    let error = filter_error(typed);
    let apply = move || {
        if error.get_untracked().is_none() {
            filter.set(typed.get_untracked());
        }
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        apply();
    };
    let add = Callback::new(move |condition: Filter| {
        typed.update(|text| *text = with_condition(text, condition));
        apply();
    });
    let clear = move |()| {
        typed.set(String::new());
        filter.set(String::new());
    };
    view! {
        <Card test_id="filter-panel">
            <form class="filter-line" on:submit=submit>
                <TextField
                    label=words(Customers::FilterText)
                    placeholder=Signal::stored(EXAMPLES[0].0.to_owned())
                    value=typed
                    error
                    test_id="filter-text"
                />
                <div class="actions">
                    <Button test_id="filter-apply" look=Look::Primary submits=true>
                        {t(Customers::FilterApply)}
                    </Button>
                    <Button test_id="filter-clear" on_press=Callback::new(clear)>
                        {t(Customers::FilterClear)}
                    </Button>
                </div>
            </form>
            <ConditionBuilder fields on_add=add />
            <FilterHelp fields typed />
        </Card>
    }
}

/// What is wrong with a typed filter.
fn filter_error(typed: RwSignal<String>) -> Signal<Option<String>> {
    Signal::derive(move || {
        let text = typed.get();
        let is_wrong = !text.trim().is_empty() && Filter::from_text(&text).is_err();
        is_wrong.then(|| say(crate::text::codes::Code::BadFilter).to_owned())
    })
}

/// A filter to type or to put together, for places where it is one choice among others.
#[component]
pub fn FilterField(typed: RwSignal<String>, #[prop(into)] fields: Signal<Vec<FieldInfo>>) -> impl IntoView {
    let add = Callback::new(move |condition: Filter| {
        typed.update(|text| *text = with_condition(text, condition));
    });
    view! {
        <div class="stack-tight">
            <TextField
                label=words(Customers::FilterText)
                placeholder=Signal::stored(EXAMPLES[0].0.to_owned())
                value=typed
                error=filter_error(typed)
                test_id="filter-text"
            />
            <ConditionBuilder fields on_add=add />
        </div>
    }
}

#[component]
fn ConditionBuilder(#[prop(into)] fields: Signal<Vec<FieldInfo>>, on_add: Callback<Filter>) -> impl IntoView {
    let key = RwSignal::new(String::new());
    let operator = RwSignal::new(String::new());
    let value = RwSignal::new(String::new());
    let was_tried = RwSignal::new(false);
    let value_type = Memo::new(move |_| {
        fields.with(|fields| {
            fields.iter().find(|field| field.key == key.get()).map(|field| field.value_type.clone())
        })
    });
    Effect::new(move || {
        if key.with(String::is_empty)
            && let Some(first) = fields.with(|fields| fields.first().map(|field| field.key.clone()))
        {
            key.set(first);
        }
    });
    Effect::new(move || {
        let first = value_type.get().and_then(|value_type| operators(&value_type).first().copied());
        operator.set(first.map(|first| first.key().to_owned()).unwrap_or_default());
        was_tried.set(false);
    });
    let chosen = move || Operator::from_key(&operator.get());
    let field_choices = Signal::derive(move || {
        fields.with(|fields| {
            fields.iter().map(|field| (field.key.clone(), field_words(field))).collect::<Vec<_>>()
        })
    });
    let operator_choices = Signal::derive(move || {
        let operators = value_type.get().map(|value_type| operators(&value_type)).unwrap_or_default();
        let choice = |operator: Operator| (operator.key().to_owned(), operator_words(operator).to_owned());
        operators.into_iter().map(choice).collect::<Vec<_>>()
    });
    let built = move || condition(&key.get(), &value_type.get().unwrap_or_default(), chosen()?, &value.get());
    let error = Signal::derive(move || {
        (was_tried.get() && built().is_none()).then(|| say(Customers::BuildBad).to_owned())
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        was_tried.set(true);
        if let Some(condition) = untrack(built) {
            on_add.run(condition);
            value.set(String::new());
            was_tried.set(false);
        }
    };
    let needs_value = Memo::new(move |_| chosen().is_some_and(Operator::needs_value));
    let is_date = Memo::new(move |_| matches!(value_type.get().as_deref(), Some("date" | "time")));
    let value_field = move || {
        needs_value.get().then(|| {
            view! {
                <TextField
                    label=words(Customers::BuildValue)
                    kind=if is_date.get() { "date" } else { "text" }
                    value
                    error
                    test_id="build-value"
                />
            }
        })
    };
    view! {
        <form class="condition-builder" aria-label=t(Customers::BuildTitle) on:submit=submit>
            <Select label=words(Customers::BuildField) value=key choices=field_choices test_id="build-field" />
            <Select
                label=words(Customers::BuildOperator)
                value=operator
                choices=operator_choices
                test_id="build-operator"
            />
            {value_field}
            <Button test_id="build-add" icon=Symbol::Plus submits=true>
                {t(Customers::BuildAdd)}
            </Button>
        </form>
    }
}

#[component]
fn FilterHelp(#[prop(into)] fields: Signal<Vec<FieldInfo>>, typed: RwSignal<String>) -> impl IntoView {
    let example = move |(at, (text, meaning)): (usize, (&'static str, Customers))| {
        view! {
            <li>
                <button
                    type="button"
                    class="example"
                    data-testid=format!("filter-example-{at}")
                    on:click=move |_| typed.set(text.to_owned())
                >
                    <code>{text}</code>
                </button>
                <span class="muted small">{t(meaning)}</span>
            </li>
        }
    };
    let names = move || {
        fields.with(|fields| {
            let name = |field: &FieldInfo| view! { <li><code>{field.key.clone()}</code></li> };
            fields.iter().map(name).collect_view()
        })
    };
    view! {
        <details class="help">
            <summary data-testid="filter-help">{t(Customers::FilterHelp)}</summary>
            <div class="stack">
                <p>{t(Customers::FilterHelpLead)}</p>
                <ul class="examples">{EXAMPLES.into_iter().enumerate().map(example).collect_view()}</ul>
                <p class="strong small">{t(Customers::FilterFields)}</p>
                <ul class="field-names">{names}</ul>
            </div>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_a_filter() {
        for (text, _) in EXAMPLES {
            assert!(Filter::from_text(text).is_ok(), "{text}");
        }
    }
}
