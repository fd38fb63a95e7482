//! Predicted numbers in words and pictures.

use stillroom_engine::reply::{PredictReport, RegressionScore};

use super::Verdict;
use crate::model::chart::{Axis, ChartSpec, ChartTable, Figure, Format, Guide, Mark, Series};
use crate::text::predict::Predict;
use crate::text::{fill, format, say};

/// A share of explained variance on unseen rows above which a column must be giving the answer away.
const TOO_GOOD: f64 = 0.995;

/// How good the prediction is, in a sentence about rows it has not seen.
pub fn regression_words(score: &RegressionScore, target: &str) -> (Verdict, String) {
    let (low, high) = score.rmse_interval;
    let verdict = match score.baseline_rmse {
        _ if score.r_squared.is_some_and(|share| share > TOO_GOOD) => Verdict::TooGood,
        baseline if high < baseline => Verdict::Better,
        baseline if low > baseline => Verdict::Worse,
        _ => Verdict::Unclear,
    };
    let text = match verdict {
        Verdict::TooGood => Predict::LinearTooGood,
        Verdict::Better => Predict::LinearBetter,
        Verdict::Unclear => Predict::LinearUnclear,
        Verdict::Worse => Predict::LinearWorse,
    };
    let values = [
        ("target", target.to_owned()),
        ("rmse", format::significant(score.rmse, 4)),
        ("low", format::significant(low, 4)),
        ("high", format::significant(high, 4)),
        ("baseline", format::significant(score.baseline_rmse, 4)),
        ("share", format::percent(score.r_squared.unwrap_or(0.0).max(0.0), 0)),
    ];
    (verdict, fill(text, &values))
}

/// Predictions and residuals of unseen rows.
pub fn residual_figure(report: &PredictReport) -> Figure {
    let n_all = report.residuals.len().max(1) as f64;
    let spread =
        (report.residuals.iter().map(|(_, residual)| residual * residual).sum::<f64>() / n_all).sqrt();
    let n_outside = report.residuals.iter().filter(|(_, residual)| residual.abs() > 2.0 * spread).count();
    let share = n_outside as f64 / n_all;
    let points = report.residuals.iter().map(|(prediction, residual)| vec![*prediction, *residual]).collect();
    let row = |(prediction, residual): &(f64, f64)| {
        vec![format::significant(*prediction, 6), format::significant(*residual, 6)]
    };
    Figure {
        title: say(Predict::ResidualTitle).to_owned(),
        summary: fill(Predict::ResidualSummary, &[("share", format::percent(share, 1))]),
        spec: ChartSpec {
            x: Axis::of(say(Predict::Predicted), Format::Number),
            y: Axis::of(say(Predict::Residual), Format::Number),
            series: vec![Series::new(say(Predict::Residual), Mark::Scatter, 0, points)],
            lines: vec![Guide::level("", 0.0)],
            legend: false,
        },
        table: ChartTable {
            columns: vec![
                (say(Predict::Predicted).to_owned(), true),
                (say(Predict::Residual).to_owned(), true),
            ],
            rows: report.residuals.iter().map(row).collect(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::predict::tests::number_report;

    #[test]
    fn the_verdict_compares_the_interval_with_the_mean() {
        for (rmse, r_squared, expected) in [
            (5.0, 0.7, Verdict::Better),
            (9.5, 0.05, Verdict::Unclear),
            (12.0, -0.2, Verdict::Worse),
            (0.1, 0.999, Verdict::TooGood),
        ] {
            let score = RegressionScore {
                n_rows: 100,
                rmse,
                rmse_interval: (rmse - 1.0, rmse + 1.0),
                mae: rmse * 0.8,
                r_squared: Some(r_squared),
                baseline_rmse: 10.0,
            };
            assert_eq!(regression_words(&score, "Spend").0, expected);
        }
    }

    #[test]
    fn residuals_far_out_are_counted() {
        let mut report = number_report();
        report.residuals = vec![(1.0, 0.1), (2.0, -0.1), (3.0, 0.1), (4.0, -0.1), (5.0, 0.1), (6.0, 5.0)];
        let figure = residual_figure(&report);
        assert_eq!(figure.spec.series[0].points.len(), 6);
        assert!(figure.summary.contains("0.16"), "{}", figure.summary);
    }
}
