//! Removing what an ending entry of the ledger says must go: at once up to a step, the rest step by step, and always to the end.

use std::collections::BTreeSet;

use stillroom_consent::{Event, SignedEntry, SubjectToken};

use super::ledger;
use crate::Fault;
use crate::repo::{Removal, Selection, Workspace};

/// How much goes at once, and when it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Operations in one transaction.
    pub(crate) step: usize,
    /// Milliseconds since 1970.
    pub(crate) now: i64,
}

/// Notes the removals that follow from `entries` and does their first step. Entries that end the same thing share one removal,
/// and so one receipt.
pub(super) fn begin(
    room: &mut dyn Workspace,
    pace: Pace,
    entries: &[SignedEntry],
) -> Result<Vec<Removal>, Fault> {
    let ending = entries.iter().filter(|signed| removes(&signed.entry.event)).collect::<Vec<_>>();
    let mut removals = Vec::new();
    for together in ending.chunk_by(|one, next| is_one_removal(one, next)) {
        let (Some(first), Some(last)) = (together.first(), together.last()) else { continue };
        let mut removal = Removal {
            first_entry: first.entry.seq,
            last_entry: last.entry.seq,
            next_entry: first.entry.seq,
            requested_at: pace.now,
            completed_at: None,
            n_rows: 0,
            n_keys: 0,
            seq: room.tail()?.seq,
        };
        advance(room, pace, &mut removal)?;
        removals.push(removal);
    }
    Ok(removals)
}

fn removes(event: &Event) -> bool {
    event.is_ending() && !matches!(event, Event::Restricted { .. })
}

fn is_one_removal(one: &SignedEntry, next: &SignedEntry) -> bool {
    if next.entry.seq != one.entry.seq + 1 {
        return false;
    }
    match (&one.entry.event, &next.entry.event) {
        (Event::Erased { .. }, Event::Erased { .. }) => true,
        (
            Event::Bases { purpose, basis, .. },
            Event::Bases { purpose: next_purpose, basis: next_basis, .. },
        ) => purpose == next_purpose && basis.state == next_basis.state,
        _ => false,
    }
}

/// Does one step of a removal and writes how far it is. Part of one write transaction.
pub(super) fn advance(room: &mut dyn Workspace, pace: Pace, removal: &mut Removal) -> Result<(), Fault> {
    let mut left = pace.step;
    while left > 0 && removal.next_entry <= removal.last_entry {
        let rows = room.entries_since(removal.next_entry - 1, 1)?;
        let row = rows.first().ok_or(Fault::Corrupt { what: "a ledger that lost an entry" })?;
        let went = end(room, &ledger::read(row)?.entry.event, left)?;
        removal.n_rows += went.n_rows;
        removal.n_keys += went.n_keys;
        let n_rows = usize::try_from(went.n_rows).unwrap_or(left);
        if n_rows < left {
            removal.next_entry += 1;
        }
        left = left.saturating_sub(n_rows.max(1));
    }
    if removal.next_entry > removal.last_entry {
        removal.completed_at = removal.completed_at.or(Some(pace.now));
    }
    room.put_removal(removal)
}

/// Does one step of the first removal that is not complete; `false` when all are.
pub(crate) fn advance_next(room: &mut dyn Workspace, pace: Pace) -> Result<bool, Fault> {
    let open = room.removals()?.into_iter().find(|removal| removal.completed_at.is_none());
    match open {
        Some(mut removal) => advance(room, pace, &mut removal).map(|()| true),
        None => Ok(false),
    }
}

/// Does every removal to its end in one transaction, where nobody waits.
pub(crate) fn finish(room: &mut dyn Workspace, pace: Pace) -> Result<(), Fault> {
    while advance_next(room, pace)? {}
    Ok(())
}

/// What one step removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Went {
    pub(crate) n_rows: u64,
    pub(crate) n_keys: u64,
}

fn end(room: &mut dyn Workspace, event: &Event, max: usize) -> Result<Went, Fault> {
    match event {
        Event::GrantWithdrawn { grant } => remove(room, &Selection::Grant(*grant), max),
        Event::Bases { tokens, .. } | Event::Erased { tokens } => {
            let n_keys = room.remove_keys(tokens)?;
            let went = remove(room, &Selection::Tokens(tokens), max)?;
            Ok(Went { n_keys: n_keys + went.n_keys, ..went })
        }
        _ => Ok(Went::default()),
    }
}

/// Removes at most `max` operations, and the data keys of records of which nothing is left.
pub(super) fn remove(room: &mut dyn Workspace, selection: &Selection<'_>, max: usize) -> Result<Went, Fault> {
    let removed = room.make_gone(selection, max)?;
    if removed.is_empty() {
        return Ok(Went::default());
    }
    let touched: BTreeSet<SubjectToken> = removed.iter().map(|row| row.token).collect();
    let touched: Vec<SubjectToken> = touched.into_iter().collect();
    let kept: BTreeSet<SubjectToken> = room.tokens_with_content(&touched)?.into_iter().collect();
    let empty: Vec<SubjectToken> = touched.into_iter().filter(|token| !kept.contains(token)).collect();
    let mut tail = room.tail()?;
    tail.held.ops = tail.held.ops.saturating_sub(removed.len() as u64);
    tail.held.bytes = tail.held.bytes.saturating_sub(removed.iter().map(|row| row.bytes).sum());
    if matches!(selection, Selection::Deletions { .. }) {
        let last = removed.iter().map(|row| row.seq).max();
        tail.floor = tail.floor.max(last.unwrap_or_default());
    }
    room.set_tail(&tail)?;
    Ok(Went { n_rows: removed.len() as u64, n_keys: room.remove_keys(&empty)? })
}
