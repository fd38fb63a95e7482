//! Which method, and with which settings: the form is made of the method registry.

use std::collections::BTreeMap;

use leptos::prelude::*;
use serde_json::Value;
use stillroom_engine::protocol::Methods;
use stillroom_engine::recipe::Step;

use crate::model::methods::{Kind, Method, Parameter, edit_text, step_of};
use crate::text::analysis::level_words;
use crate::text::methods::method_words;
use crate::text::predict::Predict;
use crate::text::shell::Shell;
use crate::text::{fill, format, say, t, words};
use crate::ui::{Choice, Select, Task, TaskView, TextField};

/// The choice, as signals of the form.
#[derive(Debug, Clone, Copy)]
pub struct MethodChoice {
    /// The chosen method's name; empty until the registry is known.
    pub name: RwSignal<String>,
    typed: RwSignal<BTreeMap<String, String>>,
    registry: Task<Value>,
    offered: Memo<Vec<Method>>,
}

impl MethodChoice {
    /// A choice among what `offer` finds in the registry; the first is chosen until the person chooses, and whenever what
    /// was chosen is no longer offered.
    pub fn new(offer: impl Fn(&Value) -> Vec<Method> + Send + Sync + 'static) -> Self {
        let registry = Task::<Value>::new();
        registry.start(Methods {});
        let offered =
            Memo::new(move |_| registry.answer().map(|registry| offer(&registry)).unwrap_or_default());
        let choice =
            Self { name: RwSignal::new(String::new()), typed: RwSignal::default(), registry, offered };
        Effect::new(move || {
            let offered = offered.get();
            let name = choice.name.get_untracked();
            if let Some(first) = offered.first().filter(|_| offered.iter().all(|method| method.name != name))
            {
                choice.name.set(first.name.clone());
            }
        });
        choice
    }

    /// The chosen method; followed when read inside a view.
    pub fn method(self) -> Option<Method> {
        let name = self.name.get();
        self.offered.with(|offered| offered.iter().find(|method| method.name == name).cloned())
    }

    /// The step of the chosen method; none while something typed does not fit. Followed when read inside a view.
    pub fn step(self) -> Option<Step> {
        let method = self.method()?;
        self.typed.with(|typed| step_of(&method, |name| typed.get(&key_of(&method.name, name)).cloned()))
    }
}

fn key_of(method: &str, parameter: &str) -> String {
    format!("{method}/{parameter}")
}

/// The part of the form.
#[component]
pub fn MethodPart(
    /// The choice.
    choice: MethodChoice,
    /// A line about choosing.
    #[prop(into)]
    hint: Signal<String>,
    /// Parameters the form asks for elsewhere.
    hidden: &'static [&'static str],
    /// Its stable test id; a parameter's is `…-<name>`.
    test_id: &'static str,
    /// What stands beside the method.
    #[prop(optional)]
    children: Option<ChildrenFn>,
) -> impl IntoView {
    let children = StoredValue::new(children);
    let choices = Signal::derive(move || {
        choice.offered.with(|offered| {
            let named = |method: &Method| (method.name.clone(), method_words(&method.name));
            offered.iter().map(named).collect::<Vec<Choice>>()
        })
    });
    let method = Memo::new(move |_| choice.method());
    let fields = move || {
        let Some(method) = method.get() else { return Vec::new() };
        let wanted = method.parameters.into_iter().filter(|it| !hidden.contains(&it.name.as_str()));
        let field = |parameter: Parameter| {
            let (method, test_id) = (method.name.clone(), format!("{test_id}-{}", parameter.name));
            view! { <ParameterField choice method parameter test_id /> }
        };
        wanted.map(field).collect::<Vec<_>>()
    };
    let about = move || {
        method.get().map(|method| {
            view! {
                <p class="muted small">{method.summary}</p>
                <dl class="facts">
                    <dt>{t(Predict::Formula)}</dt>
                    <dd class="mono">{method.formula}</dd>
                    <dt>{t(Predict::Source)}</dt>
                    <dd>{method.source}</dd>
                </dl>
            }
        })
    };
    view! {
        <TaskView
            task=choice.registry
            on_retry=Callback::new(move |()| choice.registry.start(Methods {}))
            lines=1
            draw=move |_| {
                view! {
                    <div class="form-row">
                        <Select
                            label=words(Predict::MethodLabel)
                            value=choice.name
                            choices
                            hint
                            test_id
                        />
                        {children.with_value(|children| children.as_ref().map(|children| children()))}
                    </div>
                    <details class="more" data-testid=format!("{test_id}-more")>
                        <summary>{t(Predict::MethodSettings)}</summary>
                        <div class="stack">
                            {about} <div class="form-grid">{fields}</div>
                        </div>
                    </details>
                }
            }
        />
    }
}

#[component]
fn ParameterField(
    choice: MethodChoice,
    method: String,
    parameter: Parameter,
    test_id: String,
) -> impl IntoView {
    let key = key_of(&method, &parameter.name);
    let begin = choice.typed.with_untracked(|typed| typed.get(&key).cloned());
    let value = RwSignal::new(begin.unwrap_or_else(|| edit_text(&parameter.default)));
    let on_change = Callback::new(move |text: String| {
        choice.typed.update(|typed| {
            typed.insert(key.clone(), text);
        });
    });
    let (label, hint) =
        (Signal::stored(parameter.name.replace('_', " ")), Signal::stored(parameter.doc.clone()));
    let options: Vec<String> = match &parameter.kind {
        Kind::Choice(options) => options.clone(),
        Kind::Boolean => ["true", "false"].map(str::to_owned).to_vec(),
        _ => Vec::new(),
    };
    if !options.is_empty() {
        let has_automatic = parameter.default.is_null();
        let choices = Signal::derive(move || {
            let words = |option: &String| match option.as_str() {
                "true" => say(Shell::Yes).to_owned(),
                "false" => say(Shell::No).to_owned(),
                other => level_words(other).replace('_', " "),
            };
            let automatic = has_automatic.then(|| (String::new(), say(Predict::FromData).to_owned()));
            automatic
                .into_iter()
                .chain(options.iter().map(|option| (option.clone(), words(option))))
                .collect::<Vec<Choice>>()
        });
        return view! { <Select label value choices hint on_change test_id /> }.into_any();
    }
    let ends = match parameter.kind {
        Kind::Number { min, max, .. } => Some((min, max)),
        _ => None,
    };
    let placeholder = {
        let is_automatic = parameter.default.is_null();
        Signal::derive(move || if is_automatic { say(Predict::FromData).to_owned() } else { String::new() })
    };
    let error = Signal::derive(move || {
        let is_wrong = value.with(|text| parameter.read(text).is_err());
        is_wrong.then(|| match ends {
            Some((min, max)) => {
                let write = |end: f64| format::significant(end, 6);
                fill(Predict::OutOfRange, &[("min", write(min)), ("max", write(max))])
            }
            None => String::new(),
        })
    });
    view! { <TextField label value hint error placeholder on_change test_id /> }.into_any()
}
