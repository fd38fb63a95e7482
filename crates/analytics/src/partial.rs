//! Sums over rows that merge: the algebra every row-wise method is built on.
//!
//! Rows are cut into fixed chunks; each chunk is absorbed by a fresh partial; the partials merge in chunk order. Whoever
//! computes a chunk, and on however many workers, the same additions happen in the same order, so the bits are the same.

use std::ops::Range;

use crate::Matrix;

/// The rows of one chunk. Fixed: changing it changes the last digits of every result.
pub const CHUNK_ROWS: usize = 4096;

/// A mergeable summary of rows.
pub trait Partial {
    /// Takes in `rows` of `matrix`, the rows of one chunk.
    fn absorb(&mut self, matrix: &Matrix, rows: Range<usize>);

    /// Takes in the summary of the rows that follow.
    fn merge(&mut self, later: Self);
}

/// The chunks of `n_rows`, in order.
pub fn chunks(n_rows: usize) -> impl Iterator<Item = Range<usize>> {
    (0..n_rows).step_by(CHUNK_ROWS).map(move |start| start..(start + CHUNK_ROWS).min(n_rows))
}

/// The partials of the chunks that `shard` holds, in order: what one worker computes.
pub fn absorb_chunks<P: Partial>(
    matrix: &Matrix,
    shard: impl Iterator<Item = Range<usize>>,
    fresh: impl Fn() -> P,
) -> Vec<P> {
    shard
        .map(|rows| {
            let mut partial = fresh();
            partial.absorb(matrix, rows);
            partial
        })
        .collect()
}

/// Merges chunk partials in order; `None` when there are none.
pub fn merge_all<P: Partial>(partials: impl IntoIterator<Item = P>) -> Option<P> {
    partials.into_iter().reduce(|mut sum, later| {
        sum.merge(later);
        sum
    })
}

/// The partial of the whole matrix, in one pass.
pub fn summarize<P: Partial>(matrix: &Matrix, fresh: impl Fn() -> P) -> P {
    let mut sum: Option<P> = None;
    for rows in chunks(matrix.n_rows()) {
        let mut partial = fresh();
        partial.absorb(matrix, rows);
        match &mut sum {
            Some(sum) => sum.merge(partial),
            None => sum = Some(partial),
        }
    }
    sum.unwrap_or_else(fresh)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_every_row_once() {
        for n_rows in [0, 1, CHUNK_ROWS - 1, CHUNK_ROWS, CHUNK_ROWS + 1, 3 * CHUNK_ROWS] {
            let covered: Vec<usize> = chunks(n_rows).flatten().collect();
            assert_eq!(covered, (0..n_rows).collect::<Vec<_>>());
        }
    }
}
