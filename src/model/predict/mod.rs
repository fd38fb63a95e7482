//! What predictions say: how good they are on unseen rows, what they go by, where to draw the line, how groups fare.

mod board;
mod card;
mod classes;
mod coefficients;
mod fairness;
mod numbers;
mod one;
mod quality;
mod reasons;
mod several;

use std::collections::BTreeMap;

pub use board::{board_table, board_words};
pub use card::{card_rows, card_text};
pub use classes::{Costs, cheapest, cost_figure};
pub use coefficients::{
    coefficient_rows, coefficient_words, collinear, readable_coefficients, telling_coefficients,
};
pub use fairness::{fairness_figure, fairness_measures, limit_words, too_small_words};
pub use one::{
    Step, alternative_words, explained_words, is_by_log_odds, reason_words, scale_words, steps_of,
    surrogate_table,
};
pub use quality::{Drawn, Tile, findings_words, fold_table, quality_figures, tiles, verdict_words};
pub use reasons::{driver_figures, fact_table};
pub use several::{Heat, confusion_heat};

/// Names of fields by their keys.
pub type Labels = BTreeMap<String, String>;

/// How a prediction compares with knowing nothing about the single row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Suspiciously good: some column gives the answer away.
    TooGood,
    /// Better, its interval apart from the baseline.
    Better,
    /// The interval holds the baseline.
    Unclear,
    /// Worse than the baseline.
    Worse,
}

#[cfg(test)]
pub(crate) mod tests {
    use stillroom_engine::reply::{HeldOut, PredictReport, RegressionScore, SplitPicture};

    pub(crate) fn number_report() -> PredictReport {
        PredictReport {
            method: "ols".to_owned(),
            target: "spend".to_owned(),
            labels: Vec::new(),
            class_counts: Vec::new(),
            n_rows: 400,
            split: SplitPicture::default(),
            findings: Vec::new(),
            columns: Vec::new(),
            coefficients: Vec::new(),
            collinear: Vec::new(),
            facts: Vec::new(),
            held_out: HeldOut::Number(RegressionScore {
                n_rows: 100,
                rmse: 5.0,
                rmse_interval: (4.0, 6.0),
                mae: 4.0,
                r_squared: Some(0.7),
                baseline_rmse: 10.0,
            }),
            folds: Vec::new(),
            residuals: Vec::new(),
            importance: Vec::new(),
            effects: Vec::new(),
            contributions: None,
            learning_curve: Vec::new(),
            fairness: Vec::new(),
            leaderboard: None,
            calibrated: None,
        }
    }
}
