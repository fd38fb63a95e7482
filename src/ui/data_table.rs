//! A small table: everything in it is on the page. Long lists belong in a [`Grid`](super::Grid).

use leptos::prelude::*;

/// A table of written values.
#[component]
pub fn DataTable(
    /// What the table holds, for assistive technology.
    #[prop(into)]
    caption: Signal<String>,
    /// Heading of each column and whether its values are numbers.
    #[prop(into)]
    columns: Signal<Vec<(String, bool)>>,
    /// Rows of written values; the first of a row names it.
    #[prop(into)]
    rows: Signal<Vec<Vec<String>>>,
    /// Its stable test id.
    #[prop(into)]
    test_id: String,
) -> impl IntoView {
    let class = |is_number: bool| if is_number { "numeric" } else { "" };
    let head = move || {
        let cell = |(words, is_number)| view! { <th scope="col" class=class(is_number)>{words}</th> };
        columns.get().into_iter().map(cell).collect_view()
    };
    let body = move || {
        let columns = columns.get();
        let row = |values: Vec<String>| {
            let cells = values.into_iter().enumerate().map(|(at, value)| {
                let class = class(columns.get(at).is_some_and(|(_, is_number)| *is_number));
                if at == 0 {
                    view! { <th scope="row" class=class>{value}</th> }.into_any()
                } else {
                    view! { <td class=class>{value}</td> }.into_any()
                }
            });
            view! { <tr>{cells.collect_view()}</tr> }
        };
        rows.get().into_iter().map(row).collect_view()
    };
    view! {
        <div class="table-frame" tabindex="0" role="region" aria-label=caption data-testid=test_id>
            <table class="table">
                <caption class="visually-hidden">{caption}</caption>
                <thead>
                    <tr>{head}</tr>
                </thead>
                <tbody>{body}</tbody>
            </table>
        </div>
    }
}
