//! The model card: what anyone should know before relying on a model.

use stillroom_engine::reply::{HeldOut, PredictReport, Reply};

use super::{Labels, tiles, verdict_words};
use crate::text::analysis::{column_words, level_words};
use crate::text::explain::Explain;
use crate::text::methods::method_words;
use crate::text::predict::Predict;
use crate::text::{count, fill, format, say};

/// The card, a line a pair of name and words. `outcome` names what is predicted.
pub fn card_rows(
    reply: &Reply,
    report: &PredictReport,
    outcome: &str,
    labels: &Labels,
) -> Vec<(String, String)> {
    let separator = say(Predict::ListSeparator);
    let mut rows = Vec::new();
    let mut push = |name: Explain, words: String| {
        if !words.is_empty() {
            rows.push((say(name).to_owned(), words));
        }
    };
    push(Explain::CardWhat, outcome.to_owned());
    let classes = report.labels.iter().zip(&report.class_counts);
    let class = |(label, n): (&String, &u64)| format!("{} ({})", level_words(label), format::integer(*n));
    push(Explain::CardClasses, classes.map(class).collect::<Vec<_>>().join(separator));
    push(Explain::CardMethod, method_words(&report.method));
    push(Explain::CardRows, count(Explain::CardRowsOf, report.n_rows));
    if let Some([from, .., to]) = report.split.times_millis {
        push(Explain::CardWindow, format!("{} – {}", format::day(from as i64), format::day(to as i64)));
    }
    push(Explain::CardSplit, split_words(report));
    let columns = if reply.recipe.columns.is_empty() { &report.columns } else { &reply.recipe.columns };
    push(
        Explain::CardColumns,
        columns.iter().map(|column| column_words(column, labels)).collect::<Vec<_>>().join(separator),
    );
    push(Explain::CardScore, verdict_words(report, outcome).1);
    for tile in tiles(report) {
        let hint = if tile.hint.is_empty() { String::new() } else { format!(" ({})", tile.hint) };
        rows.push((tile.label, format!("{}{hint}", tile.value)));
    }
    let mut push = |name: Explain, words: String| rows.push((say(name).to_owned(), words));
    if let Some(calibrated) = &report.calibrated {
        let text = if calibrated == "platt" { Predict::CalibratePlatt } else { Predict::CalibrateIsotonic };
        push(Explain::CardCalibrated, say(text).to_owned());
    }
    push(Explain::CardLimits, say(Explain::CardLimitWords).to_owned());
    push(Explain::CardSeed, reply.recipe.seed.to_string());
    push(Explain::CardHash, reply.data_hash.clone());
    push(Explain::CardVersion, reply.engine_version.clone());
    rows
}

/// How rows were cut.
fn split_words(report: &PredictReport) -> String {
    let split = &report.split;
    let n_judged = match &report.held_out {
        HeldOut::Number(score) => score.n_rows,
        HeldOut::TwoClasses(score) => score.n_rows,
        HeldOut::Classes(score) => score.n_rows,
    };
    if split.n_folds > 1 {
        return fill(Predict::PictureFolds, &[("n", split.n_folds.to_string())]);
    }
    let n_test = split.n_test.max(n_judged) as f64;
    let share = n_test / (split.n_train as f64 + n_test).max(1.0);
    let text = if split.kind == "time" { Predict::PictureTime } else { Predict::PictureSplit };
    fill(text, &[("train", format::percent(1.0 - share, 0)), ("test", format::percent(share, 0))])
}

/// The card as plain text.
pub fn card_text(name: &str, rows: &[(String, String)]) -> String {
    let lines = rows.iter().map(|(name, words)| format!("{name}: {words}\n"));
    format!("{name}\n\n{}", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::predict::tests::number_report;
    use crate::model::recipes::profile_recipe;
    use stillroom_engine::reply::{RowResults, SplitPicture};

    #[test]
    fn the_card_holds_what_it_takes_to_judge_and_to_repeat() {
        let reply = Reply {
            recipe: profile_recipe(vec!["tenure".to_owned()]),
            engine_version: "1.2".to_owned(),
            data_hash: "abc".to_owned(),
            n_rows_read: 10,
            n_rows_used: 10,
            notes: Vec::new(),
            prepared: Vec::new(),
            reports: Vec::new(),
            rows: RowResults::default(),
            label_names: Vec::new(),
            model: serde_json::Value::Null,
        };
        let mut report = number_report();
        report.split =
            SplitPicture { kind: "split".to_owned(), n_train: 300, n_test: 100, ..Default::default() };
        let text = card_text("Spend", &card_rows(&reply, &report, "Spend", &Labels::new()));
        for part in ["Spend\n\n", "tenure", "abc", "42", "0.75", "1.2"] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
