//! What is checked beside the scores: leaks before fitting, groups after it, and what more rows would bring.

use stillroom_analytics::{
    ColumnData,
    fairness::{self, FairnessParams, Judged as Rows, fairness},
    judge::{
        Metric, Target, ValidateParams, Validation as Judged,
        leakage::{Leak, LeakageParams, leakage},
        learning_curve,
    },
    metrics::Interval,
    table::MISSING_CATEGORY,
};

use crate::{
    compute::{Task, written::word},
    failure::failure,
    protocol::Failure,
    reply::{CalibrationBin, FairnessMeasure, FairnessReport, Finding, GroupRates, LearningPoint},
};

/// Shares of the training rows a learning curve is drawn at.
const SHARES: [f64; 5] = [0.1, 0.2, 0.4, 0.7, 1.0];

/// What looks like a leak or a mistake.
pub(super) fn findings(task: &mut Task<'_, '_>, params: &ValidateParams) -> Result<Vec<Finding>, Failure> {
    let leaks = leakage(&task.table, params, None, &[], &LeakageParams::default(), task.watch)?;
    let finding = |leak: Leak| Finding {
        code: word(&leak.code).replace('_', "-"),
        column: leak.column,
        value: leak.value,
    };
    Ok(leaks.into_iter().map(finding).collect())
}

/// The held-out score by the number of rows learned from, when asked.
pub(super) fn curve(
    task: &mut Task<'_, '_>,
    params: &ValidateParams,
    judged: &Judged,
) -> Result<Vec<LearningPoint>, Failure> {
    if !task.recipe.explain.learning_curve {
        return Ok(Vec::new());
    }
    let metric = match judged.labels.len() {
        0 => Metric::RSquared,
        2 => Metric::Auc,
        _ => Metric::Accuracy,
    };
    let points = learning_curve(&task.table, params, &SHARES, metric, task.watch)?;
    let point = |point: stillroom_analytics::judge::LearningPoint| LearningPoint {
        n_rows: point.n_rows as u64,
        train: point.training,
        test: point.held_out,
        deviation: point.deviation,
    };
    Ok(points.into_iter().map(point).collect())
}

/// How the groups of each column the recipe names fare on held-out rows.
pub(super) fn fair(
    task: &mut Task<'_, '_>,
    judged: &Judged,
    target: &Target,
) -> Result<Vec<FairnessReport>, Failure> {
    if task.recipe.fairness.is_empty() {
        return Ok(Vec::new());
    }
    if target.labels().len() != 2 {
        return Err(failure(
            "fairness-classes",
            "fairness compares groups for a target of two classes: choose one",
        ));
    }
    let truth: Vec<bool> = judged.actual.iter().map(|&value| value == 1.0).collect();
    let params = FairnessParams { seed: task.recipe.seed, ..FairnessParams::default() };
    let names = task.recipe.fairness.clone();
    let mut reports = Vec::with_capacity(names.len());
    for name in names {
        let (groups, labels) = groups_of(task, &name, &judged.held_out)?;
        let rows =
            Rows { truth: &truth, probabilities: &judged.predictions, groups: &groups, labels: &labels };
        let found = fairness(&rows, &params, task.watch)?;
        let count = |label: &String| {
            let is_of = |group: &&Option<u32>| group.is_some_and(|group| labels[group as usize] == *label);
            groups.iter().filter(is_of).count() as u64
        };
        let too_small = found.small_groups.iter().map(|label| (label.clone(), count(label))).collect();
        reports.push(report(name, params.threshold, found, too_small));
    }
    Ok(reports)
}

/// Each held-out row's group: a position among the labels.
fn groups_of(
    task: &Task<'_, '_>,
    name: &str,
    rows: &[usize],
) -> Result<(Vec<Option<u32>>, Vec<String>), Failure> {
    let column = task.table.column(name)?;
    match &column.data {
        ColumnData::Category { codes, levels } => {
            let group = |&row: &usize| Some(codes[row]).filter(|&code| code != MISSING_CATEGORY);
            Ok((rows.iter().map(group).collect(), levels.clone()))
        }
        ColumnData::Boolean(values) => {
            let groups = rows.iter().map(|&row| values[row].map(u32::from)).collect();
            Ok((groups, ["no", "yes"].map(str::to_owned).to_vec()))
        }
        other => {
            let found = other.type_name();
            let error = stillroom_analytics::Error::WrongType {
                column: name.to_owned(),
                expected: "category",
                found,
            };
            Err(error.into())
        }
    }
}

fn report(
    column: String,
    threshold: f64,
    found: fairness::FairnessReport,
    too_small: Vec<(String, u64)>,
) -> FairnessReport {
    let measures = [
        ("demographic_parity", found.demographic_parity_difference),
        ("demographic_parity_ratio", found.demographic_parity_ratio),
        ("equal_opportunity", found.equal_opportunity_difference),
        ("equalised_odds", found.equalized_odds_difference),
        ("predictive_parity", found.predictive_parity_difference),
    ];
    let measure = |(code, interval): (&str, Option<Interval>)| {
        interval.map(|Interval { value, low, high }| FairnessMeasure {
            code: code.to_owned(),
            value,
            low,
            high,
        })
    };
    FairnessReport {
        column,
        threshold,
        groups: found.groups.into_iter().map(rates).collect(),
        too_small,
        measures: measures.into_iter().filter_map(measure).collect(),
        limits: found.limits.iter().map(word).collect(),
    }
}

fn rates(group: fairness::Group) -> GroupRates {
    let value = |interval: Option<Interval>| interval.map(|interval| interval.value);
    let bin = |bin: fairness::GroupBin| CalibrationBin {
        count: bin.n_rows,
        predicted: bin.predicted,
        observed: bin.observed,
        low: bin.low,
        high: bin.high,
    };
    GroupRates {
        n_rows: group.n_rows,
        base_rate: group.n_positive as f64 / group.n_rows.max(1) as f64,
        selection_rate: group.n_selected as f64 / group.n_rows.max(1) as f64,
        true_positive_rate: value(group.true_positive_rate),
        false_positive_rate: value(group.false_positive_rate),
        precision: value(group.precision),
        calibration: group.bins.into_iter().map(bin).collect(),
        group: group.label,
    }
}
