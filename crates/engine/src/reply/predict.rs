//! What predictions report.

use serde::{Deserialize, Serialize};

/// One coefficient with its uncertainty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    /// The prepared column, or `(intercept)`.
    pub name: String,
    /// The class it belongs to, when there are more than two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
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

/// A prediction by any method: how it was made, how far it can be trusted, and what it goes by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PredictReport {
    /// The method that predicts: `ols`, `forest`, …; for `automl` the one it chose.
    pub method: String,
    /// The column predicted.
    pub target: String,
    /// The classes in the model's order, of two the positive one last; empty for a number.
    pub labels: Vec<String>,
    /// The rows of each class, in the order of `labels`.
    pub class_counts: Vec<u64>,
    /// Rows the model that is kept was learned from: all with a target.
    pub n_rows: u64,
    /// How rows were cut.
    pub split: SplitPicture,
    /// What looks like a leak or a mistake, found before fitting.
    pub findings: Vec<Finding>,
    /// The prepared columns the model sees.
    pub columns: Vec<String>,
    /// Coefficients, the intercept first, of the linear family; empty for other methods.
    pub coefficients: Vec<Coefficient>,
    /// Columns so nearly given by the others that their coefficients are unstable.
    pub collinear: Vec<String>,
    /// Numbers of this method: `r_squared`, `aic`, `l2`, `n_trees`, `out_of_bag`, … in the order to read them.
    pub facts: Vec<Fact>,
    /// How far predictions of held-out rows hold.
    pub held_out: HeldOut,
    /// The same on each fold, when folds were asked for, without curves.
    pub folds: Vec<HeldOut>,
    /// Held-out rows of a number: prediction and residual, at most 1,500.
    pub residuals: Vec<(f64, f64)>,
    /// How much worse held-out predictions become when a column is shuffled, largest first; empty unless asked for.
    pub importance: Vec<Importance>,
    /// What the prediction does along the most important columns; empty unless asked for.
    pub effects: Vec<Effect>,
    /// Contributions of columns to single predictions; empty unless asked for.
    pub contributions: Option<Contributions>,
    /// The score on held-out rows by the number of rows learned from; empty unless asked for.
    pub learning_curve: Vec<LearningPoint>,
    /// One report a column that fairness was asked for.
    pub fairness: Vec<FairnessReport>,
    /// Everything `automl` tried, the best first.
    pub leaderboard: Option<Leaderboard>,
    /// How probabilities were calibrated: `platt`, `isotonic`; `None` as the model gives them.
    pub calibrated: Option<String>,
}

/// How rows were cut into those that teach and those that judge.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SplitPicture {
    /// `split`, `folds`, `time` or `groups`.
    pub kind: String,
    /// Rows that teach; of folds, in the first.
    pub n_train: u64,
    /// Rows that judge; of folds, in all of them.
    pub n_test: u64,
    /// The folds; 1 for a single cut.
    pub n_folds: u32,
    /// For a cut by time: first and last of the rows that teach, then of those that judge, in milliseconds since 1970.
    pub times_millis: Option<[f64; 4]>,
}

/// Something found before fitting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// `near-perfect-predictor`, `copy-of-target`, `known-after-cut-off`, `identifier`, `duplicates-across-cuts`, …
    pub code: String,
    /// The column it is about.
    pub column: Option<String>,
    /// Its size: a share or a score from 0 to 1, or a count.
    pub value: f64,
}

/// One number with its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// A stable name.
    pub code: String,
    /// The number.
    pub value: f64,
}

/// How far predictions of held-out rows hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum HeldOut {
    /// Of a number.
    Number(RegressionScore),
    /// Of one of two classes.
    TwoClasses(Box<ClassifierScore>),
    /// Of more classes.
    Classes(Box<ClassesScore>),
}

/// How well more than two classes are told apart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassesScore {
    /// Held-out rows.
    pub n_rows: u64,
    /// The share of rows whose most probable class is theirs.
    pub accuracy: f64,
    /// Its 95 % interval.
    pub accuracy_interval: (f64, f64),
    /// The share the most frequent class of the training rows would get.
    pub baseline_accuracy: f64,
    /// The mean of the classes' recalls.
    pub balanced_accuracy: f64,
    /// The mean of the classes' F1.
    pub macro_f1: f64,
    /// The mean area under the ROC curve over pairs of classes (Hand and Till 2001); none when a class has no row.
    pub auc: Option<f64>,
    /// The mean negative log-likelihood.
    pub log_loss: f64,
    /// The log-loss of always saying the training shares.
    pub baseline_log_loss: f64,
    /// Rows by true class (outer) and most probable class (inner), in the order of the labels.
    pub confusion: Vec<Vec<u64>>,
}

/// How much a column matters to held-out predictions (Breiman 2001; Fisher, Rudin and Dominici 2019).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Importance {
    /// The column, as it was before preparing.
    pub column: String,
    /// The mean growth of the loss over shuffles.
    pub mean: f64,
    /// Its standard deviation over shuffles.
    pub standard_deviation: f64,
}

/// The mean prediction along one column, all other columns as they are (Friedman 2001).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The column, as it was before preparing.
    pub column: String,
    /// The values of a number column; empty for a category.
    pub values: Vec<f64>,
    /// The levels of a category; empty for a number.
    pub levels: Vec<String>,
    /// The mean prediction at each.
    pub means: Vec<f64>,
    /// The predictions of single rows at each (Goldstein et al. 2015), at most 30 rows.
    pub rows: Vec<Vec<f64>>,
}

/// Contributions of columns to predictions, which add up: base + contributions = output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contributions {
    /// `linear`, `tree` or `kernel`.
    pub method: String,
    /// What is summed: `log_odds`, `probability`, `link` or `target`.
    pub scale: String,
    /// The output of a row of which nothing is known.
    pub base: f64,
    /// The columns, as they were before preparing, the largest mean size first.
    pub columns: Vec<ColumnContributions>,
}

/// One column's contributions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnContributions {
    /// The column.
    pub column: String,
    /// The mean size over rows.
    pub mean_size: f64,
    /// One contribution a sampled row.
    pub values: Vec<f64>,
    /// Where the row's value stands among the sampled rows', from 0 to 1; none for missing values and categories.
    pub ranks: Vec<Option<f64>>,
}

/// The held-out score at one number of training rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LearningPoint {
    /// Rows learned from.
    pub n_rows: u64,
    /// The score on these rows, and on held-out ones: AUC, accuracy or R².
    pub train: f64,
    /// See `train`.
    pub test: f64,
    /// The deviation of `test` over folds.
    pub deviation: f64,
}

/// How groups of one column fare.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FairnessReport {
    /// The column.
    pub column: String,
    /// The threshold at which yes is said.
    pub threshold: f64,
    /// The groups large enough to judge.
    pub groups: Vec<GroupRates>,
    /// Groups with too few rows, and their rows.
    pub too_small: Vec<(String, u64)>,
    /// Differences between groups: `demographic_parity`, `demographic_parity_ratio`, `equal_opportunity`, `equalised_odds`.
    pub measures: Vec<FairnessMeasure>,
    /// What this cannot tell, as codes.
    pub limits: Vec<String>,
}

/// Rates within one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupRates {
    /// The group.
    pub group: String,
    /// Its held-out rows.
    pub n_rows: u64,
    /// The share of yes among them.
    pub base_rate: f64,
    /// The share yes is said of.
    pub selection_rate: f64,
    /// The share yes is said of among the true yes; none without any.
    pub true_positive_rate: Option<f64>,
    /// The share yes is said of among the true no; none without any.
    pub false_positive_rate: Option<f64>,
    /// The share of true yes where yes is said; none where it never is.
    pub precision: Option<f64>,
    /// Predicted against observed within the group.
    pub calibration: Vec<CalibrationBin>,
}

/// One difference between groups with its interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FairnessMeasure {
    /// Its name.
    pub code: String,
    /// Its value.
    pub value: f64,
    /// The lower end of its 95 % interval by bootstrap.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// Everything a search tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leaderboard {
    /// What is compared: `auc`, `log_loss`, `rmse`; larger is better unless it is a loss.
    pub metric: String,
    /// The candidates, the best first, the dummy among them.
    pub entries: Vec<LeaderboardEntry>,
    /// Candidates tried.
    pub n_tried: u64,
    /// The search ended because its time was over, not its list.
    pub out_of_time: bool,
}

/// One candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeaderboardEntry {
    /// The method; `baseline` knows no column.
    pub method: String,
    /// Its parameters where they are not the defaults.
    pub parameters: serde_json::Map<String, serde_json::Value>,
    /// The mean over folds; none when it failed.
    pub mean: Option<f64>,
    /// The deviation over folds.
    pub deviation: Option<f64>,
    /// Rows it was tried on in the last round it reached.
    pub n_rows: u64,
    /// Why it could not be fitted, as a code.
    pub failure: Option<String>,
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
