//! Eigenvalues of small symmetric matrices, to full relative accuracy where the matrix allows it.

use crate::Result;
use crate::progress::{Watch, report};

/// Eigenvalues in descending order with their unit eigenvectors.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Eigen {
    pub(crate) values: Vec<f64>,
    /// One vector an eigenvalue, each of length `n`.
    pub(crate) vectors: Vec<Vec<f64>>,
}

/// Decomposes the symmetric `matrix` of shape `(n, n)`, row by row, by cyclic Jacobi rotations (Golub and Van Loan,
/// 8.5). Chosen over tridiagonal QL because columns on scales seven powers of ten apart, usual before standardizing,
/// keep the digits of their small variances (Demmel and Veselić 1992). Cost: about `8 · 6 n³` operations.
pub(crate) fn decompose_symmetric(mut matrix: Vec<f64>, n: usize, watch: &mut Watch<'_>) -> Result<Eigen> {
    let mut vectors = vec![0.0; n * n];
    for diagonal in 0..n {
        vectors[diagonal * n + diagonal] = 1.0;
    }
    let max_sweeps = 60;
    for sweep in 0..max_sweeps {
        report(watch, "eigen", sweep, 0)?;
        let mut is_diagonal = true;
        for first in 0..n {
            for second in first + 1..n {
                is_diagonal &= !rotate(&mut matrix, &mut vectors, n, first, second);
            }
        }
        if is_diagonal {
            break;
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&left, &right| matrix[right * n + right].total_cmp(&matrix[left * n + left]));
    Ok(Eigen {
        values: order.iter().map(|&it| matrix[it * n + it]).collect(),
        vectors: order.iter().map(|&it| vectors[it * n..(it + 1) * n].to_vec()).collect(),
    })
}

/// Zeroes one off-diagonal pair; false when it is negligible beside its diagonal already.
fn rotate(matrix: &mut [f64], vectors: &mut [f64], n: usize, first: usize, second: usize) -> bool {
    let off = matrix[first * n + second];
    let (low, high) = (matrix[first * n + first], matrix[second * n + second]);
    if off == 0.0 || off.abs() <= f64::EPSILON * low.abs().sqrt() * high.abs().sqrt() {
        return false;
    }
    let largest = (0..n).fold(0.0, |most: f64, it| most.max(matrix[it * n + it].abs()));
    if off.abs() <= largest * 1e-40 {
        (matrix[first * n + second], matrix[second * n + first]) = (0.0, 0.0);
        return false;
    }
    let theta = (high - low) / (2.0 * off);
    let tangent = if theta.abs() > 1e150 {
        0.5 / theta
    } else {
        theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt())
    };
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    let sine = tangent * cosine;
    turn_rows(matrix, n, first, second, cosine, sine);
    for row in 0..n {
        let value = matrix[first * n + row];
        matrix[row * n + first] = value;
        let value = matrix[second * n + row];
        matrix[row * n + second] = value;
    }
    matrix[first * n + first] = low - tangent * off;
    matrix[second * n + second] = high + tangent * off;
    (matrix[first * n + second], matrix[second * n + first]) = (0.0, 0.0);
    turn_rows(vectors, n, first, second, cosine, sine);
    true
}

fn turn_rows(matrix: &mut [f64], n: usize, first: usize, second: usize, cosine: f64, sine: f64) {
    let (head, tail) = matrix.split_at_mut(second * n);
    let upper = &mut head[first * n..(first + 1) * n];
    for (above, below) in upper.iter_mut().zip(&mut tail[..n]) {
        (*above, *below) = (cosine * *above - sine * *below, sine * *above + cosine * *below);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::unwatched;

    #[test]
    fn a_known_matrix_has_its_known_eigenvalues() {
        // The second-difference matrix of order n has the eigenvalues 2 - 2 cos(kπ/(n+1)).
        let n = 40;
        let cell = |row: usize, column: usize| match row.abs_diff(column) {
            0 => 2.0,
            1 => -1.0,
            _ => 0.0,
        };
        let matrix = (0..n * n).map(|it| cell(it / n, it % n)).collect();
        let eigen = decompose_symmetric(matrix, n, &mut unwatched).unwrap();
        for (it, value) in eigen.values.iter().enumerate() {
            let expected = 2.0 - 2.0 * (std::f64::consts::PI * (n - it) as f64 / (n + 1) as f64).cos();
            assert!((value - expected).abs() < 1e-14 * 4.0, "{value} {expected}");
        }
    }

    #[test]
    fn vectors_are_orthonormal_and_rebuild_a_graded_matrix() {
        let n = 6;
        let scales = [1e7, 1e3, 1.0, 1e-2, 1e-5, 1e-7];
        let cell = |row: usize, column: usize| {
            let base = if row == column { 1.0 } else { 0.3 / (1.0 + row.abs_diff(column) as f64) };
            base * scales[row] * scales[column]
        };
        let matrix: Vec<f64> = (0..n * n).map(|it| cell(it / n, it % n)).collect();
        let eigen = decompose_symmetric(matrix.clone(), n, &mut unwatched).unwrap();
        for left in 0..n {
            for right in 0..n {
                let dot: f64 =
                    eigen.vectors[left].iter().zip(&eigen.vectors[right]).map(|(a, b)| a * b).sum();
                assert!((dot - f64::from(u8::from(left == right))).abs() < 1e-14);
                let rebuilt: f64 = (0..n)
                    .map(|it| eigen.values[it] * eigen.vectors[it][left] * eigen.vectors[it][right])
                    .sum();
                let size = scales[left] * scales[right];
                assert!((rebuilt - matrix[left * n + right]).abs() < 1e-13 * size.max(1e-14 * 1e14));
            }
        }
        assert!(eigen.values.iter().all(|value| *value > 0.0), "a positive definite matrix stays so");
    }
}
