//! A modal dialog: the browser's own, which keeps the focus inside and closes on Escape.

use leptos::html;
use leptos::prelude::*;

use super::{Icon, Symbol};
use crate::text::shell::Shell;
use crate::text::t;

/// A dialog that is open while `open` is true.
#[component]
pub fn Dialog(
    /// What it is about.
    #[prop(into)]
    title: Signal<String>,
    /// Whether it is open; closing it sets this to false.
    open: RwSignal<bool>,
    /// Its stable test id; its close button's is `…-close`.
    #[prop(into)]
    test_id: String,
    /// What is in it, made anew each time it opens.
    children: ChildrenFn,
) -> impl IntoView {
    let element = NodeRef::<html::Dialog>::new();
    Effect::new(move || {
        let Some(element) = element.get() else { return };
        if open.get() && !element.open() {
            let _ = element.show_modal();
        } else if !open.get() && element.open() {
            element.close();
        }
    });
    let title_id = format!("{test_id}-title");
    let labelled_by = title_id.clone();
    let close_id = format!("{test_id}-close");
    view! {
        <dialog
            node_ref=element
            class="dialog"
            aria-labelledby=labelled_by
            data-testid=test_id
            on:close=move |_| open.set(false)
        >
            <div class="dialog-head">
                <h2 id=title_id>{title}</h2>
                <button
                    type="button"
                    class="icon-button"
                    aria-label=t(Shell::Close)
                    data-testid=close_id
                    on:click=move |_| open.set(false)
                >
                    <Icon symbol=Symbol::Cross />
                </button>
            </div>
            <div class="dialog-body">{move || open.get().then(|| children())}</div>
        </dialog>
    }
}
