//! How rows lie about their mean: what the passes scale and round by.

use serde::{Deserialize, Serialize};
use stillroom_kernels::exact::Grid;

use crate::Matrix;
use crate::partial::chunks;

/// How all rows lie about their mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    n_rows: usize,
    /// The mean of each column.
    centre: Vec<f64>,
    /// The largest distance of a value to its column's mean.
    reaches: Vec<f64>,
    /// The mean over columns of the variance, divisor `n`.
    variance: f64,
    /// The largest squared distance of a row to the centre.
    squared_reach: f64,
}

impl Spread {
    /// Two passes over the rows of `matrix`, chunk by chunk in order.
    #[must_use]
    pub fn of(matrix: &Matrix) -> Self {
        let (n_rows, width) = (matrix.n_rows() as f64, matrix.n_columns());
        let mut centre = matrix.row(0).to_vec();
        let start = centre.clone();
        for rows in chunks(matrix.n_rows()) {
            let mut sums = vec![0.0; width];
            for row in matrix.rows(rows).chunks_exact(width) {
                for (sum, (value, origin)) in sums.iter_mut().zip(row.iter().zip(&start)) {
                    *sum += value - origin;
                }
            }
            for (mean, sum) in centre.iter_mut().zip(&sums) {
                *mean += sum / n_rows;
            }
        }
        let (mut reaches, mut total, mut squared_reach) = (vec![0.0; width], 0.0, 0.0);
        for rows in chunks(matrix.n_rows()) {
            let mut chunk = 0.0;
            for row in matrix.rows(rows).chunks_exact(width) {
                let mut square = 0.0;
                for (reach, (value, mean)) in reaches.iter_mut().zip(row.iter().zip(&centre)) {
                    let way = value - mean;
                    *reach = f64::max(*reach, way.abs());
                    square += way * way;
                }
                chunk += square;
                squared_reach = f64::max(squared_reach, square);
            }
            total += chunk;
        }
        Self {
            n_rows: matrix.n_rows(),
            centre,
            reaches,
            variance: total / n_rows / width as f64,
            squared_reach,
        }
    }

    /// The mean of each column.
    #[must_use]
    pub fn centre(&self) -> &[f64] {
        &self.centre
    }

    /// The mean over columns of the variance, divisor `n`.
    #[must_use]
    pub fn variance(&self) -> f64 {
        self.variance
    }

    /// The factor that brings all rows within a distance of 1 of the centre; 1 when all are alike.
    pub(super) fn scale(&self) -> f64 {
        if self.squared_reach > 0.0 { 1.0 / self.squared_reach.sqrt() } else { 1.0 }
    }

    /// The grids on which sums of rows about the centre are exact.
    pub(super) fn grid(&self) -> Grid {
        Grid::new(&self.reaches, self.n_rows)
    }
}
