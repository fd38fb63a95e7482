//! A Cholesky factor that says where it fails.

/// The lower factor `L` of a symmetric positive definite matrix, of shape `(n, n)`, row-major.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cholesky {
    n: usize,
    lower: Vec<f64>,
}

impl Cholesky {
    /// Factors the matrix whose upper triangle is `upper`.
    ///
    /// # Errors
    /// The first position whose pivot is not above `tolerance` of its diagonal: it depends on those before it.
    pub(crate) fn new(upper: &[f64], n: usize, tolerance: f64) -> Result<Self, usize> {
        let mut lower = vec![0.0; n * n];
        for column in 0..n {
            for row in column..n {
                let known: f64 = {
                    let (a, b) = (&lower[row * n..row * n + column], &lower[column * n..column * n + column]);
                    a.iter().zip(b).map(|(a, b)| a * b).sum()
                };
                let rest = upper[column * n + row] - known;
                if row > column {
                    lower[row * n + column] = rest / lower[column * n + column];
                } else if rest > tolerance * upper[column * n + column] {
                    lower[column * n + column] = rest.sqrt();
                } else {
                    return Err(column);
                }
            }
        }
        Ok(Self { n, lower })
    }

    /// Solves `L Lᵀ x = right`.
    pub(crate) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let (n, mut x) = (self.n, right.to_vec());
        for row in 0..n {
            let known: f64 = (0..row).map(|column| self.lower[row * n + column] * x[column]).sum();
            x[row] = (x[row] - known) / self.lower[row * n + row];
        }
        for row in (0..n).rev() {
            let known: f64 = (row + 1..n).map(|column| self.lower[column * n + row] * x[column]).sum();
            x[row] = (x[row] - known) / self.lower[row * n + row];
        }
        x
    }

    /// Row `at` of `L⁻¹`.
    pub(crate) fn inverse_row(&self, at: usize) -> Vec<f64> {
        let n = self.n;
        let mut row = vec![0.0; n];
        row[at] = 1.0 / self.lower[at * n + at];
        for column in (0..at).rev() {
            let known: f64 = (column + 1..=at).map(|other| row[other] * self.lower[other * n + column]).sum();
            row[column] = -known / self.lower[column * n + column];
        }
        row
    }

    /// The inverse of the matrix, of shape `(n, n)`, row-major.
    pub(crate) fn inverse(&self) -> Vec<f64> {
        let unit = |position: usize| {
            (0..self.n).map(|other| f64::from(u8::from(other == position))).collect::<Vec<_>>()
        };
        (0..self.n).flat_map(|position| self.solve(&unit(position))).collect()
    }
}
