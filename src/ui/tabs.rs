//! Tabs: one of a few views of the same thing, by pointer or arrow keys.

use leptos::prelude::*;

use super::input::Choice;
use crate::browser;

/// A list of tabs; the page shows what belongs to the selected one in an element with the id `panel-<key>`.
#[component]
pub fn Tabs(
    /// What the tabs choose between.
    #[prop(into)]
    label: Signal<String>,
    /// Key and words of each.
    #[prop(into)]
    tabs: Signal<Vec<Choice>>,
    /// The selected key.
    selected: RwSignal<String>,
    /// Its stable test id; a tab's is `…-<key>`.
    #[prop(into)]
    test_id: String,
) -> impl IntoView {
    let list_id = test_id.clone();
    let move_to = move |step: isize| {
        let keys: Vec<String> = tabs.get_untracked().into_iter().map(|(key, _)| key).collect();
        let here = keys.iter().position(|key| *key == selected.get_untracked()).unwrap_or(0);
        let next = (here as isize + step).rem_euclid(keys.len().max(1) as isize) as usize;
        if let Some(key) = keys.into_iter().nth(next) {
            browser::focus(&format!("#tab-{key}"));
            selected.set(key);
        }
    };
    let buttons = move || {
        let test_id = test_id.clone();
        tabs.get()
            .into_iter()
            .map(|(key, words)| {
                let (own, chosen) = (key.clone(), key.clone());
                let is_selected = Memo::new(move |_| selected.get() == own);
                view! {
                    <button
                        type="button"
                        role="tab"
                        class="tab"
                        id=format!("tab-{key}")
                        data-testid=format!("{test_id}-{key}")
                        aria-controls=format!("panel-{key}")
                        aria-selected=move || is_selected.get().to_string()
                        tabindex=move || if is_selected.get() { "0" } else { "-1" }
                        on:click=move |_| selected.set(chosen.clone())
                    >
                        {words}
                    </button>
                }
            })
            .collect_view()
    };
    view! {
        <div
            role="tablist"
            class="tabs"
            aria-label=label
            data-testid=list_id
            on:keydown=move |event| match event.key().as_str() {
                "ArrowRight" => move_to(1),
                "ArrowLeft" => move_to(-1),
                _ => {}
            }
        >
            {buttons}
        </div>
    }
}
