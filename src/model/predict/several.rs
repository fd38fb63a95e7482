//! More than two classes in words, and as a table coloured by shares.

use stillroom_engine::reply::ClassesScore;

use super::Verdict;
use crate::text::analysis::level_words;
use crate::text::predict::Predict;
use crate::text::{fill, format, say};

/// A share of right classes on unseen rows above which a column must be giving the answer away.
const TOO_GOOD: f64 = 0.995;
/// The shades a cell can have beside none.
const N_SHADES: f64 = 5.0;

/// How good the classes are told apart, in a sentence about rows the model has not seen.
pub(super) fn several_words(score: &ClassesScore) -> (Verdict, String) {
    let (low, high) = score.accuracy_interval;
    let baseline = score.baseline_accuracy;
    let (verdict, text) = match score.accuracy {
        accuracy if accuracy > TOO_GOOD && baseline < TOO_GOOD => (Verdict::TooGood, Predict::SeveralTooGood),
        _ if low > baseline => (Verdict::Better, Predict::SeveralBetter),
        _ if high < baseline => (Verdict::Worse, Predict::SeveralWorse),
        _ => (Verdict::Unclear, Predict::SeveralUnclear),
    };
    let percent = |share: f64| format::percent(share, 1);
    let values = [
        ("accuracy", percent(score.accuracy)),
        ("low", percent(low)),
        ("high", percent(high)),
        ("baseline", percent(baseline)),
    ];
    (verdict, fill(text, &values))
}

/// A table of counts whose cells are shaded by their share of the row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heat {
    /// The heading of the rows' names, then of each column.
    pub columns: Vec<String>,
    /// Each row's name and its cells: the words and a shade from 0 to 5.
    pub rows: Vec<(String, Vec<(String, u8)>)>,
}

impl Heat {
    /// Shades counts by their share of the row; `columns` begins with the heading of the rows' names.
    pub fn of(columns: Vec<String>, names: &[String], counts: &[Vec<u64>]) -> Self {
        let row = |(at, counts): (usize, &Vec<u64>)| {
            let total = counts.iter().sum::<u64>().max(1) as f64;
            let cell = |count: &u64| {
                let share = *count as f64 / total;
                let words = format!("{} · {}", format::integer(*count), format::percent(share, 0));
                (words, (share * N_SHADES).ceil() as u8)
            };
            (names.get(at).cloned().unwrap_or_default(), counts.iter().map(cell).collect())
        };
        Self { columns, rows: counts.iter().enumerate().map(row).collect() }
    }
}

/// Truth against prediction.
pub fn confusion_heat(score: &ClassesScore, labels: &[String]) -> Heat {
    let names: Vec<String> = labels.iter().map(|label| level_words(label)).collect();
    let called = names.iter().map(|label| fill(Predict::CalledClass, &[("label", label.clone())]));
    let columns = std::iter::once(say(Predict::TrueClass).to_owned()).chain(called).collect();
    Heat::of(columns, &names, &score.confusion)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_compares_with_the_most_frequent_class() {
        for (accuracy, interval, expected) in [
            (0.8, (0.75, 0.85), Verdict::Better),
            (0.5, (0.45, 0.55), Verdict::Unclear),
            (0.3, (0.25, 0.35), Verdict::Worse),
            (0.999, (0.99, 1.0), Verdict::TooGood),
        ] {
            let score = ClassesScore {
                accuracy,
                accuracy_interval: interval,
                baseline_accuracy: 0.5,
                ..ClassesScore::default()
            };
            assert_eq!(several_words(&score).0, expected);
        }
    }

    #[test]
    fn cells_are_shaded_by_their_share_of_the_row() {
        let score = ClassesScore { confusion: vec![vec![9, 1], vec![0, 0]], ..ClassesScore::default() };
        let heat = confusion_heat(&score, &["a".to_owned(), "b".to_owned()]);
        let shades: Vec<u8> =
            heat.rows.iter().flat_map(|(_, cells)| cells.iter().map(|cell| cell.1)).collect();
        assert_eq!(shades, [5, 1, 0, 0]);
        assert_eq!(heat.columns.len(), 3);
    }
}
