//! Products of blocks of columns, and what is solved with them.

use crate::LANES;

/// Adds `leftᵀ right` to the upper triangle of `sum`, of shape `(width, width)`, row-major; both blocks hold `width` columns of
/// `n_rows` values, one column after the other.
///
/// Two columns against four at a time, in two lanes: what fits a processor's registers, and a fixed order of additions.
pub fn add_products(left: &[f64], right: &[f64], n_rows: usize, width: usize, sum: &mut [f64]) {
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
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
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

/// The residuals of a line, and their products with its columns.
///
/// `found[row] = target[row] - intercept - Σ rows[row] · slopes`; their sum is added to `pulls[0]`, their products with the columns
/// to the entries after it. `rows` holds as many values a row as there are `slopes`.
pub fn residuals(
    rows: &[f64],
    target: &[f64],
    (intercept, slopes): (f64, &[f64]),
    found: &mut [f64],
    pulls: &mut [f64],
) {
    let Some((sum, pulls)) = pulls.split_first_mut() else { return };
    let pairs = rows.chunks_exact(slopes.len().max(1)).zip(target);
    for (found, (row, target)) in found.iter_mut().zip(pairs) {
        let residual = target - intercept - dot(row, slopes);
        *found = residual;
        *sum += residual;
        pulls.iter_mut().zip(row).for_each(|(pull, value)| *pull += residual * value);
    }
}

/// Solves `Rᵀ x = b` for many `b`: `columns` holds `n` columns of `n_rows` values, one entry of each `b` after the other, and
/// becomes the solutions. `triangle` is `R`, of shape `(n, n)`, row by row.
pub fn solve_transposed(triangle: &[f64], n: usize, columns: &mut [f64], n_rows: usize) {
    let mut solved = vec![[0.0; LANES]; n];
    let whole = n_rows - n_rows % LANES;
    for first in (0..whole).step_by(LANES) {
        for place in 0..n {
            let lanes = &mut columns[place * n_rows + first..][..LANES];
            let mut sums = [0.0; LANES];
            sums.copy_from_slice(lanes);
            for (known, solved) in solved[..place].iter().enumerate() {
                let share = triangle[known * n + place];
                for (sum, known) in sums.iter_mut().zip(solved) {
                    *sum -= share * known;
                }
            }
            let divisor = triangle[place * n + place];
            sums.iter_mut().for_each(|sum| *sum /= divisor);
            solved[place] = sums;
            lanes.copy_from_slice(&sums);
        }
    }
    for row in whole..n_rows {
        for place in 0..n {
            let known =
                |sum: f64, known: usize| sum - triangle[known * n + place] * columns[known * n_rows + row];
            let sum = (0..place).fold(columns[place * n_rows + row], known);
            columns[place * n_rows + row] = sum / triangle[place * n + place];
        }
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

    #[test]
    fn residuals_and_their_products_are_those_of_the_plain_sums() {
        let (n_rows, width) = (37, 5);
        let rows: Vec<f64> = (0..n_rows * width).map(|at| ((at * 7) % 11) as f64 - 5.0).collect();
        let target: Vec<f64> = (0..n_rows).map(|row| (row % 4) as f64).collect();
        let slopes = [1.0, -2.0, 0.5, 3.0, 0.0];
        let (mut found, mut pulls) = (vec![0.0; n_rows], vec![0.0; width + 1]);
        residuals(&rows, &target, (2.0, &slopes), &mut found, &mut pulls);
        let plain = |row: usize| {
            target[row] - 2.0 - (0..width).map(|it| rows[row * width + it] * slopes[it]).sum::<f64>()
        };
        assert_eq!(found, (0..n_rows).map(plain).collect::<Vec<_>>());
        assert_eq!(pulls[0], (0..n_rows).map(plain).sum::<f64>());
        for column in 0..width {
            let product = |row: usize| plain(row) * rows[row * width + column];
            assert_eq!(pulls[column + 1], (0..n_rows).map(product).sum::<f64>());
        }
    }

    #[test]
    fn rows_solved_side_by_side_are_solved_as_one_by_one() {
        let (n, n_rows) = (5, 35);
        let triangle: Vec<f64> = (0..n * n).map(|at| 1.0 + ((at * 13) % 7) as f64).collect();
        let right: Vec<f64> = (0..n * n_rows).map(|at| ((at * 29) % 17) as f64).collect();
        let mut columns = right.clone();
        solve_transposed(&triangle, n, &mut columns, n_rows);
        for row in 0..n_rows {
            let mut single: Vec<f64> = (0..n).map(|place| right[place * n_rows + row]).collect();
            solve_transposed(&triangle, n, &mut single, 1);
            let side_by_side: Vec<f64> = (0..n).map(|place| columns[place * n_rows + row]).collect();
            assert_eq!(single, side_by_side);
            let back =
                |place: usize| (0..=place).map(|it| triangle[it * n + place] * single[it]).sum::<f64>();
            assert!((0..n).all(|place| (back(place) - right[place * n_rows + row]).abs() < 1e-9));
        }
    }
}
