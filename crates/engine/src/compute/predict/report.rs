//! The report of one prediction.

use stillroom_analytics::{
    ColumnData,
    judge::{Split, Target, TargetValues, ValidateParams, Validation as Judged},
    predict::ModelParams,
};

use super::{checks, insight::Judgement, scores, terms::terms};
use crate::{
    compute::Task,
    protocol::Failure,
    recipe::Calibration,
    reply::{Coefficient, Leaderboard, PredictReport, SplitPicture},
};

/// Residuals drawn.
const RESIDUALS: usize = 1500;

/// What was learned, and how far it holds.
pub(super) fn report(
    task: &mut Task<'_, '_>,
    params: &ValidateParams,
    judged: &Judged,
    target: &Target,
    leaderboard: Option<Leaderboard>,
) -> Result<PredictReport, Failure> {
    let findings = checks::findings(task, params)?;
    let learning_curve = checks::curve(task, params, judged)?;
    let fairness = checks::fair(task, judged, target)?;
    let judgement = Judgement { table: &task.table, target, params, judged };
    let insight = judgement.insight(task.recipe.explain, task.watch)?;
    let mut terms = terms(&judged.pipeline.model);
    name_classes(&mut terms.coefficients, target.labels());
    Ok(PredictReport {
        method: method_name(&params.model),
        target: params.target.clone(),
        labels: target.labels().to_vec(),
        class_counts: class_counts(target),
        n_rows: judged.n_rows as u64,
        split: picture(task, params, judged, target),
        findings,
        columns: judged.pipeline.columns.clone(),
        coefficients: terms.coefficients,
        collinear: terms.collinear,
        facts: terms.facts,
        held_out: scores::held_out(judged)?,
        folds: judged.folds.iter().map(scores::fold).collect(),
        residuals: residuals(judged, target),
        importance: insight.importance,
        effects: insight.effects,
        contributions: insight.contributions,
        learning_curve,
        fairness,
        leaderboard,
        calibrated: match task.recipe.calibrate {
            Calibration::None => None,
            Calibration::Platt => Some("platt".to_owned()),
            Calibration::Isotonic => Some("isotonic".to_owned()),
        },
    })
}

/// Coefficients of several classes come with positions; a reader wants names.
pub(super) fn name_classes(coefficients: &mut [Coefficient], labels: &[String]) {
    for coefficient in coefficients {
        let position = coefficient.class.as_ref().and_then(|class| class.parse::<usize>().ok());
        coefficient.class = position.and_then(|position| labels.get(position).cloned());
    }
}

/// The name a method has in recipes.
pub(super) fn method_name(model: &ModelParams) -> String {
    let written = serde_json::to_value(model).unwrap_or_default();
    written.get("method").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

fn class_counts(target: &Target) -> Vec<u64> {
    let TargetValues::Classes { codes, labels } = &target.values else { return Vec::new() };
    let mut counts = vec![0; labels.len()];
    codes.iter().for_each(|&code| counts[code as usize] += 1);
    counts
}

/// Prediction and residual of held-out rows of a number, evenly drawn.
fn residuals(judged: &Judged, target: &Target) -> Vec<(f64, f64)> {
    if !target.labels().is_empty() {
        return Vec::new();
    }
    let n_held_out = judged.held_out.len();
    let shown = n_held_out.min(RESIDUALS);
    let residual = |row: usize| (judged.predictions[row], judged.actual[row] - judged.predictions[row]);
    (0..shown).map(|position| residual(position * n_held_out / shown)).collect()
}

fn picture(task: &Task<'_, '_>, params: &ValidateParams, judged: &Judged, target: &Target) -> SplitPicture {
    let n_test = judged.held_out.len() as u64;
    let n_folds = judged.judged.len() as u32;
    let n_rows = judged.n_rows as u64;
    let (kind, n_train) = match &params.split {
        Split::Holdout { .. } | Split::Random { .. } => ("split", n_rows - n_test),
        Split::Folds { k } | Split::RepeatedFolds { k, .. } => ("folds", n_rows - n_rows / u64::from(*k)),
        Split::Group { .. } => ("groups", n_rows - n_test),
        Split::GroupFolds { k, .. } => ("groups", n_rows - n_rows / u64::from(*k)),
        Split::Time { .. } | Split::TimeFolds { .. } => ("time", n_rows - n_test),
    };
    let times_millis = match &params.split {
        Split::Time { column, .. } | Split::TimeFolds { column, .. } => times(task, column, judged, target),
        _ => None,
    };
    SplitPicture { kind: kind.to_owned(), n_train, n_test, n_folds, times_millis }
}

/// First and last time of the rows that teach, then of those that judge.
fn times(task: &Task<'_, '_>, column: &str, judged: &Judged, target: &Target) -> Option<[f64; 4]> {
    let ColumnData::Time(times) = &task.table.column(column).ok()?.data else { return None };
    let is_held_out = |row: &usize| judged.held_out.binary_search(row).is_ok();
    let span = |rows: &[usize]| {
        let times = || rows.iter().filter_map(|&row| times[row]);
        Some((times().min()? as f64, times().max()? as f64))
    };
    let train = span(&target.rows.iter().copied().filter(|row| !is_held_out(row)).collect::<Vec<_>>())?;
    let test = span(&judged.held_out)?;
    Some([train.0, train.1, test.0, test.1])
}
