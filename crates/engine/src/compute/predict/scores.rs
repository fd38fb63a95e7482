//! Scores as the reply reports them.

use stillroom_analytics::{
    judge::{ClassesScores, ClassificationScores, RegressionScores, Scores, Validation as Judged},
    metrics::{self, confusion},
};

use crate::{
    protocol::Failure,
    reply::{
        CalibrationBin, ClassesScore, ClassifierScore, Decile, HeldOut, RegressionScore, ThresholdCounts,
    },
};

/// Steps between thresholds 0 and 1.
const THRESHOLD_STEPS: u32 = 100;

/// The scores of all held-out rows, with what can be seen at each threshold.
pub(super) fn held_out(judged: &Judged) -> Result<HeldOut, Failure> {
    let mut held_out = score(&judged.scores);
    if let HeldOut::TwoClasses(score) = &mut held_out {
        let labels: Vec<bool> = judged.actual.iter().map(|&value| value == 1.0).collect();
        score.thresholds = thresholds(&labels, &judged.predictions)?;
    }
    Ok(held_out)
}

/// A fold's scores without its curves.
pub(super) fn fold(scores: &Scores) -> HeldOut {
    match score(scores) {
        HeldOut::TwoClasses(score) => {
            let empty = ClassifierScore::default();
            HeldOut::TwoClasses(Box::new(ClassifierScore {
                roc: empty.roc,
                precision_recall: empty.precision_recall,
                calibration: empty.calibration,
                deciles: empty.deciles,
                ..*score
            }))
        }
        other => other,
    }
}

fn score(scores: &Scores) -> HeldOut {
    match scores {
        Scores::Regression(scores) => HeldOut::Number(regression_score(scores)),
        Scores::Classification(scores) => HeldOut::TwoClasses(Box::new(classifier_score(scores))),
        Scores::Classes(scores) => HeldOut::Classes(Box::new(classes_score(scores))),
    }
}

fn classes_score(scores: &ClassesScores) -> ClassesScore {
    let metrics = &scores.metrics;
    let accuracy = metrics.accuracy;
    let interval = scores.intervals.accuracy.as_ref();
    let counts = metrics.confusion.counts.chunks_exact(metrics.confusion.n_classes.max(1));
    ClassesScore {
        n_rows: metrics.n_rows as u64,
        accuracy,
        accuracy_interval: interval.map_or((accuracy, accuracy), |interval| (interval.low, interval.high)),
        baseline_accuracy: scores.baseline_accuracy,
        balanced_accuracy: metrics.balanced_accuracy,
        macro_f1: metrics.macro_f1,
        auc: metrics.pairwise_auc,
        log_loss: metrics.log_loss,
        baseline_log_loss: scores.baseline_log_loss,
        confusion: counts.map(<[u64]>::to_vec).collect(),
    }
}

fn regression_score(scores: &RegressionScores) -> RegressionScore {
    let RegressionScores { metrics, rmse_interval, baseline, .. } = scores;
    RegressionScore {
        n_rows: metrics.n_rows as u64,
        rmse: metrics.rmse,
        rmse_interval: (rmse_interval.low, rmse_interval.high),
        mae: metrics.mae,
        r_squared: metrics.r_squared,
        baseline_rmse: baseline.rmse,
    }
}

fn classifier_score(scores: &ClassificationScores) -> ClassifierScore {
    let ClassificationScores { metrics, auc_interval, baseline_log_loss, baseline_brier, .. } = scores;
    ClassifierScore {
        n_rows: metrics.n_rows as u64,
        base_rate: metrics.base_rate,
        auc: metrics.auc,
        auc_interval: (auc_interval.low, auc_interval.high),
        average_precision: metrics.average_precision,
        brier: metrics.brier,
        baseline_brier: *baseline_brier,
        log_loss: metrics.log_loss,
        baseline_log_loss: *baseline_log_loss,
        roc: metrics.roc.iter().map(|point| (point.false_positive_rate, point.true_positive_rate)).collect(),
        precision_recall: metrics
            .precision_recall
            .iter()
            .map(|point| (point.recall, point.precision))
            .collect(),
        calibration: metrics.calibration.iter().map(calibration_bin).collect(),
        deciles: metrics.deciles.iter().map(decile).collect(),
        thresholds: Vec::new(),
    }
}

fn calibration_bin(bin: &metrics::CalibrationBin) -> CalibrationBin {
    CalibrationBin {
        count: bin.n_rows,
        predicted: bin.predicted,
        observed: bin.observed,
        low: bin.low,
        high: bin.high,
    }
}

fn decile(decile: &metrics::Decile) -> Decile {
    Decile {
        count: decile.n_rows,
        rate: decile.rate,
        lift: decile.lift,
        cumulative_gain: decile.cumulative_gain,
    }
}

fn thresholds(labels: &[bool], probabilities: &[f64]) -> Result<Vec<ThresholdCounts>, Failure> {
    let steps = (0..=THRESHOLD_STEPS).map(|step| f64::from(step) / f64::from(THRESHOLD_STEPS));
    let counts = steps.map(|threshold| {
        let counts = confusion(labels, probabilities, threshold)?;
        Ok(ThresholdCounts {
            threshold,
            true_positives: counts.true_positives,
            false_positives: counts.false_positives,
            true_negatives: counts.true_negatives,
            false_negatives: counts.false_negatives,
        })
    });
    counts.collect()
}
