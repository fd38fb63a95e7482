//! Sums over labelled rows that may have weights.

use std::ops::Range;

pub(crate) use stillroom_kernels::products::{add_products, dot};

use super::supervised::{TARGET, check_length};
use crate::partial::{Partial, chunks};
use crate::progress::{Watch, report};
use crate::{Error, Matrix, Result};

/// The rows taken in at once: enough to amortize the loops around them, few enough to stay in the processor's cache.
pub(crate) const BLOCK_ROWS: usize = 128;

/// Rows, their target and, unless all count alike, their weights.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) matrix: &'a Matrix,
    pub(crate) target: &'a [f64],
    pub(crate) weights: Option<&'a [f64]>,
}

impl<'a> Rows<'a> {
    /// Refuses a target of another length or with a value that is not finite.
    pub(crate) fn new(matrix: &'a Matrix, target: &'a [f64], weights: Option<&'a [f64]>) -> Result<Self> {
        super::supervised::check_target(matrix, target)?;
        weights.map_or(Ok(()), |weights| check_length(matrix.n_rows(), weights.len()))?;
        Ok(Self { matrix, target, weights })
    }

    /// The weights of all rows together, the number of rows when they count alike.
    pub(crate) fn total_weight(&self) -> f64 {
        match self.weights {
            Some(weights) => {
                let chunk = |rows: Range<usize>| weights[rows].iter().sum::<f64>();
                chunks(weights.len()).map(chunk).sum()
            }
            None => self.matrix.n_rows() as f64,
        }
    }

    /// The sum over all rows, chunk by chunk, reporting between chunks.
    pub(crate) fn sum<S: WeightedSum>(
        &self,
        stage: &'static str,
        watch: &mut Watch<'_>,
        fresh: impl Fn() -> S,
    ) -> Result<S> {
        let whole = sum_partials(self.matrix, stage, watch, || Weighted { rows: *self, sum: fresh() })?;
        Ok(whole.sum)
    }
}

/// A sum over labelled rows with weights.
pub(crate) trait WeightedSum {
    /// Takes in `rows`, row-major, with one value of `target` and of `weights` a row; no weights are weights of 1.
    fn absorb(&mut self, rows: &[f64], target: &[f64], weights: Option<&[f64]>);

    /// Takes in the sum of the rows that follow.
    fn merge(&mut self, later: Self);
}

/// A sum beside all rows: what makes it a [`Partial`].
pub(crate) struct Weighted<'a, S> {
    pub(crate) rows: Rows<'a>,
    pub(crate) sum: S,
}

impl<S: WeightedSum> Partial for Weighted<'_, S> {
    fn absorb(&mut self, matrix: &Matrix, rows: Range<usize>) {
        let weights = self.rows.weights.map(|weights| &weights[rows.clone()]);
        self.sum.absorb(matrix.rows(rows.clone()), &self.rows.target[rows], weights);
    }

    fn merge(&mut self, later: Self) {
        self.sum.merge(later.sum);
    }
}

/// The partial of all rows, chunk by chunk, reporting between chunks.
pub(crate) fn sum_partials<P: Partial>(
    matrix: &Matrix,
    stage: &'static str,
    watch: &mut Watch<'_>,
    fresh: impl Fn() -> P,
) -> Result<P> {
    let mut whole: Option<P> = None;
    for rows in chunks(matrix.n_rows()) {
        report(watch, stage, rows.start, matrix.n_rows())?;
        let mut chunk = fresh();
        chunk.absorb(matrix, rows);
        match &mut whole {
            Some(whole) => whole.merge(chunk),
            None => whole = Some(chunk),
        }
    }
    Ok(whole.unwrap_or_else(fresh))
}

/// The mean of each column over rows that count `weights`.
pub(crate) fn column_means(rows: &Rows<'_>, watch: &mut Watch<'_>) -> Result<Vec<f64>> {
    struct Means {
        share: f64,
        sums: Vec<f64>,
    }
    impl WeightedSum for Means {
        fn absorb(&mut self, rows: &[f64], target: &[f64], weights: Option<&[f64]>) {
            let n_columns = self.sums.len();
            for (row, values) in rows.chunks_exact(n_columns).enumerate().take(target.len()) {
                // Shares before sums: the mean of values near the largest number stays a number.
                let share = self.share * weights.map_or(1.0, |weights| weights[row]);
                self.sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += share * value);
            }
        }

        fn merge(&mut self, later: Self) {
            self.sums.iter_mut().zip(later.sums).for_each(|(sum, later)| *sum += later);
        }
    }
    let share = 1.0 / rows.total_weight();
    let fresh = || Means { share, sums: vec![0.0; rows.matrix.n_columns()] };
    Ok(rows.sum("means", watch, fresh)?.sums)
}

/// Refuses a weighted set, for methods whose formulas have no place for weights.
pub(crate) fn refuse_weights(weights: Option<&[f64]>) -> Result<()> {
    match weights {
        Some(_) => {
            Err(Error::Parameter { name: "weights", range: "left out: this method counts all rows alike" })
        }
        None => Ok(()),
    }
}

/// Refuses predictions that left the range of numbers.
pub(crate) fn all_finite(predictions: Vec<f64>) -> Result<Vec<f64>> {
    match predictions.iter().all(|prediction| prediction.is_finite()) {
        true => Ok(predictions),
        false => Err(Error::OutOfScale { column: TARGET.to_owned() }),
    }
}
