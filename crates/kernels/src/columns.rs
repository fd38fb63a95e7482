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

/// Interleaves `columns` into rows: position `row · columns.len() + column` of `rows` becomes `columns[column][row]`. All columns
/// are of one length; `rows` is as long as all of them together.
pub fn interleave(columns: &[&[f64]], rows: &mut [f64]) {
    // So many rows of a few columns fit the nearest cache.
    const TOGETHER: usize = 64;
    let width = columns.len();
    for (at, rows) in rows.chunks_mut(TOGETHER * width.max(1)).enumerate() {
        let first = at * TOGETHER;
        for (place, column) in columns.iter().enumerate() {
            for (row, value) in rows.chunks_exact_mut(width).zip(&column[first..]) {
                row[place] = *value;
            }
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
            let mut rows = vec![0.0; width * n_rows];
            interleave(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>(), &mut rows);
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
}
