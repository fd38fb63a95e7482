//! A pipeline's probabilities calibrated on rows that its copies have not seen.

use serde::{Deserialize, Serialize};

use super::{Pipeline, PipelineParams, Target, split};
use crate::predict::Prediction;
use crate::predict::calibration::{CalibrationKind, CalibrationParams, Calibrator, calibrate};
use crate::progress::Watch;
use crate::{Error, Result, Table};

/// Whether and how probabilities are calibrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calibrate {
    /// They stay what the model says.
    #[default]
    None,
    /// By a logistic curve (Platt 2000), for some hundred rows or more.
    Platt,
    /// By the best rising curve (Zadrozny and Elkan 2002), for a thousand rows or more.
    Isotonic,
}

impl Calibrate {
    fn params(self) -> Option<CalibrationParams> {
        match self {
            Self::None => None,
            Self::Platt => Some(CalibrationParams { kind: CalibrationKind::Sigmoid }),
            Self::Isotonic => Some(CalibrationParams { kind: CalibrationKind::Isotonic }),
        }
    }
}

/// The folds on whose held-out rows the curve is fitted.
const FOLDS: usize = 5;

/// The curve fitted on each row's prediction by a pipeline that has not seen it; `None` when none is asked for. Rows count alike,
/// so that a class weighted up while fitting gets its true share back.
///
/// # Errors
/// [`Error::Parameter`] for numbers; [`Error::TooFewRows`] for a class of one row; those of the fits.
pub(super) fn calibrator(
    table: &Table,
    target: &Target,
    params: &PipelineParams,
    watch: &mut Watch<'_>,
) -> Result<Option<Calibrator>> {
    let Some(how) = params.calibrate.params() else { return Ok(None) };
    if target.labels().is_empty() {
        return Err(Error::Parameter { name: "calibrate", range: "'none' for a target of numbers" });
    }
    let classes = target.strata();
    let mut n_rows_of = vec![0; target.labels().len()];
    classes.iter().for_each(|&class| n_rows_of[class as usize] += 1);
    let fewest = n_rows_of.into_iter().min().unwrap_or(0);
    if fewest < 2 {
        return Err(Error::TooFewRows { needed: 2, found: fewest });
    }
    let mut codes = Vec::with_capacity(classes.len());
    let mut values = Vec::with_capacity(classes.len() * target.labels().len());
    let k = fewest.min(FOLDS) as u32;
    let plain = PipelineParams { calibrate: Calibrate::None, ..params.clone() };
    for cut in split::folds(&classes, k, params.seed)? {
        let pipeline = Pipeline::fit(table, &target.take(&cut.train), &plain, watch)?;
        let test = target.take(&cut.test);
        let rows = table.select(&params.columns)?.take(&test.rows);
        if let Prediction::Probabilities { values: of_fold, .. } = pipeline.predict(&rows)? {
            values.extend(of_fold);
        }
        codes.extend(test.strata());
    }
    let held_out = Prediction::Probabilities { n_classes: target.labels().len(), values };
    calibrate(&held_out, &codes, None, &how).map(Some)
}
