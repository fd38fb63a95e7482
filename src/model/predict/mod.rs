//! What predictions say: how good they are on unseen rows, what each column goes with, where to draw the line.

mod classes;
mod coefficients;
mod numbers;

pub use classes::{
    Costs, calibration_figure, cheapest, classifier_words, cost_figure, lift_figure, precision_recall_figure,
    roc_figure,
};
pub use coefficients::{
    coefficient_figure, coefficient_rows, coefficient_words, collinear, odds_figure, readable_coefficients,
    telling_coefficients,
};
pub use numbers::{regression_words, residual_figure};

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
