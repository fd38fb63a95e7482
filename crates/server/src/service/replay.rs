//! After a restore: what the consent ledger and the erase list know, and the restored records do not.

use stillroom_consent::{SubjectFlags, SubjectToken};

use super::ledger;
use super::removal::{self, Pace};
use crate::Fault;
use crate::repo::{EntryRow, Selection, Workspace};

/// What is kept apart from the records, so that restoring them cannot bring back what was ended.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    /// Ledger entries after the one the records know last, in order.
    pub(crate) entries: Vec<EntryRow>,
    /// Records that an operation erased, whether the restored records know it or not.
    pub(crate) erased: Vec<SubjectToken>,
}

/// Folds in what the records miss, and removes what must not be there. Part of one write transaction.
pub(crate) fn replay(room: &mut dyn Workspace, pace: Pace, journal: &Journal) -> Result<(), Fault> {
    for row in &journal.entries {
        let signed = ledger::read(row)?;
        ledger::fold_all(room, row.received_at, std::slice::from_ref(&signed))?;
        removal::begin(room, pace, std::slice::from_ref(&signed))?;
    }
    let mut again = Vec::new();
    for token in &journal.erased {
        let flags = room.flags(*token)?;
        if !flags.is_erased {
            room.set_flags(*token, SubjectFlags { is_erased: true, ..flags })?;
            again.push(*token);
        }
    }
    room.remove_keys(&again)?;
    removal::remove(room, &Selection::Tokens(&again), usize::MAX >> 1).map(drop)
}
