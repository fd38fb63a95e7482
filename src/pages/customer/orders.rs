//! A customer's order lines, newest first.

use leptos::prelude::*;
use stillroom_engine::protocol::{CustomerLines, LineInfo};

use crate::text::customers::Customers;
use crate::text::import::Import;
use crate::text::{format, say, t, words};
use crate::ui::{Button, Card, DataTable, ErrorState, Look, Skeleton, Task, TaskState};

/// Lines shown at once.
const PAGE_LINES: u32 = 50;

/// The lines, with more on demand.
#[component]
pub(super) fn OrdersCard(id: i64, n_lines: u32) -> impl IntoView {
    let shown = RwSignal::new(Vec::<LineInfo>::new());
    let page = Task::<Vec<LineInfo>>::new();
    let ask = move || {
        let offset = shown.with_untracked(Vec::len) as u32;
        page.start(CustomerLines { id, offset, limit: PAGE_LINES });
    };
    if n_lines > 0 {
        ask();
    }
    Effect::new(move || {
        if let TaskState::Done(more) = page.state() {
            shown.update(|shown| shown.extend(more));
        }
    });
    let columns = Signal::derive(|| {
        [
            (Customers::OrderNumber, false),
            (Customers::OrderDate, false),
            (Customers::Item, false),
            (Customers::Quantity, true),
            (Customers::UnitPrice, true),
            (Customers::LineTotal, true),
        ]
        .map(|(name, is_number)| (say(name).to_owned(), is_number))
        .to_vec()
    });
    let row = |line: &LineInfo| {
        vec![
            line.order_no.clone(),
            line.at_millis.map(format::day).unwrap_or_default(),
            line.item_name.clone(),
            format::number(line.quantity, 2),
            format::fixed(line.unit_price, 2),
            format::fixed(line.quantity * line.unit_price, 2),
        ]
    };
    let rows = Signal::derive(move || shown.with(|shown| shown.iter().map(row).collect::<Vec<_>>()));
    let has_more = move || (shown.with(Vec::len) as u32) < n_lines;
    view! {
        <Card title=words(Customers::OrdersTitle)>
            <Show
                when=move || { n_lines > 0 }
                fallback=|| view! { <p class="muted">{t(Customers::NoOrders)}</p> }
            >
                <DataTable caption=words(Customers::OrdersTitle) columns rows test_id="customer-order-lines" />
                {move || page.failure().map(|failure| view! { <ErrorState failure /> })}
                <Show when=move || page.is_running()>
                    <Skeleton lines=2 />
                </Show>
                <Show when=move || has_more() && !page.is_running()>
                    <div class="actions">
                        <Button test_id="orders-more" look=Look::Quiet on_press=Callback::new(move |()| ask())>
                            {t(Import::More)}
                        </Button>
                    </div>
                </Show>
            </Show>
        </Card>
    }
}
