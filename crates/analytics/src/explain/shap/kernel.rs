//! Shapley values of any model, from the mean output of coalitions of columns.

use std::collections::BTreeMap;

use super::{STAGE, ShapParams};
use crate::explain::least_squares::Sums;
use crate::explain::subject::{Rows, Subject};
use crate::progress::{Watch, report};
use crate::random::{Generator, draw_share, generator};
use crate::{Column, Matrix, Result, Table};

/// All coalitions are tried up to this many columns that differ from the background.
const MOST_ENUMERATED: usize = 12;

/// The prepared rows predicted at once.
const BATCH_ROWS: usize = 8192;

/// Rows to explain, before a background.
pub(super) struct Game<'a> {
    inputs: &'a Rows<'a>,
    subject: Subject<'a>,
    rows: &'a [usize],
    background: Vec<usize>,
    prepared: &'a Matrix,
    prepared_background: Matrix,
    players: Vec<usize>,
    /// The mean output over the background.
    pub(super) base: f64,
}

/// Columns taken from the row, of those that differ.
type Coalition = Vec<bool>;

impl<'a> Game<'a> {
    pub(super) fn new(
        inputs: &'a Rows<'a>,
        subject: Subject<'a>,
        rows: &'a [usize],
        background: Vec<usize>,
        prepared: &'a Matrix,
    ) -> Result<Self> {
        let prepared_background = inputs.prepared(&background)?;
        let base = mean(&subject.outputs(&prepared_background)?);
        let players = inputs.players();
        Ok(Self { inputs, subject, rows, background, prepared, prepared_background, players, base })
    }

    /// The contribution of each input to the row at `position`, whose output is `output`; and whether all coalitions were
    /// tried.
    pub(super) fn contributions(
        &self,
        position: usize,
        output: f64,
        params: &ShapParams,
        watch: &mut Watch<'_>,
    ) -> Result<(Vec<f64>, bool)> {
        let row = self.rows[position];
        let differs =
            |player: &usize| self.background.iter().any(|&other| !self.inputs.is_same(*player, row, other));
        let players: Vec<usize> = self.players.iter().copied().filter(differs).collect();
        let is_exact = players.len() <= MOST_ENUMERATED;
        let values = match is_exact {
            true => self.all(position, output, &players, watch)?,
            false => self.sampled(position, output, &players, params, watch)?,
        };
        let mut contributions = vec![0.0; self.inputs.table.columns().len()];
        players.iter().zip(values).for_each(|(&player, value)| contributions[player] = value);
        Ok((contributions, is_exact))
    }

    /// By Shapley's formula over all coalitions.
    fn all(
        &self,
        position: usize,
        output: f64,
        players: &[usize],
        watch: &mut Watch<'_>,
    ) -> Result<Vec<f64>> {
        let n = players.len();
        let coalitions: Vec<Coalition> = (1..(1usize << n).saturating_sub(1))
            .map(|bits| (0..n).map(|player| bits >> player & 1 == 1).collect())
            .collect();
        let mut values = vec![self.base];
        values.extend(self.values(position, players, &coalitions, watch)?);
        if n > 0 {
            values.push(output);
        }
        // |S|! (n − |S| − 1)! / n! is 1 / (n · C(n − 1, |S|)).
        let weights: Vec<f64> = (0..n).map(|size| 1.0 / (n as f64 * choose(n - 1, size))).collect();
        let value = |player: usize| {
            let without = (0..values.len()).filter(|bits| bits >> player & 1 == 0);
            without
                .map(|bits| weights[bits.count_ones() as usize] * (values[bits | 1 << player] - values[bits]))
                .sum()
        };
        Ok((0..n).map(value).collect())
    }

    /// By weighted least squares over a sample of coalitions, contributions constrained to sum to the output less the base.
    fn sampled(
        &self,
        position: usize,
        output: f64,
        players: &[usize],
        params: &ShapParams,
        watch: &mut Watch<'_>,
    ) -> Result<Vec<f64>> {
        let n = players.len();
        let mut draws = generator(params.seed, 1 + self.rows[position] as u64);
        let chosen = draw_coalitions(n, params.n_coalitions + 2 * n, &mut draws);
        let (coalitions, weights): (Vec<Coalition>, Vec<f64>) = chosen.into_iter().unzip();
        let values = self.values(position, players, &coalitions, watch)?;
        let total = output - self.base;
        // The last contribution is what the others leave of the total.
        let mut sums = Sums::new(n - 1);
        let mut row = vec![0.0; n - 1];
        for ((coalition, weight), value) in coalitions.iter().zip(weights).zip(values) {
            let last = f64::from(u8::from(coalition[n - 1]));
            row.iter_mut()
                .zip(coalition)
                .for_each(|(cell, &is_in)| *cell = f64::from(u8::from(is_in)) - last);
            sums.add(&row, value - self.base - last * total, weight);
        }
        let mut found = sums.solve(&vec![0.0; n - 1]);
        found.push(total - found.iter().sum::<f64>());
        Ok(found)
    }

    /// The mean output over the background of each coalition.
    fn values(
        &self,
        position: usize,
        players: &[usize],
        coalitions: &[Coalition],
        watch: &mut Watch<'_>,
    ) -> Result<Vec<f64>> {
        let n_background = self.background.len();
        let mut values = Vec::with_capacity(coalitions.len());
        for batch in coalitions.chunks((BATCH_ROWS / n_background).max(1)) {
            report(watch, STAGE, position, self.rows.len())?;
            let mixed = match &self.inputs.made_of {
                Some(made_of) => self.mixed_prepared(position, players, made_of, batch)?,
                None => self.mixed_inputs(position, players, batch)?,
            };
            values.extend(self.subject.outputs(&mixed)?.chunks_exact(n_background).map(mean));
        }
        Ok(values)
    }

    /// The background once for each coalition, with its columns from the row: in prepared columns.
    fn mixed_prepared(
        &self,
        position: usize,
        players: &[usize],
        made_of: &[Vec<usize>],
        coalitions: &[Coalition],
    ) -> Result<Matrix> {
        let row = self.prepared.row(position);
        let background = self.prepared_background.values();
        let mut values = Vec::with_capacity(coalitions.len() * background.len());
        for coalition in coalitions {
            let taken: Vec<usize> = players
                .iter()
                .zip(coalition)
                .filter(|(_, is_in)| **is_in)
                .flat_map(|(&player, _)| made_of[player].iter().copied())
                .collect();
            let start = values.len();
            values.extend_from_slice(background);
            for mixed in values[start..].chunks_exact_mut(row.len()) {
                taken.iter().for_each(|&column| mixed[column] = row[column]);
            }
        }
        Matrix::new(self.prepared.names().to_vec(), values)
    }

    /// The same in the columns of the table, then prepared: right whatever the steps do.
    fn mixed_inputs(&self, position: usize, players: &[usize], coalitions: &[Coalition]) -> Result<Matrix> {
        let n_background = self.background.len();
        let row = self.rows[position];
        let columns = self.inputs.table.columns().enumerate().map(|(input, column)| {
            let player = players.iter().position(|&player| player == input);
            let from = |coalition: &Coalition, other: usize| match player {
                Some(player) if coalition[player] => row,
                _ => self.background[other],
            };
            let rows: Vec<usize> = coalitions
                .iter()
                .flat_map(|coalition| (0..n_background).map(move |other| from(coalition, other)))
                .collect();
            Column { name: column.name.clone(), data: column.data.take(&rows) }
        });
        self.inputs.pipeline.prepared(&Table::new(columns.collect())?)
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn choose(n: usize, k: usize) -> f64 {
    (0..k.min(n - k)).fold(1.0, |product, step| product * (n - step) as f64 / (step + 1) as f64)
}

/// Coalitions of `n` columns and their weights: whole sizes from the outside in while they fit the budget, then pairs of a
/// coalition and its complement drawn by the kernel's weight of what is left.
fn draw_coalitions(n: usize, budget: usize, draws: &mut Generator) -> Vec<(Coalition, f64)> {
    let kernel: Vec<f64> = (1..n).map(|size| (n - 1) as f64 / (size * (n - size)) as f64).collect();
    let total: f64 = kernel.iter().sum();
    let mut chosen = Vec::new();
    let mut size = 1;
    while size <= n / 2 {
        let is_half = 2 * size == n;
        let n_subsets = choose(n, size) * if is_half { 1.0 } else { 2.0 };
        if n_subsets > (budget - chosen.len()) as f64 {
            break;
        }
        let weight = kernel[size - 1] / total / choose(n, size);
        for_each_subset(n, size, |subset| {
            let coalition: Coalition = (0..n).map(|player| subset.contains(&player)).collect();
            if !is_half {
                chosen.push((coalition.iter().map(|is_in| !is_in).collect(), weight));
            }
            chosen.push((coalition, weight));
        });
        size += 1;
    }
    let left: Vec<usize> = (size..=n / 2).collect();
    if left.is_empty() {
        return chosen;
    }
    // A pair stands for its two sizes; the middle size is its own complement.
    let share = |&size: &usize| kernel[size - 1] * if 2 * size == n { 1.0 } else { 2.0 };
    let weight_left: f64 = left.iter().map(share).sum();
    let n_pairs = ((budget - chosen.len()) / 2).max(1);
    let mut counts: BTreeMap<Coalition, u32> = BTreeMap::new();
    for _ in 0..n_pairs {
        let mut point = draw_share(draws) * weight_left;
        let size = left.iter().copied().find(|size| {
            point -= share(size);
            point < 0.0
        });
        let coalition = draw_subset(n, size.unwrap_or(n / 2), draws);
        *counts.entry(coalition.iter().map(|is_in| !is_in).collect()).or_default() += 1;
        *counts.entry(coalition).or_default() += 1;
    }
    let each = weight_left / total / (2 * n_pairs) as f64;
    chosen.extend(counts.into_iter().map(|(coalition, count)| (coalition, each * f64::from(count))));
    chosen
}

fn draw_subset(n: usize, size: usize, draws: &mut Generator) -> Coalition {
    let mut subset = vec![false; n];
    crate::random::draw_rows(draws, n, size).into_iter().for_each(|player| subset[player] = true);
    subset
}

/// Calls `each` with every set of `size` positions of `0..n`, in lexical order.
fn for_each_subset(n: usize, size: usize, mut each: impl FnMut(&[usize])) {
    let mut subset: Vec<usize> = (0..size).collect();
    loop {
        each(&subset);
        let Some(place) = (0..size).rev().find(|&place| subset[place] < n - size + place) else { return };
        subset[place] += 1;
        for later in place + 1..size {
            subset[later] = subset[later - 1] + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coalitions_come_in_pairs_and_their_weights_sum_to_one() {
        for n in [3, 13, 16, 40] {
            let chosen = draw_coalitions(n, 300, &mut generator(1, 1));
            let total: f64 = chosen.iter().map(|(_, weight)| weight).sum();
            assert!((total - 1.0).abs() < 1e-9, "{n}: {total}");
            let mut inside = vec![0.0; n];
            for (coalition, weight) in &chosen {
                let others: Coalition = coalition.iter().map(|is_in| !is_in).collect();
                assert!(chosen.iter().any(|(coalition, _)| *coalition == others), "{n}");
                (0..n).filter(|&player| coalition[player]).for_each(|player| inside[player] += weight);
            }
            assert!(
                inside.iter().all(|share| (share - 0.5).abs() < 1e-9),
                "{n}: each column is in half of them"
            );
        }
    }

    #[test]
    fn subsets_are_all_there() {
        let mut seen = Vec::new();
        for_each_subset(4, 2, |subset| seen.push(subset.to_vec()));
        assert_eq!(seen, [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]);
    }
}
