//! Cut, fit on one side, measure on the other.

use super::keys;
use super::scores::{HeldOut, summarize};
use super::split::{self, Cut};
use super::{Pipeline, PipelineParams, Split, Target, TargetValues, ValidateParams, Validation};
use crate::predict::Prediction;
use crate::progress::{Watch, report};
use crate::shards::{Crew, at_once};
use crate::{ColumnData, Error, Result, Table};

/// Judges the steps and the model that `params` describes on held-out rows of `table`, then fits them on all rows.
///
/// # Errors
/// [`Error::UnknownColumn`], [`Error::WrongType`]; [`Error::Classes`] for a target of more classes than the model takes, or
/// when one side of a cut has a single class; [`Error::NotFinite`] for a missing time or group under a split that needs it;
/// [`Error::TooFewRows`]; [`Error::Parameter`]; the errors of the steps and the model; [`Error::Cancelled`].
pub fn validate(table: &Table, params: &ValidateParams, watch: &mut Watch<'_>) -> Result<Validation> {
    at_once(validate_among(table, params, &Crew::alone(), watch))
}

/// As [`validate`], rows shared with `crew` where a step or the model can.
///
/// # Errors
/// As [`validate`].
pub async fn validate_among(
    table: &Table,
    params: &ValidateParams,
    crew: &Crew,
    watch: &mut Watch<'_>,
) -> Result<Validation> {
    let (target, how) = settle(table, params)?;
    let cuts = cuts(table, &target, &params.split, params.seed)?;
    let mut judged = Vec::with_capacity(cuts.len());
    let mut folds = Vec::with_capacity(cuts.len());
    let mut once = HeldOut::new(target.labels().len());
    for (done, cut) in cuts.iter().enumerate() {
        report(watch, "validate", done, cuts.len())?;
        let train = target.take(&cut.train).present();
        let pipeline = Pipeline::fit_among(table, &train, &how, crew, watch).await?;
        let held_out = judge(table, &target, cut, &pipeline)?;
        if cuts.len() > 1 {
            folds.push(held_out.scores(params, watch)?);
        }
        if done < params.split.cuts_in_a_round(cuts.len()) {
            once.extend(held_out);
        }
        judged.push(pipeline);
    }
    let once = once.sorted();
    Ok(Validation {
        n_rows: target.rows.len(),
        n_rows_without_target: table.n_rows() - target.rows.len(),
        positive: target.positive().map(str::to_owned),
        labels: target.labels().to_vec(),
        predictions: once.headline(),
        probabilities: once.probabilities(),
        scores: once.scores(params, watch)?,
        held_out: once.rows,
        actual: once.actual,
        fold_summary: summarize(&folds),
        folds,
        judged,
        pipeline: Pipeline::fit_among(table, &target, &how, crew, watch).await?,
    })
}

/// The target, and the steps and the model that `params` describes fitted on all rows of `table` that have one. Nothing is judged.
///
/// # Errors
/// As [`validate`], but for what cutting the rows needs.
pub async fn fit_among(
    table: &Table,
    params: &ValidateParams,
    crew: &Crew,
    watch: &mut Watch<'_>,
) -> Result<(Target, Pipeline)> {
    let (target, how) = settle(table, params)?;
    let pipeline = Pipeline::fit_among(table, &target, &how, crew, watch).await?;
    Ok((target, pipeline))
}

/// The target to learn and what to fit.
pub(super) fn settle(table: &Table, params: &ValidateParams) -> Result<(Target, PipelineParams)> {
    let target = Target::read(table, &params.target, params.positive.as_deref(), params.model.takes())?;
    let how = PipelineParams {
        columns: columns(table, params)?,
        prepare: params.prepare.clone(),
        dependent: params.dependent,
        model: params.model.clone(),
        class_weight: params.class_weight,
        calibrate: params.calibrate,
        seed: params.seed,
    };
    Ok((target, how))
}

/// The predictions of a cut's held-out rows by `pipeline`, which was fitted on its training rows.
pub(super) fn judge(table: &Table, target: &Target, cut: &Cut, pipeline: &Pipeline) -> Result<HeldOut> {
    let test = target.take(&cut.test);
    let inputs: Vec<&str> = pipeline.prepare.inputs.iter().map(|input| input.name.as_str()).collect();
    let predicted = pipeline.predict(&table.select(&inputs)?.take(&test.rows))?;
    let baseline = target.take(&cut.train).guess();
    Ok(HeldOut {
        width: target.labels().len().max(1),
        predictions: match predicted {
            Prediction::Numbers(values) => values,
            Prediction::Probabilities { values, .. } => among(&values, &pipeline.labels, target.labels()),
        },
        baselines: baseline.repeat(test.rows.len()),
        actual: test.numbers(),
        rows: test.rows,
    })
}

/// Probabilities of the classes `of`, row by row, as those of the classes `all`: what is not known has probability 0.
pub(super) fn among(values: &[f64], of: &[String], all: &[String]) -> Vec<f64> {
    if of == all {
        return values.to_vec();
    }
    let from: Vec<Option<usize>> =
        all.iter().map(|label| of.iter().position(|known| known == label)).collect();
    let rows = values.chunks_exact(of.len());
    rows.flat_map(|row| from.iter().map(|from| from.map_or(0.0, |class| row[class]))).collect()
}

/// The columns to learn from. Naming the target or a column that cuts the rows among them is refused, because both leak.
fn columns(table: &Table, params: &ValidateParams) -> Result<Vec<String>> {
    let cuts_by = params.split.column();
    let is_kept_apart = |name: &String| *name == params.target || Some(name.as_str()) == cuts_by;
    if !params.columns.is_empty() {
        return match params.columns.iter().any(is_kept_apart) {
            true => Err(Error::Parameter {
                name: "columns",
                range: "other than the target and the split's column",
            }),
            false => Ok(params.columns.clone()),
        };
    }
    Ok(table.columns().map(|column| column.name.clone()).filter(|name| !is_kept_apart(name)).collect())
}

/// The cuts that `split` makes of the rows with a target.
pub(super) fn cuts(table: &Table, target: &Target, split: &Split, seed: u64) -> Result<Vec<Cut>> {
    let classes = target.strata();
    let alike = || vec![0; classes.len()];
    match split {
        Split::Holdout { test_share } => Ok(vec![split::holdout(&classes, *test_share, seed)?]),
        Split::Random { test_share } => Ok(vec![split::holdout(&alike(), *test_share, seed)?]),
        Split::Folds { k } => split::folds(&classes, *k, seed),
        Split::RepeatedFolds { k, repeats } => split::repeated_folds(&classes, *k, *repeats, seed),
        Split::Group { column, test_share } => {
            Ok(vec![split::by_group(&keys::groups(table.column(column)?, &target.rows)?, *test_share, seed)?])
        }
        Split::GroupFolds { column, k } => {
            split::group_folds(&classes, &keys::groups(table.column(column)?, &target.rows)?, *k, seed)
        }
        Split::Time { column, test_share } => {
            Ok(vec![split::by_time(&times(table, column, &target.rows)?, *test_share)?])
        }
        Split::TimeFolds { column, k } => split::time_folds(&times(table, column, &target.rows)?, *k),
    }
}

fn times(table: &Table, name: &str, rows: &[usize]) -> Result<Vec<i64>> {
    let column = table.column(name)?;
    let ColumnData::Time(times) = &column.data else {
        let found = column.data.type_name();
        return Err(Error::WrongType { column: name.to_owned(), expected: "time", found });
    };
    let time = |&row: &usize| times[row].ok_or_else(|| Error::NotFinite { column: name.to_owned(), row });
    rows.iter().map(time).collect()
}

impl Target {
    /// The same rows with the classes that occur among them alone; two classes stay two.
    pub(super) fn present(self) -> Self {
        let TargetValues::Classes { codes, labels } = &self.values else { return self };
        let mut occurs = vec![false; labels.len()];
        codes.iter().for_each(|&code| occurs[code as usize] = true);
        let n_present = occurs.iter().filter(|&&occurs| occurs).count();
        if labels.len() == 2 || n_present == labels.len() {
            return self;
        }
        let renamed: Vec<u32> = occurs
            .iter()
            .scan(0, |next, &occurs| {
                let code = *next;
                *next += u32::from(occurs);
                Some(code)
            })
            .collect();
        let labels_present = labels.iter().zip(&occurs).filter(|(_, occurs)| **occurs);
        let values = TargetValues::Classes {
            codes: codes.iter().map(|&code| renamed[code as usize]).collect(),
            labels: labels_present.map(|(label, _)| label.clone()).collect(),
        };
        Self { values, ..self }
    }

    /// What these rows alone say of any other: their mean, or the share of each class.
    pub(super) fn guess(&self) -> Vec<f64> {
        let n_rows = self.rows.len() as f64;
        match &self.values {
            TargetValues::Numbers(values) => vec![values.iter().sum::<f64>() / n_rows],
            TargetValues::Classes { codes, labels } => {
                let mut shares = vec![0.0; labels.len()];
                codes.iter().for_each(|&code| shares[code as usize] += 1.0);
                shares.iter().map(|count| count / n_rows).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(labels: &[&str]) -> Vec<String> {
        labels.iter().map(|&label| label.to_owned()).collect()
    }

    #[test]
    fn a_class_that_did_not_teach_has_probability_zero() {
        let (of, all) = (labels(&["a", "c"]), labels(&["a", "b", "c"]));
        assert_eq!(among(&[0.25, 0.75, 1.0, 0.0], &of, &all), [0.25, 0.0, 0.75, 1.0, 0.0, 0.0]);
        let values = TargetValues::Classes { codes: vec![2, 0, 2], labels: all };
        let target = Target { rows: vec![1, 4, 5], values };
        assert_eq!(target.guess(), [1.0 / 3.0, 0.0, 2.0 / 3.0]);
        let present = target.present();
        assert_eq!(present.values, TargetValues::Classes { codes: vec![1, 0, 1], labels: of });
    }
}
