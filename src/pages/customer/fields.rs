//! A customer's fields, each edited where it stands.

use leptos::prelude::*;
use stillroom_engine::protocol::{Cell, CustomerInfo, FieldInfo, UpdateCustomer};

use crate::exchange::use_exchange;
use crate::model::cells::{edit_text, read_text};
use crate::text::codes::failure_words;
use crate::text::customers::Customers;
use crate::text::fields::{field_words, group_words};
use crate::text::shell::Shell;
use crate::text::{fill, format, say, t, words};
use crate::ui::{Button, Card, Checkbox, Look, Select, Symbol, Task, TaskState, TextField, tell};

const GROUPS: [&str; 5] = ["identity", "contact", "commercial", "behaviour", "notes"];
/// Computed from the orders; nobody types them.
const COMPUTED: [&str; 4] = ["orders", "spent", "first_order_at", "last_order_at"];

/// All fields by group; empty ones only when asked for.
#[component]
pub(super) fn FieldsCard(
    info: CustomerInfo,
    fields: Vec<FieldInfo>,
    on_saved: Callback<()>,
) -> impl IntoView {
    let shows_empty = RwSignal::new(false);
    let id = info.id;
    let value_of = move |key: &str| {
        info.fields.iter().find(|(own, _)| own == key).map_or(Cell::Missing, |(_, value)| value.clone())
    };
    let group = |group: &'static str| {
        let own: Vec<_> = fields
            .iter()
            .filter(|field| field.group == group && !matches!(field.origin.as_str(), "label" | "score"))
            .map(|field| (field.clone(), value_of(&field.key)))
            .collect();
        let has_values = own.iter().any(|(_, value)| *value != Cell::Missing);
        let rows = own.into_iter().map(move |(field, value)| {
            let is_empty = value == Cell::Missing;
            let row = StoredValue::new((field, value));
            view! {
                <Show when=move || !is_empty || shows_empty.get()>
                    <FieldRow id row on_saved />
                </Show>
            }
        });
        let rows = rows.collect_view();
        view! {
            <section class="field-group" class:is-hidden=move || !has_values && !shows_empty.get()>
                <h3>{move || group_words(group)}</h3>
                {rows}
            </section>
        }
    };
    let groups = GROUPS.map(group).collect_view();
    view! {
        <Card title=words(Customers::FieldsTitle) test_id="customer-fields">
            {groups}
            <Checkbox
                label=words(Customers::ShowEmpty)
                checked=shows_empty
                test_id="show-empty"
                on_change=Callback::new(move |shown| shows_empty.set(shown))
            />
        </Card>
    }
}

#[component]
fn FieldRow(id: i64, row: StoredValue<(FieldInfo, Cell)>, on_saved: Callback<()>) -> impl IntoView {
    let is_editing = RwSignal::new(false);
    let key = row.with_value(|(field, _)| field.key.clone());
    let is_editable = !COMPUTED.contains(&key.as_str());
    let name = Signal::derive(move || row.with_value(|(field, _)| field_words(field)));
    let value = move || match row.with_value(|(_, value)| value.clone()) {
        Cell::Missing => say(Shell::NoValue).to_owned(),
        value => format::cell(&value),
    };
    let test_id = format!("edit-{key}");
    let value_id = format!("value-{key}");
    let shown = move || {
        let (test_id, value_id) = (test_id.clone(), value_id.clone());
        view! {
            <div class="field-row">
                <span class="field-name">{name}</span>
                <span class="field-value" data-testid=value_id>
                    {value}
                </span>
                {is_editable
                    .then(|| {
                        view! {
                            <Button
                                test_id
                                look=Look::Quiet
                                icon=Symbol::Pencil
                                label=Signal::derive(move || fill(Customers::Edit, &[("field", name.get())]))
                                on_press=Callback::new(move |()| is_editing.set(true))
                            />
                        }
                    })}
            </div>
        }
    };
    move || {
        if is_editing.get() {
            view! { <FieldForm id row name is_editing on_saved /> }.into_any()
        } else {
            shown().into_any()
        }
    }
}

#[component]
fn FieldForm(
    id: i64,
    row: StoredValue<(FieldInfo, Cell)>,
    name: Signal<String>,
    is_editing: RwSignal<bool>,
    on_saved: Callback<()>,
) -> impl IntoView {
    let (key, value_type) = row.with_value(|(field, _)| (field.key.clone(), field.value_type.clone()));
    let typed = RwSignal::new(row.with_value(|(_, value)| edit_text(value)));
    let does_not_fit = RwSignal::new(false);
    let save = Task::<()>::new();
    Effect::new(move || {
        if matches!(save.state(), TaskState::Done(())) {
            tell(say(Customers::Saved));
            use_exchange().changed();
            is_editing.set(false);
            on_saved.run(());
        }
    });
    let error = Signal::derive(move || match save.failure() {
        Some(failure) => Some(failure_words(&failure)),
        None => does_not_fit.get().then(|| say(Customers::EditFailed).to_owned()),
    });
    let own_type = value_type.clone();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let value = read_text(&own_type, &typed.get_untracked());
        does_not_fit.set(value.is_none());
        if let Some(value) = value {
            save.start(UpdateCustomer { id, field: key.clone(), value });
        }
    };
    let yes_or_no = Signal::derive(|| {
        let choice = |key: &str, name: Shell| (key.to_owned(), say(name).to_owned());
        vec![choice("", Shell::NoValue), choice("true", Shell::Yes), choice("false", Shell::No)]
    });
    let input = if value_type == "boolean" {
        view! { <Select label=name value=typed choices=yes_or_no test_id="field-value" /> }.into_any()
    } else {
        let kind = if matches!(value_type.as_str(), "date" | "time") { "date" } else { "text" };
        view! { <TextField label=name kind value=typed error test_id="field-value" /> }.into_any()
    };
    view! {
        <form class="field-form" on:submit=submit>
            {input}
            <div class="actions">
                <Button test_id="field-save" look=Look::Primary submits=true busy=Signal::derive(move || save.is_running())>
                    {t(Shell::Save)}
                </Button>
                <Button test_id="field-cancel" look=Look::Quiet on_press=Callback::new(move |()| is_editing.set(false))>
                    {t(Shell::Cancel)}
                </Button>
            </div>
        </form>
    }
}
