//! Whether more rows would help: scores against the number of training rows.

use serde::{Deserialize, Serialize};

use super::scores::mean_and_deviation;
use super::search::nested_order;
use super::split::Cut;
use super::validate::{cuts, judge, settle};
use super::{Metric, Pipeline, ValidateParams};
use crate::progress::{Watch, report};
use crate::{Error, Result, Table};

/// The scores at one number of training rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LearningPoint {
    /// The share of each cut's training rows that taught.
    pub share: f64,
    /// How many these were, the mean over cuts.
    pub n_rows: f64,
    /// The metric on the rows that taught, the mean over cuts.
    pub training: f64,
    /// The metric on held-out rows, the mean over cuts.
    pub held_out: f64,
    /// The standard deviation of `held_out` over cuts, divisor `k − 1`; 0 for a single cut.
    pub deviation: f64,
}

/// Judges what `params` describes on the same held-out rows with growing shares of the training rows: for each cut of
/// `params.split` the rows of a smaller share are among those of a greater. A gap between `training` and `held_out` that closes
/// says that more rows would help; two level curves say that they would not.
///
/// # Errors
/// [`Error::Parameter`] unless there are 1 to 50 shares, each above 0 and at most 1, or for a metric that does not suit the target;
/// those of [`super::validate`].
pub fn learning_curve(
    table: &Table,
    params: &ValidateParams,
    shares: &[f64],
    metric: Metric,
    watch: &mut Watch<'_>,
) -> Result<Vec<LearningPoint>> {
    if !(1..=50).contains(&shares.len()) || !shares.iter().all(|share| *share > 0.0 && *share <= 1.0) {
        return Err(Error::Parameter { name: "shares", range: "1 to 50 numbers above 0 and at most 1" });
    }
    let (target, how) = settle(table, params)?;
    let metric = metric.settle(target.labels().len())?;
    let cuts = cuts(table, &target, &params.split, params.seed)?;
    let mut points = Vec::with_capacity(shares.len());
    for (done, &share) in shares.iter().enumerate() {
        let (mut training, mut held_out, mut n_rows) = (Vec::new(), Vec::new(), 0);
        for (cut_done, cut) in cuts.iter().enumerate() {
            report(watch, "learning-curve", done * cuts.len() + cut_done, shares.len() * cuts.len())?;
            let train = first_part(&target.take(&cut.train).strata(), &cut.train, share, params.seed);
            let pipeline = Pipeline::fit(table, &target.take(&train).present(), &how, watch)?;
            n_rows += train.len();
            held_out.push(metric.of(&judge(
                table,
                &target,
                &Cut { train: train.clone(), ..cut.clone() },
                &pipeline,
            )?)?);
            training.push(metric.of(&judge(
                table,
                &target,
                &Cut { test: train.clone(), train },
                &pipeline,
            )?)?);
        }
        let (held_out, deviation) = mean_and_deviation(&held_out);
        let n_rows = n_rows as f64 / cuts.len() as f64;
        points.push(LearningPoint {
            share,
            n_rows,
            training: mean_and_deviation(&training).0,
            held_out,
            deviation,
        });
    }
    Ok(points)
}

/// The first `share` of `rows` in an order where every first part has the classes in their shares.
fn first_part(classes: &[u32], rows: &[usize], share: f64, seed: u64) -> Vec<usize> {
    let n_taken = ((share * rows.len() as f64).round() as usize).clamp(1, rows.len());
    let order = nested_order(classes, seed);
    let mut taken: Vec<usize> = order[..n_taken].iter().map(|&position| rows[position]).collect();
    taken.sort_unstable();
    taken
}
