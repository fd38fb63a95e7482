//! A grid over a view of any length: rows come from the engine in windows, and only those in sight are on the page.
//!
//! It follows the ARIA grid pattern: one cell holds the tab stop, arrow keys, Home, End, Page Up and Page Down move it, Enter
//! opens a row or sorts by a head. Row and column counts tell assistive technology how long the list really is.

use std::collections::BTreeMap;
use std::sync::Arc;

use gloo::events::EventListener;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use stillroom_engine::protocol::{Failure, RowInfo, SortBy, ViewInfo, Window};
use wasm_bindgen::JsCast;

use super::{ErrorState, Icon, Symbol};
use crate::exchange::use_exchange;
use crate::model::grid::{Extent, PAGE_ROWS, Place, missing_page, page_to_drop};
use crate::model::scroll::{InSight, Scroll};
use crate::text::format;
use crate::{browser, engine};

/// A row's height in pixels; the style sheet's `--grid-row` says the same.
const ROW_HEIGHT: f64 = 36.0;
/// Rows kept on the page on either side of sight.
const SPARE_ROWS: u32 = 6;
/// Scrolling fast asks for no rows until it rests this long.
const REST_MILLIS: u32 = 40;

/// The code of a window of a view that rows have changed under.
const VIEW_GONE: &str = "view-gone";

/// A column of a grid, in the order of the view's fields.
#[derive(Debug, Clone, PartialEq)]
pub struct GridColumn {
    /// The field's key.
    pub key: String,
    /// Its head.
    pub label: String,
    /// Its values are numbers and stand to the right.
    pub is_number: bool,
    /// Its width in pixels.
    pub width: u32,
}

/// What the grid knows, as signals.
#[derive(Clone, Copy)]
struct State {
    view: Signal<Option<ViewInfo>>,
    columns: Signal<Vec<GridColumn>>,
    element: NodeRef<Div>,
    position: RwSignal<f64>,
    sight: RwSignal<f64>,
    place: RwSignal<Place>,
    pages: RwSignal<BTreeMap<u32, Arc<Vec<RowInfo>>>>,
    is_asking: StoredValue<bool>,
    holds_focus: StoredValue<bool>,
    failure: RwSignal<Option<Failure>>,
}

impl State {
    fn n_rows(self) -> u32 {
        self.view.get().map_or(0, |view| view.count)
    }

    fn scroll(self) -> Scroll {
        Scroll { n_rows: self.n_rows(), row_height: ROW_HEIGHT, sight: self.sight.get() }
    }

    fn in_sight(self) -> InSight {
        self.scroll().in_sight(self.position.get(), SPARE_ROWS)
    }

    fn extent(self) -> Extent {
        untrack(|| Extent {
            n_rows: self.n_rows(),
            n_columns: self.columns.with(|columns| columns.len() as u32),
            rows_per_page: self.scroll().rows_per_page(),
        })
    }

    /// The rows on the page: those in sight, and the one that holds the keyboard, so that scrolling does not lose it.
    fn rows(self) -> Vec<u32> {
        let InSight { first, end, .. } = self.in_sight();
        let keyboard_row = self.place.get().row.checked_sub(1).filter(|row| *row < self.n_rows());
        let mut rows: Vec<u32> = (first..end).collect();
        match keyboard_row {
            Some(row) if row < first => rows.insert(0, row),
            Some(row) if row >= end => rows.push(row),
            _ => {}
        }
        rows
    }

    /// Where a row stands; one out of sight stands just above or below the others.
    fn top_of(self, row: u32) -> f64 {
        let InSight { first, end, top } = self.in_sight();
        if row < first {
            (top - ROW_HEIGHT).max(0.0)
        } else {
            let steps = f64::from(row.min(end) - first);
            (top + steps * ROW_HEIGHT).min((self.scroll().content_height() - ROW_HEIGHT).max(0.0))
        }
    }

    fn row(self, row: u32) -> Option<RowInfo> {
        self.pages.with(|pages| pages.get(&(row / PAGE_ROWS))?.get((row % PAGE_ROWS) as usize).cloned())
    }

    fn measure(self) {
        if let Some(element) = self.element.get_untracked() {
            self.position.set(f64::from(element.scroll_top()));
            self.sight.set((f64::from(element.client_height()) - ROW_HEIGHT).max(ROW_HEIGHT));
        }
    }

    /// Asks for the rows in sight, a page at a time, until all are there.
    fn fill(self) {
        if self.is_asking.get_value() {
            return;
        }
        self.is_asking.set_value(true);
        spawn_local(async move {
            browser::rest(REST_MILLIS).await;
            while let Some((view, page)) = self.next_wanted() {
                let window = Window { view: view.view, offset: page * PAGE_ROWS, limit: PAGE_ROWS };
                let answer = engine::ask(window).await;
                if self.view.try_get_untracked().flatten() != Some(view) {
                    continue;
                }
                match answer {
                    Ok(rows) => self.keep(page, rows),
                    // An exchange changed rows meanwhile: the page opens the view anew.
                    Err(failure) if failure.code == VIEW_GONE => {
                        use_exchange().rows_came();
                        break;
                    }
                    Err(failure) => {
                        let _ = self.failure.try_set(Some(failure));
                        break;
                    }
                }
            }
            let _ = self.is_asking.try_set_value(false);
        });
    }

    fn next_wanted(self) -> Option<(ViewInfo, u32)> {
        let view = self.view.try_get_untracked().flatten()?;
        let rows = untrack(|| self.in_sight());
        let page = self
            .pages
            .try_with_untracked(|pages| missing_page(rows.first, rows.end, |page| pages.contains_key(&page)));
        page.flatten().map(|page| (view, page))
    }

    fn keep(self, page: u32, rows: Vec<RowInfo>) {
        let first = untrack(|| self.in_sight()).first;
        let _ = self.pages.try_update(|pages| {
            pages.insert(page, Arc::new(rows));
            if let Some(far) = page_to_drop(pages.keys().copied(), first) {
                pages.remove(&far);
            }
        });
    }

    fn move_to(self, place: Place) {
        self.place.set(place);
        if let (Some(element), Some(row)) = (self.element.get_untracked(), place.row.checked_sub(1)) {
            let position = untrack(|| self.scroll().reveal(row, self.position.get()));
            element.set_scroll_top(position.round() as i32);
            self.measure();
        }
        request_animation_frame(move || browser::focus(&cell_selector(place)));
    }

    /// Redrawing rows moves their elements, which takes the focus away: gives it back to the keyboard's cell.
    fn keep_focus(self) {
        if self.holds_focus.get_value() {
            let place = self.place.get_untracked();
            request_animation_frame(move || browser::focus_again(&cell_selector(place)));
        }
    }

    fn focus_leaves(self, to: Option<web_sys::EventTarget>) {
        // Nothing in particular takes the focus when a redraw does.
        let Some(to) = to else { return };
        let is_inside = self.element.get_untracked().is_some_and(|element| element.contains(to.dyn_ref()));
        self.holds_focus.set_value(is_inside);
    }
}

fn cell_selector(place: Place) -> String {
    format!("[data-grid-row='{}'][data-grid-column='{}']", place.row, place.column)
}

/// A grid over an opened view.
#[component]
pub fn Grid(
    /// What the rows are.
    #[prop(into)]
    label: Signal<String>,
    /// The opened view; a new one starts again at the top.
    #[prop(into)]
    view: Signal<Option<ViewInfo>>,
    /// The columns, one for each field the view was opened with.
    #[prop(into)]
    columns: Signal<Vec<GridColumn>>,
    /// The order; pressing a head changes it, and the page opens the view anew.
    sort: RwSignal<Option<SortBy>>,
    /// Called with the customer whose row was opened.
    on_open: Callback<i64>,
    /// Its stable test id.
    #[prop(into)]
    test_id: String,
) -> impl IntoView {
    let state = State {
        view,
        columns,
        element: NodeRef::new(),
        position: RwSignal::new(0.0),
        sight: RwSignal::new(600.0),
        place: RwSignal::new(Place { row: 1, column: 0 }),
        pages: RwSignal::new(BTreeMap::new()),
        is_asking: StoredValue::new(false),
        holds_focus: StoredValue::new(false),
        failure: RwSignal::new(None),
    };
    let on_resize = EventListener::new(&window(), "resize", move |_| state.measure());
    let on_press =
        EventListener::new(&document(), "pointerdown", move |event| state.focus_leaves(event.target()));
    let _kept = StoredValue::new_local([on_resize, on_press]);
    Effect::new(move |before: Option<Option<ViewInfo>>| {
        let now = view.get();
        if before != Some(now) {
            state.pages.update(BTreeMap::clear);
            state.failure.set(None);
            if let Some(element) = state.element.get_untracked() {
                element.set_scroll_top(0);
            }
            // Sorting by a head leaves the keyboard there.
            if state.place.with_untracked(|place| place.row > 0) {
                state.place.set(Place { row: u32::from(now.is_some_and(|view| view.count > 0)), column: 0 });
            }
            request_animation_frame(move || state.measure());
        }
        now
    });
    Effect::new(move || {
        state.in_sight();
        state.pages.track();
        state.fill();
        state.keep_focus();
    });
    let sort_by = move |column: usize| {
        let Some(field) =
            columns.with_untracked(|columns| columns.get(column).map(|column| column.key.clone()))
        else {
            return;
        };
        sort.update(|sort| {
            *sort = match sort.take() {
                Some(SortBy { field: same, descending: false }) if same == field => {
                    Some(SortBy { field, descending: true })
                }
                Some(SortBy { field: same, descending: true }) if same == field => None,
                _ => Some(SortBy { field, descending: false }),
            };
        });
    };
    let activate = move |place: Place| match place.row.checked_sub(1) {
        None => sort_by(place.column as usize),
        Some(row) => {
            if let Some(row) = untrack(|| state.row(row)) {
                on_open.run(row.id);
            }
        }
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        let here = state.place.get_untracked();
        let key = event.key();
        if let Some(place) = here.after_key(&key, event.ctrl_key() || event.meta_key(), state.extent()) {
            event.prevent_default();
            state.move_to(place);
        } else if key == "Enter" || key == " " {
            event.prevent_default();
            activate(here);
        }
    };
    let template = move || {
        columns
            .with(|columns| columns.iter().map(|column| format!("{}px ", column.width)).collect::<String>())
    };
    let width = move || {
        format!("{}px", columns.with(|columns| columns.iter().map(|column| column.width).sum::<u32>()))
    };
    view! {
        {move || state.failure.get().map(|failure| view! { <ErrorState failure /> })}
        <div
            node_ref=state.element
            class="grid"
            role="grid"
            aria-label=label
            aria-rowcount=move || state.n_rows() + 1
            aria-colcount=move || columns.with(Vec::len)
            aria-readonly="true"
            data-testid=test_id
            style:--grid-columns=template
            style:--grid-width=width
            on:scroll=move |_| state.measure()
            on:keydown=on_key
            on:focusin=move |_| state.holds_focus.set_value(true)
            on:focusout=move |event| state.focus_leaves(event.related_target())
        >
            <div role="rowgroup" class="grid-head">
                <div role="row" aria-rowindex="1" class="grid-row">
                    <GridHeads state sort sort_by />
                </div>
            </div>
            <div
                role="rowgroup"
                class="grid-body"
                style:height=move || format!("{}px", state.scroll().content_height())
            >
                <For
                    each=move || state.rows()
                    key=|row| *row
                    children=move |row| view! { <GridRow state row on_open=on_open /> }
                />
            </div>
        </div>
    }
}

/// The heads of the columns: pressing one sorts up, then down, then not at all.
#[component]
fn GridHeads(
    state: State,
    sort: RwSignal<Option<SortBy>>,
    sort_by: impl Fn(usize) + Copy + Send + 'static,
) -> impl IntoView {
    move || {
        state
            .columns
            .get()
            .into_iter()
            .enumerate()
            .map(|(at, column)| {
                let key = column.key.clone();
                let order = Memo::new(move |_| {
                    sort.get().filter(|sort| sort.field == key).map(|sort| sort.descending)
                });
                let place = Place { row: 0, column: at as u32 };
                view! {
                    <div
                        role="columnheader"
                        class="grid-cell grid-column-head"
                        class:numeric=column.is_number
                        aria-colindex=at + 1
                        aria-sort=move || match order.get() {
                            Some(true) => "descending",
                            Some(false) => "ascending",
                            None => "none",
                        }
                        tabindex=move || if state.place.get() == place { "0" } else { "-1" }
                        data-testid=format!("grid-head-{}", column.key)
                        data-grid-row="0"
                        data-grid-column=at
                        on:click=move |_| {
                            state.place.set(place);
                            sort_by(at);
                        }
                    >
                        <span class="truncate">{column.label}</span>
                        {move || {
                            order
                                .get()
                                .map(|descending| {
                                    view! { <Icon symbol=if descending { Symbol::Down } else { Symbol::Up } /> }
                                })
                        }}
                    </div>
                }
            })
            .collect_view()
    }
}

/// One row: its values once they are there, grey until then.
#[component]
fn GridRow(state: State, row: u32, on_open: Callback<i64>) -> impl IntoView {
    let info = Memo::new(move |_| state.row(row));
    let cells = move || {
        let info = info.get();
        state
            .columns
            .get()
            .into_iter()
            .enumerate()
            .map(|(at, column)| {
                let place = Place { row: row + 1, column: at as u32 };
                let words = info.as_ref().and_then(|info| info.cells.get(at)).map(format::cell);
                let is_there = words.is_some();
                view! {
                    <div
                        role="gridcell"
                        class="grid-cell"
                        class:numeric=column.is_number
                        aria-colindex=at + 1
                        tabindex=move || if state.place.get() == place { "0" } else { "-1" }
                        data-grid-row=row + 1
                        data-grid-column=at
                    >
                        <span class="truncate" class:skeleton-line=!is_there>
                            {words}
                        </span>
                    </div>
                }
            })
            .collect_view()
    };
    view! {
        <div
            role="row"
            class="grid-row grid-data-row"
            aria-rowindex=row + 2
            style:transform=move || format!("translateY({}px)", state.top_of(row))
            on:click=move |_| {
                if let Some(info) = info.get_untracked() {
                    state.place.set(Place { row: row + 1, column: 0 });
                    on_open.run(info.id);
                }
            }
        >
            {cells}
        </div>
    }
}
