//! Singular values of small matrices by one-sided Jacobi rotations, which keep the digits of small ones.
//!
//! Hestenes, M. R. (1958). Inversion of matrices by biorthogonalization and related results. J. SIAM 6, 51–90; Demmel, J.,
//! Veselić, K. (1992). Jacobi's method is more accurate than QR. SIAM J. Matrix Anal. Appl. 13, 1204–1245.

use super::weighted::dot;
use crate::Result;
use crate::progress::{Watch, report};

/// `A = Σ value × left rightᵀ`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Svd {
    /// The singular values, one a column of `A`, in descending order.
    pub(crate) values: Vec<f64>,
    /// The left vectors times their values: the columns of `A` turned until they are at right angles.
    pub(crate) scaled_left: Vec<Vec<f64>>,
    /// The right vectors, of length 1.
    pub(crate) right: Vec<Vec<f64>>,
}

/// Decomposes the matrix of these columns, all of one length. Cost: about `8 · 6 n_rows n_columns²` operations.
pub(crate) fn decompose(mut columns: Vec<Vec<f64>>, watch: &mut Watch<'_>) -> Result<Svd> {
    const SWEEPS: usize = 40;
    let n = columns.len();
    let unit = |at: usize| (0..n).map(|other| f64::from(u8::from(other == at))).collect::<Vec<f64>>();
    let mut right: Vec<Vec<f64>> = (0..n).map(unit).collect();
    for _ in 0..SWEEPS {
        let mut rotated = false;
        for first in 0..n {
            report(watch, "decompose", first, n)?;
            for second in first + 1..n {
                if let Some((cosine, sine)) = rotation(&columns[first], &columns[second]) {
                    rotated = true;
                    rotate(&mut columns, first, second, cosine, sine);
                    rotate(&mut right, first, second, cosine, sine);
                }
            }
        }
        if !rotated {
            break;
        }
    }
    let lengths: Vec<f64> = columns.iter().map(|column| dot(column, column).sqrt()).collect();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&left, &right| lengths[right].total_cmp(&lengths[left]));
    Ok(Svd {
        values: order.iter().map(|&at| lengths[at]).collect(),
        scaled_left: order.iter().map(|&at| columns[at].clone()).collect(),
        right: order.iter().map(|&at| right[at].clone()).collect(),
    })
}

/// The cosine and sine that bring two columns to a right angle; `None` when they are there but for rounding.
fn rotation(left: &[f64], right: &[f64]) -> Option<(f64, f64)> {
    const ORTHOGONAL: f64 = 1e-15;
    let (aa, bb, ab) = (dot(left, left), dot(right, right), dot(left, right));
    if ab.abs() <= ORTHOGONAL * aa.sqrt() * bb.sqrt() {
        return None;
    }
    let zeta = (bb - aa) / (2.0 * ab);
    let tangent = 1.0_f64.copysign(zeta) / (zeta.abs() + libm::hypot(1.0, zeta));
    let cosine = 1.0 / libm::hypot(1.0, tangent);
    (tangent != 0.0).then_some((cosine, cosine * tangent))
}

fn rotate(columns: &mut [Vec<f64>], first: usize, second: usize, cosine: f64, sine: f64) {
    let (before, after) = columns.split_at_mut(second);
    for (a, b) in before[first].iter_mut().zip(&mut after[0]) {
        (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::unwatched;

    #[test]
    fn the_parts_make_the_matrix_again() {
        let columns = vec![vec![1.0, 2.0, 3.0], vec![4.0, 5.0, 6.0], vec![7.0, 8.0, 10.0], vec![0.0; 3]];
        let svd = decompose(columns.clone(), &mut unwatched).unwrap();
        assert!(svd.values.is_sorted_by(|left, right| left >= right));
        assert!(svd.values[3] < 1e-14);
        for (at, column) in columns.iter().enumerate() {
            for (row, value) in column.iter().enumerate() {
                let made: f64 = (0..4).map(|part| svd.scaled_left[part][row] * svd.right[part][at]).sum();
                assert!((made - value).abs() < 1e-14);
            }
        }
    }
}
