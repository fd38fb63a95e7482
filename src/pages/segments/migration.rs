//! Who moved between the segments of a kept model from one date to another.

use leptos::prelude::*;
use stillroom_engine::protocol::{Cell, Migrate};
use stillroom_engine::reply::MigrationReport;

use crate::model::cells::{edit_text, read_text};
use crate::model::segments::{migration_heat, migration_words};
use crate::pages::analysis::{Failed, HeatTable, use_desk, use_known};
use crate::text::segments::Segments;
use crate::text::shell::Shell;
use crate::text::{t, words};
use crate::ui::{Button, Card, Task, TaskState, TextField};

/// The part of the page.
#[component]
pub fn MigrationPart() -> impl IntoView {
    let desk = use_desk();
    let body = move || match desk.kept.get() {
        Some(model) => view! { <Compare model=model.id /> }.into_any(),
        None => view! { <p class="muted">{t(Segments::MigrateNeedsKept)}</p> }.into_any(),
    };
    view! {
        <Card title=words(Segments::MigrateTitle) test_id="segment-migration">
            {body}
        </Card>
    }
}

#[component]
fn Compare(model: i64) -> impl IntoView {
    let known = use_known();
    let (from, to) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    // The middle of the orders and their end, until the person chooses.
    Effect::new(move || {
        let Some(counts) = known.counts.answer() else { return };
        let (Some(first), Some(last)) = (counts.first_order_millis, counts.last_order_millis) else { return };
        for (day, millis) in [(from, i64::midpoint(first, last)), (to, last)] {
            if day.with_untracked(String::is_empty) {
                day.set(edit_text(&Cell::Time(millis)));
            }
        }
    });
    let migrate = Task::<MigrationReport>::new();
    let millis = |day: RwSignal<String>| match read_text("date", &day.get_untracked()) {
        Some(Cell::Time(millis)) => Some(millis as f64),
        _ => None,
    };
    let run = move || {
        if let (Some(from_millis), Some(to_millis)) = (millis(from), millis(to)) {
            migrate.start_job(Migrate { model, from_millis, to_millis }, None);
        }
    };
    let found = move || match migrate.state() {
        TaskState::Idle => ().into_any(),
        TaskState::Running => view! { <p class="muted" role="status">{t(Shell::Working)}</p> }.into_any(),
        TaskState::Failed(failure) => view! { <Failed failure /> }.into_any(),
        TaskState::Done(report) => {
            let told = report.clone();
            let heat = Signal::derive(move || migration_heat(&report));
            view! {
                <p role="status">{move || migration_words(&told)}</p>
                <HeatTable caption=words(Segments::MigrateCaption) heat test_id="segment-migration-table" />
            }
            .into_any()
        }
    };
    view! {
        <p class="muted">{t(Segments::MigrateHint)}</p>
        <div class="keep-form">
            <TextField
                label=words(Segments::MigrateFrom)
                value=from
                kind="date"
                test_id="segment-migration-from"
            />
            <TextField label=words(Segments::MigrateTo) value=to kind="date" test_id="segment-migration-to" />
            <Button
                test_id="segment-migration-run"
                busy=Signal::derive(move || migrate.is_running())
                on_press=Callback::new(move |()| run())
            >
                {t(Segments::MigrateRun)}
            </Button>
        </div>
        {found}
    }
}
