//! What regressions report.

use serde::{Deserialize, Serialize};

/// One coefficient with its uncertainty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    /// The prepared column, or `(intercept)`.
    pub name: String,
    /// The estimate; for logistic regression on the log-odds scale.
    pub estimate: f64,
    /// Its standard error; none under a penalty, which leaves no honest one.
    pub standard_error: Option<f64>,
    /// The estimate over its standard error: t for linear, z for logistic regression.
    pub statistic: Option<f64>,
    /// The two-sided p-value.
    pub p_value: Option<f64>,
    /// The lower end of the 95 % interval.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
    /// The variance inflation factor; none for the intercept.
    pub inflation: Option<f64>,
}

/// Linear regression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OlsReport {
    /// The column predicted.
    pub target: String,
    /// Rows the reported coefficients were learned from: all with a target.
    pub n_rows: u64,
    /// The coefficients, the intercept first.
    pub coefficients: Vec<Coefficient>,
    /// The share of variance explained, on the rows learned from; none for a constant target.
    pub r_squared: Option<f64>,
    /// The same, corrected for the number of columns.
    pub adjusted_r_squared: Option<f64>,
    /// The residual standard error.
    pub residual_standard_error: f64,
    /// Its degrees of freedom.
    pub degrees_of_freedom: u64,
    /// The F statistic of all columns together, and its p-value.
    pub f_statistic: Option<(f64, f64)>,
    /// The condition number of the standardized columns.
    pub condition_number: f64,
    /// Columns so nearly given by the others that their coefficients are unstable.
    pub collinear: Vec<String>,
    /// How far predictions of held-out rows are off.
    pub held_out: RegressionScore,
    /// The same on each fold, when folds were asked for.
    pub folds: Vec<RegressionScore>,
    /// Held-out rows: prediction and residual, at most 1,500.
    pub residuals: Vec<(f64, f64)>,
}

/// Errors of predictions on rows the model has not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegressionScore {
    /// Held-out rows.
    pub n_rows: u64,
    /// The root mean squared error.
    pub rmse: f64,
    /// Its 95 % interval by bootstrap.
    pub rmse_interval: (f64, f64),
    /// The mean absolute error.
    pub mae: f64,
    /// The share of variance explained, against the held-out mean; none for a constant target.
    pub r_squared: Option<f64>,
    /// The root mean squared error of always predicting the training mean.
    pub baseline_rmse: f64,
}

/// Logistic regression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogisticReport {
    /// The column predicted.
    pub target: String,
    /// The label counted as yes.
    pub positive: String,
    /// Rows the reported coefficients were learned from: all with a target.
    pub n_rows: u64,
    /// The share of yes among them.
    pub base_rate: f64,
    /// The coefficients, the intercept first.
    pub coefficients: Vec<Coefficient>,
    /// The L2 penalty used.
    pub l2: f64,
    /// The log-likelihood reached.
    pub log_likelihood: f64,
    /// The log-likelihood of the base rate alone.
    pub null_log_likelihood: f64,
    /// McFadden's pseudo R².
    pub pseudo_r_squared: f64,
    /// Akaike's information criterion; none under a penalty.
    pub aic: Option<f64>,
    /// Newton steps taken.
    pub iterations: u32,
    /// How well held-out rows are told apart.
    pub held_out: ClassifierScore,
    /// The same on each fold, when folds were asked for, without curves.
    pub folds: Vec<ClassifierScore>,
}

/// How well probabilities of held-out rows hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassifierScore {
    /// Held-out rows.
    pub n_rows: u64,
    /// The share of yes among them.
    pub base_rate: f64,
    /// The area under the ROC curve; ½ is guessing.
    pub auc: f64,
    /// Its 95 % interval by bootstrap.
    pub auc_interval: (f64, f64),
    /// The average precision; the base rate is guessing.
    pub average_precision: f64,
    /// The mean squared error of the probabilities.
    pub brier: f64,
    /// The Brier score of always saying the training base rate.
    pub baseline_brier: f64,
    /// The mean negative log-likelihood.
    pub log_loss: f64,
    /// The log-loss of always saying the training base rate.
    pub baseline_log_loss: f64,
    /// The ROC curve: false-positive and true-positive rate, at most 500 points.
    pub roc: Vec<(f64, f64)>,
    /// The precision–recall curve: recall and precision, at most 500 points.
    pub precision_recall: Vec<(f64, f64)>,
    /// Predicted against observed, in bins of equal count.
    pub calibration: Vec<CalibrationBin>,
    /// From the tenth with the highest probabilities to the lowest.
    pub deciles: Vec<Decile>,
    /// Confusion counts at thresholds from 0 to 1, in steps of 0.01.
    pub thresholds: Vec<ThresholdCounts>,
}

/// Predicted against observed in one bin.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// Rows in the bin.
    pub count: u64,
    /// The mean probability predicted.
    pub predicted: f64,
    /// The share of yes observed.
    pub observed: f64,
    /// The lower end of its 95 % interval (Wilson 1927).
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// One tenth of the rows, by probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Decile {
    /// Rows in it; a fraction where a tie is shared between tenths.
    pub count: f64,
    /// The share of yes in it.
    pub rate: f64,
    /// That share over the base rate.
    pub lift: f64,
    /// The share of all yes caught down to it.
    pub cumulative_gain: f64,
}

/// Confusion counts at one threshold: yes is predicted at or above it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ThresholdCounts {
    /// The threshold.
    pub threshold: f64,
    /// Yes, predicted yes.
    pub true_positives: u64,
    /// No, predicted yes.
    pub false_positives: u64,
    /// No, predicted no.
    pub true_negatives: u64,
    /// Yes, predicted no.
    pub false_negatives: u64,
}
