//! The messages between a coordinator and its shards, as bytes.

use std::borrow::Cow;
use std::ops::Range;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::question::Question;
use crate::partial::CHUNK_ROWS;
use crate::predict::weighted::Rows;

/// The chunks of one [`Piece`]: a few megabytes, so that sending rows needs no second copy of all of them.
pub(super) const PIECE_CHUNKS: usize = 8;

/// What a coordinator tells a shard.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Order<'a> {
    /// Rows to hold.
    Hold { session: u64, piece: Piece<'a> },
    /// A question about rows held.
    Ask(Box<Ask<'a>>),
    /// Rows to let go of.
    Forget { session: u64 },
    /// All rows, to let go of.
    ForgetAll,
}

/// Rows of whole chunks.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Piece<'a> {
    pub(super) first_chunk: usize,
    pub(super) width: usize,
    pub(super) values: Cow<'a, [f64]>,
    /// Empty for rows without a target.
    pub(super) target: Cow<'a, [f64]>,
    pub(super) weights: Option<Cow<'a, [f64]>>,
}

impl<'a> Piece<'a> {
    /// The rows of `chunks`.
    pub(super) fn of(rows: &Rows<'a>, chunks: Range<usize>) -> Self {
        let range = rows_of(&chunks, rows.matrix.n_rows());
        Self {
            first_chunk: chunks.start,
            width: rows.matrix.n_columns(),
            values: rows.matrix.rows(range.clone()).into(),
            target: rows.target.get(range.clone()).unwrap_or_default().into(),
            weights: rows.weights.map(|weights| weights[range].into()),
        }
    }
}

/// A share of a pass.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Ask<'a> {
    pub(super) pass: Pass,
    pub(super) question: Cow<'a, Question>,
    /// The question of the pass before, for chunks that have missed it.
    pub(super) before: Option<Cow<'a, Question>>,
    /// Chunks, or pieces of work on all rows: the question knows.
    pub(super) parts: Range<usize>,
}

/// Which pass, over which rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pass {
    pub(super) session: u64,
    /// From 1 on within a session.
    pub(super) number: u64,
}

/// What stands before the answers, one a part.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) pass: Pass,
    pub(super) parts: Range<usize>,
}

/// The rows of `chunks`, of `n_rows` in all.
pub(super) fn rows_of(chunks: &Range<usize>, n_rows: usize) -> Range<usize> {
    (chunks.start * CHUNK_ROWS).min(n_rows)..(chunks.end * CHUNK_ROWS).min(n_rows)
}

/// Appends `value` to `bytes`.
pub(super) fn append(value: &impl Serialize, bytes: &mut Vec<u8>) {
    let written = postcard::to_extend(value, std::mem::take(bytes));
    *bytes = written.expect("a growing vector takes any of our types");
}

/// Reads a value from the front of `bytes`; `None` when they hold something else.
pub(super) fn take<T: DeserializeOwned>(bytes: &mut &[u8]) -> Option<T> {
    let (value, rest) = postcard::take_from_bytes(bytes).ok()?;
    *bytes = rest;
    Some(value)
}
