//! A target with a date: what is asked, of which days, drawn as a timeline.

use leptos::prelude::*;
use stillroom_engine::protocol::{Cell, WorkspaceCounts};

use crate::model::cells::read_text;
use crate::model::recipes::Dated;
use crate::model::timeline::Timeline;
use crate::text::predict::Predict;
use crate::text::{fill, format, say, t, words};
use crate::ui::{Choice, NumberField, Select, TextField};

const LONGEST_HORIZON: f64 = 3650.0;
const LONGEST_WINDOW: u32 = 36_500;
/// Days that count when the form opens.
const USUAL_HORIZON: f64 = 60.0;

/// The choice, as signals of the form.
#[derive(Debug, Clone, Copy)]
pub struct DatedChoice {
    measure: RwSignal<String>,
    horizon: RwSignal<f64>,
    window: RwSignal<String>,
    cutoff: RwSignal<String>,
    first: i64,
    last: i64,
}

impl DatedChoice {
    /// Whether customers buy again within two months.
    pub fn new(counts: &WorkspaceCounts) -> Self {
        Self {
            measure: RwSignal::new("buys".to_owned()),
            horizon: RwSignal::new(USUAL_HORIZON),
            window: RwSignal::new(String::new()),
            cutoff: RwSignal::new(String::new()),
            first: counts.first_order_millis.unwrap_or_default(),
            last: counts.last_order_millis.unwrap_or_default(),
        }
    }

    /// The choice as recipes say it; followed when read inside a view.
    pub fn dated(self) -> Dated {
        let cutoff_millis = match read_text("date", &self.cutoff.get()) {
            Some(Cell::Time(millis)) => Some(millis),
            _ => None,
        };
        let window_days = self.window.get().trim().parse().ok();
        Dated {
            measure: self.measure.get(),
            horizon_days: self.horizon.get() as u32,
            window_days: window_days.filter(|days| (1..=LONGEST_WINDOW).contains(days)),
            cutoff_millis,
        }
    }

    /// The dates; followed when read inside a view.
    pub fn timeline(self) -> Timeline {
        Timeline::of(&self.dated(), self.first, self.last)
    }
}

/// The part of the form.
#[component]
pub fn DatedPart(choice: DatedChoice) -> impl IntoView {
    let measures = Signal::derive(|| {
        [
            ("buys", Predict::MeasureBuys),
            ("leaves", Predict::MeasureLeaves),
            ("orders", Predict::MeasureOrders),
            ("spend", Predict::MeasureSpend),
        ]
        .map(|(key, name)| (key.to_owned(), say(name).to_owned()))
        .to_vec() as Vec<Choice>
    });
    let cutoff_hint = Signal::derive(move || {
        let latest =
            Timeline::of(&Dated { cutoff_millis: None, ..choice.dated() }, choice.first, choice.last);
        fill(Predict::CutoffHint, &[("day", format::day(latest.cutoff))])
    });
    view! {
        <div class="form-row">
            <Select
                label=words(Predict::Measure)
                value=choice.measure
                choices=measures
                test_id="predict-measure"
            />
            <NumberField
                label=words(Predict::Horizon)
                value=choice.horizon
                min=1.0
                max=LONGEST_HORIZON
                test_id="predict-horizon"
            />
            <TextField
                label=words(Predict::Cutoff)
                value=choice.cutoff
                kind="date"
                hint=cutoff_hint
                test_id="predict-cutoff"
            />
            <TextField
                label=words(Predict::Window)
                value=choice.window
                kind="number"
                hint=words(Predict::WindowHint)
                test_id="predict-window"
            />
        </div>
        <Picture choice />
    }
}

/// What is known, the date between, what came after.
#[component]
fn Picture(choice: DatedChoice) -> impl IntoView {
    let found = Memo::new(move |_| choice.timeline());
    let sentence = move || {
        let found = found.get();
        let text = if found.is_outside { Predict::TimelineLate } else { Predict::TimelineWords };
        let end = if found.is_outside { found.last } else { found.end };
        let values = [
            ("from", format::day(found.from)),
            ("cutoff", format::day(found.cutoff)),
            ("end", format::day(end)),
            ("days", format::integer(u64::from(choice.dated().horizon_days))),
        ];
        fill(text, &values)
    };
    let place = move |at: usize| found.with(|found| found.places[at]);
    view! {
        <figure class="split-picture" data-testid="predict-timeline">
            <svg class="split-bar timeline" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                <rect class="timeline-ground" width="100" height="10"></rect>
                <rect
                    class="split-learn"
                    x=move || place(0)
                    width=move || place(1) - place(0)
                    height="10"
                ></rect>
                <rect
                    class="split-judge"
                    x=move || place(1)
                    width=move || place(2) - place(1)
                    height="10"
                ></rect>
            </svg>
            <p class="split-key" aria-hidden="true">
                <span class="key key-learn"></span>
                {t(Predict::TimelineWindow)}
                <span class="key key-judge"></span>
                {t(Predict::TimelineHorizon)}
            </p>
            <figcaption class:is-late=move || found.with(|found| found.is_outside)>{sentence}</figcaption>
        </figure>
    }
}
