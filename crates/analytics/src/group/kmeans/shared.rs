//! Lloyd's passes when several workers hold the rows: what they are asked, and what comes back.
//!
//! Labels and slacks stay where the rows are. A chunk that changes hands starts afresh with the round before: slacks only save work, and
//! the labels of a round follow from its centres alone.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::settle::{KMeansPartial, Kept, Pass, Round};
use super::spread::Spread;
use crate::predict::weighted::Rows;
use crate::shards::{Memory, Question, SharedSum};

/// One pass: what moved.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Settle {
    /// What the pass must be told; answers leave it out.
    told: Option<(Round, Spread)>,
    pub(super) moved: KMeansPartial,
}

impl Settle {
    pub(super) fn new(round: &Round, spread: &Spread) -> Self {
        let (k, width) = (round.centroids().k(), spread.centre().len());
        Self { told: Some((round.clone(), spread.clone())), moved: KMeansPartial::new(k, width) }
    }
}

impl SharedSum for Settle {
    fn absorb(&mut self, rows: &Rows<'_>, range: Range<usize>, memory: &mut Memory) {
        let Some((round, spread)) = self.told.take() else { return };
        memory.labels.resize(range.len(), Kept::NONE);
        memory.slacks.resize(range.len(), 0.0);
        let mut kept = Kept { labels: &mut memory.labels, slacks: &mut memory.slacks };
        self.moved = Pass::new(&round, &spread).settle(rows.matrix, range, &mut kept);
    }

    fn merge(&mut self, later: Self) {
        self.moved.merge(&later.moved);
    }

    fn question(self) -> Question {
        Question::Settle(self)
    }
}

/// The labels and slacks of all rows, in order.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Recall {
    pub(super) labels: Vec<u32>,
    pub(super) slacks: Vec<f32>,
}

impl SharedSum for Recall {
    fn absorb(&mut self, _: &Rows<'_>, _: Range<usize>, memory: &mut Memory) {
        self.labels.clone_from(&memory.labels);
        self.slacks.clone_from(&memory.slacks);
    }

    fn merge(&mut self, later: Self) {
        self.labels.extend(later.labels);
        self.slacks.extend(later.slacks);
    }

    fn question(self) -> Question {
        Question::Recall(self)
    }
}
