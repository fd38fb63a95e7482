//! Logistic regression in words and pictures: telling apart, probabilities, thresholds.

use stillroom_engine::reply::{ClassifierScore, ThresholdCounts};

use super::Verdict;
use crate::model::chart::{Axis, ChartSpec, ChartTable, Figure, Format, Guide, Mark, Series};
use crate::text::predict::Predict;
use crate::text::{fill, format, say};

/// An area under the curve on unseen rows above which a column must be giving the answer away.
const TOO_GOOD: f64 = 0.99;

/// How good the model tells the classes apart, in a sentence about rows it has not seen.
pub fn classifier_words(score: &ClassifierScore, positive: &str) -> (Verdict, String) {
    let (low, high) = score.auc_interval;
    let verdict = if score.auc > TOO_GOOD {
        Verdict::TooGood
    } else if low > 0.5 {
        Verdict::Better
    } else if high < 0.5 {
        Verdict::Worse
    } else {
        Verdict::Unclear
    };
    let text = match verdict {
        Verdict::TooGood => Predict::ClassesTooGood,
        Verdict::Better => Predict::ClassesBetter,
        Verdict::Unclear => Predict::ClassesUnclear,
        Verdict::Worse => Predict::ClassesWorse,
    };
    let values = [
        ("positive", positive.to_owned()),
        ("auc", format::percent(score.auc, 0)),
        ("low", format::percent(low, 0)),
        ("high", format::percent(high, 0)),
    ];
    (verdict, fill(text, &values))
}

fn shares(name: Predict) -> Axis {
    Axis::of(say(name), Format::Percent).between(0.0, 1.0)
}

fn pairs(points: &[(f64, f64)]) -> Vec<Vec<f64>> {
    points.iter().map(|(x, y)| vec![*x, *y]).collect()
}

fn share_table(columns: [Predict; 2], points: &[(f64, f64)]) -> ChartTable {
    ChartTable {
        columns: columns.map(|name| (say(name).to_owned(), true)).to_vec(),
        rows: points.iter().map(|(x, y)| vec![format::percent(*x, 1), format::percent(*y, 1)]).collect(),
    }
}

/// How many yes are caught for how many false alarms.
pub fn roc_figure(score: &ClassifierScore) -> Figure {
    let values = [
        ("auc", format::fixed(score.auc, 3)),
        ("low", format::fixed(score.auc_interval.0, 3)),
        ("high", format::fixed(score.auc_interval.1, 3)),
    ];
    Figure {
        title: say(Predict::RocTitle).to_owned(),
        summary: fill(Predict::RocSummary, &values),
        spec: ChartSpec {
            x: shares(Predict::FalseAlarmRate),
            y: shares(Predict::CaughtRate),
            series: vec![
                Series::new(say(Predict::ThisModel), Mark::Line, 0, pairs(&score.roc)),
                Series::reference(say(Predict::Guessing), vec![vec![0.0, 0.0], vec![1.0, 1.0]]),
            ],
            lines: Vec::new(),
            legend: true,
        },
        table: share_table([Predict::FalseAlarmRate, Predict::CaughtRate], &score.roc),
    }
}

/// How many of those called yes are yes, for how many yes are caught.
pub fn precision_recall_figure(score: &ClassifierScore) -> Figure {
    let base = score.base_rate;
    let values = [("average", format::fixed(score.average_precision, 3)), ("base", format::percent(base, 0))];
    Figure {
        title: say(Predict::PrecisionRecallTitle).to_owned(),
        summary: fill(Predict::PrecisionRecallSummary, &values),
        spec: ChartSpec {
            x: shares(Predict::CaughtRate),
            y: shares(Predict::Precision),
            series: vec![
                Series::new(say(Predict::ThisModel), Mark::Line, 0, pairs(&score.precision_recall)),
                Series::reference(say(Predict::Guessing), vec![vec![0.0, base], vec![1.0, base]]),
            ],
            lines: Vec::new(),
            legend: true,
        },
        table: share_table([Predict::CaughtRate, Predict::Precision], &score.precision_recall),
    }
}

/// Whether probabilities come true.
pub fn calibration_figure(score: &ClassifierScore) -> Figure {
    let n_true =
        score.calibration.iter().filter(|bin| bin.low <= bin.predicted && bin.predicted <= bin.high).count();
    let points =
        score.calibration.iter().map(|bin| vec![bin.predicted, bin.observed, bin.low, bin.high]).collect();
    let row = |bin: &stillroom_engine::reply::CalibrationBin| {
        vec![
            format::percent(bin.predicted, 1),
            format::percent(bin.observed, 1),
            format::percent(bin.low, 1),
            format::percent(bin.high, 1),
            format::integer(bin.count),
        ]
    };
    let values = [
        ("true", format::integer(n_true as u64)),
        ("all", format::integer(score.calibration.len() as u64)),
        ("brier", format::fixed(score.brier, 3)),
        ("baseline", format::fixed(score.baseline_brier, 3)),
    ];
    let names = [Predict::PredictedShare, Predict::ObservedShare, Predict::Low, Predict::High, Predict::Rows];
    Figure {
        title: say(Predict::CalibrationTitle).to_owned(),
        summary: fill(Predict::CalibrationSummary, &values),
        spec: ChartSpec {
            x: shares(Predict::PredictedShare),
            y: shares(Predict::ObservedShare),
            series: vec![
                Series::new(say(Predict::ThisModel), Mark::Interval, 0, points),
                Series::reference(say(Predict::Perfect), vec![vec![0.0, 0.0], vec![1.0, 1.0]]),
            ],
            lines: Vec::new(),
            legend: true,
        },
        table: ChartTable {
            columns: names.map(|name| (say(name).to_owned(), true)).to_vec(),
            rows: score.calibration.iter().map(row).collect(),
        },
    }
}

/// How much denser yes is among those with the highest probabilities.
pub fn lift_figure(score: &ClassifierScore) -> Figure {
    let tenths: Vec<String> = (1..=score.deciles.len()).map(|at| at.to_string()).collect();
    let points = score.deciles.iter().enumerate().map(|(at, decile)| vec![at as f64, decile.lift]).collect();
    let first = score.deciles.first();
    let values = [
        ("lift", first.map_or_else(|| "—".to_owned(), |decile| format::fixed(decile.lift, 1))),
        ("gain", first.map_or_else(|| "—".to_owned(), |decile| format::percent(decile.cumulative_gain, 0))),
    ];
    let row = |(at, decile): (usize, &stillroom_engine::reply::Decile)| {
        vec![
            (at + 1).to_string(),
            format::number(decile.count, 1),
            format::percent(decile.rate, 1),
            format::fixed(decile.lift, 2),
            format::percent(decile.cumulative_gain, 1),
        ]
    };
    let names = [Predict::Tenth, Predict::Rows, Predict::YesShare, Predict::Lift, Predict::Gain];
    Figure {
        title: say(Predict::LiftTitle).to_owned(),
        summary: fill(Predict::LiftSummary, &values),
        spec: ChartSpec {
            x: Axis::of_names(say(Predict::Tenth), tenths),
            y: Axis { min: Some(0.0), ..Axis::of(say(Predict::Lift), Format::Number) },
            series: vec![Series::new(say(Predict::Lift), Mark::Bar, 0, points)],
            lines: vec![Guide::level(say(Predict::Guessing), 1.0)],
            legend: false,
        },
        table: ChartTable {
            columns: names.map(|name| (say(name).to_owned(), true)).to_vec(),
            rows: score.deciles.iter().enumerate().map(row).collect(),
        },
    }
}

/// What mistakes cost, in any one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Costs {
    /// A no taken for a yes.
    pub false_alarm: f64,
    /// A yes taken for a no.
    pub miss: f64,
}

impl Costs {
    /// What the mistakes at one threshold cost.
    pub fn of(self, counts: &ThresholdCounts) -> f64 {
        self.false_alarm * counts.false_positives as f64 + self.miss * counts.false_negatives as f64
    }
}

/// The threshold whose mistakes cost least; the lowest of equals.
pub fn cheapest(thresholds: &[ThresholdCounts], costs: Costs) -> Option<ThresholdCounts> {
    thresholds.iter().copied().min_by(|left, right| costs.of(left).total_cmp(&costs.of(right)))
}

/// What mistakes cost at each threshold.
pub fn cost_figure(thresholds: &[ThresholdCounts], costs: Costs, chosen: f64) -> Figure {
    let points = thresholds.iter().map(|counts| vec![counts.threshold, costs.of(counts)]).collect();
    let best = cheapest(thresholds, costs);
    let values = [
        ("best", best.map_or_else(|| "—".to_owned(), |counts| format::percent(counts.threshold, 0))),
        ("cost", best.map_or_else(|| "—".to_owned(), |counts| format::number(costs.of(&counts), 0))),
    ];
    let row = |counts: &ThresholdCounts| {
        vec![
            format::percent(counts.threshold, 0),
            format::integer(counts.true_positives),
            format::integer(counts.false_positives),
            format::integer(counts.false_negatives),
            format::integer(counts.true_negatives),
            format::number(costs.of(counts), 0),
        ]
    };
    let names = [
        Predict::Threshold,
        Predict::Caught,
        Predict::FalseAlarms,
        Predict::Missed,
        Predict::LeftAlone,
        Predict::Cost,
    ];
    Figure {
        title: say(Predict::CostTitle).to_owned(),
        summary: fill(Predict::CostSummary, &values),
        spec: ChartSpec {
            x: shares(Predict::Threshold),
            y: Axis { min: Some(0.0), ..Axis::of(say(Predict::Cost), Format::Number) },
            series: vec![Series::new(say(Predict::Cost), Mark::Line, 0, points)],
            lines: vec![Guide::upright(say(Predict::Chosen), chosen)],
            legend: false,
        },
        table: ChartTable {
            columns: names.map(|name| (say(name).to_owned(), true)).to_vec(),
            rows: thresholds.iter().map(row).collect(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(threshold: f64, false_positives: u64, false_negatives: u64) -> ThresholdCounts {
        ThresholdCounts { threshold, true_positives: 5, false_positives, true_negatives: 5, false_negatives }
    }

    #[test]
    fn dear_misses_pull_the_threshold_down() {
        let thresholds = [counts(0.2, 40, 2), counts(0.5, 20, 10), counts(0.8, 2, 30)];
        for (costs, expected) in [
            (Costs { false_alarm: 1.0, miss: 10.0 }, 0.2),
            (Costs { false_alarm: 1.0, miss: 1.0 }, 0.5),
            (Costs { false_alarm: 10.0, miss: 1.0 }, 0.8),
        ] {
            assert_eq!(cheapest(&thresholds, costs).map(|best| best.threshold), Some(expected));
        }
        assert_eq!(cheapest(&[], Costs { false_alarm: 1.0, miss: 1.0 }), None);
    }

    #[test]
    fn the_verdict_needs_an_interval_above_guessing() {
        for (auc, interval, expected) in [
            (0.84, (0.81, 0.87), Verdict::Better),
            (0.53, (0.47, 0.59), Verdict::Unclear),
            (0.4, (0.35, 0.45), Verdict::Worse),
            (0.999, (0.99, 1.0), Verdict::TooGood),
        ] {
            let score = ClassifierScore { auc, auc_interval: interval, ..ClassifierScore::default() };
            assert_eq!(classifier_words(&score, "Yes").0, expected);
        }
    }

    #[test]
    fn curves_stand_beside_guessing() {
        let score = ClassifierScore {
            base_rate: 0.27,
            roc: vec![(0.0, 0.0), (0.2, 0.8), (1.0, 1.0)],
            precision_recall: vec![(0.0, 1.0), (1.0, 0.27)],
            ..ClassifierScore::default()
        };
        assert_eq!(roc_figure(&score).spec.series[1].points, [[0.0, 0.0], [1.0, 1.0]]);
        assert_eq!(precision_recall_figure(&score).spec.series[1].points, [[0.0, 0.27], [1.0, 0.27]]);
    }

    #[test]
    fn the_cost_curve_marks_the_chosen_threshold() {
        let thresholds = [counts(0.2, 40, 2), counts(0.5, 20, 10)];
        let figure = cost_figure(&thresholds, Costs { false_alarm: 1.0, miss: 5.0 }, 0.5);
        assert_eq!(figure.spec.lines[0].x, Some(0.5));
        assert_eq!(figure.spec.series[0].points[0], [0.2, 50.0]);
    }
}
