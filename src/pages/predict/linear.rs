//! The result of a linear regression.

use std::sync::Arc;

use leptos::prelude::*;
use stillroom_engine::reply::OlsReport;

use crate::model::predict::{
    coefficient_figure, coefficient_rows, coefficient_words, collinear, regression_words, residual_figure,
    telling_coefficients,
};
use crate::pages::analysis::Known;
use crate::text::analysis::column_words;
use crate::text::predict::Predict;
use crate::text::shell::Shell;
use crate::text::{fill, format, say, words};
use crate::ui::{Banner, Card, Chart, ChartSize, DataTable, Stat, Tone};

use super::result::{Meaning, VerdictBanner};

/// Sentences about the strongest columns.
const MOST_SENTENCES: usize = 4;
/// A condition number above which coefficients shake (Belsley, Kuh & Welsch 1980).
const HIGH_CONDITION: f64 = 30.0;
/// Names drawn on the coefficient chart before it scrolls out of sight.
const MOST_NAMES: usize = 18;

/// The result.
#[component]
pub fn LinearResult(report: Arc<OlsReport>, known: Known, is_standardized: bool) -> impl IntoView {
    let target = {
        let key = report.target.clone();
        Memo::new(move |_| column_words(&key, &known.labels()))
    };
    let (verdict, _) = untrack(|| regression_words(&report, &target.get()));
    let sentence = {
        let report = Arc::clone(&report);
        Signal::derive(move || regression_words(&report, &target.get()).1)
    };
    let means = {
        let telling = telling_coefficients(&report.coefficients, MOST_SENTENCES);
        Signal::derive(move || {
            let labels = known.labels();
            let words = |it| coefficient_words(it, &labels, &target.get(), is_standardized, false);
            telling.iter().map(words).collect::<Vec<_>>()
        })
    };
    let coefficients = {
        let report = Arc::clone(&report);
        Signal::derive(move || coefficient_figure(&report.coefficients, &known.labels(), is_standardized))
    };
    let residuals = {
        let report = Arc::clone(&report);
        Signal::derive(move || residual_figure(&report))
    };
    let table = {
        let report = Arc::clone(&report);
        Memo::new(move |_| coefficient_rows(&report.coefficients, &known.labels(), false))
    };
    let n_names = report.coefficients.len().saturating_sub(1).min(MOST_NAMES);
    view! {
        <VerdictBanner verdict sentence />
        <Figures report=Arc::clone(&report) />
        <Collinearity report=Arc::clone(&report) known />
        <div class="columns">
            <Card>
                <Chart figure=coefficients size=ChartSize::Rows(n_names) test_id="predict-coefficients" />
            </Card>
            <Card>
                <Chart figure=residuals size=ChartSize::Rows(n_names) test_id="predict-residuals" />
            </Card>
        </div>
        <Meaning
            means
            means_not=vec![
                Predict::MeansNotCause,
                Predict::MeansNotLinear,
                Predict::MeansNotOne,
                Predict::MeansNotFuture,
            ]
        />
        <Card title=words(Predict::CoefficientTable) test_id="predict-coefficient-card">
            <DataTable
                caption=words(Predict::CoefficientTable)
                columns=Signal::derive(move || table.with(|table| table.columns.clone()))
                rows=Signal::derive(move || table.with(|table| table.rows.clone()))
                test_id="predict-coefficient-table"
            />
        </Card>
        <Folds report />
    }
}

/// A share of explained variance; none of a target that never varies.
fn share_words(r_squared: Option<f64>) -> String {
    r_squared.map_or_else(|| say(Shell::NoValue).to_owned(), |share| format::fixed(share, 3))
}

#[component]
fn Figures(report: Arc<OlsReport>) -> impl IntoView {
    let score = report.held_out.clone();
    let (learned, judged, learned_share) = (report.n_rows, score.n_rows, report.r_squared);
    let (r_squared, rmse, mae, baseline) = (score.r_squared, score.rmse, score.mae, score.baseline_rmse);
    let (low, high) = score.rmse_interval;
    let rmse_hint = move || {
        let values = [
            ("low", format::significant(low, 4)),
            ("high", format::significant(high, 4)),
            ("baseline", format::significant(baseline, 4)),
        ];
        fill(Predict::StatRmseHint, &values)
    };
    view! {
        <dl class="stats">
            <Stat
                label=words(Predict::StatRSquared)
                value=Signal::derive(move || share_words(r_squared))
                hint=Signal::derive(move || {
                    fill(Predict::StatRSquaredHint, &[("share", share_words(learned_share))])
                })
                test_id="stat-r-squared"
            />
            <Stat
                label=words(Predict::StatRmse)
                value=Signal::derive(move || format::significant(rmse, 4))
                hint=Signal::derive(rmse_hint)
                test_id="stat-rmse"
            />
            <Stat
                label=words(Predict::StatMae)
                value=Signal::derive(move || format::significant(mae, 4))
                test_id="stat-mae"
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

/// Says when coefficients blur one another.
#[component]
fn Collinearity(report: Arc<OlsReport>, known: Known) -> impl IntoView {
    let condition = report.condition_number;
    let is_shaky = condition > HIGH_CONDITION;
    move || {
        let columns = collinear(&report.coefficients, &known.labels());
        (is_shaky || !columns.is_empty()).then(|| {
            let named = (!columns.is_empty()).then(|| {
                let separator = say(Predict::ListSeparator);
                let words = fill(Predict::CollinearWords, &[("columns", columns.join(separator))]);
                view! { <p>{words}</p> }
            });
            let number = is_shaky.then(|| {
                let words = fill(Predict::ConditionWords, &[("n", format::significant(condition, 3))]);
                view! { <p>{words}</p> }
            });
            view! {
                <Banner tone=Tone::Warning title=words(Predict::CollinearTitle) test_id="predict-collinear">
                    {named}
                    {number}
                </Banner>
            }
        })
    }
}

#[component]
fn Folds(report: Arc<OlsReport>) -> impl IntoView {
    if report.folds.is_empty() {
        return ().into_any();
    }
    let rows = Signal::derive(move || {
        let row = |(at, score): (usize, &stillroom_engine::reply::RegressionScore)| {
            vec![
                (at + 1).to_string(),
                format::integer(score.n_rows),
                format::significant(score.rmse, 4),
                format::significant(score.baseline_rmse, 4),
                share_words(score.r_squared),
            ]
        };
        report.folds.iter().enumerate().map(row).collect::<Vec<_>>()
    });
    let columns = Signal::derive(|| {
        [Predict::Fold, Predict::Rows, Predict::StatRmse, Predict::BaselineError, Predict::StatRSquared]
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
