//! Rows turned into columns.

/// Lays whole `rows`, as long as `shifts`, one column after the other into `columns`, each value as `(value - shift) * scale`.
///
/// `columns` is as long as `rows`. Cost: one read and one write a value, in blocks that should fit a processor's cache.
pub fn lay_columns(rows: &[f64], shifts: &[f64], scales: &[f64], columns: &mut [f64]) {
    let width = shifts.len();
    let n_rows = rows.len().checked_div(width).unwrap_or(0);
    if n_rows == 0 {
        return;
    }
    for (at, (column, (shift, scale))) in
        columns.chunks_exact_mut(n_rows).zip(shifts.iter().zip(scales)).enumerate()
    {
        for (value, row) in column.iter_mut().zip(rows.chunks_exact(width)) {
            *value = (row[at] - shift) * scale;
        }
    }
}

/// The sums of the columns of `rows`, as long as `origin`, each value less its origin.
#[must_use]
pub fn sum_columns(rows: &[f64], origin: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; origin.len()];
    for row in rows.chunks_exact(origin.len()) {
        for ((sum, value), start) in sums.iter_mut().zip(row).zip(origin) {
            *sum += value - start;
        }
    }
    sums
}

/// `columns`, all of one length, as rows one after the other.
#[must_use]
pub fn interleave(columns: &[&[f64]]) -> Vec<f64> {
    // So many rows of a few columns fit the nearest cache.
    const TOGETHER: usize = 64;
    let (width, n_rows) = (columns.len(), columns.first().map_or(0, |column| column.len()));
    let mut block = vec![0.0; TOGETHER * width];
    // Rows are appended, never written over: a large table's memory is touched once.
    let mut rows = Vec::with_capacity(n_rows * width);
    for first in (0..n_rows).step_by(TOGETHER) {
        let block = &mut block[..TOGETHER.min(n_rows - first) * width];
        for (place, column) in columns.iter().enumerate() {
            for (row, value) in block.chunks_exact_mut(width).zip(&column[first..]) {
                row[place] = *value;
            }
        }
        rows.extend_from_slice(block);
    }
    rows
}

/// Whether any of `values` is infinite.
#[must_use]
pub fn has_infinity(values: &[f64]) -> bool {
    any_in_blocks(values, f64::is_infinite)
}

/// Whether any of `values` is infinite or no number.
#[must_use]
pub fn has_gap(values: &[f64]) -> bool {
    any_in_blocks(values, |value| !value.is_finite())
}

/// Looks at whole blocks before it asks whether something was found: a loop that may end at every value cannot take several at
/// once.
#[inline(always)]
fn any_in_blocks(values: &[f64], is_found: impl Fn(f64) -> bool) -> bool {
    const BLOCK: usize = 1024;
    values.chunks(BLOCK).any(|block| block.iter().fold(false, |found, &value| found | is_found(value)))
}

/// The smaller of two numbers, the second unless the first is smaller: one comparison where `f64::min` is a call in WebAssembly.
#[inline(always)]
#[must_use]
pub fn smaller(first: f64, second: f64) -> f64 {
    if first < second { first } else { second }
}

/// The larger of two numbers, the second unless the first is larger.
#[inline(always)]
#[must_use]
pub fn larger(first: f64, second: f64) -> f64 {
    if first > second { first } else { second }
}

/// Widens the ranges from `low` to `high`, one a column, to hold `rows`.
pub fn widen(rows: &[f64], low: &mut [f64], high: &mut [f64]) {
    for row in rows.chunks_exact(low.len().max(1)) {
        for ((low, high), value) in low.iter_mut().zip(high.iter_mut()).zip(row) {
            *low = smaller(*value, *low);
            *high = larger(*value, *high);
        }
    }
}

/// Enlarges `sizes`, one a column, to those of the values of `rows` about `origin`.
pub fn enlarge(rows: &[f64], origin: &[f64], sizes: &mut [f64]) {
    for row in rows.chunks_exact(sizes.len().max(1)) {
        for ((size, value), origin) in sizes.iter_mut().zip(row).zip(origin) {
            *size = larger((value - origin).abs(), *size);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_and_rows_are_each_others_turn() {
        for (width, n_rows) in [(1, 1), (3, 1), (1, 200), (5, 63), (4, 64), (7, 130)] {
            let columns: Vec<Vec<f64>> = (0..width)
                .map(|column| (0..n_rows).map(|row| (row * 31 + column) as f64).collect())
                .collect();
            let rows = interleave(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>());
            assert_eq!(rows.len(), width * n_rows);
            assert_eq!(rows[width - 1], (width - 1) as f64);
            let mut back = vec![0.0; width * n_rows];
            lay_columns(&rows, &vec![1.0; width], &vec![2.0; width], &mut back);
            let expected: Vec<f64> = columns.concat().iter().map(|value| (value - 1.0) * 2.0).collect();
            assert_eq!(back, expected);
            let sums: Vec<f64> =
                columns.iter().map(|column| column.iter().map(|value| value - 1.0).sum()).collect();
            assert_eq!(sum_columns(&rows, &vec![1.0; width]), sums);
        }
    }

    #[test]
    fn what_is_no_finite_number_is_found_wherever_it_is() {
        for n in [1, 7, 1024, 2500] {
            let values = vec![-1.5; n];
            assert!(!has_infinity(&values) && !has_gap(&values));
            for place in [0, n / 2, n - 1] {
                for (bad, is_infinite) in
                    [(f64::INFINITY, true), (f64::NEG_INFINITY, true), (f64::NAN, false)]
                {
                    let mut values = values.clone();
                    values[place] = bad;
                    assert_eq!((has_infinity(&values), has_gap(&values)), (is_infinite, true));
                }
            }
        }
        assert!(!has_gap(&[f64::MAX, f64::MIN_POSITIVE, -0.0]) && !has_gap(&[]));
    }

    #[test]
    fn ranges_and_sizes_hold_every_value() {
        let rows = [1.0, -2.0, 3.0, 0.5, -1.0, 4.0];
        let (mut low, mut high) = ([f64::MAX; 2], [f64::MIN; 2]);
        widen(&rows, &mut low, &mut high);
        assert_eq!((low, high), ([-1.0, -2.0], [3.0, 4.0]));
        let mut sizes = [0.0; 2];
        enlarge(&rows, &[1.0, 0.0], &mut sizes);
        assert_eq!(sizes, [2.0, 4.0]);
    }
}
