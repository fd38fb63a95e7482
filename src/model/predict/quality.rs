//! How good a prediction is on unseen rows: the verdict, the figures to read first, the curves, the folds.

use stillroom_engine::reply::{Finding, HeldOut, PredictReport};

use super::classes::{
    calibration_figure, classifier_words, lift_figure, precision_recall_figure, roc_figure,
};
use super::numbers::{regression_words, residual_figure};
use super::several::several_words;
use super::{Labels, Verdict};
use crate::model::chart::{ChartTable, Figure};
use crate::text::analysis::column_words;
use crate::text::explain::Explain;
use crate::text::predict::Predict;
use crate::text::shell::Shell;
use crate::text::{fill, format, say};

/// A figure with its stable test id and the names beside one another it has to make room for.
pub type Drawn = (&'static str, usize, Figure);

/// The verdict in a sentence; `outcome` names what is predicted.
pub fn verdict_words(report: &PredictReport, outcome: &str) -> (Verdict, String) {
    match &report.held_out {
        HeldOut::Number(score) => regression_words(score, outcome),
        HeldOut::TwoClasses(score) => classifier_words(score, outcome),
        HeldOut::Classes(score) => several_words(score),
    }
}

/// One number to read first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Its stable test id.
    pub test_id: &'static str,
    /// Its name.
    pub label: String,
    /// The number, written.
    pub value: String,
    /// A line below it.
    pub hint: String,
}

fn tile(test_id: &'static str, label: Predict, value: String, hint: String) -> Tile {
    Tile { test_id, label: say(label).to_owned(), value, hint }
}

fn share_words(share: Option<f64>) -> String {
    share.map_or_else(|| say(Shell::NoValue).to_owned(), |share| format::fixed(share, 3))
}

/// The numbers to read first.
pub fn tiles(report: &PredictReport) -> Vec<Tile> {
    let three = |value: f64| format::fixed(value, 3);
    let four = |value: f64| format::significant(value, 4);
    let (mut tiles, n_judged) = match &report.held_out {
        HeldOut::Number(score) => {
            let interval = [
                ("low", four(score.rmse_interval.0)),
                ("high", four(score.rmse_interval.1)),
                ("baseline", four(score.baseline_rmse)),
            ];
            let learned = report.facts.iter().find(|fact| fact.code == "r_squared").map(|fact| fact.value);
            let learned_hint =
                learned.map(|share| fill(Predict::StatRSquaredHint, &[("share", three(share))]));
            let tiles = vec![
                tile(
                    "stat-r-squared",
                    Predict::StatRSquared,
                    share_words(score.r_squared),
                    learned_hint.unwrap_or_default(),
                ),
                tile(
                    "stat-rmse",
                    Predict::StatRmse,
                    four(score.rmse),
                    fill(Predict::StatRmseHint, &interval),
                ),
                tile("stat-mae", Predict::StatMae, four(score.mae), String::new()),
            ];
            (tiles, score.n_rows)
        }
        HeldOut::TwoClasses(score) => {
            let interval = [("low", three(score.auc_interval.0)), ("high", three(score.auc_interval.1))];
            let tiles = vec![
                tile("stat-auc", Predict::StatAuc, three(score.auc), fill(Predict::StatAucHint, &interval)),
                tile(
                    "stat-average-precision",
                    Predict::StatAverage,
                    three(score.average_precision),
                    fill(Predict::StatAverageHint, &[("base", three(score.base_rate))]),
                ),
                tile(
                    "stat-brier",
                    Predict::StatBrier,
                    three(score.brier),
                    fill(Predict::StatBrierHint, &[("baseline", three(score.baseline_brier))]),
                ),
            ];
            (tiles, score.n_rows)
        }
        HeldOut::Classes(score) => {
            let percent = |share: f64| format::percent(share, 1);
            let interval = [
                ("low", percent(score.accuracy_interval.0)),
                ("high", percent(score.accuracy_interval.1)),
                ("baseline", percent(score.baseline_accuracy)),
            ];
            let tiles = vec![
                tile(
                    "stat-accuracy",
                    Predict::StatAccuracy,
                    percent(score.accuracy),
                    fill(Predict::StatAccuracyHint, &interval),
                ),
                tile(
                    "stat-balanced",
                    Predict::StatBalanced,
                    percent(score.balanced_accuracy),
                    fill(Predict::StatBalancedHint, &[("f1", three(score.macro_f1))]),
                ),
                tile(
                    "stat-log-loss",
                    Predict::StatLogLoss,
                    three(score.log_loss),
                    fill(Predict::StatLogLossHint, &[("baseline", three(score.baseline_log_loss))]),
                ),
            ];
            (tiles, score.n_rows)
        }
    };
    let judged = fill(Predict::StatRowsHint, &[("n", format::integer(n_judged))]);
    tiles.push(tile("stat-rows", Predict::StatRows, format::integer(report.n_rows), judged));
    tiles
}

/// The curves of unseen rows.
pub fn quality_figures(report: &PredictReport) -> Vec<Drawn> {
    match &report.held_out {
        HeldOut::Number(_) if report.residuals.is_empty() => Vec::new(),
        HeldOut::Number(_) => vec![("predict-residuals", 0, residual_figure(report))],
        HeldOut::TwoClasses(score) => vec![
            ("predict-roc", 0, roc_figure(score)),
            ("predict-precision-recall", 0, precision_recall_figure(score)),
            ("predict-calibration", 0, calibration_figure(score)),
            ("predict-lift", 0, lift_figure(score)),
        ],
        HeldOut::Classes(_) => Vec::new(),
    }
}

/// Each fold's numbers; nothing for a single cut.
pub fn fold_table(report: &PredictReport) -> Option<ChartTable> {
    let three = |value: f64| format::fixed(value, 3);
    let names: &[Predict] = match report.folds.first()? {
        HeldOut::Number(_) => &[Predict::StatRmse, Predict::BaselineError, Predict::StatRSquared],
        HeldOut::TwoClasses(_) => {
            &[Predict::StatAuc, Predict::StatAverage, Predict::StatBrier, Predict::StatLogLoss]
        }
        HeldOut::Classes(_) => &[Predict::StatAccuracy, Predict::StatBalanced, Predict::StatLogLoss],
    };
    let row = |(at, fold): (usize, &HeldOut)| {
        let (n_rows, values) = match fold {
            HeldOut::Number(score) => (
                score.n_rows,
                vec![
                    format::significant(score.rmse, 4),
                    format::significant(score.baseline_rmse, 4),
                    share_words(score.r_squared),
                ],
            ),
            HeldOut::TwoClasses(score) => (
                score.n_rows,
                [score.auc, score.average_precision, score.brier, score.log_loss].map(three).to_vec(),
            ),
            HeldOut::Classes(score) => {
                (score.n_rows, [score.accuracy, score.balanced_accuracy, score.log_loss].map(three).to_vec())
            }
        };
        let mut row = vec![(at + 1).to_string(), format::integer(n_rows)];
        row.extend(values);
        row
    };
    let names = [Predict::Fold, Predict::Rows].iter().chain(names);
    Some(ChartTable {
        columns: names.map(|name| (say(*name).to_owned(), true)).collect(),
        rows: report.folds.iter().enumerate().map(row).collect(),
    })
}

/// What was found before fitting, in sentences.
pub fn findings_words(findings: &[Finding], labels: &Labels) -> Vec<String> {
    let sentence = |finding: &Finding| {
        let text = match finding.code.as_str() {
            "near-perfect" => Explain::FoundNearPerfect,
            "target-name" => Explain::FoundName,
            "target-copy" => Explain::FoundCopy,
            "after-cut-off" => Explain::FoundLate,
            "identifier" => Explain::FoundId,
            "duplicate-rows" => Explain::FoundDuplicates,
            _ => Explain::FoundOther,
        };
        let value = if finding.value <= 1.0 {
            format::percent(finding.value, 1)
        } else {
            format::number(finding.value, 0)
        };
        let column = finding.column.as_deref().map(|column| column_words(column, labels));
        let values =
            [("code", finding.code.clone()), ("column", column.unwrap_or_default()), ("value", value)];
        fill(text, &values).trim_end().to_owned()
    };
    findings.iter().map(sentence).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::predict::tests::number_report;
    use stillroom_engine::reply::ClassifierScore;

    #[test]
    fn every_kind_of_target_ends_with_the_rows_it_was_judged_on() {
        let mut report = number_report();
        assert_eq!(tiles(&report).last().map(|tile| tile.test_id), Some("stat-rows"));
        report.held_out = HeldOut::TwoClasses(Box::default());
        assert_eq!(tiles(&report).len(), 4);
        assert_eq!(quality_figures(&report).len(), 4);
        report.held_out = HeldOut::Classes(Box::default());
        assert_eq!(tiles(&report)[0].test_id, "stat-accuracy");
    }

    #[test]
    fn a_single_cut_has_no_folds() {
        let mut report = number_report();
        assert_eq!(fold_table(&report), None);
        report.folds =
            vec![HeldOut::TwoClasses(Box::new(ClassifierScore { auc: 0.75, ..Default::default() }))];
        let table = fold_table(&report).expect("there is a fold");
        assert_eq!(table.columns.len(), table.rows[0].len());
        assert_eq!(table.rows[0][2], "0.75");
    }

    #[test]
    fn findings_name_the_column_and_its_share() {
        let found = Finding { code: "identifier".to_owned(), column: Some("id".to_owned()), value: 0.99 };
        let labels = Labels::from([("id".to_owned(), "Member number".to_owned())]);
        let words = findings_words(&[found], &labels);
        assert!(words[0].contains("Member number") && words[0].contains("0.99"), "{words:?}");
    }
}
