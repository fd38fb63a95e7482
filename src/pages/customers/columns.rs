//! Choosing the grid's columns.

use leptos::prelude::*;
use stillroom_engine::protocol::FieldInfo;

use crate::text::customers::Customers;
use crate::text::fields::{field_words, group_words};
use crate::text::{t, words};
use crate::ui::{Button, Checkbox, Dialog, Look};

const GROUPS: [&str; 6] = ["identity", "contact", "commercial", "behaviour", "notes", "scores"];

/// The dialog; `on_choose` gets the chosen keys, or `None` for the usual ones.
#[component]
pub(super) fn ColumnsDialog(
    open: RwSignal<bool>,
    #[prop(into)] fields: Signal<Vec<FieldInfo>>,
    #[prop(into)] chosen: Signal<Vec<String>>,
    on_choose: Callback<Option<Vec<String>>>,
) -> impl IntoView {
    let toggle = move |key: &str, is_chosen: bool| {
        let mut keys = chosen.get_untracked();
        keys.retain(|other| other != key);
        if is_chosen {
            keys.push(key.to_owned());
        }
        if !keys.is_empty() {
            on_choose.run(Some(keys));
        }
    };
    let boxes = move |group: &'static str| {
        let own = fields.get().into_iter().filter(|field| field.group == group);
        let list: Vec<_> = own
            .map(|field| {
                let (key, other, test_id) =
                    (field.key.clone(), field.key.clone(), format!("column-{}", field.key));
                view! {
                    <Checkbox
                        label=Signal::derive(move || field_words(&field))
                        checked=Signal::derive(move || chosen.with(|chosen| chosen.contains(&key)))
                        test_id
                        on_change=Callback::new(move |is_chosen| toggle(&other, is_chosen))
                    />
                }
            })
            .collect();
        (!list.is_empty()).then(|| {
            view! {
                <fieldset class="choices">
                    <legend>{move || group_words(group)}</legend>
                    {list}
                </fieldset>
            }
        })
    };
    view! {
        <Dialog title=words(Customers::ColumnsTitle) open test_id="columns-dialog">
            <div class="choice-groups">{GROUPS.map(boxes).collect_view()}</div>
            <div class="actions">
                <Button
                    test_id="columns-reset"
                    look=Look::Quiet
                    on_press=Callback::new(move |()| on_choose.run(None))
                >
                    {t(Customers::ColumnsReset)}
                </Button>
            </div>
        </Dialog>
    }
}
