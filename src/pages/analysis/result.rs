//! The parts around a result: its bar, its failure, its notes, keeping it.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::components::A;
use stillroom_engine::protocol::{ExportResult, Failure};
use stillroom_engine::reply::Reply;

use crate::browser;
use crate::model::analysis::recipe_text;
use crate::text::analysis::Analysis;
use crate::text::notes::{analysis_failure, note_words};
use crate::text::{count_with, fill, say, t, words};
use crate::ui::{Banner, Button, Card, ErrorState, Look, Symbol, Task, TextField, Tone, tell};

use super::desk::{Known, use_desk};

/// A failed analysis in words; a cancelled one in passing.
#[component]
pub fn Failed(failure: Failure) -> impl IntoView {
    move || {
        let worded = Failure::new(&failure.code, &analysis_failure(&failure));
        if failure.code == crate::engine::CANCELLED {
            view! { <p class="muted small" role="status" data-testid="run-cancelled">{worded.message}</p> }
                .into_any()
        } else {
            view! { <ErrorState failure=worded test_id="run-failed" /> }.into_any()
        }
    }
}

/// What can be done with a result as a whole, and whether it is still true of the data.
#[component]
pub fn ResultBar(
    /// Runs it again with the same settings.
    on_again: Callback<()>,
    /// Whether the result has rows to export.
    #[prop(default = true)]
    exports: bool,
) -> impl IntoView {
    let desk = use_desk();
    // The result replaces a form further down the page: begin at its top, for eyes and for screen readers.
    Effect::new(|| request_animation_frame(|| browser::focus("main h1")));
    let export = Task::<u64>::new();
    Effect::new(move || {
        let Some(n_rows) = export.answer() else { return };
        if let Some(bytes) = export.take_bytes() {
            browser::download("stillroom-result.csv", "text/csv", &bytes);
            tell(count_with(Analysis::ExportedRows, n_rows, &[]));
        }
    });
    view! {
        <div class="result-bar">
            <Button
                test_id="change-settings"
                icon=Symbol::Left
                on_press=Callback::new(move |()| desk.put_away())
            >
                {t(Analysis::StartOver)}
            </Button>
            {move || (exports && !desk.is_opened())
                .then(|| {
                    view! {
                        <Button
                            test_id="export-result"
                            icon=Symbol::Download
                            busy=Signal::derive(move || export.is_running())
                            on_press=Callback::new(move |()| export.start_job(ExportResult {}, None))
                        >
                            {t(Analysis::ExportCsv)}
                        </Button>
                    }
                })}
        </div>
        {move || export.failure().map(|failure| view! { <Failed failure /> })}
        <Show when=move || desk.is_stale()>
            <Banner tone=Tone::Warning test_id="result-stale">
                <p>{t(Analysis::Stale)}</p>
                <div class="actions">
                    <Button test_id="run-again" on_press=on_again>
                        {t(Analysis::RunAgain)}
                    </Button>
                </div>
            </Banner>
        </Show>
    }
}

/// Keeps the result under a name.
#[component]
pub fn KeepPart(
    /// What keeping does.
    #[prop(into)]
    hint: Signal<String>,
    /// The words on the button.
    #[prop(into)]
    label: Signal<String>,
    /// The name it starts with.
    default_name: String,
    /// The names of the segments, when there are any.
    #[prop(optional)]
    label_names: Option<Signal<Vec<String>>>,
) -> impl IntoView {
    let desk = use_desk();
    let name = RwSignal::new(default_name);
    let error = RwSignal::new(None::<String>);
    let keep = move || {
        let chosen = name.get_untracked().trim().to_owned();
        if chosen.is_empty() {
            error.set(Some(say(Analysis::KeepNameNeeded).to_owned()));
            return;
        }
        error.set(None);
        desk.keep(chosen, label_names.map(|names| names.get_untracked()).unwrap_or_default());
    };
    let kept = move || {
        desk.kept.get().map(|model| {
            let values = [("name", model.name.clone())];
            let words = move || {
                if model.written == 0 {
                    fill(Analysis::KeptPlain, &values)
                } else {
                    count_with(Analysis::Kept, model.written, &values)
                }
            };
            view! {
                <Banner tone=Tone::Good test_id="kept">
                    <p>{words}</p>
                    <p class="links">
                        <A href="/customers" attr:data-testid="kept-customers">
                            {t(Analysis::SeeCustomers)}
                        </A>
                        <A href="/models" attr:data-testid="kept-models">
                            {t(Analysis::SeeModels)}
                        </A>
                    </p>
                </Banner>
            }
        })
    };
    view! {
        <Card title=words(Analysis::KeepTitle) test_id="keep">
            <p class="muted">{hint}</p>
            <form
                class="keep-form"
                class:is-hidden=move || desk.is_opened()
                on:submit=move |event| {
                    event.prevent_default();
                    keep();
                }
            >
                <TextField label=words(Analysis::KeepName) value=name test_id="keep-name" error />
                <Button
                    test_id="keep-run"
                    look=Look::Primary
                    submits=true
                    busy=Signal::derive(move || desk.keeping().is_running())
                >
                    {label}
                </Button>
            </form>
            {move || desk.keeping().failure().map(|failure| view! { <Failed failure /> })}
            {kept}
        </Card>
    }
}

/// What to know about a result, and what it takes to get it again.
#[component]
pub fn NotesPart(reply: Arc<Reply>, known: Known) -> impl IntoView {
    let notes = reply.notes.clone();
    let list = move || {
        let labels = known.labels();
        notes.iter().map(|note| view! { <li>{note_words(note, &labels)}</li> }).collect_view()
    };
    let has_notes = !reply.notes.is_empty();
    let recipe = recipe_text(&reply);
    let (hash, version) = (reply.data_hash.clone(), reply.engine_version.clone());
    view! {
        <Card test_id="result-notes">
            {has_notes
                .then(|| {
                    view! {
                        <h2>{t(Analysis::Notes)}</h2>
                        <ul class="notes">{list}</ul>
                    }
                })}
            <details class="provenance" data-testid="provenance">
                <summary>{t(Analysis::Provenance)}</summary>
                <p class="muted small">{t(Analysis::ProvenanceHint)}</p>
                <dl class="facts">
                    <dt>{t(Analysis::DataHash)}</dt>
                    <dd class="mono">{hash}</dd>
                    <dt>{t(Analysis::EngineVersion)}</dt>
                    <dd class="mono">{version}</dd>
                </dl>
                <pre class="recipe" tabindex="0">
                    {recipe}
                </pre>
            </details>
        </Card>
    }
}
