//! Views of a result: what it means, groups, what was tried, the model card, several classes.

use std::sync::Arc;

use leptos::prelude::*;
use stillroom_engine::reply::{ClassesScore, FairnessReport, HeldOut};

use crate::browser;
use crate::model::predict::{
    board_table, board_words, card_rows, card_text, coefficient_rows, coefficient_words, collinear,
    confusion_heat, fairness_figure, fairness_measures, limit_words, telling_coefficients, too_small_words,
};
use crate::pages::analysis::{Gallery, HeatTable, Known, TableCard};
use crate::text::analysis::column_words;
use crate::text::explain::Explain;
use crate::text::predict::Predict;
use crate::text::{fill, say, t, words};
use crate::ui::{Banner, Button, Card, Symbol, Tone};

use super::result::Shown;

/// Sentences about the strongest columns.
const MOST_SENTENCES: usize = 4;

/// What the result means and what it does not, with the coefficients where there are any.
#[component]
pub fn MeaningPart(shown: Shown) -> impl IntoView {
    let Shown { report, outcome, known, is_standardized, .. } = shown;
    let is_odds = !matches!(report.held_out, HeldOut::Number(_));
    let has_coefficients = report.coefficients.len() > 1;
    let telling = telling_coefficients(&report.coefficients, MOST_SENTENCES);
    let means = move || {
        let labels = known.labels();
        let sentence = |it| coefficient_words(it, &labels, &outcome.get(), is_standardized, is_odds);
        let items = telling.iter().map(|found| view! { <li>{sentence(found)}</li> });
        if telling.is_empty() {
            view! { <p class="muted">{t(Predict::MeansNone)}</p> }.into_any()
        } else {
            view! { <ul class="meaning">{items.collect_view()}</ul> }.into_any()
        }
    };
    let mut means_not = vec![Predict::MeansNotCause, Predict::MeansNotOne, Predict::MeansNotFuture];
    if report.coefficients.iter().any(|coefficient| coefficient.p_value.is_some()) && !is_odds {
        means_not.push(Predict::MeansNotLinear);
    }
    let warnings = means_not.into_iter().map(|text| view! { <li>{t(text)}</li> });
    let blurred = {
        let report = Arc::clone(&report);
        move || {
            let columns = collinear(&report, &known.labels());
            (!columns.is_empty()).then(|| {
                let joined = columns.join(say(Predict::ListSeparator));
                view! {
                    <Banner tone=Tone::Warning title=words(Predict::CollinearTitle) test_id="predict-collinear">
                        <p>{fill(Predict::CollinearWords, &[("columns", joined)])}</p>
                    </Banner>
                }
            })
        }
    };
    let table = Signal::derive(move || coefficient_rows(&report.coefficients, &known.labels(), is_odds));
    view! {
        {blurred}
        <div class="columns">
            {has_coefficients
                .then(|| {
                    view! {
                        <Card title=words(Predict::MeansTitle) test_id="predict-means">
                            {means}
                        </Card>
                    }
                })} <Card title=words(Predict::MeansNotTitle) test_id="predict-means-not">
                <ul class="meaning">{warnings.collect_view()}</ul>
            </Card>
        </div>
        {has_coefficients
            .then(|| {
                view! {
                    <TableCard title=words(Predict::CoefficientTable) table test_id="predict-coefficient-table" />
                }
            })}
    }
}

/// Truth against prediction for several classes.
#[component]
pub fn ConfusionPart(score: Arc<ClassesScore>, labels: Vec<String>) -> impl IntoView {
    let heat = Signal::derive(move || confusion_heat(&score, &labels));
    view! {
        <Card title=words(Predict::ConfusionMatrix) test_id="predict-confusion-card">
            <p class="muted">{t(Predict::ConfusionHint)}</p>
            <HeatTable caption=words(Predict::ConfusionMatrix) heat test_id="predict-confusion-table" />
        </Card>
    }
}

/// How groups fare.
#[component]
pub fn FairnessPanel(shown: Shown) -> impl IntoView {
    let known = shown.known;
    let report = Arc::clone(&shown.report);
    let limits = move || {
        let found = limit_words(&report.fairness).into_iter();
        found.map(|words| view! { <li>{words}</li> }).collect_view()
    };
    let parts = shown.report.fairness.iter().cloned().map(|report| view! { <OneColumn report known /> });
    view! {
        <div class="stack" data-testid="predict-fairness-result">
            {parts.collect_view()}
            <Banner tone=Tone::Info title=words(Explain::FairLimits) test_id="predict-fairness-limits">
                <ul class="meaning">{limits}</ul>
            </Banner>
        </div>
    }
}

#[component]
fn OneColumn(report: FairnessReport, known: Known) -> impl IntoView {
    let report = Arc::new(report);
    let figures = {
        let report = Arc::clone(&report);
        Signal::derive(move || {
            let column = column_words(&report.column, &known.labels());
            vec![("predict-fairness-groups", 0, fairness_figure(&report, &column))]
        })
    };
    let title = {
        let report = Arc::clone(&report);
        Signal::derive(move || {
            fill(Explain::FairTitle, &[("column", column_words(&report.column, &known.labels()))])
        })
    };
    let measures = {
        let report = Arc::clone(&report);
        Signal::derive(move || fairness_measures(&report))
    };
    view! {
        <Gallery figures />
        <TableCard title table=measures test_id="predict-fairness-measures" />
        {move || too_small_words(&report).map(|words| view! { <p class="muted">{words}</p> })}
    }
}

/// What a search tried.
#[component]
pub fn BoardPanel(shown: Shown) -> impl IntoView {
    let report = shown.report;
    let hint = {
        let report = Arc::clone(&report);
        Signal::derive(move || report.leaderboard.as_ref().map(board_words).unwrap_or_default())
    };
    let table = Signal::derive(move || report.leaderboard.as_ref().map(board_table).unwrap_or_default());
    view! { <TableCard title=words(Explain::BoardTitle) hint table test_id="predict-board" /> }
}

/// The model card, to read and to take along.
#[component]
pub fn CardPanel(shown: Shown) -> impl IntoView {
    let Shown { reply, report, outcome, known, .. } = shown;
    let rows = Memo::new(move |_| card_rows(&reply, &report, &outcome.get(), &known.labels()));
    let download = move || {
        let text = card_text(say(Explain::CardTitle), &rows.get_untracked());
        browser::download("stillroom-model-card.txt", "text/plain", text.as_bytes());
    };
    let facts = move || {
        let row = |(name, words): (String, String)| view! { <dt>{name}</dt> <dd>{words}</dd> };
        rows.get().into_iter().map(row).collect_view()
    };
    view! {
        <Card title=words(Explain::CardTitle) test_id="predict-card">
            <p class="muted">{t(Explain::CardHint)}</p>
            <dl class="facts">{facts}</dl>
            <Button
                test_id="predict-card-download"
                icon=Symbol::Download
                on_press=Callback::new(move |()| download())
            >
                {t(Explain::CardDownload)}
            </Button>
        </Card>
    }
}
