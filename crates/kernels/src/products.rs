//! Products of blocks of columns.

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
