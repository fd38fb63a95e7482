//! A button.

use leptos::prelude::*;

use super::{Icon, Symbol};

/// How much a button asks for attention.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Look {
    /// The one main action of a place.
    Primary,
    /// Any other action.
    #[default]
    Secondary,
    /// An action in passing.
    Quiet,
    /// An action that takes something away.
    Danger,
}

impl Look {
    fn class(self) -> &'static str {
        match self {
            Self::Primary => "button button-primary",
            Self::Secondary => "button",
            Self::Quiet => "button button-quiet",
            Self::Danger => "button button-danger",
        }
    }
}

/// A button; `busy` shows that its action runs and keeps it from being pressed again.
#[component]
pub fn Button(
    /// Its stable test id.
    #[prop(into)]
    test_id: String,
    /// How much it asks for attention.
    #[prop(optional)]
    look: Look,
    /// An icon before the words.
    #[prop(optional, into)]
    icon: Option<Symbol>,
    /// It cannot be pressed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Its action runs.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// It submits the form it stands in.
    #[prop(optional)]
    submits: bool,
    /// A name for assistive technology when the words alone do not say enough.
    #[prop(optional, into)]
    label: Option<Signal<String>>,
    /// What pressing does.
    #[prop(optional, into)]
    on_press: Option<Callback<()>>,
    /// The words; an icon alone needs a `label`.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <button
            type=if submits { "submit" } else { "button" }
            class=look.class()
            class:is-busy=busy
            data-testid=test_id
            disabled=move || disabled.get() || busy.get()
            aria-busy=move || busy.get().then_some("true")
            aria-label=move || label.map(|label| label.get())
            on:click=move |_| {
                if let Some(on_press) = on_press {
                    on_press.run(());
                }
            }
        >
            {icon.map(|symbol| view! { <Icon symbol /> })}
            {children.map(|children| view! { <span>{children()}</span> })}
        </button>
    }
}
