//! Kernels of one row with many, over columns kept together so that a block of rows is worked on at once.

use crate::Matrix;

/// How alike two rows are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kernel {
    /// The scalar product.
    Linear,
    /// `exp(−gamma · squared distance)`.
    Rbf { gamma: f64 },
}

/// The rows whose products are summed before going on: their sums stay in the nearest cache.
const BLOCK_ROWS: usize = 256;

/// Some rows of a matrix less an origin, column by column.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    n_rows: usize,
    values: Vec<f64>,
    norms: Vec<f64>,
}

impl Columns {
    /// The rows of `matrix` at `rows`, with `origin` taken from each.
    pub(super) fn new(matrix: &Matrix, rows: &[u32], origin: &[f64]) -> Self {
        let n_rows = rows.len();
        let mut values = vec![0.0; n_rows * origin.len()];
        for (at, &row) in rows.iter().enumerate() {
            for (column, (value, origin)) in matrix.row(row as usize).iter().zip(origin).enumerate() {
                values[column * n_rows + at] = value - origin;
            }
        }
        Self::from_values(n_rows, values)
    }

    fn from_values(n_rows: usize, values: Vec<f64>) -> Self {
        let mut norms = vec![0.0; n_rows];
        for column in values.chunks_exact(n_rows.max(1)) {
            norms.iter_mut().zip(column).for_each(|(norm, value)| *norm += value * value);
        }
        Self { n_rows, values, norms }
    }

    /// The rows at `positions`, in that order.
    pub(super) fn gather(&self, positions: &[u32]) -> Self {
        let columns = self.values.chunks_exact(self.n_rows.max(1));
        let values = columns.flat_map(|column| positions.iter().map(|&at| column[at as usize])).collect();
        let norms = positions.iter().map(|&at| self.norms[at as usize]).collect();
        Self { n_rows: positions.len(), values, norms }
    }

    pub(super) fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The squared length of the longest row.
    pub(super) fn greatest_norm(&self) -> f64 {
        self.norms.iter().copied().fold(0.0, f64::max)
    }

    /// Writes the row at `at` to `point` and gives its squared length.
    pub(super) fn read(&self, at: usize, point: &mut Vec<f64>) -> f64 {
        point.clear();
        point.extend(self.values.iter().skip(at).step_by(self.n_rows));
        self.norms[at]
    }

    /// Writes the scalar products of `point` with the rows `start..start + sums.len()`.
    fn products(&self, point: &[f64], start: usize, sums: &mut [f64]) {
        sums.fill(0.0);
        let length = sums.len();
        let column = |at: usize| &self.values[at * self.n_rows + start..at * self.n_rows + start + length];
        let fours = point.len() / 4 * 4;
        for first in (0..fours).step_by(4) {
            let (a, b, c, d) = (column(first), column(first + 1), column(first + 2), column(first + 3));
            let (p, q, r, s) = (point[first], point[first + 1], point[first + 2], point[first + 3]);
            let rows = a.iter().zip(b).zip(c.iter().zip(d));
            for (sum, ((a, b), (c, d))) in sums.iter_mut().zip(rows) {
                *sum += (p * a + q * b) + (r * c + s * d);
            }
        }
        for at in fours..point.len() {
            sums.iter_mut().zip(column(at)).for_each(|(sum, value)| *sum += point[at] * value);
        }
    }
}

impl Kernel {
    /// The kernel of the row at `at` with itself.
    pub(super) fn diagonal(self, columns: &Columns, at: usize) -> f64 {
        match self {
            Self::Linear => columns.norms[at],
            Self::Rbf { .. } => 1.0,
        }
    }

    /// Replaces the products of a block by kernels.
    fn finish(self, norm: f64, norms: &[f64], products: &mut [f64]) {
        let Self::Rbf { gamma } = self else { return };
        for (product, other) in products.iter_mut().zip(norms) {
            let squared = (norm + other - 2.0 * *product).max(0.0);
            *product = exp_of_negative(-gamma * squared);
        }
    }

    /// Writes the kernels of `point`, of squared length `norm`, with every row. A row's kernel does not depend on which
    /// others it stands among, to the last bit.
    pub(super) fn row(self, columns: &Columns, point: &[f64], norm: f64, kernels: &mut Vec<f32>) {
        kernels.clear();
        let mut buffer = [0.0; BLOCK_ROWS];
        for start in (0..columns.n_rows).step_by(BLOCK_ROWS) {
            let end = (start + BLOCK_ROWS).min(columns.n_rows);
            let block = &mut buffer[..end - start];
            columns.products(point, start, block);
            self.finish(norm, &columns.norms[start..end], block);
            kernels.extend(block.iter().map(|&kernel| kernel as f32));
        }
    }

    /// Adds to each of `sums`, one per row of `points`, the sum of `coefficients` times its kernels with `columns`.
    pub(super) fn weighted_sums(
        self,
        columns: &Columns,
        coefficients: &[f64],
        points: &Points<'_>,
        sums: &mut [f64],
    ) {
        let mut buffer = [0.0; BLOCK_ROWS];
        let mut point = vec![0.0; points.origin.len()];
        for start in (0..columns.n_rows).step_by(BLOCK_ROWS) {
            let end = (start + BLOCK_ROWS).min(columns.n_rows);
            let block = &mut buffer[..end - start];
            for (&row, sum) in points.rows.iter().zip(sums.iter_mut()) {
                let values = points.matrix.row(row as usize).iter().zip(points.origin);
                point.iter_mut().zip(values).for_each(|(point, (value, origin))| *point = value - origin);
                let norm = point.iter().fold(0.0, |norm, value| norm + value * value);
                columns.products(&point, start, block);
                self.finish(norm, &columns.norms[start..end], block);
                *sum +=
                    block.iter().zip(&coefficients[start..end]).map(|(kernel, by)| kernel * by).sum::<f64>();
            }
        }
    }
}

/// Rows to judge: those of `matrix` at `rows`, with `origin` taken from each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Points<'a> {
    pub(super) matrix: &'a Matrix,
    pub(super) rows: &'a [u32],
    pub(super) origin: &'a [f64],
}

/// `exp(x)` for `x <= 0` within 1e-11 of itself, by plain arithmetic that the compiler lays side by side: three times the
/// speed of a call, on every target the same bits. Kernels are kept with 24 bits, so nothing is lost.
fn exp_of_negative(x: f64) -> f64 {
    // Adding 1.5 · 2⁵² rounds to a whole number and leaves it in the lowest bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let rounded = x.max(-700.0) * std::f64::consts::LOG2_E + ROUND;
    let whole = rounded - ROUND;
    let rest = (x.max(-700.0) - whole * LN_2_HIGH) - whole * LN_2_LOW;
    let mut sum = 1.0 / 3_628_800.0;
    for factor in [362_880.0, 40_320.0, 5040.0, 720.0, 120.0, 24.0, 6.0, 2.0, 1.0, 1.0] {
        sum = sum * rest + 1.0 / factor;
    }
    f64::from_bits(sum.to_bits().wrapping_add(rounded.to_bits() << 52))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_exponential_is_the_exponential() {
        for step in 0..70_000 {
            let x = -f64::from(step) / 100.0;
            let exact = libm::exp(x);
            assert!((exp_of_negative(x) - exact).abs() <= 1e-11 * exact, "{x}");
        }
        assert!(exp_of_negative(-1e300) < 1e-300);
    }

    #[test]
    fn a_kernel_does_not_depend_on_the_rows_beside_it() {
        let values = (0..7 * 600).map(|at| f64::from(at * 37 % 101) / 10.0).collect();
        let matrix = Matrix::new((0..7).map(|column| format!("c{column}")).collect(), values).unwrap();
        let rows: Vec<u32> = (0..600).collect();
        let all = Columns::new(&matrix, &rows, &[5.0; 7]);
        let some: Vec<u32> = (0..600).filter(|row| row % 7 < 3).collect();
        let few = all.gather(&some);
        let (mut point, mut of_all, mut of_few) = (Vec::new(), Vec::new(), Vec::new());
        for kernel in [Kernel::Linear, Kernel::Rbf { gamma: 0.01 }] {
            let norm = all.read(17, &mut point);
            kernel.row(&all, &point, norm, &mut of_all);
            kernel.row(&few, &point, norm, &mut of_few);
            assert!(some.iter().zip(&of_few).all(|(&at, kernel)| of_all[at as usize] == *kernel));
            assert_eq!(f64::from(of_all[17]), f64::from(kernel.diagonal(&all, 17) as f32));
        }
    }
}
