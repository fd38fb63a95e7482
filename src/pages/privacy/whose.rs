//! Whose data: all customers, or those a filter finds.

use leptos::prelude::*;
use stillroom_engine::protocol::{FieldInfo, Fields, OpenView, ViewInfo};
use stillroom_records::Filter;

use crate::pages::customers::FilterField;
use crate::text::privacy::Privacy;
use crate::text::{count_with, format, say};
use crate::ui::{Select, Task};

/// A choice of customers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whose {
    kind: RwSignal<String>,
    filter: RwSignal<String>,
}

impl Whose {
    /// Everybody at first.
    pub(super) fn new() -> Self {
        Self { kind: RwSignal::new("all".to_owned()), filter: RwSignal::new(String::new()) }
    }

    /// The filter, when one was chosen; followed when read inside a view.
    pub(super) fn filter(self) -> Option<String> {
        (self.kind.get() == "filter").then(|| self.filter.get())
    }

    /// Whether the choice can be used; followed when read inside a view.
    pub(super) fn is_whole(self) -> bool {
        self.filter().is_none_or(|text| !text.trim().is_empty() && Filter::from_text(&text).is_ok())
    }
}

/// The choice, with how many customers a filter finds now.
#[component]
pub(super) fn WhosePicker(
    whose: Whose,
    #[prop(into)] label: Signal<String>,
    /// What all of them are called.
    everybody: Privacy,
) -> impl IntoView {
    let fields = Task::<Vec<FieldInfo>>::new();
    let found = Task::<ViewInfo>::new();
    fields.start(Fields {});
    Effect::new(move || {
        if let Some(filter) = whose.filter().filter(|_| whose.is_whole()) {
            found.start(OpenView {
                filter: Some(filter),
                search: None,
                sort: Vec::new(),
                fields: Vec::new(),
            });
        }
    });
    let choices = Signal::derive(move || {
        [("all", everybody), ("filter", Privacy::ScopeFilter)]
            .map(|(key, name)| (key.to_owned(), say(name).to_owned()))
            .to_vec()
    });
    let uses_filter = Memo::new(move |_| whose.filter().is_some());
    let n_found = move || {
        let found = found.answer().filter(|_| whose.is_whole())?;
        Some(count_with(
            Privacy::FilterCounts,
            found.count.into(),
            &[("total", format::integer(found.total.into()))],
        ))
    };
    view! {
        <div class="stack-tight">
            <Select label value=whose.kind choices test_id="whose" />
            <Show when=move || uses_filter.get()>
                <FilterField typed=whose.filter fields=Signal::derive(move || fields.answer().unwrap_or_default()) />
                <p class="muted small" role="status">{n_found}</p>
            </Show>
        </div>
    }
}
