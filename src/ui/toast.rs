//! Short messages that come and go, read out politely.

use gloo::timers::callback::Timeout;
use leptos::prelude::*;

use super::{Icon, Symbol};
use crate::text::shell::Shell;
use crate::text::t;

const SHOWN_MILLIS: u32 = 6_000;

thread_local! {
    static TOASTS: ArcRwSignal<Vec<(u32, String)>> = ArcRwSignal::new(Vec::new());
}

/// Tells the person something in passing.
pub fn tell(words: impl Into<String>) {
    let toasts = TOASTS.with(ArcRwSignal::clone);
    let id = toasts.with_untracked(|shown| shown.last().map_or(0, |(id, _)| id + 1));
    toasts.update(|shown| shown.push((id, words.into())));
    Timeout::new(SHOWN_MILLIS, move || dismiss(id)).forget();
}

fn dismiss(id: u32) {
    TOASTS.with(|toasts| toasts.update(|shown| shown.retain(|(other, _)| *other != id)));
}

/// The place where messages appear; stands once on the page.
#[component]
pub fn Toasts() -> impl IntoView {
    let toasts = TOASTS.with(ArcRwSignal::clone);
    view! {
        <section class="toasts" role="status" aria-live="polite" aria-label=t(Shell::Notifications) data-testid="toasts">
            <For
                each=move || toasts.get()
                key=|(id, _)| *id
                children=move |(id, words)| {
                    view! {
                        <div class="toast">
                            <span>{words}</span>
                            <button
                                type="button"
                                class="icon-button"
                                aria-label=t(Shell::Close)
                                data-testid="toast-close"
                                on:click=move |_| dismiss(id)
                            >
                                <Icon symbol=Symbol::Cross />
                            </button>
                        </div>
                    }
                }
            />
        </section>
    }
}
