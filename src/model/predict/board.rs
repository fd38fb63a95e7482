//! What a search tried.

use stillroom_engine::reply::{Leaderboard, LeaderboardEntry};

use crate::model::chart::ChartTable;
use crate::model::methods::edit_text;
use crate::text::explain::Explain;
use crate::text::methods::method_words;
use crate::text::models::metric_words;
use crate::text::predict::Predict;
use crate::text::{count_with, format, say};

/// The candidates, the best first.
pub fn board_table(board: &Leaderboard) -> ChartTable {
    let settings = |entry: &LeaderboardEntry| {
        if entry.parameters.is_empty() {
            return say(Explain::Defaults).to_owned();
        }
        let setting = |(name, value): (&String, &serde_json::Value)| format!("{name} {}", edit_text(value));
        entry.parameters.iter().map(setting).collect::<Vec<_>>().join(", ")
    };
    let row = |(at, entry): (usize, &LeaderboardEntry)| {
        let score = match (entry.mean, entry.deviation) {
            (Some(mean), Some(deviation)) => {
                format!("{} ± {}", format::significant(mean, 4), format::significant(deviation, 2))
            }
            (Some(mean), None) => format::significant(mean, 4),
            (None, _) => say(Explain::Failure).to_owned(),
        };
        vec![
            (at + 1).to_string(),
            method_words(&entry.method),
            score,
            format::integer(entry.n_rows),
            settings(entry),
        ]
    };
    ChartTable {
        columns: vec![
            (say(Explain::Rank).to_owned(), true),
            (say(Explain::MethodName).to_owned(), false),
            (metric_words(&board.metric), true),
            (say(Predict::Rows).to_owned(), true),
            (say(Explain::Settings).to_owned(), false),
        ],
        rows: board.entries.iter().enumerate().map(row).collect(),
    }
}

/// How the search went, in a sentence or two.
pub fn board_words(board: &Leaderboard) -> String {
    let words = count_with(Explain::BoardSummary, board.n_tried, &[("metric", metric_words(&board.metric))]);
    if board.out_of_time { format!("{words} {}", say(Explain::BoardOutOfTime)) } else { words }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_stands_first_with_what_differs_from_its_defaults() {
        let entry = |method: &str, depth: Option<u32>, failure: Option<&str>| LeaderboardEntry {
            method: method.to_owned(),
            parameters: depth.map(|depth| ("max_depth".to_owned(), depth.into())).into_iter().collect(),
            mean: failure.is_none().then_some(0.84),
            deviation: Some(0.01),
            n_rows: 500,
            failure: failure.map(str::to_owned),
        };
        let board = Leaderboard {
            metric: "auc".to_owned(),
            entries: vec![
                entry("boosting", Some(4), None),
                entry("baseline", None, None),
                entry("svm", None, Some("x")),
            ],
            n_tried: 12,
            out_of_time: true,
        };
        let rows = board_table(&board).rows;
        assert_eq!((rows[0][0].as_str(), rows[0][4].as_str()), ("1", "max_depth 4"));
        assert_eq!(rows[1][4], say(Explain::Defaults));
        assert_eq!(rows[2][2], say(Explain::Failure));
        assert!(board_words(&board).contains("12"));
    }
}
