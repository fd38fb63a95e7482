//! Where to draw the line between yes and no: by what mistakes cost.

use std::sync::Arc;

use leptos::prelude::*;
use stillroom_engine::reply::{ClassifierScore, ThresholdCounts};

use crate::model::predict::{Costs, cheapest, cost_figure};
use crate::text::predict::Predict;
use crate::text::{fill, format, t, words};
use crate::ui::{Button, Card, Chart, ChartSize, NumberField};

const DEAREST: f64 = 1_000_000.0;

/// The part of the result.
#[component]
pub fn ThresholdPart(score: Arc<ClassifierScore>) -> impl IntoView {
    let false_alarm = RwSignal::new(1.0);
    let miss = RwSignal::new(5.0);
    let costs = Memo::new(move |_| Costs { false_alarm: false_alarm.get(), miss: miss.get() });
    let best = {
        let score = Arc::clone(&score);
        Memo::new(move |_| cheapest(&score.thresholds, costs.get()).map_or(0.5, |counts| counts.threshold))
    };
    let chosen = RwSignal::new(best.get_untracked());
    Effect::new(move || chosen.set(best.get()));
    let counts = {
        let score = Arc::clone(&score);
        Memo::new(move |_| {
            let far = |counts: &&ThresholdCounts| (counts.threshold - chosen.get()).abs();
            score.thresholds.iter().min_by(|left, right| far(left).total_cmp(&far(right))).copied()
        })
    };
    let figure = Signal::derive(move || cost_figure(&score.thresholds, costs.get(), chosen.get()));
    let in_percent = move || format::percent(chosen.get(), 0);
    view! {
        <div class="columns">
            <Card title=words(Predict::ThresholdTitle) test_id="predict-threshold">
                <p class="muted">{t(Predict::ThresholdHint)}</p>
                <div class="form-grid">
                    <NumberField
                        label=words(Predict::CostFalseAlarm)
                        value=false_alarm
                        min=0.0
                        max=DEAREST
                        step=0.5
                        test_id="predict-cost-false-alarm"
                    />
                    <NumberField
                        label=words(Predict::CostMiss)
                        value=miss
                        min=0.0
                        max=DEAREST
                        step=0.5
                        test_id="predict-cost-miss"
                    />
                </div>
                <div class="field">
                    <label for="predict-threshold-range">
                        {t(Predict::Threshold)} " " <output class="numeric">{in_percent}</output>
                    </label>
                    <input
                        id="predict-threshold-range"
                        type="range"
                        class="range"
                        min="0"
                        max="100"
                        step="1"
                        data-testid="predict-threshold-range"
                        aria-valuetext=in_percent
                        prop:value=move || (chosen.get() * 100.0).round().to_string()
                        on:input=move |event| {
                            if let Ok(percent) = event_target_value(&event).parse::<f64>() {
                                chosen.set(percent / 100.0);
                            }
                        }
                    />
                </div>
                <Button
                    test_id="predict-threshold-best"
                    on_press=Callback::new(move |()| chosen.set(best.get_untracked()))
                >
                    {t(Predict::UseCheapest)}
                </Button>
                {move || counts.get().map(|counts| view! { <Confusion counts /> })}
            </Card>
            <Card>
                <Chart figure size=ChartSize::Large test_id="predict-cost" />
            </Card>
        </div>
    }
}

/// Right and wrong at one threshold.
#[component]
fn Confusion(counts: ThresholdCounts) -> impl IntoView {
    let called = counts.true_positives + counts.false_positives;
    let positives = counts.true_positives + counts.false_negatives;
    let caught = if positives == 0 { 0.0 } else { counts.true_positives as f64 / positives as f64 };
    let sentence = move || {
        let values = [
            ("called", format::integer(called)),
            ("right", format::integer(counts.true_positives)),
            ("caught", format::percent(caught, 0)),
        ];
        fill(Predict::ThresholdWords, &values)
    };
    let cell = |name: Predict, n: u64, is_right: bool| {
        view! {
            <td class="confusion-cell" class:is-right=is_right>
                <span class="confusion-count">{move || format::integer(n)}</span>
                <span class="small">{t(name)}</span>
            </td>
        }
    };
    view! {
        <table class="confusion" data-testid="predict-confusion">
            <caption>{t(Predict::Confusion)}</caption>
            <thead>
                <tr>
                    <th scope="col">{t(Predict::Truth)}</th>
                    <th scope="col">{t(Predict::CalledYes)}</th>
                    <th scope="col">{t(Predict::CalledNo)}</th>
                </tr>
            </thead>
            <tbody>
                <tr>
                    <th scope="row">{t(Predict::TruthYes)}</th>
                    {cell(Predict::Caught, counts.true_positives, true)}
                    {cell(Predict::Missed, counts.false_negatives, false)}
                </tr>
                <tr>
                    <th scope="row">{t(Predict::TruthNo)}</th>
                    {cell(Predict::FalseAlarms, counts.false_positives, false)}
                    {cell(Predict::LeftAlone, counts.true_negatives, true)}
                </tr>
            </tbody>
        </table>
        <p role="status">{sentence}</p>
    }
}
