//! What pages are laid out with: heads, cards, figures, badges and banners.

use leptos::prelude::*;

use super::{Icon, Symbol};

/// What a badge or banner means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing in particular.
    #[default]
    Neutral,
    /// Something worth knowing.
    Info,
    /// All is well.
    Good,
    /// Something to look out for.
    Warning,
    /// Something is wrong.
    Bad,
}

impl Tone {
    fn word(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Info => "info",
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
        }
    }

    fn symbol(self) -> Symbol {
        match self {
            Self::Neutral | Self::Info => Symbol::Info,
            Self::Good => Symbol::Check,
            Self::Warning => Symbol::Warning,
            Self::Bad => Symbol::Failure,
        }
    }
}

/// The top of a page: its heading, a line about it, its main actions. Names the document too.
#[component]
pub fn PageHead(
    /// The page's name.
    #[prop(into)]
    title: Signal<String>,
    /// What one does here.
    #[prop(optional, into)]
    lead: Option<Signal<String>>,
    /// The main actions.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    Effect::new(move || document().set_title(&format!("{} · Stillroom", title.get())));
    view! {
        <header class="page-head">
            <div>
                <h1 tabindex="-1">{title}</h1>
                {lead.map(|lead| view! { <p class="lead">{lead}</p> })}
            </div>
            {children.map(|children| view! { <div class="page-actions">{children()}</div> })}
        </header>
    }
}

/// A card: a titled part of a page.
#[component]
pub fn Card(
    /// Its heading; none for a plain surface.
    #[prop(optional, into)]
    title: Option<Signal<String>>,
    /// Its stable test id.
    #[prop(optional, into)]
    test_id: Option<String>,
    /// Actions beside the heading.
    #[prop(optional, into)]
    actions: Option<ViewFn>,
    /// Another class, for layout.
    #[prop(optional, into)]
    class: String,
    /// What is in it.
    children: Children,
) -> impl IntoView {
    view! {
        <section class=format!("card {class}") data-testid=test_id>
            {title
                .map(|title| {
                    view! {
                        <div class="card-head">
                            <h2>{title}</h2>
                            {actions.map(|actions| view! { <div class="card-actions">{actions.run()}</div> })}
                        </div>
                    }
                })}
            {children()}
        </section>
    }
}

/// One figure with its name.
#[component]
pub fn Stat(
    /// What it counts.
    #[prop(into)]
    label: Signal<String>,
    /// The figure, written.
    #[prop(into)]
    value: Signal<String>,
    /// A line below it.
    #[prop(optional, into)]
    hint: Option<Signal<String>>,
    /// Its stable test id.
    #[prop(into)]
    test_id: String,
) -> impl IntoView {
    view! {
        <div class="stat" data-testid=test_id>
            <dt>{label}</dt>
            <dd>
                <span class="stat-value">{value}</span>
                {hint.map(|hint| view! { <span class="stat-hint">{hint}</span> })}
            </dd>
        </div>
    }
}

/// A word in a coloured pill.
#[component]
pub fn Badge(
    /// What it means.
    #[prop(optional, into)]
    tone: Signal<Tone>,
    /// Its stable test id.
    #[prop(optional, into)]
    test_id: Option<String>,
    /// More about it, shown when pointed at.
    #[prop(optional, into)]
    hint: Option<Signal<String>>,
    /// The word.
    children: Children,
) -> impl IntoView {
    view! {
        <span
            class=move || format!("badge tone-{}", tone.get().word())
            data-testid=test_id
            title=move || hint.map(|hint| hint.get())
        >
            {children()}
        </span>
    }
}

/// A message that stays: a title, words, actions.
#[component]
pub fn Banner(
    /// What it means.
    #[prop(optional, into)]
    tone: Tone,
    /// Its title.
    #[prop(optional, into)]
    title: Option<Signal<String>>,
    /// Its stable test id.
    #[prop(into)]
    test_id: String,
    /// Read out at once when it appears.
    #[prop(optional)]
    urgent: bool,
    /// The words.
    children: Children,
) -> impl IntoView {
    view! {
        <div
            class=format!("banner tone-{}", tone.word())
            role=if urgent { "alert" } else { "status" }
            data-testid=test_id
        >
            <Icon symbol=tone.symbol() />
            <div class="banner-body">
                {title.map(|title| view! { <p class="banner-title">{title}</p> })}
                {children()}
            </div>
        </div>
    }
}
