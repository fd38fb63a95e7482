//! The folds of a search, prepared once: steps are fitted on each fold's training rows, and every candidate meets the same rows.

use std::borrow::Cow;

use crate::judge::pipeline::fit_prepared;
use crate::judge::scores::HeldOut;
use crate::judge::split::Cut;
use crate::judge::validate::among;
use crate::judge::{PipelineParams, Target};
use crate::predict::Prediction;
use crate::prepare;
use crate::progress::Watch;
use crate::random::generator;
use crate::{Matrix, Result, Table};

/// One fold: training rows as the steps made them, and held-out rows as the fitted steps make them.
struct Fold {
    train: Target,
    train_rows: Matrix,
    /// The training rows' positions in `train_rows`, so that each first part has all classes in their shares.
    order: Vec<usize>,
    test: Target,
    test_rows: Matrix,
}

/// All folds of a search.
pub(super) struct Folds {
    labels: Vec<String>,
    folds: Vec<Fold>,
}

impl Folds {
    /// Prepares every fold of `cuts`, which are positions in `target`.
    pub(super) fn new(
        table: &Table,
        target: &Target,
        cuts: &[Cut],
        params: &PipelineParams,
        watch: &mut Watch<'_>,
    ) -> Result<Self> {
        let table = table.select(&params.columns)?;
        let mut folds = Vec::with_capacity(cuts.len());
        for cut in cuts {
            let train = target.take(&cut.train).present();
            let test = target.take(&cut.test);
            let rows = table.take(&train.rows);
            let (fitted, train_rows) =
                prepare::fit_with_target(&params.prepare, &rows, Some(train.outcome()), params.seed, watch)?;
            let test_rows = fitted.apply(&table.take(&test.rows))?;
            let order = nested_order(&train.strata(), params.seed);
            folds.push(Fold { train, train_rows, order, test, test_rows });
        }
        Ok(Self { labels: target.labels().to_vec(), folds })
    }

    pub(super) fn len(&self) -> usize {
        self.folds.len()
    }

    /// The fewest training rows of a fold.
    pub(super) fn n_training_rows(&self) -> usize {
        self.folds.iter().map(|fold| fold.order.len()).min().unwrap_or(0)
    }

    /// The predictions of `fold`'s held-out rows by a model fitted on `share` of its training rows.
    pub(super) fn judge(
        &self,
        fold: usize,
        share: f64,
        params: &PipelineParams,
        watch: &mut Watch<'_>,
    ) -> Result<HeldOut> {
        let fold = &self.folds[fold];
        let (target, matrix): (Cow<'_, Target>, Cow<'_, Matrix>) = match share < 1.0 {
            true => {
                let n_taken = ((share * fold.order.len() as f64).ceil() as usize).clamp(1, fold.order.len());
                let mut taken = fold.order[..n_taken].to_vec();
                taken.sort_unstable();
                (Cow::Owned(fold.train.take(&taken).present()), Cow::Owned(fold.train_rows.take(&taken)))
            }
            false => (Cow::Borrowed(&fold.train), Cow::Borrowed(&fold.train_rows)),
        };
        let fitted = fit_prepared(&matrix, &target, params, watch)?;
        let predicted = fitted.model.predict(&*fitted.columns_of(&fold.test_rows)?)?;
        Ok(HeldOut {
            width: self.labels.len().max(1),
            predictions: match predicted {
                Prediction::Numbers(values) => values,
                Prediction::Probabilities { values, .. } => among(&values, target.labels(), &self.labels),
            },
            baselines: among_or_number(&fold.train, &self.labels).repeat(fold.test.rows.len()),
            actual: fold.test.numbers(),
            rows: fold.test.rows.clone(),
        })
    }

    /// What the training rows alone say of `fold`'s held-out rows.
    pub(super) fn baseline(&self, fold: usize) -> HeldOut {
        let fold = &self.folds[fold];
        let guess = among_or_number(&fold.train, &self.labels).repeat(fold.test.rows.len());
        HeldOut {
            width: self.labels.len().max(1),
            predictions: guess.clone(),
            baselines: guess,
            actual: fold.test.numbers(),
            rows: fold.test.rows.clone(),
        }
    }
}

fn among_or_number(train: &Target, labels: &[String]) -> Vec<f64> {
    match labels.is_empty() {
        true => train.guess(),
        false => among(&train.guess(), train.labels(), labels),
    }
}

/// Positions such that any first part of them has the classes in nearly their shares: each class shuffled and spread evenly.
pub(in crate::judge) fn nested_order(classes: &[u32], seed: u64) -> Vec<usize> {
    use rand::seq::SliceRandom;

    let mut rows_of = std::collections::BTreeMap::<u32, Vec<usize>>::new();
    classes.iter().enumerate().for_each(|(row, &class)| rows_of.entry(class).or_default().push(row));
    let mut draws = generator(seed, 1);
    let mut placed: Vec<(f64, usize)> = Vec::with_capacity(classes.len());
    for mut rows in rows_of.into_values() {
        rows.shuffle(&mut draws);
        let n_rows = rows.len() as f64;
        placed.extend(rows.iter().enumerate().map(|(turn, &row)| ((turn as f64 + 0.5) / n_rows, row)));
    }
    placed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    placed.into_iter().map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_first_part_has_the_classes_in_their_shares() {
        let classes: Vec<u32> = (0..300).map(|row| u32::from(row % 10 == 0)).collect();
        let order = nested_order(&classes, 4);
        for n_taken in [30, 100, 200] {
            let n_rare = order[..n_taken].iter().filter(|&&row| classes[row] == 1).count();
            assert!(n_rare.abs_diff(n_taken / 10) <= 1);
        }
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..300).collect::<Vec<_>>());
    }
}
