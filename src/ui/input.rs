//! Things to type into and choose from: each with a label, and where needed a hint and an error that belong to it.

use std::sync::atomic::{AtomicU32, Ordering};

use leptos::html::Input;
use leptos::prelude::*;

use super::{Button, Icon, Look, Symbol};
use crate::text::shell::Shell;
use crate::text::t;

static LAST_ID: AtomicU32 = AtomicU32::new(0);

fn fresh_id(kind: &str) -> String {
    format!("{kind}-{}", LAST_ID.fetch_add(1, Ordering::Relaxed))
}

/// One option of a [`Select`]: its value and its words.
pub type Choice = (String, String);

/// The frame of a control: label above, hint and error below.
#[component]
fn Framed(
    id: String,
    #[prop(into)] label: Signal<String>,
    hint: Option<Signal<String>>,
    error: Signal<Option<String>>,
    hides_label: bool,
    children: Children,
) -> impl IntoView {
    let hint_id = format!("{id}-hint");
    let error_id = format!("{id}-error");
    view! {
        <div class="field" class:has-error=move || error.get().is_some()>
            <label for=id class:visually-hidden=hides_label>
                {label}
            </label>
            {children()}
            {hint.map(|hint| view! { <p class="field-hint" id=hint_id>{hint}</p> })}
            <p class="field-error" id=error_id role="alert">
                {error}
            </p>
        </div>
    }
}

fn described_by(id: &str, has_hint: bool) -> String {
    if has_hint { format!("{id}-hint {id}-error") } else { format!("{id}-error") }
}

/// A line to type into.
#[component]
pub fn TextField(
    /// What belongs in it.
    #[prop(into)]
    label: Signal<String>,
    /// What is in it.
    value: RwSignal<String>,
    /// Its stable test id.
    #[prop(into)]
    test_id: String,
    /// The input's type: `text`, `search`, `email`, `date`.
    #[prop(default = "text")]
    kind: &'static str,
    /// More about it.
    #[prop(optional, into)]
    hint: Option<Signal<String>>,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// An example, shown while it is empty.
    #[prop(optional, into)]
    placeholder: Signal<String>,
    /// What the browser may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// The label is for assistive technology only.
    #[prop(optional)]
    hides_label: bool,
    /// It cannot be changed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Called when the person presses Enter or leaves it changed.
    #[prop(optional, into)]
    on_change: Option<Callback<String>>,
) -> impl IntoView {
    let id = fresh_id("text");
    let description = described_by(&id, hint.is_some());
    view! {
        <Framed id=id.clone() label hint error hides_label>
            <input
                id=id
                type=kind
                class="input"
                data-testid=test_id
                autocomplete=autocomplete
                spellcheck="false"
                placeholder=placeholder
                disabled=disabled
                aria-describedby=description
                aria-invalid=move || error.get().is_some().then_some("true")
                prop:value=value
                on:input=move |event| value.set(event_target_value(&event))
                on:change=move |event| {
                    if let Some(on_change) = on_change {
                        on_change.run(event_target_value(&event));
                    }
                }
            />
        </Framed>
    }
}

/// A number to type.
#[component]
pub fn NumberField(
    /// What it is.
    #[prop(into)]
    label: Signal<String>,
    /// The number; not changed while what is typed is no number in range.
    value: RwSignal<f64>,
    /// The smallest allowed.
    min: f64,
    /// The largest allowed.
    max: f64,
    /// The step of the arrows; `1` means whole numbers.
    #[prop(default = 1.0)]
    step: f64,
    /// Its stable test id.
    #[prop(into)]
    test_id: String,
    /// More about it.
    #[prop(optional, into)]
    hint: Option<Signal<String>>,
) -> impl IntoView {
    let id = fresh_id("number");
    let description = described_by(&id, hint.is_some());
    let error = Signal::derive(|| None);
    view! {
        <Framed id=id.clone() label hint error hides_label=false>
            <input
                id=id
                type="number"
                class="input input-number"
                data-testid=test_id
                min=min
                max=max
                step=if step == 1.0 { "1".to_owned() } else { "any".to_owned() }
                aria-describedby=description
                prop:value=move || value.get().to_string()
                on:change=move |event| {
                    let typed = event_target_value(&event).parse::<f64>().ok().filter(|typed| typed.is_finite());
                    let kept = typed.map_or(value.get_untracked(), |typed| typed.clamp(min, max));
                    value.set(if step == 1.0 { kept.round() } else { kept });
                }
            />
        </Framed>
    }
}

/// A passphrase or recovery code: hidden until the person wants to see it.
#[component]
pub fn PassphraseField(
    /// What belongs in it.
    #[prop(into)]
    label: Signal<String>,
    /// What is in it.
    value: RwSignal<String>,
    /// Its stable test id; the reveal button's is `…-reveal`.
    #[prop(into)]
    test_id: String,
    /// `new-password` or `current-password`.
    #[prop(default = "current-password")]
    autocomplete: &'static str,
    /// More about it.
    #[prop(optional, into)]
    hint: Option<Signal<String>>,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Takes the focus when it appears.
    #[prop(optional)]
    takes_focus: bool,
    /// Shown in the clear at first, for a suggestion to be written down.
    #[prop(optional, into)]
    revealed: Option<RwSignal<bool>>,
) -> impl IntoView {
    let id = fresh_id("passphrase");
    let description = described_by(&id, hint.is_some());
    let is_revealed = revealed.unwrap_or_else(|| RwSignal::new(false));
    let element = NodeRef::<Input>::new();
    Effect::new(move || {
        if takes_focus && let Some(element) = element.get() {
            let _ = element.focus();
        }
    });
    let reveal_id = format!("{test_id}-reveal");
    let words = move || if is_revealed.get() { Shell::Conceal } else { Shell::Reveal };
    view! {
        <Framed id=id.clone() label hint error hides_label=false>
            <div class="input-group">
                <input
                    id=id
                    node_ref=element
                    type=move || if is_revealed.get() { "text" } else { "password" }
                    class="input input-secret"
                    data-testid=test_id
                    autocomplete=autocomplete
                    autocapitalize="none"
                    spellcheck="false"
                    aria-describedby=description
                    aria-invalid=move || error.get().is_some().then_some("true")
                    prop:value=value
                    on:input=move |event| value.set(event_target_value(&event))
                />
                <Button
                    test_id=reveal_id
                    look=Look::Quiet
                    on_press=Callback::new(move |()| is_revealed.update(|shown| *shown = !*shown))
                >
                    {move || t(words())()}
                </Button>
            </div>
        </Framed>
    }
}

/// One of a few choices.
#[component]
pub fn Select(
    /// What is chosen.
    #[prop(into)]
    label: Signal<String>,
    /// The chosen value.
    value: RwSignal<String>,
    /// The choices.
    #[prop(into)]
    choices: Signal<Vec<Choice>>,
    /// Its stable test id.
    #[prop(into)]
    test_id: String,
    /// More about it.
    #[prop(optional, into)]
    hint: Option<Signal<String>>,
    /// The label is for assistive technology only.
    #[prop(optional)]
    hides_label: bool,
    /// It cannot be changed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Called with the new value.
    #[prop(optional, into)]
    on_change: Option<Callback<String>>,
) -> impl IntoView {
    let id = fresh_id("select");
    let description = described_by(&id, hint.is_some());
    let error = Signal::derive(|| None);
    let options = move || {
        choices
            .get()
            .into_iter()
            .map(|(key, words)| {
                let own = key.clone();
                view! {
                    <option value=key prop:selected=move || value.get() == own>
                        {words}
                    </option>
                }
            })
            .collect_view()
    };
    view! {
        <Framed id=id.clone() label hint error hides_label>
            <select
                id=id
                class="input select"
                data-testid=test_id
                disabled=disabled
                aria-describedby=description
                on:change=move |event| {
                    let chosen = event_target_value(&event);
                    value.set(chosen.clone());
                    if let Some(on_change) = on_change {
                        on_change.run(chosen);
                    }
                }
            >
                {options}
            </select>
        </Framed>
    }
}

/// Yes or no.
#[component]
pub fn Checkbox(
    /// What is agreed to.
    #[prop(into)]
    label: Signal<String>,
    /// Whether it is.
    #[prop(into)]
    checked: Signal<bool>,
    /// Its stable test id.
    #[prop(into)]
    test_id: String,
    /// It cannot be changed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Called with the new state.
    #[prop(into)]
    on_change: Callback<bool>,
) -> impl IntoView {
    view! {
        <label class="checkbox">
            <input
                type="checkbox"
                data-testid=test_id
                disabled=disabled
                prop:checked=checked
                on:change=move |event| on_change.run(event_target_checked(&event))
            />
            <span>{label}</span>
        </label>
    }
}

/// A button that lets the person choose a file.
#[component]
pub fn FilePicker(
    /// The words on it.
    #[prop(into)]
    label: Signal<String>,
    /// File endings and media types offered, as in `accept`.
    #[prop(default = "")]
    accept: &'static str,
    /// Its stable test id: the input itself, for setting files.
    #[prop(into)]
    test_id: String,
    /// Called with the file.
    on_file: impl Fn(web_sys::File) + 'static,
) -> impl IntoView {
    view! {
        <label class="button file-picker">
            <Icon symbol=Symbol::File />
            <span>{label}</span>
            <input
                type="file"
                class="visually-hidden"
                accept=accept
                data-testid=test_id
                on:change=move |event| {
                    let input = event_target::<web_sys::HtmlInputElement>(&event);
                    if let Some(file) = input.files().and_then(|files| files.get(0)) {
                        input.set_value("");
                        on_file(file);
                    }
                }
            />
        </label>
    }
}
