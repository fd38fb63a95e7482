//! Results as data: figures to read first, galleries of charts, tables, shaded tables.

use leptos::prelude::*;

use crate::model::chart::{ChartTable, Figure};
use crate::model::predict::{Drawn, Heat, Tile};
use crate::ui::{Card, Chart, ChartSize, DataTable, Stat};

/// The numbers to read first. Which there are does not change; how they are written follows the language.
#[component]
pub fn Tiles(
    /// Makes them.
    #[prop(into)]
    tiles: Signal<Vec<Tile>>,
) -> impl IntoView {
    let made = tiles.get_untracked();
    let stat = |(at, tile): (usize, Tile)| {
        let read = move |part: fn(&Tile) -> &String| {
            Signal::derive(move || tiles.with(|tiles| tiles.get(at).map(part).cloned().unwrap_or_default()))
        };
        view! {
            <Stat
                label=read(|tile| &tile.label)
                value=read(|tile| &tile.value)
                hint=read(|tile| &tile.hint)
                test_id=tile.test_id
            />
        }
    };
    view! { <dl class="stats">{made.into_iter().enumerate().map(stat).collect_view()}</dl> }
}

/// Charts beside one another. Which there are does not change; what they say follows the language.
#[component]
pub fn Gallery(
    /// Makes them.
    #[prop(into)]
    figures: Signal<Vec<Drawn>>,
) -> impl IntoView {
    let figures = Memo::new(move |_| figures.get());
    let made: Vec<(&'static str, usize)> =
        figures.with_untracked(|figures| figures.iter().map(|(id, n_names, _)| (*id, *n_names)).collect());
    let chart = |(at, (test_id, n_names)): (usize, (&'static str, usize))| {
        let figure: Signal<Figure> = Signal::derive(move || {
            figures.with(|figures| figures.get(at).map(|found| found.2.clone()).unwrap_or_default())
        });
        let size = if n_names > 0 { ChartSize::Rows(n_names) } else { ChartSize::Medium };
        view! {
            <Card>
                <Chart figure size test_id />
            </Card>
        }
    };
    view! { <div class="columns">{made.into_iter().enumerate().map(chart).collect_view()}</div> }
}

/// A titled table on a card.
#[component]
pub fn TableCard(
    /// Its heading.
    #[prop(into)]
    title: Signal<String>,
    /// A line about it.
    #[prop(optional, into)]
    hint: Option<Signal<String>>,
    /// Makes it.
    #[prop(into)]
    table: Signal<ChartTable>,
    /// Its stable test id; the card's is `…-card`.
    test_id: &'static str,
) -> impl IntoView {
    view! {
        <Card title test_id=format!("{test_id}-card")>
            {hint.map(|hint| view! { <p class="muted">{hint}</p> })}
            <DataTable
                caption=title
                columns=Signal::derive(move || table.with(|table| table.columns.clone()))
                rows=Signal::derive(move || table.with(|table| table.rows.clone()))
                test_id
            />
        </Card>
    }
}

/// A table of counts, darker where a cell holds more of its row.
#[component]
pub fn HeatTable(
    /// What it holds.
    #[prop(into)]
    caption: Signal<String>,
    /// Makes it.
    #[prop(into)]
    heat: Signal<Heat>,
    /// Its stable test id.
    test_id: &'static str,
) -> impl IntoView {
    let head = move || {
        let cell = |words: String| view! { <th scope="col">{words}</th> };
        heat.get().columns.into_iter().map(cell).collect_view()
    };
    let body = move || {
        let cell = |(words, shade): (String, u8)| {
            view! { <td class=format!("numeric heat-{shade}")>{words}</td> }
        };
        let row = |(name, cells): (String, Vec<(String, u8)>)| {
            view! {
                <tr>
                    <th scope="row">{name}</th>
                    {cells.into_iter().map(cell).collect_view()}
                </tr>
            }
        };
        heat.get().rows.into_iter().map(row).collect_view()
    };
    view! {
        <div class="table-frame" tabindex="0" role="region" aria-label=caption data-testid=test_id>
            <table class="table heat">
                <caption class="visually-hidden">{caption}</caption>
                <thead>
                    <tr>{head}</tr>
                </thead>
                <tbody>{body}</tbody>
            </table>
        </div>
    }
}
