//! The search itself: defaults first, then draws by successive halving, then the average of the best.

use std::cell::Cell;
use std::ops::ControlFlow;

use rand::Rng;

use super::board::{Trial, merit, method_name, rank};
use super::folds::Folds;
use super::settled::Prepared;
use super::{Automl, AutomlTask, Nested, Space, Strategy};
use crate::judge::scores::{HeldOut, summarize};
use crate::judge::validate::{cuts, judge};
use crate::judge::{Calibrate, Metric, Pipeline, PipelineParams, Split, Target, split, validate};
use crate::predict::ModelParams;
use crate::predict::average::{AverageParams, Member};
use crate::progress::{Progress, Watch, report};
use crate::random::{Generator, generator};
use crate::{Error, Result, Table};

/// The fewest training rows on which a candidate may be dropped.
const LEAST_ROWS: usize = 250;
/// The most rounds of dropping in a bracket.
const MOST_ROUNDS: u32 = 2;
/// The finalists whose held-out predictions are kept to be averaged.
const KEPT: usize = 12;

/// Searches for the best model of `task` on all rows but the held-out ones, and judges it on these. `budget` is asked often, also
/// while a candidate is fitted, which is then dropped, but not before one candidate has been judged. What follows the search, judging
/// the best and fitting it on all rows, is not bounded by it.
///
/// # Errors
/// [`Error::Parameter`], also for a split into folds; [`Error::UnknownMethod`] for a method not in the spaces; those of
/// [`validate`]; the first candidate's error when every one failed; [`Error::Cancelled`] when `watch` breaks.
pub fn automl(
    table: &Table,
    task: &AutomlTask,
    budget: &mut dyn FnMut() -> bool,
    watch: &mut Watch<'_>,
) -> Result<Automl> {
    let prepared = Prepared::new(table, task)?;
    let cuts = cuts(table, &prepared.target, &task.split, task.seed)?;
    let [cut] = cuts.as_slice() else {
        return Err(Error::Parameter {
            name: "split",
            range: "a single cut: folds inside are made by the search",
        });
    };
    let found = search(table, &prepared, &prepared.target.take(&cut.train), task, budget, watch)?;
    let judged_as = prepared.judged_as(task, found.best);
    let validation = validate(table, &judged_as, watch)?;
    Ok(Automl {
        metric: prepared.metric,
        leaderboard: found.board,
        ended_early: found.ended_early,
        judged_as,
        validation,
    })
}

/// Runs the search inside each of the outer folds of `task.split` and judges what it chose on the fold's held-out rows.
///
/// # Errors
/// As [`automl`].
pub fn nested(
    table: &Table,
    task: &AutomlTask,
    budget: &mut dyn FnMut() -> bool,
    watch: &mut Watch<'_>,
) -> Result<Nested> {
    let prepared = Prepared::new(table, task)?;
    let cuts = cuts(table, &prepared.target, &task.split, task.seed)?;
    let (mut chosen, mut folds, mut ended_early) = (Vec::new(), Vec::new(), false);
    for (done, cut) in cuts.iter().enumerate() {
        report(watch, "nested", done, cuts.len())?;
        let train = prepared.target.take(&cut.train);
        let found = search(table, &prepared, &train, task, budget, watch)?;
        let params = prepared.judged_as(task, found.best.clone());
        let pipeline =
            Pipeline::fit(table, &train.present(), &prepared.pipeline(task, found.best.clone()), watch)?;
        folds.push(judge(table, &prepared.target, cut, &pipeline)?.scores(&params, watch)?);
        chosen.push(found.best);
        ended_early |= found.ended_early;
    }
    Ok(Nested { metric: prepared.metric, chosen, fold_summary: summarize(&folds), folds, ended_early })
}

/// What a search ended with.
struct Found {
    board: Vec<Trial>,
    best: ModelParams,
    ended_early: bool,
}

/// Searches on the rows of `target` alone.
fn search(
    table: &Table,
    prepared: &Prepared,
    target: &Target,
    task: &AutomlTask,
    budget: &mut dyn FnMut() -> bool,
    watch: &mut Watch<'_>,
) -> Result<Found> {
    let inner = match &task.split {
        Split::Group { column, .. } | Split::GroupFolds { column, .. } => {
            Split::GroupFolds { column: column.clone(), k: task.how.folds }
        }
        Split::Time { column, .. } | Split::TimeFolds { column, .. } => {
            Split::TimeFolds { column: column.clone(), k: task.how.folds }
        }
        _ => Split::Folds { k: task.how.folds },
    };
    let first = prepared.spaces[0].first()?.remove(0);
    let params = PipelineParams { calibrate: Calibrate::None, ..prepared.pipeline(task, first) };
    let cuts: Vec<split::Cut> = cuts(table, target, &inner, task.seed)?;
    let folds = Folds::new(table, target, &cuts, &params, watch)?;
    let mut search = Search {
        folds,
        params,
        metric: prepared.metric,
        trials: Vec::new(),
        kept: Vec::new(),
        budget,
        watch,
    };
    search.baseline()?;
    let is_done = search.run(&prepared.spaces, task)?;
    search.finish(task.how.average as usize, !is_done)
}

/// A finalist and its predictions of every fold's held-out rows.
struct Kept {
    model: ModelParams,
    mean: f64,
    folds: Vec<HeldOut>,
}

struct Search<'a, 'w> {
    folds: Folds,
    params: PipelineParams,
    metric: Metric,
    trials: Vec<Trial>,
    kept: Vec<Kept>,
    budget: &'a mut dyn FnMut() -> bool,
    watch: &'a mut Watch<'w>,
}

impl Search<'_, '_> {
    fn baseline(&mut self) -> Result<()> {
        let folds = (0..self.folds.len()).map(|fold| self.metric.of_baseline(&self.folds.baseline(fold)));
        let trial = Trial::new(None, 1.0);
        let trial = match folds.collect::<Result<Vec<f64>>>() {
            Ok(folds) => trial.with_folds(folds),
            Err(error) => Trial { failure: Some(error.code().to_owned()), ..trial },
        };
        self.trials.push(trial);
        Ok(())
    }

    /// Tries candidates until the trials are spent (`true`) or the budget is (`false`).
    fn run(&mut self, spaces: &[Space], task: &AutomlTask) -> Result<bool> {
        let most = task.how.trials as usize;
        let mut n_tried = 0;
        let firsts: Vec<Vec<ModelParams>> = spaces.iter().map(Space::first).collect::<Result<_>>()?;
        let longest = firsts.iter().map(Vec::len).max().unwrap_or(0);
        let in_turns = (0..longest).flat_map(|turn| firsts.iter().filter_map(move |first| first.get(turn)));
        for model in in_turns.take(most) {
            n_tried += 1;
            if self.evaluate(model, 1.0)?.is_none() {
                return Ok(false);
            }
        }
        match task.how.strategy {
            Strategy::Grid => self.grid(spaces, task, most - n_tried),
            Strategy::Random => self.brackets(spaces, task, most - n_tried, 0),
            Strategy::Halving => {
                let factor = task.how.factor as usize;
                let fits = |rounds: &u32| self.folds.n_training_rows() / factor.pow(*rounds) >= LEAST_ROWS;
                let rounds = (0..=MOST_ROUNDS).rev().find(fits).unwrap_or(0);
                self.brackets(spaces, task, most - n_tried, rounds)
            }
        }
    }

    fn grid(&mut self, spaces: &[Space], task: &AutomlTask, most: usize) -> Result<bool> {
        let mut sets = Vec::new();
        for space in spaces {
            sets.extend(space.grid(task.how.points as usize)?);
        }
        for model in sets.iter().take(most) {
            if !self.is_known(model) && self.evaluate(model, 1.0)?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Draws brackets of `factor^rounds` candidates: all on a small share of the rows, the best of them on more, the last on all.
    fn brackets(&mut self, spaces: &[Space], task: &AutomlTask, most: usize, rounds: u32) -> Result<bool> {
        let spaces: Vec<&Space> = spaces.iter().filter(|space| !space.ranges.is_empty()).collect();
        if spaces.is_empty() {
            return Ok(true);
        }
        let factor = task.how.factor as usize;
        let mut draws = generator(task.seed, 2);
        let mut left = most;
        while left > 0 {
            let size = factor.pow(rounds).min(left);
            left -= size;
            let mut field = Vec::with_capacity(size);
            for _ in 0..size {
                field.push(self.draw(&spaces, &mut draws)?);
            }
            for round in 0..=rounds {
                let share = 1.0 / factor.pow(rounds - round) as f64;
                let mut judged = Vec::with_capacity(field.len());
                for model in field {
                    if self.is_known(&model) {
                        continue;
                    }
                    match self.evaluate(&model, share)? {
                        Some(Some(merit)) => judged.push((merit, model)),
                        Some(None) => {}
                        None => return Ok(false),
                    }
                }
                judged.sort_by(|a, b| b.0.total_cmp(&a.0));
                judged.truncate((judged.len() / factor).max(1));
                field = judged.into_iter().map(|(_, model)| model).collect();
            }
        }
        Ok(true)
    }

    /// A candidate of a drawn space; the better a space's best so far, the likelier it is drawn.
    fn draw(&self, spaces: &[&Space], draws: &mut Generator) -> Result<ModelParams> {
        let best_of = |space: &Space| {
            let of_space =
                self.trials.iter().filter(|trial| trial.method == space.method && trial.is_finalist());
            of_space
                .filter_map(|trial| trial.mean)
                .map(|mean| merit(self.metric, mean))
                .fold(f64::MIN, f64::max)
        };
        let mut by_merit: Vec<(f64, &Space)> = spaces.iter().map(|space| (best_of(space), *space)).collect();
        by_merit.sort_by(|a, b| b.0.total_cmp(&a.0));
        let weight = |place: usize| 1.0 / ((place + 1) * (place + 1)) as f64;
        let total: f64 = (0..by_merit.len()).map(weight).sum();
        let mut point = draws.gen_range(0.0..total);
        for (place, (_, space)) in by_merit.iter().enumerate() {
            point -= weight(place);
            if point < 0.0 {
                return space.draw(draws);
            }
        }
        by_merit[0].1.draw(draws)
    }

    /// Whether the candidate was already judged on all rows.
    fn is_known(&self, model: &ModelParams) -> bool {
        self.trials.iter().any(|trial| trial.share >= 1.0 && trial.model.as_ref() == Some(model))
    }

    /// Judges a candidate on every fold: `None` when the budget is spent, `Some(None)` when it failed, else its merit.
    fn evaluate(&mut self, model: &ModelParams, share: f64) -> Result<Option<Option<f64>>> {
        let is_first = self.kept.is_empty();
        self.params.model = model.clone();
        let mut folds = Vec::with_capacity(self.folds.len());
        let mut values = Vec::with_capacity(self.folds.len());
        let mut failure = None;
        for fold in 0..self.folds.len() {
            let is_spent = Cell::new(false);
            let mut inner = |progress: Progress| match is_first || (self.budget)() {
                true => (self.watch)(progress),
                false => {
                    is_spent.set(true);
                    ControlFlow::Break(())
                }
            };
            let judged = report(&mut inner, "search", self.trials.len(), 0)
                .and_then(|()| self.folds.judge(fold, share, &self.params, &mut inner));
            match judged.and_then(|rows| Ok((self.metric.of(&rows)?, rows))) {
                Ok((value, rows)) => {
                    values.push(value);
                    folds.push(rows);
                }
                Err(Error::Cancelled) if is_spent.get() => return Ok(None),
                Err(Error::Cancelled) => return Err(Error::Cancelled),
                Err(error) => {
                    failure = Some(error.code().to_owned());
                    break;
                }
            }
        }
        self.trials.retain(|trial| trial.share >= 1.0 || trial.model.as_ref() != Some(model));
        let trial = Trial { failure: failure.clone(), ..Trial::new(Some(model.clone()), share) };
        if failure.is_some() {
            self.trials.push(trial);
            return Ok(Some(None));
        }
        let trial = trial.with_folds(values);
        let mean = trial.mean.unwrap_or(f64::NAN);
        self.trials.push(trial);
        if share >= 1.0 {
            self.keep(Kept { model: model.clone(), mean, folds });
        }
        Ok(Some(Some(merit(self.metric, mean))))
    }

    fn keep(&mut self, kept: Kept) {
        self.kept.push(kept);
        self.kept.sort_by(|a, b| merit(self.metric, b.mean).total_cmp(&merit(self.metric, a.mean)));
        self.kept.truncate(KEPT);
    }

    /// Averages the best if that is better, and ranks.
    fn finish(mut self, most: usize, ended_early: bool) -> Result<Found> {
        let Some(single) = self.kept.first() else { return Err(self.first_failure()) };
        let mut best = single.model.clone();
        if let Some((members, values)) = self.average(most)? {
            let model = ModelParams::Average(AverageParams { members });
            self.trials.push(Trial::new(Some(model.clone()), 1.0).with_folds(values));
            best = model;
        }
        Ok(Found { board: rank(self.trials, self.metric), best, ended_early })
    }

    /// Members and their weights, added one by one to what is best on the folds so far, and the folds' values; `None` when no
    /// average is better than the single best.
    fn average(&self, most: usize) -> Result<Option<(Vec<Member>, Vec<f64>)>> {
        const STEPS: usize = 12;
        let n_members = |counts: &[u32]| counts.iter().filter(|&&count| count > 0).count();
        let mut counts = vec![0_u32; self.kept.len()];
        counts[0] = 1;
        let mut best = (merit(self.metric, self.kept[0].mean), counts.clone(), Vec::new());
        for _ in 1..STEPS {
            let mut step: Option<(f64, Vec<u32>, Vec<f64>)> = None;
            for candidate in 0..self.kept.len() {
                let mut with = counts.clone();
                with[candidate] += 1;
                if n_members(&with) > most {
                    continue;
                }
                let values = self.values_of(&with)?;
                let of_step = merit(self.metric, values.iter().sum::<f64>() / values.len() as f64);
                if step.as_ref().is_none_or(|step| of_step > step.0) {
                    step = Some((of_step, with, values));
                }
            }
            let Some(step) = step else { break };
            counts.clone_from(&step.1);
            if step.0 > best.0 {
                best = step;
            }
        }
        if n_members(&best.1) < 2 {
            return Ok(None);
        }
        let member =
            |(kept, &count): (&Kept, &u32)| Member { weight: f64::from(count), model: kept.model.clone() };
        let members = self.kept.iter().zip(&best.1).filter(|(_, count)| **count > 0).map(member);
        Ok(Some((members.collect(), best.2)))
    }

    /// The metric of every fold when each kept finalist counts as often as said.
    fn values_of(&self, counts: &[u32]) -> Result<Vec<f64>> {
        let total = f64::from(counts.iter().sum::<u32>());
        let of_fold = |fold: usize| {
            let mut rows = self.kept[0].folds[fold].clone();
            rows.predictions.fill(0.0);
            for (kept, &count) in self.kept.iter().zip(counts).filter(|(_, count)| **count > 0) {
                let weight = f64::from(count) / total;
                let sums = rows.predictions.iter_mut().zip(&kept.folds[fold].predictions);
                sums.for_each(|(sum, value)| *sum += weight * value);
            }
            rows.predictions.iter_mut().filter(|_| rows.width > 1).for_each(|sum| *sum = sum.clamp(0.0, 1.0));
            self.metric.of(&rows)
        };
        (0..self.folds.len()).map(of_fold).collect()
    }

    /// Why nothing could be fitted.
    fn first_failure(mut self) -> Error {
        let first = self.trials.iter().find_map(|trial| trial.model.clone());
        let Some(model) = first else { return Error::Empty };
        let name = method_name(&model);
        self.params.model = model;
        match self.folds.judge(0, 1.0, &self.params, self.watch) {
            Err(error) => error,
            Ok(_) => Error::UnknownMethod { name },
        }
    }
}
