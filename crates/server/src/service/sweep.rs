//! What ends by itself: terms of grants and bases, the retention of each purpose, and operations nobody needs any more.

use stillroom_consent::Purpose;

use super::{Rules, removal};
use crate::Fault;
use crate::repo::{Selection, Workspace};

const DAY_MILLIS: i64 = 86_400_000;
/// How long an operation that a later one replaced is kept, in milliseconds.
const SUPERSEDED_MILLIS: i64 = 30 * DAY_MILLIS;

/// Why something was removed; the words of the metrics.
pub(crate) const CAUSES: [&str; 4] = ["grant_expired", "basis_expired", "retention", "superseded"];

/// What one step removed, by cause, in the order of [`CAUSES`].
pub(crate) type Swept = [u64; CAUSES.len()];

/// Removes at most a step of each kind. Part of one write transaction.
pub(crate) fn step(room: &mut dyn Workspace, rules: &Rules) -> Result<Swept, Fault> {
    let now = rules.now;
    let up_to = everyone_has(room)?;
    let superseded = Selection::Superseded { before: now - SUPERSEDED_MILLIS, up_to };
    Ok([
        remove(room, rules, &Selection::ExpiredGrants(now))?,
        remove(room, rules, &Selection::ExpiredBases(now))?,
        retained(room, rules)?,
        remove(room, rules, &superseded)?,
    ])
}

fn retained(room: &mut dyn Workspace, rules: &Rules) -> Result<u64, Fault> {
    let mut n_rows = 0;
    for purpose in Purpose::ALL {
        let before = rules.now - i64::from(purpose.terms().retention_days) * DAY_MILLIS;
        n_rows += remove(room, rules, &Selection::ReceivedBefore { purpose, before })?;
    }
    Ok(n_rows)
}

fn remove(room: &mut dyn Workspace, rules: &Rules, selection: &Selection<'_>) -> Result<u64, Fault> {
    removal::remove(room, selection, rules.limits.removal_step).map(|went| went.n_rows)
}

/// The number up to which every device that stays has everything.
fn everyone_has(room: &mut dyn Workspace) -> Result<u64, Fault> {
    let mut lowest = room.tail()?.seq;
    for record in room.devices()?.into_iter().filter(|record| !record.is_revoked) {
        lowest = lowest.min(room.acknowledged(record.info.device)?.seq);
    }
    Ok(lowest)
}
