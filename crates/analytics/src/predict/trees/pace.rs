//! Reports between pieces of work of about equal size, however large the nodes are.

use crate::Result;
use crate::progress::{Watch, report};

/// The cells of work between two reports: some 10 ms.
const CELLS: usize = 1 << 20;

/// A watcher and how far the work is.
pub(super) struct Pace<'a, 'b> {
    watch: &'a mut Watch<'b>,
    stage: &'static str,
    cells: usize,
    done: usize,
    total: usize,
}

impl<'a, 'b> Pace<'a, 'b> {
    pub(super) fn new(watch: &'a mut Watch<'b>, stage: &'static str, total: usize) -> Self {
        Self { watch, stage, cells: 0, done: 0, total }
    }

    /// Notes `cells` of work, and reports when enough has been done since the last report.
    pub(super) fn work(&mut self, cells: usize) -> Result<()> {
        self.cells += cells;
        if self.cells < CELLS {
            return Ok(());
        }
        self.cells = 0;
        report(self.watch, self.stage, self.done, self.total)
    }

    /// Notes `units` of the total as done, and reports.
    pub(super) fn done(&mut self, units: usize) -> Result<()> {
        self.done += units;
        self.cells = 0;
        report(self.watch, self.stage, self.done, self.total)
    }
}
