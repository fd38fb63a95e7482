//! Sums over labelled rows that may have weights, and the products of blocks of columns they are made of.

use std::ops::Range;

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

/// Adds `leftᵀ right` to the upper triangle of `sum`, of shape `(width, width)`, row-major; both blocks hold `width` columns of
/// `n_rows` values, one column after the other.
///
/// Two columns against four at a time, in two lanes: what fits a processor's registers, and a fixed order of additions.
pub(crate) fn add_products(left: &[f64], right: &[f64], n_rows: usize, width: usize, sum: &mut [f64]) {
    let column = |block: &'_ [f64], at: usize| at * n_rows..((at + 1) * n_rows).min(block.len());
    let mut first = 0;
    while first + 2 <= width {
        let (a, b) = (&left[column(left, first)], &left[column(left, first + 1)]);
        let mut second = first;
        while second + 4 <= width {
            let r = |at: usize| &right[column(right, second + at)];
            let tile = tile_2_by_4([a, b], [r(0), r(1), r(2), r(3)]);
            for at in 0..4 {
                sum[first * width + second + at] += tile[0][at];
                if second + at > first {
                    sum[(first + 1) * width + second + at] += tile[1][at];
                }
            }
            second += 4;
        }
        for second in second..width {
            let r = &right[column(right, second)];
            sum[first * width + second] += dot(a, r);
            if second > first {
                sum[(first + 1) * width + second] += dot(b, r);
            }
        }
        first += 2;
    }
    if first < width {
        sum[first * width + first] += dot(&left[column(left, first)], &right[column(right, first)]);
    }
}

fn tile_2_by_4(left: [&[f64]; 2], right: [&[f64]; 4]) -> [[f64; 4]; 2] {
    const LANES: usize = 2;
    let n_rows = left[0].len();
    let left = left.map(|column| &column[..n_rows]);
    let right = right.map(|column| &column[..n_rows]);
    let mut lanes = [[[0.0; LANES]; 4]; 2];
    let whole = n_rows - n_rows % LANES;
    let mut row = 0;
    while row < whole {
        for (lanes, left) in lanes.iter_mut().zip(&left) {
            for (lanes, right) in lanes.iter_mut().zip(&right) {
                for lane in 0..LANES {
                    lanes[lane] += left[row + lane] * right[row + lane];
                }
            }
        }
        row += LANES;
    }
    let mut sums = [[0.0; 4]; 2];
    for (i, left) in left.iter().enumerate() {
        for (j, right) in right.iter().enumerate() {
            let rest: f64 = (whole..n_rows).map(|row| left[row] * right[row]).sum();
            sums[i][j] = lanes[i][j][0] + lanes[i][j][1] + rest;
        }
    }
    sums
}

/// The sum of products, in four lanes: a fixed order that a processor can still do side by side.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 4];
    let (a_parts, b_parts) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = a_parts.remainder().iter().zip(b_parts.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a_parts.zip(b_parts) {
        for lane in 0..4 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]) + rest
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiled_products_equal_plain_ones() {
        for (width, n_rows) in
            [(1, 3), (2, 128), (3, 5), (4, 7), (5, 128), (6, 1), (7, 9), (9, 128), (12, 33)]
        {
            let value = |at: usize| ((at * 37 + 11) % 101) as f64 - 50.0;
            let left: Vec<f64> = (0..width * n_rows).map(value).collect();
            let right: Vec<f64> = (0..width * n_rows).map(|at| value(at + 13)).collect();
            let mut sum = vec![0.0; width * width];
            add_products(&left, &right, n_rows, width, &mut sum);
            for i in 0..width {
                for j in 0..width {
                    let plain: f64 =
                        (0..n_rows).map(|row| left[i * n_rows + row] * right[j * n_rows + row]).sum();
                    assert_eq!(
                        sum[i * width + j],
                        if j >= i { plain } else { 0.0 },
                        "{width} {n_rows} {i} {j}"
                    );
                }
            }
        }
    }
}
