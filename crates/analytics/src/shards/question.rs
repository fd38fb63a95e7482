//! What shards are asked: an empty sum, to be filled once a chunk.

use std::ops::Range;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::message::append;
use crate::group::kmeans::{Recall, Settle};
use crate::predict::linear::{NormalResidual, RFactor};
use crate::predict::logistic::NewtonSums;
use crate::predict::trees::forest::Grow;
use crate::predict::weighted::{Rows, WeightedSum};
use crate::reduce::pca::CrossProducts;

/// What a chunk's passes leave for the next one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory {
    /// The last pass the chunk took part in, 0 for none.
    pub(super) pass: u64,
    /// Of k-means: the label of each row, and how far the centres may move before it is looked at again.
    pub(crate) labels: Vec<u32>,
    pub(crate) slacks: Vec<f32>,
}

/// A sum over rows that can be filled anywhere: what it needs to know is inside it.
pub(crate) trait SharedSum: Clone + Serialize + DeserializeOwned {
    /// Takes in the rows of one chunk, at `range` of `rows`.
    fn absorb(&mut self, rows: &Rows<'_>, range: Range<usize>, memory: &mut Memory);

    /// Takes in the sum of the rows that follow.
    fn merge(&mut self, later: Self);

    /// Itself, as shards are asked.
    fn question(self) -> Question;
}

/// The sums that shards know.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Question {
    CrossProducts(CrossProducts),
    RFactor(RFactor),
    NormalResidual(NormalResidual),
    Newton(NewtonSums),
    Settle(Settle),
    Recall(Recall),
    /// Trees of a forest: work on all rows, and no sum.
    Grow(Grow),
}

impl Question {
    /// Appends the sum of the rows of one chunk to `answer`; nothing when it is no question of chunks.
    pub(super) fn answer(
        &self,
        rows: &Rows<'_>,
        range: Range<usize>,
        memory: &mut Memory,
        answer: &mut Vec<u8>,
    ) {
        match self {
            Self::CrossProducts(empty) => fill(empty, rows, range, memory, answer),
            Self::RFactor(empty) => fill(empty, rows, range, memory, answer),
            Self::NormalResidual(empty) => fill(empty, rows, range, memory, answer),
            Self::Newton(empty) => fill(empty, rows, range, memory, answer),
            Self::Settle(empty) => fill(empty, rows, range, memory, answer),
            Self::Recall(empty) => fill(empty, rows, range, memory, answer),
            Self::Grow(_) => {}
        }
    }

    /// Whether what a pass leaves in [`Memory`] changes the answer to the next.
    pub(super) fn is_remembered(&self) -> bool {
        matches!(self, Self::Settle(_))
    }
}

fn fill<S: SharedSum>(
    empty: &S,
    rows: &Rows<'_>,
    range: Range<usize>,
    memory: &mut Memory,
    answer: &mut Vec<u8>,
) {
    let mut sum = empty.clone();
    sum.absorb(rows, range, memory);
    append(&sum, answer);
}

/// Brings the memory of a chunk that has missed passes to the one before `number`: whoever takes over a chunk.
pub(super) fn catch_up(
    before: Option<&Question>,
    number: u64,
    rows: &Rows<'_>,
    range: Range<usize>,
    memory: &mut Memory,
) {
    if let Some(before) = before.filter(|_| memory.pass + 1 != number) {
        *memory = Memory::default();
        before.answer(rows, range, memory, &mut Vec::new());
    }
    memory.pass = number;
}

/// Makes a sum over labelled rows one that can be shared.
macro_rules! shared {
    ($sum:ty, $question:ident) => {
        impl SharedSum for $sum {
            fn absorb(&mut self, rows: &Rows<'_>, range: Range<usize>, _: &mut Memory) {
                let weights = rows.weights.map(|weights| &weights[range.clone()]);
                WeightedSum::absorb(self, rows.matrix.rows(range.clone()), &rows.target[range], weights);
            }

            fn merge(&mut self, later: Self) {
                WeightedSum::merge(self, later);
            }

            fn question(self) -> Question {
                Question::$question(self)
            }
        }
    };
}

shared!(RFactor, RFactor);
shared!(NormalResidual, NormalResidual);
shared!(NewtonSums, Newton);

impl SharedSum for CrossProducts {
    fn absorb(&mut self, rows: &Rows<'_>, range: Range<usize>, _: &mut Memory) {
        crate::partial::Partial::absorb(self, rows.matrix, range);
    }

    fn merge(&mut self, later: Self) {
        crate::partial::Partial::merge(self, later);
    }

    fn question(self) -> Question {
        Question::CrossProducts(self)
    }
}
