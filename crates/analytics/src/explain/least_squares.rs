//! Small weighted least squares with a ridge: the solver behind sampled coalitions and local surrogates.

/// The sums of a weighted fit of one target by `n` columns.
#[derive(Debug, Clone)]
pub(super) struct Sums {
    n: usize,
    gram: Vec<f64>,
    moments: Vec<f64>,
}

impl Sums {
    pub(super) fn new(n: usize) -> Self {
        Self { n, gram: vec![0.0; n * n], moments: vec![0.0; n] }
    }

    /// Takes in one row, of length `n`, its target and its weight.
    pub(super) fn add(&mut self, row: &[f64], target: f64, weight: f64) {
        for (left, &value) in row.iter().enumerate().filter(|(_, value)| **value != 0.0) {
            let weighted = weight * value;
            self.moments[left] += weighted * target;
            let line = &mut self.gram[left * self.n..left * self.n + left + 1];
            line.iter_mut().zip(row).for_each(|(sum, other)| *sum += weighted * other);
        }
    }

    /// The coefficients that minimize the weighted squares plus `ridge[column]` times each coefficient's square. A column
    /// that follows from those before it gets 0.
    pub(super) fn solve(&self, ridge: &[f64]) -> Vec<f64> {
        let n = self.n;
        let mut lower = self.gram.clone();
        ridge.iter().enumerate().for_each(|(column, ridge)| lower[column * n + column] += ridge);
        let mut x = self.moments.clone();
        let mut is_free = vec![true; n];
        for column in 0..n {
            let diagonal = lower[column * n + column];
            let pivot = diagonal
                - dot(&lower[column * n..column * n + column], &lower[column * n..column * n + column]);
            // A pivot this small is what rounding leaves of a dependent column.
            is_free[column] = pivot > 1e-13 * diagonal && pivot > 0.0;
            let root = if is_free[column] { pivot.sqrt() } else { 1.0 };
            for row in column + 1..n {
                let known = dot(&lower[row * n..row * n + column], &lower[column * n..column * n + column]);
                let rest = if is_free[column] { (lower[row * n + column] - known) / root } else { 0.0 };
                lower[row * n + column] = rest;
            }
            lower[column * n + column] = root;
            if !is_free[column] {
                lower[column * n..column * n + column].fill(0.0);
            }
        }
        for row in 0..n {
            let known = dot(&lower[row * n..row * n + row], &x[..row]);
            x[row] = if is_free[row] { (x[row] - known) / lower[row * n + row] } else { 0.0 };
        }
        for row in (0..n).rev() {
            let known: f64 = (row + 1..n).map(|later| lower[later * n + row] * x[later]).sum();
            x[row] = if is_free[row] { (x[row] - known) / lower[row * n + row] } else { 0.0 };
        }
        x
    }
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_is_found_and_a_dependent_column_gets_nothing() {
        let mut sums = Sums::new(3);
        for (x, y) in [(1.0, 2.0), (2.0, -1.0), (0.5, 4.0), (3.0, 3.0)] {
            sums.add(&[x, y, x + y], 2.0 * x - 3.0 * y, 0.5 + x);
        }
        let found = sums.solve(&[0.0; 3]);
        for (found, expected) in found.iter().zip([2.0, -3.0, 0.0]) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }

    #[test]
    fn a_ridge_shrinks() {
        let mut sums = Sums::new(1);
        sums.add(&[2.0], 4.0, 1.0);
        assert!((sums.solve(&[4.0])[0] - 1.0).abs() < 1e-15);
    }
}
