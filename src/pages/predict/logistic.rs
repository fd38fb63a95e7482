//! The result of a logistic regression.

use std::sync::Arc;

use leptos::prelude::*;
use stillroom_engine::reply::{ClassifierScore, LogisticReport};

use crate::model::chart::Figure;
use crate::model::predict::{
    calibration_figure, classifier_words, coefficient_rows, coefficient_words, collinear, lift_figure,
    odds_figure, precision_recall_figure, roc_figure, telling_coefficients,
};
use crate::pages::analysis::Known;
use crate::text::analysis::{Analysis, column_words, level_words};
use crate::text::predict::Predict;
use crate::text::{fill, format, say, words};
use crate::ui::{Banner, Card, Chart, ChartSize, DataTable, Stat, Tabs, Tone};

use super::result::{Meaning, VerdictBanner};
use super::threshold::ThresholdPart;

/// Sentences about the strongest columns.
const MOST_SENTENCES: usize = 4;
/// Names drawn on the odds chart before it scrolls out of sight.
const MOST_NAMES: usize = 18;

const QUALITY: &str = "quality";
const COLUMNS: &str = "columns";
const THRESHOLD: &str = "threshold";

/// The result.
#[component]
pub fn LogisticResult(report: Arc<LogisticReport>, known: Known, is_standardized: bool) -> impl IntoView {
    let outcome = {
        let (key, positive) = (report.target.clone(), report.positive.clone());
        Memo::new(move |_| {
            let values = [("column", column_words(&key, &known.labels())), ("level", level_words(&positive))];
            fill(Analysis::LevelOf, &values)
        })
    };
    let (verdict, _) = untrack(|| classifier_words(&report.held_out, &outcome.get()));
    let sentence = {
        let report = Arc::clone(&report);
        Signal::derive(move || classifier_words(&report.held_out, &outcome.get()).1)
    };
    let selected = RwSignal::new(QUALITY.to_owned());
    let tabs = Signal::derive(|| {
        [(QUALITY, Predict::TabQuality), (COLUMNS, Predict::TabColumns), (THRESHOLD, Predict::TabThreshold)]
            .map(|(key, name)| (key.to_owned(), say(name).to_owned()))
            .to_vec()
    });
    let panel = {
        let report = Arc::clone(&report);
        move || {
            let report = Arc::clone(&report);
            match selected.get().as_str() {
                COLUMNS => view! { <ColumnsPanel report known outcome is_standardized /> }.into_any(),
                THRESHOLD => view! { <ThresholdPart score=Arc::new(report.held_out.clone()) /> }.into_any(),
                _ => view! { <QualityPanel report /> }.into_any(),
            }
        }
    };
    view! {
        <VerdictBanner verdict sentence />
        <Figures report=Arc::clone(&report) />
        <Tabs label=words(Predict::ResultTabs) tabs selected test_id="predict-tab" />
        <div
            id=move || format!("panel-{}", selected.get())
            class="stack"
            role="tabpanel"
            aria-labelledby=move || format!("tab-{}", selected.get())
        >
            {panel}
        </div>
    }
}

#[component]
fn Figures(report: Arc<LogisticReport>) -> impl IntoView {
    let score = &report.held_out;
    let (learned, judged) = (report.n_rows, score.n_rows);
    let (auc, (low, high)) = (score.auc, score.auc_interval);
    let (brier, baseline) = (score.brier, score.baseline_brier);
    let (average, base) = (score.average_precision, score.base_rate);
    let auc_hint = move || {
        fill(Predict::StatAucHint, &[("low", format::fixed(low, 3)), ("high", format::fixed(high, 3))])
    };
    view! {
        <dl class="stats">
            <Stat
                label=words(Predict::StatAuc)
                value=Signal::derive(move || format::fixed(auc, 3))
                hint=Signal::derive(auc_hint)
                test_id="stat-auc"
            />
            <Stat
                label=words(Predict::StatAverage)
                value=Signal::derive(move || format::fixed(average, 3))
                hint=Signal::derive(move || fill(Predict::StatAverageHint, &[("base", format::fixed(base, 3))]))
                test_id="stat-average-precision"
            />
            <Stat
                label=words(Predict::StatBrier)
                value=Signal::derive(move || format::fixed(brier, 3))
                hint=Signal::derive(move || {
                    fill(Predict::StatBrierHint, &[("baseline", format::fixed(baseline, 3))])
                })
                test_id="stat-brier"
            />
            <Stat
                label=words(Predict::StatRows)
                value=Signal::derive(move || format::integer(learned))
                hint=Signal::derive(move || fill(Predict::StatRowsHint, &[("n", format::integer(judged))]))
                test_id="stat-rows"
            />
        </dl>
    }
}

#[component]
fn QualityPanel(report: Arc<LogisticReport>) -> impl IntoView {
    let figure = |draw: fn(&ClassifierScore) -> Figure| {
        let report = Arc::clone(&report);
        Signal::derive(move || draw(&report.held_out))
    };
    let (roc, precision_recall) = (figure(roc_figure), figure(precision_recall_figure));
    let (calibration, lift) = (figure(calibration_figure), figure(lift_figure));
    view! {
        <div class="columns">
            <Card>
                <Chart figure=roc test_id="predict-roc" />
            </Card>
            <Card>
                <Chart figure=precision_recall test_id="predict-precision-recall" />
            </Card>
            <Card>
                <Chart figure=calibration test_id="predict-calibration" />
            </Card>
            <Card>
                <Chart figure=lift test_id="predict-lift" />
            </Card>
        </div>
        <Folds report />
    }
}

#[component]
fn ColumnsPanel(
    report: Arc<LogisticReport>,
    known: Known,
    outcome: Memo<String>,
    is_standardized: bool,
) -> impl IntoView {
    let means = {
        let telling = telling_coefficients(&report.coefficients, MOST_SENTENCES);
        Signal::derive(move || {
            let labels = known.labels();
            let words = |it| coefficient_words(it, &labels, &outcome.get(), is_standardized, true);
            telling.iter().map(words).collect::<Vec<_>>()
        })
    };
    let odds = {
        let report = Arc::clone(&report);
        Signal::derive(move || odds_figure(&report.coefficients, &known.labels(), is_standardized))
    };
    let table = {
        let report = Arc::clone(&report);
        Memo::new(move |_| coefficient_rows(&report.coefficients, &known.labels(), true))
    };
    let n_names = report.coefficients.len().saturating_sub(1).min(MOST_NAMES);
    let blurred = move || {
        let columns = collinear(&report.coefficients, &known.labels());
        (!columns.is_empty()).then(|| {
            let joined = columns.join(say(Predict::ListSeparator));
            view! {
                <Banner tone=Tone::Warning title=words(Predict::CollinearTitle) test_id="predict-collinear">
                    <p>{fill(Predict::CollinearWords, &[("columns", joined)])}</p>
                </Banner>
            }
        })
    };
    view! {
        {blurred}
        <Card>
            <Chart figure=odds size=ChartSize::Rows(n_names) test_id="predict-odds" />
        </Card>
        <Meaning
            means
            means_not=vec![Predict::MeansNotCause, Predict::MeansNotOne, Predict::MeansNotFuture]
        />
        <Card title=words(Predict::CoefficientTable) test_id="predict-coefficient-card">
            <DataTable
                caption=words(Predict::CoefficientTable)
                columns=Signal::derive(move || table.with(|table| table.columns.clone()))
                rows=Signal::derive(move || table.with(|table| table.rows.clone()))
                test_id="predict-coefficient-table"
            />
        </Card>
    }
}

#[component]
fn Folds(report: Arc<LogisticReport>) -> impl IntoView {
    if report.folds.is_empty() {
        return ().into_any();
    }
    let rows = Signal::derive(move || {
        let row = |(at, score): (usize, &ClassifierScore)| {
            vec![
                (at + 1).to_string(),
                format::integer(score.n_rows),
                format::fixed(score.auc, 3),
                format::fixed(score.average_precision, 3),
                format::fixed(score.brier, 3),
                format::fixed(score.log_loss, 3),
            ]
        };
        report.folds.iter().enumerate().map(row).collect::<Vec<_>>()
    });
    let columns = Signal::derive(|| {
        [
            Predict::Fold,
            Predict::Rows,
            Predict::StatAuc,
            Predict::StatAverage,
            Predict::StatBrier,
            Predict::StatLogLoss,
        ]
        .map(|name| (say(name).to_owned(), true))
        .to_vec()
    });
    view! {
        <Card title=words(Predict::FoldsTitle) test_id="predict-folds-card">
            <DataTable caption=words(Predict::FoldsTitle) columns rows test_id="predict-folds-table" />
        </Card>
    }
    .into_any()
}
