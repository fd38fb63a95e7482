//! A chart: a title, what it says in words, the drawing, and the numbers behind it as a table and as files.
//!
//! The chart library is loaded with the first chart. Assistive technology reads the words and the table; the drawing is an
//! image with the words as its description.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};

use js_sys::{Function, Promise, Reflect, Uint8Array};
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Serialize;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::{Button, DataTable, Look};
use crate::model::chart::{ChartSpec, Figure};
use crate::text::charts::Charts;
use crate::text::{fill, format, say};
use crate::{browser, preferences};

/// The bootstrap's function that loads the library.
const LOAD: &str = "loadCharts";
/// Rows of the table on the page; the file holds all.
const MOST_TABLE_ROWS: usize = 200;

static LAST_ID: AtomicU32 = AtomicU32::new(0);

/// How much room a chart takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ChartSize {
    /// For a few numbers.
    Small,
    /// For most charts.
    #[default]
    Medium,
    /// For the main picture of a page.
    Large,
    /// As tall as this many names beside one another need.
    Rows(usize),
}

impl ChartSize {
    fn class(self) -> &'static str {
        match self {
            Self::Small => "chart-drawing chart-small",
            Self::Medium => "chart-drawing chart-medium",
            Self::Large => "chart-drawing chart-large",
            Self::Rows(_) => "chart-drawing",
        }
    }

    fn height(self) -> Option<String> {
        match self {
            Self::Rows(n_rows) => Some(format!("{}px", 90 + 30 * n_rows.clamp(4, 40))),
            _ => None,
        }
    }
}

/// A drawing on the page and the closure it calls.
struct Drawing {
    handle: JsValue,
    _on_select: Closure<dyn FnMut(f64)>,
}

impl Drop for Drawing {
    fn drop(&mut self) {
        let _ = call(&self.handle, "dispose", &[]);
    }
}

/// A chart.
#[component]
pub fn Chart(
    /// What it shows and says.
    #[prop(into)]
    figure: Signal<Figure>,
    /// Its stable test id; its controls' are `…-data`, `…-svg`, `…-png` and `…-csv`.
    #[prop(into)]
    test_id: String,
    /// It stands under a heading of its card.
    #[prop(optional)]
    is_part: bool,
    /// How much room it takes.
    #[prop(optional, into)]
    size: Signal<ChartSize>,
    /// Called with the key of a point that was pressed.
    #[prop(optional, into)]
    on_select: Option<Callback<i64>>,
) -> impl IntoView {
    // Drawing is dear: a figure made anew but alike is not drawn again.
    let figure = Memo::new(move |_| figure.get());
    let title = Signal::derive(move || figure.with(|figure| figure.title.clone()));
    let summary = Signal::derive(move || figure.with(|figure| figure.summary.clone()));
    let spec = Memo::new(move |_| figure.with(|figure| figure.spec.clone()));
    let table = Signal::derive(move || figure.with(|figure| figure.table.clone()));
    let element = NodeRef::<Div>::new();
    let shows_data = RwSignal::new(false);
    let has_failed = RwSignal::new(false);
    let is_loading = RwSignal::new(true);
    let drawing = StoredValue::new_local(Rc::new(RefCell::new(None::<Drawing>)));

    Effect::new(move || {
        let Some(element) = element.get() else { return };
        // The colours are read from the page: a change of theme draws again.
        preferences::is_dark();
        let spec = to_js(&spec.get());
        let drawing = drawing.get_value();
        spawn_local(async move {
            let drawn = draw(&element, &spec, &drawing, on_select).await;
            let _ = is_loading.try_set(false);
            let _ = has_failed.try_set(drawn.is_err());
        });
    });
    on_cleanup(move || {
        if let Some(drawing) = drawing.try_get_value() {
            drawing.borrow_mut().take();
        }
    });

    let id = format!("chart-{}", LAST_ID.fetch_add(1, Ordering::Relaxed));
    let data_id = format!("{id}-data");
    let save_picture = move |kind: &'static str, media_type: &'static str| {
        let Some(element) = element.get_untracked() else { return };
        let (spec, name) = (to_js(&spec.get_untracked()), file_name(&title.get_untracked(), kind));
        spawn_local(async move {
            match picture(&element, &spec, kind).await {
                Ok(bytes) => browser::download(&name, media_type, &bytes),
                Err(_) => super::tell(say(Charts::NotDrawn)),
            }
        });
    };
    let save_table = move || {
        let text = table.get_untracked().to_csv();
        browser::download(&file_name(&title.get_untracked(), "csv"), "text/csv", text.as_bytes());
    };
    let label = move |kind: &'static str| {
        Signal::derive(move || fill(Charts::SaveAs, &[("title", title.get()), ("kind", kind.to_owned())]))
    };
    let save = [
        ("svg", "SVG", Callback::new(move |()| save_picture("svg", "image/svg+xml"))),
        ("png", "PNG", Callback::new(move |()| save_picture("png", "image/png"))),
        ("csv", "CSV", Callback::new(move |()| save_table())),
    ];
    let buttons = save.map(|(key, name, on_press)| {
        let test_id = format!("{test_id}-{key}");
        view! {
            <Button test_id look=Look::Quiet label=label(name) on_press>
                {name}
            </Button>
        }
    });
    let shown_rows = Signal::derive(move || {
        table.with(|table| table.rows.iter().take(MOST_TABLE_ROWS).cloned().collect::<Vec<_>>())
    });
    let more_rows = move || {
        let is_cut = table.with(|table| table.rows.len() > MOST_TABLE_ROWS);
        is_cut.then(|| {
            let words = fill(Charts::DataFirstRows, &[("n", format::integer(MOST_TABLE_ROWS as u64))]);
            view! { <p class="muted small">{words}</p> }
        })
    };
    let table_test_id = format!("{test_id}-table");
    let data_view = {
        let data_id = data_id.clone();
        move || {
            let caption = Signal::derive(move || fill(Charts::DataOf, &[("title", title.get())]));
            let (data_id, table_test_id) = (data_id.clone(), table_test_id.clone());
            (shows_data.get() || has_failed.get()).then(|| {
                view! {
                    <div id=data_id class="chart-data">
                        <DataTable
                            caption
                            columns=Signal::derive(move || table.with(|table| table.columns.clone()))
                            rows=shown_rows
                            test_id=table_test_id
                        />
                        {more_rows}
                    </div>
                }
            })
        }
    };
    let toggle_id = format!("{test_id}-data");
    let image_title_id = format!("{id}-title");
    let (title_id, summary_id) = (format!("{id}-title"), format!("{id}-summary"));
    let heading = if is_part {
        view! { <h3 id=title_id.clone() class="chart-title">{title}</h3> }.into_any()
    } else {
        view! { <h2 id=title_id.clone() class="chart-title">{title}</h2> }.into_any()
    };
    view! {
        <figure class="chart" data-testid=test_id aria-labelledby=title_id.clone()>
            <figcaption class="chart-head">
                {heading}
                <p id=summary_id.clone() class="chart-summary">
                    {summary}
                </p>
            </figcaption>
            <div
                class="chart-frame"
                class:is-loading=is_loading
                class:is-hidden=has_failed
                role="img"
                aria-labelledby=image_title_id
                aria-describedby=summary_id
            >
                <div node_ref=element class=move || size.get().class() style:height=move || size.get().height()></div>
            </div>
            {move || has_failed.get().then(|| view! { <p class="muted small">{say(Charts::NotDrawn)}</p> })}
            <div class="chart-tools">
                <button
                    type="button"
                    class="button button-quiet"
                    data-testid=toggle_id
                    aria-expanded=move || shows_data.get().to_string()
                    aria-controls=move || shows_data.get().then(|| data_id.clone())
                    on:click=move |_| shows_data.update(|shown| *shown = !*shown)
                >
                    {move || say(if shows_data.get() { Charts::HideData } else { Charts::ShowData })}
                </button>
                <span class="chart-save">{buttons.collect_view()}</span>
            </div>
            {data_view}
        </figure>
    }
}

fn file_name(title: &str, extension: &str) -> String {
    let stem: String =
        title.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '-' }).take(60).collect();
    format!("{}.{extension}", stem.trim_matches('-').to_lowercase())
}

fn to_js(spec: &ChartSpec) -> JsValue {
    spec.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).unwrap_or(JsValue::NULL)
}

fn call(object: &JsValue, name: &str, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    let function: Function = Reflect::get(object, &JsValue::from_str(name))?.dyn_into()?;
    function.apply(object, &arguments.iter().copied().collect::<js_sys::Array>())
}

async fn library() -> Result<JsValue, JsValue> {
    JsFuture::from(browser::call_bootstrap(LOAD)?.dyn_into::<Promise>()?).await
}

async fn picture(element: &web_sys::HtmlDivElement, spec: &JsValue, kind: &str) -> Result<Vec<u8>, JsValue> {
    let bytes = call(&library().await?, "picture", &[element.as_ref(), spec, &JsValue::from_str(kind)])?;
    Ok(bytes.dyn_into::<Uint8Array>()?.to_vec())
}

/// Draws into an element, or draws anew what is there already.
async fn draw(
    element: &web_sys::HtmlDivElement,
    spec: &JsValue,
    drawing: &Rc<RefCell<Option<Drawing>>>,
    on_select: Option<Callback<i64>>,
) -> Result<(), JsValue> {
    let library = library().await?;
    // Each chart is drawn in a task of its own, so that a page full of them stays responsive.
    browser::rest(0).await;
    if !element.is_connected() {
        return Ok(());
    }
    if let Some(drawing) = drawing.borrow().as_ref() {
        return call(&drawing.handle, "update", &[spec]).map(|_| ());
    }
    let on_point = Closure::<dyn FnMut(f64)>::new(move |key: f64| {
        if let Some(on_select) = on_select {
            on_select.run(key as i64);
        }
    });
    let handle = call(&library, "draw", &[element.as_ref(), spec, on_point.as_ref()])?;
    *drawing.borrow_mut() = Some(Drawing { handle, _on_select: on_point });
    Ok(())
}
